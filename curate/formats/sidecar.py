"""The sidecar of an export, ``<file>.export.json``: where the file came from, and every loss.

Losses are written to temporary files during the export and copied from there, so that memory does
not hold them, however many there are.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from curate.errors import ReleaseError
from curate.formats.atomic_files import (
    BLOCK_SIZE,
    block_digests,
    checksum_list,
    export_digest,
    read_checksums,
    replace_file,
)
from curate.formats.writing import CHARACTERS, NOT_JUDGED, TRIMMED, ExportedFile
from curate.model import Release
from curate.schema import Schema
from curate.util import jsonl

_LOSSES = {kind: f"lost_{kind}" for kind in ("spans", "relations", "categories")}
_NOTES = {TRIMMED: "trimmed_spans", NOT_JUDGED: "not_judged", CHARACTERS: "lost_characters"}
"""Fields of what is only noted, and of characters; a sidecar without any does not have them."""
_HINT = "export the release again"


class LossFiles:
    """A temporary file for each kind of loss; the ``LossSink`` of an export.

    Args:
        files: the files; each holds the elements of a JSON array.
    """

    def __init__(self, files: Mapping[str, IO[bytes]]) -> None:
        self.files = files

    def __call__(self, kind: str, row: dict[str, Any]) -> None:
        """Write a loss to its file."""
        file = self.files[kind]
        file.write((b"," if file.tell() else b"") + jsonl.canonical(row))


@contextmanager
def loss_files() -> Iterator[LossFiles]:
    """Temporary files for losses, which exist as long as the block."""
    with ExitStack() as stack:
        files = {
            kind: stack.enter_context(tempfile.TemporaryFile()) for kind in (*_LOSSES, *_NOTES)
        }
        yield LossFiles(files)


def sidecar_path(target: Path) -> Path:
    """The sidecar of an exported file or folder."""
    return target.with_name(f"{target.name}.export.json")


def write_sidecar(
    exported: ExportedFile,
    schema: Schema,
    release: Release | None,
    without: tuple[str, ...],
    further: Mapping[str, Any],
    losses: LossFiles,
) -> None:
    """Write the sidecar of an exported file or folder.

    Args:
        exported: the file.
        schema: the label schema.
        release: the release that it belongs to, if any.
        without: what the format has no place for.
        further: further fields: the selection, if there was one, and the unit of offsets.
        losses: every loss.
    """
    target = Path(exported.path)
    fields: dict[str, Any] = {
        "file": target.name,
        "sha256": export_digest(target),
        "format": exported.format,
        "release": {"version": release.version, "digest": release.digest} if release else None,
        "schema": schema.id,
        "language": schema.language,
        "counts": {"documents": exported.documents, "spans": exported.spans},
        "lost": exported.lost,
        "without": without,
        **further,
    }
    if not target.is_dir():
        fields |= {"block": BLOCK_SIZE, "blocks": block_digests(target)}
    if exported.renamed:
        fields["renamed"] = exported.renamed
    if exported.also:
        fields["tables"] = {
            table.format.rpartition("/")[2]: {
                "counts": {"documents": table.documents, "spans": table.spans},
                "lost": table.lost,
                **({"noted": table.noted} if table.noted else {}),
            }
            for table in exported.also
        }
    if exported.noted:
        fields["noted"] = exported.noted
    lists = {field: losses.files[kind] for kind, field in _LOSSES.items()}
    lists |= {field: losses.files[it] for it, field in _NOTES.items() if losses.files[it].tell()}
    _write_json(sidecar_path(target), fields, lists)


def _write_json(path: Path, fields: Mapping[str, Any], lists: Mapping[str, IO[bytes]]) -> None:
    """Write an object as canonical JSON; the elements of ``lists`` are copied from their files."""
    with replace_file(path) as out:
        separator = b"{"
        for name in sorted(fields.keys() | lists.keys()):
            out.write(separator + jsonl.canonical(name) + b":")
            separator = b","
            if name in fields:
                out.write(jsonl.canonical(fields[name]))
                continue
            out.write(b"[")
            lists[name].seek(0)
            shutil.copyfileobj(lists[name], out)
            out.write(b"]")
        out.write(b"}\n")


class ExportedRelease(msgspec.Struct, frozen=True):
    """The release that an export was made of."""

    version: str
    digest: str


class ExportSidecar(msgspec.Struct, frozen=True):
    """The fields of a sidecar that are needed to check and read its export."""

    file: str
    format: str
    sha256: str
    schema: str
    language: str = ""
    release: ExportedRelease | None = None
    block: int = 0
    blocks: list[str] = []
    offsets: str = ""


def read_sidecar(target: Path) -> ExportSidecar:
    """Read the sidecar of an export.

    Raises:
        ReleaseError: there is none, or it is not one that curate wrote.
    """
    path = sidecar_path(target)
    try:
        return msgspec.json.decode(path.read_bytes(), type=ExportSidecar)
    except FileNotFoundError as error:
        raise ReleaseError(f"{target} has no sidecar file {path.name}", _HINT) from error
    except msgspec.MsgspecError as error:
        raise ReleaseError(f"{path} is not the sidecar of an export ({error})", _HINT) from error


def check_export(target: Path, sidecar: ExportSidecar) -> None:
    """Check every byte of an export against its sidecar.

    Raises:
        ReleaseError: something is missing, was changed or was added; the message says where.
    """
    if target.is_dir():
        _check_folder(target, sidecar)
    elif not target.exists():
        raise ReleaseError(f"{target} does not exist", _HINT)
    elif export_digest(target) != sidecar.sha256:
        raise ReleaseError(f"{target}: {_first_change(target, sidecar)}", _HINT)


def _check_folder(target: Path, sidecar: ExportSidecar) -> None:
    checksums = checksum_list(target)
    if not checksums.exists():
        raise ReleaseError(f"{target} has no list of checksums {checksums.name}", _HINT)
    if export_digest(target) != sidecar.sha256:
        raise ReleaseError(f"{checksums} is not the list that the sidecar names", _HINT)
    paths: set[Path] = set()
    for digest, path in read_checksums(target):
        paths.add(path)
        if not path.is_file():
            raise ReleaseError(f"{path} is missing", _HINT)
        if export_digest(path) != digest:
            raise ReleaseError(f"{path} was changed after the export", _HINT)
    for path in sorted(target.rglob("*")):
        if path.is_file() and path not in paths:
            raise ReleaseError(f"{path} was added after the export", _HINT)


def _first_change(target: Path, sidecar: ExportSidecar) -> str:
    """Where a file first differs, in bytes and, for a text, in lines."""
    blocks = block_digests(target)
    pairs = enumerate(zip(blocks, sidecar.blocks, strict=False))
    common = min(len(blocks), len(sidecar.blocks))
    number = next((number for number, (now, then) in pairs if now != then), common)
    start, end = number * sidecar.block, (number + 1) * sidecar.block
    first_line = 1
    with target.open("rb") as file:
        for _ in range(number):
            first_line += file.read(sidecar.block).count(b"\n")
        changed = file.read(sidecar.block)
    last_line = first_line + changed.removesuffix(b"\n").count(b"\n")
    if not changed:
        return f"cut off after byte {start:,}"
    lines = "" if b"\0" in changed else f" (lines {first_line:,} to {last_line:,})"
    return f"changed after the export, first in bytes {start:,} to {end - 1:,}{lines}"
