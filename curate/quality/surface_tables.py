"""Tables of spans and figures that are worth a second look.

``mentions`` are spans whose text has several labels in the corpus, or stands in a list of names;
``unmarked`` are numbers and dates of annotated documents that no span touches.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from curate.quality.relation_tables import frame
from curate.text.language_codes import MULTILINGUAL

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Figure = Literal["date", "time", "number", "money", "percent"]
"""A kind of figure that a schema may have a label for."""

UNMARKED = {"at": "int64", "start": "int64", "end": "int64", "date": "bool", "number": "bool"}

NOWHERE = 0
"""Number of a neighbour where there is none, or where it is not compared."""
_BLANKS = (0xA0, 0x2009, 0x202F)  # besides everything below U+0021
_COMPARED = 8  # code points of a neighbouring word that are compared
_MONTH = (
    r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)"
)
_MONTHS = frozenset(_MONTH.removeprefix("(?:").removesuffix(")").split("|"))
# What may follow the first digits of a date at once, and the beginnings of the names of months.
_SIGNS = tuple(map(ord, "-/.:hHeEsSnNrRtT"))
_HEADS = tuple({ord(name[0]) << 8 | ord(name[1]) | 0x20 for name in _MONTHS})
# A date, from its first digit on.
_DATE = re.compile(
    rf"\d{{1,2}}(?:er|st|nd|rd|th)?\s{_MONTH}\b(?:\s\d{{4}})?"
    r"|\d{4}-\d\d-\d\d\b|\d{1,2}([/.])\d{1,2}\1\d{2,4}\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"\d{1,2}\s?h(?:\s?\d\d)?\b|\d{1,2}:\d\d\b", re.IGNORECASE)
_PERCENT = re.compile(r"(?:[.,]\d+)?\s?(?:%|per ?cents?\b|pour cents?\b)", re.IGNORECASE)
_MONEY = re.compile(
    r"(?:[.,]\d+)*\s?(?:(?:hundred|thousand|millions?|milliards?|billions?|trillions?|mille)\s"
    r"(?:d[e'\u2019]\s?)?)?(?:[$€£¥]|(?:dollars?|euros?|pounds?|livres|yens?|yuans?|francs?)\b)",
    re.IGNORECASE,
)
_SYMBOLS = tuple("$€£¥")
_YEAR = re.compile(r"(?:\d{1,2},?\s)?\d{4}\b")
_BEFORE_YEARS = frozenset(("en", "in", "depuis", "since"))
_YEAR_ALONE = re.compile(r"(?:1[5-9]|20)\d\d\b")
_LOOK_BACK = 12  # code points before a figure in which such a word is searched for


def mentions(
    spans: pd.DataFrame,
    surfaces: Sequence[str],
    labels: Sequence[str],
    names: Mapping[str, Mapping[str, str]],
    langs: Sequence[str] = (),
) -> pd.DataFrame:
    """The table ``mentions``.

    Its columns are ``at``, ``start``, ``end``, ``label``; the numbers of the span's text, of its
    label and of the words beside it: ``surface``, ``kind``, ``left``, ``right`` (NOWHERE if these
    are not compared); the label in the list of names, ``named``, and its number, ``listed``, which
    is the span's own if no list has its text.

    Args:
        spans: the table of spans.
        surfaces: the texts, by the numbers of the column ``surface``.
        labels: the labels, by the codes of the column ``label``.
        names: the label of each name in the lists of names, by language; those under ``xx`` hold
            in all of them.
        langs: languages of the documents, by row; the lists of all languages hold where it is not
            known.
    """
    import numpy as np
    import pandas as pd

    in_lists = {each for own in names.values() for each in own.values()}
    every = [*labels, *sorted(in_lists - {*labels})]
    surface = spans["surface"].to_numpy()
    label = spans["label"].cat.codes.to_numpy().astype(np.int64)
    ambiguous = np.zeros(len(surfaces), dtype=bool)
    ambiguous[_with_several_labels(surface, label, surfaces)] = True
    listed = _listed(spans["at"].to_numpy(), surface, surfaces, every, names, langs)
    (rows,) = np.nonzero(ambiguous[surface] | (listed >= 0)) if len(surface) else (surface,)
    kind, in_list, compared = label[rows], listed[rows], ambiguous[surface[rows]]
    columns = {name: spans[name].to_numpy()[rows] for name in ("at", "start", "end")}
    for side in ("left", "right"):
        columns[side] = np.where(compared, spans[side].to_numpy()[rows], NOWHERE)
    columns |= {
        "surface": surface[rows],
        "kind": kind,
        "listed": np.where(in_list < 0, kind, in_list),
    }
    table = pd.DataFrame(columns, copy=False)
    dtype = pd.CategoricalDtype(pd.Index(every, dtype="object"))
    table["label"] = pd.Series(pd.Categorical.from_codes(kind, dtype=dtype))
    table["named"] = pd.Series(pd.Categorical.from_codes(in_list, dtype=dtype))
    return table


def _listed(
    at: NDArray[Any],
    surface: NDArray[Any],
    surfaces: Sequence[str],
    labels: Sequence[str],
    names: Mapping[str, Mapping[str, str]],
    langs: Sequence[str],
) -> NDArray[Any]:
    """The number of each span's label in the lists of its language; -1 if no list has its text.

    Lists that disagree in a document whose language is not known say nothing of the name.
    """
    import numpy as np

    code = {label: number for number, label in enumerate(labels)}
    listed = np.full(len(surface), -1, dtype=np.int64)
    spoken = dict.fromkeys(langs) or {"": None}
    language = np.array([[*spoken].index(lang) for lang in langs], dtype=np.int64)
    for number, lang in enumerate(spoken):
        holding = [own for its, own in names.items() if its in (lang, MULTILINGUAL) or not lang]
        table = np.full(len(surfaces), -1, dtype=np.int64)
        for place, text in enumerate(surfaces) if holding else ():
            found = {own[text] for own in holding if text in own}
            if len(found) == 1:
                table[place] = code[found.pop()]
        own_rows = language[at] == number if len(langs) else slice(None)
        listed[own_rows] = table[surface[own_rows]]
    return listed


def _with_several_labels(
    surface: NDArray[Any], label: NDArray[Any], surfaces: Sequence[str]
) -> NDArray[Any]:
    """Numbers of the texts that have more than one label; the empty text is left out."""
    import numpy as np

    last = np.zeros(len(surfaces), dtype=np.int64)
    last[surface] = label
    several = np.unique(surface[label != last[surface]])
    return np.array([number for number in several.tolist() if surfaces[number]], dtype=np.int64)


def neighbours(codes: NDArray[Any], place: NDArray[Any], step: int) -> NDArray[Any]:
    """Numbers of the words beside spans, equal if the first eight code points are.

    A word begins with the code point beside the span, whatever that is, and ends at the next blank.
    Two different words have the same number by chance once in 2^32.

    Args:
        codes: code points of texts with a blank between them.
        place: of the first code point to look at; negative if there is none.
        step: 1 to go forwards, -1 to go backwards.
    """
    import numpy as np

    window = place[:, None] + step * np.arange(_COMPARED)
    word = codes[np.clip(window, 0, len(codes) - 1)] if len(codes) else window.astype(np.uint32)
    ended = word <= ord(" ")
    for blank in _BLANKS:
        ended |= word == blank
    ended[:, 0] = False
    np.logical_or.accumulate(ended, axis=1, out=ended)
    word[ended] = 0
    # Odd multipliers, so that no bit is lost; the sums wrap around.
    weights = np.array([pow(0x9E3779B1, k + 1, 1 << 32) for k in range(_COMPARED)], dtype=np.uint32)
    number = (word * weights).sum(axis=1, dtype=np.uint32)
    return np.where(place < 0, np.uint32(NOWHERE), number)


def figures_outside_spans(
    codes: NDArray[Any],
    base: NDArray[Any],
    annotated: NDArray[Any],
    low: NDArray[Any],
    high: NDArray[Any],
    numbers: bool = True,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Runs of digits (0 to 9) that no span touches, in documents that have any span.

    Args:
        codes: code points of texts, with one between a text and the next.
        base: where each text begins in them.
        annotated: for each text, whether it has spans.
        low: where spans begin in the code points.
        high: where they end.
        numbers: whether all runs are wanted, or only those that a date could begin with.

    Returns:
        For each run the number of its text, and its start and end there.
    """
    import numpy as np

    (digits,) = np.nonzero(codes - np.uint32(ord("0")) < 10)  # what is below wraps around
    breaks = np.diff(digits) > 1
    begin = digits[np.concatenate(([True], breaks))] if len(digits) else digits
    stop = digits[np.concatenate((breaks, [True]))] + 1 if len(digits) else digits
    doc = np.searchsorted(base, begin, side="right") - 1
    free = annotated[doc]
    if len(low):
        order = np.argsort(low, kind="stable")
        reach = np.maximum.accumulate(high[order])
        before = np.searchsorted(low[order], stop, side="left")  # spans that begin before its end
        free &= (before == 0) | (reach[before - 1] <= begin)
    if not numbers:
        free &= _may_begin_date(codes, begin, stop)
    doc, begin, stop = doc[free], begin[free], stop[free]
    return doc, begin - base[doc], stop - base[doc]


def _may_begin_date(codes: NDArray[Any], begin: NDArray[Any], stop: NDArray[Any]) -> NDArray[Any]:
    """Which runs of digits a date could begin with: all that ``_DATE`` matches, and some more.

    Decided by their length and the two or three code points after them, so that few have to be
    matched one by one. Code points beyond ASCII count as anything that they could be.
    """
    import numpy as np

    def after(step: int) -> NDArray[Any]:
        values: NDArray[Any] = codes[np.minimum(stop + step, len(codes) - 1)]
        return values

    first, second, third = after(0), after(1), after(2)
    sign = np.isin(first, _SIGNS) | (first >= 0x80)
    wide = (second >= 0x80) | (third >= 0x80)
    word = wide | (second | 0x20 == ord("h")) | np.isin((second | 0x20) << 8 | third | 0x20, _HEADS)
    blank = (first <= ord(" ")) | (first >= 0x80)
    size = stop - begin
    year = (size == 4) | (first == ord(",")) | (blank & (second - np.uint32(ord("0")) < 10))
    possible: NDArray[Any] = sign | (blank & word) | year
    return possible


def unmarked(
    at: NDArray[Any],
    start: NDArray[Any],
    end: NDArray[Any],
    texts: Sequence[str],
    figures: Collection[Figure],
) -> pd.DataFrame:
    """The table ``unmarked``: dates as far as they go, and the other numbers.

    Digits that belong to a name, such as « G20 » and « F-16 », are left out.

    Args:
        at: row of the document of each run of digits.
        start: where it begins.
        end: where it ends.
        texts: of the documents, by row.
        figures: which kinds are wanted.
    """
    is_date: dict[tuple[int, int, int], bool] = {}
    last_date = (-1, 0)  # document and end, so that the other figures of a date are left out
    for document, first, last in zip(at.tolist(), start.tolist(), end.tolist(), strict=True):
        if document == last_date[0] and first < last_date[1]:
            continue
        text = texts[document]
        kind, place = _dated(text, first)
        if kind is not None:
            if kind in figures:
                is_date[document, *place] = True
            last_date = document, place[1]
        elif _is_wanted_number(text, first, last, figures) and not _in_name(text, first, last):
            is_date[document, first, last] = False
    dates = list(is_date.values())
    columns: dict[str, Any] = {
        name: [place[index] for place in is_date]
        for index, name in enumerate(("at", "start", "end"))
    }
    columns |= {"date": dates, "number": [not date for date in dates]}
    return frame(columns, UNMARKED)


def _dated(text: str, first: int) -> tuple[Figure | None, tuple[int, int]]:
    """Whether a figure begins a date or a time of day, and where that is."""
    if date := _date(text, first):
        return "date", date
    if time := _TIME.match(text, first):
        return "time", time.span()
    return None, (first, first)


def _is_wanted_number(text: str, first: int, last: int, figures: Collection[Figure]) -> bool:
    if "number" in figures:
        return True
    if "percent" in figures and _PERCENT.match(text, last):
        return True
    symbol = text[max(first - 2, 0) : first].rstrip()[-1:]
    return "money" in figures and (symbol in _SYMBOLS or bool(_MONEY.match(text, last)))


def _date(text: str, first: int) -> tuple[int, int] | None:
    """The date that begins with a figure, or with the word before it."""
    whole = _DATE.match(text, first)
    if whole:
        return whole.span()
    words = text[max(first - _LOOK_BACK, 0) : first].split()
    word = words[-1].lower() if words else ""
    if word in _BEFORE_YEARS and (year := _YEAR_ALONE.match(text, first)):
        return year.span()
    if word in _MONTHS and (year := _YEAR.match(text, first)):
        return text.rindex(words[-1], 0, first), year.end()
    return None


def _in_name(text: str, start: int, end: int) -> bool:
    """Whether digits are part of a word, or joined to one by a hyphen."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    if before[-1:].isalpha() or after[:1].isalpha():
        return True
    return (before[-1:] == "-" and before[:1].isalpha()) or (
        after[:1] == "-" and after[1:].isalpha()
    )
