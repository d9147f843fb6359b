"""reminders, who wants none, and weekly summaries."""

import sqlalchemy as sa
from alembic import op

from training_app.database import Moment

revision = "0021"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build what this revision adds."""
    op.create_table(
        "reminder",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("occasion", sa.Date(), nullable=False),
        sa.Column("reminded_at", Moment(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name="fk_reminder_module_id_module"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_reminder_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_reminder"),
        sa.UniqueConstraint(
            "person_id", "module_id", "due_on", "occasion", name="uq_reminder_person_id_module_id_due_on_occasion"
        ),
    )
    op.create_table(
        "reminder_silence",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", Moment(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_reminder_silence_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_reminder_silence"),
        sa.UniqueConstraint("person_id", name="uq_reminder_silence_person_id"),
    )
    op.create_table(
        "weekly_summary",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("written_at", Moment(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_weekly_summary_account_id_account"),
        sa.PrimaryKeyConstraint("id", name="pk_weekly_summary"),
        sa.UniqueConstraint("account_id", "monday", name="uq_weekly_summary_account_id_monday"),
    )


def downgrade() -> None:
    """Take back what this revision adds."""
    op.drop_table("weekly_summary")
    op.drop_table("reminder_silence")
    op.drop_table("reminder")
