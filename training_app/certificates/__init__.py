"""Certificates: a number for a verified completion, with which a third person can have it confirmed."""
