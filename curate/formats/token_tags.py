"""Tags of tokens: the text and the spans that tagged tokens stand for, and the tags of spans.

A text is rebuilt from its tokens with one space between tokens, unless a token says that none
follows it, and a newline between sentences. A tag never changes the text: a token whose tag is not
understood is kept without annotation and reported.

Schemes: IOB1 (``B-`` only where an entity follows another one of its label), IOB2 (``B-`` always)
and BILUO (``L-`` ends an entity, ``U-`` is one of a single token; also written ``E-`` and ``S-`` or
``W-``, and ``M-`` for ``I-``). See Tjong Kim Sang and Veenstra 1999, "Representing Text Chunks"
(https://aclanthology.org/E99-1023), which names Ratnaparkhi 1998 for IOB2, and Ratinov and Roth
2009, "Design Challenges and Misconceptions in Named Entity Recognition"
(https://aclanthology.org/W09-1119), section 3. Unless a scheme is requested, tags are read by the
rule of ``conlleval``, the scorer of the shared tasks, which accepts all schemes. How the tags of a
column are written, as ``B-PER``, ``B_PER``, ``PER-B`` or ``PER``, is decided from all of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from curate.errors import CurateError
from curate.formats.reading import AnnotationBuilder, ReadOptions
from curate.formats.tokens import Chunk, ChunkedDocument

OUTSIDE = "O"
NOT_ANNOTATED = frozenset({"", "-", "_"})
"""Tags of tokens that nobody annotated, which is not the same as ``O``."""

CHUNKS = frozenset(
    (
        "NP",
        "VP",
        "PP",
        "ADVP",
        "ADJP",
        "SBAR",
        "PRT",
        "CONJP",
        "INTJ",
        "LST",
        "UCP",
        "NC",
        "VC",
        "PC",
    )
)
"""Labels of syntactic chunks, which stand in a column beside that of entities."""
_PREFIXES = "[BIMELSUW]"
_BILUO_PREFIXES = {"M": "I", "E": "L", "S": "U", "W": "U"}
MAX_LABELS = 64
"""More different labels without a prefix than that are no labels, but lemmas or the like."""


class TagStyle(NamedTuple):
    """How tags are written.

    Args:
        pattern: a tag other than ``O``, with the groups ``prefix`` and ``label``, of which one may
            be missing.
    """

    pattern: re.Pattern[str]

    def canonical(self, tag: str) -> str | None:
        """``O``, a prefix and a label as in ``B-PER``, or None if it is no tag in this style.

        A label alone becomes ``I-PER``, a prefix alone ``B-entity``. A tag in ``NOT_ANNOTATED``
        becomes the empty string.
        """
        if tag in NOT_ANNOTATED:
            return ""
        if tag == OUTSIDE:
            return tag
        match = self.pattern.fullmatch(tag)
        if match is None:
            return None
        groups = match.groupdict()
        return f"{groups.get('prefix') or 'I'}-{groups.get('label') or UNNAMED}"


PREFIXED = TagStyle(re.compile(f"(?P<prefix>{_PREFIXES})-(?P<label>.+)"))
"""The usual style: ``B-PER``."""
_OTHER_STYLES = (
    TagStyle(re.compile("(?P<prefix>[BI])_(?P<label>.+)")),
    TagStyle(re.compile(f"(?P<prefix>{_PREFIXES})_(?P<label>.+)")),
    TagStyle(re.compile(f"(?P<label>.+)[-_](?P<prefix>{_PREFIXES})")),
)
UNNAMED = "entity"
"""The label of tags that have none: ``B``, ``I``, ``O``."""
_UNNAMED_TAGS = TagStyle(re.compile(f"(?P<prefix>{_PREFIXES})"))
BARE = TagStyle(re.compile(r"(?P<label>\S.*)"))
"""Labels without prefixes: ``PER``."""


def tag_style(tags: Collection[str]) -> TagStyle:
    """The style in which the tags of a column are written; ``PREFIXED`` if none fits.

    Args:
        tags: the different tags of the column.
    """
    marked = {tag for tag in tags if tag not in NOT_ANNOTATED and tag != OUTSIDE}
    prefixed = sum(PREFIXED.pattern.fullmatch(tag) is not None for tag in marked)
    if not marked or prefixed == len(marked):
        return PREFIXED
    for style in (*_OTHER_STYLES, _UNNAMED_TAGS):
        if all(map(style.pattern.fullmatch, marked)):
            return style
    # A column that never says O is rather one of parts of speech than one of entities.
    return BARE if not prefixed and OUTSIDE in tags and len(marked) <= MAX_LABELS else PREFIXED


class TaggedToken(NamedTuple):
    """A token: text, its tag in each column, file and line, and whether no space follows it."""

    text: str
    tags: tuple[str, ...]
    where: str
    glued: bool = False


class TagColumn(NamedTuple):
    """A column of tags: how they are written, the layer they belong to, and its name, if any."""

    style: TagStyle = PREFIXED
    layer: str = ""
    name: str = ""


Sentence = Sequence[TaggedToken]


def build_document(
    sentences: Sequence[Sentence],
    where: str,
    options: ReadOptions,
    columns: Sequence[TagColumn] = (TagColumn(),),
) -> AnnotationBuilder:
    """The text of tagged sentences, with the entities of their tags as spans.

    Args:
        sentences: the sentences; tokens have as many tags as there are columns, or fewer.
        where: file and line of the document.
        options: how to read it.
        columns: the columns of tags. One in which no token is annotated has no layer.
    """
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
    builder.add_tokens(
        (start, start + len(token.text))
        for sentence, offsets in zip(sentences, starts, strict=True)
        for token, start in zip(sentence, offsets, strict=True)
    )
    builder.lines = [
        (start, token.where)
        for sentence, offsets in zip(sentences, starts, strict=True)
        for token, start in zip(sentence, offsets, strict=True)
        if token.where != where
    ]
    for number, column in enumerate(columns):
        add_column(builder, sentences, starts, number, column, options.scheme)
    return builder


def add_column(
    builder: AnnotationBuilder,
    sentences: Sequence[Sentence],
    starts: Sequence[Sequence[int]],
    number: int,
    column: TagColumn,
    scheme: str,
) -> None:
    """Add the entities of one column of tags, and report tags that say nothing.

    Args:
        builder: the text.
        sentences: its sentences.
        starts: where their tokens start in the text.
        number: which of the tags of each token.
        column: how to read them.
        scheme: ``iob1``, ``iob2`` or ``biluo`` to check the tags against it.
    """
    unknown: list[TaggedToken] = []
    unannotated: list[TaggedToken] = []
    total = 0
    for sentence, offsets in zip(sentences, starts, strict=True):
        tags = []
        for token in sentence:
            tag = column.style.canonical(token.tags[number]) if number < len(token.tags) else ""
            unknown += [token] if tag is None else []
            unannotated += [] if tag else [token] * (tag == "")
            tags.append(tag or OUTSIDE)
        total += len(sentence)
        _add_entities(builder, sentence, offsets, tags, column.layer, scheme)
    name = f" in {column.name}" if column.name else ""
    if len(unannotated) + len(unknown) < total:
        builder.add_layer(column.layer)
        _report(builder, "not-annotated", f"marked as not annotated{name}", unannotated, number)
    _report(builder, "unknown-tag", f"no tag{name}, so only the text is read", unknown, number)


def _report(
    builder: AnnotationBuilder,
    reason: str,
    message: str,
    tokens: Sequence[TaggedToken],
    number: int,
) -> None:
    """Report tokens whose tags say nothing, once for the document."""
    if tokens:
        first = tokens[0]
        example = f"{first.text!r} {first.tags[number] if number < len(first.tags) else ''!r}"
        counted = f"{len(tokens):,} tokens, first" if len(tokens) > 1 else "1 token,"
        builder.report(reason, f"{counted} {example}: {message}", first.where)


def _add_entities(
    builder: AnnotationBuilder,
    sentence: Sentence,
    starts: Sequence[int],
    tags: Sequence[str],
    layer: str,
    scheme: str,
) -> None:
    chunks, violations = decode_tags(tags, scheme)
    for first, last, label in chunks:
        end = starts[last - 1] + len(sentence[last - 1].text)
        builder.add_span(starts[first], end, label, layer=layer, where=sentence[first].where)
    for number in violations:
        token = sentence[number]
        builder.report("scheme", f"{scheme} does not allow {tags[number]} here", token.where)


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
