"""The files behind paths and patterns, and the annotated documents in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from curate.errors import CurateError, InputError
from curate.formats.content import Evidence
from curate.formats.reading import (
    ReadDocument,
    ReadItem,
    ReadOptions,
    describe_error,
    refuse,
)
from curate.formats.registry import FORMATS, detect_format, detect_source, endings, find_reader
from curate.formats.source_file import STDIN, SourceFile, ending
from curate.formats.streams import UnpackError, shown
from curate.formats.writing import NOT_JUDGED_FOLDER
from curate.model import Problem
from curate.util.installation import extra_hint

_HIDDEN = (".", "~")  # how the names of files begin that programs keep for themselves
BRAT_SETTINGS = ("annotation.conf", "visual.conf", "tools.conf", "kb_shortcuts.conf")
"""Files in a folder of brat that hold no text."""
_TYPE_SYSTEM = "typesystem.xml"  # beside the XMI files of UIMA
_TYPES = b"<typeSystemDescription"
_SIDECAR = ".export.json"
FOLDER_NOTE = "read.stranger"
"""Code of the note for a file in a folder that is in no known format."""


def read_annotated(
    path: Path, format: str = "", options: ReadOptions | None = None, *, alone: bool = True
) -> Iterator[ReadItem]:
    """Read the documents of one file as they are in it, with their annotations.

    Texts are not normalised; offsets count code points of the text as it is. What is refused or
    lost is yielded as a Problem, and reading continues after it. So is whatever a library raises,
    after which nothing more of the file is read.

    Args:
        path: the file; ``-`` is the standard input.
        format: a key of ``FORMATS``; by default it is detected from name and content.
        options: names of columns and labels, language, encoding, scheme.
        alone: whether it is the only file; if not, what is wrong with all of it is a Problem, too.

    Raises:
        InputError: it is alone, and its format cannot be detected, or the options do not fit it.
    """
    if not alone:
        try:
            yield from read_annotated(path, format, options)
        except InputError as error:
            yield _refuse_file(error, path)
        return
    chosen = options or ReadOptions()
    yield from read_source(SourceFile(path, chosen.encoding, chosen.unpack_limit), format, chosen)


def read_source(source: SourceFile, format: str, options: ReadOptions) -> Iterator[ReadItem]:
    """Read the documents of a source, as :func:`read_annotated` reads those of a file.

    Args:
        source: a file, or the member of an archive.
        format: a key of ``FORMATS``; detected if empty.
        options: how to read it.

    Raises:
        InputError: its format cannot be detected, or the options do not fit it.
    """
    try:
        _, read = find_reader(format or detect_source(source).name)
        folder = source.path.parent
        in_folder = NOT_JUDGED_FOLDER in (folder.name, folder.parent.name)
        for item in read(source, options):
            yield from _not_judged(item) if in_folder else [item]
    except ModuleNotFoundError as error:
        raise InputError(
            f"reading it needs the package {error.name}, which is not installed",
            extra_hint("sources"),
            str(source),
        ) from error
    except CurateError:
        raise
    except UnpackError as error:
        hint = "if that is right, allow more with --unpack-limit MB"
        yield refuse("unreadable", str(error), str(source), hint=hint)
    except Exception as error:
        yield refuse("unreadable", describe_error(error), str(source))


def _not_judged(item: ReadItem) -> Iterator[ReadItem]:
    """A document from the folder of those that nobody judged: that it has no spans says nothing."""
    if not isinstance(item, ReadDocument):
        yield item
        return
    layers = (
        msgspec.structs.replace(it, categories_only=not it.spans)
        for it in item.layers
        if it.spans or it.categories
    )
    judged = msgspec.structs.replace(item, layers=tuple(layers))
    yield judged
    if judged.layers != item.layers:
        yield Problem(
            code="read.not-judged",
            message=f"that nothing is marked in the folder {NOT_JUDGED_FOLDER} says nothing",
            severity="info",
            where=item.where,
        )


def source_files(
    sources: list[Path],
    format: str = "",
    report: Callable[[Problem], None] | None = None,
    options: ReadOptions | None = None,
) -> Iterator[Path]:
    """The files behind paths, each once.

    A folder stands for all files in it that curate reads, or that are of ``format``; a pattern such
    as ``pool/*.jsonl`` for the files it matches; ``-`` for the standard input. A brat document is
    listed by its ``.txt`` file.

    In a folder, ``format`` wins over the names of files: if none of them has an ending of the
    format or its content, all of them are listed.

    Args:
        sources: paths and patterns.
        format: the format of all of them; by default each has its own.
        report: receives a problem for each file in a folder that is not listed.
        options: how to read them, since the encoding of a file decides what its content is.

    Raises:
        InputError: a path does not exist, a pattern matches nothing, there is no such format, or a
            folder has no file that can be read.
    """
    if format:
        find_reader(format)
    seen: set[Path] = set()
    for source in sources:
        chosen = options or ReadOptions()
        for path in _behind(source, format, report or (lambda problem: None), chosen):
            if path not in seen:
                seen.add(path)
                yield path


def _behind(
    source: Path, format: str, report: Callable[[Problem], None], options: ReadOptions
) -> Iterator[Path]:
    if source.is_dir():
        yield from _in_folder(source, format, report, options)
    elif str(source) == STDIN and not format:
        detect_format(source)  # raises: the standard input has no ending and can be read only once
    elif source.exists() or str(source) == STDIN:
        yield source
    elif any(sign in str(source) for sign in "*?["):
        anchor = Path(source.anchor or ".")
        pattern = str(source.relative_to(source.anchor) if source.anchor else source)
        matches = sorted(path for path in anchor.glob(pattern) if path.is_file())
        if not matches:
            raise InputError("no file matches the pattern", "check the pattern", shown(source))
        yield from (path for path in matches if _stands_alone(path))
    else:
        raise InputError("there is no such file", "check the path", shown(source))


def _in_folder(
    folder: Path, format: str, report: Callable[[Problem], None], options: ReadOptions
) -> Iterator[Path]:
    files = [path for path in sorted(folder.rglob("*")) if _is_source(path, folder)]
    chosen = FORMATS[format] if format else None
    if chosen is None:
        strangers = [problem for path in files if (problem := _stranger(path, options))]
        names = {problem.where for problem in strangers}
        listed = [path for path in files if shown(path) not in names]
    else:
        sources = [SourceFile(it, options.encoding, options.unpack_limit) for it in files]
        listed = [it.path for it in sources if chosen.evidence(it) > Evidence.NONE] or files
        others = set(files) - set(listed)
        message = f"it does not look like {format}, unlike other files of the folder"
        strangers = [_note(path, message) for path in sorted(others)]
    if not files:
        raise InputError("there is no file in the folder", "check the path", shown(folder))
    if not listed:
        first = f"{shown(Path(files[0].name))}: {strangers[0].message}"
        raise InputError(
            f"no file in the folder can be read, such as {first}",
            "name the format of its files with --from FORMAT",
            shown(folder),
        )
    for problem in strangers:
        report(problem)
    yield from listed


def _is_source(path: Path, folder: Path) -> bool:
    """Whether a file in a folder is one of its own, not hidden and not beside another."""
    names = path.relative_to(folder).parts
    if any(name.startswith(_HIDDEN) for name in names) or not path.is_file():
        return False
    return _stands_alone(path)


def _stranger(path: Path, options: ReadOptions) -> Problem | None:
    """Why a file in a folder is not read; None if it is. Its kind alone is only noted."""
    try:
        detect_format(path, options)
    except InputError as error:
        if ending(path) not in endings():
            return _note(path, "no format is known for this kind of file")
        return _refuse_file(error, path)
    return None


def _refuse_file(error: InputError, path: Path) -> Problem:
    return refuse("unreadable", error.finding, error.where or shown(path), hint=error.hint)


def _note(path: Path, message: str) -> Problem:
    return Problem(code=FOLDER_NOTE, message=message, severity="info", where=shown(path))


def _stands_alone(path: Path) -> bool:
    """Whether a file is a source of its own, not the annotations or sidecar of one beside it."""
    if path.name.endswith(_SIDECAR):
        return not path.with_name(path.name.removesuffix(_SIDECAR)).exists()
    if path.name in BRAT_SETTINGS or _is_token_table(path):
        return False
    if path.name.lower().endswith(_TYPE_SYSTEM) and _TYPES in SourceFile(path).head:
        return False
    return ending(path) != ".ann" or SourceFile(path).sibling(".txt") is None


def _is_token_table(path: Path) -> bool:
    """Whether a file has the tokens of documents that are in a table beside it.

    Such are the files ``data/tokens/<split>/…`` of the export ``huggingface``.
    """
    table = path.parent.parent
    return (
        ending(path) == ".parquet"
        and table.name == "tokens"
        and (table.with_name("documents").is_dir())
    )
