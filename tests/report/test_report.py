"""The report: its figures are those of the commands, and it says what is not there."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from support import report_corpus
from typer.testing import CliRunner

from curate.cli.commands import app
from curate.errors import InputError
from curate.html.filters import decimal, interval, number, percent, sentence, signed
from curate.model import Assignment, Release, Revision, Span
from curate.quality import statistics
from curate.report.labels import label_distribution
from curate.report.progress import work_progress
from curate.report.run import write_report
from curate.report.sections import SECTIONS
from curate.workspace import Workspace


class Page(HTMLParser):
    """Tables by caption, each a list of rows of texts; headings; and what would be loaded."""

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
        told = " ".join(self._text.split())
        if tag == "caption":
            self._caption = told
            self.tables[told] = []
        elif tag in ("td", "th"):
            self._row.append(told)
        elif tag == "tr":
            rows = self.tables[self._caption]
            assert not rows or len(self._row) == len(rows[0])  # a cell for each column
            rows.append(self._row)
        elif tag in ("h1", "h2", "h3"):
            self.headings.append((int(tag[1]), told))

    def handle_data(self, data):
        self._text += data

    def table(self, beginning: str) -> dict[str, list[str]]:
        """The rows of the table whose caption begins so, by their first cell."""
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


def told(corpus: Workspace, *command: str):
    """What a command says as JSON."""
    done = CliRunner().invoke(app, [*command, "-C", str(corpus.root), "--json"])
    return json.loads(done.stdout)


# -- the figures are those of the commands


def test_what_pre_annotation_saves_is_what_the_ledger_says(corpus, page):
    found = told(corpus, "ledger")
    rows = {
        "By label": {**found["labels"], "all": found["total"]},
        "By model and rules file": found["layers"],
        "By person": found["people"],
        "Rules that save most": found["rules"],
    }
    for caption, expected in rows.items():
        shown = page.table(caption)
        assert set(shown) == set(expected)
        for name, row in expected.items():
            became = row["outcome"]
            edited = became["relabelled"] + became["moved"] + became["replaced"]
            missed = None if row["people"] is None else became["missed"]
            counts = (became["accepted"], edited, became["rejected"], missed)
            shares = [decimal(row["precision"]), decimal(row["recall"])]
            assert shown[name][1:] == [*map(number, counts), *shares, signed(row["saved"])]
    blank = found["total"]["blank"]
    keys = (blank["keys"], blank["clicks"], blank["drags"])
    assert page.table("Actions with mouse and keyboard")["blank"][1:] == [
        *map(number, keys),
        str(sum(keys)),
    ]


def test_agreement_is_what_the_command_says(corpus, page, written):
    found = told(corpus, "agreement")
    (pair,) = found["pairs"]
    micro = pair["strict"]["micro"]
    assert page.table("Pairs of annotators")["anna, bela"][1:] == [
        decimal(micro["f1"]),
        interval(micro["low"], micro["high"]),
        decimal(pair["overlap"]["micro"]["f1"]),
        decimal(pair["cohen"]["value"]),
        str(pair["documents"]),
    ]
    shown = page.table("All annotators together")
    assert shown["Krippendorff's alpha"][1] == decimal(
        found["coefficients"]["krippendorff"]["value"]
    )
    assert len(shown) == len(found["coefficients"])
    first = found["disagreements"][0]
    assert f"« {first['first']} » {first['first_label']}" in written


def test_findings_and_gate_are_what_the_commands_say(corpus, page):
    found = told(corpus, "validate")
    shown = page.table("Checks with findings")
    expected = {c["code"]: c["findings"] for c in found["checks"] if c.get("findings")}
    assert {code: int(row[1]) for code, row in shown.items()} == expected
    rehearsed = told(corpus, "release", "--dry-run")
    gates = page.table("Conditions of a release")
    for verdict in rehearsed["gate"]["verdicts"]:
        state, what, _ = gates[verdict["gate"]]
        assert state.endswith(verdict["state"])
        assert what.startswith(verdict["found"])


def test_the_audit_is_what_its_file_says_and_the_gold_is_not_newer(page, written):
    ((key, row),) = page.table("Most likely errors").items()
    assert row == ["label", "« Oran » LOC", "« Oran » ORG", "0.750", "the model says ORG"]
    assert len(key) == 16
    (audited,) = re.findall(r"<p>The audit of (.*?)</p>", written, re.DOTALL)
    # The time, then documents, likely errors, those still open, documents with newer gold.
    assert re.findall(r"\d+", audited) == ["2026", "01", "30", "12", "00", "2", "2", "1", "5"]


def test_conflicts_splits_and_releases_are_what_the_commands_say(corpus, page):
    (conflict,) = told(corpus, "conflicts")
    ((name, row),) = page.table("Annotations that gold and Doccano changed").items()
    assert name.startswith(conflict["document"]["id"])
    assert row == ["relabel", "« Rabat » ORG (curator:c)", "« Rabat » MISC (annotator:anna)"]
    division = told(corpus, "split", "--dry-run")
    shown = page.table("Gold documents in each split")
    for part in division["parts"]:
        if part["documents"]:
            assert shown[part["split"]][:2] == [str(part["documents"]), percent(part["share"])]
    releases, _ = told(corpus, "log")
    shown = page.table("Releases")
    for each in releases:
        counts = each["counts"]
        assert shown[each["version"]][1:3] == [str(counts["documents"]), str(counts["spans"])]


def test_progress_is_that_of_the_revisions(corpus, page):
    _, revisions = told(corpus, "log")
    shown = page.table("Documents confirmed and gold revised")
    by_carla = [each for each in revisions if each["author"] == "annotator:carla"]
    assert shown["carla"][1:3] == [str(len(by_carla)), str(len(by_carla))]
    assert shown["anna"][1] == "6"
    weeks = page.table("Documents confirmed per week")
    assert sum(int(row[0]) for row in weeks.values()) == 6
    # A row a person, then new documents and revisions.
    assert sum(int(row[-1]) for row in weeks.values()) == len(revisions)


def test_labels_are_those_of_the_gold_and_of_the_release(corpus, page):
    releases, _ = told(corpus, "log")
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
    assert len(names) == 11
    assert all(f'id="{name}"' in written for name in names)


def test_an_empty_corpus_says_in_words_what_would_fill_each_section(tmp_path):
    Workspace.init(tmp_path / "corpus", "empty")
    command = ["report", "-C", str(tmp_path / "corpus"), "-o", str(tmp_path / "r.html")]
    plain = CliRunner().invoke(app, command)
    assert plain.exit_code == 0, plain.output
    empty = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)["empty"]
    assert set(empty) == set(SECTIONS) - {"checks", "gate"}
    written = (tmp_path / "r.html").read_text("utf-8")
    for name, reason in empty.items():
        assert reason in plain.stdout
        (section,) = re.findall(
            rf'<section class="part" aria-labelledby="{name}">(.*?)</section>', written, re.DOTALL
        )
        shown = " ".join(re.sub("<[^>]*>", "", section).split())
        assert sentence(reason) in shown
        assert "<table" not in section
        assert name in ("agreement", "conflicts") or "<code>curate " in section
    Page(written)


def test_the_command_tells_the_file_and_json(corpus, tmp_path):
    path = tmp_path / "r.html"
    found = json.loads(
        CliRunner()
        .invoke(app, ["report", "-C", str(corpus.root), "-o", str(path), "--json"])
        .stdout
    )
    assert found["path"] == str(path)
    assert found["empty"] == {}
    assert found["progress"]["people"]["carla"]["confirmed"] == 6
    assert path.exists()


def test_a_file_that_cannot_be_written_is_a_refusal(corpus, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write_report(corpus, tmp_path / "file" / "report.html")


# -- progress and labels


def revision(document, author, at, confirmed_by="", confirmed_at="", **more):
    return Revision(
        document=document,
        number=1,
        author=author,
        at=at,
        reason="r",
        schema="s@1",
        confirmed_by=confirmed_by,
        confirmed_at=confirmed_at,
        **more,
    )


def test_people_who_work_together_are_counted_once_a_document_by_the_week():
    history = [
        revision("a", "annotator:anna", "2026-01-06T00:00:00Z", "anna", "2026-01-05T00:00:00Z"),
        revision("a", "curator:c", "2026-01-20T00:00:00Z", "anna", "2026-01-19T00:00:00Z"),
        revision("b", "annotator:bela", "2026-01-19T00:00:00Z", "bela", "2026-01-18T23:00:00Z"),
        revision("c", "import:file", "no time"),
    ]
    found = work_progress(iter(history), {})
    assert found.weeks == ("2026-01-05", "2026-01-12", "2026-01-19")
    assert list(found.people) == ["anna", "bela", "curator:c", "import:file"]
    assert found.people["anna"].weeks == (1, 0, 0)
    assert found.people["bela"].weeks == (0, 1, 0)  # Sunday evening
    assert (found.confirmed, found.per_week, found.revisions) == (2, (1, 1, 0), (1, 0, 2))
    assert (found.people["curator:c"].last, found.undated) == ("2026-01-20", 1)


def test_people_who_work_apart_and_who_decides_each_count():
    done = {"anna": "2026-01-05T00:00:00Z", "bela": "2026-01-13T00:00:00Z"}
    assigned = {"a": Assignment(document="a", annotators=("anna", "bela"), done=done)}
    history = [revision("a", "annotator:carl", "2026-01-20T00:00:00Z", "carl", "2026-01-20T00:00Z")]
    found = work_progress(history, assigned)
    assert {n: each.confirmed for n, each in found.people.items()} == {
        **{"anna": 1, "bela": 1, "carl": 1}
    }
    assert (found.confirmed, found.per_week) == (1, (1, 0, 0))
    both = [revision("a", "adjudication:unanimous", done["bela"], "anna, bela", done["bela"])]
    assert work_progress(both, assigned).people["bela"].weeks == (0, 1)


def test_nobody_has_no_progress():
    assert work_progress([], {}).weeks == ()


def released(**counts):
    names = {f"label:{name}": many for name, many in counts.items()}
    return Release(
        version="0.1.0", created="", author="", digest="", schema="", schema_digest="",
        entries=(), counts={"documents": 1, **names},
    )  # fmt: skip


def test_labels_and_their_divergence_from_the_release():
    import numpy as np

    spans = (Span(0, 1, "PER"), Span(1, 2, "PER"), Span(2, 3, "LOC"))
    heads = [
        revision("a", "x", "", spans=spans),
        revision("b", "x", "", spans=spans, deleted=True),
    ]
    found = label_distribution(heads, ("PER", "ORG"), released(PER=1, OLD=3))
    assert (found.documents, found.spans) == (1, 3)
    assert list(found.labels) == ["PER", "LOC", "OLD", "ORG"]
    assert (found.labels["PER"].share, found.labels["PER"].released_share) == (2 / 3, 1 / 4)
    assert found.labels["ORG"].released == 0
    expected = statistics.divergence(np.array([2, 1, 0, 0]), np.array([1, 0, 3, 0]))
    assert found.divergence == pytest.approx(expected)
    alone = label_distribution(heads, (), None)
    assert (alone.release, alone.divergence, alone.labels["PER"].released) == ("", None, None)
