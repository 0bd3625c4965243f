"""Articles outside the corpus, in any number, pre-annotated as those in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curate.workspace.core import Core, Progress, silent

if TYPE_CHECKING:
    from curate.pool import Ran
    from curate.pool.corpus import Choice, Drawn


class Pools(Core):
    """Verbs that work on pools of articles."""

    def preannotate_pool(
        self,
        pattern: str,
        output: Path,
        *,
        workers: int = 0,
        scheduler: str = "",
        progress: Progress = silent,
    ) -> Ran:
        """Pre-annotate the files of a pool; the corpus is not touched.

        Args:
            pattern: Parquet or JSON Lines files, such as ``pool/*.parquet``.
            output: folder for the partitions, as Parquet.
            workers: processes of this machine; 0 takes as many as pay.
            scheduler: address of a Dask scheduler, or ``local`` for one on this machine.

        Raises:
            InputError: no file matches, one is of another kind, or ``output`` holds partitions
                that were made with other models, rules or another schema.
            ConfigError: a model, the rules or the schema are missing or wrong.
        """
        from curate import pool
        from curate.pool import corpus

        settings = pool.Settings(
            pipelines=self._pipelines(),
            schema=str(self.root / self.config.corpus.schema),
            language=self.config.corpus.language,
            output=str(output.resolve()),
        )
        partitions = pool.plan(pattern)
        corpus.claim(settings)
        return pool.run(
            partitions,
            settings,
            corpus.work,
            workers=workers,
            scheduler=scheduler,
            progress=progress,
        )

    def ingest_pool(self, folder: Path, choice: Choice) -> Drawn:
        """Take a sample of a pre-annotated pool into the corpus, or its best-scored part.

        Args:
            folder: what ``preannotate_pool`` wrote.
            choice: which part, and how many.

        Raises:
            InputError: the folder has no partitions, or one cannot be read.
        """
        from curate.pool import corpus

        with self._locked("ingest"):
            return corpus.take_in(self.store, folder, self._name(folder), choice, self._now())
