"""Tokens, and what each annotator says of each: the ground that token-level measures stand on.

A token is a run of word characters (Unicode letters, digits, marks that Python's ``\\w`` knows, and
the underscore) or one other character that is not blank: ``l'Iran`` is three tokens. No model is
needed, and two annotators can't get different tokens. A span holds every token that it shares a
code point with. The value of a token is the set of the labels of the spans that hold it; the empty
set, "not marked", is a value like any other. Where a span begins is not part of the value (IO and
not IOB).
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
    found = [match.span() for match in TOKEN.finditer(text)]
    starts, ends = np.array(found, dtype=np.int64).reshape(-1, 2).T
    return starts, ends


class Ratings:
    """What annotators say of the tokens of documents.

    Attributes:
        annotators: the names; one row each.
        codes: annotators by tokens; the number of a value, ``MISSING`` where the annotator did not
            annotate the document.
        document: number of the document of each token.
        values: the label sets by their number; the first is the empty one.
        documents: number of documents.
    """

    def __init__(
        self,
        documents: Sequence[Document],
        versions: Mapping[str, Mapping[str, Annotation]],
    ) -> None:
        self.annotators = tuple(versions)
        self.documents = len(documents)
        self.values: list[frozenset[str]] = [frozenset()]
        self._numbers: dict[frozenset[str], int] = {frozenset(): UNMARKED}
        blocks: list[Ints] = []
        for document in documents:
            starts, ends = tokenize(document.text)
            block = np.full((len(versions), len(starts)), MISSING, dtype=np.int64)
            for row, name in enumerate(versions):
                annotation = versions[name].get(document.id)
                if annotation is not None:
                    block[row] = self._codes(annotation.spans, starts, ends)
            blocks.append(block)
        self.codes = np.concatenate(blocks, axis=1) if blocks else np.empty((len(versions), 0), int)
        sizes = [block.shape[1] for block in blocks]
        self.document = np.repeat(np.arange(len(documents)), sizes)

    def _codes(self, spans: Sequence[Span], starts: Ints, ends: Ints) -> Ints:
        codes = np.zeros(len(starts), dtype=np.int64)
        first = np.searchsorted(ends, [span.start for span in spans], "right").tolist()
        last = np.searchsorted(starts, [span.end for span in spans], "left").tolist()
        for span, begin, end in zip(spans, first, last, strict=True):
            held = codes[begin:end]
            for old in set(held.tolist()):
                held[held == old] = self._number(self.values[old] | {span.label})
        return codes

    def _number(self, value: frozenset[str]) -> int:
        if value not in self._numbers:
            self._numbers[value] = len(self.values)
            self.values.append(value)
        return self._numbers[value]

    @property
    def marked(self) -> NDArray[np.bool_]:
        """The tokens that at least one annotator marked."""
        return marked(self.codes)


def marked(codes: Ints) -> NDArray[np.bool_]:
    """The units that at least one of these rows marks."""
    return np.asarray((codes > UNMARKED).any(axis=0), dtype=bool)
