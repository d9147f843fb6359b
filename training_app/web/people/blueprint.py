"""The blueprint of people and organisations, and finding those whom the visitor may see."""

from __future__ import annotations

from flask import Blueprint

from training_app.errors import NotFound
from training_app.people.models import Engagement, Organisation, Person
from training_app.people.queries import engagement_of, organisation_by_id, person_called, visible_person
from training_app.people.scope import visible_organisations, visible_people
from training_app.skills.models import Exemption
from training_app.skills.queries import exemption_of
from training_app.web.access import account

people = Blueprint("people", __name__)


def found_person(reference: str) -> Person:
    """Return the person with this reference, or whom one of the visitor's organisations calls so. Raises `NotFound` for one
    unseen exactly as for one absent."""
    seen, places = visible_people(account()), visible_organisations(account())
    person = visible_person(seen, reference) or person_called(seen, reference, places=places)
    if person is None:
        raise NotFound
    return person


def found_engagement(person: Person, engagement_id: int) -> Engagement:
    """Return this person's standing engagement with this id, at an organisation that the visitor may see. Raises `NotFound`
    for anything else."""
    engagement = engagement_of(person.id, engagement_id, places=visible_organisations(account()))
    if engagement is None:
        raise NotFound
    return engagement


def found_exemption(person: Person, exemption_id: int) -> Exemption:
    """Return this person's standing exemption with this id. Raises `NotFound` for anything else."""
    exemption = exemption_of(person.id, exemption_id)
    if exemption is None:
        raise NotFound
    return exemption


def found_organisation(organisation_id: int) -> Organisation:
    """Return the organisation with this id. Raises `NotFound` for one unseen exactly as for one absent."""
    organisation = organisation_by_id(visible_organisations(account()), organisation_id)
    if organisation is None:
        raise NotFound
    return organisation
