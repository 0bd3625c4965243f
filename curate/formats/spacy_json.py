"""Format ``spacy-json``: the JSON forms of spaCy's training data. It is only read.

==================================  ================================================================
``[text, {"entities": …}]``         training tuples of spaCy 2 and 3, in one array or one on each
                                    line, also inside ``{"classes": …, "annotations": […]}`` of
                                    annotators of that name; ``entities`` are
                                    ``[start, end, label]``, ``cats`` scores
``[text, [[start, end, label], …]]``  the same with the entities alone
``{"text": …, "ents": …}``          ``Doc.to_json``: entities, span groups, categories
``{"paragraphs": [{"raw": …}]}``    training data of spaCy 2: tokens with BILUO tags, ``-`` where
                                    nobody annotated; each paragraph is a document
==================================  ================================================================

Everything else in a Doc is not read. Offsets are code points.

References: https://spacy.io/api/data-formats, https://v2.spacy.io/api/annotation#json-input
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from curate.formats.content import Evidence, sample_values
from curate.formats.json_objects import read_values
from curate.formats.reading import (
    AnnotationBuilder,
    ReadDocument,
    ReadItem,
    ReadOptions,
    read_each,
    refuse,
)
from curate.formats.rows import read_row
from curate.formats.source_file import SourceFile
from curate.formats.token_tags import TagColumn, TaggedToken, add_column, build_document, tag_style

_IGNORED = ("tokens", "sents", "_", "links", "heads", "deps", "tags", "words")
_TUPLE_FIELDS = {"entities", "cats", "spans"}
_THRESHOLD = 0.5  # from which a category counts


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each value; what has another shape is refused."""
    yield from read_each(
        read_values(source), lambda item: _read_value(item.value, item.where, item.text, options)
    )


def _read_value(value: Any, where: str, raw: str, options: ReadOptions) -> Iterator[ReadItem]:
    if (pair := _tuple(value)) is not None:
        yield from _fields(*pair, where, raw, options)
    elif isinstance(value, dict) and isinstance(value.get("paragraphs"), list):
        for paragraph in value["paragraphs"]:
            yield from _paragraph(paragraph, str(value.get("id", "")), where, raw, options)
    elif isinstance(value, dict) and isinstance(value.get("annotations"), list):
        for number, inner in enumerate(value["annotations"], 1):
            if (pair := _tuple(inner)) is not None:
                yield from _fields(*pair, where, raw, options)
            else:
                message = f"annotation {number} is not a text with its entities"
                yield refuse("malformed", message, where, str(inner)[:1000])
    elif isinstance(value, dict) and isinstance(value.get("text"), str):
        yield from _fields(value["text"], value, where, raw, options)
    else:
        yield refuse("malformed", "neither a text with entities nor a Doc", where, raw)


def _tuple(value: Any) -> tuple[str, dict[str, Any]] | None:
    """The text and the fields of a training tuple; None if it is none."""
    if not (isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)):
        return None
    text, fields = value
    if isinstance(fields, list) and all(isinstance(it, list) and len(it) == 3 for it in fields):
        return text, {"entities": fields}
    return (text, fields) if isinstance(fields, dict) else None


def _fields(
    text: str, fields: dict[str, Any], where: str, raw: str, options: ReadOptions
) -> Iterator[ReadItem]:
    """The document of a text with ``entities`` or ``ents``, ``spans`` and ``cats``."""
    row = {name: value for name, value in fields.items() if name not in _IGNORED}
    spans: dict[str, Any] = {}
    is_judged = False
    for name in ("entities", "ents", "spans"):
        groups = row.pop(name, None)
        if groups is None:
            continue
        is_judged = True
        for group in groups.values() if isinstance(groups, dict) else [groups]:
            # An entity may be in a group as well.
            spans |= {_identity(span): span for span in (group if isinstance(group, list) else [])}
    if is_judged:
        row["spans"] = list(spans.values())
    tokens: Any = fields.get("tokens")
    for item in read_row({**row, "text": text}, where, raw, options):
        if isinstance(item, ReadDocument) and _are_doc_tokens(tokens):
            ranges = tuple((token["start"], token["end"]) for token in tokens)
            yield msgspec.structs.replace(item, tokens=ranges)
        else:
            yield item


def _identity(span: Any) -> str:
    if isinstance(span, dict):
        return repr([span.get(name) for name in ("start", "end", "label")])
    return repr(span)


def _paragraph(
    paragraph: dict[str, Any], name: str, where: str, raw: str, options: ReadOptions
) -> Iterator[ReadItem]:
    sentences = [
        [
            TaggedToken(str(token["orth"]), (str(token.get("ner") or "-"),), where)
            for token in sentence.get("tokens", ())
        ]
        for sentence in paragraph.get("sentences", ())
    ]
    sentences = [sentence for sentence in sentences if sentence]
    column = TagColumn(tag_style({token.tags[0] for it in sentences for token in it}))
    text = paragraph.get("raw")
    if isinstance(text, str):
        builder = AnnotationBuilder(text, where, options, None)
        starts: list[list[int]] = []
        end = 0
        for sentence in sentences:
            starts.append([])
            for token in sentence:
                start = text.find(token.text, end)
                if start < 0:
                    message = f"the token {token.text!r} is not in the text"
                    yield refuse("malformed", message, where, raw)
                    return
                starts[-1].append(start)
                end = start + len(token.text)
                builder.add_tokens([(start, end)])
        add_column(builder, sentences, starts, 0, column, options.scheme)
    else:
        builder = build_document(sentences, where, options, [column])
    for category in paragraph.get("cats") or ():
        builder.add_layer()
        if category["value"] >= _THRESHOLD:
            builder.add_category(category["label"])
    yield from builder.finish({"id": name} if name else {})


def sniff(source: SourceFile) -> Evidence:
    """Whether the values have one of the shapes above."""
    evidence = max(map(_evidence, sample_values(source)), default=Evidence.NONE)
    return Evidence.ENDING if evidence == Evidence.NONE else evidence


def _evidence(value: Any) -> Evidence:
    if (pair := _tuple(value)) is not None:
        return Evidence.SIGNATURE if _TUPLE_FIELDS & pair[1].keys() else Evidence.SHAPE
    if not isinstance(value, dict):
        return Evidence.NONE
    annotations, paragraphs = value.get("annotations"), value.get("paragraphs")
    if isinstance(annotations, list) and any(_tuple(it) for it in annotations):
        return Evidence.SIGNATURE
    if isinstance(paragraphs, list) and any(
        isinstance(it, dict) and "sentences" in it for it in paragraphs
    ):
        return Evidence.SIGNATURE
    is_doc = isinstance(value.get("text"), str) and _are_doc_tokens(value.get("tokens"))
    return Evidence.SIGNATURE if is_doc else Evidence.NONE


def _are_doc_tokens(tokens: Any) -> bool:
    """Whether tokens are those of ``Doc.to_json``, which have no text, unlike those of Prodigy."""
    return (
        isinstance(tokens, list)
        and bool(tokens)
        and all(isinstance(it, dict) and {"id", "start", "end"} <= it.keys() for it in tokens)
        and not any("text" in it for it in tokens)
    )
