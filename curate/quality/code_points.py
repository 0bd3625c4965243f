"""Code points as numbers, so that a question is asked of a million of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from curate.text.offsets import is_blank

if TYPE_CHECKING:
    from numpy.typing import NDArray

NONE = 0x110000
"""Stands for no code point: what lies before or behind a text."""
SEPARATOR = "\n"
_PLANE = 0x10000
# Invisible, and yet inside a word: the soft hyphen, the joiners.
_JOINERS = frozenset("\u00ad\u200d\u200c")


def points(texts: Iterable[str]) -> NDArray[Any]:
    """The code points of texts, one behind the other with a line feed between them."""
    import numpy as np

    joined = SEPARATOR.join(texts)
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def is_word(char: str) -> bool:
    """Whether a code point can stand inside a word: letters, digits, marks, invisible joiners."""
    return char.isalnum() or char in _JOINERS or _is_mark(char)


def blank(codes: NDArray[Any]) -> NDArray[Any]:
    """For each code point, whether it is white space or invisible (``offsets.is_blank``)."""
    return _asked(codes, is_blank)


def word(codes: NDArray[Any]) -> NDArray[Any]:
    """For each code point, whether it can stand inside a word (``is_word``)."""
    return _asked(codes, is_word)


def spaceless(codes: NDArray[Any]) -> NDArray[Any]:
    """For each code point, whether it belongs to a script that writes no blanks between words."""
    import numpy as np

    found = np.zeros(len(codes), dtype=bool)
    for first, last in _SPACELESS:
        found |= (codes >= first) & (codes <= last)
    return found


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


def _asked(codes: NDArray[Any], question: Callable[[str], bool]) -> NDArray[Any]:
    import numpy as np

    found: NDArray[Any] = _plane(question)[np.minimum(codes, _PLANE - 1)]
    (wide,) = np.nonzero((codes >= _PLANE) & (codes < NONE))
    if len(wide):
        several, which = np.unique(codes[wide], return_inverse=True)
        found[wide] = np.array([question(chr(code)) for code in several], dtype=bool)[which]
    return found


@lru_cache(maxsize=4)
def _plane(question: Callable[[str], bool]) -> NDArray[Any]:
    """The answers for the basic plane; its last code point is none, so NONE may stand there."""
    import numpy as np

    answers: NDArray[Any] = np.array([question(chr(code)) for code in range(_PLANE)], dtype=bool)
    answers[_PLANE - 1] = False
    return answers
