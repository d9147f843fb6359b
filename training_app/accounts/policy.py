"""Who may do what, on one page.

A permission is what a view declares; a role is a set of permissions; an account that holds several roles has the sum of
them. Which *people* an account may see is decided in `people/scope.py`, never here.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from training_app.accounts.models import Role


class Permission(StrEnum):
    """Something a visitor may be allowed to do."""

    PUBLIC = "public"
    """Open to anybody, signed in or not: signing in, help, statements, health."""

    SEE_HOME = "see home"
    """The front page of one's own role."""

    KEEP_OWN_ACCOUNT = "keep own account"
    """One's own way in: a password or none, where one is signed in, signing out everywhere."""

    SEE_CATALOGUE = "see catalogue"
    """Modules and what they give; names nobody."""

    SEE_OWN_RECORD = "see own record"
    """One's own record, and nobody else's."""

    LOG_OWN_TRAINING = "log own training"
    """Add a self-declared completion to one's own record."""

    ASK_FOR_CORRECTION = "ask for correction"
    """Say what is wrong in one's own record; the hub answers."""

    DOWNLOAD_OWN_DATA = "download own data"
    """Everything held about oneself, as a page and as a file."""

    SEE_SESSIONS = "see sessions"
    """Training sessions: for members and coordinators those to come that can be booked, and their own."""

    BOOK_OWN_PLACE = "book own place"
    """Book oneself on a session, and give the place back."""

    BOOK_OTHERS = "book others"
    """Book people within the visitor's scope on a session, and give their places back."""

    MANAGE_SESSIONS = "manage sessions"
    """Schedule, change and cancel sessions; keep, reverse and hand out every register."""

    KEEP_REGISTERS = "keep registers"
    """The register of a session that the visitor leads, from the day before it to two weeks after; nobody else's."""

    SEE_BOARD_FIGURES = "see board figures"
    """Percentages at terms' ends, never a name nor a small number."""

    SEE_PEOPLE = "see people"
    """Lists of people and organisations, a person's page, records, within the visitor's scope."""

    CHANGE_PEOPLE = "change people"
    """Add and change people and their engagements, within the visitor's scope."""

    CHOOSE_REFERENCES = "choose references"
    """Give people the reference by which the hub knows them, which tells whether somebody has it."""

    SETTLE_DOUBLES = "settle doubles"
    """Decide whether somebody whom a coordinator added is somebody whom the hub knew already."""

    CHANGE_ORGANISATIONS = "change organisations"
    """Add organisations; change their name, kind and area."""

    EXEMPT = "exempt"
    """Exempt somebody from a skill, change that and take it back."""

    SEE_COVERAGE = "see coverage"
    """Coverage on any day, down to the names."""

    SEE_REQUIREMENTS = "see requirements"
    """What each group needs, from when."""

    CHANGE_REQUIREMENTS = "change requirements"
    """Decide what each group needs, from when."""

    CHANGE_CATALOGUE = "change catalogue"
    """Add, edit and retire modules."""

    RECORD_COMPLETIONS = "record completions"
    """Record what others completed; correct or void what one recorded oneself while nobody has verified it."""

    VERIFY_COMPLETIONS = "verify completions"
    """Verify an entry or send it back, never one's own: a workforce manager any other, a coordinator those of their own people
    where the module allows it (see `records/queue.py`)."""

    MAP_TRAINING = "map training"
    """Say which skills training outside the catalogue gives, and recognise what somebody did with another employer."""

    CHANGE_ANY_COMPLETION = "change any completion"
    """Correct or void an entry, whoever recorded it and whether it is verified or not."""

    ANSWER_CORRECTIONS = "answer corrections"
    """Answer what people ask to have put right, and keep what they say in other ways."""

    HAND_OUT_DATA = "hand out data"
    """Everything held about somebody, and their certificates, to give them to those who have no account."""

    ERASE_PEOPLE = "erase people"
    """Take away who somebody is, for good; past figures stay."""

    MERGE_PEOPLE = "merge people"
    """Make one person of two rows that turned out to be the same."""

    SEE_AUDIT = "see audit"
    """Who changed what and when, through all of the log."""

    ASSIGN = "assign"
    """Ask people to do modules and pathways, make rules, waive, and take all of that back."""

    SEE_ASSIGNMENTS = "see assignments"
    """Who is still to do what by when, within the visitor's scope."""

    IMPORT = "import"
    """Bring in from spreadsheets what the visitor may also change on the pages, within their scope."""

    MANAGE_MAIL = "manage mail"
    """See what waits to be sent and to whom, switch mail on and off, deal with what could not be delivered."""

    MANAGE_ACCOUNTS = "manage accounts"
    """Open accounts and invite, change roles and organisations, print codes, deactivate."""


_EVERYBODY_SIGNED_IN = frozenset(
    {
        Permission.PUBLIC,
        Permission.SEE_HOME,
        Permission.KEEP_OWN_ACCOUNT,
        Permission.SEE_CATALOGUE,
        Permission.KEEP_REGISTERS,
    }
)

_OF_ROLE: dict[Role, frozenset[Permission]] = {
    Role.WORKFORCE_MANAGER: _EVERYBODY_SIGNED_IN
    | {
        Permission.SEE_PEOPLE,
        Permission.CHANGE_PEOPLE,
        Permission.CHOOSE_REFERENCES,
        Permission.SETTLE_DOUBLES,
        Permission.CHANGE_ORGANISATIONS,
        Permission.EXEMPT,
        Permission.SEE_COVERAGE,
        Permission.SEE_REQUIREMENTS,
        Permission.CHANGE_REQUIREMENTS,
        Permission.CHANGE_CATALOGUE,
        Permission.RECORD_COMPLETIONS,
        Permission.VERIFY_COMPLETIONS,
        Permission.MAP_TRAINING,
        Permission.CHANGE_ANY_COMPLETION,
        Permission.SEE_SESSIONS,
        Permission.BOOK_OTHERS,
        Permission.MANAGE_SESSIONS,
        Permission.ASSIGN,
        Permission.SEE_ASSIGNMENTS,
        Permission.ANSWER_CORRECTIONS,
        Permission.HAND_OUT_DATA,
        Permission.ERASE_PEOPLE,
        Permission.MERGE_PEOPLE,
        Permission.SEE_AUDIT,
        Permission.IMPORT,
        Permission.MANAGE_MAIL,
        Permission.MANAGE_ACCOUNTS,
    },
    Role.COORDINATOR: _EVERYBODY_SIGNED_IN
    | {
        Permission.SEE_PEOPLE,
        Permission.CHANGE_PEOPLE,
        Permission.SEE_COVERAGE,
        Permission.SEE_REQUIREMENTS,
        Permission.RECORD_COMPLETIONS,
        Permission.VERIFY_COMPLETIONS,
        Permission.SEE_SESSIONS,
        Permission.BOOK_OTHERS,
        Permission.SEE_ASSIGNMENTS,
        Permission.IMPORT,
    },
    Role.MEMBER: _EVERYBODY_SIGNED_IN
    | {
        Permission.SEE_OWN_RECORD,
        Permission.LOG_OWN_TRAINING,
        Permission.ASK_FOR_CORRECTION,
        Permission.SEE_SESSIONS,
        Permission.BOOK_OWN_PLACE,
        Permission.DOWNLOAD_OWN_DATA,
    },
    Role.BOARD: _EVERYBODY_SIGNED_IN | {Permission.SEE_BOARD_FIGURES},
}


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return everything that somebody with these roles may do; with none, only what is public."""
    allowed: frozenset[Permission] = frozenset({Permission.PUBLIC})
    for role in roles:
        allowed |= _OF_ROLE[role]
    return allowed


def may(roles: Iterable[Role], permission: Permission) -> bool:
    """Say whether somebody with these roles may do this."""
    return permission in permissions_of(roles)
