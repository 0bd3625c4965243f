"""Campaigns of other tools: documents once, a layer for each person, decisions as gold."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import msgspec
import pytest
from support import campaigns
from support.campaigns import TEXTS

from curate.formats.reading import ReadOptions
from curate.ingest.campaign import import_campaign
from curate.ingest.campaign_files import CampaignOptions
from curate.layers import annotator_layer
from curate.schema import load
from curate.util import jsonl
from curate.workspace import Workspace

NOW = "2026-04-01T00:00:00Z"
PEOPLE = {f"{name}@example.org": name for name in campaigns.WORK}
READING = ReadOptions(labels={"person": "PER", "place": "LOC"})


@pytest.fixture
def workspace(tmp_path):
    Workspace.init(tmp_path / "corpus")
    return Workspace(tmp_path / "corpus", now=lambda: NOW)


def layers_of(workspace, text):
    """Spans of each layer of a text, as labels and the text they mark."""
    with workspace.store.begin() as tx:
        found = {it.layer: it for it in tx.annotations(jsonl.document_id(text))}
    return {
        name: [(text[s.start : s.end], s.label) for s in annotation.spans]
        for name, annotation in found.items()
    }


def expected(number, text=None):
    """What the people of the campaign say about a text, by layer."""
    names = {"person": "PER", "place": "LOC"}
    text = text or TEXTS[number]
    return {
        annotator_layer(name): [(text[s:e], names[label]) for s, e, label in work[number]]
        for name, work in campaigns.WORK.items()
        if work[number] is not None
    }


def people_of(workspace, text):
    return {k: v for k, v in layers_of(workspace, text).items() if k.startswith("annotator:")}


def test_an_export_of_label_studio_is_a_layer_for_each_person_and_model(workspace, tmp_path):
    path = campaigns.label_studio(tmp_path / "export.json")
    report = import_campaign(workspace, [path], CampaignOptions(people=PEOPLE, reading=READING))
    assert not report.waits
    assert not report.failed
    assert len(report.added) == len(TEXTS)
    for number, text in enumerate(TEXTS):
        assert layers_of(workspace, text) == {
            **expected(number),
            "model:tagger@1": [(text[:3], "PER")],
        }
    assert {name: (it.documents, it.annotations) for name, it in report.people.items()} == {
        "anna": (3, 4),
        "bela": (3, 3),
        "carl": (2, 3),
    }
    assert {name: it.documents for name, it in report.models.items()} == {"model:tagger@1": 3}
    (source,) = report.sources
    assert (source.documents, source.refused) == (3, 0)
    assert source.lost == {"not-accepted": 2}  # carl's skipped task and draft
    with workspace.store.begin() as tx:
        ((document, revision),) = tx.heads()
        comments = {text: tx.comments(jsonl.document_id(text)) for text in TEXTS}
        task = tx.assignment(jsonl.document_id(TEXTS[2]))
    assert report.curators == {"annotator:bela": 1}
    assert (document.text, revision.author) == (TEXTS[1], "annotator:bela")
    assert (revision.confirmed_by, revision.confirmed_at) == ("bela", "2026-03-02T08:02:00Z")
    assert [(s.key, s.by) for s in revision.spans] == [((10, 14, "LOC"), "annotator:bela")]
    assert [(it.text, it.by) for it in comments[TEXTS[0]]] == [
        ("« Marie Dupont »: is this one name?", "anna")
    ]
    assert [(it.text, it.by, it.at) for it in comments[TEXTS[1]]] == [
        ("ask the desk", "3", "2026-03-02T09:00:00Z")
    ]
    assert task.annotators == ("anna", "bela")
    assert task.done == {"anna": "2026-03-03T08:01:00Z", "bela": NOW}


def test_importing_again_changes_nothing(workspace, tmp_path):
    path = campaigns.label_studio(tmp_path / "export.json")
    options = CampaignOptions(people=PEOPLE, reading=READING)
    import_campaign(workspace, [path], options)
    before = {it: it.read_bytes() for it in workspace.annotations.rglob("*.jsonl")}
    again = import_campaign(workspace, [path], options)
    assert (again.added, again.gold, len(set(again.known))) == ((), 0, 3)
    assert {it: it.read_bytes() for it in workspace.annotations.rglob("*.jsonl")} == before


def test_labels_that_the_schema_lacks_are_proposed_and_nothing_is_imported(
    workspace, tmp_path, cli
):
    path = campaigns.label_studio(tmp_path / "export.json")
    schema = workspace.root / "schemas" / "news-fr.yaml"
    proposed = schema.with_name("news-fr.proposed.yaml")
    before = schema.read_bytes()
    rehearsed = cli("import-campaign", path, "--dry-run", "--json", root=workspace.root)
    assert rehearsed.exit_code == 1
    assert not proposed.exists()
    first = cli("import-campaign", path, "--json", root=workspace.root)
    assert first.exit_code == 1
    assert first.json["proposal"]["missing"] == {"labels": {"place": 6, "person": 4}}
    assert first.json["proposal"]["missing"] == rehearsed.json["proposal"]["missing"]
    assert "MISC" in first.json["proposal"]["unused"]
    assert schema.read_bytes() == before
    with workspace.store.begin() as tx:
        assert tx.is_empty()
    assert load(proposed).names[-2:] == ("place", "person")
    # Edited: another title. It is what becomes the schema.
    text = proposed.read_text("utf-8").replace('title: "place"', "title: A place")
    proposed.write_text(text, encoding="utf-8")
    assert cli("import-campaign", path, root=workspace.root).exit_code == 1
    assert proposed.read_text("utf-8") == text
    done = cli("import-campaign", path, "--write-schema", "--json", root=workspace.root)
    assert done.exit_code == 0
    assert done.json["proposal"]["written"]
    assert schema.read_text("utf-8") == text
    assert not proposed.exists()
    assert layers_of(workspace, TEXTS[1])["annotator:carl@example.org"] == [("Oran", "place")]
    with workspace.store.begin() as tx:
        ((_, revision),) = tx.heads()
    assert revision.schema == load(schema).id != "news-fr@1.0.0"


def test_an_edited_proposal_that_lacks_a_label_is_refused_with_its_name(workspace, tmp_path, cli):
    path = campaigns.label_studio(tmp_path / "export.json")
    cli("import-campaign", path, root=workspace.root)
    proposed = workspace.root / "schemas" / "news-fr.proposed.yaml"
    text = proposed.read_text("utf-8")
    proposed.write_text(text.replace('name: "place"', "name: PLACE"), encoding="utf-8")
    refused = cli("import-campaign", path, "--write-schema", root=workspace.root)
    assert refused.exit_code == 1
    assert "place" in refused.refusal.message
    # What the hint names works.
    done = cli(
        "import-campaign", path, "--write-schema", "--label", "place=PLACE", root=workspace.root
    )
    assert done.exit_code == 0


@pytest.mark.slow
def test_on_a_terminal_the_proposal_is_edited_and_taken(workspace, tmp_path, monkeypatch):
    path = campaigns.label_studio(tmp_path / "export.json")
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import pathlib, sys\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "text = path.read_text('utf-8').replace('title: \"place\"', 'title: Somewhere')\n"
        "path.write_text(text, encoding='utf-8')\n"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {editor}")
    command = ["import-campaign", str(path), "-C", str(workspace.root)]
    assert on_a_terminal(command, "ew") == 0
    assert "Somewhere" in (workspace.root / "schemas" / "news-fr.yaml").read_text("utf-8")
    assert len(people_of(workspace, TEXTS[0])) == 3


def on_a_terminal(command, answers):
    """Run ``curate`` on a terminal where somebody types these answers; returns its exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "curate", *command],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    shown = b""
    waiting = list(answers)
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
        if waiting and shown.rstrip().endswith(b"[q]:"):
            shown = b""
            os.write(ours, f"{waiting.pop(0)}\n".encode())
    os.close(ours)
    return process.wait()


def test_a_dry_run_says_what_an_import_would_do_and_writes_nothing(workspace, tmp_path):
    path = campaigns.label_studio(tmp_path / "export.json")
    options = CampaignOptions(people=PEOPLE, reading=READING)
    files = {it: it.read_bytes() for it in workspace.root.rglob("*") if it.is_file()}
    rehearsed = import_campaign(workspace, [path], options, dry_run=True)
    with workspace.store.begin() as tx:
        assert (tx.is_empty(), tx.remotes(), tx.assignments()) == (True, [], {})
    for name, content in files.items():
        assert name.read_bytes() == content
    assert not (workspace.state / "rejects.jsonl").exists()
    done = import_campaign(workspace, [path], options)
    assert msgspec.structs.replace(rehearsed, dry_run=False, rejects=done.rejects) == done
