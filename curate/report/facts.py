"""What the report tells: values that the commands give, and why some of them are not there."""

from __future__ import annotations

from curate.agreement import Agreement
from curate.gate.conditions import Gate
from curate.ledger import Ledger
from curate.model import Problem, Record, Release
from curate.quality import Report
from curate.release import Proposal
from curate.report.audit_summary import AuditSummary
from curate.report.labels import LabelDistribution
from curate.report.progress import WorkProgress
from curate.splits.corpus import Part
from curate.sync.conflicts import Conflicts
from curate.sync.status import Status


class EmptySection(Record, frozen=True, kw_only=True):
    """Why there is nothing to tell, and what would fill it."""

    why: str
    cure: str


class ReportFacts(Record, frozen=True, kw_only=True):
    """Everything in a report.

    Args:
        corpus: name of the corpus.
        language: ISO 639-1 code.
        schema: ``<name>@<version>`` of its label schema.
        made: when the report was made.
        version: of curate.
        status: as ``curate status`` tells, without asking the server.
        proposal: what the next release would be, as ``curate release --dry-run`` tells.
        progress: what people confirmed and revised, by week.
        labels: the gold's labels beside those of the last release.
        agreement: as ``curate agreement`` tells.
        ledger: as ``curate ledger`` tells.
        checks: as ``curate validate`` tells.
        audit: what the last ``curate audit`` left open; None if there was none.
        gate: as ``curate release --dry-run`` tells.
        conflicts: as ``curate conflicts`` tells.
        splits: what is in each split.
        unsound: what is wrong with the splits.
        releases: as ``curate log`` tells, the highest version first.
    """

    corpus: str
    language: str
    schema: str
    made: str
    version: str
    status: Status
    proposal: Proposal
    progress: WorkProgress
    labels: LabelDistribution
    agreement: Agreement | EmptySection
    ledger: Ledger
    checks: Report
    audit: AuditSummary | None
    gate: Gate
    conflicts: tuple[Conflicts, ...]
    splits: tuple[Part, ...]
    unsound: tuple[Problem, ...]
    releases: tuple[Release, ...]


class WrittenReport(Record, frozen=True, kw_only=True):
    """A report that was written.

    Args:
        path: the file.
        made: when.
        progress: what people confirmed and revised, by week.
        labels: the gold's labels beside those of the last release.
        empty: the sections that have nothing to tell, and why.
    """

    path: str
    made: str
    progress: WorkProgress
    labels: LabelDistribution
    empty: dict[str, str]


def empty_sections(found: ReportFacts) -> dict[str, EmptySection]:
    """The sections that have nothing to tell, by name: why, and what would fill them."""
    confirm = "confirm documents in Doccano, then run `curate sync`"
    left = len(found.ledger.left_out)
    apart = found.agreement if isinstance(found.agreement, EmptySection) else None
    told = {
        "progress": (
            not found.progress.people,
            "nobody confirmed or revised anything yet",
            confirm,
        ),
        "labels": (not found.labels.spans, "the gold has no span yet", confirm),
        "agreement": (apart is not None, apart.why if apart else "", apart.cure if apart else ""),
        "savings": (
            not found.ledger.works and found.ledger.control is None,
            "nothing was confirmed yet that had been pre-annotated",
            f"`curate ledger` says why {left:,} works do not count" if left else confirm,
        ),
        "audit": (found.audit is None, "no audit was made yet", "make one with `curate audit`"),
        "conflicts": (
            not found.conflicts,
            "there is no open conflict",
            "where gold and Doccano change the same place, it stands here until it is settled",
        ),
        "splits": (
            not any(part.documents for part in found.splits),
            "no splits were drawn yet",
            "draw them with `curate split`",
        ),
        "releases": (
            not found.releases,
            "nothing was released yet",
            "cut the first release with `curate release`",
        ),
    }
    return {
        name: EmptySection(why=why, cure=cure)
        for name, (nothing, why, cure) in told.items()
        if nothing
    }
