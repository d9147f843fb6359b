"""What people type to sign in."""

from __future__ import annotations

from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput, GovSubmitInput, GovTextInput
from wtforms import PasswordField, StringField, SubmitField
from wtforms.validators import InputRequired, Length


class SignInForm(FlaskForm):
    """E-mail and password."""

    email = StringField(
        "E-mail",
        widget=GovTextInput(),
        validators=[InputRequired("Enter your e-mail."), Length(max=254, message="That e-mail is too long.")],
    )
    password = PasswordField(
        "Password",
        widget=GovPasswordInput(),
        validators=[
            InputRequired("Enter your password."),
            Length(max=1000, message="That password is too long."),
        ],
    )
    submit = SubmitField("Sign in", widget=GovSubmitInput())
