"""Writing many people at once."""

from __future__ import annotations

from datetime import date

import pytest

from tests.builders import Hub
from training_app.audit.models import AuditDetail, AuditEvent
from training_app.database import db, transaction
from training_app.people.bulk import EngagementDraft, OrganisationDraft, PeopleBatch, PersonDraft, write_people
from training_app.people.models import Organisation


@pytest.mark.on_postgresql_only
def test_each_row_of_a_large_file_finds_what_it_points_to_however_small_the_tables_were_before(hub: Hub) -> None:
    """PostgreSQL keeps how it looks up a foreign key. Settled while the table had few rows, it would read all of it for
    every row that comes: minutes for a file of thousands."""
    group = hub.group_id("hub-providers")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(db.text("ANALYZE"))
    batch = PeopleBatch(
        new_people=[PersonDraft(None, f"P-{n}", f"Person {n}", None) for n in range(600)],
        new_organisations=[OrganisationDraft(None, f"School {n}", "school", None) for n in range(8)],
        new_engagements=[
            EngagementDraft(None, f"P-{n}", f"school {n % 8}", group, date(2024, 9, 1), None, None) for n in range(600)
        ],
    )
    with transaction():
        write_people(hub.actor, batch)
        read = db.session.scalar(
            db.text("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'audit_event'")
        )
    assert read < 5_000


def test_rows_added_together_have_their_ids_in_their_order_and_each_an_event_of_its_own(hub: Hub) -> None:
    first = hub.organisation("School 0")
    names = [f"School {number}" for number in range(1, 40)]
    with transaction():
        drafts = [OrganisationDraft(None, name, "school", None) for name in names]
        write_people(hub.actor, PeopleBatch(new_organisations=drafts))
    kept = {each.id: each.name for each in db.session.scalars(db.select(Organisation).order_by(Organisation.id))}
    assert [name for id_, name in kept.items() if id_ > first] == names
    events = db.select(AuditEvent.object_id, AuditDetail.after).join(AuditDetail, AuditDetail.event_id == AuditEvent.id)
    told = db.session.execute(events.where(AuditEvent.action == "organisation.added")).all()
    assert len(told) >= len(names)
    assert all(after["id"] == id_ and after["name"] == kept[id_] for id_, after in told)
