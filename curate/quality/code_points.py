"""Properties of code points, for a million of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from curate.text.offsets import is_blank

if TYPE_CHECKING:
    from numpy.typing import NDArray

NONE = 0x110000
"""No code point: before the beginning of a text, and after its end."""
SEPARATOR = "\n"
_PLANE = 0x10000
# Invisible, and yet inside a word: the soft hyphen, the joiners.
_JOINERS = frozenset("\u00ad\u200d\u200c")


def points(texts: Iterable[str]) -> NDArray[Any]:
    """The code points of texts, concatenated with a line feed between them."""
    import numpy as np

    joined = SEPARATOR.join(texts)
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def is_word(char: str) -> bool:
    """Whether a code point can stand inside a word: letters, digits, marks, invisible joiners."""
    return char.isalnum() or char in _JOINERS or _is_mark(char)


def blank(codes: NDArray[Any]) -> NDArray[Any]:
    """For each code point, whether it is white space or invisible (``offsets.is_blank``)."""
    return _test(codes, is_blank)


def word(codes: NDArray[Any]) -> NDArray[Any]:
    """For each code point, whether it can stand inside a word (``is_word``)."""
    return _test(codes, is_word)


def spaceless(codes: NDArray[Any]) -> NDArray[Any]:
    """For each code point, whether its script writes no blanks between words."""
    import numpy as np

    within = np.zeros(len(codes), dtype=bool)
    for first, last in _SPACELESS:
        within |= (codes >= first) & (codes <= last)
    return within


# Thai, Lao, Myanmar, Khmer; kana and Han with their extensions; the Han planes.
_SPACELESS = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)


def _is_mark(char: str) -> bool:
    import unicodedata

    return unicodedata.category(char).startswith("M")


def _test(codes: NDArray[Any], predicate: Callable[[str], bool]) -> NDArray[Any]:
    import numpy as np

    holds: NDArray[Any] = _basic_plane(predicate)[np.minimum(codes, _PLANE - 1)]
    (wide,) = np.nonzero((codes >= _PLANE) & (codes < NONE))
    if len(wide):
        distinct, inverse = np.unique(codes[wide], return_inverse=True)
        holds[wide] = np.array([predicate(chr(code)) for code in distinct], dtype=bool)[inverse]
    return holds


@lru_cache(maxsize=4)
def _basic_plane(predicate: Callable[[str], bool]) -> NDArray[Any]:
    """The results for the basic plane; its last code point is unassigned and stands for NONE."""
    import numpy as np

    holds: NDArray[Any] = np.array([predicate(chr(code)) for code in range(_PLANE)], dtype=bool)
    holds[_PLANE - 1] = False
    return holds
