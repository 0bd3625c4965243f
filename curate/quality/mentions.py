"""Spans and figures that are worth a second look: each a row of a small table.

``mentions`` are spans whose text is marked with several labels somewhere, or that a list of names
knows; ``unmarked`` are numbers and dates of annotated documents that no span touches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from curate.quality import chars
from curate.quality.marks import frame
from curate.quality.measures import NOWHERE

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

MENTIONS = {
    "at": "int64",
    "start": "int64",
    "end": "int64",
    "label": "str",
    "surface": "int64",
    "kind": "int64",  # number of its label
    "listed": "int64",  # number of the label in the list of names; its own where no list knows it
    "named": "str",  # the label in the list of names
    "left": "int64",  # what stands before it; NOWHERE where nothing is compared
    "right": "int64",
}
UNMARKED = {"at": "int64", "start": "int64", "end": "int64", "date": "bool", "number": "bool"}

_NEAR = 8  # code points of the word beside a span that are compared
_MONTH = (
    r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)"
)
_MONTHS = re.compile(_MONTH)
# What a date looks like from its first digit on.
_DATE = re.compile(
    rf"\d{{1,2}}(?:er|st|nd|rd|th)?\s{_MONTH}\b(?:\s\d{{4}})?"
    r"|\d{4}-\d\d-\d\d\b|\d{1,2}([/.])\d{1,2}\1\d{2,4}\b"
    r"|\d{1,2}\s?h(?:\s?\d\d)?\b|\d{1,2}:\d\d\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:\d{1,2},?\s)?\d{4}\b")
_LEADS = frozenset(("en", "in", "depuis", "since"))  # before a year
_CENTURIES = re.compile(r"(?:1[5-9]|20)\d\d\b")
_LEAD = 12  # code points before a figure in which they stand


def named(
    spans: pd.DataFrame,
    surfaces: Sequence[str],
    labels: Sequence[str],
    names: Mapping[str, str],
) -> pd.DataFrame:
    """The table ``mentions``.

    Args:
        spans: the table of spans.
        surfaces: what the numbers in the column ``surface`` stand for.
        labels: what the codes of the column ``label`` stand for.
        names: the label of each name in the lists of names.
    """
    import numpy as np

    every = [*labels, *sorted({*names.values()} - {*labels})]
    code = {label: number for number, label in enumerate(every)}
    surface = spans["surface"].to_numpy()
    label = spans["label"].cat.codes.to_numpy().astype(np.int64)
    said = [names.get(each) for each in surfaces] if names else [None] * len(surfaces)
    listed = np.array([-1 if each is None else code[each] for each in said], dtype=np.int64)
    several = _several(surface, label, surfaces)
    wanted = np.zeros(len(surfaces), dtype=bool)
    wanted[several] = True
    (rows,) = np.nonzero((wanted | (listed >= 0))[surface]) if len(surface) else (surface,)
    part = spans.iloc[rows]
    known = listed[surface[rows]]
    compared = wanted[surface[rows]]
    return frame(
        {
            "at": part["at"].to_numpy(),
            "start": part["start"].to_numpy(),
            "end": part["end"].to_numpy(),
            "label": part["label"].astype("str").to_numpy(),
            "surface": surface[rows],
            "kind": label[rows],
            "listed": np.where(known < 0, label[rows], known),
            "named": [every[number] if number >= 0 else "" for number in known.tolist()],
            "left": np.where(compared, part["left"], NOWHERE),
            "right": np.where(compared, part["right"], NOWHERE),
        },
        MENTIONS,
    )


def _several(surface: NDArray[Any], label: NDArray[Any], surfaces: Sequence[str]) -> NDArray[Any]:
    """Numbers of the surfaces that have more than one label; nothing marked is no surface."""
    import numpy as np

    one = np.zeros(len(surfaces), dtype=np.int64)
    one[surface] = label
    found = np.unique(surface[label != one[surface]])
    return np.array([number for number in found.tolist() if surfaces[number]], dtype=np.int64)


def context(codes: NDArray[Any], place: NDArray[Any], step: int) -> NDArray[Any]:
    """What stands beside spans, as numbers: equal for the same word, up to eight code points of it.

    The code point at the span, whatever it is, then up to the next blank. Two words have the same
    number by chance once in 2^63.

    Args:
        codes: code points of texts with a blank between them.
        place: of the first code point to look at; negative where there is none.
        step: 1 to go on, -1 to go back.
    """
    import numpy as np

    window = place[:, None] + step * np.arange(_NEAR)
    seen = codes[np.clip(window, 0, len(codes) - 1)] if len(codes) else window
    ended = chars.blank(seen.ravel()).reshape(seen.shape)
    ended[:, 0] = False
    np.logical_or.accumulate(ended, axis=1, out=ended)
    seen = np.where(ended, 0, seen).astype(np.uint64)
    # Odd multipliers, so that no bit is lost; the sum wraps around.
    weights = np.array([pow(0x9E3779B97F4A7C15, k + 1, 1 << 64) for k in range(_NEAR)], np.uint64)
    number = (seen * weights).sum(axis=1, dtype=np.uint64).astype(np.int64)
    return np.where(place < 0, NOWHERE, number)


def loose(
    codes: NDArray[Any],
    base: NDArray[Any],
    annotated: NDArray[Any],
    low: NDArray[Any],
    high: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Runs of digits (0 to 9) that no span touches, in documents that are annotated at all.

    Args:
        codes: code points of texts, one apart from the next.
        base: where each text begins in them.
        annotated: for each text, whether it has spans.
        low: where spans begin in the code points.
        high: where they end.

    Returns:
        For each run the number of its text, and its offsets there.
    """
    import numpy as np

    digit = np.zeros(len(codes) + 2, dtype=np.int8)
    digit[1:-1] = (codes >= ord("0")) & (codes <= ord("9"))
    change = np.diff(digit)
    (begin,), (stop,) = np.nonzero(change == 1), np.nonzero(change == -1)
    doc = np.searchsorted(base, begin, side="right") - 1
    free = annotated[doc]
    if len(low):
        order = np.argsort(low, kind="stable")
        reach = np.maximum.accumulate(high[order])
        before = np.searchsorted(low[order], stop, side="left")  # spans that begin before its end
        free &= (before == 0) | (reach[before - 1] <= begin)
    doc, begin, stop = doc[free], begin[free], stop[free]
    return doc, begin - base[doc], stop - base[doc]


def unmarked(
    at: NDArray[Any],
    start: NDArray[Any],
    end: NDArray[Any],
    texts: Sequence[str],
    numbers: bool,
) -> pd.DataFrame:
    """The table ``unmarked``: dates as far as they go, and whatever else is a number of its own.

    Digits that belong to a name, such as « G20 » and « F-16 », are passed over.

    Args:
        at: row of the document of each run of digits.
        start: where it begins.
        end: where it ends.
        texts: of the documents, by row.
        numbers: whether numbers are asked for, too.
    """
    rows: dict[tuple[int, int, int], bool] = {}
    done = (-1, 0)  # the end of the last date, so that its later figures are not told again
    for document, first, last in zip(at.tolist(), start.tolist(), end.tolist(), strict=True):
        if document == done[0] and first < done[1]:
            continue
        text = texts[document]
        date = _date(text, first)
        if date is not None:
            rows[document, *date] = True
            done = document, date[1]
        elif numbers and not _named(text, first, last):
            rows[document, first, last] = False
    dates = list(rows.values())
    columns: dict[str, Any] = {name: [key[i] for key in rows] for i, name in enumerate(_PLACE)}
    columns |= {"date": dates, "number": [not date for date in dates]}
    return frame(columns, UNMARKED)


_PLACE = ("at", "start", "end")


def _date(text: str, first: int) -> tuple[int, int] | None:
    """The date that a figure begins, or that begins with the word before it."""
    whole = _DATE.match(text, first)
    if whole:
        return whole.span()
    word = text[max(first - _LEAD, 0) : first].split()[-1:]
    lead = word[0].lower() if word else ""
    if lead in _LEADS and (year := _CENTURIES.match(text, first)):
        return year.span()
    if _MONTHS.fullmatch(lead) and (year := _YEAR.match(text, first)):
        return text.rindex(word[0], 0, first), year.end()
    return None


def _named(text: str, start: int, end: int) -> bool:
    """Whether digits are part of a word, or hang on one by a hyphen."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    if before[-1:].isalpha() or after[:1].isalpha():
        return True
    return (before[-1:] == "-" and before[:1].isalpha()) or (
        after[:1] == "-" and after[1:].isalpha()
    )
