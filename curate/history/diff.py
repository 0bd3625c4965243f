"""``curate diff``: how two states of the corpus differ, by document, label and author."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.annotations.diff import compare as compare_annotations
from curate.errors import InputError
from curate.history.names import named_release
from curate.history.sides import DiffSide, SideDocument, diff_side
from curate.history.trace import span_events
from curate.layers import GOLD
from curate.model import Annotation, Category, Document, Record, Relation, Span, SpanKey
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.workspace import Workspace

CONTEXT = 40
"""Code points of the text that are shown on each side of a span."""

Authors = dict[SpanKey, tuple[str, str]]
"""Author and time of the change that added or removed a span."""


class AnnotationChange(Record, frozen=True, kw_only=True):
    """A change of one span, relation or category.

    Args:
        kind: ``added``, ``removed``, ``relabelled``, ``moved`` or ``replaced`` (moved and
            relabelled) of a span; ``relation-added``, ``category-removed``, … of the others.
        before: the span on the first side.
        after: the span on the second side.
        old: the text of the span on the first side; of a relation or category its name.
        new: the same on the second side.
        left: the text before the span.
        right: the text after the span.
        by: author of the change, empty if unknown.
        at: when.
    """

    kind: str
    before: Span | None = None
    after: Span | None = None
    old: str = ""
    new: str = ""
    left: str = ""
    right: str = ""
    by: str = ""
    at: str = ""

    @property
    def labels(self) -> list[str]:
        """The labels of the span before and after, sorted."""
        return sorted({span.label for span in (self.before, self.after) if span is not None})


class DocumentDiff(Record, frozen=True, kw_only=True):
    """A document that differs.

    Args:
        id: of the document.
        title: of the document.
        state: ``added``, ``removed`` or ``changed``.
        before: number of its revision on the first side, 0 if that is not a revision.
        after: the same on the second side.
        changes: of its spans in the order of the text, then of relations and categories.
    """

    id: str
    title: str
    state: str
    before: int = 0
    after: int = 0
    changes: tuple[AnnotationChange, ...] = ()


class DiffTotals(Record, frozen=True, kw_only=True):
    """How the second side differs from the first, in numbers.

    Args:
        first: name of the first side.
        second: name of the second side.
        same: number of documents that do not differ.
        skipped: number of documents that only one side has, where a side is a layer, which may
            not have been made for them.
        counts: documents by state as ``documents_added``, …, changes by kind as ``spans_added``, …
        labels: changes by label and kind; a relabelled span counts for both labels.
        relabelled: spans by ``OLD → NEW``.
        authors: changes by author and kind.
    """

    first: str
    second: str
    same: int = 0
    skipped: int = 0
    counts: dict[str, int] = {}
    labels: dict[str, dict[str, int]] = {}
    relabelled: dict[str, int] = {}
    authors: dict[str, dict[str, int]] = {}


class CorpusDiff(DiffTotals, frozen=True, kw_only=True):
    """The totals with the documents that differ, sorted by id."""

    documents: tuple[DocumentDiff, ...] = ()

    @classmethod
    def of(cls, totals: DiffTotals, documents: Iterable[DocumentDiff]) -> CorpusDiff:
        """Totals with the documents they count."""
        return cls(**msgspec.structs.asdict(totals), documents=tuple(documents))


def diff(workspace: Workspace, first: str = "", second: str = GOLD) -> CorpusDiff:
    """How the second side differs from the first; see ``curate.history.sides.diff_side``.

    Args:
        first: name of the first side; the newest release by default.
        second: name of the second side.

    Raises:
        InputError, ReleaseError: one of the names stands for nothing.
    """
    documents: list[DocumentDiff] = []
    totals = compare(workspace, first, second, documents.append)
    return CorpusDiff.of(totals, documents)


def compare(
    workspace: Workspace, first: str, second: str, report: Callable[[DocumentDiff], None]
) -> DiffTotals:
    """Compare sides of any size, with one document in memory at a time.

    Args:
        first: name of the first side; the newest release if empty.
        second: name of the second side.
        report: is called with each document that differs, sorted by id.

    Raises:
        InputError, ReleaseError: one of the names stands for nothing.
    """
    with workspace.store.read() as tx:
        name = first or named_release(tx, "").version
        comparison = Comparison(tx, name, second, workspace.root)
        for document in comparison:
            report(document)
        return comparison.totals


def count_changes(tx: Transaction, first: str, second: str, root: Path) -> dict[str, int]:
    """The counts of a comparison alone."""
    comparison = Comparison(tx, first, second, root)
    for _ in comparison:
        pass
    return comparison.totals.counts


class Comparison:
    """Two sides that are compared. Iterate over it once; ``totals`` is complete afterwards.

    Neither the sides nor what differs is held in memory.

    Args:
        tx: the transaction that everything is read in.
        first: name of a side, see ``curate.history.sides.diff_side``.
        second: name of the other side.
        root: the folder that paths are relative to.

    Raises:
        InputError: one of the names stands for nothing, or a file cannot be read.
        ReleaseError: there is no such release.
    """

    def __init__(self, tx: Transaction, first: str, second: str, root: Path) -> None:
        self._tx = tx
        self._sides = diff_side(tx, first, root), diff_side(tx, second, root)
        if len({side.only for side in self._sides if side.only}) > 1:
            raise InputError(
                f"{first} and {second} are different documents",
                "compare two revisions of one document",
            )
        self._documents: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._labels: dict[str, Counter[str]] = defaultdict(Counter)
        self._authors: dict[str, Counter[str]] = defaultdict(Counter)
        self._relabelled: Counter[str] = Counter()

    def __iter__(self) -> Iterator[DocumentDiff]:
        partial = any(side.partial for side in self._sides)
        for before, after in _matched(*self._sides):
            if partial and (before is None or after is None):
                self._documents["skipped"] += 1
            elif (document := _document_diff(self._tx, before, after)) is None:
                self._documents["same"] += 1
            else:
                self._count(document)
                yield document

    @property
    def totals(self) -> DiffTotals:
        """The totals of all documents that were iterated over."""
        first, second = self._sides
        return DiffTotals(
            first=first.name,
            second=second.name,
            same=self._documents["same"],
            skipped=self._documents["skipped"],
            counts=dict(sorted(self._counts.items())),
            labels={name: dict(counter) for name, counter in sorted(self._labels.items())},
            relabelled=dict(sorted(self._relabelled.items())),
            authors={name: dict(counter) for name, counter in sorted(self._authors.items())},
        )

    def _count(self, document: DocumentDiff) -> None:
        self._counts[f"documents_{document.state}"] += 1
        for change in document.changes:
            self._counts[_plural(change.kind)] += 1
            for label in change.labels:
                self._labels[label][change.kind] += 1
            if change.before and change.after and change.before.label != change.after.label:
                self._relabelled[f"{change.before.label} → {change.after.label}"] += 1
            self._authors[change.by or "unknown"][change.kind] += 1


def _plural(kind: str) -> str:
    """``added`` as ``spans_added``, ``relation-added`` as ``relations_added``."""
    subject, _, verb = kind.rpartition("-")
    plural = {"relation": "relations", "category": "categories"}.get(subject, "spans")
    return f"{plural}_{verb}"


def _matched(
    first: DiffSide, second: DiffSide
) -> Iterator[tuple[SideDocument | None, SideDocument | None]]:
    """The documents of both sides, matched by id in one pass over both."""
    only = first.only or second.only
    left, right = first.documents(), second.documents()
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        key = min(side.document.id for side in (a, b) if side is not None)
        before = a if a is not None and a.document.id == key else None
        after = b if b is not None and b.document.id == key else None
        if only in ("", key):
            yield before, after
        a = next(left, None) if before is not None else a
        b = next(right, None) if after is not None else b


def _document_diff(
    tx: Transaction, before: SideDocument | None, after: SideDocument | None
) -> DocumentDiff | None:
    """How a document differs; None if it does not."""
    here = after or before
    if here is None:
        return None
    nothing = Annotation(document=here.document.id, layer=GOLD)
    old, new = (side.annotation if side else nothing for side in (before, after))
    if before and after and old.content == new.content:
        return None
    authors = _authors(tx, here.document.id, before, after)
    return DocumentDiff(
        id=here.document.id,
        title=here.document.title,
        state="changed" if before and after else "added" if after else "removed",
        before=before.revision if before else 0,
        after=after.revision if after else 0,
        changes=tuple(_changes(here.document, old, new, authors)),
    )


def _changes(
    document: Document, old: Annotation, new: Annotation, authors: Authors
) -> Iterator[AnnotationChange]:
    pairs = compare_annotations(old, new).pairs()
    for kind, a, b in sorted(pairs, key=lambda pair: (pair[2] or pair[1] or Span(0, 0, "")).key):
        yield _span_change(document.text, kind, a, b, authors)
    yield from _other_changes(document.text, "relation", old.relations, new.relations)
    yield from _other_changes(document.text, "category", old.categories, new.categories)


def _span_change(
    text: str, kind: str, before: Span | None, after: Span | None, authors: Authors
) -> AnnotationChange:
    spans = [span for span in (before, after) if span is not None]
    start, end = min(s.start for s in spans), max(s.end for s in spans)
    span = after or before
    by, at = authors.get(span.key, (span.by, span.at)) if span else ("", "")
    return AnnotationChange(
        kind=kind,
        before=before,
        after=after,
        old=text[before.start : before.end] if before else "",
        new=text[after.start : after.end] if after else "",
        left=text[max(start - CONTEXT, 0) : start],
        right=text[end : end + CONTEXT],
        by=by,
        at=at,
    )


def _other_changes(
    text: str,
    kind: str,
    old: Iterable[Relation] | Iterable[Category],
    new: Iterable[Relation] | Iterable[Category],
) -> Iterator[AnnotationChange]:
    """Changes of relations or categories, which are only added and removed."""
    before = {item.key: item for item in old}
    after = {item.key: item for item in new}
    for key in sorted(before.keys() ^ after.keys()):
        item = after.get(key) or before[key]
        name = item.label
        if isinstance(item, Relation):
            head, tail = (text[end[0] : end[1]] for end in (item.head, item.tail))
            name = f"{head} → {tail} {item.label}"
        if key in after:
            yield AnnotationChange(kind=f"{kind}-added", new=name, by=item.by, at=item.at)
        else:
            yield AnnotationChange(kind=f"{kind}-removed", old=name)


def _authors(
    tx: Transaction, document: str, before: SideDocument | None, after: SideDocument | None
) -> Authors:
    """Who made each change between two revisions of a document, as far as the store knows."""
    numbers = [side.revision for side in (before, after) if side is not None]
    if not numbers or 0 in numbers:
        return {}
    revisions = tx.revisions(document)[::-1]
    if before is None:
        chain = [None, *(r for r in revisions if r.number <= numbers[0])]
    elif after is None:
        chain = [r for r in revisions if r.number >= numbers[0]]
    else:
        chain = [r for r in revisions if min(numbers) <= r.number <= numbers[1]]
    authors: Authors = {}
    for old, new in pairwise(chain):
        for event in span_events(old, new) if new is not None else ():
            span = event.after or event.before
            if span is not None:
                authors[span.key] = (event.who, event.when)
    return authors
