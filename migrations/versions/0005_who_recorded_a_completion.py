"""who recorded a completion, and for which organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build what this revision adds."""
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recorded_by_account_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("recorded_for_organisation_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_completion_recorded_by_account_id_account"), "account", ["recorded_by_account_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_completion_recorded_for_organisation_id_organisation"),
            "organisation",
            ["recorded_for_organisation_id"],
            ["id"],
        )


def downgrade() -> None:
    """Take away what this revision adds."""
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_completion_recorded_for_organisation_id_organisation"), type_="foreignkey"
        )
        batch_op.drop_constraint(batch_op.f("fk_completion_recorded_by_account_id_account"), type_="foreignkey")
        batch_op.drop_column("recorded_for_organisation_id")
        batch_op.drop_column("recorded_by_account_id")
