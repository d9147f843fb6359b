"""Photos and PDFs that come with a form: taking them in, keeping them while a form is shown again, and handing them out.

A photo that was taken in is in the store before its entry is saved. Where the form has to be shown again, it carries a signed
word for that file, so that nobody has to choose it a second time; it is of use to the same account alone, and for half the time
after which the sweep removes what was never saved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from flask import Response, current_app, flash
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import FileStorage

from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.files.taking_in import ENDINGS
from training_app.records.evidence import GRACE, KeptFile, attach, evidence_store, keep
from training_app.records.models import Completion, EvidenceFile
from training_app.web.access import account, actor
from training_app.web.limits import TooManyTries, count_file
from training_app.web.records.forms import EvidenceForm

_SALT = "a photo kept with a form"
_KEPT_SECONDS = int(GRACE.total_seconds()) // 2


@dataclass(frozen=True)
class Upload:
    """What became of a file that came with a form: kept (or none was chosen), and the sentence where it cannot be."""

    kept: KeptFile | None = None
    problem: str | None = None

    @property
    def word(self) -> str:
        """The word by which the same account's next form names the kept file; empty where there is none."""
        return str(_signer().dumps([account().id, asdict(self.kept)])) if self.kept else ""


def take_in_upload(field: Any, word: str | None = None) -> Upload:
    """Take in the file of a form's upload field; where none was chosen, the one that the form's `word` names."""
    sent = field.data
    if not isinstance(sent, FileStorage) or not (sent.filename or sent.stream.read(1)):
        return Upload(_named_by(word))
    sent.stream.seek(0)
    largest = current_app.config["SETTINGS"].largest_evidence_mb * 1024 * 1024
    try:
        count_file(account().id)
        return Upload(keep(sent.stream.read(largest + 1)))
    except (Refused, TooManyTries) as refused:
        return Upload(problem=refused.sentence)


def add_upload(entry: Completion, kept: KeptFile) -> str | None:
    """Let a kept file go with an entry that is held, within the caller's transaction. Return the sentence that says why it
    cannot be, None where it goes."""
    try:
        attach(actor(), entry, kept)
    except Refused as refused:
        return refused.sentence
    return None


def is_added(form: EvidenceForm, held: Callable[[], Completion]) -> bool:
    """Let the file that was sent with a form go with an entry, and say so to the visitor; what keeps it from that stands at the
    form. `held` finds the entry once more, to change it. Raises `NotFound` where it is gone."""
    upload = take_in_upload(form.file)
    if upload.kept is None:
        form.file.errors = [*form.file.errors, upload.problem or "Choose a photo or a PDF"]
        return False
    try:
        with transaction():
            attach(actor(), held(), upload.kept)
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(refused)
        return False
    flash("The file is added.", "success")
    return True


def as_attachment(entry: Completion, file: EvidenceFile) -> Response:
    """Return an evidence file to be saved, never to be opened as one of our pages. Raises `NotFound` where it is gone."""
    try:
        content = evidence_store().read(file.stored_as)
    except FileNotFoundError:
        raise NotFound from None
    name = f"{entry.code or 'training'}-{entry.completed_on.isoformat()}-{file.id}.{ENDINGS[file.content_type]}"
    response = Response(content, mimetype=file.content_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _named_by(word: str | None) -> KeptFile | None:
    if not word:
        return None
    try:
        account_id, kept = _signer().loads(word, max_age=_KEPT_SECONDS)
    except BadData:
        return None
    if account_id != account().id:
        return None
    found = KeptFile(**kept)
    return found if evidence_store().has(found.stored_as) else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=_SALT)
