"""What the forms of every subject stand on."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_wtf import FlaskForm

from training_app.errors import ChangedMeanwhile, Refused
from training_app.people.rules import LONGEST_REASON
from training_app.web.components.fields import HeldField, LongTextField, Needed, TidyString, names_sent_by

LONGEST_VERSION = 9


class HouseForm(FlaskForm):
    """A form that can show a refusal where it belongs, and knows the status with which it is answered."""

    is_overtaken = False
    sent_in_vain: tuple[str, ...] = ()

    def without(self, *names: str) -> None:
        """Take fields out that are not the visitor's to fill in. Whoever sends one all the same is refused, by its name."""
        sent = {*request.form, *request.files}
        self.sent_in_vain = tuple(name for name in names if not sent.isdisjoint(names_sent_by(self[name])))
        for name in names:
            del self[name]
        self.form_errors.extend(
            f'"{name}" is not yours to fill in, so nothing was saved. Leave it out.' for name in self.sent_in_vain
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Say whether everything that was typed can be kept."""
        return super().validate(extra_validators) and not self.sent_in_vain

    def refuse(self, refused: Refused) -> None:
        """Put a refusal at the field that it belongs to, or above the form."""
        self.is_overtaken = isinstance(refused, ChangedMeanwhile)
        if refused.field and refused.field in self:
            self[refused.field].errors = [*self[refused.field].errors, refused.sentence]
        else:
            self.form_errors.append(refused.sentence)

    @property
    def status(self) -> int:
        """200 where nothing is wrong, 409 where somebody else saved first, otherwise 400."""
        if self.is_overtaken:
            return 409
        return 400 if self.errors else 200


class PreviewedForm(HouseForm):
    """A form that is confirmed on a preview of what it does. `previewed` holds the digest of what the preview showed, and for
    which decision; where the form decides something else by now, it is to be previewed again."""

    previewed = HeldField()

    @property
    def decision(self) -> str:
        """What the form decides, in one line that changes with any of its answers."""
        raise NotImplementedError

    @property
    def confirmed(self) -> str | None:
        """The digest of the preview that is confirmed; None where none was shown for this decision."""
        digest, _, decided = str(self.previewed.data or "").partition(" ")
        return digest if decided == self.decision else None

    def shows(self, digest: str) -> None:
        """Take down what the preview shows that is drawn now."""
        self.previewed.data = f"{digest} {self.decision}"


class EditingForm(HouseForm):
    """A form for something that exists; it carries which version of it was seen."""

    row_version = HeldField()

    @property
    def seen_version(self) -> int:
        """The version that was seen; one that never was where the field was tampered with."""
        typed = str(self.row_version.data or "")
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST_VERSION else -1


class ReasonForm(EditingForm):
    """Why something is taken back, as it was seen: a version is given to it when it is first shown."""

    reason = LongTextField(
        "Why was this a mistake?",
        filters=[TidyString("The reason", LONGEST_REASON)],
        validators=[Needed("Say why, so that others understand later")],
    )
