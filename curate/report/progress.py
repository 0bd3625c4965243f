"""How the work goes on: what each person confirmed and revised, week by week. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from curate.model import Assignment, Record, Revision
from curate.util import clock

_NEVER = datetime.max.replace(tzinfo=UTC)


class PersonProgress(Record, frozen=True, kw_only=True):
    """What one person did.

    Args:
        confirmed: documents that this person confirmed; a document counts once for each person.
        revisions: revisions of the gold by this person.
        last: the day of the last of them.
        weeks: documents confirmed in each of the weeks.
    """

    confirmed: int
    revisions: int
    last: str
    weeks: tuple[int, ...]


class WorkProgress(Record, frozen=True, kw_only=True):
    """What people did.

    Args:
        weeks: Mondays, from the first week of work to the last, without a gap.
        people: by name; annotators first, as Doccano calls them, then others, such as
            ``curator:<name>`` and ``import:<file>``.
        confirmed: documents that at least one person confirmed.
        per_week: documents that were confirmed for the first time in each of the weeks.
        revisions: revisions of the gold in each of the weeks.
        undated: confirmations and revisions without a time that can be read.
    """

    weeks: tuple[str, ...]
    people: dict[str, PersonProgress]
    confirmed: int
    per_week: tuple[int, ...]
    revisions: tuple[int, ...]
    undated: int = 0

    @property
    def annotators(self) -> dict[str, PersonProgress]:
        """The people who confirmed documents, by name."""
        return {name: person for name, person in self.people.items() if person.confirmed}

    @property
    def busiest(self) -> int:
        """The most documents that one person confirmed in a week."""
        return max((n for person in self.people.values() for n in person.weeks), default=0)


class _Done(NamedTuple):
    """A person did something to a document; there is no time where it cannot be read."""

    person: str
    document: str
    at: datetime | None


def work_progress(
    history: Iterable[Revision], assignments: Mapping[str, Assignment]
) -> WorkProgress:
    """What people did.

    Args:
        history: all revisions, sorted by document and number; read once.
        assignments: who is asked to annotate what, by document, and who confirmed it.
    """
    confirmed: dict[tuple[str, str], _Done] = {}  # the first time, by person and document
    revised: list[_Done] = []
    for document, assignment in assignments.items():
        for name, at in assignment.done.items():
            confirmed[name, document] = _Done(name, document, clock.instant(at))
    for each in history:
        by = each.author.removeprefix("annotator:")
        revised.append(_Done(by, each.document, clock.instant(each.at)))
        when = clock.instant(each.confirmed_at)
        for who in filter(None, each.confirmed_by.split(", ")):
            confirmed.setdefault((who, each.document), _Done(who, each.document, when))
    return _told(list(confirmed.values()), revised)


def _told(done: list[_Done], made: list[_Done]) -> WorkProgress:
    weeks = list(_weeks([each.at for each in (*done, *made) if each.at is not None]))
    first: dict[str, _Done] = {}
    for each in sorted(done, key=lambda each: each.at or _NEVER):
        first.setdefault(each.document, each)
    names = sorted({each.person for each in (*done, *made)}, key=lambda name: (":" in name, name))
    return WorkProgress(
        weeks=tuple(week.isoformat() for week in weeks),
        people={name: _person(name, done, made, weeks) for name in names},
        confirmed=len(first),
        per_week=_by_week(first.values(), weeks),
        revisions=_by_week(made, weeks),
        undated=sum(each.at is None for each in (*done, *made)),
    )


def _person(name: str, done: list[_Done], made: list[_Done], weeks: list[date]) -> PersonProgress:
    own = [each for each in done if each.person == name]
    by = [each for each in made if each.person == name]
    times = [each.at for each in (*own, *by) if each.at is not None]
    return PersonProgress(
        confirmed=len(own),
        revisions=len(by),
        last=max(times).date().isoformat() if times else "",
        weeks=_by_week(own, weeks),
    )


def _weeks(times: list[datetime]) -> Iterator[date]:
    if times:
        week, last = (clock.start(found(times), "week") for found in (min, max))
        while week <= last:
            yield week
            week += timedelta(weeks=1)


def _by_week(done: Iterable[_Done], weeks: list[date]) -> tuple[int, ...]:
    counts = Counter(clock.start(each.at, "week") for each in done if each.at is not None)
    return tuple(counts[week] for week in weeks)
