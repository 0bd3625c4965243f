"""Importing sources into the store: documents, their annotations, and rejected rows.

The meta of a document records its origin: ``file``, ``row`` (the line, in files with many
documents), ``sha256`` of the source file, ``ingested`` (the time) and ``curate`` (the version). Its
id is computed from its text alone. Rejected rows and lost annotations are appended to
``.curate/rejects.jsonl`` with the reason and their text, up to 10,000 of an import.

Annotations become layers. A layer ``gold`` becomes the first revision of the document's gold, with
the author ``import:<file>``, if gold is asked for; existing gold is kept. Otherwise it becomes the
layer ``annotator:<file>``. Further versions of one text without an author are those of other
people, ``annotator:<file>-2`` and so on; the rows of one named author are united. What the source
marks as decided by a curator becomes the first gold, by that person. Comments are kept with the
document, under a marker of the file in place of that of a Doccano project.

The language of a text that does not name its own is detected, and is that of the corpus where it
cannot be. A new version of an article names the previous one (``supersedes``); see
``curate.ingest.versions``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from curate.errors import InputError
from curate.formats.reading import (
    KEPT,
    CuratedLayer,
    ReadDocument,
    ReadItem,
    ReadOptions,
    Refusal,
    is_refusal,
    refuse,
)
from curate.formats.registry import detect_format, find_reader
from curate.formats.source_file import STDIN
from curate.formats.sources import read_annotated, source_files
from curate.formats.streams import regular_file, shown
from curate.formats.to_document import to_document
from curate.ingest.languages import other_language, with_language
from curate.ingest.versions import VersionIndex, article_keys, carry_over
from curate.layers import (
    GOLD,
    UNKNOWN,
    annotator_layer,
    annotator_of,
    import_author,
    is_annotator,
    is_proposer,
    is_unsigned,
)
from curate.model import Annotation, Category, Comment, Document, Problem, Record, Relation, Span
from curate.store.gold import Provenance, commit
from curate.store.records import RemoteProject
from curate.store.transaction import Transaction
from curate.util import digests, jsonl
from curate.util.batches import batched
from curate.util.progress import Progress, silent
from curate.version import __version__

if TYPE_CHECKING:
    from curate.workspace import Workspace

REJECTS = "rejects.jsonl"
MAX_REJECTS = 10_000
"""Most lines that an import adds to the rejects file; the counts of its report are of all."""
_BATCH = 200  # documents per transaction: the most that a killed process loses

Mark = TypeVar("Mark", Span, Relation, Category)


class IngestedDocuments(Record, frozen=True, kw_only=True):
    """The documents of an import.

    Args:
        added: ids of new documents.
        known: ids of documents that the corpus had already.
        problems: rows that were rejected, and notes about the others.
    """

    added: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class IngestReport(IngestedDocuments, frozen=True, kw_only=True):
    """The result of ``ingest``.

    Args:
        gold: number of documents that got their first gold.
        layers: number of imported spans, relations and categories, by layer.
        languages: number of new documents by language, where the corpus has several.
        comments: number of comments that were kept.
        refused: number of lines, rows or files that were rejected.
        rejects: path of the file with the rejected rows, at most 10,000; empty if there are none.
    """

    gold: int = 0
    layers: dict[str, int] = {}
    languages: dict[str, int] = {}
    comments: int = 0
    refused: int = 0
    rejects: str = ""

    @property
    def failed(self) -> bool:
        """Whether something was refused, or annotations were lost that were not understood."""
        return any(problem.severity == "error" for problem in self.problems)


class RejectedRow(Record, frozen=True, kw_only=True):
    """A line of the rejects file; ``row`` is the text that was rejected."""

    at: str
    code: str
    message: str
    where: str
    severity: str
    row: str = ""
    span: tuple[int, int, str] | None = None


class StoredDocument(NamedTuple):
    """A document that was imported, as the store has it now.

    Args:
        document: the document.
        is_new: whether the corpus did not have it before.
        layers: names of the layers that were imported, and when each was last changed, if known.
        author: author of the gold that was committed with it; empty if none was.
    """

    document: Document
    is_new: bool
    layers: Mapping[str, str] = {}
    author: str = ""


class Origin(NamedTuple):
    """The source of a document.

    Args:
        file: name of the file.
        sha256: digest of the file; empty for standard input.
        at: time of the import, ISO 8601 in UTC.
        person: whose versions those without an author are; by default named after the file.
    """

    file: str
    sha256: str
    at: str
    person: str = ""

    def stamp(self, document: Document, row: str) -> Document:
        """The document with its origin in its meta; an empty ``row`` is left out."""
        origin = {
            "file": self.file,
            "row": row,
            "sha256": self.sha256,
            "ingested": self.at,
            "curate": __version__,
        }
        origin = {key: value for key, value in origin.items() if value}
        return msgspec.structs.replace(document, meta={**document.meta, **origin})


def ingest(
    workspace: Workspace,
    sources: list[Path],
    *,
    format: str = "",
    options: ReadOptions | None = None,
    gold: bool | None = None,
    progress: Progress = silent,
) -> IngestReport:
    """Import articles, with their annotations if they have any.

    Rows that cannot be imported are reported and saved to the rejects file; the others are
    imported.

    Args:
        workspace: the workspace.
        sources: files, folders, patterns, or ``-`` for standard input.
        format: format of the sources; detected by default.
        options: how to read them.
        gold: whether a layer ``gold`` becomes gold; by default, if the format is made for
            annotations.
        progress: called for each file.

    Raises:
        InputError: a path does not exist, or there is no such format.
    """
    strangers: list[Problem] = []
    paths = list(source_files(sources, format, strangers.append, options))
    with workspace.locked("ingest"):
        importer = Importer(workspace, format, options or ReadOptions(), gold)
        for problem in strangers:
            importer.report_problem(problem)
        for number, path in enumerate(paths):
            progress("ingest", number, len(paths))
            importer.add_file(path)
        report = importer.report()
        if report.layers:  # articles alone change nothing in annotations/
            workspace.write_annotations()
    return report


class Importer:
    """Imports files into the store of a workspace, and collects what was imported.

    Args:
        workspace: the workspace.
        format: format of the files; detected if empty.
        options: how to read them.
        gold: see :func:`ingest`.
        begin: begins a transaction; by default one of the store.
        keeps_rejects: whether to write the rejects file.
        on_document: called for each document, in the transaction that stored it.
        on_problem: called for each problem.
    """

    def __init__(
        self,
        workspace: Workspace,
        format: str,
        options: ReadOptions,
        gold: bool | None,
        *,
        begin: Callable[[], AbstractContextManager[Transaction]] | None = None,
        keeps_rejects: bool = True,
        on_document: Callable[[Transaction, StoredDocument], None] | None = None,
        on_problem: Callable[[Problem], None] | None = None,
    ) -> None:
        self._workspace = workspace
        self._begin = begin or workspace.store.begin
        self._keeps_rejects = keeps_rejects
        self._on_document = on_document
        self._on_problem = on_problem
        self._format = format
        self._options = options
        self._as_gold = gold
        self._config = workspace.config
        self._schema = workspace.schema
        self._rejects = workspace.state / REJECTS
        self._added: list[str] = []
        self._known: list[str] = []
        self._problems: list[Problem] = []
        self._layers: Counter[str] = Counter()
        self._by_language: Counter[str] = Counter()
        self._unknown_labels: Counter[str] = Counter()
        self._written_layers: set[tuple[str, str]] = set()
        self._unsigned: Counter[tuple[str, str]] = Counter()  # versions, by document and file
        self._united: Counter[str] = Counter()  # documents of an author with several rows, by layer
        self._replaced: Counter[str] = Counter()  # documents of an earlier import, by layer
        self._comments: dict[tuple[str, str], dict[Comment, None]] = {}  # by file and document
        self._gold = 0
        self._rejected = 0
        self._versions: VersionIndex | None = None  # built when it is first needed

    def add_file(self, path: Path) -> None:
        """Import one file.

        A file in an unknown format or without the expected columns is rejected like a row.
        Documents that were read before a failure are kept.
        """
        at = self._workspace.now()
        try:
            self._add_file(path, at)
        except InputError as error:
            refusal = refuse("unreadable", error.finding, error.where or shown(path))
            refusal = msgspec.structs.replace(refusal, hint=error.hint or refusal.hint)
            self._report(refusal, at)

    def report_problem(self, problem: Problem) -> None:
        """Report a problem with the sources as a whole."""
        self._report(problem, self._workspace.now())

    def report(self) -> IngestReport:
        """What was imported so far."""
        return IngestReport(
            added=tuple(self._added),
            known=tuple(self._known),
            problems=(*self._problems, *self._label_problems(), *self._version_problems()),
            gold=self._gold,
            layers=dict(sorted(self._layers.items())),
            languages=self._several_languages(),
            comments=sum(map(len, self._comments.values())),
            refused=sum(map(is_refusal, self._problems)),
            rejects=str(self._rejects) if self._rejected and self._keeps_rejects else "",
        )

    def _several_languages(self) -> dict[str, int]:
        """Number of new documents by language, where the corpus has several."""
        several = len(self._config.languages) > 1
        return dict(sorted(self._by_language.items())) if several else {}

    def _add_file(self, path: Path, at: str) -> None:
        format = (
            find_reader(self._format)[0] if self._format else detect_format(path, self._options)
        )
        origin = Origin(self._file_name(path), _digest(path), at)
        gold = format.gold if self._as_gold is None else self._as_gold
        items = read_annotated(path, format.name, self._options)
        self.add_items(items, origin, gold=gold, decisions=gold)

    def add_items(
        self, items: Iterable[ReadItem], origin: Origin, *, gold: bool, decisions: bool
    ) -> None:
        """Import what a reader yields.

        Args:
            items: documents and problems.
            origin: the file that they are from.
            gold: whether a layer ``gold`` becomes gold.
            decisions: whether what a curator decided becomes gold.
        """
        # In batches, so that a transaction ends before a large source does.
        for batch in batched(items, _BATCH):
            with self._begin() as tx:
                for item in batch:
                    if isinstance(item, Problem):
                        self._report(item, origin.at)
                    else:
                        self._add(tx, item, origin, gold, decisions)

    def _file_name(self, path: Path) -> str:
        return "standard input" if str(path) == STDIN else self._workspace.relative_name(path)

    def _add(
        self, tx: Transaction, item: ReadDocument, origin: Origin, gold: bool, decisions: bool
    ) -> None:
        normalised = to_document(item)
        if isinstance(normalised, Problem):
            self._report(normalised, origin.at)
            return
        for problem in normalised.problems:
            self._report(problem, origin.at)
        _, colon, row = item.where.rpartition(":")
        row = row if colon and row.isdecimal() else ""
        document = origin.stamp(normalised.item.document, row)
        known = tx.document(document.id)
        is_new = known is None
        if known is None:
            self._add_document(tx, document, origin.at)
        else:
            self._known.append(document.id)
            for problem in other_language(known, document.lang):
                self._report(problem, origin.at)
        curated = item.curated if decisions else None
        names: dict[str, str] = {}
        author = ""
        for layer in normalised.item.layers:
            self._unknown_labels.update(
                span.label for span in layer.spans if span.label not in self._schema.names
            )
            is_decided = curated is not None and layer.layer == curated.layer
            if curated and is_decided:
                author = self._add_curated(tx, layer, curated, origin)
            if not (curated and is_decided and curated.only):
                name = self._add_layer(tx, layer, origin, gold and not is_decided)
                names[name] = item.times.get(layer.layer, "")
        self._add_comments(tx, document.id, item.comments, origin)
        if self._on_document is not None:
            stored = StoredDocument(document, is_new, names, author)
            self._on_document(tx, stored)

    def _add_document(self, tx: Transaction, document: Document, at: str) -> None:
        document, notes = with_language(document, self._config)
        for note in notes:
            self._report(note, at)
        self._by_language[document.lang] += 1
        if article_keys(document):
            if self._versions is None:
                self._versions = VersionIndex(tx)
            document = self._versions.link(document)
        tx.add_document(document)
        self._added.append(document.id)
        for problem in carry_over(tx, document):
            self._report(problem, at)

    def _add_layer(self, tx: Transaction, layer: Annotation, origin: Origin, gold: bool) -> str:
        """Store a layer; returns the name under which it is stored."""
        name = layer.layer
        if name == GOLD or is_unsigned(name):
            name = self._unsigned_layer(layer, origin)
        if layer.layer == GOLD and gold:
            author = import_author(origin.file)
            head = tx.head(layer.document)
            if head is None:
                self._commit(tx, layer, author, origin)
                return GOLD
            if head.annotation.content == layer.content:
                return GOLD  # imported before
            self._report_gold(layer, name, origin)
        signed = _signed(layer, name)
        if is_proposer(name):  # so that it is told from what is made here
            signed = msgspec.structs.replace(signed, sources=(import_author(origin.file),))
        self._put_layer(tx, signed)
        self._layers[name] += layer.size
        return name

    def _add_curated(
        self, tx: Transaction, layer: Annotation, curated: CuratedLayer, origin: Origin
    ) -> str:
        """Make gold of what a curator decided, if there is none; returns the author of the gold.

        Another decision stays as a layer named after the file.
        """
        is_named = is_annotator(layer.layer) and not is_unsigned(layer.layer)
        author = curated.by or (layer.layer if is_named else import_author(origin.file))
        head = tx.head(layer.document)
        if head is None:
            self._commit(tx, layer, author, origin, confirmed_at=curated.at)
            return author
        if head.annotation.content == layer.content:
            return head.author  # imported before
        name = import_author(origin.file)
        self._report_gold(layer, name, origin)
        self._put_layer(tx, _signed(layer, name))
        return ""

    def _commit(
        self,
        tx: Transaction,
        layer: Annotation,
        author: str,
        origin: Origin,
        confirmed_at: str = "",
    ) -> None:
        """Make a layer the first gold of its document."""
        commit(
            tx,
            None,
            _signed(layer, author),
            Provenance(author=author, at=origin.at, schema=self._schema.id),
            f"imported from {origin.file}",
            confirmed_by=annotator_of(author) if is_annotator(author) else "",
            confirmed_at=confirmed_at,
        )
        self._gold += 1
        self._layers[GOLD] += layer.size

    def _report_gold(self, layer: Annotation, name: str, origin: Origin) -> None:
        message = f"the document has gold already; the imported gold is kept as {name}"
        self._report(
            _warning("gold", message, where=origin.file, document=layer.document), origin.at
        )

    def _add_comments(
        self, tx: Transaction, document: str, comments: tuple[Comment, ...], origin: Origin
    ) -> None:
        """Keep comments; those of an earlier import of the file are replaced."""
        if not comments:
            return
        marker = import_author(origin.file)
        tx.put_remote(RemoteProject(marker=marker, url="", name="", project=None))
        own = self._comments.setdefault((marker, document), {})
        for comment in comments:
            own[comment if comment.by else msgspec.structs.replace(comment, by=UNKNOWN)] = None
        tx.put_comments(marker, document, tuple(own))

    def _unsigned_layer(self, layer: Annotation, origin: Origin) -> str:
        """The layer for a version without an author: each one of a text is another person's."""
        stem = origin.person or Path(origin.file).stem
        self._unsigned[layer.document, stem] += 1
        number = self._unsigned[layer.document, stem]
        is_first = number == 1 and layer.layer == GOLD
        return annotator_layer(stem if is_first else f"{stem}-{number}")

    def _put_layer(self, tx: Transaction, signed: Annotation) -> None:
        """Store a layer; the rows that one author has of a text are united."""
        place = (signed.document, signed.layer)
        earlier = tx.annotation(*place)
        if earlier is not None and earlier.content != signed.content:
            if place in self._written_layers:
                self._united[signed.layer] += 1
                signed = earlier.united(signed)
            else:
                self._replaced[signed.layer] += 1
        self._written_layers.add(place)
        tx.put_annotation(signed)

    def _version_problems(self) -> Iterator[Problem]:
        """What became of several versions by one author, once for each layer."""
        for layer, count in sorted(self._united.items()):
            message = f"{layer} has several rows of one text, and they are united ({count} times)"
            yield _warning("united", message)
        for layer, count in sorted(self._replaced.items()):
            yield _warning("replaced", f"{count} earlier versions of {layer} are replaced")

    def _label_problems(self) -> Iterator[Problem]:
        """Labels that the schema does not have, each once for all sources."""
        for label, spans in sorted(self._unknown_labels.items()):
            yield _warning(
                "label",
                f"label {label} is not in {self._schema.id} ({spans} spans)",
                hint=f"rename it with --label {label}=NAME, or add it to the schema",
            )

    def _report(self, problem: Problem, at: str) -> None:
        if self._on_problem is not None:
            self._on_problem(problem)
        self._problems.append(problem.bare if isinstance(problem, Refusal) else problem)
        reason = problem.code.removeprefix("read.")
        if problem.severity == "info" or reason == problem.code or reason in KEPT:
            return  # nothing is missing from the corpus
        self._rejected += 1
        if self._rejected > MAX_REJECTS or not self._keeps_rejects:
            return
        reject = RejectedRow(
            at=at,
            code=problem.code,
            message=problem.message,
            where=problem.where,
            severity=problem.severity,
            row=problem.row if isinstance(problem, Refusal) else "",
            span=problem.span,
        )
        self._rejects.parent.mkdir(parents=True, exist_ok=True)
        with self._rejects.open("ab") as file:
            file.write(jsonl.canonical(reject) + b"\n")


def _digest(path: Path) -> str:
    """SHA-256 of a file; standard input, which is read only once, has none."""
    if str(path) == STDIN or not os.access(path, os.R_OK):
        return ""
    return digests.of_file(regular_file(path))


def _signed(layer: Annotation, name: str) -> Annotation:
    """A layer under a name, which is also the author of annotations that have none."""

    def sign(mark: Mark) -> Mark:
        return mark if mark.by else msgspec.structs.replace(mark, by=name)

    return msgspec.structs.replace(
        layer,
        layer=name,
        spans=tuple(map(sign, layer.spans)),
        relations=tuple(map(sign, layer.relations)),
        categories=tuple(map(sign, layer.categories)),
    )


def _warning(
    code: str, message: str, *, where: str = "", hint: str = "", document: str = ""
) -> Problem:
    return Problem(
        code=f"ingest.{code}",
        message=message,
        severity="warning",
        document=document,
        where=where,
        hint=hint,
    )
