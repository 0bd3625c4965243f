"""Cut a release of the gold if the gate lets it pass, or preview what would be cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.errors import ReleaseError, ValidationFailed
from curate.layers import GOLD
from curate.model import Release

if TYPE_CHECKING:
    from curate.agreement import Agreement
    from curate.audit.audit_file import OpenSuspects
    from curate.gate.conditions import GateResult, ReleasePreview
    from curate.model import Problem
    from curate.quality import QualityReport
    from curate.release import VersionProposal
    from curate.workspace import Workspace


def release(workspace: Workspace, version: str = "", message: str = "") -> Release:
    """Cut a release of the current gold, with its splits, if the gate lets it pass.

    Args:
        workspace: the corpus.
        version: the version; by default the lowest that the changes allow.
        message: what is in the release.

    Raises:
        ValidationFailed: a condition fails that is not waived; the message says by how much.
        ReleaseError: the version exists or is too low, nothing changed, or there is no gold.
        ConfigError: ``[gate]`` has a waiver without a reason.
    """
    from curate.gate import conditions
    from curate.quality.corpus import validate

    with workspace.writing("release"):
        report = validate(workspace, docs=False)
        gate = check_gate(workspace, report)
        if gate.failed:
            raise ValidationFailed(*conditions.refusal(gate))
        new_release = _build(workspace, version, message, report, gate)
        with workspace.store.begin() as tx:
            tx.add_release(new_release)
    return new_release


def preview_release(workspace: Workspace, version: str = "") -> ReleasePreview:
    """What ``release`` would do; nothing is written.

    Args:
        workspace: the corpus.
        version: the version; by default the lowest that the changes allow.

    Raises:
        ConfigError: ``[gate]`` has a waiver without a reason.
    """
    from curate.gate import conditions
    from curate.quality.corpus import validate

    report = validate(workspace, docs=False)
    gate, proposal = check_gate(workspace, report), propose_version(workspace)
    refusals = [conditions.refusal(gate)[0]] if gate.failed else []
    if version or proposal.version:
        try:
            _build(workspace, version, "", report, gate)
        except ReleaseError as error:
            refusals.append(str(error))
    return conditions.ReleasePreview(proposal=proposal, gate=gate, refusals=tuple(refusals))


def check_gate(workspace: Workspace, report: QualityReport | None = None) -> GateResult:
    """Judge the conditions of a release.

    Args:
        workspace: the corpus.
        report: the report of the checks, if they have run already.

    Raises:
        ConfigError: ``[gate]`` has a waiver without a reason.
    """
    from curate.gate import conditions
    from curate.quality.corpus import validate
    from curate.sync.conflicts import list_conflicts

    evidence = conditions.GateEvidence(
        report=report or validate(workspace, docs=False),
        agreement=_agreement(workspace),
        conflicts={each.document.id: len(each.conflicts) for each in list_conflicts(workspace)},
        open_suspects=_open_suspects(workspace),
        splits=_split_problems(workspace),
    )
    return conditions.judge(workspace.config.gate, evidence)


def propose_version(workspace: Workspace) -> VersionProposal:
    """The version that a release of the current gold would get, and why."""
    from curate import release

    with workspace.store.begin() as tx:
        heads = (pair for pair in tx.heads() if not pair[1].deleted)
        entries = [release.release_entry(*pair) for pair in heads]
        return release.propose_version(tx.releases(), entries, workspace.schema)


def _build(
    workspace: Workspace, version: str, message: str, report: QualityReport, gate: GateResult
) -> Release:
    from curate import release
    from curate.doccano.client_copy import client_version
    from curate.splits.split import current_splits

    changes, splits = _changes(workspace), current_splits(workspace)
    with workspace.store.begin() as tx:
        return release.build_manifest(
            version,
            tx.heads(),
            schema=workspace.schema,
            created=workspace.now(),
            author=workspace.config.corpus.curator,
            message=message,
            earlier=tx.releases(),
            validation={"checks": len(report.checks_run), "warnings": report.warnings},
            tools=release.tool_versions() | {"doccano-client": client_version()},
            changes=changes,
            gate=gate.summaries,
            splits=splits,
        )


def _changes(workspace: Workspace) -> dict[str, int]:
    from curate.history import diff

    with workspace.store.begin() as tx:
        releases = tx.releases()
        return diff.count_changes(tx, releases[0].version, GOLD, workspace.root) if releases else {}


def _agreement(workspace: Workspace) -> Agreement | None:
    """Agreement of the annotators; None if fewer than two have confirmed anything."""
    from curate.agreement import (
        AgreementOptions,
        inter_annotator_agreement,
        stored_annotation_sets,
    )

    sets = stored_annotation_sets(workspace.store)
    if len(sets.annotations) < 2:
        return None
    return inter_annotator_agreement(sets, AgreementOptions(resamples=0))


def _open_suspects(workspace: Workspace) -> OpenSuspects | None:
    """What the last audit left open; None if ``[gate]`` does not ask for it."""
    from curate.audit.audit_file import count_open_suspects

    if workspace.config.gate.audit is None:
        return None
    with workspace.store.begin() as tx:
        heads = (revision for _, revision in tx.heads())
        return count_open_suspects(workspace.state, heads, workspace.config.gate.audit_score)


def _split_problems(workspace: Workspace) -> tuple[Problem, ...] | None:
    """What is wrong with the splits; None if none were drawn."""
    from curate.splits.split import check_splits, current_splits

    problems = check_splits(workspace)
    return problems if problems or current_splits(workspace) else None
