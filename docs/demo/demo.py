"""The main job on one article, from text to an exported corpus, through the real commands.

Usage: ``python docs/demo/demo.py FOLDER``. Running it again is free and says what was done before.
The person who corrects is a script: it knows the gold of this repository and makes, through the
same API as Doccano's pages, the changes a person would make with the guidelines in hand.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def person_password(folder: Path) -> str:
    """Make the person's account once; its password is kept where only the owner can read it."""
    from curate.workspace import Workspace

    path = folder / ".curate" / "server" / "annotator-password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(16), encoding="ascii")
    password = path.read_text("ascii")
    Workspace(folder).server.create_user(PERSON, password)
    return password


def answers() -> set[tuple[int, int, str]]:
    """The gold of this repository for the article."""
    for path in (ROOT / "annotations" / "gold").glob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            return {(s["start"], s["end"], s["label"]) for s in json.loads(line)["spans"]}
    raise SystemExit("annotations/ holds no gold")


def correct(folder: Path) -> None:
    """Play the person: hold what Doccano shows against the answers, correct it, confirm."""
    from curate.doccano.session import connect

    url = curate("server", "status", "-C", str(folder), show=False)["url"]
    session = connect(url, PERSON, person_password(folder))
    project = next(iter(session.pages("projects")))["id"]
    types = session.get(f"projects/{project}/span-types").json()
    labels = {row["text"]: row["id"] for row in types}
    (example,) = session.pages(f"projects/{project}/examples")
    if example["is_confirmed"]:
        print("\nthe person confirmed the article before; their work is left as it is")
        return
    base = f"projects/{project}/examples/{example['id']}"
    names = {number: name for name, number in labels.items()}
    shown = {
        (row["start_offset"], row["end_offset"], names[row["label"]]): row["id"]
        for row in session.get(f"{base}/spans").json()
    }
    print(f"\n# {PERSON} opens the article in Doccano")
    missing = answers() - shown.keys()
    for wrong in sorted(shown.keys() - answers()):
        text = example["text"][wrong[0] : wrong[1]]
        right = next((m for m in sorted(missing) if m[0] < wrong[1] and wrong[0] < m[1]), None)
        if right is None:
            session.delete(f"{base}/spans/{shown[wrong]}")
            print(f"  deletes   « {text} » {wrong[2]}")
            continue
        missing.remove(right)
        start, end, label = right
        body = {"start_offset": start, "end_offset": end, "label": labels[label]}
        session.patch(f"{base}/spans/{shown[wrong]}", json=body)
        print(f"  corrects  « {text} » {wrong[2]} to « {example['text'][start:end]} » {label}")
    for start, end, label in sorted(missing):
        body = {"start_offset": start, "end_offset": end, "label": labels[label]}
        session.post(f"{base}/spans", json=body)
        print(f"  adds      « {example['text'][start:end]} » {label}")
    session.post(f"{base}/states")
    print("  confirms the article", flush=True)


def account(folder: Path) -> None:
    """What happened, in a few lines."""
    from curate.diff import compare
    from curate.workspace import Workspace

    workspace = Workspace(folder)
    with workspace.store.begin() as tx:
        ((document, head),) = tx.heads()
        proposal = tx.annotation(document.id, "proposal")
    assert proposal is not None
    counts = compare(proposal, head.annotation).counts
    server = workspace.server.status()
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
    person_password(folder)
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
