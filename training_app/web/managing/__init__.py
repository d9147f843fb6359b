"""Managing accounts: who can sign in, as what, by which way."""

from training_app.web.managing import inviting
from training_app.web.managing.views import managing

__all__ = ["inviting", "managing"]
