"""Plans and outcomes of several projects, added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from curate.model import Problem
from curate.sync.apply import SyncOutcome
from curate.sync.plan import STATES, SyncPlan
from curate.sync.server_changes import total_server_changes

T = TypeVar("T")


def total_outcome(outcomes: Sequence[SyncOutcome]) -> SyncOutcome:
    """The outcomes of all projects as one; its id is that of the last."""
    return SyncOutcome(
        sync=outcomes[-1].sync,
        project=tuple(chain.from_iterable(outcome.project for outcome in outcomes)),
        pushed=sum(outcome.pushed for outcome in outcomes),
        held=sum(outcome.held for outcome in outcomes),
        pulled=sum(outcome.pulled for outcome in outcomes),
        carried=sum(outcome.carried for outcome in outcomes),
        withdrawn=sum(outcome.withdrawn for outcome in outcomes),
        reassigned=sum(outcome.reassigned for outcome in outcomes),
        revisions=sum(outcome.revisions for outcome in outcomes),
        spans=_sum(outcome.spans for outcome in outcomes),
        brakes=tuple(chain.from_iterable(outcome.brakes for outcome in outcomes)),
        conflicts=sum(outcome.conflicts for outcome in outcomes),
        decided=_sum(outcome.decided for outcome in outcomes),
        states=_total_states(outcome.states for outcome in outcomes),
        problems=_distinct(outcome.problems for outcome in outcomes),
        server_changes=total_server_changes(
            change for outcome in outcomes for change in outcome.server_changes
        ),
    )


def total_plan(plans: Sequence[SyncPlan]) -> SyncPlan:
    """The plans of all projects as one."""

    def joined(part: Callable[[SyncPlan], tuple[T, ...]]) -> tuple[T, ...]:
        return tuple(chain.from_iterable(part(plan) for plan in plans))

    waiting: dict[str, set[str]] = {}
    for plan in plans:
        for state, documents in plan.waiting.items():
            waiting.setdefault(state, set()).update(documents)
    return SyncPlan(
        push=joined(lambda plan: plan.push),
        held=sum(plan.held for plan in plans),
        pull=joined(lambda plan: plan.pull),
        kept=joined(lambda plan: plan.kept),
        agreed=joined(lambda plan: plan.agreed),
        update=joined(lambda plan: plan.update),
        write_back=joined(lambda plan: plan.write_back),
        withdraw=joined(lambda plan: plan.withdraw),
        reassign=joined(lambda plan: plan.reassign),
        gone=joined(lambda plan: plan.gone),
        altered=joined(lambda plan: plan.altered),
        copies=joined(lambda plan: plan.copies),
        doubled=joined(lambda plan: plan.doubled),
        unmarked=joined(lambda plan: plan.unmarked),
        brakes=joined(lambda plan: plan.brakes),
        begun=joined(lambda plan: plan.begun),
        reopened=joined(lambda plan: plan.reopened),
        unconfirmed=joined(lambda plan: plan.unconfirmed),
        arrived=joined(lambda plan: plan.arrived),
        states=_total_states(plan.states for plan in plans),
        waiting={state: tuple(sorted(waiting[state])) for state in STATES if state in waiting},
        problems=_distinct(plan.problems for plan in plans),
        server_changes=total_server_changes(
            change for plan in plans for change in plan.server_changes
        ),
    )


def planned_counts(plan: SyncPlan) -> dict[str, int]:
    """What a plan comes to, by the names under which ``SyncOutcome`` counts it."""
    return {
        "pushed": len(plan.push),
        "pulled": len(plan.pull),
        "carried": len(plan.update) + len(plan.write_back),
        "withdrawn": len(plan.withdraw),
        "reassigned": len(plan.reassign),
        "held": plan.held,
    }


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


def _total_states(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total = _sum(counts)
    return {state: total[state] for state in STATES if total.get(state)}


def _distinct(problems: Iterable[tuple[Problem, ...]]) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(problems)))
