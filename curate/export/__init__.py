"""Write gold in the formats that models are trained on; one module a format.

Every format takes the same input and says what it could not express. Beside each file stands
``<file>.export.json``, which tells where the file came from and names every lost span.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from curate import jsonl
from curate.errors import CurateError
from curate.export import (
    conll,
    conllu,
    docbin,
    json_lines,
    lines,
    parquet,
    tasks,
    web_annotation,
)
from curate.export.common import Exported, Pair, Writer, reason
from curate.export.selection import Left, Selection, select
from curate.model import Release
from curate.schema import Schema

__all__ = ["FORMATS", "Exported", "Selection", "Writer", "sidecar", "write"]

FORMATS: dict[str, Writer] = {
    "conll": conll.write,
    "jsonl": json_lines.write,
    "spacy": docbin.write,
    "biluo": conll.write_biluo,
    "conllu": conllu.write,
    "doccano": tasks.write_doccano,
    "prodigy": tasks.write_prodigy,
    "label-studio": tasks.write_label_studio,
    "parquet": parquet.write,
    "web-annotation": web_annotation.write,
    "conll-lines": lines.write_conll,
    "spacy-json": lines.write_json,
}


def write(
    format: str,
    pairs: Iterable[Pair],
    target: Path,
    schema: Schema,
    release: Release | None = None,
    selection: Selection | None = None,
) -> Exported:
    """Write documents to a file, and beside it what the file is and what it lacks.

    Args:
        format: a key of ``FORMATS``; each is also the customary suffix of its files.
        pairs: documents with the revision to write, sorted by id; tombstones are passed over.
        target: the file; its folder is made, and a file that is there is replaced.
        schema: the label schema the revisions were made under.
        release: the release the revisions belong to, if they do.
        selection: what of the documents to write, and what becomes of spans that overlap.

    Raises:
        CurateError: there is no such format, it cannot hold the labels, or the selection refuses
            overlapping spans.
    """
    writer = FORMATS.get(format)
    if writer is None:
        raise CurateError(f"there is no format {format!r}", f"use one of {', '.join(FORMATS)}")
    left = Left()
    chosen = select(pairs, selection, left) if selection else pairs
    exported = _joined(writer(chosen, target, schema), left)
    account = _account(exported, schema, release)
    if selection:
        account |= {"selection": selection.described, "left_out": left.filtered}
    jsonl.write(sidecar(target), jsonl.canonical(account) + b"\n")
    return exported


def _joined(exported: Exported, left: Left) -> Exported:
    """What was written, with what the selection dropped before."""
    lost = Counter(exported.lost) + left.lost
    return msgspec.structs.replace(
        exported,
        lost=dict(sorted(lost.items())),
        problems=(*left.problems, *exported.problems),
    )


def sidecar(target: Path) -> Path:
    """The file that tells about an exported file."""
    return target.with_name(f"{target.name}.export.json")


def _account(exported: Exported, schema: Schema, release: Release | None) -> dict[str, Any]:
    with Path(exported.path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "file": Path(exported.path).name,
        "sha256": digest,
        "format": exported.format,
        "release": {"version": release.version, "digest": release.digest} if release else None,
        "schema": schema.id,
        "counts": {"documents": exported.documents, "spans": exported.spans},
        "lost": exported.lost,
        "lost_spans": [
            {
                "document": problem.document,
                "start": problem.span[0],
                "end": problem.span[1],
                "label": problem.span[2],
                "reason": reason(problem),
            }
            for problem in exported.problems
            if problem.span
        ],
    }
