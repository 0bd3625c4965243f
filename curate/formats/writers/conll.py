"""Formats ``conll`` and ``biluo``: the columns of the CoNLL-2003 shared task, IOB2 or BILUO tags.

A line holds a token, ``-X-`` twice (no part of speech, no chunk) and the tag; an empty line ends a
sentence; ``-DOCSTART- -X- -X- O`` opens each document. Columns are parted by one space. Tokens of
white space are left out, so the text cannot be restored from the file. Relations and categories
have no place in it.

Columns: Tjong Kim Sang and De Meulder 2003, "Introduction to the CoNLL-2003 Shared Task"
(https://aclanthology.org/W03-0419). Its tags are IOB1; ours are IOB2, in which every entity begins
with ``B-``: Ratnaparkhi 1998, "Maximum Entropy Models for Natural Language Ambiguity Resolution",
named in Tjong Kim Sang and Veenstra 1999, "Representing Text Chunks"
(https://aclanthology.org/E99-1023).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from curate.errors import CurateError
from curate.formats.writers.common import Exported, Job, Pair
from curate.formats.writers.files import replacing
from curate.formats.writers.tokens import OPENING, Tokenised, tokenise

if TYPE_CHECKING:
    from spacy.tokens import Token


def write(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write ``conll``; see ``curate.formats.writers.write``.

    Raises:
        CurateError: a label holds white space, which would split its column.
    """
    return _write(pairs, target, job, "conll", iob2)


def write_biluo(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write ``biluo``: the same with tags that say where an entity ends and which is of one token.

    Ratinov and Roth 2009, "Design Challenges and Misconceptions in Named Entity Recognition"
    (https://aclanthology.org/W09-1119), section 3.
    """
    return _write(pairs, target, job, "biluo", biluo)


def _write(
    pairs: Iterable[Pair],
    target: Path,
    job: Job,
    name: str,
    tags: Callable[[Tokenised], list[str]],
) -> Exported:
    tally = job.tally()
    with replacing(target) as file:
        for item in tokenise(pairs, job.schema, tally):
            tally.lose_relations(item.document, item.revision.relations)
            tally.lose_categories(item.document, item.revision.categories)
            file.write(f"{OPENING} -X- -X- O\n\n".encode())
            found = tags(item)
            for words in sentences(item):
                lines = (f"{word.text} -X- -X- {found[word.i]}\n" for word in words)
                file.write(f"{''.join(lines)}\n".encode())
    return tally.exported(target, name)


def sentences(item: Tokenised) -> Iterator[list[Token]]:
    """The words of each sentence; a sentence of white space alone is none."""
    for sentence in item.doc.sents:
        if words := [token for token in sentence if not token.is_space]:
            yield words


def iob2(item: Tokenised) -> list[str]:
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


def biluo(item: Tokenised) -> list[str]:
    """The BILUO tag of each token; see ``iob2``."""
    tags = iob2(item)
    for first, last, label in item.chunks:
        tags[last - 1] = f"L-{label}"
        tags[first] = f"{'B' if last - first > 1 else 'U'}-{label}"
    return tags
