"""the outbox."""

import sqlalchemy as sa
from alembic import op

import training_app.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build what this revision adds."""
    op.create_table(
        "outbox_message",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("holds_secret", sa.Boolean(), nullable=False),
        sa.Column("leaves_always", sa.Boolean(), nullable=False),
        sa.Column("queued_at", training_app.database.Moment(timezone=True), nullable=False),
        sa.Column("useful_until", training_app.database.Moment(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", training_app.database.Moment(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_until", training_app.database.Moment(timezone=True), nullable=True),
        sa.Column("sent_at", training_app.database.Moment(timezone=True), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("last_problem", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outbox_message_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_message_id")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_message_due", ["state", "next_attempt_at", "id"], unique=False)
        batch_op.create_index("ix_outbox_message_person", ["person_id"], unique=False)
        batch_op.create_index("ix_outbox_message_sent", ["sent_on", "kind"], unique=False)

    op.create_table(
        "mail_switch",
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("at", training_app.database.Moment(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_mail_switch_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_switch")),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("mail_switch")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_message_sent")
        batch_op.drop_index("ix_outbox_message_person")
        batch_op.drop_index("ix_outbox_message_due")

    op.drop_table("outbox_message")
