"""The normalisation contract, version 2: it changes what nobody can see, and repairs mojibake.

These steps are applied until none of them changes the text, so that normalising a normalised text
changes nothing:

1. ``bom``: byte order marks at the beginning are removed.
2. ``newlines``: CRLF, CR, VT, FF, LS and PS become LF (Unicode Standard, section 5.8).
3. ``mojibake``: a line of UTF-8 that was decoded as a one-byte encoding is decoded correctly, if
   that is certain; see ``curate.text.mojibake``.
4. ``controls``: control characters (category Cc) other than LF and TAB are removed, as are U+FFFE
   and U+FFFF: PostgreSQL or XML reject them, or browsers do not display them.
5. ``invisible``: soft hyphens, zero width spaces, word joiners, invisible operators, deprecated
   format characters, interlinear marks, and byte order marks within the text are removed.
6. ``nfc``: the text is converted to NFC (Unicode Standard Annex 15).
7. ``line-ends``: blanks at the end of a line are removed.
8. ``ends``: white space at both ends of the text is removed.

Everything else is kept: typographic apostrophes and quotes, no-break spaces, ligatures, full-width
letters, joiners and variation selectors (emoji, Persian, Indic scripts), and marks of direction.

Changes are recorded as a map (``curate.text.offset_map``), which moves annotations and rebuilds the
original text. Documents keep the names of the steps in ``meta["normalised"]``.
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
    """A normalised text.

    Args:
        text: the text.
        notes: names of the steps that changed something, in the order of the contract.
        map: the offset map from the original text to this one.
    """

    text: str
    notes: tuple[str, ...] = ()
    map: OffsetMap = OffsetMap()


def normalise(text: str) -> NormalisedText:
    """Normalise a text by the contract above.

    This terminates: every repair of mojibake reduces the number of code points of one-byte
    encodings, no other step adds any, and every other step is idempotent.
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
    """Edits of the clusters, each a character and what composes with it, that are not in NFC."""
    if unicodedata.is_normalized("NFC", text):
        return
    at = 0
    for cluster in _clusters(text):
        composed = unicodedata.normalize("NFC", cluster)
        if composed != cluster:
            yield Edit(at, cluster, composed)
        at += len(cluster)


def _clusters(text: str) -> Iterator[str]:
    """Pieces of a text across which nothing composes or is reordered."""
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
