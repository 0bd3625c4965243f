"""A push in several files on the real server, and one that breaks in the middle."""

from __future__ import annotations

import pytest
from support.sync_corpus import TEXT, propose

from curate.doccano.remote import DoccanoRemote
from curate.errors import RemoteError
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def waiting(new_workspace, people, monkeypatch) -> Workspace:
    """A workspace with 25 documents to push, in files of 10."""
    monkeypatch.setattr("curate.sync.push.BATCH", 10)
    workspace = new_workspace()
    for number in range(25):
        propose(workspace, f"{TEXT} {number}.", (0, 11, "PER"))
    return workspace


def steps(workspace: Workspace) -> list[tuple[str, bool]]:
    with workspace.store.begin() as tx:
        return [(step.detail, bool(step.finished)) for step in tx.steps() if step.step == "push"]


def test_documents_go_in_files_in_order_and_are_read_back(waiting, admin):
    outcome = waiting.sync().outcome
    assert (outcome.pushed, outcome.problems) == (25, ())
    told = steps(waiting)
    assert [detail.split(" and ")[1] for detail, _ in told] == ["9 more", "9 more", "4 more"]
    assert all(finished for _, finished in told)
    assert waiting.status().states == {"pushed": 25}


def test_after_a_broken_file_only_what_is_missing_is_sent(waiting):
    sent: list[int] = []
    push = DoccanoRemote.push

    def broken(self, batch):
        if len(sent) == 1:
            raise RemoteError("the line is cut", "again")
        sent.append(len(batch))
        push(self, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DoccanoRemote, "push", broken)
        with pytest.raises(RemoteError, match="cut"):
            waiting.sync()
    assert [finished for _, finished in steps(waiting)] == [True, False]
    assert waiting.status().states == {"local": 15, "pushed": 10}
    assert waiting.sync().outcome.pushed == 15
    assert waiting.status().states == {"pushed": 25}
