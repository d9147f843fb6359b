"""One's own certificates, those of others for the manager, and confirming one to whoever has its number."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import Response as File
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.certificates.actions import confirm_again, confirm_to_nobody, issue_certificate
from training_app.certificates.printing import hours_in_words
from training_app.certificates.queries import certificates_of, confirmed, printed_earlier, silence_of
from training_app.certificates.rules import shown_number
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.people.models import Person
from training_app.people.queries import person_by_id
from training_app.people.scope import everywhere, visible_organisations, visible_people
from training_app.records.models import Completion, Evidence
from training_app.records.queries import completion_seen, completions_of
from training_app.web.access import account, actor, public, requires
from training_app.web.asking import LARGEST_ID
from training_app.web.certificates.files import certificate_file, hub_confirms, passport_of
from training_app.web.limits import count_confirmation
from training_app.web.people.blueprint import found_person
from training_app.web.people.views import person as person_page

certificates = Blueprint("certificates", __name__)

_ID = f"<int(max={LARGEST_ID}):verified_id>"
LONGEST_NUMBER_TYPED = 100


# --- one's own


@certificates.get("/my/record.pdf")
@requires(Permission.SEE_OWN_RECORD)
def my_passport() -> File:
    """Return the visitor's own record as a training passport."""
    return passport_of(_me(), "training-passport", places=everywhere())


@certificates.get("/my/certificates")
@requires(Permission.SEE_OWN_RECORD)
def mine() -> str:
    """List what the visitor can have a certificate of."""
    try:
        me = _me()
    except NotFound:
        return render_template("my/no_person.html")
    entries = [each for each in completions_of(me.id, places=everywhere()) if each.evidence == Evidence.VERIFIED]
    return render_template(
        "certificates/mine.html",
        entries=entries,
        made=certificates_of([each.id for each in entries]),
        earlier=printed_earlier(me.id) if hub_confirms() else {},
        silence=silence_of(me.id),
        shown_number=shown_number,
        hub_confirms=hub_confirms(),
    )


@certificates.post(f"/my/record/{_ID}/certificate")
@requires(Permission.SEE_OWN_RECORD)
def make_mine(verified_id: int) -> Response:
    """Make the certificate of the visitor's own completion, unless there is one, and send it."""
    entry = _mine(verified_id)
    return _made(entry, url_for(".my_certificate", verified_id=verified_id), url_for(".mine"))


@certificates.get(f"/my/record/{_ID}/certificate.pdf")
@requires(Permission.SEE_OWN_RECORD)
def my_certificate(verified_id: int) -> File:
    """Return a certificate of the visitor's."""
    return certificate_file(_mine(verified_id))


@certificates.post("/my/certificates/confirming")
@requires(Permission.SEE_OWN_RECORD)
def choose_confirming() -> Response:
    """Have the visitor's certificates confirmed to nobody, or again to whoever has their number."""
    me = _me()
    choice = request.form.get("confirm")
    if choice not in ("yes", "no"):
        raise Refused("Choose whether your certificates are confirmed to others.")
    confirm = choice == "yes"
    with transaction():
        (confirm_again if confirm else confirm_to_nobody)(actor(), me.id)
    flash(
        "Your certificates are confirmed to whoever has their number."
        if confirm
        else "Your certificates are confirmed to nobody from now on. Whoever asks is told that no such number is known.",
        "success",
    )
    return redirect(url_for(".mine"))


# --- those of others


@certificates.get("/people/<reference>.pdf")
@requires(Permission.SEE_PEOPLE)
def passport(reference: str) -> File | tuple[str, int]:
    """Return somebody's training passport, within what the visitor is told of them."""
    try:
        # A reference may end so, and then its page is at this address.
        return person_page(f"{reference}.pdf")
    except NotFound:
        who = found_person(reference)
    return passport_of(who, f"training-passport-{who.reference}", places=visible_organisations(account()))


@certificates.post(f"/records/{_ID}/certificate")
@requires(Permission.HAND_OUT_DATA)
def make(verified_id: int) -> Response:
    """Make the certificate of somebody's completion, unless there is one, and send it."""
    entry = _seen(verified_id)
    back = url_for("records.entry", completion_id=verified_id)
    return _made(entry, url_for(".certificate", verified_id=verified_id), back)


@certificates.get(f"/records/{_ID}/certificate.pdf")
@requires(Permission.HAND_OUT_DATA)
def certificate(verified_id: int) -> File:
    """Return somebody's certificate."""
    return certificate_file(_seen(verified_id))


# --- to a third person


@certificates.get("/verify")
@public
def ask() -> str | Response:
    """Ask for the number of a certificate, and go to where it is confirmed."""
    typed = request.args.get("number", "")[:LONGEST_NUMBER_TYPED]
    number = "".join(letter for letter in typed if letter.isascii() and letter.isalnum())
    return redirect(url_for(".confirm", number=number)) if number else render_template("certificates/ask.html")


@certificates.get("/verify/<number>")
@public
def confirm(number: str) -> tuple[str, int, dict[str, str]]:
    """Confirm a certificate: what it says, and nothing else."""
    count_confirmation()
    found = confirmed(number)
    hidden = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
    if found is None or not hub_confirms():
        return render_template("certificates/unknown.html"), 404, hidden
    if found.said is None:
        return render_template("certificates/no_longer.html", number=shown_number(found.number)), 200, hidden
    page = render_template(
        "certificates/confirmed.html",
        said=found.said,
        number=shown_number(found.number),
        hours=hours_in_words(found.said),
    )
    return page, 200, hidden


def _made(entry: Completion, onward: str, back: str) -> Response:
    try:
        with transaction():
            issue_certificate(actor(), entry)
    except Refused as refused:
        flash(refused.sentence, "important")
        return redirect(back)
    return redirect(onward)


def _me() -> Person:
    person_id = account().person_id
    me = person_by_id(visible_people(account()), person_id) if person_id is not None else None
    if me is None:
        raise NotFound
    return me


def _mine(verified_id: int) -> Completion:
    entry = completion_seen(visible_people(account()), verified_id, places=everywhere())
    if entry is None or entry.person_id != account().person_id:
        raise NotFound
    return entry


def _seen(verified_id: int) -> Completion:
    entry = completion_seen(visible_people(account()), verified_id, places=visible_organisations(account()))
    if entry is None:
        raise NotFound
    return entry
