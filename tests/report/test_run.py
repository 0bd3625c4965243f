"""The report: its figures are those of the commands, and it explains its empty sections."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from support import report_corpus
from support.report_corpus import MODEL

from curate.errors import InputError
from curate.html.filters import decimal, interval, number, percent, sentence, signed
from curate.ingest.languages import set_language
from curate.report.run import write_report
from curate.report.sections import SECTIONS
from curate.workspace import Workspace


class Page(HTMLParser):
    """A page: its tables by caption, each a list of rows, its headings, and what it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.headings: list[tuple[int, str]] = []
        self.loads: list[str] = []
        self.open: list[str] = []
        self._text = ""
        self._caption = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.loads += [v for k, v in attrs if k in ("src", "href") and not v.startswith("#")]
        self.loads += [tag] if tag in ("script", "link", "img") else []
        if tag == "tr":
            self._row: list[str] = []
        if tag in ("td", "th", "caption", "h1", "h2", "h3"):
            self._text = ""

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        text = " ".join(self._text.split())
        if tag == "caption":
            self._caption = text
            self.tables[text] = []
        elif tag in ("td", "th"):
            self._row.append(text)
        elif tag == "tr":
            rows = self.tables[self._caption]
            assert not rows or len(self._row) == len(rows[0])  # a cell for each column
            rows.append(self._row)
        elif tag in ("h1", "h2", "h3"):
            self.headings.append((int(tag[1]), text))

    def handle_data(self, data):
        self._text += data

    def table(self, beginning: str) -> dict[str, list[str]]:
        """The rows of the one table with this beginning of its caption, by their first cell."""
        found = [rows for caption, rows in self.tables.items() if caption.startswith(beginning)]
        assert len(found) == 1, beginning
        return {row[0]: row[1:] for row in found[0][1:]}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Workspace:
    return report_corpus.build(tmp_path_factory.mktemp("report") / "corpus")


@pytest.fixture(scope="module")
def written(corpus, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("pages") / "new" / "report.html"
    write_report(corpus, path)
    return path.read_text("utf-8")


@pytest.fixture(scope="module")
def page(written) -> Page:
    return Page(written)


@pytest.fixture(scope="module")
def result(cli, corpus):
    """Gives the result of a command as JSON."""

    def run(*command: str):
        return cli(*command, "--json", root=corpus.root).json

    return run


# -- the figures are those of the commands


def test_what_pre_annotation_saves_is_what_the_ledger_says(page, result):
    ledger = result("ledger")
    rows = {
        "By label": {**ledger["labels"], "all": ledger["total"]},
        "By model and rules file": ledger["layers"],
        "By person": ledger["people"],
        "Rules that save most": ledger["rules"],
    }
    for caption, expected in rows.items():
        shown = page.table(caption)
        assert set(shown) == set(expected)
        for name, row in expected.items():
            outcome = row["outcome"]
            edited = outcome["relabelled"] + outcome["moved"] + outcome["replaced"]
            missed = None if row["people"] is None else outcome["missed"]
            counts = (outcome["accepted"], edited, outcome["rejected"], missed)
            shares = [decimal(row["precision"]), decimal(row["recall"])]
            assert shown[name][1:] == [*map(number, counts), *shares, signed(row["saved"])]
    blank = ledger["total"]["blank"]
    keys = (blank["keys"], blank["clicks"], blank["drags"])
    shown = page.table("Actions with mouse and keyboard")
    assert shown["blank"][1:] == [*map(number, keys), number(sum(keys))]


def test_models_beside_people_are_what_the_command_says(cli, corpus, written, page, result):
    shown = page.table("May a layer stand in for a person?")
    assert MODEL in shown
    command = cli("agreement", "--stand-in", MODEL, root=corpus.root)
    assert command.exit_code == 1
    assert "anna, bela" in command.refusal.message
    assert "3 people" in shown[MODEL][0]
    (layer,) = [name for name in shown if f"Scores of {name} against gold" in written]
    scores = result("agreement", "--model", layer)["calibration"]
    assert page.table(f"Scores of {layer} against gold") == {
        f"{decimal(bin['low'])} to {decimal(bin['high'])}": [
            decimal(bin["score"]),
            decimal(bin["precision"]),
            str(bin["spans"]),
        ]
        for bin in scores["bins"]
    }
    for limit in scores["limits"]:
        assert limit in written


def test_agreement_is_what_the_command_says(page, written, result):
    agreement = result("agreement")
    (pair,) = agreement["pairs"]
    micro = pair["strict"]["micro"]
    assert page.table("Pairs of annotators")["anna, bela"][1:] == [
        decimal(micro["f1"]),
        interval(micro["low"], micro["high"]),
        decimal(pair["overlap"]["micro"]["f1"]),
        decimal(pair["token"]["micro"]["f1"]),
        decimal(pair["cohen"]["value"]),
        str(pair["documents"]),
    ]
    shown = page.table("All annotators together")
    assert shown["Krippendorff's alpha"][1] == decimal(
        agreement["coefficients"]["krippendorff"]["value"]
    )
    assert len(shown) == len(agreement["coefficients"])
    assert f"Gwet's AC1, {agreement['values']} categories" in shown
    first = agreement["disagreements"][0]
    assert f"« {first['first']} » {first['first_label']}" in written


def test_findings_and_gate_are_what_the_commands_say(page, result):
    report = result("validate")
    shown = page.table("Checks with findings")
    expected = {c["code"]: c["findings"] for c in report["checks"] if c.get("findings")}
    assert {code: int(row[1]) for code, row in shown.items()} == expected
    release = result("release", "--dry-run")
    gates = page.table("Conditions of a release")
    for verdict in release["gate"]["verdicts"]:
        state, finding, _ = gates[verdict["gate"]]
        assert state.endswith(verdict["state"])
        assert finding.startswith(verdict["found"])


def test_the_audit_is_what_its_file_says_and_the_gold_is_not_newer(page, written):
    ((key, row),) = page.table("Most likely errors").items()
    assert row == ["label", "« Oran » LOC", "« Oran » ORG", "0.750", "the model says ORG"]
    assert len(key) == 16
    (audited,) = re.findall(r"<p>The audit of (.*?)</p>", written, re.DOTALL)
    # The time, then documents, likely errors, those still open, documents with newer gold.
    assert re.findall(r"\d+", audited) == ["2026", "01", "30", "12", "00", "2", "2", "1", "5"]


def test_conflicts_splits_and_releases_are_what_the_commands_say(page, result):
    (conflict,) = result("conflicts")
    ((name, row),) = page.table("Annotations that gold and Doccano changed").items()
    assert name.startswith(conflict["document"]["id"])
    assert row == ["relabel", "« Rabat » ORG (curator:c)", "« Rabat » MISC (annotator:anna)"]
    division = result("split", "--dry-run")
    shown = page.table("Gold documents in each split")
    for part in division["parts"]:
        if part["documents"]:
            assert shown[part["split"]][:2] == [str(part["documents"]), percent(part["share"])]
    releases, _ = result("log")
    shown = page.table("Releases")
    for release in releases:
        counts = release["counts"]
        assert shown[release["version"]][1:3] == [str(counts["documents"]), str(counts["spans"])]


def test_progress_is_that_of_the_revisions(page, result):
    _, revisions = result("log")
    shown = page.table("Documents confirmed and gold revised")
    by_carla = [each for each in revisions if each["author"] == "annotator:carla"]
    assert shown["carla"][1:3] == [str(len(by_carla)), str(len(by_carla))]
    assert shown["anna"][1] == "6"
    weeks = page.table("Documents confirmed per week")
    assert sum(int(row[0]) for row in weeks.values()) == 6
    assert sum(int(row[-1]) for row in weeks.values()) == len(revisions)


def test_labels_are_those_of_the_gold_and_of_the_release(corpus, page, result):
    releases, _ = result("log")
    shown = page.table("Spans by label")
    spans = sum(int(row[1]) for row in shown.values())
    with corpus.store.begin() as tx:
        assert spans == sum(len(revision.spans) for _, revision in tx.heads())
    counts = releases[0]["counts"]
    assert shown["PER"][3] == str(counts["label:PER"])
    assert shown["PER"][5] == signed(int(shown["PER"][1]) - counts["label:PER"])


# -- the page


def test_the_page_loads_nothing_has_one_title_and_skips_no_heading(page, written):
    assert page.loads == []
    assert not re.search(r"url\((?!#)|@import|https?:", written)
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False))


def test_texts_of_articles_are_texts(written):
    assert "Dépêche 0 &amp; suite" in written
    assert "<3" not in written


def test_the_same_corpus_at_the_same_time_gives_the_same_page(corpus, written, tmp_path):
    write_report(corpus, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text("utf-8") == written


def test_every_address_within_the_page_is_there(written):
    names = re.findall(r'href="#([^"]+)"', written)
    assert len(names) == len(SECTIONS) + 1 - 1  # one to skip to the content; languages is empty
    assert all(f'id="{name}"' in written for name in names)


def test_an_empty_corpus_says_in_words_what_would_fill_each_section(cli, tmp_path):
    Workspace.init(tmp_path / "corpus", "empty")
    command = ["report", "-o", tmp_path / "r.html"]
    printed = cli(*command, root=tmp_path / "corpus")
    assert printed.exit_code == 0
    empty = cli(*command, "--json", root=tmp_path / "corpus").json["empty"]
    assert set(empty) == set(SECTIONS) - {"checks", "gate", "languages"}
    written = (tmp_path / "r.html").read_text("utf-8")
    for name, reason in empty.items():
        assert reason in printed.stdout
        (section,) = re.findall(
            rf'<section class="part" aria-labelledby="{name}">(.*?)</section>', written, re.DOTALL
        )
        shown = " ".join(re.sub("<[^>]*>", "", section).split())
        assert sentence(reason) in shown
        assert "<table" not in section
        assert name in ("agreement", "conflicts") or "<code>curate " in section
    Page(written)


def test_the_command_gives_the_file_and_json(result, tmp_path):
    path = tmp_path / "r.html"
    report = result("report", "-o", str(path))
    assert report["path"] == str(path)
    assert report["empty"] == {}
    assert report["progress"]["people"]["carla"]["confirmed"] == 6
    assert path.exists()


def test_a_file_that_cannot_be_written_is_a_refusal(corpus, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write_report(corpus, tmp_path / "file" / "report.html")


def test_a_corpus_in_several_languages_has_a_row_for_each(tmp_path, cli):
    workspace = report_corpus.build(tmp_path / "corpus")
    with workspace.store.read() as tx:
        keys = [document.id for document, _ in tx.heads()]
    set_language(workspace, keys[:2], "en")
    root = workspace.root
    made = cli("report", "-o", tmp_path / "r.html", "--json", root=root).json["languages"]
    assert made.keys() == {"fr", "en"}
    assert (made["fr"]["documents"], made["en"]["documents"]) == (6, 2)
    assert (made["en"]["gold"], made["en"]["agreed"]) == (2, 2)
    rows = Page((tmp_path / "r.html").read_text("utf-8")).table("Documents, agreement")
    assert rows["en"][:2] == ["2", "2"]
    agreed = cli("agreement", "--language", "en", "--json", root=root).json
    assert agreed["documents"] == 2
    assert made["en"]["strict"] == agreed["across"]["strict"]["mean"]
    own = cli("ledger", "--language", "en", "--json", root=root).json
    assert own["documents"] <= 2 and made["en"]["works"] == own["works"] > 0
    assert made["en"]["precision"] == own["total"]["precision"]
    whole = cli("ledger", "--json", root=root).json
    french = cli("ledger", "--language", "fr", "--json", root=root).json
    assert own["works"] + french["works"] == whole["works"]
    assert cli("ledger", "--language", "english", root=root).refusal.hint == "write en"


def test_what_each_proposer_found_is_that_of_the_ledger(tmp_path, cli):
    workspace = report_corpus.build(tmp_path / "corpus")
    ledger = cli("ledger", "--json", root=workspace.root).json["contributions"]
    assert ledger
    cli("report", "-o", tmp_path / "r.html", root=workspace.root)
    rows = Page((tmp_path / "r.html").read_text("utf-8")).table("What each model and rules file")
    names = ("spans", "right", "alone_right", "alone_wrong")
    assert {name: row[:4] for name, row in rows.items()} == {
        layer: [f"{row[name]:,}" for name in names] for layer, row in ledger.items()
    }
