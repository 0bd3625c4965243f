"""Who made each version of a conflict and when, and the policies that settle conflicts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from curate.annotations.merge import (
    Conflict,
    ConflictSide,
    MergeResult,
    content_at,
    settle_conflict,
)
from curate.layers import annotator_layer, is_annotator, is_curator
from curate.model import Annotation, Attribution, Category, Record, Relation, Revision, Span
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


def ours_on_server_clock(
    conflict: Conflict, history: Sequence[Revision], to_server_time: Callable[[str], str]
) -> str:
    """When our version of a conflict was made, on the server's clock.

    What came from Doccano has its time from there, a deletion that of its confirmation. What was
    made here has a time of our clock, which is converted.

    Args:
        conflict: the conflict.
        history: all revisions of the document, the newest first.
        to_server_time: what the server's clock showed when ours showed a time.
    """
    origin, latest = _origin(conflict, history), _latest(conflict, "ours")
    if origin is None:
        return ""
    if latest is not None and not is_curator(origin.author):
        return latest.at if is_annotator(latest.by) else to_server_time(latest.at)
    if is_annotator(origin.author) and origin.confirmed_at:
        return origin.confirmed_at
    return to_server_time(origin.at) if origin.at else ""


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


class SettledMerge(Record, frozen=True, kw_only=True):
    """A merge after a policy was applied.

    Args:
        annotation: the merged annotation; our version stands where a conflict is still open.
        conflicts: the conflicts that are still open.
        overruled: the conflicts in which the policy preferred our version, so that theirs would be
            nowhere any more once ours is in Doccano.
    """

    annotation: Annotation
    conflicts: tuple[Conflict, ...] = ()
    overruled: tuple[Conflict, ...] = ()

    @property
    def with_overruled(self) -> Annotation:
        """The annotation with their version where the policy preferred ours."""
        annotation = self.annotation
        for conflict in self.overruled:
            annotation = settle_conflict(annotation, conflict, "theirs")
        return annotation


def settle_by_policy(
    merged: MergeResult,
    settings: SyncSettings,
    dated: Callable[[Conflict], str] = lambda conflict: conflict.ours_at,
) -> SettledMerge:
    """Settle conflicts by the policy of the settings; ``ask`` leaves them open.

    Args:
        merged: the merge, its conflicts with authors and times.
        settings: the settings of the sync.
        dated: when our version of a conflict was made, on the clock of theirs.
    """
    annotation = merged.annotation
    still_open: list[Conflict] = []
    overruled: list[Conflict] = []
    for conflict in merged.conflicts:
        winner = _winner(settings, conflict, dated)
        if winner is None:
            still_open.append(conflict)
        else:
            annotation = settle_conflict(annotation, conflict, winner)
            overruled += [conflict] if winner == "ours" else []
    return SettledMerge(
        annotation=annotation, conflicts=tuple(still_open), overruled=tuple(overruled)
    )


def _winner(
    settings: SyncSettings, conflict: Conflict, dated: Callable[[Conflict], str]
) -> ConflictSide | None:
    if settings.policy == "ask":
        return None
    if settings.policy == "prefer-doccano":
        return "theirs"
    if settings.policy == "prefer-gold":
        return "ours"
    if settings.policy == "prefer-newest":
        return "theirs" if conflict.theirs_at >= dated(conflict) else "ours"
    ours, theirs = (_rank(settings, by) for by in (conflict.ours_by, conflict.theirs_by))
    return None if ours == theirs else ("ours" if ours < theirs else "theirs")


def _rank(settings: SyncSettings, by: str) -> int:
    """Rank of ``annotator:<account>`` or ``curator:<name>``; one without a role comes last."""
    kind, _, name = by.partition(":")
    return settings.ranks.get(kind if kind == "curator" else name, len(settings.ranks) + 1)
