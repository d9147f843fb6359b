"""The pages of sessions, bookings and registers."""

from training_app.web.sessions import booking, own, registers, round_trip, views
from training_app.web.sessions.blueprint import sessions

__all__ = ["booking", "own", "registers", "round_trip", "sessions", "views"]
