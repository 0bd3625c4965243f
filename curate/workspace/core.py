"""What every verb of a workspace stands on: its folder, settings, schema, store and lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from curate import config, schema, templates
from curate.errors import InputError
from curate.model import Document
from curate.results import Initialised
from curate.schema import migrations as migrate
from curate.util import clock, lock

if TYPE_CHECKING:
    from curate.doccano.embedded.server import EmbeddedServer
    from curate.store import Store

Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


class Core:
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
        self.waiting: lock.Tell = lock.silent
        """Is told once who is waited for, where another command is writing."""

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
    def migrations(self) -> migrate.Chain:
        """The migrations of the label schema, from the folder beside it."""
        return migrate.load(
            (self.root / self.config.corpus.schema).parent / "migrations", self.schema
        )

    @cached_property
    def opened(self) -> Store:
        """The store as it is, without what version control brought since."""
        from curate.store import opened

        return opened(self.state, self.config.database)

    @cached_property
    def store(self) -> Store:
        """The store; made when it is first used, and brought up to ``annotations/``.

        Raises:
            StoreError: store and files went apart; ``curate reconcile`` tells how.
        """
        from curate.store import files, reconcile

        with self.opened.begin() as tx:
            reconcile.take_up(tx, self.annotations)
            files.take_people(tx, self.annotations)
        return self.opened

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
        from curate.doccano.embedded.server import EmbeddedServer

        return EmbeddedServer(self.state / "server")

    @property
    def models(self) -> Path:
        """The models that were trained here."""
        return self.state / "models"

    # -- for the verbs

    def _settled(self) -> dict[str, config.Pipelines]:
        """What articles are annotated with by the settings, by language; ``""`` for all others.

        The paths are good in any process.
        """

        def absolute(found: config.Preannotation | config.Pipelines) -> config.Pipelines:
            return config.Pipelines(
                models=found.models,
                rules=tuple(str(self.root / path) for path in found.rules),
                votes=str(self.root / found.votes) if found.votes else "",
                threshold=found.threshold,
            )

        own = self.config.preannotate
        return {"": absolute(own), **{code: absolute(x) for code, x in own.languages.items()}}

    def _pipelines(self) -> dict[str, config.Pipelines]:
        """The same, with the trained model that took over in the place of the settings' own.

        Raises:
            ConfigError: that model is no longer there.
        """
        from curate import train

        found = self._settled()
        chosen = train.current(self.models)
        if chosen is not None:
            key = self.config.corpus.language
            key = key if key in found else ""
            found[key] = train.with_model(found[key], self.models / chosen.model)
        return found

    @contextmanager
    def _locked(self, what: str) -> Iterator[None]:
        """Nothing else is written meanwhile: neither in this folder, nor into a shared store."""
        with (
            lock.hold(self.state / "lock", what, waiting=self.waiting),
            self.opened.hold(what, waiting=self.waiting),
        ):
            yield

    def _name(self, path: Path) -> str:
        resolved = path.resolve()
        inside = resolved.is_relative_to(self.root)
        return str(resolved.relative_to(self.root)) if inside else path.name

    def _save(self) -> list[str]:
        from curate.store import files, reconcile

        with self.opened.begin() as tx:
            saved = files.save(tx, self.annotations)
            reconcile.remember(tx, self.annotations)
        return [str(path.relative_to(self.root)) for path in saved]

    def _documents(self, ids: list[str]) -> Iterator[Document]:
        for key in ids:
            with self.store.begin() as tx:
                document = tx.document(key)
            if document is not None:
                yield document

    def _find(self, prefix: str) -> str:
        with self.store.begin() as tx:
            found = tx.find(prefix)
        if len(found) == 1:
            return found[0]
        what = "no document" if not found else f"{len(found)} documents"
        raise InputError(f"{what} with an id that begins with {prefix!r}", "see `curate show`")
