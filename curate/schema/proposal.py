"""A proposal for a label schema: the present one with the labels that annotations have besides.

The proposal is text. It is the file of the present schema with entries and values put in, so that
the comments and the layout of the file stay as they are.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from curate.errors import ConfigError
from curate.model import Annotation, Record
from curate.schema.colours import distinct_colours
from curate.schema.schema import MAX_NAME, Definition, Label, RelationType, Schema

KINDS = {"labels": "label", "relations": "relation", "categories": "category"}
"""Fields of a schema, and what one entry of each is called."""


class LabelCounts(Record, frozen=True, kw_only=True):
    """How often labels occur, by name.

    Args:
        labels: labels of spans.
        relations: types of relations.
        categories: labels of documents.
        overlap: whether spans of one layer overlap.
    """

    labels: dict[str, int] = {}
    relations: dict[str, int] = {}
    categories: dict[str, int] = {}
    overlap: bool = False

    def missing(self, schema: Schema) -> LabelCounts:
        """Those that a schema does not have."""
        fields = {}
        for field in KINDS:
            names = {it.name for it in getattr(schema, field)}
            counts: dict[str, int] = getattr(self, field)
            fields[field] = {name: count for name, count in counts.items() if name not in names}
        return LabelCounts(**fields, overlap=self.overlap and not schema.overlap)

    @property
    def has_labels(self) -> bool:
        """Whether there is any label."""
        return bool(self.labels or self.relations or self.categories)


class LabelCounter:
    """Counts the labels of annotations."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {field: Counter() for field in KINDS}
        self._overlap = False

    def add(self, annotation: Annotation) -> None:
        """Count the labels of what one layer says about a document."""
        self._counts["labels"].update(it.label for it in annotation.spans)
        self._counts["relations"].update(it.label for it in annotation.relations)
        self._counts["categories"].update(it.label for it in annotation.categories)
        if not self._overlap:
            end = 0
            for span in sorted(annotation.spans, key=lambda span: span.start):
                self._overlap = self._overlap or span.start < end
                end = max(end, span.end)

    def counts(self) -> LabelCounts:
        """The counts, the most frequent label first."""
        ordered = {field: dict(counts.most_common()) for field, counts in self._counts.items()}
        return LabelCounts(**ordered, overlap=self._overlap)


def extend(schema: Schema, missing: LabelCounts, source: str) -> Schema:
    """A schema with further labels, as its next minor version.

    Args:
        schema: the present one.
        missing: what it lacks; see :meth:`LabelCounts.missing`.
        source: where the labels come from, for their descriptions.

    Raises:
        ConfigError: a name cannot be that of a label.
    """
    used = {each.colour for each in (*schema.labels, *schema.categories)}
    colours = distinct_colours(used | {each.colour for each in schema.relations})

    def entries(kind: type[Definition], counts: Mapping[str, int]) -> tuple[Definition, ...]:
        return tuple(
            kind(
                name=_checked(name),
                title=name,
                description=f"{name}, as in {source} ({count:,} times).",
                colour=next(colours),
            )
            for name, count in counts.items()
        )

    major, minor, *_ = (*schema.version.split("."), "0")
    return msgspec.structs.replace(
        schema,
        version=f"{major}.{int(minor) + 1}.0" if minor.isdecimal() else schema.version,
        labels=(*schema.labels, *entries(Label, missing.labels)),
        relations=(*schema.relations, *entries(RelationType, missing.relations)),
        categories=(*schema.categories, *entries(Label, missing.categories)),
        overlap=schema.overlap or missing.overlap,
    )


def extended_text(text: str, present: Schema, proposal: Schema) -> str:
    """The file of a schema, changed so that it says what a proposal says.

    Args:
        text: the file of the present schema, YAML.
        present: what it says.
        proposal: what it is to say; see :func:`extend`.
    """
    changed = _with_value(text, "version", proposal.version)
    if proposal.overlap != present.overlap:
        changed = _with_value(changed, "overlap", "true")
    for field in KINDS:
        added = getattr(proposal, field)[len(getattr(present, field)) :]
        changed = _with_entries(changed, field, added) if added else changed
    try:
        if msgspec.yaml.decode(changed, type=Schema) == proposal:
            return changed
    except msgspec.MsgspecError:
        pass
    # A layout in which nothing can be put in, such as a list on one line.
    return msgspec.yaml.encode(proposal).decode()


def _checked(name: str) -> str:
    if 0 < len(name) <= MAX_NAME and name == name.strip():
        return name
    raise ConfigError(
        f"{name!r} cannot be the name of a label: it has 1 to {MAX_NAME} characters, and no blanks "
        "at its ends",
        f"rename it with --label {json.dumps(name + '=NAME', ensure_ascii=False)}",
    )


def _with_value(text: str, field: str, value: str) -> str:
    pattern = re.compile(rf"^{field}:[^\n#]*?(?=\s*(#[^\n]*)?$)", re.MULTILINE)
    line = f"{field}: {value}"
    if pattern.search(text):
        return pattern.sub(line, text, count=1)
    return f"{text.rstrip()}\n{line}\n"


def _with_entries(text: str, field: str, added: Iterable[Label | RelationType]) -> str:
    """Put entries behind those of a list in block style, or a new list at the end."""
    lines = text.splitlines(keepends=True)
    head = re.compile(rf"{field}:\s*(#.*)?$")
    begin = next((n for n, line in enumerate(lines) if head.match(line)), None)
    if begin is None:
        return f"{text.rstrip()}\n{field}:\n{_entries(added, '  ')}"
    indents: list[str] = []
    end = begin + 1  # behind the last line of the last entry
    for number, line in enumerate(lines[begin + 1 :], begin + 1):
        if re.match(r"[^\s#-]", line):
            break
        if match := re.match(r"(\s*)- ", line):
            indents.append(match[1])
        if line.strip() and not line.lstrip().startswith("#"):
            end = number + 1
    before = "".join(lines[:end])
    before += "" if before.endswith("\n") else "\n"
    return before + _entries(added, indents[0] if indents else "  ") + "".join(lines[end:])


def _entries(added: Iterable[Label | RelationType], indent: str) -> str:
    fields = ("name", "title", "description", "colour")
    rows = []
    for entry in added:
        for number, field in enumerate(fields):
            value = json.dumps(getattr(entry, field), ensure_ascii=False)
            rows.append(f"{indent}{'  ' if number else '- '}{field}: {value}\n")
    return "".join(rows)
