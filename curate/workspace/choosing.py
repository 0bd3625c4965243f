"""What a person's next hour is worth most on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.workspace.articles import Articles
from curate.workspace.core import Progress, silent

if TYPE_CHECKING:
    from curate.pool.corpus import Drawn
    from curate.ranking import Ranking, Settings


class Choosing(Articles):
    """Verbs that choose what is annotated next."""

    def next(
        self, settings: Settings, pool: Path | None = None, progress: Progress = silent
    ) -> Ranking:
        """Rank the documents that nobody has confirmed, or the articles of a written pool.

        Documents that lack a layer are pre-annotated first. Where a trained model proposes, the
        models of the settings have their say too, since one model alone disagrees with nobody.

        Args:
            settings: how many, and how to choose.
            pool: what ``preannotate_pool`` wrote.
            progress: is told of each document that is annotated.

        Raises:
            ConfigError: the settings contradict themselves, or a model is missing.
            InputError: the folder has no partitions, or one cannot be read.
        """
        from curate.ranking import corpus

        if pool is not None:
            with self.store.begin() as tx:
                return corpus.in_pool(tx, pool, settings)[0]
        self.preannotate(progress=progress)
        self._committee(progress)
        with self.store.begin() as tx:
            return corpus.in_corpus(tx, settings)

    def ingest_useful(self, folder: Path, settings: Settings) -> Drawn:
        """Take those articles of a written pool into the corpus that are worth most.

        Args:
            folder: what ``preannotate_pool`` wrote.
            settings: how many, and how to choose.

        Raises:
            ConfigError: the settings contradict themselves.
            InputError: the folder has no partitions, or one cannot be read.
        """
        from curate.pool import corpus as pools
        from curate.ranking import corpus

        with self._locked("ingest"), self.store.begin() as tx:
            ranking, rows = corpus.in_pool(tx, folder, settings)
            done = pools.take_rows(tx, folder, self._name(folder), rows, self._now())
        return msgspec.structs.replace(done, articles=ranking.candidates)

    def _committee(self, progress: Progress) -> None:
        """Let the models of the settings say what they see, where a trained model proposes."""
        from curate import train
        from curate.preannotate import Setup
        from curate.ranking import corpus

        if train.current(self.models) is None:
            return
        settled = self._settled()
        code = self.config.corpus.language
        models = settled.get(code, settled[""]).models
        with self._locked("next"):
            corpus.hear(self.store, Setup(models=models), self.schema, progress)
