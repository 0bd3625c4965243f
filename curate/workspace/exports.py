"""Releases for training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curate.workspace.core import Core, Progress, silent

if TYPE_CHECKING:
    from curate.export import Exported


class Exports(Core):
    """Verbs that write releases for training."""

    def export(
        self,
        version: str,
        formats: tuple[str, ...],
        folder: Path | None = None,
        progress: Progress = silent,
    ) -> list[Exported]:
        """Write a release in each format, with a sidecar that says what could not be expressed.

        Raises:
            ReleaseError: there is no such release, or the store has not what it says.
        """
        from curate import export, link, release

        with self.store.begin() as tx:
            found = release.pick(tx.releases(), version)
        target = (folder or self.root / "exports" / found.version).resolve()
        done: list[Exported] = []
        for name in formats:
            progress("export", len(done), len(formats))
            pairs = link.entries(self.store, found)
            path = target / f"{self.config.corpus.name}.{name}"
            done.append(export.write(name, pairs, path, self.schema, found))
        return done
