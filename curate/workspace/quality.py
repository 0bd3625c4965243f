"""Checks of the gold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.workspace.core import Core

if TYPE_CHECKING:
    from curate.quality import Report


class Quality(Core):
    """Verbs that check the gold."""

    def validate(self, docs: bool = True) -> Report:
        """Check the gold corpus; the findings are values, and Data Docs are written as HTML."""
        from curate import quality

        with self.store.begin() as tx:
            return quality.validate(
                tx.heads(), self.schema, docs_folder=self.state / "docs" if docs else None
            )
