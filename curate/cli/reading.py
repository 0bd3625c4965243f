"""Options of the commands that read sources: ``ingest``, ``convert`` and others."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from curate.layers import GOLD

if TYPE_CHECKING:
    from curate.ingest import ReadOptions

Sources = "Files, folders, 'patterns', packed (.gz, .zst) or not, or - for standard input."


class Scheme(StrEnum):
    """Tagging schemes."""

    iob1 = "iob1"
    iob2 = "iob2"
    biluo = "biluo"


class Unit(StrEnum):
    """What is one document of a token format."""

    document = "document"
    sentence = "sentence"


class Pieces(StrEnum):
    """What becomes of discontinuous spans."""

    lose = "lose"
    cover = "cover"
    apart = "split"


From = Annotated[
    str, typer.Option("--from", help="Format of the sources, see docs/formats.md; else found out.")
]
Column = Annotated[
    list[str] | None, typer.Option(help="FIELD=COLUMN, such as text=body; may repeat.")
]
Renamed = Annotated[
    list[str] | None, typer.Option("--label", help="OLD=NEW name of a label; may repeat.")
]
Encoding = Annotated[str, typer.Option(help="Of the bytes; UTF-8 or a byte order mark else.")]
Lang = Annotated[str, typer.Option(help="Language of texts that do not name theirs.")]
Schemes = Annotated[Scheme | None, typer.Option(help="Of the tags, to hold them against it.")]
Units = Annotated[Unit, typer.Option(help="What is one document of a token format.")]
InPieces = Annotated[
    Pieces, typer.Option("--discontinuous", help="What becomes of spans in several pieces.")
]


def options(
    column: list[str] | None = None,
    renamed: list[str] | None = None,
    encoding: str = "",
    lang: str = "",
    scheme: Scheme | None = None,
    unit: Unit = Unit.document,
    pieces: Pieces = Pieces.lose,
    layer: str = "",
) -> ReadOptions:
    """The options of a reader, from those of the command line."""
    from curate.ingest import ReadOptions

    return ReadOptions(
        lang=lang,
        encoding=encoding,
        columns=pairs(column, "--column"),
        labels=pairs(renamed, "--label"),
        scheme=scheme.value if scheme else "",
        layer=layer or GOLD,
        unit=unit.value,
        discontinuous=pieces.value,
    )


def pairs(given: list[str] | None, option: str) -> dict[str, str]:
    """``A=B`` for each time an option was given, as a mapping."""
    found: dict[str, str] = {}
    for one in given or []:
        name, sign, value = one.partition("=")
        if not (name and sign and value):
            raise typer.BadParameter(f"{one!r} is not of the form A=B", param_hint=option)
        found[name] = value
    return found
