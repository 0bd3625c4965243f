"""What is in the corpus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curate.model import Annotation, Document
from curate.results import Listed, Shown
from curate.workspace.core import Core

if TYPE_CHECKING:
    from curate.report.layers_page import WrittenLayersPage


class Views(Core):
    """Verbs that show and change nothing."""

    def documents(self) -> list[Listed]:
        """Every document in a line, sorted by id."""
        from curate.sync import status

        return status.listed(self.store)

    def show(self, document: str, layer: str = "") -> Shown:
        """A document with its gold, or with its pre-annotation where it has no gold yet.

        Args:
            document: the beginning of its id; ``1a2e@3`` for its third revision.
            layer: a layer's name, to see that one.
        """
        from curate.sync import status

        if "@" in document:
            return self._revision(document)
        return status.show(self.store, self._find(document), layer)

    def _revision(self, name: str) -> Shown:
        from curate.history import sides

        with self.store.begin() as tx:
            document, found = sides.named_revision(tx, name)
        return Shown(document=document, annotation=found.annotation, layers=(), revision=found)

    def show_layers(self, document: str, path: Path) -> WrittenLayersPage:
        """Write what every layer says about a document and what won, as one HTML file.

        Args:
            document: the beginning of its id; ``1a2e@3`` holds its third revision as the gold.
            path: the file.

        Raises:
            InputError: there is no such document, or the file cannot be written.
        """
        from curate.report import layers_page

        found, layers = self._layers(document)
        return layers_page.write(path, found, layers, self.schema)

    def _layers(self, name: str) -> tuple[Document, list[Annotation]]:
        """A document and all that is said about it; its gold may be that of one revision."""
        shown = self.show(name)
        with self.store.begin() as tx:
            found = tx.said(shown.document.id)
        gold = [shown.annotation] if shown.revision and not shown.revision.deleted else []
        return shown.document, [*found, *gold]
