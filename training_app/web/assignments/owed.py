"""Who is still to do what by when."""

from __future__ import annotations

from flask import Response as File
from flask import render_template, url_for

from training_app.accounts.policy import Permission
from training_app.assignments.queries import OWED_SORTS, OwedWanted, who_owes
from training_app.assignments.rules import Status
from training_app.catalogue.queries import all_modules
from training_app.clock import today
from training_app.files import Column, Table
from training_app.people.queries import PAGE_SIZE, Page, all_groups, all_organisations
from training_app.people.scope import visible_organisations, visible_people
from training_app.web.access import account, requires
from training_app.web.asking import asked_choice, asked_number, asked_page, asked_sort, asked_words
from training_app.web.assignments.blueprint import assignments
from training_app.web.assignments.showing import STATUSES, status_words
from training_app.web.downloads import download, each_format

# Of one person's duties a list shows so many; their page has all.
SHOWN = 4


@assignments.get("/assignments")
@requires(Permission.SEE_ASSIGNMENTS)
def list_owed() -> str:
    """List who is still to do what, those first whose day comes first."""
    wanted, places = _wanted(), visible_organisations(account())
    rows = who_owes(visible_people(account()), wanted, places=places)
    number = min(asked_page(), max(1, -(-len(rows) // PAGE_SIZE)))
    on_page = rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return render_template(
        "assignments/owed.html",
        page=Page(on_page, number, len(rows)),
        wanted=wanted,
        statuses=STATUSES,
        groups=[(group.code, group.name) for group in all_groups()],
        organisations=all_organisations(places),
        modules=[(number, f"{code} {title}") for number, code, title, _ in all_modules()],
        status_words=status_words,
        shown=SHOWN,
        first_rule=url_for("assignments.new_rule"),
    )


@each_format(assignments, "/assignments")
@requires(Permission.SEE_ASSIGNMENTS)
def owed_file() -> File:
    """Return the same as a file: a row for each module of each person."""
    names = ("reference", "name", "module", "title", "due_on", "status", "optional")
    rows = [
        [
            each.person.reference,
            each.person.name,
            duty.module.code,
            duty.module.title,
            duty.due_on,
            duty.status.value,
            "yes" if duty.optional else "no",
        ]
        for each in who_owes(visible_people(account()), _wanted(), places=visible_organisations(account()))
        for duty in each.duties
    ]
    return download(Table([Column(name) for name in names], rows), "asked-of-people")


def _wanted() -> OwedWanted:
    status = asked_choice("status", [value for value, _ in STATUSES])
    return OwedWanted(
        on=today(),
        words=asked_words("q"),
        group=asked_words("group"),
        organisation_id=asked_number("organisation"),
        module_id=asked_number("module"),
        status=Status(status) if status else None,
        sort=asked_sort(OWED_SORTS, "day"),
    )
