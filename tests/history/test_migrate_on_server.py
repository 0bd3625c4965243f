"""A schema that gets a new version while people annotate under the old one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.sync_corpus import gold, past, project_of, propose, spans_there

from curate.doccano.remote import DoccanoRemote
from curate.errors import RemoteError
from curate.history.migrate import migrate
from curate.sync.run import preview_sync, sync
from curate.sync.status import status
from curate.workspace import Workspace

pytestmark = pytest.mark.server

TEXT = "Les Kurdes de Syrie ont fêté Newroz à Afrin après la guerre."
KURDES, SYRIE, NEWROZ, AFRIN = (4, 10), (14, 19), (29, 35), (38, 43)
GUERRE = (53, 59)
MIGRATION = """
schema: news-fr
from: 1.0.0
to: 2.0.0
steps:
  - rename: NORP
    to: GROUP
  - merge: [DATE, EVENT]
    to: EVENT
  - split: MISC
    into:
      - {label: EVENT, match: guerre}
    rest: MISC
"""


def migrated(workspace: Workspace) -> Workspace:
    """The workspace with a schema 2.0.0 in which NORP is GROUP, and there is no DATE."""
    path = workspace.root / "schemas" / "news-fr.yaml"
    text = path.read_text("utf-8").replace("version: 1.0.0", "version: 2.0.0", 1)
    head, _, labels = text.partition("\nlabels:\n")
    kept = [part for part in labels.split("\n  - name: ") if not part.startswith("DATE")]
    labels = "\n  - name: ".join(kept).replace("NORP", "GROUP").replace(": DATE", ": EVENT")
    path.write_text(f"{head}\nlabels:\n{labels}", encoding="utf-8")
    folder = workspace.root / "schemas" / "migrations"
    folder.mkdir()
    (folder / "2.0.0.yaml").write_text(MIGRATION, encoding="utf-8")
    return Workspace(workspace.root)


def test_annotations_follow_their_labels_and_unpulled_work_is_kept(
    new_workspace: Callable[..., Workspace], at_work, admin
):
    workspace = new_workspace()
    done = propose(workspace, TEXT, (*KURDES, "NORP"), (*NEWROZ, "DATE"), (*GUERRE, "MISC"))
    open_ = propose(workspace, TEXT + " Oui.", (*KURDES, "NORP"), (*AFRIN, "LOC"))
    sync(workspace)
    anna = at_work(workspace)
    number = {row["meta"]["curate_id"]: row["id"] for row in anna.examples()}
    anna.confirm(number[done])
    sync(workspace)
    anna.add(number[open_], *NEWROZ, "DATE")  # in flight, under a name that will be no more

    workspace = migrated(workspace)
    assert migrate(workspace).revisions == 1
    ahead = preview_sync(workspace).project
    first = sync(workspace).outcome
    assert sorted(first.project) == sorted(map(past, ahead))
    assert first.problems == ()
    assert "renamed label NORP to GROUP" in first.project
    assert "retired label DATE" in first.project
    assert (first.pulled, first.carried) == (0, 0)
    assert spans_there(admin, workspace, number[done]) == [
        (*KURDES, "GROUP"),
        (*NEWROZ, "EVENT"),
        (*GUERRE, "EVENT"),
    ]
    assert spans_there(admin, workspace, number[open_]) == [
        (*KURDES, "GROUP"),
        (*NEWROZ, "EVENT"),
        (*AFRIN, "LOC"),
    ]
    types = {
        row["text"]: row for row in admin.get(f"{project_of(admin, workspace)}/span-types").json()
    }
    assert (types["DATE"]["suffix_key"], types["DATE"]["background_color"]) == (None, "#9e9e9e")
    assert "NORP" not in types
    guideline = admin.get(project_of(admin, workspace)).json()["guideline"]
    assert guideline.strip().endswith("*news-fr@2.0.0*")

    # Somebody uses the old label once more, and confirms.
    late = at_work(workspace)
    late.add(number[open_], *SYRIE, "DATE")
    late.confirm(number[open_])
    second = sync(workspace).outcome
    assert (second.pulled, second.problems) == (1, ())
    assert {key[:2]: key[2] for key in gold(workspace, open_)} == {
        KURDES: "GROUP",
        NEWROZ: "EVENT",
        AFRIN: "LOC",
        SYRIE: "EVENT",
    }
    assert gold(workspace, open_)[*SYRIE, "EVENT"] == "annotator:anna"
    with workspace.store.begin() as tx:
        assert {r.schema for r in tx.revisions(done)} == {"news-fr@1.0.0", "news-fr@2.0.0"}
    third = sync(workspace).outcome
    assert (third.project, third.pulled, third.carried, third.revisions) == ((), 0, 0, 0)
    assert status(workspace).states == {"gold": 2}


@pytest.mark.slow
def test_an_interrupted_migration_is_completed(new_workspace, at_work, admin, monkeypatch):
    workspace = new_workspace()
    keys = [
        propose(workspace, f"{TEXT} {n}", (*KURDES, "NORP"), (*GUERRE, "MISC")) for n in range(3)
    ]
    sync(workspace)
    workspace = migrated(workspace)
    migrate(workspace)

    update_example, calls = DoccanoRemote.update_example, []

    def breaks(self, example, wanted):
        calls.append(example)
        if len(calls) == 2:
            raise RemoteError("the connection broke", "run the command again")
        update_example(self, example, wanted)

    with monkeypatch.context() as patch:
        patch.setattr(DoccanoRemote, "update_example", breaks)
        with pytest.raises(RemoteError, match="broke"):
            sync(workspace)
    assert "@1.0.0" in admin.get(project_of(admin, workspace)).json()["guideline"]
    assert sync(workspace).outcome.problems == ()
    rows = {row["meta"]["curate_id"]: row["id"] for row in at_work(workspace).examples()}
    for key in keys:
        wanted = [(*KURDES, "GROUP"), (*GUERRE, "EVENT")]
        assert spans_there(admin, workspace, rows[key]) == wanted
    assert status(workspace).states == {"pushed": 3}
