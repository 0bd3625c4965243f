"""Several projects taken together: the sum of their plans, and of what came of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from curate.model import Problem
from curate.sync.plan import STATES, Outcome, Plan

T = TypeVar("T")


def outcomes(found: Sequence[Outcome]) -> Outcome:
    """What syncs of several projects did, as one; the id is that of the last."""
    return Outcome(
        sync=found[-1].sync,
        project=tuple(chain.from_iterable(each.project for each in found)),
        pushed=sum(each.pushed for each in found),
        held=sum(each.held for each in found),
        pulled=sum(each.pulled for each in found),
        carried=sum(each.carried for each in found),
        revisions=sum(each.revisions for each in found),
        spans=_added(each.spans for each in found),
        conflicts=sum(each.conflicts for each in found),
        states=_states(each.states for each in found),
        problems=_distinct(each.problems for each in found),
    )


def plans(found: Sequence[Plan]) -> Plan:
    """What syncs of several projects will do, as one."""

    def all_of(part: Callable[[Plan], tuple[T, ...]]) -> tuple[T, ...]:
        return tuple(chain.from_iterable(part(plan) for plan in found))

    waiting: dict[str, set[str]] = {}
    for plan in found:
        for state, documents in plan.waiting.items():
            waiting.setdefault(state, set()).update(documents)
    return Plan(
        push=all_of(lambda plan: plan.push),
        held=sum(plan.held for plan in found),
        pull=all_of(lambda plan: plan.pull),
        update=all_of(lambda plan: plan.update),
        withdraw=all_of(lambda plan: plan.withdraw),
        gone=all_of(lambda plan: plan.gone),
        altered=all_of(lambda plan: plan.altered),
        copies=all_of(lambda plan: plan.copies),
        doubled=all_of(lambda plan: plan.doubled),
        arrived=all_of(lambda plan: plan.arrived),
        states=_states(plan.states for plan in found),
        waiting={state: tuple(sorted(waiting[state])) for state in STATES if state in waiting},
        problems=_distinct(plan.problems for plan in found),
    )


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


def _states(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total = _added(counts)
    return {state: total[state] for state in STATES if total.get(state)}


def _distinct(problems: Iterable[tuple[Problem, ...]]) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(problems)))
