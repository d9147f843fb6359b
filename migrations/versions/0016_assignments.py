"""assignments, rules, waivers and reminders."""

import sqlalchemy as sa
from alembic import op

from training_app.database import Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build what this revision adds."""
    op.create_table(
        "waiver",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("voided_at", Moment(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name="fk_waiver_module_id_module"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_waiver_person_id_person"),
        sa.ForeignKeyConstraint(["successor_id"], ["waiver.id"], name="fk_waiver_successor_id_waiver"),
        sa.PrimaryKeyConstraint("id", name="pk_waiver"),
    )
    with op.batch_alter_table("waiver", schema=None) as batch_op:
        batch_op.create_index(
            "uq_waiver_standing",
            ["person_id", "module_id", "start_on"],
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        )

    op.create_table(
        "assignment_batch",
        sa.Column("module_id", sa.Integer(), nullable=True),
        sa.Column("pathway_id", sa.Integer(), nullable=True),
        sa.Column("assigned_on", sa.Date(), nullable=False),
        sa.Column("assigned_at", Moment(timezone=True), nullable=False),
        sa.Column("assigned_by_account_id", sa.Integer(), nullable=True),
        sa.Column("whom", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("voided_at", Moment(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(module_id IS NULL) <> (pathway_id IS NULL)", name="ck_assignment_batch_module_or_pathway"),
        sa.ForeignKeyConstraint(
            ["assigned_by_account_id"], ["account.id"], name="fk_assignment_batch_assigned_by_account_id_account"
        ),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name="fk_assignment_batch_module_id_module"),
        sa.ForeignKeyConstraint(["pathway_id"], ["pathway.id"], name="fk_assignment_batch_pathway_id_pathway"),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["assignment_batch.id"], name="fk_assignment_batch_successor_id_assignment_batch"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_assignment_batch"),
    )
    op.create_table(
        "assignment_rule",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=True),
        sa.Column("pathway_id", sa.Integer(), nullable=True),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("includes_present", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("voided_at", Moment(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(module_id IS NULL) <> (pathway_id IS NULL)", name="ck_assignment_rule_module_or_pathway"),
        sa.CheckConstraint("(module_id IS NULL) = (due_days IS NULL)", name="ck_assignment_rule_days_of_a_module"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["workforce_group.id"], name="fk_assignment_rule_group_id_workforce_group"
        ),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name="fk_assignment_rule_module_id_module"),
        sa.ForeignKeyConstraint(["pathway_id"], ["pathway.id"], name="fk_assignment_rule_pathway_id_pathway"),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["assignment_rule.id"], name="fk_assignment_rule_successor_id_assignment_rule"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_assignment_rule"),
    )
    with op.batch_alter_table("assignment_rule", schema=None) as batch_op:
        batch_op.create_index(
            "uq_assignment_rule_module",
            ["group_id", "module_id", "from_on"],
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL AND module_id IS NOT NULL"),
            postgresql_where=sa.text("voided_at IS NULL AND module_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_assignment_rule_pathway",
            ["group_id", "pathway_id", "from_on"],
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL AND pathway_id IS NOT NULL"),
            postgresql_where=sa.text("voided_at IS NULL AND pathway_id IS NOT NULL"),
        )

    op.create_table(
        "assignment",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("assigned_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", Moment(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["assignment_batch.id"], name="fk_assignment_batch_id_assignment_batch"),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name="fk_assignment_module_id_module"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_assignment_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_assignment"),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_batch", ["batch_id", "person_id"], unique=False)
        batch_op.create_index(
            "uq_assignment_standing",
            ["person_id", "module_id", "assigned_on"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    with op.batch_alter_table("module", schema=None) as batch_op:
        batch_op.add_column(sa.Column("renewal_opens_days", sa.Integer(), nullable=True))
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
    with op.batch_alter_table("module", schema=None) as batch_op:
        batch_op.drop_column("renewal_opens_days")

    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assignment_standing",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )
        batch_op.drop_index("ix_assignment_batch")

    op.drop_table("assignment")
    with op.batch_alter_table("assignment_rule", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assignment_rule_pathway",
            sqlite_where=sa.text("voided_at IS NULL AND pathway_id IS NOT NULL"),
            postgresql_where=sa.text("voided_at IS NULL AND pathway_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "uq_assignment_rule_module",
            sqlite_where=sa.text("voided_at IS NULL AND module_id IS NOT NULL"),
            postgresql_where=sa.text("voided_at IS NULL AND module_id IS NOT NULL"),
        )

    op.drop_table("assignment_rule")
    op.drop_table("assignment_batch")
    with op.batch_alter_table("waiver", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_waiver_standing",
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        )

    op.drop_table("waiver")
