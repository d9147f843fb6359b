"""exemptions, waivers and extensions for several people at once."""

import sqlalchemy as sa
from alembic import op

from training_app.database import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build what this revision adds."""
    op.create_table(
        "allowance",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("skill_id", sa.Integer(), nullable=True),
        sa.Column("module_id", sa.Integer(), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("whom", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_at", Moment(timezone=True), nullable=False),
        sa.Column("made_by_account_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("voided_at", Moment(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('exemption', 'waiver', 'extension')", name="ck_allowance_kind_known"),
        sa.CheckConstraint("(skill_id IS NULL) <> (module_id IS NULL)", name="ck_allowance_skill_or_module"),
        sa.CheckConstraint("(start_on IS NULL) <> (valid_until IS NULL)", name="ck_allowance_days_or_end"),
        sa.ForeignKeyConstraint(["skill_id"], ["skill.id"], name="fk_allowance_skill_id_skill"),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name="fk_allowance_module_id_module"),
        sa.ForeignKeyConstraint(["made_by_account_id"], ["account.id"], name="fk_allowance_made_by_account_id_account"),
        sa.ForeignKeyConstraint(["successor_id"], ["allowance.id"], name="fk_allowance_successor_id_allowance"),
        sa.PrimaryKeyConstraint("id", name="pk_allowance"),
    )
    op.create_table(
        "allowance_item",
        sa.Column("allowance_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("exemption_id", sa.Integer(), nullable=True),
        sa.Column("waiver_id", sa.Integer(), nullable=True),
        sa.Column("extension_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(exemption_id IS NOT NULL AND waiver_id IS NULL AND extension_id IS NULL)"
            " OR (exemption_id IS NULL AND waiver_id IS NOT NULL AND extension_id IS NULL)"
            " OR (exemption_id IS NULL AND waiver_id IS NULL AND extension_id IS NOT NULL)",
            name="ck_allowance_item_one_of_three",
        ),
        sa.ForeignKeyConstraint(["allowance_id"], ["allowance.id"], name="fk_allowance_item_allowance_id_allowance"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_allowance_item_person_id_person"),
        sa.ForeignKeyConstraint(["exemption_id"], ["exemption.id"], name="fk_allowance_item_exemption_id_exemption"),
        sa.ForeignKeyConstraint(["waiver_id"], ["waiver.id"], name="fk_allowance_item_waiver_id_waiver"),
        sa.ForeignKeyConstraint(["extension_id"], ["extension.id"], name="fk_allowance_item_extension_id_extension"),
        sa.PrimaryKeyConstraint("id", name="pk_allowance_item"),
        sa.UniqueConstraint("exemption_id", name="uq_allowance_item_exemption_id"),
        sa.UniqueConstraint("waiver_id", name="uq_allowance_item_waiver_id"),
        sa.UniqueConstraint("extension_id", name="uq_allowance_item_extension_id"),
    )
    with op.batch_alter_table("allowance_item", schema=None) as batch_op:
        batch_op.create_index("ix_allowance_item_allowance", ["allowance_id", "person_id"], unique=False)
        batch_op.create_index("ix_allowance_item_person", ["person_id"], unique=False)


def downgrade() -> None:
    """Take back what this revision adds; what was made for people stays with them."""
    with op.batch_alter_table("allowance_item", schema=None) as batch_op:
        batch_op.drop_index("ix_allowance_item_person")
        batch_op.drop_index("ix_allowance_item_allowance")

    op.drop_table("allowance_item")
    op.drop_table("allowance")
