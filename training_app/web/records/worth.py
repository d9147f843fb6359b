"""What a verifier says that training outside the catalogue gives: the fields of it, and what is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from training_app.catalogue.models import Module, ModuleVersion
from training_app.catalogue.queries import ModulesWanted, module_by_code, modules_wanted
from training_app.catalogue.rules import MOST_MONTHS, refresh_problem
from training_app.clock import today
from training_app.errors import Refused
from training_app.people.rules import name_key
from training_app.records.outside import Worth
from training_app.skills.levels import HELD_LEVELS, Level
from training_app.skills.models import Skill
from training_app.skills.queries import all_skills
from training_app.web.components.fields import (
    DayField,
    ListField,
    Needed,
    RadiosField,
    TickField,
    TidyString,
    WholeNumberField,
)
from training_app.web.forms import EditingForm

FOR_GOOD, MONTHS, DAY = "for-good", "months", "day"
LEVELS = [("0", "–"), *((str(int(level)), level.label) for level in HELD_LEVELS)]
# The format of modules that recognise what somebody did elsewhere.
RECOGNITION = "recognition"
# Words of a title that are long enough to say what it is about: "training" and "employer" are not.
_TELLING = 9


def _months_sentence(months: int) -> str | None:
    fits = refresh_problem(months) is None
    return None if fits else f"Write a whole number of months, from 1 to {MOST_MONTHS:,}"


class WorthForm(EditingForm):
    """A level in each skill, and until when it counts. A field for each skill is added by `with_skills`."""

    for_the_record = TickField("It gives none of these skills: keep it in the record alone")
    lasts = RadiosField(
        "How long does it count?",
        choices=[(FOR_GOOD, "For good"), (MONTHS, "For a number of months"), (DAY, "Until a day")],
        validators=[Needed("Choose how long it counts")],
    )
    refresh_months = WholeNumberField(
        "How many months?", filters=[TidyString("The number of months", 20)], wrong=_months_sentence
    )
    ends_on = DayField("On which day does it run out?", what="the day on which it runs out", optional=True)

    skills: ClassVar[Sequence[Skill]] = ()

    @classmethod
    def with_skills(cls) -> Self:
        """Return the form with a field for each skill of the framework."""
        skills = all_skills()
        fields = {_field_of(skill): ListField(skill.name, choices=LEVELS, default="0") for skill in skills}
        form: Self = type(cls.__name__, (cls,), {**fields, "skills": skills})()
        return form

    def level_fields(self) -> list[tuple[Skill, Any]]:
        """Return each skill with its field, in the framework's order."""
        return [(skill, self[_field_of(skill)]) for skill in self.skills]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the form; of months and day only what was chosen matters."""
        is_right: bool = super().validate(extra_validators)
        if self.lasts.data != MONTHS:
            self.refresh_months.errors = []
        if self.lasts.data != DAY:
            self.ends_on.errors = []
        is_right = is_right or not self.errors
        if self.lasts.data == MONTHS and not self.refresh_months.errors and self.refresh_months.number is None:
            self.refresh_months.errors = ["Enter a number of months, such as 12"]
            is_right = False
        if self.lasts.data == DAY and not self.ends_on.errors and self.ends_on.data is None:
            self.ends_on.errors = ["Enter the day on which it runs out, like 27 3 2027"]
            is_right = False
        gives = self._gives()
        if not gives and not self.for_the_record.data:
            self._first_level().errors = ["Choose at least one skill, or say that it gives none of them"]
            is_right = False
        elif gives and self.for_the_record.data:
            self.for_the_record.errors = ["Levels are chosen above. Take them out, or leave this box empty"]
            is_right = False
        return is_right

    def worth(self) -> Worth:
        """Return what was said; only for a form that was found right."""
        return Worth(
            self._gives(),
            self.refresh_months.number if self.lasts.data == MONTHS else None,
            self.ends_on.data if self.lasts.data == DAY else None,
        )

    def propose(self, version: ModuleVersion) -> None:
        """Fill in what a version gives, to be looked at and changed."""
        levels = {given.skill_id: given.level for given in version.gives}
        for skill, field in self.level_fields():
            field.data = str(levels.get(skill.id, 0))
        if version.ends_on is not None:
            self.lasts.data = DAY
            self.ends_on.process(None, version.ends_on)
        elif version.refresh_months is not None:
            self.lasts.data, self.refresh_months.data = MONTHS, str(version.refresh_months)
        else:
            self.lasts.data = FOR_GOOD
        self.for_the_record.data = version.mapped_at is not None and not levels

    def refuse(self, refused: Refused) -> None:
        """Put a refusal at its field; one about the skills at the first of them."""
        if refused.field == "gives" and self.skills:
            refused.field = _field_of(self.skills[0])
        super().refuse(refused)

    def _gives(self) -> dict[int, Level]:
        chosen = {
            skill.id: Level(int(field.data)) for skill, field in self.level_fields() if field.data in dict(LEVELS)
        }
        return {skill_id: level for skill_id, level in chosen.items() if level is not Level.NONE}

    def _first_level(self) -> Any:
        return self[_field_of(self.skills[0])] if self.skills else self.lasts


def recognising() -> list[Module]:
    """Return the modules on offer that recognise what somebody did elsewhere."""
    return modules_wanted(ModulesWanted(on=today(), format=RECOGNITION))


def proposal(title: str, code: str) -> Module | None:
    """Return the module whose mapping is proposed for a title: the one that was named by its code, or else one that
    recognises training elsewhere and shares a long word with it."""
    if code:
        return module_by_code(code)
    said = name_key(title)
    for module in recognising():
        words = [word for word in name_key(module.current.title).split() if len(word) >= _TELLING]
        if any(word in said for word in words):
            return module
    return None


def _field_of(skill: Skill) -> str:
    return f"gives_{skill.id}"
