"""The gate of a release: what must hold before gold is given a name. Pure.

Six questions, each answered on its own: passed, failed (by how much, and what to do), not asked
(and why not), or waived in ``curate.toml`` with a reason. The answers stand in the release.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from curate.config import GateName, GateSettings
from curate.errors import ConfigError
from curate.model import Problem, Record
from curate.release import Proposal

if TYPE_CHECKING:
    from curate.agreement import Agreement
    from curate.audit.last_audit import OpenSuspects
    from curate.quality import QualityReport
    from curate.quality.report import CheckResult

GateState = Literal["passed", "failed", "waived", "not asked"]

DRIFT = ("corpus.labels", "corpus.languages", "corpus.lengths")
_CALLED = {
    "strict": "strict F1",
    "strict_macro": "macro strict F1",
    "overlap": "overlap F1",
    "overlap_macro": "macro overlap F1",
    "cohen": "Cohen's kappa",
    "fleiss": "Fleiss' kappa",
    "krippendorff": "Krippendorff's alpha",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "unitizing": "alpha-unitizing",
}
_NEAR = 1e-9  # so that a floor of 0.8 is met by 4 / 5


class Verdict(Record, frozen=True, kw_only=True):
    """What one gate says.

    Args:
        gate: its name.
        state: what came of it.
        found: what was found, or why it was not asked, in words.
        short: by how much it is missed: findings, conflicts or suspects too many, the part of the
            measure that is lacking, distributions that drifted; 0 where it holds.
        hint: what to do about it; empty where nothing is to be done.
        reason: why it is waived.
        notes: what is to be known beside it, such as findings that ``curate.toml`` waives.
    """

    gate: GateName
    state: GateState
    found: str
    short: float = 0.0
    hint: str = msgspec.field(default="", name="cure")
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The verdict in one line, as a release keeps it."""
        state = f"waived ({self.reason})" if self.state == "waived" else self.state
        return "; ".join((f"{state}: {self.found}", *self.notes))


class GateResult(Record, frozen=True, kw_only=True):
    """All verdicts, and the waivers that none of them needs."""

    verdicts: tuple[Verdict, ...]
    spare: tuple[GateName, ...] = ()

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """What stands in the way of a release."""
        return tuple(verdict for verdict in self.verdicts if verdict.state == "failed")

    @property
    def told(self) -> dict[str, str]:
        """The verdicts as a release keeps them."""
        return {verdict.gate: verdict.told for verdict in self.verdicts}


class ReleasePreview(Record, frozen=True, kw_only=True):
    """What ``curate release`` would do.

    Args:
        proposal: the version that it would get, and why.
        gate: what the gate says.
        refused: why it would be refused, in a sentence each; none where it would be cut, or where
            nothing changed that could be.
    """

    proposal: Proposal
    gate: GateResult
    refused: tuple[str, ...] = ()


class GateEvidence(Record, frozen=True, kw_only=True):
    """What the gate looks at.

    Args:
        report: of the checks.
        agreement: of the annotators; None where no two annotated one document.
        conflicts: number of open conflicts, by document.
        suspicion: of the last audit; None where there is none.
        splits: what is wrong with the splits; None where none were drawn.
    """

    report: QualityReport
    agreement: Agreement | None = None
    conflicts: Mapping[str, int] = {}
    suspicion: OpenSuspects | None = None
    splits: Sequence[Problem] | None = None


def judge(settings: GateSettings, evidence: GateEvidence) -> GateResult:
    """Hold the evidence against the settings.

    Raises:
        ConfigError: a waiver has no reason, or a gate is waived twice.
    """
    waivers = _waivers(settings)
    verdicts = (
        _checks(evidence.report),
        _agreement(settings, evidence.agreement),
        _conflicts(evidence.conflicts),
        _audit(settings, evidence.suspicion),
        _drift(evidence.report),
        _splits(evidence.splits),
    )
    judged = tuple(_waived(verdict, waivers) for verdict in verdicts)
    used = {verdict.gate for verdict in judged if verdict.state == "waived"}
    return GateResult(verdicts=judged, spare=tuple(name for name in waivers if name not in used))


def refusal(gate: GateResult) -> tuple[str, str]:
    """Why a release is refused, and what to do, as one sentence each."""
    failed = gate.failed
    what = "; ".join(f"{verdict.gate}: {verdict.found}" for verdict in failed)
    return f"the gate refuses the release ({what})", "; ".join(v.hint for v in failed)


def _waivers(settings: GateSettings) -> dict[GateName, str]:
    found: dict[GateName, str] = {}
    for waiver in settings.waive:
        if not waiver.reason.strip():
            hint = "say why; it stands in the release"
            raise ConfigError(f"curate.toml: the waiver of gate {waiver.gate} has no reason", hint)
        if waiver.gate in found:
            hint = "leave one of the two out"
            raise ConfigError(f"curate.toml: gate {waiver.gate} is waived twice", hint)
        found[waiver.gate] = waiver.reason
    return found


def _waived(verdict: Verdict, waivers: Mapping[GateName, str]) -> Verdict:
    if verdict.state != "failed" or verdict.gate not in waivers:
        return verdict
    reason = waivers[verdict.gate]
    return msgspec.structs.replace(verdict, state="waived", reason=reason, hint="")


def _checks(report: QualityReport) -> Verdict:
    """No finding is an error; what the drift gate judges is left to it."""
    made = [each for each in report.checks_run if each.code not in DRIFT]
    errors = Counter(p.code for p in report.problems if _error(p) and p.code not in DRIFT)
    notes = _settled(report, [each for each in report.checks if each.code not in DRIFT])
    count = errors.total()
    if not count:
        found = f"{_many(len(made), 'check')} on {_many(report.counts['documents'], 'document')}"
        return Verdict(gate="checks", state="passed", found=f"{found}, no error", notes=notes)
    return Verdict(
        gate="checks",
        state="failed",
        found=f"{_many(count, 'finding')} of the level error, where there may be none "
        f"({_listed(errors)})",
        short=count,
        hint="see them with `curate validate` and mend them",
        notes=notes,
    )


def _agreement(settings: GateSettings, found: Agreement | None) -> Verdict:
    floor, name = settings.agreement, _called(settings.measure)
    if found is None or not found.documents:
        return Verdict(
            gate="agreement", state="not asked", found="no two people annotated one document"
        )
    value, reason = _measured(found, settings.measure)
    where = f"over {_many(found.documents, 'document')} of {', '.join(found.annotators)}"
    if value is None:
        return Verdict(gate="agreement", state="not asked", found=f"{name} {where}: {reason}")
    told = f"{name} is {value:.3f} {where}"
    if value >= floor - _NEAR:
        return Verdict(
            gate="agreement", state="passed", found=f"{told}, at or above the floor of {floor:g}"
        )
    return Verdict(
        gate="agreement",
        state="failed",
        found=f"{told}, {floor - value:.3f} below the floor of {floor:g}{_lowest(found)}",
        short=floor - value,
        hint="see in `curate agreement` what they differ on, and say it in the guidelines",
    )


def _called(measure: str) -> str:
    base = measure.removesuffix("_marked")
    return _CALLED[base] + (" of marked tokens" if base != measure else "")


def _measured(found: Agreement, measure: str) -> tuple[float | None, str]:
    if measure in found.across:
        return found.across[measure].mean, found.across[measure].reason
    value = found.coefficients[measure]
    return value.value, value.reason


def _lowest(found: Agreement) -> str:
    scored = [(p.strict.micro.f1, p) for p in found.pairs if p.strict.micro.f1 is not None]
    if len(scored) < 2:
        return ""
    value, pair = min(scored, key=lambda item: item[0])
    return f"; {pair.first} and {pair.second} agree least, strict F1 {value:.3f}"


def _conflicts(conflicts: Mapping[str, int]) -> Verdict:
    count = sum(conflicts.values())
    if not count:
        return Verdict(gate="conflicts", state="passed", found="none is open")
    return Verdict(
        gate="conflicts",
        state="failed",
        found=f"{_many(count, 'conflict')} in {_many(len(conflicts), 'document')}, "
        "where there may be none",
        short=count,
        hint="see them with `curate conflicts` and settle them with `curate resolve`",
    )


def _audit(settings: GateSettings, found: OpenSuspects | None) -> Verdict:
    budget = settings.audit
    if budget is None:
        return Verdict(gate="audit", state="not asked", found="[gate] audit sets no budget")
    if found is None:
        return Verdict(
            gate="audit",
            state="failed",
            found=f"there is no audit to hold against the budget of {budget:,}",
            hint="run `curate audit`",
        )
    told = f"{_many(found.open, 'suspect')} of score {found.score:g} or above on {found.at}"
    notes = _old(found)
    if found.open <= budget:
        said = f"{told}, within the budget of {budget:,}"
        return Verdict(gate="audit", state="passed", found=said, notes=notes)
    return Verdict(
        gate="audit",
        state="failed",
        found=f"{told}, {found.open - budget:,} above the budget of {budget:,}",
        short=found.open - budget,
        hint="mend the first of `curate audit`, or take them from its list with `--dismiss`",
        notes=notes,
    )


def _old(found: OpenSuspects) -> tuple[str, ...]:
    if not found.newer:
        return ()
    return (f"the audit is older than the gold of {_many(found.newer, 'document')}",)


def _drift(report: QualityReport) -> Verdict:
    outcomes = [each for each in report.checks if each.code in DRIFT]
    problems = [problem for problem in report.problems if problem.code in DRIFT]
    notes = _settled(report, outcomes)
    if problems:
        return Verdict(
            gate="drift",
            state="failed",
            found="; ".join(problem.message for problem in problems),
            short=len(problems),
            hint=problems[0].hint,
            notes=notes,
        )
    made = [each for each in outcomes if not each.skipped]
    if not made:
        why = "; ".join(dict.fromkeys(each.skipped for each in outcomes))
        return Verdict(gate="drift", state="not asked", found=why, notes=notes)
    shares = " and ".join(each.code.removeprefix("corpus.") for each in made if not each.findings)
    found = f"{shares} lie within their bounds of the last release"
    return Verdict(gate="drift", state="passed", found=found, notes=notes)


def _splits(problems: Sequence[Problem] | None) -> Verdict:
    if problems is None:
        return Verdict(
            gate="splits", state="not asked", found="none were drawn; `curate split` draws them"
        )
    errors = [problem for problem in problems if _error(problem)]
    mild = Counter(problem.code for problem in problems if not _error(problem))
    notes = (_listed(mild),) if mild else ()
    if not errors:
        found = "nothing leaks, and no test document moved"
        return Verdict(gate="splits", state="passed", found=found, notes=notes)
    first, codes = errors[0], Counter(problem.code for problem in errors)
    return Verdict(
        gate="splits",
        state="failed",
        found=f"{_many(len(errors), 'finding')} of the level error, where there may be none "
        f"({_listed(codes)}); {first.document} {first.message}",
        short=len(errors),
        hint=f"see them with `curate split --dry-run`; for the first, {first.hint}",
        notes=notes,
    )


def _settled(report: QualityReport, outcomes: Iterable[CheckResult]) -> tuple[str, ...]:
    """What ``curate.toml`` makes of checks: levels that it sets, findings that it waives."""
    outcomes = [*outcomes]
    codes = {each.code for each in outcomes}
    waived = Counter(
        (each.problem.code, each.reason) for each in report.waived if each.problem.code in codes
    )
    sets = (f"{each.code} is {_level(each)} ({each.reason})" for each in outcomes if each.reason)
    told = (f"{_many(n, 'finding')} of {code} waived ({why})" for (code, why), n in waived.items())
    return (*sets, *told)


def _level(outcome: CheckResult) -> str:
    return "not made" if outcome.skipped else f"set to {outcome.severity}"


def _error(problem: Problem) -> bool:
    return problem.severity == "error"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items()))


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
