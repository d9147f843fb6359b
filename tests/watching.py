"""Watches what is written while a test runs: every change of a table must stand in the log, in the same transaction, and
every action in the log must have a sentence.

Watched is whatever is written inside `transaction()`, so by every page, every command and every verb. What a test does to
the database behind the house's back is its own affair.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from training_app.assignments import queries as assigning
from training_app.database import WRITES, db
from training_app.web.telling import ACTIONS

# Rows that belong to another: the log tells of the whole.
PART_OF: Mapping[str, str] = {
    "account_organisation": "account",
    "account_role": "account",
    "module_group": "module",
    "module_prerequisite": "module",
    "module_priority": "module",
    "module_version": "module or completion",
    "module_version_skill": "module or completion",
    "pathway_group": "pathway",
    "pathway_step": "pathway",
    "session_date": "training_session",
    "session_facilitator": "training_session",
    "skill_priority": "skill",
}
# What is told by either of two: a version is a module's, or that of one entry of training outside the catalogue.
EITHER = " or "
# Written without an event, each for its reason.
UNTOLD: Mapping[str, str] = {
    "audit_event": "the log itself",
    "audit_detail": "the log itself",
    "audit_seal": "the log itself",
    "kept_form": "what somebody had typed when their session ended, kept for an hour for them alone",
    "seed_record": "a digest of what the seeds said last; the entry it belongs to is told",
}
# Columns that may change without an event, each for its reason.
_CLAIM = "a sender takes a message in hand for a moment; what becomes of it is told"
UNTOLD_COLUMNS: Mapping[tuple[str, str], str] = {
    ("sign_in", "last_seen_at"): "it changes with every page that is opened",
    ("sign_in_code", "last_used_at"): "the sign-in that it began is told",
    ("sign_in_link", "ended_at"): "told by whatever ends them",
    ("outbox_message", "attempts"): _CLAIM,
    ("outbox_message", "claimed_by"): _CLAIM,
    ("outbox_message", "claimed_until"): _CLAIM,
    ("outbox_message", "next_attempt_at"): _CLAIM,
    ("outbox_message", "last_problem"): _CLAIM,
    ("outbox_message", "body"): "wiped once it is of no use; it may let somebody in and is never told",
}

_WRITE = re.compile(r'\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?(?:\s+SET\s+(.*?)(?:\s+WHERE\s|$))?', re.DOTALL)
_SET = re.compile(r'"?(\w+)"?\s*=')


def not_telling_the_log() -> None:
    """Let the transaction that is open write what no verb of the house would, such as a row changed behind its back."""
    db.session.connection().info["not telling"] = True
    forget_what_is_known()


def forget_what_is_known() -> None:
    """Have the rules, the modules and what groups need read anew. They are kept while the log tells of no change of them, so
    whoever writes them behind the house's back has to say so."""
    assigning._last = None


@dataclass
class Watch:
    """What a test wrote without telling the log: a sentence for each transaction and table."""

    engine: Engine
    untold: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin to watch."""
        event.listen(self.engine, "before_execute", self._note_events)
        event.listen(self.engine, "before_cursor_execute", self._note_writes)
        event.listen(self.engine, "commit", self._judge)
        event.listen(self.engine, "rollback", self._forget)

    def _note_events(self, connection: Connection, clause: Any, many: Any, one: Any, _options: Any) -> None:
        if getattr(clause, "is_insert", False) and clause.table.name == "audit_event":
            rows = many or [one]
            self._about(connection)[1].update(values["object_type"] for values in rows)
            for action in {values["action"] for values in rows} - ACTIONS.keys():
                self.untold.append(f"{action}: an action without a sentence; give it one in its package's history.py")

    def _note_writes(self, connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        write = _WRITE.match(statement)
        if write is None or not connection.get_execution_options().get(WRITES):
            return
        _, table, columns = write.groups()
        changed = set(_SET.findall(columns or ""))
        if table in UNTOLD or (changed and all((table, column) in UNTOLD_COLUMNS for column in changed)):
            return
        self._about(connection)[0].setdefault(PART_OF.get(table, table), statement)

    def _judge(self, connection: Connection) -> None:
        written, told = self._about(connection)
        for table, statement in written.items():
            if not told & set(table.split(EITHER)) and "not telling" not in connection.info:
                self.untold.append(f"{table}: written without an event. {' '.join(statement.split())[:200]}")
        self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        if connection.invalidated:  # the server hung up; what was noted went with the connection
            return
        connection.info.pop("watched", None)
        connection.info.pop("not telling", None)

    @staticmethod
    def _about(connection: Connection) -> tuple[dict[str, str], set[str]]:
        found: tuple[dict[str, str], set[str]] = connection.info.setdefault("watched", ({}, set()))
        return found
