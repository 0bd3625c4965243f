"""Documents that wait for somebody to look at them, since nobody has seen them as a whole. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from curate.model import NO_ROWS, Attribution, RemoteRows, Span
from curate.sync.evidence import Judgement, ServerEvidence
from curate.sync.items import rows_by_item

HoldReason = Literal["", "unconfirmed", "unshared", "perhaps unshared"]


def hold_reason(theirs: Attribution, judgement: Judgement, server: ServerEvidence) -> HoldReason:
    """Why a document waits; empty if it does not.

    ``unconfirmed``: it lacked proposals when it was confirmed. ``unshared``: people did not see
    what others annotated. ``perhaps unshared``: that may be so. What the server changed by itself
    is no reason to wait.

    Args:
        theirs: what Doccano holds now.
        judgement: how its differences are explained.
        server: what is known of the server.
    """
    if judgement.unconfirmed:
        return "unconfirmed"
    if judgement.changes and not (judgement.acts or judgement.doubtful):
        return ""
    if is_unseen(theirs, server.unshared_until):
        return "unshared"
    return "perhaps unshared" if is_perhaps_unseen(theirs, server) else ""


def latest_act(theirs: Attribution) -> str:
    """When a document was last confirmed or changed, on the server's clock."""
    written = (row.updated for row in rows_by_item(theirs.rows or NO_ROWS).values())
    return max((theirs.confirmed_time, *written))


def is_unseen(theirs: Attribution, unshared_until: str) -> bool:
    """Whether nobody has seen a document with all that people marked in it.

    While sharing of annotations is off, everybody sees their own only. Then several people can
    confirm one document, which they cannot otherwise. What they did counts once somebody has
    confirmed or changed the document since.

    Args:
        theirs: what Doccano holds now.
        unshared_until: when sharing was switched on again; empty if it never was off.
    """
    until = unshared_until
    return theirs.confirmers > 1 or bool(until and latest_act(theirs) <= until)


def is_perhaps_unseen(theirs: Attribution, server: ServerEvidence) -> bool:
    """Whether several people worked on a document when sharing may have been off.

    Their marks or a mark and a proposal overlap where the project forbids it, or they are of more
    than one person, or of another one than confirmed it.
    """
    until = server.perhaps_unshared_until
    if theirs.rows is None or not until or latest_act(theirs) > until:
        return False
    users = {row.user for row in rows_by_item(theirs.rows).values()} - server.pushers
    people = {server.accounts.get(user, "") for user in users} | {theirs.confirmed_by}
    return len(people - {""}) > 1 or (not server.overlaps and _overlaps(theirs.rows))


def _overlaps(rows: RemoteRows) -> bool:
    """Whether spans of different accounts overlap."""
    ordered = [(Span(*key), row.user) for key, row in sorted(rows.spans)]
    return any(
        user != other and span.overlaps(following)
        for (span, user), (following, other) in pairwise(ordered)
    )
