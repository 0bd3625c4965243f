"""The language of a text."""

from __future__ import annotations

import msgspec
import pytest

from curate.errors import ConfigError
from curate.text.language import DetectedLanguage, detect

TEXTS = {
    "fr": "Le ministre des Affaires étrangères a rencontré son homologue à Genève mardi soir.",
    "en": "The foreign minister met with his counterpart in Geneva late on Tuesday evening.",
    "de": "Der Außenminister traf am Dienstagabend in Genf mit seinem Amtskollegen zusammen.",
    "es": "El ministro de Asuntos Exteriores se reunió ayer por la noche con su colega suizo.",
    "ru": "Министр иностранных дел встретился со своим коллегой в Женеве во вторник вечером.",
}


@pytest.mark.parametrize("code", TEXTS)
def test_a_sentence_is_enough(code):
    found = detect(TEXTS[code])
    assert found.code == code
    assert 0.85 <= found.confidence <= 1


@pytest.mark.parametrize("text", ["", "…", "12 345,67 €", "Paris", "Donald Trump", "OK"])
def test_what_is_too_short_or_no_language_is_unknown(text):
    assert detect(text).code == ""


def test_only_some_languages_may_be_asked_for():
    assert detect(TEXTS["de"], among=("de", "fr")).code == "de"
    assert detect(TEXTS["es"], among=("de", "fr")).code in ("de", "fr", "")
    assert detect(TEXTS["fr"]).code == "fr"  # and the others are still known
    with pytest.raises(ConfigError, match="xx"):
        detect(TEXTS["fr"], among=("fr", "xx"))


def test_how_sure_is_enough_is_the_caller_s_choice():
    short = "Il a dit oui"
    assert detect(short, least=1.1).code == ""
    assert detect(short, least=0.0).code == "fr"
    assert detect(short, least=1.1).confidence == detect(short, least=0.0).confidence
    assert detect("") == DetectedLanguage()


def test_real_articles(shared_data):
    """571 French articles and 124 English passages: all right, none wrong at any length."""
    french = [p.read_text("utf-8") for p in sorted((shared_data / "winer-fr-2016").glob("*/*.txt"))]
    english = [
        msgspec.json.decode(line)["text"]
        for path in sorted((shared_data / "doccano-multiuser-novels").glob("*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]
    assert (len(french), len(english)) == (571, 124)
    for code, texts in (("fr", french), ("en", english)):
        assert {detect(text).code for text in texts} == {code}
        cut = [" ".join(text.split()[20:28]) for text in texts if len(text.split()) > 28]
        found = [detect(text).code for text in cut]
        assert set(found) <= {code, ""}
        assert found.count(code) > 0.6 * len(found)
