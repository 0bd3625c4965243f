"""A workspace: one corpus in one folder, as the context that every verb works in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from curate import config, schema, templates
from curate.layers import curator_author
from curate.model import Document, Record
from curate.schema import migrations
from curate.store import address
from curate.text.language_codes import check_code
from curate.util import clock, lock

if TYPE_CHECKING:
    from curate.store import Store
    from curate.store.gold import Provenance


class Initialised(Record, frozen=True, kw_only=True):
    """What ``init`` did: the files it wrote, and the documents with gold that are there now."""

    root: str
    made: tuple[str, ...] = ()
    gold: int = 0


class Workspace:
    """One corpus in one folder: settings, schema, store, lock and paths.

    The verbs are functions that take a workspace, each in the package of its subject, such as
    :func:`curate.sync.run.sync`.

    Args:
        root: the folder; it has a ``curate.toml``.
        now: returns the time as ISO 8601 in UTC.

    Raises:
        ConfigError: ``curate.toml`` is missing or wrong.
    """

    def __init__(self, root: Path | str = ".", now: Callable[[], str] = clock.now) -> None:
        self.root = Path(root).resolve()
        self.config = config.load(self.root)
        for code in self.config.languages:
            check_code(code, f"a language in {self.root / config.FILE}")
        self.now = now
        self.waiting: lock.WaitCallback = lock.silent
        """Is called once with who holds the lock, where another command is writing."""
        self.notify: Callable[[str], None] = lambda message: None
        """Is called with one sentence that the user should read while a verb runs."""
        self._notices: set[str] = set()

    @classmethod
    def init(
        cls,
        root: Path,
        name: str = "",
        now: Callable[[], str] = clock.now,
        start: templates.CorpusFiles | None = None,
    ) -> Initialised:
        """Set up a workspace, or complete one: files that exist are left alone.

        Where ``annotations/`` holds a corpus and the store is empty, the store is filled from it,
        so that a fresh clone works at once.

        Args:
            root: its folder.
            name: name of the corpus; by default that of the folder.
            now: returns the time as ISO 8601 in UTC.
            start: what a new workspace starts with, see
                :func:`curate.preannotate.new_corpus.corpus_files`; French news by default.

        Raises:
            ConfigError: ``start`` is given, and the folder is a workspace already.
        """
        root = root.resolve()
        written = templates.write(root, name or root.name, start)
        workspace = cls(root, now)
        with workspace.store.begin() as tx:
            gold = sum(1 for _ in tx.heads())
        return Initialised(root=str(root), made=tuple(written), gold=gold)

    @cached_property
    def schema(self) -> schema.Schema:
        """The label schema."""
        return schema.load(self.root / self.config.corpus.schema)

    @cached_property
    def migrations(self) -> migrations.Migrations:
        """The migrations of the label schema, from the folder beside it."""
        folder = (self.root / self.config.corpus.schema).parent / "migrations"
        return migrations.load(folder, self.schema)

    def reload_schema(self) -> None:
        """Read the label schema again when it is next used, since its file was written."""
        for name in ("schema", "migrations"):
            self.__dict__.pop(name, None)

    @cached_property
    def opened(self) -> Store:
        """The store as it is, without what version control brought since.

        Where it cannot be written, because the folder or its disk is read-only, this is a copy that
        goes with the process, so that all that only reads works there. What writes takes the lock
        first, which fails.
        """
        from curate.store import open_copy, open_store

        if not self.is_writable and not address.is_configured(self.config.database):
            return open_copy(self.state)
        return open_store(self.make_state(), self.config.database)

    @cached_property
    def store(self) -> Store:
        """The store, made when it is first used, and brought up to ``annotations/``.

        Raises:
            StoreError: store and files diverged; ``curate reconcile`` says how.
        """
        from curate.store import files, reconcile

        with self.opened.begin() as tx:
            reconcile.take_up(tx, self.annotations)
            files.import_people(tx, self.annotations)
        return self.opened

    @property
    def state(self) -> Path:
        """What is not under version control: store, embedded server, lock."""
        return self.root / ".curate"

    @property
    def is_writable(self) -> bool:
        """Whether :attr:`state` can be written, as on a disk that is read-only it cannot."""
        return os.access(self.state if self.state.exists() else self.root, os.W_OK)

    def make_state(self) -> Path:
        """Make :attr:`state` with a ``.gitignore`` of its own, and return it.

        It holds articles and the server's password, which no other ``.gitignore`` need know of.
        """
        ignore = self.state / ".gitignore"
        if not ignore.exists():
            self.state.mkdir(parents=True, exist_ok=True)
            ignore.write_text("*\n", encoding="utf-8")
        return self.state

    @property
    def annotations(self) -> Path:
        """The gold corpus as text."""
        return self.root / "annotations"

    @property
    def models(self) -> Path:
        """The models that were trained here."""
        return self.state / "models"

    @contextmanager
    def locked(self, task: str) -> Iterator[None]:
        """Keep every other command from writing, in this folder and into a shared store.

        Args:
            task: what is being done, for those who wait.

        Raises:
            StoreError: another command held the lock for too long; the message names it.
        """
        with (
            lock.hold(self.make_state() / "lock", task, waiting=self.waiting),
            self.opened.hold(task, waiting=self.waiting),
        ):
            yield

    @contextmanager
    def writing(self, task: str) -> Iterator[list[str]]:
        """Hold the lock as :meth:`locked` does, and write ``annotations/`` when the block ends.

        Nothing is written where the block raises.

        Returns:
            A list that holds the files which changed, relative to the root, once the block ended.
        """
        written: list[str] = []
        with self.locked(task):
            yield written
            written += self.write_annotations()

    def write_annotations(self) -> list[str]:
        """Write ``annotations/`` from the store, while the lock is held; returns what changed.

        It reads the whole corpus. Verbs that always change it use :meth:`writing`.
        """
        from curate.store import files, reconcile

        with self.opened.begin() as tx:
            changed = files.save(tx, self.annotations)
            reconcile.remember(tx, self.annotations)
        return [str(path.relative_to(self.root)) for path in changed]

    def curator_provenance(self) -> Provenance:
        """What a decision made here records: the curator of the configuration, and the time."""
        from curate.store.gold import Provenance

        author = curator_author(self.config.corpus.curator)
        return Provenance(author=author, at=self.now(), schema=self.schema.id)

    def notice(self, message: str) -> None:
        """Notify the user of something, once."""
        if message not in self._notices:
            self._notices.add(message)
            self.notify(message)

    def relative_name(self, path: Path) -> str:
        """A path as documents keep it: relative to the root, or the bare name outside of it."""
        resolved = path.resolve()
        inside = resolved.is_relative_to(self.root)
        name = resolved.relative_to(self.root) if inside else Path(path.name)
        # The store keeps text only, and the same on every system.
        return os.fsencode(name.as_posix()).decode("utf-8", "backslashreplace")

    def documents(self, ids: list[str]) -> Iterator[Document]:
        """The documents with these ids, in this order, read one at a time."""
        for document_id in ids:
            with self.store.begin() as tx:
                document = tx.document(document_id)
            if document is not None:
                yield document

    def find(self, prefix: str) -> str:
        """The id of the one document whose id begins with a prefix.

        Raises:
            InputError: no document has such an id, or several have.
        """
        with self.store.begin() as tx:
            return tx.identify(prefix)
