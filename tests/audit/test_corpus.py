"""The audit of a corpus: its file, what people settled, and what the gate reads of it."""

from __future__ import annotations

import json

import msgspec
import pytest
from support.audit_corpus import changed, find, regular
from typer.testing import CliRunner

from curate.audit import Suspect, corpus, last_audit
from curate.audit.corpus import Kept, audit, dismiss
from curate.audit.files import Asked, identity
from curate.cli.commands import app
from curate.errors import InputError
from curate.model import Annotation, Revision, Span
from curate.workspace import Workspace

QUICK = Asked(methods=("surfaces", "edges"))
TIMES = [f"2026-03-0{day}T00:00:00Z" for day in range(1, 10)]


def revision(document, spans, number=1, at=TIMES[0], by="anna"):
    return Revision(
        document=document.id,
        number=number,
        author=f"annotator:{by}",
        at=at,
        reason="test",
        schema="news-fr@1.0.0",
        spans=spans,
        confirmed_by=by,
        confirmed_at=at,
    )


@pytest.fixture
def workspace(tmp_path):
    """A corpus in which one Paris is a person; each look at the clock is a day later."""
    Workspace.init(tmp_path)
    days = iter(TIMES[1:])
    made = Workspace(tmp_path, now=lambda: next(days))
    pairs = regular()
    number, span = find(pairs, "Paris", 2)
    pairs = changed(pairs, number, [span], [(span.start, span.end, "PER")])
    with made.store.begin() as tx:
        for document, spans in pairs:
            tx.add_document(document)
            tx.add_revision(revision(document, spans))
    made.spoiled = pairs[number][0], pairs[number][1], span
    return made


def test_the_file_has_what_was_looked_at_and_the_gate_reads_it(workspace):
    document, _, span = workspace.spoiled
    found = audit(workspace, QUICK)
    first = found.lines[0].suspect
    assert (first.document, first.span) == (document.id, (span.start, span.end, "PER"))
    kept = corpus.load(workspace.state)
    assert kept is not None and kept.at == found.at == TIMES[1]
    assert kept.revisions[document.id] == 1 and len(kept.content) == 64
    with workspace.store.begin() as tx:
        heads = [head for _, head in tx.heads()]
    told = last_audit.load(workspace.state, heads, first.score)
    assert told is not None
    assert told.open == sum(s.score >= first.score for s in kept.suspects) == 1
    assert last_audit.load(workspace.state, heads, 0.99).open == 0
    path = workspace.state / last_audit.FILE
    assert path.read_bytes() == msgspec.json.encode(kept, order="sorted") + b"\n"


def test_the_same_gold_is_not_audited_again_and_another_one_is(workspace):
    first = audit(workspace, QUICK)
    again = audit(workspace, QUICK)
    assert again.known and again.at == first.at and again.lines == first.lines
    assert not audit(workspace, Asked(methods=("surfaces",))).known


def test_what_is_dismissed_does_not_come_back(workspace):
    line = audit(workspace, QUICK).lines[0]
    (settled,) = dismiss(workspace, [line.id[:6]], "a person of that name")
    assert (settled.how, settled.by, settled.reason) == (
        "dismissed",
        workspace.config.corpus.curator,
        "a person of that name",
    )
    for asked in (QUICK, Asked(methods=("surfaces",))):
        found = audit(workspace, asked)
        assert line.id not in [each.id for each in found.lines]
        assert found.settled == 1
    with pytest.raises(InputError, match="no open suspect"):
        dismiss(workspace, [line.id])


def test_what_was_confirmed_again_as_it_was_does_not_come_back(workspace):
    document, spans, _ = workspace.spoiled
    line = audit(workspace, QUICK).lines[0]
    with workspace.store.begin() as tx:
        tx.add_revision(revision(document, spans, 2, TIMES[7], "bela"))
    found = audit(workspace, QUICK)
    assert found.known and found.lines == () and found.settled == 1
    kept = corpus.known(workspace.state)
    assert (kept.settled[0].how, kept.settled[0].by) == ("reviewed", "bela")
    assert kept.revisions[document.id] == 2
    assert line.id not in [each.id for each in audit(workspace, Asked(methods=("surfaces",))).lines]


def test_what_was_confirmed_before_the_audit_is_not_reviewed(workspace):
    document, spans, _ = workspace.spoiled
    line = audit(workspace, QUICK).lines[0]
    with workspace.store.begin() as tx:
        tx.add_revision(revision(document, spans, 2, TIMES[0], "bela"))
    assert [each.id for each in audit(workspace, QUICK).lines] == [line.id]


def test_another_span_in_its_place_is_another_suspect(workspace):
    document, spans, span = workspace.spoiled
    dismiss(workspace, [audit(workspace, QUICK).lines[0].id])
    wrong = (span.start, span.end, "ORG")
    others = tuple(s for s in spans if s.start != span.start)
    mended = tuple(sorted((*others, Span(*wrong)), key=lambda s: s.key))
    with workspace.store.begin() as tx:
        tx.add_revision(revision(document, mended, 2, TIMES[0]))
    assert [line.suspect.span for line in audit(workspace, QUICK).lines] == [wrong]


def test_layers_of_models_in_the_store_are_held_against_the_gold(workspace):
    document, _, span = workspace.spoiled
    with workspace.store.begin() as tx:
        heads = list(tx.heads())
        for one, head in heads:
            spans = tuple(s for s in head.spans if s.label == "LOC")
            if one.id == document.id:
                spans = (*spans, Span(span.start, span.end, "LOC"))
            tx.put_annotation(Annotation(document=one.id, layer="model:m@1", spans=spans))
    found = audit(workspace, Asked(methods=("layers",)))
    first = found.lines[0].suspect
    assert (first.kind, first.suggestion) == ("label", span.key)
    assert first.evidence[0].words.startswith("model:m@1 marks « Paris » LOC")


def test_on_the_command_line(workspace):
    def run(*words):
        command = ["audit", *words, "-C", str(workspace.root)]
        return CliRunner().invoke(app, command)

    done = run("--method", "surfaces")
    assert done.exit_code == 0, done.output
    assert "another label: « Paris » PER → LOC" in done.output
    assert "nothing changed since" in run("--method", "surfaces").output
    told = json.loads(run("--method", "surfaces", "--json").output)
    key = told["lines"][0]["id"]
    assert f"dismissed {key}" in run("--dismiss", key, "--reason", "it is a name").output
    assert "1 reviewed or dismissed before" in run("--method", "surfaces").output
    assert run("--dismiss", "zzzz").exit_code == 1


def test_what_would_be_asked_is_told_without_a_server(workspace):
    document, _, _ = workspace.spoiled
    words = ["audit", "--method", "surfaces", "--push", "--dry-run", "-C", str(workspace.root)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert document.id in done.output
    assert "would ask about 1 more document in" in done.output
    assert corpus.known(workspace.state).requests == ()
    refused = CliRunner().invoke(app, ["audit", "gold.conll", "--push"])
    assert refused.exit_code == 2 and "no documents in Doccano" in refused.output


def test_people_are_asked_once_about_a_suspect_and_a_document_has_one_request(workspace):
    audit(workspace, QUICK)
    kept = corpus.known(workspace.state)
    once, fresh = corpus.request(kept, 1, (), TIMES[5])
    assert fresh == [kept.suspects[0].document]
    twice, more = corpus.request(once, 1, (), TIMES[6])
    assert (twice, more) == (once, [])
    anew, again = corpus.request(once, 1, fresh, TIMES[6])
    assert again == fresh and anew.requests[0].at == TIMES[6]


def test_without_an_audit_there_is_nothing_to_dismiss_and_a_damaged_file_is_named(workspace):
    with pytest.raises(InputError, match="never audited"):
        dismiss(workspace, ["0"])
    workspace.state.mkdir(exist_ok=True)
    (workspace.state / last_audit.FILE).write_text("{}", "utf-8")
    with pytest.raises(InputError, match="damaged"):
        audit(workspace, QUICK)


def test_an_unmarked_place_is_the_same_suspect_with_other_edges():
    def missing(first, last):
        return Suspect(
            document="d",
            kind="missing",
            span=None,
            suggestion=(first, last, "LOC"),
            score=0.9,
            evidence=(),
        )

    kept = Kept(at=TIMES[0], content="", version="", revisions={}, suspects=(missing(4, 9),))
    done = dismiss(corpus, kept, [identity(missing(4, 9))], "carla", TIMES[1], "")
    assert done.settled[0].covers(missing(6, 12))
    assert not done.settled[0].covers(missing(9, 12))
