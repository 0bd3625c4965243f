"""Mojibake: text that was UTF-8 and was read in a one-byte encoding, read again where that is sure.

ftfy (Speer 2019) finds what looks wrong and proposes how it came about. A proposal is sure, and
taken, if going the way back gives what stands there, character by character: the repaired text,
encoded as UTF-8 and read in the encoding that ftfy names, is the text as it came. That also tells
what each repaired character stood for. The unit is a line, and where a line as a whole was not
garbled, each sequence in it that looks like UTF-8. Three cases need more:

- A no-break space, the second half of a garbled ``à``, often became a space on the way, or fell
  together with the space after it. Such a ``Ã`` is repaired where something else in the text was.
- Encodings other than Latin-1 and Windows-1252 are believed only if they explain half of what is
  not ASCII in the text, by letters that newspapers use: scanned pages have pairs such as ``»£``
  that Mac Roman explains by chance.
- One or two letters of another script in a line, or one beside a letter from a to z, are chance:
  ``é»«`` could be an ideograph.

C1 control characters are what Windows-1252 has there, as in HTML (WHATWG Encoding Standard), if all
of a text are quotes, dashes, dots, the euro or œ; otherwise it may have been Mac Roman.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from curate.text.offset_map import Edit, OffsetMap

_C1 = re.compile("[\x80-\x9f]")
# What Windows-1252 has for it: € ‚ „ … ‹ Œ ‘ ’ “ ” • – — ™ › œ Ÿ.
_TYPOGRAPHIC = frozenset("\x80\x82\x84\x85\x8b\x8c\x91\x92\x93\x94\x95\x96\x97\x99\x9b\x9c\x9f")
_FOREIGN = re.compile("[\u0370-\u1dff\u2c00-\uabff\uac00-\ud7ff]")
_FOREIGN_LEAST = 3
_MIXED = re.compile(f"[a-zA-Z]{_FOREIGN.pattern}|{_FOREIGN.pattern}[a-zA-Z]")
_COMMON = frozenset(("latin-1", "sloppy-windows-1252"))
_A_GRAVE = re.compile("Ã(?: (?= )|(?= [^ ]))")
# A letter of UTF-8 read byte by byte is two characters or more that are not ASCII, but for no-break
# spaces among them that became spaces. A line that has nothing like it needs no closer look.
_PAIR = re.compile(
    "[^\x00-\x7f](?: ?[^\x00-\x7f]|  )|[\u00c2-\u00df\u0100-\u017f\u0218-\u021b\u0370-\u042f] "
)
_EXPLAINED = 0.5
_RARE = re.compile("[\u0180-\u0217\u021c-\u02ff]")  # Latin letters beyond those of Europe


class _Reading(NamedTuple):
    """Edits that go together; ``exact`` of them lead back to the text without allowance."""

    edits: list[Edit]
    exact: int = 0
    common: bool = True

    def moved(self, by: int) -> _Reading:
        return self._replace(edits=[Edit(e.at + by, e.old, e.new) for e in self.edits])


def repairs(text: str) -> Iterator[Edit]:
    """Edits that undo mojibake in a text, in order."""
    if text.isascii():
        return
    from ftfy.badness import is_bad

    at = 0
    found: list[_Reading] = []
    for line in text.split("\n"):
        if _PAIR.search(line) and is_bad(line):
            found += (reading.moved(at) for reading in _line(line))
        at += len(line) + 1
    kept = _believed(text, found)
    if any(reading.exact for reading in kept):
        yield from sorted((e for reading in kept for e in reading.edits), key=lambda e: e.at)
    else:
        yield from _controls(text)


def _believed(text: str, found: list[_Reading]) -> list[_Reading]:
    """The readings in common encodings; all of them, if they explain enough of the text."""
    if all(reading.common for reading in found):
        return found
    edits = [edit for reading in found for edit in reading.edits]
    odd = sum(char > "\x7f" for char in text)
    enough = sum(len(edit.old) for edit in edits) >= _EXPLAINED * odd
    rare = any(_RARE.match(edit.new) for edit in edits)
    return found if enough and not rare else [r for r in found if r.common]


def _line(line: str) -> list[_Reading]:
    """What can be read again in a line."""
    whole = _reread(line)
    found = [whole] if whole.edits else _sequences(line)
    edits = sorted((e for reading in found for e in reading.edits), key=lambda e: e.at)
    mixed = _MIXED.search(OffsetMap(tuple(edits)).apply(line)) and not _MIXED.search(line)
    foreign = sum(bool(_FOREIGN.match(edit.new)) for edit in edits)
    return [] if mixed or 0 < foreign < _FOREIGN_LEAST else found


def _sequences(line: str) -> list[_Reading]:
    """What looks like UTF-8 in a line that was not garbled as a whole."""
    from ftfy.badness import is_bad
    from ftfy.chardata import UTF8_DETECTOR_RE

    found: list[_Reading] = []
    for match in UTF8_DETECTOR_RE.finditer(line):
        reading = _reread(match[0]) if is_bad(match[0]) else _Reading([])
        if reading.exact:
            found.append(reading.moved(match.start()))
    taken = {edit.at for reading in found for edit in reading.edits}
    places = (match for match in _A_GRAVE.finditer(line) if match.start() not in taken)
    return found + [_Reading([Edit(match.start(), match[0], "à")]) for match in places]


def _controls(text: str) -> Iterator[Edit]:
    if not _TYPOGRAPHIC.issuperset(_C1.findall(text)):
        return
    for match in _C1.finditer(text):
        yield Edit(match.start(), match[0], match[0].encode("latin-1").decode("windows-1252"))


def _reread(text: str) -> _Reading:
    """Edits of the whole of a text that ftfy reads again."""
    import ftfy

    config = ftfy.TextFixerConfig(
        replace_lossy_sequences=False, decode_inconsistent_utf8=False, fix_c1_controls=False
    )
    steps = ftfy.fix_encoding_and_explain(text, config).explanation or []
    plan: list[tuple[str, str]] = [(step.action, step.parameter) for step in steps]
    for number, (action, name) in enumerate(plan):
        if action == "decode" and not name.startswith("utf-8"):
            plan = plan[: number - 1]  # C1 controls, which are not ftfy's to decide
            break
    encodings = [name for action, name in plan if action == "encode"]
    return _aligned(text, ftfy.apply_plan(text, plan), encodings[::-1]) if plan else _Reading([])


def _aligned(text: str, fixed: str, encodings: list[str]) -> _Reading:
    """An edit for each repaired character; none if the way back does not lead to ``text``."""
    edits: list[Edit] = []
    exact = at = 0
    for char in fixed:
        garbled = _garbled(char, encodings)
        spaced = garbled.replace("\xa0", " ")
        if text.startswith(garbled, at):
            exact += garbled != char
        elif text.startswith(spaced, at):
            garbled = spaced
        elif char == "à" and spaced.endswith(" ") and text.startswith(spaced[:-1], at):
            garbled = spaced[:-1]
        else:
            return _Reading([])
        if garbled != char:
            edits.append(Edit(at, garbled, char))
        at += len(garbled)
    common = _COMMON.issuperset(encodings)
    return _Reading(edits, exact, common) if at == len(text) else _Reading([])


def _garbled(char: str, encodings: list[str]) -> str:
    """A character after being written in UTF-8 and read in each of these encodings in turn."""
    try:
        for encoding in encodings:
            char = char.encode("utf-8").decode(encoding)
    except UnicodeError:
        return "\ufffd"  # it cannot have come from there; no line that ftfy reads again has one
    return char
