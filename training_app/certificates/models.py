"""Certificates that were made, and who wants none of theirs confirmed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.database import Base, Identified
from training_app.records.models import Completion


class Certificate(Identified, Base):
    """The number of a completion's certificate; one for each completion, however often it is asked for.

    What a certificate says is read from the completion each time, and it confirms that only while the completion is verified:
    see `queries.confirmed`. The number is kept as it is printed but for the hyphens.
    """

    __tablename__ = "certificate"

    completion_id: Mapped[int] = mapped_column(ForeignKey("completion.id"), unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    issued_at: Mapped[datetime]

    completion: Mapped[Completion] = relationship()


class CertificateSilence(Identified, Base):
    """A person wants none of their certificates confirmed to anybody; without a row they are."""

    __tablename__ = "certificate_silence"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    since: Mapped[datetime]
