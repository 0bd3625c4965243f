"""Take the pictures of the pages that curate writes, from the running tool.

Usage: ``python docs/images/make.py CORPUS [--out FOLDER] [--keep FOLDER]``.

CORPUS is the folder of WiNER-fr 2016 (Wikinews, CC BY 2.5; annotation CC BY 4.0). The script
ingests its articles of June and October and pre-annotates them with the French model and the rules.
Two programs annotate them over six weeks: they follow WiNER's gold and make occasional mistakes,
and where they differ a third one decides. ``curate report``, ``curate diff`` and ``curate show``
write their pages of the resulting corpus. Needs Chromium and playwright.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from curate.annotations.merge import merge
from curate.gate.release import release
from curate.history.diff import diff
from curate.ingest.importer import ingest
from curate.model import Annotation, Document, Revision, Span
from curate.preannotate.preannotation import preannotate
from curate.report.layers_page import write_layers_page
from curate.report.run import write_report
from curate.splits.split import split
from curate.sync.projects import assign_new_documents
from curate.text.offsets import outermost
from curate.workspace import Workspace

MONTHS = ("06", "10")
WINER = {
    "Person": "PER",
    "Location": "LOC",
    "Organization": "ORG",
    "Date": "DATE",
    "Event": "EVENT",
}
RELIABLE = frozenset(WINER.values()) - {"EVENT"}  # labels for which WiNER replaces the proposal
SETTINGS = """
[tasks]
mode = "independent"
annotators = ["anna", "bela"]
overlap = 0.35
control = 0.1
adjudicators = ["carla"]
"""
BEGIN = datetime(2026, 1, 5, 9)
UNANNOTATED = 18  # articles
SIZE = {"width": 1120, "height": 1240}


class Clock:
    """The time that the script sets."""

    def __init__(self) -> None:
        self.at = BEGIN

    def __call__(self) -> str:
        return self.at.isoformat() + "Z"


class Annotators:
    """Two programs that annotate like WiNER's gold, with occasional mistakes.

    Args:
        workspace: the corpus.
        gold: WiNER's spans, by document.
        clock: moves forward while they work.
    """

    def __init__(self, workspace: Workspace, gold: dict[str, list[Span]], clock: Clock) -> None:
        self._workspace, self._gold, self._clock = workspace, gold, clock
        self._random = random.Random(7)

    def annotate(self, keys: list[str]) -> None:
        """Annotate documents, and let the adjudicator decide where the two differ."""
        from curate.sync.consensus import commit_unanimous

        for key in keys:
            self._annotate_document(key)
        commit_unanimous(self._workspace)
        for key in keys:
            self._adjudicate(key)

    def _annotate_document(self, key: str) -> None:
        with self._workspace.store.begin() as tx:
            assignment = tx.assignment(key)
            proposal = tx.annotation(key, "proposal")
            assert assignment is not None and proposal is not None
            for name in assignment.annotators:
                self._advance_clock()
                shown = () if assignment.control else proposal.spans
                layer = f"annotator:{name}"
                tx.put_annotation(self._annotation(layer, key, shown, proposal))
                done = {**assignment.done, name: self._clock()}
                assignment = replace(assignment, done=done)
            tx.put_assignment(assignment)

    def _annotation(
        self, layer: str, key: str, shown: tuple[Span, ...], proposal: Annotation
    ) -> Annotation:
        """WiNER's spans, and the proposal's where WiNER lacks the label; with a few mistakes."""
        proposed = {span.key: span for span in shown}
        wanted = [*self._gold[key]]
        wanted += [
            span
            for span in proposal.spans
            if span.label not in RELIABLE and not any(span.overlaps(gold) for gold in wanted)
        ]
        signed = (replace(span, by=layer, at=self._clock(), score=None) for span in wanted)
        kept = [proposed.get(span.key, span) for span in signed if self._random.random() > 0.03]
        spans = [self._with_mistake(span) for span in kept]
        return Annotation(document=key, layer=layer, spans=tuple(spans)).sorted()

    def _with_mistake(self, span: Span) -> Span:
        if self._random.random() > 0.03 or span.label not in ("LOC", "ORG"):
            return span
        other = "ORG" if span.label == "LOC" else "LOC"
        return replace(span, label=other, by="annotator:bela", at=self._clock())

    def _adjudicate(self, key: str) -> None:
        with self._workspace.store.begin() as tx:
            if tx.head(key) is not None:
                return
            assignment = tx.assignment(key)
            assert assignment is not None
            first = tx.annotation(key, f"annotator:{min(assignment.done)}")
            assert first is not None
            tx.add_revision(
                Revision(
                    document=key,
                    number=1,
                    author="annotator:carla",
                    at=self._clock(),
                    reason="adjudicated in Doccano",
                    schema=self._workspace.schema.id,
                    spans=first.spans,
                    confirmed_by="carla",
                    confirmed_at=self._clock(),
                )
            )

    def _advance_clock(self) -> None:
        """Move on by some minutes, outside evenings and weekends."""
        at = self._clock.at + timedelta(minutes=self._random.randint(25, 190))
        if at.hour >= 17:
            at = at.replace(hour=9) + timedelta(days=1)
        while at.weekday() > 4:
            at += timedelta(days=1)
        self._clock.at = at


def read_brat(path: Path) -> list[Span]:
    """The outermost spans of a brat file."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line[:1] == "T"]
    spans = []
    for _, where, _ in rows:
        label, start, end = where.split(" ")
        if label in WINER:
            spans.append(Span(int(start), int(end), WINER[label]))
    return outermost(spans)[0]


def articles(corpus: Path) -> Iterator[tuple[str, list[Span]]]:
    """The texts of the articles with their spans."""
    for month in MONTHS:
        for path in sorted((corpus / month).glob("*.txt")):
            yield path.read_bytes().decode(), read_brat(path.with_suffix(".ann"))


def build(root: Path, corpus: Path) -> Workspace:
    """The corpus at the end of six weeks."""
    clock = Clock()
    Workspace.init(root, "dépêches", now=clock)
    settings = root / "curate.toml"
    settings.write_text(settings.read_text("utf-8") + SETTINGS, encoding="utf-8")
    workspace = Workspace(root, clock)
    gold = ingest_articles(workspace, root / "articles", corpus)
    preannotate(workspace)
    assign_new_documents(workspace)
    keys = sorted(gold)
    people = Annotators(workspace, gold, clock)
    half = (len(keys) - UNANNOTATED) // 2
    people.annotate(keys[:half])
    split(workspace)
    release(workspace, "0.1.0", "The first articles.")
    people.annotate(keys[half:-UNANNOTATED])
    split(workspace)
    add_conflicts(workspace, keys[:2])
    return workspace


def ingest_articles(workspace: Workspace, folder: Path, corpus: Path) -> dict[str, list[Span]]:
    """Ingest the articles; returns WiNER's spans by document."""
    from curate.util import jsonl

    folder.mkdir()
    gold: dict[str, list[Span]] = {}
    for number, (text, spans) in enumerate(articles(corpus)):
        (folder / f"{number:03}.txt").write_bytes(text.encode())
        gold[jsonl.document_id(text)] = spans
    added = ingest(workspace, [folder], format="txt").added
    return {key: gold[key] for key in added if key in gold}


def add_conflicts(workspace: Workspace, keys: list[str]) -> None:
    """Add conflicts: an annotator changed in Doccano what the curator changed here."""
    for key in keys:
        with workspace.store.begin() as tx:
            head = tx.head(key)
            assert head is not None
            base = head.annotation
            first = base.spans[0]
            sides = []
            for label, by in (("EVENT", "curator:curator"), ("MISC", "annotator:anna")):
                changed = replace(first, label=label, by=by, at=workspace.now())
                spans = tuple(changed if span is first else span for span in base.spans)
                sides.append(replace(base, spans=spans).sorted())
            merged = merge(base, *sides)
            tx.put_conflicts(key, "sync", merged.conflicts)
            tx.add_revision(
                replace(
                    head,
                    number=head.number + 1,
                    author="curator:curator",
                    at=workspace.now(),
                    reason="relabelled by hand",
                    spans=merged.annotation.spans,
                )
            )


def write_pages(workspace: Workspace, folder: Path) -> dict[str, Path]:
    """Write the pages of the corpus; returns them by the name of their picture."""
    from curate.history.diff_page import render_diff
    from curate.html import page

    paths = {name: folder / f"{name}.html" for name in ("report", "diff", "layers")}
    write_report(workspace, paths["report"])
    page.write_page(paths["diff"], render_diff(diff(workspace, "0.1.0", "gold")))
    write_layers_page(workspace, example_document(workspace).id, paths["layers"])
    return paths


def example_document(workspace: Workspace) -> Document:
    """The shortest document that two people annotated."""
    with workspace.store.begin() as tx:
        assignments = tx.assignments()
        both = {key for key, assignment in assignments.items() if len(assignment.done) > 1}
        return min((d for d in tx.documents() if d.id in both), key=lambda d: (len(d.text), d.id))


def take_screenshots(pages: dict[str, Path], out: Path) -> None:
    """Take pictures of the pages, and one of the report in dark mode."""
    from playwright.sync_api import sync_playwright

    program = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    )
    options = ["--no-sandbox", "--disable-gpu"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=options)
        for name, path in pages.items():
            for scheme in ("light", "dark") if name == "report" else ("light",):
                context = browser.new_context(viewport=SIZE, color_scheme=scheme)
                page = context.new_page()
                page.goto(path.resolve().as_uri())
                target = out / f"{name}{'-dark' if scheme == 'dark' else ''}.png"
                page.screenshot(path=target)
                context.close()
                print(f"wrote {target}")
        browser.close()


def main() -> None:
    """Build the corpus and take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--keep", type=Path, help="folder for the corpus and its pages")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = options.keep or Path(temporary)
        workspace = build(root / "corpus", options.corpus)
        take_screenshots(write_pages(workspace, root), options.out)


if __name__ == "__main__":
    main()
