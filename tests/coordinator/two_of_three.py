"""Three organisations, a coordinator of two of them, and people in each: one in both worlds, one who left, one yet to come.

The day is 23 November 2026. What the coordinator must never read is marked: every such value holds the word SECRET.
"""

from __future__ import annotations

import re
from datetime import date

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from training_app.database import transaction
from training_app.records.models import Evidence
from training_app.skills.actions import exempt

TODAY = date(2026, 11, 23)
EMAIL = "corin@fenwick.example"


def fill(hub: Hub) -> None:
    """Put people into the three organisations and open the coordinator's account."""
    school = hub.organisation("Fenwick Primary", kind="school", area="Westmoor")
    choir = hub.organisation("Fenwick Choir", kind="voluntary", area="Westmoor")
    elsewhere = hub.organisation("SECRET Harbour", kind="partner", area="SECRET Coast")
    hub.person(
        "Ama Here",
        reference="F-1",
        email="ama@fenwick.example",
        group="generalist-teachers",
        organisation=school,
        with_completed=["SAF-03"],
    )
    hub.person("Ben Choir", reference="F-2", group="frontline-volunteers", organisation=choir)
    hub.person("Cora Left", reference="F-3", group="generalist-teachers", organisation=school, end_on=date(2025, 7, 20))
    hub.person(
        "Dev Coming", reference="F-4", group="generalist-teachers", organisation=school, start_on=date(2027, 1, 6)
    )
    shared = hub.person(
        "Elin Shared",
        reference="F-5",
        email="SECRET-elin@harbour.example",
        group="hub-providers",
        organisation=elsewhere,
    )
    hub.engagement(shared, "generalist-teachers", organisation=school)
    hub.completion(shared, "SND-02", "2026-09-01", note="SECRET note", provider="SECRET provider", hours=None)
    hub.completion(shared, "SEM-01", "2026-09-02", Evidence.SELF_DECLARED, note="SECRET reflection")
    skill = hub.skill_id("technology")
    with transaction():
        exempt(hub.actor, shared, skill, date(2026, 9, 1), "SECRET reason")
    stranger = hub.person(
        "SECRET Stranger",
        reference="SECRET-1",
        email="secret@harbour.example",
        group="hub-providers",
        organisation=elsewhere,
    )
    hub.completion(stranger, "SND-02", "2026-09-01", note="SECRET too")
    hub.account(EMAIL, "coordinator", organisations=[school, choir])


def without_chance(page: str, *typed: str) -> str:
    """Return a page without what is made anew for each answer, the references and ids that are given, and what was typed."""
    page = re.sub(r'(nonce|name="csrf_token" value)="[^"]*"|\bF-[0-9]+|engagements/[0-9]+', "", page)
    for each in typed:
        page = page.replace(each, "")
    return page


def the_coordinator(hub: Hub) -> PageClient:
    """Return the coordinator of a hub that `begins_with(fill)`, signed in."""
    return sign_in(hub.app, EMAIL)
