"""Statistics of a text, and the lines that it shares with other texts."""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from curate.model import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The end of a sentence: its mark, closing quotes and brackets, and a blank or the end of the line;
# or the end of a line with a letter or digit. Abbreviations count as ends, so this is an estimate.
_SENTENCE = re.compile(r"[.!?…]+[\s\u00a0]*[»”’\"')\]]*(?=\s|$)|(?<=\w)[»”’\"')\]:;,]*$", re.M)
_WORD = re.compile(r"\w+")

LEAST_LINE = 15
LEAST_TEXTS = 3


class TextStatistics(Record, frozen=True, kw_only=True):
    """Statistics of a text.

    Args:
        characters: code points.
        words: runs of letters, digits and underscores.
        distinct: distinct words, ignoring case.
        sentences: estimated from punctuation and line ends.
        lines: lines that are not blank.
        letters: share of letters among the characters that are not blank, 0 to 1.
        digits: share of digits, likewise.
        capitals: share of capital letters, likewise.
        boilerplate: share of the characters in lines that occur in several texts; 0 if these lines
            are not given.
    """

    characters: int
    words: int
    distinct: int
    sentences: int
    lines: int
    letters: float
    digits: float
    capitals: float
    boilerplate: float = 0.0


def measure(text: str, repeated: RepeatedLines | None = None) -> TextStatistics:
    """Statistics of a text.

    Args:
        text: a normalised text.
        repeated: lines that occur in several texts.
    """
    words = _WORD.findall(text)
    visible = max(1, sum(not char.isspace() for char in text))
    return TextStatistics(
        characters=len(text),
        words=len(words),
        distinct=len({word.lower() for word in words}),
        sentences=sum(1 for _ in _SENTENCE.finditer(text)),
        lines=sum(bool(line.strip()) for line in text.split("\n")),
        letters=round(sum(map(str.isalpha, text)) / visible, 4),
        digits=round(sum(map(str.isdigit, text)) / visible, 4),
        capitals=round(sum(map(str.isupper, text)) / visible, 4),
        boilerplate=round(repeated.share(text), 4) if repeated else 0.0,
    )


class RepeatedLines:
    """Lines that occur in several texts: menus, signatures, calls to subscribe.

    Lines are compared without blanks at their ends. Memory is 8 bytes per line while they are
    counted, and 8 bytes per repeated line afterwards.

    Args:
        texts: all texts, read once.
        least: in how many texts a line must occur.
        length: code points of the shortest line that counts; headings and names repeat anyway.
    """

    def __init__(
        self, texts: Iterable[str], least: int = LEAST_TEXTS, length: int = LEAST_LINE
    ) -> None:
        import numpy as np

        self._length = length
        digests = array("Q")
        for text in texts:
            digests.extend({digest for _, _, digest in self._lines(text)})
        lines, counts = np.unique(np.frombuffer(digests, dtype=np.uint64), return_counts=True)
        self._digests: NDArray[np.uint64] = lines[counts >= least]

    def __len__(self) -> int:
        return len(self._digests)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """The ranges of the repeated lines of a text, without blanks at their ends."""
        return [(start, end) for start, end, digest in self._lines(text) if self._has(digest)]

    def share(self, text: str) -> float:
        """Share of the characters of a text that are in repeated lines."""
        return sum(end - start for start, end in self.spans(text)) / len(text) if text else 0.0

    def _has(self, digest: int) -> bool:
        import numpy as np

        place = int(np.searchsorted(self._digests, np.uint64(digest)))
        return place < len(self._digests) and int(self._digests[place]) == digest

    def _lines(self, text: str) -> Iterator[tuple[int, int, int]]:
        at = 0
        for line in text.split("\n"):
            bare = line.strip()
            if len(bare) >= self._length:
                start = at + line.index(bare)
                digest = hashlib.blake2b(bare.encode("utf-8"), digest_size=8).digest()
                yield start, start + len(bare), int.from_bytes(digest, "little")
            at += len(line) + 1
