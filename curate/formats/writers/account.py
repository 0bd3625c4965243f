"""The account beside an exported file: where it came from, what it lacks, and every loss by name.

Losses are written down while the file is written and copied from there, so that however many there
are, none is held in memory.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from curate.formats.writers.common import Exported
from curate.formats.writers.files import BLOCK, blocks, digest, replacing
from curate.model import Release
from curate.schema import Schema
from curate.util import jsonl

_KINDS = ("spans", "relations", "categories")


class Losses:
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
def losses() -> Iterator[Losses]:
    """A place for losses, as long as an export takes."""
    with ExitStack() as stack:
        files = {kind: stack.enter_context(tempfile.TemporaryFile()) for kind in _KINDS}
        yield Losses(files)


def sidecar(target: Path) -> Path:
    """The file that tells about an exported file or folder."""
    return target.with_name(f"{target.name}.export.json")


def write(
    exported: Exported,
    schema: Schema,
    release: Release | None,
    without: tuple[str, ...],
    told: Mapping[str, Any],
    lost: Losses,
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
        "sha256": digest(target),
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
        fields |= {"block": BLOCK, "blocks": blocks(target)}
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
    _write(sidecar(target), fields, {f"lost_{kind}": lost.files[kind] for kind in _KINDS})


def _write(path: Path, fields: Mapping[str, Any], lists: Mapping[str, IO[bytes]]) -> None:
    """Write canonical JSON, some of whose fields are lists that stand in files already."""
    with replacing(path) as out:
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
