"""Seeds are judged as a whole: every mistake is named with its file and entry, and none ends in a traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import ROOT
from tests.builders import Hub
from tests.clients import PageClient
from tests.imports.bringing import bring
from tests.stewardship.small_seeds import small_module, small_seeds, written
from training_app.database import db
from training_app.stewardship.seed_files import SeedProblems, Seeds

Seed = dict[str, Any]


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(SeedProblems) as refused:
        Seeds.read(folder)
    return refused.value.problems


def test_the_hubs_own_seeds_have_no_problem() -> None:
    seeds = Seeds.read(ROOT / "seeds")
    assert len(seeds.modules) == 40


def test_the_smallest_seeds_have_no_problem(tmp_path: Path) -> None:
    seeds = Seeds.read(written(tmp_path, small_seeds()))
    assert [module["code"] for module in seeds.modules_by_need()] == ["ONE", "TWO"]


def _put(*way: Any) -> Callable[[Seed], None]:
    """Return a change that puts the last of these where the others lead."""

    def change(seeds: Seed) -> None:
        target: Any = seeds
        for step in way[:-2]:
            target = target[step]
        target[way[-2]] = way[-1]

    return change


def _drop(*way: Any) -> Callable[[Seed], None]:
    def change(seeds: Seed) -> None:
        target: Any = seeds
        for step in way[:-1]:
            target = target[step]
        del target[way[-1]]

    return change


def _add(part: str, entry: Any) -> Callable[[Seed], None]:
    return lambda seeds: seeds[part].append(entry)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        # What people get wrong.
        (_put("modules", 0, "skills", {"inclusoin": "aware"}), ["modules: ONE", '"inclusoin"', '"inclusion"']),
        (_put("modules", 1, "groups", ["staf"]), ["modules: TWO", '"staf"', '"staff"']),
        (_put("modules", 1, "prerequisites", ["NINE"]), ["modules: TWO", "prerequisites", '"NINE"']),
        (_put("modules", 0, "prerequisites", ["TWO"]), ["circle", "ONE needs TWO needs ONE"]),
        (_put("modules", 0, "prerequisites", ["ONE"]), ["modules: ONE", "circle"]),
        (_put("requirements", "staff", "send", "leading"), ["staff: send", "no module reaches leading"]),
        (_put("requirements", "staff", "send", "practicing"), ["staff: send", '"practicing"', '"practising"']),
        (_put("requirements", "staff", "singing", "aware"), ["staff", '"singing" is not a skill']),
        (_put("requirements", "stuff", {"send": "aware"}), ['"stuff" is not a group', '"staff"']),
        (_add("modules", small_module("one")), ["modules: one", "stands twice"]),
        (_add("groups", {"code": "STAFF", "name": "S", "priority": 3, "description": "S"}), ["groups: STAFF", "twice"]),
        (_put("modules", 0, "format", "lecture"), ["modules: ONE", '"lecture"']),
        (_put("modules", 0, "priorities", [4]), ["modules: ONE", "priorities: 4"]),
        (_put("modules", 0, "priorities", [3, 3]), ["modules: ONE", "priorities: 3 stands twice"]),
        (_put("modules", 0, "refresh_months", 0), ["modules: ONE", "refresh_months"]),
        (_put("modules", 0, "hours", -1), ["modules: ONE", "hours"]),
        (_put("modules", 0, "skills", {}), ["modules: ONE", "at least one skill"]),
        (_put("modules", 0, "code", "ONE.csv"), ["modules: ONE.csv", "must not end in"]),
        (_put("modules", 0, "access_link", "javascript:alert(1)"), ["modules: ONE", "access_link", "https://"]),
        (_put("modules", 0, "acess_link", "https://example.org"), ["ONE", '"acess_link"', '"access_link"']),
        (_drop("modules", 0, "refresh_months"), ["modules: ONE", "refresh_months is missing"]),
        (_drop("strategy", "code"), ["strategy", "code is missing"]),
        (_drop("requirements", "effective_from"), ["requirements", "effective_from"]),
        (_drop("modules"), ["there are no modules"]),
        (_drop("levels", 2), ["leading is missing"]),
        (_put("areas", 0, "skills", ["inclusion"]), ["skills: send", "exactly one area"]),
        (_put("areas", 0, "skills", ["inclusion", "send", "send"]), ["send", "twice"]),
        (_put("terms", 0, "end_on", date(2026, 9, 1)), ["2026", "end_on is before start_on"]),
        (_put("pathways", 0, "steps", [{"module": "NINE", "due_days": 0}]), ["pathways: induction", '"NINE"']),
        (_put("pathways", 0, "steps", [{"module": "ONE"}]), ["pathways: induction: step 1", "due_days is missing"]),
        (_put("pathways", 0, "steps", [{"module": "ONE", "due_days": -1}]), ["step 1", "due_days"]),
        (_put("pathways", 0, "steps", [{"module": "ONE", "due_days": 1}] * 2), ["induction", "stands twice"]),
        (_put("pathway", []), ['"pathway" is not a part of the seeds', '"pathways"']),
        # What nobody means, but a file may hold.
        (_put("requirements", "staff", ["send"]), ["staff must be a mapping"]),
        (_put("requirements", "staff", "send", ["aware"]), ["staff: send", "is not a level"]),
        (_put("requirements", "effective_from", datetime(2024, 9, 1, 12, 0)), ["effective_from"]),  # noqa: DTZ001
        (_put("requirements", "effective_from", date(1812, 9, 1)), ["effective_from", "1 January 1900"]),
        (_put("requirements", []), ["requirements must be a mapping"]),
        (_put("strategy", "words"), ["strategy must be a mapping"]),
        (_put("modules", {"ONE": {}}), ["modules must be a list"]),
        (_put("modules", 0, "ONE"), ["modules, entry 1", "must be a mapping"]),
        (_put("modules", 0, "code", ["ONE"]), ["code cannot be ['ONE']"]),
        (_put("modules", 0, "code", "<b>"), ["modules", "code must be"]),
        (_put("modules", 0, "code", ""), ["modules", "code is empty"]),
        (_put("modules", 0, "title", "  "), ["modules: ONE", "title is empty"]),
        (_put("modules", 0, "title", "x" * 500), ["modules: ONE", "title must be 200 characters"]),
        (_put("modules", 0, "title", "a\0b"), ["modules: ONE", "title must have no character"]),
        (_put("modules", 0, "title", 7), ["modules: ONE", "title cannot be 7"]),
        (_put("modules", 0, "hours", True), ["modules: ONE", "hours cannot be True"]),
        (_put("modules", 0, "hours", float("nan")), ["modules: ONE", "hours"]),
        (_put("modules", 0, "hours", float("inf")), ["modules: ONE", "hours"]),
        (_put("modules", 0, "hours", 10**30), ["modules: ONE", "hours"]),
        (_put("modules", 0, "refresh_months", 12.5), ["modules: ONE", "refresh_months cannot be 12.5"]),
        (_put("modules", 0, "refresh_months", 10**9), ["modules: ONE", "refresh_months"]),
        (_put("modules", 0, "skills", ["inclusion"]), ["modules: ONE", "skills cannot be"]),
        (_put("modules", 0, "skills", {"inclusion": ["aware"]}), ["modules: ONE", "skills: ['aware']"]),
        (_put("modules", 0, "skills", {7: "aware"}), ["modules: ONE", "skills: 7"]),
        (_put("modules", 0, "priorities", [True]), ["modules: ONE", "priorities: True"]),
        (_put("modules", 0, "groups", [["staff"]]), ["modules: ONE", "groups: ['staff']"]),
        (_put("modules", 0, "prerequisites", [{"code": "TWO"}]), ["modules: ONE", "prerequisites"]),
        (_put("pathways", 0, "steps", ["ONE"]), ["induction: step 1 must be a mapping"]),
        (_put("pathways", 0, "steps", [{"module": ["ONE"], "due_days": 0}]), ["step 1", "module cannot be"]),
        (_put("priorities", 0, "number", 0.5), ["number cannot be 0.5"]),
        (_put("terms", 0, "start_on", "soon"), ['start_on cannot be "soon"']),
        (_put(None, 1), ["None is not a part of the seeds"]),
    ],
)
def test_each_mistake_is_named_with_its_file_and_entry(
    tmp_path: Path, change: Callable[[Seed], None], said: list[str]
) -> None:
    seeds = small_seeds()
    change(seeds)
    problems = problems_of(written(tmp_path, seeds))
    assert any(all(part in problem for part in said) for problem in problems), problems
    assert all(problem.startswith(("seeds.yaml: ", "seeds: ", "levels: ")) for problem in problems), problems
    assert all(len(problem) < 400 and "\n" not in problem for problem in problems)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"modules: [{code: ONE\n", "line 2"),
        (b"modules:\n  - {code: ONE, title: it's: wrong}\n", "line 2"),
        (b"modules: []\nmodules: []\n", '"modules" stands twice'),
        (b"terms:\n  - {name: A, start_on: 2024-02-31, end_on: 2024-03-01}\n", "cannot be read as YAML"),
        (b"- a\n- b\n", "named parts"),
        (b"", "named parts"),
        (b"\xff\xfe\x00", "not in UTF-8"),
        (b"a: !!python/object:os.system {}\n", "cannot be read as YAML"),
        (b"a: " + b"[" * 4000, "cannot be read as YAML"),
        (b"? {a: b}\n: c\n", "cannot be read as YAML"),
        (b"modules: &all [*all]\n", "entry 1 must be a mapping"),
    ],
)
def test_a_file_that_is_no_seeds_gets_a_sentence(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "broken.yaml").write_bytes(text)
    problems = problems_of(tmp_path)
    assert problems[0].startswith("broken.yaml: ")
    assert said in problems[0]


def test_a_folder_that_stands_where_a_file_should_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    assert "cannot be opened" in problems_of(tmp_path)[0]


def test_an_empty_folder_says_what_is_missing(tmp_path: Path) -> None:
    assert any("there are no modules" in problem for problem in problems_of(tmp_path))


def test_two_files_may_share_the_seeds_but_not_one_part_that_is_single(tmp_path: Path) -> None:
    seeds = small_seeds()
    modules = {"modules": seeds.pop("modules")}
    written(tmp_path, seeds, "framework.yaml")
    Seeds.read(written(tmp_path, modules, "catalogue.yaml"))
    written(tmp_path, {"strategy": seeds["strategy"]}, "more.yaml")
    assert problems_of(tmp_path) == ["more.yaml: strategy stands in framework.yaml already."]


def test_line_breaks_and_doubled_spaces_in_a_text_are_only_spaces(tmp_path: Path) -> None:
    seeds = small_seeds()
    seeds["modules"][0]["summary"] = "  Two\n  lines. "
    assert Seeds.read(written(tmp_path, seeds)).modules[0]["summary"] == "Two lines."


def _places(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if way:
        yield way
    for step in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        yield from _places(node[step], (*way, step))


_NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["ONE", "TWO", "staff", "inclusion", "aware", "none", "", "{{7*7}}", "<b>", 3, 0, -1, 10**40]),
    st.lists(st.sampled_from(["ONE", 3, None, ["staff"]]), max_size=2),
    st.dictionaries(st.sampled_from(["code", "send", 7]), st.sampled_from(["aware", None, [1]]), max_size=2),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(way=st.sampled_from(list(_places(small_seeds()))), value=_NASTY)
def test_whatever_stands_anywhere_is_either_good_or_named(tmp_path: Path, way: tuple[Any, ...], value: Any) -> None:
    seeds = small_seeds()
    _put(*way, value)(seeds)
    with suppress(SeedProblems):
        Seeds.read(written(tmp_path, seeds))


@pytest.mark.parametrize("word", ["trend", "All-Groups", "running-out"])
def test_a_group_cannot_have_a_word_of_the_pages_for_its_code(tmp_path: Path, word: str) -> None:
    seeds = small_seeds()
    seeds["groups"].append({"code": word, "name": "Others", "priority": 3, "description": "The rest."})
    assert problems_of(written(tmp_path, seeds)) == [
        f"seeds.yaml: groups: {word}: code is a word that the pages use; choose another."
    ]


def test_the_pages_serve_codes_with_capital_letters(hub: Hub, as_manager: PageClient) -> None:
    hub.person(group="hub-providers")
    with db.engine.begin() as connection:
        connection.execute(db.text("UPDATE workforce_group SET code = 'MS' WHERE code = 'hub-providers'"))
        connection.execute(db.text("UPDATE skill SET code = 'SEND' WHERE code = 'send'"))
    for address in ("/coverage/{0}", "/coverage/{0}/{1}", "/coverage/{0}/{1}.csv", "/requirements/{0}/{1}"):
        for group, skill in (("MS", "SEND"), ("ms", "send")):
            assert as_manager.get(address.format(group, skill)).status_code == 200, address
    assert (
        bring(hub, "requirements", "workforce_group,skill,level,effective_from\nms,Send,leading,2030-01-01\n").status
        == 0
    )
