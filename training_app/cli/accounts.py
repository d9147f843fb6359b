"""`account create`: open an account from the server."""

from __future__ import annotations

import sys

import click

from training_app.accounts.actions import open_account
from training_app.accounts.models import Role
from training_app.accounts.rules import LONGEST_EMAIL, is_email
from training_app.audit import Actor
from training_app.cli.options import OneLine, OneLineGroup, command
from training_app.database import transaction
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
    password = _password_from_stdin() if password_stdin else None
    with transaction():
        opened = open_account(
            Actor.command(),
            email,
            [Role(role) for role in roles],
            person_id=_person_id(email, reference, roles),
            organisation_ids=[_organisation_id(name) for name in organisations],
            password=password,
        )
        sentence = f"{opened.email} can now sign in as {', '.join(roles)}."
    click.echo(sentence)


account.add_command(create)


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
