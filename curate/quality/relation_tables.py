"""Tables of everything but documents and spans: relations, categories, layers, the schema, and the
distributions of the corpus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from curate.model import Annotation, Release, Revision, SpanKey
from curate.quality import statistics
from curate.schema import Label, Schema

if TYPE_CHECKING:
    import pandas as pd

RELATIONS = {
    "at": "int64",
    "start": "int64",  # of its head
    "end": "int64",
    "label": "str",
    "head_label": "str",
    "tail_label": "str",
    "missing": "str",  # ends that do not exist, in words
    "repeat": "bool",  # whether the same relation came before
    "itself": "bool",  # whether head and tail are one span
}
CATEGORIES = {"at": "int64", "label": "str", "repeat": "bool", "many": "int64"}
LAYERS = {
    "document": "str",
    "layer": "str",
    "there": "bool",  # whether its document exists
    "spans": "int64",
    "outside": "int64",  # spans that do not lie in the text
    "unknown": "int64",  # spans with labels that are not in the schema
}
SCHEMA = {
    "kind": "str",  # label, category, relation
    "name": "str",
    "uses": "int64",
    "guided": "bool",  # whether it has a rule or an example
    "colour": "str",
    "alike": "bool",  # whether an earlier one of its kind has the same colour
}
CORPUS = {
    "kind": "str",  # labels, languages, lengths
    "now": "int64",  # number of what is counted
    "before": "int64",  # the same in the last release
    "observed": "float64",  # divergence of the two, in bits; 0 if either number is
}


class RelationColumns:
    """The columns of the tables ``relations`` and ``categories``, filled document by document."""

    def __init__(self) -> None:
        self._relations: dict[str, list[Any]] = {name: [] for name in RELATIONS}
        self._categories: dict[str, list[Any]] = {name: [] for name in CATEGORIES}

    def add(self, at: int, revision: Revision) -> None:
        """Add the relations and categories of one document.

        Args:
            at: row of the document.
            revision: its revision.
        """
        spans = {span.key for span in revision.spans} if revision.relations else set()
        seen: set[Any] = set()
        for relation in revision.relations:
            ends = {"its head": relation.head, "its tail": relation.tail}
            missing = [_described(end, key) for end, key in ends.items() if tuple(key) not in spans]
            row = (
                at,
                relation.head[0],
                relation.head[1],
                relation.label,
                relation.head[2],
                relation.tail[2],
                " and ".join(missing),
                relation.key in seen,
                relation.head == relation.tail,
            )
            _append(self._relations, row)
            seen.add(relation.key)
        labels: set[str] = set()
        many = len({category.label for category in revision.categories})
        for category in revision.categories:
            _append(self._categories, (at, category.label, category.label in labels, many))
            labels.add(category.label)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables ``relations`` and ``categories``."""
        return {
            "relations": frame(self._relations, RELATIONS),
            "categories": frame(self._categories, CATEGORIES),
        }


def layers(
    annotations: Iterable[Annotation], lengths: Mapping[str, int], schema: Schema | None
) -> pd.DataFrame:
    """The table ``layers``: one row per layer of a document.

    Args:
        annotations: the layers.
        lengths: length in code points of each document that exists.
        schema: the label schema, if there is one.
    """
    names = set(schema.names) if schema else None
    columns: dict[str, list[Any]] = {name: [] for name in LAYERS}
    for annotation in annotations:
        length = lengths.get(annotation.document)
        outside = unknown = 0
        for span in annotation.spans:
            outside += not 0 <= span.start < span.end <= (span.end if length is None else length)
            unknown += names is not None and span.label not in names
        there, spans = length is not None, len(annotation.spans)
        row = (annotation.document, annotation.layer, there, spans, outside, unknown)
        _append(columns, row)
    return frame(columns, LAYERS)


def vocabulary(schema: Schema | None, uses: Mapping[str, Mapping[str, int]]) -> pd.DataFrame:
    """The table ``schema``: one row per label, relation and category of the schema.

    Args:
        schema: the label schema, if there is one.
        uses: how often each name occurs, by kind.
    """
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA}
    for kind, entries in schema.definitions.items() if schema else ():
        colours: set[str] = set()
        for entry in entries:
            colour = entry.colour.lower()
            guided = bool(entry.rules) or (isinstance(entry, Label) and bool(entry.examples))
            count = uses[kind].get(entry.name, 0)
            row = (kind, entry.name, count, guided, entry.colour, colour in colours)
            _append(columns, row)
            colours.add(colour)
    return frame(columns, SCHEMA)


def distributions(
    labels: Mapping[str, int],
    languages: Mapping[str, int],
    lengths: Mapping[str, int],
    release: Release | None,
) -> pd.DataFrame:
    """The table ``corpus``: how far each distribution is from that of the last release.

    A text never changes under its id, so the lengths of a release are those of its documents that
    still exist.

    Args:
        labels: number of spans, by label.
        languages: number of documents, by language; ``unknown`` if it is not known.
        lengths: code points, by document.
        release: the last release; without one the table is empty.
    """
    columns: dict[str, list[Any]] = {name: [] for name in CORPUS}
    if release is not None:
        prefix = "label:"
        released_labels = {
            name.removeprefix(prefix): count
            for name, count in release.counts.items()
            if name.startswith(prefix)
        }
        released = (
            lengths[entry.document] for entry in release.entries if entry.document in lengths
        )
        both: dict[str, tuple[Mapping[str, int], Mapping[str, int]]] = {
            "labels": (labels, released_labels),
            "languages": (languages, release.facts.get("languages", {})),
            "lengths": (_binned(lengths.values()), _binned(released)),
        }
        for kind, (now, before) in both.items():
            totals = sum(now.values()), sum(before.values())
            _append(columns, (kind, *totals, _divergence(now, before) if all(totals) else 0.0))
    return frame(columns, CORPUS)


def frame(columns: Mapping[str, Any], types: Mapping[str, str]) -> pd.DataFrame:
    """A frame of these columns and types."""
    import pandas as pd

    return pd.DataFrame({name: pd.Series(columns[name], dtype=types[name]) for name in types})


def _append(columns: dict[str, list[Any]], row: tuple[Any, ...]) -> None:
    for column, value in zip(columns.values(), row, strict=True):
        column.append(value)


def _described(end: str, key: SpanKey) -> str:
    return f"{end} ({key[0]} to {key[1]} as {key[2]})"


def _divergence(now: Mapping[str, int], before: Mapping[str, int]) -> float:
    import numpy as np

    names = sorted({*now, *before})
    counts = (np.array([side.get(name, 0) for name in names]) for side in (now, before))
    return statistics.divergence(*counts)


def _binned(lengths: Iterable[int]) -> Counter[str]:
    """Number of lengths by power of two: ``2^11`` is 2,048 to 4,095 code points."""
    return Counter(f"2^{max(length, 1).bit_length() - 1}" for length in lengths)
