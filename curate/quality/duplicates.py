"""Documents with the same words under different ids: other blanks, case or punctuation."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

_REST = re.compile(r"[\W_]+")
_EDGE = 48  # characters at each end in which candidates are looked for
_FEW = 24  # of them that are compared
_STOPS = '.!?…"»”'


def twins(ids: Sequence[str], texts: Sequence[str]) -> tuple[list[int], list[str]]:
    """Group documents by their words.

    Whole texts are compared, by their letters and digits alone, only where both ends agree but for
    blanks and case, so that most cost little.

    Returns:
        For each document a number that its twins share, and the id of one of them, or nothing. A
        document that is there twice under one id is its own twin only the first time.
    """
    first: dict[str, int] = {}
    for row, key in enumerate(ids):
        first.setdefault(key, row)
    rows = list(first.values())
    near = _grouped((_ends(texts[row]), row) for row in rows)
    same = _grouped((_words(texts[row]), row) for group in near for row in group)
    number, like = list(range(len(ids))), [""] * len(ids)
    for group in same:
        for row in group:
            number[row] = group[0]
            like[row] = ids[group[1] if row == group[0] else group[0]]
    return number, like


def _grouped(pairs: Iterable[tuple[str, int]]) -> list[list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for key, row in pairs:
        if key:  # a text without words is empty, and another check says so
            groups[key].append(row)
    return [rows for rows in groups.values() if len(rows) > 1]


def _ends(text: str) -> str:
    """A bit of both ends, without blanks and case; quick, as it is asked of every text."""
    head, tail = "".join(text[:_EDGE].split()), "".join(text[-_EDGE:].split())
    return f"{head[:_FEW]}…{tail[-_FEW:].rstrip(_STOPS)}".casefold()


def _words(text: str) -> str:
    return _REST.sub("", text.casefold())
