"""What a sync reports, and remembers as doubtful, where somebody changed the project in Doccano."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from curate.model import Annotation
from curate.store import Store
from curate.sync.server_changes import ServerChange

if TYPE_CHECKING:
    from curate.doccano.label_identity import RenamedLabelType

_UNKNOWN = "9999"  # later than any time: until a sync knows better


def renamed_label_changes(
    store: Store, marker: str, renamed: Iterable[RenamedLabelType]
) -> list[ServerChange]:
    """A change for each renamed label type, with the documents that were last seen with it.

    Args:
        store: the corpus.
        marker: marker of the project.
        renamed: the label types.
    """
    types = {(each.kind, each.name): each for each in renamed}
    if not types:
        return []
    documents: dict[tuple[str, str], list[str]] = {key: [] for key in types}
    counts: Counter[tuple[str, str]] = Counter()
    with store.begin() as tx:
        for document in tx.tracked_documents(marker):
            tracked = tx.tracked(marker, document)
            labels = Counter(labels_of(tracked.base)) if tracked else Counter()
            for key in types.keys() & labels.keys():
                documents[key].append(document)
                counts[key] += labels[key]
    return [
        _change(each, tuple(sorted(documents[key])), counts[key]) for key, each in types.items()
    ]


def labels_of(annotation: Annotation) -> list[tuple[str, str]]:
    """Kind and label of everything in an annotation."""
    return [
        *(("span", span.label) for span in annotation.spans),
        *(("relation", relation.label) for relation in annotation.relations),
        *(("category", category.label) for category in annotation.categories),
    ]


def _change(renamed: RenamedLabelType, documents: tuple[str, ...], spans: int) -> ServerChange:
    hint = "the gold stays, and `curate sync` renames it back"
    if renamed.ambiguous:
        hint += (
            f"; another label was called {renamed.current} before, so what people marked with it "
            "meanwhile becomes a conflict"
        )
    return ServerChange(
        code="remote.label-renamed",
        message=f"the {renamed.kind} label type {renamed.name} was renamed to {renamed.current} in "
        "Doccano",
        hint=hint,
        documents=documents,
        spans=spans,
    )


def record_unshared(store: Store, marker: str, until: str = _UNKNOWN) -> None:
    """Record until when people did not see what others annotated.

    Like :func:`doubt_labels`, it is recorded before sharing is switched on, and afterwards.

    Args:
        store: the corpus.
        marker: marker of the project.
        until: a time on the server's clock.
    """
    with store.begin() as tx:
        state = tx.remote_state(marker)
        tx.put_remote_state(marker, msgspec.structs.replace(state, unshared_until=until))


def doubted_labels(renamed: Iterable[RenamedLabelType], until: str = _UNKNOWN) -> dict[str, str]:
    """The labels of which it is not known until a time what people meant, by ``<kind>/<label>``."""
    return {f"{each.kind}/{each.name}": until for each in renamed if each.ambiguous}


def doubt_labels(
    store: Store, marker: str, renamed: Iterable[RenamedLabelType], until: str = _UNKNOWN
) -> None:
    """Record until when it was not known what people meant by a label.

    It is recorded twice: before the label types are renamed back, without a time, because the sync
    can be killed in between, and afterwards.

    Args:
        store: the corpus.
        marker: marker of the project.
        renamed: the label types.
        until: a time on the server's clock.
    """
    labels = doubted_labels(renamed, until)
    if labels:
        with store.begin() as tx:
            state = tx.remote_state(marker)
            doubted = {**state.doubted_labels, **labels}
            tx.put_remote_state(marker, msgspec.structs.replace(state, doubted_labels=doubted))
