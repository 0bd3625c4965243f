"""Documents in which people used labels that the schema lacks: they wait, and are reported."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from curate.store.transaction import Transaction
from curate.sync.context import SyncContext
from curate.sync.label_changes import labels_of
from curate.sync.plan import PlannedPull, SyncPlan
from curate.sync.server_changes import ServerChange


def hold_unknown_labels(context: SyncContext, planned: SyncPlan) -> SyncPlan:
    """The plan without documents that would bring the gold labels that the schema lacks.

    Nobody but the people who used such a label knows what it means: a label type can have had
    another name when it was used, and can be renamed in Doccano without a trace. What the gold or
    the base of a document has already, such as what was imported, is no news.
    """
    flagged = [pull for pull in planned.pull if pull.unknown]
    if not flagged:
        return planned
    documents: dict[tuple[str, str], list[str]] = defaultdict(list)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    with context.store.begin() as tx:
        for pull in flagged:
            known = _known_labels(context, tx, pull)
            for kind, label, number in pull.unknown:
                if (kind, label) not in known:
                    documents[kind, label].append(pull.document)
                    counts[kind, label] += number
    context.server_changes += [
        _change(kind, label, tuple(sorted(documents[kind, label])), counts[kind, label])
        for kind, label in sorted(documents)
    ]
    held = {document for each in documents.values() for document in each}
    context.waiting += len(held)
    context.kept.update(held)
    pulls = tuple(pull for pull in planned.pull if pull.document not in held)
    return msgspec.structs.replace(planned, pull=pulls)


def _known_labels(context: SyncContext, tx: Transaction, pull: PlannedPull) -> set[tuple[str, str]]:
    tracked = tx.tracked(context.project.marker, pull.document)
    ours = context.role.outgoing_annotation(tx, pull.document)
    return {*labels_of(ours), *(labels_of(tracked.base) if tracked else ())}


def _change(kind: str, label: str, documents: tuple[str, ...], spans: int) -> ServerChange:
    what = "label" if kind == "span" else kind
    return ServerChange(
        code="remote.unknown-label",
        message=f"people used the {what} {label}, which the schema lacks",
        hint=f"replace it in Doccano by one of the schema, or add {label} to the schema; these "
        "documents are not pulled before",
        documents=documents,
        spans=spans,
    )
