"""Probable doubles: those whom coordinators added and whom the hub may have known already, settled by a manager."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.people.doubles import double_waiting, doubles_waiting, settle_as_two_people, shares_an_email
from training_app.people.models import ProbableDouble
from training_app.people.queries import engagements_of_people
from training_app.people.scope import everywhere
from training_app.web.access import actor, requires
from training_app.web.asking import LARGEST_ID
from training_app.web.people.blueprint import people
from training_app.web.people.forms import DoubleForm


@people.get("/people/doubles")
@requires(Permission.SETTLE_DOUBLES)
def list_doubles() -> str:
    """List the pairs that wait to be settled."""
    waiting = doubles_waiting()
    ids = {each for double in waiting for each in (double.person_id, double.known_id)}
    return render_template(
        "people/doubles.html", doubles=waiting, engagements=engagements_of_people(ids, places=everywhere())
    )


@people.route(f"/people/doubles/<int(max={LARGEST_ID}):double_id>", methods=["GET", "POST"])
@requires(Permission.SETTLE_DOUBLES)
def settle_double(double_id: int) -> Response | tuple[str, int]:
    """Show both of a pair side by side, and settle that they are two people."""
    double = double_waiting(double_id)
    if double is None:
        raise NotFound
    form = DoubleForm(obj=double)
    shared = shares_an_email(double)
    form.email.choices = [
        ("known", f"{double.known.name} ({double.known.reference}), as before"),
        ("new", f"{double.person.name} ({double.person.reference}); it is taken from the other"),
    ]
    if not shared:
        form.without("email")
    if form.validate_on_submit():
        try:
            with transaction():
                settle_as_two_people(
                    actor(),
                    double,
                    email_to_the_new_one=shared and form.email.data == "new",
                    seen_version=form.seen_version,
                )
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = double.row_version
        else:
            flash(f"{double.person.name} and {double.known.name} stay two people.", "success")
            return redirect(url_for("people.list_doubles"))
    return _page(form, double)


def _page(form: DoubleForm, double: ProbableDouble) -> tuple[str, int]:
    pair = [double.person_id, double.known_id]
    return render_template(
        "people/double.html",
        form=form,
        double=double,
        engagements=engagements_of_people(pair, places=everywhere()),
    ), form.status
