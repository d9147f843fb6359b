"""The pages of assigning: who owes what, asking people to do a module or a pathway, rules, and waivers."""

from training_app.web.assignments import giving, owed, rules, waivers
from training_app.web.assignments.blueprint import assignments

__all__ = ["assignments", "giving", "owed", "rules", "waivers"]
