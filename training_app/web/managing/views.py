"""The list of accounts, one account, and everything that changes it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import Response as File
from werkzeug.wrappers import Response

from training_app.accounts import actions
from training_app.accounts.codes import give_code, prepare_code, withdraw_code
from training_app.accounts.links import invite
from training_app.accounts.models import Account, Role
from training_app.accounts.policy import Permission
from training_app.accounts.queries import accounts_of_people, standing_code_of, standing_sign_ins_of
from training_app.accounts.rules import shown_code
from training_app.clock import now
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.files import Column, Table
from training_app.links import absolute
from training_app.mail.queries import mail_is_on
from training_app.people.account_holders import (
    ACCOUNT_SORTS,
    AccountListed,
    AccountState,
    AccountsWanted,
    account_listed,
    accounts_page,
    accounts_wanted,
)
from training_app.people.models import Person
from training_app.people.queries import all_organisations, organisations_with_ids, visible_person
from training_app.people.scope import everywhere, visible_people
from training_app.web.access import account, actor, requires, sign_in_limits
from training_app.web.asking import LARGEST_ID, asked_choice, asked_page, asked_sort, asked_words
from training_app.web.downloads import download, each_format
from training_app.web.forms import EditingForm
from training_app.web.managing.forms import (
    ROLES,
    CodeLetterForm,
    EmailForm,
    LinkPersonForm,
    OpenForm,
    PressedForm,
    RolesForm,
    StateForm,
)

managing = Blueprint("managing", __name__)

ROLE_NAMES = {code: words.partition(":")[0] for code, words in ROLES}
STATES = (
    (AccountState.IN_USE.value, "In use"),
    (AccountState.NEVER.value, "Never signed in"),
    (AccountState.DEACTIVATED.value, "Deactivated"),
)


@managing.get("/accounts")
@requires(Permission.MANAGE_ACCOUNTS)
def list_accounts() -> str:
    """List the accounts as asked for in the address."""
    wanted = _wanted()
    return render_template(
        "managing/list.html",
        page=accounts_page(wanted, asked_page()),
        wanted=wanted,
        roles=list(ROLE_NAMES.items()),
        role_names=ROLE_NAMES,
        states=STATES,
        state_names=dict(STATES),
        mail_is_on=mail_is_on(),
    )


@each_format(managing, "/accounts")
@requires(Permission.MANAGE_ACCOUNTS)
def accounts_file() -> File:
    """Return the same accounts as a file."""
    names = ("email", "person", "name", "roles", "state", "last_signed_in", "invited", "opened")
    rows = [
        [
            each.account.email,
            each.person.reference if each.person else None,
            each.person.name if each.person else None,
            " ".join(sorted(each.account.roles)),
            each.state.value,
            *(moment.date() if moment else None for moment in (each.signed_in_at, each.invited_at)),
            each.account.created_at.date(),
        ]
        for each in accounts_wanted(_wanted())
    ]
    return download(Table([Column(name) for name in names], rows), "accounts")


@managing.route("/accounts/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def open_account() -> Response | tuple[str, int]:
    """Open an account, for a person or for somebody who is none here, and invite them if they have an e-mail."""
    form = OpenForm()
    form.offer(all_organisations(everywhere()))
    if not form.is_submitted():
        _propose(form)
    if form.validate_on_submit():
        try:
            with transaction():
                person = _person_with(form.person.data)
                _refuse_second_account(person)
                opened = actions.open_account(
                    actor(),
                    form.email.data or None,
                    form.chosen_roles,
                    person_id=person.id if person else None,
                    organisation_ids=form.chosen_organisations,
                    contact_address=form.contact_address.data or None,
                )
                invited = bool(form.invite.data and opened.email)
                if invited:
                    invite(actor(), opened, person.name if person else None)
                account_id = opened.id
        except Refused as refused:
            form.refuse(refused)
        else:
            what_next = (
                "An invitation waits to be sent." if invited else "Print a letter with a code, or invite them later."
            )
            flash(f"The account is open. {what_next}", "success")
            return redirect(url_for("managing.one", account_id=account_id))
    return render_template("managing/open.html", form=form), form.status


@managing.get(f"/accounts/<int(max={LARGEST_ID}):account_id>", endpoint="one")
@requires(Permission.MANAGE_ACCOUNTS)
def one_account(account_id: int) -> str:
    """Show an account: whose it is, what for, how they sign in, and what can be done about it."""
    listed = _found(account_id)
    return render_template(
        "managing/one.html",
        listed=listed,
        role_names=ROLE_NAMES,
        state_names=dict(STATES),
        organisations=organisations_with_ids(listed.account.organisation_ids),
        code=standing_code_of(account_id),
        signed_in=len(standing_sign_ins_of(account_id, sign_in_limits())),
        mail_is_on=mail_is_on(),
    )


@managing.route(f"/accounts/<int(max={LARGEST_ID}):account_id>/roles", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def roles(account_id: int) -> Response | tuple[str, int]:
    """Change what an account is for, and a coordinator's organisations."""
    listed = _found(account_id)
    form = RolesForm(obj=listed.account) if request.method == "POST" else _roles_form(listed.account)
    form.offer(all_organisations(everywhere()))

    def change() -> str:
        actions.change_roles(
            actor(), listed.account, form.chosen_roles, form.chosen_organisations, seen_version=form.seen_version
        )
        return "What the account is for is saved. Where they were signed in, they sign in again."

    done = _save(form, listed, change)
    if done is not None:
        return done
    said = [ROLE_NAMES[each] for each in sorted(listed.account.roles)]
    said += [each.name for each in organisations_with_ids(listed.account.organisation_ids)]
    return _step("roles", form, listed, now_says=[("What the account is for", ", ".join(said))])


@managing.route(f"/accounts/<int(max={LARGEST_ID}):account_id>/person", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def person(account_id: int) -> Response | tuple[str, int]:
    """Say whose record the account's own is."""
    listed = _found(account_id)
    form = LinkPersonForm(obj=listed.account)
    if request.method != "POST":
        form.person.data = listed.person.reference if listed.person else ""

    def change() -> str:
        whose = _person_with(form.person.data)
        actions.link_person(actor(), listed.account, whose.id if whose else None, seen_version=form.seen_version)
        return f"The account belongs to {whose.name}." if whose else "The account belongs to no person here."

    said = f"{listed.person.name} ({listed.person.reference})" if listed.person else ""
    return _save(form, listed, change) or _step("person", form, listed, now_says=[("Person", said)])


@managing.route(f"/accounts/<int(max={LARGEST_ID}):account_id>/email", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def email(account_id: int) -> Response | tuple[str, int]:
    """Change the e-mail that somebody signs in with, and where notices go."""
    listed = _found(account_id)
    form = EmailForm(obj=listed.account)

    def change() -> str:
        actions.change_email(
            actor(),
            listed.account,
            form.email.data or None,
            form.contact_address.data or None,
            seen_version=form.seen_version,
        )
        return "The e-mail is saved. The person's own page keeps the e-mail that stands there."

    said = [("E-mail", listed.account.email), ("Address for notices", listed.account.contact_address)]
    return _save(form, listed, change) or _step("email", form, listed, now_says=said)


@managing.route(f"/accounts/<int(max={LARGEST_ID}):account_id>/state", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def state(account_id: int) -> Response | tuple[str, int]:
    """Deactivate an account, or reactivate one."""
    listed = _found(account_id)
    form = StateForm(obj=listed.account)

    def change() -> str:
        verb = actions.deactivate if listed.account.active else actions.reactivate
        done = "Nobody can sign in to it any more." if listed.account.active else "They can sign in again."
        verb(actor(), listed.account, form.reason.data, seen_version=form.seen_version)
        return done

    said = [("Account", "active" if listed.account.active else "deactivated")]
    return _save(form, listed, change) or _step("state", form, listed, now_says=said)


@managing.post(f"/accounts/<int(max={LARGEST_ID}):account_id>/invite", endpoint="invite")
@requires(Permission.MANAGE_ACCOUNTS)
def invite_again(account_id: int) -> Response | tuple[str, int]:
    """Send an invitation; the one before it, if any, ends."""
    listed = _found(account_id)
    name = listed.person.name if listed.person else None

    def change() -> str:
        invite(actor(), listed.account, name)
        return (
            "An invitation leaves within a minute."
            if mail_is_on()
            else "An invitation waits until mail is switched on."
        )

    return _press(listed, change)


@managing.post(f"/accounts/<int(max={LARGEST_ID}):account_id>/sign-out", endpoint="sign_out")
@requires(Permission.MANAGE_ACCOUNTS)
def sign_out_everywhere(account_id: int) -> Response | tuple[str, int]:
    """End wherever somebody is signed in, for one, whose phone is lost."""
    listed = _found(account_id)

    def change() -> str:
        actions.sign_out_everywhere(actor(), listed.account)
        return "They are signed out everywhere."

    return _press(listed, change)


@managing.route(f"/accounts/<int(max={LARGEST_ID}):account_id>/code", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def code(account_id: int) -> Response | tuple[str, int]:
    """Make a code, and show the letter in which it is handed over: this once, because it is kept nowhere."""
    listed = _found(account_id)
    standing = standing_code_of(account_id)
    form = CodeLetterForm(standing=standing.id if standing else "")
    if form.validate_on_submit():
        prepared = prepare_code()
        try:
            with transaction():
                give_code(actor(), listed.account, prepared, seen=form.seen)
        except Refused as refused:
            form.refuse(refused)
            again = standing_code_of(account_id)
            form.standing.data = again.id if again else ""
        else:
            return render_template(
                "managing/letter.html",
                listed=_found(account_id),
                code=shown_code(prepared.code),
                address=absolute(url_for("accounts.code")),
                made_at=now(),
            ), 200
    return _step("code", form, listed, standing=standing)


@managing.post(f"/accounts/<int(max={LARGEST_ID}):account_id>/code/withdraw")
@requires(Permission.MANAGE_ACCOUNTS)
def withdraw(account_id: int) -> Response | tuple[str, int]:
    """Take a code away: the letter opens nothing any more."""
    listed = _found(account_id)

    def change() -> str:
        withdraw_code(actor(), listed.account)
        return "The code is withdrawn. The letter opens nothing any more."

    return _press(listed, change)


# --- what these share


def _wanted() -> AccountsWanted:
    role = asked_choice("role", [value.value for value in Role])
    wanted_state = asked_choice("state", [value for value, _ in STATES])
    return AccountsWanted(
        words=asked_words("q"),
        role=Role(role) if role else None,
        state=AccountState(wanted_state) if wanted_state else None,
        sort=asked_sort(ACCOUNT_SORTS, "name"),
    )


def _found(account_id: int) -> AccountListed:
    listed = account_listed(account_id)
    if listed is None:
        raise NotFound
    return listed


def _person_with(reference: str) -> Person | None:
    """Return the person with a reference that was typed, None where none was. Raises `Refused` for an unknown one."""
    if not reference:
        return None
    found = visible_person(visible_people(account()), reference)
    if found is None or found.erased_at is not None:
        raise Refused(f'Nobody has the reference "{reference}". Look it up in the list of people.', "person")
    return found


def _refuse_second_account(whose: Person | None) -> None:
    if whose is not None and whose.id in accounts_of_people([whose.id]):
        raise Refused(f"{whose.name} has an account already. Look for it in the list of accounts.", "person")


def _propose(form: OpenForm) -> None:
    """Fill in what is known of the person whom the address names."""
    whose = visible_person(visible_people(account()), asked_words("person"))
    form.roles.data = [Role.MEMBER.value] if whose else []
    form.invite.data = True
    if whose is not None:
        form.person.data, form.email.data = whose.reference, whose.email if whose.email_key else ""


def _roles_form(of: Account) -> RolesForm:
    return RolesForm(
        row_version=of.row_version,
        roles=sorted(of.roles),
        organisations=[str(each) for each in sorted(of.organisation_ids)],
    )


def _save(form: EditingForm, listed: AccountListed, change: Callable[[], str]) -> Response | None:
    """Do what a form asks inside a transaction and go back to the account; None where something has to be put right."""
    if not form.validate_on_submit():
        return None
    account_id = listed.account.id
    try:
        with transaction():
            said = change()
    except Refused as refused:
        form.refuse(refused)
        form.row_version.data = listed.account.row_version
        return None
    return _back(account_id, said)


def _press(listed: AccountListed, change: Callable[[], str]) -> Response | tuple[str, int]:
    """Do what a button without a form asks, and go back to the account."""
    form = PressedForm()
    account_id = listed.account.id
    if not form.validate():
        raise Refused(
            str(form.form_errors[0]) if form.form_errors else "This page was sent in a way that it cannot be."
        )
    with transaction():
        said = change()
    return _back(account_id, said)


def _back(account_id: int, said: str) -> Response:
    flash(said, "success")
    return redirect(url_for("managing.one", account_id=account_id))


def _step(template: str, form: EditingForm | CodeLetterForm, listed: AccountListed, **more: object) -> tuple[str, int]:
    page = render_template(f"managing/{template}.html", form=form, listed=listed, **more)
    return page, form.status
