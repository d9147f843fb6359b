"""Bringing in spreadsheets: a file per kind, each of which judges every row before anything is written.

A kind reads what the database says about the people, organisations and modules that the file names, compares, and returns
a `Judgement`: what would be created, updated or left, every bad row, and the plan to apply. The command and the page use
the same `bring_in`.
"""

from training_app.imports.bring_in import KINDS, Kind, bring_in, judge
from training_app.imports.judgement import Judgement
from training_app.imports.own_rows import Bounds

__all__ = ["KINDS", "Bounds", "Judgement", "Kind", "bring_in", "judge"]
