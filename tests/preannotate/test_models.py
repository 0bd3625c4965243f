"""Running pipelines, tested with small ones saved to a folder; no trained model is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import filter_spans

from curate import preannotate
from curate import schema as schemas
from curate.errors import ConfigError
from curate.model import Annotation, Document, Problem
from curate.preannotate import fast, models, rules
from curate.util.jsonl import document_id

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = schemas.load(ROOT / "schemas" / "news-fr.yaml")
RULES = ROOT / "schemas" / "rules-fr.yaml"


@Language.factory("brittle_ner")
class Brittle:
    """Calls « l’Ukraine » a place and « Zed » something unmapped, and fails on « panne »."""

    labels = ("LOC", "ODD")

    def __init__(self, nlp, name):  # spaCy's pydantic 1 cannot read postponed annotations
        self.name = name

    def __call__(self, doc: Doc) -> Doc:
        if "panne" in doc.text:
            raise ValueError("[E000] out of order\nmore")
        found = [("LOC", m) for m in re.finditer("l’Ukraine", doc.text)]
        found += [("ODD", m) for m in re.finditer("Zed", doc.text)]
        spans = [doc.char_span(*m.span(), label=label) for label, m in found]
        doc.ents = filter_spans([span for span in spans if span])
        return doc

    def to_disk(self, path: Path, exclude: object = ()) -> None:
        """Nothing to keep."""

    def from_disk(self, path: Path, exclude: object = ()) -> Brittle:
        return self


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    nlp = spacy.blank("fr", meta={"name": "brittle", "version": "0.1.0"})
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("brittle_ner", name="ner")
    nlp.to_disk(tmp_path / "brittle")
    return tmp_path / "brittle"


def _documents(*texts: str) -> list[Document]:
    return [Document(id=document_id(text), text=text) for text in texts]


def test_only_what_ner_needs_is_loaded(folder: Path) -> None:
    model = models.load(str(folder), SCHEMA)
    assert model.nlp.pipe_names == ["ner"]
    assert model.layer == "model:fr_brittle@0.1.0"


def test_labels_are_mapped_and_edges_cleaned(folder: Path) -> None:
    model = models.load(str(folder), SCHEMA)
    (annotation,) = model.annotate(_documents("Zed quitte l’Ukraine."))
    assert isinstance(annotation, Annotation)
    assert [(s.key, s.by) for s in annotation.spans] == [((13, 20, "LOC"), model.layer)]


def test_a_document_that_fails_stops_no_other(folder: Path) -> None:
    model = models.load(str(folder), SCHEMA)
    texts = ["l’Ukraine", "en panne", "vers l’Ukraine", ""]
    answers = model.annotate(_documents(*texts))
    assert [type(answer).__name__ for answer in answers] == [
        "Annotation",
        "Problem",
        "Annotation",
        "Annotation",
    ]
    failed = answers[1]
    assert isinstance(failed, Problem)
    assert failed.message.endswith("could not read the document: [E000] out of order")
    assert failed.document == document_id("en panne")
    assert (failed.code, failed.severity) == ("preannotate.failed", "warning")


def test_a_long_article_is_read_in_pieces(folder: Path) -> None:
    model = models.load(str(folder), SCHEMA)
    model.nlp.max_length = 60  # spaCy refuses a longer text
    text = "Il quitte l’Ukraine lundi.\n\n" * 20
    (annotation,) = model.annotate(_documents(text))
    assert isinstance(annotation, Annotation)
    assert [text[s.start : s.end] for s in annotation.spans] == ["Ukraine"] * 20
    assert [s.start for s in annotation.spans] == [n * 28 + 12 for n in range(20)]


def test_a_failure_in_a_later_piece_costs_the_document_its_layer_alone(folder: Path) -> None:
    model = models.load(str(folder), SCHEMA)
    model.nlp.max_length = 60
    long = "Il quitte l’Ukraine lundi.\n\n" * 5 + "en panne"
    first, second = model.annotate(_documents(long, "l’Ukraine"))
    assert isinstance(first, Problem) and isinstance(second, Annotation)


@given(st.text(alphabet="ab .\n", max_size=200), st.integers(1, 50))
def test_pieces_are_the_whole_text(text: str, limit: int) -> None:
    found = list(models.pieces(text, limit))
    assert "".join(text[start:end] for start, end in found) == text
    assert all(end - start <= limit for start, end in found)
    assert all(start < end for start, end in found) or found == [(0, 0)]


def test_memory_does_not_grow_with_the_words_that_were_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast, "WORDS", 0)
    model = models.load(str(folder), SCHEMA)
    model.annotate(_documents("un mot"))
    before = len(model.nlp.vocab.strings)
    model.annotate(_documents(" ".join(f"mot{n}" for n in range(500))))
    assert len(model.nlp.vocab.strings) == before


def test_a_lone_surrogate_is_a_problem_not_a_crash(folder: Path) -> None:
    model = models.load(str(folder), SCHEMA)
    bad = Document(id="0" * 16, text="l’Ukraine \ud800")
    first, second = model.annotate([bad, *_documents("l’Ukraine")])
    assert isinstance(first, Problem) and isinstance(second, Annotation)


def test_a_missing_package_says_how_to_install_it() -> None:
    with pytest.raises(ConfigError, match="pip install fr-dep-news-trf==") as caught:
        models.load("fr_dep_news_trf", SCHEMA)
    assert "fr_dep_news_trf is not installed" in caught.value.message
    with pytest.raises(ConfigError, match="not installed"):
        preannotate.layers(["no such name"], [])


def test_a_folder_that_is_no_pipeline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no spaCy pipeline"):
        models.meta(str(tmp_path))


def test_a_pipeline_without_ner_is_refused(tmp_path: Path) -> None:
    nlp = spacy.blank("fr")
    nlp.to_disk(tmp_path / "blank")
    with pytest.raises(ConfigError, match="no component 'ner'"):
        models.load(str(tmp_path / "blank"), SCHEMA)


def test_labels_that_map_to_nothing_are_refused(folder: Path) -> None:
    other = schemas.Schema(
        name="o", version="1", language="fr", title="t", introduction="i", labels=()
    )
    with pytest.raises(ConfigError, match=r"no label of .* \(LOC, ODD\) is mapped to schema o"):
        models.load(str(folder), other)


@pytest.mark.parametrize(
    ("ner", "expected"),
    [
        ({}, {"ner"}),
        ({"@architectures": "spacy.Tok2Vec.v2"}, {"ner"}),
        ({"@architectures": "spacy.Tok2VecListener.v1"}, {"ner", "tok2vec"}),
        ({"@architectures": "spacy.Tok2VecListener.v1", "upstream": "t2"}, {"ner", "t2"}),
        ({"@architectures": "spacy-transformers.TransformerListener.v1"}, {"ner", "tok2vec"}),
    ],
)
def test_what_ner_listens_to_is_kept(ner: dict[str, str], expected: set[str]) -> None:
    components = {
        "tok2vec": {"factory": "tok2vec"},
        "t2": {"factory": "my_tok2vec"},
        "parser": {"factory": "parser"},
        "ner": {"factory": "ner", "model": {"tok2vec": ner}},
    }
    assert models.needed({"components": components}) == expected


def test_the_stream_is_lazy_ordered_and_ends_with_the_proposal(folder: Path) -> None:
    asked = 0

    def source() -> Iterator[Document]:
        nonlocal asked
        for number in range(200):
            asked += 1
            yield from _documents(f"{number} : l’Ukraine, le 2 juin")

    stream = preannotate.annotate(source(), models=[str(folder)], rules=[RULES], schema=SCHEMA)
    assert asked == 0
    first = next(stream)
    assert asked == preannotate.BATCH
    rest = list(stream)
    assert [document.text.split()[0] for document, _, _ in [first, *rest]] == [
        str(number) for number in range(200)
    ]
    names = preannotate.layers([str(folder)], [RULES])
    for document, made, problems in [first, *rest]:
        assert tuple(annotation.layer for annotation in made) == names
        assert {annotation.document for annotation in made} == {document.id}
        assert [span.label for span in made[-1].spans] == ["LOC", "DATE"]
        assert problems == ()


def test_a_failing_model_leaves_the_other_layers(folder: Path) -> None:
    (result,) = preannotate.annotate(
        _documents("panne le 2 juin"), models=[str(folder)], rules=[RULES], schema=SCHEMA
    )
    _, annotations, problems = result
    assert [annotation.layer for annotation in annotations] == [
        rules.read(RULES).layer,
        "proposal",
    ]
    assert [span.label for span in annotations[-1].spans] == ["DATE"]
    assert [problem.code for problem in problems] == ["preannotate.failed"]


def test_each_language_has_its_own_setup(folder: Path) -> None:
    """German has no setup here, so that it gets the ordinary one; the order is kept."""
    english = preannotate.Setup(rules=(ROOT / "schemas" / "rules-en.yaml",))
    documents = [
        Document(id=f"{number:016}", text="l’Ukraine, 2 juin, June 2", lang=lang)
        for number, lang in enumerate(["fr", "en", "", "en", "de"])
    ]
    stream = preannotate.annotate(
        documents, models=[str(folder)], rules=[RULES], schema=SCHEMA, languages={"en": english}
    )
    found = [(document.lang, made) for document, made, _ in stream]
    assert [lang for lang, _ in found] == ["fr", "en", "", "en", "de"]
    for lang, made in found:
        text = "l’Ukraine, 2 juin, June 2"
        surfaces = [text[span.start : span.end] for span in made[-1].spans]
        assert surfaces == ["Ukraine", "June 2" if lang == "en" else "2 juin"]
        assert len(made) == (2 if lang == "en" else 3)


def test_layers_loads_no_model(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text(json.dumps({"lang": "fr", "name": "x", "version": "2"}))
    assert preannotate.layers([str(tmp_path)], []) == ("model:fr_x@2", "proposal")
