"""Format ``gliner``: the training data of GLiNER, a list of objects with tokens and entities.

Reading: ``tokenized_text`` is a list of tokens, ``ner`` a list of ``[first, last, label]``, the
numbers of the first and of the last token. An object without ``ner`` is not annotated. The text is
rebuilt by the rule of ``token_tags``, other fields become metadata.

Writing: one object for each document, with its id. Spans may nest and cross. Tokens of white space
are left out. GLiNER cuts texts after some hundred tokens (``max_len``), so long articles are better
split before.

Reference: https://github.com/urchade/GLiNER
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from curate.formats.annotation_fields import lose_annotations
from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_objects
from curate.formats.json_objects import read_objects
from curate.formats.reading import ReadItem, ReadOptions, read_each, refuse
from curate.formats.rows import row_metadata
from curate.formats.source_file import SourceFile
from curate.formats.token_tags import TaggedToken, build_document
from curate.formats.tokens import tokenise
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument
from curate.util import jsonl

_LABEL_LISTS = ("label", "labels", "ner_labels")  # which labels to look for, not where they are
_TOKENS, _ENTITIES = "tokenized_text", "ner"


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each object."""
    yield from read_each(
        read_objects(source), lambda row: _document(row.value, row.where, row.text, options)
    )


def _document(
    row: dict[str, Any], where: str, raw: str, options: ReadOptions
) -> Iterator[ReadItem]:
    words = row.get(_TOKENS)
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        yield refuse("malformed", f"{_TOKENS} is not a list of tokens", where, raw)
        return
    tokens = [TaggedToken(word.strip() or word, (), where) for word in words]
    builder = build_document([tokens] if tokens else [], where, options, [])
    starts, end = [], 0
    for token in tokens:
        starts.append(end)
        end += len(token.text) + 1
    entities = row.get(_ENTITIES)
    if isinstance(entities, list):
        builder.add_layer()
        for entity in entities:
            if not _is_entity(entity, len(tokens)):
                builder.report("out-of-range", f"{entity!r} is not an entity of these tokens")
                continue
            first, last, label = entity
            builder.add_span(starts[first], starts[last] + len(tokens[last].text), label)
    elif entities is not None:
        builder.report("not-understood", f"{_ENTITIES} is not a list of entities")
    rest = {name: value for name, value in row.items() if name not in (_TOKENS, _ENTITIES)}
    named = {it: rest.pop(it) for it in _LABEL_LISTS if _are_texts(rest.get(it))}
    lose_annotations(rest, builder)
    rest |= named
    yield from builder.finish(row_metadata(rest, options))


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_entity(entity: Any, size: int) -> bool:
    return (
        isinstance(entity, list)
        and len(entity) == 3
        and all(type(number) is int for number in entity[:2])
        and 0 <= entity[0] <= entity[1] < size
        and isinstance(entity[2], str | int)
    )


def sniff(source: SourceFile) -> Evidence:
    """Whether objects have the tokens of GLiNER."""
    named = any(isinstance(row.get(_TOKENS), list) for row in sample_objects(source))
    return Evidence.SIGNATURE if named else Evidence.NONE


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write one object per line of a list; see ``curate.formats.export.write``."""
    tally = job.tally()
    with replace_file(target) as file:
        separator = b"["
        for item in tokenise(documents, job.schema, tally, overlaps=True):
            tally.lose_relations(item.document, item.revision.relations)
            tally.lose_categories(item.document, item.revision.categories)
            words = [token for token in item.doc if not token.is_space]
            number = {token.i: place for place, token in enumerate(words)}
            entities = [
                [number[first], number[last - 1], label] for first, last, label in item.chunks
            ]
            row = {"id": item.document.id, _TOKENS: [it.text for it in words], _ENTITIES: entities}
            file.write(separator + b"\n" + jsonl.canonical(row))
            separator = b","
        file.write(b"\n]\n" if separator == b"," else b"[]\n")
    return tally.exported(target, "gliner")
