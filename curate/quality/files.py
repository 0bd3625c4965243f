"""Checks of annotated files, of any format that is read, without a workspace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from curate import quality
from curate.errors import InputError
from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.registry import detect_format
from curate.formats.sources import read_annotated, source_files
from curate.formats.streams import shown
from curate.layers import GOLD, import_author
from curate.model import Annotation, Document, Problem, Revision, Severity
from curate.quality.report import FileAnnotations
from curate.quality.settings import ConfiguredChecks
from curate.schema import Schema

# When a file is checked, everything that reading loses of an annotation is an error.
_LEVELS: dict[str, Severity] = {
    "read.out-of-range": "error",
    "read.text-mismatch": "error",
    "read.doubled": "error",
    "read.dangling": "error",
}
_BLANK_EDGE = "read.blank-edge"  # left out: the check span.edges reports the same


def validate_files(
    sources: Iterable[Path],
    *,
    read_as: str = "",
    layer: str = "",
    options: ReadOptions | None = None,
    schema: Schema | None = None,
    settings: ConfiguredChecks | None = None,
    docs_folder: Path | None = None,
) -> quality.QualityReport:
    """Check annotated files. Texts are checked as they are, without normalisation.

    Args:
        sources: files, folders or patterns.
        read_as: format of all of them; by default it is recognised by ending and content.
        layer: the layer to check; by default ``gold``, or the only one there is.
        options: options of the readers.
        schema: the label schema to check against, if there is one.
        settings: ``checks`` of a ``curate.toml``.
        docs_folder: folder for the report as HTML (Data Docs).

    Raises:
        InputError: a source does not exist, its format is not recognised, or the sources have
            several layers.
    """
    reader = _CheckedFiles(layer)
    totals: list[_FileTotals] = []

    def items() -> Iterator[ReadDocument | Problem]:
        paths = list(source_files([*sources], read_as, reader.add_problem, options))
        for path in paths:
            totals.append(_FileTotals(path, read_as or _format_name(path, options)))
            for item in read_annotated(path, read_as, options, alone=len(paths) == 1):
                if isinstance(item, ReadDocument):
                    totals[-1].add(item)
                yield item

    pairs = reader.pairs(items())
    report = quality.check_documents(
        pairs,
        schema,
        docs_folder,
        settings=settings,
        in_corpus=False,
        reading_problems=reader.problems,
    )
    return msgspec.structs.replace(
        report,
        problems=tuple(reader.located(problem) for problem in report.problems),
        files=tuple(it.annotations() for it in totals if it.format),
    )


def _format_name(path: Path, options: ReadOptions | None) -> str:
    """The name of a file's format; empty if it is not known, which reading the file reports."""
    try:
        return detect_format(path, options).name
    except InputError:
        return ""


class _FileTotals:
    """Counts what was taken for annotation in a file."""

    def __init__(self, path: Path, format: str) -> None:
        self._path = path
        self.format = format
        self._counts = Counter[str]()
        self._fields = Counter[str]()
        self._layers: set[str] = set()

    def add(self, item: ReadDocument) -> None:
        """Count the annotations of a document."""
        self._counts["documents"] += 1
        self._fields.update(item.fields)
        for layer in item.layers:
            self._layers.add(layer.layer)
            for kind in ("spans", "relations", "categories"):
                self._counts[kind] += len(getattr(layer, kind))

    def annotations(self) -> FileAnnotations:
        """The counts so far."""
        return FileAnnotations(
            file=shown(self._path),
            format=self.format,
            fields=dict(sorted(self._fields.items())),
            layers=tuple(sorted(self._layers)),
            **self._counts,
        )


class _CheckedFiles:
    """Takes one layer of each document, and remembers what could not be read and where."""

    def __init__(self, layer: str) -> None:
        self.problems: list[Problem] = []
        self._layer = layer
        self._layers_seen: set[str] = set()
        self._where: dict[str, str] = {}

    def pairs(self, items: Iterable[ReadDocument | Problem]) -> Iterator[tuple[Document, Revision]]:
        """Each document with the layer to check, as a revision; empty if it has no such layer.

        A text may have a row for each annotator: one that has only other layers adds a document
        if no row of the text has the layer to check.

        Raises:
            InputError: the sources have several layers, or no document has the one to check.
        """
        others: dict[str, Document] = {}
        checked: set[str] = set()
        for item in items:
            if isinstance(item, Problem):
                self.add_problem(item)
                continue
            document, layer = item.document, self._choose(item)
            if layer is None and (self._layer or item.layers):
                if document.id not in checked:
                    others.setdefault(document.id, document)
                    self._where.setdefault(document.id, item.where)
                continue
            if others.pop(document.id, None) or document.id not in checked:
                self._where[document.id] = item.where
            checked.add(document.id)
            yield document, self._revision(layer, document)
        if self._layer and not checked and self._layers_seen:
            names = ", ".join(sorted(self._layers_seen))
            raise InputError(f"no document has the layer {self._layer}", f"there is {names}")
        for document in others.values():
            yield document, self._revision(None, document)

    def _revision(self, layer: Annotation | None, document: Document) -> Revision:
        layer = layer or Annotation(document=document.id, layer=GOLD)
        return layer.revision(import_author("file"), "read from a file")

    def located(self, problem: Problem) -> Problem:
        """The problem with the file and line of its document."""
        if problem.where or not problem.document:
            return problem
        return msgspec.structs.replace(problem, where=self._where.get(problem.document, ""))

    def add_problem(self, problem: Problem) -> None:
        """Keep a problem of reading, at the level that it has when files are checked."""
        if problem.code != _BLANK_EDGE:
            # A reader's refusal has more fields than a problem, and the report has none of them.
            values = {name: getattr(problem, name) for name in Problem.__struct_fields__}
            values["severity"] = _LEVELS.get(problem.code, problem.severity)
            self.problems.append(Problem(**values))

    def _choose(self, item: ReadDocument) -> Annotation | None:
        layers = {annotation.layer: annotation for annotation in item.layers}
        self._layers_seen |= {*layers}
        if self._layer or GOLD in layers or not layers:
            return layers.get(self._layer or GOLD)
        if len(self._layers_seen - {GOLD}) > 1:
            names = ", ".join(sorted(self._layers_seen))
            raise InputError(f"the sources have several layers: {names}", "choose one with --layer")
        return item.layers[0]
