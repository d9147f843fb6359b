"""training outside the catalogue."""

import sqlalchemy as sa
from alembic import op

from training_app.database import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OUTSIDE_THAT_STANDS = sa.text("evidence <> 'void' AND title_key IS NOT NULL")


def upgrade() -> None:
    """Build what this revision adds."""
    with op.batch_alter_table("module", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("coordinator_may_confirm", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("module_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("is_formal", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("mapped_at", Moment(timezone=True), nullable=True))
        batch_op.alter_column("module_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.alter_column("format_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_check_constraint("format_of_a_module", "module_id IS NULL OR format_id IS NOT NULL")
        batch_op.create_check_constraint(
            "private_alone", "module_id IS NULL OR (ends_on IS NULL AND is_formal IS NULL AND mapped_at IS NULL)"
        )
        batch_op.create_check_constraint("one_end", "refresh_months IS NULL OR ends_on IS NULL")
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.add_column(sa.Column("title_key", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("answer", sa.String(), nullable=True))
        batch_op.alter_column("module_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(
            "uq_completion_outside",
            ["person_id", "title_key", "completed_on"],
            unique=True,
            sqlite_where=_OUTSIDE_THAT_STANDS,
            postgresql_where=_OUTSIDE_THAT_STANDS,
        )


def downgrade() -> None:
    """Take back what this revision adds; training outside the catalogue had no place before, so its entries go."""
    outside = "SELECT id FROM completion WHERE module_id IS NULL"
    op.execute(f"DELETE FROM extension WHERE completion_id IN ({outside})")
    op.execute("UPDATE completion SET successor_id = NULL WHERE module_id IS NULL")
    op.execute("DELETE FROM completion WHERE module_id IS NULL")
    private = "SELECT id FROM module_version WHERE module_id IS NULL"
    op.execute(f"DELETE FROM module_version_skill WHERE version_id IN ({private})")
    op.execute("DELETE FROM module_version WHERE module_id IS NULL")
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_completion_outside", sqlite_where=_OUTSIDE_THAT_STANDS, postgresql_where=_OUTSIDE_THAT_STANDS
        )
        batch_op.alter_column("module_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("answer")
        batch_op.drop_column("title_key")
    with op.batch_alter_table("module_version", schema=None) as batch_op:
        batch_op.drop_constraint("one_end", type_="check")
        batch_op.drop_constraint("private_alone", type_="check")
        batch_op.drop_constraint("format_of_a_module", type_="check")
        batch_op.alter_column("format_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.alter_column("module_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("mapped_at")
        batch_op.drop_column("is_formal")
        batch_op.drop_column("ends_on")
    with op.batch_alter_table("module", schema=None) as batch_op:
        batch_op.drop_column("coordinator_may_confirm")
