"""What is typed about people, their engagements and exemptions, and organisations."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField

from training_app.accounts.rules import LONGEST_EMAIL
from training_app.clock import today
from training_app.errors import ChangedMeanwhile, Refused
from training_app.people.models import OrganisationKind
from training_app.people.rules import LONGEST_AREA, LONGEST_NAME, LONGEST_REASON
from training_app.web.components.fields import (
    DayField,
    EmailField,
    ListField,
    LongTextField,
    Needed,
    RadiosField,
    TextField,
    TidyString,
)

KINDS = (
    (OrganisationKind.MUSIC_SERVICE.value, "Music service"),
    (OrganisationKind.SCHOOL.value, "School"),
    (OrganisationKind.PARTNER.value, "Partner organisation"),
    (OrganisationKind.VOLUNTARY.value, "Voluntary organisation"),
    (OrganisationKind.GOVERNANCE.value, "Governance"),
)
LONGEST_VERSION = 9


class HouseForm(FlaskForm):
    """A form that can show a refusal where it belongs, and knows the status with which it is answered."""

    is_overtaken = False

    def refuse(self, refused: Refused) -> None:
        """Put a refusal at the field that it belongs to, or above the form."""
        self.is_overtaken = isinstance(refused, ChangedMeanwhile)
        if refused.field and refused.field in self:
            self[refused.field].errors = [*self[refused.field].errors, refused.sentence]
        else:
            self.form_errors.append(refused.sentence)

    @property
    def status(self) -> int:
        """200 where nothing is wrong, 409 where somebody else saved first, otherwise 400."""
        if self.is_overtaken:
            return 409
        return 400 if self.errors else 200


class EditingForm(HouseForm):
    """A form for something that exists; it carries which version of it was seen."""

    row_version = HiddenField()

    @property
    def seen_version(self) -> int:
        """The version that was seen; one that never was where the field was tampered with."""
        typed = str(self.row_version.data or "")
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST_VERSION else -1


class _Who(HouseForm):
    reference = TextField(
        "Reference", filters=[TidyString("The reference", 64)], validators=[Needed("Enter a reference")]
    )
    name = TextField(
        "Full name", filters=[TidyString("The name", LONGEST_NAME)], validators=[Needed("Enter the person's name")]
    )
    email = EmailField("E-mail (optional)", filters=[TidyString("The e-mail", LONGEST_EMAIL)])


class PersonForm(_Who, EditingForm):
    """Who somebody is."""


class _Where(HouseForm):
    organisation = ListField(
        "Organisation",
        validators=[Needed("Choose an organisation")],
        render_kw={"data-autocomplete": ""},
    )
    group = ListField("Workforce group", validators=[Needed("Choose a workforce group")])
    job_title = TextField("Job title (optional)", filters=[TidyString("The job title", LONGEST_NAME)])


class AddPersonForm(_Who, _Where):
    """A new person with their first engagement. `same_as_shown` is what the probable doubles were shown for."""

    start_on = DayField("First day in this group", what="the first day", default=today)
    same_as_shown = HiddenField()


class EngagementForm(_Where):
    """Time in a group at an organisation."""

    start_on = DayField("First day", what="the first day", default=today)
    end_on = DayField("Last day (optional)", what="the last day", optional=True)


class ChangeEngagementForm(EditingForm):
    """What can be put right in an engagement."""

    job_title = TextField("Job title (optional)", filters=[TidyString("The job title", LONGEST_NAME)])
    start_on = DayField("First day", what="the first day")
    end_on = DayField("Last day (optional)", what="the last day", optional=True)


class EndEngagementForm(EditingForm):
    """The last day of an engagement."""

    end_on = DayField("Last day", what="the last day", default=today)


class ReasonForm(HouseForm):
    """Why something is taken back."""

    reason = LongTextField(
        "Why was this a mistake?",
        filters=[TidyString("The reason", LONGEST_REASON)],
        validators=[Needed("Say why, so that others understand later")],
    )


class ExemptionForm(HouseForm):
    """Days on which nothing is asked of somebody in a skill."""

    skill = ListField("Skill", validators=[Needed("Choose a skill")])
    start_on = DayField("First day", what="the first day", default=today)
    end_on = DayField("Last day (optional)", what="the last day", optional=True)
    reason = LongTextField(
        "Reason", filters=[TidyString("The reason", LONGEST_REASON)], validators=[Needed("Give a reason")]
    )


class ChangeExemptionForm(EditingForm):
    """When an exemption ends, and why it is given."""

    end_on = DayField("Last day (optional)", what="the last day", optional=True)
    reason = LongTextField(
        "Reason", filters=[TidyString("The reason", LONGEST_REASON)], validators=[Needed("Give a reason")]
    )


class OrganisationForm(EditingForm):
    """An organisation."""

    name = TextField(
        "Name", filters=[TidyString("The name", LONGEST_NAME)], validators=[Needed("Enter the organisation's name")]
    )
    kind = RadiosField(
        "What kind of organisation is it?", choices=KINDS, validators=[Needed("Choose what kind of organisation it is")]
    )
    area = TextField("Area (optional)", filters=[TidyString("The area", LONGEST_AREA)])
