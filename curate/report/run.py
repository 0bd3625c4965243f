"""The report of a workspace: collect its facts and write the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curate.agreement import Agreement
    from curate.report import (
        AuditSummary,
        EmptySection,
        LabelDistribution,
        ReportFacts,
        WorkProgress,
        WrittenReport,
    )
    from curate.workspace import Workspace


def write_report(workspace: Workspace, path: Path) -> WrittenReport:
    """Write the report of the corpus as one HTML file; no server is asked.

    Args:
        path: the file.

    Raises:
        InputError: the file cannot be written.
    """
    from curate import report
    from curate.html import page

    facts = collect_facts(workspace)
    page.write_page(path, report.render_report(facts))
    return report.WrittenReport(
        path=str(path),
        made=facts.made,
        progress=facts.progress,
        labels=facts.labels,
        empty={name: empty.reason for name, empty in report.empty_sections(facts).items()},
    )


def collect_facts(workspace: Workspace) -> ReportFacts:
    """The facts of the report; each value comes from the function behind its own command."""
    from curate import report
    from curate.gate.release import check_gate, propose_version
    from curate.ledger.corpus import ledger
    from curate.quality.corpus import validate
    from curate.splits.corpus import check_splits, split_parts
    from curate.sync.conflicts import list_conflicts
    from curate.sync.status import summarise
    from curate.version import __version__

    checks = validate(workspace, docs=False)
    with workspace.store.begin() as tx:
        releases = tuple(tx.releases())
    return report.ReportFacts(
        corpus=workspace.config.corpus.name,
        language=workspace.config.corpus.language,
        schema=workspace.schema.id,
        made=workspace.now(),
        version=__version__,
        status=summarise(workspace.store, None),
        proposal=propose_version(workspace),
        progress=work_progress(workspace),
        labels=label_counts(workspace),
        agreement=_agreement(workspace),
        ledger=ledger(workspace),
        checks=checks,
        audit=_audited(workspace),
        gate=check_gate(workspace, checks),
        conflicts=tuple(list_conflicts(workspace)),
        splits=split_parts(workspace),
        unsound=check_splits(workspace),
        releases=releases,
    )


def work_progress(workspace: Workspace) -> WorkProgress:
    """What each person confirmed and revised, week by week."""
    from curate import report

    with workspace.store.begin() as tx:
        return report.work_progress(tx.history(), tx.assignments())


def label_counts(workspace: Workspace) -> LabelDistribution:
    """The labels of the gold, beside those of the last release."""
    from curate import report

    with workspace.store.begin() as tx:
        known = tx.releases()
        heads = (revision for _, revision in tx.heads())
        return report.label_distribution(heads, workspace.schema.names, known[0] if known else None)


def _audited(workspace: Workspace) -> AuditSummary | None:
    from curate import report
    from curate.audit import last_audit

    found = last_audit.read(workspace.state)
    if found is None:
        return None
    with workspace.store.begin() as tx:
        suspects, newer = last_audit.unseen(found, (head for _, head in tx.heads()))
        keys = dict.fromkeys(each.document for each in suspects[: report.SHOWN_SUSPECTS])
        texts = {key: document for key in keys if (document := tx.document(key))}
    return report.summarise_audit(found, suspects, newer, texts)


def _agreement(workspace: Workspace) -> Agreement | EmptySection:
    from curate.agreement import Options
    from curate.agreement.corpus import agreement
    from curate.errors import InputError
    from curate.report import EmptySection

    try:
        return agreement(workspace, Options())
    except InputError as error:
        return EmptySection(reason=error.message, hint=error.hint)
