"""Asking people to do modules: assignments, rules and waivers; who owes what by when."""
