"""The corpus and its Doccano project."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from curate.errors import ConfigError
from curate.model import Revision
from curate.results import Conflicts, Preannotated, Preview, Resolved, Status, Synced
from curate.workspace.articles import Articles
from curate.workspace.core import Progress, silent

if TYPE_CHECKING:
    from curate.annotations.merge import Side
    from curate.doccano.credentials import Credentials
    from curate.doccano.embedded.server import ServerStatus
    from curate.quality import Report
    from curate.sync.comments import Push
    from curate.sync.conflicts import Stamp
    from curate.sync.migrate import Migrated
    from curate.sync.plan import Outcome, Plan
    from curate.sync.protocol import Settings
    from curate.sync.targets import Desk


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
        from curate.sync import migrate, targets, totals

        self._up_to_date()
        self.credentials()  # without a server, say so before the models have run
        done = self.preannotate(progress=progress) if push else Preannotated()
        settings = self._settings(push, pull, include_unconfirmed)
        with self._locked("sync"):
            assigned = self._assign() if push else 0
            desks = self._desks(lambda: progress("Doccano", 0, 0))
            parts: dict[str, Outcome] = {}
            settled = 0
            for desk in desks:
                if not desk.aim.layer:  # what annotators agree on needs no adjudicator
                    settled += self._settle()[0]
                parts[desk.remote.name] = targets.sync(
                    self.store, desk, settings, self._now, progress
                )
            more, differing = self._settle()
            migrate.settle(self.store, self.schema)
            files = self._save()
        return Synced(
            preannotated=done,
            outcome=totals.outcomes(list(parts.values())),
            parts=parts if len(parts) > 1 else {},
            assigned=assigned,
            settled=settled + more,
            differing=differing,
            files=tuple(files),
        )

    def preview(
        self, push: bool = True, pull: bool = True, include_unconfirmed: bool = False
    ) -> Preview:
        """What ``sync`` would do; nothing is written, here or there."""
        from curate.sync import targets, totals
        from curate.sync.apply import preview

        self._up_to_date()
        settings = self._settings(push, pull, include_unconfirmed)
        changes: list[str] = []
        parts: dict[str, Plan] = {}
        for aim, remote in self._desks(lambda: None):
            more, parts[remote.name] = preview(self.store, remote, settings, aim)
            changes += more
        return Preview(
            preannotate=len(self._unannotated(False)) if push else 0,
            project=tuple(changes),
            plan=totals.plans(list(parts.values())),
            parts=parts if len(parts) > 1 else {},
            assign=len(targets.assignments(self.store, self.config.tasks)[1]) if push else 0,
        )

    def migrate(self, dry: bool = False) -> Migrated:
        """Bring the corpus to the schema's version; Doccano follows with the next sync.

        Args:
            dry: only tell what would be done.

        Raises:
            ConfigError: a migration is wrong, or the corpus is under a newer version.
        """
        from curate.sync import migrate

        with self._locked("migrate"):
            done = migrate.carry_out(self.store, self.schema, self.migrations, self._stamp(), dry)
            if not dry:
                self._save()
        return done

    def _up_to_date(self) -> None:
        """Refuse to sync a corpus that is annotated under another version of the schema."""
        from curate.sync import migrate

        todo = migrate.pending(self.store, self.schema, self.migrations)
        if any(migration.steps for migration in todo):
            raise ConfigError(
                f"the schema is {self.schema.id} now, and the corpus is still annotated under "
                f"{todo[0].before}",
                "see `curate migrate --dry-run`, and run `curate migrate`",
            )

    def note(self, report: Report, push: Push, progress: Progress = silent) -> Report:
        """Tell the findings of the checks as comments to the documents in Doccano.

        Returns the report, with what was told.

        Args:
            report: what the checks say.
            push: what is told, or whether nothing is written.
            progress: is told how far it is.

        Raises:
            RemoteError: the server refuses, or cannot be reached.
        """
        from curate.sync import comments

        with self._locked("validate --push"):
            desks = self._desks(lambda: progress("Doccano", 0, 0))
            projects = [desk.remote for desk in desks if not desk.aim.decides]
            noted = comments.note(self.store, projects, report, push, progress)
        return msgspec.structs.replace(report, noted=noted)

    def status(self) -> Status:
        """Where the documents stand; without a server, as far as the store knows."""
        from curate.errors import RemoteError
        from curate.sync import status

        try:
            return status.status(self.store, self.preview().plan, self.credentials().url)
        except RemoteError as error:
            return status.status(self.store, None, unreachable=str(error))

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
        from curate.sync import conflicts

        return conflicts.listed(self.store)

    def resolve(self, document: str, number: int | None, take: Side) -> Resolved:
        """Settle a conflict, or all of a document's; the next sync carries it to Doccano.

        Raises:
            InputError: there is no such document or conflict.
        """
        from curate.sync import conflicts

        key = self._find(document)
        with self._locked("resolve"):
            if take == "ours":
                self._put_text_back(key, number)
            done = conflicts.resolve(self.store, key, number, take, self._stamp())
            self._save()
        return done

    def withdraw(self, document: str, reason: str) -> Revision:
        """Take a document out of the corpus; the next sync takes it out of Doccano.

        Raises:
            InputError: there is no such document, or it was withdrawn before.
        """
        from curate.sync import conflicts

        key = self._find(document)
        with self._locked("withdraw"):
            with self.store.begin() as tx:
                made = conflicts.withdraw(tx, key, reason, self._stamp())
            self._save()
        return made

    def _stamp(self) -> Stamp:
        from curate.sync.conflicts import Stamp

        author = f"curator:{self.config.corpus.curator}"
        return Stamp(author=author, at=self._now(), schema=self.schema.id)

    def _put_text_back(self, key: str, number: int | None) -> None:
        """Undo in Doccano what changed the text of a document there."""
        from curate.sync import conflicts as resolve

        with self.store.begin() as tx:
            conflicts = resolve.chosen(tx, key, number).values()
            document = tx.document(key)
        where = {one.project for one in conflicts if one.kind == "text-changed"}
        if document is None or not where:
            return
        for _, remote in self._desks(lambda: None):
            if not where & {remote.marker, ""}:
                continue
            with self.store.begin() as tx:
                known = tx.tracked(remote.marker, key)
            if known is not None and known.example is not None:
                remote.rewrite(known.example, document.text)

    def _assign(self) -> int:
        """Keep who is asked to annotate what is new; returns how many documents."""
        from curate.sync import targets

        fresh = targets.assignments(self.store, self.config.tasks)[1]
        with self.store.begin() as tx:
            for assignment in fresh:
                tx.assign(assignment)
        return len(fresh)

    def _settle(self) -> tuple[int, int]:
        from curate.sync.consensus import settle

        return settle(self.store, self.schema.id, self._now)

    def _settings(self, push: bool, pull: bool, include_unconfirmed: bool) -> Settings:
        from curate.ranking import corpus
        from curate.sync.protocol import Settings

        ranks = {role: rank for rank, role in enumerate(self.config.merge.roles)}
        people = {
            name: ranks[role] for name, role in self.config.doccano.members.items() if role in ranks
        }
        return Settings(
            schema=self.schema.id,
            push=push,
            pull=pull,
            include_unconfirmed=include_unconfirmed,
            policy=self.config.merge.policy,
            ranks={**people, "curator": ranks.get("curator", len(ranks))},
            order=corpus.order(self.config.tasks.order),
            open=self.config.tasks.open,
            exclusive=self.schema.exclusive,
        )

    def _desks(self, tick: Callable[[], None]) -> list[Desk]:
        from curate.audit import corpus
        from curate.sync import targets

        everything, _ = targets.assignments(self.store, self.config.tasks)
        return targets.desks(
            self.store,
            self.config,
            self.schema,
            self.credentials(),
            tick,
            everything,
            self.migrations,
            corpus.asked(self.state),
        )
