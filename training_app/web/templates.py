"""How templates are read."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from flask.templating import Environment


class Templates(Environment):
    """Jinja, where what all templates know is one plain dictionary, and not a chain of two: whenever a template takes a macro
    from another, all the names in it are compared, and on a page with a dozen macros that takes as long as its words."""

    def make_globals(self, d: Mapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return what a template knows besides what its page gives it."""
        return {**self.globals, **(d or {})}
