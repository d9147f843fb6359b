"""Pages that say how things are: help, contact, statements, health."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from training_app.database import db
from training_app.skills.queries import all_skills, level_meanings
from training_app.web.access import public

pages = Blueprint("pages", __name__)


@pages.get("/help")
@public
def help() -> str:
    """The words explained."""
    return render_template("pages/help.html", levels=level_meanings(), skills=all_skills())


@pages.get("/contact")
@public
def contact() -> str:
    """Whom to ask at the hub."""
    return render_template("pages/contact.html")


@pages.get("/privacy")
@public
def privacy() -> str:
    """What is held about people, why, and what they can ask for."""
    return render_template("pages/privacy.html")


@pages.get("/accessibility")
@public
def accessibility() -> str:
    """How far everybody can use these pages, and how to say where not."""
    return render_template("pages/accessibility.html")


@pages.get("/healthz")
@public
def health() -> tuple[str, int, dict[str, str]]:
    """Say `ok` when the database answers, for whatever watches over the server."""
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.remove()
        return "the database does not answer", 503, plain
    return "ok", 200, plain
