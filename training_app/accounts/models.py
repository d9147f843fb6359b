"""Who can sign in, in which roles, by which ways, and the sessions that stand.

Accounts come before people and organisations in the house, so they hold those as bare ids.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.database import Base, Identified, Versioned


class Role(StrEnum):
    """What an account is for. One account may hold several."""

    WORKFORCE_MANAGER = "workforce_manager"
    COORDINATOR = "coordinator"
    MEMBER = "member"
    BOARD = "board"


class Account(Identified, Versioned, Base):
    """A way in for one human being. `email_key` is the normalised e-mail by which it is found; whoever has no e-mail of
    their own has none here and signs in by a code, so then there must be a person. Without a password hash nobody can
    sign in by password. `contact_address` is where notices may go for somebody without an e-mail of their own: several
    accounts may have the same, and nobody is ever known by it."""

    __tablename__ = "account"
    __table_args__ = (
        Index(
            "uq_account_person_without_email",
            "person_id",
            unique=True,
            sqlite_where=text("email_key IS NULL"),
            postgresql_where=text("email_key IS NULL"),
        ),
    )

    email: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(unique=True)
    contact_address: Mapped[str | None]
    password_hash: Mapped[str | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    deactivated_at: Mapped[datetime | None]
    deactivated_because: Mapped[str | None]
    created_at: Mapped[datetime]

    role_rows: Mapped[list[AccountRole]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    organisation_rows: Mapped[list[AccountOrganisation]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    @property
    def roles(self) -> frozenset[Role]:
        """The roles this account holds."""
        return frozenset(Role(row.role) for row in self.role_rows)

    @property
    def organisation_ids(self) -> frozenset[int]:
        """The organisations that a coordinator looks after."""
        return frozenset(row.organisation_id for row in self.organisation_rows)


class AccountRole(Base):
    """One role of one account."""

    __tablename__ = "account_role"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class AccountOrganisation(Base):
    """One organisation that an account coordinates."""

    __tablename__ = "account_organisation"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)


class WayIn(StrEnum):
    """How somebody signed in."""

    LINK = "link"
    CODE = "code"
    PASSWORD = "password"


class Ended(StrEnum):
    """Why a sign-in ended."""

    SIGNED_OUT = "signed out"
    EVERYWHERE = "signed out everywhere"
    ANEW = "signed in anew in the same browser"
    DEACTIVATED = "account deactivated"
    ROLES = "roles or organisations changed"
    PERSON = "linked to somebody else"
    EMAIL = "e-mail to sign in with changed"
    PASSWORD = "password changed"
    CODE = "code replaced or withdrawn"


class SignIn(Identified, Base):
    """One signed-in browser. The cookie holds a random token, this row its hash; ending the row ends the session, so a
    cookie replayed after signing out opens nothing.

    `last_seen_at` is only kept to within some minutes. `kept` is "keep me signed in on this phone". `authority` is a
    digest of the roles, the organisations and the person as they were at the start: where it no longer fits, the sign-in
    no longer stands.
    """

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_account", "account_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    way: Mapped[str]
    kept: Mapped[bool]
    authority: Mapped[str]
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]

    account: Mapped[Account] = relationship(lazy="joined")


class Purpose(StrEnum):
    """What a link by mail is for, which decides how long it works."""

    SIGN_IN = "sign-in"
    INVITATION = "invitation"


class SignInLink(Identified, Base):
    """A link by mail that signs somebody in, once. The link holds a random token, this row its hash.

    `onward` is the path of this site where it leads. A row without an account was asked for by an e-mail that has none,
    so that asking takes the same; nobody was told its token. A newer link of the same account ends the older ones.
    """

    __tablename__ = "sign_in_link"
    __table_args__ = (Index("ix_sign_in_link_account", "account_id"), Index("ix_sign_in_link_expires", "expires_at"))

    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    onward: Mapped[str | None] = mapped_column(info={"secret": True})  # it may lead to what somebody typed
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    account: Mapped[Account | None] = relationship(lazy="joined")


class SignInCode(Identified, Base):
    """A code from a printed letter, good until it is replaced or withdrawn. `lookup` is its first part, by which it is
    found; of the whole only a slow hash is kept."""

    __tablename__ = "sign_in_code"
    __table_args__ = (
        Index(
            "uq_sign_in_code_standing",
            "account_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    lookup: Mapped[str] = mapped_column(unique=True, info={"secret": True})
    code_hash: Mapped[str]
    made_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="joined")


class KeptForm(Identified, Base):
    """What somebody typed into a form whose sign-in had ended meanwhile, for an hour at most, so that they can send it
    again. Only the same account is shown it, by an address whose key is kept as a hash; never passwords, never files."""

    __tablename__ = "kept_form"
    __table_args__ = (Index("ix_kept_form_account", "account_id"), Index("ix_kept_form_kept", "kept_at"))

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    key_hash: Mapped[str] = mapped_column(unique=True)
    path: Mapped[str]
    fields: Mapped[list[list[str]]] = mapped_column(JSON)
    had_file: Mapped[bool]
    kept_at: Mapped[datetime]
