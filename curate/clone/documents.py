"""Examples of the server as documents: what is gold, what stands on layers, and what was seen.

Pure. Two readings are made of an example with an import in code points: what a sync reads there,
which takes all numbers for UTF-16 units and is the base; and what is meant, which is the gold, so
that the first sync corrects the places on the page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from curate.clone.imports import ImportEvidence
from curate.clone.records import AnnotationRow, SourceExample, SourceProject
from curate.clone.units import Unit, UnitEvidence, code_points, faults, first_cluster
from curate.doccano.codec import ID_FIELD
from curate.doccano.session import utc_time
from curate.layers import (
    GOLD,
    PROPOSAL,
    REMOTE,
    UNKNOWN,
    annotator_layer,
    import_author,
)
from curate.model import (
    Annotation,
    Category,
    Document,
    Problem,
    Relation,
    RemoteRow,
    RemoteRows,
    Span,
    SpanKey,
)
from curate.store.records import LastSeen, TrackedDocument
from curate.text.language import detect
from curate.util import jsonl
from curate.version import __version__

Item = Span | Relation | Category


class ClonedDocument(NamedTuple):
    """What an example becomes.

    Args:
        document: the document, with the text of the server as it is.
        gold: what was confirmed; None if nobody confirmed it.
        confirmed_by: the account that confirmed it.
        confirmed_at: when.
        layers: who marked what, if nobody confirmed it, and the proposal.
        tracked: how it stood in the project.
        problems: what is odd about it.
    """

    document: Document
    gold: Annotation | None
    confirmed_by: str
    confirmed_at: str
    layers: tuple[Annotation, ...]
    tracked: TrackedDocument
    problems: tuple[Problem, ...]


class _Mark(NamedTuple):
    """A row of the server with what it is as a sync reads it, and as it is meant."""

    row: RemoteRow
    there: Item
    meant: Item
    imported: bool


def to_document(source: SourceProject, example: SourceExample, now: str) -> Document:
    """The document of an example; its text is not normalised, so that offsets agree.

    Args:
        source: the project.
        example: the example.
        now: the time of the clone, ISO 8601 in UTC.
    """
    meta = {
        str(name): value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in example.meta.items()
        if name != ID_FIELD
    }
    origin = {
        "file": example.file,
        "cloned": f"{source.origin}, example {example.example}",
        "ingested": now,
        "curate": __version__,
    }
    return Document(
        id=jsonl.document_id(example.text),
        text=example.text,
        lang=detect(example.text).code or source.schema.language,
        meta={**meta, **{name: value for name, value in origin.items() if value}},
    )


class DocumentReader:
    """Reads examples of one project.

    Args:
        source: the project.
        imports: which marks an import made.
        units: what the offsets of each import count.
        now: the time of the clone, ISO 8601 in UTC.
        unit: what those count of which it is not known.
    """

    def __init__(
        self,
        source: SourceProject,
        imports: ImportEvidence,
        units: UnitEvidence,
        now: str,
        unit: Unit = "utf16",
    ) -> None:
        self._source, self._imports, self._units = source, imports, units
        self._now, self._default = now, unit

    def read(self, example: SourceExample) -> ClonedDocument:
        """What an example becomes."""
        document = to_document(self._source, example, self._now)
        marks = self._marks(example)
        # Several people can confirm one document only while they do not see each other's marks.
        alone = example.confirmed if len(example.confirmed) == 1 else ()
        account, time = alone[0] if alone else (0, "")
        confirmed = bool(alone)
        shown = marks if confirmed else [mark for mark in marks if mark.imported]
        base = _annotation(document.id, REMOTE, [mark.there for mark in shown])
        return ClonedDocument(
            document=document,
            gold=_annotation(document.id, GOLD, [m.meant for m in marks]) if confirmed else None,
            confirmed_by=self._name(account) if confirmed else "",
            confirmed_at=utc_time(time) if confirmed else "",
            layers=() if confirmed else tuple(_layers(document.id, marks)),
            tracked=TrackedDocument(
                document=document.id,
                base=base,
                example=example.example,
                confirmed=confirmed,
                seen=LastSeen(
                    taken=example.taken,
                    pushed=example.taken,
                    confirmed_by=self._name(account) if confirmed else "",
                    confirmed_at=time,
                    rows=_rows(shown),
                ),
            ),
            problems=tuple(self._problems(example, document, marks)),
        )

    def is_unreadable(self, example: SourceExample) -> bool:
        """Whether marks by hand count grapheme clusters, and it is not known where those are."""
        if not self._source.graphemes:
            return False
        first = first_cluster(example.text)
        return any(
            each.kind == "span" and each.end > first and self._imports.batch(each.row) is None
            for each in example.rows
        )

    def versions(self, example: SourceExample) -> tuple[Annotation, ...]:
        """Who marked what in an example that is a copy of another, as layers."""
        key = jsonl.document_id(example.text)
        return tuple(
            layer for layer in _layers(key, self._marks(example)) if layer.layer != PROPOSAL
        )

    def content(self, example: SourceExample) -> str:
        """``Annotation.content`` of what an example is annotated with."""
        items = [mark.meant for mark in self._marks(example)]
        return _annotation(jsonl.document_id(example.text), GOLD, items).content

    def _marks(self, example: SourceExample) -> list[_Mark]:
        marks: list[_Mark] = []
        there: dict[int, SpanKey] = {}
        meant: dict[int, SpanKey] = {}
        for each in example.rows:
            by, at, imported = self._author(example, each.row)
            label = self._source.label_types[each.kind].get(each.row.label)
            if label is None:
                continue  # its label was deleted a moment later, and it with it
            if each.kind == "span":
                start, end = code_points(example.text, each.start, each.end, "utf16")
                there[each.row.id] = (start, end, label)
                unit = self._unit(example, each, imported)
                meant[each.row.id] = (*code_points(example.text, each.start, each.end, unit), label)
                read = [Span(*keys[each.row.id], by, at) for keys in (there, meant)]
            elif each.kind == "relation":
                if each.start not in there or each.end not in there:
                    continue  # a span of it was deleted a moment later
                ends = [(keys[each.start], keys[each.end]) for keys in (there, meant)]
                read = [Relation(*pair, label, by, at) for pair in ends]  # type: ignore[misc]
            else:
                read = [Category(label, by, at)] * 2  # type: ignore[list-item]
            marks.append(_Mark(each.row, read[0], read[1], imported))
        return marks

    def _unit(self, example: SourceExample, each: AnnotationRow, imported: bool) -> Unit:
        """What the offsets of a span count."""
        batch = self._imports.batch(each.row)
        if batch is None:
            return "utf16"  # as the page does
        unit = self._units.unit(batch) or self._default
        if imported or unit == "utf16":
            return unit
        # Somebody changed it on the page: the offsets, or only the label.
        spans = example.text, each.start, each.end
        return unit if faults(*spans, unit) < faults(*spans, "utf16") else "utf16"

    def _author(self, example: SourceExample, row: RemoteRow) -> tuple[str, str, bool]:
        """Who made a mark as it is and when, and whether it is as an import made it."""
        at = utc_time(row.updated)
        if self._imports.batch(row) is None:
            return annotator_layer(self._name(row.user)), at, False
        if not row.was_changed:
            return import_author(self._name(row.user)), at, True
        # Doccano does not say who changed it; whoever confirmed it afterwards has seen it so.
        later = [user for user, time in example.confirmed if time >= row.updated]
        return annotator_layer(self._name(later[-1]) if later else UNKNOWN), at, False

    def _name(self, account: int) -> str:
        return self._source.accounts.get(account, f"user-{account}")

    def _problems(
        self, example: SourceExample, document: Document, marks: list[_Mark]
    ) -> Iterator[Problem]:
        spans = [mark.meant for mark in marks if isinstance(mark.meant, Span)]
        for span in spans:
            if span.end > len(document.text):
                yield _problem(
                    "clone.span",
                    f"a span of example {example.example} ends behind its text of "
                    f"{len(document.text)} characters; it is kept as it is",
                    document.id,
                    "delete or move it in Doccano; `curate validate` finds it too",
                    span.key,
                )
        ordered = sorted(spans, key=lambda span: span.key)
        overlaps = [
            (one, other)
            for one, other in zip(ordered, ordered[1:], strict=False)
            if one.overlaps(other) and one.key != other.key
        ]
        if overlaps and not self._source.schema.overlap:
            yield _problem(
                "clone.overlap",
                f"example {example.example} has spans that overlap, which its project does not "
                "allow any more; they are kept as they are",
                document.id,
                "allow it in the schema (overlap: true), or correct them in Doccano",
                overlaps[0][1].key,
            )
        if len(example.confirmed) > 1:
            names = ", ".join(self._name(user) for user, _ in example.confirmed)
            yield _problem(
                "clone.unshared",
                f"example {example.example} was confirmed by {names}, which is possible only while "
                "people do not see what others mark; so nobody has seen it as it is",
                document.id,
                "look at it in Doccano, take the confirmation back, and confirm it again",
            )


def _layers(document: str, marks: list[_Mark]) -> Iterator[Annotation]:
    """A layer for each author, and what was imported, maybe nothing, as the proposal."""
    by_author: dict[str, list[Item]] = {}
    spans = {mark.meant.key: mark.meant for mark in marks if isinstance(mark.meant, Span)}
    for mark in marks:
        items = by_author.setdefault(mark.meant.by, [])
        items.append(mark.meant)
        if isinstance(mark.meant, Relation):  # with the spans that it joins, whoever marked them
            items += [spans[mark.meant.head], spans[mark.meant.tail]]
    for author, items in sorted(by_author.items()):
        yield _annotation(document, author, items)
    yield _annotation(document, PROPOSAL, [mark.meant for mark in marks if mark.imported])


def _annotation(document: str, layer: str, items: list[Item]) -> Annotation:
    return Annotation(
        document=document,
        layer=layer,
        spans=tuple(item for item in items if isinstance(item, Span)),
        relations=tuple(item for item in items if isinstance(item, Relation)),
        categories=tuple(item for item in items if isinstance(item, Category)),
    ).sorted()


def _rows(marks: list[_Mark]) -> RemoteRows:
    there = [(mark.there, mark.row) for mark in marks]
    return RemoteRows(
        spans=tuple((item.key, row) for item, row in there if isinstance(item, Span)),
        relations=tuple((item.key, row) for item, row in there if isinstance(item, Relation)),
        categories=tuple((item.key, row) for item, row in there if isinstance(item, Category)),
    )


def _problem(
    code: str, message: str, document: str, hint: str, span: SpanKey | None = None
) -> Problem:
    return Problem(
        code=code, message=message, severity="warning", document=document, hint=hint, span=span
    )
