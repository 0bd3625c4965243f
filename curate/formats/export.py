"""Write gold in the formats that models are trained on; one module a format.

Every format takes the same input and says what it could not express. Beside each file stands
``<file>.export.json``, which tells where the file came from and names every loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.errors import CurateError
from curate.formats import sidecar
from curate.formats.registry import find_writer
from curate.formats.selection import Selection, SelectionTally, select
from curate.formats.writing import CorpusInfo, ExportedFile, ExportJob, GoldDocument
from curate.model import Release
from curate.schema import Schema
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace

_NAMED = 1000  # problems of an export that are kept in memory; its sidecar lists them all


def export(
    workspace: Workspace,
    version: str,
    formats: tuple[str, ...],
    folder: Path | None = None,
    progress: Progress = silent,
    selection: Selection | None = None,
    split: str = "",
) -> list[ExportedFile]:
    """Write a release in each format, with a sidecar that says what could not be expressed.

    Args:
        version: the release; the newest where it is empty.
        formats: keys of ``export.FORMATS``.
        folder: where the files go; ``exports/<version>`` by default.
        progress: is told of each format.
        selection: what of the release to write; all by default.
        split: the split of the release to write, which goes into the files' names.

    Raises:
        CurateError: a format or split is unknown, or the selection refuses overlapping spans.
        ReleaseError: there is no such release, or the store has not what it says.
    """
    from curate import release
    from curate.store.releases import release_entries

    with workspace.store.begin() as tx:
        found = release.choose_release(tx.releases(), version)
    selection = _of_split(found, split, selection) if split else selection
    target = (folder or workspace.root / "exports" / found.version).resolve()
    corpus = workspace.config.corpus
    about = CorpusInfo(
        name=corpus.name,
        license=corpus.license,
        homepage=corpus.homepage,
        citation=corpus.citation,
    )
    done: list[ExportedFile] = []
    for name in formats:
        progress("export", len(done), len(formats))
        pairs = release_entries(workspace.store, found)
        stem = f"{workspace.config.corpus.name}-{split}" if split else workspace.config.corpus.name
        path = target / f"{stem}.{name}"
        done.append(write(name, pairs, path, workspace.schema, found, selection, about))
    return done


def _of_split(found: Release, split: str, selection: Selection | None) -> Selection:
    """A selection narrowed to a split of the release."""
    if split not in found.splits:
        known = ", ".join(found.splits) or "none"
        raise CurateError(f"release {found.version} has no split {split!r}", f"it has {known}")
    chosen = selection or Selection()
    return msgspec.structs.replace(chosen, ids=frozenset(found.splits[split]))


def write(
    format: str,
    pairs: Iterable[GoldDocument],
    target: Path,
    schema: Schema,
    release: Release | None = None,
    selection: Selection | None = None,
    about: CorpusInfo | None = None,
) -> ExportedFile:
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
    chosen, writer = find_writer(format)
    with sidecar.loss_files() as losses:
        job = ExportJob(schema, about or CorpusInfo(), release, losses, _NAMED)
        left = SelectionTally(losses, _NAMED)
        exported = writer(select(pairs, selection, left) if selection else pairs, target, job)
        exported = _joined(exported, left)
        told = {"selection": selection.described, "left_out": left.filtered} if selection else {}
        sidecar.write_sidecar(exported, schema, release, chosen.without, told, losses)
    return exported


def _joined(exported: ExportedFile, left: SelectionTally) -> ExportedFile:
    """What was written, with what the selection dropped before."""
    lost = Counter(exported.lost) + left.lost
    return msgspec.structs.replace(
        exported,
        lost=dict(sorted(lost.items())),
        problems=(*left.problems, *exported.problems)[:_NAMED],
    )
