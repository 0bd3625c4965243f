"""Adjudication: one version made from those of several annotators, of a corpus or of files.

Decisions are kept (see ``curate.annotations.decisions``), so that running it again is safe. In a
corpus, gold that people made, for example in the adjudication project in Doccano, is a decision
about the whole document. What a run settles is what the adjudicators then find in Doccano.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from curate.agreement import strategies
from curate.agreement.annotation_sets import (
    AnnotationSets,
    read_annotation_sets,
    stored_annotation_sets,
)
from curate.agreement.dawid_skene import Reliability, reliability
from curate.agreement.regions import (
    DECIDED,
    AdjudicatedDocument,
    adjudicate_document,
    new_decisions,
    settled_by_gold,
)
from curate.agreement.strategies import Strategy
from curate.annotations.decisions import FILE, DecisionFile
from curate.errors import InputError
from curate.layers import ADJUDICATED, curator_author
from curate.model import Annotation, Document, Problem, Record
from curate.store.gold import Provenance, commit
from curate.store.transaction import Transaction
from curate.util import clock

if TYPE_CHECKING:
    from curate.workspace import Workspace

StrategyName = Literal["unanimous", "majority", "weighted", "role"]
REASON = "adjudicated by "
"""Begins the reason of each revision that a strategy made."""


class AdjudicationOptions(Record, frozen=True, kw_only=True):
    """How to adjudicate.

    Args:
        strategy: see ``curate.agreement.strategies``.
        confidence: the probability that settles a span, for ``weighted``.
        roles: role of each annotator, for ``role``.
        order: the roles, the highest first.
        again: discard what strategies decided before; decisions of people stay.
        gold: make gold of the documents in which nothing is open.
    """

    strategy: StrategyName = "majority"
    confidence: float = 0.9
    roles: dict[str, str] = {}
    order: tuple[str, ...] = ("curator", "project_admin", "annotation_approver", "annotator")
    again: bool = False
    gold: bool = False


class AdjudicationReport(Record, frozen=True, kw_only=True):
    """The result of adjudication.

    Args:
        strategy: the strategy.
        documents: number of documents that have at least one version.
        settled: number of settled regions, those of earlier runs included.
        kept: how many of them were settled before.
        open: number of regions that are left to people.
        adjudicated: the documents with their regions (in JSON, ``found``).
        reliability: the estimated reliability of the annotators, for ``weighted``.
        gold: ids of the documents that became gold.
        problems: documents that were left out, and why.
    """

    strategy: str
    documents: int
    settled: int
    kept: int
    open: int
    adjudicated: tuple[AdjudicatedDocument, ...] = msgspec.field(name="found")
    reliability: Reliability | None = None
    gold: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def adjudicate(workspace: Workspace, options: AdjudicationOptions) -> AdjudicationReport:
    """Make one version of what the annotators of a corpus confirmed, and store the decisions.

    The result is the layer ``adjudicated`` of each document, and its gold if the options say so.
    Roles are those of ``[doccano.members]`` and ``[tasks] adjudicators``, in the order of
    ``[merge] roles``, unless the options have their own.

    Raises:
        InputError: the strategy is ``role`` and no roles are known, or a decision is damaged.
    """
    if options.strategy == "role" and not options.roles:
        order = workspace.config.merge.roles
        options = msgspec.structs.replace(options, roles=_roles(workspace), order=order)
    curator, now = curator_author(workspace.config.corpus.curator), workspace.now()
    with workspace.writing("adjudicate"):
        with workspace.store.begin() as tx:
            gold = {
                revision.document: revision.annotation
                for _, revision in tx.heads()
                if not revision.deleted and not revision.reason.startswith(REASON)
            }
        sets = stored_annotation_sets(workspace.store)
        decisions = DecisionFile(workspace.annotations / FILE)
        report = adjudicate_sets(sets, options, decisions, by=curator, at=now, gold=gold)
        provenance = Provenance(author=curator, at=now, schema=workspace.schema.id)
        committed: list[str] = []
        with workspace.store.begin() as tx:
            for document in report.adjudicated:
                tx.put_annotation(document.annotation)
                if options.gold and not document.is_open:
                    people = decisions.people(document.annotation.document)
                    reason = REASON + " and ".join([*people, options.strategy])
                    if _commit_gold(tx, document.annotation, provenance, reason, curator):
                        committed.append(document.annotation.document)
        decisions.save()
    return msgspec.structs.replace(report, gold=tuple(committed))


def adjudicate_files(
    sources: list[Path],
    options: AdjudicationOptions,
    *,
    format: str = "",
    output: Path | None = None,
) -> AdjudicationReport:
    """Make one version of the documents in several files.

    Args:
        sources: files, folders or patterns, one for each annotator.
        options: how to adjudicate.
        format: of all sources; detected by default.
        output: JSON Lines file for the result; the decisions are kept beside it, in
            ``<stem>.decisions.jsonl``. Nothing is written by default.

    Raises:
        InputError: a source does not exist, or its format is not recognised.
    """
    sets = read_annotation_sets(sources, format)
    decisions = DecisionFile(output.with_suffix(".decisions.jsonl") if output else None)
    report = adjudicate_sets(sets, options, decisions, by="curate", at=clock.now())
    if output is not None:
        _export(report, sets.documents, output)
        decisions.save()
    return report


def adjudicate_sets(
    sets: AnnotationSets,
    options: AdjudicationOptions,
    decisions: DecisionFile,
    *,
    by: str,
    at: str,
    gold: Mapping[str, Annotation] | None = None,
) -> AdjudicationReport:
    """Adjudicate every document that has a version.

    Args:
        sets: the versions.
        options: how to adjudicate.
        decisions: what was decided before; new decisions are added to it.
        by: who runs it.
        at: when.
        gold: what people decided about whole documents, by document.

    Raises:
        InputError: the strategy is ``role`` and no roles are given.
    """
    if options.again:
        decisions.discard_strategies()
    versions = sets.versions()
    measured = reliability(versions.values()) if options.strategy == "weighted" else None
    strategy = _strategy(options, measured)
    gold = gold or {}
    adjudicated = tuple(
        settled_by_gold(own, gold[key])
        if key in gold
        else adjudicate_document(own, strategy, decisions.of(key), document=key)
        for key, own in sorted(versions.items())
    )
    for document in adjudicated:
        decisions.add(new_decisions(document, by, at))
    settled = [region for document in adjudicated for region in document.settled]
    return AdjudicationReport(
        strategy=options.strategy,
        documents=len(adjudicated),
        settled=len(settled),
        kept=sum(region.how == DECIDED for region in settled),
        open=sum(len(document.open) for document in adjudicated),
        adjudicated=adjudicated,
        reliability=measured,
        problems=sets.problems,
    )


def _strategy(options: AdjudicationOptions, measured: Reliability | None) -> Strategy:
    if options.strategy == "role":
        if not options.roles:
            raise InputError("no roles are known", "give each role with --role NAME=ROLE")
        return strategies.by_role(options.roles, options.order)
    if measured is not None:
        return strategies.weighted(measured, options.confidence)
    return strategies.unanimous() if options.strategy == "unanimous" else strategies.majority()


def _roles(workspace: Workspace) -> dict[str, str]:
    """The roles of the members; adjudicators have the highest."""
    config = workspace.config
    roles = set(config.merge.roles)
    members = {name: role for name, role in config.doccano.members.items() if role in roles}
    highest = config.merge.roles[0] if config.merge.roles else "curator"
    return {**members, **dict.fromkeys(config.tasks.adjudicators, highest)}


def _commit_gold(
    tx: Transaction, annotation: Annotation, provenance: Provenance, reason: str, curator: str
) -> bool:
    """Make an annotation gold; returns False if the gold says the same already."""
    head = tx.head(annotation.document)
    if head is not None and not head.deleted and head.annotation.content == annotation.content:
        return False
    commit(
        tx,
        head,
        annotation,
        provenance,
        reason,
        confirmed_by=curator,
        confirmed_at=provenance.at,
    )
    return True


def _export(report: AdjudicationReport, documents: Sequence[Document], target: Path) -> None:
    """Write what is settled as JSON Lines, as ``curate export --format jsonl`` does."""
    from curate.formats.jsonl import write as write_jsonl
    from curate.formats.writing import ExportJob
    from curate.schema import Schema

    schema = Schema(
        name=ADJUDICATED, version="1.0.0", language="", title=ADJUDICATED, introduction=""
    )
    texts = {document.id: document for document in documents}
    annotations = (document.annotation for document in report.adjudicated)
    rows = ((texts[a.document], a.revision("adjudication", ADJUDICATED)) for a in annotations)
    write_jsonl(rows, target, ExportJob(schema))
