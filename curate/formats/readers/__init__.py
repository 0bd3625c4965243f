"""Readers of files: one module a format, joined in one small registry.

A format is a module with a ``FORMAT`` and a line here; ``common`` says what a reader gives.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from curate.errors import InputError
from curate.formats.readers import (
    brat,
    conll,
    conllu,
    docbin,
    doccano,
    fasttext,
    feed,
    html,
    json_lines,
    label_studio,
    parquet,
    prodigy,
    table,
    text,
    webanno,
)
from curate.formats.readers.common import Format, Found, Item, Options, Refusal, refuse
from curate.formats.readers.source import STDIN, Source, ending

__all__ = [
    "FORMATS",
    "Format",
    "Found",
    "Item",
    "Options",
    "Refusal",
    "files",
    "guess",
    "pick",
    "read_annotated",
    "refuse",
]

# In this order a file's ending, and what is in it, is asked for; the first that agrees reads it.
FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        brat.FORMAT,
        conll.FORMAT,
        conllu.FORMAT,
        label_studio.FORMAT,
        prodigy.FORMAT,
        doccano.FORMAT,
        json_lines.FORMAT,
        docbin.FORMAT,
        webanno.FORMAT,
        table.TSV,
        table.CSV,
        parquet.FORMAT,
        html.FORMAT,
        feed.FORMAT,
        fasttext.FORMAT,
        text.FORMAT,
        text.LINES,
    )
}


def pick(name: str) -> Format:
    """The format of this name.

    Raises:
        InputError: there is none.
    """
    if name not in FORMATS:
        raise InputError(f"no reader for the format {name!r}", f"use one of {', '.join(FORMATS)}")
    return FORMATS[name]


def guess(path: Path) -> Format:
    """The format of a file, by its ending and its content.

    Raises:
        InputError: no reader knows such a file, or it is the standard input.
    """
    source = Source(path)
    if source.is_input:
        raise InputError("what standard input holds cannot be told", "say it with --from FORMAT")
    for format in FORMATS.values():
        if source.ending in format.endings and (format.sniff is None or format.sniff(source)):
            return format
    known = ", ".join(sorted(_endings()))
    hint = f"give one of {known}, packed or not, or say what it is with --from FORMAT"
    raise InputError("no reader for this kind of file", hint, str(path))


def read_annotated(path: Path, format: str = "", options: Options | None = None) -> Iterator[Item]:
    """Documents of one file as they stand in it, with the annotations that come with them.

    Texts are not normalised; offsets count code points of the text as it is. What is refused or
    lost comes out as a Problem, and the rest goes on.

    Args:
        path: the file; ``-`` is the standard input.
        format: a key of ``FORMATS``; by default the file's ending and content tell.
        options: names of columns and labels, language, encoding, scheme.

    Raises:
        InputError: no reader knows such a file, or the options make no sense.
    """
    chosen = options or Options()
    source = Source(path, chosen.encoding)
    try:
        reader = pick(format) if format else guess(path)
        yield from reader.read(source, chosen)
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        yield refuse("unreadable", f"{error}", str(source))
    except ModuleNotFoundError as error:
        hint = "install it with `pip install 'curate-corpus[sources]'`"
        raise InputError(
            f"reading it needs {error.name}, which is not there", hint, str(source)
        ) from error


def files(sources: list[Path], format: str = "") -> Iterator[Path]:
    """The files behind paths, each once.

    A folder stands for the files in it that a reader knows, or the reader of ``format``; a pattern
    such as ``pool/*.jsonl`` for the files it matches; ``-`` for the standard input. Of the files of
    one brat document the text stands for both.

    Raises:
        InputError: a path does not exist, a pattern matches nothing, or there is no such format.
    """
    if format:
        pick(format)
    seen: set[Path] = set()
    for source in sources:
        for path in _behind(source, format):
            if path not in seen:
                seen.add(path)
                yield path


def _behind(source: Path, format: str) -> Iterator[Path]:
    if source.is_dir():
        yield from sorted(path for path in source.rglob("*") if _wanted(path, format))
    elif str(source) == STDIN and not format:
        guess(source)  # raises: it cannot be told
    elif source.exists() or str(source) == STDIN:
        yield source
    elif any(sign in str(source) for sign in "*?["):
        anchor = Path(source.anchor or ".")
        pattern = str(source.relative_to(source.anchor) if source.anchor else source)
        found = sorted(path for path in anchor.glob(pattern) if path.is_file())
        if not found:
            raise InputError("no file matches", "check the pattern", str(source))
        yield from (path for path in found if _alone(path))
    else:
        raise InputError("no such file", "check the path", str(source))


def _wanted(path: Path, format: str) -> bool:
    """Whether a file in a folder is a source, of the format where one is asked for."""
    endings = pick(format).endings if format else _endings()
    if ending(path) not in endings or not path.is_file() or not _alone(path):
        return False
    sniff = FORMATS[format].sniff if format else None
    return sniff is None or sniff(Source(path))


def _alone(path: Path) -> bool:
    """Whether a file is a source of its own, and not the ``.ann`` of a text beside it."""
    return ending(path) != ".ann" or Source(path).sibling(".txt") is None


def _endings() -> set[str]:
    return {ending for format in FORMATS.values() for ending in format.endings}
