"""The reports: a file for each, which turns facts into a document (for JSON) and a table (for every tabular format)."""

from __future__ import annotations

from training_app.reports.coverage import coverage_report
from training_app.reports.report import Report
from training_app.reports.trend import trend_report

__all__ = ["Report", "coverage_report", "trend_report"]
