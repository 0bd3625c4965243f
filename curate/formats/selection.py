"""What of a corpus goes into an export: filters for documents and labels, a policy for overlaps.

A selection is applied before the writer. What its filters leave out is counted; a span that it
drops because of the policy for overlaps is listed like any other loss. A relation is dropped with
its spans.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from curate.errors import CurateError
from curate.formats.writing import ExportTally, GoldDocument, LossSink, without_tombstones
from curate.model import Document, Record, Relation, Revision, Span

OverlapPolicy = Literal["all", "outermost", "innermost", "longest", "refuse"]


class Selection(Record, frozen=True, kw_only=True):
    """Which documents and spans to write; by default all of them.

    Args:
        overlap: what to do with spans that nest or cross. ``all`` leaves them to the format, which
            either writes them all or keeps the longest and reports the others; ``outermost`` keeps
            a span rather than those inside it, and of two that cross the earlier; ``longest`` keeps
            the longer, ``innermost`` the shorter of two that nest or cross; ``refuse`` writes
            nothing if there are any.
        labels: labels of spans to keep; all if empty. Categories are kept.
        languages: languages (ISO 639-1) of documents to keep.
        sources: values of the metadata field ``source`` to keep.
        since: first date of publication to keep, in ISO 8601 or the beginning of it (``2026-03``).
        until: last date of publication to keep, inclusive, likewise.
        confirmed_by: how many people must have confirmed a document.
        ids: ids of the documents to keep, such as those of a split; all if None.
    """

    overlap: OverlapPolicy = "all"
    labels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    confirmed_by: int = 0
    ids: frozenset[str] | None = None

    @property
    def described(self) -> dict[str, object]:
        """The selection as the sidecar shows it: the fields that were set, ids as their number."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name != "ids"}
        chosen = {name: value for name, value in fields.items() if value}
        return chosen | ({} if self.ids is None else {"ids": len(self.ids)})


class SelectionTally(ExportTally):
    """What a selection left out: ``filtered`` by its filters, ``lost`` by the overlap policy."""

    def __init__(self, sink: LossSink | None = None, problem_limit: int | None = None) -> None:
        super().__init__(sink, problem_limit)
        self.filtered = {"documents": 0, "spans": 0, "relations": 0}


def select(
    documents: Iterable[GoldDocument], selection: Selection, tally: SelectionTally
) -> Iterator[GoldDocument]:
    """The documents that are selected, with the spans that are; ``tally`` counts the rest.

    Raises:
        CurateError: spans overlap and the policy is ``refuse``.
    """
    for document, revision in without_tombstones(documents):
        if not _is_selected(document, revision, selection):
            tally.filtered["documents"] += 1
            continue
        labelled = [
            s for s in revision.spans if not selection.labels or s.label in selection.labels
        ]
        tally.filtered["spans"] += len(revision.spans) - len(labelled)
        between = _relations_between(revision.relations, labelled)
        tally.filtered["relations"] += len(revision.relations) - len(between)
        spans = _without_overlaps(document, labelled, selection.overlap, tally)
        relations = _relations_between(between, spans)
        tally.lose_relations(document, (it for it in between if it not in relations))
        yield (
            document,
            msgspec.structs.replace(revision, spans=tuple(spans), relations=tuple(relations)),
        )


def confirmation_count(revision: Revision) -> int:
    """How many people confirmed a document; their names are joined with commas."""
    return len({name.strip() for name in revision.confirmed_by.split(",")} - {""})


def _is_selected(document: Document, revision: Revision, selection: Selection) -> bool:
    published = document.meta.get("published", "")
    return (
        (selection.ids is None or document.id in selection.ids)
        and (not selection.languages or document.lang in selection.languages)
        and (not selection.sources or document.meta.get("source", "") in selection.sources)
        and (not selection.since or published >= selection.since)
        and (not selection.until or "" < published[: len(selection.until)] <= selection.until)
        and confirmation_count(revision) >= selection.confirmed_by
    )


def _relations_between(relations: Iterable[Relation], spans: Iterable[Span]) -> list[Relation]:
    keys = {span.key for span in spans}
    return [it for it in relations if it.head in keys and it.tail in keys]


def _without_overlaps(
    document: Document, spans: list[Span], policy: OverlapPolicy, tally: SelectionTally
) -> list[Span]:
    """The spans that the policy keeps, in their order."""
    if policy == "all":
        return spans
    kept: list[Span] = []
    for span in sorted(spans, key=lambda it: _precedence(it, policy)):
        rival = next((other for other in kept if span.overlaps(other)), None)
        if rival is None:
            kept.append(span)
        elif policy == "refuse":
            raise CurateError(
                f"{document.id} has overlapping spans, such as {span.key} and {rival.key}",
                "choose a policy, such as --overlap outermost, or correct the document",
            )
        else:
            inside = rival.start <= span.start and span.end <= rival.end
            around = span.start <= rival.start and rival.end <= span.end
            reason = "nested" if inside else "enclosing" if around else "overlapping"
            tally.lose(document, reason, [span])
    keys = {span.key for span in kept}
    return [span for span in spans if span.key in keys]


def _precedence(span: Span, policy: OverlapPolicy) -> tuple[int, int, str]:
    """Sort key: of two spans that overlap, the first is kept; see ``Selection.overlap``."""
    length = span.end - span.start
    if policy in ("outermost", "refuse"):
        return (span.start, -length, span.label)
    return (length if policy == "innermost" else -length, span.start, span.label)
