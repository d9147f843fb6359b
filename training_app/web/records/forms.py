"""What is typed about completions."""

from __future__ import annotations

from typing import Any

from training_app.clock import today
from training_app.files.taking_in import OFFERED
from training_app.people.rules import LONGEST_REASON
from training_app.records.models import Evidence
from training_app.records.rules import LONGEST_NOTE, LONGEST_PROVIDER
from training_app.web.catalogue.forms import HoursField
from training_app.web.components.fields import (
    DayField,
    HeldField,
    ListField,
    LongTextField,
    Needed,
    RadiosField,
    TextField,
    TicksField,
    TidyString,
    UploadField,
)
from training_app.web.forms import EditingForm, HouseForm


class PeopleField(TicksField):
    """People to tick, by their references. The list is drawn by the page; what is wrong is put right at its search box."""

    error_anchor = "filter-q"


class AddForm(HouseForm):
    """A module that one or several people completed on a day. The people are ticked by their references."""

    module = ListField("Module", validators=[Needed("Choose a module")], render_kw={"data-autocomplete": ""})
    completed_on = DayField("When was it completed?", what="the day", default=today, latest=today)
    person = PeopleField("Who completed it?", validate_choice=False)
    evidence = RadiosField(
        "How is it evidenced?",
        choices=[
            (Evidence.VERIFIED.value, "Verified: somebody saw it or has the certificate"),
            (Evidence.SELF_DECLARED.value, "Self-declared: still to be verified"),
        ],
        default=Evidence.VERIFIED.value,
        validators=[Needed("Choose how it is evidenced")],
    )
    hours = HoursField("Hours, if other than the module’s (optional)", filters=[TidyString("The hours", 20)])
    provider = TextField("Provider (optional)", filters=[TidyString("The provider", LONGEST_PROVIDER)])
    note = LongTextField("Note (optional)", filters=[TidyString("The note", LONGEST_NOTE)])
    # Where the visitor came from.
    back = HeldField()


class VerifyForm(HouseForm):
    """Entries ticked on the page of those that wait."""

    completion = TicksField("Entries", validate_choice=False)
    back = HeldField()


class ReasonForm(EditingForm):
    """Why an entry is voided or sent back."""

    reason = LongTextField(
        "Reason", filters=[TidyString("The reason", LONGEST_REASON)], validators=[Needed("Give a reason")]
    )
    back = HeldField()


class CorrectForm(EditingForm):
    """The right day of an entry, and why it was wrong."""

    completed_on = DayField("When was it completed?", what="the day", latest=today)
    reason = LongTextField(
        "What was wrong?", filters=[TidyString("The reason", LONGEST_REASON)], validators=[Needed("Give a reason")]
    )
    back = HeldField()


class AgainForm(EditingForm):
    """An entry that was sent back, put right."""

    completed_on = DayField("When was it completed?", what="the day", latest=today)
    note = LongTextField("Note (optional)", filters=[TidyString("The note", LONGEST_NOTE)])
    back = HeldField()


class EvidenceForm(HouseForm):
    """A photo or a PDF that goes with an entry."""

    file = UploadField("Photo or PDF", render_kw={"accept": OFFERED})


class TakeAwayForm(HouseForm):
    """Why a photo or a PDF is taken away."""

    reason = LongTextField(
        "Reason", filters=[TidyString("The reason", LONGEST_REASON)], validators=[Needed("Give a reason")]
    )


def references(form: AddForm) -> list[str]:
    """Return the references that are ticked, each once, in their order."""
    ticked: list[Any] = form.person.data or []
    return list(dict.fromkeys(str(each) for each in ticked))
