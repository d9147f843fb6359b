"""Held against required: on a day, over time, to come."""
