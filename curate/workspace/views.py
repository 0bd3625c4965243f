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
            document: the beginning of its id.
            layer: a layer's name, to see that one.
        """
        from curate import views

        return views.show(self.store, self._find(document), layer)
