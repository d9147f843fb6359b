"""The rules of e-mail addresses under the name of accounts, which are known by them."""

from training_app.addresses import LONGEST_EMAIL, email_key, is_email

__all__ = ["LONGEST_EMAIL", "email_key", "is_email"]
