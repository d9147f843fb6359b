"""The list of what is wrong with a form, each sentence with a link to the very input that it belongs to."""

from __future__ import annotations

from typing import Any


def errors_of(form: Any) -> list[dict[str, str]]:
    """Return the errors of a WTForms form in the order of its fields, as the error summary wants them.

    Each is {"text": …, "href": …}; an error of the whole form has no href. A field may say by `error_anchor` which of
    its inputs is to get the focus (a day's are three), otherwise it is the one with the field's own id.
    """
    found = [{"text": str(error)} for error in form.form_errors]
    for field in form:
        found.extend(_errors_of_field(field))
    return found


def _errors_of_field(field: Any) -> list[dict[str, str]]:
    inner = getattr(field, "entries", None) or getattr(field, "form", None)
    if inner is not None and not all(isinstance(error, str) for error in field.errors):
        return [error for each in inner for error in _errors_of_field(each)]
    anchor = getattr(field, "error_anchor", None) or field.id
    # one sentence a field: the next one is easier to see once the first is put right
    return [{"text": str(error), "href": f"#{anchor}"} for error in list(field.errors)[:1]]
