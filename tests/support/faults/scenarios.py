"""Scenarios: a sync with a fault, people's work, a sync with another fault, and the comparison.

The schedule has every kind of fault at every request of the clean run's first and second sync, and
a death at every moment at which the journal reads the clock. It is shuffled by a seed, which
``CURATE_FAULT_SEED`` sets. Scenario number ``n`` of a seed is always the same, however many are
run.
"""

from __future__ import annotations

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from curate.doccano import transport
from curate.doccano.session import Session
from curate.errors import CurateError
from curate.sync.run import SyncReport, sync
from curate.util import clock
from curate.workspace import Workspace
from support.faults import corpus
from support.faults.corpus import SHAPES, Work
from support.faults.proxy import ALWAYS, KINDS, WRITES, Fault, Point, Proxy, Record
from support.faults.truth import Differences, Facts, Server, compare, workspace_facts

CI_SEED = 20260727
SEED = int(os.environ.get("CURATE_FAULT_SEED") or CI_SEED)
LASTING = ("status-503", "close-before", "lost-502", "close-after")
TOO_LATE = ("slow", "late", "later")
READ_SECONDS = 1.0  # in syncs in which an answer is to come too late
MOST_SYNCS = 6


def undisturbed(number: int, answered: bool) -> None:
    """What happens at a request: nothing."""


class Died(BaseException):
    """The end of a process; nothing in curate catches it."""


@dataclass
class Clock:
    """Returns the time, and raises ``Died`` when it is read for the ``dies``-th time (from 0)."""

    dies: int | None = None
    asked: int = 0

    def __call__(self) -> str:
        self.asked += 1
        if self.dies is not None and self.asked > self.dies:
            raise Died
        return clock.now()


@dataclass
class Sync:
    """How one sync went: its report, or what ended it."""

    record: Record
    clock: Clock
    report: SyncReport | None = None
    error: CurateError | None = None
    crash: str = ""

    @property
    def ended_well(self) -> bool:
        """Whether the command would have exited with 0."""
        report = self.report
        return report is not None and not any(
            problem.severity == "error" for problem in report.outcome.problems
        )


@dataclass
class World:
    """What all scenarios share."""

    folder: Path
    proxy: Proxy
    server: Server
    admin: Session
    people: dict[str, Session]
    clean: dict[str, Clean] = field(default_factory=dict)


@dataclass(frozen=True)
class Clean:
    """The clean run of a shape: what each sync left, their requests, and the faults they get."""

    first: Facts
    last: Facts
    requests: tuple[list[Point], list[Point]]
    schedules: tuple[list[Fault], list[Fault]]


@dataclass(frozen=True)
class Scenario:
    """A shape, and the faults of its first and its second sync."""

    number: int | str
    shape: str
    faults: tuple[Fault, Fault]

    def __str__(self) -> str:
        return f"{self.number} ({self.shape}): {self.faults[0]}, then {self.faults[1]}"


@dataclass
class Result:
    """How a scenario ended; ``syncs`` is how many it took at most after a fault."""

    scenario: Scenario
    differences: Differences = field(default_factory=Differences)
    crashes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    hit: int = 0
    syncs: int = 0
    seconds: float = 0.0

    def figures(self) -> dict[str, float]:
        """What the table of a run adds up."""
        return {
            "hit": self.hit,
            "lost": len(self.differences.lost),
            "duplicated": len(self.differences.duplicated),
            "different": len(self.differences.different),
            "crashed": len(self.crashes),
            "syncs": self.syncs,
            "seconds": self.seconds,
        }

    def report(self) -> str:
        lines = [f"scenario {self.scenario}", *(f"  crashed: {each}" for each in self.crashes)]
        lines += [f"  {line}" for line in self.differences.lines()]
        return "\n".join([*lines, *(f"  (error on the way: {each})" for each in self.errors)])


def pick(world: World, number: int) -> Scenario:
    """The scenario with this number."""
    names = list(SHAPES)
    shape = names[number % len(names)]
    clean = clean_run(world, shape)
    turn = number // len(names)
    first, second = clean.schedules
    return Scenario(number, shape, (first[turn % len(first)], second[turn % len(second)]))


def _schedule(sync: Sync, name: str) -> list[Fault]:
    """Every fault of a sync, in an order that a seed decides."""
    points, ticks = sync.record.distinct(), sync.clock.asked
    rng = random.Random(f"{SEED} {name}")
    faults = [Fault(kind, point) for point in points for kind in KINDS if fits(kind, point)]
    faults += [Fault(kind, point, ALWAYS) for point in points for kind in LASTING]
    deaths = [Fault("death", Point("journal", "tick", tick)) for tick in range(ticks)]
    rng.shuffle(faults)
    rng.shuffle(deaths)
    faults = _each_request_first(faults)
    writes = [fault for fault in faults if fault.point.method in WRITES]
    reads = [fault for fault in faults if fault.point.method not in WRITES]
    # Few of the requests and all of the deaths are among the first, of which CI runs some hundred.
    return _mix(*[deaths] * 3, writes, *[deaths] * 3, reads)


def _each_request_first(faults: list[Fault]) -> list[Fault]:
    """In an order whose end, from which faults are taken, has every kind of request once."""
    many: Counter[tuple[str, str]] = Counter()
    ranked: list[tuple[int, Fault]] = []
    for fault in faults:
        request = (fault.point.method, fault.point.path)
        ranked.append((many[request], fault))
        many[request] += 1
    return [fault for _, fault in sorted(ranked, key=lambda each: each[0], reverse=True)]


def _mix(*turns: list[Fault]) -> list[Fault]:
    """One of each in turn until all are used up; what changes the server comes most often."""
    mixed: list[Fault] = []
    while any(turns):
        mixed += [turn.pop() for turn in turns if turn]
    return mixed


def fits(kind: str, point: Point) -> bool:
    """Whether a fault says anything there: a read that arrives late is a slow answer."""
    return kind not in ("late", "later") or point.method in WRITES


def clean_run(world: World, shape: str) -> Clean:
    """The run of a shape without faults, made once."""
    if shape not in world.clean:
        with _case(world, shape) as case:
            first = case.sync()
            assert first.report, first
            facts = case.server_facts()
            case.work()
            second = case.sync()
            assert second.report, second
            world.clean[shape] = Clean(
                first=facts,
                last=case.last_facts(),
                requests=(first.record.distinct(), second.record.distinct()),
                schedules=(_schedule(first, f"{shape} 1"), _schedule(second, f"{shape} 2")),
            )
    return world.clean[shape]


def run(world: World, scenario: Scenario) -> Result:
    """Play a scenario and compare it with the clean run of its shape."""
    result = Result(scenario)
    faults = iter(scenario.faults)
    play(world, scenario.shape, lambda case: case.sync(next(faults)), result)
    return result


def play(world: World, shape: str, disturbed: Callable[[Case], Sync], result: Result) -> None:
    """Two disturbed syncs, each followed by others until one succeeds, and work in between."""
    clean = clean_run(world, shape)
    began = time.monotonic()
    with _case(world, shape) as case:
        case.heal(disturbed(case), result)
        result.differences = compare(clean.first, case.server_facts())
        if not result.differences:
            case.work()
            case.heal(disturbed(case), result)
            result.differences = compare(clean.last, case.last_facts())
    result.seconds = time.monotonic() - began


@contextmanager
def _case(world: World, shape: str) -> Iterator[Case]:
    template = world.folder / f"template-{shape}"
    if not template.exists():
        corpus.make(template, "template", shape)
    name = f"{shape}-{secrets.token_hex(4)}"
    corpus.copy(template, world.folder / name, name, shape)
    yield Case(world, shape, name)
    for project in world.server.named(name).values():
        world.admin.delete(f"projects/{project}")


@dataclass
class Case:
    """A workspace with its project, from the first sync to the comparison."""

    world: World
    shape: str
    name: str

    @property
    def root(self) -> Path:
        return self.world.folder / self.name

    def sync(self, fault: Fault | None = None) -> Sync:
        """One sync, as a process of its own would do it."""
        dies = fault.point.nth if fault and fault.kind == "death" else None
        faults = (fault,) if fault and dies is None else ()
        run = Sync(self.world.proxy.arm(*faults), Clock(dies))
        workspace = Workspace(self.root, now=run.clock)
        with pytest.MonkeyPatch.context() as patch:
            if any(each.kind in TOO_LATE for each in faults):
                patch.setattr(transport, "READ_SECONDS", READ_SECONDS)
            try:
                run.report = sync(workspace)
            except CurateError as error:
                run.error = error
            except Died:
                pass
            except Exception as error:  # anything but a refusal
                run.crash = f"{type(error).__name__}: {error}"
            finally:
                workspace.store.close()
        return run

    def heal(self, run: Sync, result: Result) -> None:
        """After a disturbed sync, syncs without faults until one ends well."""
        struck = bool(run.record.hit) or not run.ended_well
        result.hit += struck
        needed = 0
        overtaken = any((f.kind, f.point.path) == ("later", "projects") for f in run.record.hit)
        while not run.ended_well:
            result.crashes += [run.crash] if run.crash else []
            result.errors += [str(run.error)] if run.error else []
            needed += 1
            if needed > MOST_SYNCS:
                raise AssertionError(
                    f"{result.scenario} never ended well: {run.error or run.crash or run.report}"
                )
            run = self.sync()
        result.syncs = max(result.syncs, needed)
        self.world.proxy.settle()
        if self.world.proxy.release() or overtaken:
            # What arrived after everything else is for one more sync; so is a second project, since
            # the request for it came to the server while the last sync was in the first one.
            assert self.sync().ended_well

    def work(self) -> None:
        """What people and the curator do between the syncs."""
        world = self.world
        if self.shape == "apart":
            for who in ("anna", "bela"):
                there = Work(world.server, f"{self.name}-{who}", world.admin, world.people)
                there.do_independently(self.shape, who)
        else:
            Work(world.server, self.name, world.admin, world.people).do(self.shape)
        corpus.work_here(self.root, self.shape)

    def server_facts(self) -> Facts:
        return self.world.server.facts(self.name)

    def last_facts(self) -> Facts:
        """All there is in the end, and that one more sync does nothing."""
        again = self.sync()
        assert again.report, again
        outcome = again.report.outcome
        facts = self.server_facts() + workspace_facts(self.root, self.world.server, self.name)
        counts = (outcome.pushed, outcome.pulled, outcome.carried, outcome.revisions)
        facts[("one more sync", "counts"), counts] += 1
        facts[("one more sync", "project"), outcome.project] += 1
        facts[("one more sync", "files"), again.report.files] += 1
        facts[("one more sync", "states"), tuple(sorted(outcome.states.items()))] += 1
        facts[("one more sync", "problems"), tuple(sorted(p.code for p in outcome.problems))] += 1
        writes = Counter((point.method, point.path) for point in again.record.writes())
        facts[("one more sync", "writes"), tuple(sorted(writes.items()))] += 1
        return facts


def table(results: list[dict[str, float]]) -> list[str]:
    """The figures of a run, as aligned lines."""
    seconds = [each["seconds"] for each in results]
    rows = {
        "scenarios": str(len(results)),
        "faults that struck": _sum(results, "hit"),
        **{name: _sum(results, name) for name in ("lost", "duplicated", "different", "crashed")},
        "syncs needed (most)": str(max(each["syncs"] for each in results)),
        "seconds": f"{sum(seconds):.0f} ({sum(seconds) / len(seconds):.2f} each, "
        f"{max(seconds):.1f} the longest)",
    }
    return [f"{name:<20} {value:>6}" for name, value in rows.items()]


def _sum(results: list[dict[str, float]], name: str) -> str:
    return str(int(sum(each[name] for each in results)))
