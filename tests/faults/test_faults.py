"""Whatever fails during a sync, the next one ends where a sync without failures would have.

``CURATE_FAULTS`` says how many scenarios are run, ``CURATE_FAULT_ONLY`` names one by its number
(or some, ``3,14,15``).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from support.faults import scenarios
from support.faults.scenarios import Result, World

pytestmark = [
    pytest.mark.server,
    pytest.mark.faults,
]


def _numbers() -> list[int]:
    only = os.environ.get("CURATE_FAULT_ONLY", "")
    if only:
        return [int(number) for number in only.split(",")]
    return list(range(int(os.environ.get("CURATE_FAULTS") or 60)))


def _halved(value: Any, number: int) -> Any:
    """A parameter for one of two processes, each with a server of its own."""
    return pytest.param(value, marks=pytest.mark.xdist_group(f"faults-{number % 2}"))


@pytest.mark.parametrize("number", [_halved(number, number) for number in _numbers()])
def test_a_sync_under_faults_ends_like_a_clean_one(
    world: World, keep: Callable[[Result], None], number: int
) -> None:
    keep(scenarios.run(world, scenarios.pick(world, number)))


@pytest.mark.parametrize("shape", [_halved(s, n) for n, s in enumerate(scenarios.SHAPES)])
def test_the_schedule_has_every_fault_at_every_request(world: World, shape: str) -> None:
    clean = scenarios.clean_run(world, shape)
    for requests, schedule in zip(clean.requests, clean.schedules, strict=True):
        assert len({*requests}) == len(requests) > 10
        planned = {(fault.kind, fault.point) for fault in schedule}
        lacking = {
            (kind, point)
            for kind in scenarios.KINDS
            for point in requests
            if scenarios.fits(kind, point) and (kind, point) not in planned
        }
        assert lacking == set()
        assert "death" in {fault.kind for fault in schedule}


@pytest.mark.skipif(scenarios.SEED != scenarios.CI_SEED, reason="about the seed of .ci/run")
def test_make_fault_test_kills_at_every_step_and_breaks_every_request(world: World) -> None:
    """It runs a part of the schedule, and no kind of thing is left out of it."""
    struck: dict[str, set[object]] = {"kinds": set(), "requests": set(), "deaths": set()}
    wanted: dict[str, set[object]] = {
        "kinds": {*scenarios.KINDS},
        "requests": set(),
        "deaths": set(),
    }
    for shape in scenarios.SHAPES:
        clean = scenarios.clean_run(world, shape)
        for turn, (points, every) in enumerate(zip(clean.requests, clean.schedules, strict=True)):
            wanted["requests"] |= {(point.method, point.path) for point in points}
            wanted["deaths"] |= {(shape, turn, f.point.nth) for f in every if f.kind == "death"}
    for number in range(400):  # as many as `make fault-test`
        scenario = scenarios.pick(world, number)
        for turn, fault in enumerate(scenario.faults):
            if fault.kind == "death":
                struck["deaths"].add((scenario.shape, turn, fault.point.nth))
            else:
                struck["kinds"].add(fault.kind)
                struck["requests"].add((fault.point.method, fault.point.path))
    assert {name: wanted[name] - struck[name] for name in wanted} == {
        name: set() for name in wanted
    }


@pytest.mark.parametrize("shape", [_halved(s, n) for n, s in enumerate(scenarios.SHAPES)])
def test_a_confirmation_is_never_sent(world: World, shape: str) -> None:
    """Doccano's call is a toggle: sent again, it takes the confirmation back."""
    clean = scenarios.clean_run(world, shape)
    points = [point for requests in clean.requests for point in requests]
    assert not [p for p in points if p.path.endswith("/states") and p.method != "GET"]
