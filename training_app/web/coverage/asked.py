"""What a visitor asks of coverage, read from the address: a day, an evidence rule, an organisation, groups.

What cannot be read never changes silently what is shown: each has its sentence, and the page is shown without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import request

from training_app.clock import today
from training_app.coverage.queries import groups_named
from training_app.coverage.rules import Named
from training_app.errors import Refused
from training_app.files import BadDay, parse_day, quoted
from training_app.people.queries import all_organisations, visible_organisation
from training_app.people.rules import text_problem
from training_app.people.scope import Places, only, visible_organisations
from training_app.records.queries import COUNTING
from training_app.web.access import account
from training_app.web.components.fields import showable

EVIDENCE_RULES = (("verified", "Verified only"), ("all", "Self-declared too"))
LONGEST_ASKED = 300


@dataclass(frozen=True)
class Asked:
    """What was asked. `typed` holds what was typed where it has to be shown again, `errors` what is wrong with it, both by
    the name in the address; `query` is what goes into the address of a page about the same thing."""

    day: date
    today: date
    evidence: str
    groups: Sequence[Named]
    organisation: Named | None
    query: Mapping[str, str]
    typed: Mapping[str, str]
    errors: Mapping[str, str]

    @property
    def status(self) -> int:
        """The status with which the page answers."""
        return 400 if self.errors else 200

    @property
    def group_codes(self) -> list[str]:
        """The codes of the groups asked for."""
        return [group.code for group in self.groups]

    @property
    def places(self) -> Places:
        """The organisations whose engagements are counted: the one asked for, else all that the visitor may see."""
        seen = visible_organisations(account())
        return only(seen, self.organisation.id) if self.organisation else seen

    @property
    def is_forecast(self) -> bool:
        """Whether the day lies ahead."""
        return self.day > self.today

    @property
    def is_past(self) -> bool:
        """Whether the day lies behind."""
        return self.day < self.today

    def page_errors(self) -> list[dict[str, str]]:
        """Return the errors as the layout lists them, each with a link to its box; there is none for the groups."""
        return [
            {"text": sentence} if name == "groups" else {"text": sentence, "href": f"#filter-{name}"}
            for name, sentence in self.errors.items()
        ]

    def or_refuse(self) -> Asked:
        """Return this, for a file, which has no place to say what is wrong. Raises `Refused` with the first error."""
        for sentence in self.errors.values():
            raise Refused(sentence)
        return self


@dataclass
class _Reading:
    query: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return what stands in the address under a name (joined by commas where it stands there several times); nothing
        where no name can be that, which is an error."""
        words = " ".join(",".join(request.args.getlist(name)[: None if name == "groups" else 1]).split())
        problem = text_problem(words, LONGEST_ASKED)
        if problem is None:
            return words
        self.refuse(name, showable(words)[:LONGEST_ASKED], f"What was asked for {problem}.")
        return ""

    def refuse(self, name: str, typed: str, sentence: str) -> None:
        self.typed[name] = typed
        self.errors[name] = sentence


def asked() -> Asked:
    """Return what the address asks for; anything that is not there, or cannot be read, is as usual: today, verified
    completions, every organisation, the groups of the priority of a skilled workforce."""
    reading = _Reading()
    return Asked(
        day=_day(reading),
        today=today(),
        evidence=_evidence(reading),
        groups=_groups(reading),
        organisation=_organisation(reading),
        query=reading.query,
        typed=reading.typed,
        errors=reading.errors,
    )


def organisations_to_choose() -> list[tuple[str, str]]:
    """Return the organisations that the visitor may ask for, as choices of a list."""
    return [(name, name) for _, name in all_organisations(visible_organisations(account()))]


def _day(reading: _Reading) -> date:
    typed = reading.text("as_at")
    if not typed:
        return today()
    try:
        day = parse_day(typed)
    except BadDay as bad:
        reading.refuse("as_at", typed, str(bad))
        return today()
    reading.query["as_at"] = day.isoformat()
    return day


def _evidence(reading: _Reading) -> str:
    typed = reading.text("evidence")
    if typed not in COUNTING:
        if typed:
            reading.refuse(
                "evidence",
                typed,
                f"{quoted(typed)} is not an evidence rule. Choose verified only, or self-declared too.",
            )
        return "verified"
    if typed != "verified":
        reading.query["evidence"] = typed
    return typed


def _organisation(reading: _Reading) -> Named | None:
    typed = reading.text("organisation")
    if not typed:
        return None
    found = visible_organisation(visible_organisations(account()), typed)
    if found is None:
        reading.refuse(
            "organisation",
            typed,
            f"There is no organisation called {quoted(typed)}. Choose one from the list; all are shown now.",
        )
        return None
    reading.query["organisation"] = found.name
    return Named(found.id, found.name_key, found.name)


def _groups(reading: _Reading) -> Sequence[Named]:
    typed = reading.text("groups")
    codes = [code for code in typed.split(",") if code.strip()]
    if not codes:
        return groups_named()
    try:
        groups = groups_named(codes)
    except Refused as refused:
        reading.refuse("groups", typed, refused.sentence)
        return groups_named()
    reading.query["groups"] = ",".join(group.code for group in groups)
    return groups
