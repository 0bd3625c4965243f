"""Articles outside the corpus, in any number, pre-annotated as those in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curate.workspace.core import Core, Progress, silent

if TYPE_CHECKING:
    from curate.pool import Ran


class Pools(Core):
    """Verbs that work on pools of articles."""

    def preannotate_pool(
        self,
        pattern: str,
        output: Path,
        *,
        workers: int = 1,
        scheduler: str = "",
        progress: Progress = silent,
    ) -> Ran:
        """Pre-annotate the files of a pool; the corpus is not touched.

        Args:
            pattern: Parquet or JSON Lines files, such as ``pool/*.parquet``.
            output: folder for the partitions, as Parquet.
            workers: processes of this machine.
            scheduler: address of a Dask scheduler, or ``local`` for one on this machine.

        Raises:
            InputError: no file matches, or one is of another kind.
        """
        from curate import pool, pools

        settings = pool.Settings(
            models=self.config.preannotate.models,
            rules=tuple(str(self.root / path) for path in self.config.preannotate.rules),
            schema=str(self.root / self.config.corpus.schema),
            language=self.config.corpus.language,
            output=str(output.resolve()),
        )
        return pool.run(
            pool.plan(pattern),
            settings,
            pools.work,
            workers=workers,
            scheduler=scheduler,
            progress=progress,
        )
