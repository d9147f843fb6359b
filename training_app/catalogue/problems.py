"""Where the catalogue contradicts itself; a sentence for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select

from training_app.catalogue.models import Module, ModulePrerequisite, ModuleVersion, ModuleVersionSkill
from training_app.catalogue.rules import circle, code_problem
from training_app.database import db


def problems() -> Iterator[str]:
    """Yield a sentence for everything that contradicts itself in the catalogue."""
    codes = dict(db.session.execute(select(Module.id, Module.code).order_by(Module.code)).all())
    yield from _codes(codes)
    yield from _versions(codes)
    yield from _prerequisites(codes)


def _codes(codes: dict[int, str]) -> Iterator[str]:
    known: dict[str, str] = {}
    for code in codes.values():
        wrong = code_problem(code)
        if wrong:
            yield f"module {code}: the code {wrong}."
        if code.casefold() in known:
            yield f"module {code}: is the same code as {known[code.casefold()]}."
        known[code.casefold()] = code


def _versions(codes: dict[int, str]) -> Iterator[str]:
    giving = set(db.session.scalars(select(ModuleVersionSkill.version_id)))
    of_module: dict[int, list[ModuleVersion]] = defaultdict(list)
    for version in db.session.scalars(select(ModuleVersion).order_by(ModuleVersion.number)):
        # What has no module belongs to an entry of somebody's, and is looked over with it.
        if version.module_id is not None:
            of_module[version.module_id].append(version)
    for module_id, code in codes.items():
        versions = of_module[module_id]
        current = [version.number for version in versions if version.superseded_at is None]
        if len(current) != 1:
            yield f"module {code}: has {len(current)} current versions, where there must be exactly one."
        elif current[0] != versions[-1].number:
            yield f"module {code}: version {current[0]} is current, although there is version {versions[-1].number}."
        for version in versions:
            this = f"module {code}, version {version.number}"
            if version.id not in giving:
                yield f"{this}: gives no skill."
            if version.superseded_at is not None and version.superseded_at < version.created_at:
                yield f"{this}: was superseded before it was made."


def _prerequisites(codes: dict[int, str]) -> Iterator[str]:
    needs: dict[int, list[int]] = defaultdict(list)
    for each in db.session.scalars(select(ModulePrerequisite)):
        needs[each.module_id].append(each.needs_module_id)
    route = circle(needs)
    if route is not None:
        told = " needs ".join(codes.get(each, "a module that is not there") for each in route)
        yield f"modules: prerequisites go round in a circle: {told}."
