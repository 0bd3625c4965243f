"""Adjudication where the data is: versions from the store or from files, decisions kept in a file.

``annotations/adjudication.jsonl`` has one decision a line, sorted by document and place. A region
in it is settled for good: a later run takes it as it stands, whatever the versions say by then.
Lines may be taken out by hand, to have a region decided again.

In a corpus, gold that people made (in a Doccano adjudication project, say) is a decision about the
whole document. What a run settles is what adjudicators find in Doccano the next time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from curate.agreement import regions, strategies
from curate.agreement.dawid_skene import Reliability, reliability
from curate.agreement.regions import AdjudicatedDocument, Decision
from curate.agreement.sources import AnnotationSets, stored_annotation_sets
from curate.agreement.strategies import Strategy
from curate.errors import InputError
from curate.layers import ADJUDICATED, curator_author
from curate.model import Annotation, Document, Problem, Record, Revision, Span
from curate.store import Store
from curate.store.gold import Provenance, commit
from curate.store.transaction import Transaction
from curate.util import jsonl

FILE = "adjudication.jsonl"
LAYER = ADJUDICATED
REASON = "adjudicated by "  # begins the reason of each revision that a strategy made
PERSON = "person"
StrategyName = Literal["unanimous", "majority", "weighted", "role"]
Place = tuple[int, int]


class AdjudicationOptions(Record, frozen=True, kw_only=True):
    """How to adjudicate.

    Args:
        strategy: see ``curate.agreement.strategies``.
        confidence: for ``weighted``.
        roles: role of each annotator, for ``role``.
        order: the roles, the highest first.
        again: decide again what strategies decided before; what people decided stays.
        gold: make the documents in which nothing is open gold.
    """

    strategy: StrategyName = "majority"
    confidence: float = 0.9
    roles: dict[str, str] = {}
    order: tuple[str, ...] = ("curator", "project_admin", "annotation_approver", "annotator")
    again: bool = False
    gold: bool = False


class AdjudicationReport(Record, frozen=True, kw_only=True):
    """What adjudication came to.

    Args:
        strategy: the strategy.
        documents: documents that have at least one version.
        settled: regions that are settled now, those of earlier runs included.
        kept: how many of them were decided before.
        open: regions that are left to people.
        found: the documents, with their regions.
        reliability: what was measured, for ``weighted``.
        gold: documents that became gold.
        problems: documents that were left out or left alone, and why.
    """

    strategy: str
    documents: int
    settled: int
    kept: int
    open: int
    found: tuple[AdjudicatedDocument, ...]
    reliability: Reliability | None = None
    gold: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class DecisionFile:
    """The decisions of one file.

    Args:
        path: the file; it need not exist.

    Raises:
        InputError: a line is no decision.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: dict[str, list[Decision]] = {}
        for decision in jsonl.read(path, Decision) if path.exists() else ():
            self._found.setdefault(decision.document, []).append(decision)

    def of(self, document: str) -> dict[Place, tuple[Span, ...]]:
        """The decided regions of a document."""
        return {(d.start, d.end): d.spans for d in self._found.get(document, ())}

    def forget(self) -> None:
        """Drop what strategies decided, and keep what people did."""
        for key, own in self._found.items():
            self._found[key] = [decision for decision in own if decision.how == PERSON]

    def add(self, decisions: Iterable[Decision]) -> None:
        """Add decisions; each takes the place of those that it overlaps."""
        for new in decisions:
            own = self._found.setdefault(new.document, [])
            own[:] = [old for old in own if old.end <= new.start or new.end <= old.start]
            own.append(new)

    def save(self) -> bool:
        """Write the file; returns whether it changed."""
        found = (decision for own in self._found.values() for decision in own)
        ordered = sorted(found, key=lambda d: (d.document, d.start, d.end))
        if not ordered and not self.path.exists():
            return False
        return jsonl.write(self.path, b"".join(jsonl.lines(ordered)))


def adjudicate_sets(
    voices: AnnotationSets,
    plan: AdjudicationOptions,
    decisions: DecisionFile,
    by: str,
    at: str,
    gold: Mapping[str, Annotation] | None = None,
) -> AdjudicationReport:
    """Adjudicate every document that has a version; the new decisions are added to ``decisions``.

    Args:
        voices: the versions.
        plan: how.
        decisions: what was decided before.
        by: who runs it.
        at: when.
        gold: what people decided of whole documents, by document.
    """
    if plan.again:
        decisions.forget()
    versions = _by_document(voices)
    measured = reliability(versions.values()) if plan.strategy == "weighted" else None
    strategy = _strategy(plan, measured)
    known = gold or {}
    found = tuple(
        regions.settled_by_gold(own, known[key], layer=LAYER)
        if key in known
        else regions.adjudicate_document(
            own, strategy, decisions.of(key), document=key, layer=LAYER
        )
        for key, own in sorted(versions.items())
    )
    for each in found:
        decisions.add(regions.new_decisions(each, by, at))
    return AdjudicationReport(
        strategy=plan.strategy,
        documents=len(found),
        settled=sum(len(each.settled) for each in found),
        kept=sum(region.how == regions.DECIDED for each in found for region in each.settled),
        open=sum(len(each.open) for each in found),
        found=found,
        reliability=measured,
        problems=voices.problems,
    )


def in_store(
    store: Store,
    plan: AdjudicationOptions,
    decisions: DecisionFile,
    *,
    by: str,
    at: str,
    schema: str,
) -> AdjudicationReport:
    """Adjudicate the annotators' layers of a corpus; the result is the layer ``adjudicated``.

    Args:
        by: who runs it.
        at: when.
        schema: ``<name>@<version>``, for the revisions.
    """
    with store.begin() as tx:
        gold = {r.document: r.annotation for _, r in tx.heads() if _by_people(r)}
    outcome = adjudicate_sets(stored_annotation_sets(store), plan, decisions, by, at, gold)
    made: list[str] = []
    with store.begin() as tx:
        for each in outcome.found:
            tx.put_annotation(each.annotation)
            if plan.gold and not _anything_open(each):
                done = _gild(tx, each.annotation, by=by, at=at, schema=schema, how=plan.strategy)
                made += [done.document] if done else []
    return msgspec.structs.replace(outcome, gold=tuple(made))


def decide(
    voices: AnnotationSets, document: str, place: Place, take: str, *, by: str, at: str
) -> Decision:
    """Settle a region by hand: what one annotator has there, or nothing.

    Args:
        document: id of the document.
        place: first code point, one past the last.
        take: name of the annotator, or ``none``.
        by: who decides.
        at: when.

    Raises:
        InputError: the annotator has no version of it, or a span that is partly outside.
    """
    spans: tuple[Span, ...] = ()
    if take != "none":
        version = _by_document(voices).get(document, {}).get(take)
        if version is None:
            raise InputError(f"{take} has no version of {document}", "name one who has, or none")
        spans = tuple(s for s in version.spans if s.start < place[1] and place[0] < s.end)
        outside = [s for s in spans if s.start < place[0] or s.end > place[1]]
        if outside:
            hint = f"decide on {min(s.start for s in spans)}-{max(s.end for s in spans)}"
            raise InputError(f"{take} has a span that reaches out of {place[0]}-{place[1]}", hint)
    start, end = place
    return Decision(document=document, start=start, end=end, how=PERSON, by=by, at=at, spans=spans)


def write(outcome: AdjudicationReport, documents: Sequence[Document], target: Path) -> None:
    """Write what is settled as JSON Lines, as ``curate export --format jsonl`` does."""
    from curate.formats.jsonl import write as write_jsonl
    from curate.formats.writing import ExportJob
    from curate.schema import Schema

    schema = Schema(name=LAYER, version="1.0.0", language="", title=LAYER, introduction="")
    texts = {document.id: document for document in documents}
    write_jsonl(
        (
            (texts[said.document], said.revision("adjudication", "adjudicated"))
            for said in (each.annotation for each in outcome.found)
        ),
        target,
        ExportJob(schema),
    )


def _by_document(voices: AnnotationSets) -> dict[str, dict[str, Annotation]]:
    found: dict[str, dict[str, Annotation]] = {}
    for name, said in voices.annotations.items():
        for annotation in said:
            found.setdefault(annotation.document, {})[name] = annotation
    return found


def _strategy(plan: AdjudicationOptions, measured: Reliability | None) -> Strategy:
    if plan.strategy == "role":
        if not plan.roles:
            raise InputError("nobody's role is known", "give each with --role NAME=ROLE")
        return strategies.by_role(plan.roles, plan.order)
    if measured is not None:
        return strategies.weighted(measured, plan.confidence)
    return strategies.unanimous() if plan.strategy == "unanimous" else strategies.majority()


def _by_people(revision: Revision) -> bool:
    return not revision.deleted and not revision.reason.startswith(REASON)


def _anything_open(found: AdjudicatedDocument) -> bool:
    return bool(found.open or found.open_relations or found.open_categories)


def _gild(
    tx: Transaction, annotation: Annotation, *, by: str, at: str, schema: str, how: str
) -> Revision | None:
    """Make it gold; None if it is already."""
    head = tx.head(annotation.document)
    if head is not None and not head.deleted and head.annotation.content == annotation.content:
        return None
    provenance = Provenance(author=curator_author(by), at=at, schema=schema)
    reason = f"{REASON}{how}"
    return commit(tx, head, annotation, provenance, reason, confirmed_by=by, confirmed_at=at)
