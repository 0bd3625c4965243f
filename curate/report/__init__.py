"""The report of a corpus: the results of the other commands on one page."""

from curate.report.audit_summary import SHOWN_SUSPECTS, AuditSummary, summarise_audit
from curate.report.facts import EmptySection, ReportFacts, WrittenReport, empty_sections
from curate.report.labels import LabelDistribution, label_distribution
from curate.report.progress import PersonProgress, WorkProgress, work_progress
from curate.report.sections import render_report

__all__ = [
    "SHOWN_SUSPECTS",
    "EmptySection",
    "AuditSummary",
    "ReportFacts",
    "LabelDistribution",
    "PersonProgress",
    "WorkProgress",
    "WrittenReport",
    "summarise_audit",
    "empty_sections",
    "render_report",
    "label_distribution",
    "work_progress",
]
