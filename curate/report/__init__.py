"""The report of a corpus: one page of what the other commands tell."""

from curate.report.audited import SHOWN, Audited, audited
from curate.report.facts import Absent, Facts, Reported, empty
from curate.report.html import html
from curate.report.labels import Labels, labels
from curate.report.progress import Person, Progress, progress

__all__ = [
    "SHOWN",
    "Absent",
    "Audited",
    "Facts",
    "Labels",
    "Person",
    "Progress",
    "Reported",
    "audited",
    "empty",
    "html",
    "labels",
    "progress",
]
