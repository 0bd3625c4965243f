"""The normalisation contract, version 2. It changes what nobody can see, and garbled characters.

A text goes through these steps until none of them changes it, so that a normalised text comes out
as it went in:

1. ``bom``: byte order marks at the beginning go.
2. ``newlines``: CRLF, CR, VT, FF, LS and PS become LF (Unicode Standard, section 5.8).
3. ``mojibake``: a line that was UTF-8 and was read in a one-byte encoding is read again, where that
   is sure; see ``curate.text.mojibake``.
4. ``controls``: control characters (category Cc) other than LF and TAB go, as do U+FFFE and U+FFFF:
   PostgreSQL and XML refuse them, or browsers do not draw them.
5. ``invisible``: soft hyphens, zero width spaces, word joiners, invisible operators, deprecated
   format characters, interlinear marks, and byte order marks within the text go.
6. ``nfc``: the text is put into NFC (Unicode Standard Annex 15).
7. ``line-ends``: blanks at the end of a line go.
8. ``ends``: blank space at both ends of the text goes.

Everything else stays: typographic apostrophes and quotes, no-break spaces, ligatures, full-width
letters, joiners and variation selectors (emoji, Persian, Indic scripts), and marks of direction.

What was changed is recorded as a map (``curate.text.offset_map``), which carries annotations over
and rebuilds the text as it came. Documents keep the names of the steps in ``meta["normalised"]``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from curate.model import Record
from curate.text import mojibake
from curate.text.offset_map import Edit, OffsetMap

VERSION = 2


class NormalisedText(Record, frozen=True, kw_only=True):
    """A text after normalisation.

    Args:
        text: the text.
        notes: names of the steps that changed something, in the order of the contract.
        map: from the text as it came to this one.
    """

    text: str
    notes: tuple[str, ...] = ()
    map: OffsetMap = OffsetMap()


def normalise(text: str) -> NormalisedText:
    """Normalise a text by the contract above.

    It ends: every repair of mojibake leaves fewer code points of one-byte encodings, every other
    step is a fixed point of itself, and none makes such code points.
    """
    notes: set[str] = set()
    whole = OffsetMap()
    changed = True
    while changed:
        changed = False
        for name, step in STEPS:
            edits = OffsetMap(tuple(step(text)))
            if edits.edits:
                after = edits.apply(text)
                whole = whole.then(edits, text)
                text, changed = after, True
                notes.add(name)
    return NormalisedText(
        text=text, notes=tuple(name for name, _ in STEPS if name in notes), map=whole
    )


def _substitute(pattern: str, new: str = "") -> Callable[[str], Iterator[Edit]]:
    compiled = re.compile(pattern)

    def step(text: str) -> Iterator[Edit]:
        for match in compiled.finditer(text):
            yield Edit(match.start(), match[0], new)

    return step


def _nfc(text: str) -> Iterator[Edit]:
    """Edits of each cluster that is not in NFC: a character and what composes with it."""
    if unicodedata.is_normalized("NFC", text):
        return
    at = 0
    for cluster in _clusters(text):
        composed = unicodedata.normalize("NFC", cluster)
        if composed != cluster:
            yield Edit(at, cluster, composed)
        at += len(cluster)


def _clusters(text: str) -> Iterator[str]:
    """Pieces of a text between which nothing composes or is put into another order."""
    start = 0
    for at, char in enumerate(text):
        if at > start and (char < "\u0300" or not _joins(char)):
            yield text[start:at]
            start = at
    yield text[start:]


def _joins(char: str) -> bool:
    """Whether a character may combine with the one before it."""
    if "\u1160" <= char <= "\u11ff":  # vowels and final consonants of Hangul
        return True
    return unicodedata.category(char) in ("Mn", "Mc") or unicodedata.combining(char) > 0


STEPS: tuple[tuple[str, Callable[[str], Iterator[Edit]]], ...] = (
    ("bom", _substitute(r"\A\ufeff+")),
    ("newlines", _substitute(r"\r\n|[\r\v\f\u2028\u2029]", "\n")),
    ("mojibake", mojibake.repairs),
    ("controls", _substitute(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]+")),
    (
        "invisible",
        _substitute(r"[\xad\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]+"),
    ),
    ("nfc", _nfc),
    ("line-ends", _substitute(r"[ \t\u00a0\u202f]+(?=\n)")),
    ("ends", _substitute(r"\A[\s\ufeff]+|[\s\ufeff]+\Z")),
)
