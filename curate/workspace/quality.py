"""Checks of the gold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.workspace.core import Core

if TYPE_CHECKING:
    from curate.quality import Beside, Report
    from curate.store.transaction import Transaction


class Quality(Core):
    """Verbs that check the gold."""

    def validate(self, docs: bool = True) -> Report:
        """Check the gold corpus; the findings are values, and Data Docs are written as HTML.

        Raises:
            ConfigError: ``curate.toml`` sets a check that there is not, or gives no reason.
        """
        from curate import quality
        from curate.sync import comments

        url = self._server_url()
        with self.store.begin() as tx:
            places = comments.addresses(tx, self._projects(), url, self.schema)
            return quality.validate(
                tx.heads(),
                self.schema,
                self.state / "docs" if docs else None,
                settings=self.config.checks,
                beside=self._beside(tx),
                link=lambda document: places.get(document, ""),
            )

    def example_url(self, document: str) -> str:
        """Address of the document in Doccano; empty where it was not pushed.

        Raises:
            InputError: there is no such document.
        """
        from curate.sync import comments

        key, url = self._find(document), self._server_url()
        with self.store.begin() as tx:
            return comments.addresses(tx, self._projects(), url, self.schema).get(key, "")

    def _projects(self) -> list[str]:
        """Names of the corpus's projects, the one in which gold is mended before the others."""
        project, tasks = self.config.project, self.config.tasks
        if tasks.mode == "shared":
            return [project]
        return [f"{project}-{name}" for name in ("adjudication", *tasks.annotators)]

    def _server_url(self) -> str:
        """Address of the Doccano server; empty where none is known."""
        from curate.doccano.credentials import resolve
        from curate.errors import CredentialsError

        try:
            return resolve(self.config.doccano.url, self.server.credentials).url
        except CredentialsError:
            return ""

    def _beside(self, tx: Transaction) -> Beside:
        from curate.quality import Beside, files

        releases = tx.releases()
        rules = [self.root / path for path in self.config.preannotate.rules]
        return Beside(
            layers=tx.every_layer(),
            assignments=tx.assignments(),
            release=releases[0] if releases else None,
            names=files.names(rules, self.schema),
            lengths={document.id: len(document.text) for document in tx.documents()},
        )
