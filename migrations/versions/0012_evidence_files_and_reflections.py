"""evidence files, reflections, and modules whose entries are confirmed by rule."""

import sqlalchemy as sa
from alembic import op

import training_app.database

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build what this revision adds."""
    with op.batch_alter_table("module", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirmed_by_rule", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verified_by_rule", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "evidence_file",
        sa.Column("completion_id", sa.Integer(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("created_at", training_app.database.Moment(timezone=True), nullable=False),
        sa.Column("added_by_account_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("voided_at", training_app.database.Moment(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "content_type IN ('image/jpeg', 'application/pdf')", name=op.f("ck_evidence_file_content_type_known")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_account_id"], ["account.id"], name=op.f("fk_evidence_file_added_by_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["completion_id"], ["completion.id"], name=op.f("fk_evidence_file_completion_id_completion")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["evidence_file.id"], name=op.f("fk_evidence_file_successor_id_evidence_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_file")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_evidence_file_stored_as")),
    )
    with op.batch_alter_table("evidence_file", schema=None) as batch_op:
        batch_op.create_index(
            "uq_evidence_file_standing",
            ["completion_id", "digest"],
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        )
    op.create_table(
        "reflection",
        sa.Column("completion_id", sa.Integer(), nullable=False),
        sa.Column("tried", sa.String(), nullable=True),
        sa.Column("young_people_said", sa.String(), nullable=True),
        sa.Column("differently", sa.String(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("written_at", training_app.database.Moment(timezone=True), nullable=False),
        sa.Column("changed_at", training_app.database.Moment(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["completion_id"], ["completion.id"], name=op.f("fk_reflection_completion_id_completion")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reflection")),
        sa.UniqueConstraint("completion_id", name=op.f("uq_reflection_completion_id")),
    )


def downgrade() -> None:
    """Take away what this revision adds."""
    op.drop_table("reflection")
    op.drop_table("evidence_file")
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.drop_column("verified_by_rule")
    with op.batch_alter_table("module", schema=None) as batch_op:
        batch_op.drop_column("confirmed_by_rule")
