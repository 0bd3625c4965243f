"""Tokens, and the value that each annotator gives each token, for the token-level measures.

The tokens of a document are those of its file, where the file has tokens. Elsewhere a token is a
run of word characters (letters, digits and the underscore: what Python's ``\\w`` matches) or one
other character that is not blank, each with the combining marks and format characters that follow
it: ``l'Iran`` is three tokens, ``हिन्दी!`` two. This needs no model, and all annotators
have the same tokens.

A span covers every token with which it shares a code point. The value of a token is the set of the
labels of the spans that cover it; the empty set, "not marked", is a value like any other. Where a
span begins is part of the value only if that is asked for: then a label is ``B-`` on the first
token of its span and ``I-`` on the others (IOB2; Tjong Kim Sang and Veenstra 1999, "Representing
Text Chunks"), as where agreement was computed on the tags of a file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from curate.agreement.spans import Counts
from curate.model import Annotation, Document, Span

Ints = NDArray[np.int64]
Ranges = Sequence[tuple[int, int]]

MISSING = -1
UNMARKED = 0
_ATTACHED = ("Mn", "Mc", "Me", "Cf")  # categories of characters that belong to the one before


def tokenize(text: str) -> list[tuple[int, int]]:
    """Start and end of every token, in code points."""
    unusual = set(text) if not text.isascii() else set()
    attached = "".join(sorted(c for c in unusual if unicodedata.category(c) in _ATTACHED))
    return [match.span() for match in _pattern(attached).finditer(text)]


@lru_cache
def _pattern(attached: str) -> re.Pattern[str]:
    if not attached:
        return re.compile(r"\w+|[^\w\s]")
    marks = re.escape(attached)
    return re.compile(rf"\w[\w{marks}]*|[^\w\s][{marks}]*")


class Ratings:
    """The values that annotators give to the tokens of documents.

    Attributes:
        annotators: the names, one row each.
        codes: annotators by tokens: the number of the value, ``MISSING`` where the annotator did
            not annotate the document.
        document: index of the document of each token.
        values: the sets of labels by their number; the first is empty.
        documents: number of documents.

    Args:
        documents: the documents.
        by_annotator: annotations by annotator, then by document.
        tokens: start and end of the tokens of documents, by id; others are cut by ``tokenize``.
        bio: whether the first token of a span has another value than the others.
        labels: labels whose values count among ``values`` even if nobody uses them.
    """

    def __init__(
        self,
        documents: Sequence[Document],
        by_annotator: Mapping[str, Mapping[str, Annotation]],
        tokens: Mapping[str, Ranges] | None = None,
        *,
        bio: bool = False,
        labels: Sequence[str] = (),
    ) -> None:
        self._bio = bio
        self.annotators = tuple(by_annotator)
        self.documents = len(documents)
        self.values: list[frozenset[str]] = [frozenset()]
        self._numbers: dict[frozenset[str], int] = {frozenset(): UNMARKED}
        for label in labels:
            for name in (f"B-{label}", f"I-{label}") if bio else (label,):
                self._number(frozenset({name}))
        blocks: list[Ints] = []
        for document in documents:
            ranges = (tokens or {}).get(document.id) or tokenize(document.text)
            starts, ends = np.array(ranges, dtype=np.int64).reshape(-1, 2).T
            block = np.full((len(by_annotator), len(starts)), MISSING, dtype=np.int64)
            for row, own in enumerate(by_annotator.values()):
                annotation = own.get(document.id)
                if annotation is not None:
                    block[row] = self._codes(annotation.spans, starts, ends)
            blocks.append(block)
        nothing = np.empty((len(by_annotator), 0), int)
        self.codes = np.concatenate(blocks, axis=1) if blocks else nothing
        sizes = [block.shape[1] for block in blocks]
        self.document = np.repeat(np.arange(len(documents)), sizes)

    def _codes(self, spans: Sequence[Span], starts: Ints, ends: Ints) -> Ints:
        codes = np.zeros(len(starts), dtype=np.int64)
        first = np.searchsorted(ends, [span.start for span in spans], "right").tolist()
        last = np.searchsorted(starts, [span.end for span in spans], "left").tolist()
        for span, begin, end in zip(spans, first, last, strict=True):
            if self._bio:
                self._add(codes[begin : begin + 1], f"B-{span.label}")
                self._add(codes[begin + 1 : end], f"I-{span.label}")
            else:
                self._add(codes[begin:end], span.label)
        return codes

    def _add(self, covered: Ints, label: str) -> None:
        """Add a label to tokens; their codes are a view, so that changing it changes them."""
        for old in set(covered.tolist()):
            covered[covered == old] = self._number(self.values[old] | {label})

    def _number(self, value: frozenset[str]) -> int:
        if value not in self._numbers:
            self._numbers[value] = len(self.values)
            self.values.append(value)
        return self._numbers[value]

    @property
    def marked(self) -> NDArray[np.bool_]:
        """Which tokens at least one annotator marked."""
        return marked(self.codes)


def token_counts(ratings: Ratings, first: str, second: str) -> dict[int, Counts]:
    """How many tokens have each label for both of two annotators, for the first, for the second.

    A token with several labels counts once for each.

    Returns:
        The counts of each document that both annotated, by its index.
    """
    one, two = (ratings.codes[ratings.annotators.index(name)] for name in (first, second))
    both = (one >= 0) & (two >= 0)
    where = ratings.document[both]
    counts: dict[int, Counts] = {int(document): {} for document in np.unique(where)}
    for label in sorted({label for value in ratings.values for label in value}):
        has = np.array([label in value for value in ratings.values])
        mine, theirs = has[one[both]], has[two[both]]
        columns = [
            np.bincount(where[chosen], minlength=ratings.documents).tolist()
            for chosen in (mine & theirs, mine, theirs)
        ]
        for document, own in counts.items():
            matched, in_first, in_second = (column[document] for column in columns)
            if in_first or in_second:
                own[label] = (matched, in_first, in_second)
    return counts


def marked(codes: Ints) -> NDArray[np.bool_]:
    """Which units at least one of these raters marked."""
    return np.asarray((codes > UNMARKED).any(axis=0), dtype=bool)
