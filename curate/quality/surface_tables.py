"""Spans and figures that are worth a second look: each a row of a small table.

``mentions`` are spans whose text is marked with several labels somewhere, or that a list of names
knows; ``unmarked`` are numbers and dates of annotated documents that no span touches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from curate.quality.relation_tables import frame

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

UNMARKED = {"at": "int64", "start": "int64", "end": "int64", "date": "bool", "number": "bool"}

NOWHERE = 0
"""Number of what stands beside a span where nothing does."""
_BLANKS = (0xA0, 0x2009, 0x202F)  # beside what stands before U+0021
_NEAR = 8  # code points of the word beside a span that are compared
_MONTH = (
    r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)"
)
_MONTHS = frozenset(_MONTH.removeprefix("(?:").removesuffix(")").split("|"))
# What may stand right behind the first digits of a date, and how the names of months begin.
_SIGNS = tuple(map(ord, "-/.:hHeEsSnNrRtT"))
_HEADS = tuple({ord(name[0]) << 8 | ord(name[1]) | 0x20 for name in _MONTHS})
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

    Its columns are ``at``, ``start``, ``end``, ``label``; the numbers of the text it marks, of its
    label and of what stands at each side: ``surface``, ``kind``, ``left``, ``right`` (NOWHERE where
    that is not compared); the label in the list of names, ``named``, and its number, ``listed``,
    which is the span's own where no list knows it.

    Args:
        spans: the table of spans.
        surfaces: what the numbers in the column ``surface`` stand for.
        labels: what the codes of the column ``label`` stand for.
        names: the label of each name in the lists of names.
    """
    import numpy as np
    import pandas as pd

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
    known, kind = listed[surface[rows]], label[rows]
    compared = wanted[surface[rows]]
    part = {name: spans[name].to_numpy()[rows] for name in ("at", "start", "end")}
    for side in ("left", "right"):
        part[side] = np.where(compared, spans[side].to_numpy()[rows], NOWHERE)
    part |= {"surface": surface[rows], "kind": kind, "listed": np.where(known < 0, kind, known)}
    table = pd.DataFrame(part, copy=False)
    of = pd.CategoricalDtype(pd.Index(every, dtype="object"))
    table["label"] = pd.Series(pd.Categorical.from_codes(kind, dtype=of))
    table["named"] = pd.Series(pd.Categorical.from_codes(known, dtype=of))
    return table


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
    number by chance once in 2^32.

    Args:
        codes: code points of texts with a blank between them.
        place: of the first code point to look at; negative where there is none.
        step: 1 to go on, -1 to go back.
    """
    import numpy as np

    window = place[:, None] + step * np.arange(_NEAR)
    seen = codes[np.clip(window, 0, len(codes) - 1)] if len(codes) else window.astype(np.uint32)
    ended = seen <= ord(" ")
    for other in _BLANKS:
        ended |= seen == other
    ended[:, 0] = False
    np.logical_or.accumulate(ended, axis=1, out=ended)
    seen[ended] = 0
    # Odd multipliers, so that no bit is lost; the sums wrap around.
    weights = np.array([pow(0x9E3779B1, k + 1, 1 << 32) for k in range(_NEAR)], dtype=np.uint32)
    number = (seen * weights).sum(axis=1, dtype=np.uint32)
    return np.where(place < 0, np.uint32(NOWHERE), number)


def loose(
    codes: NDArray[Any],
    base: NDArray[Any],
    annotated: NDArray[Any],
    low: NDArray[Any],
    high: NDArray[Any],
    numbers: bool = True,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Runs of digits (0 to 9) that no span touches, in documents that are annotated at all.

    Args:
        codes: code points of texts, one apart from the next.
        base: where each text begins in them.
        annotated: for each text, whether it has spans.
        low: where spans begin in the code points.
        high: where they end.
        numbers: whether all runs are asked for, or those alone with which a date could begin.

    Returns:
        For each run the number of its text, and its offsets there.
    """
    import numpy as np

    (digits,) = np.nonzero(codes - np.uint32(ord("0")) < 10)  # what is below wraps around
    alone = np.diff(digits) > 1
    begin = digits[np.concatenate(([True], alone))] if len(digits) else digits
    stop = digits[np.concatenate((alone, [True]))] + 1 if len(digits) else digits
    doc = np.searchsorted(base, begin, side="right") - 1
    free = annotated[doc]
    if len(low):
        order = np.argsort(low, kind="stable")
        reach = np.maximum.accumulate(high[order])
        before = np.searchsorted(low[order], stop, side="left")  # spans that begin before its end
        free &= (before == 0) | (reach[before - 1] <= begin)
    if not numbers:
        free &= _dated(codes, begin, stop)
    doc, begin, stop = doc[free], begin[free], stop[free]
    return doc, begin - base[doc], stop - base[doc]


def _dated(codes: NDArray[Any], begin: NDArray[Any], stop: NDArray[Any]) -> NDArray[Any]:
    """Which runs of digits a date could begin with: all that ``_date`` would take, and some more.

    By their length and the two or three code points behind them, so that few are looked at one by
    one. Code points beyond ASCII are taken for whatever they could be.
    """
    import numpy as np

    def behind(step: int) -> NDArray[Any]:
        found: NDArray[Any] = codes[np.minimum(stop + step, len(codes) - 1)]
        return found

    first, second, third = behind(0), behind(1), behind(2)
    sign = np.isin(first, _SIGNS) | (first >= 0x80)
    wide = (second >= 0x80) | (third >= 0x80)
    word = wide | (second | 0x20 == ord("h")) | np.isin((second | 0x20) << 8 | third | 0x20, _HEADS)
    blank = (first <= ord(" ")) | (first >= 0x80)
    size = stop - begin
    year = (size == 4) | (first == ord(",")) | (blank & (second - np.uint32(ord("0")) < 10))
    found: NDArray[Any] = sign | (blank & word) | year
    return found


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
    words = text[max(first - _LEAD, 0) : first].split()
    lead = words[-1].lower() if words else ""
    if lead in _LEADS and (year := _CENTURIES.match(text, first)):
        return year.span()
    if lead in _MONTHS and (year := _YEAR.match(text, first)):
        return text.rindex(words[-1], 0, first), year.end()
    return None


def _named(text: str, start: int, end: int) -> bool:
    """Whether digits are part of a word, or hang on one by a hyphen."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    if before[-1:].isalpha() or after[:1].isalpha():
        return True
    return (before[-1:] == "-" and before[:1].isalpha()) or (
        after[:1] == "-" and after[1:].isalpha()
    )
