"""searching the log."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build what this revision adds."""
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_event_batch")
        batch_op.create_index("ix_audit_event_batch", ["batch_id", "action"], unique=False)
        batch_op.create_index("ix_audit_event_action", ["action", "batch_id"], unique=False)
        batch_op.create_index("ix_audit_event_at", ["at"], unique=False)


def downgrade() -> None:
    """Take back what this revision adds."""
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_event_at")
        batch_op.drop_index("ix_audit_event_action")
        batch_op.drop_index("ix_audit_event_batch")
        batch_op.create_index("ix_audit_event_batch", ["batch_id"], unique=False)
