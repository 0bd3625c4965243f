"""Checks of spans, of what they mark, and of what nobody marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curate.quality import code_points
from curate.quality.registry import check
from curate.quality.statistics import unusual
from curate.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

    from curate.quality.registry import Mask

_MARK_AGAIN = "mark it again in Doccano"
_USUAL = 3  # times that a label must occur before another one is held against it


@check(
    "span.offsets",
    table="spans",
    severity="error",
    message="runs from {start} to {end}, and the text from 0 to {length}",
    hint=_MARK_AGAIN,
)
def offsets(spans: pd.DataFrame) -> Mask:
    """A span outside the text marks nothing."""
    return (spans["start"] < 0) | (spans["end"] > spans["length"])


@check(
    "span.order",
    table="spans",
    severity="error",
    message="starts at {start} and ends at {end}",
    hint=_MARK_AGAIN,
)
def order(spans: pd.DataFrame) -> Mask:
    """A span must hold at least one character."""
    return spans["end"] <= spans["start"]


@check(
    "span.edges",
    table="spans",
    severity="error",
    message="begins or ends with a blank or invisible character",
    hint="mark it again without the blanks",
)
def edges(spans: pd.DataFrame) -> Mask:
    """Blank or invisible characters at the edges fit no token and differ between people."""
    # A regular expression does not do: what counts as blank is a Unicode category.
    first, last = spans["first"].to_numpy(), spans["last"].to_numpy()
    blank: Mask = code_points.blank(first) | code_points.blank(last)
    return blank


@check(
    "span.words",
    table="spans",
    severity="warning",
    message="begins or ends inside a word",
    hint="mark it again up to the edge of the word",
)
def words(spans: pd.DataFrame) -> Mask:
    """An edge inside a word fits no token, so that the span is lost in training."""
    cut: Mask = _in_word(spans["before"], spans["first"])
    cut |= _in_word(spans["after"], spans["last"])
    return cut


def _in_word(outside: pd.Series[Any], inside: pd.Series[Any]) -> Mask:
    """For each edge, whether a word goes on across it; some scripts write no blanks at all."""
    out, into = outside.to_numpy(), inside.to_numpy()
    spaceless = code_points.spaceless(out) | code_points.spaceless(into)
    joined: Mask = code_points.word(out) & code_points.word(into) & ~spaceless
    return joined


@check(
    "span.duplicate",
    table="spans",
    severity="error",
    message="is there more than once, {start} to {end} as {label}",
    hint="delete all but one of them",
)
def duplicate(spans: pd.DataFrame) -> Mask:
    """A span that is there twice counts twice in training and in every figure."""
    return spans["repeat"]


@check(
    "span.overlap",
    table="spans",
    severity="error",
    message="overlaps a span before it, {start} to {end} as {label}",
    hint="keep one of the two, or set `overlap: true` in the schema",
    needs=("apart",),
)
def overlap(spans: pd.DataFrame) -> Mask:
    """The schema gives a character one label at most; most formats cannot hold two."""
    return spans["start"] < spans["reach"]


@check(
    "span.label",
    table="spans",
    severity="error",
    message="has the label {label}, which {schema} does not know",
    hint="use a label of the schema, or add this one to it",
    needs=("schema",),
)
def label(spans: pd.DataFrame, schema: Schema) -> Mask:
    """A label that the schema does not know has no guideline and no colour."""
    return ~spans["label"].isin(schema.names)


@check(
    "span.length",
    table="spans",
    severity="info",
    message="is unusually long or short for a {label}: {extent} characters",
    hint="look at its edges",
    limit=5.0,
    bound="modified z-score of the length among spans of the label, where there are 30",
)
def length(spans: pd.DataFrame, limit: float) -> Mask:
    """A span far longer or shorter than its like is often a slip of the mouse."""
    return unusual(spans["extent"].to_numpy(), limit, spans["label"].cat.codes.to_numpy())


@check(
    "span.context",
    table="mentions",
    severity="warning",
    message="is {label} here, and something else nearly everywhere beside the same word",
    hint="give it the label that the others have, or confirm that it differs here",
    limit=0.8,
    bound="share that the usual label has among the like; of three at least",
)
def context(mentions: pd.DataFrame, limit: float) -> Mask:
    """The same words in the same place with another label teach a model to guess."""
    against: Mask = _against_usual(mentions, "left", limit)
    against |= _against_usual(mentions, "right", limit)
    return against


def _against_usual(mentions: pd.DataFrame, side: str, share: float) -> Mask:
    """Which rows have another label than nearly all with the same text and the same word beside.

    Args:
        mentions: the table.
        side: the column of what stands beside the span.
        share: the part that the usual label must have.
    """
    import numpy as np
    import pandas as pd

    from curate.quality.surface_tables import NOWHERE

    surface, label, beside = (mentions[name].to_numpy() for name in ("surface", "kind", side))
    if not len(label):
        return np.zeros(0, dtype=bool)
    # Numbers of the groups: by text and context, and by these and label.
    place = pd.factorize(beside)[0].astype(np.int64)
    like = pd.factorize(place * (int(surface.max()) + 1) + surface)[0].astype(np.int64)
    same = pd.factorize(like * (int(label.max()) + 1) + label)[0]
    size = np.bincount(same)[same]
    every = np.bincount(like)
    most = np.zeros(len(every), dtype=np.int64)
    np.maximum.at(most, like, size)
    usual = (most >= _USUAL) & (most >= share * every)
    against: Mask = usual[like] & (size < most[like]) & (beside != NOWHERE)
    return against


@check(
    "span.gazetteer",
    table="mentions",
    severity="warning",
    message="is {label} here, and {named} in the list of names",
    hint="change the label, or waive it where the name means something else",
    needs=("names",),
)
def gazetteer(mentions: pd.DataFrame) -> Mask:
    """A name that a list knows as something else is often marked in haste."""
    return mentions["kind"] != mentions["listed"]


@check(
    "text.date",
    table="unmarked",
    severity="info",
    message="is a date or a time and has no label",
    hint="mark it",
    needs=("dates",),
)
def date(unmarked: pd.DataFrame) -> Mask:
    """A date without label, where others have one, was overlooked."""
    return unmarked["date"]


@check(
    "text.number",
    table="unmarked",
    severity="info",
    message="is a number and has no label",
    hint="mark it",
    needs=("numbers",),
)
def number(unmarked: pd.DataFrame) -> Mask:
    """A number without label, where others have one, was overlooked."""
    return unmarked["number"]
