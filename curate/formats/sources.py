"""The files behind paths and patterns, and the annotated documents in them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from curate.errors import InputError
from curate.formats.reading import ReadItem, ReadOptions, refuse
from curate.formats.registry import detect_format, endings, find_reader
from curate.formats.source_file import STDIN, SourceFile, ending


def read_annotated(
    path: Path, format: str = "", options: ReadOptions | None = None
) -> Iterator[ReadItem]:
    """Read the documents of one file as they are in it, with their annotations.

    Texts are not normalised; offsets count code points of the text as it is. What is refused or
    lost is yielded as a Problem, and reading continues after it.

    Args:
        path: the file; ``-`` is the standard input.
        format: a key of ``FORMATS``; by default it is detected from ending and content.
        options: names of columns and labels, language, encoding, scheme.

    Raises:
        InputError: the format cannot be detected, or the options do not fit it.
    """
    chosen = options or ReadOptions()
    source = SourceFile(path, chosen.encoding)
    try:
        _, read = find_reader(format or detect_format(path).name)
        yield from read(source, chosen)
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        yield refuse("unreadable", f"{error}", str(source))
    except ModuleNotFoundError as error:
        raise InputError(
            f"reading it needs the package {error.name}, which is not installed",
            "install it with `pip install 'curate-corpus[sources]'`",
            str(source),
        ) from error


def source_files(sources: list[Path], format: str = "") -> Iterator[Path]:
    """The files behind paths, each once.

    A folder stands for all files in it that curate reads, or that are of ``format``; a pattern such
    as ``pool/*.jsonl`` for the files it matches; ``-`` for the standard input. A brat document is
    listed by its ``.txt`` file.

    Raises:
        InputError: a path does not exist, a pattern matches nothing, or there is no such format.
    """
    if format:
        find_reader(format)
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
        detect_format(source)  # raises: the standard input has no ending and can be read only once
    elif source.exists() or str(source) == STDIN:
        yield source
    elif any(sign in str(source) for sign in "*?["):
        anchor = Path(source.anchor or ".")
        pattern = str(source.relative_to(source.anchor) if source.anchor else source)
        matches = sorted(path for path in anchor.glob(pattern) if path.is_file())
        if not matches:
            raise InputError("no file matches the pattern", "check the pattern", str(source))
        yield from (path for path in matches if _stands_alone(path))
    else:
        raise InputError("there is no such file", "check the path", str(source))


def _wanted(path: Path, format: str) -> bool:
    """Whether a file in a folder is a source, of ``format`` if one is given."""
    chosen = find_reader(format)[0] if format else None
    if ending(path) not in (chosen.endings if chosen else endings()):
        return False
    if not path.is_file() or not _stands_alone(path):
        return False
    return chosen is None or chosen.sniff is None or chosen.sniff(SourceFile(path))


def _stands_alone(path: Path) -> bool:
    """Whether a file is a source of its own, not the ``.ann`` of a text beside it."""
    return ending(path) != ".ann" or SourceFile(path).sibling(".txt") is None
