"""Campaigns of other tools: documents once, a layer for each person, decisions as gold."""

from __future__ import annotations

import os
import pty
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
import pytest
from support import campaigns
from support.campaigns import TEXTS

from curate.errors import CurateError, InputError
from curate.formats.reading import ReadOptions
from curate.ingest.campaign import import_campaign
from curate.ingest.campaign_files import CampaignOptions
from curate.ingest.importer import ingest
from curate.layers import annotator_layer
from curate.schema import load
from curate.util import jsonl
from curate.util.progress import silent
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
    assert task.done == {"anna": "2026-03-03T08:01:00Z", "bela": "2026-03-03T08:02:00Z"}


def test_importing_again_changes_nothing(workspace, tmp_path):
    path = campaigns.label_studio(tmp_path / "export.json")
    options = CampaignOptions(people=PEOPLE, reading=READING)
    import_campaign(workspace, [path], options)
    before = {it: it.read_bytes() for it in workspace.annotations.rglob("*.jsonl")}
    again = import_campaign(workspace, [path], options)
    assert (again.added, again.gold, len(again.known)) == ((), 0, 3)
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


def imported(workspace, source, **options):
    """The report of an import of a campaign, with the labels and people in their final names."""
    chosen = {"reading": READING, "people": {}} | options
    report = import_campaign(workspace, [source], CampaignOptions(**chosen))
    assert not report.waits
    return report


def decided(workspace):
    """The gold of each text that has any: its author, who confirmed it, and its spans."""
    with workspace.store.begin() as tx:
        return {
            document.text: (
                revision.author,
                revision.confirmed_by,
                [(document.text[s.start : s.end], s.label) for s in revision.spans],
            )
            for document, revision in tx.heads()
        }


ORAN = [("Oran", "LOC")]
ALI = [("Ali", "PER")]


def test_the_sessions_of_prodigy_are_people_and_a_reviewed_task_is_gold(workspace, tmp_path):
    report = imported(workspace, campaigns.prodigy(tmp_path / "names.jsonl"))
    for number, text in enumerate(TEXTS):
        assert people_of(workspace, text) == expected(number)
    assert decided(workspace) == {TEXTS[1]: ("annotator:dora", "dora", ORAN)}
    with workspace.store.begin() as tx:
        assert tx.head(jsonl.document_id(TEXTS[1])).confirmed_at == "2026-03-01T09:00:00Z"
        assert tx.assignment(jsonl.document_id(TEXTS[2])).done["bela"] == "2026-03-01T08:02:00Z"
    (source,) = report.sources
    assert source.lost == {"not-accepted": 1}  # carl ignored the last text
    assert report.people["carl"].documents == 2


@pytest.mark.parametrize("version", [1, 2])
def test_the_users_of_argilla_are_people_and_its_agents_models(workspace, tmp_path, version):
    write = campaigns.argilla_1 if version == 1 else campaigns.argilla
    path = write(tmp_path / "records.json")
    people = {} if version == 1 else {f"{name}-id": name for name in campaigns.WORK}
    report = imported(workspace, path, people=people)
    for number, text in enumerate(TEXTS):
        layers = layers_of(workspace, text)
        assert layers.pop("model:tagger@1") == [(text[:3], "PER")]
        assert layers == expected(number)
    assert decided(workspace) == {}
    (source,) = report.sources
    assert source.lost == {"not-accepted": 1 if version == 1 else 4}  # drafts, discarded
    with workspace.store.begin() as tx:
        (span,) = tx.annotation(jsonl.document_id(TEXTS[0]), "model:tagger@1").spans
    assert span.score == 0.75


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "archive"])
def test_each_subfolder_of_brat_is_a_person(workspace, tmp_path, zipped):
    source = campaigns.brat(tmp_path / "names")
    if zipped:
        source = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "names"))
    report = imported(workspace, source)
    for number, text in enumerate(TEXTS):
        assert people_of(workspace, text) == expected(number)
    assert decided(workspace) == {}
    assert [it.name.rpartition("/")[2] for it in report.sources] == ["anna", "bela", "carl"]
    assert [it.lost for it in report.sources] == [{"unsupported": 1}, {}, {}]
    with workspace.store.begin() as tx:
        (comment,) = tx.comments(jsonl.document_id(TEXTS[0]))
    assert (comment.text, comment.by) == ("« Marie Dupont »: is this one name?", "anna")


def test_each_file_in_an_export_of_doccano_is_a_person(workspace, tmp_path):
    report = imported(workspace, campaigns.doccano_zip(tmp_path / "project.zip"))
    assert people_of(workspace, TEXTS[1]) == expected(1)
    # Doccano does not say whether bela judged the last text, in which she marked nothing.
    assert people_of(workspace, TEXTS[2]) == {"annotator:anna": ALI}
    assert {name: it.documents for name, it in report.people.items()} == {
        "anna": 3,
        "bela": 2,
        "carl": 2,
    }
    with workspace.store.begin() as tx:
        (comment,) = tx.comments(jsonl.document_id(TEXTS[1]))
    assert (comment.text, comment.by) == ("ask the desk", "carl")
    imported(workspace, tmp_path / "project.zip", judged=True)
    assert people_of(workspace, TEXTS[2]) == {
        "annotator:anna": ALI,
        "annotator:bela": [],
        "annotator:carl": [],
    }


@pytest.mark.parametrize("format", ["json", "xmi"])
def test_a_project_of_inception_has_its_annotators_and_curators(workspace, tmp_path, format):
    path = campaigns.inception(tmp_path / "project.zip", format=format)
    report = imported(workspace, path)
    assert not report.failed
    assert (len(report.added), report.known) == (len(TEXTS), ())
    for number, text in enumerate(TEXTS):
        assert layers_of(workspace, text) == expected(number)
    assert decided(workspace) == {TEXTS[1]: ("annotator:dora", "dora", ORAN)}
    (source,) = report.sources
    assert source.lost == {"not-accepted": 1}  # carl has not finished the last text
    with workspace.store.begin() as tx:
        head = tx.head(jsonl.document_id(TEXTS[1]))
        task = tx.assignment(jsonl.document_id(TEXTS[1]))
        (comment,) = tx.comments(jsonl.document_id(TEXTS[1]))
    assert head.confirmed_at == "2026-03-01T09:00:00Z"
    assert task.done["anna"] == "2026-03-01T08:01:00Z"
    assert (comment.text, comment.by, comment.at) == (
        "ask the desk",
        "carl",
        "2026-03-01T08:03:00Z",
    )
    imported(workspace, path, unfinished=True)
    assert people_of(workspace, TEXTS[2])["annotator:carl"] == ALI


def test_a_proposal_that_the_schema_has_overtaken_is_refused(workspace, tmp_path, cli):
    path = campaigns.label_studio(tmp_path / "export.json")
    cli("import-campaign", path, root=workspace.root)
    schema = workspace.root / "schemas" / "news-fr.yaml"
    text = schema.read_text("utf-8").replace("version: 1.0.0", "version: 1.1.0")
    schema.write_text(text, encoding="utf-8")
    refused = cli("import-campaign", path, "--write-schema", root=workspace.root)
    assert refused.exit_code == 1
    assert schema.read_text("utf-8") == text
    schema.with_name("news-fr.proposed.yaml").unlink()  # as the hint says
    assert cli("import-campaign", path, "--write-schema", root=workspace.root).exit_code == 0
    assert load(schema).version == "1.2.0"


def standoff(folder, **texts):
    """A folder of brat with these texts, each with its first word as a person."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        word = text.split()[0]
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        line = f"T1\tPER 0 {len(word)}\t{word}\n"
        (folder / f"{name}.ann").write_text(line, encoding="utf-8")


def test_the_same_text_under_several_names_is_one_document(workspace, tmp_path):
    standoff(tmp_path / "all" / "anna", a="Ali rentre.", copy="Ali rentre.")
    standoff(tmp_path / "all" / "bela", other="Ali rentre.")
    report = imported(workspace, tmp_path / "all")
    assert len(set(report.added)) == len(report.added) == 1
    assert people_of(workspace, "Ali rentre.") == {"annotator:anna": ALI, "annotator:bela": ALI}
    assert [it.code for it in report.problems] == []


def test_texts_that_differ_by_white_space_or_altogether_are_told_once(workspace, tmp_path):
    standoff(tmp_path / "all" / "anna", a="Ali rentre.", b="Ali part.", c="Ali dort.")
    standoff(tmp_path / "all" / "bela", a="Ali  rentre.", b="Ali est parti.", c="Ali dort.")
    standoff(tmp_path / "all" / "carl", a="Ali  rentre.", b="Ali est parti.")
    report = imported(workspace, tmp_path / "all")
    told = [(it.code, it.document) for it in report.problems]
    assert told == [
        ("campaign.white-space", jsonl.document_id("Ali  rentre.")),
        ("campaign.text", jsonl.document_id("Ali est parti.")),
    ]
    assert len(report.added) == 5
    # Another campaign with that text: it is compared with the corpus, too.
    standoff(tmp_path / "more" / "dora", x="Ali\nrentre.")
    report = imported(workspace, tmp_path / "more")
    assert [it.code for it in report.problems] == ["campaign.white-space"]


def test_versions_that_nobody_signed_are_those_of_different_people(workspace, tmp_path):
    rows = [
        {"text": "Ali dort", "spans": [{"start": 0, "end": 3, "label": "PER"}]},
        {"text": "Ali dort", "spans": []},
        {"text": "Ali dort", "spans": [{"start": 0, "end": 8, "label": "PER"}]},
    ]
    path = campaigns.write_lines(tmp_path / "found.jsonl", rows)
    report = imported(workspace, path)
    assert people_of(workspace, "Ali dort") == {
        "annotator:found": ALI,
        "annotator:found-2": [],
        "annotator:found-3": [("Ali dort", "PER")],
    }
    assert report.gold == 0
    assert set(report.people) == {"found", "found-2", "found-3"}
    renamed = imported(workspace, path, people={"found": "anna"})
    assert set(renamed.people) == {"anna", "anna-2", "anna-3"}
    assert renamed.problems == ()


def test_a_decision_where_there_is_gold_stays_beside_it(workspace, tmp_path):
    campaigns.inception(tmp_path / "project.zip")
    other = {"text": TEXTS[1], "label": [[0, 2, "LOC"]]}
    ingest(workspace, [campaigns.write_lines(tmp_path / "old.jsonl", [other])])
    before = decided(workspace)
    report = imported(workspace, tmp_path / "project.zip")
    assert decided(workspace) == before
    assert [it.code for it in report.problems if it.severity == "warning"] == [
        "read.not-accepted",
        "ingest.gold",
    ]
    kept = [name for name in layers_of(workspace, TEXTS[1]) if name.startswith("import:")]
    assert [layers_of(workspace, TEXTS[1])[name] for name in kept] == [ORAN]
    assert report.curators == {}


def test_overlaps_that_the_schema_forbids_are_told(workspace, tmp_path):
    spans = [{"start": 0, "end": 8, "label": "PER"}, {"start": 0, "end": 3, "label": "PER"}]
    path = campaigns.write_lines(tmp_path / "a.jsonl", [{"text": "Ali dort", "spans": spans}])
    report = imported(workspace, path, people={"nobody": "x"})
    assert [it.code for it in report.problems] == ["campaign.person", "campaign.overlap"]


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        ({"annotation_ser/a/anna.ser": b"\xac\xed", "exportedproject.json": b"{}"}, "JSON"),
        ({"exportedproject.json": b"{"}, "JSON"),
        ({"notes.bin": b"\x00\x01"}, "--from"),
    ],
)
def test_an_archive_in_which_nothing_can_be_read_says_what_to_export(
    workspace, tmp_path, names, hint
):
    path = tmp_path / "project.zip"
    with ZipFile(path, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    with pytest.raises(InputError) as refusal:
        imported(workspace, path)
    assert hint in refusal.value.hint
    with workspace.store.begin() as tx:
        assert tx.is_empty()


def test_an_archive_that_is_damaged_or_unpacks_to_too_much_is_refused(workspace, tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InputError):
        imported(workspace, broken)
    large = tmp_path / "large.zip"
    with ZipFile(large, "w", ZIP_DEFLATED) as archive:
        archive.writestr("anna.jsonl", b" " * (3 << 20))
    with pytest.raises(InputError) as refusal:
        imported(workspace, large, reading=ReadOptions(unpack_limit=2))
    assert "--unpack-limit" in refusal.value.hint


SAMPLES = {
    "Label Studio": (campaigns.label_studio, "export.json"),
    "Argilla 2": (campaigns.argilla, "records.json"),
    "Argilla 1": (campaigns.argilla_1, "records.jsonl"),
    "Prodigy": (campaigns.prodigy, "names.jsonl"),
    "INCEpTION": (campaigns.inception, "project.zip"),
    "brat": (campaigns.brat, "names"),
    "Doccano": (campaigns.doccano_zip, "project.zip"),
}


def documented():
    """The table of what each source carries, by source: its cells by column."""
    page = Path(__file__).parents[2] / "docs" / "campaigns.md"
    table = page.read_text("utf-8").split("## What each source carries")[1]
    rows = [line for line in table.split("\n") if line.startswith("|")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    header, _, *body = cells
    return {row[0]: dict(zip(header, row, strict=True)) for row in body}


@pytest.mark.parametrize("source", SAMPLES)
def test_the_documented_table_says_what_each_source_carries(workspace, tmp_path, source):
    row = documented()[source]
    assert documented().keys() == SAMPLES.keys()
    write, name = SAMPLES[source]
    report = imported(workspace, write(tmp_path / name))
    with workspace.store.begin() as tx:
        times = any(at != NOW for it in tx.assignments().values() for at in it.done.values())
        annotations = [*tx.all_annotations()]
    scored = any(s.score is not None for it in annotations for s in it.spans)
    assert bool(report.models) == (row["models"] != "–")
    assert scored == ("scores" in row["models"])
    assert bool(report.curators) == (row["gold"] != "–")
    assert bool(report.comments) == (row["comments"] != "–")
    assert times == (row["time"] != "–")
    lost = {reason for it in report.sources for reason in it.lost}
    assert lost <= set(re.findall("`([a-z-]+)`:", row["told as lost"]))


def test_an_interrupted_import_is_resumed_by_running_it_again(tmp_path):
    texts = [f"Ali rentre le {number}." for number in range(450)]
    rows = [
        {"text": text, "_task_hash": 1, "_session_id": name, "answer": "accept", "spans": spans}
        for text in texts
        for name, spans in (("anna", [{"start": 0, "end": 3, "label": "PER"}]), ("bela", []))
    ]
    path = campaigns.write_lines(tmp_path / "names.jsonl", rows)

    def stop(task, done, total):
        if task == "import" and done == 700:
            assert total == len(rows)
            raise KeyboardInterrupt

    contents = []
    for name, progress in (("whole", silent), ("broken", stop)):
        Workspace.init(tmp_path / name, "corpus")
        workspace = Workspace(tmp_path / name, now=lambda: NOW)
        if progress is stop:
            with pytest.raises(KeyboardInterrupt):
                import_campaign(workspace, [path], progress=stop)
            with workspace.store.begin() as tx:
                assert 0 < len(tx.document_ids()) < len(texts)
        report = import_campaign(workspace, [path])
        assert report.people["bela"].documents == len(texts)
        folder = workspace.annotations
        contents.append(
            {it.relative_to(folder): it.read_bytes() for it in folder.rglob("*") if it.is_file()}
        )
    assert contents[0] == contents[1]


def test_a_damaged_export_is_refused_or_told_and_never_ends_in_a_traceback(workspace, tmp_path):
    whole = campaigns.inception(tmp_path / "project.zip").read_bytes()
    generator = random.Random(7)
    read = 0
    for number in range(40):
        broken = bytearray(whole)
        for _ in range(generator.randint(1, 30)):
            broken[generator.randrange(len(broken))] = generator.randrange(256)
        path = tmp_path / f"broken{number}.zip"
        path.write_bytes(
            broken[: generator.randint(len(broken) // 2, len(broken))] if number % 2 else broken
        )
        try:
            import_campaign(workspace, [path], CampaignOptions(reading=READING), dry_run=True)
            read += 1
        except CurateError as error:
            assert error.hint
    assert 0 < read < 40


def test_odd_values_in_a_project_of_inception_stop_nothing(workspace, tmp_path):
    campaigns.inception(tmp_path / "whole.zip")
    path = tmp_path / "odd.zip"
    with ZipFile(tmp_path / "whole.zip") as whole, ZipFile(path, "w") as odd:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "exportedproject.json":
                content = content.replace(b"1772352060000", b"1e300")
            if name == "event.log":
                content = b'not JSON\n{"user": 3}\n[]\n'
            odd.writestr("/" + name, content)  # as older versions begin them
        odd.writestr("annotation/text 0.txt/eva.txt", "Marie")
        odd.writestr("annotation/text 0.txt/fred.bin", b"\x00")
    report = imported(workspace, path)
    refused = [
        (it.code, it.where.rpartition("/")[2]) for it in report.problems if it.severity == "error"
    ]
    assert refused == [("read.unreadable", "eva.txt"), ("read.unreadable", "fred.bin")]
    assert report.failed
    # No event says who curated it, and only one person may.
    assert decided(workspace)[TEXTS[1]][0] == "annotator:chief"


def test_relations_and_categories_are_told_to_fit_no_project_of_doccano(workspace, tmp_path, cli):
    spans = [{"start": 0, "end": 3, "label": "PER"}, {"start": 4, "end": 8, "label": "PER"}]
    ends = [{"head": spans[0], "tail": spans[1], "label": "knows"}]
    row = {"text": "Ali voit Anna", "spans": spans, "relations": ends}
    path = campaigns.write_lines(tmp_path / "a.jsonl", [row | {"categories": [{"label": "calm"}]}])
    result = cli("import-campaign", path, "--write-schema", "--json", root=workspace.root)
    assert result.json["proposal"]["missing"] == {
        "relations": {"knows": 1},
        "categories": {"calm": 1},
    }
    assert [it["code"] for it in result.json["problems"]] == ["campaign.project"]


def test_files_of_many_texts_in_a_folder_are_a_person_each(workspace, tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    for name, spans in (("anna", [[0, 3, "PER"]]), ("bela", [[0, 8, "PER"]])):
        rows = [{"text": "Ali dort", "label": spans}, {"text": "Ali lit", "label": [[0, 3, "PER"]]}]
        campaigns.write_lines(folder / f"{name}.jsonl", rows)
    report = imported(workspace, folder)
    assert people_of(workspace, "Ali dort") == {
        "annotator:anna": ALI,
        "annotator:bela": [("Ali dort", "PER")],
    }
    assert [it.name.rpartition("/")[2] for it in report.sources] == ["anna.jsonl", "bela.jsonl"]
    standoff(tmp_path / "carl", a="Ali dort", b="Ali lit")
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "carl"))
    for source in (tmp_path / "carl", packed):
        assert set(imported(workspace, source).people) == {"carl"}
    assert people_of(workspace, "Ali lit")["annotator:carl"] == ALI


def test_a_project_of_inception_may_be_packed_again_but_not_unpacked(workspace, tmp_path):
    unpacked = tmp_path / "unpacked"
    with ZipFile(campaigns.inception(tmp_path / "project.zip")) as archive:
        archive.extractall(unpacked)
    with pytest.raises(InputError):
        imported(workspace, unpacked)
    again = Path(shutil.make_archive(str(tmp_path / "again"), "zip", tmp_path, "unpacked"))
    imported(workspace, again)
    for number, text in enumerate(TEXTS):
        assert layers_of(workspace, text) == expected(number)


def test_what_people_did_is_in_annotations_and_survives_the_loss_of_the_store(workspace, tmp_path):
    path = campaigns.label_studio(tmp_path / "export.json")
    import_campaign(workspace, [path], CampaignOptions(people=PEOPLE, reading=READING))
    with workspace.store.begin() as tx:
        tasks = tx.assignments()
    clone = tmp_path / "clone"
    for part in ("annotations", "schemas"):
        shutil.copytree(workspace.root / part, clone / part)
    shutil.copy(workspace.root / "curate.toml", clone)
    Workspace.init(clone)
    restored = Workspace(clone)
    for number, text in enumerate(TEXTS):
        assert layers_of(restored, text) == expected(number)
    assert decided(restored) == decided(workspace)
    with restored.store.begin() as tx:
        assert tx.assignments() == tasks
