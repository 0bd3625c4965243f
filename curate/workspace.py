"""A workspace: one corpus in one folder. One method a verb; the only place where stages meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from curate import clock, config, lock, schema, templates
from curate.errors import InputError, ValidationFailed
from curate.model import Document, Problem, Release, Revision
from curate.results import (
    Conflicts,
    Ingested,
    Initialised,
    Listed,
    Preannotated,
    Preview,
    Resolved,
    Shown,
    Status,
    Synced,
)

if TYPE_CHECKING:
    from curate.doccano.credentials import Credentials
    from curate.doccano.remote import DoccanoRemote
    from curate.doccano.server import EmbeddedServer, ServerStatus
    from curate.export import Exported
    from curate.merge import Side
    from curate.quality import Report
    from curate.store import Store
    from curate.sync.protocol import Settings

Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


class Workspace:
    """One corpus in one folder.

    Args:
        root: the folder; it has a ``curate.toml``.
        now: gives the time as ISO 8601 in UTC.

    Raises:
        ConfigError: ``curate.toml`` is missing or wrong.
    """

    def __init__(self, root: Path | str = ".", now: Callable[[], str] = clock.now) -> None:
        self.root = Path(root).resolve()
        self.config = config.load(self.root)
        self._now = now

    @classmethod
    def init(cls, root: Path, name: str = "", now: Callable[[], str] = clock.now) -> Initialised:
        """Make a workspace, or complete one: files that exist are left alone.

        Where ``annotations/`` holds a corpus and the store is empty, the store is filled from it,
        so that a fresh clone works at once.
        """
        root = root.resolve()
        made = templates.write(root, name or root.name)
        workspace = cls(root, now)
        with workspace.store.begin() as tx:
            gold = sum(1 for _ in tx.heads())
        return Initialised(root=str(root), made=tuple(made), gold=gold)

    @cached_property
    def schema(self) -> schema.Schema:
        """The label schema."""
        return schema.load(self.root / self.config.corpus.schema)

    @cached_property
    def store(self) -> Store:
        """The store; it is made when it is first used, and filled from ``annotations/``."""
        from curate.store import Store, files, sqlite

        url = self.config.database
        store = Store(url) if url else sqlite(self.state / "corpus.db")
        with store.begin() as tx:
            if tx.is_empty():
                files.load(tx, self.annotations)
        return store

    @property
    def state(self) -> Path:
        """What is not under version control: store, embedded server, lock."""
        return self.root / ".curate"

    @property
    def annotations(self) -> Path:
        """The gold corpus as text."""
        return self.root / "annotations"

    @cached_property
    def server(self) -> EmbeddedServer:
        """The embedded Doccano server of this workspace."""
        from curate.doccano.server import EmbeddedServer

        return EmbeddedServer(self.state / "server")

    # -- in

    def ingest(self, sources: list[Path], progress: Progress = silent) -> Ingested:
        """Take articles in. What is refused is told, and the rest goes on.

        Raises:
            InputError: a path does not exist, or no reader knows such a file.
        """
        from curate import ingest

        added: list[str] = []
        known: list[str] = []
        problems: list[Problem] = []
        paths = list(ingest.files(sources))
        with self._locked("ingest"):
            for done, path in enumerate(paths):
                progress("ingest", done, len(paths))
                with self.store.begin() as tx:
                    for item in ingest.read(path, self.config.corpus.language, self._name(path)):
                        if isinstance(item, Problem):
                            problems.append(item)
                        else:
                            (added if tx.add_document(item) else known).append(item.id)
        return Ingested(added=tuple(added), known=tuple(known), problems=tuple(problems))

    def preannotate(self, again: bool = False, progress: Progress = silent) -> Preannotated:
        """Run the models and rules over documents that have no gold and lack their layers.

        Args:
            again: also over documents that have them already.
        """
        from collections import Counter

        from curate import preannotate

        models, rules = self._annotators()
        spans: Counter[str] = Counter()
        problems: list[Problem] = []
        with self._locked("preannotate"):
            todo = self._unannotated(again)
            if not todo:
                return Preannotated()  # and the models, which take seconds, are not loaded
            documents = self._documents(todo)
            found = preannotate.annotate(documents, models=models, rules=rules, schema=self.schema)
            for done, (_, layers, bad) in enumerate(found):
                progress("preannotate", done, len(todo))
                problems += bad
                with self.store.begin() as tx:
                    for layer in layers:
                        tx.put_annotation(layer)
                        spans[layer.layer] += len(layer.spans)
        return Preannotated(documents=len(todo), spans=dict(spans), problems=tuple(problems))

    # -- Doccano

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

    # -- gold

    def validate(self, docs: bool = True) -> Report:
        """Check the gold corpus; the findings are values, and Data Docs are written as HTML."""
        from curate import quality

        with self.store.begin() as tx:
            return quality.validate(
                tx.heads(), self.schema, docs_folder=self.state / "docs" if docs else None
            )

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

    def export(
        self,
        version: str,
        formats: tuple[str, ...],
        folder: Path | None = None,
        progress: Progress = silent,
    ) -> list[Exported]:
        """Write a release in each format, with a sidecar that says what could not be expressed.

        Raises:
            ReleaseError: there is no such release, or the store has not what it says.
        """
        from curate import export, link, release

        with self.store.begin() as tx:
            found = release.pick(tx.releases(), version)
        target = (folder or self.root / "exports" / found.version).resolve()
        done: list[Exported] = []
        for name in formats:
            progress("export", len(done), len(formats))
            pairs = link.entries(self.store, found)
            path = target / f"{self.config.corpus.name}.{name}"
            done.append(export.write(name, pairs, path, self.schema, found))
        return done

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

    def log(self, document: str = "") -> tuple[list[Release], list[Revision]]:
        """Releases, and revisions of one document or of all, the newest first."""
        from curate import views

        return views.log(self.store, self._find(document) if document else "")

    def documents(self) -> list[Listed]:
        """Every document in a line, sorted by id."""
        from curate import views

        return views.listed(self.store)

    def show(self, document: str, layer: str = "") -> Shown:
        """A document with its gold, or with its pre-annotation where it has no gold yet.

        Args:
            document: the beginning of its id.
            layer: a layer's name, to see that one.
        """
        from curate import views

        return views.show(self.store, self._find(document), layer)

    # -- inside

    def _locked(self, what: str) -> lock.Held:
        return lock.hold(self.state / "lock", what)

    def _name(self, path: Path) -> str:
        resolved = path.resolve()
        inside = resolved.is_relative_to(self.root)
        return str(resolved.relative_to(self.root)) if inside else path.name

    def _save(self) -> list[str]:
        from curate.store import files

        with self.store.begin() as tx:
            return [str(p.relative_to(self.root)) for p in files.save(tx, self.annotations)]

    def _annotators(self) -> tuple[tuple[str, ...], tuple[Path, ...]]:
        settings = self.config.preannotate
        return settings.models, tuple(self.root / path for path in settings.rules)

    def _unannotated(self, again: bool) -> list[str]:
        from curate import preannotate

        layers = preannotate.layers(*self._annotators())
        with self.store.begin() as tx:
            fresh = {key for key, side in tx.locals("").items() if not side.gold}
            lacking = fresh if again else fresh & set(tx.without_layers(layers))
        return sorted(lacking)

    def _documents(self, ids: list[str]) -> Iterator[Document]:
        for key in ids:
            with self.store.begin() as tx:
                document = tx.document(key)
            if document is not None:
                yield document

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

    def _find(self, prefix: str) -> str:
        with self.store.begin() as tx:
            found = tx.find(prefix)
        if len(found) == 1:
            return found[0]
        what = "no document" if not found else f"{len(found)} documents"
        raise InputError(f"{what} with an id that begins with {prefix!r}", "see `curate show`")
