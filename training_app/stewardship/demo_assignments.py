"""What the demonstration asks of people: rules about groups, two batches, one of them taken back, a waiver for one person and one
for several at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import select

from training_app.assignments.actions import assign, switch_on_rule, take_back, to_be_asked, waive
from training_app.assignments.allowances import Terms, allow
from training_app.assignments.models import AllowanceKind
from training_app.assignments.rules import Counted, Due
from training_app.audit import Actor
from training_app.catalogue.models import Module, Pathway
from training_app.database import db
from training_app.people.scope import everybody
from training_app.reminders.actions import letters_written
from training_app.reminders.queries import whom_to_remind
from training_app.strategy.models import WorkforceGroup

# Letters of reminder, as if mail had been on for so long.
_LETTERS, _MAIL_SINCE = 5, timedelta(days=60)
# (group, pathway, days ago from which it asks, whether those present are asked too)
_RULES = (
    ("frontline-volunteers", "induction-volunteers", 500, False),
    ("music-service-staff", "induction-staff", 700, False),
    ("hub-providers", "induction-partners", 200, False),
    ("generalist-teachers", "classroom-teachers", 90, False),
)


def load_assignments(actor: Actor, day: date, of_group: Mapping[str, Sequence[int]], *, with_rules: bool) -> None:
    """Switch rules on as seen from a day, and ask some of these people (ids by group code) to do a module. What the hub does
    not have is left out. Rules are about everybody, so `with_rules` is for a hub in which nobody real is recorded."""
    groups = dict(db.session.execute(select(WorkforceGroup.code, WorkforceGroup.id)).all())
    pathways = {each.code: each for each in db.session.scalars(select(Pathway))}
    modules = {each.code: each for each in db.session.scalars(select(Module))}
    for group, pathway, ago, present in _RULES if with_rules else ():
        if group in groups and pathway in pathways:
            from_on = day - timedelta(days=ago)
            switch_on_rule(actor, groups[group], pathways[pathway], from_on=from_on, includes_present=present)
    due = Due(Counted.BY_A_DAY, day + timedelta(days=60))
    specialists = of_group.get("specialist-teachers", [])[:12]
    if "SND-02" in modules and specialists:
        reason = "Your schools asked for more ideas for children with SEND."
        assign(actor, specialists, modules["SND-02"], due, whom="Specialist teachers", reason=reason)
    staff = of_group.get("music-service-staff", [])
    if "TEC-01" in modules:
        # As seen from some days, all of the first hold it, or need not do it.
        staff = [each.person_id for each in to_be_asked(staff, modules["TEC-01"], due) if each.steps][:6]
    if "TEC-01" in modules and staff:
        reason = "The new instruments come in spring; try them first."
        batch = assign(actor, staff, modules["TEC-01"], due, whom="Music service staff", reason=reason)
        take_back(actor, batch, "The instruments are late; it will be asked again in summer.")
    _remind(actor, day)
    volunteers = of_group.get("frontline-volunteers", [])[:5]
    if "IND-05" in modules and volunteers:
        waive(actor, volunteers[0], modules["IND-05"].id, day, "Led sessions like these for years with another hub.")
        terms = Terms(
            AllowanceKind.WAIVER,
            module_id=modules["IND-05"].id,
            start_on=day - timedelta(days=10),
            end_on=day + timedelta(days=50),
        )
        reason = "They help at the winter concert only, never alone with a group."
        if volunteers[1:]:
            allow(actor, volunteers[1:], terms, whom="Frontline volunteers", reason=reason)


def _remind(actor: Actor, day: date) -> None:
    """Let a letter have gone to some of those who have no e-mail."""
    by_letter = [each for each in whom_to_remind(everybody(), day, day - _MAIL_SINCE) if each.address is None]
    letters_written(actor, by_letter[:_LETTERS])
