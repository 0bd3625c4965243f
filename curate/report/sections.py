"""The report as one HTML page: its sections, and what their templates need beside the facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from curate.agreement import coefficient_title, render_heat_map
from curate.agreement.calibration import render_reliability
from curate.agreement.values import DEPEND_ON_CATEGORIES
from curate.annotations.merge import Conflict
from curate.html import filters, page
from curate.ledger import LedgerRow
from curate.model import Category, Document, Problem, Relation, Span, describe
from curate.quality.report import CheckResult
from curate.report.facts import ReportFacts, empty_sections
from curate.splits.split import SplitSummary
from curate.sync.conflicts import OpenConflicts

SECTIONS = {
    "progress": "Progress",
    "labels": "Labels",
    "languages": "Languages",
    "agreement": "Agreement",
    "models": "Models beside people",
    "savings": "What pre-annotation saves",
    "checks": "Checks",
    "audit": "Audit",
    "gate": "Gate",
    "conflicts": "Open conflicts",
    "splits": "Splits",
    "releases": "Releases",
}
"""Titles in the order of the page, by name; each has a template ``sections/<name>.html.j2``."""

FINDINGS_PER_CHECK = 5


def render_report(facts: ReportFacts) -> str:
    """The page; the same facts give the same page."""
    shown = {name: title for name, title in SECTIONS.items() if name != "languages"}
    if facts.languages:
        shown = SECTIONS
    return page.render(
        __package__,
        "report.html.j2",
        facts=facts,
        sections=shown,
        empty=empty_sections(facts),
        by_saving=by_saving,
        checks_with_findings=checks_with_findings,
        coefficient_name=coefficient_title,
        depend_on_categories=DEPEND_ON_CATEGORIES,
        conflict_rows=conflict_rows,
        first_per_check=first_per_check,
        findings_per_check=FINDINGS_PER_CHECK,
        heat_map=render_heat_map,
        reliability=render_reliability,
        split_labels=split_labels,
    )


def by_saving(rows: Mapping[str, LedgerRow]) -> dict[str, LedgerRow]:
    """Rows of the ledger, those that save most first."""
    return dict(sorted(rows.items(), key=lambda pair: (-pair[1].saved, pair[0])))


def checks_with_findings(checks: Iterable[CheckResult]) -> list[CheckResult]:
    """The checks that have findings, open or waived, and those that the corpus configures."""
    return [check for check in checks if check.findings or check.waived or check.reason]


def first_per_check(problems: Iterable[Problem]) -> list[Problem]:
    """The first findings of each check, the checks with the most severe findings first."""
    order = {"error": 0, "warning": 1, "info": 2}
    by_code: defaultdict[str, list[Problem]] = defaultdict(list)
    for problem in sorted(problems, key=lambda problem: order[problem.severity]):
        by_code[problem.code].append(problem)
    return [problem for same in by_code.values() for problem in same[:FINDINGS_PER_CHECK]]


def split_labels(parts: Iterable[SplitSummary]) -> list[str]:
    """The labels that are in any split, sorted."""
    return sorted({label for part in parts for label in part.labels})


class ConflictRow(NamedTuple):
    """A conflict in words."""

    document: Document
    kind: str
    ours: str
    theirs: str


def conflict_rows(conflicts: Iterable[OpenConflicts]) -> list[ConflictRow]:
    """The open conflicts of all documents, one row each."""
    return [
        ConflictRow(each.document, conflict.kind, *_sides(each.document.text, conflict))
        for each in conflicts
        for conflict in each.conflicts
    ]


def _sides(text: str, conflict: Conflict) -> tuple[str, str]:
    if conflict.concerns_document:
        return filters.NONE, f"seen {filters.day(conflict.theirs_at)}"
    return (
        _version(text, conflict.version("ours"), conflict.ours_by),
        _version(text, conflict.version("theirs"), conflict.theirs_by),
    )


def _version(text: str, items: Sequence[Span | Relation | Category], author: str) -> str:
    described = ", ".join(describe(item, text) for item in items) or "nothing"
    return f"{described} ({author})" if author else described
