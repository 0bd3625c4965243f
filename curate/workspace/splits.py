"""Splits for training, tuning and testing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from curate.workspace.core import Core

if TYPE_CHECKING:
    from curate.model import Problem
    from curate.splits import Name
    from curate.splits.corpus import Division, Part


class Splits(Core):
    """Verbs about what models are trained, tuned and tested on."""

    def split(self, moves: Mapping[str, Name] | None = None, dry_run: bool = False) -> Division:
        """Assign the gold documents that are in no split yet, and check all splits.

        Args:
            moves: documents that are to be in another split, by the beginning of their id.
            dry_run: write nothing.

        Raises:
            ConfigError: ``[split]`` contradicts itself.
            InputError: a file of splits is damaged, or what is to be moved has no gold.
            ReleaseError: a test document that a release holds would be moved.
        """
        from curate.splits import corpus

        with self._locked("split"):
            found = {self._find(prefix): name for prefix, name in (moves or {}).items()}
            with self.store.begin() as tx:
                return corpus.split(tx, self.annotations, self.config.split, found, dry_run)

    def splits(self) -> dict[str, tuple[str, ...]]:
        """The documents of each split that have gold; empty if none were drawn."""
        from curate.splits import corpus

        with self.store.begin() as tx:
            gold = {document.id for document, revision in tx.heads() if not revision.deleted}
        return corpus.named(corpus.load(self.annotations), gold)

    def split_parts(self) -> tuple[Part, ...]:
        """What is in each split as it is kept; nothing is drawn.

        Raises:
            InputError: a file of splits is damaged.
        """
        from curate.splits import corpus

        with self.store.begin() as tx:
            return corpus.parts(tx, self.annotations, self.config.split)

    def check_splits(self) -> tuple[Problem, ...]:
        """What is wrong with the splits; nothing if none were ever drawn.

        Raises:
            ConfigError: ``[split]`` contradicts itself.
            InputError: a file of splits is damaged.
        """
        from curate.splits import corpus

        with self.store.begin() as tx:
            return corpus.sound(tx, self.annotations, self.config.split)
