"""The main job on one article, from text to an exported corpus, through the real commands.

Usage: ``python docs/demo/demo.py FOLDER``. Running it again is free and says what was done before.
The person who corrects is a script: it knows the gold of this repository and makes, through the
same API as Doccano's pages, the changes a person would make with the guidelines in hand.
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
    """Run a command of curate as a user would, print it, and give its result."""
    command = [sys.executable, "-m", "curate", *arguments]
    if show:
        print(f"\n$ curate {' '.join(arguments)}", flush=True)
        subprocess.run(command, check=True)
        return None
    run = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def settings(folder: Path) -> None:
    """The demo's own settings: the model alone, so that something is left for the person."""
    path = folder / "curate.toml"
    text = re.sub(r"^rules = .*$", "rules = []", path.read_text("utf-8"), flags=re.M)
    text = re.sub(r"^votes = .*\n", "", text, flags=re.M)
    member = f'[doccano.members]\n{PERSON} = "annotator"\n'
    if f"{PERSON} =" not in text:
        text = text.replace("[doccano.members]\n", member)
    path.write_text(text, encoding="utf-8")


def start_server(folder: Path) -> None:
    """Start Doccano on the configured port, or on a free one where that is taken."""
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
    """Play the person: hold what Doccano shows against the answers, correct it, confirm."""
    project = Person(Workspace(folder), PERSON).project("demo")
    (example,) = project.examples()
    if example["is_confirmed"]:
        print("\nthe person confirmed the article before; their work is left as it is")
        return
    print(f"\n# {PERSON} opens the article in Doccano")
    for before, after in project.correct(example, answers()):
        print(f"  {told(example['text'], before, after)}")
    print("  confirms the article", flush=True)


def told(text: str, before: Mark | None, after: Mark | None) -> str:
    """A change in words."""
    if before is None or after is None:
        start, end, label = before or after or (0, 0, "")
        return f"{'deletes ' if before else 'adds    '}  « {text[start:end]} » {label}"
    (a, b, old), (c, d, new) = before, after
    return f"corrects  « {text[a:b]} » {old} to « {text[c:d]} » {new}"


def account(folder: Path) -> None:
    """What happened, in a few lines."""
    from curate.annotations.diff import compare

    workspace = Workspace(folder)
    with workspace.store.begin() as tx:
        ((document, head),) = tx.heads()
        proposal = tx.annotation(document.id, "proposal")
    assert proposal is not None
    counts = compare(proposal, head.annotation).counts
    server = embedded_server(workspace).status()
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    made = sorted(path.name for path in (folder / "exports" / "0.1.0").iterdir())
    print(
        f"""
What happened
  article     {document.title[:70]}…
  the model   proposed {len(proposal.spans)} spans ({workspace.config.preannotate.models[0]})
  the person  {told}
  gold        {len(head.spans)} spans, confirmed by {head.confirmed_by} at {head.confirmed_at}
  release     0.1.0, in {folder / "annotations"}
  exported    {folder / "exports" / "0.1.0"}: {", ".join(made)}

Doccano is running
  address     {server.url}
  user        {server.username}, password in {folder / ".curate/server/account.json"}
  or user     {PERSON}, password in {folder / ".curate/server/annotator-password"}

Now correct something there by hand, then run
  curate sync -C {folder}     and     curate log -C {folder}
Stop the server with `curate server stop -C {folder}`, or remove all of it with `make demo-clean`.
(`curate` is .venv/bin/curate.)"""
    )


def main(folder: Path) -> None:
    """The whole job."""
    at = ("-C", str(folder))
    curate("init", str(folder), "--name", "demo")
    settings(folder)
    start_server(folder)
    curate("ingest", os.path.relpath(SEED), *at)
    curate("preannotate", *at)
    Person(Workspace(folder), PERSON)  # the account must be there before the first sync
    curate("sync", *at)
    correct(folder)
    curate("sync", *at)
    curate("validate", *at)
    if "0.1.0" in curate("status", *at, show=False)["releases"]:
        print("\nrelease 0.1.0 was made before")
    else:
        curate("release", "0.1.0", "-m", "The first article.", *at)
    curate("export", "0.1.0", *at)
    curate("show", "1a2e", *at)
    account(folder)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"demo: `{' '.join(error.cmd[2:])}` failed with exit code {error.returncode}")
