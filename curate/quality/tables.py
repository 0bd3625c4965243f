"""The tables that the checks look at. Pure, linear, one pass over the corpus.

Plain columns are gathered as lists; what is asked of characters or of neighbours is computed on
arrays, for some thousand documents at once. Nothing works on single rows of a frame. The index of
every frame is the row number, and ``at`` is the row of the document: so a finding has a place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from curate.model import Document, Revision
from curate.quality import code_points, duplicates, layout, relation_tables, surface_tables
from curate.quality.context import CheckContext
from curate.schema import Schema
from curate.text.offsets import trim
from curate.util import jsonl

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_PORTION = 1 << 21  # code points that are looked at together: 8 MB
_HALF = 1 << 31
_WHOLE, _TEXT = "int64", "str"
DOCUMENTS = {
    "document": _TEXT,  # the id it goes by
    "digest": _TEXT,  # the id its text asks for
    "length": _WHOLE,  # of the text, in code points
    "visible": _WHOLE,  # the same without blank edges
    "lang": _TEXT,  # missing where it is not known
    "revision": _WHOLE,
    "schema": _TEXT,
    "confirmed_by": _TEXT,  # missing where nobody confirmed it
    "asked": _WHOLE,  # annotators it was given to
    "done": _WHOLE,  # those of them who confirmed it
    "spans": _WHOLE,
    "gap": _WHOLE,  # longest stretch without a span; 0 where there is none at all
    "gap_start": _WHOLE,
    "gap_end": _WHOLE,
    "twin": _WHOLE,  # equal for documents with the same words under different ids
    "like": _TEXT,  # one of these
}
SPANS = (
    "at",
    "start",
    "end",
    "extent",  # end less start
    "length",  # of the document's text, in code points
    "label",
    "first",  # its first code point; chars.NONE where it holds none
    "last",
    "before",  # the code point before it
    "after",
    "reach",  # how far spans before it reach
    "repeat",  # whether it stood there before
    "surface",  # number of what it marks, as far as it lies in the text
    "left",  # what stands before it (mentions.context)
    "right",
)


class CorpusTables(NamedTuple):
    """The tables by name, and the texts that their rows speak of.

    ``schema`` is made of the label schema and what occurs; ``corpus`` of distributions.
    """

    tables: dict[str, pd.DataFrame]
    ids: list[str]
    texts: list[str]

    @property
    def documents(self) -> pd.DataFrame:
        """A row a document."""
        return self.tables["documents"]

    @property
    def spans(self) -> pd.DataFrame:
        """A row a span."""
        return self.tables["spans"]


def build(
    pairs: Iterable[tuple[Document, Revision]],
    schema: Schema | None = None,
    beside: CheckContext | None = None,
    *,
    figures: Collection[str] = (),
) -> CorpusTables:
    """Tables of a corpus; tombstones are passed over.

    Args:
        pairs: documents with the revision to look at, in any order.
        schema: the label schema, where there is one.
        beside: what there is to hold the corpus against.
        figures: ``date`` and ``number``, as far as they are looked for outside spans.
    """
    found = _Gatherer(figures)
    for document, revision in pairs:
        if not revision.deleted:
            found.add(document, revision)
    found.portion()
    return found.frames(schema, beside or CheckContext())


class _Gatherer:
    """Columns, and what is not yet looked at of them."""

    def __init__(self, figures: Collection[str]) -> None:
        self.figures = figures
        self.texts: list[str] = []
        self.langs: list[str] = []
        self.columns: dict[str, list[Any]] = {
            name: [] for name in ("document", "digest", "visible", "revision", "schema", "by")
        }
        self.lengths: list[int] = []
        self.marks = relation_tables.RelationColumns()
        # They number what they are asked for, in the order in which they first see it.
        self.labels: dict[str, int] = defaultdict(count().__next__)
        self.surfaces: dict[str, int] = defaultdict(count().__next__)
        self.counts: list[int] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._labels: list[int] = []
        self._surfaces: list[int] = []
        self._from = 0  # the first document of the portion
        self._size = 0
        self._parts: list[_Part] = []

    def add(self, document: Document, revision: Revision) -> None:
        text, spans = document.text, revision.spans
        number, long = len(self.texts), len(text)
        first, last = trim(text, 0, long)
        self.texts.append(text)
        self.langs.append(document.lang)
        self.lengths.append(long)
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
        self._add_spans(text, spans)
        if revision.relations or revision.categories:
            self.marks.add(number, revision)
        self._size += long + 1
        if self._size > _PORTION:
            self.portion()

    def _add_spans(self, text: str, spans: Sequence[Any]) -> None:
        starts = [span.start for span in spans]
        ends = [span.end for span in spans]
        labels, surfaces = self.labels, self.surfaces
        self._starts += starts
        self._ends += ends
        self._labels += [labels[span.label] for span in spans]
        if starts and (min(starts) < 0 or min(ends) < 0):
            starts, ends = [max(one, 0) for one in starts], [max(one, 0) for one in ends]
        self._surfaces += [surfaces[text[start:end]] for start, end in zip(starts, ends)]  # noqa: B905
        self.counts.append(len(spans))

    def portion(self) -> None:
        """Look at the documents since the last portion."""
        import numpy as np

        here = slice(self._from, len(self.texts))
        lengths = np.array(self.lengths[here], dtype=np.int64)
        self._parts.append(
            _Part.of(
                code_points.points(self.texts[here]),
                lengths,
                np.array(self.counts[here], dtype=np.int64),
                [
                    np.array(values, dtype=np.int64)
                    for values in (self._starts, self._ends, self._labels, self._surfaces)
                ],
                self._from,
                self.figures,
            )
        )
        self._from, self._size = len(self.texts), 0
        for values in (self._starts, self._ends, self._labels, self._surfaces):
            values.clear()

    def frames(self, schema: Schema | None, beside: CheckContext) -> CorpusTables:
        spans = self._spans()
        ids: list[str] = self.columns["document"]
        documents = self._documents(ids, beside)
        tables = {"documents": documents, "spans": spans}
        tables |= self.marks.frames()
        lengths = dict(zip(ids, self.lengths, strict=True))
        labels = _counted(spans["label"])
        uses = {"label": labels}
        uses |= {
            kind: _counted(tables[name]["label"])
            for kind, name in (("relation", "relations"), ("category", "categories"))
        }
        tables["layers"] = relation_tables.layers(
            beside.layers, {**beside.lengths, **lengths}, schema
        )
        tables["schema"] = relation_tables.vocabulary(schema, uses)
        tables["mentions"] = surface_tables.named(
            spans, list(self.surfaces), list(self.labels), beside.names
        )
        tables["spans"] = spans.drop(columns=["left", "right"])
        tables["unmarked"] = surface_tables.unmarked(
            _joined([part.loose[0] for part in self._parts]),
            _joined([part.loose[1] for part in self._parts]),
            _joined([part.loose[2] for part in self._parts]),
            self.texts,
            "number" in self.figures,
        )
        tables["corpus"] = relation_tables.distributions(
            labels, Counter(lang or "unknown" for lang in self.langs), lengths, beside.release
        )
        return CorpusTables(tables, ids, self.texts)

    def _spans(self) -> pd.DataFrame:
        """The table of spans; the portions are emptied, so that no column is held twice."""
        import pandas as pd

        columns = {name: _narrow([part.spans.pop(name) for part in self._parts]) for name in SPANS}
        kind = pd.CategoricalDtype(pd.Index(list(self.labels), dtype="object"))
        spans = pd.DataFrame({n: v for n, v in columns.items() if n != "label"}, copy=False)
        spans["label"] = pd.Series(pd.Categorical.from_codes(columns["label"], dtype=kind))
        return spans

    def _documents(self, ids: list[str], beside: CheckContext) -> pd.DataFrame:
        twin, like = duplicates.twins(ids, self.texts)
        tasks = [beside.assignments.get(key) for key in ids]
        marked = [count > 0 for count in self.counts]
        gap_start, gap_end = (_joined([part.gap[end] for part in self._parts]) for end in (0, 1))
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
            "gap": (gap_end - gap_start) * marked,
            "gap_start": gap_start,
            "gap_end": gap_end,
            "twin": twin,
            "like": like,
        }
        return relation_tables.frame(columns, DOCUMENTS)


class _Part(NamedTuple):
    """What was found of a portion: columns of its spans, gaps of its documents, loose figures."""

    spans: dict[str, NDArray[Any]]
    gap: tuple[NDArray[Any], NDArray[Any]]
    loose: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]

    @classmethod
    def of(
        cls,
        codes: NDArray[Any],
        lengths: NDArray[Any],
        counts: NDArray[Any],
        columns: list[NDArray[Any]],
        offset: int,
        figures: Collection[str],
    ) -> _Part:
        import numpy as np

        start, end, label, surface = columns
        at = np.repeat(np.arange(len(lengths)), counts)
        lie = layout.lay_out(at, start, end, label, lengths)
        base = np.concatenate(([0], np.cumsum(lengths + 1)))[:-1]
        low, high = np.clip(start, 0, lengths[at]), np.clip(end, 0, lengths[at])
        held = high > low

        def char(place: NDArray[Any], inside: NDArray[Any]) -> NDArray[Any]:
            found = np.full(len(place), code_points.NONE, dtype=np.uint32)
            found[inside] = codes[(base[at] + place)[inside]]
            return found

        spans = {
            "at": (at + offset).astype(np.int32),
            "start": start,
            "end": end,
            "extent": end - start,
            "length": lengths[at],
            "label": label.astype(np.int32),
            "first": char(low, held),
            "last": char(high - 1, held),
            "before": char(low - 1, held & (low > 0)),
            "after": char(high, held & (high < lengths[at])),
            "reach": lie.reach,
            "repeat": lie.repeat,
            "surface": surface.astype(np.int32),
            "left": surface_tables.context(codes, np.where(low > 0, base[at] + low - 1, -1), -1),
            "right": surface_tables.context(
                codes, np.where(high < lengths[at], base[at] + high, -1), 1
            ),
        }
        loose = (np.empty(0, np.int64),) * 3
        if figures:
            covered = (base[at] + low)[held], (base[at] + high)[held]
            doc, begin, stop = surface_tables.loose(
                codes, base, counts > 0, *covered, "number" in figures
            )
            loose = (doc + offset, begin, stop)
        return cls(spans, lie.gap, loose)


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    import numpy as np

    return np.concatenate(parts)


def _narrow(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """The parts as one column, in 32 bits where its numbers fit, as those of a sound corpus do."""
    import numpy as np

    if parts[0].dtype == np.int64 and all(
        not len(part) or (part.min() >= -_HALF and part.max() < _HALF) for part in parts
    ):
        parts = [part.astype(np.int32) for part in parts]
    return np.concatenate(parts)


def _counted(column: pd.Series[Any]) -> dict[str, int]:
    return {str(name): int(many) for name, many in column.value_counts().items()}
