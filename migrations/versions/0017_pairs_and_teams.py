"""pairs and teams."""

import sqlalchemy as sa
from alembic import op

from training_app.database import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build what this revision adds."""
    op.create_table(
        "practice",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=True),
        sa.Column("setting", sa.String(), nullable=True),
        sa.Column("finding", sa.String(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("begun_at", Moment(timezone=True), nullable=False),
        sa.Column("finished_at", Moment(timezone=True), nullable=True),
        sa.Column("finished_on", sa.Date(), nullable=True),
        sa.Column("ended_at", Moment(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('pair', 'research')", name=op.f("ck_practice_kind_known")),
        sa.CheckConstraint("(finished_at IS NULL) = (finished_on IS NULL)", name=op.f("ck_practice_finished_on_a_day")),
        sa.CheckConstraint("finished_at IS NULL OR ended_at IS NULL", name=op.f("ck_practice_finished_or_left")),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name=op.f("fk_practice_module_id_module")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice")),
    )
    with op.batch_alter_table("practice", schema=None) as batch_op:
        batch_op.create_index("ix_practice_module", ["module_id"], unique=False)

    op.create_table(
        "practice_member",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", Moment(timezone=True), nullable=False),
        sa.Column("left_at", Moment(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_practice_member_person_id_person")),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_practice_member_practice_id_practice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_member")),
    )
    with op.batch_alter_table("practice_member", schema=None) as batch_op:
        batch_op.create_index("ix_practice_member_person", ["person_id"], unique=False)
        batch_op.create_index(
            "uq_practice_member_standing",
            ["practice_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )

    op.create_table(
        "practice_entry",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("written_at", Moment(timezone=True), nullable=False),
        sa.Column("changed_at", Moment(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("step IN ('plan', 'act', 'observe', 'reflect')", name=op.f("ck_practice_entry_step_known")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["practice_member.id"], name=op.f("fk_practice_entry_member_id_practice_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_entry")),
    )
    with op.batch_alter_table("practice_entry", schema=None) as batch_op:
        batch_op.create_index("ix_practice_entry_member", ["member_id"], unique=False)

    op.create_table(
        "practice_invitation",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("typed", sa.String(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("invited_by_member_id", sa.Integer(), nullable=True),
        sa.Column("invited_at", Moment(timezone=True), nullable=False),
        sa.Column("answered_at", Moment(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "answer IN ('joined', 'declined', 'withdrawn')", name=op.f("ck_practice_invitation_answer_known")
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_practice_invitation_answered_at_a_moment")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_member_id"],
            ["practice_member.id"],
            name=op.f("fk_practice_invitation_invited_by_member_id_practice_member"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_practice_invitation_person_id_person")),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_practice_invitation_practice_id_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_invitation")),
    )
    with op.batch_alter_table("practice_invitation", schema=None) as batch_op:
        batch_op.create_index("ix_practice_invitation_person", ["person_id"], unique=False)
        batch_op.create_index("ix_practice_invitation_practice", ["practice_id"], unique=False)

    op.create_table(
        "practice_visit",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("tried", sa.String(), nullable=True),
        sa.Column("young_people", sa.String(), nullable=True),
        sa.Column("surprised", sa.String(), nullable=True),
        sa.Column("take_away", sa.String(), nullable=True),
        sa.Column("changed_at", Moment(timezone=True), nullable=False),
        sa.Column("finished_at", Moment(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["practice_member.id"], name=op.f("fk_practice_visit_member_id_practice_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_visit")),
        sa.UniqueConstraint("member_id", name=op.f("uq_practice_visit_member_id")),
    )


def downgrade() -> None:
    """Take back what this revision adds."""
    op.drop_table("practice_visit")
    with op.batch_alter_table("practice_invitation", schema=None) as batch_op:
        batch_op.drop_index("ix_practice_invitation_practice")
        batch_op.drop_index("ix_practice_invitation_person")

    op.drop_table("practice_invitation")
    with op.batch_alter_table("practice_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_practice_entry_member")

    op.drop_table("practice_entry")
    with op.batch_alter_table("practice_member", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_practice_member_standing",
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
        batch_op.drop_index("ix_practice_member_person")

    op.drop_table("practice_member")
    with op.batch_alter_table("practice", schema=None) as batch_op:
        batch_op.drop_index("ix_practice_module")

    op.drop_table("practice")
