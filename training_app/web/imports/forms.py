"""What is chosen to bring in a file."""

from __future__ import annotations

from flask_wtf import FlaskForm

from training_app.accounts.policy import Permission
from training_app.web.components.fields import Needed, RadiosField, UploadField

WORDS = {
    "people": ("People and their engagements", "One row for each time somebody is in a group at an organisation."),
    "completions": ("Completed training", "One row for each module that somebody completed on a day."),
    "exemptions": ("Exemptions", "One row for each skill that is not asked of somebody, with the reason."),
    "requirements": ("Requirements", "One row for each level that a group needs from a day on."),
}
# What somebody must be allowed to change on the pages in order to bring it in from a file.
NEEDED = {
    "people": Permission.CHANGE_PEOPLE,
    "completions": Permission.RECORD_COMPLETIONS,
    "exemptions": Permission.EXEMPT,
    "requirements": Permission.CHANGE_REQUIREMENTS,
}


class ImportForm(FlaskForm):
    """The kind of file, and the file."""

    kind = RadiosField(
        "What is in the file?",
        validators=[Needed("Choose what is in the file.")],
    )
    file = UploadField("File", validators=[Needed("Choose a file that ends in .csv or .xlsx.")])
