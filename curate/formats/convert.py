"""Files from one format to another without a workspace: readers on one side, writers on the other.

The text is written as it was read, not normalised, so that offsets stay what they were. What was
read, written and lost is counted, and each loss has its reason and place.
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
from curate.formats.reading import ReadDocument, ReadOptions, Refusal
from curate.formats.registry import find_writer
from curate.formats.sources import files, read_annotated
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument, Writer, loss_reason
from curate.model import Annotation, Problem, Record, Revision
from curate.schema import Schema, schema_of_labels
from curate.util.progress import Progress

EACH = "each"
GOLD = "gold"
STDIN = Path("-")
_SPOOL = "curate-standard-input"  # name of the file that it is kept in


class ReadTotals(Record, frozen=True, kw_only=True):
    """What was read, all layers together."""

    documents: int = 0
    spans: int = 0
    relations: int = 0
    categories: int = 0


class ConvertedFile(Record, frozen=True, kw_only=True):
    """A file that was written: what is in it, and the layer it was made of."""

    path: str
    format: str
    layer: str
    documents: int
    spans: int
    relations: int = 0
    categories: int = 0
    lost: dict[str, int] = {}


class ConversionResult(Record, frozen=True, kw_only=True):
    """What ``convert`` did.

    Args:
        read: what was read.
        written: the files that were written.
        refused: how many lines or rows could not be read.
        lost: how much was lost in reading and in writing, by reason.
        noted: what was kept although something is to be said about it, by reason.
        problems: one for each of these, with file and line where it is of the source.
    """

    read: ReadTotals
    written: tuple[ConvertedFile, ...]
    refused: int = 0
    lost: dict[str, int] = {}
    noted: dict[str, int] = {}
    problems: tuple[Problem, ...] = ()


def convert(
    sources: list[Path],
    target: Path,
    *,
    read_as: str = "",
    write_as: str = "",
    layer: str = "",
    options: ReadOptions | None = None,
    progress: Progress = lambda what, done, total: None,
) -> ConversionResult:
    """Read files and write one, or one for each layer.

    Args:
        sources: files, folders, patterns, or ``-`` for the standard input.
        target: the file to write; with the layer in its name if there is one for each.
        read_as: format of the sources; their endings and contents tell by default.
        write_as: format of the target; its ending tells by default.
        layer: the layer to write, ``each`` for a file a layer; by default ``gold``, or the only
            one there is. Documents without any layer go along with the default alone.
        options: how the sources are to be read.
        progress: is told of each file.

    Raises:
        InputError: a source is not there, or cannot be told.
        CurateError: there is no such format, or several layers to choose from.
    """
    write = _writer(target, write_as)
    list(files([source for source in sources if source == STDIN], read_as))
    chosen = options or ReadOptions()
    with _spooled(sources) as paths:
        found = list(files(paths, read_as))
        survey = _Survey()
        for done, path in enumerate(found):
            progress("read", done, len(found))
            survey.take(read_annotated(path, read_as, chosen))
        wanted = survey.layers if layer == EACH else [layer or survey.default()]
        schema = survey.schema(chosen.lang)
        written: list[ConvertedFile] = []
        problems: list[Problem] = []
        for done, name in enumerate(wanted):
            progress("write", done, len(wanted))
            links: Counter[str] = Counter()
            pairs = _counted(_pairs(found, read_as, chosen, name, alone=not layer), links)
            path = _named(target, name) if layer == EACH else target
            made = write(pairs, path, ExportJob(schema))
            written.append(_written(made, name, links))
            problems += made.problems
    return _account(survey, written, problems, asked=bool(layer))


def _writer(target: Path, write_as: str) -> Writer:
    name = write_as or target.suffix.removeprefix(".").lower()
    if not name:
        raise CurateError(f"{target} has no ending that names its format", "name it with --to")
    return find_writer(name)[1]


@contextmanager
def _spooled(sources: list[Path]) -> Iterator[list[Path]]:
    """The sources with the standard input, which can be read once, as a file of its own."""
    if STDIN not in sources:
        yield sources
        return
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / _SPOOL
        with spool.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield [spool if source == STDIN else source for source in sources]


class _Survey:
    """What is in the sources: counts, layers, labels and problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.documents = 0
        self._spans: Counter[str] = Counter()  # annotations by layer
        self._counts: Counter[str] = Counter()
        self._labels: dict[str, set[str]] = {
            "spans": set(),
            "relations": set(),
            "categories": set(),
        }

    def take(self, items: Iterator[ReadDocument | Problem]) -> None:
        """Go through one file."""
        for item in items:
            if isinstance(item, Problem):
                self.problems.append(_plain(item))
                continue
            self.documents += 1
            for layer in item.layers:
                self._spans[layer.layer] += 0
                for kind, labels in self._labels.items():
                    marks = getattr(layer, kind)
                    self._counts[kind] += len(marks)
                    self._spans[layer.layer] += len(marks)
                    labels.update(mark.label for mark in marks)

    @property
    def layers(self) -> list[str]:
        """Names of the layers, sorted; no name where there are only texts."""
        return sorted(self._spans) or [""]

    def default(self) -> str:
        """The layer to write where none is asked for."""
        if GOLD in self._spans or len(self.layers) == 1:
            return GOLD if GOLD in self._spans else self.layers[0]
        told = ", ".join(self.layers)
        hint = f"choose one with --layer NAME, or write a file for each with --layer {EACH}"
        raise CurateError(f"the sources have several layers: {told}", hint)

    def beside(self, written: set[str]) -> int:
        """How many annotations stand on layers that were not written."""
        return sum(many for name, many in self._spans.items() if name not in written)

    def counts(self) -> ReadTotals:
        """What was read."""
        return ReadTotals(documents=self.documents, **self._counts)

    def schema(self, lang: str) -> Schema:
        """A label schema of the labels that were met, for the formats that write one."""
        marks, arrows, categories = (sorted(self._labels[kind]) for kind in self._labels)
        return schema_of_labels("converted@0.0.0", lang or "xx", marks, arrows, categories)


def _pairs(
    paths: list[Path], read_as: str, options: ReadOptions, layer: str, alone: bool
) -> Iterator[GoldDocument]:
    """The documents with what one layer says; ``alone``: also those on which none says anything."""
    for path in paths:
        for item in read_annotated(path, read_as, options):
            if isinstance(item, Problem):
                continue  # the survey has it
            found = next((it for it in item.layers if it.layer == layer), None)
            if found is not None or (not item.layers and (alone or not layer)):
                yield item.document, _revision(item, found, path)


def _counted(pairs: Iterator[GoldDocument], links: Counter[str]) -> Iterator[GoldDocument]:
    """The documents as they go to a writer, which itself counts no more than spans."""
    for document, revision in pairs:
        links["relations"] += len(revision.relations)
        links["categories"] += len(revision.categories)
        yield document, revision


def _written(made: ExportedFile, layer: str, links: Counter[str]) -> ConvertedFile:
    return ConvertedFile(
        path=made.path,
        format=made.format,
        layer=layer,
        documents=made.documents,
        spans=made.spans,
        lost=made.lost,
        **{kind: many - made.lost.get(kind, 0) for kind, many in links.items()},
    )


def _revision(item: ReadDocument, layer: Annotation | None, path: Path) -> Revision:
    said = layer or Annotation(document=item.document.id, layer=GOLD)
    # Without a time, so that two conversions give the same bytes.
    return said.revision(f"import:{path.name}", f"converted from {path.name}", "converted@0.0.0")


def _named(target: Path, layer: str) -> Path:
    """The file of one layer: ``out.conll`` becomes ``out.annotator-1.conll``."""
    kept = "".join(char if char.isalnum() or char in "._@+-" else "-" for char in layer)
    return target.with_name(f"{target.stem}.{kept}{target.suffix}") if kept else target


def _account(
    survey: _Survey, written: list[ConvertedFile], made: list[Problem], asked: bool
) -> ConversionResult:
    lost: Counter[str] = Counter()
    noted = Counter(loss_reason(it) for it in made if it.severity == "info")
    for problem in survey.problems:
        if problem.severity == "warning":
            lost[problem.code.removeprefix("read.")] += 1
        elif problem.severity == "info":
            noted[problem.code.removeprefix("read.")] += 1
    for file in written:
        lost.update(file.lost)
    if beside := survey.beside({file.layer for file in written}):
        (noted if asked else lost)["other-layer"] = beside
    return ConversionResult(
        read=survey.counts(),
        written=tuple(written),
        refused=sum(problem.severity == "error" for problem in survey.problems),
        lost=dict(sorted(lost.items())),
        noted=dict(sorted(noted.items())),
        problems=(*survey.problems, *made),
    )


def _plain(problem: Problem) -> Problem:
    """A problem without the text of the row, which stands in the source."""
    bare = problem.bare if isinstance(problem, Refusal) else problem
    head, spooled, tail = bare.where.rpartition(_SPOOL)
    where = f"standard input{tail}" if spooled else head + tail
    return msgspec.structs.replace(bare, where=where)
