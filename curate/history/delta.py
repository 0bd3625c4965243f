"""How two states of the corpus differ: documents, spans, relations and categories, and by whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain as joined
from pathlib import Path

from curate.diff import compare
from curate.errors import InputError
from curate.history.sides import Item, Side, side
from curate.history.trace import events
from curate.model import Annotation, Document, Record, Span, SpanKey
from curate.store.transaction import Transaction

CONTEXT = 40
"""Code points of the text that are shown on each side of a span."""

_PAIRED = ("relabelled", "moved", "replaced")


class Change(Record, frozen=True, kw_only=True):
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


class Differing(Record, frozen=True, kw_only=True):
    """A document that differs: ``added``, ``removed`` or ``changed``; revisions are 0 for none."""

    id: str
    title: str
    state: str
    before: int = 0
    after: int = 0
    changes: tuple[Change, ...] = ()


class Delta(Record, frozen=True, kw_only=True):
    """How the second side differs from the first.

    Args:
        first: its name; ``second``: the other's.
        documents: those that differ, sorted by id.
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
    documents: tuple[Differing, ...] = ()
    same: int = 0
    skipped: int = 0
    counts: dict[str, int] = {}
    labels: dict[str, dict[str, int]] = {}
    relabelled: dict[str, int] = {}
    authors: dict[str, dict[str, int]] = {}


def delta(tx: Transaction, first: str, second: str, root: Path) -> Delta:
    """Compare two sides; see ``curate.history.sides.side`` for their names.

    Raises:
        InputError: there is nothing of one of these names, or a file cannot be read.
        ReleaseError: there is no such release.
    """
    sides = side(tx, first, root), side(tx, second, root)
    if len({each.only for each in sides if each.only}) > 1:
        raise InputError(f"{first} and {second} are two documents", "compare revisions of one")
    found: list[Differing] = []
    counts: Counter[str] = Counter()
    partial = any(each.partial for each in sides)
    for before, after in _pairs(*sides):
        if partial and (before is None or after is None):
            counts["skipped"] += 1
        elif (each := _differing(tx, before, after)) is None:
            counts["same"] += 1
        else:
            found.append(each)
    return _summed(sides, found, counts["same"], counts["skipped"])


def counts(tx: Transaction, first: str, second: str, root: Path) -> dict[str, int]:
    """The counts of a comparison alone; no difference is kept in memory."""
    found: dict[str, int] = {}
    for before, after in _pairs(side(tx, first, root), side(tx, second, root)):
        if (each := _differing(tx, before, after)) is not None:
            found = totals(found, each)
    return found


def totals(documents: Mapping[str, int] | None = None, *found: Differing) -> dict[str, int]:
    """Documents by state and changes by kind, added to what was counted before."""
    counts = Counter(documents or {})
    for each in found:
        counts[f"documents_{each.state}"] += 1
        counts.update(_named(change.kind) for change in each.changes)
    return dict(sorted(counts.items()))


def _named(kind: str) -> str:
    what, _, how = kind.rpartition("-")
    plural = {"relation": "relations", "category": "categories"}.get(what, "spans")
    return f"{plural}_{how}"


def _pairs(first: Side, second: Side) -> Iterator[tuple[Item | None, Item | None]]:
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


def _next(items: Iterator[Item]) -> Item | None:
    return next(items, None)


def _differing(tx: Transaction, before: Item | None, after: Item | None) -> Differing | None:
    here = after or before
    if here is None:
        return None
    nothing = Annotation(document=here.document.id, layer="gold")
    old, new = (each.annotation if each else nothing for each in (before, after))
    if before and after and old.content == new.content:
        return None
    makers = _makers(tx, here.document.id, before, after)
    state = "changed" if before and after else "added" if after else "removed"
    return Differing(
        id=here.document.id,
        title=here.document.title,
        state=state,
        before=before.revision if before else 0,
        after=after.revision if after else 0,
        changes=tuple(_changes(here.document, old, new, makers)),
    )


def _changes(
    document: Document, old: Annotation, new: Annotation, makers: _Makers
) -> Iterator[Change]:
    found = compare(old, new)
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
) -> Change:
    spans = [span for span in (before, after) if span is not None]
    start, end = min(s.start for s in spans), max(s.end for s in spans)
    by, at = makers.get(after or before)
    return Change(
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


def _named_changes(text: str, part: str, old: Annotation, new: Annotation) -> Iterator[Change]:
    kind = {"relations": "relation", "categories": "category"}[part]
    a, b = ({item.key: item for item in getattr(each, part)} for each in (old, new))
    for key in sorted(a.keys() ^ b.keys()):
        item = b.get(key) or a[key]
        name = _name(text, item)
        if key in b:
            yield Change(kind=f"{kind}-added", new=name, by=item.by, at=item.at)
        else:
            yield Change(kind=f"{kind}-removed", old=name)


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


def _makers(tx: Transaction, document: str, before: Item | None, after: Item | None) -> _Makers:
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
        for event in events(old, new):
            span = event.after or event.before
            if span is not None:
                made.found[span.key] = (event.who, event.when)
    return made


def _summed(sides: tuple[Side, Side], found: list[Differing], same: int, skipped: int) -> Delta:
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    authors: dict[str, Counter[str]] = defaultdict(Counter)
    pairs: Counter[str] = Counter()
    for change in joined.from_iterable(each.changes for each in found):
        for label in sorted({s.label for s in (change.before, change.after) if s is not None}):
            labels[label][change.kind] += 1
        if change.before and change.after and change.before.label != change.after.label:
            pairs[f"{change.before.label} → {change.after.label}"] += 1
        authors[change.by or "unknown"][change.kind] += 1
    return Delta(
        first=sides[0].name,
        second=sides[1].name,
        documents=tuple(found),
        same=same,
        skipped=skipped,
        counts=totals(None, *found),
        labels={name: dict(counter) for name, counter in sorted(labels.items())},
        relabelled=dict(sorted(pairs.items())),
        authors={name: dict(counter) for name, counter in sorted(authors.items())},
    )
