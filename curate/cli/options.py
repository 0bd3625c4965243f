"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

DryRun = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Show what would be done; write nothing.")
]
DocumentId = Annotated[str, typer.Argument(help="Beginning of the document's id.")]
AnnotatorFiles = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FILE...]", help="A file or folder for each annotator; by default the workspace."
    ),
]
Resamples = Annotated[
    int, typer.Option(min=0, help="Number of bootstrap samples; 0 for no intervals.")
]
Seed = Annotated[int, typer.Option(help="Random seed of the bootstrap.")]


TrainingLanguage = Annotated[
    str,
    typer.Option(
        help="Only documents in this language.", show_default="the main one of the corpus"
    ),
]


Language = Annotated[str, typer.Option(help="Only documents in this language, such as en.")]


class WrittenUnit(StrEnum):
    """What offsets count in a format that leaves it open."""

    codepoints = "codepoints"
    utf16 = "utf16"
