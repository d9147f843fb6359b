"""What pages are made of: the fields of forms, the geometry of charts, addresses, and the macros in templates/components."""

from __future__ import annotations

from flask import Flask

from training_app.web.components.addresses import this_page, this_page_as
from training_app.web.components.chart import chart
from training_app.web.components.errors import errors_of


def init_app(app: Flask) -> None:
    """Give the application's templates the functions that the layout and the components call."""
    app.jinja_env.globals.update(chart=chart, errors_of=errors_of, this_page=this_page, this_page_as=this_page_as)
