"""Sources into the store: documents, the annotations that come with them, and what was refused.

A document keeps where it came from in its meta: ``file``, ``row`` (the line, where a file has many
documents), ``sha256`` of the source as it lies there, ``ingested`` (when) and ``curate`` (the
version). Its id is made of its text alone. What is refused or lost is appended to
``.curate/rejects.jsonl`` with its reason and its text, so that nothing vanishes.

What a source says about its texts goes into layers. A layer ``gold`` becomes the first revision of
the document's gold, by ``import:<file>``, if gold is asked for; a document that has gold keeps it.
Otherwise it is the layer ``annotator:<file>``, of which a person may make use later.

A text that does not name its language has the one it is found to be in, or else that of the corpus.
A new version of an article names the one before (``supersedes``); see ``curate.ingest.versions``.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from curate.errors import InputError
from curate.formats.reading import ReadDocument, ReadOptions, Refusal, refuse
from curate.formats.registry import detect_format, find_reader
from curate.formats.source_file import STDIN
from curate.formats.sources import files, read_annotated
from curate.formats.to_document import to_document
from curate.ingest import versions
from curate.model import Annotation, Document, Problem, Record
from curate.schema import Schema
from curate.store import Store
from curate.store.gold import Provenance, commit
from curate.store.transaction import Transaction
from curate.text.language import detect
from curate.util import jsonl
from curate.util.progress import Progress, silent
from curate.version import __version__

if TYPE_CHECKING:
    from curate.workspace import Workspace

GOLD = "gold"
REJECTS = "rejects.jsonl"
_BATCH = 200  # documents of one transaction; a kill costs no more


class Ingested(Record, frozen=True, kw_only=True):
    """What ``ingest`` did: ids of new documents, ids known before, and what was refused."""

    added: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class Intake(Ingested, frozen=True, kw_only=True):
    """What ``ingest`` did, with what came with the texts.

    Args:
        gold: documents that got their first gold.
        layers: spans, relations and categories that came in, by layer.
        refused: how many lines, rows or files were refused.
        rejects: the file that keeps them, where there is one.
    """

    gold: int = 0
    layers: dict[str, int] = {}
    refused: int = 0
    rejects: str = ""


class Reject(Record, frozen=True, kw_only=True):
    """A line of the rejects file; ``row`` is the text of what was refused."""

    at: str
    code: str
    message: str
    where: str
    severity: str
    row: str = ""
    span: tuple[int, int, str] | None = None


class Asked(Record, frozen=True, kw_only=True):
    """How sources are to be taken in.

    Args:
        format: of the sources; their endings and contents tell by default.
        options: how they are to be read.
        gold: whether a layer ``gold`` becomes gold; None for the formats made for annotations.
        lang: language of the corpus, for texts whose own neither they nor the options tell.
    """

    format: str = ""
    options: ReadOptions = ReadOptions()
    gold: bool | None = None
    lang: str = ""


def request(asked: Asked | None, lang: str) -> Asked:
    """What was asked for, with the language of the corpus where none was."""
    return msgspec.structs.replace(asked or Asked(), lang=lang)


class _Place(NamedTuple):
    """Where documents come from, and when."""

    name: str
    digest: str
    at: str


class Intaker:
    """Takes sources into a store.

    Args:
        store: the store.
        schema: the label schema of the corpus.
        folder: the folder of the rejects file.
        now: gives the time.
        name: gives the name of a file as the corpus calls it.
    """

    def __init__(
        self,
        store: Store,
        schema: Schema,
        folder: Path,
        now: Callable[[], str],
        name: Callable[[Path], str],
    ) -> None:
        self._store = store
        self._schema = schema
        self._rejects = folder / REJECTS
        self._now = now
        self._name = name
        self._added: list[str] = []
        self._known: list[str] = []
        self._problems: list[Problem] = []
        self._layers: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()  # spans by label, of labels not in the schema
        self._seen: set[tuple[str, str]] = set()
        self._gold = 0
        self._rejected = 0
        self._versions: versions.Versions | None = None

    def take(self, path: Path, asked: Asked) -> None:
        """Take in one file; documents that were read stay, whatever comes after them.

        A file that no reader knows, or that has no such columns, is a refusal like any other.
        """
        at = self._now()
        try:
            self._take(path, asked, at)
        except InputError as error:
            refused = refuse("unreadable", error.message, error.where or str(path))
            self._problem(msgspec.structs.replace(refused, hint=error.hint or refused.hint), at)

    def _take(self, path: Path, asked: Asked, at: str) -> None:
        format = find_reader(asked.format)[0] if asked.format else detect_format(path)
        place = _Place(self._called(path), _digest(path), at)
        gold = format.gold if asked.gold is None else asked.gold
        items = read_annotated(path, format.name, asked.options)
        for batch in _batches(items):
            with self._store.begin() as tx:
                for item in batch:
                    if isinstance(item, Problem):
                        self._problem(item, place.at)
                    else:
                        self._found(tx, item, place, gold, asked.lang)

    def done(self) -> Intake:
        """What was taken in."""
        return Intake(
            added=tuple(self._added),
            known=tuple(self._known),
            problems=(*self._problems, *self._labels()),
            gold=self._gold,
            layers=dict(sorted(self._layers.items())),
            refused=sum(problem.severity == "error" for problem in self._problems),
            rejects=str(self._rejects) if self._rejected else "",
        )

    def _labels(self) -> Iterator[Problem]:
        """Labels that the schema does not have, each once for all sources."""
        for label, many in sorted(self._unknown.items()):
            told = f"label {label} is not in {self._schema.id} ({many} spans)"
            hint = f"give it another name with --label {label}=NAME, or add it to the schema"
            yield _warning("label", told, "", hint)

    def _called(self, path: Path) -> str:
        return "standard input" if str(path) == STDIN else self._name(path)

    def _found(
        self,
        tx: Transaction,
        found: ReadDocument,
        place: _Place,
        gold: bool,
        lang: str,
    ) -> None:
        taken = to_document(found)
        if isinstance(taken, Problem):
            self._problem(taken, place.at)
            return
        for problem in taken.problems:
            self._problem(problem, place.at)
        document = _stamped(taken.item.document, found.where, place)
        if tx.document(document.id) is None:
            self._add(tx, document, lang, place.at)
        else:
            self._known.append(document.id)
        for layer in taken.item.layers:
            names = self._schema.names
            self._unknown.update(span.label for span in layer.spans if span.label not in names)
            self._layer(tx, layer, place, gold)

    def _add(self, tx: Transaction, document: Document, lang: str, at: str) -> None:
        """Add a new document, in its language and with the version it supersedes."""
        if not document.lang:
            found = detect(document.text)
            document = msgspec.structs.replace(document, lang=found.code or lang)
            if document.lang != lang:
                told = f"the text is in {found.code} ({found.confidence:.2f}), the corpus in {lang}"
                note = Problem(
                    code="ingest.language", message=told, severity="info", document=document.id
                )
                self._problem(note, at)
        if versions.addresses(document):
            if self._versions is None:
                self._versions = versions.Versions(tx)
            document = self._versions.link(document)
        tx.add_document(document)
        self._added.append(document.id)
        for problem in versions.carry(tx, document):
            self._problem(problem, at)

    def _layer(self, tx: Transaction, layer: Annotation, place: _Place, gold: bool) -> None:
        size = len(layer.spans) + len(layer.relations) + len(layer.categories)
        if layer.layer == GOLD and gold:
            head = tx.head(layer.document)
            if head is None:
                _commit_import(tx, layer, place, self._schema.id)
                self._gold += 1
                self._layers[GOLD] += size
                return
            if head.annotation.content == layer.content:
                return  # taken in before
            told = "the document has gold; what the source says is kept as a layer"
            self._problem(_warning("gold", told, place.name, "", layer.document), place.at)
        name = f"annotator:{Path(place.name).stem}" if layer.layer == GOLD else layer.layer
        said = _signed(layer, name)
        earlier = tx.annotation(layer.document, name)
        if earlier is not None and (layer.document, name) in self._seen:
            # The source has the text twice: what both rows say is kept.
            said = msgspec.structs.replace(
                said,
                spans=(*earlier.spans, *said.spans),
                relations=(*earlier.relations, *said.relations),
                categories=(*earlier.categories, *said.categories),
            ).sorted()
        self._seen.add((layer.document, name))
        tx.put_annotation(said)
        self._layers[name] += size

    def _problem(self, problem: Problem, at: str) -> None:
        self._problems.append(problem.bare if isinstance(problem, Refusal) else problem)
        if problem.severity == "info" or not problem.code.startswith("read."):
            return  # it is in the corpus
        line = Reject(
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
            file.write(jsonl.canonical(line) + b"\n")
        self._rejected += 1


def _batches(items: Iterator[Any]) -> Iterator[list[Any]]:
    """Items in lists of some hundred, so that a transaction ends before a big source does."""
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _digest(path: Path) -> str:
    """SHA-256 of a file as it lies there; the standard input, which goes by, has none."""
    if str(path) == STDIN or not os.access(path, os.R_OK):
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stamped(document: Document, where: str, place: _Place) -> Document:
    """The document with where it came from in its meta."""
    _, colon, row = where.rpartition(":")
    found = {
        "file": place.name,
        "row": row if colon and row.isdecimal() else "",
        "sha256": place.digest,
        "ingested": place.at,
        "curate": __version__,
    }
    kept = {key: value for key, value in found.items() if value}
    return msgspec.structs.replace(document, meta={**document.meta, **kept})


def _signed(layer: Annotation, name: str) -> Annotation:
    """The layer under its name, signed with it where nobody is named."""

    def by(mark: Any) -> Any:
        return mark if mark.by else msgspec.structs.replace(mark, by=name)

    return msgspec.structs.replace(
        layer,
        layer=name,
        spans=tuple(map(by, layer.spans)),
        relations=tuple(map(by, layer.relations)),
        categories=tuple(map(by, layer.categories)),
    )


def _commit_import(tx: Transaction, layer: Annotation, place: _Place, schema: str) -> None:
    """Make a layer of a source the first gold of its document."""
    author = f"import:{place.name}"
    provenance = Provenance(author=author, at=place.at, schema=schema)
    commit(tx, None, _signed(layer, author), provenance, f"imported from {place.name}")


def _warning(code: str, message: str, where: str, hint: str, document: str = "") -> Problem:
    return Problem(
        code=f"ingest.{code}",
        message=message,
        severity="warning",
        document=document,
        where=where,
        hint=hint,
    )


def ingest(
    workspace: Workspace,
    sources: list[Path],
    progress: Progress = silent,
    asked: Asked | None = None,
) -> Intake:
    """Take articles in. What is refused is told and kept, and the rest goes on.

    Args:
        sources: files, folders, patterns, or ``-`` for the standard input.
        progress: is told of each file.
        asked: their format, how to read it, and whether its annotations are gold.

    Raises:
        InputError: a path does not exist, or there is no such format.
    """

    wanted = request(asked, workspace.config.corpus.language)
    paths = list(files(sources, wanted.format))
    lock = workspace.writing if wanted.gold else workspace.locked
    with lock("ingest"):
        intaker = Intaker(
            workspace.store,
            workspace.schema,
            workspace.state,
            workspace.now,
            workspace.relative_name,
        )
        for done, path in enumerate(paths):
            progress("ingest", done, len(paths))
            intaker.take(path, wanted)
        return intaker.done()
