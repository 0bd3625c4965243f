"""Who made each version of a conflict and when, and the policies that settle conflicts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from curate.annotations.merge import (
    Conflict,
    ConflictSide,
    MergeResult,
    content_at,
    settle_conflict,
)
from curate.layers import annotator_layer, is_curator
from curate.model import Attribution, Category, Relation, Revision, Span
from curate.sync.settings import SyncSettings


def attribute_conflict(
    conflict: Conflict, history: Sequence[Revision], theirs: Attribution
) -> Conflict:
    """A conflict with who made each version, and when.

    A deletion leaves no span with a name on it: ours is attributed to the author of the revision
    that brought it, theirs to whoever confirmed the document.

    Args:
        conflict: the conflict, without names and times.
        history: all revisions of the document, the newest first.
        theirs: what Doccano holds, and who did it.
    """
    ours_by, ours_at = _attribute_ours(conflict, history)
    there = _latest(conflict, "theirs")
    person = annotator_layer(theirs.confirmed_by) if theirs.confirmed_by else ""
    return msgspec.structs.replace(
        conflict,
        ours_by=ours_by,
        ours_at=ours_at,
        theirs_by=there.by if there else person,
        theirs_at=there.at if there else theirs.confirmed_at,
    )


def _attribute_ours(conflict: Conflict, history: Sequence[Revision]) -> tuple[str, str]:
    origin = _origin(conflict, history)
    latest = _latest(conflict, "ours")
    if origin is None:
        return "", ""
    # A curator may have restored an older version, whose spans still have their earlier names.
    if latest is None or is_curator(origin.author):
        return origin.author, origin.at
    return latest.by, latest.at


def _origin(conflict: Conflict, history: Sequence[Revision]) -> Revision | None:
    """The revision since which the gold in this place is as it is now."""
    origin: Revision | None = None
    for revision in history:
        if origin is not None and _differs(revision, origin, conflict):
            break
        origin = revision
    return origin


def _differs(one: Revision, other: Revision, conflict: Conflict) -> bool:
    return one.deleted or content_at(one.annotation, conflict) != content_at(
        other.annotation, conflict
    )


def _latest(conflict: Conflict, side: ConflictSide) -> Span | Relation | Category | None:
    """What a person changed last in one side's version."""
    dated = [item for item in conflict.version(side) if item.at]
    return max(dated, key=lambda item: item.at, default=None)


def settle_by_policy(merged: MergeResult, settings: SyncSettings) -> MergeResult:
    """Settle conflicts by the policy of the settings; ``ask`` leaves them open."""
    annotation = merged.annotation
    still_open: list[Conflict] = []
    for conflict in merged.conflicts:
        winner = _winner(settings, conflict)
        if winner is None:
            still_open.append(conflict)
        else:
            annotation = settle_conflict(annotation, conflict, winner)
    return MergeResult(annotation=annotation, conflicts=tuple(still_open))


def _winner(settings: SyncSettings, conflict: Conflict) -> ConflictSide | None:
    if settings.policy == "ask":
        return None
    if settings.policy == "prefer-doccano":
        return "theirs"
    if settings.policy == "prefer-gold":
        return "ours"
    if settings.policy == "prefer-newest":
        return "theirs" if conflict.theirs_at >= conflict.ours_at else "ours"
    ours, theirs = (_rank(settings, by) for by in (conflict.ours_by, conflict.theirs_by))
    return None if ours == theirs else ("ours" if ours < theirs else "theirs")


def _rank(settings: SyncSettings, by: str) -> int:
    """Rank of ``annotator:<account>`` or ``curator:<name>``; one without a role comes last."""
    kind, _, name = by.partition(":")
    return settings.ranks.get(kind if kind == "curator" else name, len(settings.ranks) + 1)
