"""Gazetteers: lists of names, found in a text by looking words up, however long the lists are.

A regular expression of thousands of alternatives tries each at every place; here every word of a
text costs one look-up, and only the names that begin with that word are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from curate.model import Record

# One code point stands for its kin, so that offsets hold: apostrophes, blanks and hyphens.
_KIN = (("\u2019\u02bc", "'"), ("\u00a0\u2009\u202f", " "), ("\u2010\u2011", "-"))
_WORD = re.compile(r"\w+")
_JOINS = ("-", "_")
# A capital word that only begins a sentence does not count: « La France », « En Syrie ».
_TOUCHING_BEFORE = re.compile(
    r"(?<![\w'-])(?!(?:Les?|La|L'|Une?|En|Aux?|À|A|Du|Des?|D'|Et|Dans|Pour|Par|Sur|Selon|Depuis|Vers|Si"
    r"|Mais|Comme|Avec|Contre|Entre|Quand|Cette|Cet?|Son|Sa|Notre|The|In|From|To|Of|Mr|Mrs) )"
    r"[A-ZÀ-ÖØ-Þ][\w.'-]* $"
)
_TOUCHING_AFTER = re.compile(r" [A-ZÀ-ÖØ-Þ]")

Table = dict[str, list[tuple["Names", str]]]


class Gazetteer(Record, frozen=True, kw_only=True):
    """A list of names that get one label.

    Args:
        name: how errors and people call it.
        label: label of the schema; empty if what is found must not be marked.
        examples: text with exactly what the gazetteer finds in brackets.
        entries: the names, as written.
        endings: more names: for each fragment that is a list of stems, the endings they take.
        score: how sure it is, 0 to 1; see :func:`curate.preannotate.combine.rank`.
        case: whether case matters.
        after: a pattern that has to follow a name, and belongs to it: surnames after given names.
        never_after: a pattern that must not stand before a name: « en anglais ».
        alone: the name does not count where a capital word stands beside it (« Air France »).
        optional: where the schema has no such label, what is found is not marked at all.
    """

    name: str
    label: str
    examples: tuple[str, ...]
    entries: tuple[str, ...] = ()
    endings: dict[str, tuple[str, ...]] = {}
    score: float = 0.5
    case: bool = True
    after: str = ""
    never_after: str = ""
    alone: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Names:
    """The names of a gazetteer, ready to be looked up in a text that was folded."""

    gazetteer: Gazetteer
    entries: tuple[str, ...]
    after: re.Pattern[str] | None
    never_after: re.Pattern[str] | None

    def end(self, text: str, start: int, name: str) -> int:
        """Where the name that begins at ``start`` ends, with what has to follow; 0 if not here."""
        end = start + len(name)
        if not text.startswith(name, start) or text[end : end + 1].isalnum():
            return 0
        if self.after is not None:
            more = self.after.match(text, end)
            end = more.end() if more and more.end() > end else 0
        return 0 if end and self._unfit(text, start, end) else end

    def _unfit(self, text: str, start: int, end: int) -> bool:
        if text[start - 1 : start] in _JOINS or text[end : end + 1] in _JOINS:
            return True
        before = text[max(0, start - 40) : start]
        if self.never_after is not None and self.never_after.search(before):
            return True
        touched = _TOUCHING_BEFORE.search(before) or _TOUCHING_AFTER.match(text, end)
        return self.gazetteer.alone and bool(touched)


@dataclass(frozen=True)
class Index:
    """All gazetteers of a file by the first word of their names: one pass finds them all."""

    exact: dict[str, tuple[tuple[Names, str], ...]]
    lower: dict[str, tuple[tuple[Names, str], ...]]

    def find(self, text: str) -> Iterator[tuple[Gazetteer, int, int]]:
        """The names in a text: its gazetteer, start and end, the longest of each gazetteer.

        Names are whole words, no hyphen joins them to another word, and those of one gazetteer do
        not overlap.
        """
        folded = fold(text)
        low = folded.lower()
        low = low if len(low) == len(folded) else folded  # « İ » is two code points in lower case
        free: dict[str, int] = {}
        for word in _WORD.finditer(folded):
            exact, lower = self.exact.get(word[0]), self.lower.get(word[0].lower())
            if not (exact or lower):
                continue
            for names, source in ((exact, folded), (lower, low)):
                for found, name in names or ():
                    kind = found.gazetteer.name
                    if word.start() < free.get(kind, 0):
                        continue
                    end = found.end(source, word.start(), name)
                    if end:
                        free[kind] = end
                        yield found.gazetteer, word.start(), end


def fold(text: str) -> str:
    """A text of the same length in which apostrophes, blanks and hyphens are the plain ones."""
    for kin, plain in _KIN:
        for char in kin:
            text = text.replace(char, plain)
    return text


def index(gazetteers: Iterable[Names]) -> Index:
    """Make gazetteers ready to be looked up together."""
    tables: tuple[Table, Table] = ({}, {})
    for found in gazetteers:
        case = found.gazetteer.case
        for name in sorted(set(found.entries), key=lambda name: (-len(name), name)):
            folded = fold(name)
            key = folded if case else folded.lower()
            word = _WORD.match(key)
            if word:
                tables[0 if case else 1].setdefault(word[0], []).append((found, key))
    exact, lower = ({word: tuple(names) for word, names in table.items()} for table in tables)
    return Index(exact, lower)
