"""Changes on the server that no person made: what they are, and how they are reported. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from curate.model import Problem, Record, SpanKey
from curate.store.records import LastSeen
from curate.sync import evidence
from curate.sync.evidence import Judgement, ServerDifference, ServerEvidence


class ServerChange(Record, frozen=True, kw_only=True):
    """A change of what Doccano holds that is no act of a person, so that it never enters the gold.

    Args:
        code: the problem as which it is reported, such as ``remote.went-back``.
        message: what happened, in one sentence.
        hint: what the sync does about it, or the command that helps.
        documents: ids of the documents that it concerns, sorted.
        spans: how many of their spans, relations and categories; one that moved counts once.
        confirmations: how many of them lost the confirmation that was taken.
        since: the time on the server's clock since which it can have happened, empty if unknown.
        error: whether somebody has to do something.
        note: whether nobody has to.
    """

    code: str
    message: str
    hint: str = ""
    documents: tuple[str, ...] = ()
    spans: int = 0
    confirmations: int = 0
    since: str = ""
    error: bool = False
    note: bool = False

    @property
    def problem(self) -> Problem:
        """The change as a problem, with its numbers."""
        numbers = _numbers(self)
        return Problem(
            code=self.code,
            severity="error" if self.error else "info" if self.note else "warning",
            document=self.documents[0] if len(self.documents) == 1 else "",
            message=f"{self.message} ({numbers})" if numbers else self.message,
            hint=f"{self.hint}; the gold keeps who confirmed it"
            if self.confirmations
            else self.hint,
        )


def changes_of_document(
    document: str, judgement: Judgement, server: ServerEvidence
) -> list[ServerChange]:
    """What the evidence says happened to one document on the server."""
    lost = [each.item[1] for each in judgement.changes if each.missing and each.item[0] == "span"]
    changes = [
        ServerChange(
            code=difference.code,
            message=message,
            hint=hint,
            documents=(document,),
            spans=0 if _is_other_form(difference, lost) else 1,
            since=server.timeline.since if difference.code == evidence.WENT_BACK else "",
        )
        for difference in judgement.changes
        for message, hint in (_words(difference, server),)
    ]
    if judgement.doubtful:
        changes.append(
            ServerChange(
                code="remote.doubtful",
                message="it cannot be known whether a person made what differs in Doccano",
                hint="the gold stays until you decide: see `curate conflicts` and `curate resolve`",
                documents=(document,),
                spans=len(judgement.doubtful),
            )
        )
    return changes


def _is_other_form(difference: ServerDifference, lost: Iterable[SpanKey]) -> bool:
    """Whether what appeared is another form of a span that is missing, which is counted already."""
    kind, key = difference.item
    if kind != "span" or difference.missing:
        return False
    return any(key[0] < end and start < key[1] for start, end, _ in lost)


def went_back(server: ServerEvidence, documents: tuple[str, ...] = ()) -> ServerChange:
    """The server holds an earlier state than it did, and lacks these documents."""
    message, hint = _went_back(server)
    return ServerChange(
        code=evidence.WENT_BACK,
        message=message,
        hint=hint,
        documents=documents,
        since=server.timeline.since,
    )


def unshared(documents: Iterable[str] = (), off: bool = False) -> ServerChange:
    """Sharing of annotations was switched off, and nobody has seen these documents as a whole.

    Args:
        documents: ids of documents that were changed or confirmed meanwhile.
        off: whether it is off still.
    """
    now = "is" if off else "was"
    return ServerChange(
        code="remote.sharing-off",
        message=f"sharing of annotations {now} switched off in Doccano, so that people did not see "
        "what others marked",
        hint=f"`curate sync` switches it on again; then {_LOOK}" if off else _LOOK,
        documents=tuple(sorted(documents)),
    )


def perhaps_unshared(documents: Iterable[str]) -> ServerChange:
    """Several people worked on these documents, and it is not known whether they saw it."""
    return ServerChange(
        code="remote.sharing-off",
        message="somebody saved the settings of the project in Doccano, and sharing of annotations "
        "may have been switched off before, so that people did not see what others marked",
        hint=_LOOK,
        documents=tuple(sorted(documents)),
    )


def settings_saved(documents: Iterable[str], at: str) -> ServerChange:
    """Documents that were confirmed before somebody saved the settings of the project."""
    return ServerChange(
        code="remote.settings-saved",
        message=f"somebody saved the settings of the project in Doccano at {at[:19]}Z, after these "
        "documents were confirmed; whether sharing of annotations was off before cannot be known",
        hint="if it was, whoever confirmed them did not see what was proposed: look at them",
        documents=tuple(sorted(documents)),
        note=True,
    )


def confirmed_without(documents: Iterable[str]) -> ServerChange:
    """Documents without gold that somebody confirmed without proposals that the server lost."""
    return ServerChange(
        code="remote.confirm-again",
        message="documents were confirmed without proposals that Doccano had lost with a label, an "
        "account or a restored backup",
        hint="`curate sync` writes them again; then look at these documents in Doccano, and "
        "confirm them again: take the confirmation back, then confirm; until then they do not "
        "become gold",
        documents=tuple(sorted(documents)),
    )


_LOOK = (
    "look at these documents in Doccano, and confirm them again: take the confirmation back, then "
    "confirm; until then the gold stays"
)
_CARRIED = "the gold stays, and `curate sync` writes it back to Doccano"


def _went_back(server: ServerEvidence) -> tuple[str, str]:
    since = server.timeline.since[:19] + "Z"
    return (
        f"the server went back: it no longer holds what was synced after {since}",
        f"was a backup restored? {_CARRIED}; what people did after {since} and no sync has "
        "pulled is lost",
    )


def _account_gone(name: str) -> str:
    return f"account {name} was deleted, and Doccano deleted its work with it"


def lost_confirmations(
    server: ServerEvidence, unconfirmed: Mapping[str, LastSeen]
) -> list[ServerChange]:
    """A change for each document whose confirmation went with an account or with a restoration.

    Args:
        server: what is known of the server.
        unconfirmed: how documents had been taken that are not confirmed any more, or by an earlier
            confirmation.
    """
    changes: list[ServerChange] = []
    for document, seen in unconfirmed.items():
        if server.timeline.kind == "back" and seen.confirmed_at > server.timeline.since:
            changes.append(_lost_confirmation(went_back(server, (document,))))
        elif seen.confirmed_by in server.gone_accounts.values():
            change = ServerChange(
                code=evidence.ACCOUNT_GONE,
                message=_account_gone(seen.confirmed_by),
                hint=_CARRIED,
                documents=(document,),
            )
            changes.append(_lost_confirmation(change))
    return changes


def _lost_confirmation(change: ServerChange) -> ServerChange:
    return msgspec.structs.replace(change, confirmations=1)


def _words(difference: ServerDifference, server: ServerEvidence) -> tuple[str, str]:
    """Message and hint."""
    kind, key = difference.item
    label = key if kind == "category" else key[2]
    if difference.code == evidence.WENT_BACK:
        return _went_back(server)
    if difference.code == evidence.ACCOUNT_GONE:
        name = server.gone_accounts.get(difference.account, f"number {difference.account}")
        return _account_gone(name), _CARRIED
    if difference.code == evidence.LABEL_TYPE_GONE:
        return f"label type {label} was deleted in Doccano, and all that had it", _CARRIED
    if difference.code == evidence.LABEL_RENAMED:
        return "a label type was renamed in Doccano", _CARRIED
    if difference.code == evidence.OLDER:
        return "documents in Doccano are older than what is here", _CARRIED
    return "Doccano holds something else than was taken, and nobody wrote it", _CARRIED


def _numbers(change: ServerChange) -> str:
    """How many documents and spans a change concerns, in words."""
    counts = (
        (len(change.documents), "document"),
        (change.spans, "span"),
        (change.confirmations, "lost confirmation"),
    )
    return ", ".join(f"{n:,} {word}{'' if n == 1 else 's'}" for n, word in counts if n)


def total_server_changes(changes: Iterable[ServerChange]) -> tuple[ServerChange, ...]:
    """Changes of the same kind as one, sorted by code."""
    totals: dict[tuple[str, str], ServerChange] = {}
    for change in changes:
        key = (change.code, change.message)
        before = totals.get(key)
        totals[key] = _together(before, change) if before else change
    return tuple(totals[key] for key in sorted(totals))


def _together(first: ServerChange, second: ServerChange) -> ServerChange:
    return msgspec.structs.replace(
        first,
        documents=tuple(sorted({*first.documents, *second.documents})),
        spans=first.spans + second.spans,
        confirmations=first.confirmations + second.confirmations,
        since=min(filter(None, (first.since, second.since)), default=""),
        error=first.error or second.error,
    )
