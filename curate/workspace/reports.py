"""The report of the corpus: one page of what the other verbs tell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curate.workspace.releases import Releases
from curate.workspace.remote import Remotes

if TYPE_CHECKING:
    from curate.agreement import Agreement
    from curate.report import (
        AuditSummary,
        EmptySection,
        LabelDistribution,
        ReportFacts,
        WorkProgress,
        WrittenReport,
    )


class Reports(Remotes, Releases):
    """Verbs that report."""

    def report(self, path: Path) -> WrittenReport:
        """Write the report of the corpus as one HTML file; no server is asked.

        Args:
            path: the file.

        Raises:
            InputError: the file cannot be written.
        """
        from curate import report
        from curate.html import page

        found = self.facts()
        page.write(path, report.render_report(found))
        return report.WrittenReport(
            path=str(path),
            made=found.made,
            progress=found.progress,
            labels=found.labels,
            empty={name: told.why for name, told in report.empty_sections(found).items()},
        )

    def facts(self) -> ReportFacts:
        """What the report tells: every value is that of the verb that tells it alone."""
        from curate import report
        from curate.sync import status
        from curate.version import __version__

        checks = self.validate(docs=False)
        with self.store.begin() as tx:
            releases = tuple(tx.releases())
        return report.ReportFacts(
            corpus=self.config.corpus.name,
            language=self.config.corpus.language,
            schema=self.schema.id,
            made=self._now(),
            version=__version__,
            status=status.status(self.store, None),
            proposal=self.proposal(),
            progress=self.progress(),
            labels=self.labels(),
            agreement=self._agreement(),
            ledger=self.ledger(),
            checks=checks,
            audit=self._audited(),
            gate=self.gate(checks),
            conflicts=tuple(self.conflicts()),
            splits=self.split_parts(),
            unsound=self.check_splits(),
            releases=releases,
        )

    def progress(self) -> WorkProgress:
        """What each person confirmed and revised, week by week."""
        from curate import report

        with self.store.begin() as tx:
            return report.work_progress(tx.history(), tx.assignments())

    def labels(self) -> LabelDistribution:
        """The labels of the gold, beside those of the last release."""
        from curate import report

        with self.store.begin() as tx:
            known = tx.releases()
            heads = (revision for _, revision in tx.heads())
            return report.label_distribution(heads, self.schema.names, known[0] if known else None)

    def _audited(self) -> AuditSummary | None:
        from curate import report
        from curate.audit import last_audit

        found = last_audit.read(self.state)
        if found is None:
            return None
        with self.store.begin() as tx:
            suspects, newer = last_audit.unseen(found, (head for _, head in tx.heads()))
            keys = dict.fromkeys(each.document for each in suspects[: report.SHOWN_SUSPECTS])
            texts = {key: document for key in keys if (document := tx.document(key))}
        return report.summarise_audit(found, suspects, newer, texts)

    def _agreement(self) -> Agreement | EmptySection:
        from curate.agreement import Options
        from curate.errors import InputError
        from curate.report import EmptySection

        try:
            return self.agreement(Options())
        except InputError as error:
            return EmptySection(why=error.message, cure=error.cure)
