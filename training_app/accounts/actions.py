"""Opening accounts and changing them: roles, person, e-mail, password, whether they are active.

Whatever changes what an account may do, or how one gets into it, ends its sign-ins and its links in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from training_app.accounts import messages, passwords
from training_app.accounts.models import Account, AccountOrganisation, AccountRole, Ended, Role
from training_app.accounts.queries import account_by_email, active_managers, lock_managers, password_for
from training_app.accounts.sign_ins import end_all
from training_app.addresses import email_key
from training_app.audit import Actor, Change, record_many
from training_app.clock import now
from training_app.database import db, refusing_doubles, snapshot
from training_app.errors import Refused
from training_app.mail import queue
from training_app.mail.rules import can_be_written_to

_TAKEN = "Somebody has opened an account for this e-mail, or for this person, a moment ago."


def open_account(
    actor: Actor,
    email: str | None,
    roles: Iterable[Role],
    *,
    person_id: int | None = None,
    organisation_ids: Iterable[int] = (),
    password_hash: str | None = None,
    contact_address: str | None = None,
) -> Account:
    """Open an account for an e-mail, with its roles; without a password hash nobody can sign in by password.

    Without an e-mail it is for a person who has none of their own: they sign in by a code. Raises `Refused` where the
    e-mail is none or has an account already, a coordinator has no organisation, a member no person, or somebody without an
    e-mail no person or two such accounts.
    """
    roles, organisation_ids = frozenset(roles), frozenset(organisation_ids)
    email = _checked_email(email, besides=None)
    contact_address = _checked_address(contact_address, "contact_address")
    _check_roles(roles, organisation_ids, person_id)
    if email is None and person_id is None:
        raise Refused("Give an e-mail to sign in with, or choose the person who signs in by a code.", "email")
    account = Account(
        email=email,
        email_key=email_key(email) if email else None,
        contact_address=contact_address,
        password_hash=password_hash,
        person_id=person_id,
        active=True,
        created_at=now(),
        role_rows=[AccountRole(role=role.value) for role in sorted(roles)],
        organisation_rows=[AccountOrganisation(organisation_id=each) for each in sorted(organisation_ids)],
    )
    with refusing_doubles(_TAKEN, "email"):
        db.session.add(account)
    _record(actor, "account.opened", account, None)
    return account


def change_roles(
    actor: Actor,
    account: Account,
    roles: Iterable[Role],
    organisation_ids: Iterable[int],
    seen_version: int | None = None,
) -> None:
    """Change what an account is for, and a coordinator's organisations; other roles keep none.

    Raises `Refused` as `open_account` and where nobody would be left to manage the workforce, `ChangedMeanwhile` where
    somebody else saved first. Saving the same again writes nothing.
    """
    _lock(account, seen_version)
    roles = frozenset(roles)
    organisation_ids = frozenset(organisation_ids) if Role.COORDINATOR in roles else frozenset()
    _check_roles(roles, organisation_ids, account.person_id)
    if (roles, organisation_ids) == (account.roles, account.organisation_ids):
        return
    if Role.WORKFORCE_MANAGER not in roles:
        _refuse_losing_the_last_manager(account)
    before = _described(account)
    _set_roles(account, roles, organisation_ids)
    _record(actor, "account.roles_changed", account, before)
    end_all(actor, account, Ended.ROLES)


def link_person(actor: Actor, account: Account, person_id: int | None, seen_version: int | None = None) -> None:
    """Say whose record an account's own is; None for nobody's.

    Raises `Refused` where a member, or somebody without an e-mail, would have no person, and `ChangedMeanwhile`.
    """
    _lock(account, seen_version)
    if person_id == account.person_id:
        return
    _check_roles(account.roles, account.organisation_ids, person_id)
    if person_id is None and account.email is None:
        raise Refused("Without an e-mail the account needs its person. Give it an e-mail first.", "person")
    before = _described(account)
    with refusing_doubles("That person has an account without an e-mail already.", "person"):
        account.person_id = person_id
    _record(actor, "account.person_linked" if person_id else "account.person_unlinked", account, before)
    end_all(actor, account, Ended.PERSON)


def change_email(
    actor: Actor,
    account: Account,
    email: str | None,
    contact_address: str | None = None,
    seen_version: int | None = None,
) -> None:
    """Change the e-mail that somebody signs in with (None: they sign in by a code), and where notices go.

    Nothing else ever changes it: not an import, not the person's page. The old e-mail is told. Raises `Refused` for what
    is no e-mail or another account's, and where nobody could sign in any more; `ChangedMeanwhile`.
    """
    _lock(account, seen_version)
    email = _checked_email(email, besides=account)
    contact_address = _checked_address(contact_address, "contact_address")
    if email is None and account.person_id is None:
        raise Refused("Without a person the account needs an e-mail. Link it to its person first.", "email")
    if (email, contact_address) == (account.email, account.contact_address):
        return
    before, old_email = _described(account), account.email
    with refusing_doubles(_TAKEN, "email"):
        account.email, account.email_key = email, email_key(email) if email else None
        account.contact_address = contact_address
    if before["email_key"] == account.email_key:
        _record(actor, "account.contact_changed", account, before)
        return
    if email is None and account.password_hash is not None:
        account.password_hash = None  # there is nothing to type it with
    _record(actor, "account.email_changed", account, before)
    end_all(actor, account, Ended.EMAIL)
    if old_email is not None:
        queue(actor, "change of e-mail", old_email, *messages.email_changed(email), person_id=account.person_id)


def deactivate(actor: Actor, account: Account, because: str, seen_version: int | None = None) -> None:
    """Let nobody sign in to an account any more, whichever way, until it is reactivated. The record stays.

    Raises `Refused` where it is deactivated already or nobody would be left to manage the workforce, `ChangedMeanwhile`.
    """
    _lock(account, seen_version)
    if not account.active:
        raise Refused("This account is deactivated already.")
    _refuse_losing_the_last_manager(account)
    before = _described(account)
    account.active, account.deactivated_at, account.deactivated_because = False, now(), because
    _record(actor, "account.deactivated", account, before, because)
    end_all(actor, account, Ended.DEACTIVATED)


def reactivate(actor: Actor, account: Account, because: str, seen_version: int | None = None) -> None:
    """Let somebody sign in to a deactivated account again. Raises `Refused` where it is active, `ChangedMeanwhile`."""
    _lock(account, seen_version)
    if account.active:
        raise Refused("This account is active already.")
    before = _described(account)
    account.active, account.deactivated_at, account.deactivated_because = True, None, None
    _record(actor, "account.reactivated", account, before, because)


def sign_out_everywhere(actor: Actor, account: Account) -> None:
    """End every sign-in of an account, in whichever browser, and every link that waits to be used."""
    end_all(actor, account, Ended.EVERYWHERE)
    _record(actor, "account.signed_out_everywhere", account, None)


# --- passwords


@dataclass(frozen=True)
class ProvenPassword:
    """Somebody typed an account's password rightly; `fresh_hash` replaces a hash that was made with older costs."""

    account_id: int
    password_hash: str = field(repr=False)
    fresh_hash: str | None = field(repr=False)


def prove_password(email: str, password: str) -> ProvenPassword | None:
    """Return a proof that somebody knows the password of the account with this e-mail, or None.

    The work is the same whether the e-mail, the password or both are wrong. It takes some 20 milliseconds: not to be
    called inside a transaction.
    """
    known = password_for(email)
    password_hash = known.password_hash if known else None
    right = passwords.matches(password, password_hash)
    if known is None or password_hash is None or not right or not known.active:
        return None
    fresh = passwords.hash_of(password) if passwords.needs_rehash(password_hash) else None
    return ProvenPassword(known.id, password_hash, fresh)


def use_password(proven: ProvenPassword) -> Account | None:
    """Return the account of a password that was typed rightly; None where it was changed, or the account deactivated, a
    moment ago."""
    account = db.session.get(Account, proven.account_id, populate_existing=True)
    if account is None or not account.active or account.password_hash != proven.password_hash:
        return None
    if proven.fresh_hash is not None:
        before = _described(account)
        account.password_hash = proven.fresh_hash
        _record(Actor.account(account.id), "account.password_rehashed", account, before)
    return account


def set_password(actor: Actor, account: Account, password_hash: str | None, *, besides: str) -> None:
    """Give an account a password (its hash), another one, or with None none; every sign-in but that of the token
    `besides` ends, and the account's e-mail is told."""
    before = _described(account)
    what = "removed" if password_hash is None else "changed" if account.password_hash else "chosen"
    account.password_hash = password_hash
    _record(actor, f"account.password_{what}", account, before)
    end_all(actor, account, Ended.PASSWORD, besides=besides)
    if account.email is not None:
        queue(actor, "change of password", account.email, *messages.password_changed(what), person_id=account.person_id)


# --- what these share


def _lock(account: Account, seen_version: int | None) -> None:
    """Wait for whoever else changes accounts of workforce managers, and read this one as it is then."""
    lock_managers()
    db.session.refresh(account, with_for_update={"of": Account})
    account.expect_version(seen_version)


def _refuse_losing_the_last_manager(account: Account) -> None:
    if account.active and Role.WORKFORCE_MANAGER in account.roles and active_managers() <= 1:
        raise Refused(
            "This is the only active account of a workforce manager. Make somebody else one first, so that the hub is not "
            "locked out.",
            "roles",
        )


def _check_roles(roles: frozenset[Role], organisation_ids: frozenset[int], person_id: int | None) -> None:
    if not roles:
        raise Refused("An account needs at least one role.", "roles")
    if Role.COORDINATOR in roles and not organisation_ids:
        raise Refused("A coordinator needs at least one organisation.", "organisations")
    if Role.MEMBER in roles and person_id is None:
        raise Refused("A member needs a person whose record they see.", "person")


def _checked_email(email: str | None, *, besides: Account | None) -> str | None:
    email = _checked_address(email, "email")
    owner = account_by_email(email) if email else None
    if owner is not None and owner is not besides:
        raise Refused(f"{email} has an account already.", "email")
    return email


def _checked_address(address: str | None, where: str) -> str | None:
    address = (address or "").strip() or None
    if address is not None and not can_be_written_to(address):
        raise Refused(f'"{address}" is not an e-mail address. Give one such as name@example.org.', where)
    return address


def _set_roles(account: Account, roles: frozenset[Role], organisation_ids: frozenset[int]) -> None:
    account.role_rows[:] = [
        *(row for row in account.role_rows if row.role in roles),
        *(AccountRole(role=role.value) for role in sorted(roles - account.roles)),
    ]
    account.organisation_rows[:] = [
        *(row for row in account.organisation_rows if row.organisation_id in organisation_ids),
        *(AccountOrganisation(organisation_id=each) for each in sorted(organisation_ids - account.organisation_ids)),
    ]
    # Roles are rows of their own: so that a second editor is told, the account itself counts as changed too.
    flag_modified(account, "active")


def _described(account: Account) -> dict[str, Any]:
    """Return what an account says, its roles and organisations included, for the audit."""
    return {
        **snapshot(account),
        "roles": sorted(account.roles),
        "organisation_ids": sorted(account.organisation_ids),
    }


def _record(
    actor: Actor, action: str, account: Account, before: dict[str, Any] | None, because: str | None = None
) -> None:
    db.session.flush()
    change = Change(action, "account", account.id, before, _described(account), account.person_id, because)
    record_many(actor, [change])
