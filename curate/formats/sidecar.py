"""The sidecar of an export, ``<file>.export.json``: where the file came from, and every loss.

Losses are written to temporary files while the export is written and are copied from there, so that
memory does not hold them, however many there are.
"""

from __future__ import annotations

import hashlib
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
from curate.formats.writing import ExportedFile
from curate.model import Release
from curate.schema import Schema
from curate.util import jsonl

_KINDS = ("spans", "relations", "categories")


class LossFiles:
    """What was lost, written down by kind; it is the ``Sink`` of an export.

    Args:
        files: a file for each kind; in it, the losses as they stand in a JSON array.
    """

    def __init__(self, files: Mapping[str, IO[bytes]]) -> None:
        self.files = files

    def __call__(self, kind: str, row: dict[str, Any]) -> None:
        """Write a loss down."""
        file = self.files[kind]
        file.write((b"," if file.tell() else b"") + jsonl.canonical(row))


@contextmanager
def loss_files() -> Iterator[LossFiles]:
    """A place for losses, as long as an export takes."""
    with ExitStack() as stack:
        files = {kind: stack.enter_context(tempfile.TemporaryFile()) for kind in _KINDS}
        yield LossFiles(files)


def sidecar_path(target: Path) -> Path:
    """The file that tells about an exported file or folder."""
    return target.with_name(f"{target.name}.export.json")


def write_sidecar(
    exported: ExportedFile,
    schema: Schema,
    release: Release | None,
    without: tuple[str, ...],
    told: Mapping[str, Any],
    lost: LossFiles,
) -> None:
    """Write the account of what was exported.

    Args:
        exported: what was.
        schema: the label schema.
        release: the release it belongs to, if it does.
        without: what the format has no place for.
        told: what else is to be said.
        lost: every loss.
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
        **told,
    }
    if not target.is_dir():
        fields |= {"block": BLOCK_SIZE, "blocks": block_digests(target)}
    if exported.renamed:
        fields["renamed"] = exported.renamed
    if exported.also:
        fields["tables"] = {
            each.format.rpartition("/")[2]: {
                "counts": {"documents": each.documents, "spans": each.spans},
                "lost": each.lost,
            }
            for each in exported.also
        }
    _write(sidecar_path(target), fields, {f"lost_{kind}": lost.files[kind] for kind in _KINDS})


def _write(path: Path, fields: Mapping[str, Any], lists: Mapping[str, IO[bytes]]) -> None:
    """Write canonical JSON, some of whose fields are lists that stand in files already."""
    with replace_file(path) as out:
        opening = b"{"
        for name in sorted(fields.keys() | lists.keys()):
            out.write(opening + jsonl.canonical(name) + b":")
            opening = b","
            if name in fields:
                out.write(jsonl.canonical(fields[name]))
                continue
            out.write(b"[")
            lists[name].seek(0)
            shutil.copyfileobj(lists[name], out)
            out.write(b"]")
        out.write(b"}\n")


_CURE = "export the release again"


class ExportedRelease(msgspec.Struct, frozen=True):
    """The release that an export was made of."""

    version: str
    digest: str


class ExportSidecar(msgspec.Struct, frozen=True):
    """What the account says, as far as it is needed to check and read the export."""

    file: str
    format: str
    sha256: str
    schema: str
    language: str = ""
    release: ExportedRelease | None = None
    block: int = 0
    blocks: list[str] = []


def read_sidecar(target: Path) -> ExportSidecar:
    """The account beside an export.

    Raises:
        ReleaseError: there is none, or it is none of ours.
    """
    path = sidecar_path(target)
    try:
        return msgspec.json.decode(path.read_bytes(), type=ExportSidecar)
    except FileNotFoundError as error:
        raise ReleaseError(f"{target} has no account {path.name} beside it", _CURE) from error
    except msgspec.MsgspecError as error:
        raise ReleaseError(f"{path}: not the account of an export ({error})", _CURE) from error


def check_export(target: Path, told: ExportSidecar) -> None:
    """Hold every byte of an export against its account.

    Raises:
        ReleaseError: something is missing, was changed or was added; the message names the place.
    """
    if target.is_dir():
        _check_folder(target, told)
    elif not target.exists():
        raise ReleaseError(f"{target} is not there", _CURE)
    elif export_digest(target) != told.sha256:
        raise ReleaseError(f"{target}: {_place(target, told)}", _CURE)


def _check_folder(target: Path, told: ExportSidecar) -> None:
    if not checksum_list(target).exists():
        raise ReleaseError(f"{target} has no list {checksum_list(target).name} beside it", _CURE)
    if export_digest(target) != told.sha256:
        raise ReleaseError(
            f"{checksum_list(target)} is not the list that its account tells of", _CURE
        )
    names: set[Path] = set()
    for wanted, path in read_checksums(target):
        names.add(path)
        if not path.is_file():
            raise ReleaseError(f"{path} is missing", _CURE)
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != wanted:
                raise ReleaseError(f"{path} was changed after it was exported", _CURE)
    for path in sorted(target.rglob("*")):
        if path.is_file() and path not in names:
            raise ReleaseError(f"{path} was added after the export", _CURE)


def _place(target: Path, told: ExportSidecar) -> str:
    """Where a file differs first, as bytes and, of a text, as lines."""
    here = block_digests(target)
    pairs = zip(here, told.blocks, strict=False)
    number = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(here), len(told.blocks)))
    start, end = number * told.block, (number + 1) * told.block
    first = last = 1
    with target.open("rb") as file:
        for _ in range(number):
            first += file.read(told.block).count(b"\n")
        changed = file.read(told.block)
        last = first + changed.removesuffix(b"\n").count(b"\n")
    if not changed:
        return f"cut off after byte {start:,}"
    lines = "" if b"\0" in changed else f" (lines {first:,} to {last:,})"
    return f"changed after it was exported, first in bytes {start:,} to {end - 1:,}{lines}"
