"""Attribution of many examples at once, on the real server."""

from __future__ import annotations

import msgspec
import pytest
from support.sync_corpus import TEXT, propose

from curate.doccano.remote import DoccanoRemote
from curate.model import Attribution, ExampleQuery
from curate.sync.projects import connect_projects
from curate.sync.run import sync
from curate.sync.status import status
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

TEXTS = [f"{number}. {TEXT}" for number in range(30)]
RUBIO = (3, 14, "PER")
KIEV = (33, 37, "LOC")


@pytest.fixture
def synced(new_workspace, people) -> Workspace:
    workspace = new_workspace()
    for text in TEXTS:
        propose(workspace, text, *([RUBIO] if text[1] == "." else [(4, 15, "PER")]))
    sync(workspace)
    return workspace


def attributions(workspace: Workspace, examples: list[int], **values) -> list[Attribution | None]:
    """The attributions of examples; ``values`` are those of each query."""
    (target,) = connect_projects(workspace, lambda: None)
    with workspace.store.begin() as tx:
        tracked = [tx.tracked(target.project.marker, key) for key in tx.document_ids()]
    bases = {state.example: state.base for state in tracked if state}
    queries = [ExampleQuery(example=number, base=bases[number], **values) for number in examples]
    return list(target.project.attributions(queries, len(queries)))


def test_attributions_come_in_the_order_of_the_queries_with_comments(synced, at_work, people):
    anna = at_work(synced)
    examples = [row["id"] for row in anna.examples()]
    confirmed, unconfirmed = examples[::2], examples[1::2]
    for example in confirmed:
        anna.confirm(example)
    comments = f"{anna.resource}/comments"
    people["bela"].post(comments, params={"example": examples[4]}, json={"text": "Lequel ?"})
    anna.add(examples[6], *KIEV)
    answers = attributions(synced, unconfirmed)
    assert [answer.confirmed_by for answer in answers if answer] == [""] * 15
    answers = attributions(synced, confirmed, confirmed=True)
    by_example = {example: a for example, a in zip(confirmed, answers, strict=True) if a}
    assert [a.confirmed_by for a in by_example.values()] == ["anna"] * 15
    with_comments = {example: a.comments for example, a in by_example.items() if a.comments}
    assert list(with_comments) == [examples[4]]
    assert [(c.by, c.text) for c in with_comments[examples[4]]] == [("bela", "Lequel ?")]
    spans = {example: len(a.annotation.spans) for example, a in by_example.items()}
    assert spans == {example: 2 if example == examples[6] else 1 for example in confirmed}


def test_an_example_that_is_gone_or_no_longer_confirmed_has_no_attribution(synced, at_work, admin):
    anna = at_work(synced)
    kept, unconfirmed, gone = (row["id"] for row in anna.examples()[:3])
    anna.confirm(kept)
    admin.delete(f"{anna.resource}/examples/{gone}")
    examples = [kept, unconfirmed, gone]
    for changed in (True, False):
        answers = attributions(synced, examples, confirmed=True, changed=changed)
        assert [answer is not None for answer in answers] == [True, False, False]
    assert attributions(synced, [gone], confirmed=False) == [None]


def test_a_document_unconfirmed_in_the_middle_of_a_sync_is_not_gold(synced, at_work):
    """The plan saw it confirmed; when its confirmer is asked for, the confirmation is gone."""
    anna = at_work(synced)
    first, second = (row["id"] for row in anna.examples()[:2])
    anna.confirm(first)
    anna.confirm(second)
    read = DoccanoRemote.attributions

    def unconfirm_first(self, queries, count):
        anna.confirm(first)
        return read(self, queries, count)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DoccanoRemote, "attributions", unconfirm_first)
        assert sync(synced).outcome.pulled == 1
    assert status(synced).states == {"gold": 1, "pushed": 29}


def test_confirmed_examples_are_seen_whichever_are_listed(synced, at_work):
    """The confirmed or the others are listed, whichever are fewer."""
    anna = at_work(synced)
    examples = [row["id"] for row in anna.examples()]
    confirmed = 0
    for count in (1, 29, 30):
        for example in examples[confirmed:count]:
            anna.confirm(example)
        confirmed = count
        (target,) = connect_projects(synced, lambda: None)
        seen = {example.example for example in target.project.snapshot() if example.confirmed}
        assert seen == set(examples[:count])


def test_a_base_that_did_not_change_is_taken_as_it_is(synced, at_work):
    anna = at_work(synced)
    example = anna.examples()[0]["id"]
    anna.confirm(example)
    (full,) = attributions(synced, [example], confirmed=True)
    (quick,) = attributions(synced, [example], confirmed=True, changed=False)
    assert full is not None
    assert quick.rows is None  # they were not read
    assert msgspec.structs.replace(quick, rows=full.rows, taken=full.taken) == full
    assert [span.by for span in quick.annotation.spans] == ["model:test@1"]
