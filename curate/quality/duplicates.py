"""Documents with the same words under different ids: other blanks, case or punctuation."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

_NO_LETTERS = re.compile(r"[\W_]+")
_EDGE = 48  # characters at each end that decide whether whole texts are compared
_COMPARED = 24  # how many of these are compared once blanks are removed
_STOPS = '.!?…"»”'


def same_words(ids: Sequence[str], texts: Sequence[str]) -> tuple[list[int], list[str]]:
    """Group documents by their words.

    Whole texts are compared, by their letters and digits only, if both ends are equal but for
    blanks and case, so that most documents cost little.

    Args:
        ids: of the documents. Of several documents with one id, only the first is compared.
        texts: of the documents.

    Returns:
        For each document, a number that documents with the same words share, and the id of another
        document with the same words; empty if there is none.
    """
    first: dict[str, int] = {}
    for row, document in enumerate(ids):
        first.setdefault(document, row)
    candidates = _groups((_ends(texts[row]), row) for row in first.values())
    groups = _groups((_words(texts[row]), row) for group in candidates for row in group)
    number, like = list(range(len(ids))), [""] * len(ids)
    for group in groups:
        for row in group:
            number[row] = group[0]
            like[row] = ids[group[1] if row == group[0] else group[0]]
    return number, like


def _groups(pairs: Iterable[tuple[str, int]]) -> list[list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for key, row in pairs:
        if key:  # a text without words is empty, which another check reports
            groups[key].append(row)
    return [rows for rows in groups.values() if len(rows) > 1]


def _ends(text: str) -> str:
    """Some characters of both ends, without blanks and case; quick, as every text needs it."""
    head, tail = "".join(text[:_EDGE].split()), "".join(text[-_EDGE:].split())
    return f"{head[:_COMPARED]}…{tail[-_COMPARED:].rstrip(_STOPS)}".casefold()


def _words(text: str) -> str:
    return _NO_LETTERS.sub("", text.casefold())
