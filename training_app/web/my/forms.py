"""What somebody types about their own training."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from wtforms import HiddenField

from training_app.clock import today
from training_app.records.rules import LONGEST_NOTE
from training_app.web.components.fields import DayField, ListField, LongTextField, Needed, RadiosField, TidyString
from training_app.web.forms import HouseForm

TODAY, YESTERDAY, ANOTHER = "today", "yesterday", "another"


class LogForm(HouseForm):
    """A module that one completed, and when. `again` is the entry, sent back before, that this one puts right."""

    module = ListField(
        "What did you complete?", validators=[Needed("Choose a module")], render_kw={"data-autocomplete": ""}
    )
    when = RadiosField(
        "When did you complete it?",
        choices=[(TODAY, "Today"), (YESTERDAY, "Yesterday"), (ANOTHER, "Another day")],
    )
    completed_on = DayField("Which day?", what="the day you completed it", latest=today, optional=True)
    note = LongTextField("Note (optional)", filters=[TidyString("The note", LONGEST_NOTE)])
    again = HiddenField()
    # What was doubted and shown; logged once the same is sent again.
    confirmed = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the form; the day matters only where neither today nor yesterday is chosen."""
        is_right: bool = super().validate(extra_validators)
        if self.when.data in (TODAY, YESTERDAY):
            self.completed_on.errors = []
            is_right = not self.errors
        elif self.when.data == ANOTHER and self.completed_on.data is None and not self.completed_on.errors:
            self.completed_on.errors = ["Enter the day you completed it, like 27 3 2026"]
            is_right = False
        elif not self.when.data and self.completed_on.data is None and not self.when.errors:
            self.when.errors = ["Choose when you completed it"]
            is_right = False
        return is_right

    def day(self) -> date:
        """Return the day that was chosen; only for a form that was found right."""
        if self.when.data == TODAY:
            return today()
        if self.when.data == YESTERDAY:
            return today() - timedelta(days=1)
        chosen: date = self.completed_on.data
        return chosen
