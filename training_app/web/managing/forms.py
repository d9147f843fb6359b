"""What a manager types about accounts. Each form takes its own fields only."""

from __future__ import annotations

from collections.abc import Sequence

from training_app.accounts.models import Role
from training_app.addresses import LONGEST_EMAIL
from training_app.people.rules import LONGEST_REASON
from training_app.web.accounts.forms import ExactForm
from training_app.web.components.fields import (
    EmailField,
    HeldField,
    LongTextField,
    Needed,
    TextField,
    TickField,
    TicksField,
    TidyString,
)
from training_app.web.forms import EditingForm

ROLES = (
    (Role.MEMBER.value, "Member: their own record"),
    (Role.COORDINATOR.value, "Coordinator: the people of their organisations"),
    (Role.BOARD.value, "Board: percentages, no names"),
    (Role.WORKFORCE_MANAGER.value, "Workforce manager: everything"),
)
LONGEST_REFERENCE = 64


class _Changing(ExactForm, EditingForm):
    """A change of an account that exists."""


class _Roles(ExactForm):
    roles = TicksField("What the account is for", choices=ROLES)
    organisations = TicksField("Organisations, for a coordinator")

    @property
    def chosen_roles(self) -> list[Role]:
        """The roles that are ticked."""
        return [Role(each) for each in self.roles.data or []]

    @property
    def chosen_organisations(self) -> list[int]:
        """The ids of the organisations that are ticked."""
        return [int(each) for each in (self.organisations.data if self.organisations else None) or []]

    def offer(self, organisations: Sequence[tuple[int, str]]) -> None:
        """Let these organisations be chosen; where there are none, nothing is asked."""
        if organisations:
            self.organisations.choices = [(str(number), name) for number, name in organisations]
        else:
            del self.organisations


class _Addresses(ExactForm):
    email = EmailField("E-mail to sign in with", filters=[TidyString("The e-mail", LONGEST_EMAIL)])
    contact_address = EmailField("Address for notices (optional)", filters=[TidyString("The address", LONGEST_EMAIL)])


class _Person(ExactForm):
    person = TextField("Reference of the person", filters=[TidyString("The reference", LONGEST_REFERENCE)])


class OpenForm(_Addresses, _Person, _Roles):
    """A new account."""

    invite = TickField("Send an invitation by e-mail")


class RolesForm(_Roles, _Changing):
    """What an account is for."""


class EmailForm(_Addresses, _Changing):
    """How somebody is written to, and what they sign in with."""


class LinkPersonForm(_Person, _Changing):
    """Whose record an account's own is."""


class StateForm(_Changing):
    """Why an account is deactivated, or active again."""

    reason = LongTextField(
        "Reason",
        filters=[TidyString("The reason", LONGEST_REASON)],
        validators=[Needed("Say why, so that others understand later")],
    )


class CodeLetterForm(ExactForm):
    """A new code; `standing` is the id of the one that stood when the page was shown."""

    standing = HeldField()

    @property
    def seen(self) -> int | None:
        """The code that stood; 0, which never is one, where the field was tampered with."""
        typed = str(self.standing.data or "")
        if not typed:
            return None
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST_ID else 0


LONGEST_ID = 9


class PressedForm(ExactForm):
    """Nothing to type: the button is all."""


class InviteForm(ExactForm):
    """Whom to invite, by their references."""

    person = TicksField("Whom to invite", choices=[])
