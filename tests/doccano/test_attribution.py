"""Who did what in many examples at once, on the real server."""

from __future__ import annotations

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


def gathered(workspace: Workspace, numbers: list[int], **values) -> list[Attribution | None]:
    """What is answered for examples of which the last look said ``values``."""
    (target,) = connect_projects(workspace, lambda: None)
    with workspace.store.begin() as tx:
        marker = target.project.marker
        known = [tx.tracked(marker, key) for key in tx.document_ids()]
    bases = {state.example: state.base for state in known if state}
    asked = [ExampleQuery(example=number, base=bases[number], **values) for number in numbers]
    return list(target.project.attributions(asked, len(asked)))


def test_answers_come_in_the_order_asked_with_comments(synced, at_work, people):
    anna = at_work(synced)
    numbers = [row["id"] for row in anna.examples()]
    for number in numbers[::2]:
        anna.confirm(number)
    where = f"{anna.resource}/comments"
    people["bela"].post(where, params={"example": numbers[4]}, json={"text": "Lequel ?"})
    anna.add(numbers[6], *KIEV)
    found = gathered(synced, numbers[1::2])
    assert [each.confirmed_by for each in found if each] == [""] * 15
    found = gathered(synced, numbers[::2], confirmed=True)
    assert [each.confirmed_by for each in found if each] == ["anna"] * 15
    said = {n: each.comments for n, each in zip(numbers[::2], found, strict=True) if each}
    assert [(c.by, c.text) for c in said.pop(numbers[4])] == [("bela", "Lequel ?")]
    assert set(said.values()) == {()}
    changed = {n: len(each.annotation.spans) for n, each in zip(numbers[::2], found, strict=True)}
    assert changed.pop(numbers[6]) == 2
    assert set(changed.values()) == {1}


def test_what_is_gone_or_not_confirmed_any_more_is_left_for_the_next_look(synced, at_work, admin):
    anna = at_work(synced)
    kept, unconfirmed, gone = (row["id"] for row in anna.examples()[:3])
    anna.confirm(kept)
    admin.delete(f"{anna.resource}/examples/{gone}")
    three = [kept, unconfirmed, gone]
    for changed in (True, False):
        found = gathered(synced, three, confirmed=True, changed=changed)
        assert [each is not None for each in found] == [True, False, False]
    assert gathered(synced, [gone], confirmed=False) == [None]


def test_a_document_unconfirmed_in_the_middle_of_a_sync_is_not_gold(synced, at_work):
    """The plan saw it confirmed; when its confirmer is asked for, the confirmation is gone."""
    anna = at_work(synced)
    first, second = (row["id"] for row in anna.examples()[:2])
    anna.confirm(first)
    anna.confirm(second)
    ask = DoccanoRemote.attributions

    def late(self, asked, count):
        anna.confirm(first)
        return ask(self, asked, count)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DoccanoRemote, "attributions", late)
        assert sync(synced).outcome.pulled == 1
    assert status(synced).states == {"gold": 1, "pushed": 29}


def test_one_listing_is_of_the_fewer_and_tells_the_same(synced, at_work):
    anna = at_work(synced)
    numbers = [row["id"] for row in anna.examples()]
    seen: dict[int, set[int]] = {}
    for count in (1, 29, 30):
        for number in numbers[len(set().union(*seen.values())) : count]:
            anna.confirm(number)
        (target,) = connect_projects(synced, lambda: None)
        seen[count] = {each.example for each in target.project.snapshot() if each.confirmed}
    assert seen == {count: set(numbers[:count]) for count in (1, 29, 30)}


def test_a_base_is_taken_as_it_is_where_nothing_changed(synced, at_work):
    anna = at_work(synced)
    number = anna.examples()[0]["id"]
    anna.confirm(number)
    (full,) = gathered(synced, [number], confirmed=True)
    (quick,) = gathered(synced, [number], confirmed=True, changed=False)
    assert full is not None
    assert quick == full
    assert [span.by for span in quick.annotation.spans] == ["model:test@1"]
