"""Certificates and passports as files, one's own certificates, and confirming one to a third person."""
