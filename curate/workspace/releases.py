"""Releases, and the gate before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.errors import ReleaseError, ValidationFailed
from curate.model import Release
from curate.workspace.measures import Measures
from curate.workspace.quality import Quality
from curate.workspace.splits import Splits

if TYPE_CHECKING:
    from curate.agreement import Agreement
    from curate.gate import Gate, Rehearsal, Suspicion
    from curate.model import Problem
    from curate.quality import Report
    from curate.release import Proposal
    from curate.results import Conflicts


class Releases(Quality, Measures, Splits):
    """Verbs that cut releases."""

    def release(self, version: str = "", message: str = "") -> Release:
        """Cut a release of the gold as it is now, with its splits, if the gate lets it through.

        Args:
            version: its version; by default the lowest that says enough of what changed.
            message: what is in it.

        Raises:
            ValidationFailed: a gate fails that is not waived; the message says by how much.
            ReleaseError: the version exists or says too little, nothing changed, or there is no
                gold.
            ConfigError: ``[gate]`` waives without a reason.
        """
        from curate import gate

        with self._locked("release"):
            report = self.validate(docs=False)
            judged = self.gate(report)
            if judged.failed:
                raise ValidationFailed(*gate.refusal(judged))
            made = self._made(version, message, report, judged)
            with self.store.begin() as tx:
                tx.add_release(made)
            self._save()
        return made

    def rehearse(self, version: str = "") -> Rehearsal:
        """What ``release`` would do; nothing is written.

        Args:
            version: its version; by default the lowest that says enough of what changed.

        Raises:
            ConfigError: ``[gate]`` waives without a reason.
        """
        from curate import gate

        report = self.validate(docs=False)
        judged, proposal = self.gate(report), self.proposal()
        refused = [gate.refusal(judged)[0]] if judged.failed else []
        if version or proposal.version:
            try:
                self._made(version, "", report, judged)
            except ReleaseError as error:
                refused.append(str(error))
        return gate.Rehearsal(proposal=proposal, gate=judged, refused=tuple(refused))

    def gate(self, report: Report | None = None) -> Gate:
        """What stands in the way of a release.

        Args:
            report: of the checks, if they were made already.

        Raises:
            ConfigError: ``[gate]`` waives without a reason.
        """
        from curate import gate

        evidence = gate.Evidence(
            report=report or self.validate(docs=False),
            agreement=self._agreed(),
            conflicts={each.document.id: len(each.conflicts) for each in self._disputed()},
            suspicion=self._suspicion(),
            splits=self._unsound(),
        )
        return gate.judge(self.config.gate, evidence)

    def proposal(self) -> Proposal:
        """The version that a release of the gold as it is now would get, and why."""
        from curate import release

        with self.store.begin() as tx:
            heads = (pair for pair in tx.heads() if not pair[1].deleted)
            entries = [release.entry(*pair) for pair in heads]
            return release.propose(tx.releases(), entries, self.schema)

    def _made(self, version: str, message: str, report: Report, judged: Gate) -> Release:
        from curate import release

        changes, splits = self._changes(), self.splits()
        with self.store.begin() as tx:
            return release.build(
                version,
                tx.heads(),
                schema=self.schema,
                created=self._now(),
                author=self.config.corpus.curator,
                message=message,
                earlier=tx.releases(),
                validation={"checks": len(report.made), "warnings": report.warnings},
                tools=release.tools(),
                changes=changes,
                gate=judged.told,
                splits=splits,
            )

    def _changes(self) -> dict[str, int]:
        from curate.history import delta

        with self.store.begin() as tx:
            known = tx.releases()
            return delta.counts(tx, known[0].version, "gold", self.root) if known else {}

    def _agreed(self) -> Agreement | None:
        """Agreement of the annotators; None where fewer than two have confirmed anything."""
        from curate.agreement import Options, sources

        voices = sources.stored(self.store)
        if len(voices.annotations) < 2:
            return None
        return sources.agreement(voices, Options(resamples=0))

    def _suspicion(self) -> Suspicion | None:
        """What the last audit left open; not looked for where nothing is asked of it."""
        from curate.audit import last_audit

        if self.config.gate.audit is None:
            return None
        with self.store.begin() as tx:
            heads = (revision for _, revision in tx.heads())
            return last_audit.load(self.state, heads, self.config.gate.audit_score)

    def _disputed(self) -> list[Conflicts]:
        from curate.sync import conflicts

        return conflicts.listed(self.store)

    def _unsound(self) -> tuple[Problem, ...] | None:
        """What is wrong with the splits; None if none were ever drawn."""
        found = self.check_splits()
        return found if found or self.splits() else None
