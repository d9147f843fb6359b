"""Writing people, organisations and engagements. Each verb checks what it is given, whoever calls it, and tells the audit."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from training_app.addresses import LONGEST_EMAIL, email_key, is_email
from training_app.audit import Actor, record
from training_app.clock import now, today
from training_app.database import db, refusing_doubles, snapshot
from training_app.errors import Refused
from training_app.people.models import Engagement, KeptLeaver, Organisation, OrganisationKind, Person
from training_app.people.queries import organisation_by_name, person_by_email, person_by_reference, person_formerly
from training_app.people.rules import (
    LONGEST_AREA,
    LONGEST_NAME,
    LONGEST_REASON,
    day_problem,
    has_something_to_read,
    in_words,
    name_key,
    organisation_key,
    overlap,
    reference_problem,
    span_in_words,
    text_problem,
    tidy_name,
)
from training_app.strategy.models import WorkforceGroup


def add_person(actor: Actor, reference: str, name: str, email: str | None = None) -> Person:
    """Add someone to the workforce under a reference that nobody has; an e-mail is welcome, not needed.

    Raises `Refused` for a reference or e-mail that is not one or that somebody has, and for a name that is empty, too long
    or cannot be shown.
    """
    reference, name, email = checked_person(reference, name, email)
    _refuse_taken(reference, email, besides=None)
    person = Person(
        reference=reference,
        name=name,
        name_key=name_key(name),
        email=email,
        email_key=email_key(email) if email else None,
    )
    with refusing_doubles(_SOMEBODY_ELSE, "reference"):
        db.session.add(person)
    record(actor, "person.added", person, person_id=person.id)
    return person


def change_person(
    actor: Actor, person: Person, *, reference: str, name: str, email: str | None, seen_version: int | None = None
) -> None:
    """Change who somebody is: their reference, name and e-mail (None takes it away). An e-mail that stays as it is stays
    without its key where it had none.

    `seen_version` is the row version that the editor saw. Raises `Refused` as `add_person`, `ChangedMeanwhile` where
    somebody else saved first. Saving the same again writes nothing.
    """
    person.expect_version(seen_version)
    if person.erased_at is not None:
        raise Refused("This person was erased, so there is nobody to give a name to. Add them anew if they are back.")
    reference, name, email = checked_person(reference, name, email)
    stays_keyless = person.email_key is None and same_email(email, person.email)
    _refuse_taken(reference, None if stays_keyless else email, besides=person)
    before = snapshot(person)
    with refusing_doubles(_SOMEBODY_ELSE, "reference"):
        person.reference, person.name, person.name_key = reference, name, name_key(name)
        person.email, person.email_key = email, email_key(email) if email and not stays_keyless else None
    record_change(actor, "person.changed", person, before, person.id)


def add_organisation(actor: Actor, name: str, kind: str, area: str | None = None) -> Organisation:
    """Add an organisation of a kind (an `OrganisationKind`), perhaps in an area such as a county.

    Raises `Refused` where the name is known already, however it is spaced or capitalised, or something cannot be kept.
    """
    name, kind, area = _checked_organisation(name, kind, area, besides=None)
    organisation = Organisation(name=name, name_key=organisation_key(name), kind=kind, area=area)
    with refusing_doubles(f"There is an organisation called {name} already.", "name"):
        db.session.add(organisation)
    record(actor, "organisation.added", organisation)
    return organisation


def change_organisation(
    actor: Actor, organisation: Organisation, *, name: str, kind: str, area: str | None, seen_version: int | None = None
) -> None:
    """Change an organisation's name, kind and area. Raises `Refused` as `add_organisation`, and `ChangedMeanwhile`."""
    organisation.expect_version(seen_version)
    name, kind, area = _checked_organisation(name, kind, area, besides=organisation)
    before = snapshot(organisation)
    with refusing_doubles(f"There is an organisation called {name} already.", "name"):
        organisation.name, organisation.name_key = name, organisation_key(name)
        organisation.kind, organisation.area = kind, area
    record_change(actor, "organisation.changed", organisation, before)


def begin_engagement(
    actor: Actor,
    person_id: int,
    organisation_id: int,
    group_id: int,
    start_on: date,
    end_on: date | None = None,
    job_title: str | None = None,
) -> Engagement:
    """Say that somebody is in a group at an organisation from `start_on` to `end_on`, both days included; without an end
    it goes on.

    Raises `Refused` for days that cannot be, an unknown person, organisation or group, and where the same person is in the
    same group at the same organisation on one of these days already: two would count as one and hide a mistake.
    """
    job_title = checked_text(job_title, "The job title", LONGEST_NAME, "job_title")
    check_span(start_on, end_on)
    person = db.session.scalar(select(Person).where(Person.id == person_id).with_for_update())
    if person is None:
        raise Refused("There is no such person. Choose somebody from the list.", "person")
    if db.session.get(Organisation, organisation_id) is None:
        raise Refused("There is no such organisation. Choose one from the list, or add it first.", "organisation")
    if db.session.get(WorkforceGroup, group_id) is None:
        raise Refused("There is no such workforce group. Choose one from the list.", "group")
    engagement = Engagement(
        person_id=person_id,
        organisation_id=organisation_id,
        group_id=group_id,
        job_title=job_title,
        start_on=start_on,
        end_on=end_on,
    )
    _refuse_overlap(engagement)
    with refusing_doubles(_ENGAGED_ALREADY, "start_on"):
        db.session.add(engagement)
    record(actor, "engagement.begun", engagement, person_id=person_id)
    return engagement


def change_engagement(
    actor: Actor,
    engagement: Engagement,
    *,
    job_title: str | None,
    start_on: date,
    end_on: date | None,
    seen_version: int | None = None,
) -> None:
    """Put an engagement's job title and days right. Raises `Refused` as `begin_engagement`, and `ChangedMeanwhile`."""
    _change_engagement(actor, "engagement.changed", engagement, job_title, start_on, end_on, seen_version)


def end_engagement(actor: Actor, engagement: Engagement, end_on: date, seen_version: int | None = None) -> None:
    """Say on which day somebody's time in a group ends; that day is the last on which they count.

    Raises `Refused` for a day before the start, and `ChangedMeanwhile`.
    """
    job_title, start_on = engagement.job_title, engagement.start_on
    _change_engagement(actor, "engagement.ended", engagement, job_title, start_on, end_on, seen_version)


def void_engagement(actor: Actor, engagement: Engagement, because: str, seen_version: int | None = None) -> None:
    """Take back an engagement that was entered by mistake: it counts on no day, but stays in the log with its reason.

    Raises `Refused` without a reason, or where it is void already, and `ChangedMeanwhile`.
    """
    because = checked_reason(because)
    _refuse_void(engagement)
    engagement.expect_version(seen_version)
    before = snapshot(engagement)
    engagement.voided_at, engagement.void_reason = now(), because
    record(actor, "engagement.voided", engagement, before, engagement.person_id, because)


def keep_leaver(actor: Actor, person: Person, until: date, because: str) -> KeptLeaver:
    """Keep what is held about somebody who left until a later day. Pressed twice, it is one decision.

    Raises `Refused` without a reason, for a day that is not to come or cannot be kept, and for whoever was erased.
    """
    because = checked_reason(because)
    problem = day_problem(until)
    if problem:
        raise Refused(f"The day {problem}.", "until")
    if until <= today():
        raise Refused("Choose a day to come, or erase them.", "until")
    locked = select(Person.erased_at).where(Person.id == person.id).with_for_update(key_share=True)
    if db.session.scalar(locked) is not None:
        raise Refused("This person was erased.")
    last = db.session.scalar(
        select(KeptLeaver).where(KeptLeaver.person_id == person.id).order_by(KeptLeaver.id.desc()).limit(1)
    )
    if last is not None and (last.until, last.reason) == (until, because):
        return last
    kept = KeptLeaver(
        person_id=person.id,
        until=until,
        reason=because,
        decided_at=now(),
        decided_by_account_id=actor.account_id,
    )
    db.session.add(kept)
    record(actor, "leaver.kept", kept, person_id=person.id, reason=because)
    return kept


def check_span(start_on: date, end_on: date | None) -> None:
    """Raise `Refused` unless both days can be kept and the end, if there is one, is not before the start."""
    for day, what, field in ((start_on, "The first day", "start_on"), (end_on, "The last day", "end_on")):
        problem = day_problem(day) if day else None
        if problem:
            raise Refused(f"{what} {problem}.", field)
    if end_on is not None and end_on < start_on:
        raise Refused(f"The last day is before the first, {in_words(start_on)}. Check both days.", "end_on")


def checked_reason(because: str) -> str:
    """Return a reason as it is kept. Raises `Refused` where it says nothing, is too long or cannot be shown."""
    reason = checked_text(because, "The reason", LONGEST_REASON, "reason")
    if reason is None:
        raise Refused("Give a reason, so that others understand later what happened.", "reason")
    return reason


def checked_text(text: str | None, what: str, longest: int, field: str, *, lines: bool = False) -> str | None:
    """Return a text as it is kept, with single spaces and in one line unless `lines` may stay, or None where it says nothing.

    `what` begins the sentence of the `Refused` that is raised for one that is too long or cannot be shown.
    """
    typed = (text or "").translate(_LINE_BREAKS)
    tidied = "\n".join(map(tidy_name, (text or "").splitlines())).strip() if lines else tidy_name(typed)
    problem = text_problem(typed, len(typed)) or text_problem(tidied.translate(_LINE_BREAKS), longest)
    if problem:
        raise Refused(f"{what} {problem}.", field)
    return tidied if has_something_to_read(tidied) else None


_LINE_BREAKS = str.maketrans("\r\n\t", "   ")
_SOMEBODY_ELSE = "Somebody else has this reference or this e-mail already. Look for them in the list of people first."
_ENGAGED_ALREADY = "This person is in that group at that organisation from that day already. Change that entry instead."


def checked_person(reference: str, name: str, email: str | None) -> tuple[str, str, str | None]:
    """Return who somebody is as it is kept. Raises `Refused` for a reference or e-mail that is not one, and for a name that is
    empty, too long or cannot be shown."""
    reference = reference.strip()
    problem = reference_problem(reference)
    if problem:
        raise Refused(f"The reference {problem}.", "reference")
    known = checked_text(name, "The name", LONGEST_NAME, "name")
    if known is None:
        raise Refused("Enter the person's name.", "name")
    email = (email or "").strip() or None
    if email and (text_problem(email, LONGEST_EMAIL) or not is_email(email)):
        raise Refused("That is not an e-mail address. Give one such as name@example.org, or leave it empty.", "email")
    return reference, known, email


def same_email(one: str | None, other: str | None) -> bool:
    """Say whether two e-mails are one, however they are written; none is no e-mail."""
    return bool(one and other) and email_key(one or "") == email_key(other or "")


def refuse_owned_email(owner: Person) -> None:
    """Raise the `Refused` that says whose an e-mail is."""
    raise Refused(
        f"{owner.name} ({owner.reference}) has this e-mail already. If this is the same person, go to them instead.",
        "email",
    )


def _refuse_taken(reference: str, email: str | None, *, besides: Person | None) -> None:
    namesake = person_by_reference(reference)
    if namesake is not None and namesake is not besides:
        raise Refused(f"{namesake.name} has the reference {reference} already. Choose another.", "reference")
    formerly = person_formerly(reference)
    if formerly is not None and formerly is not besides:
        raise Refused(f"{formerly.name} was recorded as {reference} before. Choose another reference.", "reference")
    owner = person_by_email(email) if email else None
    if owner is not None and owner is not besides:
        refuse_owned_email(owner)


def _checked_organisation(
    name: str, kind: str, area: str | None, *, besides: Organisation | None
) -> tuple[str, str, str | None]:
    known = checked_text(name, "The name", LONGEST_NAME, "name")
    if known is None:
        raise Refused("Enter the organisation's name.", "name")
    if kind not in list(OrganisationKind):
        raise Refused("Choose what kind of organisation it is.", "kind")
    area = checked_text(area, "The area", LONGEST_AREA, "area")
    namesake = organisation_by_name(known)
    if namesake is not None and namesake is not besides:
        raise Refused(f"There is an organisation called {namesake.name} already.", "name")
    return known, str(kind), area


def _change_engagement(
    actor: Actor,
    action: str,
    engagement: Engagement,
    job_title: str | None,
    start_on: date,
    end_on: date | None,
    seen_version: int | None,
) -> None:
    engagement.expect_version(seen_version)
    _refuse_void(engagement)
    job_title = checked_text(job_title, "The job title", LONGEST_NAME, "job_title")
    check_span(start_on, end_on)
    # Whoever else engages the same person waits here, so that two changes at once cannot overlap unseen.
    db.session.execute(select(Person.id).where(Person.id == engagement.person_id).with_for_update())
    before = snapshot(engagement)
    with refusing_doubles(_ENGAGED_ALREADY, "start_on"), db.session.no_autoflush:
        engagement.job_title, engagement.start_on, engagement.end_on = job_title, start_on, end_on
        _refuse_overlap(engagement)
    record_change(actor, action, engagement, before, engagement.person_id)


def _refuse_overlap(engagement: Engagement) -> None:
    others = db.session.scalars(
        select(Engagement).where(
            Engagement.person_id == engagement.person_id,
            Engagement.organisation_id == engagement.organisation_id,
            Engagement.group_id == engagement.group_id,
            Engagement.voided_at.is_(None),
        )
    )
    for other in others:
        if other is not engagement and overlap(engagement.start_on, engagement.end_on, other.start_on, other.end_on):
            raise Refused(
                f"{other.person.name} is in {other.group.name} at {other.organisation.name} "
                f"{span_in_words(other.start_on, other.end_on)} already. "
                "Change or end that engagement, or choose days outside it.",
                "start_on",
            )


def _refuse_void(engagement: Engagement) -> None:
    if engagement.voided_at is not None:
        raise Refused("This engagement was taken back as a mistake. Add it anew if it is right after all.")


def record_change(
    actor: Actor,
    action: str,
    row: Person | Organisation | Engagement,
    before: dict[str, object],
    person_id: int | None = None,
) -> None:
    """Tell the audit of a change, unless nothing changed."""
    if snapshot(row) != before:
        record(actor, action, row, before, person_id)
