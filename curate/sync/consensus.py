"""Documents that several people annotate independently, and on which all of them agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.agreement import adjudicate_document, confirmed_versions, consensus
from curate.layers import annotator_layer
from curate.model import Annotation, Assignment
from curate.store import gold

if TYPE_CHECKING:
    from curate.store.transaction import Transaction
    from curate.workspace import Workspace


def commit_unanimous(workspace: Workspace) -> tuple[int, int]:
    """Make gold of documents whose annotators all agree, or that have only one annotator.

    Returns:
        How many documents became gold, and on how many annotators differ and nobody has decided.
    """
    committed = undecided = 0
    with workspace.store.begin() as tx:
        assignments = tx.assignments()
    for document, assignment in assignments.items():
        with workspace.store.begin() as tx:
            versions = confirmed_versions(tx, assignment)
            if not versions or tx.head(document) is not None:
                continue
            if adjudicate_document(versions, consensus()).is_open:
                undecided += 1
            else:
                _commit(tx, assignment, versions, workspace.schema.id, workspace.now())
                committed += 1
    return committed, undecided


def _commit(
    tx: Transaction,
    assignment: Assignment,
    versions: dict[str, Annotation],
    schema: str,
    at: str,
) -> None:
    first = min(versions, key=lambda account: (assignment.done[account], account))
    accounts = ", ".join(versions)
    last = max(versions, key=lambda account: (assignment.done[account], account))
    alone = len(versions) == 1
    gold.commit(
        tx,
        None,
        versions[first],
        gold.Provenance(author=annotator_layer(last), at=at, schema=schema),
        f"annotated by {accounts}" if alone else f"{accounts} agree",
        confirmed_by=accounts,
        confirmed_at=assignment.done[last],
    )
