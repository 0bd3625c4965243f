"""Checks of annotated documents, run by Great Expectations on pandas frames."""

from curate.quality import checks  # noqa: F401  # registers them
from curate.quality.context import CheckContext
from curate.quality.registry import CHECKS, Check
from curate.quality.report import CheckResult, QualityReport, WaivedProblem
from curate.quality.runner import check_documents

__all__ = [
    "CHECKS",
    "CheckContext",
    "Check",
    "CheckResult",
    "QualityReport",
    "WaivedProblem",
    "check_documents",
]
