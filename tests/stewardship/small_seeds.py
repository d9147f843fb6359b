"""The smallest seeds that say everything once, and ways to write them into a folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml


def small_seeds() -> dict[str, Any]:
    """Return seeds of one group, two skills and two modules, the second building on the first."""
    return {
        "version": 1,
        "strategy": {"code": "strategy", "name": "A strategy", "plan_years": 4, "source": "example.org"},
        "priorities": [{"number": 3, "title": "A skilled workforce", "statement": "Staff have the skills."}],
        "groups": [{"code": "staff", "name": "Staff", "priority": 3, "description": "Everybody."}],
        "levels": [
            {"code": code, "name": code.capitalize(), "meaning": "What it means.", "shown_by": "How it is shown."}
            for code in ("aware", "practising", "leading")
        ],
        "areas": [{"code": "area", "name": "An area", "skills": ["inclusion", "send"]}],
        "skills": [
            {"code": code, "name": code.capitalize(), "definition": "Does it.", "priorities": [3]}
            for code in ("inclusion", "send")
        ],
        "requirements": {"effective_from": date(2024, 9, 1), "staff": {"inclusion": "aware", "send": "practising"}},
        "terms": [{"name": "Autumn term", "start_on": date(2026, 9, 3), "end_on": date(2026, 12, 18)}],
        "formats": [{"code": "workshop", "name": "Workshop"}],
        "modules": [
            small_module("ONE", skills={"inclusion": "aware"}),
            small_module("TWO", skills={"send": "practising"}, prerequisites=["ONE"], refresh_months=12),
        ],
        "pathways": [
            {
                "code": "induction",
                "title": "Induction",
                "groups": ["staff"],
                "steps": [{"module": "ONE", "due_days": 0}, {"module": "TWO", "due_days": 30, "optional": True}],
            }
        ],
    }


def small_module(code: str, **changed: Any) -> dict[str, Any]:
    """Return a module as seeds have it."""
    module: dict[str, Any] = {
        "code": code,
        "title": f"Module {code}",
        "format": "workshop",
        "hours": 1.5,
        "refresh_months": None,
        "skills": {"inclusion": "aware"},
        "priorities": [3],
        "groups": ["staff"],
        "prerequisites": [],
        "summary": "What it is.",
    }
    return module | changed


def written(folder: Path, seeds: Any, name: str = "seeds.yaml") -> Path:
    """Write seeds into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(yaml.safe_dump(seeds, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder
