"""Under which the pages of pairs and teams are gathered."""

from flask import Blueprint

practice = Blueprint("practice", __name__)
own_practice = Blueprint("own_practice", __name__)
