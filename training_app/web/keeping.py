"""Giving back what was typed into a form when the sign-in had ended meanwhile."""

from __future__ import annotations

from flask import request, url_for

from training_app.accounts.kept_forms import keep_form
from training_app.accounts.queries import account_last_signed_in
from training_app.accounts.tokens import hash_token
from training_app.database import transaction

# Made anew for the page on which it is shown again, or never to be kept.
_FORM_TOKEN = "csrf_token"
_SECRET = "password"


def kept_path(token: str | None) -> str | None:
    """Keep what this request has sent, for the account of a sign-in that has ended, and return the path where it is shown
    again to that account; None where nobody is known or nothing was typed. Passwords and files are not kept."""
    typed = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != _FORM_TOKEN and _SECRET not in name.casefold()
    ]
    account = account_last_signed_in(hash_token(token)) if token and any(value for _, value in typed) else None
    if account is None:
        return None
    had_file = any(file.filename for file in request.files.values())
    account_id, path = account.id, request.full_path.rstrip("?")
    with transaction():
        key = keep_form(account_id, path, typed, had_file=had_file)
    return url_for("accounts.kept", key=key) if key else None
