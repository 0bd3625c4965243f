"""Gold of documents that several people annotated apart, where nobody has to decide."""

from __future__ import annotations

from collections.abc import Callable

from curate.layers import UNANIMOUS, annotator_layer
from curate.model import Annotation, Assignment
from curate.store import Store, gold
from curate.store.transaction import Transaction
from curate.sync.roles import differ, versions


def settle(store: Store, schema: str, clock: Callable[[], str]) -> tuple[int, int]:
    """Make gold of what all annotators of a document say alike, or the only one says.

    Args:
        schema: ``<name>@<version>`` of the label schema, for the revisions.
        clock: gives the time as ISO 8601 in UTC.

    Returns:
        How many documents became gold, and on how many annotators differ and nobody decided yet.
    """
    made = open_ = 0
    with store.begin() as tx:
        assignments = tx.assignments()
    for key, assignment in assignments.items():
        with store.begin() as tx:
            said = versions(tx, assignment)
            if not said or tx.head(key) is not None:
                continue
            if differ(said.values()):
                open_ += 1
            else:
                _commit(tx, assignment, said, schema, clock())
                made += 1
    return made, open_


def _commit(
    tx: Transaction, assignment: Assignment, said: dict[str, Annotation], schema: str, at: str
) -> None:
    first = min(said, key=lambda name: (assignment.done[name], name))
    names = ", ".join(said)
    author = annotator_layer(first) if len(said) == 1 else UNANIMOUS
    gold.commit(
        tx,
        None,
        said[first],
        gold.Provenance(author=author, at=at, schema=schema),
        f"annotated by {names}" if len(said) == 1 else f"{names} say the same",
        confirmed_by=names,
        confirmed_at=max(assignment.done[name] for name in said),
    )
