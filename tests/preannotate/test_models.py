"""Running pipelines, tested with small ones saved to a folder; no trained model is needed."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from support.brittle_pipeline import documents
from support.pipeline_packages import save_package

from curate import preannotate
from curate import schema as schemas
from curate.errors import ConfigError
from curate.model import Annotation, Document, Problem
from curate.preannotate import acceleration, models
from curate.util.jsonl import document_id

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = schemas.load(ROOT / "schemas" / "news-fr.yaml")
RULES = ROOT / "schemas" / "rules-fr.yaml"


@pytest.fixture
def plain(tmp_path: Path) -> str:
    """The folder of an untrained pipeline with spaCy's own entity recogniser, and others."""
    nlp = spacy.blank("fr", meta={"name": "plain", "version": "0.1.0"})
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("ner").add_label("LOC")
    nlp.add_pipe("textcat_multilabel").add_label("NEWS")
    nlp.initialize()
    nlp.to_disk(tmp_path / "plain")
    return str(tmp_path / "plain")


def test_only_what_ner_needs_is_loaded(plain: str) -> None:
    model = models.load_model(plain, SCHEMA)
    assert (model.nlp.pipe_names, model.plain) == (["ner"], True)
    assert model.layer == "model:fr_plain@0.1.0"


def test_labels_are_mapped_and_boundaries_cleaned(brittle: Path) -> None:
    model = models.load_model(str(brittle), SCHEMA)
    (annotation,) = model.annotate(documents("Zed quitte l’Ukraine."))
    assert isinstance(annotation, Annotation)
    assert [(s.key, s.by) for s in annotation.spans] == [((13, 20, "LOC"), model.layer)]


def test_a_document_that_fails_stops_no_other(brittle: Path) -> None:
    model = models.load_model(str(brittle), SCHEMA)
    texts = ["l’Ukraine", "en panne", "vers l’Ukraine", ""]
    results = model.annotate(documents(*texts))
    assert [type(result).__name__ for result in results] == [
        "Annotation",
        "Problem",
        "Annotation",
        "Annotation",
    ]
    failed = results[1]
    assert isinstance(failed, Problem)
    assert failed.message.endswith(": [E000] out of order")
    assert failed.document == document_id("en panne")
    assert (failed.code, failed.severity) == ("preannotate.failed", "warning")


def test_a_long_article_is_read_in_chunks(brittle: Path) -> None:
    model = models.load_model(str(brittle), SCHEMA)
    model.nlp.max_length = 60  # spaCy refuses a longer text
    text = "Il quitte l’Ukraine lundi.\n\n" * 20
    (annotation,) = model.annotate(documents(text))
    assert isinstance(annotation, Annotation)
    assert [text[s.start : s.end] for s in annotation.spans] == ["Ukraine"] * 20
    assert [s.start for s in annotation.spans] == [n * 28 + 12 for n in range(20)]


def test_a_failure_in_a_later_chunk_costs_the_document_its_layer_alone(brittle: Path) -> None:
    model = models.load_model(str(brittle), SCHEMA)
    model.nlp.max_length = 60
    long = "Il quitte l’Ukraine lundi.\n\n" * 5 + "en panne"
    first, second = model.annotate(documents(long, "l’Ukraine"))
    assert isinstance(first, Problem) and isinstance(second, Annotation)


@given(st.text(alphabet="ab .\n", max_size=200), st.integers(1, 50))
def test_chunks_are_the_whole_text(text: str, limit: int) -> None:
    chunks = list(models.chunks(text, limit))
    assert "".join(text[start:end] for start, end in chunks) == text
    assert all(end - start <= limit for start, end in chunks)
    assert all(start < end for start, end in chunks) or chunks == [(0, 0)]


def test_memory_does_not_grow_with_the_words_that_were_read(
    plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceleration, "WORDS", 0)
    model = models.load_model(plain, SCHEMA)
    model.annotate(documents("un mot"))
    before = len(model.nlp.vocab.strings)
    model.annotate(documents(" ".join(f"mot{n}" for n in range(500))))
    assert len(model.nlp.vocab.strings) == before


def test_a_lone_surrogate_is_a_problem_not_a_crash(brittle: Path) -> None:
    model = models.load_model(str(brittle), SCHEMA)
    bad = Document(id="0" * 16, text="l’Ukraine \ud800")
    first, second = model.annotate([bad, *documents("l’Ukraine")])
    assert isinstance(first, Problem) and isinstance(second, Annotation)


def test_a_missing_package_says_how_to_install_it() -> None:
    with pytest.raises(ConfigError) as caught:
        models.load_model("fr_dep_news_trf", SCHEMA)
    assert "fr_dep_news_trf" in caught.value.message
    assert "`curate models install fr_dep_news_trf`" in caught.value.hint
    with pytest.raises(ConfigError):
        preannotate.layers(["no such name"], [])


@pytest.mark.parametrize("name", ["./ner", "models/ner", "/nowhere/ner"])
def test_a_folder_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"^no such folder: {re.escape(name)}"):
        models.read_meta(name)


def test_a_wheel_is_to_be_installed(tmp_path: Path) -> None:
    wheel = tmp_path / "xx_ner-1.0.0-py3-none-any.whl"
    wheel.touch()
    with pytest.raises(ConfigError) as caught:
        models.read_meta(str(wheel))
    assert f"`pip install {wheel}`" in caught.value.hint


def test_a_package_is_loaded_from_wherever_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = save_package(tmp_path, "fr", "somewhere", {"Lyon": "LOC"}, "1.0.0")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("fr_somewhere", str(package)):
        model = models.load_model(name, SCHEMA)
        (annotation,) = model.annotate(documents("à Lyon"))
        assert [span.key for span in annotation.spans] == [(2, 6, "LOC")]


def test_a_pipeline_that_cannot_be_loaded_is_refused(brittle: Path) -> None:
    config = brittle / "config.cfg"
    text = config.read_text("utf-8")
    config.write_text(text.replace("brittle_ner", "unknown_factory"), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(str(brittle))):
        models.load_model(str(brittle), SCHEMA)
    config.unlink()
    with pytest.raises(ConfigError, match=re.escape(str(brittle))):
        models.load_model(str(brittle), SCHEMA)


def test_a_folder_is_mapped_by_its_path_in_the_settings_or_the_name_of_its_package(
    brittle: Path,
) -> None:
    for key in (str(brittle), "./brittle", f"{brittle.parent.name}/brittle", "fr_brittle"):
        schema = msgspec.structs.replace(SCHEMA, models={"other": {}, key: {"ODD": "PER"}})
        assert models.load_model(str(brittle), schema).mapping == {"ODD": "PER"}
    for key in ("brittle", "x/brittle", "brittle/"):
        schema = msgspec.structs.replace(SCHEMA, models={key: {"ODD": "PER"}})
        expected = {"ODD": "PER"} if key == "brittle/" else {"LOC": "LOC"}
        assert models.load_model(str(brittle), schema).mapping == expected


def test_a_folder_that_is_no_pipeline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(str(tmp_path))):
        models.read_meta(str(tmp_path))


def test_a_pipeline_that_sets_no_spans_is_refused(tmp_path: Path) -> None:
    nlp = spacy.blank("fr")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "blank")
    with pytest.raises(ConfigError, match="no component that sets"):
        models.load_model(str(tmp_path / "blank"), SCHEMA)


def test_labels_that_map_to_nothing_are_refused(brittle: Path) -> None:
    other = schemas.Schema(
        name="o", version="1", language="fr", title="t", introduction="i", labels=()
    )
    with pytest.raises(ConfigError, match=r"\(LOC, ODD\).* schema o"):
        models.load_model(str(brittle), other)
