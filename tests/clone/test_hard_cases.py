"""Clones of projects in which something is odd, on the real server."""

from __future__ import annotations

import secrets
import unicodedata

import pytest
from support.foreign_project import ForeignProject, texts

from curate.clone import reading
from curate.clone.records import CloneOptions
from curate.clone.run import clone, list_cloneable
from curate.doccano.credentials import PASSWORD, USER
from curate.errors import InputError, RemoteError
from curate.sync.run import preview_sync, sync
from curate.util import jsonl
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]


def codes(report) -> list[str]:
    return sorted(problem.code for problem in report.problems)


def head(workspace: Workspace, text: str):
    with workspace.store.begin() as tx:
        return tx.head(jsonl.document_id(text))


def layers(workspace: Workspace, text: str) -> dict[str, set]:
    """The spans of each layer of a document, by key."""
    with workspace.store.begin() as tx:
        annotations = tx.annotations(jsonl.document_id(text))
    return {each.layer: {span.key for span in each.spans} for each in annotations}


def surfaces(workspace: Workspace, text: str) -> dict[str, str]:
    """What each span of the gold marks, with its author."""
    return {text[span.start : span.end]: span.by for span in head(workspace, text).spans}


def test_marks_behind_an_emoji_are_where_they_were_meant(admin, people, clone_of):
    project = ForeignProject(admin)
    first, second, third = texts("👍🎉 Marie aime Rome", "🎉 Rome 🎉 Marie Dupont", "👍👍 Rome")
    fourth, fifth = texts("👍👍 Anna à Oslo", "👍👍 Anna à Bonn")
    for name in ("PER", "LOC"):
        project.add_label(name)
    anna = project.add_member(people["anna"])
    # A file in code points: Doccano's page shows its marks too far left.
    rows = [
        {"text": first, "label": [[3, 8, "PER"]]},
        {"text": second, "label": [[2, 6, "LOC"], [9, 21, "PER"]]},
        {"text": third, "label": [[3, 7, "LOC"]]},
        {"text": fourth, "label": [[3, 7, "PER"]]},
        {"text": fifth, "label": [[3, 7, "PER"]]},
    ]
    one, two, three, four, five = project.upload(rows)
    anna.add(four, 12, 16, "LOC")
    (misplaced,) = project.spans(five)
    anna.change(five, misplaced["id"], start_offset=5, end_offset=9)  # as it was meant
    anna.add(five, 12, 16, "LOC")
    # By hand, in UTF-16 units: « Rome », whose place in code points is 14.
    anna.add(one, 16, 20, "LOC")
    anna.confirm(one)
    anna.confirm(two)

    workspace, report = clone_of(project)

    assert codes(report) == []
    assert surfaces(workspace, first) == {"Marie": "import:admin", "Rome": "annotator:anna"}
    assert surfaces(workspace, second) == {"Rome": "import:admin", "Marie Dupont": "import:admin"}
    assert layers(workspace, third)["import:admin"] == {(3, 7, "LOC")}
    plan = preview_sync(workspace).plan
    assert {update.example for update in plan.update} == {one, two, three, four}

    done = sync(workspace, adopt=True)

    assert done.outcome.carried == 4
    for example in (four, five):
        there = {(row["start_offset"], row["end_offset"]) for row in project.spans(example)}
        assert there == {(5, 9), (12, 16)}
    there = {(row["start_offset"], row["end_offset"]) for row in project.spans(one)}
    assert there == {(5, 10), (16, 20)}
    assert {(row["start_offset"], row["end_offset"]) for row in project.spans(three)} == {(5, 9)}
    assert surfaces(workspace, first) == {"Marie": "import:admin", "Rome": "annotator:anna"}
    again = sync(workspace)
    assert (again.outcome.carried, again.outcome.pulled, again.outcome.revisions) == (0, 0, 0)
    anna.confirm(four)
    assert sync(workspace).outcome.pulled == 1
    assert surfaces(workspace, fourth) == {"Anna": "import:admin", "Oslo": "annotator:anna"}


def test_imports_in_utf16_stay_and_what_cannot_be_known_is_asked(
    admin, tmp_path, account, clone_of
):
    project = ForeignProject(admin)
    (text,) = texts("👍🎉 Marie aime Rome")
    project.upload([{"text": text, "label": [[5, 10, "PER"], [16, 20, "LOC"]]}])
    workspace, _ = clone_of(project)
    assert layers(workspace, text)["import:admin"] == {(3, 8, "PER"), (14, 18, "LOC")}
    assert preview_sync(workspace).plan.update == ()

    project = ForeignProject(admin)
    (text,) = texts("🎉 !?!?!?!?!?")
    (example,) = project.upload([{"text": text, "label": [[4, 5, "X"], [6, 7, "X"]]}])
    folder = tmp_path / "asked"
    with pytest.raises(InputError, match=str(example)):
        clone(project.address, folder)
    clone(project.address, folder, CloneOptions(offsets="codepoints"))
    assert layers(Workspace(folder), text)["import:admin"] == {(4, 5, "X"), (6, 7, "X")}


def test_metadata_that_hide_marks_from_an_export_are_named(admin, clone_of):
    project = ForeignProject(admin)
    project.add_label("PER")
    named, plain = (project.add_text(text) for text in texts("Anna", "Bela"))
    resource = f"{project.resource}/examples"
    admin.patch(f"{resource}/{named}", json={"meta": {"label": "x", "source": "web"}})
    admin.patch(f"{resource}/{plain}", json={"meta": {"entities": "x"}})

    workspace, report = clone_of(project)

    (problem,) = report.problems
    assert (problem.code, str(named) in problem.message) == ("clone.metadata", True)
    admin.patch(f"{resource}/{named}", json={"meta": {"tag": "x", "source": "web"}})
    renamed, report = clone_of(project)
    assert report.problems == ()
    assert sync(renamed, adopt=True).outcome.problems == ()


def test_texts_are_kept_as_they_are(admin, people, clone_of):
    project = ForeignProject(admin)
    anna = project.add_member(people["anna"])
    decomposed = unicodedata.normalize("NFD", texts("  Hélène était à Besançon\r\n ")[0])
    plain, copied = texts(" trimmed ", "twice")
    (by_file, *_) = project.upload([{"text": decomposed, "label": [[2, 10, "PER"]]}])
    by_hand = project.add_text(plain)
    blank = project.add_text("")
    first, second = project.upload([{"text": copied, "label": []}, {"text": copied, "label": []}])
    anna = type(anna)(people["anna"], project.id)
    anna.confirm(by_file)
    anna.add(second, 0, 5, "PER")
    anna.confirm(second)

    workspace, report = clone_of(project)

    assert codes(report) == ["clone.copy", "clone.empty"]
    with workspace.store.begin() as tx:
        found = {document.text for document in tx.documents()}
    assert found == {decomposed, plain.strip(), copied}
    assert surfaces(workspace, decomposed) == {decomposed[2:10]: "import:admin"}
    assert {span.key for span in head(workspace, copied).spans} == {(0, 5, "PER")}

    done = sync(workspace, adopt=True)

    # What is no document of the corpus is left alone, and every sync says so.
    assert sorted(problem.code for problem in done.outcome.problems) == ["remote.foreign"] * 2
    rows = {row["id"]: row for row in project.examples()}
    assert set(rows) == {by_file, by_hand, blank, first, second}
    named = {number for number, row in rows.items() if "curate_id" in row["meta"]}
    assert named == {by_file, by_hand, second}
    assert rows[by_file]["text"] == decomposed


def test_what_was_marked_in_a_copy_is_kept_beside_the_gold(admin, people, clone_of):
    project = ForeignProject(admin)
    project.add_label("PER")
    anna, bela = (project.add_member(people[name]) for name in ("anna", "bela"))
    (text,) = texts("Anna and Bela")
    first, second = project.upload([{"text": text, "label": []}, {"text": text, "label": []}])
    anna.add(first, 0, 4, "PER")
    anna.confirm(first)
    bela.add(second, 9, 13, "PER")
    bela.confirm(second)

    workspace, report = clone_of(project)

    assert codes(report) == ["clone.copy"]
    assert {span.key for span in head(workspace, text).spans} == {(0, 4, "PER")}
    assert layers(workspace, text) == {"annotator:bela": {(9, 13, "PER")}}


def test_overlapping_and_out_of_text_spans_are_kept_and_named(admin, people, clone_of):
    project = ForeignProject(admin, allow_overlapping=True)
    anna = project.add_member(people["anna"])
    (text,) = texts("Université de Paris")
    (example,) = project.upload(
        [{"text": text, "label": [[0, 19, "ORG"], [14, 19, "LOC"], [14, 900, "LOC"]]}]
    )
    anna.confirm(example)
    body = {"resourcetype": "SequenceLabelingProject", "allow_overlapping": False}
    admin.patch(project.resource, json=body)

    workspace, report = clone_of(project)

    assert codes(report) == ["clone.overlap", "clone.span"]
    assert {span.key for span in head(workspace, text).spans} == {
        (0, 19, "ORG"),
        (14, 19, "LOC"),
        (14, 900, "LOC"),
    }
    before = project.spans(example)
    done = sync(workspace, adopt=True)
    assert (done.outcome.problems, done.outcome.carried) == ((), 0)
    assert project.spans(example) == before


def test_labels_that_differ_in_case_or_blanks_stay_apart(admin, people, clone_of):
    project = ForeignProject(admin)
    (text,) = texts("one two three")
    names = ("PER", "per", "PER ")
    spans = [[0, 3, names[0]], [4, 7, names[1]], [8, 13, names[2]]]
    (example,) = project.upload([{"text": text, "label": spans}])
    anna = project.add_member(people["anna"])
    anna.confirm(example)
    before = project.everything()

    workspace, report = clone_of(project)

    assert codes(report) == ["clone.labels"]
    assert {each.name for each in workspace.schema.labels} == {*names}
    assert {span.key for span in head(workspace, text).spans} == {tuple(span) for span in spans}
    done = sync(workspace, adopt=True)
    assert (done.outcome.problems, done.outcome.carried, done.outcome.revisions) == ((), 0, 0)
    assert project.everything()["labels"] == before["labels"]
    assert project.everything()["marks"] == before["marks"]
    assert sync(workspace).outcome.pulled == 0


def test_relations_and_categories_come_with_their_authors(admin, people, clone_of):
    project = ForeignProject(admin, use_relation=True)
    for name in ("PER", "ORG"):
        project.add_label(name)
    relation = project.add_label("works_for", "relation")
    anna = project.add_member(people["anna"])
    (text,) = texts("Anna works for Example")
    example = project.add_text(text)
    ends = anna.add(example, 0, 4, "PER"), anna.add(example, 15, 22, "ORG")
    body = {"from_id": ends[0], "to_id": ends[1], "type": relation}
    people["anna"].post(f"{project.resource}/examples/{example}/relations", json=body)
    anna.confirm(example)
    workspace, _ = clone_of(project)
    (found,) = head(workspace, text).relations
    assert found.key == ((0, 4, "PER"), (15, 22, "ORG"), "works_for")
    assert found.by == "annotator:anna"
    assert sync(workspace, adopt=True).outcome.problems == ()

    project = ForeignProject(admin, type="DocumentClassification", single_class_classification=True)
    sport = project.add_label("sport", "category")
    project.add_label("money", "category")
    bela = project.add_member(people["bela"])
    (text,) = texts("A match")
    example = project.add_text(text)
    people["bela"].post(f"{project.resource}/examples/{example}/categories", json={"label": sport})
    bela.confirm(example)
    workspace, _ = clone_of(project)
    assert workspace.schema.exclusive
    (category,) = head(workspace, text).categories
    assert (category.label, category.by) == ("sport", "annotator:bela")
    done = sync(workspace, adopt=True)
    assert (done.outcome.problems, done.outcome.carried) == ((), 0)


def test_a_project_for_spans_and_categories_that_has_no_category_yet(admin, people, clone_of):
    project = ForeignProject(admin, type="IntentDetectionAndSlotFilling")
    project.add_label("LOC")
    anna = project.add_member(people["anna"])
    (text,) = texts("to Rome")
    example = project.add_text(text)
    anna.add(example, 3, 7, "LOC")
    anna.confirm(example)

    workspace, report = clone_of(project)

    assert codes(report) == ["clone.no-labels"]
    assert surfaces(workspace, text) == {"Rome": "annotator:anna"}
    path = workspace.root / workspace.config.corpus.schema
    entry = "{name: travel, title: Travel, description: A journey., colour: '#0072B2'}"
    path.write_text(path.read_text("utf-8") + f"\ncategories: [{entry}]\n", "utf-8")
    extended = Workspace(workspace.root)
    done = sync(extended, adopt=True)
    assert (done.outcome.problems, done.outcome.carried) == ((), 0)
    types = admin.get(f"{project.resource}/category-types").json()
    assert [row["text"] for row in types] == ["travel"]
    assert sync(extended).outcome.problems == ()


def test_annotators_apart_become_layers_with_agreement_at_once(admin, people, clone_of, cli):
    project = ForeignProject(admin, collaborative_annotation=False)
    project.add_label("PER")
    anna, bela = (project.add_member(people[name]) for name in ("anna", "bela"))
    same, other, begun, fresh = texts("Anna sings", "Bela sings", "Carla sings", "Nobody")
    rows = [{"text": text, "label": [[0, 4, "PER"]]} for text in (same, other, begun, fresh)]
    one, two, three, _ = project.upload(rows)
    for person, examples in ((anna, (one, two, three)), (bela, (one, two))):
        for example in examples:
            person.add(example, 0, 4 if person is anna or example == one else 5, "PER")
            if example != three:
                person.confirm(example)
    before = project.everything()

    workspace, report = clone_of(project)

    assert project.everything() == before
    assert workspace.config.tasks.mode == "independent"
    assert workspace.config.tasks.annotators == ("anna", "bela")
    assert (report.documents, report.gold) == (4, 1)
    assert report.people == {"anna": 2, "bela": 2}
    assert head(workspace, same).confirmed_by == "anna, bela"
    assert head(workspace, same).reason == f"cloned from {admin.url}#{project.name}"
    assert head(workspace, other) is None
    found = layers(workspace, other)
    assert found["annotator:anna"] == {(0, 4, "PER")}
    assert found["annotator:bela"] == {(0, 5, "PER")}
    assert found["import:admin"] == {(0, 4, "PER")}
    agreement = cli("agreement", "--json", root=workspace.root)
    assert agreement.exit_code == 0, agreement.output
    decided = cli("adjudicate", "--strategy", "unanimous", "--json", root=workspace.root)
    assert (decided.json["settled"], decided.json["open"]) == (1, 1)
    assert cli("sync", root=workspace.root).exit_code == 1

    preview = preview_sync(workspace, adopt=True)
    assert [problem.code for problem in preview.plan.problems] == ["sync.apart"]
    assert project.everything() == before

    done = sync(workspace, adopt=True)

    # Each annotator goes on in a project with all that they did; the old one stays as it is.
    assert project.everything() == before
    pushed = {name.removeprefix(project.name): part.pushed for name, part in done.parts.items()}
    assert pushed == {"-anna": 4, "-bela": 3}
    assert codes(done.outcome) == ["sync.apart"]
    assert cli("sync", root=workspace.root).exit_code == 0
    assert sync(workspace).outcome.problems == ()


def test_an_account_without_rights_clones_what_it_can_read(
    admin, people, tmp_path, account, monkeypatch, run_folder
):
    project = ForeignProject(admin)
    project.add_label("PER")
    anna = project.add_member(people["anna"])
    (text,) = texts("Anna")
    example = project.add_text(text)
    anna.add(example, 0, 4, "PER")
    anna.confirm(example)
    apart = ForeignProject(admin, collaborative_annotation=False)
    apart.add_member(people["anna"])
    seq2seq = ForeignProject(admin, type="Seq2seq")
    seq2seq.add_member(people["anna"])
    monkeypatch.setenv(USER, "anna")
    monkeypatch.setenv(PASSWORD, (run_folder / "anna-password").read_text("ascii"))

    report = clone(project.address, tmp_path / "anna")

    assert codes(report) == ["clone.rights"]
    assert report.gold == 1
    assert surfaces(Workspace(tmp_path / "anna"), text) == {"Anna": "annotator:anna"}
    with pytest.raises(RemoteError, match="project_admin"):
        clone(apart.address, tmp_path / "apart")
    with pytest.raises(RemoteError, match="Seq2seq"):
        clone(seq2seq.address, tmp_path / "seq2seq")
    with pytest.raises(InputError, match="no project"):
        clone(f"{admin.url}#no such project", tmp_path / "none")
    assert [path.name for path in tmp_path.iterdir()] == ["anna"]
    listed = {each.id: each for each in list_cloneable(admin.url)}
    assert listed[project.id].documents == 1
    assert listed[seq2seq.id].problem
    assert not listed[apart.id].shared
    monkeypatch.setenv(PASSWORD, "wrong")
    with pytest.raises(RemoteError):
        clone(project.address, tmp_path / "wrong")


def test_people_go_on_working_while_a_project_is_cloned(
    admin, people, tmp_path, account, monkeypatch
):
    project = ForeignProject(admin)
    project.add_label("PER")
    anna = project.add_member(people["anna"])
    early, late, deleted, added = texts("Anna one", "Anna two", "Anna three", "Anna four")
    one, two, three = (project.add_text(text) for text in (early, late, deleted))
    anna.confirm(one)
    read = reading._read

    def working(session, source, row, comments):
        found = read(session, source, row, comments)
        if row["id"] == three:
            anna.add(one, 0, 4, "PER")
            anna.add(two, 0, 4, "PER")
            anna.confirm(two)
            admin.delete(f"{project.resource}/examples/{three}")
            anna.confirm(project.add_text(added))
        return found

    monkeypatch.setattr(reading, "_read", working)
    report = clone(project.address, tmp_path / "c")
    workspace = Workspace(tmp_path / "c")

    assert codes(report) == ["clone.gone"]
    assert report.documents == 3
    assert head(workspace, deleted) is None
    assert head(workspace, added) is not None
    sync(workspace, adopt=True)
    assert surfaces(workspace, early) == surfaces(workspace, late) == {"Anna": "annotator:anna"}
    assert sync(workspace).outcome.pulled == 0


def test_a_label_that_is_made_while_a_project_is_cloned_is_in_the_schema(
    admin, people, tmp_path, account, monkeypatch
):
    project = ForeignProject(admin)
    project.add_label("PER")
    anna = project.add_member(people["anna"])
    (text,) = texts("Anna in Rome")
    example = project.add_text(text)
    read = reading._read

    def working(*arguments):
        anna.label_ids["LOC"] = project.add_label("LOC", colour="#00aa00")
        anna.add(example, 8, 12, "LOC")
        anna.confirm(example)
        return read(*arguments)

    monkeypatch.setattr(reading, "_read", working)
    clone(project.address, tmp_path / "c")
    workspace = Workspace(tmp_path / "c")
    assert workspace.schema.names == ("PER", "LOC")
    assert surfaces(workspace, text) == {"Rome": "annotator:anna"}
    before = project.spans(example)
    done = sync(workspace, adopt=True)
    assert (done.outcome.problems, done.outcome.carried) == ((), 0)
    assert project.spans(example) == before


def test_marks_that_count_grapheme_clusters_are_not_guessed(admin, people, clone_of):
    project = ForeignProject(admin, grapheme_mode=True)
    project.add_label("PER")
    anna = project.add_member(people["anna"])
    wide, plain = texts("👩‍👩‍👧 and Anna", "Only Anna")
    one, two = project.add_text(wide), project.add_text(plain)
    anna.add(one, 6, 10, "PER")
    anna.add(two, 5, 9, "PER")
    for example in (one, two):
        anna.confirm(example)
    workspace, report = clone_of(project)
    assert codes(report) == ["clone.graphemes"]
    assert surfaces(workspace, plain) == {"Anna": "annotator:anna"}
    assert head(workspace, wide) is None


def test_labels_keep_what_a_schema_does_not_have(admin, clone_of):
    project = ForeignProject(admin, type="IntentDetectionAndSlotFilling", guideline="")
    project.add_label("PER", colour="red", key="a")
    project.add_label("sport", "category", colour="#123abc", key="a")
    project.upload([{"text": texts("Anna")[0], "entities": [], "cats": []}])
    workspace, report = clone_of(project)
    assert codes(report) == ["clone.colour", "clone.key"]
    assert workspace.schema.labels[0].key == "a"
    assert workspace.schema.categories[0].key == ""
    done = sync(workspace, adopt=True)
    assert done.outcome.problems == ()
    types = admin.get(f"{project.resource}/span-types").json()
    assert [row["background_color"] for row in types] == ["red"]


def test_an_interrupted_clone_of_many_examples_resumes(admin, tmp_path, account, monkeypatch):
    project = ForeignProject(admin)
    token = secrets.token_hex(4)
    count = 1200
    rows = [{"text": f"Anna {token} {n}", "label": [[0, 4, "PER"]]} for n in range(count)]
    project.upload(rows)
    read, asked = reading._read, []

    def failing(session, source, row, comments):
        asked.append(row["id"])
        if len(asked) == 700:
            raise RemoteError("the server fell over", "try again")
        return read(session, source, row, comments)

    monkeypatch.setattr(reading, "_read", failing)
    with pytest.raises(RemoteError, match="fell over"):
        clone(project.address, tmp_path / "many")
    first, asked[:] = len(asked), []
    with pytest.raises(InputError):
        clone(ForeignProject(admin).address, tmp_path / "many")
    report = clone(project.address, tmp_path / "many")
    assert (report.documents, report.problems) == (count, ())
    assert report.layers["import:admin"] == count
    assert len(asked) < count - 600 + 30 < first + count
    with pytest.raises(InputError):
        clone(project.address, tmp_path / "many")
