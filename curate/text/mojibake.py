"""Mojibake: UTF-8 that was decoded as a one-byte encoding, repaired where that is certain.

ftfy (Speer 2019) finds what looks wrong and proposes how it came about. A proposal is certain, and
accepted, if the repaired text, encoded as UTF-8 and decoded as the encoding that ftfy names, is the
original text, character by character. This also shows which characters each repaired character
replaces. The unit is a line or, if a line was not garbled as a whole, each sequence in it that
looks like UTF-8. Three cases need more:

- A no-break space, the second half of a garbled ``à``, often became a space, or merged with the
  space after it. Such a ``Ã`` is repaired if something else in the text is.
- Encodings other than Latin-1 and Windows-1252 are accepted only if they explain half of the
  characters outside ASCII, by letters that newspapers use: scanned pages have pairs such as ``»£``
  that Mac Roman explains by chance.
- One or two letters of another script in a line, or one next to a letter from a to z, are
  coincidence: ``é»«`` could be an ideograph.

C1 control characters are decoded as Windows-1252, as in HTML (WHATWG Encoding Standard), if all in
a text are quotes, dashes, dots, the euro or œ; otherwise the text may have been Mac Roman.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from curate.text.offset_map import Edit, OffsetMap

_C1 = re.compile("[\x80-\x9f]")
# In Windows-1252: € ‚ „ … ‹ Œ ‘ ’ “ ” • – — ™ › œ Ÿ.
_TYPOGRAPHIC = frozenset("\x80\x82\x84\x85\x8b\x8c\x91\x92\x93\x94\x95\x96\x97\x99\x9b\x9c\x9f")
_FOREIGN = re.compile("[\u0370-\u1dff\u2c00-\uabff\uac00-\ud7ff]")
_FOREIGN_LEAST = 3
_MIXED = re.compile(f"[a-zA-Z]{_FOREIGN.pattern}|{_FOREIGN.pattern}[a-zA-Z]")
_COMMON = frozenset(("latin-1", "sloppy-windows-1252"))
_A_GRAVE = re.compile("Ã(?: (?= )|(?= [^ ]))")
# A letter of UTF-8 that was decoded byte by byte is two or more characters outside ASCII, except
# for no-break spaces that became spaces. A line without any such sequence needs no closer look.
_PAIR = re.compile(
    "[^\x00-\x7f](?: ?[^\x00-\x7f]|  )|[\u00c2-\u00df\u0100-\u017f\u0218-\u021b\u0370-\u042f] "
)
_EXPLAINED = 0.5
_RARE = re.compile("[\u0180-\u0217\u021c-\u02ff]")  # Latin letters beyond those of Europe


class _Repair(NamedTuple):
    """Edits that belong together; ``exact`` of them reproduce the original exactly."""

    edits: list[Edit]
    exact: int = 0
    common: bool = True

    def moved(self, by: int) -> _Repair:
        return self._replace(edits=[Edit(e.at + by, e.old, e.new) for e in self.edits])


def repairs(text: str) -> Iterator[Edit]:
    """Edits that undo mojibake in a text, in order."""
    if text.isascii():
        return
    from ftfy.badness import is_bad

    at = 0
    candidates: list[_Repair] = []
    for line in text.split("\n"):
        if _PAIR.search(line) and is_bad(line):
            candidates += (repair.moved(at) for repair in _line(line))
        at += len(line) + 1
    accepted = _accepted(text, candidates)
    if any(repair.exact for repair in accepted):
        yield from sorted((e for repair in accepted for e in repair.edits), key=lambda e: e.at)
    else:
        yield from _controls(text)


def _accepted(text: str, candidates: list[_Repair]) -> list[_Repair]:
    """The repairs from common encodings; all of them if they explain enough of the text."""
    if all(repair.common for repair in candidates):
        return candidates
    edits = [edit for repair in candidates for edit in repair.edits]
    unusual = sum(char > "\x7f" for char in text)
    enough = sum(len(edit.old) for edit in edits) >= _EXPLAINED * unusual
    rare = any(_RARE.match(edit.new) for edit in edits)
    return candidates if enough and not rare else [repair for repair in candidates if repair.common]


def _line(line: str) -> list[_Repair]:
    """The repairs of a line."""
    whole = _redecode(line)
    candidates = [whole] if whole.edits else _sequences(line)
    edits = sorted((e for repair in candidates for e in repair.edits), key=lambda e: e.at)
    mixed = _MIXED.search(OffsetMap(tuple(edits)).apply(line)) and not _MIXED.search(line)
    foreign = sum(bool(_FOREIGN.match(edit.new)) for edit in edits)
    return [] if mixed or 0 < foreign < _FOREIGN_LEAST else candidates


def _sequences(line: str) -> list[_Repair]:
    """Repairs of the sequences that look like UTF-8 in a line that was not garbled as a whole."""
    from ftfy.badness import is_bad
    from ftfy.chardata import UTF8_DETECTOR_RE

    candidates: list[_Repair] = []
    for match in UTF8_DETECTOR_RE.finditer(line):
        repair = _redecode(match[0]) if is_bad(match[0]) else _Repair([])
        if repair.exact:
            candidates.append(repair.moved(match.start()))
    repaired = {edit.at for repair in candidates for edit in repair.edits}
    matches = (match for match in _A_GRAVE.finditer(line) if match.start() not in repaired)
    return candidates + [_Repair([Edit(match.start(), match[0], "à")]) for match in matches]


def _controls(text: str) -> Iterator[Edit]:
    if not _TYPOGRAPHIC.issuperset(_C1.findall(text)):
        return
    for match in _C1.finditer(text):
        yield Edit(match.start(), match[0], match[0].encode("latin-1").decode("windows-1252"))


def _redecode(text: str) -> _Repair:
    """The repair of a whole text according to ftfy."""
    import ftfy

    config = ftfy.TextFixerConfig(
        replace_lossy_sequences=False, decode_inconsistent_utf8=False, fix_c1_controls=False
    )
    steps = ftfy.fix_encoding_and_explain(text, config).explanation or []
    plan: list[tuple[str, str]] = [(step.action, step.parameter) for step in steps]
    for number, (action, name) in enumerate(plan):
        if action == "decode" and not name.startswith("utf-8"):
            plan = plan[: number - 1]  # C1 controls, which _controls decides
            break
    encodings = [name for action, name in plan if action == "encode"]
    return _aligned(text, ftfy.apply_plan(text, plan), encodings[::-1]) if plan else _Repair([])


def _aligned(text: str, fixed: str, encodings: list[str]) -> _Repair:
    """An edit for each repaired character; none if encoding ``fixed`` does not give ``text``."""
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
            return _Repair([])
        if garbled != char:
            edits.append(Edit(at, garbled, char))
        at += len(garbled)
    common = _COMMON.issuperset(encodings)
    return _Repair(edits, exact, common) if at == len(text) else _Repair([])


def _garbled(char: str, encodings: list[str]) -> str:
    """A character after it was encoded as UTF-8 and decoded as each of these encodings in turn."""
    try:
        for encoding in encodings:
            char = char.encode("utf-8").decode(encoding)
    except UnicodeError:
        return "\ufffd"  # it cannot be the result; no line that ftfy repairs has one
    return char
