"""Findings told as comments in Doccano, on the real server: put once, taken away when mended."""

from __future__ import annotations

import json

import msgspec
import pytest
from support.sync_corpus import TEXT, project_of, propose
from typer.testing import CliRunner

from curate.cli.commands import app
from curate.errors import RemoteError
from curate.history.show import show
from curate.quality import QualityReport
from curate.quality.corpus import example_url, validate
from curate.quality.push_comments import push_findings
from curate.sync.run import sync

pytestmark = pytest.mark.server


def pushed(workspace, *options: str) -> QualityReport:
    done = CliRunner().invoke(
        app, ["validate", "--push", *options, "--json", "-C", str(workspace.root)]
    )
    report = msgspec.json.decode(done.output, type=QualityReport)
    assert done.exit_code == (0 if report.passed else 1)
    return report


def told(report: QualityReport) -> dict[str, int]:
    assert report.comments is not None
    row = json.loads(msgspec.json.encode(report.comments))
    return {name: number for name, number in row.items() if name not in ("elsewhere", "dry_run")}


def test_findings_are_comments_until_they_are_mended_and_people_s_own_stay(
    new_workspace, at_work, admin
):
    workspace = new_workspace()
    key = propose(workspace, TEXT, (0, 12, "PER"), (19, 26, "LOC"))  # a blank at the first edge
    good = propose(workspace, f"{TEXT} Enfin.", (0, 11, "PER"))
    sync(workspace)
    anna = at_work(workspace)
    numbers = {row["meta"]["curate_id"]: row["id"] for row in anna.examples()}
    for number in numbers.values():
        anna.confirm(number)
    sync(workspace)

    report = pushed(workspace, "--dry-run")
    assert [p.code for p in report.problems if p.severity != "info"] == ["span.edges"]
    assert told(report) == {"put": 1} and report.comments.dry_run
    assert anna.comments(numbers[key]) == []

    assert told(pushed(workspace)) == {"put": 1}
    (comment,) = anna.comments(numbers[key])
    assert comment.startswith("'Marco Rubio ' ") and "(0–12) [curate check span.edges" in comment
    assert told(pushed(workspace)) == {"known": 1}
    assert anna.comments(numbers[key]) == [comment] and anna.comments(numbers[good]) == []

    base = f"projects/{anna.project}/comments"
    for text in ("Vu.", comment, f"Oui : {comment}"):  # anna's own, one of them a copy
        anna.session.post(base, params={"example": numbers[key]}, json={"text": text})
    assert told(pushed(workspace)) == {"known": 1}
    (ours, *_) = admin.pages(base, example=numbers[key])
    older = f"It was told otherwise. {comment[comment.index('[') :]}"
    admin.patch(f"{base}/{ours['id']}", json={"text": older})  # as a hand would: it is left alone
    assert told(pushed(workspace)) == {"known": 1}
    admin.patch(f"{base}/{ours['id']}", json={"text": comment})

    anna.change(numbers[key], anna.spans(numbers[key])[0]["id"], end_offset=11)
    assert sync(workspace).outcome.revisions == 1
    assert told(pushed(workspace)) == {"erased": 1}
    assert sorted(anna.comments(numbers[key])) == sorted(["Vu.", comment, f"Oui : {comment}"])
    assert told(pushed(workspace)) == {}
    assert "Vu." in [each.text for each in show(workspace, key).comments]
    assert comment not in [each.text for each in show(workspace, key).comments if each.by != "anna"]


def test_the_words_of_a_finding_are_followed_and_what_is_not_in_doccano_is_named(
    new_workspace, at_work
):
    workspace = new_workspace()
    key = propose(workspace, TEXT, (0, 12, "PER"))
    sync(workspace)
    anna = at_work(workspace)
    (number,) = (row["id"] for row in anna.examples())
    anna.confirm(number)
    sync(workspace)
    push_findings(workspace, validate(workspace, docs=False))
    (before,) = anna.comments(number)

    report = validate(workspace, docs=False)
    worse = tuple(
        msgspec.structs.replace(each, message="is told otherwise") for each in report.problems
    )
    stray = msgspec.structs.replace(worse[0], document="0" * 16)
    changed = push_findings(workspace, msgspec.structs.replace(report, problems=(*worse, stray)))
    assert told(changed) == {"changed": 1} and changed.comments.not_in_doccano == ("0" * 16,)
    (after,) = anna.comments(number)
    assert after != before and after.startswith("Is told otherwise.")
    assert report.links == {key: example_url(workspace, key)} and key in report.links[key]


@pytest.mark.slow
def test_where_annotators_work_apart_each_project_that_has_the_document_is_told(
    new_workspace, at_work
):
    workspace = new_workspace(
        settings='\n[tasks]\nmode = "independent"\nannotators = ["anna", "bela"]\noverlap = 1.0\n'
    )
    propose(workspace, TEXT, (0, 12, "PER"))
    sync(workspace)
    people = [at_work(workspace, name, f"-{name}") for name in ("anna", "bela")]
    numbers = [person.examples()[0]["id"] for person in people]
    for person, number in zip(people, numbers, strict=True):
        person.confirm(number)
    assert sync(workspace).settled == 1
    report = pushed(workspace)
    assert told(report) == {"put": 2}
    assert [len(p.comments(n)) for p, n in zip(people, numbers, strict=True)] == [1, 1]
    assert told(pushed(workspace)) == {"known": 2}
    (link,) = report.links.values()
    assert f"/projects/{people[0].project}/" in link


@pytest.mark.slow
def test_findings_of_documents_whose_project_is_gone_are_refused(new_workspace, admin):
    workspace = new_workspace()
    propose(workspace, TEXT, (0, 12, "PER"))
    sync(workspace)
    admin.delete(project_of(admin, workspace))
    report = validate(workspace, docs=False)
    with pytest.raises(RemoteError) as refused:
        push_findings(workspace, report)
    assert "curate sync --new-project" in refused.value.hint
