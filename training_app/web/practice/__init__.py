"""The pages of those who learn from each other: of a pair, of a team, and what the hub sees of them."""

from training_app.web.practice import hub, own, pairs, research
from training_app.web.practice.blueprint import own_practice, practice

__all__ = ["hub", "own", "own_practice", "pairs", "practice", "research"]
