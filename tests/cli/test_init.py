"""``curate init``: its options, its questions on a terminal, and the files it writes."""

from __future__ import annotations

import contextlib
import os
import pty
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.pipeline_packages import save_pipeline

from curate import config, schema
from curate.errors import ConfigError
from curate.model import Document
from curate.preannotate import Annotator, load_annotator
from curate.preannotate.new_corpus import corpus_files
from curate.preannotate.pipelines import setups
from curate.templates.schema_text import match_labels, schema_text
from curate.workspace import Workspace

REPOSITORY = Path(__file__).resolve().parents[2]

FILES = [
    "curate.toml",
    ".gitignore",
    "schemas/news-fr.yaml",
    "schemas/rules-fr.yaml",
    "schemas/names-fr.yaml",
    "schemas/votes-fr.yaml",
]


def test_init_creates_a_workspace_and_a_second_one_changes_nothing(cli, tmp_path):
    root = tmp_path / "c"
    made = cli("init", root, "--language", "fr", "--json").json
    assert made == {"root": str(root), "made": FILES}
    assert all((root / name).is_file() for name in FILES)
    (root / "schemas" / "news-fr.yaml").write_bytes(
        (root / "schemas" / "news-fr.yaml").read_bytes() + b"# mine"
    )
    assert cli("init", root, "--json").json == {"root": str(root)}
    assert (root / "schemas" / "news-fr.yaml").read_bytes().endswith(b"# mine")
    assert cli("init", root).stdout.startswith(f"workspace {root}\n")


def loaded(root: Path) -> tuple[Workspace, Annotator]:
    """The workspace, and all that pre-annotates in it."""
    workspace = Workspace(root)
    setup, languages = setups(workspace)
    return workspace, load_annotator(setup, workspace.schema, languages)


def proposals(root: Path, text: str) -> list[tuple[str, str]]:
    """What is proposed for a text, as surfaces and labels."""
    _, annotator = loaded(root)
    ((document, annotations, _),) = annotator.annotate([Document(id="0" * 16, text=text)])
    return [(document.text[s.start : s.end], s.label) for s in annotations[-1].spans]


def test_several_languages_have_their_rules_and_guidelines(cli, tmp_path):
    root = tmp_path / "c"
    cli("init", root, "--language", "fr,en", "--model", "none")
    settings = config.load(root)
    assert settings.languages == settings.corpus.languages == ("fr", "en")
    workspace, annotator = loaded(root)
    french = "Mardi, le président de la France parle de l’OTAN."
    english = "On Tuesday, the president of Kenya met NATO in March 2025."
    documents = [
        Document(id=str(n) * 16, text=text, lang=lang)
        for n, (text, lang) in enumerate([(french, "fr"), (english, "en"), (english, "fr")])
    ]
    proposed = [
        [(document.text[s.start : s.end], s.label) for s in layers[-1].spans]
        for document, layers, _ in annotator.annotate(documents)
    ]
    assert ("Mardi", "DATE") in proposed[0]
    assert proposed[1] == [
        ("Tuesday", "DATE"),
        ("president", "ROLE"),
        ("Kenya", "LOC"),
        ("NATO", "ORG"),
        ("March 2025", "DATE"),
    ]
    assert ("Tuesday", "DATE") not in proposed[2]  # no rule for English in a French article
    page = schema.guidelines(workspace.schema)
    assert page.index("## PER : Personne") < page.index("## PER : Person (key p)")
    assert workspace.schema.translations.keys() == {"en"}


def test_labels_of_one_s_own_are_found_by_the_rules_of_each_language(cli, tmp_path):
    root = tmp_path / "c"
    cli("init", root, "--language", "en,fr,de", "--labels", "GPE,DATE", "--model", "none")
    _, annotator = loaded(root)
    for text, lang, wanted in (
        ("in Kenya on Tuesday", "en", [("Kenya", "GPE"), ("Tuesday", "DATE")]),
        ("au Kenya mardi", "fr", [("Kenya", "GPE"), ("mardi", "DATE")]),
        ("in Kenia am Dienstag", "de", []),
    ):
        document = Document(id="0" * 16, text=text, lang=lang)
        ((_, layers, _),) = annotator.annotate([document])
        assert [(text[s.start : s.end], s.label) for s in layers[-1].spans] == wanted


def test_each_language_has_its_models(cli, tmp_path):
    root = tmp_path / "c"
    cli(
        "init",
        root,
        "--language",
        "en,fr",
        "--model",
        "en_core_web_sm",
        "--model",
        "fr_core_news_md",
    )
    settings = config.load(root)
    assert settings.preannotate.models == ("en_core_web_sm",)
    assert settings.preannotate.languages["fr"].models == ("fr_core_news_md",)
    assert settings.preannotate.languages["fr"].votes == "schemas/votes-fr.yaml"
    assert cli("init", tmp_path / "d", "--language", "english").refusal.hint == "write en"


def test_english_has_labels_guidelines_and_rules_of_its_own(cli, tmp_path):
    root = tmp_path / "c"
    result = cli("init", root, "--language", "en", "--json")
    assert result.json["made"][2:] == [
        "schemas/news-en.yaml",
        "schemas/rules-en.yaml",
        "schemas/names-en.yaml",
    ]
    settings = config.load(root)
    assert (settings.corpus.language, settings.preannotate.models) == ("en", ())
    assert proposals(root, "On Tuesday the president of Kenya met NATO.") == [
        ("Tuesday", "DATE"),
        ("president", "ROLE"),
        ("Kenya", "LOC"),
        ("NATO", "ORG"),
    ]


def test_labels_of_ones_own_are_found_by_the_rules_and_models_that_know_them(cli, tmp_path):
    root, model = tmp_path / "c", save_pipeline(tmp_path / "m", "en", "m", {"Ada Lark": "PER"})
    options = ["--language", "en", "--labels", "PERSON, ORG,GPE", "--model", model]
    assert cli("init", root, *options).exit_code == 0
    workspace, _ = loaded(root)
    assert workspace.schema.names == ("PERSON", "ORG", "GPE")
    assert workspace.config.preannotate.models == (str(model),)
    text = "On Tuesday Ada Lark of Kenya met NATO."
    assert proposals(root, text) == [("Ada Lark", "PERSON"), ("Kenya", "GPE"), ("NATO", "ORG")]


def test_a_model_in_the_workspace_is_named_from_there(cli, tmp_path, monkeypatch):
    save_pipeline(tmp_path / "c" / "models" / "names", "de", "names", {"Wien": "LOC"})
    monkeypatch.chdir(tmp_path)
    result = cli("init", "c", "--language", "de", "--model", "c/models/names")
    assert result.exit_code == 0
    assert config.load(tmp_path / "c").preannotate.models == ("./models/names",)
    assert proposals(tmp_path / "c", "Regen in Wien") == [("Wien", "LOC")]


def test_a_template_maps_the_labels_of_other_models(cli, tmp_path):
    model = save_pipeline(tmp_path / "m", "en", "mine", {"Ada": "PERSON", "Rome": "GPE"})
    cli("init", tmp_path / "c", "--language", "en", "--model", model)
    assert proposals(tmp_path / "c", "Ada left Rome") == [("Ada", "PER"), ("Rome", "LOC")]
    shipped = schema.load(tmp_path / "c" / "schemas" / "news-en.yaml").models
    assert shipped["en_mine"] == {"PERSON": "PER", "GPE": "LOC"}
    assert shipped["en_core_web_sm"]["GPE"] == "LOC"


def test_a_pipeline_of_spacy_may_be_installed_later(cli, tmp_path):
    options = ["--language", "es", "--labels", "PERSON,PLACE,LOC", "--model", "es_core_news_md"]
    result = cli("init", tmp_path / "c", *options)
    assert result.exit_code == 0
    assert "`curate models install es_core_news_md`" in result.stderr
    mapping = schema.load(tmp_path / "c" / "schemas" / "labels-es.yaml").models
    assert mapping == {"es_core_news_md": {"LOC": "LOC", "PER": "PERSON"}}


def test_french_without_its_model_has_no_weights_for_it(cli, tmp_path):
    cli("init", tmp_path / "c", "--language", "fr", "--model", "none")
    found = config.load(tmp_path / "c").preannotate
    assert (found.models, found.votes, len(found.rules)) == ((), "", 2)


def test_a_schema_is_copied_and_its_language_counts(cli, tmp_path):
    own = tmp_path / "own.yaml"
    text = (REPOSITORY / "schemas" / "news-en.yaml").read_text("utf-8")
    own.write_text(text.replace("name: news-en", "name: own"), encoding="utf-8")
    assert cli("init", tmp_path / "c", "--from-schema", own).exit_code == 0
    assert (tmp_path / "c" / "schemas" / "own.yaml").read_bytes() == own.read_bytes()
    workspace, _ = loaded(tmp_path / "c")
    assert (workspace.schema.id, workspace.config.corpus.language) == ("own@1.0.0", "en")
    assert workspace.config.preannotate.rules == ("schemas/rules-en.yaml", "schemas/names-en.yaml")
    own.write_text(schema_text("two", "en", ["A", "B"], {}), encoding="utf-8")
    cli("init", tmp_path / "d", "--from-schema", own)
    assert loaded(tmp_path / "d")[0].config.preannotate.rules == ()


@pytest.mark.parametrize(
    "options",
    [
        ["--language", "english"],
        ["--language", "EN"],
        ["--language", "fr", "--labels", "A,A"],
        ["--language", "fr", "--labels", "x" * 101],
        ["--model", "requests"],
        ["--model", "no_such_pipeline"],
        ["--model", "./nothing"],
        ["--from-schema", "/nothing.yaml"],
        ["--language", "fr", "--labels", "PER\udcff"],
        ["--language", "fr", "--name", "corpus\udcff"],
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(cli, tmp_path, options):
    result = cli("init", tmp_path / "c", *options)
    assert isinstance(result.refusal, ConfigError)
    assert result.refusal.hint
    assert not (tmp_path / "c").exists()


def test_a_schema_and_labels_are_a_usage_error(cli, tmp_path):
    assert cli("init", tmp_path / "c", "--from-schema", "x", "--labels", "A").exit_code == 2


def test_options_change_no_workspace_that_is_there(cli, tmp_path):
    cli("init", tmp_path, "--language", "de")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*ml")}
    assert isinstance(cli("init", tmp_path, "--language", "en").refusal, ConfigError)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*ml")} == before


def test_a_workspace_is_completed_with_what_its_settings_name(cli, tmp_path):
    cli("init", tmp_path / "en", "--language", "en")
    (tmp_path / "en" / "schemas" / "rules-en.yaml").unlink()
    assert cli("init", tmp_path / "en", "--json").json["made"] == ["schemas/rules-en.yaml"]
    cli("init", tmp_path / "de", "--language", "de")
    assert "made" not in cli("init", tmp_path / "de", "--json").json


@settings(max_examples=30)
@given(
    name=st.text(min_size=1),
    labels=st.lists(st.text(max_size=100).map(str.strip).filter(bool), min_size=1),
    language=st.sampled_from(["de", "en", "fr", "zh", "yue"]),
)
def test_any_name_and_any_labels_give_files_that_can_be_read(name, labels, language):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        try:
            start = corpus_files(root, language, labels, [])
            Workspace.init(root, name, start=start)
        except ConfigError:
            assert len(set(labels)) < len(labels)
            return
        workspace, _ = loaded(root)
        assert (workspace.config.corpus.name, workspace.schema.names) == (name, tuple(labels))


def test_labels_have_a_colour_and_a_key_of_their_own(cli, tmp_path):
    names = [f"L{number}" for number in range(60)]
    cli("init", tmp_path, "--language", "it", "--labels", ",".join(names))
    labels = loaded(tmp_path)[0].schema.labels
    keys = [label.key for label in labels if label.key]
    assert len(keys) == len(set(keys)) == 36
    assert len({label.colour for label in labels}) == 60


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        ("PER LOC", "LOC PER", {"PER": "PER", "LOC": "LOC"}),
        (
            "PERSON GPE LOC FAC",
            "PER LOC",
            dict.fromkeys(("GPE", "LOC", "FAC"), "LOC") | {"PERSON": "PER"},
        ),
        ("PER LOC", "PERSON GPE", {"PER": "PERSON", "LOC": "GPE"}),
        ("PERSON GPE LOC", "PERSON GPE", {"PERSON": "PERSON", "GPE": "GPE"}),
        ("WORK_OF_ART DATE", "MISC", {"WORK_OF_ART": "MISC"}),
        ("ODD", "PER", {}),
    ],
)
def test_labels_meet_by_name_or_as_relatives(theirs, ours, expected):
    assert match_labels(theirs.split(), ours.split()) == expected


def at_a_terminal(folder: Path, *options: str, answers: bytes) -> tuple[int, str]:
    """Run ``curate init`` on a terminal of its own; returns its exit code and what it showed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "curate", "init", str(folder), *options])
    os.write(terminal, answers)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal is an error on Linux
        while part := os.read(terminal, 1000):
            shown += part
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode("utf-8")


def test_on_a_terminal_it_asks(tmp_path):
    code, shown = at_a_terminal(tmp_path / "c", answers=b"de\nPER,ORT\n\n")
    assert code == 0, shown
    workspace, _ = loaded(tmp_path / "c")
    assert workspace.config.corpus.language == "de"
    assert workspace.schema.names == ("PER", "ORT")
    assert workspace.config.preannotate.models == ()


def test_on_a_terminal_the_usual_answers_give_the_template(tmp_path):
    code, shown = at_a_terminal(tmp_path / "c", answers=b"en\n\n\n")
    assert code == 0, shown
    assert (tmp_path / "c" / "schemas" / "news-en.yaml").read_bytes() == (
        REPOSITORY / "schemas" / "news-en.yaml"
    ).read_bytes()


def test_a_wrong_answer_leaves_nothing(tmp_path):
    code, _ = at_a_terminal(tmp_path / "c", answers=b"english\n")
    assert code == 1
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    ("options", "expected"), [(["--language", "en"], 0), (["--json"], 2), (["--labels", "A"], 2)]
)
def test_with_options_it_does_not_ask_on_a_terminal(tmp_path, options, expected):
    code, shown = at_a_terminal(tmp_path / "c", *options, answers=b"")
    assert (code, "(ISO 639-1 code)" in shown) == (expected, False), shown


@pytest.mark.parametrize(
    "options", [[], ["--json"], ["--name", "n"], ["--labels", "A"], ["--model", "none"]]
)
def test_no_language_is_guessed_where_nobody_can_be_asked(cli, tmp_path, options):
    result = cli("init", tmp_path / "c", *options)
    assert (result.exit_code, "--language" in result.stderr) == (2, True)
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("kind", ["one of spaCy's", "a folder"])
def test_a_model_gives_the_language(cli, tmp_path, kind):
    if kind == "a folder":
        model = str(save_pipeline(tmp_path / "m", "nl", "m", {"Delft": "LOC"}))
    else:
        model = "nl_core_news_lg"  # which is not installed
    result = cli("init", tmp_path / "c", "--labels", "LOC", "--model", model)
    assert result.exit_code == 0
    settings = config.load(tmp_path / "c")
    assert (settings.corpus.language, settings.preannotate.models) == ("nl", (model,))


def test_a_workspace_that_is_there_is_not_asked_about(cli, tmp_path):
    cli("init", tmp_path, "--language", "fr")
    code, shown = at_a_terminal(tmp_path, answers=b"")
    assert (code, "ISO 639-1" in shown) == (0, False)


def test_where_nothing_proposes_a_preannotation_says_so(cli, tmp_path):
    cli("init", tmp_path, "--language", "es", "--labels", "LUGAR")
    (tmp_path / "seeds" / "a.txt").write_text("Llueve en Sevilla.\n", encoding="utf-8")
    cli("ingest", tmp_path / "seeds", root=tmp_path)
    result = cli("preannotate", root=tmp_path)
    assert (result.exit_code, "[preannotate]" in result.stderr) == (0, True)
    again = cli("preannotate", "--again", "--json", root=tmp_path)
    assert (again.json["spans"], again.stderr) == ({"proposal": 0}, "")
