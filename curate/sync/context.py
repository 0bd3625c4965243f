"""What the steps of one sync of one project share: both sides, settings, journal and totals."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import msgspec

from curate.doccano.server_clock import ClockOffset
from curate.errors import RemoteError
from curate.model import (
    NO_ROWS,
    Annotation,
    Attribution,
    Document,
    Example,
    ExampleQuery,
    Problem,
    RemoteRows,
    RemoteView,
)
from curate.store import Store
from curate.store.records import TrackedDocument
from curate.store.transaction import Transaction
from curate.sync.brake import LossCounter
from curate.sync.evidence import ServerEvidence
from curate.sync.plan import PlannedUpdate, SyncPlan, plan
from curate.sync.roles import ProjectRole
from curate.sync.server_changes import ServerChange
from curate.sync.settings import SyncSettings
from curate.util.progress import Progress

if TYPE_CHECKING:
    from curate.doccano.push import PushResult


class AnnotationProject(Protocol):
    """What a sync needs of a project on a server; ``curate.doccano.remote`` implements it."""

    @property
    def marker(self) -> str:
        """Identity of the project."""

    @property
    def clock_offset(self) -> ClockOffset | None:
        """How far the server's clock is ahead of ours; None if the server does not say."""

    @property
    def settings_saved(self) -> str:
        """When the project's settings were last saved, as far as it was seen."""

    def view(self) -> RemoteView:
        """What the server says of itself and of the project, without the documents."""

    def server_time(self) -> str:
        """The server's time at this moment, or a little before, to the microsecond."""

    def to_server_time(self, time: str) -> str:
        """What the server's clock showed when ours showed a time."""

    def add_pushers(self, accounts: Iterable[int]) -> None:
        """Name accounts with which curate has pushed to the project."""

    def add_stamp(self, stamp: str) -> None:
        """Add the stamp of a sync to the project's description."""

    def changes(self) -> tuple[list[str], list[Problem]]:
        """What ``prepare`` and ``finish`` would change, and what they could not."""

    def exists(self) -> bool:
        """Whether the project is on the server."""

    def was_confirmed_twice(self) -> bool:
        """Whether several people have confirmed one document."""

    def prepare(self) -> tuple[list[str], list[Problem]]:
        """Create the project or correct it; returns what was changed, and what could not be."""

    def finish(self) -> list[str]:
        """Close what ``prepare`` left open for the end; returns what was changed."""

    def push(self, batch: list[tuple[Document, Annotation]]) -> PushResult:
        """Import documents with their annotations; returns what was refused."""

    def snapshot(self) -> Iterator[Example]:
        """Everything the project holds."""

    def read_attribution(
        self, example: int, base: Annotation, rows: RemoteRows = NO_ROWS
    ) -> Attribution:
        """Who did what in an example, and how it is annotated at this moment."""

    def attributions(
        self, queries: Iterable[ExampleQuery], count: int
    ) -> Generator[Attribution | RemoteError | None, None, None]:
        """The same for many examples, in their order.

        None stands for one that was deleted, or is no longer confirmed; an error for one that the
        server refuses.
        """

    def update_example(self, example: int, wanted: Annotation) -> RemoteRows:
        """Make an example's annotation the wanted one, by as few changes as possible.

        Returns the rows that it has then.
        """

    def restore_text(self, example: int, text: str) -> None:
        """Restore the text of an example."""

    def restore_metadata(self, example: int, document: Document) -> None:
        """Write the metadata of an example again, by which its document is known."""

    def add_comments(self, example: int, texts: tuple[str, ...]) -> None:
        """Write comments to an example, except those that it has already."""

    def delete_example(self, example: int) -> None:
        """Delete an example; one that was deleted already is no error."""


def new_id(clock: Callable[[], str]) -> str:
    """A new id of a sync, which sorts by time.

    Args:
        clock: returns the time as ISO 8601 in UTC.
    """
    return f"{clock().replace(':', '').replace('-', '')}-{secrets.token_hex(3)}"


class SyncContext:
    """What the steps of one sync of one project share.

    Args:
        store: the corpus.
        project: the project on the server.
        role: what the project is for.
        settings: what to do.
        clock: returns the time as ISO 8601 in UTC.
        progress: called as the work advances.

    Attributes:
        id: identity of the sync, recorded in the journal and in revisions.
        problems: what was found wrong so far.
        server_changes: what was seen to have changed on the server without a person's act.
        spans: what people did to the spans that they were shown, counted by kind.
        server: what is known of the server, so that its changes are told from people's acts.
        account: id of the account that syncs.
        stamps: those that were in the description of the project when the sync began.
        read_at: when the server was last read for a plan, on its own clock.
        tracked: how many documents were recorded as pushed or seen.
        lost: documents without gold whose proposals the server lost.
        waiting: how many documents were not pulled because somebody has to look at them; without
            those that are in ``lost``, or that got back what they had lost.
        losses: spans of the gold that the plan did not see in Doccano any more, by label.
        revisions: how many revisions were committed.
        conflicts: how many documents were left in conflict.
        decided: how many conflicts the policy decided, by whose version it took.
        kept: ids of the documents of which nothing was taken although they differ in Doccano.
    """

    def __init__(
        self,
        store: Store,
        project: AnnotationProject,
        role: ProjectRole,
        settings: SyncSettings,
        clock: Callable[[], str],
        progress: Progress,
    ) -> None:
        self.store = store
        self.project = project
        self.role = role
        self.settings = role.adjusted_settings(settings)
        self.clock = clock
        self.progress = progress
        self.id = new_id(clock)
        self.problems: list[Problem] = []
        self.server_changes: list[ServerChange] = []
        self.spans: Counter[str] = Counter()
        self.server = ServerEvidence()
        self.account = 0
        self.stamps: tuple[str, ...] = ()
        self.read_at = ""
        self.tracked = 0
        self.lost: list[PlannedUpdate] = []
        self.waiting = 0
        self.losses: Counter[str] = Counter()
        self.revisions = 0
        self.conflicts = 0
        self.decided: Counter[str] = Counter()
        self.kept: set[str] = set()

    def plan(self) -> SyncPlan:
        """Compare both sides as they are now."""
        marker, unconfirmed = self.project.marker, self.settings.include_unconfirmed
        with self.store.begin() as tx:
            sides = self.role.local_sides(tx, marker)
        self.read_at = self.project.server_time()
        counter = LossCounter(self.store, marker, sides, unconfirmed)
        examples = counter.watch(self.project.snapshot())
        planned = plan(sides, examples, unconfirmed, self.settings.labels)
        self.losses = counter.losses
        return planned

    def track(self, tx: Transaction, state: TrackedDocument) -> None:
        """Record a document as it was pushed or seen in the project."""
        marker = self.project.marker
        tx.put_tracked(marker, state)
        if not self.tracked:  # a sync that is killed leaves no stamp: the next one makes up for it
            known = tx.remote_state(marker)
            tx.put_remote_state(marker, msgspec.structs.replace(known, unstamped=True))
        self.tracked += 1

    @contextmanager
    def step(self, name: str, detail: str = "") -> Iterator[None]:
        """Write a step into the journal before it is tried, and confirm it afterwards."""
        with self.store.begin() as tx:
            step = tx.start_step(self.id, name, detail, self.clock())
        yield
        with self.store.begin() as tx:
            tx.finish_step(step, self.clock())
