"""Likely errors in the gold, and what people made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.workspace.core import Core, Progress, silent

if TYPE_CHECKING:
    from curate.auditing import Settled
    from curate.audits import Asked, Audited


class Audits(Core):
    """Verbs that look for label errors."""

    def audit(self, asked: Asked, progress: Progress = silent) -> Audited:
        """Rank the likely label errors of the gold, and keep the list at ``.curate/audit.json``.

        What people reviewed or dismissed since the last time is not in it any more. Where nothing
        changed, the list of the last time counts.

        Raises:
            CurateError: a library that a method needs is not installed.
        """
        from curate import auditing

        with self._locked("audit"):
            with self.store.begin() as tx:
                looked = auditing.look(tx)
            before = auditing.load(self.state)
            kept, found = auditing.audit(looked, before, asked, self._now(), progress)
            auditing.save(self.state, kept)
        return found

    def dismiss(self, ids: list[str], reason: str = "") -> tuple[Settled, ...]:
        """Take suspects of the last audit from its list; they do not come back.

        Args:
            ids: what they are called in the list, or how that begins.
            reason: why they are no errors.

        Raises:
            InputError: there was no audit, or there is no such suspect.
        """
        from curate import auditing

        with self._locked("audit"):
            before = auditing.known(self.state)
            by, at = self.config.corpus.curator, self._now()
            kept = auditing.dismiss(before, ids, by, at, reason)
            auditing.save(self.state, kept)
        return tuple(each for each in kept.settled if each not in before.settled)
