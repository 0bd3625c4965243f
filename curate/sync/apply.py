"""A sync, step by step: project, mend, push, read back, pull, merge, carry. Each may be repeated.

What makes that so: the base of a document is stored before it is pushed; a push is believed only
when it was read back; a document's gold, its base and its conflicts change in one transaction; and
a change of the server is journalled before it is tried.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from curate.store import Store
from curate.sync.context import Run
from curate.sync.document_conflicts import note
from curate.sync.plan import Outcome, Plan, is_ahead, plan
from curate.sync.protocol import Remote, Settings
from curate.sync.pull import pull
from curate.sync.push import arrived_all, confirm, due, push
from curate.sync.review import let_go
from curate.sync.roles import Aim, Gold
from curate.sync.updates import carry, undouble, unite, withdraw
from curate.util.progress import Progress


def sync(
    store: Store,
    remote: Remote,
    settings: Settings,
    clock: Callable[[], str],
    progress: Progress = lambda what, done, total: None,
    aim: Aim | None = None,
) -> Outcome:
    """Sync a corpus with one of its projects.

    Args:
        store: the corpus.
        remote: the project.
        settings: what to do.
        clock: gives the time as ISO 8601 in UTC.
        progress: told (what, done, total) as the work goes on.
        aim: what the project is for; the gold if nothing else is said.

    Raises:
        RemoteError: the server failed; what was done stays done, and a second run goes on.
    """
    run = Run(store, remote, aim or Gold(), settings, clock, progress)
    with run.step("project"):
        done, problems = remote.prepare()
    run.problems += problems
    first = run.look()
    current = _mended(run, first)
    chosen = _due(run, current) if settings.push else Plan()
    pushed = push(run, chosen.push)
    if pushed:
        current = _mended(run, run.look())
        arrived_all(current, {*chosen.push})
    confirm(run, current)
    if run.aim.decides:
        current = let_go(run, current)
    else:
        note(run, current)
    pulled = pull(run, current.pull) if settings.pull else 0
    carried = _carry(run, current) if settings.push else 0
    done += remote.finish() if settings.push else []
    return Outcome(
        sync=run.id,
        project=tuple(done),
        pushed=pushed,
        held=chosen.held,
        pulled=pulled,
        carried=carried,
        revisions=run.revisions,
        spans=dict(run.spans),
        conflicts=run.conflicts,
        states=first.states,
        problems=tuple(run.problems + list(current.problems)),
    )


def _due(run: Run, found: Plan) -> Plan:
    with run.store.begin() as tx:
        return due(tx, found, run.aim.sides(tx, run.remote.marker), run.settings)


def _mended(run: Run, found: Plan) -> Plan:
    """Take away what stands twice on the server, and look again if there was any."""
    if not run.settings.push or not (found.doubled or found.copies):
        return found
    undouble(run, found.doubled)
    unite(run, found.copies)
    return run.look()


def _carry(run: Run, found: Plan) -> int:
    """Carry gold that is ahead of the server, what this sync merged included."""
    with run.store.begin() as tx:
        sides = run.aim.sides(tx, run.remote.marker)
    withdraw(run, found.withdraw)
    merged = tuple(each.ahead() for each in found.pull if is_ahead(sides[each.document]))
    return carry(run, found.update + merged)


def preview(
    store: Store, remote: Remote, settings: Settings, aim: Aim | None = None
) -> tuple[list[str], Plan]:
    """What a sync would do: changes of the project, and the plan. Writes nothing anywhere."""
    kind = aim or Gold()
    with store.begin() as tx:
        sides = kind.sides(tx, remote.marker)
    examples = remote.snapshot() if remote.exists() else iter(())
    found = plan(sides, examples, settings.include_unconfirmed)
    with store.begin() as tx:
        found = due(tx, found, sides, kind.paced(settings))
    changes, problems = remote.changes()
    return changes, msgspec.structs.replace(
        found,
        problems=(*problems, *found.problems),
        push=found.push if settings.push else (),
        held=found.held if settings.push else 0,
        update=found.update if settings.push else (),
        withdraw=found.withdraw if settings.push else (),
        pull=found.pull if settings.pull else (),
    )
