"""How often a sync asks the server: each thing once."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from support.http_server import Request, relay, serving
from support.sync_corpus import TEXT, propose

from curate.doccano.credentials import URL
from curate.sync.run import sync

pytestmark = pytest.mark.server

RUBIO = (0, 11, "PER")


def kinds(requests: list[Request]) -> Counter[str]:
    """The requests without ids and queries; polls of the server's task, of any number, as one."""
    counts: Counter[str] = Counter()
    for request in requests:
        path = re.sub(r"\d+", "N", request.path.partition("?")[0].removeprefix("/v1/"))
        counts[f"{request.method} {path}"] += 1
    polls = [kind for kind in counts if "tasks/status" in kind]
    for kind in polls:
        del counts[kind]
    if polls:
        counts["GET tasks/status"] = 1
    return counts


def test_a_sync_with_nothing_to_do_asks_for_each_thing_once(new_workspace, at_work, monkeypatch):
    workspace = new_workspace()
    propose(workspace, TEXT, RUBIO)
    propose(workspace, f"{TEXT} Oui.", RUBIO)
    sync(workspace)
    anna = at_work(workspace)
    anna.confirm(anna.examples()[0]["id"])
    sync(workspace)
    with serving(relay(anna.session.url, lambda request: None)) as (url, requests):
        monkeypatch.setenv(URL, url)
        outcome = sync(workspace).outcome
        assert (outcome.pushed, outcome.pulled, outcome.project) == (0, 0, ())
    assert kinds(requests) == {
        "POST auth/login/": 1,
        "GET me": 1,
        "GET projects": 1,
        "GET projects/N/span-types": 1,
        "GET users": 1,
        "GET projects/N/members": 1,
        "POST projects/N/download": 1,
        "GET tasks/status": 1,
        "GET projects/N/download": 1,
        "GET projects/N/metrics/progress": 1,
        "GET projects/N/examples": 2,  # those that are confirmed, and the newest
    }
    queries = [request.path for request in requests if "/examples?" in request.path]
    assert [("confirmed=" in query, "ordering=" in query) for query in queries] == [
        (True, False),
        (False, True),
    ]


def test_a_change_of_the_label_types_is_seen_after_it_was_made(new_workspace, at_work, admin):
    """What was listed before a sync set the project right is not taken for what is there then."""
    workspace = new_workspace()
    propose(workspace, TEXT, RUBIO)
    sync(workspace)
    project = at_work(workspace).resource
    row = next(r for r in admin.get(f"{project}/span-types").json() if r["text"] == "LOC")
    admin.delete(f"{project}/span-types/{row['id']}")
    made = sync(workspace).outcome.project
    assert any("LOC" in change for change in made)
    rows = admin.get(f"{project}/span-types").json()
    with workspace.store.begin() as tx:
        (remote,) = tx.remotes()
        known = tx.remote_state(remote.marker).label_types["span"]
    assert known == {each["id"]: each["text"] for each in rows}
    assert sync(workspace).outcome.server_changes == ()
