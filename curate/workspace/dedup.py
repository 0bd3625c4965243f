"""Copies and near copies among the documents of the corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.workspace.core import Core

if TYPE_CHECKING:
    from curate.dedup.corpus import Asked, Duplicates


class Dedup(Core):
    """Verbs that find articles that are in the corpus more than once."""

    def dedup(self, asked: Asked) -> Duplicates:
        """Find near copies in the corpus, and keep the clusters; no document is taken out.

        The first of a cluster is the one that was taken in first.

        Raises:
            ConfigError: the threshold makes no sense.
        """
        from curate.dedup import corpus

        with self._locked("dedup"):
            with self.store.begin() as tx:
                ages = sorted(corpus.age(document) for document in tx.documents())
            documents = self._documents([age[-1] for age in ages])
            found = corpus.in_corpus(documents, asked, self._now())
            corpus.save(self.state, found)
        return found

    def clusters(self) -> dict[str, str]:
        """The cluster of each document that is in one, as ``dedup`` last found them.

        Documents of one cluster belong in one part of a split.
        """
        from curate.dedup import corpus

        return corpus.clusters(corpus.load(self.state))
