"""Who can sign in, in which roles, and the sessions that stand.

Accounts come before people and organisations in the house, so they hold those as bare ids.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.database import Base, Identified, Versioned


class Role(StrEnum):
    """What an account is for. One account may hold several."""

    WORKFORCE_MANAGER = "workforce_manager"
    COORDINATOR = "coordinator"
    MEMBER = "member"
    BOARD = "board"


class Account(Identified, Versioned, Base):
    """A way in for one human being. `email_key` is the normalised e-mail by which it is found; without a password hash
    nobody can sign in by password."""

    __tablename__ = "account"

    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
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


class SignIn(Identified, Base):
    """One signed-in browser. The cookie holds a random token, this row its hash; ending the row ends the session, so a
    cookie replayed after signing out opens nothing."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_account", "account_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="joined")
