"""The label schema: what annotators may mark, and the guidelines they read while doing it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from curate.errors import ConfigError
from curate.model import Record
from curate.util import jsonl

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
MAX_NAME = 100
"""Letters that the name of a label may have; Doccano takes no more."""


class GuidelineWords(NamedTuple):
    """The headings of the guidelines in one language."""

    labels: str
    categories: str
    relations: str
    label: str
    key: str
    meaning: str
    joins: str
    rules: str
    yes: str
    no: str


GUIDELINE_WORDS = {
    "en": GuidelineWords(
        labels="Labels",
        categories="Categories of the document",
        relations="Relations",
        label="Label",
        key="Key",
        meaning="For",
        joins="Connects",
        rules="How to decide",
        yes="Annotate",
        no="Do not annotate",
    ),
    "fr": GuidelineWords(
        labels="Étiquettes",
        categories="Catégories du document",
        relations="Relations",
        label="Étiquette",
        key="Touche",
        meaning="Pour",
        joins="Relie",
        rules="Comment décider",
        yes="Oui",
        no="Non, pas ainsi",
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
    """A type of relation between two spans. It has no key: Doccano's page takes none for it.

    Args:
        name: what is stored, such as ``works_for``.
        title: what people call it, in the language of the corpus.
        description: one or two sentences: what it is for, and which way it points.
        colour: ``#rrggbb``, the background in Doccano.
        heads: labels that it may come from; all if none is named.
        tails: labels that it may go to; all if none is named.
        rules: how to decide, one sentence each.
    """

    name: str
    title: str
    description: str
    colour: str
    heads: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """None."""
        return ""


Mark = TypeVar("Mark", Label, RelationType)
_GREY = "#808080"


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
        models: for each spaCy pipeline or rules file, by its name, its labels mapped to ours (a
            label left out is dropped).
        overlap: whether spans may overlap.
        exclusive: whether a document has one category at most.
    """

    name: str
    version: str
    language: str
    title: str
    introduction: str
    labels: tuple[Label, ...] = ()
    relations: tuple[RelationType, ...] = ()
    categories: tuple[Label, ...] = ()
    models: dict[str, dict[str, str]] = {}
    overlap: bool = False
    exclusive: bool = False

    @property
    def id(self) -> str:
        """``<name>@<version>``, as revisions and releases record it."""
        return f"{self.name}@{self.version}"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the span labels, in the order of the schema."""
        return tuple(label.name for label in self.labels)

    @property
    def marks(self) -> dict[str, tuple[Label | RelationType, ...]]:
        """Everything that can be marked, by kind: ``label``, ``category``, ``relation``."""
        return {"label": self.labels, "category": self.categories, "relation": self.relations}

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
        raise ConfigError(f"{path}: {error}", "see docs/schema.md") from error
    _check(schema, path)
    return schema


def schema_of_labels(
    id: str,
    language: str,
    labels: Iterable[str],
    relations: Iterable[str] = (),
    categories: Iterable[str] = (),
) -> Schema:
    """A schema of which only the names are known; ``id`` is ``<name>@<version>``."""
    name, _, version = id.rpartition("@")
    return Schema(
        name=name,
        version=version,
        language=language,
        title=name,
        introduction="",
        labels=tuple(_plain(Label, it) for it in labels),
        relations=tuple(_plain(RelationType, it) for it in relations),
        categories=tuple(_plain(Label, it) for it in categories),
        overlap=True,
    )


def _plain(kind: type[Mark], name: str) -> Mark:
    return kind(name=name, title=name, description=name, colour=_GREY)


def _check(schema: Schema, path: Path) -> None:
    for kind, marks in schema.marks.items():
        _unique([mark.name for mark in marks], f"{path}: {kind}")
    every = [mark for marks in schema.marks.values() for mark in marks]
    # Labels and categories are on one page, so that a key may not stand for two things.
    _unique([mark.key for mark in every if mark.key], f"{path}: shortcut key")
    for mark in every:
        if not COLOUR.fullmatch(mark.colour):
            raise ConfigError(f"{path}: colour {mark.colour!r} of {mark.name}", "write #rrggbb")
        if mark.key and not re.fullmatch(r"[0-9a-z]", mark.key):
            raise ConfigError(f"{path}: key {mark.key!r} of {mark.name}", "use one of 0-9, a-z")
        if not 0 < len(mark.name) <= MAX_NAME or mark.name != mark.name.strip():
            raise ConfigError(
                f"{path}: name {mark.name!r}",
                f"write 1 to {MAX_NAME} letters, without blanks at the edges",
            )
    for model, mapping in schema.models.items():
        for unknown in sorted(set(mapping.values()) - set(schema.names)):
            raise ConfigError(f"{path}: {model} is mapped to {unknown}", "map it to a known label")
    if schema.relations and not schema.labels:
        raise ConfigError(f"{path}: relations join labels, and there are none", "add labels")
    for relation in schema.relations:
        for unknown in sorted({*relation.heads, *relation.tails} - set(schema.names)):
            raise ConfigError(f"{path}: {relation.name} joins {unknown}", "name a known label")


def _unique(names: list[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{what} {name!r} occurs twice", "rename one of them")


def guidelines(schema: Schema) -> str:
    """The page annotators read in Doccano, as Markdown made from the schema alone.

    The introduction, a table of each kind of label with the keys, then a section for each label.
    Where there are categories, the keys of other labels are not told: Doccano's page ignores them.
    """
    if schema.categories:
        silent = tuple(msgspec.structs.replace(label, key="") for label in schema.labels)
        schema = msgspec.structs.replace(schema, labels=silent)
    words = GUIDELINE_WORDS.get(schema.language, GUIDELINE_WORDS["en"])
    titles = (words.labels, words.categories, words.relations)
    parts = [f"# {schema.title}", _unwrapped(schema.introduction.strip())]
    for title, marks in zip(titles, schema.marks.values(), strict=True):
        parts += [_table(title, marks, words)] if marks else []
    for mark in (*schema.labels, *schema.categories):
        parts += _page(mark, words, _marked_lists(mark, words))
    for relation in schema.relations:
        parts += _page(relation, words, _relation_lists(relation, words))
    parts.append(f"*{schema.id}*")
    return "\n\n".join(parts) + "\n"


def _unwrapped(markdown: str) -> str:
    """Join the lines of a paragraph or list item: Doccano draws every line end as a break."""
    return re.sub(r"(?<=\S)\n *(?![ \n#|>]|[-*] |\d+\. )", " ", markdown)


def _table(title: str, marks: tuple[Label | RelationType, ...], words: GuidelineWords) -> str:
    rows = [f"| {words.key} | {words.label} | {words.meaning} |", "| --- | --- | --- |"]
    rows += [f"| **{mark.key}** | {mark.name} | {mark.title} |" for mark in marks if mark.key]
    rows += [f"| | {mark.name} | {mark.title} |" for mark in marks if not mark.key]
    return f"## {title}\n\n" + "\n".join(rows)


def _page(
    mark: Label | RelationType, words: GuidelineWords, lists: dict[str, list[str]]
) -> list[str]:
    key = f" ({words.key.lower()} {mark.key})" if mark.key else ""
    page = [f"## {mark.name} : {mark.title}{key}", mark.description.strip()]
    for title, items in lists.items():
        if items:
            page += [f"**{title}**", "\n".join(f"- {item}" for item in items)]
    return page


def _marked_lists(label: Label, words: GuidelineWords) -> dict[str, list[str]]:
    return {
        words.rules: [*label.rules],
        f"✓ {words.yes}": [_marked(example) for example in label.examples],
        f"✗ {words.no}": [_marked(example) for example in label.counter_examples],
    }


def _relation_lists(relation: RelationType, words: GuidelineWords) -> dict[str, list[str]]:
    ends = [", ".join(labels) or "…" for labels in (relation.heads, relation.tails)]
    joins = [" → ".join(ends)] if relation.heads or relation.tails else []
    return {words.joins: joins, words.rules: [*relation.rules]}


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
