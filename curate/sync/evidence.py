"""Evidence for the differences between what was taken from Doccano and what it holds now. Pure.

A difference is an **act** of a person, or a **server change**: a backup was restored, an account or
a label type was deleted or renamed. Only acts may change the gold. Doccano gives for each span,
relation and category a row with an id, the account that created it, and when it was created and
last changed; it deletes without a trace. From these, a difference is judged as follows.

*Something appeared or changed.* It is an act if its row was written since the base was taken: a row
that was not there then, or one that was changed since. Renaming a label type, or restoring a
backup, writes no row.

*Something is missing.* If its row stands elsewhere now, or something else was put in its place,
that decides. Otherwise it was deleted, and what else deletes rows is excluded first: its account is
gone, its label type is gone, or the server went back to a time before the row. If none of these is
possible, somebody deleted it.

Whether the server went back is known by **stamps**: each sync that changed something leaves one in
the description of the project, see :class:`Timeline`. If it is not known, a deletion counts as an
act only if a person confirmed the document since. What remains is **doubtful** and becomes a
conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

from curate.annotations.diff import common_part, follow_spans, span_moves
from curate.model import (
    NO_ROWS,
    Annotation,
    Attribution,
    Record,
    RemoteRow,
    RemoteRows,
    Span,
    SpanKey,
)
from curate.store.records import LastSeen, SyncStamp
from curate.sync.items import (
    Item,
    ItemKind,
    items_of,
    rows_by_item,
    to_rows,
    with_differences,
)

ACT = "act"
DOUBTFUL = "doubtful"
WENT_BACK = "remote.went-back"
ACCOUNT_GONE = "remote.account-gone"
LABEL_TYPE_GONE = "remote.label-type-gone"
LABEL_RENAMED = "remote.label-renamed"
OLDER = "remote.older"
UNEXPLAINED = "remote.unexplained"


class Timeline(Record, frozen=True, kw_only=True):
    """Whether the server still holds all that this store has seen of a project.

    Args:
        kind: ``same``: it does. ``back``: it was restored from a backup. ``unknown``: it has no
            stamp of this store.
        since: time of the newest stamp of this store that the server has; empty if it has none.
        until: time of the stamp after it, which the server has no longer; only if it went back.
    """

    kind: Literal["same", "back", "unknown"] = "unknown"
    since: str = ""
    until: str = ""

    def covers(self, time: str) -> bool:
        """Whether the server is known to hold all that was read from it until a time."""
        return self.kind == "same" and time <= self.since


def timeline(own: Sequence[SyncStamp], there: Sequence[str]) -> Timeline:
    """The timeline by the stamps of this store and those of the project.

    A stamp whose writing was not answered counts only if it is there.

    Args:
        own: the stamps of this store, the oldest first.
        there: the stamps in the project's description.
    """
    written = [stamp for stamp in own if not stamp.pending or stamp.id in there]
    present = [place for place, stamp in enumerate(written) if stamp.id in there]
    if not present:
        return Timeline()
    newest = present[-1]
    if newest == len(written) - 1:
        return Timeline(kind="same", since=written[newest].at)
    return Timeline(kind="back", since=written[newest].at, until=written[newest + 1].at)


class ServerEvidence(Record, frozen=True, kw_only=True):
    """What the evidence needs to know of the server.

    Args:
        timeline: whether it still holds what was seen.
        accounts: the names of its accounts, by id.
        gone_accounts: those that were there when the last sync ended and are not now.
        label_types: the names of the project's label types now, by kind and id.
        earlier_types: the same when the last sync ended.
        pushers: ids of the accounts with which curate pushes.
        clock_went_back: whether the server's clock shows an earlier time than it did once.
        unshared_until: until when people did not see what others annotated; empty if they always
            did.
        perhaps_unshared_until: when somebody saved the settings of the project, so that people may
            not have seen before what others annotated; empty if nobody has.
        overlaps: whether spans may overlap in the project.
        doubted_labels: until when it was not known what a label meant, by ``<kind>/<label>``,
            because its type had another label's name.
    """

    timeline: Timeline = Timeline()
    accounts: dict[int, str] = {}
    gone_accounts: dict[int, str] = {}
    label_types: dict[str, dict[int, str]] = {}
    earlier_types: dict[str, dict[int, str]] = {}
    pushers: frozenset[int] = frozenset()
    clock_went_back: bool = False
    unshared_until: str = ""
    perhaps_unshared_until: str = ""
    overlaps: bool = True
    doubted_labels: dict[str, str] = {}

    @property
    def is_suspect(self) -> bool:
        """Whether something can have changed that no person did.

        If not, every difference is an act, and nothing has to be read to know it.
        """
        return (
            self.timeline.kind != "same"
            or bool(self.gone_accounts)
            or any(
                self.label_types.get(kind, {}).get(number) != name
                for kind, types in self.earlier_types.items()
                for number, name in types.items()
            )
        )

    @property
    def lacks_label_types(self) -> bool:
        """Whether label types were deleted, so that even untouched documents lost something."""
        return any(
            number not in self.label_types.get(kind, {})
            for kind, types in self.earlier_types.items()
            for number in types
        )

    def doubts_label(self, item: Item, row: RemoteRow | None) -> bool:
        """Whether something was written while the name of its label was another label's."""
        kind, key = item
        label = key if kind == "category" else key[2]
        until = self.doubted_labels.get(f"{kind}/{label}", "")
        return bool(until) and (row is None or row.updated <= until)

    def type_is_gone(self, kind: ItemKind, label: str, row: RemoteRow | None) -> bool:
        """Whether the label type of something was deleted since."""
        current = self.label_types.get(kind, {})
        if row is not None and current:
            return row.label not in current
        earlier = self.earlier_types.get(kind, {}).items()
        return any(name == label and number not in current for number, name in earlier)


class ServerDifference(Record, frozen=True, kw_only=True):
    """A difference that no person made.

    Args:
        code: what explains it, such as ``remote.account-gone``.
        item: what appeared or is missing.
        missing: whether it is missing.
        account: id of the account that had created it; 0 if that does not matter.
    """

    code: str
    item: Item
    missing: bool
    account: int = 0


class Judgement(Record, frozen=True, kw_only=True):
    """How the difference between a base and what Doccano holds is explained.

    Args:
        base: the base with all differences in it that are no act. What it and Doccano still differ
            in are acts.
        acts: what people added, changed or removed.
        changes: what no person did.
        doubtful: what cannot be known; the base has these differences too.
        unconfirmed: whether the document has no gold, and lacks proposals that the server lost, or
            was given some again since somebody confirmed it: nobody has confirmed the whole of it.
    """

    base: Annotation
    acts: frozenset[Item] = frozenset()
    changes: tuple[ServerDifference, ...] = ()
    doubtful: frozenset[Item] = frozenset()
    unconfirmed: bool = False


def judge(
    base: Annotation,
    seen: LastSeen,
    theirs: Attribution,
    server: ServerEvidence,
    accepts_unconfirmed: bool = False,
) -> Judgement:
    """Judge every difference between the base of a document and what Doccano holds of it.

    Args:
        base: what was last read from Doccano, or written there.
        seen: how it stood there then.
        theirs: what Doccano holds now, with its rows.
        server: what is known of the server.
        accepts_unconfirmed: whether the curator takes changes that nobody confirmed.
    """
    there = theirs.annotation
    if base.content == there.content or theirs.rows is None:
        return Judgement(base=base)
    judge = _Judge(base, seen, theirs, theirs.rows, server, accepts_unconfirmed)
    verdicts = judge.verdicts()
    doubtful = frozenset(item for item, verdict in verdicts.items() if verdict == DOUBTFUL)
    changes = tuple(
        ServerDifference(
            code=verdict,
            item=item,
            missing=item in judge.removed,
            account=judge.owner(item) if verdict == ACCOUNT_GONE else 0,
        )
        for item, verdict in sorted(verdicts.items(), key=repr)
        if verdict not in (ACT, DOUBTFUL)
    )
    return Judgement(
        base=with_differences(base, there, {change.item for change in changes} | doubtful),
        acts=frozenset(item for item, verdict in verdicts.items() if verdict == ACT),
        changes=changes,
        doubtful=doubtful,
    )


def judge_without_base(
    gold: Annotation, newer_than: str, theirs: Attribution, server: ServerEvidence
) -> Judgement:
    """Judge what Doccano holds where the base is not known and the document has gold.

    What both have is the base, so that neither side counts as having deleted anything. Something
    that the gold lacks is an act if its row is newer than the gold. What Doccano lacks is doubtful
    if somebody confirmed the document since, and else only missing there.

    Args:
        gold: the gold.
        newer_than: when the gold was last changed, on the server's clock.
        theirs: what Doccano holds now, with its rows.
        server: what is known of the server.
    """
    there = theirs.annotation
    common = common_part(gold, there)
    if theirs.rows is None:
        return Judgement(base=common)
    rows = rows_by_item(theirs.rows)
    acts: set[Item] = set()
    doubtful: set[Item] = set()
    changes: list[ServerDifference] = []
    known = items_of(gold)
    for item in sorted(items_of(there) - known, key=repr):
        row = rows.get(item)
        if server.clock_went_back:
            doubtful.add(item)
        elif row is None or row.updated > newer_than:
            acts.add(item)
        else:
            changes.append(ServerDifference(code=OLDER, item=item, missing=False))
    if theirs.confirmed_time > newer_than or server.clock_went_back:
        doubtful |= known - items_of(there)
    taken = {change.item for change in changes} | doubtful
    return Judgement(
        base=with_differences(common, there, taken),
        acts=frozenset(acts),
        changes=tuple(changes),
        doubtful=frozenset(doubtful),
    )


def judge_without_gold(
    base: Annotation, seen: LastSeen, theirs: Attribution, server: ServerEvidence
) -> Judgement:
    """Judge what Doccano holds of a document that has no gold yet.

    The gold becomes what a person confirmed, as it stands there. But where proposals went with a
    label type or an account, or are newer than a backup that was restored, nobody knows whether
    that person saw them, so they are written again, and the document waits for a new confirmation.
    Of what was marked under another label's name it is not known what was meant.

    Args:
        base: what was pushed.
        seen: how it stood there then.
        theirs: what Doccano holds now, with its rows.
        server: what is known of the server.
    """
    judgement = judge(base, seen, theirs, server)
    codes = (LABEL_TYPE_GONE, ACCOUNT_GONE, WENT_BACK)
    lost = [x for x in judgement.changes if x.code in codes and x.missing]
    if server.timeline.kind == "back":
        missing = judgement.doubtful - items_of(theirs.annotation)
        lost += [
            ServerDifference(code=WENT_BACK, item=item, missing=True)
            for item in sorted(missing, key=repr)
        ]
    replaced = _replaced(base, theirs.annotation, (change.item for change in lost))
    lost = [change for change in lost if change.item not in replaced]
    items = {change.item for change in lost}
    doubtful = {item for item in judgement.doubtful if server.doubts_label(item, None)}
    rows = theirs.rows or seen.rows
    return Judgement(
        base=with_differences(base, theirs.annotation, items | doubtful),
        acts=judgement.acts,
        changes=tuple(lost),
        doubtful=frozenset(doubtful),
        unconfirmed=bool(theirs.confirmed_by)
        and (bool(lost) or _is_written_since(base, rows, theirs, server)),
    )


def judge_without_both(theirs: Attribution, server: ServerEvidence) -> Judgement:
    """Judge what Doccano holds of a document of which neither the base nor any gold is known.

    It becomes gold as it stands there. A proposal is no side: what nobody saw in the project must
    not become gold.
    """
    there = theirs.annotation
    written = _is_written_since(there, theirs.rows or NO_ROWS, theirs, server)
    return Judgement(base=there, unconfirmed=bool(theirs.confirmed_by) and written)


def _is_written_since(
    base: Annotation, rows: RemoteRows, theirs: Attribution, server: ServerEvidence
) -> bool:
    """Whether a sync has written a part of the base since the document was confirmed."""
    known = items_of(base)
    return any(
        item in known and row.user in server.pushers and row.created > theirs.confirmed_time
        for item, row in rows_by_item(rows).items()
    )


def with_lost(base: Annotation, there: Annotation, judgement: Judgement) -> Annotation:
    """What Doccano holds of a document, with what it lost.

    A span that was lost gives way to one that was made in its place since.

    Args:
        base: what was pushed.
        there: what Doccano holds.
        judgement: how the difference is explained.
    """
    lost = {change.item for change in judgement.changes}
    return with_differences(there, base, lost - _replaced(base, there, lost))


def _replaced(base: Annotation, there: Annotation, lost: Iterable[Item]) -> set[Item]:
    """The lost spans in whose place there is one that is not in the base."""
    known = {span.key for span in base.spans}
    made = [span for span in there.spans if span.key not in known]
    return {
        item
        for item in lost
        if item[0] == "span" and any(span.overlaps(Span(*item[1])) for span in made)
    }


def confirmed_since(seen: LastSeen, theirs: Attribution, server: ServerEvidence) -> bool:
    """Whether a person has confirmed a document since its base was taken."""
    if not theirs.confirmed_by:
        return False
    if server.timeline.covers(seen.taken) or server.clock_went_back:
        return (theirs.confirmed_by, theirs.confirmed_time) != (
            seen.confirmed_by,
            seen.confirmed_at,
        )
    return theirs.confirmed_time > max(seen.taken, seen.confirmed_at)


def settled_rows(before: RemoteRows, now: RemoteRows, judgement: Judgement) -> RemoteRows:
    """The rows of the base of a judgement, so that acts that are not taken yet stay acts.

    Args:
        before: the rows of the base that was judged.
        now: the rows that Doccano holds.
        judgement: the judgement.
    """
    appeared = {change.item for change in judgement.changes if not change.missing}
    appeared |= judgement.doubtful
    kept = items_of(judgement.base)
    rows = {item: row for item, row in rows_by_item(now).items() if item in appeared}
    rows |= {item: row for item, row in rows_by_item(before).items() if item in kept}
    return to_rows(rows)


class _Judge:
    """Judges the differences of one document."""

    def __init__(
        self,
        base: Annotation,
        seen: LastSeen,
        theirs: Attribution,
        rows: RemoteRows,
        server: ServerEvidence,
        accepts_unconfirmed: bool,
    ) -> None:
        self._base, self._seen, self._theirs, self._server = base, seen, theirs, server
        self._before, self._now = rows_by_item(seen.rows), rows_by_item(rows)
        self._known = {_identity(row): row for row in self._before.values()}
        self._place = {_identity(row): item for item, row in self._now.items()}
        self._covered = server.timeline.covers(seen.taken)
        self._confirmed = confirmed_since(seen, theirs, server)
        self._accepts = self._confirmed or accepts_unconfirmed
        before, now = items_of(base), items_of(theirs.annotation)
        moved = span_moves(base, theirs.annotation)
        self._partner: dict[Item, Item] = {
            ("span", old): ("span", new) for old, new in moved.items()
        }
        for relation in base.relations:
            followed = follow_spans(relation, moved)
            if followed.key != relation.key and ("relation", followed.key) in now:
                self._partner["relation", relation.key] = ("relation", followed.key)
        self.removed, self._added = before - now, now - before

    def verdicts(self) -> dict[Item, str]:
        """For each difference ``act``, ``doubtful``, or the code of what explains it."""
        verdicts = {item: self._verdict_on_written(item) for item in self._added}
        for item in sorted(self.removed, key=_spans_first):
            verdicts[item] = self._verdict_on_removed(item, verdicts)
        return verdicts

    def owner(self, item: Item) -> int:
        """Id of the account that created something of the base."""
        row = self._before.get(item)
        return row.user if row else self._seen.pusher

    def _verdict_on_written(self, item: Item) -> str:
        """The verdict on something that appeared, which a person may have labelled by mistake."""
        verdict = self._verdict_on_added(item)
        doubted = verdict == ACT and self._server.doubts_label(item, self._now.get(item))
        return DOUBTFUL if doubted else verdict

    def _verdict_on_added(self, item: Item) -> str:
        row = self._now.get(item)
        if row is None:
            return ACT  # the project cannot hold this kind, so nothing was read of it
        known = self._known.get(_identity(row))
        if self._covered:
            written = row.updated != known.updated if known else not self._is_imported(row)
        elif self._server.clock_went_back:
            return DOUBTFUL
        else:
            written = row.updated > (known.updated if known else self._seen.taken)
        if not written and item[0] == "relation" and self._follows(item):
            return ACT  # nobody touches a relation whose spans change
        return ACT if written else self._code_of_unwritten(item, row)

    def _follows(self, item: Item) -> bool:
        """Whether a relation of the base was carried along by its spans, and they by people."""
        return any(new == item for old, new in self._partner.items() if old[0] == "relation") and (
            all(self._is_settled_end(key) for key in item[1][:2])
        )

    def _is_settled_end(self, key: SpanKey) -> bool:
        end: Item = ("span", key)
        return end not in self._added or self._verdict_on_added(end) == ACT

    def _is_imported(self, row: RemoteRow) -> bool:
        """Whether a row of which nothing is known is as a push created it."""
        return (
            row.user in self._server.pushers
            and row.created <= self._seen.taken
            and not row.was_changed
        )

    def _code_of_unwritten(self, item: Item, row: RemoteRow) -> str:
        kind = item[0]
        earlier = self._server.earlier_types.get(kind, {}).get(row.label)
        if earlier is not None and earlier != self._server.label_types.get(kind, {}).get(row.label):
            return LABEL_RENAMED
        if self._server.timeline.kind == "back":
            return WENT_BACK
        return UNEXPLAINED if self._covered else OLDER

    def _verdict_on_removed(self, item: Item, verdicts: Mapping[Item, str]) -> str:
        row = self._before.get(item)
        place = self._place.get(_identity(row)) if row else None
        if place is not None and place in verdicts:
            return verdicts[place]
        partner = self._partner.get(item)
        if partner is not None and self._is_free(partner):
            return verdicts.get(partner, ACT)
        if item[0] == "relation" and (end := self._verdict_on_ends(item, verdicts)):
            return end
        return self._verdict_on_deleted(item, row)

    def _is_free(self, item: Item) -> bool:
        """Whether something that appeared is in no row of which it is known what it was before."""
        row = self._now.get(item)
        return row is None or _identity(row) not in self._known

    def _verdict_on_ends(self, item: Item, verdicts: Mapping[Item, str]) -> str:
        """A relation is deleted with its spans: the verdict on one that is missing, else empty."""
        ends = (verdicts.get(("span", key), "") for key in item[1][:2])
        return min(filter(None, ends), key=lambda verdict: verdict != ACT, default="")

    def _verdict_on_deleted(self, item: Item, row: RemoteRow | None) -> str:
        owner = self.owner(item)
        kind, key = item
        without_account = bool(owner) and owner not in self._server.accounts
        without_type = self._server.type_is_gone(kind, key if kind == "category" else key[2], row)
        if (without_account or without_type) and self._can_be_newer_than_backup(row):
            return WENT_BACK  # its account or its label type may only be newer than the backup
        if without_account or without_type:
            return ACCOUNT_GONE if without_account else LABEL_TYPE_GONE
        if self._covered:
            return ACT
        if self._server.timeline.kind == "back":
            return self._verdict_on_deleted_in_the_past(kind, row)
        return ACT if self._accepts and not self._server.clock_went_back else DOUBTFUL

    def _verdict_on_deleted_in_the_past(self, kind: ItemKind, row: RemoteRow | None) -> str:
        """On something that is missing on a server that went back."""
        since, until = self._server.timeline.since, self._server.timeline.until
        created = self._created(row)
        updated = row.updated if row else created
        if created > until or (row and self._is_given_again(kind, row, until)):
            return WENT_BACK  # it did not exist at the time of the backup
        if updated <= since:  # it did, so that it was deleted after the backup was restored
            return ACT if self._accepts else DOUBTFUL
        if created > since and not self._confirmed:
            return WENT_BACK
        return DOUBTFUL

    def _created(self, row: RemoteRow | None) -> str:
        return row.created if row else self._seen.pushed or self._seen.taken

    def _can_be_newer_than_backup(self, row: RemoteRow | None) -> bool:
        timeline = self._server.timeline
        return timeline.kind == "back" and self._created(row) > timeline.since

    def _is_given_again(self, kind: ItemKind, row: RemoteRow, until: str) -> bool:
        """Whether an id up to that of a row was given after the backup was restored.

        Ids only grow, so that the backup then did not have the row.
        """
        return any(
            other.created > until and other.id <= row.id
            for item, other in self._now.items()
            if item[0] == kind
        )


def _identity(row: RemoteRow) -> tuple[int, str]:
    return (row.id, row.created)


def _spans_first(item: Item) -> tuple[int, str]:
    return get_args(ItemKind).index(item[0]), repr(item[1])
