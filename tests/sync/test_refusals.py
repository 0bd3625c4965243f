"""A document that the server refuses stops only itself."""

from __future__ import annotations

import pytest
from support.cli import run_command
from support.http_server import Answer, Request, relay, serving
from support.sync_corpus import TEXT, edit_gold, gold, propose, spans_there

from curate.doccano.credentials import URL
from curate.sync.run import sync

pytestmark = [pytest.mark.server, pytest.mark.slow]

RUBIO = (0, 11, "PER")
MARCO = (0, 5, "PER")
KIEV = (30, 34, "LOC")
ANNA = (0, 4, "PER")
OTHER = "Anna habite à Paris."
THIRD = "Boris habite à Kiev."


@pytest.mark.parametrize("refused", [(RUBIO, MARCO), (RUBIO, (19, 26, "UNKNOWN"))])
def test_updates_and_pulls_go_on_without_a_refused_document(new_workspace, at_work, admin, refused):
    """Spans that overlap in a project that forbids it, and a label that the project lacks."""
    workspace = new_workspace()
    keys = [propose(workspace, text) for text in (TEXT, OTHER, THIRD)]
    sync(workspace)
    anna = at_work(workspace)
    examples = {row["text"]: row["id"] for row in anna.examples()}
    for text in (TEXT, OTHER):
        anna.confirm(examples[text])
    sync(workspace)
    edit_gold(workspace, keys[0], *refused)
    edit_gold(workspace, keys[1], ANNA)
    anna.confirm(examples[THIRD])

    result = run_command("sync", "--json", root=workspace.root)
    outcome = result.json["outcome"]
    assert result.exit_code == 1
    assert [(p["code"], p["document"]) for p in outcome["problems"]] == [
        ("remote.refused", keys[0])
    ]
    assert (outcome["carried"], outcome["pulled"]) == (1, 1)
    assert spans_there(admin, workspace, examples[OTHER]) == [ANNA]
    assert set(gold(workspace, keys[0])) == {*refused}

    again = sync(workspace).outcome  # it is tried again
    assert [problem.code for problem in again.problems] == ["remote.refused"]
    edit_gold(workspace, keys[0], RUBIO, KIEV)
    mended = sync(workspace).outcome
    assert (mended.problems, mended.carried) == ((), 1)
    assert spans_there(admin, workspace, examples[TEXT]) == [RUBIO, KIEV]


def test_what_people_do_to_a_refused_document_is_merged(new_workspace, at_work, admin):
    workspace = new_workspace()
    key = propose(workspace, TEXT)
    sync(workspace)
    anna = at_work(workspace)
    (number,) = (row["id"] for row in anna.examples())
    anna.confirm(number)
    sync(workspace)
    edit_gold(workspace, key, RUBIO, MARCO)
    sync(workspace)
    assert spans_there(admin, workspace, number) == []
    anna.add(number, *KIEV)
    outcome = sync(workspace).outcome
    assert outcome.pulled == 1
    assert set(gold(workspace, key)) == {RUBIO, MARCO, KIEV}


def test_an_interrupted_update_does_not_keep_a_person_s_work_out(new_workspace, at_work):
    workspace = new_workspace()
    key = propose(workspace, TEXT, RUBIO)
    sync(workspace)
    anna = at_work(workspace)
    (number,) = (row["id"] for row in anna.examples())
    anna.confirm(number)
    sync(workspace)
    edit_gold(workspace, key, RUBIO, (19, 26, "LOC"))
    with workspace.store.begin() as tx:
        tx.start_step("died", "update", key, "2026-01-01T00:00:00Z")
    anna.add(number, *KIEV)
    sync(workspace)
    sync(workspace)
    assert set(gold(workspace, key)) == {RUBIO, (19, 26, "LOC"), KIEV}


def test_a_document_that_cannot_be_read_stops_no_other_pull(
    new_workspace, at_work, admin, monkeypatch
):
    """A filter before the server refuses what it does not like in one document."""
    workspace = new_workspace()
    keys = {text: propose(workspace, text) for text in (OTHER, THIRD)}
    sync(workspace)
    anna = at_work(workspace)
    examples = {row["text"]: row["id"] for row in anna.examples()}
    for text in (OTHER, THIRD):
        anna.confirm(examples[text])

    def rule(request: Request) -> Answer | None:
        filtered = request.path.endswith(f"/examples/{examples[OTHER]}/states") or (
            f"/examples/{examples[OTHER]}/states?" in request.path
        )
        return Answer(400, b"{}", {"Content-Type": "application/json"}) if filtered else None

    with serving(relay(admin.url, rule)) as (url, _), monkeypatch.context() as context:
        context.setenv(URL, url)
        outcome = sync(workspace).outcome
    assert [(p.code, p.document) for p in outcome.problems] == [("remote.refused", keys[OTHER])]
    assert outcome.pulled == 1
    outcome = sync(workspace).outcome
    assert (outcome.pulled, outcome.problems) == (1, ())
