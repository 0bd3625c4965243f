"""Write gold in the formats that models are trained on.

Every writer takes the same input and reports what its format could not hold. Beside each file
stands its sidecar ``<file>.export.json``, which says where the file came from and lists every loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.errors import CurateError
from curate.formats.registry import check_offsets, find_writer
from curate.formats.selection import Selection, SelectionTally, select
from curate.formats.sidecar import loss_files, write_sidecar
from curate.formats.writing import (
    CorpusInfo,
    ExportedFile,
    ExportJob,
    GoldDocument,
    WrittenOffsets,
)
from curate.model import Release
from curate.release import choose_release
from curate.schema import Schema
from curate.store.releases import release_entries
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace

_PROBLEM_LIMIT = 1000  # problems of an export that are kept in memory; its sidecar lists all losses


def export(
    workspace: Workspace,
    version: str,
    formats: tuple[str, ...],
    folder: Path | None = None,
    progress: Progress = silent,
    selection: Selection | None = None,
    split: str = "",
    offsets: WrittenOffsets = "",
) -> list[ExportedFile]:
    """Write a release in each format, with a sidecar that lists what the format could not hold.

    Args:
        workspace: the workspace.
        version: the release; the newest if empty.
        formats: keys of ``curate.formats.registry.FORMATS``.
        folder: where to write the files; ``exports/<version>`` by default.
        progress: called before each format.
        selection: what of the release to write; all by default.
        split: the split of the release to write, which becomes part of the file names.
        offsets: what offsets count in formats that leave it open.

    Raises:
        CurateError: a format or split is unknown, the selection refuses overlapping spans, or no
            format leaves open what its offsets count.
        ReleaseError: there is no such release, or the store does not match it.
    """
    check_offsets(offsets, *formats)
    with workspace.store.begin() as tx:
        release = choose_release(tx.releases(), version)
    selection = _restrict_to_split(release, split, selection) if split else selection
    target = (folder or workspace.root / "exports" / release.version).resolve()
    settings = workspace.config.corpus
    corpus = CorpusInfo(
        name=settings.name,
        license=settings.license,
        homepage=settings.homepage,
        citation=settings.citation,
    )
    stem = f"{settings.name}-{split}" if split else settings.name
    exported: list[ExportedFile] = []
    for format in formats:
        progress("export", len(exported), len(formats))
        documents = release_entries(workspace.store, release)
        path = target / find_writer(format)[0].file_name(stem)
        exported.append(
            write(format, documents, path, workspace.schema, release, selection, corpus, offsets)
        )
    return exported


def _restrict_to_split(release: Release, split: str, selection: Selection | None) -> Selection:
    """The selection with the documents of a split only."""
    if split not in release.splits:
        names = ", ".join(release.splits) or "none"
        raise CurateError(f"release {release.version} has no split {split!r}", f"it has {names}")
    ids = frozenset(release.splits[split])
    return msgspec.structs.replace(selection or Selection(), ids=ids)


def write(
    format: str,
    documents: Iterable[GoldDocument],
    target: Path,
    schema: Schema,
    release: Release | None = None,
    selection: Selection | None = None,
    corpus: CorpusInfo | None = None,
    offsets: WrittenOffsets = "",
) -> ExportedFile:
    """Write documents to a file or folder, and its sidecar beside it.

    Args:
        format: a key of ``curate.formats.registry.FORMATS``.
        documents: documents with the revision to write, sorted by id; tombstones are skipped.
        target: the file or folder. Its parent folder is created, and what curate wrote under this
            name before is replaced.
        schema: the label schema of the revisions.
        release: the release that the revisions belong to, if any.
        selection: which documents and spans to write, and what to do with spans that overlap.
        corpus: what to say about the corpus in formats that have a card.
        offsets: what offsets count if the format leaves it open.

    Raises:
        CurateError: there is no such format, it cannot hold the labels, the selection refuses
            overlapping spans, or the target is a folder that curate did not write.
    """
    chosen, writer = find_writer(format)
    with loss_files() as losses:
        info = corpus or CorpusInfo()
        job = ExportJob(schema, info, release, losses, _PROBLEM_LIMIT, offsets)
        tally = SelectionTally(losses, _PROBLEM_LIMIT)
        selected = select(documents, selection, tally) if selection else documents
        exported = _with_selection_losses(writer(selected, target, job), tally)
        fields: dict[str, object] = {}
        if selection:
            fields = {"selection": selection.described, "left_out": tally.filtered}
        if chosen.open_offsets:
            fields["offsets"] = offsets or "codepoints"
        write_sidecar(exported, schema, release, chosen.without, fields, losses)
    return exported


def _with_selection_losses(exported: ExportedFile, tally: SelectionTally) -> ExportedFile:
    """The exported file with what the selection dropped before it was written."""
    lost = Counter(exported.lost) + tally.lost
    return msgspec.structs.replace(
        exported,
        lost=dict(sorted(lost.items())),
        problems=(*tally.problems, *exported.problems)[:_PROBLEM_LIMIT],
    )
