"""Which marks an import made, and not a hand. Pure.

Doccano records for each mark the account that created it, and not how. An import gives all marks of
a file to the account that uploaded it, and writes the times of one batch in a row, some
millionths of a second apart, on a busy machine some thousandths; of marks that a page or a script
sends one by one, each takes a request of its own, which is a hundredth of a second or more. So
marks of one account count as imported where their times follow each other that closely. The only
mark of an account counts as imported if the account may import, confirmed nothing, and the example
came from a file. Other marks that are alone in their import, and marks that a script sent one by
one, cannot be told from those of a hand; ``--imported`` names such accounts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from datetime import datetime

from curate.clone.records import SourceExample
from curate.model import RemoteRow

_CLOSE_SECONDS = 0.005  # between two marks of one batch
_PAUSE_SECONDS = 0.2  # in a batch, as between its spans and its relations


class ImportEvidence:
    """What is known of the imports of a project.

    Args:
        examples: everything that was read of it.
        named: ids of accounts of which it is said that they only imported.
        administrators: ids of accounts that may import.
    """

    def __init__(
        self,
        examples: Iterable[SourceExample],
        named: Collection[int] = (),
        administrators: Collection[int] = (),
    ) -> None:
        times: dict[int, list[float]] = {}
        confirmers: set[int] = set()
        by_hand: set[int] = set()  # who marked what did not come from a file
        for example in examples:
            confirmers.update(user for user, _ in example.confirmed)
            for each in example.rows:
                times.setdefault(each.row.user, []).append(_seconds(each.row.created))
                if not example.file:
                    by_hand.add(each.row.user)
        self._batches = {user: _batches(sorted(own)) for user, own in times.items()}
        once = {user for user, own in times.items() if len(own) == 1}
        self._named = {*named} | (once & {*administrators}) - confirmers - by_hand
        self.importers = self._named | {
            user
            for user, own in times.items()
            if user not in confirmers and all(self._batch(user, time) for time in own)
        }
        """Ids of the accounts that only imported."""

    def batch(self, row: RemoteRow) -> tuple[int, int] | None:
        """The import that created a row, as account and number of its batch; None if a hand did."""
        number = self._batch(row.user, _seconds(row.created))
        if number is None:
            return (row.user, 0) if row.user in self._named else None
        return row.user, number

    def _batch(self, user: int, time: float) -> int | None:
        batches = self._batches.get(user, [])
        place = bisect_right(batches, (time, float("inf"))) - 1
        return place + 1 if place >= 0 and time <= batches[place][1] else None


def _batches(times: list[float]) -> list[tuple[float, float]]:
    """The first and last time of each batch, in order, given the times of one account's marks."""
    batches: list[tuple[float, float]] = []
    run: list[float] = []
    for time in (*times, float("inf")):
        if run and time - run[-1] > _PAUSE_SECONDS:
            gaps = (after - before for before, after in zip(run, run[1:], strict=False))
            if min(gaps, default=1.0) <= _CLOSE_SECONDS:
                batches.append((run[0], run[-1]))
            run = []
        run.append(time)
    return batches


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
