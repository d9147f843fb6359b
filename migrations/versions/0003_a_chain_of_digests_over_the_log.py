"""a chain of digests over the log."""

import hashlib
import json
import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

import training_app.database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PORTION = 1000


def upgrade() -> None:
    """Build what this revision adds, and let each event that is there commit to its details."""
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", training_app.database.Moment(timezone=True), nullable=False),
        sa.Column("event_digests", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal")),
    )
    with op.batch_alter_table("audit_detail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("salt", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("erased_at", training_app.database.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("erased_by_event_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("commitment", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("seal_id", sa.Integer(), nullable=True))
    _commit_to_details(op.get_bind())
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.alter_column("commitment", existing_type=sa.String(), nullable=False)
        batch_op.create_index(
            "ix_audit_event_unsealed",
            ["id"],
            unique=False,
            sqlite_where=sa.text("seal_id IS NULL"),
            postgresql_where=sa.text("seal_id IS NULL"),
        )


def downgrade() -> None:
    """Take back what this revision adds."""
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_event_unsealed")
        batch_op.drop_column("seal_id")
        batch_op.drop_column("commitment")
    with op.batch_alter_table("audit_detail", schema=None) as batch_op:
        batch_op.drop_column("erased_by_event_id")
        batch_op.drop_column("erased_at")
        batch_op.drop_column("salt")
    op.drop_table("audit_seal")


def _commit_to_details(connection: sa.Connection) -> None:
    event = sa.table("audit_event", sa.column("id", sa.Integer), sa.column("commitment", sa.String))
    detail = sa.table(
        "audit_detail",
        sa.column("event_id", sa.Integer),
        sa.column("before", sa.JSON),
        sa.column("after", sa.JSON),
        sa.column("reason", sa.String),
        sa.column("salt", sa.String),
    )
    seal = sa.table(
        "audit_seal",
        sa.column("number", sa.Integer),
        sa.column("sealed_at", training_app.database.Moment(timezone=True)),
        sa.column("event_digests", sa.String),
        sa.column("digest", sa.String),
    )
    beginning = {"number": 0, "sealed_at": datetime.now(UTC), "event_digests": "", "digest": secrets.token_hex(32)}
    connection.execute(sa.insert(seal), [beginning])
    last_id = 0
    while True:
        rows = connection.execute(
            sa.select(event.c.id, detail.c.event_id, detail.c.before, detail.c.after, detail.c.reason)
            .select_from(event.outerjoin(detail, detail.c.event_id == event.c.id))
            .where(event.c.id > last_id)
            .order_by(event.c.id)
            .limit(PORTION)
        ).all()
        if not rows:
            return
        last_id = rows[-1].id
        salts = {row.id: secrets.token_hex(16) for row in rows}
        connection.execute(
            sa.update(detail).where(detail.c.event_id == sa.bindparam("of")).values(salt=sa.bindparam("new_salt")),
            [{"of": row.id, "new_salt": salts[row.id]} for row in rows],
        )
        connection.execute(
            sa.update(event).where(event.c.id == sa.bindparam("of")).values(commitment=sa.bindparam("new_commitment")),
            [{"of": row.id, "new_commitment": _commitment(salts[row.id], row)} for row in rows],
        )


def _commitment(salt: str, row: sa.Row) -> str:
    told = json.dumps([row.before, row.after, row.reason], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256((salt + told).encode()).hexdigest()
