"""What the log says of reminders, in sentences. That somebody was reminded is told by the message itself."""

from __future__ import annotations

from training_app.audit.history import Action, Names, Subject, Told, erased, simply


def _reminders(_told: Told, _names: Names) -> str:
    return "reminders"


def _letter(_told: Told, _names: Names) -> str:
    return "letter of reminder"


HISTORY = Subject(
    actions={
        "reminder_silence.kept": Action("Reminders stopped", simply("stopped", _reminders)),
        "reminder_silence.broken": Action("Reminders begun again", simply("begun again", _reminders)),
        "reminder_silence.erased": Action("Wish for no reminders erased", erased("the wish for no reminders")),
        "reminder.written": Action("Letter of reminder printed", simply("printed", _letter)),
        "reminder.moved": Action("Reminder moved to another row", simply("moved with their person", _reminders)),
    },
    names={},
)
