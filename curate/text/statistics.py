"""What a text is like in numbers, and which lines of it stand in other texts too. Pure."""

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

# The end of a sentence: its mark, what closes after it, and a blank or the end of the line; or the
# end of a line that has a letter or digit. Abbreviations count as ends, so this is an estimate.
_SENTENCE = re.compile(r"[.!?…]+[\s\u00a0]*[»”’\"')\]]*(?=\s|$)|(?<=\w)[»”’\"')\]:;,]*$", re.M)
_WORD = re.compile(r"\w+")

LEAST_LINE = 15
LEAST_TEXTS = 3


class TextStatistics(Record, frozen=True, kw_only=True):
    """A text in numbers.

    Args:
        characters: code points.
        words: runs of letters, digits and underscores.
        distinct: different words, in lower case.
        sentences: estimated from punctuation and line ends.
        lines: lines that are not blank.
        letters: share of the characters that are not blank, 0 to 1; as are the next two.
        digits: the same.
        capitals: the same.
        boilerplate: share of the characters in lines that stand in several texts; 0 if nobody
            counted lines.
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
    """A text in numbers.

    Args:
        text: a normalised text.
        repeated: lines that stand in several texts.
    """
    words = _WORD.findall(text)
    drawn = max(1, sum(not char.isspace() for char in text))
    return TextStatistics(
        characters=len(text),
        words=len(words),
        distinct=len({word.lower() for word in words}),
        sentences=sum(1 for _ in _SENTENCE.finditer(text)),
        lines=sum(bool(line.strip()) for line in text.split("\n")),
        letters=round(sum(map(str.isalpha, text)) / drawn, 4),
        digits=round(sum(map(str.isdigit, text)) / drawn, 4),
        capitals=round(sum(map(str.isupper, text)) / drawn, 4),
        boilerplate=round(repeated.share(text), 4) if repeated else 0.0,
    )


class RepeatedLines:
    """Lines that stand in several texts: menus, signatures, calls to subscribe.

    Lines are compared without blanks at their ends. Memory is 8 bytes a line while they are
    counted, and 8 bytes a repeated line after.

    Args:
        texts: all texts, read once.
        least: in how many texts a line has to stand.
        length: code points of the shortest line that counts; headings and names repeat by right.
    """

    def __init__(
        self, texts: Iterable[str], least: int = LEAST_TEXTS, length: int = LEAST_LINE
    ) -> None:
        import numpy as np

        self._length = length
        digests = array("Q")
        for text in texts:
            digests.extend({digest for _, _, digest in self._lines(text)})
        found, counts = np.unique(np.frombuffer(digests, dtype=np.uint64), return_counts=True)
        self._digests: NDArray[np.uint64] = found[counts >= least]

    def __len__(self) -> int:
        return len(self._digests)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the repeated lines of a text are, without blanks at their ends."""
        return [(start, end) for start, end, digest in self._lines(text) if self._has(digest)]

    def share(self, text: str) -> float:
        """Share of the characters of a text that stand in repeated lines."""
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
