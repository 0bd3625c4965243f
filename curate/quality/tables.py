"""The tables that the checks look at. Pure, linear, one pass over the corpus.

Plain columns are gathered as lists; what depends on characters or on neighbouring spans is computed
on arrays, for some thousand documents at once. Nothing loops over the rows of a frame. The index of
every frame is the row number, and ``at`` is the row of the document, which locates a finding.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from curate.model import Document, Revision, Span
from curate.quality import code_points, duplicates, layout, relation_tables, surface_tables
from curate.quality.context import CheckContext
from curate.quality.surface_tables import Figure
from curate.schema import Schema
from curate.text.offsets import trim
from curate.util import jsonl

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_PORTION = 1 << 21  # code points that are processed together: 8 MB
_HALF = 1 << 31
_INTEGER, _TEXT = "int64", "str"
DOCUMENTS = {
    "document": _TEXT,  # its id
    "digest": _TEXT,  # the id that its text has
    "length": _INTEGER,  # of the text, in code points
    "visible": _INTEGER,  # the same without blank edges
    "lang": _TEXT,  # missing if it is not known
    "revision": _INTEGER,
    "schema": _TEXT,
    "confirmed_by": _TEXT,  # missing if nobody confirmed it
    "asked": _INTEGER,  # annotators who were asked to annotate it
    "done": _INTEGER,  # those of them who confirmed it
    "spans": _INTEGER,
    "gap": _INTEGER,  # longest stretch without a span; 0 if there is no span at all
    "gap_start": _INTEGER,
    "gap_end": _INTEGER,
    "same_words": _INTEGER,  # equal for documents with the same words under different ids
    "like": _TEXT,  # one of these documents
}
SPANS = (
    "at",
    "start",
    "end",
    "extent",  # end minus start
    "length",  # of the document's text, in code points
    "label",
    "first",  # its first code point; code_points.NONE if it has none
    "last",
    "before",  # the code point before it
    "after",
    "reach",  # how far spans before it reach
    "repeat",  # whether the same span came before
    "surface",  # number of its text, as far as it lies in the document
    "left",  # number of what precedes it (surface_tables.neighbours)
    "right",
)


class CorpusTables(NamedTuple):
    """The tables of a corpus by name, and the ids and texts of its documents by row.

    ``schema`` is built from the label schema and the labels that occur, ``corpus`` from
    distributions.
    """

    tables: dict[str, pd.DataFrame]
    ids: list[str]
    texts: list[str]

    @property
    def documents(self) -> pd.DataFrame:
        """One row per document."""
        return self.tables["documents"]

    @property
    def spans(self) -> pd.DataFrame:
        """One row per span."""
        return self.tables["spans"]


def build(
    pairs: Iterable[tuple[Document, Revision]],
    schema: Schema | None = None,
    context: CheckContext | None = None,
    *,
    figures: Collection[Figure] = (),
) -> CorpusTables:
    """Build the tables of a corpus; tombstones are left out.

    Args:
        pairs: documents with the revision to check, in any order.
        schema: the label schema, if there is one.
        context: what else to check against.
        figures: which kinds of figures are to be searched for outside spans.
    """
    builder = _Builder(figures)
    for document, revision in pairs:
        if not revision.deleted:
            builder.add(document, revision)
    builder.process_portion()
    return builder.tables(schema, context or CheckContext())


class _Builder:
    """Columns of the documents so far, and the spans of those that are not processed yet."""

    def __init__(self, figures: Collection[Figure]) -> None:
        self.figures = figures
        self.texts: list[str] = []
        self.langs: list[str] = []
        self.columns: dict[str, list[Any]] = {
            name: [] for name in ("document", "digest", "visible", "revision", "schema", "by")
        }
        self.lengths: list[int] = []
        self.relations = relation_tables.RelationColumns()
        # A label or text that is not in them gets the next number.
        self.labels: dict[str, int] = defaultdict(count().__next__)
        self.surfaces: dict[str, int] = defaultdict(count().__next__)
        self.counts: list[int] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._labels: list[int] = []
        self._surfaces: list[int] = []
        self._from = 0  # the first document of the portion
        self._size = 0  # of the portion, in code points
        self._portions: list[_Portion] = []

    def add(self, document: Document, revision: Revision) -> None:
        """Add a document; process the portion if it is large enough."""
        text = document.text
        first, last = trim(text, 0, len(text))
        row = (
            document.id,
            jsonl.document_id(text),
            last - first,
            revision.number,
            revision.schema,
            revision.confirmed_by or None,
        )
        for column, value in zip(self.columns.values(), row, strict=True):
            column.append(value)
        if revision.relations or revision.categories:
            self.relations.add(len(self.texts), revision)
        self.texts.append(text)
        self.langs.append(document.lang)
        self.lengths.append(len(text))
        self._add_spans(text, revision.spans)
        self._size += len(text) + 1
        if self._size > _PORTION:
            self.process_portion()

    def _add_spans(self, text: str, spans: Sequence[Span]) -> None:
        starts = [span.start for span in spans]
        ends = [span.end for span in spans]
        labels, surfaces = self.labels, self.surfaces
        self._starts += starts
        self._ends += ends
        self._labels += [labels[span.label] for span in spans]
        if starts and (min(starts) < 0 or min(ends) < 0):  # would count from the end of the text
            starts = [max(start, 0) for start in starts]
            ends = [max(end, 0) for end in ends]
        self._surfaces += [surfaces[text[start:end]] for start, end in zip(starts, ends)]  # noqa: B905
        self.counts.append(len(spans))

    def process_portion(self) -> None:
        """Compute what depends on characters and neighbours, for the documents since the last."""
        import numpy as np

        documents = slice(self._from, len(self.texts))
        spans = (self._starts, self._ends, self._labels, self._surfaces)
        portion = _Portion.compute(
            code_points.points(self.texts[documents]),
            np.array(self.lengths[documents], dtype=np.int64),
            np.array(self.counts[documents], dtype=np.int64),
            [np.array(column, dtype=np.int64) for column in spans],
            self._from,
            self.figures,
        )
        self._portions.append(portion)
        self._from, self._size = len(self.texts), 0
        for column in spans:
            column.clear()

    def tables(self, schema: Schema | None, context: CheckContext) -> CorpusTables:
        """All tables, once every document is added and processed."""
        spans = self._spans()
        ids: list[str] = self.columns["document"]
        lengths = dict(zip(ids, self.lengths, strict=True))
        labels = _counted(spans["label"])
        tables = {"documents": self._documents(ids, context), **self.relations.tables()}
        uses = {
            "label": labels,
            "relation": _counted(tables["relations"]["label"]),
            "category": _counted(tables["categories"]["label"]),
        }
        tables["layers"] = relation_tables.layers(
            context.layers, {**context.lengths, **lengths}, schema
        )
        tables["schema"] = relation_tables.vocabulary(schema, uses)
        tables["mentions"] = surface_tables.mentions(
            spans, list(self.surfaces), list(self.labels), context.names, self.langs
        )
        tables["spans"] = spans.drop(columns=["left", "right"])
        at, start, end = (
            _joined([portion.unmarked[column] for portion in self._portions]) for column in range(3)
        )
        tables["unmarked"] = surface_tables.unmarked(at, start, end, self.texts, self.figures)
        tables["corpus"] = relation_tables.distributions(
            labels, Counter(lang or "unknown" for lang in self.langs), lengths, context.release
        )
        return CorpusTables(tables, ids, self.texts)

    def _spans(self) -> pd.DataFrame:
        """The table of spans; the portions are emptied, so that no column is in memory twice."""
        import pandas as pd

        columns = {
            name: _narrowed([portion.spans.pop(name) for portion in self._portions])
            for name in SPANS
        }
        dtype = pd.CategoricalDtype(pd.Index(list(self.labels), dtype="object"))
        label = pd.Categorical.from_codes(columns.pop("label"), dtype=dtype)
        spans = pd.DataFrame(columns, copy=False)
        spans["label"] = pd.Series(label)
        return spans

    def _documents(self, ids: list[str], context: CheckContext) -> pd.DataFrame:
        same_words, like = duplicates.same_words(ids, self.texts)
        tasks = [context.assignments.get(document) for document in ids]
        annotated = [spans > 0 for spans in self.counts]
        gap_start, gap_end = (
            _joined([portion.gap[edge] for portion in self._portions]) for edge in range(2)
        )
        columns = {
            "document": ids,
            "digest": self.columns["digest"],
            "length": self.lengths,
            "visible": self.columns["visible"],
            "lang": [lang or None for lang in self.langs],
            "revision": self.columns["revision"],
            "schema": self.columns["schema"],
            "confirmed_by": self.columns["by"],
            "asked": [len(task.annotators) if task else 0 for task in tasks],
            "done": [len({*task.annotators} & {*task.done}) if task else 0 for task in tasks],
            "spans": self.counts,
            "gap": (gap_end - gap_start) * annotated,
            "gap_start": gap_start,
            "gap_end": gap_end,
            "same_words": same_words,
            "like": like,
        }
        return relation_tables.frame(columns, DOCUMENTS)


class _Portion(NamedTuple):
    """What is computed of some documents.

    Args:
        spans: the columns of their spans.
        gap: start and end of the longest stretch without a span, by document.
        unmarked: document, start and end of the figures that no span touches.
    """

    spans: dict[str, NDArray[Any]]
    gap: tuple[NDArray[Any], NDArray[Any]]
    unmarked: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]

    @classmethod
    def compute(
        cls,
        codes: NDArray[Any],
        lengths: NDArray[Any],
        counts: NDArray[Any],
        columns: list[NDArray[Any]],
        offset: int,
        figures: Collection[Figure],
    ) -> _Portion:
        """Compute a portion.

        Args:
            codes: the code points of the texts, with one between a text and the next.
            lengths: of the texts.
            counts: number of spans of each document.
            columns: starts, ends, and numbers of labels and texts of the spans.
            offset: row of the first document.
            figures: as in ``build``.
        """
        import numpy as np

        start, end, label, surface = columns
        at = np.repeat(np.arange(len(lengths)), counts)
        laid_out = layout.lay_out(at, start, end, label, lengths)
        base = np.concatenate(([0], np.cumsum(lengths + 1)))[:-1]
        low, high = np.clip(start, 0, lengths[at]), np.clip(end, 0, lengths[at])
        not_empty = high > low
        first, last = base[at] + low, base[at] + high - 1
        has_before, has_after = low > 0, high < lengths[at]

        def codes_at(place: NDArray[Any], exists: NDArray[Any]) -> NDArray[Any]:
            values = np.full(len(place), code_points.NONE, dtype=np.uint32)
            values[exists] = codes[place[exists]]
            return values

        spans = {
            "at": (at + offset).astype(np.int32),
            "start": start,
            "end": end,
            "extent": end - start,
            "length": lengths[at],
            "label": label.astype(np.int32),
            "first": codes_at(first, not_empty),
            "last": codes_at(last, not_empty),
            "before": codes_at(first - 1, not_empty & has_before),
            "after": codes_at(last + 1, not_empty & has_after),
            "reach": laid_out.reach,
            "repeat": laid_out.repeat,
            "surface": surface.astype(np.int32),
            "left": surface_tables.neighbours(codes, np.where(has_before, first - 1, -1), -1),
            "right": surface_tables.neighbours(codes, np.where(has_after, last + 1, -1), 1),
        }
        unmarked = (np.empty(0, np.int64),) * 3
        if figures:
            document, begin, stop = surface_tables.figures_outside_spans(
                codes,
                base,
                counts > 0,
                first[not_empty],
                last[not_empty] + 1,
                not {"number", "money", "percent"}.isdisjoint(figures),
            )
            unmarked = (document + offset, begin, stop)
        return cls(spans, laid_out.gap, unmarked)


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    import numpy as np

    return np.concatenate(parts)


def _narrowed(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """The parts as one column, in 32 bits if its numbers fit, as those of a sound corpus do."""
    import numpy as np

    if parts[0].dtype == np.int64 and all(
        not len(part) or (part.min() >= -_HALF and part.max() < _HALF) for part in parts
    ):
        parts = [part.astype(np.int32) for part in parts]
    return np.concatenate(parts)


def _counted(column: pd.Series[Any]) -> dict[str, int]:
    return {str(value): int(number) for value, number in column.value_counts().items()}
