"""Checks of spans, of their texts and contexts, and of figures without a span."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curate.quality import code_points
from curate.quality.registry import check
from curate.quality.statistics import unusual
from curate.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

    from curate.quality.registry import Mask

_ANNOTATE_AGAIN = "annotate it again in Doccano"
_LEAST = 3  # occurrences from which a label can be the usual one


@check(
    "span.offsets",
    table="spans",
    severity="error",
    message="runs from {start} to {end}, but the text from 0 to {length}",
    hint=_ANNOTATE_AGAIN,
)
def offsets(spans: pd.DataFrame) -> Mask:
    """A span outside the text marks nothing."""
    return (spans["start"] < 0) | (spans["end"] > spans["length"])


@check(
    "span.order",
    table="spans",
    severity="error",
    message="starts at {start} and ends at {end}",
    hint=_ANNOTATE_AGAIN,
)
def order(spans: pd.DataFrame) -> Mask:
    """A span must contain at least one character."""
    return spans["end"] <= spans["start"]


@check(
    "span.edges",
    table="spans",
    severity="error",
    message="begins or ends with a blank or invisible character",
    hint="annotate it again without the blanks",
)
def edges(spans: pd.DataFrame) -> Mask:
    """Blanks and invisible characters at the edges fit no token, and annotators differ on them."""
    first, last = spans["first"].to_numpy(), spans["last"].to_numpy()
    blank: Mask = code_points.blank(first) | code_points.blank(last)
    return blank


@check(
    "span.words",
    table="spans",
    severity="warning",
    message="begins or ends inside a word",
    hint="move its edge to the edge of the word",
)
def words(spans: pd.DataFrame) -> Mask:
    """An edge inside a word fits no token, so the span is lost in training."""
    cut: Mask = _in_word(spans["before"], spans["first"])
    cut |= _in_word(spans["after"], spans["last"])
    return cut


def _in_word(outside: pd.Series[Any], inside: pd.Series[Any]) -> Mask:
    """For each edge, whether it lies inside a word; never in scripts that write no blanks."""
    out, into = outside.to_numpy(), inside.to_numpy()
    spaceless = code_points.spaceless(out) | code_points.spaceless(into)
    joined: Mask = code_points.word(out) & code_points.word(into) & ~spaceless
    return joined


@check(
    "span.duplicate",
    table="spans",
    severity="error",
    message="occurs more than once as {label}",
    hint="delete all but one of them",
)
def duplicate(spans: pd.DataFrame) -> Mask:
    """A span that occurs twice counts twice in training and in every statistic."""
    return spans["repeat"]


@check(
    "span.overlap",
    table="spans",
    severity="error",
    message="overlaps an earlier span",
    hint="keep one of the two, or set `overlap: true` in the schema",
    needs=("apart",),
)
def overlap(spans: pd.DataFrame) -> Mask:
    """The schema allows one label per character, and most formats cannot hold two."""
    return spans["start"] < spans["reach"]


@check(
    "span.label",
    table="spans",
    severity="error",
    message="has the label {label}, which is not in {schema}",
    hint="use a label of the schema, or add this one to the schema",
    needs=("schema",),
)
def label(spans: pd.DataFrame, schema: Schema) -> Mask:
    """A label outside the schema has no guideline and no colour."""
    return ~spans["label"].isin(schema.names)


@check(
    "span.length",
    table="spans",
    severity="info",
    message="is unusually long or short for a {label}: {extent} characters",
    hint="check its edges",
    limit=5.0,
    bound="modified z-score of the length among spans of the label, if there are at least 30",
)
def length(spans: pd.DataFrame, limit: float) -> Mask:
    """A span much longer or shorter than others of its label is often a slip of the mouse."""
    return unusual(spans["extent"].to_numpy(), limit, spans["label"].cat.codes.to_numpy())


@check(
    "span.context",
    table="mentions",
    severity="warning",
    message="is {label} here, but nearly always has another label next to the same word",
    hint="give it the usual label, or waive the finding if it differs here",
    limit=0.8,
    bound="share of the usual label among the same words in the same context, at least three times",
)
def context(mentions: pd.DataFrame, limit: float) -> Mask:
    """The same words in the same context with different labels teach a model to guess."""
    against: Mask = _against_usual(mentions, "left", limit)
    against |= _against_usual(mentions, "right", limit)
    return against


def _against_usual(mentions: pd.DataFrame, side: str, share: float) -> Mask:
    """Which rows have another label than nearly all with the same text and the same neighbour.

    Args:
        mentions: the table.
        side: the column of the neighbouring word.
        share: the least share of the usual label.
    """
    import numpy as np
    import pandas as pd

    from curate.quality.surface_tables import NOWHERE

    columns = (mentions[name].to_numpy() for name in ("surface", "kind", side))
    surface, label, neighbour = columns
    if not len(label):
        return np.zeros(0, dtype=bool)
    # Rows with the same text and neighbour are one group; those of one label, a part of it.
    place = pd.factorize(neighbour)[0].astype(np.int64)
    group = pd.factorize(place * (int(surface.max()) + 1) + surface)[0].astype(np.int64)
    part = pd.factorize(group * (int(label.max()) + 1) + label)[0]
    part_size = np.bincount(part)[part]
    group_size = np.bincount(group)
    usual_size = np.zeros(len(group_size), dtype=np.int64)
    np.maximum.at(usual_size, group, part_size)
    has_usual = (usual_size >= _LEAST) & (usual_size >= share * group_size)
    against: Mask = has_usual[group] & (part_size < usual_size[group]) & (neighbour != NOWHERE)
    return against


@check(
    "span.gazetteer",
    table="mentions",
    severity="warning",
    message="is {label} here, but {named} in the list of names",
    hint="change the label, or waive the finding if the name means something else",
    needs=("names",),
)
def gazetteer(mentions: pd.DataFrame) -> Mask:
    """A name that has another label in a list of names was often annotated in haste."""
    return mentions["kind"] != mentions["listed"]


@check(
    "text.date",
    table="unmarked",
    severity="info",
    message="is a date or time without a label",
    hint="annotate it",
    needs=("dates",),
)
def date(unmarked: pd.DataFrame) -> Mask:
    """A date without a label was overlooked if other dates have one."""
    return unmarked["date"]


@check(
    "text.number",
    table="unmarked",
    severity="info",
    message="is a number without a label",
    hint="annotate it",
    needs=("numbers",),
)
def number(unmarked: pd.DataFrame) -> Mask:
    """A number without a label was overlooked if other numbers have one."""
    return unmarked["number"]
