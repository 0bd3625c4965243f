"""What came before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from curate.workspace.core import Core

if TYPE_CHECKING:
    from curate.history.blame import Blame, Told
    from curate.history.delta import Delta, Differing, Sums
    from curate.history.git_driver import SetUp
    from curate.history.log import Cut, Logged
    from curate.history.restore import Restored
    from curate.history.verify import Verified
    from curate.store.reconcile import Taken


class History(Core):
    """Verbs that tell the history, and bring back what was."""

    def log(
        self, document: str = "", label: str = "", author: str = "", sync: str = ""
    ) -> tuple[list[Cut], list[Logged]]:
        """Releases and revisions, the newest first.

        Args:
            document: the beginning of an id, for the revisions of that document.
            label: only revisions that changed a span with this label.
            author: only what this person did.
            sync: only what this sync brought.
        """
        from curate.history import log

        key = self._find(document) if document else ""
        wanted = log.Wanted(document=key, label=label, author=author, sync=sync)
        with self.store.read() as tx:
            return log.log(tx, wanted)

    def told(self, document: str, start: int, end: int, label: str = "") -> list[Told]:
        """The history of the spans that ever stood at these offsets of a document.

        Raises:
            InputError: there is no such document, or there never was such a span.
        """
        from curate.history import blame

        key = self._find(document)
        with self.store.read() as tx:
            return blame.told(tx, key, start, end, label)

    def blame(self, document: str) -> Blame:
        """Who is behind every span of a document, or of one of its revisions (``1a2e@3``).

        Raises:
            InputError: there is no such document or revision, or it has no gold.
        """
        from curate.history import blame, sides

        with self.store.read() as tx:
            if "@" in document:
                found, revision = sides.named_revision(tx, document)
                return blame.blame(tx, found.id, revision.number)
            return blame.blame(tx, sides.identify(tx, document))

    def diff(self, first: str = "", second: str = "gold") -> Delta:
        """How the second side differs from the first; see ``curate.history.sides.side``.

        Args:
            first: the newest release by default.

        Raises:
            InputError, ReleaseError: there is nothing of such a name.
        """
        from curate.history import delta

        found: list[Differing] = []
        sums = self.compare(first, second, found.append)
        return delta.Delta.of(sums, found)

    def compare(self, first: str, second: str, tell: Callable[[Differing], None]) -> Sums:
        """The same for a comparison of any size: what differs is told, and not kept.

        Args:
            first: the newest release if it is empty.
            tell: is given each document that differs, sorted by id.

        Raises:
            InputError, ReleaseError: there is nothing of such a name.
        """
        from curate.history import delta, sides

        with self.store.read() as tx:
            name = first or sides.named_release(tx, "").version
            comparison = delta.Comparison(tx, name, second, self.root)
            for each in comparison:
                tell(each)
            return comparison.sums

    def restore(
        self, source: str, documents: tuple[str, ...] = (), exact: bool = False
    ) -> Restored:
        """Make new revisions that say what old ones say; the next sync carries them to Doccano.

        Args:
            source: a release, or a revision such as ``1a2e@3``.
            documents: restore these of a release alone.
            exact: also withdraw what is gold now and was not in the release.

        Raises:
            InputError, ReleaseError: there is no such thing, or the schema lost a label since.
        """
        from curate.history import restore

        author = f"curator:{self.config.corpus.curator}"
        doing = restore.Doing(
            author=author, at=self._now(), schema=self.schema, migrations=self.migrations
        )
        with self._locked("restore"):
            with self.store.begin() as tx:
                done = restore.restore(tx, source, documents, doing, exact)
            self._save()
        return done

    def verify(self, version: str = "") -> Verified:
        """Compute one release, or all, again from the store and from ``annotations/``."""
        from curate.history import verify
        from curate.store import reconcile

        # Not ``store``: what went apart must be told here, and not stand in the way.
        with self.opened.begin() as tx:
            if tx.is_empty():
                reconcile.take_up(tx, self.annotations)
        with self.opened.read() as tx:
            return verify.verify(tx, self.annotations, self.schema, version)

    def reconcile(self, merge: bool = False) -> Taken:
        """Take up what version control brought into ``annotations/``.

        Args:
            merge: join what went apart by the three-way merge.

        Raises:
            StoreError: store and files went apart, and ``merge`` is not asked for.
            InputError: a file cannot be read.
        """
        from curate.store import reconcile

        with self._locked("reconcile"):
            with self.opened.begin() as tx:
                taken = reconcile.take_up(tx, self.annotations, merge)
            self._save()
        return taken

    def git_setup(self) -> SetUp:
        """Let git merge branches of the corpus, and show readable diffs of it.

        Raises:
            CurateError: the workspace is not in a git repository.
        """
        from curate.history import git_driver

        return git_driver.set_up(self.root)
