"""What accounts write to people: plain text, and nothing in it that has to be explained."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from training_app.clock import LONDON
from training_app.links import absolute


def sign_in_link(address: str, until: datetime) -> tuple[str, str]:
    """Return subject and body of a sign-in link."""
    hub = _hub()
    return f"Your link to sign in – {hub}", (
        f"Hello,\n\nopen this address to sign in to your training record at {hub}. It works once, until "
        f"{in_london(until)}:\n\n{address}\n\nDid you not ask for it? Then do nothing: nobody can sign in without this "
        f"message.\n\n{hub}\n"
    )


def invitation(address: str, until: datetime, name: str | None = None) -> tuple[str, str]:
    """Return subject and body of an invitation."""
    hub = _hub()
    return f"Your training record at {hub}", (
        f"Hello{f' {name}' if name else ''},\n\n{hub} keeps a record of the training that you do so that every child can make "
        "music. You can now see it, and add to it.\n\n"
        f"Open this address to sign in. It works once, until {in_london(until)}:\n\n{address}\n\n"
        f"After that, go to {absolute('/sign-in')} and type this e-mail address: a new link comes at once. "
        f"You need no password.\n\n{hub}\n"
    )


def email_changed(new_email: str | None) -> tuple[str, str]:
    """Return subject and body for the old e-mail, when somebody's e-mail to sign in with was changed."""
    hub = _hub()
    now_by = "with another e-mail address" if new_email else "with a code from a letter"
    return f"How you sign in has changed – {hub}", (
        f"Hello,\n\nthe hub has changed how you sign in to your training record at {hub}: from now on {now_by}, and no "
        f"longer with this one.\n\nIs that not right? Then reply to this message.\n\n{hub}\n"
    )


def password_changed(what: str) -> tuple[str, str]:
    """Return subject and body for somebody whose password was "chosen", "changed" or "removed"."""
    hub = _hub()
    return f"Your password was {what} – {hub}", (
        f"Hello,\n\nthe password for your training record at {hub} was {what}. If it was you, all is well.\n\n"
        f"If not, sign in at {absolute('/sign-in')} with a link, go to My account, and sign out everywhere; "
        f"then reply to this message.\n\n{hub}\n"
    )


def in_london(moment: datetime) -> str:
    """Return a moment as people say it: 14:35 on 3 October 2026."""
    local = moment.astimezone(LONDON)
    return f"{local:%H:%M} on {local.day} {local:%B %Y}"


def _hub() -> str:
    name: str = current_app.config["SETTINGS"].hub_name
    return name
