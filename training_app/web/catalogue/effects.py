"""What an edit or the retirement of a module will and will not change, told before it is saved."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from training_app.catalogue.actions import ModuleContent
from training_app.catalogue.models import Module, ModuleFormat, ModuleVersion
from training_app.catalogue.queries import ModulesWanted, modules_wanted
from training_app.catalogue.rules import Need, Offer, OutOfReach, out_of_reach, refresher_in_words
from training_app.people.rules import in_words
from training_app.skills.levels import Level
from training_app.skills.models import Requirement, Skill
from training_app.skills.queries import needed_from
from training_app.web.formatting import count


@dataclass(frozen=True)
class Difference:
    """A part of a module that an edit changes: what it says now and what new completions will be recorded with."""

    what: str
    now: str
    then: str


def differences(
    version: ModuleVersion, content: ModuleContent, formats: Sequence[ModuleFormat], skills: Sequence[Skill]
) -> list[Difference]:
    """Return what a new version of a module would say otherwise than the current one."""
    names = {each.id: each.name for each in formats}
    present = {given.skill_id: Level(given.level) for given in version.gives}
    rows = [
        ("Title", version.title, content.title),
        ("How it is learned", version.learned.name, names.get(content.format_id, "")),
        ("Hours", f"{version.hours.normalize():f}", f"{content.hours.normalize():f}"),
        ("Refresher", refresher_in_words(version.refresh_months), refresher_in_words(content.refresh_months)),
        ("Gives", gives_in_words(present, skills), gives_in_words(content.gives, skills)),
    ]
    return [Difference(*row) for row in rows if row[1] != row[2]]


def gives_in_words(gives: Mapping[int, Level], skills: Sequence[Skill]) -> str:
    """Say what is given, in the framework's order: `Practising in Communication for everyone; Aware in …`."""
    return "; ".join(f"{gives[skill.id].label} in {skill.name}" for skill in skills if skill.id in gives)


def kept_in_words(completions: int) -> str:
    """Say what an edit does not change."""
    if not completions:
        return "Nobody has completed it yet, so nobody's record is touched."
    verb = "keeps what it was" if completions == 1 else "keep what they were"
    return f"{count(completions, 'completion')} {verb} recorded with; coverage of past and present days stays as it is."


@dataclass(frozen=True)
class Loss:
    """What a group needs and could no longer reach, with what is left; `is_total` where nothing is."""

    requirement: Requirement
    needed: str
    left: str
    is_total: bool


def lost_by_retiring(module: Module, on: date, today: date) -> list[Loss]:
    """Return what groups need on a day or later and could no longer reach once a module is retired."""
    return _lost(module, on, today, None)


def lost_by_editing(module: Module, gives: Mapping[int, Level], group_ids: Collection[int], today: date) -> list[Loss]:
    """Return what groups need and could no longer reach if a module gave this, and were suggested to these groups."""
    edited = Offer(module.code, gives, group_ids, module.retired_on)
    return _lost(module, today, today, edited)


def digest_of_losses(losses: Sequence[Loss]) -> str:
    """Return a short word that stands for these, so that what is confirmed is what was shown; "" for none."""
    told = "|".join(f"{each.requirement.id} {each.left}" for each in losses)
    return hashlib.sha256(told.encode()).hexdigest()[:16] if told else ""


def _lost(module: Module, on: date, today: date, instead: Offer | None) -> list[Loss]:
    offers = {
        each.code: Offer(
            each.code,
            {given.skill_id: Level(given.level) for given in each.current.gives},
            {group.id for group in each.groups},
            each.retired_on,
        )
        for each in modules_wanted(ModulesWanted(today))
    }
    if module.code not in offers:
        return []
    others = [offer for code, offer in offers.items() if code != module.code]
    after = [*others, instead] if instead is not None else others
    requirements = {
        Need(each.group_id, each.skill_id, Level(each.level), each.effective_from): each for each in needed_from(on)
    }
    lost = out_of_reach(requirements, list(offers.values()), after)
    return [_loss(each, requirements[each.need], today) for each in lost]


def _loss(lost: OutOfReach, requirement: Requirement, today: date) -> Loss:
    needed = lost.need.level.label
    if lost.need.since > today:
        needed += f" from {in_words(lost.need.since)}"
    if lost.elsewhere:
        verb = "gives" if len(lost.elsewhere) == 1 else "give"
        suggested = "is" if len(lost.elsewhere) == 1 else "are"
        left = f"Only {' and '.join(lost.elsewhere)} {verb} it, which {suggested} not suggested for this group"
    elif lost.last_code and lost.last_until:
        left = f"Only {lost.last_code} gives it, and that is not offered from {in_words(lost.last_until)}"
    else:
        left = "No other module gives it"
    return Loss(requirement, needed, left, not lost.elsewhere)
