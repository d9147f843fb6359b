"""Of what people were reminded, who wants no reminders, and which weekly summaries were written."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from training_app.database import Base, Identified


class Reminder(Identified, Base):
    """That somebody was reminded of a module that was due on a day. `occasion` is the day on which there was reason to (see
    `rules.occasion`), so that a second run, or one after days without, reminds of nothing twice."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("person_id", "module_id", "due_on", "occasion"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    due_on: Mapped[date]
    occasion: Mapped[date]
    reminded_at: Mapped[datetime]


class ReminderSilence(Identified, Base):
    """A person wants no reminders; without a row they get them."""

    __tablename__ = "reminder_silence"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    since: Mapped[datetime]


class WeeklySummary(Identified, Base):
    """That an account was sent the summary of the week that began on a Monday."""

    __tablename__ = "weekly_summary"
    __table_args__ = (UniqueConstraint("account_id", "monday"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    monday: Mapped[date]
    written_at: Mapped[datetime]
