"""The blueprint of assigning, and how its pages find what an address names."""

from __future__ import annotations

from flask import Blueprint

from training_app.assignments.models import Allowance, AssignmentBatch, AssignmentRule
from training_app.assignments.queries import all_pathways, allowance_by_id, batch_by_id, rule_by_id
from training_app.catalogue.models import Module, Pathway
from training_app.catalogue.queries import module_by_id, modules_on_offer
from training_app.clock import today
from training_app.errors import NotFound

assignments = Blueprint("assignments", __name__)


def found_batch(batch_id: int) -> AssignmentBatch:
    """Return the batch with this id. Raises `NotFound`."""
    batch = batch_by_id(batch_id)
    if batch is None:
        raise NotFound
    return batch


def found_allowance(allowance_id: int) -> Allowance:
    """Return the allowance with this id. Raises `NotFound`."""
    allowance = allowance_by_id(allowance_id)
    if allowance is None:
        raise NotFound
    return allowance


def found_rule(rule_id: int) -> AssignmentRule:
    """Return the rule with this id. Raises `NotFound`."""
    rule = rule_by_id(rule_id)
    if rule is None:
        raise NotFound
    return rule


def what_to_choose() -> list[tuple[str, str]]:
    """Return what can be asked: pathways in their order, then the modules on offer by code."""
    pathways = [(f"pathway-{each.id}", each.title) for each in all_pathways()]
    modules = [(f"module-{number}", f"{code} {title}") for number, code, title in modules_on_offer(today())]
    return [*pathways, *modules]


def chosen(value: str) -> Module | Pathway:
    """Return what one of `what_to_choose` stands for. Raises `NotFound` where it is gone."""
    kind, _, number = value.partition("-")
    found: Module | Pathway | None
    if kind == "pathway":
        found = next((each for each in all_pathways() if str(each.id) == number), None)
    else:
        found = module_by_id(int(number))
    if found is None:
        raise NotFound
    return found


def title_of(what: Module | Pathway) -> str:
    """Return what a module or a pathway is called."""
    return f"{what.code} {what.current.title}" if isinstance(what, Module) else what.title
