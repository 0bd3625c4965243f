"""Who made the annotations of a release, counted from the blame of every span."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from curate.annotations.corrections import proposers
from curate.formats.provenance import ACTS, Agent, AgentKind, ReleaseProvenance
from curate.history.blame import RevisionBlame, SpanBlame
from curate.layers import is_machine, is_model
from curate.publish.names import PublishedNames, is_file

_NOBODY = "~"  # is sorted after every time


class AuthorCounts(NamedTuple):
    """What each author of a release did, before it is decided which names are published.

    Args:
        acts: numbers by author and then by act and what it was done to.
        first: when each author who is no program acted first, or ``~`` if that is unknown.
        last: when a person acted last; empty if unknown.
        unchanged: number of spans that are as a model or a rule proposed them.
    """

    acts: dict[str, Counter[tuple[str, str]]]
    first: dict[str, str]
    last: str
    unchanged: int

    @property
    def people_and_files(self) -> list[str]:
        """Authors who are no programs, in the order in which they acted first."""
        return sorted(self.first, key=lambda author: (self.first[author], author))


def count_acts(blames: Iterable[RevisionBlame]) -> AuthorCounts:
    """Count what the authors of a release did."""
    counter = _Counter()
    for blame in blames:
        counter.add(blame)
    return AuthorCounts(counter.acts, counter.first, counter.last, counter.unchanged)


def release_provenance(counts: AuthorCounts, names: PublishedNames) -> ReleaseProvenance:
    """The counts under the names that are published; authors with one name are one agent."""
    merged: dict[tuple[AgentKind, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for author, acts in counts.acts.items():
        kind = _kind(author)
        name = author.partition(":")[2] if is_machine(author) else names.name(author)
        merged[kind, name].update(acts)
    order: tuple[AgentKind, ...] = ("person", "model", "rules", "file")
    agents = [
        Agent(name=name, kind=kind, acts=_by_act(merged[kind, name]))
        for kind, name in sorted(merged, key=lambda key: (order.index(key[0]), _natural(key[1])))
    ]
    times = [time for time in counts.first.values() if time != _NOBODY]
    return ReleaseProvenance(
        agents=tuple(agents),
        started=min(times, default=""),
        ended=counts.last,
        unchanged=counts.unchanged,
    )


class _Counter:
    def __init__(self) -> None:
        self.acts: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self.first: dict[str, str] = {}
        self.last = ""
        self.unchanged = 0

    def add(self, blame: RevisionBlame) -> None:
        revision = blame.revision
        for span in blame.spans:
            self._add_span(span)
        for what, items in (("relations", revision.relations), ("categories", revision.categories)):
            for item in items:
                self._add_made(item.by or revision.author, what, item.at or revision.at)
        if revision.confirmed_by:
            self._act(revision.confirmed_by, "confirmed", "documents", revision.confirmed_at)

    def _add_span(self, span: SpanBlame) -> None:
        programs = {name for each in span.proposed for name in _programs(each)}
        for program in programs:
            self.acts[program]["proposed", "spans"] += 1
        if not span.changed_by:
            self.unchanged += 1
        elif programs:
            self._act(span.changed_by, "changed", "spans", span.changed_at)
        else:
            self._add_made(span.changed_by, "spans", span.changed_at)
        if span.adjudicated_by:
            self._act(span.adjudicated_by, "adjudicated", "spans", span.adjudicated_at)

    def _add_made(self, author: str, what: str, at: str) -> None:
        if not is_machine(author):
            return self._act(author, "imported" if is_file(author) else "added", what, at)
        for program in _programs(author):
            self.acts[program]["proposed", what] += 1

    def _act(self, author: str, act: str, what: str, at: str) -> None:
        self.acts[author][act, what] += 1
        self.first[author] = min(self.first.get(author, _NOBODY), at or _NOBODY)
        if not is_file(author):
            self.last = max(self.last, at)


def _programs(author: str) -> set[str]:
    """Models and rules files that are an author together; a single rule counts as its file."""
    return {each if is_model(each) else each.partition("/")[0] for each in proposers(author)}


def _kind(author: str) -> AgentKind:
    if is_model(author):
        return "model"
    return "rules" if is_machine(author) else "file" if is_file(author) else "person"


def _by_act(acts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    return {
        act: {what: number for (each, what), number in sorted(acts.items()) if each == act}
        for act in ACTS
        if any(each == act for each, _ in acts)
    }


def _natural(name: str) -> tuple[str, int]:
    """To sort person-10 after person-9."""
    stem, _, number = name.rpartition("-")
    return (stem, int(number)) if number.isdigit() else (name, 0)
