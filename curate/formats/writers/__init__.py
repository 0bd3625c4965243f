"""Write gold in the formats that models are trained on; one module a format.

Every format takes the same input and says what it could not express. Beside each file stands
``<file>.export.json``, which tells where the file came from and names every loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

from curate.errors import CurateError
from curate.formats.writers import (
    account,
    brat,
    conll,
    conllu,
    docbin,
    huggingface,
    json_lines,
    lines,
    parquet,
    tasks,
    web_annotation,
    webanno,
)
from curate.formats.writers.account import sidecar
from curate.formats.writers.common import About, Exported, Format, Job, Pair
from curate.formats.writers.selection import Left, Selection, select
from curate.model import Release
from curate.schema import Schema

__all__ = ["FORMATS", "About", "Exported", "Format", "Job", "Selection", "sidecar", "write"]

_WHO = ("by", "score", "revision")
_TAGS = ("text", "id", "lang", "meta", *_WHO, "relations", "categories")
_NAMED = 1000  # problems of an export that are kept in memory; its account names them all

FORMATS: dict[str, Format] = {
    "conll": Format(conll.write, _TAGS),
    "jsonl": Format(json_lines.write),
    "spacy": Format(docbin.write, ("lang", "meta", *_WHO, "relations")),
    "biluo": Format(conll.write_biluo, _TAGS),
    "conllu": Format(conllu.write, _TAGS),
    "doccano": Format(tasks.write_doccano, ("lang", *_WHO)),
    "prodigy": Format(tasks.write_prodigy, ("lang", *_WHO)),
    "label-studio": Format(tasks.write_label_studio, ("lang", *_WHO)),
    "brat": Format(brat.write, ("lang", "meta", *_WHO, "categories")),
    "webanno": Format(webanno.write, ("lang", "meta", *_WHO, "categories")),
    "parquet": Format(parquet.write),
    "huggingface": Format(huggingface.write),
    "web-annotation": Format(web_annotation.write, ("text", "lang", "meta", "score", "revision")),
    "conll-lines": Format(lines.write_conll, _TAGS),
    "spacy-json": Format(lines.write_json, ("lang", "meta", *_WHO, "relations", "categories")),
}


def write(
    format: str,
    pairs: Iterable[Pair],
    target: Path,
    schema: Schema,
    release: Release | None = None,
    selection: Selection | None = None,
    about: About | None = None,
) -> Exported:
    """Write documents to a file or folder, and beside it what it is and what it lacks.

    Args:
        format: a key of ``FORMATS``; each is also the customary suffix of its files.
        pairs: documents with the revision to write, sorted by id; tombstones are passed over.
        target: the file or folder; its folder is made, and what curate wrote there is replaced.
        schema: the label schema the revisions were made under.
        release: the release the revisions belong to, if they do.
        selection: what of the documents to write, and what becomes of spans that overlap.
        about: what is to be told of the corpus.

    Raises:
        CurateError: there is no such format, it cannot hold the labels, the selection refuses
            overlapping spans, or the target is somebody else's folder.
    """
    chosen = FORMATS.get(format)
    if chosen is None:
        raise CurateError(f"there is no format {format!r}", f"use one of {', '.join(FORMATS)}")
    with account.losses() as losses:
        job = Job(schema, about or About(), release, losses, _NAMED)
        left = Left(losses, _NAMED)
        exported = chosen.write(select(pairs, selection, left) if selection else pairs, target, job)
        exported = _joined(exported, left)
        told = {"selection": selection.described, "left_out": left.filtered} if selection else {}
        account.write(exported, schema, release, chosen.without, told, losses)
    return exported


def _joined(exported: Exported, left: Left) -> Exported:
    """What was written, with what the selection dropped before."""
    lost = Counter(exported.lost) + left.lost
    return msgspec.structs.replace(
        exported,
        lost=dict(sorted(lost.items())),
        problems=(*left.problems, *exported.problems)[:_NAMED],
    )
