"""Format ``tagged-rows``: rows of ``tokens`` with their tags, as in data sets of Hugging Face.

Reading: JSON Lines or JSON; ``parquet`` reads such rows by the same rules. ``tokens`` (or
``words``) is a list of strings, the tags are a list of that length: ``ner_tags``, ``tags``, … or
the column that ``columns`` names as ``tag``. Tags that are numbers are class labels: their names
are in the features of a Parquet file, otherwise ``ReadOptions.tag_names`` gives them. A negative
number, such as -100, and null are tokens that nobody annotated. Each row is a document; consecutive
rows with one value of ``document``, ``document_id`` or ``doc_id`` are the sentences of one, as in
the table ``tokens`` that curate writes. The text is rebuilt by the rule of ``token_tags``; a token
that is blank covers its blanks. Other columns of tags are counted as lost, and the other fields of
a row that is a document become metadata.

Reference: https://huggingface.co/docs/datasets/about_dataset_features
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from curate.errors import InputError
from curate.formats.annotation_fields import lose_annotations
from curate.formats.content import Evidence, sample_objects
from curate.formats.json_objects import JsonObject, read_objects
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, Refusal, refuse
from curate.formats.rows import row_metadata
from curate.formats.source_file import SourceFile
from curate.formats.token_tags import TagColumn, TaggedToken, build_document, tag_style

_TOKEN_FIELDS = ("tokens", "words")
_TAG_FIELDS = ("ner_tags", "tags", "ner", "ner_labels", "labels", "iob", "bio", "tag")
_DOCUMENT_FIELDS = ("document", "document_id", "doc_id")
_IGNORED = ("starts", "pos_tags", "chunk_tags", "spaces")
Rows = Iterator[JsonObject | Refusal]


class _TaggedRow(NamedTuple):
    """A row: its tokens and their tags, the names of these fields, and the document it names."""

    tokens: list[str]
    tags: list[Any]
    fields: tuple[str, str]
    document: str


class _Sentence(NamedTuple):
    """The tokens of a row, the document that it names, its number, its place, its other fields."""

    tokens: list[TaggedToken]
    document: str
    number: int
    where: str
    rest: dict[str, Any]


def is_tagged(row: dict[str, Any]) -> bool:
    """Whether a row has tokens with tags, and no text."""
    return "text" not in row and _tagged(row, ReadOptions()) is not None


def _tagged(row: dict[str, Any], options: ReadOptions) -> _TaggedRow | None:
    """The tokens and the tags of a row; None if it has none."""
    token_fields = [options.columns.get("token", ""), *_TOKEN_FIELDS]
    token_field = next((it for it in token_fields if isinstance(row.get(it), list)), "")
    tokens = row.get(token_field)
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        return None
    chosen = options.columns.get("tag")
    for name in [chosen] if chosen else _TAG_FIELDS:
        tags = row.get(name)
        if isinstance(tags, list) and len(tags) == len(tokens) and all(map(_is_tag, tags)):
            document = next((row[it] for it in _DOCUMENT_FIELDS if row.get(it) is not None), "")
            return _TaggedRow(tokens, tags, (token_field, name), str(document))
    return None


def _is_tag(value: Any) -> bool:
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the documents of a file.

    Raises:
        InputError: the tags are numbers, and the options do not give their names.
    """
    kept = list(read_objects(source)) if source.is_stdin else None  # it can be read only once
    yield from read_rows(
        lambda: read_objects(source) if kept is None else iter(kept), options, str(source)
    )


def read_rows(rows: Callable[[], Rows], options: ReadOptions, where: str) -> Iterator[ReadItem]:
    """Yield the documents of rows, which are gone through twice: first for the style of the tags.

    Args:
        rows: gives the rows, each time from the first.
        options: how to read them.
        where: the file.

    Raises:
        InputError: the tags are numbers, and the options do not give their names.
    """
    different: set[str] = set()
    for row in rows():
        if isinstance(row, JsonObject) and (tagged := _tagged(row.value, options)) is not None:
            different.update(_name(tag, options, where) for tag in tagged.tags)
    column = TagColumn(tag_style(different))
    items = (_sentence(row, n, options, where) for n, row in enumerate(rows()))
    for _, group in groupby(items, key=_document_key):
        members = list(group)
        sentences = [item for item in members if isinstance(item, _Sentence)]
        if sentences:
            first = sentences[0]
            tokens = [sentence.tokens for sentence in sentences]
            builder = build_document(tokens, first.where, options, [column])
            for sentence in sentences:
                _lose_columns(sentence, builder)
                lose_annotations(sentence.rest, builder)
            own = {"id": first.document}
            yield from builder.finish(own if first.document else row_metadata(first.rest, options))
        yield from (item for item in members if isinstance(item, Refusal))


def _lose_columns(sentence: _Sentence, builder: AnnotationBuilder) -> None:
    """Report the columns with a value for each token that are not read, and remove them."""
    rest, count = sentence.rest, len(sentence.tokens)
    tags = [it for it, value in rest.items() if isinstance(value, list) and len(value) == count > 1]
    for name in (it for it in tags if all(map(_is_tag, rest[it]))):
        rest.pop(name)
        message = f"the tags in {name} are not read; --column tag={name} reads them instead"
        builder.report("unsupported", message, sentence.where)


def _document_key(item: _Sentence | Refusal) -> Any:
    """What the rows of one document share."""
    if isinstance(item, Refusal):
        return item.where
    return ("document", item.document) if item.document else item.number


def _sentence(
    row: JsonObject | Refusal, number: int, options: ReadOptions, where: str
) -> _Sentence | Refusal:
    if isinstance(row, Refusal):
        return row
    tagged = _tagged(row.value, options)
    if tagged is None:
        message = "no list of tokens with a list of as many tags"
        return refuse("malformed", message, row.where, row.text)
    words = [(token, _name(tag, options, where)) for token, tag in zip(*tagged[:2], strict=True)]
    tokens = [TaggedToken(token.strip() or token, (tag,), row.where) for token, tag in words]
    if not tokens:
        return refuse("malformed", "there is no token", row.where, row.text)
    ignored = (*tagged.fields, *_IGNORED)
    rest = {name: value for name, value in row.value.items() if name not in ignored}
    return _Sentence(tokens, tagged.document, number, row.where, rest)


def _name(tag: Any, options: ReadOptions, where: str) -> str:
    """The name of a tag, empty if the token is not annotated."""
    if isinstance(tag, str):
        return tag
    if tag is None or tag < 0:
        return ""
    if not options.tag_names:
        raise InputError(
            "the tags are numbers, and the file does not say what they stand for",
            "name them in their order, as in --labels O,B-PER,I-PER,B-LOC,I-LOC",
            where,
        )
    return options.tag_names[tag] if tag < len(options.tag_names) else str(tag)


def sniff(source: SourceFile) -> Evidence:
    """Whether objects have tokens with tags, and no text."""
    is_rows = any(map(is_tagged, sample_objects(source)))
    return Evidence.SIGNATURE if is_rows else Evidence.NONE
