"""Signing in and out, and one's own account."""

from training_app.web.accounts import own
from training_app.web.accounts.views import accounts

__all__ = ["accounts", "own"]
