"""A release: judged by the gate, built and kept, or previewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.errors import ReleaseError, ValidationFailed
from curate.layers import GOLD
from curate.model import Release

if TYPE_CHECKING:
    from curate.agreement import Agreement
    from curate.audit.last_audit import OpenSuspects
    from curate.gate.conditions import GateResult, ReleasePreview
    from curate.model import Problem
    from curate.quality import QualityReport
    from curate.release import Proposal
    from curate.workspace import Workspace


def release(workspace: Workspace, version: str = "", message: str = "") -> Release:
    """Cut a release of the gold as it is now, with its splits, if the gate lets it through.

    Args:
        version: its version; by default the lowest that says enough of what changed.
        message: what is in it.

    Raises:
        ValidationFailed: a gate fails that is not waived; the message says by how much.
        ReleaseError: the version exists or says too little, nothing changed, or there is no
            gold.
        ConfigError: ``[gate]`` waives without a reason.
    """
    from curate.gate import conditions
    from curate.quality.corpus import validate

    with workspace.writing("release"):
        report = validate(workspace, docs=False)
        judged = check_gate(workspace, report)
        if judged.failed:
            raise ValidationFailed(*conditions.refusal(judged))
        made = _build(workspace, version, message, report, judged)
        with workspace.store.begin() as tx:
            tx.add_release(made)
    return made


def preview_release(workspace: Workspace, version: str = "") -> ReleasePreview:
    """What ``release`` would do; nothing is written.

    Args:
        version: its version; by default the lowest that says enough of what changed.

    Raises:
        ConfigError: ``[gate]`` waives without a reason.
    """
    from curate.gate import conditions
    from curate.quality.corpus import validate

    report = validate(workspace, docs=False)
    judged, proposal = check_gate(workspace, report), propose_version(workspace)
    refused = [conditions.refusal(judged)[0]] if judged.failed else []
    if version or proposal.version:
        try:
            _build(workspace, version, "", report, judged)
        except ReleaseError as error:
            refused.append(str(error))
    return conditions.ReleasePreview(proposal=proposal, gate=judged, refused=tuple(refused))


def check_gate(workspace: Workspace, report: QualityReport | None = None) -> GateResult:
    """What stands in the way of a release.

    Args:
        report: of the checks, if they were made already.

    Raises:
        ConfigError: ``[gate]`` waives without a reason.
    """
    from curate.gate import conditions
    from curate.quality.corpus import validate
    from curate.sync.conflicts import list_conflicts

    evidence = conditions.GateEvidence(
        report=report or validate(workspace, docs=False),
        agreement=_agreement(workspace),
        conflicts={each.document.id: len(each.conflicts) for each in list_conflicts(workspace)},
        suspicion=_suspicion(workspace),
        splits=_unsound(workspace),
    )
    return conditions.judge(workspace.config.gate, evidence)


def propose_version(workspace: Workspace) -> Proposal:
    """The version that a release of the gold as it is now would get, and why."""
    from curate import release

    with workspace.store.begin() as tx:
        heads = (pair for pair in tx.heads() if not pair[1].deleted)
        entries = [release.entry(*pair) for pair in heads]
        return release.propose(tx.releases(), entries, workspace.schema)


def _build(
    workspace: Workspace, version: str, message: str, report: QualityReport, judged: GateResult
) -> Release:
    from curate import release
    from curate.splits.corpus import current_splits

    changes, splits = _changes(workspace), current_splits(workspace)
    with workspace.store.begin() as tx:
        return release.build(
            version,
            tx.heads(),
            schema=workspace.schema,
            created=workspace.now(),
            author=workspace.config.corpus.curator,
            message=message,
            earlier=tx.releases(),
            validation={"checks": len(report.checks_run), "warnings": report.warnings},
            tools=release.tools(),
            changes=changes,
            gate=judged.told,
            splits=splits,
        )


def _changes(workspace: Workspace) -> dict[str, int]:
    from curate.history import delta

    with workspace.store.begin() as tx:
        known = tx.releases()
        return delta.counts(tx, known[0].version, GOLD, workspace.root) if known else {}


def _agreement(workspace: Workspace) -> Agreement | None:
    """Agreement of the annotators; None where fewer than two have confirmed anything."""
    from curate.agreement import AgreementOptions, sources

    voices = sources.stored_annotation_sets(workspace.store)
    if len(voices.annotations) < 2:
        return None
    return sources.agreement(voices, AgreementOptions(resamples=0))


def _suspicion(workspace: Workspace) -> OpenSuspects | None:
    """What the last audit left open; not looked for where nothing is asked of it."""
    from curate.audit import last_audit

    if workspace.config.gate.audit is None:
        return None
    with workspace.store.begin() as tx:
        heads = (revision for _, revision in tx.heads())
        return last_audit.load(workspace.state, heads, workspace.config.gate.audit_score)


def _unsound(workspace: Workspace) -> tuple[Problem, ...] | None:
    """What is wrong with the splits; None if none were ever drawn."""
    from curate.splits.corpus import check_splits, current_splits

    found = check_splits(workspace)
    return found if found or current_splits(workspace) else None
