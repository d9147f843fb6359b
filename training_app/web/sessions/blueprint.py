"""Under which the pages of sessions are gathered."""

from flask import Blueprint

sessions = Blueprint("sessions", __name__)
