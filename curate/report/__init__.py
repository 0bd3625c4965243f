"""The report of a corpus: one page of what the other commands tell."""

from curate.report.audit_summary import SHOWN_SUSPECTS, AuditSummary, summarise_audit
from curate.report.facts import EmptySection, ReportFacts, WrittenReport, empty_sections
from curate.report.html import render_report
from curate.report.labels import LabelDistribution, label_distribution
from curate.report.progress import PersonProgress, WorkProgress, work_progress

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
