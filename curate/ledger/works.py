"""The ledger of a corpus: whose work counts, and what people were shown.

If people share a project, the first revision of a document that a person confirmed counts: what
they made of the pre-annotation. What curators, migrations and later corrections changed is not the
annotator's effort. If annotators work independently, each one's confirmed layer is a work, and the
adjudicated gold is not.

The pre-annotation of a document is its layer ``proposal``, which does not change any more once
somebody has annotated the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from curate.annotations.corrections import proposers
from curate.layers import ARTICLE, PROPOSAL, PROPOSERS, annotator_layer
from curate.ledger.accounts import Ledger, Work, compile_ledger
from curate.model import Annotation, Assignment, Document, Problem
from curate.preannotate.own_votes import recorded
from curate.schema import Schema
from curate.schema.migrations import Migrations, to_current
from curate.store.transaction import Transaction
from curate.text.language_codes import check_code

if TYPE_CHECKING:
    from curate.workspace import Workspace

_MACHINES = (*PROPOSERS, ARTICLE)


class CurrentLabels(NamedTuple):
    """Translates annotations made under older versions of the schema to today's labels.

    Args:
        schema: the schema of today.
        migrations: all migrations.
        layers_version: version of the schema that the layers of the store are in.
    """

    schema: Schema
    migrations: Migrations
    layers_version: str

    def revision(self, annotation: Annotation, text: str, made_under: str) -> Annotation:
        """A revision that was made under ``<name>@<version>``, in today's labels."""
        return to_current(self.migrations, annotation, text, made_under, self.schema)

    def layer(self, annotation: Annotation, text: str) -> Annotation:
        """A layer of the store, in today's labels."""
        return self.revision(annotation, text, f"{self.schema.name}@{self.layers_version}")


class _Result(NamedTuple):
    """What a person confirmed; the name is empty if nobody did."""

    person: str
    annotation: Annotation


def ledger(workspace: Workspace, language: str = "") -> Ledger:
    """What people made of the pre-annotation, by model, rule and label, and what it saved.

    Args:
        workspace: the corpus.
        language: only documents in this language; all by default.

    Raises:
        ConfigError: the corpus is annotated under a newer version of the schema, or the language is
            no code.
    """
    from curate.history.migrate import schema_version

    if language:
        check_code(language, "--language")
    with workspace.store.begin() as tx:
        version = schema_version(tx, workspace.schema)
        labels = CurrentLabels(workspace.schema, workspace.migrations, version)
        followed = {
            code: votes for code, votes in recorded(tx).items() if not language or code == language
        }
        return compile_ledger(works(tx, labels, language), followed)


def works(tx: Transaction, labels: CurrentLabels, language: str = "") -> Iterator[Work | Problem]:
    """The works of people, sorted by document; a problem for each that does not count.

    Args:
        tx: the store.
        labels: translates annotations to today's labels.
        language: only documents in this language; all by default.
    """
    assignments = tx.assignments()
    for document in tx.documents():
        if language and document.lang != language:
            continue
        assignment = assignments.get(document.id)
        if assignment is None:
            results = _shared_results(tx, document, labels)
        else:
            results = _independent_results(tx, document, assignment, labels)
        is_control = bool(assignment and assignment.control)
        yield from _works(tx, document, results, labels, is_control)


def _independent_results(
    tx: Transaction, document: Document, assignment: Assignment, labels: CurrentLabels
) -> Iterator[_Result]:
    for name in sorted(assignment.done):
        layer = tx.annotation(document.id, annotator_layer(name))
        if layer is not None:
            yield _Result(name, labels.layer(layer, document.text))


def _shared_results(
    tx: Transaction, document: Document, labels: CurrentLabels
) -> Iterator[_Result]:
    revisions = [
        revision for revision in reversed(tx.revisions(document.id)) if not revision.deleted
    ]
    first = next((revision for revision in revisions if revision.confirmed_by), None)
    if first is not None:
        annotation = labels.revision(first.annotation, document.text, first.schema)
        yield _Result(first.confirmed_by, annotation)
    elif revisions:
        yield _Result("", revisions[0].annotation)


def _works(
    tx: Transaction,
    document: Document,
    results: Iterable[_Result],
    labels: CurrentLabels,
    control: bool,
) -> Iterator[Work | Problem]:
    """Results with what was proposed; a problem for those that are unconfirmed or saw another."""
    for person, annotation in results:
        layer = tx.annotation(document.id, PROPOSAL)
        proposal = labels.layer(layer, document.text) if layer else None
        if not person:
            yield _left_out(document, "unconfirmed", "no person confirmed its gold")
        elif proposal is None:
            yield _left_out(document, "proposal", "its pre-annotation is not in this store")
        elif _saw_another_proposal(proposal, annotation):
            reason = f"{person} saw another pre-annotation than the stored one"
            yield _left_out(document, "renewed", reason)
        else:
            yield Work(
                document=document.id,
                person=person,
                proposal=proposal,
                result=annotation,
                layers=tuple(
                    labels.layer(own, document.text)
                    for own in tx.annotations(document.id, *_MACHINES)
                ),
                control=control,
                text=document.text,
            )


def _saw_another_proposal(proposal: Annotation, result: Annotation) -> bool:
    """Whether the result has a span by a model or rule that this proposal does not have."""
    keys = {span.key for span in proposal.spans}
    return any(
        span.key not in keys
        and not span.at
        and any(name.startswith(_MACHINES) for name in proposers(span.by))
        for span in result.spans
    )


def _left_out(document: Document, code: str, reason: str) -> Problem:
    return Problem(
        code=f"ledger.{code}",
        severity="info",
        document=document.id,
        message=f"left out: {reason}",
    )
