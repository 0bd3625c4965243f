"""Ingested layers take part: in proposals, votes, the ledger, agreement, next and audit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curate import preannotate
from curate.model import Annotation, Document, Span
from curate.store.gold import Provenance, commit
from curate.workspace import Workspace

LAYER = "model:other@3"
CITIES = ("Paris", "Oslo", "Rome", "Vienna")
TEXTS = [
    "The train to Paris left, and Ada Byron missed it by a minute or two.",
    "Nobody in Oslo knew when Ada Byron left the house with her train ticket.",
    "It rained all week; then Ada Byron left Rome on the slow train along the coast.",
    "A concert in Vienna, a late train: that is all Ada Byron left in her diary.",
]
WRONG = "left"


@pytest.fixture
def root(cli, tmp_path: Path) -> Path:
    """A workspace in which nothing proposes, with predictions of another model in a file."""
    root = tmp_path / "corpus"
    assert cli("init", root, "--language", "sv", "--labels", "PER,LOC").exit_code == 0
    predict(root / "other.jsonl")
    return root


def predict(path: Path, *more: str) -> None:
    """Write predictions: each city as LOC, a verb as PER, and a label that the schema has not."""
    rows = []
    for text, city in zip(TEXTS, CITIES, strict=True):
        places = [
            (city, "LOC"),
            (WRONG, "PER"),
            ("train", "VEHICLE"),
            *((it, "PER") for it in more),
        ]
        spans = [
            {"start": text.index(it), "end": text.index(it) + len(it), "label": label, "score": 0.9}
            for it, label in places
        ]
        rows.append({"text": text, "lang": "sv", "spans": spans})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def ingest(cli, root: Path, layer: str = LAYER) -> None:
    assert cli("ingest", root / "other.jsonl", "--layer", layer, root=root).exit_code == 0


def documents(root: Path) -> list[Document]:
    with Workspace(root).store.begin() as tx:
        return sorted(tx.documents(), key=lambda document: TEXTS.index(document.text))


def proposed(root: Path) -> list[list[str]]:
    """The texts of the spans that are proposed, by document."""
    found = []
    for document in documents(root):
        with Workspace(root).store.begin() as tx:
            layer = tx.annotation(document.id, "proposal")
        assert layer is not None
        assert {(span.by, span.score) for span in layer.spans} <= {(LAYER, None)}
        found.append(sorted(document.text[span.start : span.end] for span in layer.spans))
    return found


def confirm(root: Path, *, count: int = 4) -> None:
    """Gold of the first documents, by people: the city and the person."""
    workspace = Workspace(root)
    for document, city in list(zip(documents(root), CITIES, strict=True))[:count]:
        wanted = [(city, "LOC"), ("Ada Byron", "PER")]
        text = document.text
        spans = [Span(text.index(it), text.index(it) + len(it), label) for it, label in wanted]
        annotation = Annotation(document=document.id, layer="gold", spans=tuple(spans))
        who = Provenance(author="annotator:anna", at=workspace.now(), schema=workspace.schema.id)
        with workspace.store.begin() as tx:
            commit(tx, None, annotation, who, "confirmed", confirmed_by="anna")


def test_it_is_proposed_by_its_own_name(cli, root):
    ingest(cli, root)
    result = cli("preannotate", "--json", root=root)
    assert result.json["documents"] == 4
    assert proposed(root) == [[city, WRONG] for city in CITIES]
    assert cli("preannotate", "--json", root=root).json.get("documents", 0) == 0


def test_it_is_taken_up_where_a_proposal_was_made_before(cli, root):
    for number, text in enumerate(TEXTS):
        (root / f"{number}.txt").write_text(text, encoding="utf-8")
    cli("ingest", *root.glob("*.txt"), "--lang", "sv", root=root)
    cli("preannotate", root=root)
    assert proposed(root) == [[]] * 4
    ingest(cli, root)
    assert cli("preannotate", "--json", root=root).json["documents"] == 4
    assert proposed(root) == [[city, WRONG] for city in CITIES]
    predict(root / "other.jsonl", "Ada Byron")  # a newer state of the same layer
    ingest(cli, root)
    assert cli("preannotate", "--json", root=root).json["documents"] == 4
    assert proposed(root) == [["Ada Byron", city, WRONG] for city in CITIES]


@pytest.mark.parametrize("name", [LAYER, "model:other"])
def test_it_can_be_switched_off(cli, root, name):
    ingest(cli, root)
    cli("preannotate", root=root)
    path = root / "curate.toml"
    settings = path.read_text("utf-8")
    switched = settings.replace("[preannotate]\n", f'[preannotate]\noff = ["{name}"]\n')
    path.write_text(switched, encoding="utf-8")
    assert cli("preannotate", "--json", root=root).json["documents"] == 4
    assert proposed(root) == [[]] * 4
    assert cli("preannotate", "--json", root=root).json.get("documents", 0) == 0
    path.write_text(settings, encoding="utf-8")
    assert cli("preannotate", "--json", root=root).json["documents"] == 4
    assert proposed(root) == [[city, WRONG] for city in CITIES]


def test_layers_of_earlier_versions_of_what_runs_here_take_no_part(cli, root):
    ingest(cli, root)
    workspace = Workspace(root)
    (first, *_) = documents(root)
    old = Annotation(document=first.id, layer="model:old@1", spans=(Span(0, 3, "PER"),))
    with workspace.store.begin() as tx:
        tx.put_annotation(old)  # as a pre-annotation does
    cli("preannotate", root=root)
    assert proposed(root)[0] == [CITIES[0], WRONG]


def test_the_ledger_counts_it(cli, root):
    ingest(cli, root)
    cli("preannotate", root=root)
    confirm(root)
    row = cli("ledger", "--json", root=root).json["layers"][LAYER]
    assert (row["outcome"]["accepted"], row["outcome"]["missed"]) == (4, 4)
    assert row["precision"] == 0.5


def test_agreement_compares_it_with_people(cli, root):
    ingest(cli, root)
    confirm(root)
    result = cli("agreement", "--model", LAYER, "--json", "--resamples", 0, root=root).json
    assert result["documents"] == 4
    assert result["score"]["precision"] == pytest.approx(1 / 3)  # the unknown label is wrong, too
    assert result["score"]["recall"] == 0.5


def test_next_ranks_by_its_disagreement_with_others(cli, root):
    ingest(cli, root)
    path = root / "other.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    rows[2]["spans"] = []  # another model does not find Rome
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    ingest(cli, root, "model:third@1")
    ranked = cli("next", "--json", "--count", 1, "--chance", 0, root=root).json["chosen"]
    assert [row["document"] for row in ranked] == [documents(root)[2].id]


def test_audit_suspects_what_it_contradicts(cli, root):
    ingest(cli, root)
    confirm(root)
    workspace = Workspace(root)
    last = documents(root)[3]
    with workspace.store.begin() as tx:  # Vienna is missing from the gold
        head = tx.head(last.id)
        kept = Annotation(document=last.id, layer="gold", spans=head.spans[1:])
        who = Provenance(author="annotator:anna", at=workspace.now(), schema=workspace.schema.id)
        commit(tx, head, kept, who, "removed", confirmed_by="anna")
    lines = cli("audit", "--method", "layers", "--json", root=root).json["lines"]
    suspects = [line["suspect"] for line in lines]
    assert any(
        suspect["document"] == last.id and LAYER in json.dumps(suspect) for suspect in suspects
    )


def test_weights_are_learned_for_it(cli, root):
    ingest(cli, root)
    confirm(root)
    workspace = Workspace(root)
    examples = []
    with workspace.store.begin() as tx:
        for document in tx.documents():
            head = tx.head(document.id)
            examples.append((document, tx.annotations(document.id), head.spans))
    votes = preannotate.learn(
        examples, rules=[], schema=workspace.schema, labels=["PER", "LOC"], language="sv"
    )
    assert any(fact.startswith("model:other ") for fact in votes.weights)
    assert votes.learned["candidates"] == 8


def test_it_is_kept_where_the_language_of_its_document_is_corrected(cli, root):
    ingest(cli, root)
    cli("preannotate", root=root)
    (first, *_) = documents(root)
    assert cli("set-language", first.id, "en", root=root).exit_code == 0
    with Workspace(root).store.begin() as tx:
        assert tx.layers(first.id) == [LAYER]
    cli("preannotate", root=root)
    assert proposed(root)[0] == [CITIES[0], WRONG]
