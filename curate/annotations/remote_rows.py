"""The rows of an annotation on a server, when the labels of the annotation change. Pure."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from curate.layers import REMOTE
from curate.model import Annotation, Category, Relation, RemoteRows, Span


def relabelled_rows(rows: RemoteRows, relabel: Callable[[Annotation], Annotation]) -> RemoteRows:
    """Rows with the keys that what stands in them has under other labels.

    Args:
        rows: the rows.
        relabel: an annotation in the other labels; it may leave parts out.
    """
    nothing = Annotation(document="", layer=REMOTE)

    def relation(each: Relation) -> tuple[Relation, ...]:
        ends = tuple(Span(*key) for key in {each.head, each.tail})
        return relabel(msgspec.structs.replace(nothing, spans=ends, relations=(each,))).relations

    return RemoteRows(
        spans=tuple(
            (span.key, row)
            for key, row in rows.spans
            for span in relabel(msgspec.structs.replace(nothing, spans=(Span(*key),))).spans
        ),
        relations=tuple(
            (item.key, row) for key, row in rows.relations for item in relation(Relation(*key))
        ),
        categories=tuple(
            (item.key, row)
            for key, row in rows.categories
            for item in relabel(
                msgspec.structs.replace(nothing, categories=(Category(key),))
            ).categories
        ),
    )
