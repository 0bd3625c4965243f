"""A whole campaign on real data: from 300 articles to better proposals for the others.

Usage: ``python docs/demo/story.py CORPUS FOLDER [--first N] [--most N]``.

CORPUS is the folder of WiNER-fr 2016 with its twelve months. The annotators are simulated: they
take the outermost spans of its human annotation as correct. Everything passes through the commands
of curate and a real Doccano. Running it again resumes where it stopped.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from person import Mark, Person

from curate.agreement.evaluation import evaluate
from curate.model import Annotation
from curate.text.offsets import outermost
from curate.workspace import Workspace

HERE = Path(__file__).resolve().parent
PEOPLE = ("anna", "bela")
ADJUDICATOR = "carla"
LABELS = {
    "Person": "PER",
    "Location": "LOC",
    "Organization": "ORG",
    "Date": "DATE",
    "Hour": "TIME",
    "Event": "EVENT",
    "Product": "PRODUCT",
}
TASKS = f"""
[tasks]
mode = "independent"
annotators = ["anna", "bela"]
adjudicators = ["{ADJUDICATOR}"]
overlap = 0.1  # a tenth of the articles goes to both
each = 2
control = 0.05  # a twentieth goes out without a proposal
"""
SLIPS = 0.1  # share of spans that the second annotator gets wrong in shared articles


class Story:
    """One run of the story in its own folder.

    Args:
        corpus: the folder of WiNER-fr 2016.
        folder: where the workspaces are created.
        first: number of articles in the first round.
        most: number of articles in total; 0 for all articles of the corpus.
    """

    def __init__(self, corpus: Path, folder: Path, first: int, most: int) -> None:
        self.files = sorted(corpus.glob("[01][0-9]/*.txt"))[: most or None]
        self.first = first
        self.key, self.home = folder / "key", folder / "corpus"
        self.started = time.perf_counter()

    def say(self, text: str) -> None:
        """Print a heading with the time since the beginning."""
        print(f"\n## {text} ({time.perf_counter() - self.started:.0f} s)", flush=True)

    def curate(self, *arguments: str, show: str = "") -> None:
        """Run a command in the corpus, and print it as a reader would type it."""
        print(f"\n$ curate {show or ' '.join(arguments)}", flush=True)
        command = [sys.executable, "-m", "curate", *arguments, "-C", str(self.home)]
        subprocess.run(command, check=True)

    def ask(self, *arguments: str) -> Any:
        """Run a command, and return its JSON."""
        command = [sys.executable, "-m", "curate", *arguments, "-C", str(self.home), "--json"]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        return json.loads(result.stdout)

    def make(self) -> None:
        """Create two workspaces: the corpus, and the key with the human annotation."""
        self.say("A workspace with its own Doccano")
        renamed = [part for old, new in LABELS.items() for part in ("--label", f"{old}={new}")]
        if not (self.key / "curate.toml").exists():
            Workspace.init(self.key, "key")
            prepare(self.key, "")
            command = [sys.executable, "-m", "curate", "ingest", *map(str, self.files), "--gold"]
            command += [*renamed, "--lang", "fr", "-C", str(self.key), "--json"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        Workspace.init(self.home, "story")
        prepare(self.home, TASKS)
        self.curate("server", "start", "--port", "0")
        for name in (*PEOPLE, ADJUDICATOR):
            Person(Workspace(self.home), name)

    def take(self, files: Iterable[Path]) -> None:
        """Ingest articles as texts, without the annotation files beside them."""
        texts = [str(path) for path in files]
        how = ("--from", "txt", "--lang", "fr")
        shown = f"ingest … {' '.join(how)}  # {len(texts)} files"
        self.curate("ingest", *texts, *how, show=shown)

    def answers(self) -> dict[str, set[Mark]]:
        """The correct spans, by document."""
        with Workspace(self.key).store.begin() as tx:
            heads = [(document.id, head.spans) for document, head in tx.heads()]
        return {key: {span.key for span in outermost(spans)[0]} for key, spans in heads}

    def note(self, name: str, measure: Callable[[set[str]], float]) -> float:
        """Measure the proposals of the articles without gold once, and store the result."""
        path = self.home / ".curate" / f"story-{name}.json"
        if not path.exists():
            with Workspace(self.home).store.begin() as tx:
                gold = {document.id for document, _ in tx.heads()}
                waiting = set(tx.document_ids()) - gold
            path.write_text(json.dumps(measure(waiting)))
        return float(json.loads(path.read_text()))

    def f1(self, documents: set[str]) -> float:
        """Strict F1 of the current proposals against the human annotation."""
        with Workspace(self.key).store.begin() as tx:
            heads = [(d, head.annotation) for d, head in tx.heads() if d.id in documents]
        gold = [keep_outermost(annotation) for _, annotation in heads]
        with Workspace(self.home).store.begin() as tx:
            proposals = [tx.annotation(document.id, "proposal") for document, _ in heads]
        evaluation = evaluate([d for d, _ in heads], gold, [p for p in proposals if p], limit=0)
        value = evaluation.conll.micro.f1
        assert value is not None, "there is nothing to score"
        return value

    def work(self, name: str, part: str, judge: Callable[[str], set[Mark]]) -> int:
        """Let a person correct and confirm the articles of their project; return how many."""
        project = Person(Workspace(self.home), name).project(f"story-{part}")
        count = 0
        for example in project.examples():
            if not example["is_confirmed"]:
                project.correct(example, judge(project.document(example)))
                count += 1
        print(f"# {name} corrects and confirms {count} articles", flush=True)
        return count

    def round(self) -> None:
        """Push; annotate; pull; adjudicate; pull again."""
        self.curate("sync")
        right = self.answers()
        shared = {each["document"] for each in self.assignments() if len(each["annotators"]) > 1}
        for name in PEOPLE:
            self.work(name, name, lambda key, name=name: said(name, key, right[key], shared))
        self.curate("sync")
        self.curate("agreement")
        self.work(ADJUDICATOR, "adjudication", lambda key: right[key])
        self.curate("sync")

    def assignments(self) -> list[dict[str, Any]]:
        """The annotators of each document."""
        files = sorted((self.home / "annotations" / "tasks").glob("*.jsonl"))
        return [json.loads(line) for path in files for line in path.read_text().splitlines()]

    def released(self, version: str) -> bool:
        """Whether an earlier run has cut this release."""
        return version in self.ask("status")["releases"]

    def end(self) -> None:
        """Print the figures of the story."""
        total = self.ask("ledger")["total"]
        blank = sum(total["blank"].values())
        before, after = (self.note(name, self.f1) for name in ("before", "after"))
        print(f"""
Results
  proposals   strict F1 for the {len(self.files) - self.first} other articles: {before:.3f} with the
              installed pipeline, {after:.3f} with the model trained on release 0.1.0
  actions     {total["saved"]:,} of {blank:,} saved ({total["saved"] / blank:.0%})
  pages       {self.home / "diff.html"}
              {self.home / "report.html"}
  time        {time.perf_counter() - self.started:.0f} s
Stop the server with `curate server stop -C {self.home}`,
or remove everything with `make story-clean`.""")
        if after <= before:
            sys.exit("story: the proposals for the other articles did not improve")


def prepare(folder: Path, tasks: str) -> None:
    """Give a workspace the labels of WiNER and the people of the story; repeatable."""
    shutil.copy(HERE / "winer-fr.yaml", folder / "schemas" / "winer-fr.yaml")
    path = folder / "curate.toml"
    text = path.read_text("utf-8").replace("schemas/news-fr.yaml", "schemas/winer-fr.yaml")
    if tasks not in text:
        text += tasks
    path.write_text(text, encoding="utf-8")


def keep_outermost(annotation: Annotation) -> Annotation:
    """Drop the spans inside others, which this schema does not have."""
    from msgspec.structs import replace

    return replace(annotation, spans=tuple(outermost(annotation.spans)[0]))


def said(name: str, document: str, right: set[Mark], shared: set[str]) -> set[Mark]:
    """What an annotator marks: the second one makes mistakes in shared articles."""
    if name == PEOPLE[0] or document not in shared:
        return right
    chance = random.Random(f"slips of {name} in {document}")
    kept = set(right)
    for mark in sorted(right):
        if chance.random() < SLIPS:
            start, end, label = mark
            kept.remove(mark)
            kind = chance.choice(("overlook", "other label"))
            if kind == "other label":
                others = sorted(set(LABELS.values()) - {label})
                kept.add((start, end, chance.choice(others)))
    return kept


def main(arguments: argparse.Namespace) -> None:
    """Run the story."""
    story = Story(arguments.corpus, arguments.folder, arguments.first, arguments.most)
    first, rest = story.files[: arguments.first], story.files[arguments.first :]
    story.make()
    if not story.released("0.1.0"):
        story.say(f"The first {len(first)} articles")
        story.take(first)
        story.curate("preannotate")
        story.round()
        story.say("Check and release")
        story.curate("split")
        story.curate("release", "0.1.0", "-m", f"The first {len(first)} articles.")
    if not story.released("0.2.0"):
        story.say(f"The other {len(rest)} articles, pre-annotated as before")
        story.take(rest)
        story.curate("preannotate")
        before = story.note("before", story.f1)
        story.say("Train a model")
        story.curate("train", "0.1.0", "--promote")
        story.curate("evaluate", "--model", "current", "--split", "test", "0.1.0")
        story.curate("preannotate")
        after = story.note("after", story.f1)
        print(f"# F1 of the proposals for the rest: {before:.3f} before, {after:.3f} now")
        story.round()
        story.say("Release again")
        story.curate("split")
        story.curate("release", "0.2.0", "-m", "All articles.")
    story.say("What changed, and what it saved")
    story.curate("diff", "0.1.0", "0.2.0", "--html", str(story.home / "diff.html"))
    story.curate("ledger")
    story.curate("report", "-o", str(story.home / "report.html"))
    story.end()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path, help="the folder of WiNER-fr 2016")
    parser.add_argument("folder", type=Path, help="where to create the workspaces")
    parser.add_argument("--first", type=int, default=300, help="articles in the first round")
    parser.add_argument("--most", type=int, default=0, help="articles in total, 0 for all")
    try:
        main(parser.parse_args())
    except subprocess.CalledProcessError as error:
        sys.exit(f"story: `{' '.join(error.cmd[1:4])} …` failed with exit code {error.returncode}")
