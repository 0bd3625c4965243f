"""Conflicts: who made each version and when, and what the settings say of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from curate.annotations.merge import Conflict, Merged, Side, settle, within
from curate.layers import annotator_layer, is_curator
from curate.model import Attribution, Category, Relation, Revision, Span
from curate.sync.protocol import Settings


def tell(conflict: Conflict, history: Sequence[Revision], theirs: Attribution) -> Conflict:
    """A conflict with who made each version, and when.

    A deletion leaves no name on a span: ours is put down to whoever made the revision that brought
    it, theirs to who confirmed the document.

    Args:
        history: all revisions of the document, the newest first.
        theirs: what Doccano holds, and who did it.
    """
    ours_by, ours_at = _ours(conflict, history)
    there = _last(conflict, "theirs")
    person = annotator_layer(theirs.confirmed_by) if theirs.confirmed_by else ""
    return msgspec.structs.replace(
        conflict,
        ours_by=ours_by,
        ours_at=ours_at,
        theirs_by=there.by if there else person,
        theirs_at=there.at if there else theirs.confirmed_at,
    )


def _ours(conflict: Conflict, history: Sequence[Revision]) -> tuple[str, str]:
    """By whom and when our version came to be; a curator may take an older one up again."""
    brought = _brought(conflict, history)
    last = _last(conflict, "ours")
    if brought is None:
        return "", ""
    if last is None or is_curator(brought.author):
        return brought.author, brought.at
    return last.by, last.at


def _brought(conflict: Conflict, history: Sequence[Revision]) -> Revision | None:
    """The revision since which the gold says in this place what it says now."""
    found: Revision | None = None
    for revision in history:
        if found is not None and _differs(revision, found, conflict):
            break
        found = revision
    return found


def _differs(one: Revision, other: Revision, conflict: Conflict) -> bool:
    return one.deleted or within(one.annotation, conflict) != within(other.annotation, conflict)


def _last(conflict: Conflict, side: Side) -> Span | Relation | Category | None:
    """What a person changed last in one side's version."""
    dated = [item for item in conflict.version(side) if item.at]
    return max(dated, key=lambda item: item.at, default=None)


def by_policy(merged: Merged, settings: Settings) -> Merged:
    """Settle conflicts as the settings say; ``ask`` leaves them."""
    annotation = merged.annotation
    left: list[Conflict] = []
    for conflict in merged.conflicts:
        winner = _winner(settings, conflict)
        if winner is None:
            left.append(conflict)
        else:
            annotation = settle(annotation, conflict, winner)
    return Merged(annotation=annotation, conflicts=tuple(left))


def _winner(settings: Settings, conflict: Conflict) -> Side | None:
    if settings.policy == "ask":
        return None
    if settings.policy == "prefer-doccano":
        return "theirs"
    if settings.policy == "prefer-gold":
        return "ours"
    if settings.policy == "prefer-newest":
        return "theirs" if conflict.theirs_at >= conflict.ours_at else "ours"
    ours, there = (_rank(settings, by) for by in (conflict.ours_by, conflict.theirs_by))
    return None if ours == there else ("ours" if ours < there else "theirs")


def _rank(settings: Settings, by: str) -> int:
    """Rank of ``annotator:<name>`` or ``curator:<name>``; who has no role comes last."""
    kind, _, name = by.partition(":")
    return settings.ranks.get(kind if kind == "curator" else name, len(settings.ranks) + 1)
