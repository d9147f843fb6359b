"""The pages of assigning: who owes what, asking people to do a module or a pathway, rules, waivers, and what is allowed to
several people at once."""

from training_app.web.assignments import allowing, giving, owed, rules, waivers
from training_app.web.assignments.blueprint import assignments

__all__ = ["allowing", "assignments", "giving", "owed", "rules", "waivers"]
