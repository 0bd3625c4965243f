"""The label schema, the guidelines made from it, and the French schema of this repository."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from curate import schema as schemas
from curate.errors import ConfigError
from curate.model import Span
from curate.preannotate import rules
from curate.preannotate.boundaries import clean
from curate.schema import Schema, text_colour

ROOT = Path(__file__).resolve().parents[2]
FRENCH = ROOT / "schemas" / "news-fr.yaml"
BRACKETS = re.compile(r"\[([^\]]+)\]")
MINIMAL = """
name: s
version: 1.0.0
language: en
title: T
introduction: Read.
labels:
  - {name: A, title: Aa, description: First., colour: "#000000", key: a}
  - {name: B, title: Bb, description: Second., colour: "#ffffff", key: b}
"""


@pytest.fixture(scope="module")
def french() -> Schema:
    return schemas.load(FRENCH)


def _write(folder: Path, text: str) -> Path:
    path = folder / "schema.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_digest_is_of_content_not_of_layout(tmp_path: Path) -> None:
    plain = schemas.load(_write(tmp_path, MINIMAL))
    commented = schemas.load(_write(tmp_path, f"# a comment\n{MINIMAL}\n"))
    renamed = schemas.load(_write(tmp_path, MINIMAL.replace("Second", "Other")))
    assert plain.digest == commented.digest != renamed.digest
    assert plain.id == "s@1.0.0"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: B", "name: A", "label 'A' occurs twice"),
        ("key: b", "key: a", "shortcut key 'a' occurs twice"),
        ("name: B", f"name: {'B' * 101}", "write 1 to 100 letters"),
        ("name: B", "name: 'B '", "without blanks at the edges"),
        (
            "labels:",
            "categories: [{name: C, title: t, description: d, colour: '#000000', key: a}]\nlabels:",
            "shortcut key 'a' occurs twice",
        ),
        ("key: b", "key: é", "key 'é' of B"),
        ("#ffffff", "white", "colour 'white' of B"),
        ("labels:", "models: {m: {X: C}}\nlabels:", "m is mapped to C"),
        (
            "labels:",
            "relations: [{name: R, title: t, description: d, colour: '#000000', heads: [Z]}]\n"
            "labels:",
            "R joins Z",
        ),
        ("version: 1.0.0", "version: [", "schema.yaml"),
        ("title: T", "titel: T", "titel"),
    ],
)
def test_a_wrong_schema_is_refused_by_name(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        schemas.load(_write(tmp_path, MINIMAL.replace(old, new, 1)))


def test_a_missing_schema_says_where_to_name_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="under \\[corpus\\] schema"):
        schemas.load(tmp_path / "none.yaml")


def test_guidelines_are_in_the_language_of_the_schema(tmp_path: Path, french: Schema) -> None:
    english = schemas.load(_write(tmp_path, MINIMAL))
    assert "## A : Aa (key a)" in schemas.guidelines(english)
    assert "## PER : Personne (touche p)" in schemas.guidelines(french)


TRANSLATED = """\
translations:
  de:
    title: Deutsch
    introduction: Hallo
    labels: {A: {title: Ah, description: Ein A., rules: [Immer.]}}
  it: {title: Italiano, introduction: Ciao}
"""


def test_guidelines_are_given_in_every_language_of_the_schema(tmp_path: Path) -> None:
    schema = schemas.load(_write(tmp_path, MINIMAL + TRANSLATED))
    page = schemas.guidelines(schema)
    places = [page.index(text) for text in ("## A : Aa (key a)", "# Deutsch", "# Italiano")]
    assert places == sorted(places)
    assert "## A : Ah (taste a)" in page and "- Immer." in page
    assert page.count("## A : Aa") == 2  # Italian has no text of its own for it
    for languages, titles in (
        (("de",), ["Deutsch"]),
        (("it", "en"), [schema.title, "Italiano"]),
        (("de", "it"), ["Deutsch", "Italiano"]),
        (("pl",), [schema.title]),
    ):
        own = schema.in_languages(languages)
        assert [own.title, *(each.title for each in own.translations.values())] == titles
        assert own.names == schema.names
    assert schema.digest != schemas.load(_write(tmp_path, MINIMAL)).digest


@pytest.mark.parametrize(
    "part",
    [
        "translations: {en: {title: t, introduction: i}}",  # its own language
        "translations: {german: {title: t, introduction: i}}",
        "translations: {de: {title: t, introduction: i, labels: {Z: {title: t, description: d}}}}",
    ],
)
def test_translations_of_what_is_not_there_are_refused(tmp_path: Path, part: str) -> None:
    with pytest.raises(ConfigError):
        schemas.load(_write(tmp_path, f"{MINIMAL}{part}\n"))


def test_relations_without_labels_are_refused(tmp_path: Path) -> None:
    text = MINIMAL[: MINIMAL.index("labels:")]
    text += "relations: [{name: R, title: t, description: d, colour: '#000000'}]\n"
    with pytest.raises(ConfigError, match="relations join labels"):
        schemas.load(_write(tmp_path, text))


def test_guidelines_tell_of_relations_and_categories() -> None:
    folder = ROOT / "tests" / "sync" / "schemas"
    linked = schemas.guidelines(schemas.load(folder / "posts-en.yaml"))
    assert "## Relations\n\n| Key | Label | For |" in linked
    assert "| | leads | leads |" in linked
    assert "## leads : leads\n" in linked
    assert "**Connects**\n\n- PER → ORG" in linked
    assert "**Connects**\n\n- … → ORG" in linked
    assert "**How to decide**\n\n- A deputy does not lead." in linked
    filed = schemas.guidelines(schemas.load(folder / "topics-en.yaml"))
    assert "## Categories of the document" in filed
    assert "## Labels" not in filed
    assert "| **b** | business | Business |" in filed
    both = schemas.guidelines(schemas.load(folder / "desk-en.yaml"))
    assert "| **b** | business | Business |" in both
    assert "| | PER | Person |" in both  # the page has no keys for spans beside categories


def test_guidelines_render_as_markdown(french: Schema) -> None:
    html = MarkdownIt("commonmark").enable("table").render(schemas.guidelines(french))
    assert "**" not in html  # every bold is rendered as one, also beside French punctuation
    assert html.count("<td") == 3 * len(french.labels)
    for label in french.labels:
        for example in (*label.examples, *label.counter_examples):
            for part in BRACKETS.findall(example):
                assert f"<strong>{part}</strong>" in html


def test_templates_are_the_schemas_of_the_repository() -> None:
    for name in ("news-fr.yaml", "rules-fr.yaml", "news-en.yaml"):
        ours = (ROOT / "schemas" / name).read_bytes()
        assert (ROOT / "curate" / "templates" / name).read_bytes() == ours, name


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_label_has_a_key_rules_and_examples(language: str) -> None:
    news = schemas.load(ROOT / "schemas" / f"news-{language}.yaml")
    assert news.names == ("PER", "ORG", "LOC", "MISC", "EVENT", "DATE", "ROLE", "NORP")
    for label in news.labels:
        assert label.key and label.rules, label.name
        assert label.examples and label.counter_examples, label.name
        for example in (*label.examples, *label.counter_examples):
            assert BRACKETS.search(example), example


def test_french_examples_have_the_edges_that_cleaning_makes(french: Schema) -> None:
    for label in french.labels:
        for text, start, end in _marked(label.examples):
            kept = clean(text, Span(start, end, label.name))
            assert kept and (kept.start, kept.end) == (start, end), text[start:end]


@pytest.mark.parametrize("name", ["DATE", "ROLE", "NORP"])
def test_rules_find_the_examples_of_the_guidelines(french: Schema, name: str) -> None:
    ruled = rules.load(ROOT / "schemas" / "rules-fr.yaml", french)
    label = next(label for label in french.labels if label.name == name)
    for example in label.examples:
        found = [
            text[span.start : span.end]
            for text in (BRACKETS.sub(r"\1", example),)
            for span in ruled.spans(text)
            if span.label == name
        ]
        assert found == BRACKETS.findall(example)


def test_colours_are_legible_and_apart(french: Schema) -> None:
    """4.5:1 is the contrast WCAG 2 asks of text; the distance is in CIE Lab (CIE76)."""
    for label in french.labels:
        light = _luminance(label.colour)
        assert max((light + 0.05) / 0.05, 1.05 / (light + 0.05)) >= 4.5, label.name
    for one, two in combinations(french.labels, 2):
        away = sum((a - b) ** 2 for a, b in zip(_lab(one.colour), _lab(two.colour), strict=True))
        assert away**0.5 > 25, (one.name, two.name)


def test_text_on_a_label_has_the_higher_contrast() -> None:
    assert [text_colour(colour) for colour in ("#000000", "#ffffff", "#0050a0", "#ffd54f")] == [
        "#ffffff",
        "#000000",
        "#ffffff",
        "#000000",
    ]


def _marked(examples: tuple[str, ...]) -> list[tuple[str, int, int]]:
    found = []
    for example in examples:
        text = BRACKETS.sub(r"\1", example)
        for number, match in enumerate(BRACKETS.finditer(example)):
            start = match.start() - 2 * number
            found.append((text, start, start + len(match[1])))
    return found


def _linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _lab(colour: str) -> tuple[float, float, float]:
    red, green, blue = _linear(colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def test_the_headings_of_the_guidelines_are_in_the_language_of_the_corpus(tmp_path: Path) -> None:
    text = MINIMAL.replace("key: a}", "key: a, rules: [Look.]}")
    pages = {
        language: schemas.guidelines(
            schemas.load(_write(tmp_path, text.replace("language: en", f"language: {language}")))
        )
        for language in ("de", "en", "es", "fr", "it", "pt", "eo")
    }
    assert pages.pop("eo") == pages["en"]
    assert len({*pages.values()}) == 6
