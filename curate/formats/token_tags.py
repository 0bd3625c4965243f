"""Tags of tokens: the text and the spans that tagged tokens stand for, and the tags of spans.

A text is rebuilt from its tokens with one space between tokens, unless a token says that none
follows it, and a newline between sentences.

Schemes: IOB1 (``B-`` only where an entity follows another one of its label), IOB2 (``B-`` always)
and BILUO (``L-`` ends an entity, ``U-`` is one of a single token; also written ``E-`` and ``S-`` or
``W-``, and ``M-`` for ``I-``). See Tjong Kim Sang and Veenstra 1999, "Representing Text Chunks"
(https://aclanthology.org/E99-1023), which names Ratnaparkhi 1998 for IOB2, and Ratinov and Roth
2009, "Design Challenges and Misconceptions in Named Entity Recognition"
(https://aclanthology.org/W09-1119), section 3. Unless a scheme is requested, tags are read by the
rule of ``conlleval``, the scorer of the shared tasks, which accepts all schemes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from curate.errors import CurateError
from curate.formats.reading import AnnotationBuilder, ReadOptions
from curate.formats.tokens import Chunk, ChunkedDocument

TAG = re.compile(r"O|[BIMELSUW]-.+")

_BILUO_PREFIXES = {"M": "I", "E": "L", "S": "U", "W": "U"}


class TaggedToken(NamedTuple):
    """A token: text, tag, file and line, and whether the next one follows without a space."""

    text: str
    tag: str
    where: str
    glued: bool = False


def build_document(
    sentences: Sequence[Sequence[TaggedToken]], where: str, options: ReadOptions
) -> AnnotationBuilder:
    """The text of tagged sentences, with the entities of their tags as spans."""
    starts: list[list[int]] = []
    parts: list[str] = []
    length = 0
    for sentence in sentences:
        starts.append([])
        for number, token in enumerate(sentence):
            starts[-1].append(length)
            is_last = number == len(sentence) - 1
            space = "\n" if is_last else "" if token.glued else " "
            parts += (token.text, space)
            length += len(token.text) + len(space)
    builder = AnnotationBuilder("".join(parts).removesuffix("\n"), where, options, None)
    builder.add_layer()
    for sentence, offsets in zip(sentences, starts, strict=True):
        _add_entities(builder, sentence, offsets, options.scheme)
    return builder


def _add_entities(
    builder: AnnotationBuilder, sentence: Sequence[TaggedToken], starts: list[int], scheme: str
) -> None:
    chunks, violations = decode_tags([token.tag for token in sentence], scheme)
    for first, last, label in chunks:
        end = starts[last - 1] + len(sentence[last - 1].text)
        builder.add_span(starts[first], end, label, where=sentence[first].where)
    for number in violations:
        token = sentence[number]
        builder.report("scheme", f"{scheme} does not allow {token.tag} here", token.where)


def decode_tags(tags: Sequence[str], scheme: str = "") -> tuple[list[Chunk], list[int]]:
    """The entities of one sentence.

    Args:
        tags: ``O``, or a prefix and a label.
        scheme: ``iob1``, ``iob2`` or ``biluo`` to check the tags against it.

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
    return chunks, _violations(tags, scheme)


def _violations(tags: Sequence[str], scheme: str) -> list[int]:
    """Numbers of the tags that may not follow the tag before them."""
    if not scheme:
        return []
    padded = [("O", ""), *map(_split, tags), ("O", "")]
    return [
        min(number, len(tags) - 1)
        for number, (before, tag) in enumerate(zip(padded, padded[1:], strict=False))
        if not _ALLOWED[scheme](before, tag)
    ]


def _split(tag: str) -> tuple[str, str]:
    prefix, _, label = tag.partition("-")
    return _BILUO_PREFIXES.get(prefix, prefix), label


_SplitTag = tuple[str, str]


def _iob1(before: _SplitTag, tag: _SplitTag) -> bool:
    return tag[0] in "OI" or (tag[0] == "B" and before[1] == tag[1])


def _iob2(before: _SplitTag, tag: _SplitTag) -> bool:
    return tag[0] in "OB" or (tag[0] == "I" and before[1] == tag[1])


def _biluo(before: _SplitTag, tag: _SplitTag) -> bool:
    if before[0] in "BI":  # an entity is open
        return tag[0] in "IL" and before[1] == tag[1]
    return tag[0] in "OBU"


_ALLOWED = {"iob1": _iob1, "iob2": _iob2, "biluo": _biluo}


def iob2_tags(item: ChunkedDocument) -> list[str]:
    """The IOB2 tag of each token.

    Raises:
        CurateError: a label contains white space, which would split its column.
    """
    tags = ["O"] * len(item.doc)
    for first, last, label in item.chunks:
        if len(label.split()) != 1:
            raise CurateError(
                f"a format that tags tokens cannot hold the label {label!r}",
                "rename it without white space",
            )
        tags[first:last] = [f"I-{label}"] * (last - first)
        tags[first] = f"B-{label}"
    return tags


def biluo_tags(item: ChunkedDocument) -> list[str]:
    """The BILUO tag of each token; raises as ``iob2_tags`` does."""
    tags = iob2_tags(item)
    for first, last, label in item.chunks:
        tags[last - 1] = f"L-{label}"
        tags[first] = f"{'B' if last - first > 1 else 'U'}-{label}"
    return tags
