"""Evidence: which differences are acts of people, on a model of a server that remembers them."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.annotations.merge import merge
from curate.model import (
    Annotation,
    Attribution,
    Category,
    Relation,
    RemoteRow,
    RemoteRows,
    Span,
)
from curate.store.records import LastSeen, SyncStamp
from curate.sync.doubts import doubtful_conflicts
from curate.sync.evidence import (
    ServerEvidence,
    Timeline,
    judge,
    judge_without_base,
    settled_rows,
    timeline,
)

PUSHER, ANNA, BELA = 1, 2, 3
PER, LOC = 11, 12
TYPES = {"span": {PER: "PER", LOC: "LOC"}}
PLACES = 4


def time(tick: int) -> str:
    return f"2026-01-01T00:{tick // 60:02}:{tick % 60:02}.000000Z"


class Server:
    """A model of one document in Doccano: rows in a table, ids that only grow, no history."""

    def __init__(self) -> None:
        self.clock = 0
        self.next_id = 1
        self.rows: dict[int, tuple[int, int, RemoteRow]] = {}
        self.users = {PUSHER: "admin", ANNA: "anna", BELA: "bela"}
        self.types = dict(TYPES["span"])
        self.confirmed: tuple[str, str] = ("", "")
        self.stamps: tuple[str, ...] = ()

    def now(self) -> str:
        self.clock += 10
        return time(self.clock)

    def add(self, user: int, place: int, label: int) -> None:
        if place not in {start for start, _, _ in self.rows.values()} and label in self.types:
            at = self.now()
            self.rows[self.next_id] = (place, 1, RemoteRow(self.next_id, user, label, at, at))
            self.next_id += 1

    def change(self, place: int, size: int, label: int) -> None:
        for number, (start, length, row) in self.rows.items():
            if start == place and label in self.types and (length, row.label) != (size, label):
                changed = msgspec.structs.replace(row, label=label, updated=self.now())
                self.rows[number] = (start, size, changed)

    def remove(self, place: int) -> None:
        self.rows = {n: each for n, each in self.rows.items() if each[0] != place}

    def confirm(self, user: int) -> None:
        if user in self.users:
            self.confirmed = (self.users[user], self.now())

    def delete_account(self, user: int) -> None:
        if self.confirmed[0] == self.users.get(user):
            self.confirmed = ("", "")
        self.users = {n: name for n, name in self.users.items() if n != user}
        self.rows = {n: each for n, each in self.rows.items() if each[2].user != user}

    def delete_type(self, label: int) -> None:
        self.types = {n: name for n, name in self.types.items() if n != label}
        self.rows = {n: each for n, each in self.rows.items() if each[2].label != label}

    def rename_type(self, label: int) -> None:
        if label in self.types:
            self.types = {**self.types, label: f"{self.types[label]}2"}

    def copy(self) -> Server:
        other = Server()
        other.__dict__.update(self.__dict__, rows=dict(self.rows))
        return other

    def restore(self, copy: Server) -> None:
        clock = self.clock
        self.__dict__.update(copy.copy().__dict__)
        self.clock = clock + 10

    def read(self) -> Attribution:
        placed = [
            (Span(10 * start, 10 * start + length, self.types[row.label]), row)
            for start, length, row in self.rows.values()
        ]
        return Attribution(
            annotation=Annotation(
                document="d", layer="remote", spans=tuple(span for span, _ in placed)
            ).sorted(),
            confirmed_by=self.confirmed[0],
            confirmed_time=self.confirmed[1],
            rows=RemoteRows(spans=tuple((span.key, row) for span, row in placed)),
            taken=self.now(),
        )


def seen_of(read: Attribution, pushed: str, is_read: bool) -> LastSeen:
    return LastSeen(
        taken=read.taken,
        pushed=pushed,
        confirmed_by=read.confirmed_by,
        confirmed_at=read.confirmed_time,
        rows=read.rows if is_read and read.rows else RemoteRows(),
        pusher=PUSHER,
    )


def state_of(server: Server, own: list[SyncStamp]) -> ServerEvidence:
    users = {PUSHER: "admin", ANNA: "anna", BELA: "bela"}
    return ServerEvidence(
        timeline=timeline(own, server.stamps),
        accounts=server.users,
        gone_accounts={n: name for n, name in users.items() if n not in server.users},
        label_types={"span": server.types},
        earlier_types=TYPES,
        pushers=frozenset({PUSHER}),
    )


places, labels = st.integers(0, PLACES - 1), st.sampled_from([PER, LOC])
annotators = st.sampled_from([ANNA, BELA])
people = st.one_of(
    st.tuples(st.just("add"), annotators, places, labels),
    st.tuples(st.just("change"), places, st.integers(1, 3), labels),
    st.tuples(st.just("remove"), places),
    st.tuples(st.just("confirm"), annotators),
)
changes = st.one_of(
    st.tuples(st.just("delete_account"), annotators),
    st.tuples(st.just("delete_type"), labels),
    st.tuples(st.just("rename_type"), labels),
    st.just(("restore",)),
)


class Story:
    """A document that was pushed and taken once more, and what happens then.

    ``first`` happens between the push and the first sync, ``second`` between it and the next; a
    backup is made after the first sync.
    """

    def __init__(self, pushed: set[int], first: list, second: list, is_read: bool) -> None:
        self.server = Server()
        for place in sorted(pushed):
            self.server.add(PUSHER, place, PER)
        pushed_at = self.server.read().taken
        self._play(first)
        self.stamp("a")
        self.backup = self.server.copy()
        if is_read:
            self._play(second)
        taken = self.server.read()
        self.base, self.seen = taken.annotation, seen_of(taken, pushed_at, is_read)
        self.stamp("b")
        self.own = [
            SyncStamp(id=name, sync="", at=at)
            for name, at in zip("ab", (self.backup.clock, self.server.clock), strict=True)
            for at in (time(at),)
        ]

    def stamp(self, name: str) -> None:
        self.server.now()
        self.server.stamps = (*self.server.stamps, name)

    def _play(self, acts: list) -> None:
        for name, *values in acts:
            getattr(self.server, name)(*values)

    def happen(self, events: list) -> None:
        for name, *values in events:
            values = [self.backup] if name == "restore" else values
            getattr(self.server, name)(*values)

    def judge(self):
        theirs = self.server.read()
        judgement = judge(self.base, self.seen, theirs, state_of(self.server, self.own))
        return theirs, judgement


stories = st.builds(
    Story,
    st.sets(places),
    st.just([]),
    st.lists(people, max_size=4),
    st.booleans(),
)


def differences(one: Annotation, other: Annotation) -> set:
    return {("span", key) for key in {s.key for s in one.spans} ^ {s.key for s in other.spans}}


@given(stories, st.lists(st.one_of(people, changes), max_size=6))
def test_every_difference_is_judged_once_and_the_base_has_all_but_the_acts(story, events):
    story.happen(events)
    theirs, judgement = story.judge()
    judged = [*judgement.acts, *(each.item for each in judgement.changes), *judgement.doubtful]
    assert len(judged) == len(set(judged))
    assert set(judged) == differences(story.base, theirs.annotation)
    assert differences(judgement.base, theirs.annotation) == judgement.acts


@given(stories, st.lists(changes, max_size=4))
def test_what_no_person_did_never_changes_the_gold(story, events):
    story.happen(events)
    theirs, judgement = story.judge()
    assert judgement.acts == frozenset()
    merged = merge(judgement.base, story.base, theirs.annotation)
    assert merged.annotation.content == story.base.content
    assert merged.conflicts == ()


@given(stories, st.lists(people, max_size=6))
def test_without_server_changes_every_difference_is_an_act(story, events):
    story.happen(events)
    theirs, judgement = story.judge()
    assert judgement.acts == differences(story.base, theirs.annotation)
    assert (judgement.changes, judgement.doubtful) == ((), frozenset())


@given(stories, st.lists(people, min_size=1, max_size=4))
def test_what_people_wrote_after_a_backup_was_restored_is_an_act(story, events):
    story.happen([("restore",)])
    restored = story.server.read().rows
    assert restored is not None
    story.happen(events)
    theirs, judgement = story.judge()
    assert theirs.rows is not None
    old = {row for _, row in restored.spans}
    written = {("span", key) for key, row in theirs.rows.spans if row not in old}
    assert written & differences(story.base, theirs.annotation) <= judgement.acts
    # Nothing that was on the server at the backup is held for a person's later mark.
    unwritten = {("span", key) for key, row in theirs.rows.spans if row in old}
    assert not judgement.acts & unwritten


@given(stories, st.lists(changes, max_size=2), st.lists(people, max_size=3))
def test_acts_that_are_not_taken_yet_stay_acts(story, events, acts):
    """Nobody confirmed the document: what the server did is taken into the base, acts wait."""
    story.happen(events)
    story.happen(acts)
    theirs, first = story.judge()
    assert theirs.rows is not None
    rows = settled_rows(story.seen.rows, theirs.rows, first)
    story.base, story.seen = first.base, msgspec.structs.replace(story.seen, rows=rows)
    story.stamp("c")
    story.own = [*story.own, SyncStamp(id="c", sync="", at=time(story.server.clock))]
    _, second = story.judge()
    assert second.acts == first.acts
    assert (second.changes, second.doubtful) == ((), frozenset())


ROW = RemoteRow(7, ANNA, PER, time(100), time(100))
SPAN = Span(0, 4, "PER")
NOTHING = Annotation(document="d", layer="remote")
ONE = msgspec.structs.replace(NOTHING, spans=(SPAN,))
LIVING = {PUSHER: "admin", ANNA: "anna", BELA: "bela"}


def removed(server: ServerEvidence, **confirmed: str) -> str:
    """How a span is judged that is gone, in a word."""
    seen = LastSeen(taken=time(200), rows=RemoteRows(spans=((SPAN.key, ROW),)), pushed=time(10))
    theirs = Attribution(annotation=NOTHING, rows=RemoteRows(), **confirmed)
    judgement = judge(ONE, seen, theirs, server)
    if judgement.acts:
        return "act"
    return "doubtful" if judgement.doubtful else judgement.changes[0].code


CONFIRMED = {"confirmed_by": "bela", "confirmed_time": time(300)}


@pytest.mark.parametrize(
    ("where", "unconfirmed", "confirmed"),
    [
        (Timeline(kind="same", since=time(250)), "act", "act"),
        (Timeline(kind="same", since=time(150)), "doubtful", "act"),
        (Timeline(), "doubtful", "act"),
        (Timeline(kind="back", since=time(50), until=time(90)), *["remote.went-back"] * 2),
        (Timeline(kind="back", since=time(50), until=time(150)), "remote.went-back", "doubtful"),
        (Timeline(kind="back", since=time(150), until=time(190)), "doubtful", "act"),
    ],
)
def test_a_span_that_is_gone(where, unconfirmed, confirmed):
    server = ServerEvidence(timeline=where, accounts=LIVING, label_types=TYPES)
    assert removed(server) == unconfirmed
    assert removed(server, **CONFIRMED) == confirmed
    # An account or a label type that the backup lacks may be newer than it, like the row itself.
    newer = where.kind == "back" and where.since < time(100)
    without_anna = msgspec.structs.replace(server, accounts={PUSHER: "admin"})
    gone = "remote.went-back" if newer else "remote.account-gone"
    assert removed(without_anna, **CONFIRMED) == gone
    without_type = msgspec.structs.replace(server, label_types={"span": {LOC: "LOC"}})
    gone = "remote.went-back" if newer else "remote.label-type-gone"
    assert removed(without_type, **CONFIRMED) == gone


def test_an_id_given_again_proves_that_the_backup_lacked_the_row():
    server = ServerEvidence(
        timeline=Timeline(kind="back", since=time(50), until=time(150)), accounts=LIVING
    )
    seen = LastSeen(taken=time(200), rows=RemoteRows(spans=((SPAN.key, ROW),)))
    other = Span(10, 14, "LOC")
    row = RemoteRow(7, BELA, LOC, time(260), time(260))
    theirs = Attribution(
        annotation=msgspec.structs.replace(NOTHING, spans=(other,)),
        rows=RemoteRows(spans=((other.key, row),)),
        **CONFIRMED,
    )
    judgement = judge(ONE, seen, theirs, server)
    assert [change.code for change in judgement.changes] == ["remote.went-back"]
    assert judgement.acts == {("span", other.key)}


def test_a_clock_that_went_back_proves_nothing_where_the_stamp_does_not():
    known = ServerEvidence(
        timeline=Timeline(kind="same", since=time(250)), accounts=LIVING, clock_went_back=True
    )
    assert removed(known) == "act"
    unknown = msgspec.structs.replace(known, timeline=Timeline())
    assert removed(unknown, **CONFIRMED) == "doubtful"


@pytest.mark.parametrize(
    ("there", "kind", "since"),
    [
        ((), "unknown", ""),
        (("x",), "unknown", ""),
        (("a",), "back", time(1)),
        (("a", "b"), "same", time(2)),
        (("a", "b", "x"), "same", time(2)),
        (("a", "b", "c"), "same", time(3)),
        (("c",), "same", time(3)),
    ],
)
def test_the_timeline_by_stamps_of_which_the_last_was_not_answered(there, kind, since):
    own = [
        SyncStamp(id="a", sync="", at=time(1)),
        SyncStamp(id="b", sync="", at=time(2)),
        SyncStamp(id="c", sync="", at=time(3), pending=True),
    ]
    known = timeline(own, there)
    assert (known.kind, known.since) == (kind, since)


def test_relations_and_categories_are_judged_like_spans():
    tail = Span(5, 9, "PER")
    arrow, topic = Relation(SPAN.key, tail.key, "knows"), Category("sport")
    base = msgspec.structs.replace(
        NOTHING, spans=(SPAN, tail), relations=(arrow,), categories=(topic,)
    )
    own = msgspec.structs.replace(ROW, id=8, user=BELA)
    seen = LastSeen(
        taken=time(200),
        rows=RemoteRows(
            spans=((SPAN.key, ROW), (tail.key, own)),
            relations=((arrow.key, own),),
            categories=((topic.key, ROW),),
        ),
    )
    # The account of anna is deleted: her span, her category, and the relation to her span go.
    theirs = Attribution(
        annotation=msgspec.structs.replace(NOTHING, spans=(tail,)),
        rows=RemoteRows(spans=((tail.key, own),)),
        **CONFIRMED,
    )
    server = ServerEvidence(
        timeline=Timeline(kind="same", since=time(250)), accounts={BELA: "bela"}
    )
    judgement = judge(base, seen, theirs, server)
    assert {change.code for change in judgement.changes} == {"remote.account-gone"}
    assert len(judgement.changes) == 3
    assert judgement.base.content == theirs.annotation.content
    # Anna's span is moved by a person: the relation follows, which is an act too.
    moved = Span(0, 3, "PER")
    followed = Relation(moved.key, tail.key, "knows")
    written = msgspec.structs.replace(ROW, updated=time(260))
    theirs = Attribution(
        annotation=msgspec.structs.replace(
            base, spans=(moved, tail), relations=(followed,)
        ).sorted(),
        rows=RemoteRows(
            spans=((moved.key, written), (tail.key, own)),
            relations=((followed.key, own),),
            categories=((topic.key, ROW),),
        ),
    )
    living = msgspec.structs.replace(server, accounts=LIVING)
    assert len(judge(base, seen, theirs, living).acts) == 4
    assert judge(base, seen, theirs, living).base == base


@pytest.mark.parametrize(
    ("updated", "taken"), [(time(100), False), (time(300), True)], ids=["older", "newer"]
)
def test_without_a_base_only_what_is_newer_than_the_gold_is_taken(updated, taken):
    gold = msgspec.structs.replace(NOTHING, spans=(SPAN,))
    other = Span(10, 14, "LOC")
    row = RemoteRow(9, BELA, LOC, time(100), updated)
    theirs = Attribution(
        annotation=msgspec.structs.replace(NOTHING, spans=(other,)),
        rows=RemoteRows(spans=((other.key, row),)),
        confirmed_by="bela",
        confirmed_time=updated,
    )
    judgement = judge_without_base(gold, time(200), theirs, ServerEvidence(accounts=LIVING))
    assert judgement.acts == ({("span", other.key)} if taken else set())
    # What the gold has beyond is never dropped; if somebody confirmed since, it is asked about.
    assert judgement.doubtful == ({("span", SPAN.key)} if taken else set())
    merged = merge(judgement.base, gold, theirs.annotation)
    assert SPAN in merged.annotation.spans
    conflicts = doubtful_conflicts(judgement.doubtful, gold, gold, theirs.annotation)
    assert [conflict.kind for conflict in conflicts] == (["delete-edit"] if taken else [])


def test_a_doubtful_place_that_the_gold_has_given_up_is_no_conflict():
    assert doubtful_conflicts({("span", SPAN.key)}, ONE, NOTHING, NOTHING) == ()
    (conflict,) = doubtful_conflicts({("span", SPAN.key)}, ONE, ONE, NOTHING)
    assert (conflict.kind, conflict.ours, conflict.theirs) == ("delete-edit", (SPAN,), ())
