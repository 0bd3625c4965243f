"""The text of a label schema for any language, and how the labels of others meet its own."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from textwrap import indent
from typing import NamedTuple

import msgspec

from curate.schema import LabelTexts, Schema
from curate.schema.colours import distinct_colours
from curate.templates import quoted


class _Known(NamedTuple):
    title: str
    description: str


_PERSON = _Known("Person", "A person who is named.")
_PLACE = _Known("Place", "A place that has a name, such as a country, a city or a river.")
_KNOWN = {
    "PER": _PERSON,
    "PERSON": _PERSON,
    "ORG": _Known("Organisation", "An organised group that has a name."),
    "LOC": _PLACE,
    "GPE": _Known("Country, region or city", "A place with a government of its own."),
    "FAC": _Known("Building", "A building, bridge, road or airport that has a name."),
    "MISC": _Known("Other proper name", "A proper name that belongs to no other label."),
    "NORP": _Known("Nationality, religion, party", "A group of people, or its adjective."),
    "EVENT": _Known("Event", "An event that has a name."),
    "PRODUCT": _Known("Product", "A product that has a name."),
    "WORK_OF_ART": _Known("Work of art", "The title of a book, film, song or painting."),
    "LAW": _Known("Law", "A law or treaty that has a name."),
    "LANGUAGE": _Known("Language", "The name of a language."),
    "DATE": _Known("Date", "A date of the calendar, or a part of one."),
    "TIME": _Known("Time", "A time of day."),
    "MONEY": _Known("Amount of money", "An amount with its currency."),
    "PERCENT": _Known("Percentage", "A percentage with its sign or word."),
    "ROLE": _Known("Office", "The office, title or post that somebody holds."),
}
# What other schemas and pipelines call the same thing, or what includes it.
_RELATED = (
    ("PER", "PERSON", "persName", "PRS"),
    ("ORG", "orgName"),
    ("LOC", "GPE", "FAC", "placeName", "geogName", "GPE_LOC"),
    ("MISC", "PRODUCT", "WORK_OF_ART", "LAW"),
    ("EVENT", "EVN", "EVT"),
)

_HEAD = """\
# Labels and guidelines. `curate` sets up the Doccano project and the guidelines that annotators
# read from this file; docs/schema.md explains its fields. Write it in the language of your
# annotators: say what each label is for, add `rules`, `examples` and `counter_examples` to it, and
# raise `version` whenever a rule or a label changes.
name: {name}
version: 0.1.0
language: {language}
title: Annotation guidelines

introduction: |
  Read the whole article, and mark every mention of what the labels below describe. Where there
  are proposals, correct them: click the **name** below a mark to change its label; a right click
  on it deletes the mark. To add one, press the **key** of a label and select the text with the
  mouse.

  Articles and prepositions, quotation marks, spaces and punctuation at the edges stay outside.
  Marks never overlap: take the longest name of one thing.

  Confirm the article with the key **Enter**, also if there is nothing to mark: only confirmed
  articles enter the corpus. A second Enter takes the confirmation back.

labels:
"""


def schema_text(
    name: str,
    language: str,
    labels: Iterable[str],
    mappings: Mapping[str, Mapping[str, str]],
) -> str:
    """A label schema as YAML, with a colour and a key for each label.

    Args:
        name: name of the schema.
        language: ISO 639-1 code.
        labels: names of the labels, in order.
        mappings: labels of pipelines and rules files mapped to these, by their names.
    """
    text = _HEAD.format(name=quoted(name), language=quoted(language))
    taken: set[str] = set()
    for label, colour in zip(labels, distinct_colours(), strict=False):
        known = _KNOWN.get(label, _Known(label, f"What {label} is for."))
        key = _key(label, taken)
        taken.add(key)
        fields = {
            "name": label,
            "title": known.title,
            "colour": colour,
            **({"key": key} if key else {}),
            "description": known.description,
        }
        lines = [f"{field}: {quoted(value)}" for field, value in fields.items()]
        text += "  - " + "\n    ".join(lines) + "\n"
    return text + mappings_text(mappings)


def mappings_text(mappings: Mapping[str, Mapping[str, str]]) -> str:
    """The part ``models:`` of a schema; empty if there is nothing to map."""
    lines = [f"  {quoted(name)}: {_flow(mapping)}\n" for name, mapping in mappings.items()]
    return "\nmodels:\n" + "".join(lines) if lines else ""


def add_mappings(text: str, mappings: Mapping[str, Mapping[str, str]]) -> str:
    """The text of a schema with more mappings at the end of its part ``models:``."""
    if not mappings:
        return text
    head, models, rest = text.partition("\nmodels:\n")
    if not models:
        return text + mappings_text(mappings)
    lines = rest.splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if line.startswith(" ")) + 1
    last = next((n for n, line in enumerate(lines) if not line.startswith((" ", "\n"))), last)
    added = mappings_text(mappings).removeprefix(models)
    return head + models + "".join([*lines[:last], added, *lines[last:]])


def add_translation(text: str, own: Schema, theirs: Schema) -> str:
    """The text of a schema with the guidelines of another one as those for its language."""
    entries = {entry.name: entry for entry in (*theirs.labels, *theirs.categories)}
    labels = {
        label.name: LabelTexts(
            **{field: getattr(entries[label.name], field) for field in LabelTexts.__struct_fields__}
        )
        for label in (*own.labels, *own.categories)
        if label.name in entries
    }
    head = "" if "\ntranslations:\n" in text else "\ntranslations:\n"
    return (
        f"{text}{head}  {theirs.language}:\n    title: {quoted(theirs.title)}\n"
        f"    introduction: |\n{indent(theirs.introduction, ' ' * 6)}"
        f"{indent(msgspec.yaml.encode({'labels': labels}).decode('utf-8'), ' ' * 4)}"
    )


def match_labels(others: Iterable[str], labels: Iterable[str]) -> dict[str, str]:
    """Map the labels of a pipeline or a rules file to those of a schema, as far as they agree.

    A label goes to the one of the same name, or else to a related one which the others do not
    have themselves: GPE to LOC, and LOC to GPE only for a pipeline that does not know GPE.
    """
    theirs, ours = tuple(others), tuple(labels)
    found: dict[str, str] = {}
    for other in theirs:
        related = next((group for group in _RELATED if other in group), ())
        choices = [label for label in ours if label in related and label not in theirs]
        known_to_both = [label for label in related[:1] if label in ours and label in theirs]
        if other in ours:
            found[other] = other
        elif choices or known_to_both:
            found[other] = (choices or known_to_both)[0]
    return found


def _flow(mapping: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{quoted(a)}: {quoted(b)}" for a, b in mapping.items()) + "}"


def _key(label: str, taken: set[str]) -> str:
    """A letter or digit for a shortcut that no other label has; empty if all are taken."""
    usable = string.ascii_lowercase + string.digits
    own = [letter for letter in label.lower() if letter in usable]
    return next((letter for letter in (*own, *usable) if letter not in taken), "")
