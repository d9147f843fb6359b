"""What is typed about a module."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms.validators import StopValidation

from training_app.catalogue.actions import ModuleAbout, ModuleContent
from training_app.catalogue.models import Module
from training_app.catalogue.rules import (
    LONGEST_CONTACT,
    LONGEST_LINK,
    LONGEST_NOTE,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    hours_problem,
    refresh_problem,
    renewal_problem,
)
from training_app.clock import today
from training_app.errors import Refused
from training_app.skills.levels import HELD_LEVELS, Level
from training_app.skills.models import Skill
from training_app.web.components.fields import (
    DayField,
    HeldField,
    ListField,
    LongTextField,
    Needed,
    TextField,
    TickField,
    TicksField,
    TidyString,
    WholeNumberField,
)
from training_app.web.forms import EditingForm

LEVELS = [("0", "–"), *((str(int(level)), level.label) for level in HELD_LEVELS)]
_DECIMAL = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}")


class HoursField(TextField):
    """A number of hours, typed as `1.5`; `number` is what was read, None where nothing was typed."""

    number: Decimal | None = None

    def pre_validate(self, form: Any) -> None:
        """Read the number, or say how to write one."""
        typed = str(self.data or "")
        if not typed or self.errors:
            return
        if not _DECIMAL.fullmatch(typed):
            raise StopValidation("Write the hours as a number, such as 1.5")
        self.number = Decimal(typed)
        problem = hours_problem(self.number)
        if problem:
            raise StopValidation(f"The hours {problem}")


def _refresh_sentence(months: int) -> str | None:
    problem = refresh_problem(months)
    return f"The refresher {problem}" if problem else None


def _renewal_sentence(days: int) -> str | None:
    problem = renewal_problem(days)
    return f"The number of days {problem}" if problem else None


class ModuleForm(EditingForm):
    """A module: what it gives, and what is told about it. A field for each skill is added by `module_form`."""

    code = TextField("Code", filters=[TidyString("The code", 100)], validators=[Needed("Enter a code, such as SND-02")])
    title = TextField(
        "Title", filters=[TidyString("The title", LONGEST_TITLE)], validators=[Needed("Enter the module's title")]
    )
    summary = LongTextField(
        "What is it about?",
        filters=[TidyString("The summary", LONGEST_SUMMARY)],
        validators=[Needed("Say in a sentence what it is about")],
    )
    format = ListField("How is it learned?", validators=[Needed("Choose how it is learned")])
    hours = HoursField("Hours", filters=[TidyString("The hours", 20)], validators=[Needed("Enter the hours")])
    refresh_months = WholeNumberField(
        "Runs out after how many months? (optional)",
        filters=[TidyString("The refresher", 20)],
        wrong=_refresh_sentence,
    )
    renewal_opens_days = WholeNumberField(
        "Ask to renew it how many days before? (optional)",
        filters=[TidyString("The number of days", 20)],
        wrong=_renewal_sentence,
    )
    access_link = TextField("Link (optional)", filters=[TidyString("The link", LONGEST_LINK)])
    access_note = TextField("How to do it, in a line (optional)", filters=[TidyString("This line", LONGEST_NOTE)])
    access_contact = TextField("Whom to ask (optional)", filters=[TidyString("The contact", LONGEST_CONTACT)])
    coordinator_may_confirm = TickField("A coordinator may confirm it for their own people")
    groups = TicksField("Suggested for")
    priorities = TicksField("Priorities it serves")
    prerequisites = TicksField("Builds on")
    confirmed_by_rule = TickField("Confirm by rule what people log of this module")
    # What a change of content was shown for; saved once the same is sent again.
    confirmed = HeldField()

    skills: Sequence[Skill] = ()

    def level_fields(self) -> list[tuple[Skill, Any]]:
        """Return each skill with its field, in the framework's order."""
        return [(skill, self[_field_of(skill)]) for skill in self.skills]

    def content(self) -> ModuleContent:
        """Return what completions are to be recorded with; only for a form that was found right."""
        given = {skill.id: Level(int(field.data or 0)) for skill, field in self.level_fields()}
        return ModuleContent(
            title=self.title.data or "",
            format_id=int(self.format.data),
            hours=self.hours.number or Decimal(0),
            refresh_months=self.refresh_months.number,
            gives={skill_id: level for skill_id, level in given.items() if level is not Level.NONE},
        )

    def about(self) -> ModuleAbout:
        """Return what is told about the module; only for a form that was found right."""
        return ModuleAbout(
            summary=self.summary.data or "",
            access_link=self.access_link.data or None,
            access_note=self.access_note.data or None,
            access_contact=self.access_contact.data or None,
            coordinator_may_confirm=bool(self.coordinator_may_confirm.data),
            renewal_opens_days=self.renewal_opens_days.number,
            priority_ids=[int(each) for each in self.priorities.data or []],
            group_ids=[int(each) for each in self.groups.data or []],
            prerequisite_ids=[int(each) for each in self.prerequisites.data or []],
            confirmed_by_rule=bool(self.confirmed_by_rule.data),
        )

    def fill_from(self, module: Module) -> None:
        """Show what a module says now."""
        version = module.current
        self.title.data, self.summary.data = version.title, module.summary
        self.format.data = str(version.format_id)
        self.hours.data = f"{version.hours.normalize():f}"
        self.refresh_months.data = str(version.refresh_months or "")
        self.renewal_opens_days.data = "" if module.renewal_opens_days is None else str(module.renewal_opens_days)
        self.access_link.data, self.access_note.data = module.access_link, module.access_note
        self.access_contact.data = module.access_contact
        self.coordinator_may_confirm.data = module.coordinator_may_confirm
        self.groups.data = [str(group.id) for group in module.groups]
        self.priorities.data = [str(priority.id) for priority in module.priorities]
        self.prerequisites.data = [str(needed.id) for needed in module.prerequisites]
        self.confirmed_by_rule.data = module.confirmed_by_rule
        levels = {given.skill_id: given.level for given in version.gives}
        for skill, field in self.level_fields():
            field.data = str(levels.get(skill.id, 0))
        self.row_version.data = str(module.row_version)

    def refuse(self, refused: Refused) -> None:
        """Put a refusal at its field; one about the skills at the first of them."""
        if refused.field == "gives" and self.skills:
            refused.field = _field_of(self.skills[0])
        super().refuse(refused)


def module_form(skills: Sequence[Skill]) -> ModuleForm:
    """Return the form of a module with a field for each skill."""
    fields = {_field_of(skill): ListField(skill.name, choices=LEVELS, default="0") for skill in skills}
    form: ModuleForm = type("ModuleForm", (ModuleForm,), {**fields, "skills": skills})()
    return form


def digest_of(content: ModuleContent) -> str:
    """Return a short word that stands for this content, so that what is confirmed is what was shown."""
    return hashlib.sha256(repr(content).encode("utf-8", "replace")).hexdigest()[:16]


class RetireForm(EditingForm):
    """From which day a module is no longer offered."""

    retired_on = DayField("From which day is it no longer offered?", what="the day", default=today)
    # What would go out of reach, as it was shown; retired once the same is sent again.
    confirmed = HeldField()


def _field_of(skill: Skill) -> str:
    return f"gives_{skill.id}"
