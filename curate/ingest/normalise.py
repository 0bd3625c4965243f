"""The normalisation contract, version 1. It changes only what nobody can see, and says what it did.

1. A byte order mark at the beginning goes (``bom``).
2. CRLF and CR become LF (``newlines``).
3. Control characters other than LF and TAB go (``controls``): Unicode category Cc, which
   PostgreSQL and XML refuse or browsers do not draw.
4. The text is put into NFC (``nfc``; Unicode Standard Annex 15).
5. Blanks at the end of a line go (``line-ends``), as does blank space at both ends of the text,
   byte order marks in it included (``ends``).

Everything else stays: typographic apostrophes and quotes, no-break spaces, soft hyphens, joiners
inside emoji. The steps that changed something are listed in the document's ``meta["normalised"]``.
The function is idempotent: a normalised text comes out as it went in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

VERSION = 1

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ENDS = re.compile(r"\A[\s\ufeff]+|[\s\ufeff]+\Z")
_LINE_ENDS = re.compile(r"[ \t\u00a0\u202f]+(?=\n)")

STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("bom", lambda text: text.removeprefix("\ufeff")),
    ("newlines", lambda text: text.replace("\r\n", "\n").replace("\r", "\n")),
    ("controls", lambda text: _CONTROLS.sub("", text)),
    ("nfc", lambda text: unicodedata.normalize("NFC", text)),
    ("line-ends", lambda text: _LINE_ENDS.sub("", text)),
    ("ends", lambda text: _ENDS.sub("", text)),
)


def normalise(text: str) -> tuple[str, tuple[str, ...]]:
    """Normalise a text.

    Returns:
        The text, and the names of the steps that changed something, in order.
    """
    changed: list[str] = []
    for name, step in STEPS:
        before, text = text, step(text)
        if text != before:
            changed.append(name)
    return text, tuple(changed)
