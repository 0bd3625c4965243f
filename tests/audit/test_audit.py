"""The audit of a workspace: what is saved, and what people reviewed or dismissed."""

from __future__ import annotations

import msgspec
import pytest
from support.audit_corpus import TIMES, revision

from curate.audit.audit import audit, dismiss_suspects
from curate.audit.audit_file import FILE, count_open_suspects, load_audit, require_audit
from curate.audit.report import AuditOptions
from curate.errors import InputError, NoServer
from curate.model import Annotation, Span

QUICK = AuditOptions(methods=("surfaces", "edges"))
SURFACES = AuditOptions(methods=("surfaces",))


def listed(workspace, options=QUICK):
    return [line.id for line in audit(workspace, options).lines]


def test_the_file_has_what_was_audited_and_the_gate_counts_it(workspace, planted):
    report = audit(workspace, QUICK)
    first = report.lines[0].suspect
    wrong = (planted.right.start, planted.right.end, "PER")
    assert (first.document, first.span) == (planted.document.id, wrong)
    saved = load_audit(workspace.state)
    assert saved is not None and saved.at == report.at == TIMES[1]
    assert saved.revisions[planted.document.id] == 1 and len(saved.content) == 64
    with workspace.store.begin() as tx:
        heads = [head for _, head in tx.heads()]
    counted = count_open_suspects(workspace.state, heads, first.score)
    assert counted is not None
    assert counted.open == sum(s.score >= first.score for s in saved.suspects) == 1
    assert count_open_suspects(workspace.state, heads, 0.99).open == 0
    content = (workspace.state / FILE).read_bytes()
    assert content == msgspec.json.encode(saved, order="sorted") + b"\n"


def test_the_same_gold_is_not_audited_again_unless_by_other_methods(workspace):
    first = audit(workspace, QUICK)
    again = audit(workspace, QUICK)
    assert again.known and again.at == first.at and again.lines == first.lines
    assert not audit(workspace, SURFACES).known


def test_a_dismissed_suspect_does_not_return(workspace):
    suspect = audit(workspace, QUICK).lines[0].id
    (resolved,) = dismiss_suspects(workspace, [suspect[:6]], "a person of that name")
    curator = workspace.config.corpus.curator
    assert (resolved.how, resolved.by) == ("dismissed", curator)
    assert resolved.reason == "a person of that name"
    for options in (QUICK, SURFACES):
        report = audit(workspace, options)
        assert suspect not in [line.id for line in report.lines]
        assert report.settled == 1
    with pytest.raises(InputError):
        dismiss_suspects(workspace, [suspect])


def test_a_document_that_was_confirmed_unchanged_is_reviewed(workspace, planted):
    suspect = audit(workspace, QUICK).lines[0].id
    with workspace.store.begin() as tx:
        tx.add_revision(revision(planted.document, planted.spans, 2, TIMES[7], "bela"))
    report = audit(workspace, QUICK)
    assert report.known and report.lines == () and report.settled == 1
    saved = require_audit(workspace.state)
    assert (saved.settled[0].how, saved.settled[0].by) == ("reviewed", "bela")
    assert saved.revisions[planted.document.id] == 2
    assert suspect not in listed(workspace, SURFACES)


def test_a_confirmation_before_the_audit_is_no_review(workspace, planted):
    suspect = audit(workspace, QUICK).lines[0].id
    with workspace.store.begin() as tx:
        tx.add_revision(revision(planted.document, planted.spans, 2, TIMES[0], "bela"))
    assert listed(workspace) == [suspect]


def test_another_span_in_the_same_place_is_another_suspect(workspace, planted):
    dismiss_suspects(workspace, [audit(workspace, QUICK).lines[0].id])
    wrong = (planted.right.start, planted.right.end, "ORG")
    others = (span for span in planted.spans if span.start != planted.right.start)
    spans = tuple(sorted((*others, Span(*wrong)), key=lambda span: span.key))
    with workspace.store.begin() as tx:
        tx.add_revision(revision(planted.document, spans, 2, TIMES[0]))
    assert [line.suspect.span for line in audit(workspace, QUICK).lines] == [wrong]


def test_layers_of_models_in_the_store_are_compared_with_the_gold(workspace, planted):
    with workspace.store.begin() as tx:
        for document, head in list(tx.heads()):
            spans = tuple(span for span in head.spans if span.label == "LOC")
            if document.id == planted.document.id:
                spans = (*spans, planted.right)
            tx.put_annotation(Annotation(document=document.id, layer="model:m@1", spans=spans))
    first = audit(workspace, AuditOptions(methods=("layers",))).lines[0].suspect
    assert (first.kind, first.suggestion) == ("label", planted.right.key)
    reason = first.evidence[0].words
    assert reason.startswith("model:m@1 ") and "« Paris »" in reason and "LOC" in reason


def test_the_command_lists_and_dismisses(workspace, cli):
    def run(*words):
        return cli("audit", *words, root=workspace.root)

    report = run("--method", "surfaces", "--json").json
    suspect = report["lines"][0]["id"]
    again = run("--method", "surfaces")
    assert again.exit_code == 0
    assert "« Paris » PER → LOC" in again.stdout and suspect in again.stdout
    assert report["at"] in again.stdout  # the time of the audit whose list this is
    assert suspect in run("--dismiss", suspect, "--reason", "it is a name").stdout
    assert run("--method", "surfaces", "--json").json["settled"] == 1
    assert run("--dismiss", "zzzz").exit_code == 1


def test_a_dry_run_of_reviews_asks_the_server_as_the_push_does(workspace, cli):
    words = ("audit", "--method", "surfaces", "--push", "--dry-run", "--json")
    result = cli(*words, root=workspace.root)
    assert (result.exit_code, type(result.refusal)) == (1, NoServer)
    assert require_audit(workspace.state).requests == ()
    assert cli("audit", "gold.conll", "--push").exit_code == 2


def test_a_missing_and_a_damaged_file_are_refused(workspace):
    with pytest.raises(InputError) as caught:
        dismiss_suspects(workspace, ["0"])
    assert "`curate audit`" in caught.value.hint
    workspace.state.mkdir(exist_ok=True)
    (workspace.state / FILE).write_text("{}", "utf-8")
    with pytest.raises(InputError, match=FILE):
        audit(workspace, QUICK)
