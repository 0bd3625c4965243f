"""A document that Doccano refuses is reported, and the sync goes on with the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from curate.errors import RemoteError
from curate.model import Problem
from curate.sync.context import SyncContext


@contextmanager
def reporting_refusals(context: SyncContext, document: str, action: str) -> Iterator[None]:
    """Report what the server refuses of one document instead of raising it.

    A step of the journal that is begun inside stays open, so that the next sync tries it again.

    Args:
        context: the sync.
        document: id of the document.
        action: what is tried, such as ``update``.
    """
    try:
        yield
    except RemoteError as error:
        if not concerns_document(error):
            raise
        context.problems.append(refusal(document, action, error))


def concerns_document(error: RemoteError) -> bool:
    """Whether an error of the server concerns one document, and others may go through."""
    from curate.doccano import refusals

    return refusals.concerns_document(error)


def refusal(document: str, action: str, error: RemoteError) -> Problem:
    """The problem that reports a refused document."""
    return Problem(
        code="remote.refused",
        document=document,
        message=f"could not {action} {document}: {error.message}",
        hint=f"{error.hint or 'look at the document in Doccano'}; the next sync tries it again",
    )
