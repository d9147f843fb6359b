"""What every page must be, whatever stands on it: valid, titled, labelled, with nothing inline.

It reads the HTML as a browser would and says all that is wrong at once, each in a sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib

from tests.sound import FoundSound, without_repeats

SERVICE = "Training and skills"
FORBIDDEN = ("GDS Transport", "govuk-crest", "govuk-icon-mask", "logotype-crown", "govuk-header__logotype")
NAMED_BY_THEMSELVES = ("hidden", "submit", "button", "reset", "image")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# Above the page's own heading: the list of what is wrong, and what has just been done.
BEFORE_THE_HEADING = ("govuk-error-summary", "govuk-notification-banner")


# What may differ between two pages of which nothing here can be said of one and not of the other: the words between two
# tags, what is filled in, tokens, and which record or filter a link leads to. Ids and what points to them stay.
WORDS = re.compile(r">[^<>]*[^<>\s][^<>]*<")
FILLED_IN = re.compile(r' value="[^"]*"|(?<=nonce=")[^"]+')
RECORD_OR_FILTER = re.compile(r'href="[^"#]*"')
PART_OF_ADDRESS = re.compile(r'\d+|(?<==)[^&"]+(?=[&"])')
_found_sound = FoundSound("a page's markup")


def check_page(html: str, nonce: str | None = None) -> None:
    """Fail with everything that is wrong with a page; `nonce` is the one that its headers promise, where known.

    Reading a page takes longer than making it, and many tests open the same one: what was found sound is remembered.
    """
    frame = _frame_of(html)
    if nonce is None and frame in _found_sound:
        return
    wrong = problems_of(html, nonce)
    assert not wrong, f"{title_of(html) or 'A page without a title'}:\n- " + "\n- ".join(wrong)
    _found_sound.add(frame)


def _frame_of(html: str) -> str:
    """Return a page's markup without what may differ between two sound pages; in place of its title what is to be said of it."""
    before, end, rest = html.partition("</title>")
    before, begin, title = before.rpartition("<title>")
    if begin:
        title = f"{_is_of_the_form(tidied(unescape(title)))} {_tells_of_errors(tidied(unescape(title)))}"
    rest = RECORD_OR_FILTER.sub(lambda link: PART_OF_ADDRESS.sub("", link[0]), FILLED_IN.sub("", rest))
    return FILLED_IN.sub("", before) + begin + title + end + without_repeats(WORDS.sub(">x<", rest))


def problems_of(html: str, nonce: str | None = None) -> list[str]:
    """Return a sentence for each thing that is wrong with a page."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    page = parser.parse(html)
    wrong = [f"not valid HTML at line {place[0]}: {code} {details or ''}" for place, code, details in parser.errors]
    for check in (
        _the_frame,
        _the_title,
        _headings,
        _ids,
        _labels,
        _links_and_buttons,
        _tables,
        _pictures,
        _forms,
        _error_links,
    ):
        wrong.extend(check(page))
    wrong.extend(_nothing_inline(page, nonce))
    wrong.extend(f"the page speaks of {words!r}" for words in FORBIDDEN if words in html)
    return wrong


def title_of(html: str) -> str:
    """Return the page's whole title, or an empty string."""
    title = html5lib.parse(html, namespaceHTMLElements=False).find(".//title")
    return words_of(title) if title is not None else ""


def hidden_fields(html: str) -> list[tuple[str, str]]:
    """Return name and value of the hidden inputs of the page's own form, the last one in its main part.

    Forms of the frame, such as the one that signs out, are left out.
    """
    forms = _FormsOfMain(html).sent
    return forms[-1] if forms else []


class _FormsOfMain(HTMLParser):
    """The hidden inputs of each form in a page's main part that is sent. A page as it is here, which html5lib has found to be
    valid, needs no parser that knows what to make of any other; that one takes ten times as long."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sent: list[list[tuple[str, str]]] = []
        self._is_in_main = self._is_in_sent = False
        self.feed(html.replace("\r\n", "\n").replace("\r", "\n"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "main":
            self._is_in_main = True
        elif tag == "form" and self._is_in_main and about.get("method") == "post":
            self._is_in_sent = True
            self.sent.append([])
        elif tag == "input" and self._is_in_sent and about.get("type") == "hidden" and about.get("name"):
            self.sent[-1].append((about["name"], about.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._is_in_main = False
        elif tag == "form":
            self._is_in_sent = False


def words_of(element: Element) -> str:
    """Return the text of an element and of all inside it, with single spaces."""
    return tidied("".join(element.itertext()))


def tidied(text: str) -> str:
    """Return a text with single spaces."""
    return " ".join(text.split())


def parts_of(element: Element) -> str:
    """Return the text of an element with a space between its parts, as its lines are seen."""
    return " ".join(" ".join(element.itertext()).split())


def _the_frame(page: Element) -> Iterator[str]:
    if not page.get("lang"):
        yield "the page does not say its language"
    for name in ("h1", "main"):
        found = len(list(page.iter(name)))
        if found != 1:
            yield f"there are {found} <{name}>, not one"


def _the_title(page: Element) -> Iterator[str]:
    titles = [words_of(title) for title in page.iterfind("./head/title")]
    if len(titles) != 1:
        yield f"there are {len(titles)} titles, not one"
        return
    if not _is_of_the_form(titles[0]):
        yield f"the title is {titles[0]!r}, not of the form 'Page – {SERVICE} – Hub'"
    has_errors = any("govuk-error-summary" in _classes(element) for element in page.iter())
    if has_errors != _tells_of_errors(titles[0]):
        yield "the title begins with 'Error: ' when, and only when, something has to be put right"


def _is_of_the_form(title: str) -> bool:
    own = title.split(f" – {SERVICE} – ")
    return len(own) == 2 and bool(own[0].removeprefix("Error:").strip() and own[1].strip())


def _tells_of_errors(title: str) -> bool:
    return title.startswith("Error: ")


def _headings(page: Element) -> Iterator[str]:
    last = 0
    for heading in _outside(page, BEFORE_THE_HEADING):
        if heading.tag not in HEADINGS:
            continue
        level = int(heading.tag[1])
        if level > last + 1:
            yield f"the heading {words_of(heading)!r} is an {heading.tag} straight after an h{last}"
        if not words_of(heading):
            yield f"an {heading.tag} is empty"
        last = level


def _ids(page: Element) -> Iterator[str]:
    ids = Counter(element.get("id") for element in page.iter() if element.get("id"))
    yield from (f"the id {name!r} is there {times} times" for name, times in ids.items() if times > 1)
    for element in page.iter():
        for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "headers", "list"):
            for name in (element.get(attribute) or "").split():
                if name not in ids:
                    yield f"{attribute}={name!r} of a <{element.tag}> points to nothing"
        target = element.get("href") or ""
        if element.tag == "a" and len(target) > 1 and target.startswith("#") and target[1:] not in ids:
            yield f"the link {words_of(element)!r} leads to {target!r}, which is nowhere on the page"


def _labels(page: Element) -> Iterator[str]:
    labelled = {label.get("for") for label in page.iter("label") if words_of(label)}
    wrapped = {id(field) for label in page.iter("label") if words_of(label) for field in label.iter()}
    for field in page.iter():
        if field.tag not in ("input", "select", "textarea") or field.get("type") in NAMED_BY_THEMSELVES:
            continue
        named = field.get("aria-label") or field.get("aria-labelledby")
        if not (named or field.get("id") in labelled or id(field) in wrapped):
            yield f"the field {field.get('name')!r} has no label"
    for group in page.iter("fieldset"):
        legend = group.find("legend")
        if legend is None or not words_of(legend):
            yield "a group of fields has no legend"


def _links_and_buttons(page: Element) -> Iterator[str]:
    for link in page.iter("a"):
        if link.get("href") is None:
            yield f"the link {words_of(link)!r} leads nowhere"
        if not (words_of(link) or link.get("aria-label")):
            yield f"the link to {link.get('href')!r} has no words"
        if urlsplit(link.get("href") or "").scheme == "javascript":
            yield f"the link {words_of(link)!r} runs a script"
    for button in page.iter("button"):
        if not (words_of(button) or button.get("aria-label")):
            yield "a button has no words"


def _tables(page: Element) -> Iterator[str]:
    for table in page.iter("table"):
        caption = table.find("caption")
        name = words_of(caption) if caption is not None else ""
        if not name:
            yield "a table has no caption"
        for header in table.iter("th"):
            if header.get("scope") not in ("col", "row", "colgroup", "rowgroup"):
                yield f"the header {words_of(header)!r} of the table {name!r} does not say what it heads (scope)"
            if not words_of(header):
                yield f"a header of the table {name!r} is empty"


def _pictures(page: Element) -> Iterator[str]:
    for picture in page.iter("img"):
        if picture.get("alt") is None:
            yield f"the picture {picture.get('src')!r} has no alt"
    for drawing in page.iter():
        if _local(drawing) != "svg" or drawing.get("aria-hidden") == "true":
            continue
        if drawing.get("role") != "img" or not any(_local(part) == "title" for part in drawing):
            yield "a drawing is neither hidden from screen readers nor has a role and a title"


def _forms(page: Element) -> Iterator[str]:
    for form in page.iter("form"):
        method = (form.get("method") or "get").lower()
        token = [field for field in form.iter("input") if field.get("name") == "csrf_token"]
        if method == "post" and len(token) != 1:
            yield f"the form to {form.get('action') or 'this page'} has {len(token)} tokens, not one"
        if method == "get" and token:
            yield "a form that only asks shows its token in the address"


def _error_links(page: Element) -> Iterator[str]:
    fields = {field.get("id") for field in page.iter() if field.tag in ("input", "select", "textarea")}
    for summary in page.iter():
        if "govuk-error-summary" not in _classes(summary):
            continue
        for link in summary.iter("a"):
            if (link.get("href") or "#").removeprefix("#") not in fields:
                yield f"the error {words_of(link)!r} leads to no field, so the keyboard goes nowhere"


def _nothing_inline(page: Element, nonce: str | None) -> Iterator[str]:
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        for attribute in element.attrib:
            if attribute == "style" or attribute.startswith("on"):
                yield f"a <{element.tag}> has {attribute}={element.get(attribute)!r}, which the headers forbid"
        if element.tag == "style":
            yield "there is a <style> in the page, which the headers forbid"
        if element.tag == "script" and not element.get("nonce"):
            yield "a script has no nonce"
        if element.tag == "script" and nonce is not None and element.get("nonce") != nonce:
            yield "a script has another nonce than the headers"
        source = element.get("src") if element.tag in ("script", "img", "iframe") else None
        if element.tag == "link" and element.get("rel") != "canonical":
            source = element.get("href")
        if source is not None and (urlsplit(source).scheme not in ("", "data") or urlsplit(source).netloc):
            yield f"{source!r} comes from elsewhere"


def _outside(element: Element, classes: tuple[str, ...]) -> Iterator[Element]:
    """Yield the elements of a page in order, without those of these classes and what is in them."""
    for child in element:
        if not any(name in _classes(child) for name in classes):
            yield child
            yield from _outside(child, classes)


def _classes(element: Element) -> list[str]:
    return (element.get("class") or "").split()


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
