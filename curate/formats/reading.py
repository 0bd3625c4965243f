"""What all readers share: their options, what they yield, and how a document is built.

A reader is a generator of ``ReadDocument | Problem`` over one ``SourceFile``. Whatever it cannot
take becomes a Problem with the code ``read.<reason>``: severity ``error`` is a line or row that was
refused, ``warning`` an annotation that was lost, ``info`` something that was kept as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, Protocol, TypeVar

from curate.errors import CurateError
from curate.formats.source_file import SourceFile
from curate.layers import GOLD
from curate.model import (
    Annotated,
    Annotation,
    Category,
    Comment,
    Document,
    Problem,
    Record,
    Relation,
    RelationKey,
    Severity,
    Span,
    SpanKey,
)
from curate.text.offset_units import (
    CODE_POINTS,
    OffsetUnit,
    Quotation,
    foreign_unit,
    parse_unit,
)
from curate.text.offsets import trim
from curate.util import jsonl

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

CORRECT = "correct the source and read it again"
"""The hint where nothing else helps."""
_MESSAGE_LENGTH = 200  # characters of a library's message, which may quote the whole file

SEVERITIES: dict[str, Severity] = {
    "malformed": "error",  # the line or row does not follow its format
    "no-text": "error",  # there is no text in it
    "unreadable": "error",  # the bytes are damaged or in another encoding
    "offset-unit": "error",  # the offsets of a document count something else than its format says
    "out-of-range": "warning",  # the span ends before it begins, or lies beyond the text
    "text-mismatch": "warning",  # the source gives another text for the span
    "discontinuous": "warning",  # several pieces with words between them
    "doubled": "warning",  # the same span, relation or category twice
    "dangling": "warning",  # a relation to a span that does not exist
    "no-label": "warning",  # a span, relation or category without a label
    "not-understood": "error",  # annotation by name and shape, but lost: the shape is not known
    "unsupported": "warning",  # attributes, events and whatever else has no place in the model
    "not-accepted": "warning",  # annotations that a person rejected, skipped or cancelled
    "unknown-tag": "error",  # tags that are none; the text of their tokens is kept
    "not-annotated": "warning",  # tokens that the source marks as such count as annotated
    "one-document": "info",  # the source does not say where a document ends
    "scheme": "warning",  # a tag that breaks the requested scheme
    "ambiguous-offsets": "warning",  # kept, though the file does not say what its offsets count
    "date": "warning",  # not understood, or in an unknown zone; kept as text
    "joined": "info",  # a label that may be several; kept as the message says
    "not-judged": "info",  # the document is in the folder of those that nobody judged
    "no-status": "info",  # drafts cannot be told from finished responses
    "comment": "info",  # what people wrote about a document; only a corpus has a place for it
    "blank-edge": "info",  # begins or ends with characters that nobody can see; kept as it is
}
"""Severity of a problem by its reason."""
KEPT = frozenset({"ambiguous-offsets", "date", "label-in-text", "not-annotated"})
"""Reasons of warnings about what is kept as it is."""
_MISPLACED = ("read.out-of-range", "read.text-mismatch")


class ReadOptions(Record, frozen=True, kw_only=True):
    """How to read a source.

    Args:
        lang: language of documents that do not name their own.
        encoding: encoding of the bytes; by default a byte order mark decides, else it is UTF-8.
        columns: the column of a field: for tables its name (``{"text": "body"}``), for CoNLL its
            number from 0, or from the end if negative (``{"tag": "-1"}``).
        labels: new names of labels, such as ``{"12": "LOC"}``.
        tag_names: the tags that numbers in a list of tags stand for, in their order.
        scheme: tagging scheme that tags are checked against; by default every scheme is accepted.
        layer: the layer of annotations whose author the source does not name.
        unit: what becomes one document of a token format that has sentences.
        discontinuous: what to do with spans in several pieces with words between them.
        offsets: what the offsets of the source count, such as ``utf16`` or ``codepoints+lf`` (see
            ``curate.text.offset_units``); by default what the format says.
        unpack_limit: megabytes that a compressed or Parquet file may unpack to; by default 100
            times its size, but at least 200.
    """

    lang: str = ""
    encoding: str = ""
    columns: dict[str, str] = {}
    labels: dict[str, str] = {}
    tag_names: tuple[str, ...] = ()
    scheme: Literal["", "iob1", "iob2", "biluo"] = ""
    layer: str = GOLD
    unit: Literal["document", "sentence"] = "document"
    discontinuous: Literal["lose", "cover", "split"] = "lose"
    offsets: str = ""
    unpack_limit: int = 0


class CuratedLayer(Record, frozen=True, kw_only=True):
    """The layer of a document that its source marks as decided by a curator.

    Args:
        layer: its name. That of an annotator says that this version was chosen.
        by: who decided, such as ``annotator:ada``; empty if the source does not say.
        at: when, empty if unknown.
        only: whether the layer is nothing but the decision, and no independent version.
    """

    layer: str
    by: str = ""
    at: str = ""
    only: bool = False


class ReadDocument(Annotated, frozen=True, kw_only=True):
    """A document as it is in a source, not normalised.

    Args:
        where: its file and line.
        fields: names of the fields that were read as annotation, where a format has such names.
        curated: the layer that a curator decided on, if the source says so.
        comments: what people wrote about it; ``by`` is empty if the source does not name them.
        times: when a layer was last changed, by its name, as far as the source says.
        tokens: start and end of each token, in code points, where the source has tokens.
        lines: the code points at which further lines of the source begin, with file and line;
            empty if the document is one line of it.
    """

    where: str = ""
    fields: tuple[str, ...] = ()
    curated: CuratedLayer | None = None
    comments: tuple[Comment, ...] = ()
    times: dict[str, str] = {}
    tokens: tuple[tuple[int, int], ...] = ()
    lines: tuple[tuple[int, str], ...] = ()

    def where_of(self, offset: int) -> str:
        """File and line of a code point, as far as they are known."""
        number = bisect_right(self.lines, offset, key=lambda line: line[0])
        return self.lines[number - 1][1] if number else self.where


class Refusal(Problem, frozen=True, kw_only=True):
    """A line or row that was refused; ``row`` is its text as far as it could be read."""

    row: str = ""

    @property
    def bare(self) -> Problem:
        """The problem without the row, which may be a whole article."""
        return Problem(**{name: getattr(self, name) for name in Problem.__struct_fields__})


class SourceRow(Protocol):
    """A row, object or task of a file: its text, and ``where`` it stands, as file and line."""

    @property
    def where(self) -> str: ...

    @property
    def text(self) -> str: ...


Row = TypeVar("Row", bound=SourceRow)
ReadItem = ReadDocument | Problem
Reader = Callable[[SourceFile, ReadOptions], Iterator[ReadItem]]


def refuse(
    reason: str,
    message: str,
    where: str,
    row: str = "",
    hint: str = CORRECT,
) -> Refusal:
    """The problem for a line, row or file that cannot be read; ``reason`` is in ``SEVERITIES``."""
    return Refusal(
        code=f"read.{reason}",
        message=message,
        severity=SEVERITIES[reason],
        where=where,
        hint=hint,
        row=row.encode("utf-8", "replace").decode("utf-8"),  # lone surrogates cannot be written
    )


_LOSSES = frozenset({"read.not-understood", "read.unknown-tag"})
"""Codes of errors by which annotations are lost and the text is read."""


def is_refusal(problem: Problem) -> bool:
    """Whether a problem stands for a line, row or file that was not read."""
    return problem.severity == "error" and problem.code not in _LOSSES


def describe_error(error: Exception) -> str:
    """What a library raised, in one short line."""
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    if isinstance(error, RecursionError):
        return "nested too deeply to be read"
    text = " ".join(str(error).split())[:_MESSAGE_LENGTH]
    if isinstance(error, OSError | EOFError | UnicodeError) and text:
        return text
    return f"damaged ({type(error).__name__}{f': {text}' if text else ''})"


def read_each(
    rows: Iterable[Row | Refusal], read_row: Callable[[Row], Iterable[ReadItem]]
) -> Iterator[ReadItem]:
    """The items of every row of a file; a row that reading raises anything for is refused alone.

    Args:
        rows: the rows; those that were refused already are passed on.
        read_row: reads one of them, as a generator.

    Raises:
        CurateError: the options do not fit the file, which concerns all rows.
    """
    for row in rows:
        if isinstance(row, Refusal):
            yield row
        else:
            yield from contained(read_row(row), row.where, row.text)


def contained(items: Iterable[ReadItem], where: str, row: str = "") -> Iterator[ReadItem]:
    """The items of one row, or its refusal if reading it raises anything.

    The boundary between a reader and what it calls: no exception of a library ends the file, and
    nothing of a row that is refused is yielded.

    Args:
        items: a generator of the items, not yet started.
        where: file and line of the row.
        row: its text.

    Raises:
        CurateError: the options do not fit the file, which concerns all rows.
    """
    try:
        complete = list(items)
    except (CurateError, ModuleNotFoundError):
        raise
    except Exception as error:
        complete = [refuse("unreadable", describe_error(error), where, row)]
    yield from complete


def refuse_unit(count: int, kind: str, unit: OffsetUnit, where: str) -> Refusal:
    """The problem for a document whose offsets count something else than they were read as.

    Args:
        count: how many of its spans or rows are somewhere else.
        kind: what these are, in the singular.
        unit: what its offsets count.
        where: file and line of the document.
    """
    subject = f"1 {kind} is" if count == 1 else f"{count} {kind}s are"
    message = f"{subject} in another place, since the offsets count {unit.cause}"
    return refuse("offset-unit", message, where, hint=f"read it with --offsets {unit}")


class AnnotationBuilder:
    """Collects the annotations of one text, layer by layer, and reports those that it cannot take.

    Args:
        text: the text that offsets refer to, in code points.
        where: file and line of the document.
        options: new names of labels, the layer of annotations without an author, and the unit of
            offsets.
        unit: what offsets count in this format, if the options do not say; None if there are none
            in the file, and the reader itself counts code points.

    Attributes:
        problems: what was lost, or kept with a note.
        fields: names of the fields of the source that were read as annotation.
        curated: the layer that a curator decided on.
        comments: what people wrote about the document.
        times: when a layer was last changed, by its name.
        tokens: start and end of each token that the source has, in code points.
        lines: where lines of the source begin in the text, if there are several.
    """

    def __init__(
        self, text: str, where: str, options: ReadOptions, unit: OffsetUnit | None = CODE_POINTS
    ) -> None:
        self.text = text
        self.where = where
        self.problems: list[Problem] = []
        self.fields: list[str] = []
        self.curated: CuratedLayer | None = None
        self.comments: list[Comment] = []
        self.times: dict[str, str] = {}
        self.tokens: list[tuple[int, int]] = []
        self.lines: list[tuple[int, str]] = []
        self._options = options
        chosen = parse_unit(options.offsets) if options.offsets else unit
        self._unit = CODE_POINTS if unit is None or chosen is None else chosen
        self._index = self._unit.index_for(text) if self._unit != CODE_POINTS else None
        self._quotations: list[Quotation] = []
        self._layers: dict[str, tuple[list[Span], list[Relation], list[Category]]] = {}
        self._categories_only: set[str] = set()
        self._keys: set[tuple[str, SpanKey]] = set()
        self._links: set[tuple[str, RelationKey | str]] = set()  # relations, categories

    def add_layer(self, name: str = "") -> tuple[list[Span], list[Relation], list[Category]]:
        """Record that a layer exists for this text, even if it has no annotations."""
        return self._layers.setdefault(name or self._options.layer, ([], [], []))

    def mark_categories_only(self, layer: str = "") -> None:
        """Record that the author of a layer could only give categories, and no spans."""
        self._categories_only.add(layer or self._options.layer)

    def add_span(
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
        """Add a span; None if it cannot be added, and then the reason is among the problems.

        Args:
            start: first code point, or unit of the source's offsets.
            end: one past the last.
            label: a text or a number.
            layer: the layer that it belongs to.
            surface: the text of the span according to the source, if it gives one.
            where: file and line, if they are not those of the document.
            by: who proposed it, if not the layer.
            at: when.
            score: confidence, 0 to 1.
        """
        name = layer or self._options.layer
        start, end = whole_number(start), whole_number(end)
        if surface is not None and isinstance(start, int) and isinstance(end, int):
            self._quotations.append(Quotation(((start, end),), surface))
        edges = self._edges(start, end)
        if edges is None:
            self.report("out-of-range", f"the text has no {start}–{end} ({label})", where)
            return None
        start, end = edges
        text = self.text[start:end]
        if label in (None, ""):
            self.report("no-label", f"{text!r} is annotated without a label", where)
            return None
        key = (start, end, self.renamed(label))
        if surface is not None and surface.split() != text.split():
            message = f"{key[2]}: the source gives {surface!r}, but the text there is {text!r}"
            self.report("text-mismatch", message, where, key)
            return None
        if (name, key) in self._keys:
            self.report("doubled", f"{text!r} ({key[2]}) is annotated twice", where, key)
            return key
        self._keys.add((name, key))
        if trim(self.text, start, end) != (start, end):
            message = f"{text!r} ({key[2]}) begins or ends with invisible characters"
            self.report("blank-edge", message, where, key)
        self.add_layer(name)[0].append(Span(*key, by=by or _author(name), at=at, score=score))
        return key

    def add_tokens(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Record tokens of the source by their start and end, in its unit; blank ones are not."""
        edges = (self._edges(start, end) for start, end in ranges)
        self.tokens += [it for it in edges if it and self.text[it[0] : it[1]].strip()]

    def key(self, start: Any, end: Any, label: Any, *, layer: str = "") -> SpanKey | None:
        """The key of a span that was added, from its offsets in the source; else None."""
        edges = self._edges(whole_number(start), whole_number(end))
        key = (*edges, self.renamed(label)) if edges else None
        return key if key and (layer or self._options.layer, key) in self._keys else None

    def add_pieces(
        self, pieces: list[tuple[int, int]], label: str, surface: str | None, where: str
    ) -> SpanKey | None:
        """Add a span given in pieces. Pieces with only blanks between them are one span.

        Other discontinuous spans have no place in the model; ``ReadOptions.discontinuous`` decides
        what happens to them.
        """
        joined: list[tuple[int, int]] = []
        for start, end in sorted(pieces):
            if joined and not self._between(joined[-1][1], start).strip():
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((start, end))
        if len(joined) > 1 and surface is not None:
            self._quotations.append(Quotation(tuple(joined), surface))
        if len(joined) == 1:
            return self.add_span(*joined[0], label, surface=surface, where=where)
        cover = (joined[0][0], joined[-1][1])
        if self._options.discontinuous == "cover":
            return self.add_span(*cover, label, where=where)
        if self._options.discontinuous == "split":
            return [self.add_span(*piece, label, where=where) for piece in joined][0]
        message = f"{surface!r} ({label}) consists of {len(joined)} pieces"
        self.report("discontinuous", message, where, (*cover, self.renamed(label)))
        return None

    def add_relation(
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
        """Add a relation between two spans of the layer; it is lost if one of them is None."""
        if head is None or tail is None:
            self.report("dangling", f"{label}: one of its two spans does not exist", where)
            return
        if label in (None, ""):
            self.report("no-label", "a relation has no label", where)
            return
        name = layer or self._options.layer
        relation = Relation(head, tail, self.renamed(label), by=by or _author(name), at=at)
        if (name, relation.key) in self._links:
            self.report("doubled", f"the relation {relation.label} is given twice", where)
            return
        self._links.add((name, relation.key))
        self.add_layer(name)[1].append(relation)

    def add_category(self, label: Any, *, layer: str = "", by: str = "", at: str = "") -> None:
        """Add a label of the whole document."""
        if label in (None, ""):
            self.report("no-label", "a category has no name")
            return
        name = layer or self._options.layer
        category = Category(self.renamed(label), by=by or _author(name), at=at)
        if (name, category.key) in self._links:
            self.report("doubled", f"the category {category.label} is given twice")
            return
        self._links.add((name, category.key))
        self.add_layer(name)[2].append(category)

    def add_comment(
        self, text: str, *, span: SpanKey | None = None, by: str = "", at: str = ""
    ) -> None:
        """Add what somebody wrote about the document, or about a span of it."""
        quoted = f"« {self.text[span[0] : span[1]]} »: {text}" if span else text
        self.comments.append(Comment(text=quoted, by=by, at=at))

    def report(
        self, reason: str, message: str, where: str = "", span: SpanKey | None = None
    ) -> None:
        """Report an annotation that is lost, or kept with a note; see ``SEVERITIES``."""
        self.problems.append(
            Problem(
                code=f"read.{reason}",
                message=message,
                severity=SEVERITIES[reason],
                span=span,
                where=where or self.where,
            )
        )

    def name(self, layer: str) -> str:
        """The name of a layer; an empty one is that of annotations without an author."""
        return layer or self._options.layer

    def renamed(self, label: Any) -> str:
        """A label as text, under its new name if the options give one."""
        name = as_text(label)
        return self._options.labels.get(name, name)

    def finish(self, meta: dict[str, str], lang: str = "") -> Iterator[ReadItem]:
        """The document and then its problems, or the refusal of a text that cannot be read."""
        if defect := text_defect(self.text):
            yield refuse(*defect, self.where, self.text)
            return
        if refusal := self._foreign_offsets():
            yield refusal
            return
        if self.comments and "comments" not in meta:
            self.report("comment", f"{len(self.comments)} comments")
        yield self.document(meta, lang)
        yield from self.problems

    def units(self, offset: int) -> int:
        """The offset of a code point in the unit of the source."""
        return offset if self._index is None else self._index.units(offset)

    def _edges(self, start: Any, end: Any) -> tuple[int, int] | None:
        """The code points of a range in the unit of the source; None if there is no such range."""
        if not type(start) is type(end) is int:
            return None
        if self._index is not None:
            return self._index.span(start, end)
        return (start, end) if 0 <= start < end <= len(self.text) else None

    def _between(self, end: int, start: int) -> str:
        """The text between two pieces of a span."""
        if self._index is not None:
            end, start = self._index.point(end, end=True), self._index.point(start)
        return self.text[max(end, 0) : max(start, 0)]

    def _foreign_offsets(self) -> Refusal | None:
        """The refusal of a document whose offsets are in another unit, as its quotations show."""
        if not any(it.code in _MISPLACED for it in self.problems):
            return None
        unit = foreign_unit(self.text, self._quotations, self._unit)
        if unit is None:
            return None
        count = sum(it.code in _MISPLACED for it in self.problems)
        return refuse_unit(count, "span", unit, self.where)

    def document(self, meta: dict[str, str], lang: str = "") -> ReadDocument:
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
                relations=tuple(self._attached(spans, relations)),
                categories=tuple(categories),
                categories_only=name in self._categories_only and not spans,
            ).sorted()
            for name, (spans, relations, categories) in sorted(self._layers.items())
        )
        return ReadDocument(
            document=document,
            layers=layers,
            where=self.where,
            fields=tuple(self.fields),
            curated=self.curated,
            comments=tuple(self.comments),
            times=self.times,
            tokens=tuple(self.tokens),
            lines=tuple(self.lines),
        )

    def _attached(self, spans: list[Span], relations: list[Relation]) -> Iterator[Relation]:
        """The relations between spans of their own layer; the others are lost."""
        keys = {span.key for span in spans} if relations else set()
        for relation in relations:
            if relation.head in keys and relation.tail in keys:
                yield relation
            else:
                self.report("dangling", f"{relation.label}: its spans are not on its layer")


def whole_number(value: Any) -> Any:
    """An offset as a number: pandas writes 4.0 in a column with gaps, other programs write "4"."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and (digits := value.removesuffix(".0")).isascii():
        return int(digits) if digits.isdigit() else value
    return value


def _author(layer: str) -> str:
    return "" if layer == GOLD else layer


def text_defect(text: str) -> tuple[str, str] | None:
    """Why a text cannot be a document, as a reason and a message; None if it can."""
    if "\x00" in text:
        return "malformed", "not text: it contains NUL characters"
    if _LONE_SURROGATE.search(text):
        return "malformed", "not text: it contains half a surrogate pair"
    if not text.strip("\ufeff \t\r\n"):
        return "no-text", "there is no text in it"
    return None


def as_text(value: Any) -> str:
    """A value as text: a string as it is, anything else as canonical JSON."""
    return value if isinstance(value, str) else jsonl.canonical(value).decode("utf-8")
