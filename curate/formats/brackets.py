"""Entities that are written as brackets around tokens: ``(e1-person``, ``e1)``, ``(person)``.

CorefUD writes them in CoNLL-U (https://ufal.mff.cuni.cz/~popel/corefud-1.0/corefud-1.0-format.pdf).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from curate.formats.reading import AnnotationBuilder
from curate.formats.token_tags import OUTSIDE, TaggedToken

_BRACKET = re.compile(r"\(([^()]+)\)|\(([^()]+)|([^()]+)\)")
_PIECE = re.compile(r"(.*)\[(\d+)/(\d+)\]")


class _Opening(NamedTuple):
    """An opening bracket: what stands in it, where it begins in the text, file and line."""

    name: str
    start: int
    where: str


class Mentions:
    """Adds the mentions in brackets to a text.

    Args:
        builder: the text.
        type_place: the place of the type in a bracket, whose parts are separated by ``-``, counted
            from 0; None if nothing says it, then the type is what follows an id such as ``e12``.
    """

    def __init__(self, builder: AnnotationBuilder, type_place: int | None) -> None:
        self._builder = builder
        self._type_place = type_place
        self._open: list[_Opening] = []
        self._pieces: dict[str, list[tuple[int, int]]] = {}
        self._untyped: list[str] = []

    def add_all(self, tokens: Iterable[TaggedToken]) -> None:
        """Add all mentions; the tag of a token is the brackets at it."""
        position = 0
        for token in tokens:
            position = self._builder.text.index(token.text, position)
            end = position + len(token.text)
            for single, opening, closing in _BRACKET.findall(token.tags[0]):
                if single:
                    self._add(_Opening(single, position, token.where), end)
                elif opening:
                    self._open.append(_Opening(opening, position, token.where))
                elif closing != OUTSIDE:
                    self._close(closing, end, token.where)
            position = end
        for name, _, where in self._open:
            self._builder.report("malformed", f"the bracket of {name} is never closed", where)
        if self._untyped:
            message = f"{len(self._untyped):,} mentions without a type"
            self._builder.report("unsupported", message, self._untyped[0])

    def _close(self, name: str, end: int, where: str) -> None:
        """Close the innermost bracket of this name, of which it may be only the first part."""
        for number in range(len(self._open) - 1, -1, -1):
            opened = self._open[number].name
            if opened == name or opened.split("-")[0] == name:
                self._add(self._open.pop(number), end)
                return
        self._builder.report("malformed", f"the bracket of {name} was never opened", where)

    def _add(self, opening: _Opening, end: int) -> None:
        name, start, where = opening
        label = self._label(name)
        piece = _PIECE.fullmatch(name.split("-")[0])
        if piece:  # one of several pieces of a mention
            pieces = self._pieces.setdefault(piece[1], [])
            pieces.append((start, end))
            if len(pieces) < int(piece[3]):
                return
            del self._pieces[piece[1]]
        if not label:
            self._untyped.append(where)
        elif piece:
            surface = " … ".join(self._builder.text[a:b] for a, b in pieces)
            self._builder.add_pieces(pieces, label, surface, where)
        else:
            self._builder.add_span(start, end, label, where=where)

    def _label(self, name: str) -> str:
        """The type in a bracket, empty if it has none."""
        parts = name.split("-")
        if self._type_place is not None:
            return parts[self._type_place] if self._type_place < len(parts) else ""
        has_id = len(parts) > 1 and re.fullmatch(r"e?\d+(\[\d+/\d+\])?", parts[0])
        return parts[1] if has_id else parts[0]
