"""Mail: every message is a row in the outbox, written with the change it tells of, and sent later by a command."""

from training_app.mail.actions import queue, queue_together, take_out
from training_app.mail.models import OutboxMessage

__all__ = ["OutboxMessage", "queue", "queue_together", "take_out"]
