"""Annotating streams of documents with the models and rules of their language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from support.brittle_pipeline import documents

from curate import preannotate
from curate import schema as schemas
from curate.model import Document
from curate.preannotate import rules

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = schemas.load(ROOT / "schemas" / "news-fr.yaml")
RULES = ROOT / "schemas" / "rules-fr.yaml"


def test_the_stream_is_lazy_ordered_and_ends_with_the_proposal(brittle: Path) -> None:
    read = 0

    def source() -> Iterator[Document]:
        nonlocal read
        for number in range(200):
            read += 1
            yield from documents(f"{number} : l’Ukraine, le 2 juin")

    stream = preannotate.annotate(source(), models=[str(brittle)], rules=[RULES], schema=SCHEMA)
    assert read == 0
    first = next(stream)
    assert read == preannotate.BATCH
    rest = list(stream)
    assert [document.text.split()[0] for document, _, _ in [first, *rest]] == [
        str(number) for number in range(200)
    ]
    names = preannotate.layers([str(brittle)], [RULES])
    for document, layers, problems in [first, *rest]:
        assert tuple(annotation.layer for annotation in layers) == names
        assert {annotation.document for annotation in layers} == {document.id}
        assert [span.label for span in layers[-1].spans] == ["LOC", "DATE"]
        assert problems == ()


def test_a_failing_model_leaves_the_other_layers(brittle: Path) -> None:
    (result,) = preannotate.annotate(
        documents("panne le 2 juin"), models=[str(brittle)], rules=[RULES], schema=SCHEMA
    )
    _, annotations, problems = result
    assert [annotation.layer for annotation in annotations] == [
        rules.read(RULES).layer,
        "proposal",
    ]
    assert [span.label for span in annotations[-1].spans] == ["DATE"]
    assert [problem.code for problem in problems] == ["preannotate.failed"]


def test_each_language_has_its_own_setup(brittle: Path) -> None:
    """German has no setup here, so that it gets the ordinary one; the order is kept."""
    english = preannotate.Setup(rules=(ROOT / "schemas" / "rules-en.yaml",))
    documents = [
        Document(id=f"{number:016}", text="l’Ukraine, 2 juin, June 2", lang=lang)
        for number, lang in enumerate(["fr", "en", "", "en", "de"])
    ]
    stream = preannotate.annotate(
        documents, models=[str(brittle)], rules=[RULES], schema=SCHEMA, languages={"en": english}
    )
    annotated = [(document.lang, layers) for document, layers, _ in stream]
    assert [lang for lang, _ in annotated] == ["fr", "en", "", "en", "de"]
    for lang, layers in annotated:
        text = "l’Ukraine, 2 juin, June 2"
        surfaces = [text[span.start : span.end] for span in layers[-1].spans]
        dates = {"fr": ["2 juin"], "": ["2 juin"], "en": ["June 2"], "de": []}
        assert surfaces == ["Ukraine", *dates[lang]]
        assert len(layers) == (2 if lang == "en" else 3)


def test_layers_loads_no_model(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text(json.dumps({"lang": "fr", "name": "x", "version": "2"}))
    assert preannotate.layers([str(tmp_path)], []) == ("model:fr_x@2", "proposal")
