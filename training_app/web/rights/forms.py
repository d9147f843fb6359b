"""What is typed about people's rights."""

from __future__ import annotations

from training_app.people.rules import LONGEST_REASON
from training_app.web.components.fields import (
    DayField,
    HeldField,
    LongTextField,
    Needed,
    RadiosField,
    TextField,
    TidyString,
)
from training_app.web.forms import EditingForm, HouseForm

LONGEST_NUMBER = 18


class EraseForm(EditingForm):
    """Why somebody is erased, and their reference, so that nobody erases the wrong person by a slip."""

    reason = LongTextField(
        "Why are they erased?",
        filters=[TidyString("The reason", LONGEST_REASON)],
        validators=[Needed("Say why they are erased")],
    )
    reference = TextField(
        "Their reference",
        filters=[TidyString("The reference", 64)],
        validators=[Needed("Type their reference, so that nobody else is erased by a slip")],
    )


class KeepForm(HouseForm):
    """Until when, and why, what is held about somebody who left is kept."""

    until = DayField("Keep it until", what="the day until which it is kept")
    reason = LongTextField(
        "Why is it still needed?", filters=[TidyString("The reason", LONGEST_REASON)], validators=[Needed("Say why")]
    )


class OtherForm(HouseForm):
    """Who somebody is recorded as besides."""

    other = TextField(
        "Reference of the other",
        filters=[TidyString("The reference", 64)],
        validators=[Needed("Type the reference under which they are recorded besides")],
    )


class MergeForm(HouseForm):
    """Whose reference, name and e-mail are kept, and up to which event about both the page was shown."""

    other = HeldField()
    seen = HeldField()
    reference_of = RadiosField("Which reference is kept?", validators=[Needed("Choose which reference is kept")])
    name_of = RadiosField("Which name is kept?", validators=[Needed("Choose which name is kept")])
    email_of = RadiosField("Which e-mail is kept?", validators=[Needed("Choose which e-mail is kept")])

    @property
    def seen_event(self) -> int:
        """The event that was seen; one that never was where the field was tampered with."""
        typed = str(self.seen.data or "")
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST_NUMBER else -1
