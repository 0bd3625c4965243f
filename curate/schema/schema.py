"""The label schema: the labels, relation types and categories that annotators may use."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from curate.errors import ConfigError
from curate.model import Record
from curate.text.language_codes import check_code
from curate.util import jsonl

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
MAX_NAME = 100
"""Maximal length of a label's name, a limit of Doccano."""


class Label(Record, frozen=True, kw_only=True):
    """A label of the schema.

    Args:
        name: the name that is stored, such as ``PER``.
        title: its name for people, in the language of the corpus.
        description: what it is for, in one or two sentences.
        colour: ``#rrggbb``, the background in Doccano.
        key: shortcut in Doccano, one letter or digit; empty for none.
        rules: how to decide and where spans begin and end, one sentence each.
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
    """A type of relation between two spans. It has no shortcut: Doccano supports none for it.

    Args:
        name: the name that is stored, such as ``works_for``.
        title: its name for people, in the language of the corpus.
        description: what it is for and which way it points, in one or two sentences.
        colour: ``#rrggbb``, the background in Doccano.
        heads: labels of the spans it may come from; all if empty.
        tails: labels of the spans it may go to; all if empty.
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
        """Always empty."""
        return ""


class LabelTexts(Record, frozen=True, kw_only=True):
    """What people read about a label in another language; the fields are those of ``Label``."""

    title: str
    description: str
    rules: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()


class Translation(Record, frozen=True, kw_only=True):
    """The guidelines in another language.

    Args:
        title: heading of the guidelines.
        introduction: Markdown that opens them.
        labels: texts of labels, categories and relation types, by name; those that are missing are
            shown in the language of the schema.
        page: the guidelines as people wrote them, in Markdown; without it they are generated.
    """

    title: str
    introduction: str
    labels: dict[str, LabelTexts] = {}
    page: str | None = None


Definition = TypeVar("Definition", Label, RelationType)
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
        models: the labels of each spaCy pipeline or rules file, by its name, mapped to ours; labels
            that are not mapped are dropped.
        overlap: whether spans may overlap.
        exclusive: whether a document has at most one category.
        page: the guidelines as people wrote them, in Markdown; without it they are generated.
        translations: the guidelines for articles in other languages, by ISO 639-1 code.
        cloned: the Doccano project that the schema was read from. Its labels may have blanks at
            the edges of their names.
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
    page: str | None = None
    translations: dict[str, Translation] = {}
    cloned: str = ""

    @property
    def id(self) -> str:
        """``<name>@<version>``, as revisions and releases record it."""
        return f"{self.name}@{self.version}"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the span labels, in the order of the schema."""
        return tuple(label.name for label in self.labels)

    @property
    def definitions(self) -> dict[str, tuple[Label | RelationType, ...]]:
        """Labels, categories and relation types, by kind: ``label``, ``category``, ``relation``."""
        return {"label": self.labels, "category": self.categories, "relation": self.relations}

    def translated(self, language: str) -> Schema:
        """The schema with its texts in another language, and with no translations.

        Raises:
            KeyError: it has no translation into this language.
        """
        texts = self.translations[language]
        return msgspec.structs.replace(
            self,
            language=language,
            title=texts.title,
            introduction=texts.introduction,
            page=texts.page,
            labels=tuple(_translated(label, texts) for label in self.labels),
            categories=tuple(_translated(label, texts) for label in self.categories),
            relations=tuple(_translated(relation, texts) for relation in self.relations),
            translations={},
        )

    def in_languages(self, languages: Collection[str]) -> Schema:
        """The schema with the guidelines of these languages only, as far as it has them.

        Somebody who annotates articles in some languages need not read about the others.
        """
        wanted = [code for code in self.translations if code in languages]
        if self.language in languages or not wanted:
            translations = {code: self.translations[code] for code in wanted}
            return msgspec.structs.replace(self, translations=translations)
        first, *others = wanted
        translations = {code: self.translations[code] for code in others}
        return msgspec.structs.replace(self.translated(first), translations=translations)

    @property
    def digest(self) -> str:
        """SHA-256 of the schema's content; the layout of the file does not matter."""
        return jsonl.digest(self)


def load(path: Path) -> Schema:
    """Read a schema file.

    Raises:
        ConfigError: the file is missing, invalid, or contradicts itself.
    """
    try:
        return parse(path.read_bytes(), str(path))
    except FileNotFoundError as error:
        raise ConfigError(
            f"schema {path} is missing", "name another one in curate.toml under [corpus] schema"
        ) from error


def parse(text: bytes, where: str) -> Schema:
    """Read a schema from the bytes of its file; ``where`` names it in messages.

    Raises:
        ConfigError: it is invalid, or contradicts itself.
    """
    try:
        schema = msgspec.yaml.decode(text, type=Schema)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where}: {error}", "see docs/schema.md") from error
    _check(schema, where)
    return schema


def schema_of_labels(
    id: str,
    language: str,
    labels: Iterable[str],
    relations: Iterable[str] = (),
    categories: Iterable[str] = (),
) -> Schema:
    """A schema with nothing but names; ``id`` is ``<name>@<version>``."""
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


def _translated(entry: Definition, texts: Translation) -> Definition:
    own = texts.labels.get(entry.name)
    if own is None:
        return entry
    fields = {name: getattr(own, name) for name in own.__struct_fields__ if hasattr(entry, name)}
    return msgspec.structs.replace(entry, **fields)


def _plain(kind: type[Definition], name: str) -> Definition:
    return kind(name=name, title=name, description=name, colour=_GREY)


def _check(schema: Schema, path: str) -> None:
    for kind, entries in schema.definitions.items():
        _unique([entry.name for entry in entries], f"{path}: {kind}")
    definitions = [entry for entries in schema.definitions.values() for entry in entries]
    # Labels and categories share a page, so that a key must not stand for two of them.
    _unique([entry.key for entry in definitions if entry.key], f"{path}: shortcut key")
    for entry in definitions:
        if not COLOUR.fullmatch(entry.colour):
            raise ConfigError(f"{path}: colour {entry.colour!r} of {entry.name}", "write #rrggbb")
        if entry.key and not re.fullmatch(r"[0-9a-z]", entry.key):
            raise ConfigError(f"{path}: key {entry.key!r} of {entry.name}", "use one of 0-9, a-z")
        name = entry.name.strip()
        if not name or len(entry.name) > MAX_NAME or (entry.name != name and not schema.cloned):
            raise ConfigError(
                f"{path}: name {entry.name!r}",
                f"write 1 to {MAX_NAME} letters, without blanks at the edges",
            )
    names = {entry.name for entry in definitions}
    for code, translation in schema.translations.items():
        check_code(code, f"{path}: a language of translations")
        if code == schema.language:
            raise ConfigError(f"{path}: translations has {code}, its own language", "remove it")
        for unknown in sorted(translation.labels.keys() - names):
            raise ConfigError(
                f"{path}: translations into {code} have {unknown}", "name a known label"
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


def text_colour(background: str) -> str:
    """Black or white, whichever has the higher contrast with ``background`` (#rrggbb).

    Contrast ratio as in WCAG 2.2, section "contrast ratio".
    """
    channels = [int(background[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "#ffffff"
