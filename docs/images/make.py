"""Make the pictures of the pages that curate writes, from the running tool.

Usage: ``python docs/images/make.py CORPUS [--out FOLDER] [--keep FOLDER]``.

CORPUS is the folder of WiNER-fr 2016 (Wikinews, CC BY 2.5; annotation CC BY 4.0). Its articles of
June and October are taken in, pre-annotated by the French model and the rules, and annotated by two
programs that follow WiNER's gold and err now and then, with the times of six weeks; where they
differ a third one decides. What comes of it is a corpus of its own, of which ``curate report``,
``curate diff`` and ``curate show`` write their pages. Needs Chromium and playwright.
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
from curate.history.delta import diff
from curate.ingest.importer import Asked, ingest
from curate.model import Annotation, Document, Revision, Span
from curate.preannotate.corpus import preannotate
from curate.report.layers_page import write_layers_page
from curate.report.run import write_report
from curate.splits.corpus import split
from curate.sync.run import _assign
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
KNOWN = frozenset(WINER.values()) - {"EVENT"}
SETTINGS = """
[tasks]
mode = "independent"
annotators = ["anna", "bela"]
overlap = 0.35
control = 0.1
adjudicators = ["carla"]
"""
BEGIN = datetime(2026, 1, 5, 9)
LEFT = 18  # articles that nobody has annotated yet
SIZE = {"width": 1120, "height": 1240}


class Clock:
    """A time that the script sets."""

    def __init__(self) -> None:
        self.at = BEGIN

    def __call__(self) -> str:
        return self.at.isoformat() + "Z"


class Annotators:
    """Two programs that annotate as WiNER has it, and err now and then.

    Args:
        workspace: the corpus.
        gold: WiNER's spans, by document.
        clock: goes on as they work.
    """

    def __init__(self, workspace: Workspace, gold: dict[str, list[Span]], clock: Clock) -> None:
        self._workspace, self._gold, self._clock = workspace, gold, clock
        self._random = random.Random(7)

    def annotate(self, keys: list[str]) -> None:
        """Annotate documents, and let the third decide where the two differ."""
        from curate.sync.consensus import settle

        for key in keys:
            self._work_on(key)
        settle(self._workspace.store, self._workspace.schema.id, self._clock)
        for key in keys:
            self._decide(key)

    def _work_on(self, key: str) -> None:
        with self._workspace.store.begin() as tx:
            assignment = tx.assignment(key)
            proposal = tx.annotation(key, "proposal")
            assert assignment is not None and proposal is not None
            for name in assignment.annotators:
                self._go_on()
                shown = () if assignment.control else proposal.spans
                made = self._marked(f"annotator:{name}", key, shown, proposal)
                tx.put_annotation(made)
                done = {**assignment.done, name: self._clock()}
                assignment = replace(assignment, done=done)
            tx.assign(assignment)

    def _marked(
        self, layer: str, key: str, shown: tuple[Span, ...], proposal: Annotation
    ) -> Annotation:
        """WiNER's spans, and of the labels that it has not, the proposal's; with a few errors."""
        seen = {span.key: span for span in shown}
        wanted = [*self._gold[key]]
        wanted += [
            span
            for span in proposal.spans
            if span.label not in KNOWN and not any(span.overlaps(gold) for gold in wanted)
        ]
        signed = (replace(span, by=layer, at=self._clock(), score=None) for span in wanted)
        found = [seen.get(span.key, span) for span in signed if self._random.random() > 0.03]
        spans = [self._erring(span) for span in found]
        return Annotation(document=key, layer=layer, spans=tuple(spans)).sorted()

    def _erring(self, span: Span) -> Span:
        if self._random.random() > 0.03 or span.label not in ("LOC", "ORG"):
            return span
        other = "ORG" if span.label == "LOC" else "LOC"
        return replace(span, label=other, by="annotator:bela", at=self._clock())

    def _decide(self, key: str) -> None:
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

    def _go_on(self) -> None:
        """Some minutes, and home in the evening and over the weekend."""
        at = self._clock.at + timedelta(minutes=self._random.randint(25, 190))
        if at.hour >= 17:
            at = at.replace(hour=9) + timedelta(days=1)
        while at.weekday() > 4:
            at += timedelta(days=1)
        self._clock.at = at


def brat(path: Path) -> list[Span]:
    """The outermost spans of a brat file."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line[:1] == "T"]
    spans = []
    for _, where, _ in rows:
        label, start, end = where.split(" ")
        if label in WINER:
            spans.append(Span(int(start), int(end), WINER[label]))
    return outermost(spans)[0]


def articles(corpus: Path) -> Iterator[tuple[str, list[Span]]]:
    """Texts and their spans."""
    for month in MONTHS:
        for path in sorted((corpus / month).glob("*.txt")):
            yield path.read_bytes().decode(), brat(path.with_suffix(".ann"))


def build(root: Path, corpus: Path) -> Workspace:
    """The corpus, at the end of six weeks."""
    clock = Clock()
    Workspace.init(root, "dépêches", now=clock)
    settings = root / "curate.toml"
    settings.write_text(settings.read_text("utf-8") + SETTINGS, encoding="utf-8")
    workspace = Workspace(root, clock)
    gold = take_in(workspace, root / "articles", corpus)
    preannotate(workspace)
    _assign(workspace)
    keys = sorted(gold)
    people = Annotators(workspace, gold, clock)
    half = (len(keys) - LEFT) // 2
    people.annotate(keys[:half])
    split(workspace)
    release(workspace, "0.1.0", "The first articles.")
    people.annotate(keys[half:-LEFT])
    split(workspace)
    disagree(workspace, keys[:2])
    return workspace


def take_in(workspace: Workspace, folder: Path, corpus: Path) -> dict[str, list[Span]]:
    """Ingest the articles; returns WiNER's spans by document."""
    from curate.util import jsonl

    folder.mkdir()
    gold: dict[str, list[Span]] = {}
    for number, (text, spans) in enumerate(articles(corpus)):
        (folder / f"{number:03}.txt").write_bytes(text.encode())
        gold[jsonl.document_id(text)] = spans
    added = ingest(workspace, [folder], asked=Asked(format="txt")).added
    return {key: gold[key] for key in added if key in gold}


def disagree(workspace: Workspace, keys: list[str]) -> None:
    """Conflicts: a colleague changed in Doccano what the curator changed here."""
    for key in keys:
        with workspace.store.begin() as tx:
            head = tx.head(key)
            assert head is not None
            base = head.annotation
            place = base.spans[0]
            sides = []
            for label, by in (("EVENT", "curator:curator"), ("MISC", "annotator:anna")):
                changed = replace(place, label=label, by=by, at=workspace.now())
                spans = tuple(changed if span is place else span for span in base.spans)
                sides.append(replace(base, spans=spans).sorted())
            found = merge(base, *sides)
            tx.put_conflicts(key, "sync", found.conflicts)
            tx.add_revision(
                replace(
                    head,
                    number=head.number + 1,
                    author="curator:curator",
                    at=workspace.now(),
                    reason="relabelled by hand",
                    spans=found.annotation.spans,
                )
            )


def pages(workspace: Workspace, folder: Path) -> dict[str, Path]:
    """The pages that curate writes of the corpus, by the name of their picture."""
    from curate.history.diff_page import render_diff
    from curate.html import page

    found = {name: folder / f"{name}.html" for name in ("report", "diff", "layers")}
    write_report(workspace, found["report"])
    page.write_page(found["diff"], render_diff(diff(workspace, "0.1.0", "gold")))
    write_layers_page(workspace, most_differing(workspace).id, found["layers"])
    return found


def most_differing(workspace: Workspace) -> Document:
    """The shortest document that two people annotated."""
    with workspace.store.begin() as tx:
        both = [key for key, each in tx.assignments().items() if len(each.done) > 1]
        return min((d for d in tx.documents() if d.id in both), key=lambda d: (len(d.text), d.id))


def photograph(found: dict[str, Path], out: Path) -> None:
    """Pictures of the pages, and of the report in the dark."""
    from playwright.sync_api import sync_playwright

    program = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    )
    options = ["--no-sandbox", "--disable-gpu"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=options)
        for name, path in found.items():
            for scheme in ("light", "dark") if name == "report" else ("light",):
                context = browser.new_context(viewport=SIZE, color_scheme=scheme)
                shown = context.new_page()
                shown.goto(path.resolve().as_uri())
                target = out / f"{name}{'-dark' if scheme == 'dark' else ''}.png"
                shown.screenshot(path=target)
                context.close()
                print(f"wrote {target}")
        browser.close()


def main() -> None:
    """Make them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--keep", type=Path, help="folder for the corpus and its pages")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = asked.keep or Path(temporary)
        workspace = build(root / "corpus", asked.corpus)
        photograph(pages(workspace, root), asked.out)


if __name__ == "__main__":
    main()
