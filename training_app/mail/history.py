"""What the log says of messages and of the switch that lets them leave, in sentences."""

from __future__ import annotations

from training_app.audit.history import Action, Names, Sentence, Subject, Told, erased, simply


def _message(told: Told, _names: Names) -> str:
    return f"{told.row.get('kind', 'message')} to {told.row.get('recipient', 'somebody')}"


def _failed(told: Told, names: Names) -> Sentence:
    return Sentence("not delivered", _message(told, names), str(told.row.get("last_problem") or ""))


def _mail(_told: Told, _names: Names) -> str:
    return "mail"


HISTORY = Subject(
    actions={
        "message.queued": Action("Message written", simply("written", _message)),
        "message.added_to": Action("Message added to", simply("told more before it left", _message)),
        "message.shortened": Action(
            "Message shortened", simply("told less before it left, because something was taken back", _message)
        ),
        "message.sent": Action("Message sent", simply("sent", _message)),
        "message.failed": Action("Message not delivered", _failed),
        "message.out_of_date": Action("Message out of date", simply("not sent any more, it had run out", _message)),
        "message.moved": Action("Message moved to another row", simply("moved with its person", _message)),
        "message.given_up": Action("Message given up", simply("given up", _message)),
        "message.erased": Action("Message’s words erased", erased("a message")),
        "message.tried_again": Action("Message tried again", simply("tried again", _message)),
        "mail.switched_on": Action("Mail switched on", simply("switched on", _mail)),
        "mail.switched_off": Action("Mail switched off", simply("switched off", _mail)),
    }
)
