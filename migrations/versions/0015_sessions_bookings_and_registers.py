"""sessions, bookings and registers."""

import sqlalchemy as sa
from alembic import op

from training_app.database import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build what this revision adds."""
    op.create_table(
        "training_session",
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("online_link", sa.String(), nullable=True),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("venue_access", sa.String(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("takes_bookings", sa.Boolean(), nullable=False),
        sa.Column("outside_trainer", sa.String(), nullable=True),
        sa.Column("young_co_trainers", sa.Integer(), nullable=False),
        sa.Column("paid_time", sa.Boolean(), nullable=False),
        sa.Column("cancelled_at", Moment(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_training_session_days_in_order")),
        sa.CheckConstraint("places IS NULL OR places >= 1", name=op.f("ck_training_session_places_at_least_one")),
        sa.CheckConstraint("young_co_trainers >= 0", name=op.f("ck_training_session_young_co_trainers_not_negative")),
        sa.ForeignKeyConstraint(["module_id"], ["module.id"], name=op.f("fk_training_session_module_id_module")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_session")),
    )
    with op.batch_alter_table("training_session", schema=None) as batch_op:
        batch_op.create_index("ix_training_session_days", ["last_on", "first_on"], unique=False)
        batch_op.create_index("ix_training_session_module", ["module_id"], unique=False)

    op.create_table(
        "booking",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("booked_at", Moment(timezone=True), nullable=False),
        sa.Column("help_wanted", sa.String(), nullable=True),
        sa.Column("moved_up_at", Moment(timezone=True), nullable=True),
        sa.Column("cancelled_at", Moment(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("reminded_of", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('booked', 'waiting', 'cancelled')", name=op.f("ck_booking_state_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_booking_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_booking_session_id_training_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
    )
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.create_index("ix_booking_person", ["person_id"], unique=False)
        batch_op.create_index(
            "uq_booking_standing",
            ["session_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'cancelled'"),
            postgresql_where=sa.text("state <> 'cancelled'"),
        )

    op.create_table(
        "calendar_feed",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("made_at", Moment(timezone=True), nullable=False),
        sa.Column("revoked_at", Moment(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_calendar_feed_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    with op.batch_alter_table("calendar_feed", schema=None) as batch_op:
        batch_op.create_index("ix_calendar_feed_account", ["account_id"], unique=False)

    op.create_table(
        "register",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", Moment(timezone=True), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("reversed_at", Moment(timezone=True), nullable=True),
        sa.Column("reverse_reason", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_register_session_id_training_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register")),
        sa.UniqueConstraint("session_id", name=op.f("uq_register_session_id")),
    )
    op.create_table(
        "register_link",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("made_at", Moment(timezone=True), nullable=False),
        sa.Column("revoked_at", Moment(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_register_link_session_id_training_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_register_link_token_hash")),
    )
    with op.batch_alter_table("register_link", schema=None) as batch_op:
        batch_op.create_index("ix_register_link_session", ["session_id"], unique=False)

    op.create_table(
        "session_date",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(starts IS NULL) = (ends IS NULL)", name=op.f("ck_session_date_both_times_or_none")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_session_date_session_id_training_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_date")),
        sa.UniqueConstraint("session_id", "on_day", "starts", name=op.f("uq_session_date_session_id_on_day_starts")),
    )
    op.create_table(
        "session_facilitator",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_facilitator_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_session_facilitator_session_id_training_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_facilitator")),
        sa.UniqueConstraint("session_id", "person_id", name=op.f("uq_session_facilitator_session_id_person_id")),
    )
    with op.batch_alter_table("session_facilitator", schema=None) as batch_op:
        batch_op.create_index("ix_session_facilitator_person", ["person_id"], unique=False)

    op.create_table(
        "register_mark",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("typed_name", sa.String(), nullable=True),
        sa.Column("typed_key", sa.String(), nullable=True),
        sa.Column("presence", sa.String(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("completion_id", sa.Integer(), nullable=True),
        sa.Column("made_it", sa.Boolean(), nullable=False),
        sa.Column("marked_at", Moment(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "presence IN ('present', 'part', 'absent', 'withdrawn')", name=op.f("ck_register_mark_presence_known")
        ),
        sa.CheckConstraint("person_id IS NOT NULL OR typed_name IS NOT NULL", name=op.f("ck_register_mark_somebody")),
        sa.ForeignKeyConstraint(
            ["completion_id"], ["completion.id"], name=op.f("fk_register_mark_completion_id_completion")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_register_mark_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_register_mark_session_id_training_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_mark")),
    )
    with op.batch_alter_table("register_mark", schema=None) as batch_op:
        batch_op.create_index("ix_register_mark_person", ["person_id"], unique=False)
        batch_op.create_index(
            "uq_register_mark_standing",
            ["session_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("presence <> 'withdrawn' AND person_id IS NOT NULL"),
            postgresql_where=sa.text("presence <> 'withdrawn' AND person_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_register_mark_typed",
            ["session_id", "typed_key"],
            unique=True,
            sqlite_where=sa.text("presence <> 'withdrawn' AND person_id IS NULL"),
            postgresql_where=sa.text("presence <> 'withdrawn' AND person_id IS NULL"),
        )


def downgrade() -> None:
    """Take it away again."""
    with op.batch_alter_table("register_mark", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_register_mark_typed",
            sqlite_where=sa.text("presence <> 'withdrawn' AND person_id IS NULL"),
            postgresql_where=sa.text("presence <> 'withdrawn' AND person_id IS NULL"),
        )
        batch_op.drop_index(
            "uq_register_mark_standing",
            sqlite_where=sa.text("presence <> 'withdrawn' AND person_id IS NOT NULL"),
            postgresql_where=sa.text("presence <> 'withdrawn' AND person_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_register_mark_person")

    op.drop_table("register_mark")
    with op.batch_alter_table("session_facilitator", schema=None) as batch_op:
        batch_op.drop_index("ix_session_facilitator_person")

    op.drop_table("session_facilitator")
    op.drop_table("session_date")
    with op.batch_alter_table("register_link", schema=None) as batch_op:
        batch_op.drop_index("ix_register_link_session")

    op.drop_table("register_link")
    op.drop_table("register")
    with op.batch_alter_table("calendar_feed", schema=None) as batch_op:
        batch_op.drop_index("ix_calendar_feed_account")

    op.drop_table("calendar_feed")
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_booking_standing",
            sqlite_where=sa.text("state <> 'cancelled'"),
            postgresql_where=sa.text("state <> 'cancelled'"),
        )
        batch_op.drop_index("ix_booking_person")

    op.drop_table("booking")
    with op.batch_alter_table("training_session", schema=None) as batch_op:
        batch_op.drop_index("ix_training_session_module")
        batch_op.drop_index("ix_training_session_days")

    op.drop_table("training_session")
