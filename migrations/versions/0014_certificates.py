"""certificates."""

import sqlalchemy as sa
from alembic import op

import training_app.database

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build what this revision adds."""
    op.create_table(
        "certificate",
        sa.Column("completion_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issued_at", training_app.database.Moment(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["completion_id"], ["completion.id"], name=op.f("fk_certificate_completion_id_completion")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("completion_id", name=op.f("uq_certificate_completion_id")),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
    )
    op.create_table(
        "certificate_silence",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", training_app.database.Moment(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_certificate_silence_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_silence")),
        sa.UniqueConstraint("person_id", name=op.f("uq_certificate_silence_person_id")),
    )


def downgrade() -> None:
    """Take back what this revision adds."""
    op.drop_table("certificate_silence")
    op.drop_table("certificate")
