"""What the formats share: what a writer is told, its result, and how a loss is named.

Nothing is lost in silence: a span, relation or category that a format has no place for is counted
under its reason, named as a problem of severity ``warning``, and written down in full.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from curate.model import (
    Category,
    Document,
    Problem,
    Record,
    Relation,
    Release,
    Revision,
    Span,
    SpanKey,
)
from curate.schema import Schema

if TYPE_CHECKING:
    from pathlib import Path

GoldDocument = tuple[Document, Revision]
Writer = Callable[[Iterable[GoldDocument], "Path", "ExportJob"], "ExportedFile"]
LossSink = Callable[[str, dict[str, Any]], None]
"""Is told of each loss: its kind (``spans``, ``relations``, ``categories``), and what was lost."""

LOSS_REASONS = {
    "misaligned": "does not begin and end where tokens do",
    "line-edge": "begins or ends with a line break, or marks nothing",
    "nested": "lies inside another span",
    "enclosing": "holds another span",
    "overlapping": "crosses another span",
}

ASPECTS = {
    "text": "the text as it is, white space included",
    "id": "the document's id",
    "lang": "the document's language",
    "meta": "what is known of the document: title, source, …",
    "by": "who made a mark, and when",
    "score": "how sure its proposer was",
    "revision": "the number of the revision, and who confirmed it",
    "relations": "relations between spans",
    "categories": "labels of the whole document",
}
"""What of a corpus a format may have no place for at all; other losses are named span by span."""


class ExportedFile(Record, frozen=True, kw_only=True):
    """What was written.

    Args:
        path: the file, or the folder of the formats that write several files.
        format: its format; of a further table in it, the format, a slash and the table's name.
        documents: number of documents in it.
        spans: number of spans in it.
        lost: how many spans (and relations, categories) it lacks, by reason.
        renamed: labels that the format cannot write as they are, with what stands for them.
        problems: one for each lost span, one for each document that lost relations or categories;
            the first thousand of them, where the account beside the file names them all.
        also: the further tables in it, with what each of them lacks.
    """

    path: str
    format: str
    documents: int
    spans: int
    lost: dict[str, int] = {}
    renamed: dict[str, str] = {}
    problems: tuple[Problem, ...] = ()
    also: tuple[ExportedFile, ...] = ()


class CorpusInfo(Record, frozen=True, kw_only=True):
    """What formats with a card of their own tell of a corpus.

    Args:
        name: its name.
        license: identifier of SPDX, such as ``CC-BY-4.0``; empty if it is not known.
        homepage: its address, empty if it has none.
        citation: how it is to be cited, empty if nobody said.
    """

    name: str = "corpus"
    license: str = ""
    homepage: str = ""
    citation: str = ""


class ExportJob(NamedTuple):
    """What a writer is told beside the documents.

    Args:
        schema: the label schema.
        about: the corpus.
        release: the release the documents belong to, if they do.
        sink: is told of each loss, if there is one.
        named: how many problems are kept; all by default.
    """

    schema: Schema
    about: CorpusInfo = CorpusInfo()
    release: Release | None = None
    sink: LossSink | None = None
    named: int | None = None

    def tally(self, table: str = "") -> ExportTally:
        """An empty tally of a file, or of a further table in it."""
        return ExportTally(self.sink, self.named, table)


class ExportTally:
    """Counts what goes into a file and names what does not."""

    def __init__(
        self, sink: LossSink | None = None, named: int | None = None, table: str = ""
    ) -> None:
        self.documents = 0
        self.spans = 0
        self.lost: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self._sink = sink
        self._named = named
        self._table = {"table": table} if table else {}

    def lose(self, document: Document, why: str, spans: Iterable[Span]) -> None:
        """Name spans that the format cannot express; ``why`` is a key of ``REASONS``."""
        for span in spans:
            surface = document.text[max(span.start, 0) : max(span.end, 0)]
            self.lost[why] += 1
            self._tell(
                document,
                "spans",
                {"start": span.start, "end": span.end, "label": span.label, "reason": why},
            )
            self._name(
                Problem(
                    code=f"export.{why}",
                    message=f"{surface!r} ({span.label}) {LOSS_REASONS[why]}",
                    severity="warning",
                    document=document.id,
                    span=span.key,
                    hint="export to jsonl, which loses nothing, or mark it differently",
                )
            )

    def lose_relations(self, document: Document, relations: Iterable[Relation]) -> None:
        """Name relations that the format has no place for, or that went with their spans."""
        lost = list(relations)
        for it in lost:
            row = {"head": it.head, "tail": it.tail, "label": it.label, "reason": "relations"}
            self._tell(document, "relations", row)
        self._lose_kind(document, "relations", len(lost))

    def lose_categories(self, document: Document, categories: Iterable[Category]) -> None:
        """Name categories that the format has no place for."""
        lost = list(categories)
        for it in lost:
            self._tell(document, "categories", {"label": it.label, "reason": "categories"})
        self._lose_kind(document, "categories", len(lost))

    def exported(
        self, target: Path, format: str, renamed: dict[str, str] | None = None
    ) -> ExportedFile:
        """The result, once everything is written."""
        return ExportedFile(
            path=str(target),
            format=format,
            documents=self.documents,
            spans=self.spans,
            lost=dict(sorted(self.lost.items())),
            renamed=renamed or {},
            problems=tuple(self.problems),
        )

    def _lose_kind(self, document: Document, kind: str, many: int) -> None:
        if many:
            self.lost[kind] += many
            self._name(
                Problem(
                    code=f"export.{kind}",
                    message=f"the format has no place for {kind} ({many})",
                    severity="warning",
                    document=document.id,
                    hint="export to jsonl, which loses nothing",
                )
            )

    def _tell(self, document: Document, kind: str, row: dict[str, Any]) -> None:
        if self._sink:
            self._sink(kind, {"document": document.id, **self._table, **row})

    def _name(self, problem: Problem) -> None:
        if self._named is None or len(self.problems) < self._named:
            self.problems.append(problem)


def without_tombstones(pairs: Iterable[GoldDocument]) -> Iterator[GoldDocument]:
    """The pairs without tombstones."""
    return (pair for pair in pairs if not pair[1].deleted)


def loss_reason(problem: Problem) -> str:
    """Why something was lost, from the code of its problem."""
    return problem.code.removeprefix("export.")


def metadata_fields(document: Document, reserved: tuple[str, ...]) -> dict[str, str]:
    """The id and metadata of a document for a JSON object that has fields of its own.

    Args:
        document: the document.
        reserved: names of fields of the format; metadata of these names is left out.
    """
    fields = {name: value for name, value in document.meta.items() if name not in reserved}
    return {"curate_id": document.id} | fields


def span_numbers(spans: Iterable[Span]) -> dict[SpanKey, int]:
    """A number for each span, counted from 0, by which relations refer to it."""
    return {span.key: number for number, span in enumerate(spans)}
