"""indexes for lists of many completions."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_STANDS = sa.text("evidence <> 'void'")
_UNVERIFIED = sa.text("evidence <> 'verified'")
_OUTSIDE = sa.text("title_key IS NOT NULL")
_WAITS = sa.text("evidence = 'self-declared'")


def upgrade() -> None:
    """Build what this revision adds."""
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.drop_index("ix_completion_waiting")
        batch_op.create_index(
            "ix_completion_day",
            ["completed_on", "id", "evidence"],
            unique=False,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        )
        batch_op.create_index(
            "ix_completion_unverified",
            ["evidence", "completed_on", "id"],
            unique=False,
            sqlite_where=_UNVERIFIED,
            postgresql_where=_UNVERIFIED,
        )
        batch_op.create_index(
            "ix_completion_outside", ["title_key"], unique=False, sqlite_where=_OUTSIDE, postgresql_where=_OUTSIDE
        )


def downgrade() -> None:
    """Take back what this revision adds."""
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.drop_index("ix_completion_outside")
        batch_op.drop_index("ix_completion_unverified")
        batch_op.drop_index("ix_completion_day")
        batch_op.create_index(
            "ix_completion_waiting", ["completed_on"], unique=False, sqlite_where=_WAITS, postgresql_where=_WAITS
        )
