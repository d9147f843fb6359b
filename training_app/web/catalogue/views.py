"""The catalogue: its list, a module's page, and what the manager does with a module."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import Response as File
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.audit.queries import EventsWanted
from training_app.catalogue.actions import add_module, differs, edit_module, reinstate_module, retire_module
from training_app.catalogue.models import Module, ModuleVersionSkill
from training_app.catalogue.queries import (
    MODULE_SORTS,
    ModulesWanted,
    all_formats,
    all_modules,
    built_on,
    e_learning_without_link,
    module_by_code,
    modules_wanted,
)
from training_app.catalogue.rules import refresher_in_words
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.files import Column, Table
from training_app.people.rules import in_words
from training_app.people.scope import visible_organisations, visible_people
from training_app.records.queries import (
    CompletionsWanted,
    completions_by_version,
    completions_page,
    completions_wanted,
    details_told,
    those_told_in_full,
)
from training_app.skills.levels import Level
from training_app.skills.queries import all_skills
from training_app.strategy.queries import all_groups, all_priorities
from training_app.web.access import account, actor, may, requires
from training_app.web.asking import asked_number, asked_page, asked_sort, asked_words
from training_app.web.catalogue.effects import (
    Difference,
    Loss,
    differences,
    digest_of_losses,
    kept_in_words,
    lost_by_editing,
    lost_by_retiring,
)
from training_app.web.catalogue.forms import ModuleForm, RetireForm, digest_of, module_form
from training_app.web.downloads import download, each_format
from training_app.web.telling import history_of

catalogue = Blueprint("catalogue", __name__)

_RETIRED, _WITHOUT_LINK = "retired", "no-link"
SHOWN = ((_RETIRED, "Retired modules"), (_WITHOUT_LINK, "E-learning without a link"))


@catalogue.get("/catalogue")
@requires(Permission.SEE_CATALOGUE)
def list_modules() -> str:
    """List the modules on offer, as asked for in the address."""
    wanted = _wanted()
    skills = all_skills()
    return render_template(
        "catalogue/list.html",
        modules=modules_wanted(wanted),
        wanted=wanted,
        shown=_shown() if _may_change() else None,
        shown_choices=SHOWN,
        without_link=e_learning_without_link(today()) if _may_change() else 0,
        skills=[(skill.code, skill.name) for skill in skills],
        order={skill.id: place for place, skill in enumerate(skills)},
        priorities=[(priority.number, f"{priority.number}. {priority.title}") for priority in all_priorities()],
        formats=[(each.code, each.name) for each in all_formats()],
        groups=[(group.code, group.name) for group in all_groups()],
        Level=Level,
    )


@each_format(catalogue, "/catalogue")
@requires(Permission.SEE_CATALOGUE)
def modules_file() -> File:
    """Return the same modules as a file."""
    names = ("code", "title", "format", "hours", "refresh_months", "skills", "groups", "access_link", "retired_on")
    rows = [
        [
            *(module.code, module.current.title, module.current.learned.code, module.current.hours),
            module.current.refresh_months,
            "; ".join(f"{given.skill.code}: {Level(given.level).code}" for given in _in_order(module)),
            "; ".join(group.code for group in module.groups),
            *(module.access_link, module.retired_on),
        ]
        for module in modules_wanted(_wanted())
    ]
    return download(Table([Column(name) for name in names], rows), "catalogue")


@catalogue.route("/catalogue/new", methods=["GET", "POST"])
@requires(Permission.CHANGE_CATALOGUE)
def new_module() -> Response | tuple[str, int]:
    """Add a module."""
    form = _offer_choices(module_form(all_skills()))
    if form.validate_on_submit():
        try:
            with transaction():
                module = add_module(actor(), form.code.data or "", form.content(), form.about())
                code, title = module.code, module.current.title
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(f"{code} {title} is in the catalogue.", "success")
            return redirect(url_for("catalogue.module", code=code))
    return render_template("catalogue/new.html", form=form), form.status


@catalogue.get("/catalogue/<code>")
@requires(Permission.SEE_CATALOGUE)
def module(code: str) -> str:
    """Show what a module gives and how to do it; for managers also who has done it."""
    found = _found(code)
    return render_template(
        "catalogue/module.html",
        module=found,
        version=found.current,
        gives=_in_order(found),
        before=[each for each in reversed(found.versions) if each.superseded_at is not None],
        built_on=built_on(found.id),
        refresher_in_words=refresher_in_words,
        is_retired=_is_retired(found),
        today=today(),
        done=completions_page(
            visible_people(account()),
            CompletionsWanted(module_id=found.id),
            asked_page(),
            places=visible_organisations(account()),
        )
        if may(Permission.SEE_PEOPLE)
        else None,
        Level=Level,
        history=history_of(EventsWanted(objects=[("module", found.id)]), with_about=False),
    )


@each_format(catalogue, "/catalogue/<code>")
@requires(Permission.SEE_PEOPLE)
def module_file(code: str) -> File:
    """Return who has done a module as a file."""
    found = _found(code)
    places = visible_organisations(account())
    entries = completions_wanted(visible_people(account()), CompletionsWanted(module_id=found.id), places=places)
    in_full = those_told_in_full(entries, places=places)
    names = ("person", "name", "module", "completed_on", "evidence", "valid_until", "hours", "provider", "note")
    rows = [
        [
            *(each.person.reference, each.person.name, found.code, each.completed_on, each.evidence),
            *(each.valid_until, *details_told(each, in_full)),
        ]
        for each in entries
    ]
    return download(Table([Column(name) for name in names], rows), found.code)


@catalogue.route("/catalogue/<code>/edit", methods=["GET", "POST"])
@requires(Permission.CHANGE_CATALOGUE)
def edit(code: str) -> Response | tuple[str, int]:
    """Change a module; what the change does to records is said before it is saved."""
    found = _found(code)
    skills = all_skills()
    form = _offer_choices(module_form(skills), besides=found)
    del form.code
    if not form.is_submitted():
        form.fill_from(found)
    completions = sum(completions_by_version(found.id).values())
    changes: list[Difference] = []
    losses: list[Loss] = []
    if form.validate_on_submit():
        content, about = form.content(), form.about()
        losses = lost_by_editing(found, content.gives, about.group_ids, today()) if content.gives else []
        shown = digest_of(content) + digest_of_losses(losses)
        is_to_be_shown = content.gives and (differs(found.current, content) or losses)
        if is_to_be_shown and form.confirmed.data != shown:
            form.confirmed.data = shown
            changes = differences(found.current, content, all_formats(), skills)
        else:
            number = found.current.number
            try:
                with transaction():
                    edit_module(actor(), found, content, about, form.seen_version)
                    is_new_version = found.current.number > number
            except Refused as refused:
                form.refuse(refused)
                form.row_version.data = str(found.row_version)
            else:
                kept = kept_in_words(completions) if is_new_version else "Nobody's record changes."
                flash(f"{found.code} {found.current.title} is saved. {kept}", "success")
                return redirect(url_for("catalogue.module", code=found.code))
    page = render_template(
        "catalogue/edit.html",
        form=form,
        module=found,
        kept=kept_in_words(completions),
        changes=changes,
        losses=losses,
    )
    return page, form.status


@catalogue.route("/catalogue/<code>/retire", methods=["GET", "POST"])
@requires(Permission.CHANGE_CATALOGUE)
def retire(code: str) -> Response | tuple[str, int]:
    """Offer a module no longer, having seen what groups need and could then no longer reach."""
    found = _found(code)
    form = RetireForm(row_version=found.row_version)
    is_right = form.validate_on_submit()
    losses = lost_by_retiring(found, form.retired_on.data or today(), today())
    shown = digest_of_losses(losses)
    if is_right and (form.confirmed.data or "") == shown:
        try:
            with transaction():
                retire_module(actor(), found, form.retired_on.data, form.seen_version)
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = found.row_version
        else:
            flash(
                f"{found.code} {found.current.title} is not offered from {in_words(form.retired_on.data)}. "
                "Whoever completed it keeps what it gave.",
                "success",
            )
            return redirect(url_for("catalogue.module", code=found.code))
    form.confirmed.data = shown
    completions = sum(completions_by_version(found.id).values())
    page = render_template("catalogue/retire.html", form=form, module=found, completions=completions, losses=losses)
    return page, form.status


@catalogue.post("/catalogue/<code>/bring-back")
@requires(Permission.CHANGE_CATALOGUE)
def bring_back(code: str) -> Response:
    """Offer a retired module again."""
    found = _found(code)
    with transaction():
        reinstate_module(actor(), found)
    flash(f"{found.code} {found.current.title} is offered again.", "success")
    return redirect(url_for("catalogue.module", code=found.code))


def _found(code: str) -> Module:
    module = module_by_code(code)
    if module is None:
        raise NotFound
    return module


def _may_change() -> bool:
    return may(Permission.CHANGE_CATALOGUE)


def _shown() -> str:
    asked = asked_words("show")
    return asked if asked in (_RETIRED, _WITHOUT_LINK) else ""


def _wanted() -> ModulesWanted:
    shown = _shown() if _may_change() else ""
    return ModulesWanted(
        on=today(),
        words=asked_words("q"),
        skill=asked_words("skill"),
        priority=asked_number("priority"),
        format=asked_words("format"),
        group=asked_words("group"),
        retired=shown == _RETIRED,
        without_link=shown == _WITHOUT_LINK,
        sort=asked_sort(MODULE_SORTS, "code"),
    )


def _is_retired(module: Module) -> bool:
    return module.retired_on is not None and module.retired_on <= today()


def _in_order(module: Module) -> list[ModuleVersionSkill]:
    """Return what a module gives now, in the framework's order."""
    return sorted(module.current.gives, key=lambda given: given.skill.position)


def _offer_choices(form: ModuleForm, besides: Module | None = None) -> ModuleForm:
    form.format.choices = [("", "Choose"), *((str(each.id), each.name) for each in all_formats())]
    form.groups.choices = [(str(group.id), group.name) for group in all_groups()]
    form.priorities.choices = [(str(each.id), f"{each.number}. {each.title}") for each in all_priorities()]
    form.prerequisites.choices = [
        (str(module_id), f"{code} {title}")
        for module_id, code, title, _ in all_modules()
        if besides is None or module_id != besides.id
    ]
    return form
