"""The conditions of a release: the verdict on each, and waivers."""

from __future__ import annotations

import msgspec
import pytest

from curate import config
from curate.agreement import AgreementOptions, AnnotationSets, inter_annotator_agreement
from curate.audit.audit_file import OpenSuspects
from curate.config import GateWaiver
from curate.errors import ConfigError
from curate.gate import conditions
from curate.gate.conditions import GateEvidence
from curate.model import Annotation, Document, Problem, Span
from curate.quality import CheckResult, QualityReport, WaivedProblem

DIGEST = "0123456789abcdef"


def check_result(code: str, **more: object) -> CheckResult:
    values: dict[str, object] = {"severity": "warning", "why": "w", "ok": True, **more}
    return CheckResult(code=code, **values)  # type: ignore[arg-type]


def report(*problems: Problem, checks: tuple[CheckResult, ...] = (), waived=()) -> QualityReport:
    made = checks or (
        check_result("span.edges"),
        check_result("corpus.labels", skipped="no release"),
    )
    return QualityReport(problems=problems, checks=made, counts={"documents": 3}, waived=waived)


def verdict(
    name: str, settings: config.GateSettings | None = None, **evidence: object
) -> conditions.Verdict:
    evidence.setdefault("report", report())
    judged = conditions.judge(settings or config.GateSettings(), GateEvidence(**evidence))  # type: ignore[arg-type]
    return next(each for each in judged.verdicts if each.gate == name)


def agreed(*versions: tuple[Span, ...] | None):
    """Agreement of annotators on one document, each with their spans; None without a version."""
    annotations = {
        f"person{n}": ()
        if spans is None
        else (Annotation(document=DIGEST, layer="annotator:x", spans=spans),)
        for n, spans in enumerate(versions, 1)
    }
    document = Document(id=DIGEST, text="mot. " * 20)
    sets = AnnotationSets(documents=(document,), annotations=annotations)
    return inter_annotator_agreement(sets, AgreementOptions(resamples=0))


A, B, C, D, E = (Span(n, n + 5, "PER") for n in range(0, 50, 10))


def test_an_error_of_a_check_fails_and_a_warning_does_not():
    found = Problem(code="span.edges", message="m", document=DIGEST)
    mild = Problem(code="span.words", message="m", severity="warning")
    assert verdict("checks", report=report(mild)).state == "passed"
    failed = verdict("checks", report=report(found, found, mild))
    assert (failed.state, failed.shortfall) == ("failed", 2)
    assert "2 findings" in failed.finding and "span.edges 2" in failed.finding
    assert "curate validate" in failed.hint


def test_what_curate_toml_says_of_checks_is_noted():
    checks = (
        check_result("span.edges", waived=2),
        check_result("span.words", skipped="curate.toml leaves it out", reason="CJK"),
        check_result("text.date", severity="error", reason="we need them"),
    )
    stands = WaivedProblem(problem=Problem(code="span.edges", message="m"), reason="old desk")
    told = verdict("checks", report=report(checks=checks, waived=(stands, stands)))
    assert told.notes == (
        "span.words is not made (CJK)",
        "text.date is set to error (we need them)",
        "2 findings of span.edges waived (old desk)",
    )
    assert "old desk" in told.summary and told.state == "passed"


def test_agreement_is_asked_only_where_two_annotated_one_document():
    assert verdict("agreement").state == "not asked"
    assert verdict("agreement", agreement=agreed((A, B), None)).state == "not asked"
    assert verdict("agreement", agreement=agreed((), ())).state == "not asked"  # undefined, not 0


@pytest.mark.parametrize(
    ("floor", "state", "short"), [(0.8, "passed", 0.0), (0.81, "failed", 0.01), (-1, "passed", 0)]
)
def test_agreement_is_held_against_the_floor(floor, state, short):
    found = agreed((A, B, C, D, E), (A, B, C, D, Span(60, 65, "PER")))  # F1 8 / 10
    told = verdict("agreement", config.GateSettings(agreement=floor), agreement=found)
    assert told.state == state and told.shortfall == pytest.approx(short)
    assert "0.800 over 1 document of person1, person2" in told.finding
    if short:
        assert "0.010 below the floor of 0.81" in told.finding and "guidelines" in told.hint


def test_the_pair_that_agrees_least_is_named():
    found = agreed((A, B), (A, B), (C, D))
    told = verdict("agreement", agreement=found)
    assert told.shortfall == pytest.approx(0.8 - 1 / 3)
    assert "person1 and person3 agree least, strict F1 0.000" in told.finding


@pytest.mark.parametrize("measure", config.AgreementMeasure.__args__)
def test_every_measure_that_can_be_set_is_one_that_agreement_gives(measure):
    one = (Span(0, 5, "PER"), Span(10, 15, "LOC"))
    told = verdict("agreement", config.GateSettings(measure=measure), agreement=agreed(one, one))
    assert told.state == "passed" and " is 1.000 over" in told.finding


def test_open_conflicts_are_counted():
    assert verdict("conflicts").state == "passed"
    told = verdict("conflicts", conflicts={"a": 2, "b": 1})
    assert (told.state, told.shortfall) == ("failed", 3)
    assert "3 conflicts in 2 documents" in told.finding and "curate resolve" in told.hint


def test_an_audit_is_held_against_its_budget_where_there_is_one():
    found = OpenSuspects(open=7, score=0.9, at="2026-01-01T00:00:00Z", newer=2)
    assert verdict("audit", open_suspects=found).state == "not asked"
    missing = verdict("audit", config.GateSettings(audit=0))
    assert missing.state == "failed" and "there is no audit" in missing.finding
    told = verdict("audit", config.GateSettings(audit=5), open_suspects=found)
    assert (told.state, told.shortfall) == ("failed", 2)
    assert "7 suspects of score 0.9 or above" in told.finding
    assert "2 above the limit of 5" in told.finding
    within = verdict("audit", config.GateSettings(audit=7), open_suspects=found)
    assert within.state == "passed"
    assert within.notes == ("the audit is older than the gold of 2 documents",)


def test_drift_is_what_the_checks_of_the_corpus_say():
    assert verdict("drift").state == "not asked" and verdict("drift").finding == "no release"
    checks = (check_result("corpus.labels"), check_result("corpus.lengths", findings=1, ok=False))
    assert verdict("drift", report=report(checks=checks[:1])).state == "passed"
    moved = Problem(code="corpus.lengths", message="lie 0.2 bits off", severity="warning", hint="c")
    told = verdict("drift", report=report(moved, checks=checks))
    assert (told.state, told.finding, told.hint) == ("failed", "lie 0.2 bits off", "c")
    # Set to error in curate.toml, it is still one finding and not two gates that fail.
    worse = msgspec.structs.replace(moved, severity="error")
    judged = conditions.judge(
        config.GateSettings(), GateEvidence(report=report(worse, checks=checks))
    )
    assert [each.gate for each in judged.failed] == ["drift"]


def test_splits_fail_by_errors_and_note_the_rest():
    assert verdict("splits").state == "not asked"
    mild = Problem(code="split.unassigned", message="is in no split", severity="warning")
    told = verdict("splits", splits=[mild])
    assert told.state == "passed" and told.notes == ("split.unassigned 1",)
    leak = Problem(code="split.passage", message="50 words", document=DIGEST, hint="move it")
    told = verdict("splits", splits=[mild, leak])
    assert (told.state, told.shortfall) == ("failed", 1)
    assert f"{DIGEST} 50 words" in told.finding and "move it" in told.hint


# -- waivers


def test_a_waived_gate_does_not_stand_in_the_way_and_says_why():
    settings = config.GateSettings(
        waive=(GateWaiver(gate="conflicts", reason="the desk decides on Monday"),)
    )
    judged = conditions.judge(settings, GateEvidence(report=report(), conflicts={"a": 1}))
    assert not judged.failed and not judged.unused_waivers
    told = judged.summaries["conflicts"]
    assert told.startswith("waived (the desk decides on Monday): 1 conflict in 1 document")


def test_a_waiver_that_nothing_needs_is_named():
    settings = config.GateSettings(waive=(GateWaiver(gate="conflicts", reason="r"),))
    judged = conditions.judge(settings, GateEvidence(report=report()))
    assert (
        judged.unused_waivers == ("conflicts",)
        and judged.summaries["conflicts"] == "passed: none is open"
    )


@pytest.mark.parametrize(
    ("waive", "says"),
    [
        ((GateWaiver(gate="audit", reason=" "),), "the waiver of gate audit has no reason"),
        (
            (GateWaiver(gate="audit", reason="a"), GateWaiver(gate="audit", reason="b")),
            "waived twice",
        ),
    ],
)
def test_waivers_that_make_no_sense_are_refused(waive, says):
    with pytest.raises(ConfigError, match=says):
        conditions.judge(config.GateSettings(waive=waive), GateEvidence(report=report()))


@pytest.mark.parametrize(
    "text",
    [
        "agreement = 1.2",
        "audit = -1",
        'measure = "f2"',
        'waive = [{gate = "audit"}]',
        'waive = [{gate = "audits", reason = "r"}]',
    ],
)
def test_settings_that_make_no_sense_are_refused(text):
    with pytest.raises(msgspec.ValidationError):
        msgspec.toml.decode(f'[corpus]\nname = "x"\n[gate]\n{text}', type=config.Config)
