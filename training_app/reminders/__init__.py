"""Reminding people of what they are asked to do: who is written to, when, and who wants no reminders."""
