"""A project that two people make on Doccano's pages, from its clone to a published data set."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.annotator_page import AnnotatorPage
from support.cli import CommandResult, run_command
from support.project_pages import ProjectPages

from curate.doccano.credentials import PASSWORD, URL, USER
from curate.quality.corpus import example_url
from curate.util import jsonl
from curate.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.server]

NAME = "Local news by hand"
MARIE, OMAR, SVEN, ALI = (
    "👍🎉 Marie Dupont sings in Rome.",
    "Omar Diop opened a bakery in Oslo.",
    "Sven Berg left Malmö for Paris.",
    "Ali Kaya writes about Izmir.",
)
ROWS: list[dict[str, Any]] = [
    {"text": MARIE, "label": [], "source": "web"},
    {"text": OMAR, "label": [[0, 9, "PER"], [19, 25, "LOC"]], "source": "wire"},
    {"text": SVEN, "label": [[0, 9, "PER"]], "source": "web"},
    {"text": ALI, "label": [[0, 8, "PER"]], "source": "wire"},
]
QUESTION, ANSWER = "Is Rome the city here?", "Kaya is the name of a family."
ELSA, BELA = "annotator:elsa", "annotator:bela"
ABOUT = ("--license", "CC-BY-4.0", "--citation", "Elsa and Bela. Local news, 2026.")

Authors = dict[str, dict[str, tuple[str, str]]]
"""For each text the label and the author of each surface that is marked."""

CLONED: Authors = {
    MARIE: {"Marie Dupont": ("PER", ELSA), "Rome": ("LOC", BELA)},
    OMAR: {"Omar Diop": ("PER", "import:elsa"), "Oslo": ("LOC", BELA)},
}
AT_THE_END: Authors = {
    MARIE: {"Marie": ("PER", BELA), "Rome": ("LOC", BELA)},
    OMAR: {"Omar Diop": ("PER", "import:elsa"), "Oslo": ("PER", ELSA)},
    SVEN: {
        "Sven Berg": ("PER", "import:elsa"),
        "Malmö": ("LOC", ELSA),
        "Paris": ("LOC", BELA),
    },
    ALI: {"Kaya": ("PER", BELA), "Izmir": ("LOC", BELA)},
}


@pytest.fixture
def elsa(doccano, log_in, run_folder: Path, monkeypatch) -> AnnotatorPage:
    """Who may make projects, logged in; hers is the account that curate logs in with."""
    password = run_folder / "elsa-password"
    password.write_text("a long enough password", "ascii")
    doccano.create_user("elsa", password.read_text("ascii"), administrator=True)
    monkeypatch.delenv(URL, raising=False)
    monkeypatch.setenv(USER, "elsa")
    monkeypatch.setenv(PASSWORD, password.read_text("ascii"))
    person: AnnotatorPage = log_in("elsa")
    return person


@pytest.fixture
def bela(log_in) -> AnnotatorPage:
    """bela, logged in."""
    person: AnnotatorPage = log_in("bela")
    return person


def make_project(elsa: AnnotatorPage, file: Path) -> str:
    """elsa makes the project, its labels and its other member, and imports a file."""
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS), "ascii")
    pages = ProjectPages(elsa)
    address = pages.create(NAME, "Who is where.")
    pages.add_label("PER", "p")
    pages.add_label("LOC", "l")
    pages.write_guideline("Mark people and places.")
    pages.import_file(file, "JSONL", len(ROWS))
    pages.add_member("bela", "Annotator")
    return address


def annotate(elsa: AnnotatorPage, bela: AnnotatorPage) -> None:
    """Two documents are confirmed, each by one of them after the other's work."""
    elsa.open(NAME)
    elsa.select("Marie Dupont")
    elsa.choose("PER")
    elsa.comment(QUESTION)
    bela.open(NAME)
    bela.put_on("l")
    bela.select_with_label_on("Rome")
    bela.confirm()
    bela.go_on()
    bela.remove_mark("bakery")
    bela.select_with_label_on("Oslo")
    elsa.go_on()
    elsa.confirm()
    bela.go_on()
    bela.select_with_label_on("Paris")


def change(elsa: AnnotatorPage, bela: AnnotatorPage) -> None:
    """Each changes what the other one had marked or confirmed; all is confirmed at the end."""
    bela.open(NAME)
    bela.remove_mark("Marie Dupont")
    bela.select("Marie")
    bela.choose("PER")
    elsa.open(NAME)
    elsa.go_on()
    elsa.click_mark("Oslo")
    elsa.choose("PER")
    elsa.confirm()  # takes the confirmation back, as Doccano does not say who changed a mark
    elsa.confirm()
    elsa.go_on()
    elsa.put_on("l")
    elsa.select_with_label_on("Malmö")
    elsa.confirm()
    for _ in range(3):
        bela.go_on()
    bela.remove_mark("Ali Kaya")
    bela.select("Kaya")
    bela.choose("PER")
    bela.select("Izmir")
    bela.choose("LOC")
    bela.comment(ANSWER)
    elsa.go_on()
    elsa.confirm()


@pytest.fixture
def curate(tmp_path: Path) -> Callable[..., CommandResult]:
    """Runs a command in the workspace; it has to succeed unless another exit code is awaited."""

    def run(*words: str, code: int = 0) -> CommandResult:
        result = run_command(*words, root=tmp_path / "news")
        assert result.exit_code == code, result.output
        return result

    return run


def blamed(curate: Callable[..., CommandResult], texts: Authors) -> Authors:
    """What ``curate blame`` says of the gold of these texts."""
    found: Authors = {}
    for text in texts:
        rows = curate("blame", jsonl.document_id(text), "--json").json["spans"]
        spans = [(row["span"], row["changed_by"]) for row in rows]
        assert all(span["by"] == by for span, by in spans)
        found[text] = {text[s["start"] : s["end"]]: (s["label"], by) for s, by in spans}
    return found


def loaded(folder: Path, cache: Path) -> Authors:
    """What a user of the data set gets, and mlcroissant with it."""
    import datasets
    import mlcroissant

    rows = datasets.load_dataset(str(folder), "documents", split="train", cache_dir=str(cache))
    records = [*mlcroissant.Dataset(str(folder / "croissant.json")).records("documents")]
    assert {record["documents/text"].decode() for record in records} == {*rows["text"]}
    label = rows.features["spans"].feature["label"].int2str
    return {
        row["text"]: {
            row["text"][span["start"] : span["end"]]: (label(span["label"]), span["by"])
            for span in row["spans"]
        }
        for row in rows
    }


@pytest.mark.filterwarnings("ignore")  # those of rdflib and pandas, in mlcroissant
def test_a_project_made_on_the_pages_is_cloned_synced_and_published(
    elsa: AnnotatorPage,
    bela: AnnotatorPage,
    log_in: Callable[[str], AnnotatorPage],
    curate: Callable[..., CommandResult],
    tmp_path: Path,
):
    address = make_project(elsa, tmp_path / "news.jsonl")
    annotate(elsa, bela)

    cloned = run_command("clone", address, tmp_path / "news", "--json")
    assert cloned.exit_code == 0, cloned.output
    assert "problems" not in cloned.json
    assert cloned.json["layers"] == {"annotator:bela": 1, "gold": 4, "import:elsa": 2}
    assert blamed(curate, CLONED) == CLONED
    shown = curate("show", jsonl.document_id(MARIE), "--json").json
    assert [(it["by"], it["text"]) for it in shown["comments"]] == [("elsa", QUESTION)]
    problems = curate("validate", "--json").json["problems"]
    assert {problem["severity"] for problem in problems} == {"info"}
    waits = curate("sync", "--json", code=1).json["outcome"]
    assert [problem["code"] for problem in waits["problems"]] == ["sync.adopt"]
    adopted = curate("sync", "--adopt", "--json").json["outcome"]
    assert not adopted.keys() & {"pushed", "pulled", "carried", "problems"}

    reader = log_in("bela")
    reader.visit(example_url(Workspace(tmp_path / "news"), jsonl.document_id(SVEN)))
    assert reader.text() == SVEN
    change(log_in("elsa"), log_in("bela"))

    pulled = curate("sync", "--json").json["outcome"]
    assert (pulled["pulled"], pulled["revisions"]) == (4, 4)
    again = curate("sync", "--json").json["outcome"]
    for outcome in (pulled, again):
        assert not outcome.keys() & {"pushed", "carried", "problems"}
    assert not again.keys() & {"pulled", "revisions"}
    assert blamed(curate, AT_THE_END) == AT_THE_END
    shown = curate("show", jsonl.document_id(ALI), "--json").json
    assert [(it["by"], it["text"]) for it in shown["comments"]] == [("bela", ANSWER)]
    curate("release", "1.0.0", "-m", "Made by hand.")
    curate("publish", str(tmp_path / "data"), *ABOUT, "--names")
    assert loaded(tmp_path / "data", tmp_path / "cache") == AT_THE_END
