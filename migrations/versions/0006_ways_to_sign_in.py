"""ways to sign in."""

import sqlalchemy as sa
from alembic import op

import training_app.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# What stands in for an e-mail, going down, where somebody has none; going up it becomes none again.
NO_EMAIL = "'account-' || id || '@no-email.invalid'"


def moment(name: str, *, nullable: bool) -> sa.Column:
    """Return a column for a moment in UTC."""
    return sa.Column(name, training_app.database.Moment(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Build what this revision adds."""
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(), nullable=True)
        batch_op.alter_column("email_key", existing_type=sa.String(), nullable=True)
        batch_op.add_column(sa.Column("contact_address", sa.String(), nullable=True))
        batch_op.add_column(moment("deactivated_at", nullable=True))
        batch_op.add_column(sa.Column("deactivated_because", sa.String(), nullable=True))
        batch_op.create_index(
            "uq_account_person_without_email",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("email_key IS NULL"),
            postgresql_where=sa.text("email_key IS NULL"),
        )
    op.execute(f"UPDATE account SET email = NULL, email_key = NULL WHERE email_key = {NO_EMAIL}")

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("way", sa.String(), nullable=False, server_default="password"))
        batch_op.add_column(sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("authority", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(moment("last_seen_at", nullable=True))
        batch_op.add_column(sa.Column("ended_because", sa.String(), nullable=True))
    op.execute("UPDATE sign_in SET last_seen_at = started_at")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.alter_column("way", existing_type=sa.String(), server_default=None)
        batch_op.alter_column("kept", existing_type=sa.Boolean(), server_default=None)
        batch_op.alter_column("authority", existing_type=sa.String(), server_default=None)
        batch_op.alter_column("last_seen_at", existing_type=training_app.database.Moment(timezone=True), nullable=False)

    op.create_table(
        "sign_in_link",
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("onward", sa.String(), nullable=True),
        moment("made_at", nullable=False),
        moment("expires_at", nullable=False),
        moment("used_at", nullable=True),
        moment("ended_at", nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_link_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_link_token_hash")),
    )
    with op.batch_alter_table("sign_in_link", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_link_account", ["account_id"], unique=False)
        batch_op.create_index("ix_sign_in_link_expires", ["expires_at"], unique=False)

    op.create_table(
        "sign_in_code",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("lookup", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        moment("made_at", nullable=False),
        moment("last_used_at", nullable=True),
        moment("ended_at", nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_code_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_code")),
        sa.UniqueConstraint("lookup", name=op.f("uq_sign_in_code_lookup")),
    )
    with op.batch_alter_table("sign_in_code", schema=None) as batch_op:
        batch_op.create_index(
            "uq_sign_in_code_standing",
            ["account_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "kept_form",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("had_file", sa.Boolean(), nullable=False),
        moment("kept_at", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_kept_form_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_form")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_kept_form_key_hash")),
    )
    with op.batch_alter_table("kept_form", schema=None) as batch_op:
        batch_op.create_index("ix_kept_form_account", ["account_id"], unique=False)
        batch_op.create_index("ix_kept_form_kept", ["kept_at"], unique=False)


def downgrade() -> None:
    """Take it away again."""
    with op.batch_alter_table("kept_form", schema=None) as batch_op:
        batch_op.drop_index("ix_kept_form_kept")
        batch_op.drop_index("ix_kept_form_account")
    op.drop_table("kept_form")
    with op.batch_alter_table("sign_in_code", schema=None) as batch_op:
        batch_op.drop_index("uq_sign_in_code_standing")
    op.drop_table("sign_in_code")
    with op.batch_alter_table("sign_in_link", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_link_expires")
        batch_op.drop_index("ix_sign_in_link_account")
    op.drop_table("sign_in_link")

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_column("ended_because")
        batch_op.drop_column("last_seen_at")
        batch_op.drop_column("authority")
        batch_op.drop_column("kept")
        batch_op.drop_column("way")

    op.execute(f"UPDATE account SET email = {NO_EMAIL}, email_key = {NO_EMAIL} WHERE email_key IS NULL")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index("uq_account_person_without_email")
        batch_op.drop_column("deactivated_because")
        batch_op.drop_column("deactivated_at")
        batch_op.drop_column("contact_address")
        batch_op.alter_column("email_key", existing_type=sa.String(), nullable=False)
        batch_op.alter_column("email", existing_type=sa.String(), nullable=False)
