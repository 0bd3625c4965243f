"""Several projects with one marker: from a late request, or from Doccano's clone button."""

from __future__ import annotations

import msgspec
import pytest
from support.sync_corpus import TEXT, propose

from curate.doccano.project import description
from curate.sync.run import preview_sync, sync

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def synced(new_workspace, people):
    """A workspace with one document pushed."""
    workspace = new_workspace()
    propose(workspace, TEXT, (0, 11, "PER"))
    sync(workspace)
    return workspace


def project_ids(admin, workspace) -> list[int]:
    rows = admin.pages("projects")
    return sorted(row["id"] for row in rows if row["name"].startswith(workspace.config.project))


def make_again(admin, workspace) -> int:
    """Make the project again, as a request does that arrives late; returns its id."""
    with workspace.store.begin() as tx:
        (remote,) = tx.remotes()
    body = {
        "name": workspace.config.project,
        "description": description(remote.marker),
        "project_type": "SequenceLabeling",
        "resourcetype": "SequenceLabelingProject",
        "collaborative_annotation": True,
    }
    return int(admin.post("projects", json=body).json()["id"])


def test_an_empty_second_project_is_removed(synced, admin):
    (first,) = project_ids(admin, synced)
    second = make_again(admin, synced)
    duplicate = f"project {second}, an empty second one with the same marker"
    assert preview_sync(synced).project == (f"remove {duplicate}",)
    assert project_ids(admin, synced) == [first, second]
    outcome = sync(synced).outcome
    assert (outcome.project, outcome.pushed, outcome.problems) == ((f"removed {duplicate}",), 0, ())
    assert project_ids(admin, synced) == [first]
    assert sync(synced).outcome.project == ()


def test_a_new_store_uses_the_project_that_holds_documents_even_if_it_is_younger(synced, admin):
    """A store that synced before uses the project whose number it has."""
    (first,) = project_ids(admin, synced)
    with synced.store.begin() as tx:
        (remote,) = tx.remotes()
        tx.put_remote(msgspec.structs.replace(remote, project=None))
    admin.delete(f"projects/{first}/examples", json={"ids": []})
    second = make_again(admin, synced)
    admin.post(f"projects/{second}/examples", json={"text": "Ein Satz."})
    outcome = sync(synced).outcome
    assert project_ids(admin, synced) == [second]
    assert "remote.foreign" in [problem.code for problem in outcome.problems]


def test_a_clone_with_documents_is_not_touched_but_reported(synced, admin):
    (first,) = project_ids(admin, synced)
    clone = int(admin.post(f"projects/{first}/clone").json()["id"])
    outcome = sync(synced).outcome
    (problem,) = outcome.problems
    assert problem.code == "remote.project"
    assert f"project {clone}" in problem.message and f"project {first}" in problem.message
    assert project_ids(admin, synced) == [first, clone]
    assert (outcome.pushed, outcome.pulled) == (0, 0)
