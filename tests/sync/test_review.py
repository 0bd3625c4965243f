"""What an audit suspects goes to reviewers on the real server, and comes back as gold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.sync_corpus import TEXT, project_of

from curate.audit.audit import audit
from curate.audit.audit_file import require_audit
from curate.audit.report import AuditOptions
from curate.errors import InputError
from curate.model import Document, Revision, Span
from curate.sync.conflicts import list_conflicts
from curate.sync.review import push_audit
from curate.sync.run import preview_sync, sync
from curate.util import jsonl
from curate.workspace import Workspace

pytestmark = pytest.mark.server

QUICK = AuditOptions(methods=("surfaces",))
PER, ORG, LOC = (0, 11, "PER"), (19, 26, "ORG"), (19, 26, "LOC")
REVIEW = '\n[audit]\nreviewers = ["carla"]\n'
TOP = 2  # what is wrong is in two documents


@pytest.fixture
def workspace(new_workspace: Callable[..., Workspace]) -> Workspace:
    """Eight documents of gold that say « Ukraine » is a place; two of them say otherwise."""
    made = new_workspace(settings=REVIEW)
    with made.store.begin() as tx:
        for number in range(8):
            text = f"{TEXT} Et {number}."
            document = Document(id=jsonl.document_id(text), text=text, lang="fr")
            tx.add_document(document)
            there = ORG if number < 2 else LOC
            tx.add_revision(
                Revision(
                    document=document.id,
                    number=1,
                    author="import:test",
                    at="2026-01-01T00:00:00Z",
                    reason="imported",
                    schema=made.schema.id,
                    spans=(Span(*PER), Span(*there)),
                )
            )
    return made


def suspected(workspace: Workspace) -> list[str]:
    """The documents in which something is wrong, as the audit has them."""
    return sorted({line.suspect.document for line in audit(workspace, QUICK).lines[:TOP]})


def heads(workspace: Workspace, key: str) -> list[Revision]:
    with workspace.store.begin() as tx:
        return tx.revisions(key)


def test_suspects_are_reviewed_and_come_back_as_gold(workspace, at_work, admin):
    keys = suspected(workspace)
    assert len(keys) == 2
    dry = push_audit(workspace, TOP, dry_run=True)
    assert (list(dry.asked), dry.dry_run, dry.pushed) == (keys, True, 0)
    assert not [p for p in admin.pages("projects") if p["name"] == dry.project]

    done = push_audit(workspace, TOP)
    assert (list(done.asked), done.pushed, done.problems) == (keys, 2, ())
    carla = at_work(workspace, "carla", "-review")
    rows = {row["meta"]["curate_id"]: row for row in carla.examples()}
    assert sorted(rows) == keys
    for row in rows.values():
        marks = {(s["start_offset"], s["end_offset"]) for s in carla.spans(row["id"])}
        assert marks == {PER[:2], ORG[:2]}  # the gold stands there
        (comment,) = carla.comments(row["id"])
        assert "(19–26" in comment and "[curate check audit.label " in comment
        assert "« Ukraine »" in comment and "LOC in 6 of 7" in comment
        assert row["meta"]["suspects"] == comment

    again = push_audit(workspace, TOP)
    assert (again.asked, again.waiting, again.pushed) == ((), 2, 0)
    assert len(carla.examples()) == 2
    assert all(len(carla.comments(row["id"])) == 1 for row in rows.values())

    mended, kept = (rows[key]["id"] for key in keys)
    span = next(s for s in carla.spans(mended) if s["start_offset"] == 19)
    carla.change(mended, span["id"], label="LOC")
    carla.confirm(mended)
    carla.confirm(kept)
    out = sync(workspace)
    assert [p for p in out.outcome.problems if p.severity == "error"] == []
    assert out.parts[done.project].pulled == out.outcome.revisions == 2
    first, second = (heads(workspace, key) for key in keys)
    assert [s.key for s in first[0].spans] == [PER, LOC]
    assert first[0].spans[1].by == "annotator:carla"
    assert [s.key for s in second[0].spans] == [PER, ORG]
    for head, *_ in (first, second):
        assert (head.number, head.author, head.confirmed_by) == (2, "annotator:carla", "carla")
        assert head.reason.startswith("reviewed in Doccano: ")

    quiet = sync(workspace)
    assert (quiet.outcome.pulled, quiet.outcome.pushed, quiet.outcome.carried) == (0, 0, 0)
    assert quiet.outcome.revisions == 0
    assert not {line.suspect.document for line in audit(workspace, QUICK).lines} & {*keys}
    kept_file = require_audit(workspace.state)
    assert {(s.document, s.how, s.by) for s in kept_file.settled} == {
        (key, "reviewed", "carla") for key in keys
    }


def test_changes_on_both_sides_are_merged(workspace, at_work):
    key, _ = suspected(workspace)
    push_audit(workspace, TOP)
    carla = at_work(workspace, "carla", "-review")
    example = {row["meta"]["curate_id"]: row["id"] for row in carla.examples()}[key]
    span = next(s for s in carla.spans(example) if s["start_offset"] == 19)
    carla.change(example, span["id"], label="LOC")
    before = heads(workspace, key)[0]
    with workspace.store.begin() as tx:
        tx.add_revision(
            Revision(
                document=key,
                number=2,
                author="curator:curator",
                at="2026-02-01T00:00:00Z",
                reason="a date",
                schema=before.schema,
                spans=(*before.spans, Span(38, 44, "DATE")),
            )
        )
    carla.confirm(example)
    sync(workspace)
    assert [s.key for s in heads(workspace, key)[0].spans] == [PER, LOC, (38, 44, "DATE")]
    sync(workspace)
    there = {(s["start_offset"], s["end_offset"]) for s in carla.spans(example)}
    assert there == {PER[:2], LOC[:2], (38, 44)}  # and what came of it went back


def test_a_reviewed_document_can_be_asked_about_again(workspace, at_work):
    key, _ = suspected(workspace)
    push_audit(workspace, TOP)
    carla = at_work(workspace, "carla", "-review")
    old = {row["meta"]["curate_id"]: row["id"] for row in carla.examples()}
    carla.confirm(old[key])
    sync(workspace)
    head = heads(workspace, key)[0]
    with workspace.store.begin() as tx:  # somebody gets it wrong in another way
        tx.add_revision(
            Revision(
                document=key,
                number=head.number + 1,
                author="curator:curator",
                at="2026-02-01T00:00:00Z",
                reason="wrong",
                schema=head.schema,
                spans=(Span(*PER), Span(19, 26, "MISC")),
            )
        )
    assert key in suspected(workspace)
    done = push_audit(workspace, TOP)
    assert (list(done.asked), done.pushed) == ([key], 1)
    new = {row["meta"]["curate_id"]: row["id"] for row in carla.examples()}
    assert new.keys() == old.keys() and len(carla.examples()) == 2
    assert new[key] != old[key]
    carla.confirm(new[key])
    sync(workspace)
    assert heads(workspace, key)[0].reason.startswith("reviewed in Doccano")


def test_a_document_deleted_in_the_project_is_no_conflict_and_is_asked_about_again(
    workspace, at_work, admin, cli
):
    key, _ = suspected(workspace)
    push_audit(workspace, TOP)
    carla = at_work(workspace, "carla", "-review")
    example = {row["meta"]["curate_id"]: row["id"] for row in carla.examples()}[key]
    admin.delete(f"{project_of(admin, workspace, '-review')}/examples/{example}")
    assert preview_sync(workspace).plan.problems == ()
    done = sync(workspace)
    assert done.outcome.problems == () and list_conflicts(workspace) == []
    words = ("audit", "--method", "surfaces", "--top", TOP, "--push", "--json")
    result = cli(*words, root=workspace.root)
    assert result.exit_code == 0, result.output
    assert (result.json.get("asked", []), result.json["waiting"]) == ([], 2)
    assert len(carla.examples()) == 2
    assert len(heads(workspace, key)) == 1


def test_nothing_is_pushed_unless_asked(workspace, admin):
    audit(workspace, QUICK)
    sync(workspace)
    names = [project["name"] for project in admin.pages("projects")]
    assert workspace.config.project in names
    assert f"{workspace.config.project}-review" not in names


def test_without_an_audit_there_is_nothing_to_ask(workspace):
    with pytest.raises(InputError, match="audit"):
        push_audit(workspace, TOP)


@pytest.mark.slow
def test_nobody_is_asked_where_the_corpus_has_no_project(workspace, admin, cli):
    """The server is another one, or was made anew: a sync refuses to go on with it too."""
    sync(workspace)
    audit(workspace, QUICK)
    admin.delete(project_of(admin, workspace))
    for options in (("--dry-run",), ()):
        words = ("audit", "--method", "surfaces", "--push", *options, "--json")
        result = cli(*words, root=workspace.root)
        assert result.exit_code == 1
        assert [each["code"] for each in result.json["problems"]] == ["remote.project-gone"]
        assert "asked" not in result.json
    assert [p.code for p in sync(workspace).outcome.problems] == ["remote.project-gone"]
    assert require_audit(workspace.state).requests == ()
    name = workspace.config.project
    assert not [p for p in admin.pages("projects") if p["name"].startswith(name)]
