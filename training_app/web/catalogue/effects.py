"""What an edit of a module will and will not change, told before it is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training_app.catalogue.actions import ModuleContent
from training_app.catalogue.models import ModuleFormat, ModuleVersion
from training_app.catalogue.rules import refresher_in_words
from training_app.skills.levels import Level
from training_app.skills.models import Skill
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
        ("How it is learned", version.format.name, names.get(content.format_id, "")),
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
