"""A comparison as Markdown, for the summary of a pull request.

Totals come first, and then what fits: a summary on GitHub may have 1 MiB, and one on GitLab less.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

from curate.history.diff import AnnotationChange, DiffTotals, DocumentDiff
from curate.history.diff_page import in_words, marked_text, summarise_diff

LIMIT = 200_000
"""Code points of the documents that are written; the others are counted."""
_CONTEXT = 30  # code points around a change
_SPECIAL = re.compile(r"([\\`*_\[\]|~])")
_TAGS = {"del": "del", "ins": "ins", "mark": "b"}  # Markdown's own marks must not end in a blank


class DiffMarkdownWriter:
    """Takes documents that differ one by one, and then gives the text."""

    def __init__(self) -> None:
        self._documents: list[str] = []
        self._length = 0
        self._left_out = 0

    def add(self, document: DocumentDiff) -> None:
        """Add a document; of one that no longer fits, only the number is kept."""
        text = _document(document)
        if self._left_out or self._length + len(text) > LIMIT:
            self._left_out += 1
            return
        self._documents.append(text)
        self._length += len(text)

    def text(self, totals: DiffTotals) -> str:
        """The whole text, which ends with a line break."""
        parts = [
            f"### Corpus: {_escaped(totals.first)} → {_escaped(totals.second)}",
            f"**{summarise_diff(totals)}**",
            *_tables(totals),
        ]
        if self._documents:
            title = "<details><summary>Changes by document</summary>"
            parts += [title, "\n".join(self._documents), "</details>"]
        if self._left_out:
            command = f"curate diff {totals.first} {totals.second} --html diff.html"
            parts.append(f"{self._left_out:,} more documents: `{command}` shows all.")
        return "\n\n".join(parts) + "\n"


def _tables(totals: DiffTotals) -> Iterator[str]:
    for title, table in (("label", totals.labels), ("author", totals.authors)):
        if table:
            yield _table(title, table)
    if totals.relabelled:
        pairs = (f"{_escaped(pair)}: {number:,}" for pair, number in totals.relabelled.items())
        yield f"Relabelled: {', '.join(pairs)}."


def _table(title: str, rows: Mapping[str, Mapping[str, int]]) -> str:
    kinds = sorted({kind for counts in rows.values() for kind in counts})
    heads = [title, *map(in_words, kinds)]
    lines = [f"| {' | '.join(heads)} |", f"| --- |{' ---: |' * len(kinds)}"]
    for name, counts in rows.items():
        numbers = " | ".join(f"{counts[kind]:,}" if kind in counts else "" for kind in kinds)
        lines.append(f"| {_escaped(name)} | {numbers} |")
    return "\n".join(lines)


def _document(document: DocumentDiff) -> str:
    numbers = " → ".join(f"@{number}" for number in (document.before, document.after) if number)
    lines = [
        f"- {document.state} `{document.id}` {_escaped(document.title[:60])} {numbers}".rstrip()
    ]
    lines += [f"  - {_change(change)}" for change in document.changes]
    return "\n".join(lines)


def _change(change: AnnotationChange) -> str:
    spans = [span for span in (change.before, change.after) if span is not None]
    labels = " → ".join(dict.fromkeys(_escaped(span.label) for span in spans))
    marked = "".join(
        f"<{_TAGS[name]}>{_escaped(text)}</{_TAGS[name]}>" for name, text in marked_text(change)
    )
    left, right = _escaped(change.left[-_CONTEXT:]), _escaped(change.right[:_CONTEXT])
    author = f" ({_escaped(change.by)})" if change.by else ""
    head = " ".join(filter(None, (in_words(change.kind), labels)))
    return f"{head}: {left}{marked}{right}{author}"


def _escaped(text: str) -> str:
    """A text on one line in which Markdown, HTML and the hosts' references have no meaning."""
    plain = html.escape(" ".join(text.splitlines()), quote=False)
    return _SPECIAL.sub(r"\\\1", plain).replace("@", "&#64;")
