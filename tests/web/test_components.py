"""What pages are made of: the layout, the components and the fields, each drawn as a page would draw it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Blueprint, Flask, flash, render_template, render_template_string
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from playwright.sync_api import Page, expect
from werkzeug.datastructures import MultiDict

from config import ROOT
from tests.browser import check_in_browser, focused_id, tab_stops
from tests.pages import check_page, problems_of
from training_app.web import components, downloads, formatting
from training_app.web.components.chart import chart
from training_app.web.components.errors import errors_of
from training_app.web.components.fields import (
    CountedTextField,
    DayField,
    EmailField,
    ListField,
    Needed,
    RadiosField,
    SecretField,
    TextField,
    TickField,
    TicksField,
    TidyString,
)

NONCE = "a-nonce-of-the-tests"
STATIC = ROOT / "training_app" / "web" / "static"
AREAS = [
    SimpleNamespace(
        name="Shared foundations",
        skills=[
            SimpleNamespace(code="inclusion", name="Musical inclusion and fairness"),
            SimpleNamespace(code="safeguarding", name="Keeping children safe"),
        ],
    )
]
GROUPS = [
    SimpleNamespace(code="staff", name="Music service staff"),
    SimpleNamespace(code="volunteers", name="Frontline volunteers"),
]


def a_cell(percent: float | None, met: int = 0, people: int = 0, exempt: int = 0) -> SimpleNamespace:
    return SimpleNamespace(
        percent=percent, met=met, people=people, exempt=exempt, required="Practising", href="/coverage/staff/inclusion"
    )


class LogForm(FlaskForm):
    person = ListField(
        "Person",
        [Needed("Choose a person")],
        choices=[("", "Choose a person"), ("1", "Ben Okafor"), ("2", "Zoë O’Neill")],
        description="Start typing a name",
        render_kw={"data-autocomplete": ""},
    )
    title = TextField("Title", [Needed("Enter the title of the training")], filters=[TidyString("The title", 20)])
    completed_on = DayField(
        "When did you complete it?", what="the day you completed it", latest=lambda: date(2026, 11, 24)
    )
    kind = RadiosField("Kind", [Needed("Select the kind")], choices=[("course", "Course"), ("reading", "Reading")])
    with_whom = TicksField("With whom", choices=[("1", "Ben Okafor")])
    paid = TickField("It was in paid time")
    note = CountedTextField("Note", filters=[TidyString("The note", 50, lines=True)])


class SignIn(FlaskForm):
    email = EmailField("E-mail address", [Needed("Enter your e-mail address")])
    password = SecretField("Password", [Needed("Enter your password")])
    keep = TickField("Keep me signed in")


GOOD = {"person": "1", "title": "Rehearsals", "kind": "course"}
GOOD_DAY = {"completed_on-day": "27", "completed_on-month": "3", "completed_on-year": "2026"}


def the_frame() -> Flask:
    """Return an application that has the components and the fixed pages, and nothing else."""
    app = Flask("components", template_folder=str(ROOT / "templates"), static_folder=str(STATIC))
    app.config.update(
        SECRET_KEY="only-for-tests" * 3,
        SETTINGS=SimpleNamespace(contact_name="Sam", contact_email="sam@hub.example", contact_phone=""),
    )
    own = app.jinja_loader
    assert own is not None
    given = {name: PackageLoader(name) for name in ("govuk_frontend_jinja", "govuk_frontend_wtf")}
    app.jinja_loader = ChoiceLoader([own, PrefixLoader(given)])  # type: ignore[assignment]
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    CSRFProtect(app)
    formatting.init_app(app)
    components.init_app(app)
    downloads.init_app(app)
    pages, accounts = Blueprint("pages", __name__), Blueprint("accounts", __name__)
    for name in ("help", "contact", "privacy", "accessibility"):
        pages.add_url_rule(f"/{name}", name, lambda name=name: render_template(f"pages/{name}.html"))
    accounts.add_url_rule("/sign-out", "sign_out", lambda: "", methods=["POST"])
    for name in ("own", "code"):
        accounts.add_url_rule(f"/{name}", name, lambda: "")
    accounts.add_url_rule("/sign-in", "sign_in", lambda: render_template("accounts/sign_in.html", form=SignIn()))
    app.register_blueprint(pages)
    app.register_blueprint(accounts)
    app.context_processor(
        lambda: {
            "hub_name": "Fenland Music Hub",
            "navigation": [SimpleNamespace(label=f"Page {n}", href=f"/{n}", current=n == 1) for n in range(6)],
            "visitor": SimpleNamespace(name="Amina Okafor"),
            "demonstration": True,
            "csp_nonce": NONCE,
        }
    )
    app.after_request(_with_headers)
    return app


def _with_headers(response: Any) -> Any:
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; img-src 'self'; "
        f"script-src 'self' 'nonce-{NONCE}'; style-src 'self'"
    )
    return response


@pytest.fixture
def frame() -> Iterator[Flask]:
    app = the_frame()
    with app.test_request_context("/people?group=staff&page=3"):
        yield app


def drawn(content: str, **values: Any) -> str:
    """Return a sound page with this content."""
    page = (
        '{% extends "layout.html" %}{% block page_title %}A page{% endblock %}'
        '{% block content %}<h1 class="govuk-heading-l">A page</h1>' + content + "{% endblock %}"
    )
    html = render_template_string(page, **values)
    check_page(html, NONCE)
    return html


def sent(form: type[FlaskForm] = LogForm, **fields: str) -> Any:
    """Return a form as it is after these fields were sent."""
    made = form(MultiDict(fields), meta={"csrf": False})
    made.validate()
    return made


def test_days_are_written_as_people_write_them():
    assert formatting.day(date(2026, 10, 3)) == "3 October 2026"
    assert formatting.short_day(date(2026, 10, 3)) == "3 Oct 2026"
    assert formatting.month(date(2026, 10, 3)) == "October 2026"
    assert formatting.day(None) == formatting.short_day(None) == ""


@pytest.mark.parametrize(
    ("share", "words"),
    [(58.3, "58.3%"), (100.0, "100%"), (0, "0%"), (Decimal("2.25"), "2.3%"), (2.25, "2.3%"), (99.95, "100%")],
)
def test_shares_have_one_decimal_where_it_says_something(share: float, words: str):
    assert formatting.percent(share) == words


def test_no_share_is_a_dash_that_can_be_heard():
    assert ">nobody to count<" in formatting.percent(None, "nobody to count")


def test_counts_agree_with_their_noun():
    assert formatting.count(1, "person", "people") == "1 person"
    assert formatting.count(1204, "person", "people") == "1,204 people"
    assert formatting.count(0, "entry", "entries") == "0 entries"
    assert formatting.count(2, "module") == "2 modules"


@pytest.mark.parametrize(
    ("share", "band"),
    [(100, "all"), (90, "all"), (89.9, "most"), (60, "most"), (59.9, "some"), (30, "some"), (29.9, "few"), (0, "few")],
)
def test_each_share_belongs_to_one_band(share: float, band: str):
    assert formatting.band(share) == band
    assert formatting.band(None) == "nobody"


@pytest.mark.parametrize(
    ("typed", "sentence", "part"),
    [
        (("", "", ""), "Enter the day you completed it, like 27 3 2026", "day"),
        (("27", "", "2026"), "The day you completed it must include a month", "month"),
        (("", "", "2026"), "The day you completed it must include a day and a month", "day"),
        (("31", "2", "2026"), "The day you completed it must be a real day, like 27 3 2026", "day"),
        (("29", "2", "2025"), "The day you completed it must be a real day, like 27 3 2026", "day"),
        (("27", "13", "2026"), "The day you completed it must be a real day, like 27 3 2026", "month"),
        (("x", "3", "2026"), "The day you completed it must be a real day, like 27 3 2026", "day"),
        (("27", "3", "26"), "Write the year with 4 numbers, like 2026", "year"),
        (("27", "3", "soon"), "The day you completed it must be a real day, like 27 3 2026", "year"),
        (("27", "3", "0000"), "The day you completed it must be a real day, like 27 3 2026", "day"),
        (("1", "1", "0001"), "The day you completed it must be between 1 January 1900 and 31 December 2200", "year"),
        (("31", "12", "9999"), "The day you completed it must be between 1 January 1900 and 31 December 2200", "year"),
        (("25", "11", "2026"), "The day you completed it must be 24 November 2026 or earlier", "day"),
        (("１２", "3", "2026"), "The day you completed it must be a real day, like 27 3 2026", "day"),
        (("+1", "3", "2026"), "The day you completed it must be a real day, like 27 3 2026", "day"),
        (("1_0", "3", "2026"), "The day you completed it must be a real day, like 27 3 2026", "day"),
        (("\x00", "3", "2026"), "The day you completed it must be a real day, like 27 3 2026", "day"),
        (("1" * 20, "3", "2026"), "The day you completed it must be a real day, like 27 3 2026", "day"),
    ],
)
def test_a_day_that_is_none_says_why_and_leads_to_the_part_that_is_wrong(
    frame: Flask, typed: tuple[str, str, str], sentence: str, part: str
):
    form = sent(
        **GOOD, **{f"completed_on-{name}": value for name, value in zip(("day", "month", "year"), typed, strict=True)}
    )
    assert errors_of(form) == [{"text": sentence, "href": f"#completed_on-{part}"}]
    assert form.completed_on.data is None
    html = drawn("{{ form.completed_on() }}", form=form)
    for value in typed:
        if value.isprintable():
            assert f'value="{value}"' in html or not value


@pytest.mark.parametrize("month", ["3", "03", "March", "mar", "Mar."])
def test_a_month_may_be_a_number_or_its_name(frame: Flask, month: str):
    form = sent(**GOOD, **{**GOOD_DAY, "completed_on-month": month})
    assert form.completed_on.data == date(2026, 3, 27)


def test_a_form_without_any_part_of_the_day_is_told_so(frame: Flask):
    assert [error["text"] for error in errors_of(sent(**GOOD))] == ["Enter the day you completed it, like 27 3 2026"]


def test_an_optional_day_may_stay_empty_but_not_be_half(frame: Flask):
    class Leaving(FlaskForm):
        end_on = DayField("Last day", what="the last day", optional=True, earliest=lambda: date(2026, 1, 1))

    empty = sent(Leaving, **{"end_on-day": "", "end_on-month": "", "end_on-year": ""})
    assert (empty.end_on.data, empty.errors) == (None, {})
    half = sent(Leaving, **{"end_on-day": "1", "end_on-month": "", "end_on-year": ""})
    assert half.errors == {"end_on": ["The last day must include a month and a year"]}
    early = sent(Leaving, **{"end_on-day": "31", "end_on-month": "12", "end_on-year": "2025"})
    assert early.errors == {"end_on": ["The last day must be 1 January 2026 or later"]}


def test_a_day_that_is_proposed_stands_in_its_three_inputs(frame: Flask):
    form = LogForm(completed_on=date(2026, 3, 27))
    html = drawn("{{ form.completed_on() }}", form=form)
    assert re.findall(r'name="completed_on-(\w+)"[^>]* value="(\d+)"', html) == [
        ("day", "27"),
        ("month", "3"),
        ("year", "2026"),
    ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  O'Neill  ", "O'Neill"),
        ("Zoe\u0308", "Zoë"),
        ("a \u00a0 b", "a b"),
        ("\u200b \ufeff", ""),
        ("   ", ""),
        ("<b>{{7*7}}", "<b>{{7*7}}"),
        ("👩🏽\u200d🎤", "👩🏽\u200d🎤"),
        ("عربي", "عربي"),
        ("Null", "Null"),
    ],
)
def test_text_is_tidied_and_stays_what_it_is(typed: str, kept: str):
    assert TidyString("The title")(typed) == kept


@pytest.mark.parametrize("typed", ["a\x00b", "a\x07b", "a\ud800b", "a\nb", "a\u2028b", "a\u202eb", "a\x85b"])
def test_text_that_no_page_can_show_is_refused_in_a_sentence(typed: str):
    with pytest.raises(ValueError, match="The title must have no character that cannot be shown"):
        TidyString("The title")(typed)


def test_long_text_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"The title must be 200 characters or fewer\. It has 1,000"):
        TidyString("The title")("x" * 1000)


def test_several_lines_may_have_line_breaks_but_nothing_worse():
    assert TidyString("The note", lines=True)("a\r\nb\n") == "a\nb"
    with pytest.raises(ValueError, match="cannot be shown"):
        TidyString("The note", lines=True)("a\x00b")


def test_what_was_typed_is_shown_again_as_text(frame: Flask):
    form = sent(**{**GOOD, "title": '<b>"A very long & odd title"\x00</b>'}, **GOOD_DAY)
    assert "title" in form.errors
    assert "&lt;b&gt;&#34;A very long &amp; odd title&#34;&lt;/b&gt;" in drawn("{{ form.title() }}", form=form)


def test_errors_come_first_on_the_page_in_the_order_of_the_fields_and_in_the_title(frame: Flask):
    form = sent()
    html = drawn("{{ form.person() }}{{ form.title() }}{{ form.completed_on() }}{{ form.kind() }}", form=form)
    assert "<title>Error: A page – Training and skills – Fenland Music Hub</title>" in " ".join(html.split())
    assert [error["href"] for error in errors_of(form)] == ["#person", "#title", "#completed_on-day", "#kind"]
    assert html.index("There is a problem") < html.index("<h1")


def test_an_answer_that_is_not_offered_is_refused_in_plain_words(frame: Flask):
    form = sent(**{**GOOD, "person": "99", "kind": "{{7*7}}", "with_whom": "77"}, **GOOD_DAY)
    assert form.errors == {
        "person": ["Choose one of the answers in the list"],
        "kind": ["Choose one of the answers in the list"],
        "with_whom": ["Choose only from the answers in the list"],
    }


def test_a_rule_that_refuses_is_shown_at_its_field(frame: Flask):
    form = sent(**GOOD, **GOOD_DAY)
    form.title.errors = [*form.title.errors, "There is one of that name already"]
    assert errors_of(form) == [{"text": "There is one of that name already", "href": "#title"}]
    form.form_errors.append("Somebody else saved first")
    assert errors_of(form)[0] == {"text": "Somebody else saved first"}


def test_every_kind_of_field_is_labelled(frame: Flask):
    fields = "{% for field in form if field.id != 'csrf_token' %}{{ field() }}{% endfor %}"
    html = drawn(fields, form=LogForm())
    assert "required" not in html  # the page's own sentences are clearer than the browser's


def test_the_frame_shows_who_is_there_and_where_they_can_go(frame: Flask):
    html = drawn("")
    assert '<a href="/1" aria-current="page">Page 1</a>' in html
    assert "Amina Okafor" in html
    assert "Everybody in it is invented." in html
    assert 'method="post" action="/sign-out"' in html


def test_somebody_who_is_not_signed_in_is_offered_to(frame: Flask):
    html = drawn("", visitor=None, navigation=[], demonstration=False)
    assert 'href="/sign-in"' in html
    assert "Sign out" not in html
    assert "invented" not in html


def test_news_is_shown_as_a_banner_and_as_text(frame: Flask):
    flash("<b>Saved</b>", "success")
    flash("Two entries wait for you")
    html = drawn("")
    assert "&lt;b&gt;Saved&lt;/b&gt;" in html
    assert html.count("govuk-notification-banner--success") == 1
    assert html.count('data-module="govuk-notification-banner"') == 2


@pytest.mark.parametrize("page", ["help", "contact", "privacy", "accessibility"])
def test_the_fixed_pages_are_sound(frame: Flask, page: str):
    check_page(render_template(f"pages/{page}.html", contact_name="Sam", contact_email="sam@hub.example"), NONCE)


def test_the_help_page_explains_the_levels_and_skills_it_is_given(frame: Flask):
    level = SimpleNamespace(name="Aware", meaning="Knows who to ask.", shown_by="Took part.")
    skill = SimpleNamespace(name="Keeping children safe", definition="Spots a concern.")
    html = render_template("pages/help.html", levels=[level], skills=[skill])
    check_page(html, NONCE)
    for words in ("Knows who to ask.", "Shown by: took part.", "Spots a concern.", "SEMHD", "WCET", "SENCO", "INSET"):
        assert words in html


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 413, 429, 500, 503])
def test_every_failure_has_a_sound_page_with_a_next_step(frame: Flask, code: int):
    check_page(render_template(f"errors/{code}.html", sentence=None), NONCE)
    if code not in (500, 503):
        assert "&lt;b&gt;x" in render_template(f"errors/{code}.html", sentence="<b>x")


@pytest.mark.parametrize("code", [500, 503])
def test_the_page_for_a_broken_service_needs_neither_database_nor_session(code: int):
    app = Flask("broken", template_folder=str(ROOT / "templates"))
    page = app.jinja_env.get_template(f"errors/{code}.html").render()
    check_page(page)


def test_a_conflict_keeps_what_was_typed(frame: Flask):
    html = render_template("errors/409.html", sentence=None, typed=[("Job title", "Tutor & leader")])
    assert "Tutor &amp; leader" in html


TABLE = """{% from "components/data_table.html" import data_table %}
{% call(row) data_table("People", columns, rows, download=this_page_as("csv"), sorted_by="name",
                        empty="Nobody yet. Bring in a spreadsheet.", empty_action={"text": "Imports", "href": "/imports"}) %}
<th scope="row">{{ row }}</th><td class="app-number">1</td>{% endcall %}"""
COLUMNS = [{"label": "Name", "sort": "name"}, {"label": "Hours", "numeric": True, "sort": "hours"}]


def test_a_table_sorts_by_links_that_keep_the_rest_of_the_address(frame: Flask):
    html = drawn(TABLE, columns=COLUMNS, rows=["<i>Ben</i>"])
    assert 'aria-sort="ascending"><a class="app-sort" href="/people?group=staff&amp;sort=-name"' in html
    assert 'href="/people?group=staff&amp;sort=hours"' in html
    assert 'href="/people.csv?group=staff"' in html
    assert 'href="/people.xlsx?group=staff"' in html
    assert "&lt;i&gt;Ben&lt;/i&gt;" in html


def test_an_empty_table_says_what_to_do_first(frame: Flask):
    html = drawn(TABLE, columns=COLUMNS, rows=[])
    assert "Nobody yet. Bring in a spreadsheet." in html
    assert "<table" not in html


def test_paging_keeps_the_filters(frame: Flask):
    html = drawn(
        '{% from "components/pagination.html" import pagination %}{{ pagination(3, 9, "Showing 101 to 150") }}'
    )
    assert 'href="/people?group=staff&amp;page=4" rel="next"' in html
    assert html.count('aria-label="Page ') == 5
    assert "govuk-pagination" not in drawn(
        '{% from "components/pagination.html" import pagination %}{{ pagination(1, 1) }}'
    )


def test_addresses_keep_repeated_and_odd_values():
    with the_frame().test_request_context("/people/Ü%2F?q=a%26b&group=x&group=y"):
        assert components.this_page(page=2) == "/people/%C3%9C/?q=a%26b&group=x&group=y&page=2"
        assert components.this_page(group=None, q=None) == "/people/%C3%9C/"


def test_filters_put_their_choices_into_the_address(frame: Flask):
    html = drawn(
        """{% from "components/filters.html" import filters, search_box, select_box, day_box %}
        {% call filters(clear="/people", keep={"sort": "-name", "none": None}, found="204 people") %}
        {{ search_box("Name", "q", '"><script>') }}{{ select_box("Group", "group", [("staff", "Staff")], "staff") }}
        {{ day_box("As at", "as_at", "31/02", error="That is no day") }}{% endcall %}"""
    )
    assert '<input type="hidden" name="sort" value="-name">' in html
    assert 'name="none"' not in html
    assert 'value="&#34;&gt;&lt;script&gt;"' in html
    assert '<option value="staff" selected>' in html
    assert 'aria-describedby="filter-as_at-error"' in html


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("met", "Holds"),
        ("expiring", "Runs out soon"),
        ("lapsed", "Lapsed"),
        ("below", "Below"),
        ("missing", "Not yet"),
        ("exempt", "Exempt"),
        ("verified", "Verified"),
        ("self-declared", "Awaiting confirmation"),
        ("returned", "Sent back"),
        ("void", "Voided"),
    ],
)
def test_every_state_is_said_in_words(frame: Flask, state: str, words: str):
    html = drawn('{% from "components/status.html" import status %}{{ status(state) }}', state=state)
    assert f'<span class="app-status app-status--{state}">{words}</span>' in html


def test_figures_lead_to_what_is_behind_them(frame: Flask):
    html = drawn(
        """{% from "components/summary_figures.html" import summary_figures %}
        {{ summary_figures([{"figure": 28.4 | percent, "label": "fully skilled", "href": "/coverage"},
                            {"figure": 3, "label": "waiting", "note": "since March"}]) }}"""
    )
    assert re.search(r'<a class="app-figures__card" href="/coverage">\s*<span[^>]*>28.4%</span>', html)
    assert '<div class="app-figures__card">' in html


MATRIX = '{% from "components/matrix.html" import matrix %}{{ matrix(areas, groups, cells, "Coverage", **how) }}'


def the_matrix(cells: dict[tuple[str, str], SimpleNamespace], **how: Any) -> str:
    return drawn(MATRIX, areas=AREAS, groups=GROUPS, cells=cells, how=how)


def test_the_matrix_says_share_people_level_group_and_skill_in_each_cell(frame: Flask):
    html = " ".join(the_matrix({("staff", "inclusion"): a_cell(58.3, met=7, people=14, exempt=2)}).split())
    assert (
        '<td class="app-column-1 app-band--some"><a class="app-matrix__cell" href="/coverage/staff/inclusion">'
        "<b>58.3%</b> <i>7 of 12 <br>Practising</i>" in html
    )
    assert ", Music service staff, Musical inclusion and fairness</span></a>" in html


def test_the_matrix_tells_not_required_from_nobody_to_count(frame: Flask):
    html = the_matrix({("staff", "inclusion"): a_cell(None)})
    assert "<i>Nobody to count</i>" in html
    assert html.count(">Not required</span></td>") == 3


def test_the_matrix_can_keep_small_numbers_to_itself(frame: Flask):
    html = the_matrix({("staff", "inclusion"): a_cell(50.0, met=3, people=6)}, percent_only=True)
    assert "3 of 6" not in html
    assert "50%" in html


def test_the_matrix_says_a_rounded_share_in_words(frame: Flask):
    cell = a_cell(12.0)
    cell.words = "14% or less"
    html = the_matrix({("staff", "inclusion"): cell}, percent_only=True)
    assert "<b>14% or less</b>" in html
    assert "12%" not in html


def test_a_phone_begins_with_the_group_that_is_asked_for(frame: Flask):
    assert re.findall(r'value="(\w+)" checked', the_matrix({}, shown="volunteers")) == ["volunteers"]
    assert re.findall(r'value="(\w+)" checked', the_matrix({}, shown="nonsense")) == ["staff"]


def some_points(*shares: float | None, future: int = 0) -> list[dict[str, Any]]:
    known = len(shares) - future
    return [
        {"label": f"Month {place}", "percent": share, "future": place >= known, "detail": "1 of 2 people"}
        for place, share in enumerate(shares)
    ]


def test_a_gap_in_the_figures_is_a_gap_in_the_line():
    layout = chart(some_points(10, 20, None, 30, 40))
    assert [len(line.split()) for line in layout.lines] == [2, 2]
    assert len(layout.dots) == 4


def test_what_lies_ahead_is_dashed_and_begins_where_the_known_ends():
    layout = chart(some_points(10, 20, 30, 25, future=2))
    assert [len(line.split()) for line in layout.lines] == [2]
    assert [len(line.split()) for line in layout.coming] == [3]
    assert layout.lines[0].split()[-1] == layout.coming[0].split()[0]
    assert layout.last is not None
    assert layout.last.percent == 20


@pytest.mark.parametrize("shares", [(), (None,), (50,), (None, None), (0, 100)])
def test_a_chart_of_few_points_stays_inside_its_frame(shares: tuple[float | None, ...]):
    layout = chart(some_points(*shares))
    assert all(layout.left <= dot.x <= layout.right for dot in layout.dots)
    assert all(0 < dot.y <= layout.bottom for dot in layout.dots)


def test_a_long_history_names_only_as_many_months_as_fit():
    layout = chart(some_points(*range(48)), labels=9)
    assert len(layout.labels) <= 9
    assert layout.labels[-1][1] == "Month 47"


def test_a_chart_says_a_rounded_share_in_words(frame: Flask):
    points = [{"label": "Spring", "percent": 12, "words": "14% or less"}]
    html = drawn(
        """{% from "components/line_chart.html" import line_chart %}
        {{ line_chart("trend", "Fully skilled", "Few.", points) }}""",
        points=points,
    )
    assert html.count("14% or less") == 3, "beside the line, once for each width, and in the table"
    assert "12%" not in html


def test_a_chart_has_words_and_its_figures_in_a_table(frame: Flask):
    html = drawn(
        """{% from "components/line_chart.html" import line_chart %}
        {{ line_chart("trend", "Fully skilled", "It rose from 10% to 20%.", points, target=80) }}""",
        points=some_points(10, None, 20, future=1),
    )
    assert html.count("It rose from 10% to 20%.") == 2  # the wide drawing and the narrow one
    assert "Target 80%" in html
    assert ">Month 2 (to come)</th><td" in html
    assert "1 of 2 people" in html


def test_the_checker_of_pages_sees_what_is_wrong(frame: Flask):
    good = drawn("<p>Good</p>")
    for broken, finding in [
        ('<p style="color:red">x</p>', "style="),
        ("<input name=q>", "has no label"),
        ("<h4>Deep</h4>", "straight after"),
        ("<p id=a></p><p id=a></p>", "2 times"),
        ('<a href="/x"></a>', "no words"),
        ('<a href="#nowhere">x</a>', "nowhere"),
        ("<table><tr><th>x</th></tr></table>", "scope"),
        ("<form method=post></form>", "tokens"),
        ("<p onclick='x()'>x</p>", "onclick"),
        ("<script src='/x.js'></script>", "nonce"),
        ("<h1>Another</h1>", "not one"),
        ("<div></p></div>", "not valid HTML"),
        ("<img src='https://elsewhere.example/x.png' alt=''>", "elsewhere"),
        ("<svg></svg>", "drawing"),
    ]:
        found = problems_of(good.replace("<p>Good</p>", broken), NONCE)
        assert any(finding in problem for problem in found), (broken, found)
    assert any("nonce" in problem for problem in problems_of(good, "another"))


def test_no_template_has_anything_inline():
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"""\s(style|on\w+)=["']""", text), template.name


def test_the_built_style_has_neither_crown_nor_borrowed_typeface_nor_foreign_address():
    style = (STATIC / "application.css").read_text(encoding="utf-8")
    assert not re.search(r"GDS Transport|crown|crest|@import|url\((?!\"?fonts/)", style)
    assert sorted(path.name for path in (STATIC / "fonts").iterdir()) == ["latin-ext.woff2", "latin.woff2"]
    assert not list(STATIC.rglob("*.png"))


def the_gallery() -> Flask:
    """Return an application with a page of each kind, for the browser."""
    app = the_frame()

    @app.route("/log", methods=["GET", "POST"])
    def log() -> str:
        form = LogForm()
        saved = form.validate_on_submit()
        return drawn(
            """{% from "components/forms.html" import form_of %}{% if saved %}<p>Saved for {{ form.person.data }}</p>{% endif %}
            {% call form_of(form) %}{% for field in form if field.id != "csrf_token" %}{{ field() }}{% endfor %}{% endcall %}""",
            form=form,
            saved=saved,
        )

    @app.get("/matrix")
    def matrix() -> str:
        cells = {
            ("staff", "inclusion"): a_cell(95.0, 19, 20),
            ("staff", "safeguarding"): a_cell(10.0, 2, 20),
            ("volunteers", "inclusion"): a_cell(65.0, 13, 20),
            ("volunteers", "safeguarding"): a_cell(40.0, 8, 20),
        }
        return the_matrix(cells) + ""

    @app.get("/table")
    def table() -> str:
        columns = [*COLUMNS[:1], {"label": "A rather long heading"}] + [{"label": f"Column {n}"} for n in range(8)]
        cells = "".join(f"<td>Something long {n}</td>" for n in range(9))
        return drawn(TABLE.replace('<td class="app-number">1</td>', cells), columns=columns, rows=["Ben", "Zoë"])

    return app


@pytest.fixture
def gallery(served: Callable[[Flask], str]) -> str:
    return served(the_gallery())


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/log", "/matrix", "/table", "/help", "/sign-in", "/privacy"])
def test_pages_pass_axe_and_fit_a_phone(gallery: str, visit: Callable[..., Page], path: str):
    check_in_browser(visit(gallery + path))
    check_in_browser(visit(gallery + path, phone=True))


@pytest.mark.browser
def test_an_error_about_a_day_leads_to_its_first_wrong_input(gallery: str, visit: Callable[..., Page]):
    page = visit(gallery + "/log")
    page.get_by_role("textbox", name="Day").fill("27")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    check_in_browser(page)
    page.get_by_role("link", name="The day you completed it must include a month and a year").click()
    assert focused_id(page) == "completed_on-month"
    assert page.get_by_role("textbox", name="Day").input_value() == "27"
    page.get_by_role("link", name="Select the kind").click()
    assert focused_id(page) == "kind"


@pytest.mark.browser
def test_a_list_that_becomes_a_box_keeps_its_hint_and_its_error(gallery: str, visit: Callable[..., Page]):
    page = visit(gallery + "/log")
    page.get_by_role("button", name="Save").click()
    box = page.locator("input#person")  # not the list that it replaces, which is a combobox too
    expect(box).to_have_accessible_description(re.compile("Start typing a name.*Choose a person"))
    box.press_sequentially("zo")
    expect(box).to_have_accessible_description(re.compile("Start typing a name.*Choose a person"))
    expect(box).to_have_class(re.compile("govuk-input--error"))
    page.get_by_role("option", name="Zoë O’Neill").click()
    check_in_browser(page)
    page.get_by_label("Title").fill("Rehearsals")
    for part, value in (("Day", "27"), ("Month", "3"), ("Year", "2026")):
        page.get_by_role("textbox", name=part).fill(value)
    page.get_by_label("Course").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved for 2")).to_be_visible()


@pytest.mark.browser
def test_a_name_that_is_rubbed_out_is_not_sent(gallery: str, visit: Callable[..., Page]):
    page = visit(gallery + "/log")
    box = page.locator("input#person")  # not the list that it replaces, which is a combobox too
    box.press_sequentially("ben")
    page.get_by_role("option", name="Ben Okafor").click()
    box.fill("somebody else")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Choose a person")).to_be_visible()


@pytest.mark.browser
def test_without_scripts_the_same_list_is_a_plain_one(gallery: str, visit: Callable[..., Page]):
    page = visit(gallery + "/log", scripts=False)
    page.get_by_label("Person").select_option("Ben Okafor")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_label("Person").input_value() == "1"
    page.get_by_role("link", name="Enter the title of the training").click()
    page.keyboard.type("Rehearsals")
    assert page.get_by_label("Title").input_value() == "Rehearsals"


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_a_phone_shows_one_group_at_a_time(gallery: str, visit: Callable[..., Page], scripts: bool):
    page = visit(gallery + "/matrix", phone=True, scripts=scripts)
    expect(page.get_by_role("columnheader", name="Music service staff")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Frontline volunteers")).to_be_hidden()
    page.get_by_role("radio", name="Frontline volunteers").check()
    expect(page.get_by_role("columnheader", name="Music service staff")).to_be_hidden()
    expect(page.get_by_role("link", name=re.compile("65%.*Frontline volunteers"))).to_be_visible()


@pytest.mark.browser
def test_a_wide_screen_shows_all_groups_and_no_choice(gallery: str, visit: Callable[..., Page]):
    page = visit(gallery + "/matrix")
    expect(page.get_by_role("link", name=re.compile("%.*Music service staff"))).to_have_count(2)
    expect(page.get_by_role("link", name=re.compile("%.*Frontline volunteers"))).to_have_count(2)
    expect(page.get_by_role("radio")).to_have_count(0)


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_the_menu_opens_on_a_phone(gallery: str, visit: Callable[..., Page], scripts: bool):
    page = visit(gallery + "/help", phone=True, scripts=scripts)
    expect(page.get_by_role("link", name="Page 3")).to_have_count(0)
    page.get_by_text("Menu", exact=True).click()
    expect(page.get_by_role("link", name="Page 3")).to_be_visible()


@pytest.mark.browser
def test_the_keyboard_goes_through_the_frame_in_order(gallery: str, visit: Callable[..., Page]):
    stops = tab_stops(visit(gallery + "/contact"))
    assert [" ".join(stop.split()) for stop in stops[:6]] == [
        *("Skip to main content", "Fenland Music Hub"),
        *("Amina Okafor , my account", "Sign out", "Page 0", "Page 1"),
    ]
    assert stops[-4:] == ["Help", "Contact", "Privacy", "Accessibility"]


@pytest.mark.browser
def test_only_a_table_that_has_to_be_scrolled_is_a_stop_for_the_keyboard(
    gallery: str,
    visit: Callable[..., Page],
):
    assert "People" in tab_stops(visit(gallery + "/table", phone=True))
    assert "Coverage" not in tab_stops(visit(gallery + "/matrix"))
