"""Releases written for training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.errors import CurateError
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.formats.writers import Exported, Selection
    from curate.model import Release
    from curate.workspace import Workspace


def export(
    workspace: Workspace,
    version: str,
    formats: tuple[str, ...],
    folder: Path | None = None,
    progress: Progress = silent,
    selection: Selection | None = None,
    split: str = "",
) -> list[Exported]:
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
    from curate.formats import writers
    from curate.store.releases import release_entries

    with workspace.store.begin() as tx:
        found = release.pick(tx.releases(), version)
    selection = _of_split(found, split, selection) if split else selection
    target = (folder or workspace.root / "exports" / found.version).resolve()
    corpus = workspace.config.corpus
    about = writers.About(
        name=corpus.name,
        license=corpus.license,
        homepage=corpus.homepage,
        citation=corpus.citation,
    )
    done: list[Exported] = []
    for name in formats:
        progress("export", len(done), len(formats))
        pairs = release_entries(workspace.store, found)
        stem = f"{workspace.config.corpus.name}-{split}" if split else workspace.config.corpus.name
        path = target / f"{stem}.{name}"
        done.append(writers.write(name, pairs, path, workspace.schema, found, selection, about))
    return done


def _of_split(found: Release, split: str, selection: Selection | None) -> Selection:
    """A selection narrowed to a split of the release."""
    from curate.formats.writers import Selection

    if split not in found.splits:
        known = ", ".join(found.splits) or "none"
        raise CurateError(f"release {found.version} has no split {split!r}", f"it has {known}")
    chosen = selection or Selection()
    return msgspec.structs.replace(chosen, ids=frozenset(found.splits[split]))
