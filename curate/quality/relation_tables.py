"""Tables of what is rarer than spans: relations, categories, layers, the schema, distributions."""

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
    "missing": "str",  # ends that are not there, in words
    "repeat": "bool",
    "itself": "bool",
}
CATEGORIES = {"at": "int64", "label": "str", "repeat": "bool", "many": "int64"}
LAYERS = {
    "document": "str",
    "layer": "str",
    "there": "bool",  # whether its document is
    "spans": "int64",
    "outside": "int64",  # spans that do not lie in the text
    "unknown": "int64",  # spans with labels that the schema does not know
}
SCHEMA = {
    "kind": "str",  # label, category, relation
    "name": "str",
    "uses": "int64",
    "guided": "bool",  # whether it has a rule or an example
    "colour": "str",
    "alike": "bool",  # whether one before it of its kind has the same colour
}
CORPUS = {
    "kind": "str",  # labels, languages, lengths
    "now": "int64",  # how many are counted
    "before": "int64",  # the same in the last release
    "observed": "float64",  # divergence of the two, in bits; 0 where either has counted none
}


class RelationColumns:
    """Columns of relations and categories, gathered document by document."""

    def __init__(self) -> None:
        self._relations: dict[str, list[Any]] = {name: [] for name in RELATIONS}
        self._categories: dict[str, list[Any]] = {name: [] for name in CATEGORIES}

    def add(self, at: int, revision: Revision) -> None:
        """Take those of one document."""
        there = {span.key for span in revision.spans} if revision.relations else set()
        seen: set[Any] = set()
        for relation in revision.relations:
            ends = {"its head": relation.head, "its tail": relation.tail}
            missing = [_told(what, key) for what, key in ends.items() if tuple(key) not in there]
            row = (
                at,
                relation.head[0],
                relation.head[1],
                relation.label,
                relation.head[2],
                relation.tail[2],
                ", ".join(missing),
                relation.key in seen,
                relation.head == relation.tail,
            )
            _append(self._relations, row)
            seen.add(relation.key)
        marked: set[str] = set()
        many = len({category.label for category in revision.categories})
        for category in revision.categories:
            _append(self._categories, (at, category.label, category.label in marked, many))
            marked.add(category.label)

    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables ``relations`` and ``categories``."""
        return {
            "relations": frame(self._relations, RELATIONS),
            "categories": frame(self._categories, CATEGORIES),
        }


def layers(
    found: Iterable[Annotation], lengths: Mapping[str, int], schema: Schema | None
) -> pd.DataFrame:
    """A row a layer of a document; ``lengths`` are those of the documents that are there."""
    names = set(schema.names) if schema else None
    columns: dict[str, list[Any]] = {name: [] for name in LAYERS}
    for each in found:
        long = lengths.get(each.document)
        outside = unknown = 0
        for span in each.spans:
            outside += not 0 <= span.start < span.end <= (span.end if long is None else long)
            unknown += names is not None and span.label not in names
        row = (each.document, each.layer, long is not None, len(each.spans), outside, unknown)
        _append(columns, row)
    return frame(columns, LAYERS)


def vocabulary(schema: Schema | None, uses: Mapping[str, Mapping[str, int]]) -> pd.DataFrame:
    """A row a label, relation and category of the schema.

    Args:
        schema: the label schema, where there is one.
        uses: how often each name occurs, by kind.
    """
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA}
    for kind, marks in schema.marks.items() if schema else ():
        colours: set[str] = set()
        for mark in marks:
            colour = mark.colour.lower()
            guided = bool(mark.rules) or (isinstance(mark, Label) and bool(mark.examples))
            many = uses[kind].get(mark.name, 0)
            alike = colour in colours
            _append(columns, (kind, mark.name, many, guided, mark.colour, alike))
            colours.add(colour)
    return frame(columns, SCHEMA)


def distributions(
    labels: Mapping[str, int],
    languages: Mapping[str, int],
    lengths: Mapping[str, int],
    release: Release | None,
) -> pd.DataFrame:
    """How far what is counted now lies from what was counted in the last release, by kind.

    Texts never change under an id, so the lengths of a release are those of its documents that
    are still there.

    Args:
        labels: spans by label.
        languages: documents by language; ``unknown`` where it is not known.
        lengths: code points by document.
        release: the last release; without one the table is empty.
    """
    columns: dict[str, list[Any]] = {name: [] for name in CORPUS}
    if release is not None:
        prefix = "label:"
        were = {
            name.removeprefix(prefix): many
            for name, many in release.counts.items()
            if name.startswith(prefix)
        }
        held = (lengths[entry.document] for entry in release.entries if entry.document in lengths)
        both: dict[str, tuple[Mapping[str, int], Mapping[str, int]]] = {
            "labels": (labels, were),
            "languages": (languages, release.facts.get("languages", {})),
            "lengths": (_binned(lengths.values()), _binned(held)),
        }
        for kind, (now, before) in both.items():
            counts = sum(now.values()), sum(before.values())
            _append(columns, (kind, *counts, _divergence(now, before) if all(counts) else 0.0))
    return frame(columns, CORPUS)


def frame(columns: Mapping[str, Any], types: Mapping[str, str]) -> pd.DataFrame:
    """A frame of these columns and types."""
    import pandas as pd

    return pd.DataFrame({name: pd.Series(columns[name], dtype=types[name]) for name in types})


def _append(columns: dict[str, list[Any]], row: tuple[Any, ...]) -> None:
    for column, value in zip(columns.values(), row, strict=True):
        column.append(value)


def _told(what: str, key: SpanKey) -> str:
    start, end, label = key
    return f"{what}, {start} to {end} as {label}"


def _divergence(now: Mapping[str, int], before: Mapping[str, int]) -> float:
    import numpy as np

    names = sorted({*now, *before})
    counts = (np.array([side.get(name, 0) for name in names]) for side in (now, before))
    return statistics.divergence(*counts)


def _binned(lengths: Iterable[int]) -> Counter[str]:
    """Lengths by power of two: ``2^11`` is 2,048 to 4,095 code points."""
    return Counter(f"2^{max(length, 1).bit_length() - 1}" for length in lengths)
