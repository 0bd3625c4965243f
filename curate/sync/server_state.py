"""What is known of the server in one sync: read at its beginning, recorded at its end."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from curate.model import Problem, RemoteView
from curate.store import Store
from curate.store.records import RemoteState, SyncStamp
from curate.sync.context import SyncContext
from curate.sync.evidence import ServerEvidence, timeline

if TYPE_CHECKING:
    from curate.doccano.remote import DoccanoRemote

_KEPT_STAMPS = 64
_CLOCK_SECONDS = 60  # a clock that is corrected by less proves as much as before


def compare_server(
    state: RemoteState, view: RemoteView, confirmed_twice: Callable[[], bool] = lambda: False
) -> ServerEvidence:
    """What the evidence needs to know of the server.

    Args:
        state: what the store knows of the project.
        view: what the server says now.
        confirmed_twice: asks whether documents were confirmed by several people.
    """
    state = with_saved_settings(state, view.saved, view.stamps, confirmed_twice)
    return ServerEvidence(
        timeline=timeline(state.stamps, view.stamps),
        accounts=view.accounts,
        gone_accounts={
            number: name for number, name in state.accounts.items() if number not in view.accounts
        },
        label_types=view.label_types,
        earlier_types=state.label_types,
        pushers=frozenset({*state.pushers, view.account}),
        doubted_labels=state.doubted_labels,
        unshared_until=state.unshared_until,
        perhaps_unshared_until=state.perhaps_unshared_until,
        overlaps=view.overlaps,
        clock_went_back=_behind(view.time, state.server_time) > _CLOCK_SECONDS,
    )


def with_saved_settings(
    state: RemoteState,
    saved: str,
    stamps: tuple[str, ...],
    confirmed_twice: Callable[[], bool],
) -> RemoteState:
    """What is known of the project, with what its settings show that somebody saved meanwhile.

    Sharing of annotations can have been off before, and nothing shows it but the time at which the
    settings were last saved, which is that of the sync that saved them last as long as nobody else
    does. Another store's syncs save them too, and leave a stamp: then nothing is known. If
    documents have several confirmations, sharing was off.

    Args:
        state: what was known of the project.
        saved: when its settings were last saved.
        stamps: those in its description.
        confirmed_twice: asks whether documents were confirmed by several people.
    """
    others = {*stamps} - {*state.seen_stamps} - {stamp.id for stamp in state.stamps}
    if others or not state.settings_saved or saved <= state.settings_saved:
        return state
    if confirmed_twice():
        return msgspec.structs.replace(state, unshared_until=max(saved, state.unshared_until))
    return msgspec.structs.replace(state, perhaps_unshared_until=saved)


def record_saved_settings(store: Store, project: DoccanoRemote) -> None:
    """Record what the settings show, before this sync saves them itself.

    A sync that is killed leaves it unknown who saved them.
    """
    with store.begin() as tx:
        state = tx.remote_state(project.marker)
    state = with_saved_settings(
        state, project.settings_saved, project.stamps, project.was_confirmed_twice
    )
    with store.begin() as tx:
        tx.put_remote_state(project.marker, msgspec.structs.replace(state, settings_saved=""))


def server_problems(state: RemoteState, view: RemoteView) -> list[Problem]:
    """What cannot be proved in this sync, and why."""
    problems: list[Problem] = []
    behind = _behind(view.time, state.server_time)
    if behind > _CLOCK_SECONDS:
        problems.append(
            Problem(
                code="remote.clock",
                severity="warning",
                message=f"the server's clock shows {timedelta(seconds=int(behind))} less than it "
                "did in the last sync, so that its times prove nothing",
                hint="set the server's clock; what cannot be known meanwhile becomes a conflict",
            )
        )
    if state.stamps and timeline(state.stamps, view.stamps).kind == "unknown":
        problems.append(
            Problem(
                code="remote.stamp",
                severity="info",
                message="the description of the project has no stamp of this workspace: other "
                "workspaces have synced it often since, or somebody edited it",
                hint="what is missing in documents that nobody confirmed since becomes a conflict",
            )
        )
    return problems


def look_at_server(context: SyncContext) -> None:
    """Read what is known of the server into the context."""
    view = context.project.view()
    with context.store.begin() as tx:
        state = tx.remote_state(context.project.marker)
        if context.settings.push and view.account not in state.pushers:
            state = msgspec.structs.replace(state, pushers=(*state.pushers, view.account))
            tx.put_remote_state(context.project.marker, state)
    context.project.add_pushers(state.pushers)
    context.server, context.account = compare_server(state, view), view.account
    context.stamps = view.stamps
    context.problems += server_problems(state, view)


def record_server(context: SyncContext) -> None:
    """Record the server as it was in this sync, and leave a stamp there if anything changed.

    A sync that only pushed, or in which a document was refused, has not explained everything, so
    that what it saw still counts as news. So do accounts and label types that went while documents
    wait that may have lost something with them.
    """
    marker, server = context.project.marker, context.server
    refused = any(problem.code == "remote.refused" for problem in context.problems)
    pulled = context.settings.pull and not refused
    explained = pulled and not context.waiting and (context.settings.push or not context.lost)
    with context.store.begin() as tx:
        state = tx.remote_state(marker)
        state = msgspec.structs.replace(
            state,
            accounts={
                **({} if explained else context.server.gone_accounts),
                **context.server.accounts,
            },
            label_types=context.server.label_types if explained else state.label_types,
            server_time=context.project.server_time(),
            documents=len(tx.tracked_documents(marker)),
        )
        tx.put_remote_state(marker, state)
    kind = server.timeline.kind
    news = state.unstamped or (kind != "same" and bool(state.stamps))
    if news and (pulled or kind != "back"):
        _leave_stamp(context, state)
    with context.store.begin() as tx:
        state = tx.remote_state(marker)
        own = {stamp.id for stamp in state.stamps}
        state = msgspec.structs.replace(
            state,
            settings_saved=context.project.settings_saved,
            seen_stamps=tuple(each for each in context.stamps if each not in own),
        )
        tx.put_remote_state(marker, state)


def _leave_stamp(context: SyncContext, state: RemoteState) -> None:
    at = context.project.server_time()
    state = msgspec.structs.replace(state, unstamped=False)
    stamp = SyncStamp(id=secrets.token_hex(4), sync=context.id, at=at, pending=True)
    # Before it is sent, because the answer can be lost; if it is, the next sync leaves one too.
    _put_stamps(context, msgspec.structs.replace(state, unstamped=True), stamp)
    context.project.add_stamp(stamp.id)
    _put_stamps(context, state, msgspec.structs.replace(stamp, pending=False))


def _put_stamps(context: SyncContext, state: RemoteState, stamp: SyncStamp) -> None:
    stamps = (*state.stamps, stamp)[-_KEPT_STAMPS:]
    with context.store.begin() as tx:
        tx.put_remote_state(context.project.marker, msgspec.structs.replace(state, stamps=stamps))


def _behind(now: str, before: str) -> float:
    """By how many seconds a time is before another; 0 if one is unknown."""
    if not now or not before:
        return 0.0
    return (datetime.fromisoformat(before) - datetime.fromisoformat(now)).total_seconds()
