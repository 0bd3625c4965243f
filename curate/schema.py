"""The label schema: what annotators may mark, and the guidelines they read while doing it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import msgspec

from curate import jsonl
from curate.errors import ConfigError
from curate.model import Record

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


class Words(NamedTuple):
    """The headings of the guidelines in one language."""

    labels: str
    label: str
    key: str
    meaning: str
    rules: str
    yes: str
    no: str


WORDS = {
    "en": Words("Labels", "Label", "Key", "For", "How to decide", "Mark", "Do not mark so"),
    "fr": Words(
        "Étiquettes", "Étiquette", "Touche", "Pour", "Comment décider", "Oui", "Non, pas ainsi"
    ),
}


class Label(Record, frozen=True, kw_only=True):
    """A label of the schema.

    Args:
        name: what is stored, such as ``PER``.
        title: what people call it, in the language of the corpus.
        description: one or two sentences: what it is for.
        colour: ``#rrggbb``, the background in Doccano.
        key: the one-letter or one-digit shortcut in Doccano, empty for none.
        rules: how to decide and where the edges are, one sentence each.
        examples: text with ``[the span]`` in brackets.
        counter_examples: text in which the bracketed part must NOT get this label, and why.
    """

    name: str
    title: str
    description: str
    colour: str
    key: str = ""
    rules: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()


class RelationType(Record, frozen=True, kw_only=True):
    """A type of relation: which labels it may join, and its colour in Doccano."""

    name: str
    title: str
    description: str
    colour: str
    heads: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()


class Schema(Record, frozen=True, kw_only=True):
    """A label schema.

    Args:
        name: name of the schema.
        version: semantic version; every revision records it.
        language: ISO 639-1 code of the articles it is for.
        title: heading of the guidelines.
        introduction: Markdown that opens the guidelines.
        labels: labels of spans.
        relations: types of relations between spans.
        categories: labels of whole documents.
        models: for each spaCy pipeline, its labels mapped to ours (a label left out is dropped).
        overlap: whether spans may overlap.
    """

    name: str
    version: str
    language: str
    title: str
    introduction: str
    labels: tuple[Label, ...]
    relations: tuple[RelationType, ...] = ()
    categories: tuple[Label, ...] = ()
    models: dict[str, dict[str, str]] = {}
    overlap: bool = False

    @property
    def id(self) -> str:
        """``<name>@<version>``, as revisions and releases record it."""
        return f"{self.name}@{self.version}"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the span labels, in the order of the schema."""
        return tuple(label.name for label in self.labels)

    @property
    def digest(self) -> str:
        """SHA-256 of the schema's content (not of the file's layout)."""
        return jsonl.digest(self)


def load(path: Path) -> Schema:
    """Read a schema file.

    Raises:
        ConfigError: the file is missing, is not valid, or contradicts itself.
    """
    try:
        schema = msgspec.yaml.decode(path.read_bytes(), type=Schema)
    except FileNotFoundError as error:
        raise ConfigError(
            f"schema {path} is missing", "name another one in curate.toml under [corpus] schema"
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}", "see the reference page of schemas") from error
    _check(schema, path)
    return schema


def _check(schema: Schema, path: Path) -> None:
    for kind, labels in (("label", schema.labels), ("category", schema.categories)):
        _unique([label.name for label in labels], f"{path}: {kind}")
        _unique([label.key for label in labels if label.key], f"{path}: shortcut key of a {kind}")
    marks = [(mark.name, mark.colour) for mark in (*schema.labels, *schema.categories)]
    for name, colour in (*marks, *((mark.name, mark.colour) for mark in schema.relations)):
        if not COLOUR.fullmatch(colour):
            raise ConfigError(f"{path}: colour {colour!r} of {name}", "write #rrggbb")
    for label in (*schema.labels, *schema.categories):
        if label.key and not re.fullmatch(r"[0-9a-z]", label.key):
            raise ConfigError(f"{path}: key {label.key!r} of {label.name}", "use one of 0-9, a-z")
    for model, mapping in schema.models.items():
        for unknown in sorted(set(mapping.values()) - set(schema.names)):
            raise ConfigError(f"{path}: {model} is mapped to {unknown}", "map it to a known label")
    for relation in schema.relations:
        for unknown in sorted({*relation.heads, *relation.tails} - set(schema.names)):
            raise ConfigError(f"{path}: {relation.name} joins {unknown}", "name a known label")


def _unique(names: list[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{what} {name!r} occurs twice", "rename one of them")


def guidelines(schema: Schema) -> str:
    """The page annotators read in Doccano, as Markdown made from the schema alone.

    The introduction, a table of the labels with their keys, then a section for each label.
    """
    words = WORDS.get(schema.language, WORDS["en"])
    marks = (*schema.labels, *schema.categories)
    parts = [f"# {schema.title}", _unwrapped(schema.introduction.strip()), _table(marks, words)]
    for label in marks:
        parts += _label_page(label, words)
    for relation in schema.relations:
        parts += [f"## {relation.name} : {relation.title}", relation.description.strip()]
    parts.append(f"*{schema.id}*")
    return "\n\n".join(parts) + "\n"


def _unwrapped(markdown: str) -> str:
    """Join the lines of a paragraph or list item: Doccano draws every line end as a break."""
    return re.sub(r"(?<=\S)\n *(?![ \n#|>]|[-*] |\d+\. )", " ", markdown)


def _table(labels: tuple[Label, ...], words: Words) -> str:
    rows = [f"| {words.key} | {words.label} | {words.meaning} |", "| --- | --- | --- |"]
    rows += [f"| **{label.key}** | {label.name} | {label.title} |" for label in labels if label.key]
    rows += [f"| | {label.name} | {label.title} |" for label in labels if not label.key]
    return f"## {words.labels}\n\n" + "\n".join(rows)


def _label_page(label: Label, words: Words) -> list[str]:
    key = f" ({words.key.lower()} {label.key})" if label.key else ""
    page = [f"## {label.name} : {label.title}{key}", label.description.strip()]
    lists = (
        (words.rules, [*label.rules]),
        (f"✓ {words.yes}", [_marked(example) for example in label.examples]),
        (f"✗ {words.no}", [_marked(example) for example in label.counter_examples]),
    )
    for title, items in lists:
        if items:
            page += [f"**{title}**", "\n".join(f"- {item}" for item in items)]
    return page


def _marked(example: str) -> str:
    return re.sub(r"\[([^\]]+)\]", r"**\1**", example)


def text_colour(background: str) -> str:
    """Black or white, whichever has the higher contrast with ``background`` (#rrggbb).

    Contrast ratio as in WCAG 2.2, section "contrast ratio".
    """
    channels = [int(background[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "#ffffff"
