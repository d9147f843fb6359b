"""What is typed about people, their engagements and exemptions, and organisations."""

from __future__ import annotations

from training_app.addresses import LONGEST_EMAIL
from training_app.clock import today
from training_app.people.models import OrganisationKind
from training_app.people.rules import LONGEST_AREA, LONGEST_NAME, LONGEST_REASON
from training_app.web.components.fields import (
    DayField,
    EmailField,
    HeldField,
    ListField,
    LongTextField,
    Needed,
    RadiosField,
    TextField,
    TidyString,
)
from training_app.web.forms import EditingForm, HouseForm

KINDS = (
    (OrganisationKind.MUSIC_SERVICE.value, "Music service"),
    (OrganisationKind.SCHOOL.value, "School"),
    (OrganisationKind.PARTNER.value, "Partner organisation"),
    (OrganisationKind.VOLUNTARY.value, "Voluntary organisation"),
    (OrganisationKind.GOVERNANCE.value, "Governance"),
)


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
    same_as_shown = HeldField()


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


class DoubleForm(EditingForm):
    """What a manager decides about a probable double: two people, and whose an e-mail is that both have."""

    email = RadiosField("Who is found by the e-mail?", default="known", validators=[Needed("Choose one of the two")])


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
