"""One run of a sync: what all its steps share, and the journal."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from curate.model import Annotation, Problem
from curate.store import Store
from curate.store.transaction import Transaction
from curate.sync.plan import Plan, plan
from curate.sync.protocol import Remote, Settings
from curate.sync.roles import Aim
from curate.util.progress import Progress


class Run:
    """What the steps of one sync share.

    Args:
        store: the corpus.
        remote: the project.
        aim: what the project is for.
        settings: what to do.
        clock: gives the time as ISO 8601 in UTC.
        progress: told (what, done, total) as the work goes on.
    """

    def __init__(
        self,
        store: Store,
        remote: Remote,
        aim: Aim,
        settings: Settings,
        clock: Callable[[], str],
        progress: Progress,
    ) -> None:
        self.store = store
        self.remote = remote
        self.aim = aim
        self.settings = aim.paced(settings)
        self.clock = clock
        self.progress = progress
        self.id = f"{clock().replace(':', '').replace('-', '')}-{secrets.token_hex(3)}"
        self.problems: list[Problem] = []
        self.spans: Counter[str] = Counter()
        self.revisions = 0
        self.conflicts = 0
        self.carried = 0

    def look(self) -> Plan:
        """Compare both sides as they are now."""
        with self.store.begin() as tx:
            sides = self.aim.sides(tx, self.remote.marker)
        return plan(sides, self.remote.snapshot(), self.settings.include_unconfirmed)

    def outgoing(self, tx: Transaction, document: str) -> Annotation:
        """What people are shown first."""
        return self.aim.outgoing(tx, document)

    @contextmanager
    def step(self, name: str, detail: str = "") -> Iterator[None]:
        """Write a step into the journal before it is tried, and confirm it when it is done."""
        with self.store.begin() as tx:
            step = tx.start_step(self.id, name, detail, self.clock())
        yield
        with self.store.begin() as tx:
            tx.finish_step(step, self.clock())
