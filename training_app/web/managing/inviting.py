"""Inviting everybody whom a filtered list of people shows."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from training_app.accounts.actions import open_account
from training_app.accounts.links import invite
from training_app.accounts.models import Role
from training_app.accounts.policy import Permission
from training_app.database import transaction
from training_app.errors import Refused
from training_app.mail.queries import mail_is_on
from training_app.people.account_holders import whom_to_invite
from training_app.people.scope import visible_organisations, visible_people
from training_app.web.access import account, actor, requires
from training_app.web.asking import asked_day
from training_app.web.formatting import count
from training_app.web.managing.forms import InviteForm
from training_app.web.managing.views import managing
from training_app.web.people.views import people_wanted

# More than one list that somebody looks through; larger hubs filter by group or organisation.
MOST_AT_ONCE = 500


@managing.route("/accounts/invite", methods=["GET", "POST"], endpoint="invite_several")
@requires(Permission.MANAGE_ACCOUNTS)
def invite_several() -> Response | tuple[str, int]:
    """Show whom of a filtered list an invitation can reach, and who is left out and why; then open their accounts and
    invite them."""
    as_at = asked_day()
    if as_at.error:
        raise Refused(as_at.error)
    found = whom_to_invite(visible_people(account()), people_wanted(as_at), places=visible_organisations(account()))
    can = [each.person for each in found if each.because is None][:MOST_AT_ONCE]
    form = InviteForm(person=[each.reference for each in can])
    form.person.choices = [(each.reference, each.name) for each in can]
    if form.is_submitted() and not form.person.data:
        form.form_errors.append("Tick at least one person.")
    elif form.validate_on_submit():
        ticked = set(form.person.data)
        chosen = [(each.id, each.email, each.name) for each in can if each.reference in ticked]
        try:
            with transaction():
                for person_id, email, name in chosen:
                    opened = open_account(actor(), email, [Role.MEMBER], person_id=person_id)
                    invite(actor(), opened, name)
        except Refused as refused:
            form.refuse(refused)
        else:
            waits = "" if mail_is_on() else " They wait until mail is switched on."
            flash(f"{count(len(chosen), 'invitation is', 'invitations are')} on the way.{waits}", "success")
            return redirect(url_for("managing.list_accounts", state="never"))
    elif form.person.errors:
        form.person.errors = []
        form.form_errors.append("The list has changed since you saw it. Look below who is left out now, and why.")
    return render_template(
        "managing/invite.html",
        form=form,
        can=can,
        ticked=set(form.person.data or []),
        left_out=[each for each in found if each.because is not None],
        more=sum(each.because is None for each in found) - len(can),
        mail_is_on=mail_is_on(),
        back=_the_list(),
    ), form.status


def _the_list() -> str:
    """Return where the filtered list of people is that the visitor comes from."""
    query = request.query_string.decode(errors="replace")
    return url_for("people.list_people") + (f"?{query}" if query else "")
