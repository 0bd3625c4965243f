"""The report of a corpus: one page of what the other commands tell."""

from curate.report.facts import Absent, Facts, Reported, empty
from curate.report.html import html
from curate.report.labels import Labels, labels
from curate.report.progress import Person, Progress, progress

__all__ = [
    "Absent",
    "Facts",
    "Labels",
    "Person",
    "Progress",
    "Reported",
    "empty",
    "html",
    "labels",
    "progress",
]
