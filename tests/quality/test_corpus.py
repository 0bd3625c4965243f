"""The checks of the gold in a workspace."""

from __future__ import annotations

import msgspec
from support.checked_corpus import SCHEMA, clean, pair

from curate.model import Annotation, Span
from curate.quality import corpus
from curate.workspace import Workspace


def test_a_workspace_checks_its_gold_by_its_own_settings(tmp_path):
    Workspace.init(tmp_path / "w")
    path = tmp_path / "w" / "curate.toml"
    waive = '\n[[checks.waive]]\nid = "span.edges"\nreason = "typewriter"\n'
    path.write_text(path.read_text("utf-8") + waive, encoding="utf-8")
    workspace = Workspace(tmp_path / "w")
    text = "Hier à Marseille  un ministre"
    document, revision = pair(Span(7, 17, "ORG"), Span(7, 16, "LOC"), text=text)
    with workspace.store.begin() as tx:
        tx.add_document(document)
        tx.add_revision(revision)
        odd = Span(90, 99, "LOC")
        tx.put_annotation(Annotation(document=document.id, layer="proposal", spans=(odd,)))
    report = corpus.validate(workspace)
    errors = {problem.code for problem in report.problems if problem.severity == "error"}
    assert errors == {"span.overlap", "layer.offsets"}
    assert [each.reason for each in report.waived] == ["typewriter"]
    assert (workspace.state / "docs" / "index.html").exists()


def test_layers_of_documents_without_gold_are_checked_and_not_taken_for_stray(tmp_path):
    Workspace.init(tmp_path)
    workspace = Workspace(tmp_path)
    (document, revision), (waiting, _) = clean(), pair(text="Personne ne l’a lu.")
    inside, outside = Span(0, 8, "PER"), Span(0, 80, "PER")
    with workspace.store.begin() as tx:
        tx.add_document(document)
        tx.add_revision(revision)
        tx.add_document(waiting)
        for layer, span in (("proposal", inside), ("adjudicated", inside), ("model:m@1", outside)):
            tx.put_annotation(Annotation(document=waiting.id, layer=layer, spans=(span,)))
    report = corpus.validate(workspace, docs=False)
    assert [(p.code, p.document) for p in report.problems if p.code.startswith("layer.")] == [
        ("layer.offsets", waiting.id)
    ]


def test_names_of_rules_files_are_taken_where_they_agree(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(
        "name: names\nversion: 1.0.0\nlanguage: fr\nrules: []\ngazetteers:\n"
        "  - {name: a, label: LOC, entries: [Rome, Orange], examples: ['à [Rome]']}\n"
        "  - {name: b, label: PER, entries: [Orange], examples: ['[Orange]']}\n"
        "  - {name: c, label: ORG, entries: [Nato], examples: ['[Nato]'], optional: true}\n",
        encoding="utf-8",
    )
    english = tmp_path / "english.yaml"
    english.write_text(
        "name: en\nversion: 1.0.0\nlanguage: en\nrules: []\ngazetteers:\n"
        "  - {name: a, label: GPE, entries: [Nice, Rome], examples: ['in [Rome]']}\n",
        encoding="utf-8",
    )
    mapped = msgspec.structs.replace(SCHEMA, models={"en": {"GPE": "LOC"}})
    assert corpus.label_of_names([path, english], mapped) == {
        "fr": {"Rome": "LOC"},
        "en": {"Nice": "LOC", "Rome": "LOC"},
    }
    assert corpus.label_of_names([english], SCHEMA) == {"en": {}}
