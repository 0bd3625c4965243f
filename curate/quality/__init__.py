"""Checks of annotated documents, made with Great Expectations on pandas frames."""

from curate.quality.catalogue import CHECKS
from curate.quality.check import Check
from curate.quality.context import Beside
from curate.quality.report import Outcome, Report, Waived
from curate.quality.runner import validate

__all__ = ["CHECKS", "Beside", "Check", "Outcome", "Report", "Waived", "validate"]
