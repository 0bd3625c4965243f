"""How two states of the corpus differ: documents, spans, relations and categories, and by whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.annotations.diff import compare as compare_annotations
from curate.errors import InputError
from curate.history.sides import DiffSide, SideDocument, diff_side
from curate.history.trace import span_events
from curate.layers import GOLD
from curate.model import Annotation, Document, Record, Span, SpanKey
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.workspace import Workspace

CONTEXT = 40
"""Code points of the text that are shown on each side of a span."""

_PAIRED = ("relabelled", "moved", "replaced")


class AnnotationChange(Record, frozen=True, kw_only=True):
    """What happened to one span, relation or category.

    Args:
        kind: ``added``, ``removed``, ``relabelled``, ``moved`` or ``replaced`` (moved and
            relabelled) of a span; ``relation-added``, ``category-removed``, … of the others.
        before: the span on the first side; ``after``: on the second.
        old: the text it marks on the first side; ``new``: on the second; of a relation or category
            its name.
        left: the text before it; ``right``: the text after it.
        by: who made the change, empty if that cannot be told.
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


class DocumentDiff(Record, frozen=True, kw_only=True):
    """A document that differs: ``added``, ``removed`` or ``changed``; revisions are 0 for none."""

    id: str
    title: str
    state: str
    before: int = 0
    after: int = 0
    changes: tuple[AnnotationChange, ...] = ()


class DiffTotals(Record, frozen=True, kw_only=True):
    """How the second side differs from the first, in numbers.

    Args:
        first: its name; ``second``: the other's.
        same: number of documents that do not.
        skipped: number of documents that only one side has, where a layer is compared, which may
            merely not have looked at them.
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
    """The same with the documents that differ, sorted by id."""

    documents: tuple[DocumentDiff, ...] = ()

    @classmethod
    def of(cls, sums: DiffTotals, documents: Iterable[DocumentDiff]) -> CorpusDiff:
        """Sums with the documents that they are of."""
        return cls(**msgspec.structs.asdict(sums), documents=tuple(documents))


class Comparison:
    """Two sides that are compared: to be gone through once, whereupon ``sums`` is known.

    Neither a side nor what differs is held in memory.

    Args:
        tx: the transaction that everything is read in.
        first: a side, see ``curate.history.sides.side``; ``second``: the other one.
        root: the folder that paths start from.

    Raises:
        InputError: there is nothing of one of these names, or a file cannot be read.
        ReleaseError: there is no such release.
    """

    def __init__(self, tx: Transaction, first: str, second: str, root: Path) -> None:
        self._tx = tx
        self._sides = diff_side(tx, first, root), diff_side(tx, second, root)
        if len({each.only for each in self._sides if each.only}) > 1:
            raise InputError(f"{first} and {second} are two documents", "compare revisions of one")
        self._documents: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._labels: dict[str, Counter[str]] = defaultdict(Counter)
        self._authors: dict[str, Counter[str]] = defaultdict(Counter)
        self._pairs: Counter[str] = Counter()

    def __iter__(self) -> Iterator[DocumentDiff]:
        partial = any(each.partial for each in self._sides)
        for before, after in _pairs(*self._sides):
            if partial and (before is None or after is None):
                self._documents["skipped"] += 1
            elif (each := _differing(self._tx, before, after)) is None:
                self._documents["same"] += 1
            else:
                self._add(each)
                yield each

    @property
    def sums(self) -> DiffTotals:
        """The sums of all that was gone through."""
        first, second = self._sides
        return DiffTotals(
            first=first.name,
            second=second.name,
            same=self._documents["same"],
            skipped=self._documents["skipped"],
            counts=dict(sorted(self._counts.items())),
            labels={name: dict(counter) for name, counter in sorted(self._labels.items())},
            relabelled=dict(sorted(self._pairs.items())),
            authors={name: dict(counter) for name, counter in sorted(self._authors.items())},
        )

    def _add(self, found: DocumentDiff) -> None:
        self._counts[f"documents_{found.state}"] += 1
        for change in found.changes:
            self._counts[_named(change.kind)] += 1
            for label in labels_of(change):
                self._labels[label][change.kind] += 1
            if change.before and change.after and change.before.label != change.after.label:
                self._pairs[f"{change.before.label} → {change.after.label}"] += 1
            self._authors[change.by or "unknown"][change.kind] += 1


def counts(tx: Transaction, first: str, second: str, root: Path) -> dict[str, int]:
    """The counts of a comparison alone."""
    comparison = Comparison(tx, first, second, root)
    for _ in comparison:
        pass
    return comparison.sums.counts


def labels_of(change: AnnotationChange) -> list[str]:
    """The labels of the span that changed, before and after, sorted."""
    return sorted({span.label for span in (change.before, change.after) if span is not None})


def _named(kind: str) -> str:
    what, _, how = kind.rpartition("-")
    plural = {"relation": "relations", "category": "categories"}.get(what, "spans")
    return f"{plural}_{how}"


def _pairs(
    first: DiffSide, second: DiffSide
) -> Iterator[tuple[SideDocument | None, SideDocument | None]]:
    """Documents of both sides, met in the order of their ids; neither side is held in memory."""
    only = first.only or second.only
    a, b = _next(left := first.items()), _next(right := second.items())
    while a is not None or b is not None:
        keys = [each.document.id for each in (a, b) if each is not None]
        here = min(keys)
        mine = a if a is not None and a.document.id == here else None
        yours = b if b is not None and b.document.id == here else None
        if only in ("", here):
            yield mine, yours
        a = _next(left) if mine is not None else a
        b = _next(right) if yours is not None else b


def _next(items: Iterator[SideDocument]) -> SideDocument | None:
    return next(items, None)


def _differing(
    tx: Transaction, before: SideDocument | None, after: SideDocument | None
) -> DocumentDiff | None:
    here = after or before
    if here is None:
        return None
    nothing = Annotation(document=here.document.id, layer=GOLD)
    old, new = (each.annotation if each else nothing for each in (before, after))
    if before and after and old.content == new.content:
        return None
    makers = _makers(tx, here.document.id, before, after)
    state = "changed" if before and after else "added" if after else "removed"
    return DocumentDiff(
        id=here.document.id,
        title=here.document.title,
        state=state,
        before=before.revision if before else 0,
        after=after.revision if after else 0,
        changes=tuple(_changes(here.document, old, new, makers)),
    )


def _changes(
    document: Document, old: Annotation, new: Annotation, makers: _Makers
) -> Iterator[AnnotationChange]:
    found = compare_annotations(old, new)
    pairs: list[tuple[str, Span | None, Span | None]] = []
    for kind in _PAIRED:
        pairs += [(kind, a, b) for a, b in getattr(found, kind)]
    pairs += [("added", None, span) for span in found.added]
    pairs += [("removed", span, None) for span in found.removed]
    for kind, a, b in sorted(pairs, key=lambda pair: (pair[2] or pair[1] or Span(0, 0, "")).key):
        yield _change(document.text, kind, a, b, makers)
    for name in ("relations", "categories"):
        yield from _named_changes(document.text, name, old, new)


def _change(
    text: str, kind: str, before: Span | None, after: Span | None, makers: _Makers
) -> AnnotationChange:
    spans = [span for span in (before, after) if span is not None]
    start, end = min(s.start for s in spans), max(s.end for s in spans)
    by, at = makers.get(after or before)
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


def _named_changes(
    text: str, part: str, old: Annotation, new: Annotation
) -> Iterator[AnnotationChange]:
    kind = {"relations": "relation", "categories": "category"}[part]
    a, b = ({item.key: item for item in getattr(each, part)} for each in (old, new))
    for key in sorted(a.keys() ^ b.keys()):
        item = b.get(key) or a[key]
        name = _name(text, item)
        if key in b:
            yield AnnotationChange(kind=f"{kind}-added", new=name, by=item.by, at=item.at)
        else:
            yield AnnotationChange(kind=f"{kind}-removed", old=name)


def _name(text: str, item: object) -> str:
    head, tail = getattr(item, "head", None), getattr(item, "tail", None)
    label = str(getattr(item, "label", ""))
    if head is None or tail is None:
        return label
    return f"{text[head[0] : head[1]]} → {text[tail[0] : tail[1]]} {label}"


class _Makers:
    """Who made each change between two revisions of a document, as far as the store knows."""

    def __init__(self) -> None:
        self.found: dict[SpanKey, tuple[str, str]] = {}

    def get(self, span: Span | None) -> tuple[str, str]:
        """Author and time of the change that brought a span, or took it away."""
        if span is None:
            return "", ""
        return self.found.get(span.key, (span.by, span.at))


def _makers(
    tx: Transaction, document: str, before: SideDocument | None, after: SideDocument | None
) -> _Makers:
    made = _Makers()
    numbers = [each.revision for each in (before, after) if each is not None]
    if not numbers or 0 in numbers:
        return made
    first, last = (numbers[0], numbers[-1]) if len(numbers) == 2 else (0, numbers[0])
    if before is not None and after is None:
        first, last = before.revision, 10**9
    chain = [r for r in tx.revisions(document)[::-1] if min(first, last) <= r.number <= last]
    starts = [None, *chain] if first == 0 else chain
    for old, new in zip(starts, chain if first == 0 else chain[1:], strict=False):
        for event in span_events(old, new):
            span = event.after or event.before
            if span is not None:
                made.found[span.key] = (event.who, event.when)
    return made


def diff(workspace: Workspace, first: str = "", second: str = GOLD) -> CorpusDiff:
    """How the second side differs from the first; see ``curate.history.sides.side``.

    Args:
        first: the newest release by default.

    Raises:
        InputError, ReleaseError: there is nothing of such a name.
    """

    found: list[DocumentDiff] = []
    sums = compare(workspace, first, second, found.append)
    return CorpusDiff.of(sums, found)


def compare(
    workspace: Workspace, first: str, second: str, tell: Callable[[DocumentDiff], None]
) -> DiffTotals:
    """The same for a comparison of any size: what differs is told, and not kept.

    Args:
        first: the newest release if it is empty.
        tell: is given each document that differs, sorted by id.

    Raises:
        InputError, ReleaseError: there is nothing of such a name.
    """
    from curate.history import sides

    with workspace.store.read() as tx:
        name = first or sides.named_release(tx, "").version
        comparison = Comparison(tx, name, second, workspace.root)
        for each in comparison:
            tell(each)
        return comparison.sums
