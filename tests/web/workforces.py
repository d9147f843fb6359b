"""A small workforce in which every way to stand in a skill occurs, for the tests of coverage and of the homes.

The day is 23 November 2026; verified training counts unless a test says otherwise.
"""

from __future__ import annotations

from datetime import date

from tests.builders import Hub
from training_app.database import transaction
from training_app.records.models import Evidence
from training_app.skills.actions import exempt

TODAY = date(2026, 11, 23)


def fill(hub: Hub) -> None:
    """Put fourteen people into four groups at three organisations, one of them in two groups."""
    school = hub.organisation("Fenwick Primary", kind="school")
    band = hub.organisation("Saturday Band", kind="voluntary")
    board = hub.organisation("Hub Board", kind="governance")
    hub.person("Ama Holds", reference="S-1", with_completed=["SAF-01", "INC-01"], completed_on="2026-06-01")
    hub.person("Ben Expiring", reference="S-2", with_completed=["SAF-01"], completed_on="2026-01-10")
    hub.person("Cora Lapsed", reference="S-3", with_completed=["SAF-01"], completed_on="2025-03-01")
    hub.person("Dev Below", reference="S-4", with_completed=["IND-02"], completed_on="2026-06-01")
    hub.person("Elin Missing", reference="S-5")
    declared = hub.person("Femi Declared", reference="S-6")
    hub.completion(declared, "SAF-01", "2026-09-01", Evidence.SELF_DECLARED)
    spared = hub.person("Grace Exempt", reference="S-7")
    skill = hub.skill_id("safeguarding")
    with transaction():
        exempt(hub.actor, spared, skill, date(2026, 9, 1), "on long leave")
    for number in range(4):
        hub.person(
            f"Teacher {number}",
            reference=f"T-{number}",
            group="generalist-teachers",
            organisation=school,
            with_completed=["SAF-03"] if number % 2 else [],
        )
    hub.person(
        "Val Helper", reference="V-9", group="frontline-volunteers", organisation=band, with_completed=["IND-02"]
    )
    both = hub.person("Zoë O'Neill", reference="S-8", with_completed=["IND-01", "SAF-02"])
    hub.engagement(both, "frontline-volunteers", organisation=band)
    hub.person("Una Governor", reference="B-1", group="board-slt", organisation=board, with_completed=["IND-01"])
