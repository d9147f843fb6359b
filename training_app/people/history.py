"""What the log says of people, organisations and engagements, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from training_app.audit.history import Action, Column, Names, Sentence, Subject, Teller, Told, day_words, erased, simply
from training_app.database import db
from training_app.people.bulk import in_portions
from training_app.people.models import Organisation, OrganisationKind, Person

KINDS = {
    OrganisationKind.MUSIC_SERVICE.value: "a music service",
    OrganisationKind.SCHOOL.value: "a school",
    OrganisationKind.PARTNER.value: "a partner",
    OrganisationKind.VOLUNTARY.value: "a voluntary organisation",
    OrganisationKind.GOVERNANCE.value: "governance",
}
PERSON = {"name": "the name", "reference": "the reference", "email": "the e-mail"}
ORGANISATION: Mapping[str, Column | str] = {"name": "the name", "kind": Column("what it is", KINDS), "area": "the area"}
ENGAGEMENT = {
    "group_id": "the workforce group",
    "organisation_id": "the organisation",
    "job_title": "the job title",
    "start_on": "the first day",
    "end_on": "the last day",
}


def names_of_people(ids: Collection[int]) -> Mapping[int, str]:
    """Return the names of people by their ids."""
    found: dict[int, str] = {}
    for some in in_portions(list(ids)):
        found.update(db.session.execute(select(Person.id, Person.name).where(Person.id.in_(some))).all())
    return found


def references_of(ids: Collection[int]) -> Mapping[int, str]:
    """Return the references of people by their ids."""
    found: dict[int, str] = {}
    for some in in_portions(list(ids)):
        found.update(db.session.execute(select(Person.id, Person.reference).where(Person.id.in_(some))).all())
    return found


def names_of_organisations(ids: Collection[int]) -> Mapping[int, str]:
    """Return the names of organisations by their ids."""
    found: dict[int, str] = {}
    for some in in_portions(list(ids)):
        rows = db.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(some)))
        found.update(rows.all())
    return found


def _the_person(_told: Told, _names: Names) -> str:
    return ""


def _organisation(told: Told, _names: Names) -> str:
    return str(told.row.get("name", "an organisation"))


def _engagement(told: Told, names: Names) -> str:
    group = names.name("group_id", told.row.get("group_id"))
    return f"{group} at {names.name('organisation_id', told.row.get('organisation_id'))}"


def _days(told: Told) -> str:
    first, last = told.row.get("start_on"), told.row.get("end_on")
    return f"from {day_words(first)}" + (f" to {day_words(last)}" if last else "")


def _begun(told: Told, names: Names) -> Sentence:
    title = told.row.get("job_title")
    return Sentence("added", _engagement(told, names), _days(told) + (f", as {title}" if title else ""))


def _ended(told: Told, names: Names) -> Sentence:
    last = told.row.get("end_on")
    return Sentence("ended", _engagement(told, names), f"the last day is {day_words(last)}")


def _kept(told: Told, _names: Names) -> Sentence:
    return Sentence("kept after leaving", "", f"until {day_words(told.row.get('until'))}")


def _double(_told: Told, _names: Names) -> str:
    return "probable double"


def _settled(told: Told, _names: Names) -> Sentence:
    words = {"same person": "they are one person", "two people": "they are two people"}
    return Sentence("settled", "probable double", words.get(str(told.row.get("settled_as")), ""))


def _own_reference(done: str) -> Teller:
    def tell(told: Told, names: Names) -> Sentence:
        place = names.name("organisation_id", told.row.get("organisation_id"))
        return Sentence(done, f"reference {told.row.get('reference')} of {place}")

    return tell


def _added_person(told: Told, _names: Names) -> Sentence:
    email = told.row.get("email")
    reference = told.row.get("reference")
    return Sentence("added", "", f"with the reference {reference}" + (f" and the e-mail {email}" if email else ""))


def _added_organisation(told: Told, names: Names) -> Sentence:
    area = told.row.get("area")
    kind = KINDS.get(str(told.row.get("kind")), "an organisation")
    return Sentence("added", _organisation(told, names), kind + (f" in {area}" if area else ""))


HISTORY = Subject(
    actions={
        "person.added": Action("Person added", _added_person),
        "person.changed": Action("Person’s details changed", simply("details changed", _the_person, PERSON)),
        "person.erased": Action("Person erased", erased("their record")),
        "organisation.added": Action("Organisation added", _added_organisation),
        "organisation.changed": Action("Organisation changed", simply("changed", _organisation, ORGANISATION)),
        "person.merged": Action(
            "Person merged with another row", simply("merged with another row of theirs", _the_person)
        ),
        "person.merged_away": Action(
            "Row of a person merged away", simply("merged into another row of theirs", _the_person)
        ),
        "person.recorded_besides": Action(
            "Former reference kept", simply("what they were recorded as besides kept", _the_person)
        ),
        "person.former_erased": Action("Former identity erased", erased("a former reference")),
        "own_reference.kept": Action("An organisation’s own reference kept", _own_reference("kept")),
        "own_reference.moved": Action("An organisation’s own reference moved", _own_reference("moved to this person")),
        "own_reference.erased": Action("An organisation’s own reference erased", erased("an organisation’s reference")),
        "probable_double.noticed": Action("Probable double noticed", simply("noticed", _double)),
        "probable_double.settled": Action("Probable double settled", _settled),
        "probable_double.moved": Action("Probable double moved", simply("moved to this person", _double)),
        "leaver.kept": Action("Leaver kept", _kept),
        "engagement.begun": Action("Engagement added", _begun),
        "engagement.changed": Action("Engagement changed", simply("changed", _engagement, ENGAGEMENT)),
        "engagement.ended": Action("Engagement ended", _ended),
        "engagement.voided": Action("Engagement taken back", simply("taken back as a mistake", _engagement)),
        "engagement.moved": Action("Engagement moved to another row", simply("moved with its person", _engagement)),
        "engagement.erased": Action("Engagement’s words erased", erased("an engagement")),
        "leaver.erased": Action("Reason to keep a leaver erased", erased("the reason to keep them")),
    },
    names={
        "person_id": names_of_people,
        "organisation_id": names_of_organisations,
        "organisation_ids": names_of_organisations,
    },
)
