"""What people type to sign in, and about their own account."""

from __future__ import annotations

from flask import request
from wtforms.validators import ValidationError

from training_app.accounts.rules import LONGEST_PASSWORD_TYPED
from training_app.addresses import LONGEST_EMAIL
from training_app.web.components.fields import (
    EmailField,
    Needed,
    SecretField,
    TextField,
    TickField,
    TidyString,
    showable,
)
from training_app.web.forms import HouseForm

LONGEST_CODE_TYPED = 100
LONGEST_NAME_SHOWN = 40


class NotLonger:
    """A validator for passwords, which are taken as they were typed, spaces and all."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def __call__(self, form: object, field: SecretField) -> None:
        if len(field.data or "") > self.longest:
            field.data = None
            raise ValidationError(f"That password is too long: it must be {self.longest:,} characters or fewer.")


class _Keeping(HouseForm):
    keep = TickField("Keep me signed in on this phone")


class SignInForm(_Keeping):
    """An e-mail, to be sent a link, or with the password for those who chose one."""

    email = EmailField(
        "E-mail",
        filters=[TidyString("The e-mail", LONGEST_EMAIL)],
        validators=[Needed("Enter your e-mail")],
    )
    password = SecretField("Password", validators=[NotLonger(LONGEST_PASSWORD_TYPED)])


class CodeForm(_Keeping):
    """A code from a printed letter."""

    code = TextField(
        "Code",
        filters=[TidyString("The code", LONGEST_CODE_TYPED)],
        validators=[Needed("Enter the code from your letter")],
    )


class UseLinkForm(_Keeping):
    """Nothing to type: pressing the button is enough."""


class ExactForm(HouseForm):
    """A form about an account, which takes its own fields and refuses any other by name: a role that somebody adds to
    what they send is no mistake of typing."""

    def validate(self, *args: object, **kwargs: object) -> bool:
        """Check the fields, after looking whether there are others."""
        others = sorted(set(request.form) - {field.name for field in self} - {"csrf_token"})
        if others:
            named = ", ".join(f'"{showable(name)[:LONGEST_NAME_SHOWN]}"' for name in others[:3])
            self.form_errors.append(f"This form has no field {named}, so nothing was saved.")
            return False
        return bool(super().validate(*args, **kwargs))


class CurrentPasswordForm(ExactForm):
    """The password that somebody has, to show that it is they who change it."""

    current = SecretField(
        "Your password now", validators=[Needed("Enter your password"), NotLonger(LONGEST_PASSWORD_TYPED)]
    )


class _NewPassword(ExactForm):
    password = SecretField(
        "New password", validators=[Needed("Enter a new password"), NotLonger(LONGEST_PASSWORD_TYPED)]
    )


class ChoosePasswordForm(_NewPassword):
    """A password for somebody who has none, or who has just signed in without it."""


class ChangePasswordForm(CurrentPasswordForm, _NewPassword):
    """Another password."""
