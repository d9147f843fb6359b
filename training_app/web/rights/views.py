"""People's rights over what is held about them."""

from __future__ import annotations

from training_app.web.rights import data, erasing, merging, reviewing
from training_app.web.rights.blueprint import own_rights, rights

__all__ = ["data", "erasing", "merging", "own_rights", "reviewing", "rights"]
