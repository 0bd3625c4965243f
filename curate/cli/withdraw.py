"""``curate withdraw``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import DocumentId
from curate.cli.output import emit, say

if TYPE_CHECKING:
    from curate.model import Revision

Message = Annotated[str, typer.Option("-m", "--message", help="Why the document is withdrawn.")]


@app.command()
def withdraw(document: DocumentId, message: Message, root: Root = HERE, json: Json = False) -> None:
    """Take a document out of the corpus.

    Its history stays. The next sync deletes it in Doccano.

    Example: curate withdraw 1a2e -m "not a news article"
    """
    from curate.sync.conflicts import withdraw

    emit(withdraw(workspace(root), document, message), json, _render)


def _render(revision: Revision) -> None:
    say(f"withdrew {revision.document} in revision {revision.number}")
