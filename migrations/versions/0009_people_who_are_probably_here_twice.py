"""people who are probably here twice, and what organisations call them."""

import sqlalchemy as sa
from alembic import op

import training_app.database

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build what this revision adds."""
    op.create_table(
        "own_reference",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_own_reference_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_own_reference_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_reference")),
        sa.UniqueConstraint("organisation_id", "reference", name=op.f("uq_own_reference_organisation_id_reference")),
    )
    with op.batch_alter_table("own_reference", schema=None) as batch_op:
        batch_op.create_index("ix_own_reference_person", ["person_id"], unique=False)
        batch_op.create_index("ix_own_reference_reference", ["reference"], unique=False)

    op.create_table(
        "probable_double",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("known_id", sa.Integer(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("noticed_at", training_app.database.Moment(timezone=True), nullable=False),
        sa.Column("settled_at", training_app.database.Moment(timezone=True), nullable=True),
        sa.Column("settled_as", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["known_id"], ["person.id"], name=op.f("fk_probable_double_known_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_probable_double_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probable_double")),
    )
    with op.batch_alter_table("probable_double", schema=None) as batch_op:
        batch_op.create_index("ix_probable_double_known", ["known_id"], unique=False)
        batch_op.create_index("ix_probable_double_person", ["person_id"], unique=False)
        batch_op.create_index(
            "ix_probable_double_waiting",
            ["noticed_at"],
            unique=False,
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )


def downgrade() -> None:
    """Take away what this revision adds."""
    op.drop_table("probable_double")
    op.drop_table("own_reference")
