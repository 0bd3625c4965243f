"""Releases and what came before."""

from __future__ import annotations

from curate.errors import ValidationFailed
from curate.model import Release, Revision
from curate.workspace.quality import Quality


class History(Quality):
    """Verbs that cut releases and tell the history."""

    def release(self, version: str, message: str = "") -> Release:
        """Cut a release of the gold as it is now.

        Raises:
            ValidationFailed: the checks have error-level findings.
            ReleaseError: the version exists, or there is no gold.
        """
        from curate import release

        report = self.validate()
        if not report.passed:
            raise ValidationFailed(
                f"{report.errors} findings stand in the way of release {version}",
                "run `curate validate` and mend them",
            )
        with self._locked("release"), self.store.begin() as tx:
            made = release.build(
                version,
                tx.heads(),
                schema=self.schema,
                created=self._now(),
                author=self.config.corpus.curator,
                message=message,
                earlier=tx.releases(),
                validation={"checks": len(report.checks), "warnings": report.warnings},
                tools=release.tools(),
            )
            tx.add_release(made)
        self._save()
        return made

    def log(self, document: str = "") -> tuple[list[Release], list[Revision]]:
        """Releases, and revisions of one document or of all, the newest first."""
        from curate import views

        return views.log(self.store, self._find(document) if document else "")
