"""Keeping what somebody typed when their sign-in had ended, until they have signed in again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, or_, select

from training_app.accounts.models import KeptForm
from training_app.accounts.rules import KEPT_FORM_LIFE
from training_app.accounts.tokens import hash_token, new_token
from training_app.clock import now
from training_app.database import db

MOST_KEPT = 5
LONGEST_KEPT = 200_000  # letters


def keep_form(account_id: int, path: str, fields: Sequence[tuple[str, str]], *, had_file: bool = False) -> str | None:
    """Keep the fields of a form for an hour and return the key under which its account finds them; None where they are
    too much to keep. Nothing that anybody decided, so the audit is not told."""
    if sum(len(name) + len(value) for name, value in fields) > LONGEST_KEPT:
        return None
    key = new_token()
    latest = (
        select(KeptForm.id).where(KeptForm.account_id == account_id).order_by(KeptForm.id.desc()).limit(MOST_KEPT - 1)
    )
    db.session.execute(
        delete(KeptForm).where(
            or_(
                KeptForm.kept_at < now() - KEPT_FORM_LIFE,
                (KeptForm.account_id == account_id) & KeptForm.id.not_in(latest.scalar_subquery()),
            )
        ),
        execution_options={"synchronize_session": False},
    )
    db.session.add(
        KeptForm(
            account_id=account_id,
            key_hash=hash_token(key),
            path=path,
            fields=[list(pair) for pair in fields],
            had_file=had_file,
            kept_at=now(),
        )
    )
    db.session.flush()
    return key


def drop_form(form: KeptForm) -> None:
    """Forget a form, because it is being sent again."""
    db.session.delete(form)
