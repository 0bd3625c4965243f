"""Likely errors in the gold, and what people made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from curate.workspace.core import Progress, silent
from curate.workspace.remote import Remotes

if TYPE_CHECKING:
    from curate.audit.corpus import Asking, Kept, Settled
    from curate.audit.files import Asked, Audited


class Audits(Remotes):
    """Verbs that look for label errors."""

    def audit(self, asked: Asked, progress: Progress = silent) -> Audited:
        """Rank the likely label errors of the gold, and keep the list at ``.curate/audit.json``.

        What people reviewed or dismissed since the last time is not in it any more. Where nothing
        changed, the list of the last time counts.

        Raises:
            CurateError: a library that a method needs is not installed.
        """
        from curate.audit import corpus

        with self._locked("audit"):
            with self.store.begin() as tx:
                looked = corpus.look(tx)
            before = corpus.load(self.state)
            kept, found = corpus.audit(looked, before, asked, self._now(), progress)
            corpus.save(self.state, kept)
        return found

    def dismiss(self, ids: list[str], reason: str = "") -> tuple[Settled, ...]:
        """Take suspects of the last audit from its list; they do not come back.

        Args:
            ids: what they are called in the list, or how that begins.
            reason: why they are no errors.

        Raises:
            InputError: there was no audit, or there is no such suspect.
        """
        from curate.audit import corpus

        with self._locked("audit"):
            before = corpus.known(self.state)
            by, at = self.config.corpus.curator, self._now()
            kept = corpus.dismiss(before, ids, by, at, reason)
            corpus.save(self.state, kept)
        return tuple(each for each in kept.settled if each not in before.settled)

    def push_audit(self, top: int, dry: bool = False, progress: Progress = silent) -> Asking:
        """Ask people in Doccano about the likeliest errors of the last audit.

        The documents go to the project for reviews, with their gold and what is suspected; what
        people confirm there comes back with the next sync. Running it again doubles nothing.

        Args:
            top: how many suspects; 0 for all.
            dry: only tell what would be done.
            progress: is told how far it is.

        Raises:
            InputError: the corpus was never audited.
            RemoteError: the server refuses, or cannot be reached.
        """
        from curate.audit import corpus
        from curate.sync import review, targets

        self._up_to_date()
        with self._locked("audit --push"):
            before = corpus.known(self.state)
            kept, fresh = corpus.request(before, top, self._reviewed(), self._now())
            told = self._asking(kept, fresh)
            if dry or not kept.requests:
                return msgspec.structs.replace(told, dry_run=dry)
            corpus.save(self.state, kept)
            desk = next(desk for desk in self._desks(lambda: None) if desk.aim.decides)
            review.reopen(self.store, desk.remote, fresh)
            settings = self._settings(push=True, pull=False, include_unconfirmed=False)
            done = targets.sync(self.store, desk, settings, self._now, progress)
            review.remind(self.store, desk.remote, corpus.asked(self.state))
        return msgspec.structs.replace(told, pushed=done.pushed, problems=done.problems)

    def _asking(self, kept: Kept, fresh: list[str]) -> Asking:
        from curate.audit.corpus import Asking
        from curate.sync.targets import REVIEW

        return Asking(
            project=f"{self.config.project}{REVIEW}",
            suspects=sum(len(each.suspects) for each in kept.requests),
            asked=tuple(sorted(fresh)),
            waiting=len(kept.requests) - len(fresh),
        )

    def _reviewed(self) -> set[str]:
        """The documents whose review is done."""
        from curate.sync.targets import REVIEW

        name = f"{self.config.project}{REVIEW}"
        with self.store.begin() as tx:
            mine = [remote.marker for remote in tx.remotes() if remote.name == name]
            seen = [tx.tracked_documents(marker) for marker in mine]
        return {key for found in seen for key, confirmed in found.items() if confirmed}
