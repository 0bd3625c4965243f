"""Options of the commands that read sources: ``ingest``, ``convert`` and others."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer

from curate.errors import ConfigError, InputError
from curate.formats.reading import ReadOptions
from curate.text.language_codes import check_code
from curate.text.offset_units import parse_unit

Sources = "Files (also .gz and .zst), folders, quoted patterns, or - for standard input."


class Scheme(StrEnum):
    """Tagging schemes of token formats."""

    iob1 = "iob1"
    iob2 = "iob2"
    biluo = "biluo"


class Unit(StrEnum):
    """What becomes one document of a token format."""

    document = "document"
    sentence = "sentence"


class Pieces(StrEnum):
    """What to do with discontinuous spans."""

    lose = "lose"
    cover = "cover"
    apart = "split"


From = Annotated[
    str,
    typer.Option(
        "--from", help="Format of the sources; see docs/formats.md.", show_default="detected"
    ),
]
Column = Annotated[
    list[str] | None,
    typer.Option(help="Column of a field, as FIELD=COLUMN, such as text=body. Repeatable."),
]
Renamed = Annotated[
    list[str] | None, typer.Option("--label", help="New name of a label, as OLD=NEW. Repeatable.")
]
TagNames = Annotated[
    str,
    typer.Option("--labels", help="Tags that numbers stand for, in their order: O,B-PER,I-PER."),
]
Encoding = Annotated[
    str, typer.Option(help="Encoding of the files.", show_default="byte order mark, or UTF-8")
]
Lang = Annotated[str, typer.Option(help="ISO 639-1 code of texts that do not name theirs.")]
Schemes = Annotated[
    Scheme | None,
    typer.Option(help="Report tags that break this scheme.", show_default="accept all"),
]
Units = Annotated[Unit, typer.Option(help="What becomes one document of a token format.")]
InPieces = Annotated[
    Pieces,
    typer.Option("--discontinuous", help="What to do with spans in several pieces."),
]
Offsets = Annotated[
    str,
    typer.Option(
        "--offsets",
        help="What offsets count: codepoints, utf16 or bytes; +lf, +crlf, +no-bom or +from:1.",
        show_default="what the format says",
    ),
]
UnpackLimit = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="MB",
        help="Most that a compressed or Parquet file may unpack to.",
        show_default="100 times its size, at least 200 MB",
    ),
]
DEFAULTS = ReadOptions()


def options(
    column: Column = None,
    label: Renamed = None,
    labels: TagNames = "",
    encoding: Encoding = "",
    lang: Lang = "",
    scheme: Schemes = None,
    unit: Units = Unit.document,
    discontinuous: InPieces = Pieces.lose,
    offsets: Offsets = "",
    unpack_limit: UnpackLimit = 0,
) -> ReadOptions:
    """The options of a reader from those of the command line, which are its parameters."""
    return ReadOptions(
        lang=language(lang),
        encoding=encoding,
        columns=pairs(column, "--column"),
        labels=pairs(label, "--label"),
        tag_names=tuple(name.strip() for name in labels.split(",")) if labels else (),
        scheme=scheme.value if scheme else "",
        unit=unit.value,
        discontinuous=discontinuous.value,
        offsets=offset_unit(offsets),
        unpack_limit=unpack_limit,
    )


def offset_unit(text: str) -> str:
    """The value of ``--offsets``, if it names a unit."""
    try:
        parse_unit(text)
    except InputError as error:
        message = f"{error.message}; {error.hint}"
        raise typer.BadParameter(message, param_hint="--offsets") from error
    return text


def language(text: str) -> str:
    """The value of ``--lang``, if it is the code of a language."""
    try:
        return check_code(text, "--lang") if text else ""
    except ConfigError as error:
        raise typer.BadParameter(f"{error.message}; {error.hint}", param_hint="--lang") from error


def read_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the parameters of ``options`` in place of its parameter ``options``.

    Typer takes the options of a command from the signature of its function, so the function that is
    returned has a signature with these parameters spliced in.
    """
    added = inspect.signature(options, eval_str=True).parameters
    signature = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        parameters += added.values() if parameter.name == "options" else [parameter]

    @functools.wraps(command)
    def with_options(**arguments: Any) -> None:
        given = {name: arguments.pop(name) for name in added}
        command(options=options(**given), **arguments)

    with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {it.name: it.annotation for it in parameters}
    return with_options


def pairs(values: list[str] | None, option: str) -> dict[str, str]:
    """``A=B`` for each time an option was given, as a mapping."""
    mapping: dict[str, str] = {}
    for text in values or []:
        name, sign, value = text.partition("=")
        if not (name and sign and value):
            raise typer.BadParameter(f"{text!r} is not of the form A=B", param_hint=option)
        mapping[name] = value
    return mapping
