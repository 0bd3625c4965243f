"""Gazetteers: lists of names, found in a text by looking up its words. Pure.

A regular expression with thousands of alternatives tries each of them at every place. Here each
word of a text costs one look-up, and only the names that begin with this word are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from curate.model import Record

# Apostrophes, spaces and hyphens by their plain form: one code point for one, so offsets hold.
_PLAIN = (("\u2019\u02bc", "'"), ("\u00a0\u2009\u202f", " "), ("\u2010\u2011", "-"))
_WORD = re.compile(r"\w+")
_JOINS = ("-", "_")
# A capital word that only begins a sentence does not count: « La France », « En Syrie ».
_TOUCHING_BEFORE = re.compile(
    r"(?<![\w'-])(?!(?:Les?|La|L'|Une?|En|Aux?|À|A|Du|Des?|D'|Et|Dans|Pour|Par|Sur|Selon|Depuis|Vers|Si"
    r"|Mais|Comme|Avec|Contre|Entre|Quand|Cette|Cet?|Son|Sa|Notre|The|In|From|To|Of|Mr|Mrs) )"
    r"[A-ZÀ-ÖØ-Þ][\w.'-]*(?<!'s) $"  # Germany's Lufthansa is two names
)
_TOUCHING_AFTER = re.compile(r" [A-ZÀ-ÖØ-Þ]")

_Entries = dict[str, list[tuple["CompiledGazetteer", str]]]


class Gazetteer(Record, frozen=True, kw_only=True):
    """A list of names that get one label.

    Args:
        name: name of the gazetteer in messages and in ``by`` of its spans.
        label: label of the schema; empty if the names must not be marked.
        examples: texts in which exactly what the gazetteer finds is in brackets.
        entries: the names, as written.
        endings: more names: the endings of stems, by the fragment that lists the stems.
        score: how certain it is, 0 to 1; see :func:`curate.preannotate.overlaps.priority`.
        case: whether case matters.
        after: pattern that must follow a name and is part of it: surnames after given names.
        never_after: pattern that must not precede a name: « en anglais ».
        alone: do not find the name next to another capitalised word (« Air France »).
        optional: mark nothing if the schema does not have the label.
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
class CompiledGazetteer:
    """The names of a gazetteer with compiled patterns, to be looked up in a folded text."""

    gazetteer: Gazetteer
    entries: tuple[str, ...]
    after: re.Pattern[str] | None
    never_after: re.Pattern[str] | None

    def end(self, text: str, start: int, name: str) -> int:
        """End of a name that begins at ``start``, with what must follow; 0 if it is not there."""
        end = start + len(name)
        if not text.startswith(name, start) or text[end : end + 1].isalnum():
            return 0
        if self.after is not None:
            rest = self.after.match(text, end)
            end = rest.end() if rest and rest.end() > end else 0
        return 0 if end and self._excluded(text, start, end) else end

    def _excluded(self, text: str, start: int, end: int) -> bool:
        if text[start - 1 : start] in _JOINS or text[end : end + 1] in _JOINS:
            return True
        before = text[max(0, start - 40) : start]
        if self.never_after is not None and self.never_after.search(before):
            return True
        touching = _TOUCHING_BEFORE.search(before) or _TOUCHING_AFTER.match(text, end)
        return self.gazetteer.alone and bool(touching)


@dataclass(frozen=True)
class GazetteerIndex:
    """The names of all gazetteers of a file by their first word.

    Args:
        exact: names of gazetteers in which case matters.
        lower: names in lower case of the others.
    """

    exact: dict[str, tuple[tuple[CompiledGazetteer, str], ...]]
    lower: dict[str, tuple[tuple[CompiledGazetteer, str], ...]]

    def find(self, text: str) -> Iterator[tuple[Gazetteer, int, int]]:
        """The names in a text: gazetteer, start and end; the longest of each gazetteer.

        Names are whole words that no hyphen joins to another word, and those of one gazetteer do
        not overlap.
        """
        folded = fold(text)
        low = folded.lower()
        low = low if len(low) == len(folded) else folded  # « İ » is two code points in lower case
        free: dict[str, int] = {}  # end of the last name of each gazetteer
        for word in _WORD.finditer(folded):
            exact, lower = self.exact.get(word[0]), self.lower.get(word[0].lower())
            if not (exact or lower):
                continue
            for names, source in ((exact, folded), (lower, low)):
                for compiled, name in names or ():
                    gazetteer = compiled.gazetteer
                    if word.start() < free.get(gazetteer.name, 0):
                        continue
                    end = compiled.end(source, word.start(), name)
                    if end:
                        free[gazetteer.name] = end
                        yield gazetteer, word.start(), end


def fold(text: str) -> str:
    """A text with plain apostrophes, spaces and hyphens; its length is the same."""
    for variants, plain in _PLAIN:
        for char in variants:
            text = text.replace(char, plain)
    return text


def build_index(gazetteers: Iterable[CompiledGazetteer]) -> GazetteerIndex:
    """Index gazetteers by the first word of their names, longer names first."""
    tables: tuple[_Entries, _Entries] = ({}, {})
    for compiled in gazetteers:
        case = compiled.gazetteer.case
        for name in sorted(set(compiled.entries), key=lambda name: (-len(name), name)):
            folded = fold(name)
            key = folded if case else folded.lower()
            word = _WORD.match(key)
            if word:
                tables[0 if case else 1].setdefault(word[0], []).append((compiled, key))
    exact, lower = ({word: tuple(names) for word, names in table.items()} for table in tables)
    return GazetteerIndex(exact, lower)
