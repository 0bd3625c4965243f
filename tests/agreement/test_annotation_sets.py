"""Annotation sets: read from files, and from the store."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import numpy as np
import pytest
from statsmodels.stats import inter_rater
from support.annotated_files import AT
from support.annotated_texts import ORAN, RABAT, document, json_line

from curate.agreement import (
    AgreementOptions,
    confirmed_versions,
    inter_annotator_agreement,
    read_annotation_sets,
    stored_annotation_sets,
)
from curate.agreement.adjudication import AdjudicationOptions, adjudicate_files
from curate.formats.convert import convert
from curate.model import Assignment
from curate.sync.conflicts import withdraw

PLAIN = AgreementOptions(resamples=0)


def test_files_are_matched_by_their_texts_whatever_their_order(annotator_files):
    sets = read_annotation_sets(annotator_files[:2], "jsonl")
    agreement = inter_annotator_agreement(sets, PLAIN)
    assert agreement.annotators == {"anna": 2, "bela": 2}
    pair = agreement.pairs[0]
    assert (pair.strict.micro.matched, pair.documents) == (2, 2)


def test_conll_files_of_two_annotators(tmp_path):
    tokens = ["Ali", "rentre", "de", "Tunis", "."]
    for name, tags in (
        ("anna", ["B-PER", "O", "O", "B-LOC", "O"]),
        ("bela", ["B-PER", "O", "O", "B-ORG", "O"]),
    ):
        text = "".join(f"{token} {tag}\n" for token, tag in zip(tokens, tags, strict=True))
        (tmp_path / f"{name}.conll").write_text(text, encoding="utf-8")
    sources = [tmp_path / "anna.conll", tmp_path / "bela.conll"]
    agreement = inter_annotator_agreement(read_annotation_sets(sources, "conll"), PLAIN)
    assert agreement.pairs[0].strict.micro.f1 == 0.5
    assert [(d.kind, d.first) for d in agreement.disagreements] == [("label", "Tunis")]


def test_brat_folders_of_two_annotators_whose_texts_differ_in_one_document(tmp_path):
    for name, text in (("anna", "Ali dort.\n"), ("bela", "Ali dort .\n")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "one.txt").write_text("Oran dort.\n", encoding="utf-8")
        (folder / "one.ann").write_text("T1\tLOC 0 4\tOran\n", encoding="utf-8")
        (folder / "two.txt").write_text(text, encoding="utf-8")
        (folder / "two.ann").write_text("T1\tPER 0 3\tAli\n", encoding="utf-8")
    sets = read_annotation_sets([tmp_path / "anna", tmp_path / "bela"], "brat")
    agreement = inter_annotator_agreement(sets, PLAIN)
    assert agreement.annotators == {"anna": 2, "bela": 2}
    assert agreement.documents == 1
    codes = [problem.code for problem in agreement.left_out]
    assert codes == ["agreement.text", "agreement.left-out", "agreement.left-out"]
    unmatched = {problem.document for problem in agreement.left_out[1:]}
    assert unmatched == {document("Ali dort.").id, document("Ali dort .").id}


def test_the_novels_as_files_have_their_known_scores(shared_data):
    path = shared_data / "doccano-multiuser-novels" / "AliceInWonderland.jsonl"
    agreement = inter_annotator_agreement(read_annotation_sets([path], "doccano"), PLAIN)
    assert agreement.annotators == {"1": 16, "2": 16, "3": 16}
    scores = {(p.first, p.second): round(p.strict.micro.f1, 3) for p in agreement.pairs}
    assert scores == {("1", "2"): 0.945, ("1", "3"): 0.961, ("2", "3"): 0.909}


def test_a_text_that_occurs_twice_counts_twice(tmp_path):
    for name, first, second in (("anna", "PER", "LOC"), ("bela", "PER", "PER")):
        lines = [json_line("Ali", ("Ali", first)), json_line("Ali", ("Ali", second))]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    sets = read_annotation_sets(sorted(tmp_path.iterdir()), "jsonl")
    agreement = inter_annotator_agreement(sets, PLAIN)
    assert agreement.documents == 2
    assert agreement.pairs[0].strict.micro.f1 == 0.5


def prodigy(text: str, *spans: tuple[int, int, str], **fields: Any) -> str:
    keys = [{"start": start, "end": end, "label": label} for start, end, label in spans]
    return json.dumps({"text": text, "spans": keys, "answer": "accept", **fields})


def test_rows_of_several_annotators_are_versions_of_one_text(tmp_path):
    ali = (0, 3, "PER")
    rows = [
        prodigy("Ali dort", ali, _session_id="ada"),
        prodigy("Ali dort", ali, _session_id="bea"),
        prodigy("Oran", _session_id="ada"),
        prodigy("Oran", (0, 4, "LOC"), _session_id="bea"),
        prodigy("Oran", _session_id="cem", answer="ignore"),
        prodigy("Rabat", _session_id="cem", answer="reject"),
    ]
    path = tmp_path / "export.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")
    agreement = inter_annotator_agreement(read_annotation_sets([path]), PLAIN)
    assert (agreement.documents, agreement.annotators) == (2, {"ada": 2, "bea": 2})
    assert agreement.pairs[0].strict.micro.f1 == pytest.approx(2 / 3)
    left_out = [problem.message for problem in agreement.left_out if problem.severity == "info"]
    assert left_out == ["nobody annotated it"]
    report = adjudicate_files([path], AdjudicationOptions(strategy="unanimous"))
    assert (report.documents, report.settled, report.open) == (2, 1, 1)


def test_rows_that_one_annotator_has_of_a_text_are_united(tmp_path):
    rows = [
        prodigy("Ali dort", (0, 3, "PER"), _session_id="ada"),
        prodigy("Ali dort", answer="reject", _session_id="bea"),
        prodigy("Ali dort", (4, 8, "ACT"), _session_id="bea"),
        prodigy("Ali dort", (4, 8, "ACT"), _session_id="ada"),
        prodigy("Ali dort", (4, 8, "ACT"), _session_id="ada"),
    ]
    path = tmp_path / "export.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")
    sets = read_annotation_sets([path])
    spans = {name: [s.key for s in own[0].spans] for name, own in sets.annotations.items()}
    assert spans == {"ada": [(0, 3, "PER"), (4, 8, "ACT")], "bea": [(4, 8, "ACT")]}
    assert [len(own) for own in sets.annotations.values()] == [1, 1]
    codes = [problem.code for problem in sets.problems]
    assert codes == ["read.not-accepted", "agreement.united"]


def test_an_old_export_of_doccano_may_have_a_row_for_each_annotator(tmp_path):
    def row(user: int, *ends: int) -> str:
        spans = [{"label": 1, "start_offset": 0, "end_offset": end, "user": user} for end in ends]
        return json.dumps({"id": user, "text": "Ali dort", "annotations": spans})

    path = tmp_path / "all.jsonl"
    path.write_text("\n".join((row(1, 3), row(2, 3, 8), row(3))), encoding="utf-8")
    agreement = inter_annotator_agreement(read_annotation_sets([path]), PLAIN)
    assert (agreement.documents, agreement.annotators) == (1, {"1": 1, "2": 1})
    assert agreement.pairs[0].strict.micro.f1 == pytest.approx(2 / 3)


def test_versions_without_a_name_are_those_of_different_people(tmp_path):
    rows = [prodigy("Ali dort", (0, 3, "PER")), prodigy("Ali dort"), prodigy("Oran")]
    path = tmp_path / "export.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")
    sets = read_annotation_sets([path])
    assert {name: len(own) for name, own in sets.annotations.items()} == {
        "unsigned-1": 2,
        "unsigned-2": 1,
    }
    assert [problem.code for problem in sets.problems] == ["agreement.unsigned"]
    path.write_text("\n".join(rows[1:]), encoding="utf-8")
    assert list(read_annotation_sets([path]).annotations) == ["export"]


def test_a_model_is_no_annotator(tmp_path):
    result = [{"type": "labels", "value": {"start": 0, "end": 3, "labels": ["PER"]}}]
    annotations = [{"completed_by": user, "result": result} for user in (1, 2)]
    predictions = [{"model_version": "m1", "result": []}]
    task = {"data": {"text": "Ali"}, "annotations": annotations, "predictions": predictions}
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    sets = read_annotation_sets([path])
    assert list(sets.annotations) == ["1", "2"]
    assert [problem.code for problem in sets.problems] == ["agreement.model"]


def test_files_of_the_same_name_are_named_by_their_paths(tmp_path):
    sources = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        sources.append(tmp_path / name / "marks.jsonl")
        sources[-1].write_text(json_line("Ali", ("Ali", "PER")), encoding="utf-8")
    sets = read_annotation_sets(sources, "jsonl")
    assert set(sets.annotations) == set(map(str, sources))


def test_a_line_that_cannot_be_read_is_reported(annotator_files):
    anna = annotator_files[0]
    anna.write_text(anna.read_text("utf-8") + "\nnonsense", encoding="utf-8")
    agreement = inter_annotator_agreement(read_annotation_sets(annotator_files[:2], "jsonl"), PLAIN)
    problem = agreement.left_out[0]
    assert (problem.where, problem.severity) == (f"{anna}:3", "error")


def test_a_version_that_its_annotator_did_not_confirm_is_left_out(annotated_corpus):
    rabat = document(RABAT).id
    with annotated_corpus.store.begin() as tx:
        tx.put_assignment(
            Assignment(document=rabat, annotators=("anna", "bela"), done={"anna": AT})
        )
    sets = stored_annotation_sets(annotated_corpus.store)
    assert {name: len(own) for name, own in sets.annotations.items()} == {"anna": 2, "bela": 1}
    assert [(p.code, p.document) for p in sets.problems] == [("agreement.left-out", rabat)]


def test_a_withdrawn_document_is_left_out(annotated_corpus):
    oran = document(ORAN).id
    withdraw(annotated_corpus, oran, "not ours")
    sets = stored_annotation_sets(annotated_corpus.store)
    assert [one.id for one in sets.documents] == [document(RABAT).id]
    assert [(p.code, p.document) for p in sets.problems] == [("agreement.left-out", oran)]


@pytest.mark.parametrize(
    ("done", "names"),
    [({"anna": AT}, []), ({"bela": AT, "anna": AT}, ["anna", "bela"])],
)
def test_versions_count_as_confirmed_once_all_annotators_did(annotated_corpus, done, names):
    assignment = Assignment(document=document(RABAT).id, annotators=("anna", "bela"), done=done)
    with annotated_corpus.store.begin() as tx:
        assert list(confirmed_versions(tx, assignment)) == names


def test_what_a_reviewer_decided_is_no_independent_version(tmp_path):
    ali = (0, 3, "PER")
    versions = [{"spans": [], "sessions": [name], "answer": "accept"} for name in ("ada", "bea")]
    path = tmp_path / "review.jsonl"
    path.write_text(prodigy("Ali dort", ali, _session_id="chief", versions=versions))
    sets = read_annotation_sets([path])
    assert set(sets.annotations) == {"ada", "bea"}
    assert [problem.code for problem in sets.problems] == ["agreement.decision"]
    everybody = read_annotation_sets([path], people=False)
    assert set(everybody.annotations) == {"ada", "bea", "chief"}


TOKENS = ["l'Iran", "et", "l'E\u0323\u0301ko\u0323\u0301", "(", "à", "Rabat", ")"]


@pytest.mark.parametrize(
    "format", ["conll", "conllu", "gliner", "prodigy", "spacy", "webanno", "cas-json", "spacy-json"]
)
def test_the_tokens_of_a_file_are_kept(tmp_path, format):
    rows = "".join(f"{word} {'B-LOC' if word == 'Rabat' else 'O'}\n" for word in TOKENS)
    source = tmp_path / "source.conll"
    source.write_text(rows, encoding="utf-8")
    target = tmp_path / "target"
    if format == "conll":
        target = source
    elif format == "spacy-json":
        text = " ".join(TOKENS)
        at = [text.index(word) for word in TOKENS]
        tokens = [{"id": n, "start": a, "end": a + len(TOKENS[n])} for n, a in enumerate(at)]
        value = {"text": text, "ents": [{"start": at[5], "end": at[5] + 5, "label": "LOC"}]}
        target.write_text(json.dumps({**value, "tokens": tokens}), encoding="utf-8")
    else:
        convert([source], target, read_as="conll", write_as=format)
    sets = read_annotation_sets([target], format)
    (one,) = sets.documents
    found = [one.text[start:end] for start, end in sets.tokens[one.id]]
    if format in ("conll", "spacy-json"):  # the others were cut again by spaCy's rules
        normalised = [unicodedata.normalize("NFC", word) for word in TOKENS]
        assert found == normalised
    assert "".join(found) == "".join(one.text.split())
    assert "Rabat" in found


def test_a_file_with_other_tokens_of_a_text_is_reported(tmp_path):
    for name, rows in (("anna", "l'Iran B-LOC\n"), ("bela", "l'Iran B-LOC\n")):
        (tmp_path / f"{name}.conll").write_text(rows, encoding="utf-8")
    tokens = [{"start": 0, "end": 2}, {"start": 2, "end": 6}]
    line = {"text": "l'Iran", "spans": [], "tokens": tokens}
    (tmp_path / "carl.jsonl").write_text(json.dumps(line | {"answer": "accept"}), encoding="utf-8")
    sources = [tmp_path / name for name in ("anna.conll", "bela.conll", "carl.jsonl")]
    sets = read_annotation_sets(sources)
    assert list(sets.tokens.values()) == [((0, 6),)]
    assert [problem.code for problem in sets.problems] == ["agreement.tokens"]
    assert sets.problems[0].where.startswith(str(sources[2]))


def test_each_version_has_its_place(annotator_files):
    sets = read_annotation_sets(annotator_files[:2], "jsonl")
    agreement = inter_annotator_agreement(sets, PLAIN)
    assert agreement.places.keys() == {one.id for one in sets.documents}
    for one in sets.documents:
        for path in annotator_files[:2]:
            file, _, number = agreement.places[one.id][path.stem].rpartition(":")
            assert file == str(path)
            line = path.read_text("utf-8").splitlines()[int(number) - 1]
            assert json.loads(line)["text"] == one.text


@pytest.mark.parametrize("bio", [True, False])
def test_token_fleiss_is_that_of_the_tags_in_the_files(tmp_path, bio):
    generator = np.random.default_rng(17)
    words = [*TOKENS, "O\u0323ba\u0301", "U.S.", "3,5", "«", "d'Ivoire", "हिन्दी"]
    columns = []
    for name in ("anna", "bela", "carl"):
        tags: list[str] = []
        for at in range(len(words) * 20):
            before = tags[-1][2:] if tags else ""
            inside = [f"I-{before}"] * 3 if before and at % 7 else []  # not in a new sentence
            tags.append(generator.choice(["O", "O", "O", "B-PER", "B-LOC", *inside]))
        columns.append(tags)
        lines = [
            f"{words[at % len(words)]} {tag}\n" + "\n" * (at % 7 == 6)
            for at, tag in enumerate(tags)
        ]
        (tmp_path / f"{name}.conll").write_text("".join(lines), encoding="utf-8")
    plain = [[tag[-3:] if not bio and tag != "O" else tag for tag in tags] for tags in columns]
    counts, _ = inter_rater.aggregate_raters(np.array(plain).T)
    sets = read_annotation_sets(sorted(tmp_path.iterdir()), "conll")
    found = inter_annotator_agreement(sets, PLAIN._replace(bio=bio))
    assert found.tokens == len(columns[0])
    assert found.own_tokens == 1
    assert found.coefficients["fleiss"].value == pytest.approx(inter_rater.fleiss_kappa(counts))
