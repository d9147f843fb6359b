"""The home of the signed-in person's role, which answers the one question they come with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, render_template, request, url_for

from training_app.accounts.models import Role
from training_app.accounts.policy import Permission
from training_app.errors import NotFound
from training_app.web.access import account, requires
from training_app.web.home.board import board_home
from training_app.web.home.coordinator import coordinator_home
from training_app.web.home.manager import manager_home
from training_app.web.home.member import member_home

home = Blueprint("home", __name__)

# In this order: somebody with several roles is shown the first of theirs, with links to the others.
_HOMES: Mapping[Role, tuple[str, Callable[[list[tuple[str, str]]], str]]] = {
    Role.WORKFORCE_MANAGER: ("The whole workforce", manager_home),
    Role.COORDINATOR: ("My organisations", coordinator_home),
    Role.BOARD: ("Figures for the board", board_home),
    Role.MEMBER: ("My own training", member_home),
}


@home.get("/")
@requires(Permission.SEE_HOME)
def front() -> str:
    """Show the home of the visitor's role, or of another of their roles that the address names.

    Raises `NotFound` for a role that is not theirs, exactly as for one that does not exist.
    """
    own = [role for role in _HOMES if role in account().roles]
    if not own:
        return render_template("home/no_role.html")
    named = request.args.get("role")
    if named is not None and named not in own:
        raise NotFound
    shown = Role(named) if named else own[0]
    others = [(_HOMES[role][0], url_for("home.front", role=role.value)) for role in own if role is not shown]
    return _HOMES[shown][1](others)
