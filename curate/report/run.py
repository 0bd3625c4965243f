"""The report of a workspace: collect its facts and write the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curate.agreement import Agreement
    from curate.report.audit_summary import AuditSummary
    from curate.report.facts import EmptySection, ReportFacts, WrittenReport
    from curate.workspace import Workspace


def write_report(workspace: Workspace, path: Path) -> WrittenReport:
    """Write the report of the corpus as one HTML file, without asking a server.

    Args:
        workspace: the corpus.
        path: the file; its folder is made.

    Raises:
        InputError: the file cannot be written.
    """
    from curate.html import page
    from curate.report.facts import WrittenReport, empty_sections
    from curate.report.sections import render_report

    facts = collect_facts(workspace)
    page.write_page(path, render_report(facts))
    return WrittenReport(
        path=str(path),
        made=facts.made,
        progress=facts.progress,
        labels=facts.labels,
        languages=facts.languages,
        empty={name: section.reason for name, section in empty_sections(facts).items()},
    )


def collect_facts(workspace: Workspace) -> ReportFacts:
    """The facts of the report; each value comes from the function behind its own command."""
    from curate.gate.release import check_gate, propose_version
    from curate.ledger.works import ledger
    from curate.quality.corpus import validate
    from curate.report.facts import ReportFacts
    from curate.report.labels import label_distribution
    from curate.report.languages import summarise_languages
    from curate.report.models import compare_layers
    from curate.report.progress import work_progress
    from curate.splits.split import check_splits, summarise_splits
    from curate.sync.conflicts import list_conflicts
    from curate.sync.status import local_status
    from curate.version import __version__

    checks = validate(workspace, docs=False)
    with workspace.store.begin() as tx:
        releases = tuple(tx.releases())
        progress = work_progress(tx.history(), tx.assignments())
        labels = label_distribution(
            (revision for _, revision in tx.heads()),
            workspace.schema.names,
            releases[0] if releases else None,
        )
    return ReportFacts(
        corpus=workspace.config.corpus.name,
        language=workspace.config.corpus.language,
        schema=workspace.schema.id,
        made=workspace.now(),
        version=__version__,
        status=local_status(workspace),
        proposal=propose_version(workspace),
        progress=progress,
        labels=labels,
        languages=summarise_languages(workspace),
        agreement=_agreement(workspace),
        models=compare_layers(workspace),
        ledger=ledger(workspace),
        checks=checks,
        audit=_last_audit(workspace),
        gate=check_gate(workspace, checks),
        conflicts=tuple(list_conflicts(workspace)),
        splits=summarise_splits(workspace),
        unsound=check_splits(workspace),
        releases=releases,
    )


def _last_audit(workspace: Workspace) -> AuditSummary | None:
    from curate.audit.audit_file import load_audit, unchanged_suspects
    from curate.report.audit_summary import SHOWN_SUSPECTS, summarise_audit

    audit = load_audit(workspace.state)
    if audit is None:
        return None
    with workspace.store.begin() as tx:
        suspects, newer = unchanged_suspects(audit, (head for _, head in tx.heads()))
        keys = dict.fromkeys(suspect.document for suspect in suspects[:SHOWN_SUSPECTS])
        documents = {key: document for key in keys if (document := tx.document(key))}
    return summarise_audit(audit, suspects, newer, documents)


def _agreement(workspace: Workspace) -> Agreement | EmptySection:
    from curate.agreement import AgreementOptions
    from curate.agreement.inter_annotator import agreement
    from curate.errors import InputError
    from curate.report.facts import EmptySection

    try:
        return agreement(workspace, AgreementOptions())
    except InputError as error:
        return EmptySection(reason=error.message, hint=error.hint)
