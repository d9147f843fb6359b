"""Who changed what, when: one event for every write, and the chain of digests that shows whether one was touched."""

from training_app.audit.actions import Actor, Change, erase_details, record, record_many
from training_app.audit.models import AuditDetail, AuditEvent, AuditSeal

__all__ = ["Actor", "AuditDetail", "AuditEvent", "AuditSeal", "Change", "erase_details", "record", "record_many"]
