"""Lists of many: as many statements for sixty rows as for three, and the same rows in the same order however they are read."""

from __future__ import annotations

import gc
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient
from training_app.accounts.models import Account, AccountRole
from training_app.catalogue.models import Module, ModuleVersion
from training_app.database import db, keeping_many_rows, transaction
from training_app.mail.models import OutboxMessage
from training_app.people.models import Engagement, Organisation, Person
from training_app.people.scope import everybody, everywhere
from training_app.records.models import Completion, Evidence
from training_app.records.queries import COMPLETION_SORTS, CompletionsWanted, completions_page, completions_wanted

LISTS = (
    *("/people", "/people?q=val", "/people?sort=group", "/people?sort=-organisation", "/people/review"),
    *("/records", "/records?q=val", "/records?sort=person", "/records?sort=-module", "/records?evidence=returned"),
    *("/records?group=frontline-volunteers", "/records/verify", "/accounts", "/accounts?q=val"),
    *("/organisations", "/organisations?sort=people", "/audit", "/mail", "/mail/waiting", "/sessions"),
    *("/assignments", "/assignments/given", "/coverage/running-out", "/reminders"),
)
AT = datetime(2026, 3, 1, tzinfo=UTC)


def _more(hub: Hub, first: int, last: int) -> None:
    """Put so many people into the database, each with an organisation, an account, a message and two completions."""
    group = hub.group_id("frontline-volunteers")
    module, version = db.session.execute(
        select(Module.id, ModuleVersion.id).join(ModuleVersion).where(Module.code == "SND-02")
    ).one()
    numbers = range(first, last)

    def put(table: Any, each: Any) -> None:
        db.session.execute(insert(table), [each(number) for number in numbers])

    new = {"row_version": 1}
    with transaction():
        put(Organisation, lambda n: {"id": n, "name": f"S {n}", "name_key": f"s {n}", "kind": "school", **new})
        put(Person, lambda n: {"id": n, "reference": f"V-{n}", "name": f"Val {n}", "name_key": f"val {n}", **new})
        put(
            Engagement,
            lambda n: {"person_id": n, "organisation_id": n, "group_id": group, "start_on": date(2026, 1, 5), **new},
        )
        for evidence, back in ((Evidence.VERIFIED, 0), (Evidence.SELF_DECLARED, 1), (Evidence.RETURNED, 2)):
            put(
                Completion,
                lambda n, evidence=evidence, back=back: {
                    "person_id": n,
                    "module_id": module,
                    "module_version_id": version,
                    **new,
                    "completed_on": date(2026, 2, 1) + timedelta(days=n % 7 + 7 * back),
                    "created_at": AT,
                    "evidence": evidence.value,
                    "verified_by_rule": False,
                },
            )
        put(
            Account,
            lambda n: {
                "id": n,
                "email": f"{n}@hub.example",
                "email_key": f"{n}@hub.example",
                "person_id": n,
                "active": True,
                "created_at": AT,
                **new,
            },
        )
        put(AccountRole, lambda n: {"account_id": n, "role": "member"})
        put(
            OutboxMessage,
            lambda n: {
                "message_id": f"{n}@made",
                "kind": "invitation",
                "recipient": f"{n}@hub.example",
                "subject": "Hello",
                "state": "waiting",
                "queued_at": AT,
                "next_attempt_at": AT,
                "attempts": 0,
                "leaves_always": False,
                "holds_secret": False,
            },
        )


@pytest.mark.on_sqlite_only
def test_each_list_costs_as_many_statements_with_sixty_rows_as_with_three(hub: Hub, as_manager: PageClient) -> None:
    as_manager.checks_pages = False

    def asked() -> dict[str, int]:
        counts = {}
        for address in LISTS:
            with CountedQueries() as counted:
                assert as_manager.get(address).status_code == 200, address
            counts[address] = counted.count
        return counts

    _more(hub, 1000, 1003)
    as_manager.get("/assignments")  # what is the same for everybody is read once
    few = asked()
    _more(hub, 1003, 1060)
    assert asked() == few


def test_a_page_of_completions_holds_what_the_file_has_there_in_every_order(hub: Hub) -> None:
    _more(hub, 1000, 1020)
    hub.outside(1003, "Val and the choir", "2026-02-03")
    hub.outside(1004, "Drumming", "2026-02-03")
    every = db.session.scalars(
        select(Completion).options(joinedload(Completion.person), joinedload(Completion.version))
    )
    said = [
        (each.id, each.evidence, (each.person.name_key, f"{each.code} {each.version.title}".casefold()))
        for each in every.all()
    ]
    for sort, words, evidence in (
        *((f"{way}{sort}", "", "") for sort in COMPLETION_SORTS for way in ("", "-")),
        *(("person", "val 100", ""), ("-module", "choir", ""), ("module", "val", "verified"), ("person", "snd-02", "")),
        *(("-day", "", "verified"), ("day", "", "returned"), ("-day", "val 100", "returned"), ("-day", "", "void")),
        *(("-day", "choir", ""), ("day", "snd-02", "self-declared"), ("-day", "val 1001", ""), ("-day", "nobody", "")),
    ):
        wanted = CompletionsWanted(sort=sort, words=words, evidence=evidence)
        whole = [each.id for each in completions_wanted(everybody(), wanted, places=everywhere())]
        first = completions_page(everybody(), wanted, 1, places=everywhere())
        last = completions_page(everybody(), wanted, 2, places=everywhere())
        assert first.found == last.found == len(whole), wanted
        assert [each.id for each in (*first.rows, *(last.rows if first.pages == 2 else ()))] == whole, wanted
        kinds = {evidence} if evidence else {each.value for each in Evidence if each is not Evidence.VOID}
        assert set(whole) == {
            number
            for number, kind, texts in said
            if kind in kinds and any(all(word in text for word in words.split()) for text in texts)
        }, wanted


def test_cycles_are_looked_for_again_once_many_rows_are_read_whatever_happens() -> None:
    def read(how_many: int) -> None:
        with keeping_many_rows():
            with keeping_many_rows():
                pass
            assert not gc.isenabled()
            _ = 1 / how_many

    read(1)
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        read(0)
    assert gc.isenabled()
