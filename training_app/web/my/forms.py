"""What somebody types about their own training."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from training_app.clock import today
from training_app.files.taking_in import OFFERED
from training_app.records.models import Reflection
from training_app.records.rules import LONGEST_NOTE, LONGEST_REFLECTION
from training_app.web.components.fields import (
    DayField,
    HeldField,
    ListField,
    LongTextField,
    Needed,
    RadiosField,
    TickField,
    TidyString,
    UploadField,
)
from training_app.web.forms import EditingForm, HouseForm

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
    photo = UploadField("Photo or PDF of the certificate (optional)", render_kw={"accept": OFFERED})
    # The word for a photo that was taken in with this form already.
    kept_photo = HeldField()
    again = HeldField()
    # What was doubted and shown; logged once the same is sent again.
    confirmed = HeldField()

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


class ReflectionForm(EditingForm):
    """What one writes about something one completed; who may read it is said beside the tick box."""

    tried = LongTextField(
        "What I tried (optional)", filters=[TidyString("What you tried", LONGEST_REFLECTION, lines=True)]
    )
    young_people_said = LongTextField(
        "What young people said (optional)",
        filters=[TidyString("What young people said", LONGEST_REFLECTION, lines=True)],
    )
    differently = LongTextField(
        "What I will do differently (optional)",
        filters=[TidyString("What you will do differently", LONGEST_REFLECTION, lines=True)],
    )
    shared = TickField("Share it with those who look after my record")

    def fill_from(self, reflection: Reflection | None) -> None:
        """Show what was written so far."""
        self.row_version.data = str(reflection.row_version if reflection else 0)
        if reflection is not None:
            self.tried.data, self.young_people_said.data = reflection.tried, reflection.young_people_said
            self.differently.data, self.shared.data = reflection.differently, reflection.shared
