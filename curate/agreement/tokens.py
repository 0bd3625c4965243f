"""Tokens, and the value that each annotator gives each token, for the token-level measures.

A token is a run of word characters (letters, digits and marks that Python's ``\\w`` matches, and
the underscore) or one other character that is not blank: ``l'Iran`` is three tokens. This needs no
model, and all annotators have the same tokens. A span covers every token with which it shares a
code point. The value of a token is the set of the labels of the spans that cover it; the empty set,
"not marked", is a value like any other. Where a span begins is not part of the value (IO, not IOB).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from curate.model import Annotation, Document, Span

Ints = NDArray[np.int64]

TOKEN = re.compile(r"\w+|[^\w\s]")
MISSING = -1
UNMARKED = 0


def tokenize(text: str) -> tuple[Ints, Ints]:
    """Start and end of every token, in code points."""
    bounds = [match.span() for match in TOKEN.finditer(text)]
    starts, ends = np.array(bounds, dtype=np.int64).reshape(-1, 2).T
    return starts, ends


class Ratings:
    """The values that annotators give to the tokens of documents.

    Attributes:
        annotators: the names, one row each.
        codes: annotators by tokens: the number of the value, ``MISSING`` where the annotator did
            not annotate the document.
        document: index of the document of each token.
        values: the sets of labels by their number; the first is empty.
        documents: number of documents.
    """

    def __init__(
        self,
        documents: Sequence[Document],
        by_annotator: Mapping[str, Mapping[str, Annotation]],
    ) -> None:
        self.annotators = tuple(by_annotator)
        self.documents = len(documents)
        self.values: list[frozenset[str]] = [frozenset()]
        self._numbers: dict[frozenset[str], int] = {frozenset(): UNMARKED}
        blocks: list[Ints] = []
        for document in documents:
            starts, ends = tokenize(document.text)
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
            covered = codes[begin:end]  # a view: changing it changes the codes
            for old in set(covered.tolist()):
                covered[covered == old] = self._number(self.values[old] | {span.label})
        return codes

    def _number(self, value: frozenset[str]) -> int:
        if value not in self._numbers:
            self._numbers[value] = len(self.values)
            self.values.append(value)
        return self._numbers[value]

    @property
    def marked(self) -> NDArray[np.bool_]:
        """Which tokens at least one annotator marked."""
        return marked(self.codes)


def marked(codes: Ints) -> NDArray[np.bool_]:
    """Which units at least one of these raters marked."""
    return np.asarray((codes > UNMARKED).any(axis=0), dtype=bool)
