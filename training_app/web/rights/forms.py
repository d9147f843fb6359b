"""What is typed about people's rights."""

from __future__ import annotations

from training_app.people.rules import LONGEST_REASON
from training_app.web.components.fields import DayField, LongTextField, Needed, TextField, TidyString
from training_app.web.forms import EditingForm, HouseForm


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
