"""Who changed what, when: one event for every write."""

from training_app.audit.actions import Actor, Change, record, record_many
from training_app.audit.models import AuditDetail, AuditEvent

__all__ = ["Actor", "AuditDetail", "AuditEvent", "Change", "record", "record_many"]
