"""Documents, proposals and projects of the sync tests."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec

from curate.ingest.importer import ingest as run_ingest
from curate.model import Annotation, Revision, Span
from curate.sync.run import sync
from curate.util import jsonl
from curate.workspace import Workspace
from support.annotators import Annotator
from support.cli import run_command


def propose(workspace: Workspace, text: str, *spans: tuple[int, int, str]) -> str:
    """Put a document with a pre-annotation into a workspace, as ingest and preannotate do."""
    path = workspace.root / "seeds" / f"{jsonl.document_id(text)}.jsonl"
    path.write_text(json.dumps({"text": text}), encoding="utf-8")
    done = run_ingest(workspace, [path])
    (key,) = done.added
    found = tuple(Span(*span, by="model:test@1") for span in spans)
    with workspace.store.begin() as tx:
        for layer in ("model:test@1", "proposal"):
            tx.put_annotation(Annotation(document=key, layer=layer, spans=found))
    return key


def gold(workspace: Workspace, key: str) -> dict[tuple[int, int, str], str]:
    with workspace.store.begin() as tx:
        head = tx.head(key)
    assert head is not None
    return {span.key: span.by for span in head.spans}


TEXT = "Marco Rubio a vu l’Ukraine et Kiev le 2 juin."


def project_of(admin, workspace: Workspace, part: str = "") -> str:
    name = workspace.config.project + part
    number = next(row["id"] for row in admin.pages("projects") if row["name"] == name)
    return f"projects/{number}"


def repropose(workspace: Workspace, key: str, *spans: tuple[int, int, str]) -> None:
    found = tuple(Span(*span, by="model:test@2") for span in spans)
    with workspace.store.begin() as tx:
        tx.put_annotation(Annotation(document=key, layer="proposal", spans=found))


def edit_gold(workspace: Workspace, key: str, *spans: tuple[int, int, str]) -> None:
    """A new revision made here, as resolve and restore make them."""
    with workspace.store.begin() as tx:
        head = tx.head(key)
        assert head is not None
        made: Revision = msgspec.structs.replace(
            head,
            number=head.number + 1,
            author="curator:c",
            at="2026-01-01T00:00:00Z",
            spans=tuple(Span(*span, by="curator:c") for span in spans),
        )
        tx.add_revision(made)


def spans_there(admin, workspace: Workspace, example: int) -> list[tuple[int, int, str]]:
    row = next(r for r in admin.pages("projects") if r["name"] == workspace.config.project)
    base = f"projects/{row['id']}"
    names = {t["id"]: t["text"] for t in admin.get(f"{base}/span-types").json()}
    rows = admin.get(f"{base}/examples/{example}/spans").json()
    return sorted((r["start_offset"], r["end_offset"], names[r["label"]]) for r in rows)


PAST = {"make": "made", "take": "took", "rename": "renamed", "retire": "retired"}


def past(planned: str) -> str:
    """A planned change of the project, as a sync reports it afterwards."""
    verb, _, rest = planned.partition(" ")
    return f"{PAST.get(verb, verb)} {rest}"


def planned(workspace: Workspace) -> dict:
    """``curate sync --dry-run --json``, as a program reads it."""
    result = run_command("sync", "--dry-run", "--json", root=workspace.root)
    plan: dict = result.json
    problems = plan["plan"].get("problems", [])
    failed = any(problem.get("severity", "error") == "error" for problem in problems)
    assert result.exit_code == int(failed), result.output
    return plan


def with_member(workspace: Workspace, name: str, role: str = "annotator") -> Workspace:
    """The workspace with one more member of its project."""
    path = workspace.root / "curate.toml"
    line = f'[doccano.members]\n{name} = "{role}"'
    text = path.read_text("utf-8").replace("[doccano.members]", line)
    path.write_text(text, encoding="utf-8")
    return Workspace(workspace.root)


def propose_and_confirm(
    workspace: Workspace, at_work: Callable[..., Annotator], text: str, *spans: tuple[int, int, str]
) -> tuple[str, Annotator, int]:
    """Gold of one document as it was proposed: its key, anna who confirmed it, and its example."""
    key = propose(workspace, text, *spans)
    sync(workspace)
    anna = at_work(workspace)
    number = next(row["id"] for row in anna.examples() if row["text"] == text)
    anna.confirm(number)
    sync(workspace)
    return key, anna, number
