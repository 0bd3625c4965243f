"""The progress of the work: what each person confirmed and revised, week by week. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from curate.layers import annotator_of
from curate.model import Assignment, Record, Revision
from curate.util import clock

_NEVER = datetime.max.replace(tzinfo=UTC)


class PersonProgress(Record, frozen=True, kw_only=True):
    """The work of one person.

    Args:
        confirmed: number of documents that this person confirmed.
        revisions: number of gold revisions by this person.
        last: day of the last confirmation or revision; empty where no time can be read.
        weeks: number of documents confirmed in each week.
    """

    confirmed: int
    revisions: int
    last: str
    weeks: tuple[int, ...]


class WorkProgress(Record, frozen=True, kw_only=True):
    """The work of all people.

    Args:
        weeks: Mondays as ISO 8601 dates, from the first week of work to the last, without a gap.
        people: by name; annotators first, as Doccano calls them, then others, such as
            ``curator:<name>`` and ``import:<file>``.
        confirmed: number of documents that at least one person confirmed.
        per_week: number of documents confirmed for the first time in each week.
        revisions: number of gold revisions in each week.
        undated: number of confirmations and revisions whose time cannot be read.
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


class _Act(NamedTuple):
    """A confirmation or a revision of a document; the time is None where it cannot be read."""

    person: str
    document: str
    at: datetime | None


def work_progress(
    history: Iterable[Revision], assignments: Mapping[str, Assignment]
) -> WorkProgress:
    """Count confirmations and revisions by person and week.

    Args:
        history: all revisions, sorted by document and number; read once.
        assignments: who annotates which document independently, and who confirmed it, by document.
    """
    # A person confirms a document once, at the first time that is known.
    confirmed: dict[tuple[str, str], _Act] = {}
    revised: list[_Act] = []
    for document, assignment in assignments.items():
        for name, at in assignment.done.items():
            confirmed[name, document] = _Act(name, document, clock.instant(at))
    for revision in history:
        author = annotator_of(revision.author)
        revised.append(_Act(author, revision.document, clock.instant(revision.at)))
        time = clock.instant(revision.confirmed_at)
        for name in filter(None, revision.confirmed_by.split(", ")):
            act = _Act(name, revision.document, time)
            confirmed.setdefault((name, revision.document), act)
    return _count(list(confirmed.values()), revised)


def _count(confirmed: list[_Act], revised: list[_Act]) -> WorkProgress:
    acts = [*confirmed, *revised]
    weeks = list(_weeks([act.at for act in acts if act.at is not None]))
    first: dict[str, _Act] = {}
    for act in sorted(confirmed, key=lambda act: act.at or _NEVER):
        first.setdefault(act.document, act)
    names = sorted({act.person for act in acts}, key=lambda name: (":" in name, name))
    return WorkProgress(
        weeks=tuple(week.isoformat() for week in weeks),
        people={name: _person(name, confirmed, revised, weeks) for name in names},
        confirmed=len(first),
        per_week=_per_week(first.values(), weeks),
        revisions=_per_week(revised, weeks),
        undated=sum(act.at is None for act in acts),
    )


def _person(
    name: str, confirmed: list[_Act], revised: list[_Act], weeks: list[date]
) -> PersonProgress:
    confirmations = [act for act in confirmed if act.person == name]
    revisions = [act for act in revised if act.person == name]
    times = [act.at for act in (*confirmations, *revisions) if act.at is not None]
    return PersonProgress(
        confirmed=len(confirmations),
        revisions=len(revisions),
        last=max(times).date().isoformat() if times else "",
        weeks=_per_week(confirmations, weeks),
    )


def _weeks(times: list[datetime]) -> Iterator[date]:
    if times:
        week, last = clock.start(min(times), "week"), clock.start(max(times), "week")
        while week <= last:
            yield week
            week += timedelta(weeks=1)


def _per_week(acts: Iterable[_Act], weeks: list[date]) -> tuple[int, ...]:
    counts = Counter(clock.start(act.at, "week") for act in acts if act.at is not None)
    return tuple(counts[week] for week in weeks)
