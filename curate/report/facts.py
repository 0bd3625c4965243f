"""The facts of the report: the values that other commands give, or why there are none."""

from __future__ import annotations

from curate.agreement import Agreement
from curate.gate.conditions import GateResult
from curate.html.filters import counted
from curate.ledger import Ledger
from curate.model import Problem, Record, Release
from curate.quality import QualityReport
from curate.release import VersionProposal
from curate.report.audit_summary import AuditSummary
from curate.report.labels import LabelDistribution
from curate.report.languages import LanguageSummary
from curate.report.models import LayerComparison
from curate.report.progress import WorkProgress
from curate.splits.split import SplitSummary
from curate.sync.conflicts import OpenConflicts
from curate.sync.status import CorpusStatus


class EmptySection(Record, frozen=True, kw_only=True):
    """Why a section of the report has nothing to show, and what would fill it."""

    reason: str
    hint: str


class ReportFacts(Record, frozen=True, kw_only=True):
    """Everything in a report.

    Args:
        corpus: name of the corpus.
        language: ISO 639-1 code.
        schema: ``<name>@<version>`` of its label schema.
        made: when the report was made, as an ISO 8601 time in UTC.
        version: the version of curate.
        status: the result of ``curate status`` without asking the server.
        proposal: the next release, as in ``curate release --dry-run``.
        progress: what people confirmed and revised, by week.
        labels: the gold's labels beside those of the last release.
        languages: the corpus by language; empty if it has only one.
        agreement: the result of ``curate agreement``, or why it cannot be measured.
        models: the layers of models, of rules and the proposal beside people.
        ledger: the result of ``curate ledger``.
        checks: the result of ``curate validate``.
        audit: what is open of the last ``curate audit``; None if there has been none.
        gate: the conditions of a release, as in ``curate release --dry-run``.
        conflicts: the open conflicts, as in ``curate conflicts``.
        splits: what is in each split.
        unsound: problems of the splits.
        releases: all releases, the highest version first.
    """

    corpus: str
    language: str
    schema: str
    made: str
    version: str
    status: CorpusStatus
    proposal: VersionProposal
    progress: WorkProgress
    labels: LabelDistribution
    languages: dict[str, LanguageSummary]
    agreement: Agreement | EmptySection
    models: tuple[LayerComparison, ...]
    ledger: Ledger
    checks: QualityReport
    audit: AuditSummary | None
    gate: GateResult
    conflicts: tuple[OpenConflicts, ...]
    splits: tuple[SplitSummary, ...]
    unsound: tuple[Problem, ...]
    releases: tuple[Release, ...]


class WrittenReport(Record, frozen=True, kw_only=True):
    """A report that was written.

    Args:
        path: the file.
        made: when, as an ISO 8601 time in UTC.
        progress: what people confirmed and revised, by week.
        labels: the gold's labels beside those of the last release.
        empty: why sections have nothing to show, by their name.
        languages: the corpus by language; empty if it has only one.
    """

    path: str
    made: str
    progress: WorkProgress
    labels: LabelDistribution
    empty: dict[str, str]
    languages: dict[str, LanguageSummary] = {}


def empty_sections(facts: ReportFacts) -> dict[str, EmptySection]:
    """The sections that have nothing to show, by name."""
    confirm = "confirm documents in Doccano, then run `curate sync`"
    empty: dict[str, EmptySection] = {}

    def add(section: str, reason: str, hint: str) -> None:
        empty[section] = EmptySection(reason=reason, hint=hint)

    if not facts.progress.people:
        add("progress", "nobody has confirmed or revised a document yet", confirm)
    if not facts.labels.spans:
        add("labels", "the gold has no spans yet", confirm)
    if isinstance(facts.agreement, EmptySection):
        empty["agreement"] = facts.agreement
    if not facts.models:
        add("models", "no document has a layer of a model", "run `curate preannotate`")
    if not facts.ledger.works and facts.ledger.control is None:
        left_out = len(facts.ledger.left_out)
        excluded = counted(left_out, "annotation does", "annotations do")
        hint = f"{excluded} not count: `curate ledger` says why" if left_out else confirm
        add("savings", "no pre-annotated document has been confirmed yet", hint)
    if facts.audit is None:
        add("audit", "there has been no audit yet", "run `curate audit`")
    if not facts.conflicts:
        add(
            "conflicts",
            "there are no open conflicts",
            "what gold and Doccano change differently is listed here until it is resolved",
        )
    if not any(part.documents for part in facts.splits):
        add("splits", "no splits have been drawn yet", "draw them with `curate split`")
    if not facts.releases:
        add(
            "releases",
            "nothing has been released yet",
            "cut the first release with `curate release`",
        )
    return empty
