"""What pages are made of: the fields of forms, the geometry of charts, addresses, and the macros in templates/components.

`install` makes all of it known to the application's templates.
"""

from __future__ import annotations

from flask import Flask
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

from training_app.web.components.addresses import this_page, this_page_as
from training_app.web.components.chart import chart
from training_app.web.components.errors import errors_of
from training_app.web.formatting import FILTERS


def install(app: Flask) -> None:
    """Give the application's templates GOV.UK Frontend's macros, our own filters and our own functions.

    Nothing runs here for a page that does not use it, so a page stays as cheap as what stands on it.
    """
    own = app.jinja_loader
    given = PrefixLoader(
        {name: PackageLoader(name) for name in ("govuk_frontend_jinja", "govuk_frontend_wtf")},
    )
    app.jinja_loader = ChoiceLoader([own, given] if own else [given])
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
        chart=chart, errors_of=errors_of, this_page=this_page, this_page_as=this_page_as
    )
