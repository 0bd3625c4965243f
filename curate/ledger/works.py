"""The ledger of a corpus: whose work counts, and what they were shown.

Where people work together, a document's work is the first revision that a person confirmed: what
came of the pre-annotation under their hands. What curators, migrations and later corrections made
of it is no longer the annotator's effort. Where they work apart, each annotator's confirmed layer
is a work of its own, and the adjudicated gold is none.

A document's pre-annotation is its layer ``proposal``, which is never renewed once somebody
annotated the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from curate.annotations.corrections import proposers
from curate.layers import ARTICLE, PROPOSAL, PROPOSERS, annotator_layer
from curate.ledger import Ledger, Work
from curate.ledger import compile_ledger as ledger_of
from curate.model import Annotation, Assignment, Document, Problem
from curate.schema import Schema
from curate.schema import migrations as migrate
from curate.schema.migrations import Migrations
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.ledger import Ledger
    from curate.workspace import Workspace

_MACHINES = (*PROPOSERS, ARTICLE)


class CurrentLabels(NamedTuple):
    """How labels of older versions of the schema are read.

    Args:
        schema: the schema of today.
        migrations: all that are known.
        kept: version of the schema that the store's layers are in.
    """

    schema: Schema
    migrations: Migrations
    kept: str

    def revision(self, annotation: Annotation, text: str, made_under: str) -> Annotation:
        """What a revision says, in the labels of today."""
        return migrate.to_current(self.migrations, annotation, text, made_under, self.schema)

    def layer(self, annotation: Annotation, text: str) -> Annotation:
        """What a layer says, in the labels of today."""
        return self.revision(annotation, text, f"{self.schema.name}@{self.kept}")


class _Made(NamedTuple):
    """What a person confirmed; nobody's name where nobody did."""

    person: str
    said: Annotation


def account(tx: Transaction, reading: CurrentLabels) -> Ledger:
    """The ledger of all works in a store."""
    return ledger_of(works(tx, reading))


def works(tx: Transaction, reading: CurrentLabels) -> Iterator[Work | Problem]:
    """Works of people, sorted by document; a problem where one does not count."""
    assignments = tx.assignments()
    for document in tx.documents():
        assignment = assignments.get(document.id)
        if assignment is None:
            found = _together(tx, document, reading)
        else:
            found = _apart(tx, document, assignment, reading)
        yield from _held(tx, document, found, reading, bool(assignment and assignment.control))


def _apart(
    tx: Transaction, document: Document, assignment: Assignment, reading: CurrentLabels
) -> Iterator[_Made]:
    for name in sorted(assignment.done):
        layer = tx.annotation(document.id, annotator_layer(name))
        if layer is not None:
            yield _Made(name, reading.layer(layer, document.text))


def _together(tx: Transaction, document: Document, reading: CurrentLabels) -> Iterator[_Made]:
    revisions = [each for each in reversed(tx.revisions(document.id)) if not each.deleted]
    first = next((each for each in revisions if each.confirmed_by), None)
    if first is not None:
        said = reading.revision(first.annotation, document.text, first.schema)
        yield _Made(first.confirmed_by, said)
    elif revisions:
        yield _Made("", revisions[0].annotation)


def _held(
    tx: Transaction,
    document: Document,
    found: Iterable[_Made],
    reading: CurrentLabels,
    control: bool,
) -> Iterator[Work | Problem]:
    """Works against what was shown; what nobody confirmed, or was shown otherwise, is left out."""
    for person, made in found:
        proposal = tx.annotation(document.id, PROPOSAL)
        shown = reading.layer(proposal, document.text) if proposal else None
        if not person:
            yield _left_out(document, "unconfirmed", "no person confirmed its gold")
        elif shown is None:
            yield _left_out(document, "proposal", "its pre-annotation is not in this store")
        elif _renewed(shown, made):
            told = f"{person} had seen another pre-annotation than the one that is kept"
            yield _left_out(document, "renewed", told)
        else:
            yield Work(
                document=document.id,
                person=person,
                proposal=shown,
                made=made,
                layers=_machines(tx, document, reading),
                control=control,
            )


def _machines(
    tx: Transaction, document: Document, reading: CurrentLabels
) -> tuple[Annotation, ...]:
    found = tx.annotations(document.id, *_MACHINES)
    return tuple(reading.layer(said, document.text) for said in found)


def _renewed(proposal: Annotation, made: Annotation) -> bool:
    """Whether people kept a machine's span that this proposal has not: they saw another one."""
    keys = {span.key for span in proposal.spans}
    return any(
        span.key not in keys
        and not span.at
        and any(name.startswith(_MACHINES) for name in proposers(span.by))
        for span in made.spans
    )


def _left_out(document: Document, why: str, told: str) -> Problem:
    return Problem(
        code=f"ledger.{why}",
        severity="info",
        document=document.id,
        message=f"left out: {told}",
    )


def ledger(workspace: Workspace) -> Ledger:
    """What people made of the pre-annotation, per model, rule and label, and what it saved.

    Raises:
        ConfigError: the corpus is annotated under a newer version than the schema's.
    """
    from curate.history.migrate import schema_version

    with workspace.store.begin() as tx:
        kept = schema_version(tx, workspace.schema)
        return account(tx, CurrentLabels(workspace.schema, workspace.migrations, kept))
