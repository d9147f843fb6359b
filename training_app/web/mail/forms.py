"""What the manager decides about mail."""

from __future__ import annotations

from collections.abc import Callable

from wtforms import SelectMultipleField, StringField

from training_app.audit import Actor
from training_app.mail import OutboxMessage
from training_app.mail.actions import give_up, try_again
from training_app.web.components.fields import HeldField
from training_app.web.forms import HouseForm

LONGEST_NUMBER = 9


class SwitchOnForm(HouseForm):
    """Switch mail on. `newest_seen` is the newest message that was seen waiting, so that none leaves unseen."""

    newest_seen = HeldField()

    @property
    def newest(self) -> int:
        """The number of that message; 0, as if nothing had been seen, where the field was tampered with."""
        typed = str(self.newest_seen.data or "")
        return int(typed) if is_number(typed) else 0


class FailedForm(HouseForm):
    """The messages that are ticked, and which button was pressed."""

    message = SelectMultipleField(validate_choice=False)
    do = StringField()

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of the messages ticked, without whatever is none."""
        return frozenset(int(each) for each in self.message.data or [] if is_number(each))

    @property
    def verb(self) -> Callable[[Actor, OutboxMessage], None] | None:
        """What is to be done with each of them."""
        return {"again": try_again, "never": give_up}.get(str(self.do.data))

    @property
    def done_in_words(self) -> str:
        """What was done with them, as the end of a sentence."""
        return "tried again now" if self.verb is try_again else "given up"


def is_number(typed: str) -> bool:
    """Say whether this can be the number of a message."""
    return typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST_NUMBER


class GiveUpForm(HouseForm):
    """Nothing but the token: that it was sent is the answer."""
