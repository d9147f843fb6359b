"""Rules about groups: the list, making one after seeing what it would ask of whom, ending it and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response as File
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.assignments.actions import end_rule, steps_of, switch_on_rule, void_rule
from training_app.assignments.models import AssignmentRule
from training_app.assignments.queries import all_rules, known_facts, person_facts
from training_app.assignments.rules import Known, ModuleFact, RuleFact, StepFact, digest_of, duties
from training_app.audit.queries import EventsWanted
from training_app.catalogue.models import Module, Pathway
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import ChangedMeanwhile, Refused
from training_app.files import Column, Table
from training_app.people.queries import PeopleWanted, Presence, all_groups, people_chosen
from training_app.people.scope import visible_organisations, visible_people
from training_app.strategy.models import WorkforceGroup
from training_app.web.access import account, actor, requires
from training_app.web.asking import LARGEST_ID, asked_words
from training_app.web.assignments.blueprint import assignments, chosen, found_rule, title_of, what_to_choose
from training_app.web.assignments.forms import EndRuleForm, RuleForm
from training_app.web.downloads import download, each_format
from training_app.web.forms import ReasonForm
from training_app.web.telling import history_of

_CHANGED = (
    "Something changed since you looked, so nothing was saved. Look again at what the rule would ask, and of how many."
)
_ONE = f"/assignments/rules/<int(max={LARGEST_ID}):rule_id>"


@dataclass(frozen=True)
class RuleEffect:
    """What a rule would do: its steps, each with its module; and on its first day, or today where that is past, of how many of
    the group it asks anything, how many hold all of it already, and how many it passes over because they joined before."""

    day: date
    steps: Sequence[tuple[ModuleFact, StepFact]]
    people: int
    asked: int
    hold_all: int
    passed_over: int


@assignments.get("/assignments/rules")
@requires(Permission.ASSIGN)
def list_rules() -> str:
    """List the rules, those that ended included."""
    return render_template("assignments/rules.html", rules=all_rules(), title_of=_title, today=today())


@each_format(assignments, "/assignments/rules")
@requires(Permission.ASSIGN)
def rules_file() -> File:
    """Return the same rules as a file."""
    names = ("group", "what", "due_days", "from_on", "until_on", "those_present_too")
    rows = [
        [
            each.group.code,
            each.module.code if each.module else each.pathway.code if each.pathway else None,
            each.due_days,
            each.from_on,
            each.until_on,
            "yes" if each.includes_present else "no",
        ]
        for each in all_rules()
    ]
    return download(Table([Column(name) for name in names], rows), "assignment-rules")


@assignments.route("/assignments/rules/new", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def new_rule() -> Response | tuple[str, int]:
    """Switch a rule on, once it was shown of how many people it would ask something."""
    form = RuleForm()
    groups = {group.code: group for group in all_groups()}
    form.group.choices = [("", "Choose a group"), *((code, group.name) for code, group in groups.items())]
    form.what.choices = [("", "Choose a module or a pathway"), *what_to_choose()]
    if not form.is_submitted():
        form.group.data = asked_words("group")
    elif form.validate() and "again" not in request.form:
        what, group = chosen(form.what.data), groups[form.group.data]
        if isinstance(what, Module) and form.due_days.number is None:
            form.due_days.errors = ["Enter within how many days of joining it is to be done"]
        elif form.confirmed is None:
            return _preview(form, what, group)
        else:
            try:
                with transaction():
                    rule = switch_on_rule(
                        actor(),
                        group.id,
                        what,
                        from_on=form.from_on.data,
                        due_days=form.due_days.number,
                        includes_present=bool(form.includes_present.data),
                    )
                    rule_id = rule.id
                    if _digest(_would_do(form, what, group)) != form.confirmed:
                        raise ChangedMeanwhile(_CHANGED)
            except ChangedMeanwhile as changed:
                form.refuse(changed)
                return _preview(form, what, group)
            except Refused as refused:
                form.refuse(refused)
            else:
                flash("The rule is switched on.", "success")
                return redirect(url_for("assignments.rule", rule_id=rule_id))
    return render_template("assignments/rule_new.html", form=form), form.status


@assignments.get(_ONE, endpoint="rule")
@requires(Permission.ASSIGN)
def one_rule(rule_id: int) -> str:
    """Show a rule, what it asks by when, and what became of it."""
    rule = found_rule(rule_id)
    return render_template(
        "assignments/rule.html",
        rule=rule,
        title=_title(rule),
        today=today(),
        history=history_of(EventsWanted(objects=[("assignment_rule", rule.id)]), with_about=False),
    )


@assignments.route(f"{_ONE}/end", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def end(rule_id: int) -> Response | tuple[str, int]:
    """Say until when a rule asks."""
    rule = found_rule(rule_id)
    form = EndRuleForm(row_version=rule.row_version)
    if form.validate_on_submit():
        try:
            with transaction():
                end_rule(actor(), rule, form.until_on.data, form.seen_version)
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = rule.row_version
        else:
            flash("Saved. After that day the rule asks nothing any more.", "success")
            return redirect(url_for("assignments.rule", rule_id=rule_id))
    return render_template("assignments/rule_end.html", form=form, rule=rule, title=_title(rule)), form.status


@assignments.route(f"{_ONE}/take-back", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def take_rule_back(rule_id: int) -> Response | tuple[str, int]:
    """Take back a rule that was switched on by mistake."""
    rule = found_rule(rule_id)
    form = ReasonForm(row_version=rule.row_version)
    if form.validate_on_submit():
        try:
            with transaction():
                void_rule(actor(), rule, form.reason.data, form.seen_version)
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = rule.row_version
        else:
            flash("Taken back. It asks nothing of anybody, on no day.", "success")
            return redirect(url_for("assignments.list_rules"))
    return render_template("assignments/rule_take_back.html", form=form, rule=rule, title=_title(rule)), form.status


def _title(rule: AssignmentRule) -> str:
    return title_of(rule.module or rule.pathway)  # type: ignore[arg-type]


def _preview(form: RuleForm, what: Module | Pathway, group: WorkforceGroup) -> tuple[str, int]:
    would = _would_do(form, what, group)
    form.shows(_digest(would))
    return render_template(
        "assignments/rule_preview.html",
        form=form,
        group=group,
        title=title_of(what),
        would=would,
    ), form.status


def _would_do(form: RuleForm, what: Module | Pathway, group: WorkforceGroup) -> RuleEffect:
    known, day = known_facts(), max(form.from_on.data, today())
    steps = [StepFact(what.id, form.due_days.number or 0)] if isinstance(what, Module) else steps_of(what)
    rule = RuleFact(0, group.id, steps, form.from_on.data, None, bool(form.includes_present.data))
    wanted = PeopleWanted(on=day, group=group.code, presence=Presence.CURRENT)
    there = people_chosen(visible_people(account()), wanted, places=visible_organisations(account()))
    alone = Known(known.modules, [rule], ())
    found = [duties(facts, alone, day) for facts in person_facts(there).values()]
    asked = sum(any(duty.is_open for duty in own) for own in found)
    passed_over = sum(not own for own in found)
    hold_all = len(found) - asked - passed_over
    return RuleEffect(
        day, [(known.modules[step.module_id], step) for step in steps], len(found), asked, hold_all, passed_over
    )


def _digest(would: RuleEffect) -> str:
    """Return what stands for all that the preview of a rule tells."""
    steps = [(module.id, step.due_days, step.optional) for module, step in would.steps]
    return digest_of([would.day, steps, would.people, would.asked, would.hold_all, would.passed_over])
