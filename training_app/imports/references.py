"""Finding the person that a row of a file means: by reference first, else by e-mail."""

from __future__ import annotations

from sqlalchemy import select

from training_app.addresses import email_key
from training_app.database import db
from training_app.files import quoted
from training_app.imports.judgement import RowReader, near
from training_app.people.models import FormerIdentity, Person

# To find the nearest of many references takes longer than all the rest of a row. Whoever has more of them wrong has the wrong
# file or the wrong column, and needs no suggestion for each.
MOST_SUGGESTIONS = 20


class PeopleByName:
    """All people by reference and by e-mail, also by those under which somebody was recorded besides."""

    suggestions_left = MOST_SUGGESTIONS

    def __init__(self) -> None:
        rows = db.session.execute(
            select(Person.id, Person.reference, Person.email_key).where(Person.erased_at.is_(None))
        ).all()
        self.by_reference = {row.reference: row.id for row in rows}
        self.by_email = {row.email_key: row.id for row in rows if row.email_key is not None}
        for former in db.session.scalars(select(FormerIdentity)):
            self.by_reference.setdefault(former.reference, former.person_id)
            if former.email is not None:
                self.by_email.setdefault(email_key(former.email), former.person_id)

    def read(self, reader: RowReader, column: str = "person") -> int | None:
        """Return the id of the person whom a cell names, or None after noting that nobody is meant."""
        text = reader.text(column, 1000, required=True)
        return None if text is None else self.meant_by(reader, column, text)

    def meant_by(self, reader: RowReader, column: str, text: str) -> int | None:
        """Return the id of the person whom a text names, or None after noting that nobody is meant."""
        found = self.by_reference.get(text) or self.by_email.get(email_key(text))
        if found is None:
            reader.wrong(column, f"nobody has the reference or the e-mail {quoted(text)}. {self._help_with(text)}")
        return found

    def _help_with(self, text: str) -> str:
        self.suggestions_left -= 1
        return near(text, self.by_reference if self.suggestions_left >= 0 else (), most=0)
