"""Checks of the gold corpus, made with Great Expectations on pandas frames."""

from curate.quality.report import Outcome, Report
from curate.quality.runner import validate

__all__ = ["Outcome", "Report", "validate"]
