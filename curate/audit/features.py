"""Features of a token for a linear model: the word, its shape, affixes, neighbours, line, document.

Words and their neighbours are the usual features of linear taggers for names (Ratinov and Roth
2009, "Design Challenges and Misconceptions in Named Entity Recognition", section 3). Those of the
line tell headlines, tables and lists from prose; those of the document are what surrounds its other
mentions of a word (Chieu and Ng 2003, "Named Entity Recognition with a Maximum Entropy Approach").
A feature of several values is their hash, of 64 bits (Weinberger et al. 2009, "Feature Hashing for
Large Scale Multitask Learning"). Only features that at least two pieces of the corpus have are
kept: others are useless across folds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.audit.tokens import TokenisedText

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"(.)\1{2,}")
_JOINS = frozenset("-'’&.")
_PAD = 3  # tokens on each side that features look at
_GAPS = "nst"
_NUMBER, _CAPITAL, _SMALL = "9", "X", "x"


@lru_cache(maxsize=1 << 16)
def word_shape(word: str) -> str:
    """``Xxx`` for ``Paris``, ``99`` for ``2016``: letters by case, digits, runs cut to two."""
    letters = _LETTER.sub(lambda match: "X" if match[0].isupper() else "x", word)
    return _RUN.sub(r"\1\1", _DIGIT.sub("9", letters))


def feature_columns(texts: Sequence[TokenisedText], pieces: Sequence[range]) -> NDArray[Any]:
    """The features of each token.

    Args:
        texts: the texts, whose tokens are numbered across all texts; one of them has tokens.
        pieces: the range of tokens of each piece, in order, without gaps.

    Returns:
        Numbers of features, tokens by kinds of features; -1 where a token has none of a kind, or
        one that no other piece has.
    """
    piece_of = np.repeat(np.arange(len(pieces)), [len(piece) for piece in pieces])
    columns = []
    total = 0
    for codes in _features(_TokenArrays([text for text in texts if text.words])):
        values, numbers = np.unique(codes, return_inverse=True)
        # Tokens are in the order of the pieces, and the last assignment to a place counts.
        first, last = np.zeros((2, len(values)), dtype=np.int64)
        first[numbers[::-1]] = piece_of[::-1]
        last[numbers] = piece_of
        kept = (first < last) & (values != 0)
        renumbered = np.where(kept, total + np.cumsum(kept) - 1, -1)
        columns.append(renumbered[numbers].astype(np.int32))
        total += int(kept.sum())
    return np.stack(columns, axis=1)


def _features(tokens: _TokenArrays) -> Iterator[NDArray[Any]]:
    """Each kind of feature, of all tokens; 0 where a token has none."""
    yield np.ones(tokens.size, dtype=np.int64)
    low, shape = tokens.number_words(str.lower), tokens.number_words(word_shape)
    yield from _word_features(tokens, low, shape)
    yield tokens.gaps
    yield from _run_features(tokens, low)
    yield from _line_features(tokens, low)
    yield from _mention_features(tokens, low)
    topic = tokens.beside(low)[tokens.starts[tokens.document]]
    yield topic
    yield _hash(topic, tokens.beside(shape))
    yield _hash(topic, tokens.beside(low))


class _TokenArrays:
    """The tokens of all texts as arrays, with padding between the texts.

    Args:
        texts: the texts; none of them is empty.

    Attributes:
        size: number of tokens.
        document: number of the text of each token.
        starts: the first token of each text.
        gaps: what precedes and follows each token, as a number from 1.
        begins_line: whether each token is the first of a line.
        runs: the runs of capitalised words, as first token and one past the last.
    """

    def __init__(self, texts: Sequence[TokenisedText]) -> None:
        self._numbers: dict[str, int] = {"": 0}
        padded = [0] * _PAD
        for text in texts:
            padded += [self._numbers.setdefault(word, len(self._numbers)) for word in text.words]
            padded += [0] * _PAD
        sizes = [len(text.words) for text in texts]
        self._words = np.array(padded)
        self.document = np.repeat(np.arange(len(texts)), sizes)
        self.size = len(self.document)
        self.starts = np.cumsum(sizes) - sizes
        self._at = np.arange(self.size) + _PAD * (1 + self.document)
        before = np.array([_GAPS.index(gap) for text in texts for gap in text.gaps])
        after = np.append(before[1:], 0)
        after[self.starts[1:] - 1] = 0
        self.gaps = 1 + before * len(_GAPS) + after
        self.begins_line = before == 0
        self.runs = np.array(
            [
                (offset + first, offset + last)
                for text, offset in zip(texts, self.starts.tolist(), strict=True)
                for first, last in _runs(text)
            ],
            dtype=int,
        ).reshape(-1, 2)

    def number_words(self, function: Callable[[str], Hashable]) -> NDArray[Any]:
        """The values of a function as numbers from 1, one for each different word."""
        return _number(function(word) for word in self._numbers)

    def beside(self, numbers: NDArray[Any], distance: int = 0, at: Any = slice(None)) -> Any:
        """The numbers of the words at a distance from each token, or from those at ``at``."""
        return numbers[self._words[self._at[at] + distance]]

    @cached_property
    def run_of(self) -> NDArray[Any]:
        """The number of the run of each token; -1 for none."""
        run_of = np.full(self.size, -1)
        for number, (first, last) in enumerate(self.runs.tolist()):
            run_of[first:last] = number
        return run_of

    def run_names(self, low: NDArray[Any]) -> NDArray[Any]:
        """The words of each run as a number from 1."""
        words = self.beside(low).tolist()
        return _number(tuple(words[first:last]) for first, last in self.runs.tolist())


def _word_features(
    tokens: _TokenArrays, low: NDArray[Any], shape: NDArray[Any]
) -> Iterator[NDArray[Any]]:
    """The word, its shape and affixes, and those of its neighbours."""
    word = {distance: tokens.beside(low, distance) for distance in range(-_PAD, _PAD + 1)}
    form = {distance: tokens.beside(shape, distance) for distance in (-2, -1, 0, 1, 2)}
    yield from word.values()
    yield from form.values()
    for size in (3, 4):
        starts = tokens.number_words(lambda text, size=size: text.lower()[:size])  # type: ignore[misc]
        yield tokens.beside(starts)
        if size == 3:
            yield tokens.beside(starts, 1)
    for size in (2, 3, 4):
        ends = tokens.number_words(lambda text, size=size: text.lower()[-size:])  # type: ignore[misc]
        yield tokens.beside(ends)
        if size == 3:
            yield tokens.beside(ends, -1)
            yield tokens.beside(ends, 1)
    for first, second in ((-1, 0), (0, 1), (-2, -1), (1, 2)):
        yield _hash(word[first], word[second])
    yield _hash(form[-1], form[0], form[1])


def _run_features(tokens: _TokenArrays, low: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The run of capitalised words around a token, its place in it, and the words beside it."""
    inside = np.flatnonzero(tokens.run_of >= 0)
    run = tokens.run_of[inside]
    first, last = tokens.runs[run].T
    values = (
        tokens.run_names(low)[run],
        1 + np.minimum(inside - first, 3) * 8 + np.minimum(last - inside, 4),
        tokens.beside(low, -1, first),
        tokens.beside(low, 1, last - 1),
    )
    yield from (_scatter(tokens.size, inside, value) for value in values)


def _line_features(tokens: _TokenArrays, low: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """What kinds of words the line of a token has, and where the token is in it.

    Words of the same kind (capitalised, small, numbers, each punctuation mark) in a row are one
    step; the steps of a line are its pattern, so that the lines of a table have the same one.
    """
    kind = tokens.beside(tokens.number_words(_word_kind))
    starts = np.flatnonzero(tokens.begins_line)
    line = np.cumsum(tokens.begins_line) - 1
    begins_step = tokens.begins_line.copy()
    begins_step[1:] |= kind[1:] != kind[:-1]
    step = np.cumsum(begins_step) - 1
    step_line, step_kind = line[begins_step], kind[begins_step]
    first_steps = step[starts]
    near = [np.clip(step + distance, 0, len(step_kind) - 1) for distance in (-2, -1, 0, 1, 2)]
    yield _hash(*(np.where(step_line[at] == line, step_kind[at], 0) for at in near))
    kinds = step_kind.tolist()
    bounds = [*first_steps.tolist(), len(kinds)]
    pattern = _number(tuple(kinds[a:b]) for a, b in zip(bounds, bounds[1:], strict=False))
    place = step - first_steps[line]
    before, after = np.append(0, pattern[:-1])[line], np.append(pattern[1:], 0)[line]
    yield _hash(pattern[line], place)
    yield _hash(before, pattern[line], place)
    yield _hash(pattern[line], after, place)
    size = np.diff(np.append(starts, tokens.size))[line]
    here = np.arange(tokens.size) - starts[line]
    yield _hash(np.minimum(here, 3), np.minimum(size - here, 4), np.minimum(size, 8))
    has_small = tokens.beside(tokens.number_words(lambda word: word != word.upper())) == 2
    is_capital = ~np.logical_or.reduceat(has_small, starts)[line]
    word = tokens.beside(low)
    head = word[starts][line]
    yield 1 + is_capital
    yield np.where(is_capital, word, 0)
    yield head
    yield _hash(head, word)


def _mention_features(tokens: _TokenArrays, low: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """What is beside the next and the previous mention of a capitalised word in the document.

    The first mention comes after the last one. The longest run of capitalised words with the word
    is another feature: it is often the full name.
    """
    inside = np.flatnonzero(tokens.run_of >= 0)
    word = tokens.document[inside] * (int(low.max(initial=0)) + 1) + tokens.beside(low, 0, inside)
    order = np.argsort(word, kind="stable")
    inside, word = inside[order], word[order]
    starts = np.flatnonzero(np.append(True, word[1:] != word[:-1])[: len(word)])
    counts = np.diff(np.append(starts, len(word)))
    group = np.repeat(np.arange(len(starts)), counts)
    several = counts[group] > 1
    rank = np.arange(len(word)) - starts[group]
    for step in (1, -1):
        other = inside[starts[group] + (rank + step) % counts[group]][several]
        for distance in (-1, 1):
            value = tokens.beside(low, distance, other)
            yield _scatter(tokens.size, inside[several], value)
    length = np.diff(tokens.runs)[:, 0][tokens.run_of[inside]]
    longest = inside.copy()
    by_length = np.lexsort((length, group))
    longest[group[by_length]] = inside[by_length]  # the last assignment to a place counts
    longest = longest[group]
    run = tokens.run_of[longest]
    is_longer = np.diff(tokens.runs)[:, 0][run] > length
    longest, run, here = longest[is_longer], run[is_longer], inside[is_longer]
    yield _scatter(tokens.size, here, tokens.run_names(low)[run])
    first = tokens.runs[run, 0]
    value = _hash(tokens.beside(low, 0, first), np.minimum(longest - first, 3))
    yield _scatter(tokens.size, here, value)


def _word_kind(word: str) -> str:
    if word[:1].isupper():
        return _CAPITAL
    if any(character.isdigit() for character in word):
        return _NUMBER
    return _SMALL if word[:1].isalpha() else word[:1]


def _number(values: Iterable[Hashable]) -> NDArray[Any]:
    """Values as numbers from 1, in the order in which they come first."""
    numbers: dict[Hashable, int] = {}
    return np.array([1 + numbers.setdefault(value, len(numbers)) for value in values], dtype=int)


def _hash(*codes: NDArray[Any]) -> NDArray[Any]:
    """A hash of several numbers, which is not 0 (multiply and xorshift)."""
    total = np.full(len(codes[0]), 0x9E3779B97F4A7C15, dtype=np.uint64)
    for code in codes:
        total = (total ^ code.astype(np.uint64)) * np.uint64(0xBF58476D1CE4E5B9)
        total ^= total >> np.uint64(29)
    return np.maximum(total, np.uint64(1)).view(np.int64)


def _scatter(size: int, at: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    column = np.zeros(size, dtype=np.int64)
    column[at] = values
    return column


def _runs(text: TokenisedText) -> Iterator[tuple[int, int]]:
    """The runs of capitalised words, with joining characters."""
    capital = [word[0].isupper() for word in text.words]
    at, size = 0, len(text.words)
    while at < size:
        first = last = at
        while at < size and (capital[at] or (at > first and text.words[at] in _JOINS)):
            if at > first and text.gaps[at] == "n":
                break
            at += 1
            last = at if capital[at - 1] else last
        if last > first:
            yield first, last
        at = max(last, first + 1)
