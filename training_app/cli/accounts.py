"""`account`: open an account from the server, and let somebody in by a link."""

from __future__ import annotations

import sys

import click

from training_app.accounts import passwords
from training_app.accounts.actions import open_account
from training_app.accounts.links import link_for_command
from training_app.accounts.models import Role
from training_app.accounts.queries import account_by_email
from training_app.accounts.rules import LONGEST_PASSWORD_TYPED
from training_app.addresses import LONGEST_EMAIL, is_email
from training_app.audit import Actor
from training_app.cli.options import OneLine, OneLineGroup, command
from training_app.database import transaction
from training_app.errors import Refused
from training_app.people.queries import organisation_by_name, person_by_email, person_by_reference
from training_app.people.rules import LONGEST_NAME, text_problem


@click.group("account", cls=OneLineGroup)
def account() -> None:
    """Accounts: who can sign in."""


@command("create")
@click.argument("email")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="What the account is for; may be given several times.",
)
@click.option("--person", "reference", help="The reference of the person whose account it is.")
@click.option("--organisation", "organisations", multiple=True, help="An organisation that a coordinator looks after.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(
    email: str,
    roles: tuple[str, ...],
    reference: str | None,
    organisations: tuple[str, ...],
    password_stdin: bool,
) -> None:
    """Open an account for EMAIL; without --password-stdin it has no password."""
    _check_arguments(email, roles, reference, organisations)
    # The slow hash comes before the transaction, in which others would wait for it.
    password_hash = passwords.hash_of(_password_from_stdin()) if password_stdin else None
    with transaction():
        opened = open_account(
            Actor.command(),
            email,
            [Role(role) for role in roles],
            person_id=_person_id(email, reference, roles),
            organisation_ids=[_organisation_id(name) for name in organisations],
            password_hash=password_hash,
        )
        sentence = f"{opened.email} can now sign in as {', '.join(roles)}."
    click.echo(sentence)


@command("link")
@click.argument("email")
def link(email: str) -> None:
    """Print a link that signs in once, within ten minutes, to the account with this EMAIL; older links of it end."""
    if text_problem(email, LONGEST_EMAIL) or not is_email(email):
        raise OneLine(f"EMAIL: {email!a} is not an e-mail address; give one such as name@example.org.")
    with transaction():
        found = account_by_email(email)
        if found is None:
            raise Refused(f"{email.strip()} has no account. Open one with `account create` first.")
        address = link_for_command(Actor.command(), found)
    click.echo(address)


account.add_command(create)
account.add_command(link)


def _check_arguments(email: str, roles: tuple[str, ...], reference: str | None, organisations: tuple[str, ...]) -> None:
    if not is_email(email) or text_problem(email, LONGEST_EMAIL):
        raise OneLine(f"EMAIL: {email!a} is not an e-mail address; give one such as name@example.org.")
    for option, given in (("--person", reference), *(("--organisation", name) for name in organisations)):
        problem = text_problem(given or "", LONGEST_NAME)
        if problem:
            raise OneLine(f"{option}: the text {problem}.")
    if Role.COORDINATOR in roles and not organisations:
        raise OneLine("A coordinator needs at least one organisation: give --organisation NAME.")


def _password_from_stdin() -> str:
    try:
        password = sys.stdin.buffer.read().decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise OneLine("--password-stdin: what came in on standard input is not text in UTF-8.") from error
    if not password:
        raise OneLine("--password-stdin: nothing came in on standard input; give the password there.")
    if len(password) > LONGEST_PASSWORD_TYPED:
        raise OneLine(f"--password-stdin: the password must be {LONGEST_PASSWORD_TYPED:,} characters or fewer.")
    return password


def _person_id(email: str, reference: str | None, roles: tuple[str, ...]) -> int | None:
    if reference is not None:
        person = person_by_reference(reference)
        if person is None:
            raise OneLine(f'--person: nobody has the reference "{reference}".')
        return person.id
    person = person_by_email(email)
    if person is None and Role.MEMBER in roles:
        raise OneLine(f"A member needs a person, and nobody has the e-mail {email}: give --person REFERENCE.")
    return person.id if person else None


def _organisation_id(name: str) -> int:
    organisation = organisation_by_name(name)
    if organisation is None:
        raise OneLine(f'--organisation: there is no organisation "{name}".')
    return organisation.id


COMMANDS = (account,)
