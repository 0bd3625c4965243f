"""The invented English news of ``tests/preannotate/news_en.txt``, and what models get wrong there.

There is no English model to measure with, so the spans that boundaries are cleaned of are made from
the gold as models usually widen it: over the article, the titles and the possessives before a name,
and over the possessive behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

from curate import schema, templates
from curate.model import Document, Span
from curate.preannotate import rules
from curate.preannotate.boundaries import clean
from curate.preannotate.proposal import propose
from curate.util import jsonl

_FILE = Path(__file__).resolve().parents[1] / "preannotate" / "news_en.txt"
_MARK = re.compile(r"\[([^|\]]+)\|([A-Z]*)\]")
_WORD_BEFORE = re.compile(r"(?:[Tt]he|[A-Z][a-z]{1,3}\.|[A-Z][\w’'-]*) $")  # Sen., but no sentence
NAMES = ("PER", "ORG", "LOC")


class NewsItem(NamedTuple):
    """One article with its gold."""

    document: Document
    spans: tuple[Span, ...]


class Outcome(NamedTuple):
    """Spans that are right, in the gold, and given."""

    right: int
    gold: int
    given: int

    @property
    def f1(self) -> float:
        """Strict F1."""
        return 2 * self.right / (self.gold + self.given)


def news(part: str) -> list[NewsItem]:
    """The items of a part of the file: ``dev`` or ``held``."""
    _, _, text = _FILE.read_text("utf-8").partition(f"\n## {part}\n")
    return [_item(block) for block in text.split("\n##")[0].strip().split("\n\n")]


def _item(marked: str) -> NewsItem:
    text, spans, end = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[end : match.start()]
        if match[2]:
            spans.append(Span(len(text), len(text) + len(match[1]), match[2]))
        text += match[1]
        end = match.end()
    text += marked[end:]
    return NewsItem(Document(id=jsonl.document_id(text), text=text, lang="en"), tuple(spans))


def widened(item: NewsItem) -> Iterator[tuple[Span, Span]]:
    """The names of an item, each with the wider span that a model would give instead."""
    text = item.document.text
    for span in item.spans:
        if span.label in NAMES:
            start = span.start
            while match := _WORD_BEFORE.search(text[:start][-40:]):
                start -= len(match[0])
            end = span.end + (2 if text[span.end : span.end + 2] in ("'s", "’s") else 0)
            if (start, end) != (span.start, span.end):
                yield span, Span(start, end, span.label)


def cleaning(items: Iterable[NewsItem]) -> tuple[int, int, int]:
    """How many widened names are brought back to the gold, of how many; and names that it cuts."""
    right = total = harmed = 0
    for item in items:
        text = item.document.text
        for gold, wide in widened(item):
            cleaned = clean(text, wide, "en")
            right += cleaned is not None and cleaned.key == gold.key
            total += 1
        for span in item.spans:
            if span.label in NAMES:
                cleaned = clean(text, span, "en")
                harmed += cleaned is None or cleaned.key != span.key
    return right, total, harmed


def proposals(items: Iterable[NewsItem]) -> dict[str, Outcome]:
    """What the rules for English propose without a model: the outcome of each label, and of all."""
    shipped = files(templates)
    with as_file(shipped / "news-en.yaml") as path:
        labels = schema.load(path)
    compiled = []
    for name in templates.TEMPLATES["en"].rules:
        with as_file(shipped / name) as path:
            compiled.append(rules.load(path, labels))
    counts = {label: [0, 0, 0] for label in ("all", *labels.names)}
    for item in items:
        spans = [span for each in compiled for span in each.applied(item.document)]
        found = propose(item.document, spans, language="en", overlap=False).spans
        keys = {span.key for span in item.spans}
        for number, chosen in ((1, item.spans), (2, found)):
            for span in chosen:
                for label in ("all", span.label):
                    counts[label][number] += 1
                    counts[label][0] += number == 2 and span.key in keys
    return {label: Outcome(*three) for label, three in counts.items() if any(three)}
