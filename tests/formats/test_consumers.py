"""What we export, read by those it is for: their own loader, or the rules they give."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from support import consumer_rules as rules
from support.golden_corpus import CORPUS, RELEASE, SCHEMA, Pair, account
from support.random_documents import articles

from curate.formats import export
from curate.formats.export import CorpusInfo, Selection

LABELS = set(SCHEMA.names)
TEXTS = {document.id: document.text for document, _ in CORPUS}


def written(format: str, folder: Path, pairs: list[Pair] | None = None) -> Path:
    target = folder / f"corpus.{format}"
    export.write(format, CORPUS if pairs is None else pairs, target, SCHEMA, RELEASE)
    return target


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_brat_takes_the_folder(tmp_path: Path) -> None:
    target = written("brat", tmp_path)
    config = rules.brat_config((target / "annotation.conf").read_text("utf-8"))
    assert config["entities"] == LABELS
    notes = sorted(target.rglob("*.ann"))
    assert len(notes) == len(CORPUS)
    for path in notes:
        text = path.with_suffix(".txt").read_bytes().decode()
        assert list(rules.brat(text, path.read_bytes().decode(), config)) == []


def test_label_studio_takes_the_tasks(tmp_path: Path) -> None:
    tasks = json.loads(written("label-studio", tmp_path).read_bytes())
    assert len(tasks) == len(CORPUS)
    assert [each for task in tasks for each in rules.label_studio(task, LABELS)] == []


def test_prodigy_takes_the_tasks(tmp_path: Path) -> None:
    tasks = rows(written("prodigy", tmp_path))
    assert len(tasks) == len(CORPUS)
    assert [each for task in tasks for each in rules.prodigy(task)] == []


def test_a_conllu_validator_takes_the_file(tmp_path: Path) -> None:
    data = written("conllu", tmp_path).read_bytes().decode()
    assert data.count("# sent_id") > len(CORPUS)
    assert list(rules.conllu(data)) == []


def test_the_web_annotations_are_what_the_model_asks_for(tmp_path: Path) -> None:
    found = rows(written("web-annotation", tmp_path))
    marks = sum(len(r.spans) + len(r.relations) + len(r.categories) for _, r in CORPUS)
    assert len({each["id"] for each in found}) == len(found) == marks
    for each in found:
        assert list(rules.web_annotation(each, TEXTS[each["id"].split(":")[2]])) == []


def test_the_rules_find_what_breaks_them(tmp_path: Path) -> None:
    task = next(row for row in rows(written("prodigy", tmp_path)) if row["relations"])
    span, (first, second, *_), relation = task["spans"][0], task["tokens"], task["relations"][0]
    for it, change in (
        (span, {"end": 9999}),
        (first, {"ws": not first["ws"]}),
        (second, {"id": 7}),
        (relation, {"head_span": {"start": 0, "end": 1, "label": "X"}}),
    ):
        before = dict(it)
        it |= change
        assert list(rules.prodigy(task)), change
        it |= before
    assert list(rules.prodigy(task)) == []
    config = {"entities": {"PER"}, "relations": {"in"}, "events": set(), "attributes": set()}
    good = "T1\tPER 0 1;2 3\ta c\nT2\tPER 0 1\ta\nR1\tin Arg1:T1 Arg2:T2\n"
    assert list(rules.brat("a\nc", good, config)) == []
    for bad in (
        "T1\tPER 0 3\ta\nc\n",
        "T1\tLOC 0 1\ta\n",
        "T1\tPER 0 1;1 2\ta \n",
        "T1\tPER 0 9\ta\n",
        "T1\tPER 0 1\ta\nT1\tPER 0 1\ta\n",
        "R1\tin Arg1:T1 Arg2:T2\n",
        "T1\tPER 0 1\ta",
    ):
        assert list(rules.brat("a\nc", bad, config)), bad
    assert list(rules.conllu("# sent_id = 1\n# text = a b\n1\ta" + "\t_" * 8 + "\n\n"))
    where = {"source": "urn:x:y", "selector": []}
    note = {"@context": "http://www.w3.org/ns/anno.jsonld", "id": "no iri", "target": where}
    with pytest.raises(KeyError):
        list(rules.web_annotation(note, "a"))
    assert len(list(rules.web_annotation(note | {"target": "x y"}, "a"))) == 4


def test_datasets_loads_the_folder_offline(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    import datasets

    made = articles(shared_data, 30)
    ids = sorted(document.id for document, _ in made)
    splits = {"train": tuple(ids[:20]), "dev": tuple(ids[20:25]), "test": tuple(ids[25:30])}
    import msgspec

    release = msgspec.structs.replace(RELEASE, splits=splits)
    target = tmp_path / "corpus.huggingface"
    exported = export.write("huggingface", made, target, SCHEMA, release)
    how = {"cache_dir": str(tmp_path / "cache"), "verification_mode": "all_checks"}
    found = datasets.load_dataset(str(target), **how)
    assert {name: part.num_rows for name, part in found.items()} == {
        "train": 20,
        "dev": 5,
        "test": 5,
    }
    labels = found["train"].features["spans"].feature["label"]
    known = {document.id: (document, revision) for document, revision in made}
    for part in found.values():
        for row in part:
            document, revision = known.pop(row["id"])
            assert row["text"] == document.text
            keys = [(s["start"], s["end"], labels.int2str(s["label"])) for s in row["spans"]]
            assert keys == [span.key for span in revision.spans]
    assert known == {}
    tokens = datasets.load_dataset(str(target), "tokens", **how)
    tags = tokens["train"].features["ner_tags"].feature
    assert tags.names[0] == "O"
    begun = [tag for part in tokens.values() for row in part for tag in row["ner_tags"]]
    (table,) = exported.also
    assert sum(tags.names[tag].startswith("B-") for tag in begun) == table.spans > 100
    for row in tokens["dev"]:
        text = next(d.text for d, _ in made if d.id == row["document"])
        for start, token in zip(row["starts"], row["tokens"], strict=True):
            assert text[start : start + len(token)] == token


@pytest.mark.filterwarnings("ignore")  # those of rdflib and pandas, in mlcroissant
def test_croissant_validates_and_reads_the_rows(tmp_path: Path) -> None:
    import mlcroissant

    target = tmp_path / "corpus.huggingface"
    about = CorpusInfo(
        name="a b", license="CC-BY-4.0", homepage="https://example.org", citation="x"
    )
    export.write("huggingface", CORPUS, target, SCHEMA, RELEASE, corpus=about)
    found = mlcroissant.Dataset(str(target / "croissant.json"))
    assert (found.metadata.ctx.issues.errors, found.metadata.ctx.issues.warnings) == (set(), set())
    by_id = {row["documents/id"].decode(): row for row in found.records("documents")}
    assert by_id.keys() == TEXTS.keys()
    for document, revision in CORPUS:
        row = by_id[document.id]
        assert row["documents/text"].decode() == document.text
        marks = row["documents/spans"]
        keys = [
            (
                mark["documents/spans/start"],
                mark["documents/spans/end"],
                SCHEMA.names[mark["documents/spans/label"]],
            )
            for mark in marks
        ]
        assert keys == [span.key for span in revision.spans]
        split = next((n for n, ids in RELEASE.splits.items() if document.id in ids), "unassigned")
        assert row["documents/split"].decode() == split
    assert len(list(found.records("tokens"))) > len(CORPUS)
    bare = tmp_path / "bare.huggingface"
    export.write("huggingface", CORPUS, bare, SCHEMA)
    told = mlcroissant.Dataset(str(bare / "croissant.json")).metadata.ctx.issues
    assert told.errors == set()
    broken = json.loads((bare / "croissant.json").read_bytes())
    del broken["recordSet"][-1]["field"][1]["dataType"]
    with pytest.raises(mlcroissant.ValidationError):
        mlcroissant.Dataset(broken)


def test_sha256sum_checks_a_folder(tmp_path: Path) -> None:
    target = written("brat", tmp_path)
    command = ["sha256sum", "--check", "--strict", "--quiet", f"{target.name}.sha256"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    next(target.rglob("*.ann")).write_bytes(b"T1")
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 1


def test_a_folder_of_docbins_is_a_corpus_to_spacy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import spacy
    from spacy.training import Corpus

    from curate.formats import docbin

    whole = written("spacy", tmp_path / "whole")
    monkeypatch.setattr(docbin, "TOKENS", 20)
    parts = written("spacy", tmp_path / "parts")
    assert whole.is_file()
    assert len(list(parts.iterdir())) > 3
    nlp = spacy.blank("fr")
    there, here = (
        [(eg.reference.text, [str(ent) for ent in eg.reference.ents]) for eg in Corpus(path)(nlp)]
        for path in (whole, parts)
    )
    assert there == here
    assert account(parts)["counts"] == account(whole)["counts"]
    monkeypatch.setattr(docbin, "TOKENS", 10**6)
    again = tmp_path / "parts" / "corpus.spacy"
    export.write("spacy", CORPUS, again, SCHEMA, RELEASE)
    assert again.read_bytes() == whole.read_bytes()
    assert not again.with_name("corpus.spacy.sha256").exists()


@pytest.mark.slow
def test_spacy_trains_on_the_docbins(shared_data: Path, tmp_path: Path) -> None:
    from spacy.cli.init_config import init_config

    made = articles(shared_data, 120)
    for name, part in (("train", made[:100]), ("dev", made[100:])):
        flat = Selection(overlap="outermost")
        export.write("spacy", part, tmp_path / f"{name}.spacy", SCHEMA, selection=flat)
    config = init_config(lang="fr", pipeline=["ner"], optimize="efficiency", gpu=False)
    config.to_disk(tmp_path / "config.cfg")
    paths = [f"--paths.{part}={tmp_path / part}.spacy" for part in ("train", "dev")]
    command = [sys.executable, "-m", "spacy", "train", str(tmp_path / "config.cfg"), *paths]
    short = ["--training.max_steps=120", "--training.eval_frequency=60", "--training.seed=1"]
    output = ["--output", str(tmp_path / "model")]
    done = subprocess.run([*command, *short, *output], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    meta = json.loads((tmp_path / "model" / "model-best" / "meta.json").read_bytes())
    assert meta["performance"]["ents_f"] > 0.15


def test_seqeval_finds_the_entities_of_iob2_and_of_biluo(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from seqeval.metrics.sequence_labeling import get_entities  # type: ignore[import-untyped]
        from seqeval.scheme import BILOU, IOB2, Entities  # type: ignore[import-untyped]

    found = {}
    for format, scheme in (("conll", IOB2), ("biluo", BILOU)):
        target = written(format, tmp_path)
        blocks = target.read_text("utf-8").split("\n\n")
        tags = [[line.rsplit(" ", 1)[1] for line in block.split("\n") if line] for block in blocks]
        strict = Entities([each for each in tags if each], scheme=scheme)
        found[format] = [
            (entity.tag, entity.start, entity.end) for each in strict.entities for entity in each
        ]
        assert len(found[format]) == account(target)["counts"]["spans"]
    assert found["conll"] == found["biluo"]
    flat = [
        line.rsplit(" ", 1)[1]
        for line in "".join((tmp_path / "corpus.conll").read_text("utf-8")).splitlines()
        if line
    ]
    assert len(get_entities(flat)) == len(found["conll"])
