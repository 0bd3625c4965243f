"""The corpus and its Doccano project."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from curate.results import Conflicts, Preannotated, Preview, Resolved, Status, Synced
from curate.workspace.articles import Articles
from curate.workspace.core import Progress, silent

if TYPE_CHECKING:
    from curate.doccano.credentials import Credentials
    from curate.doccano.remote import DoccanoRemote
    from curate.doccano.server import ServerStatus
    from curate.merge import Side
    from curate.sync.protocol import Settings


class Remotes(Articles):
    """Verbs that speak with Doccano."""

    def sync(
        self,
        *,
        push: bool = True,
        pull: bool = True,
        include_unconfirmed: bool = False,
        progress: Progress = silent,
    ) -> Synced:
        """Pre-annotate what is new, push it, pull what was confirmed, merge, write the files."""
        from curate import link
        from curate.sync.apply import sync

        self.credentials()  # without a server, say so before the models have run
        done = self.preannotate(progress=progress) if push else Preannotated()
        with self._locked("sync"):
            remote = self._remote(lambda: progress("Doccano", 0, 0))
            link.remember(self.store, remote)  # before it is made, so that its marker is known
            settings = self._settings(push, pull, include_unconfirmed)
            outcome = sync(self.store, remote, settings, self._now, progress)
            link.remember(self.store, remote)
            files = self._save()
        return Synced(preannotated=done, outcome=outcome, files=tuple(files))

    def preview(
        self, push: bool = True, pull: bool = True, include_unconfirmed: bool = False
    ) -> Preview:
        """What ``sync`` would do; nothing is written, here or there."""
        from curate.sync.apply import preview

        settings = self._settings(push, pull, include_unconfirmed)
        changes, plan = preview(self.store, self._remote(lambda: None), settings)
        todo = self._unannotated(False) if push else []
        return Preview(preannotate=len(todo), project=tuple(changes), plan=plan)

    def status(self) -> Status:
        """Where the documents stand; without a server, as far as the store knows."""
        from curate import views
        from curate.errors import RemoteError

        try:
            return views.status(self.store, self.preview().plan, self.credentials().url)
        except RemoteError as error:
            return views.status(self.store, None, unreachable=str(error))

    def credentials(self) -> Credentials:
        """The account and the server to use.

        Raises:
            CredentialsError: none is known.
        """
        from curate.doccano.credentials import resolve

        return resolve(self.config.doccano.url, self.server.credentials)

    def start_server(self, port: int | None, say: Callable[[str], None]) -> ServerStatus:
        """Start the embedded server on the port asked for, else the last, else the configured.

        Raises:
            ServerError: it cannot be installed or started; the message says why.
        """
        first = not self.server.status().url
        return self.server.start(self.config.server.port if first and port is None else port, say)

    def conflicts(self) -> list[Conflicts]:
        """Where gold and Doccano changed the same place, and nobody decided yet."""
        from curate import resolve

        return resolve.listed(self.store)

    def resolve(self, document: str, number: int | None, take: Side) -> Resolved:
        """Settle a conflict, or all of a document's; the next sync carries it to Doccano.

        Raises:
            InputError: there is no such document or conflict.
        """
        from curate import resolve

        with self._locked("resolve"):
            done = resolve.resolve(
                self.store,
                self._find(document),
                number,
                take,
                author=f"curator:{self.config.corpus.curator}",
                schema=self.schema.id,
                at=self._now(),
            )
            self._save()
        return done

    def _settings(self, push: bool, pull: bool, include_unconfirmed: bool) -> Settings:
        from curate.sync.protocol import Settings

        return Settings(
            schema=self.schema.id,
            push=push,
            pull=pull,
            include_unconfirmed=include_unconfirmed,
            policy=self.config.merge.policy,
        )

    def _remote(self, tick: Callable[[], None]) -> DoccanoRemote:
        from curate import link

        return link.connect(self.store, self.config, self.schema, self.credentials(), tick)
