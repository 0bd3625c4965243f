"""The whole loop on one article, from text to an exported corpus, with the real commands.

Usage: ``python docs/demo/demo.py FOLDER``. Running it again skips what is already done.
The annotator is simulated: a script that knows the gold of this repository makes the corrections
that a person would make by the guidelines, through the same API as Doccano's pages.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from person import Mark, Person

from curate.doccano.embedded.server import embedded_server
from curate.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT / "seeds" / "000_878ce322c5459e48.txt"
PERSON = "annotator"


def curate(*arguments: str, show: bool = True) -> Any:
    """Run a command of curate and show it; without ``show``, return its JSON."""
    command = [sys.executable, "-m", "curate", *arguments]
    if show:
        print(f"\n$ curate {' '.join(arguments)}", flush=True)
        subprocess.run(command, check=True)
        return None
    run = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def settings(folder: Path) -> None:
    """Configure the demo: only the model proposes, so that something is left to correct."""
    path = folder / "curate.toml"
    text = re.sub(r"^rules = .*$", "rules = []", path.read_text("utf-8"), flags=re.M)
    text = re.sub(r"^votes = .*\n", "", text, flags=re.M)
    member = f'[doccano.members]\n{PERSON} = "annotator"\n'
    if f"{PERSON} =" not in text:
        text = text.replace("[doccano.members]\n", member)
    path.write_text(text, encoding="utf-8")


def start_server(folder: Path) -> None:
    """Start Doccano on the configured port, or on a free one if that is taken."""
    try:
        curate("server", "start", "-C", str(folder))
    except subprocess.CalledProcessError:
        print("trying a free port")
        curate("server", "start", "--port", "0", "-C", str(folder))


def answers() -> set[Mark]:
    """The gold of this repository for the article."""
    for path in (ROOT / "annotations" / "gold").glob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            return {(s["start"], s["end"], s["label"]) for s in json.loads(line)["spans"]}
    raise SystemExit("annotations/ holds no gold")


def correct(folder: Path) -> None:
    """Simulate the annotator: correct what Doccano shows, and confirm the article."""
    project = Person(Workspace(folder), PERSON).project("demo")
    (example,) = project.examples()
    if example["is_confirmed"]:
        print("\nthe article is already confirmed; it is left as it is")
        return
    print(f"\n# {PERSON} opens the article in Doccano")
    for before, after in project.correct(example, answers()):
        print(f"  {describe(example['text'], before, after)}")
    print("  confirms the article", flush=True)


def describe(text: str, before: Mark | None, after: Mark | None) -> str:
    """Describe a change in words."""
    if before is None or after is None:
        start, end, label = before or after or (0, 0, "")
        return f"{'deletes ' if before else 'adds    '}  « {text[start:end]} » {label}"
    (a, b, old), (c, d, new) = before, after
    return f"corrects  « {text[a:b]} » {old} to « {text[c:d]} » {new}"


def summarise(folder: Path) -> None:
    """Print what happened, and how to go on."""
    from curate.annotations.diff import compare

    workspace = Workspace(folder)
    with workspace.store.begin() as tx:
        ((document, head),) = tx.heads()
        proposal = tx.annotation(document.id, "proposal")
    assert proposal is not None
    counts = compare(proposal, head.annotation).counts
    server = embedded_server(workspace).status()
    corrections = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    exports = sorted(path.name for path in (folder / "exports" / "0.1.0").iterdir())
    print(
        f"""
What happened
  article     {document.title[:70]}…
  the model   proposed {len(proposal.spans)} spans ({workspace.config.preannotate.models[0]})
  the person  {corrections}
  gold        {len(head.spans)} spans, confirmed by {head.confirmed_by} at {head.confirmed_at}
  release     0.1.0, in {folder / "annotations"}
  exported    {folder / "exports" / "0.1.0"}: {", ".join(exports)}

Doccano is running
  address     {server.url}
  user        {server.username}, password in {folder / ".curate/server/account.json"}
  or user     {PERSON}, password in {folder / ".curate/server/annotator-password"}

Now correct something by hand, then run
  curate sync -C {folder}     and     curate log -C {folder}
Stop the server with `curate server stop -C {folder}`, or remove all of it with `make demo-clean`.
(`curate` is .venv/bin/curate.)"""
    )


def main(folder: Path) -> None:
    """Run the demo."""
    at = ("-C", str(folder))
    if not (folder / "curate.toml").exists():
        curate("init", str(folder), "--name", "demo", "--language", "fr")
    settings(folder)
    start_server(folder)
    curate("ingest", os.path.relpath(SEED), *at)
    curate("preannotate", *at)
    Person(Workspace(folder), PERSON)  # the account must exist before the first sync
    curate("sync", *at)
    correct(folder)
    curate("sync", *at)
    curate("validate", *at)
    if "0.1.0" in curate("status", *at, show=False)["releases"]:
        print("\nrelease 0.1.0 exists already")
    else:
        curate("release", "0.1.0", "-m", "The first article.", *at)
    curate("export", "0.1.0", *at)
    curate("show", "1a2e", *at)
    summarise(folder)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"demo: `{' '.join(error.cmd[2:])}` failed with exit code {error.returncode}")
