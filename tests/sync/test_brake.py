"""The brake: how losses of gold are counted, and that a sync stops before it pulls too many."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cli import run_command
from support.sync_corpus import gold, planned, propose

from curate.model import Annotation, Span
from curate.sync.brake import (
    CORPUS_SPANS,
    LABEL_SPANS,
    is_too_much,
    lost_spans,
    may_be_too_much,
)
from curate.sync.run import sync
from curate.sync.status import status

LABELS = st.sampled_from(["PER", "LOC", "ORG"])
COUNTS = st.dictionaries(LABELS, st.integers(0, 300))


def annotation(*spans: tuple[int, int, str]) -> Annotation:
    return Annotation(document="d", layer="gold", spans=tuple(Span(*span) for span in spans))


def test_a_moved_span_is_not_lost():
    before = annotation((0, 5, "PER"), (10, 15, "LOC"), (20, 25, "ORG"), (30, 35, "PER"))
    after = annotation((0, 7, "PER"), (10, 15, "ORG"), (21, 25, "LOC"), (40, 45, "PER"))
    lost = lost_spans(before, after)
    assert sorted(old.label for old, _ in lost) == ["LOC", "ORG", "PER"]
    assert sorted(new.label for _, new in lost if new) == ["LOC", "ORG"]


@given(
    st.sets(st.tuples(st.integers(0, 20), LABELS)), st.sets(st.tuples(st.integers(0, 20), LABELS))
)
def test_what_stays_is_not_lost_and_what_goes_is_lost_once(first, second):
    before, after = (
        annotation(*((10 * place, 10 * place + 5, label) for place, label in spans))
        for spans in (first, second)
    )
    lost = [old.key for old, _ in lost_spans(before, after)]
    keys = {span.key for span in before.spans} - {span.key for span in after.spans}
    assert sorted(lost) == sorted(keys)


@given(COUNTS, st.data(), st.floats(0.01, 1))
def test_the_limit(gold, data, limit):
    losses = {label: data.draw(st.integers(0, count)) for label, count in gold.items()}
    total, lost = sum(gold.values()), sum(losses.values())
    emptied = [label for label, count in gold.items() if count >= LABEL_SPANS == 20]
    emptied = [label for label in emptied if losses[label] == gold[label]]
    expected = limit < 1 and (bool(emptied) or (total >= CORPUS_SPANS and lost > limit * total))
    assert is_too_much(losses, gold, limit) == expected
    assert may_be_too_much(losses, limit) or not expected
    assert not is_too_much({}, gold, limit)


TEXT = ("Kiev Rubio " * 110).strip()


def spans() -> list[tuple[int, int, str]]:
    """220 spans: every word."""
    return [
        span
        for start in range(0, len(TEXT), 11)
        for span in ((start, start + 4, "LOC"), (start + 5, start + 10, "PER"))
    ]


@pytest.mark.slow
@pytest.mark.server
def test_a_sync_that_would_take_much_out_of_gold_stops_until_it_is_accepted(
    new_workspace, at_work, admin
):
    workspace = new_workspace()
    key = propose(workspace, TEXT, *spans())
    other = propose(workspace, "Anna habite à Paris.", (0, 4, "PER"))
    sync(workspace)
    anna = at_work(workspace)
    numbers = {row["text"]: row["id"] for row in anna.examples()}
    anna.confirm(numbers[TEXT])
    sync(workspace)
    rows = anna.spans(numbers[TEXT])
    for row in rows[:9]:
        anna.remove(numbers[TEXT], row["id"])
    anna.change(numbers[TEXT], rows[9]["id"], label="ORG")
    anna.change(numbers[TEXT], rows[10]["id"], end_offset=rows[10]["end_offset"] - 1)
    outcome = sync(workspace).outcome  # 10 of 220, and one that moved
    assert (outcome.pulled, outcome.brakes) == (1, ())
    before = gold(workspace, key)

    rows = anna.spans(numbers[TEXT])
    for row in rows[11:22]:
        anna.remove(numbers[TEXT], row["id"])
    anna.change(numbers[TEXT], rows[30]["id"], label="ORG")
    anna.confirm(numbers[TEXT])
    anna.confirm(numbers[TEXT])
    anna.confirm(numbers["Anna habite à Paris."])
    assert "sync.brake" in [problem.code for problem in status(workspace).problems]
    (brake,) = planned(workspace)["plan"]["brakes"]
    assert (brake["spans"], brake["gold"], brake["documents"]) == (12, 211, 1)
    assert brake["people"] == {"anna": 12}
    assert brake["labels"] == dict(Counter(brake["labels"]).most_common())

    stopped = run_command("sync", "--json", root=workspace.root)
    assert stopped.exit_code == 1
    assert stopped.json["outcome"]["brakes"] == [brake]
    assert "pulled" not in stopped.json["outcome"]
    assert gold(workspace, key) == before
    with workspace.store.begin() as tx:
        assert tx.head(other) is None

    taken = run_command("sync", "--accept", "--json", root=workspace.root)
    assert (taken.exit_code, taken.json["outcome"]["pulled"]) == (0, 2)
    assert len(gold(workspace, key)) == 200
    assert sync(workspace).outcome.problems == ()


@pytest.mark.server
@pytest.mark.slow
def test_a_label_that_loses_all_its_spans_stops_a_small_corpus_too(new_workspace, at_work):
    workspace = new_workspace(settings="")
    text = "Kiev " * 20 + "Rubio"
    key = propose(
        workspace, text, *((5 * n, 5 * n + 4, "LOC") for n in range(20)), (100, 105, "PER")
    )
    sync(workspace)
    anna = at_work(workspace)
    (number,) = (row["id"] for row in anna.examples())
    anna.confirm(number)
    sync(workspace)
    for row in anna.spans(number)[:20]:
        anna.change(number, row["id"], label="ORG")
    anna.confirm(number)
    anna.confirm(number)
    outcome = sync(workspace).outcome
    assert [(brake.labels, brake.people) for brake in outcome.brakes] == [
        ({"LOC": 20}, {"anna": 20})
    ]
    path = workspace.root / "curate.toml"
    path.write_text(path.read_text("utf-8").replace("[merge]\n", "[merge]\nbrake = 1\n"), "utf-8")
    assert sync(type(workspace)(workspace.root)).outcome.pulled == 1
    assert [label for *_, label in gold(workspace, key)].count("ORG") == 20
