"""What is typed about what a group needs."""

from __future__ import annotations

from training_app.clock import today
from training_app.skills.levels import HELD_LEVELS, Level
from training_app.web.components.fields import DayField, HeldField, ListField, Needed, RadiosField
from training_app.web.forms import HouseForm

LEVELS = (
    *((level.code, level.label) for level in HELD_LEVELS),
    (Level.NONE.code, "No longer required"),
)


class RequirementForm(HouseForm):
    """A decision about a group and a skill. `previewed` is what the preview was shown for, and `seen` what stood then for
    the same group, skill and day; saving needs the same."""

    group = ListField("Workforce group", validators=[Needed("Choose a workforce group")])
    skill = ListField("Skill", validators=[Needed("Choose a skill")])
    level = RadiosField("Level", choices=LEVELS, validators=[Needed("Choose a level")])
    effective_from = DayField("From which day?", what="the day from which it holds", default=today)
    previewed = HeldField()
    seen = HeldField()

    @property
    def decision(self) -> str:
        """What the form decides, in one word that changes with any of its answers."""
        return f"{self.group.data} {self.skill.data} {self.level.data} {self.effective_from.data}"
