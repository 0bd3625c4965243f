"""What annotations say, item by item, and the rows of the server behind it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

import msgspec

from curate.model import Annotation, Keyed, RemoteRow, RemoteRows

ItemKind = Literal["span", "relation", "category"]
Item = tuple[ItemKind, Any]
"""A span, relation or category of an annotation, by its kind and key."""


def items_of(annotation: Annotation) -> set[Item]:
    """Everything that an annotation says."""
    return {
        *(("span", span.key) for span in annotation.spans),
        *(("relation", relation.key) for relation in annotation.relations),
        *(("category", category.key) for category in annotation.categories),
    }


def rows_by_item(rows: RemoteRows) -> dict[Item, RemoteRow]:
    """The rows of the server by what they are of."""
    return {
        **{("span", key): row for key, row in rows.spans},
        **{("relation", key): row for key, row in rows.relations},
        **{("category", key): row for key, row in rows.categories},
    }


def with_differences(
    base: Annotation, there: Annotation, differences: Collection[Item]
) -> Annotation:
    """A base in which some of its differences from what Doccano holds are already made."""
    spans = _changed("span", base.spans, there.spans, differences)
    keys = {span.key for span in spans}
    relations = _changed("relation", base.relations, there.relations, differences)
    return msgspec.structs.replace(
        base,
        spans=spans,
        relations=tuple(each for each in relations if {each.head, each.tail} <= keys),
        categories=_changed("category", base.categories, there.categories, differences),
    ).sorted()


def _changed(
    kind: ItemKind,
    base: tuple[Keyed, ...],
    there: tuple[Keyed, ...],
    differences: Collection[Item],
) -> tuple[Keyed, ...]:
    changed = [item for item in base if (kind, item.key) not in differences]
    known = {item.key for item in base}
    changed += [item for item in there if item.key not in known and (kind, item.key) in differences]
    return tuple(changed)


def to_rows(rows: Mapping[Item, RemoteRow]) -> RemoteRows:
    """The opposite of :func:`rows_by_item`."""
    parts: dict[ItemKind, list[Any]] = {"span": [], "relation": [], "category": []}
    for (kind, key), row in sorted(rows.items(), key=repr):
        parts[kind].append((key, row))
    return RemoteRows(
        spans=tuple(parts["span"]),
        relations=tuple(parts["relation"]),
        categories=tuple(parts["category"]),
    )


def rows_of(annotation: Annotation, *rows: RemoteRows) -> RemoteRows:
    """The rows of what is in an annotation; of several for one item, the last ones."""
    known = items_of(annotation)
    merged = {
        item: row for each in rows for item, row in rows_by_item(each).items() if item in known
    }
    return to_rows(merged)
