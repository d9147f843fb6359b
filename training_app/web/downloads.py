"""Tables as files to keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from flask import Blueprint, Flask, Response, request

from training_app.files import FORMATS_OF_TABLES, Table

View = TypeVar("View", bound=Callable[..., Any])
_ENDINGS = tuple(each.extension for each in FORMATS_OF_TABLES)


def each_format(blueprint: Blueprint, path: str) -> Callable[[View], View]:
    """Serve the table that a view answers with at this path and the ending of each format: `/people.csv`, `/people.xlsx`."""

    def serve(view: View) -> View:
        for ending in _ENDINGS:
            blueprint.add_url_rule(path + ending, view_func=view, methods=["GET"])
        return view

    return serve


def download(table: Table, name: str) -> Response:
    """Return a table as a file called `name`, in the format with which the address that was asked for ends."""
    wanted = next(each for each in FORMATS_OF_TABLES if request.path.endswith(each.extension))
    response = Response(wanted.write(None, replace(table, name=name)), content_type=wanted.mime_type)
    response.headers.set("Content-Disposition", "attachment", filename=name + wanted.extension)
    return response


def with_ending(address: str, ending: str) -> str:
    """Return the address of a file with another format's ending: `/people.xlsx?group=…` for `/people.csv?group=…`."""
    path, mark, query = address.partition("?")
    return f"{path.rpartition('.')[0]}.{ending}{mark}{query}"


def without_ending(path: str) -> str:
    """Return the path of the page of which this is the path of the file; of a page, the path as it is."""
    return next((path.removesuffix(ending) for ending in _ENDINGS if path.endswith(ending)), path)


def init_app(app: Flask) -> None:
    """Give the templates what turns one address into the other."""
    app.jinja_env.filters.update(with_ending=with_ending, without_ending=without_ending)
