"""What the readers share: their vocabulary, and the marks that a source puts on one text.

A reader is a generator of ``Found | Problem`` over one ``Source``. It says what it could not take:
a Problem of severity ``error`` is a line or row that was refused, a ``warning`` is an annotation
that was lost, an ``info`` was kept as it is. The code is ``read.<reason>``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

from curate.formats.source_file import SourceFile
from curate.model import (
    Annotated,
    Annotation,
    Category,
    Document,
    Problem,
    Record,
    Relation,
    Severity,
    Span,
    SpanKey,
)
from curate.text.offsets import trim
from curate.util import jsonl

GOLD = "gold"
_HALF = re.compile("[\ud800-\udfff]")

SEVERITIES: dict[str, Severity] = {
    "malformed": "error",  # the line or row is not what its format says
    "no-text": "error",  # there is no text in it
    "unreadable": "error",  # the bytes are damaged or in another encoding
    "out-of-range": "warning",  # ends before it begins, or beyond the text
    "text-mismatch": "warning",  # the text there is not the one the source names
    "discontinuous": "warning",  # several pieces, with words between them
    "doubled": "warning",  # the same span twice
    "dangling": "warning",  # a relation to a span that is not there
    "unsupported": "warning",  # attributes, events and whatever else has no place in the model
    "not-accepted": "warning",  # annotations that a person rejected, skipped or cancelled
    "scheme": "warning",  # a tag that the scheme asked for does not allow
    "blank-edge": "info",  # begins or ends with what cannot be seen; kept as it is
}


class ReadOptions(Record, frozen=True, kw_only=True):
    """How a source is to be read.

    Args:
        lang: language of documents that do not name theirs.
        encoding: of the bytes; by default what a byte order mark says, or else UTF-8.
        columns: where a field stands, for tables by name (``{"text": "body"}``), for CoNLL by
            number from 0, negative from the end (``{"tag": "-1"}``).
        labels: names to give to labels, such as ``{"12": "LOC"}``.
        scheme: of the tags of token formats; found out by default.
        layer: the layer of annotations whose maker the source does not name.
        unit: what is one document of a token format that has sentences.
        discontinuous: what becomes of spans in several pieces with words between them.
    """

    lang: str = ""
    encoding: str = ""
    columns: dict[str, str] = {}
    labels: dict[str, str] = {}
    scheme: Literal["", "iob1", "iob2", "biluo"] = ""
    layer: str = GOLD
    unit: Literal["document", "sentence"] = "document"
    discontinuous: Literal["lose", "cover", "split"] = "lose"


class ReadDocument(Annotated, frozen=True, kw_only=True):
    """A document as it stands in a source, not normalised; ``where`` is its file and line."""

    where: str = ""


class Refusal(Problem, frozen=True, kw_only=True):
    """A line or row that was refused; ``row`` is its text as far as it could be read."""

    row: str = ""

    @property
    def bare(self) -> Problem:
        """The problem without the row, which may be a whole article."""
        return Problem(**{name: getattr(self, name) for name in Problem.__struct_fields__})


ReadItem = ReadDocument | Problem
Reader = Callable[[SourceFile, ReadOptions], Iterator[ReadItem]]


def refuse(reason: str, message: str, where: str, row: str = "") -> Refusal:
    """The problem of a line, row or file that cannot be taken."""
    hint = "mend the source and read it again"
    return Refusal(
        code=f"read.{reason}",
        message=message,
        severity=SEVERITIES[reason],
        where=where,
        hint=hint,
        row=row.encode("utf-8", "replace").decode("utf-8"),  # half a pair can't be written
    )


class AnnotationBuilder:
    """Annotations of one text, collected layer by layer; what cannot be is named in ``problems``.

    Args:
        text: the text that offsets are counted in.
        where: file and line of the document.
        options: names of labels and of the layer for what nobody signed.
    """

    def __init__(self, text: str, where: str, options: ReadOptions) -> None:
        self.text = text
        self.where = where
        self.problems: list[Problem] = []
        self._options = options
        self._layers: dict[str, tuple[list[Span], list[Relation], list[Category]]] = {}
        self._keys: set[tuple[str, SpanKey]] = set()

    def layer(self, name: str = "") -> tuple[list[Span], list[Relation], list[Category]]:
        """Note that a layer looked at the text, even if it marks nothing."""
        return self._layers.setdefault(name or self._options.layer, ([], [], []))

    def span(
        self,
        start: Any,
        end: Any,
        label: Any,
        *,
        layer: str = "",
        surface: str | None = None,
        where: str = "",
        by: str = "",
        at: str = "",
        score: float | None = None,
    ) -> SpanKey | None:
        """Mark a stretch of text; None if it cannot be, and then the reason is a problem.

        Args:
            start: first code point.
            end: one past the last.
            label: a text or a number.
            layer: who says so.
            surface: the text that the source says stands there, if it says so.
            where: file and line, if it is another than the document's.
            by: who proposed it, if it is not the layer.
            at: when.
            score: confidence, 0 to 1.
        """
        name = layer or self._options.layer
        key = self._key(start, end, label)
        if key is None or not 0 <= key[0] < key[1] <= len(self.text):
            self.lose("out-of-range", f"{start}–{end} {label}: no such stretch of text", where)
            return None
        there = self.text[key[0] : key[1]]
        if surface is not None and surface.split() != there.split():
            told = f"{key[2]}: the source says {surface!r}, its text has {there!r} there"
            self.lose("text-mismatch", told, where, key)
            return None
        if (name, key) in self._keys:
            self.lose("doubled", f"{there!r} ({key[2]}) is marked twice", where, key)
            return key
        self._keys.add((name, key))
        if trim(self.text, key[0], key[1]) != key[:2]:
            self.lose("blank-edge", f"{there!r} ({key[2]}) has blank edges", where, key)
        self.layer(name)[0].append(Span(*key, by=by or _author(name), at=at, score=score))
        return key

    def pieces(
        self, pieces: list[tuple[int, int]], label: str, surface: str | None, where: str
    ) -> SpanKey | None:
        """Mark a span given in pieces. Pieces with only blanks between them are one span.

        Other discontinuous spans have no place in the model; the options say what becomes of them.
        """
        joined: list[tuple[int, int]] = []
        for start, end in sorted(pieces):
            if joined and not self.text[joined[-1][1] : start].strip():
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        choice = self._options.discontinuous
        if len(joined) == 1:
            return self.span(*joined[0], label, surface=surface, where=where)
        if choice == "cover":
            return self.span(joined[0][0], joined[-1][1], label, where=where)
        if choice == "split":
            return [self.span(*piece, label, where=where) for piece in joined][0]
        told = f"{surface!r} ({label}) stands in {len(joined)} pieces"
        self.lose("discontinuous", told, where, (joined[0][0], joined[-1][1], self.named(label)))
        return None

    def relation(
        self,
        head: SpanKey | None,
        tail: SpanKey | None,
        label: Any,
        *,
        layer: str = "",
        where: str = "",
        by: str = "",
        at: str = "",
    ) -> None:
        """Draw an arrow between two spans of the layer."""
        if head is None or tail is None:
            self.lose("dangling", f"{label}: one of its two spans is not there", where)
            return
        name = layer or self._options.layer
        by = by or _author(name)
        self.layer(name)[1].append(Relation(head, tail, self.named(label), by=by, at=at))

    def category(self, label: Any, *, layer: str = "", by: str = "", at: str = "") -> None:
        """Label the whole document."""
        name = layer or self._options.layer
        by = by or _author(name)
        self.layer(name)[2].append(Category(self.named(label), by=by, at=at))

    def lose(self, reason: str, message: str, where: str = "", span: SpanKey | None = None) -> None:
        """Name an annotation that is lost, or kept with something to be said about it."""
        self.problems.append(
            Problem(
                code=f"read.{reason}",
                message=message,
                severity=SEVERITIES[reason],
                span=span,
                where=where or self.where,
            )
        )

    def named(self, label: Any) -> str:
        """The name of a label, as the options say."""
        told = as_text(label)
        return self._options.labels.get(told, told)

    def found(self, meta: dict[str, str], lang: str = "") -> ReadDocument:
        """The document with its layers, each in canonical order."""
        document = Document(
            id=jsonl.document_id(self.text),
            text=self.text,
            lang=lang or self._options.lang,
            meta=meta,
        )
        layers = tuple(
            Annotation(
                document=document.id,
                layer=name,
                spans=tuple(spans),
                relations=tuple(relations),
                categories=tuple(categories),
            ).sorted()
            for name, (spans, relations, categories) in sorted(self._layers.items())
        )
        return ReadDocument(document=document, layers=layers, where=self.where)

    def _key(self, start: Any, end: Any, label: Any) -> SpanKey | None:
        whole = all(isinstance(offset, int) for offset in (start, end))
        return (start, end, self.named(label)) if whole else None


def _author(layer: str) -> str:
    return "" if layer == GOLD else layer


def emit(marks: AnnotationBuilder, meta: dict[str, str], lang: str = "") -> Iterator[ReadItem]:
    """The document of some marks, and then its problems; a text that is none is refused."""
    if why := text_defect(marks.text):
        yield refuse(*why, marks.where, marks.text)
        return
    yield marks.found(meta, lang)
    yield from marks.problems


def text_defect(text: str) -> tuple[str, str] | None:
    """Why something is no text, as a reason and a sentence; None if it is one."""
    if "\x00" in text:
        return "malformed", "not a text: it has NUL characters"
    if _HALF.search(text):
        return "malformed", "not a text: it has half a surrogate pair"
    if not text.strip("\ufeff \t\r\n"):
        return "no-text", "empty: no text in it"
    return None


def as_text(value: Any) -> str:
    """A value as text: a string as it is, anything else as canonical JSON."""
    return value if isinstance(value, str) else jsonl.canonical(value).decode("utf-8")


def utc_timestamp(value: Any) -> str:
    """A time as curate writes it, to the second in UTC; empty if it is none that names a zone."""
    from datetime import UTC, datetime

    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return ""
    if time.tzinfo is None:
        return ""
    return time.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
