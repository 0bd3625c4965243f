"""The guidelines that annotators read in Doccano, generated from the schema alone."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from curate.schema.schema import Label, RelationType, Schema


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
    "de": GuidelineWords(
        labels="Labels",
        categories="Kategorien des Dokuments",
        relations="Relationen",
        label="Label",
        key="Taste",
        meaning="Für",
        joins="Verbindet",
        rules="So wird entschieden",
        yes="Annotieren",
        no="Nicht annotieren",
    ),
    "es": GuidelineWords(
        labels="Etiquetas",
        categories="Categorías del documento",
        relations="Relaciones",
        label="Etiqueta",
        key="Tecla",
        meaning="Para",
        joins="Une",
        rules="Cómo decidir",
        yes="Sí",
        no="No, así no",
    ),
    "it": GuidelineWords(
        labels="Etichette",
        categories="Categorie del documento",
        relations="Relazioni",
        label="Etichetta",
        key="Tasto",
        meaning="Per",
        joins="Collega",
        rules="Come decidere",
        yes="Sì",
        no="No, non così",
    ),
    "pt": GuidelineWords(
        labels="Etiquetas",
        categories="Categorias do documento",
        relations="Relações",
        label="Etiqueta",
        key="Tecla",
        meaning="Para",
        joins="Liga",
        rules="Como decidir",
        yes="Sim",
        no="Não, assim não",
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


def guidelines(schema: Schema) -> str:
    """The guidelines that annotators read in Doccano, in Markdown.

    They consist of the introduction, a table of each kind of label with its shortcuts, and a
    section for each label. If there are categories, the shortcuts of other labels are left out,
    because Doccano ignores them. A schema that has a page of its own is shown as that page.
    Translations follow, one after the other.
    """
    parts = [_guidelines(msgspec.structs.replace(schema, translations={}))]
    parts += [_guidelines(schema.translated(code)) for code in schema.translations]
    return "\n---\n\n".join(parts)


def _guidelines(schema: Schema) -> str:
    """The guidelines in the language of the schema."""
    if schema.page is not None:
        return "\n\n".join(filter(None, (schema.page.strip(), f"*{schema.id}*"))) + "\n"
    if schema.categories:
        silent = tuple(msgspec.structs.replace(label, key="") for label in schema.labels)
        schema = msgspec.structs.replace(schema, labels=silent)
    words = GUIDELINE_WORDS.get(schema.language, GUIDELINE_WORDS["en"])
    titles = (words.labels, words.categories, words.relations)
    parts = [f"# {schema.title}", _unwrapped(schema.introduction.strip())]
    for title, entries in zip(titles, schema.definitions.values(), strict=True):
        parts += [_table(title, entries, words)] if entries else []
    for label in (*schema.labels, *schema.categories):
        parts += _page(label, words, _label_lists(label, words))
    for relation in schema.relations:
        parts += _page(relation, words, _relation_lists(relation, words))
    parts.append(f"*{schema.id}*")
    return "\n\n".join(parts) + "\n"


def _unwrapped(markdown: str) -> str:
    """Join the lines of a paragraph or list item: Doccano shows every line end as a break."""
    return re.sub(r"(?<=\S)\n *(?![ \n#|>]|[-*] |\d+\. )", " ", markdown)


def _table(title: str, entries: tuple[Label | RelationType, ...], words: GuidelineWords) -> str:
    rows = [f"| {words.key} | {words.label} | {words.meaning} |", "| --- | --- | --- |"]
    rows += [
        f"| **{entry.key}** | {entry.name} | {entry.title} |" for entry in entries if entry.key
    ]
    rows += [f"| | {entry.name} | {entry.title} |" for entry in entries if not entry.key]
    return f"## {title}\n\n" + "\n".join(rows)


def _page(
    entry: Label | RelationType, words: GuidelineWords, lists: dict[str, list[str]]
) -> list[str]:
    key = f" ({words.key.lower()} {entry.key})" if entry.key else ""
    page = [f"## {entry.name} : {entry.title}{key}", entry.description.strip()]
    for title, items in lists.items():
        if items:
            page += [f"**{title}**", "\n".join(f"- {item}" for item in items)]
    return page


def _label_lists(label: Label, words: GuidelineWords) -> dict[str, list[str]]:
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
