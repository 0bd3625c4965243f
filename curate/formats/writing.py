"""What all writers share: what they are given, what they return, and how losses are counted.

Nothing is lost silently. A span, relation or category that a format has no place for is counted
under its reason, reported as a problem of severity ``warning``, and listed in the sidecar.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from curate.formats.provenance import ReleaseProvenance
from curate.formats.streams import shown
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
WrittenOffsets = Literal["", "codepoints", "utf16"]
"""What written offsets count where the format leaves it open; code points if empty."""
Writer = Callable[[Iterable[GoldDocument], "Path", "ExportJob"], "ExportedFile"]
LossSink = Callable[[str, dict[str, Any]], None]
"""Called with each loss: its kind (``spans``, ``relations``, ``categories``), and what was lost.

Also with what is only noted, its kind being ``TRIMMED`` or ``NOT_JUDGED``.
"""

CHARACTERS = "characters"
"""The kind of characters that a format cannot hold."""
LOSS_REASONS = {
    "misaligned": "does not begin and end where tokens do",
    "outside": "is empty or lies outside the text",
    "line-edge": "begins or ends with a line break, or is empty",
    "nested": "lies inside another span",
    "enclosing": "contains another span",
    "overlapping": "crosses another span",
    "no-spans": "is a span, and the format holds only categories",
}
"""Why a span was lost: the reason, and what is said of the span."""
TRIMMED = "trimmed"
"""Noted of spans that are written without the blanks at their edges."""
NOT_JUDGED = "not-judged"
"""Noted of documents that nobody judged for spans, where a format takes silence for "nothing"."""
NOT_JUDGED_FOLDER = "not-judged"
"""Folder of documents that nobody judged, in formats with a file for each document."""
MISSING_TOKENS = "missing-tokens"
"""Noted of tokens of lost spans, which are written as not annotated."""


class ExportedFile(Record, frozen=True, kw_only=True):
    """A file or folder that was written.

    Args:
        path: the file, or the folder of a format that writes several files.
        format: its format; of a further table in it, the format, a slash and the table's name.
        documents: number of documents in it.
        spans: number of spans in it.
        lost: number of spans (and relations, categories) that it lacks, by reason.
        noted: what was written differently or left out, by kind: spans that were ``trimmed``,
            documents that are ``not-judged``, ``missing-tokens`` of lost spans.
        renamed: labels that the format cannot hold as they are, with the names written instead.
        problems: one for each lost span, and one for each document that lost relations or
            categories: the first thousand of them; the sidecar lists all.
        also: the further tables in it, with what each of them lacks.
    """

    path: str
    format: str
    documents: int
    spans: int
    lost: dict[str, int] = {}
    noted: dict[str, int] = {}
    renamed: dict[str, str] = {}
    problems: tuple[Problem, ...] = ()
    also: tuple[ExportedFile, ...] = ()


class CorpusInfo(Record, frozen=True, kw_only=True):
    """What formats with a card or metadata of their own say about a corpus.

    Args:
        name: its name.
        license: SPDX identifier, such as ``CC-BY-4.0``; empty if unknown.
        homepage: its address, empty if it has none.
        citation: how to cite it, empty if unknown.
        creator: who made it, if not the author of the release.
        repository: ``owner/name`` of the data set on a hub, empty if it is a folder.
        provenance: who made the annotations, if that is to be said.
    """

    name: str = "corpus"
    license: str = ""
    homepage: str = ""
    citation: str = ""
    creator: str = ""
    repository: str = ""
    provenance: ReleaseProvenance | None = None


class ExportJob(NamedTuple):
    """What a writer is given besides the documents.

    Args:
        schema: the label schema.
        corpus: what to say about the corpus.
        release: the release that the documents belong to, if any.
        sink: receives each loss, if given.
        problem_limit: how many problems to keep in memory; all by default.
        offsets: what offsets count if the format leaves it open; if empty, code points, and a
            warning for each document where it matters.
        texts_only: whether nobody judged any of the documents, so that it need not be said of each.
    """

    schema: Schema
    corpus: CorpusInfo = CorpusInfo()
    release: Release | None = None
    sink: LossSink | None = None
    problem_limit: int | None = None
    offsets: WrittenOffsets = ""
    texts_only: bool = False

    def tally(self, table: str = "") -> ExportTally:
        """An empty tally of a file, or of a further table in it."""
        return ExportTally(self.sink, self.problem_limit, table, self.texts_only)


class ExportTally:
    """Counts what goes into a file, and reports what does not.

    Args:
        sink: receives each loss, if given.
        problem_limit: how many problems to keep; all by default.
        table: the further table that this is about, empty for the file itself.
        texts_only: whether nobody judged any of the documents.
    """

    def __init__(
        self,
        sink: LossSink | None = None,
        problem_limit: int | None = None,
        table: str = "",
        texts_only: bool = False,
    ) -> None:
        self.documents = 0
        self.spans = 0
        self.lost: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self._sink = sink
        self._problem_limit = problem_limit
        self._texts_only = texts_only
        self._table = {"table": table} if table else {}

    def lose(self, document: Document, reason: str, spans: Iterable[Span]) -> None:
        """Report spans that the format cannot hold; ``reason`` is a key of ``LOSS_REASONS``."""
        for span in spans:
            surface = document.text[max(span.start, 0) : max(span.end, 0)]
            self.lost[reason] += 1
            row = {"start": span.start, "end": span.end, "label": span.label, "reason": reason}
            self._record(document, "spans", row)
            self._report(
                Problem(
                    code=f"export.{reason}",
                    message=f"{surface!r} ({span.label}) {LOSS_REASONS[reason]}",
                    severity="warning",
                    document=document.id,
                    span=span.key,
                    hint="export to jsonl, which keeps everything, or annotate it differently",
                )
            )

    def trim(self, document: Document, span: Span, start: int, end: int) -> None:
        """Note a span that is written as ``start`` to ``end``, without the blanks at its edges."""
        self.noted[TRIMMED] += 1
        row = {"start": span.start, "end": span.end, "label": span.label, "written": [start, end]}
        self._record(document, TRIMMED, row)
        surface = document.text[span.start : span.end]
        self._report(
            Problem(
                code=f"export.{TRIMMED}",
                message=f"{surface!r} ({span.label}) is written without the blanks at its edges",
                severity="info",
                document=document.id,
                span=span.key,
            )
        )

    def note_unjudged(self, document: Document, message: str) -> None:
        """Note a document that nobody judged for spans; the message says what becomes of it."""
        self.noted[NOT_JUDGED] += 1
        self._record(document, NOT_JUDGED, {})
        self._report(
            Problem(
                code=f"export.{NOT_JUDGED}",
                message=f"nobody judged the document for spans: {message}",
                severity="info",
                document=document.id,
            )
        )

    def file_name(self, document: Document, revision: Revision) -> str:
        """The name of a document's file, without ending, in a format that is a folder.

        A format whose files cannot say that nobody judged the document has a folder for these.
        """
        name = f"{document.id[:2]}/{document.id}"
        if revision.is_judged_for_spans or self._texts_only:
            return name
        self.note_unjudged(document, f"it is in the folder {NOT_JUDGED_FOLDER}")
        return f"{NOT_JUDGED_FOLDER}/{name}"

    def lose_relations(self, document: Document, relations: Iterable[Relation]) -> None:
        """Report relations that the format cannot hold, or whose spans were lost."""
        self._lose_kind(
            document,
            "relations",
            [{"head": it.head, "tail": it.tail, "label": it.label} for it in relations],
        )

    def lose_categories(self, document: Document, categories: Iterable[Category]) -> None:
        """Report categories that the format cannot hold."""
        self._lose_kind(document, "categories", [{"label": it.label} for it in categories])

    def note(self, document: str, reason: str, message: str, hint: str) -> None:
        """Report something that is written as it is, but may be read as something else."""
        self._report(
            Problem(
                code=f"export.{reason}",
                message=message,
                severity="warning",
                document=document,
                hint=hint,
            )
        )

    def lose_characters(
        self, document: Document, unfit: re.Pattern[str], fields: Mapping[str, str]
    ) -> None:
        """Report characters that the format cannot hold, and that are replaced.

        Args:
            document: the document.
            unfit: matches such a character.
            fields: what is written of it: its text, and metadata by name.
        """
        count = 0
        for field, text in fields.items():
            for match in unfit.finditer(text):
                count += 1
                row = {"field": field, "at": match.start(), "character": f"U+{ord(match[0]):04X}"}
                self._record(document, CHARACTERS, {**row, "reason": CHARACTERS})
        if count:
            self.lost[CHARACTERS] += count
            message = f"the format cannot hold {count} of its characters, which are replaced"
            self.note(document.id, CHARACTERS, message, "export to jsonl, which keeps everything")

    def place(self, document: Document, revision: Revision) -> tuple[list[Span], list[Relation]]:
        """The spans within the text, and the relations between these; the others are lost."""
        length = len(document.text)
        spans = [it for it in revision.spans if 0 <= it.start < it.end <= length]
        keys = {span.key for span in spans}
        relations = [it for it in revision.relations if it.head in keys and it.tail in keys]
        self.lose(document, "outside", (it for it in revision.spans if it.key not in keys))
        self.lose_relations(document, (it for it in revision.relations if it not in relations))
        self.spans += len(spans)
        return spans, relations

    def exported(
        self, target: Path, format: str, renamed: dict[str, str] | None = None
    ) -> ExportedFile:
        """The file, once everything is written."""
        return ExportedFile(
            path=shown(target),
            format=format,
            documents=self.documents,
            spans=self.spans,
            lost=dict(sorted(self.lost.items())),
            noted=dict(sorted(self.noted.items())),
            renamed=renamed or {},
            problems=tuple(self.problems),
        )

    def _lose_kind(self, document: Document, kind: str, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        for row in rows:
            self._record(document, kind, {**row, "reason": kind})
        self.lost[kind] += len(rows)
        self._report(
            Problem(
                code=f"export.{kind}",
                message=f"the format has no place for {kind} ({len(rows)})",
                severity="warning",
                document=document.id,
                hint="export to jsonl, which keeps everything",
            )
        )

    def _record(self, document: Document, kind: str, row: dict[str, Any]) -> None:
        if self._sink:
            self._sink(kind, {"document": document.id, **self._table, **row})

    def _report(self, problem: Problem) -> None:
        if self._problem_limit is None or len(self.problems) < self._problem_limit:
            self.problems.append(problem)


NOTHING = re.compile(r"(?!)")
"""Matches no character, for formats whose names may have all of them."""


class LabelNames:
    """Names that a format accepts, one for each label.

    Args:
        unfit: matches a character that names must not have.
        replacement: what stands in its place.
        labels: labels that get their names first, so that these do not depend on the documents.
    """

    def __init__(self, unfit: re.Pattern[str], replacement: str, labels: Iterable[str]) -> None:
        self._unfit = unfit
        self._replacement = replacement
        self._names: dict[str, str] = {}
        for label in labels:
            self.name(label)

    def name(self, label: str) -> str:
        """The name of a label."""
        if label not in self._names:
            plain = name = self._unfit.sub(self._replacement, label) or self._replacement
            number = 1
            while name in self._names.values():
                number += 1
                name = f"{plain}-{number}"
            self._names[label] = name
        return self._names[label]

    @property
    def renamed(self) -> dict[str, str]:
        """The labels whose names differ from them, with these names."""
        return {label: name for label, name in sorted(self._names.items()) if label != name}


def without_tombstones(documents: Iterable[GoldDocument]) -> Iterator[GoldDocument]:
    """The documents whose gold was not deleted."""
    return (pair for pair in documents if not pair[1].deleted)


def loss_reason(problem: Problem) -> str:
    """Why something was lost, from the code of its problem."""
    return problem.code.removeprefix("export.")


def span_numbers(spans: Iterable[Span]) -> dict[SpanKey, int]:
    """A number for each span, counted from 0, by which relations refer to it."""
    return {span.key: number for number, span in enumerate(spans)}
