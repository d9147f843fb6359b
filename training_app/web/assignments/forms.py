"""What is typed when people are asked to do something."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from training_app.assignments.actions import MOST_DAYS
from training_app.assignments.rules import Counted, Due
from training_app.clock import today
from training_app.people.models import Person
from training_app.people.rules import LONGEST_REASON
from training_app.web.components.fields import (
    DayField,
    ListField,
    LongTextField,
    Needed,
    RadiosField,
    TickField,
    TicksField,
    TidyString,
    WholeNumberField,
)
from training_app.web.forms import EditingForm, HouseForm, PreviewedForm

# Two months: long enough for most workshops, and proposed only.
USUAL_DAYS = 60
# Three months: by then there is another workshop; proposed only.
USUAL_EXTENSION_DAYS = 90
COUNTED = (
    (Counted.BY_A_DAY.value, "On one day for everybody"),
    (Counted.FROM_START.value, "So many days after each began where they work or volunteer"),
    (Counted.OWN_DAYS.value, "On the pathway’s own days, counted from today"),
)


def _usual_day() -> date:
    return today() + timedelta(days=USUAL_DAYS)


def _usual_end() -> date:
    return today() + timedelta(days=USUAL_EXTENSION_DAYS)


def _days_sentence(days: int) -> str | None:
    fits = 0 <= days <= MOST_DAYS
    return None if fits else f"Write the number of days as a whole number from 0 to {MOST_DAYS:,}"


class ForSeveralForm(PreviewedForm):
    """A form whose preview lists people with a tick at each who gets it."""

    person = TicksField("Who", choices=[])
    somebody_left = False

    def ticked(self, people: Iterable[Person]) -> list[int]:
        """Return the ids of those of some people who are ticked."""
        references = set(self.person.data)
        return [each.id for each in people if each.reference in references]

    def forgets_who_left(self) -> bool:
        """Say whether a preview is confirmed with nothing wrong but that somebody who is ticked left the list since. They are
        no longer ticked then."""
        if self.confirmed is None or set(self.errors) != {"person"}:
            return False
        there = {value for value, _ in self.person.choices}
        self.person.data = [each for each in self.person.data if each in there]
        self.person.errors = []
        self.somebody_left = True
        return True


class AssignForm(ForSeveralForm):
    """A module or a pathway for several people."""

    what = ListField(
        "What are they asked to do?",
        validators=[Needed("Choose a module or a pathway")],
        render_kw={"data-autocomplete": ""},
    )
    counted = RadiosField(
        "By when?", choices=COUNTED, default=Counted.BY_A_DAY.value, validators=[Needed("Say by when")]
    )
    due_on = DayField("The day", what="the day by which it is to be done", default=_usual_day, optional=True)
    days = WholeNumberField("Number of days", filters=[TidyString("The number of days", 20)], wrong=_days_sentence)
    reason = LongTextField(
        "Why are they asked?",
        filters=[TidyString("The reason", LONGEST_REASON)],
        validators=[Needed("Say why, in words that these people will read")],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Say whether everything that was typed can be kept; of the ways to say by when, the chosen one needs its answer."""
        fine = super().validate(extra_validators)
        if self.counted.data == Counted.BY_A_DAY and self.due_on.data is None and not self.due_on.errors:
            self.due_on.errors = ["Enter the day by which it is to be done"]
            return False
        if self.counted.data == Counted.FROM_START and self.days.number is None and not self.days.errors:
            self.days.errors = ["Enter the number of days"]
            return False
        return fine

    @property
    def due(self) -> Due:
        """By when it is due; only for a form that was found right."""
        return Due(Counted(self.counted.data), self.due_on.data, self.days.number or 0)

    @property
    def decision(self) -> str:
        """What the form decides, in one line that changes with any of its answers."""
        return f"{self.what.data} {self.counted.data} {self.due_on.data} {self.days.number} {self.reason.data}"


class RuleForm(PreviewedForm):
    """A rule."""

    group = ListField("Everyone who joins", validators=[Needed("Choose a workforce group")])
    what = ListField(
        "is asked to do", validators=[Needed("Choose a module or a pathway")], render_kw={"data-autocomplete": ""}
    )
    due_days = WholeNumberField(
        "Within how many days of joining?", filters=[TidyString("The number of days", 20)], wrong=_days_sentence
    )
    from_on = DayField("From which day?", what="the day from which the rule asks", default=today)
    includes_present = TickField("Ask those who are in the group already, too")

    @property
    def decision(self) -> str:
        """What the form decides, in one line that changes with any of its answers."""
        return f"{self.group.data} {self.what.data} {self.due_days.number} {self.from_on.data} {self.includes_present.data}"


class EndRuleForm(EditingForm):
    """A rule's last day."""

    until_on = DayField("Last day on which it asks", what="its last day", default=today)


class WaiverForm(HouseForm):
    """A module that is not asked of somebody."""

    module = ListField("Module", validators=[Needed("Choose a module")], render_kw={"data-autocomplete": ""})
    start_on = DayField("First day", what="the first day", default=today)
    end_on = DayField("Last day (optional)", what="the last day", optional=True)
    reason = LongTextField(
        "Reason",
        filters=[TidyString("The reason", LONGEST_REASON)],
        validators=[Needed("Say why, so that others understand later")],
    )


class AllowanceForm(ForSeveralForm):
    """An exemption, a waiver or an extension for several people. An extension has an end only, the others have their days."""

    what = ListField("Which?", validators=[Needed("Choose one from the list")], render_kw={"data-autocomplete": ""})
    until = DayField("Until which day does it count?", what="the new end", default=_usual_end)
    start_on = DayField("First day", what="the first day", default=today)
    end_on = DayField("Last day (optional)", what="the last day", optional=True)
    reason = LongTextField(
        "Why?",
        filters=[TidyString("The reason", LONGEST_REASON)],
        validators=[Needed("Say why, so that these people and others understand later")],
    )

    def day(self, name: str) -> date | None:
        """Return the day of a field, None where this form has no such field."""
        return self[name].data if name in self else None

    @property
    def decision(self) -> str:
        """What the form decides, in one line that changes with any of its answers."""
        days = " ".join(str(self.day(each)) for each in ("until", "start_on", "end_on"))
        return f"{self.what.data} {days} {self.reason.data}"
