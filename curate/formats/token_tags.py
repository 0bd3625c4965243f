"""Token formats: the text that tokens stand for, and the spans that tags mark.

The rule by which a text is rebuilt: one space between tokens, unless a token says that none follows
it; a newline between sentences.

Schemes: IOB1 (``B-`` only where an entity follows one of its label), IOB2 (``B-`` always) and BILUO
(``L-`` ends, ``U-`` is alone; also written ``E-`` and ``S-``, or ``M-`` for ``I-``). See Tjong Kim
Sang and Veenstra 1999, "Representing Text Chunks" (https://aclanthology.org/E99-1023), and Ratinov
and Roth 2009, "Design Challenges and Misconceptions in Named Entity Recognition"
(https://aclanthology.org/W09-1119). Without a scheme asked for, tags are read by the rule of the
shared task's ``conlleval``, which takes all of them for what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from curate.errors import CurateError
from curate.formats.reading import AnnotationBuilder, ReadOptions
from curate.formats.tokens import Chunk, TokenisedDocument

TAG = re.compile(r"O|[BIMELSUW]-.+")

_PLAIN = {"M": "I", "E": "L", "S": "U", "W": "U"}


class TaggedToken(NamedTuple):
    """A token: its text, its tag, where it stands, and whether the next one follows at once."""

    text: str
    tag: str
    where: str
    glued: bool = False


def build_document(
    sentences: Sequence[Sequence[TaggedToken]], where: str, options: ReadOptions
) -> AnnotationBuilder:
    """The text of some sentences, with their entities marked."""
    starts: list[list[int]] = []
    parts: list[str] = []
    length = 0
    for sentence in sentences:
        starts.append([])
        for number, token in enumerate(sentence):
            starts[-1].append(length)
            last = number == len(sentence) - 1
            end = "\n" if last else "" if token.glued else " "
            parts += (token.text, end)
            length += len(token.text) + len(end)
    marks = AnnotationBuilder("".join(parts).removesuffix("\n"), where, options)
    marks.layer()
    for sentence, begin in zip(sentences, starts, strict=True):
        _mark(marks, sentence, begin, options.scheme)
    return marks


def _mark(
    marks: AnnotationBuilder, sentence: Sequence[TaggedToken], starts: list[int], scheme: str
) -> None:
    chunks, odd = decode_tags([token.tag for token in sentence], scheme)
    for chunk in chunks:
        last = chunk.last - 1
        end = starts[last] + len(sentence[last].text)
        marks.span(starts[chunk.first], end, chunk.label, where=sentence[chunk.first].where)
    for number in odd:
        tag = sentence[number].tag
        marks.lose("scheme", f"{tag} may not stand there in {scheme}", sentence[number].where)


def decode_tags(tags: Sequence[str], scheme: str = "") -> tuple[list[Chunk], list[int]]:
    """The entities of one sentence.

    Args:
        tags: ``O``, or a prefix and a label.
        scheme: ``iob1``, ``iob2`` or ``biluo`` to have each tag held against it.

    Returns:
        The entities in order, and the numbers of the tags that the scheme does not allow.
    """
    chunks: list[Chunk] = []
    first, open_label = 0, ""
    for number, tag in enumerate([*tags, "O"]):
        prefix, label = _split(tag)
        if open_label and (prefix in "OBU" or label != open_label):
            chunks.append(Chunk(first, number, open_label))
            open_label = ""
        if prefix != "O" and not open_label:
            first, open_label = number, label
        if prefix in "LU":
            chunks.append(Chunk(first, number + 1, open_label))
            open_label = ""
    return chunks, _odd(tags, scheme)


def _odd(tags: Sequence[str], scheme: str) -> list[int]:
    if not scheme:
        return []
    pairs = [("O", ""), *map(_split, tags), ("O", "")]
    allowed = _ALLOWED[scheme]
    return [
        min(number, len(tags) - 1)
        for number, (before, here) in enumerate(zip(pairs, pairs[1:], strict=False))
        if not allowed(before, here)
    ]


def _split(tag: str) -> tuple[str, str]:
    prefix, _, label = tag.partition("-")
    return _PLAIN.get(prefix, prefix), label


ParsedTag = tuple[str, str]


def _iob1(before: ParsedTag, here: ParsedTag) -> bool:
    return here[0] in "OI" or (here[0] == "B" and before[1] == here[1])


def _iob2(before: ParsedTag, here: ParsedTag) -> bool:
    return here[0] in "OB" or (here[0] == "I" and before[1] == here[1])


def _biluo(before: ParsedTag, here: ParsedTag) -> bool:
    inside = before[0] in "BI"
    return here[0] in "IL" and before[1] == here[1] if inside else here[0] in "OBU"


_ALLOWED = {"iob1": _iob1, "iob2": _iob2, "biluo": _biluo}


def iob2_tags(item: TokenisedDocument) -> list[str]:
    """The IOB2 tag of each token.

    Raises:
        CurateError: a label holds white space.
    """
    tags = ["O"] * len(item.doc)
    for first, last, label in item.chunks:
        if len(label.split()) != 1:
            raise CurateError(f"CoNLL cannot hold the label {label!r}", "rename it without blanks")
        tags[first:last] = [f"I-{label}"] * (last - first)
        tags[first] = f"B-{label}"
    return tags


def biluo_tags(item: TokenisedDocument) -> list[str]:
    """The BILUO tag of each token; see ``iob2``."""
    tags = iob2_tags(item)
    for first, last, label in item.chunks:
        tags[last - 1] = f"L-{label}"
        tags[first] = f"{'B' if last - first > 1 else 'U'}-{label}"
    return tags
