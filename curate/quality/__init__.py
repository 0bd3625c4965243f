"""Checks of annotated documents, run by Great Expectations on pandas frames."""

from curate.quality import checks  # noqa: F401  # registers them
from curate.quality.context import Beside
from curate.quality.registry import CHECKS, Check
from curate.quality.report import Outcome, Report, Waived
from curate.quality.runner import validate

__all__ = ["CHECKS", "Beside", "Check", "Outcome", "Report", "Waived", "validate"]
