"""What the hub sees of pairs and teams: that there are some, how they stand, and what a team shares; and setting up a pair."""

from __future__ import annotations

from flask import Response as File
from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.database import transaction
from training_app.delivery.matching import Match, matched
from training_app.errors import NotFound, Refused
from training_app.files import Column, Table
from training_app.people.scope import People, Places, visible_organisations, visible_people
from training_app.practice.actions import set_up_pair
from training_app.practice.models import Kind, PracticeMember
from training_app.practice.queries import STATES, Wanted, members_page, members_wanted, shared_finding
from training_app.web.access import account, requires
from training_app.web.access import actor as acting
from training_app.web.asking import LARGEST_ID, asked_choice, asked_page
from training_app.web.downloads import download, each_format
from training_app.web.practice.blueprint import practice
from training_app.web.practice.forms import SetUpPairForm
from training_app.web.practice.own import module_id_of, offer_modules
from training_app.web.sessions.forms import lines_of

KINDS_IN_WORDS = {Kind.PAIR.value: "Peer observation", Kind.RESEARCH.value: "Action research"}
STATES_IN_WORDS = {"under-way": "Under way", "finished": "Finished", "left": "Left"}


@practice.get("/practice")
@requires(Permission.SEE_PEOPLE)
def list_practice() -> str:
    """List who takes part in a pair or a team, of those whom the visitor sees. With whom, and what they write, is not told."""
    wanted = _wanted()
    return render_template(
        "practice/list.html",
        page=members_page(*_seen(), wanted, asked_page()),
        wanted=wanted,
        states=list(STATES_IN_WORDS.items()),
        kinds=KINDS_IN_WORDS,
        state_of=_state_of,
    )


@each_format(practice, "/practice")
@requires(Permission.SEE_PEOPLE)
def practice_file() -> File:
    """Return the same list as a file."""
    names = ("reference", "name", "what", "module", "title", "joined", "state", "finished_on")
    rows = [
        [
            *(each.person.reference, each.person.name, KINDS_IN_WORDS[each.practice.kind]),
            *(each.practice.module.code, each.practice.module.current.title, each.joined_at.date()),
            *(STATES_IN_WORDS[_state_of(each)], each.practice.finished_on if each.left_at is None else None),
        ]
        for each in members_wanted(*_seen(), _wanted())
    ]
    return download(Table([Column(name) for name in names], rows), "learning-together")


@practice.get(f"/practice/<int(max={LARGEST_ID}):finding_id>")
@requires(Permission.SEE_PEOPLE)
def finding(finding_id: int) -> str:
    """Show the question and the finding that a team shares with the hub; not who wrote them."""
    found = shared_finding(*_seen(), finding_id)
    if found is None:
        raise NotFound
    return render_template("practice/shared.html", practice=found)


@practice.route("/practice/pair", methods=["GET", "POST"])
@requires(Permission.RECORD_COMPLETIONS)
def set_up() -> Response | tuple[str, int]:
    """Invite two people whom the visitor sees to observe each other."""
    form = SetUpPairForm()
    offer_modules(form.module, Kind.PAIR, submitted=form.is_submitted())
    if form.validate_on_submit():
        named = matched(lines_of(form.names.data), visible_people(account()), visible_organisations(account()))
        unsure = [each for each in named if each.person is None]
        if unsure:
            form.names.errors = [_not_one(each) for each in unsure[:5]]
        else:
            try:
                with transaction():
                    ids = [each.person.id for each in named if each.person is not None]
                    set_up_pair(acting(), ids, module_id_of(form.module.data, Kind.PAIR))
            except Refused as refused:
                form.refuse(refused)
            else:
                flash("Both are invited. The pair begins once each of them has said yes.", "success")
                return redirect(url_for("practice.list_practice"))
    return render_template("practice/set_up.html", form=form), form.status


def _not_one(each: Match) -> str:
    alike = ": " + "; ".join(f"{one.name}, {one.reference}" for one in each.alike) if each.alike else ""
    return f"“{each.typed[:80]}” is not one person in your list{alike}"


def _state_of(member: PracticeMember) -> str:
    if member.left_at is not None or member.practice.ended_at is not None:
        return "left"
    return "finished" if member.practice.finished_at is not None else "under-way"


def _seen() -> tuple[People, Places]:
    return visible_people(account()), visible_organisations(account())


def _wanted() -> Wanted:
    return Wanted(asked_choice("state", STATES))
