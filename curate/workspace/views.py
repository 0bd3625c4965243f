"""What is in the corpus."""

from __future__ import annotations

from curate.results import Listed, Shown
from curate.workspace.core import Core


class Views(Core):
    """Verbs that show and change nothing."""

    def documents(self) -> list[Listed]:
        """Every document in a line, sorted by id."""
        from curate import views

        return views.listed(self.store)

    def show(self, document: str, layer: str = "") -> Shown:
        """A document with its gold, or with its pre-annotation where it has no gold yet.

        Args:
            document: the beginning of its id; ``1a2e@3`` for its third revision.
            layer: a layer's name, to see that one.
        """
        from curate import views

        if "@" in document:
            return self._revision(document)
        return views.show(self.store, self._find(document), layer)

    def _revision(self, name: str) -> Shown:
        from curate.history import sides

        with self.store.begin() as tx:
            document, found = sides.named_revision(tx, name)
        return Shown(document=document, annotation=found.annotation, layers=(), revision=found)
