"""The report of a corpus: one page of what the other commands tell."""

from curate.joints.report.audited import SHOWN, Audited, audited
from curate.joints.report.facts import Absent, Facts, Reported, empty
from curate.joints.report.html import html
from curate.joints.report.labels import Labels, labels
from curate.joints.report.progress import Person, Progress, progress

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
