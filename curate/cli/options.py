"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

DryRun = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Show what would be done; write nothing.")
]
DocumentId = Annotated[str, typer.Argument(help="Beginning of the document's id.")]
