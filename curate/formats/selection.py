"""What of a corpus goes into an export: filters for documents and labels, a policy for overlaps.

A selection is applied before the writer. What it leaves out by a filter is counted; what it drops
because of the policy for overlaps is named span by span, like any other loss. A relation goes with
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
    """Which documents and spans to write; without arguments all of them.

    Args:
        overlap: what becomes of spans that nest or cross. ``all`` leaves them to the format, which
            writes them all or keeps the longest and names the others; ``outermost`` keeps a span
            before those in it, and of two that cross the earlier; ``longest`` of both kinds the
            longer; ``innermost`` the shorter; ``refuse`` writes nothing if there are any.
        labels: labels of spans to keep; all where none is given. Categories are kept.
        languages: languages (ISO 639-1) of documents to keep.
        sources: values of the meta field ``source`` to keep.
        since: first date of publication to keep, ISO 8601 or the beginning of one (``2026-03``).
        until: last date of publication to keep, likewise and inclusive.
        confirmed_by: how many people must have confirmed a document at the least.
        ids: ids of the documents to keep, such as those of a split; all where it is ``None``.
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
        """The selection as it is told beside a file; ids as their number."""
        made = {name: getattr(self, name) for name in self.__struct_fields__ if name != "ids"}
        told = {name: value for name, value in made.items() if value}
        return told | ({} if self.ids is None else {"ids": len(self.ids)})


class SelectionTally(ExportTally):
    """What a selection left out: ``filtered`` counts, ``lost`` and ``problems`` by the policy."""

    def __init__(self, sink: LossSink | None = None, named: int | None = None) -> None:
        super().__init__(sink, named)
        self.filtered = {"documents": 0, "spans": 0, "relations": 0}


def select(
    pairs: Iterable[GoldDocument], selection: Selection, left: SelectionTally
) -> Iterator[GoldDocument]:
    """The pairs that are selected, with the spans that are; the rest is counted in ``left``.

    Raises:
        CurateError: spans overlap and the policy is ``refuse``.
    """
    for document, revision in without_tombstones(pairs):
        if not _wanted(document, revision, selection):
            left.filtered["documents"] += 1
            continue
        chosen = [s for s in revision.spans if not selection.labels or s.label in selection.labels]
        left.filtered["spans"] += len(revision.spans) - len(chosen)
        by_label = _between(revision.relations, chosen)
        left.filtered["relations"] += len(revision.relations) - len(by_label)
        kept = _apart(document, chosen, selection.overlap, left)
        relations = _between(by_label, kept)
        left.lose_relations(document, (it for it in by_label if it not in relations))
        yield (
            document,
            msgspec.structs.replace(revision, spans=tuple(kept), relations=tuple(relations)),
        )


def confirmation_count(revision: Revision) -> int:
    """How many people confirmed a document; their names are joined with commas."""
    return len({name.strip() for name in revision.confirmed_by.split(",")} - {""})


def _wanted(document: Document, revision: Revision, selection: Selection) -> bool:
    published = document.meta.get("published", "")
    return (
        (selection.ids is None or document.id in selection.ids)
        and (not selection.languages or document.lang in selection.languages)
        and (not selection.sources or document.meta.get("source", "") in selection.sources)
        and (not selection.since or published >= selection.since)
        and (not selection.until or "" < published[: len(selection.until)] <= selection.until)
        and confirmation_count(revision) >= selection.confirmed_by
    )


def _between(relations: Iterable[Relation], spans: Iterable[Span]) -> list[Relation]:
    keys = {span.key for span in spans}
    return [it for it in relations if it.head in keys and it.tail in keys]


def _apart(
    document: Document, spans: list[Span], policy: OverlapPolicy, left: SelectionTally
) -> list[Span]:
    """The spans that the policy keeps, in their order."""
    if policy == "all":
        return spans
    kept: list[Span] = []
    for span in sorted(spans, key=lambda it: _rank(it, policy)):
        rival = next((other for other in kept if span.overlaps(other)), None)
        if rival is None:
            kept.append(span)
        elif policy == "refuse":
            raise CurateError(
                f"{document.id} has overlapping spans, such as {span.key} and {rival.key}",
                "choose a policy, such as --overlap outermost, or correct the document",
            )
        else:
            within = rival.start <= span.start and span.end <= rival.end
            around = span.start <= rival.start and rival.end <= span.end
            why = "nested" if within else "enclosing" if around else "overlapping"
            left.lose(document, why, [span])
    keys = {span.key for span in kept}
    return [span for span in spans if span.key in keys]


def _rank(span: Span, policy: OverlapPolicy) -> tuple[int, int, str]:
    """Who comes first stays: see ``Selection.overlap``."""
    length = span.end - span.start
    if policy in ("outermost", "refuse"):
        return (span.start, -length, span.label)
    return (length if policy == "innermost" else -length, span.start, span.label)
