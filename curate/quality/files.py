"""Checks where the data is: files of any format that is read, without a workspace; and what a
workspace holds its gold against.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from curate import ingest, quality
from curate.errors import InputError
from curate.ingest import ReadDocument, ReadOptions
from curate.layers import GOLD, import_author
from curate.model import Annotation, Document, Problem, Revision, Severity
from curate.preannotate import rules
from curate.quality.settings import ConfiguredChecks
from curate.schema import Schema

# What a reader says, as a check says it: whatever is lost of an annotation is an error in a file.
_LEVELS: dict[str, Severity] = {
    "read.out-of-range": "error",
    "read.text-mismatch": "error",
    "read.doubled": "error",
    "read.dangling": "error",
}
_AGAIN = "read.blank-edge"  # the check span.edges says it


def files(
    sources: Iterable[Path],
    *,
    read_as: str = "",
    layer: str = "",
    options: ReadOptions | None = None,
    schema: Schema | None = None,
    settings: ConfiguredChecks | None = None,
    docs_folder: Path | None = None,
) -> quality.QualityReport:
    """Check annotated files. Texts are taken as they are, not normalised.

    Args:
        sources: files, folders or patterns.
        read_as: format of all of them; their endings and contents tell by default.
        layer: the layer to check; by default ``gold``, or the only one there is.
        options: how they are to be read.
        schema: the label schema to hold them against, where there is one.
        settings: ``checks`` of a ``curate.toml``.
        docs_folder: where to write Data Docs.

    Raises:
        InputError: a source is not there or cannot be told, or it has several layers.
    """
    taken = _Taken(layer)
    pairs = taken.pairs(
        item
        for path in ingest.files([*sources], read_as)
        for item in ingest.read_annotated(path, read_as, options)
    )
    report = quality.validate(
        pairs, schema, docs_folder, settings=settings, corpus=False, first=taken.problems
    )
    return msgspec.structs.replace(
        report, problems=tuple(taken.placed(each) for each in report.problems)
    )


def names(paths: Iterable[Path], schema: Schema) -> dict[str, str]:
    """The label of each name in the lists of rules files, where they agree on one.

    Lists whose names need something behind them, and labels that the schema does not know, are
    passed over.

    Raises:
        ConfigError: a file is missing or is not a rules file.
    """
    found: dict[str, set[str]] = {}
    for path in paths:
        for gazetteer in rules.read(path).gazetteers:
            if gazetteer.label in schema.names and not gazetteer.after:
                for entry in gazetteer.entries:
                    found.setdefault(entry, set()).add(gazetteer.label)
    return {entry: labels.pop() for entry, labels in found.items() if len(labels) == 1}


class _Taken:
    """What is taken of the sources: one layer of each document, and what could not be read."""

    def __init__(self, layer: str) -> None:
        self.problems: list[Problem] = []
        self._layer = layer
        self._seen: set[str] = set()
        self._where: dict[str, str] = {}

    def pairs(self, items: Iterable[ReadDocument | Problem]) -> Iterator[tuple[Document, Revision]]:
        """Documents with the layer to check as a revision; texts without one have none."""
        for item in items:
            if isinstance(item, Problem):
                self._refused(item)
            else:
                self._where.setdefault(item.document.id, item.where)
                said = self._chosen(item) or Annotation(document=item.document.id, layer=GOLD)
                yield item.document, said.revision(import_author("file"), "read from a file")

    def placed(self, problem: Problem) -> Problem:
        """The problem with the file and line of its document."""
        if problem.where or not problem.document:
            return problem
        return msgspec.structs.replace(problem, where=self._where.get(problem.document, ""))

    def _refused(self, problem: Problem) -> None:
        if problem.code != _AGAIN:
            values = {name: getattr(problem, name) for name in Problem.__struct_fields__}
            values["severity"] = _LEVELS.get(problem.code, problem.severity)
            self.problems.append(Problem(**values))

    def _chosen(self, item: ReadDocument) -> Annotation | None:
        layers = {each.layer: each for each in item.layers}
        if self._layer or GOLD in layers or not layers:
            return layers.get(self._layer or GOLD)
        self._seen |= {*layers}
        if len(self._seen) > 1:
            told = ", ".join(sorted(self._seen))
            raise InputError(f"the sources have several layers: {told}", "choose one with --layer")
        return item.layers[0]
