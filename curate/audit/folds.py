"""Folds of the cross-validation: what a model judges together without having seen any of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from curate.audit.documents import TokenisedDocument
from curate.audit.tokens import TokenisedText
from curate.util import digests

FOLDS = 5
_LONG = 1000  # after this many tokens a text is cut at the next line break or end of a sentence
_STOPS = frozenset(".!?")


def is_trainable(corpus: Sequence[TokenisedDocument]) -> bool:
    """Whether a model can be trained on a part of the corpus to judge the rest."""
    return len(cut_pieces(corpus)) > 1 and any(document.gold for document in corpus)


def cut_pieces(corpus: Sequence[TokenisedDocument]) -> list[tuple[range, str]]:
    """The pieces of a corpus as ranges of tokens, numbered across all texts, and their groups.

    A piece is a text, or about 1,000 tokens of a longer one. A group, which is never split, is a
    text or a cluster of near-duplicates. If there are too few groups for the folds (such as a
    corpus in one text), each piece is a group.
    """
    pieces: list[tuple[range, str]] = []
    offset = 0
    for document in corpus:
        group = document.audited.group or document.audited.document.id
        for first, last in _cut_text(document.text):
            pieces.append((range(offset + first, offset + last), group))
        offset += len(document.text.words)
    if len({group for _, group in pieces}) < 2 * FOLDS:
        return [(piece, str(number)) for number, (piece, _) in enumerate(pieces)]
    return pieces


def draw_folds(pieces: Sequence[tuple[range, str]], seed: int) -> list[int]:
    """The fold of each piece: groups in random order, each added to the smallest fold."""
    sizes: dict[str, int] = defaultdict(int)
    for piece, group in pieces:
        sizes[group] += len(piece)
    count = min(FOLDS, len(sizes))
    tokens = [0] * count
    fold_of: dict[str, int] = {}
    for group in sorted(sizes, key=lambda name: digests.draw(seed, name)):
        fold = min(range(count), key=lambda number: (tokens[number], number))
        fold_of[group] = fold
        tokens[fold] += sizes[group]
    return [fold_of[group] for _, group in pieces]


def _cut_text(text: TokenisedText) -> Iterator[tuple[int, int]]:
    size, first = len(text.words), 0
    for token in range(1, size):
        # A text without line breaks and sentences is cut after twice as many tokens.
        boundary = text.gaps[token] == "n" or text.words[token - 1] in _STOPS
        if token - first >= _LONG and (boundary or token - first >= 2 * _LONG):
            yield first, token
            first = token
    if size:
        yield first, size
