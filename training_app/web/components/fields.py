"""Fields for WTForms that look like GOV.UK Frontend's and say plainly what is wrong, keeping what was typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from flask import current_app
from govuk_frontend_wtf import wtforms_widgets as govuk
from markupsafe import Markup
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, Field, FileField, HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms import SelectMultipleField as ManyField
from wtforms.utils import unset_value
from wtforms.validators import StopValidation

from training_app.web.formatting import MONTHS, day

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
_WHOLE = re.compile("[0-9]{1,5}")
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
TURNS_WRITING_ROUND = re.compile("[\u202a-\u202e\u2066-\u2069]")


class TidyString:
    """A filter for text: trims it, joins its spaces, and refuses what no name or note contains.

    `what` begins the sentence, as in "The job title must be 100 characters or fewer"; `longest` counts characters.
    Letters that can be written in two ways are kept in one (NFC), so that Zoë is Zoë. Nothing but spaces becomes an
    empty string. With `lines` a line break may stay. Raises ValueError with the sentence, which WTForms shows at the field.
    """

    def __init__(self, what: str, longest: int = 200, *, lines: bool = False) -> None:
        self.what = what
        self.longest = longest
        self.lines = lines

    def __call__(self, value: str | None) -> str:
        text = unicodedata.normalize("NFC", value or "")
        text = text.replace("\r\n", "\n").replace("\r", "\n").strip(INVISIBLE + " \t\n\u00a0")
        if not self.lines:
            text = re.sub(r"[ \t\u00a0]+", " ", text)
        if any(self._has_no_place(letter) for letter in text) or TURNS_WRITING_ROUND.search(text):
            raise ValueError(
                f"{self.what} must have no character that cannot be shown. Type it again without copying it from elsewhere"
            )
        if len(text) > self.longest:
            raise ValueError(f"{self.what} must be {self.longest:,} characters or fewer. It has {len(text):,}")
        return text

    def _has_no_place(self, letter: str) -> bool:
        if self.lines and letter in "\n\t":
            return False
        return unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")


class HeldField(HiddenField):
    """What a page holds for its own form. Nobody types it: what no page can hold was not ours, and counts as nothing."""

    data: Any

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what was sent, or nothing where it has a character that no page can show."""
        super().process_formdata(valuelist)
        if isinstance(self.data, str) and any(unicodedata.category(letter) in ("Cc", "Cs") for letter in self.data):
            self.data = ""


class Needed:
    """A validator: something must be given. `sentence` says what to do, such as "Enter your e-mail address"."""

    field_flags: dict[str, bool] = {}  # no `required` attribute: the page's own sentence is clearer than the browser's

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __call__(self, form: Any, field: Any) -> None:
        if not field.data and not field.errors:
            raise StopValidation(self.sentence)


class _Drawn:
    """Draws a GOV.UK component without running the application's context processors once for every field."""

    template: str

    def render(self, params: dict[str, Any]) -> Markup:
        return Markup(current_app.jinja_env.get_template(self.template).render(params=params))


class _TextInput(_Drawn, govuk.GovTextInput): ...


class _EmailInput(_Drawn, govuk.GovTextInput):
    input_type = "email"


class _PasswordInput(_Drawn, govuk.GovPasswordInput): ...


class _TextArea(_Drawn, govuk.GovTextArea): ...


class _CharacterCount(_Drawn, govuk.GovCharacterCount): ...


class _Select(_Drawn, govuk.GovSelect): ...


class _Radios(_Drawn, govuk.GovRadioInput): ...


class _Checkboxes(_Drawn, govuk.GovCheckboxesInput): ...


class _Checkbox(_Drawn, govuk.GovCheckboxInput):
    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        if not params["hint"]["text"]:
            del params["hint"]  # which would be drawn as an empty line
        return params


class _FileInput(_Drawn, govuk.GovFileInput): ...


def showable(text: str) -> str:
    """Return what was typed without the characters that no page may contain, to show it again."""
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))


class TextField(StringField):
    """One line of text."""

    widget = _TextInput()

    def _value(self) -> str:
        return showable(str(self.data)) if self.data is not None else ""


class WholeNumberField(TextField):
    """A whole number; `number` is what was read, None where nothing was typed. `wrong` returns the sentence about a number that
    does not fit; what is no number at all is asked about as -1, which fits nowhere."""

    number: int | None = None

    def __init__(self, *args: Any, wrong: Callable[[int], str | None], **more: Any) -> None:
        super().__init__(*args, **more)
        self.wrong = wrong

    def pre_validate(self, form: Any) -> None:
        """Read the number, or say how to write one."""
        typed = str(self.data or "")
        if not typed or self.errors:
            return
        self.number = int(typed) if _WHOLE.fullmatch(typed) else -1
        sentence = self.wrong(self.number)
        if sentence:
            raise StopValidation(sentence)


class EmailField(TextField):
    """An e-mail address, with the keyboard for it on a phone."""

    widget = _EmailInput()


class LongTextField(TextField):
    """Several lines of text."""

    widget = _TextArea()


class CountedTextField(TextField):
    """Several lines of text that say how many characters are left: `params={"maxlength": 500}` when drawn."""

    widget = _CharacterCount()


class SecretField(PasswordField):
    """A password; it may be pasted and shown, and is never sent back."""

    widget = _PasswordInput()


class _Choices:
    """For the fields that choose: an answer that is not among the choices is refused with a sentence of ours."""

    unknown = "Choose one of the answers in the list"

    def pre_validate(self, form: Any) -> None:
        try:
            super().pre_validate(form)  # type: ignore[misc]
        except ValueError as error:
            raise StopValidation(self.unknown) from error


class ListField(_Choices, SelectField):
    """One of a list, as a native select. With `render_kw={"data-autocomplete": ""}` it becomes a box to type in."""

    widget = _Select()


class RadiosField(_Choices, RadioField):
    """One of a few, all of them in sight."""

    widget = _Radios()
    data: Any  # None until something is chosen

    def pre_validate(self, form: Any) -> None:
        # no answer at all is for `Needed` to speak of
        if self.data not in (None, "", "None"):
            super().pre_validate(form)
        else:
            self.data = None


class TicksField(_Choices, ManyField):
    """Any number of a list, as tick boxes."""

    widget = _Checkboxes()
    unknown = "Choose only from the answers in the list"


class TickField(BooleanField):
    """One tick box: yes when ticked."""

    widget = _Checkbox()

    def _value(self) -> str:
        # Not what was sent, which may be what no page can show.
        return "y"


class UploadField(FileField):
    """A file to send; the form around it must be drawn with `multipart=True`. Text that is sent in its place is no file."""

    widget = _FileInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the file, where one was chosen."""
        self.data = next((each for each in valuelist if isinstance(each, FileStorage) and each.filename), None)


class _DayInput(_Drawn, govuk.GovDateInput):
    """Three inputs for a day. Each has its own name, and the one that is wrong is the one that is marked."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params: dict[str, Any] = govuk.GovFormBase.map_gov_params(self, field, **kwargs)
        params.setdefault("fieldset", {"legend": {"text": field.label.text}})
        params["attributes"] = {}
        params["items"] = [
            {
                "label": part.capitalize(),
                "id": f"{field.id}-{part}",
                "name": f"{field.name}-{part}",
                "classes": f"govuk-input--width-{4 if part == 'year' else 2}"
                + (" govuk-input--error" if field.errors and field.wrong in (None, part) else ""),
                "value": showable(field.typed[part]),
            }
            for part in PARTS
        ]
        return params


PARTS = ("day", "month", "year")


def names_sent_by(field: Field) -> tuple[str, ...]:
    """Return the names under which a form may send a field; a day is sent in parts."""
    return (field.name, *(f"{field.name}-{part}" for part in PARTS)) if isinstance(field, DayField) else (field.name,)


class DayField(Field):
    """A day, typed as three numbers, in a form as `NAME-day`, `NAME-month` and `NAME-year`.

    `what` names it in sentences, as in "The day you completed it must be in the past"; `data` is a date, or None
    when nothing was typed or what was typed is not a day (then there is an error). With `optional` all three may stay
    empty. `latest` and `earliest` are functions that return a day, asked when the form is checked. A month may be
    written as its name. `typed` keeps each part as it was typed.
    """

    widget = _DayInput()
    data: Any  # a checked form has what it needs; the type cannot say so

    def __init__(
        self,
        label: str,
        validators: Sequence[Callable[[Any, Any], None]] = (),
        *,
        what: str,
        optional: bool = False,
        latest: Callable[[], date] | None = None,
        earliest: Callable[[], date] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.what = what
        self.optional = optional
        self.latest = latest
        self.earliest = earliest
        self.typed: dict[str, str] = dict.fromkeys(PARTS, "")
        self.wrong: str | None = None

    @property
    def error_anchor(self) -> str:
        """The id of the input that an error of this field belongs to."""
        return f"{self.id}-{self.wrong or 'day'}"

    def _value(self) -> str:
        return " ".join(self.typed.values()).strip()

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Iterable[Any] | None = None) -> None:
        """Take the three parts from the form where it has them, otherwise the day that is given."""
        self.process_errors = []
        if data is unset_value:
            data = self.default() if callable(self.default) else self.default
        given: date | None = data
        self.object_data = self.data = given
        self.raw_data = []
        if formdata is not None and any(f"{self.name}-{part}" in formdata for part in PARTS):
            self.typed = {part: formdata.get(f"{self.name}-{part}", "").strip() for part in PARTS}
            self.raw_data = list(self.typed.values())
            self.data = None
            try:
                self.data = self._read()
            except ValueError as error:
                self.process_errors.append(str(error))
        elif formdata:
            self.data = None
        elif given:
            self.typed = {"day": str(given.day), "month": str(given.month), "year": str(given.year)}

    def pre_validate(self, form: Any) -> None:
        """Ask for the day where none was given and one is needed."""
        if self.data is None and not self.errors and not self.optional:
            raise StopValidation(f"Enter {self.what}, like 27 3 2026")

    def _read(self) -> date | None:
        missing = [part for part in PARTS if not self.typed[part]]
        if len(missing) == len(PARTS):
            return None
        if missing:
            self.wrong = missing[0]
            raise ValueError(f"{self._subject} must include a {' and a '.join(missing)}")
        number = {
            "day": _number(self.typed["day"], 2),
            "month": _number(self.typed["month"], 2) or _named_month(self.typed["month"]),
            "year": _number(self.typed["year"], 4),
        }
        if number["year"] is not None and len(self.typed["year"]) != len("2026"):
            self.wrong = "year"
            raise ValueError("Write the year with 4 numbers, like 2026")
        try:
            read = date(number["year"] or 0, number["month"] or 0, number["day"] or 0)
        except ValueError:
            self.wrong = self._part_that_is_no_number(number)
            raise ValueError(f"{self._subject} must be a real day, like 27 3 2026") from None
        self._check_limits(read)
        return read

    def _check_limits(self, read: date) -> None:
        if not FIRST_DAY <= read <= LAST_DAY:
            self.wrong = "year"
            raise ValueError(f"{self._subject} must be between {day(FIRST_DAY)} and {day(LAST_DAY)}")
        latest = self.latest() if self.latest else None
        if latest and read > latest:
            raise ValueError(f"{self._subject} must be {day(latest)} or earlier")
        earliest = self.earliest() if self.earliest else None
        if earliest and read < earliest:
            raise ValueError(f"{self._subject} must be {day(earliest)} or later")

    @property
    def _subject(self) -> str:
        return self.what[:1].upper() + self.what[1:]

    @staticmethod
    def _part_that_is_no_number(number: dict[str, int | None]) -> str | None:
        if not number["month"] or not 1 <= number["month"] <= len(MONTHS):
            return "month"
        if number["year"] is None:
            return "year"
        return "day"


def _number(typed: str, longest: int) -> int | None:
    """Return a number of plain digits; `int` alone would take other scripts' digits, signs and underscores too."""
    return int(typed) if re.fullmatch(rf"[0-9]{{1,{longest}}}", typed) else None


def _named_month(typed: str) -> int | None:
    """Return 3 for "March", "mar" or "Mar."."""
    letters = typed.casefold().rstrip(".")
    places = [n for n, name in enumerate(MONTHS, 1) if len(letters) >= 3 and name.casefold().startswith(letters)]
    return places[0] if places else None
