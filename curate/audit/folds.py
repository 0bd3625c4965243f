"""Which parts of a corpus are judged together, by a model that has seen none of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from curate.audit.tokens import Text
from curate.audit.values import Read
from curate.util import digests

FOLDS = 5
_LONG = 1000  # tokens after which a text is cut at the next line break, or at the next full stop
_STOPS = frozenset(".!?")


def pieces(corpus: Sequence[Read]) -> list[tuple[range, str]]:
    """The corpus in pieces, and the group of each.

    A piece is a text, or some 1,000 tokens of a longer one. Tokens are numbered through all texts.
    A group is never parted: texts that are alike, or one text. Where there are too few groups for
    the folds (a corpus in a single file), each piece is a group of its own.
    """
    found: list[tuple[range, str]] = []
    offset = 0
    for one in corpus:
        group = one.item.group or one.item.document.id
        for first, last in _cuts(one.text):
            found.append((range(offset + first, offset + last), group))
        offset += len(one.text.words)
    if len({group for _, group in found}) < 2 * FOLDS:
        return [(piece, str(number)) for number, (piece, _) in enumerate(found)]
    return found


def folds(parts: Sequence[tuple[range, str]], seed: int) -> list[int]:
    """The fold of each piece: groups in an order the seed draws, each into the smallest fold."""
    sizes: dict[str, int] = defaultdict(int)
    for piece, group in parts:
        sizes[group] += len(piece)
    many = min(FOLDS, len(sizes))
    load = [0] * many
    place: dict[str, int] = {}
    for group in sorted(sizes, key=lambda name: digests.draw(seed, name)):
        fold = min(range(many), key=lambda number: (load[number], number))
        place[group] = fold
        load[fold] += sizes[group]
    return [place[group] for _, group in parts]


def _cuts(text: Text) -> Iterator[tuple[int, int]]:
    size, first = len(text.words), 0
    for at in range(1, size):
        broken = text.gaps[at] == "n" or text.words[at - 1] in _STOPS
        if at - first >= _LONG and (broken or at - first >= 2 * _LONG):
            yield first, at
            first = at
    if size:
        yield first, size
