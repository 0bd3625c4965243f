"""Formats ``conll-lines`` and ``spacy-json``: a sentence a line, a token between blanks.

For texts that are tokenised already, and as doccano-transformer wrote them: ``conll-lines`` has the
token, ``_`` twice and an IOB2 tag, parted by one space; ``spacy-json`` is the training format of
spaCy 2 with BILUO tags and the text as ``raw``. No spaCy is needed. Relations and categories have
no place in them, nor have spans that do not begin and end where such tokens of one line do.

References: https://github.com/doccano/doccano-transformer, https://v2.spacy.io/api/annotation#json-input
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from curate.errors import CurateError
from curate.formats.writers.common import Exported, Job, Pair, Tally, living
from curate.formats.writers.files import replacing
from curate.formats.writers.tokens import OPENING
from curate.model import Document, Span
from curate.text.offsets import align, outermost

_LINE = re.compile(r"[^\n]+")
_TOKEN = re.compile(rf"{OPENING[0]}(?={OPENING[1:]}(?!\S))|\S+")

Sentence = list[tuple[str, str]]


class Tagged(NamedTuple):
    """A document as its sentences of tokens with BILUO tags."""

    document: Document
    sentences: list[Sentence]


def write_conll(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write ``conll-lines``; see ``curate.formats.writers.write``."""
    tally = job.tally()
    with replacing(target) as file:
        for item in _tagged(pairs, tally):
            file.write(f"{OPENING} -X- -X- O\n\n".encode())
            for sentence in item.sentences:
                lines = (f"{token} _ _ {_iob2(tag)}\n" for token, tag in sentence)
                file.write(f"{''.join(lines)}\n".encode())
    return tally.exported(target, "conll-lines")


def write_json(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write ``spacy-json``; see ``curate.formats.writers.write``."""
    tally = job.tally()
    with replacing(target) as file:
        opening = "["
        for item in _tagged(pairs, tally):
            # One element of the indented array at a time, so that memory does not grow.
            body = json.dumps([_object(item)], indent=4, ensure_ascii=False)
            file.write((opening + body[1:-2]).encode())
            opening = ","
        file.write(b"\n]" if opening == "," else b"[]")
    return tally.exported(target, "spacy-json")


def _object(item: Tagged) -> dict[str, Any]:
    own = item.document.meta.get("id", "")
    sentences = [
        {"tokens": [{"id": n, "orth": t, "ner": tag} for n, (t, tag) in enumerate(sentence)]}
        for sentence in item.sentences
    ]
    return {
        "id": int(own) if re.fullmatch(r"0|[1-9]\d*", own) else own or item.document.id,
        "paragraphs": [{"raw": item.document.text, "sentences": sentences}],
    }


def _tagged(pairs: Iterable[Pair], tally: Tally) -> Iterator[Tagged]:
    for document, revision in living(pairs):
        tally.documents += 1
        tally.lose_relations(document, revision.relations)
        tally.lose_categories(document, revision.categories)
        lines = [
            [(line.start() + it.start(), it[0]) for it in _TOKEN.finditer(line[0])]
            for line in _LINE.finditer(document.text)
        ]
        tokens = [token for line in lines for token in line]
        tags = iter(_tags(document, revision.spans, tokens, tally))
        yield Tagged(document, [[(text, next(tags)) for _, text in line] for line in lines if line])


def _tags(
    document: Document, spans: Sequence[Span], tokens: list[tuple[int, str]], tally: Tally
) -> list[str]:
    starts = [start for start, _ in tokens]
    ends = [start + len(text) for start, text in tokens]
    within = (span for span in spans if "\n" not in document.text[span.start : span.end])
    ranges = dict.fromkeys(span.key for span in spans) | {
        span.key: align(span, starts, ends) for span in within
    }
    kept, nested, crossing = outermost([span for span in spans if ranges[span.key]])
    tally.lose(document, "misaligned", (span for span in spans if not ranges[span.key]))
    tally.lose(document, "nested", nested)
    tally.lose(document, "overlapping", crossing)
    tally.spans += len(kept)
    tags = ["O"] * len(tokens)
    for span in kept:
        if len(span.label.split()) != 1:
            raise CurateError(f"no tag can hold the label {span.label!r}", "rename it")
        first, last = ranges[span.key] or (0, 0)
        tags[first:last] = [f"I-{span.label}"] * (last - first)
        tags[last - 1] = f"L-{span.label}"
        tags[first] = f"{'B' if last - first > 1 else 'U'}-{span.label}"
    return tags


def _iob2(tag: str) -> str:
    return {"U": "B", "L": "I"}.get(tag[0], tag[0]) + tag[1:]
