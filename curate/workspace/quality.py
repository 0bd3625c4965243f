"""Checks of the gold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from curate.workspace.core import Core

if TYPE_CHECKING:
    from curate.model import Annotation
    from curate.quality import Beside, Report
    from curate.quality.remarks import Noted, Remarks
    from curate.store.transaction import Transaction


class Quality(Core):
    """Verbs that check the gold."""

    def validate(self, docs: bool = True) -> Report:
        """Check the gold corpus; the findings are values, and Data Docs are written as HTML.

        Raises:
            ConfigError: ``curate.toml`` sets a check that there is not, or gives no reason.
        """
        from curate import quality

        with self.store.begin() as tx:
            return quality.validate(
                tx.heads(),
                self.schema,
                self.state / "docs" if docs else None,
                settings=self.config.checks,
                beside=self._beside(tx),
                link=self.example_url,
            )

    def example_url(self, document: str) -> str:
        """Address of the document's example in Doccano; empty where none is known."""
        return ""

    def note(self, report: Report, server: Remarks) -> Noted:
        """Put the findings to the documents in Doccano as comments; a second time adds nothing."""
        from curate.quality import remarks

        with self.store.begin() as tx:
            ids = tx.document_ids()
        return remarks.push(report, server, ids)

    def _beside(self, tx: Transaction) -> Beside:
        from curate import validate
        from curate.quality import Beside

        releases = tx.releases()
        rules = [self.root / path for path in self.config.preannotate.rules]
        return Beside(
            layers=_layers(tx),
            assignments=tx.assignments(),
            release=releases[0] if releases else None,
            names=validate.names(rules, self.schema),
        )


def _layers(tx: Transaction) -> Iterator[Annotation]:
    """The layers of what is checked: of documents without gold there is nothing to hold against."""
    for document in [head.document for _, head in tx.heads() if not head.deleted]:
        for layer in tx.layers(document):
            found = tx.annotation(document, layer)
            if found is not None:
                yield found
