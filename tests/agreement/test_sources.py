"""Agreement, evaluation and adjudication where the data is: files, the store, the command line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from curate.agreement import AgreementOptions, adjudication
from curate.agreement import annotation_sets as measure
from curate.agreement.corpus import adjudicate, agreement, assistance, decide
from curate.cli.commands import app
from curate.errors import InputError
from curate.model import Annotation, Assignment, Document, Revision, Span
from curate.sync.conflicts import withdraw
from curate.util import jsonl
from curate.workspace import Workspace

PLAIN = AgreementOptions(resamples=0)
AT = "2026-03-02T09:00:00Z"
TEXT = "Marie Dupont arrive à Rabat avec Ali."
OTHER = "Le port d'Oran ouvre lundi."


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def row(text, *marks):
    """A line of JSON Lines; each mark is a surface and a label."""
    spans = [
        {"start": text.index(s), "end": text.index(s) + len(s), "label": label}
        for s, label in marks
    ]
    return json.dumps({"text": text, "spans": spans}, ensure_ascii=False)


@pytest.fixture
def files(tmp_path):
    said = {
        "anna": [row(TEXT, ("Marie Dupont", "PER"), ("Rabat", "LOC")), row(OTHER, ("Oran", "LOC"))],
        "bela": [row(OTHER, ("Oran", "LOC")), row(TEXT, ("Marie Dupont", "PER"), ("Rabat", "ORG"))],
        "carl": [row(TEXT, ("Marie Dupont", "PER"), ("Rabat", "LOC"))],
    }
    for name, rows in said.items():
        (tmp_path / f"{name}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return [tmp_path / f"{name}.jsonl" for name in said]


# -- files


def test_files_are_joined_by_their_texts_whatever_their_order(files):
    found = measure.agreement(measure.read_annotation_sets(files[:2], "jsonl"), PLAIN)
    assert found.annotators == {"anna": 2, "bela": 2}
    assert (found.pairs[0].strict.micro.matched, found.pairs[0].documents) == (2, 2)


def test_conll_files_of_two_annotators(tmp_path):
    tokens = ["Ali", "rentre", "de", "Tunis", "."]
    for name, tags in (
        ("anna", ["B-PER", "O", "O", "B-LOC", "O"]),
        ("bela", ["B-PER", "O", "O", "B-ORG", "O"]),
    ):
        text = "".join(f"{token} {tag}\n" for token, tag in zip(tokens, tags, strict=True))
        (tmp_path / f"{name}.conll").write_text(text, encoding="utf-8")
    sources = [tmp_path / "anna.conll", tmp_path / "bela.conll"]
    found = measure.agreement(measure.read_annotation_sets(sources, "conll"), PLAIN)
    assert found.pairs[0].strict.micro.f1 == 0.5
    assert [(d.kind, d.first) for d in found.disagreements] == [("label", "Tunis")]


def test_brat_folders_of_two_annotators_whose_texts_differ_in_one_document(tmp_path):
    for name, text in (("anna", "Ali dort.\n"), ("bela", "Ali dort .\n")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "one.txt").write_text("Oran dort.\n", encoding="utf-8")
        (folder / "one.ann").write_text("T1\tLOC 0 4\tOran\n", encoding="utf-8")
        (folder / "two.txt").write_text(text, encoding="utf-8")
        (folder / "two.ann").write_text("T1\tPER 0 3\tAli\n", encoding="utf-8")
    voices = measure.read_annotation_sets([tmp_path / "anna", tmp_path / "bela"], "brat")
    found = measure.agreement(voices, PLAIN)
    assert found.annotators == {"anna": 2, "bela": 2}
    assert found.documents == 1
    warned = [p for p in found.left_out if p.code == "agreement.text"]
    assert len(warned) == 1
    assert "the texts of two differ" in warned[0].message
    assert len([p for p in found.left_out if p.message.startswith("only ")]) == 2


def test_the_novels_as_files_have_their_known_scores(shared_data):
    path = shared_data / "doccano-multiuser-novels" / "AliceInWonderland.jsonl"
    found = measure.agreement(measure.read_annotation_sets([path], "doccano"), PLAIN)
    assert found.annotators == {"1": 16, "2": 16, "3": 16}
    scores = {(p.first, p.second): round(p.strict.micro.f1, 3) for p in found.pairs}
    assert scores == {("1", "2"): 0.945, ("1", "3"): 0.961, ("2", "3"): 0.909}


def test_a_text_that_comes_twice_counts_twice(tmp_path):
    for name, first, second in (("anna", "PER", "LOC"), ("bela", "PER", "PER")):
        rows = [row("Ali", ("Ali", first)), row("Ali", ("Ali", second))]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    found = measure.agreement(
        measure.read_annotation_sets(sorted(tmp_path.iterdir()), "jsonl"), PLAIN
    )
    assert found.documents == 2
    assert found.pairs[0].strict.micro.f1 == 0.5


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path):
    sources = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        sources.append(tmp_path / name / "marks.jsonl")
        sources[-1].write_text(row("Ali", ("Ali", "PER")), encoding="utf-8")
    voices = measure.read_annotation_sets(sources, "jsonl")
    assert set(voices.annotations) == set(map(str, sources))


def test_one_annotator_is_refused(files):
    with pytest.raises(InputError, match="agreement takes two annotators, here is carl"):
        measure.agreement(measure.read_annotation_sets(files[2:], "jsonl"), PLAIN)


def test_what_cannot_be_read_is_named(files, tmp_path):
    files[0].write_text(files[0].read_text("utf-8") + "\nnonsense", encoding="utf-8")
    found = measure.agreement(measure.read_annotation_sets(files[:2], "jsonl"), PLAIN)
    assert found.left_out[0].where == f"{files[0]}:3"
    assert found.left_out[0].severity == "error"


def test_a_source_with_several_layers_is_asked_about(shared_data):
    path = shared_data / "doccano-multiuser-novels" / "AliceInWonderland.jsonl"
    with pytest.raises(InputError, match="3 layers to compare; use --layer with one of: 1, 2, 3"):
        measure.evaluation(path, path, format="doccano")
    found = measure.evaluation(path, path, format="doccano", layer="annotator:2")
    assert found.conll.micro.f1 == 1


# -- the store


@pytest.fixture
def workspace(tmp_path):
    Workspace.init(tmp_path / "corpus", "corpus", now=lambda: AT)
    made = Workspace(tmp_path / "corpus", now=lambda: AT)
    ids = {}
    with made.store.begin() as tx:
        for text in (TEXT, OTHER):
            ids[text] = jsonl.document_id(text)
            tx.add_document(Document(id=ids[text], text=text, lang="fr"))
        for name, text, marks in (
            ("anna", TEXT, ((0, 12, "PER"), (22, 27, "LOC"))),
            ("bela", TEXT, ((0, 12, "PER"), (22, 27, "ORG"))),
            ("anna", OTHER, ((10, 14, "LOC"),)),
            ("bela", OTHER, ((10, 14, "LOC"),)),
        ):
            tx.put_annotation(said(name, ids[text], marks))
    return made, ids


def said(name, document, marks):
    spans = tuple(Span(*mark) for mark in marks)
    return Annotation(document=document, layer=f"annotator:{name}", spans=spans)


def test_agreement_of_the_annotators_of_a_corpus(workspace):
    made, _ = workspace
    found = agreement(made, PLAIN)
    assert found.annotators == {"anna": 2, "bela": 2}
    assert found.pairs[0].strict.micro.f1 == pytest.approx(2 / 3)


def test_what_nobody_confirmed_is_left_out(workspace):
    made, ids = workspace
    with made.store.begin() as tx:
        tx.put_assignment(
            Assignment(document=ids[TEXT], annotators=("anna", "bela"), done={"anna": AT})
        )
    found = agreement(made, PLAIN)
    assert found.annotators == {"anna": 2, "bela": 1}
    told = {(p.document, p.message) for p in found.left_out}
    assert (ids[TEXT], "left out: bela has not confirmed it") in told


def test_an_empty_corpus_has_no_agreement(tmp_path):
    Workspace.init(tmp_path / "corpus")
    with pytest.raises(InputError, match="here is nobody"):
        agreement(Workspace(tmp_path / "corpus"), PLAIN)


def test_people_against_the_proposal_with_a_control(workspace):
    made, ids = workspace
    with made.store.begin() as tx:
        for key in ids.values():
            tx.put_annotation(
                Annotation(document=key, layer="proposal", spans=(Span(0, 12, "PER"),))
            )
        tx.put_assignment(
            Assignment(document=ids[OTHER], annotators=("anna",), control=True, done={"anna": AT})
        )
    found = assistance(made, "proposal", "anna", PLAIN)
    assert found.documents == 1
    assert (found.outcome.accepted, found.outcome.missed) == (1, 1)
    assert found.anchoring.hidden_documents == 1
    assert found.anchoring.hidden.f1 == 0
    with pytest.raises(InputError, match="gold says nothing yet"):
        assistance(made, "proposal", "gold", PLAIN)
    with pytest.raises(InputError, match="no document has a layer model:x"):
        assistance(made, "model:x", "anna", PLAIN)


def test_adjudication_keeps_what_was_decided_by_people_and_by_runs(workspace):
    made, ids = workspace
    first = adjudicate(made, adjudication.AdjudicationOptions(gold=True))
    assert (first.settled, first.open, first.kept) == (2, 1, 0)
    assert first.gold == (ids[OTHER],)
    decide(made, ids[TEXT][:6], 22, 27, "anna")
    with made.store.begin() as tx:
        for name in ("anna", "bela"):
            tx.put_annotation(said(name, ids[TEXT], ((0, 12, "ORG"), (22, 27, "ORG"))))
    second = adjudicate(made, adjudication.AdjudicationOptions(gold=True))
    assert (second.settled, second.open, second.kept) == (3, 0, 3)
    with made.store.begin() as tx:
        head = tx.head(ids[TEXT])
        layer = tx.annotation(ids[TEXT], "adjudicated")
    assert [s.key for s in head.spans] == [(0, 12, "PER"), (22, 27, "LOC")]
    assert head.spans == layer.spans
    assert (head.number, head.author, head.reason) == (
        1,
        "curator:curator",
        "adjudicated by majority",
    )
    third = adjudicate(made, adjudication.AdjudicationOptions(gold=True))
    assert third.gold == ()
    path = made.annotations / adjudication.FILE
    assert len(path.read_bytes().splitlines()) == 3
    before = path.read_bytes()
    again = adjudicate(made, adjudication.AdjudicationOptions(again=True))
    assert again.kept == 1
    assert [s.key for s in again.found[0 if ids[TEXT] < ids[OTHER] else 1].annotation.spans] == [
        (0, 12, "ORG"),
        (22, 27, "LOC"),
    ]
    assert path.read_bytes() != before


def test_roles_come_from_the_settings(workspace):
    made, ids = workspace
    path = made.root / "curate.toml"
    settings = path.read_text("utf-8").replace(
        "[doccano.members]", '[doccano.members]\nanna = "annotator"\nbela = "annotation_approver"'
    )
    path.write_text(settings, encoding="utf-8")
    done = adjudicate(
        Workspace(made.root, now=lambda: AT), adjudication.AdjudicationOptions(strategy="role")
    )
    assert done.open == 0
    spans = {each.annotation.document: each.annotation.spans for each in done.found}
    assert [s.key for s in spans[ids[TEXT]]] == [(0, 12, "PER"), (22, 27, "ORG")]


@pytest.mark.parametrize(
    "reason", ["pulled from Doccano: 1 kept", "adjudicated in Doccano: 1 added"]
)
def test_gold_that_people_made_is_a_decision_about_the_whole_document(workspace, reason):
    made, ids = workspace
    gold = Revision(
        document=ids[TEXT],
        number=1,
        author="annotator:dora",
        at=AT,
        reason=reason,
        schema=made.schema.id,
        spans=(Span(0, 12, "ORG"),),
    )
    with made.store.begin() as tx:
        tx.add_revision(gold)
    done = adjudicate(made, adjudication.AdjudicationOptions(gold=True))
    found = {each.annotation.document: each for each in done.found}[ids[TEXT]]
    assert (found.open, found.annotation.spans) == ((), gold.spans)
    assert {region.how for region in found.settled} == {"decided"}
    assert (done.open, done.kept) == (0, len(found.settled))
    assert done.gold == (ids[OTHER],)
    with made.store.begin() as tx:
        assert tx.head(ids[TEXT]) == gold


def test_a_withdrawn_document_is_neither_measured_nor_made_gold_again(workspace):
    made, ids = workspace
    adjudicate(made, adjudication.AdjudicationOptions(gold=True))
    withdraw(made, ids[OTHER], "not ours")
    done = adjudicate(made, adjudication.AdjudicationOptions(gold=True))
    assert done.gold == () and ids[OTHER] not in {e.annotation.document for e in done.found}
    assert [(p.document, p.message) for p in done.problems] == [
        (ids[OTHER], "left out: it was withdrawn")
    ]
    assert agreement(made, PLAIN).documents == 1


def test_a_decision_that_cuts_a_span_or_has_no_version_is_refused(workspace):
    made, ids = workspace
    with pytest.raises(InputError, match="anna has a span that reaches out of 0-5; decide on 0-12"):
        decide(made, ids[TEXT], 0, 5, "anna")
    with pytest.raises(InputError, match="zoe has no version"):
        decide(made, ids[TEXT], 0, 12, "zoe")
    assert decide(made, ids[TEXT], 22, 27, "none").spans == ()


# -- the command line


def test_agreement_is_told(files, tmp_path):
    table = run("agreement", *files, "--from", "jsonl", "--resamples", 0, "--confusion").output
    rows = [line.split() for line in table.splitlines()]
    place = rows.index(["anna", "↓", "bela", "→", "LOC", "ORG", "PER"])
    assert rows[place + 1 : place + 4] == [["LOC", "1", "1"], ["ORG"], ["PER", "1"]]
    drawn = tmp_path / "heat.svg"
    told = run("agreement", *files, "--from", "jsonl", "--resamples", 50, "--svg", drawn)
    assert told.exit_code == 0, told.output
    assert "2 documents that two or more annotated (anna 2, bela 2, carl 1)" in told.stdout
    assert "Krippendorff's alpha" in told.stdout
    assert "« Rabat » LOC / « Rabat » ORG" in told.stdout
    assert "carl not" in told.stdout
    assert drawn.read_text("utf-8").startswith("<svg")
    found = json.loads(run("agreement", *files, "--from", "jsonl", "--json").stdout)
    assert found["across"]["strict"]["pairs"] == 3
    assert found["coefficients"]["krippendorff"]["value"] > 0


def test_undefined_values_are_null_in_json_and_a_reason_in_words(tmp_path):
    for name in ("anna", "bela"):
        (tmp_path / f"{name}.jsonl").write_text(row("Rien."), encoding="utf-8")
    sources = sorted(tmp_path.iterdir())
    found = json.loads(run("agreement", *sources, "--json").stdout)
    assert found["coefficients"]["fleiss"]["value"] is None
    assert found["pairs"][0]["strict"]["micro"]["f1"] is None
    assert "nobody marked anything" in run("agreement", *sources).stdout


def test_evaluation_is_told(files):
    told = run("evaluate", files[0], files[2], "--from", "jsonl", "--resamples", 0)
    assert told.exit_code == 0, told.output
    assert "1 document with gold and prediction" in told.stdout
    assert "left out: it has no prediction" in told.stdout
    found = json.loads(run("evaluate", files[0], files[1], "--json").stdout)
    assert found["conll"]["micro"]["f1"] == pytest.approx(2 / 3)
    assert found["semeval"]["exact"]["overall"]["f1"] == 1


def test_adjudication_of_files_is_told_and_written(files, tmp_path):
    target = tmp_path / "out" / "one.jsonl"
    told = run("adjudicate", *files[:2], "--strategy", "unanimous", "--output", target)
    assert told.exit_code == 1, told.output
    assert "unanimous: settled 2 regions in 2 documents; 1 open" in told.stdout
    assert "anna: 22-27 LOC" in told.stdout
    rows = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert sorted(len(each["spans"]) for each in rows) == [1, 1]
    assert (tmp_path / "out" / "one.decisions.jsonl").exists()
    weighted = run("adjudicate", *files, "--strategy", "weighted", "--confidence", 0.6)
    assert "right, as measured over" in weighted.stdout
    back = measure.evaluation(target, target, format="jsonl")
    assert back.conll.micro.matched == 2


def test_by_role_asks_for_the_roles(files):
    refused = run("adjudicate", *files, "--strategy", "role")
    assert isinstance(refused.exception, InputError)
    assert "nobody's role is known" in str(refused.exception)
    told = run(
        "adjudicate", *files, "--strategy", "role",
        "--role", "carl=curator", "--role", "anna=annotator", "--role", "bela=annotator",
    )  # fmt: skip
    assert told.exit_code == 0, told.output


def test_a_decision_of_another_form_is_refused(tmp_path):
    assert run("adjudicate", "--decide", "abc", "-C", tmp_path).exit_code == 2


def test_the_workspace_is_measured_and_adjudicated_by_the_commands(workspace):
    made, ids = workspace
    told = run("agreement", "-C", made.root, "--resamples", 0)
    assert "0.667" in told.stdout, told.output
    first = run("adjudicate", "-C", made.root)
    assert first.exit_code == 1
    assert f"open {ids[TEXT]}:22-27" in first.stdout
    decided = run("adjudicate", "-C", made.root, "--decide", f"{ids[TEXT][:8]}:22-27=bela")
    assert decided.stdout == f"decided: {ids[TEXT]}:22-27 has 1 span\n"
    second = run("adjudicate", "-C", made.root, "--gold")
    assert second.exit_code == 0, second.output
    assert "settled 3 regions in 2 documents, 3 of them before; 0 open" in second.stdout
    assert "gold: 2 documents" in second.stdout
    against = run("agreement", "-C", made.root, "--model", "adjudicated", "--resamples", 0)
    assert "F1 1.000" in against.stdout, against.output
