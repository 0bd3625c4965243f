"""Convert files from one format to another without a workspace.

Texts are written as they were read, not normalised, so that offsets stay the same. What was read,
written and lost is counted, and each loss has its reason and place.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from curate.errors import CurateError
from curate.formats.reading import (
    KEPT,
    ReadItem,
    ReadOptions,
    Refusal,
    is_refusal,
)
from curate.formats.registry import Format, check_offsets, find_writer, target_format
from curate.formats.sources import read_annotated, source_files
from curate.formats.streams import shown
from curate.formats.writing import (
    NOT_JUDGED,
    ExportedFile,
    ExportJob,
    GoldDocument,
    Writer,
    WrittenOffsets,
    loss_reason,
)
from curate.layers import GOLD, import_author
from curate.model import Problem, Record, unjudged
from curate.schema import Schema, schema_of_labels
from curate.util.progress import Progress, silent

EACH = "each"
"""Stands for all layers, each written to a file of its own."""
_STDIN = Path("-")
_SPOOL = "curate-standard-input"  # name of the file to which the standard input is copied


class ReadTotals(Record, frozen=True, kw_only=True):
    """What was read, all layers together."""

    documents: int = 0
    spans: int = 0
    relations: int = 0
    categories: int = 0


class ConvertedFile(Record, frozen=True, kw_only=True):
    """A file that was written, with its totals and the layer that it contains."""

    path: str
    format: str
    layer: str
    documents: int
    spans: int
    relations: int = 0
    categories: int = 0
    lost: dict[str, int] = {}
    noted: dict[str, int] = {}


class ConversionResult(Record, frozen=True, kw_only=True):
    """The result of ``convert``.

    Args:
        read: what was read.
        written: the files that were written.
        refused: number of lines, rows or files that could not be read.
        lost: number of annotations that were lost in reading and writing, by reason.
        noted: number of those that were kept with a note, by reason.
        problems: a problem for each of these; in reading, with file and line.
    """

    read: ReadTotals
    written: tuple[ConvertedFile, ...]
    refused: int = 0
    lost: dict[str, int] = {}
    noted: dict[str, int] = {}
    problems: tuple[Problem, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something was refused, or annotations were lost that were not understood."""
        return any(problem.severity == "error" for problem in self.problems)


def convert(
    sources: list[Path],
    target: Path,
    *,
    read_as: str = "",
    write_as: str = "",
    layer: str = "",
    options: ReadOptions | None = None,
    offsets: WrittenOffsets = "",
    progress: Progress = silent,
) -> ConversionResult:
    """Read files and write one file, or one for each layer.

    Args:
        sources: files, folders, patterns, or ``-`` for the standard input.
        target: the file to write; with ``each``, the name of the layer is inserted in its name.
        read_as: format of the sources; by default it is detected for each file.
        write_as: format of the target; by default the ending of its name.
        layer: the layer to write, or ``each`` for one file per layer. By default it is ``gold``, or
            the only one there is, and then documents without any layer are written as well.
        options: how to read the sources.
        offsets: what offsets count in the target, if its format leaves it open.
        progress: called before each file.

    Raises:
        InputError: a source does not exist, or its format cannot be detected.
        CurateError: there is no such format, several layers to choose from, or a unit of offsets
            where the format fixes it.
    """
    format, write = _writer(target, write_as)
    check_offsets(offsets, format.name)
    options = options or ReadOptions()
    # Refuse a standard input of unknown format before waiting for it.
    list(source_files([source for source in sources if source == _STDIN], read_as))
    with _with_stdin_as_file(sources) as paths:
        survey = _SourceSurvey()
        paths = list(source_files(paths, read_as, survey.problems.append, options))
        for done, path in enumerate(paths):
            progress("read", done, len(paths))
            survey.add(read_annotated(path, read_as, options, alone=len(paths) == 1))
        layers = survey.layers if layer == EACH else [layer or survey.default_layer()]
        schema = survey.schema(options.lang)
        written: list[ConvertedFile] = []
        problems: list[Problem] = []
        for done, name in enumerate(layers):
            progress("write", done, len(layers))
            links: Counter[str] = Counter()
            documents = _documents(paths, read_as, options, name, without_layers=not layer)
            path = _path_for_layer(target, name) if layer == EACH else target
            job = ExportJob(schema, offsets=offsets, texts_only=not any(survey.layers))
            exported = write(_count_links(documents, links, format), path, job)
            unheld = links.pop(NOT_JUDGED, 0)
            if unheld and any(survey.layers):
                # The writers that leave such documents out have the same number.
                noted = {**exported.noted, NOT_JUDGED: unheld}
                exported = msgspec.structs.replace(exported, noted=noted)
            written.append(_converted(exported, name, links))
            problems += exported.problems
    return _result(survey, written, problems, layer_was_chosen=bool(layer))


def _writer(target: Path, write_as: str) -> tuple[Format, Writer]:
    name = write_as or target_format(target)
    if not name:
        raise CurateError(
            f"the name {target} has no ending that gives its format", "give the format with --to"
        )
    return find_writer(name)


@contextmanager
def _with_stdin_as_file(sources: list[Path]) -> Iterator[list[Path]]:
    """The sources with a file in place of the standard input, which can be read only once."""
    if _STDIN not in sources:
        yield sources
        return
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / _SPOOL
        with spool.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield [spool if source == _STDIN else source for source in sources]


class _SourceSurvey:
    """What the sources contain: totals, layers, labels and problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._documents = 0
        self._by_layer: Counter[str] = Counter()  # annotations of all kinds
        self._by_kind: Counter[str] = Counter()
        self._labels: dict[str, set[str]] = {
            "spans": set(),
            "relations": set(),
            "categories": set(),
        }

    def add(self, items: Iterator[ReadItem]) -> None:
        """Read one file."""
        for item in items:
            if isinstance(item, Problem):
                self.problems.append(_without_row(item))
                continue
            self._documents += 1
            for layer in item.layers:
                self._by_layer[layer.layer] += 0
                for kind, labels in self._labels.items():
                    annotations = getattr(layer, kind)
                    self._by_kind[kind] += len(annotations)
                    self._by_layer[layer.layer] += len(annotations)
                    labels.update(annotation.label for annotation in annotations)

    @property
    def layers(self) -> list[str]:
        """Names of the layers, sorted; one empty name if there are only texts."""
        return sorted(self._by_layer) or [""]

    def default_layer(self) -> str:
        """The layer to write if none is chosen."""
        if GOLD in self._by_layer or len(self.layers) == 1:
            return GOLD if GOLD in self._by_layer else self.layers[0]
        raise CurateError(
            f"the sources have several layers: {', '.join(self.layers)}",
            f"choose one with --layer NAME, or write a file for each with --layer {EACH}",
        )

    def outside(self, layers: set[str]) -> int:
        """How many annotations are on other layers than these."""
        return sum(count for name, count in self._by_layer.items() if name not in layers)

    def totals(self) -> ReadTotals:
        """What was read."""
        return ReadTotals(documents=self._documents, **self._by_kind)

    def schema(self, lang: str) -> Schema:
        """A label schema of all labels, for the formats that write one."""
        labels = (sorted(labels) for labels in self._labels.values())
        return schema_of_labels("converted@0.0.0", lang or "xx", *labels)


def _documents(
    paths: list[Path], read_as: str, options: ReadOptions, layer: str, without_layers: bool
) -> Iterator[GoldDocument]:
    """The documents with one of their layers as gold.

    Args:
        paths: the files.
        read_as: their format.
        options: how to read them.
        layer: the layer.
        without_layers: whether to include documents that have no layer at all.
    """
    for path in paths:
        for item in read_annotated(path, read_as, options, alone=len(paths) == 1):
            if isinstance(item, Problem):
                continue  # the survey has it
            annotation = next((it for it in item.layers if it.layer == layer), None)
            if annotation is None and not item.layers and (without_layers or not layer):
                yield item.document, unjudged(item.document.id)
            if annotation is not None:
                # A revision without a time, so that converting again gives the same bytes.
                reason = f"converted from {shown(Path(path.name))}"
                author = import_author(shown(Path(path.name)))
                yield item.document, annotation.revision(author, reason, "converted@0.0.0")


def _count_links(
    documents: Iterator[GoldDocument], links: Counter[str], format: Format
) -> Iterator[GoldDocument]:
    """The documents, with what writers do not count: relations, categories, unjudged documents."""
    for document, revision in documents:
        links["relations"] += len(revision.relations)
        links["categories"] += len(revision.categories)
        held = format.holds_categories_only if revision.is_judged else format.holds_unjudged
        links[NOT_JUDGED] += not revision.is_judged_for_spans and not held
        yield document, revision


def _converted(exported: ExportedFile, layer: str, links: Counter[str]) -> ConvertedFile:
    return ConvertedFile(
        path=exported.path,
        format=exported.format,
        layer=layer,
        documents=exported.documents,
        spans=exported.spans,
        lost=exported.lost,
        noted=exported.noted,
        **{kind: count - exported.lost.get(kind, 0) for kind, count in links.items()},
    )


def _path_for_layer(target: Path, layer: str) -> Path:
    """The file of one layer: ``out.conll`` becomes ``out.annotator-1.conll``."""
    name = "".join(char if char.isalnum() or char in "._@+-" else "-" for char in layer)
    return target.with_name(f"{target.stem}.{name}{target.suffix}") if name else target


def _result(
    survey: _SourceSurvey,
    written: list[ConvertedFile],
    problems: list[Problem],
    layer_was_chosen: bool,
) -> ConversionResult:
    lost: Counter[str] = Counter()
    in_totals = {kind for file in written for kind in file.noted}
    reasons = [
        loss_reason(problem)
        for problem in problems
        if problem.severity == "info" or loss_reason(problem) in KEPT
    ]
    noted = Counter(reason for reason in reasons if reason not in in_totals)
    for problem in survey.problems:
        reason = problem.code.removeprefix("read.")
        if problem.severity == "info" or reason in KEPT:
            noted[reason] += 1
        elif not is_refusal(problem):
            lost[reason] += 1
    for file in written:
        lost.update(file.lost)
        noted.update(file.noted)
    if outside := survey.outside({file.layer for file in written}):
        (noted if layer_was_chosen else lost)["other-layer"] = outside
    return ConversionResult(
        read=survey.totals(),
        written=tuple(written),
        refused=sum(map(is_refusal, survey.problems)),
        lost=dict(sorted(lost.items())),
        noted=dict(sorted(noted.items())),
        problems=(*survey.problems, *problems),
    )


def _without_row(problem: Problem) -> Problem:
    """A problem without the text of the row, and with the standard input named as such."""
    bare_problem = problem.bare if isinstance(problem, Refusal) else problem
    head, spooled, tail = bare_problem.where.rpartition(_SPOOL)
    where = f"standard input{tail}" if spooled else head + tail
    return msgspec.structs.replace(bare_problem, where=where)
