"""Evidence and reflections of the demonstration: certificates drawn here, and what invented people wrote about their training."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import select

from training_app.accounts.queries import account_by_email
from training_app.audit import Actor
from training_app.database import db
from training_app.people.rules import in_words
from training_app.records.evidence import attach, keep
from training_app.records.models import Completion, Evidence
from training_app.records.reflections import write_reflection

# How many of the entries that wait have a photo or a PDF; the others wait without, as they do.
_WITH_FILES = 7
_EVERY_OTHER_AS_PDF = 3
_PAPER = (1240, 877)

# By the account of whoever wrote it: what they tried, what young people said, what they will do differently, whether shared.
_REFLECTIONS: Mapping[str, Sequence[tuple[str, str | None, str | None, bool]]] = {
    "staff@hub.example": (
        (
            "A song with three ways in: sing it, sign it, or keep its beat on the big drum.",
            "“I liked that I could change my mind.” Two chose the drum first and sang in the second week.",
            "Put the instruments out before they come in, so that choosing does not become waiting.",
            True,
        ),
        ("Counting the class in with lights instead of my voice.", None, "Try it with the older ones too.", False),
    ),
    "teacher@hub.example": (
        (
            "Ten minutes of music at the start of the day, the same four songs all week.",
            "They asked for the quiet one again.",
            "Let them decide the order.",
            True,
        ),
    ),
}


def add_evidence(day: date, invented: Collection[int]) -> int:
    """Let some entries that wait of invented people (by their ids) have a certificate, and some of them have written about what
    they completed; return how many files there are. Inside the caller's transaction."""
    waits = select(Completion).where(Completion.evidence == Evidence.SELF_DECLARED.value).order_by(Completion.id)
    waiting = [each for each in db.session.scalars(waits) if each.person_id in invented]
    files = 0
    for number, entry in enumerate(waiting[: 2 * _WITH_FILES : 2]):
        as_pdf = number % _EVERY_OTHER_AS_PDF == _EVERY_OTHER_AS_PDF - 1
        attach(_themselves(entry), entry, keep(a_certificate(entry, as_pdf=as_pdf)))
        files += 1
    for email, written in _REFLECTIONS.items():
        account = account_by_email(email)
        if account is None or account.person_id is None or account.person_id not in invented:
            continue
        actor, entries = Actor.account(account.id), _latest_of(account.person_id, day)
        for entry, (tried, said, differently, shared) in zip(entries, written, strict=False):
            write_reflection(
                actor,
                entry,
                tried=tried,
                young_people_said=said,
                differently=differently,
                shared=shared,
            )
        for entry in entries[:1]:
            attach(actor, entry, keep(a_certificate(entry)))
            files += 1
    return files


def a_certificate(entry: Completion, *, as_pdf: bool = False) -> bytes:
    """Return a drawn certificate of a completion, as a photo or a PDF; plainly one of nobody."""
    from PIL import Image, ImageDraw, ImageFont

    paper = Image.new("RGB", _PAPER, "#fdfbf4")
    pen = ImageDraw.Draw(paper)
    width, height = _PAPER
    pen.rectangle((40, 40, width - 40, height - 40), outline="#1d5c63", width=6)
    lines = (
        (130, 64, "Certificate of attendance"),
        (280, 34, "This is to say that"),
        (340, 52, entry.person.name),
        (440, 34, "took part in"),
        (500, 40, entry.version.title),
        (600, 34, in_words(entry.completed_on)),
        (760, 22, "An invented certificate for a demonstration. Nobody here exists."),
    )
    for top, size, words in lines:
        pen.text((width / 2, top), words, fill="#222222", font=ImageFont.load_default(size), anchor="mt")
    written = io.BytesIO()
    paper.save(written, "PDF" if as_pdf else "JPEG", quality=80)
    return written.getvalue()


def _latest_of(person_id: int, day: date) -> list[Completion]:
    found = db.session.scalars(
        select(Completion)
        .where(
            Completion.person_id == person_id,
            Completion.evidence != Evidence.VOID.value,
            Completion.completed_on <= day - timedelta(days=7),
        )
        .order_by(Completion.completed_on.desc(), Completion.id.desc())
        .limit(2)
    )
    return list(found)


def _themselves(entry: Completion) -> Actor:
    """Return who logged an entry, as the log knows them: its own account where there is one."""
    account_id = entry.recorded_by_account_id
    return Actor.account(account_id) if account_id is not None else Actor.command()
