"""The gate of a release: the conditions that gold must meet before it is released. Pure.

Each of the six conditions has a verdict of its own: passed, failed (by how much, and what to do),
not asked (and why not), or waived in ``curate.toml`` with a reason. The verdicts are kept in the
release.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from curate.config import GateName, GateSettings
from curate.errors import ConfigError
from curate.model import Problem, Record
from curate.release import VersionProposal

if TYPE_CHECKING:
    from curate.agreement import Agreement
    from curate.audit.audit_file import OpenSuspects
    from curate.quality import QualityReport
    from curate.quality.report import CheckResult

GateState = Literal["passed", "failed", "waived", "not asked"]

DRIFT = ("corpus.labels", "corpus.languages", "corpus.lengths")
_MEASURE_NAMES = {
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
_TOLERANCE = 1e-9  # so that 4 / 5 meets a floor of 0.8


class Verdict(
    Record,
    frozen=True,
    kw_only=True,
    rename={"finding": "found", "shortfall": "short", "hint": "cure"},
):
    """The verdict on one condition.

    Args:
        gate: the condition.
        state: whether it is met.
        finding: what was found, or why the condition was not asked, in words.
        shortfall: by how much it is missed: the number of findings, conflicts or suspects too many,
            the difference to the floor of the measure, or the number of distributions that drifted;
            0 if it is met.
        hint: what to do about it; empty if nothing has to be done.
        reason: why it is waived.
        notes: what else to know, such as findings that ``curate.toml`` waives.
    """

    gate: GateName
    state: GateState
    finding: str
    shortfall: float = 0.0
    hint: str = ""
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The verdict in one line, as a release keeps it."""
        state = f"waived ({self.reason})" if self.state == "waived" else self.state
        return "; ".join((f"{state}: {self.finding}", *self.notes))


class GateResult(Record, frozen=True, kw_only=True, rename={"unused_waivers": "spare"}):
    """All verdicts, and the waivers that no condition needs."""

    verdicts: tuple[Verdict, ...]
    unused_waivers: tuple[GateName, ...] = ()

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The verdicts that stop a release."""
        return tuple(verdict for verdict in self.verdicts if verdict.state == "failed")

    @property
    def summaries(self) -> dict[str, str]:
        """The verdicts by condition, as a release keeps them."""
        return {verdict.gate: verdict.summary for verdict in self.verdicts}


class ReleasePreview(Record, frozen=True, kw_only=True, rename={"refusals": "refused"}):
    """What ``curate release`` would do.

    Args:
        proposal: the version that the release would get, and why.
        gate: the verdicts of the gate.
        refusals: why the release would be refused, one sentence each; empty if it would be cut, or
            if nothing has changed.
    """

    proposal: VersionProposal
    gate: GateResult
    refusals: tuple[str, ...] = ()


class GateEvidence(Record, frozen=True, kw_only=True):
    """What the conditions are judged by.

    Args:
        report: the report of the checks.
        agreement: agreement of the annotators; None if no two annotated the same document.
        conflicts: number of open conflicts, by document.
        open_suspects: what the last audit left open; None if there is none.
        splits: what is wrong with the splits; None if none were drawn.
    """

    report: QualityReport
    agreement: Agreement | None = None
    conflicts: Mapping[str, int] = {}
    open_suspects: OpenSuspects | None = None
    splits: Sequence[Problem] | None = None


def judge(settings: GateSettings, evidence: GateEvidence) -> GateResult:
    """Judge every condition.

    Raises:
        ConfigError: a waiver has no reason, or a condition is waived twice.
    """
    waivers = _waivers(settings)
    verdicts = tuple(
        _waived(verdict, waivers)
        for verdict in (
            _checks(evidence.report),
            _agreement(settings, evidence.agreement),
            _conflicts(evidence.conflicts),
            _audit(settings, evidence.open_suspects),
            _drift(evidence.report),
            _splits(evidence.splits),
        )
    )
    used = {verdict.gate for verdict in verdicts if verdict.state == "waived"}
    unused = tuple(name for name in waivers if name not in used)
    return GateResult(verdicts=verdicts, unused_waivers=unused)


def refusal(gate: GateResult) -> tuple[str, str]:
    """Why a release is refused, and what to do about it."""
    findings = "; ".join(f"{verdict.gate}: {verdict.finding}" for verdict in gate.failed)
    hints = "; ".join(verdict.hint for verdict in gate.failed)
    return f"the gate refuses the release ({findings})", hints


def _waivers(settings: GateSettings) -> dict[GateName, str]:
    reasons: dict[GateName, str] = {}
    for waiver in settings.waive:
        if not waiver.reason.strip():
            raise ConfigError(
                f"curate.toml: the waiver of gate {waiver.gate} has no reason",
                "give one; the release will show it",
            )
        if waiver.gate in reasons:
            raise ConfigError(
                f"curate.toml: gate {waiver.gate} is waived twice", "remove one of the two waivers"
            )
        reasons[waiver.gate] = waiver.reason
    return reasons


def _waived(verdict: Verdict, waivers: Mapping[GateName, str]) -> Verdict:
    if verdict.state != "failed" or verdict.gate not in waivers:
        return verdict
    reason = waivers[verdict.gate]
    return msgspec.structs.replace(verdict, state="waived", reason=reason, hint="")


def _checks(report: QualityReport) -> Verdict:
    """No finding is an error; the checks of drift have a condition of their own."""
    checks_run = [check for check in report.checks_run if check.code not in DRIFT]
    errors = Counter(
        problem.code
        for problem in report.problems
        if problem.severity == "error" and problem.code not in DRIFT
    )
    notes = _configured(report, [check for check in report.checks if check.code not in DRIFT])
    count = errors.total()
    if not count:
        scope = f"{_counted(len(checks_run), 'check')} on "
        scope += _counted(report.counts["documents"], "document")
        return Verdict(gate="checks", state="passed", finding=f"{scope}, no error", notes=notes)
    return Verdict(
        gate="checks",
        state="failed",
        finding=f"{_counted(count, 'finding')} of level error; none is allowed ({_listed(errors)})",
        shortfall=count,
        hint="list them with `curate validate` and fix them",
        notes=notes,
    )


def _agreement(settings: GateSettings, agreement: Agreement | None) -> Verdict:
    if agreement is None or not agreement.documents:
        return Verdict(
            gate="agreement", state="not asked", finding="no two people annotated the same document"
        )
    floor, name = settings.agreement, _measure_name(settings.measure)
    value, reason = _measured(agreement, settings.measure)
    documents = _counted(agreement.documents, "document")
    scope = f"over {documents} of {', '.join(agreement.annotators)}"
    if value is None:
        return Verdict(gate="agreement", state="not asked", finding=f"{name} {scope}: {reason}")
    finding = f"{name} is {value:.3f} {scope}"
    if value >= floor - _TOLERANCE:
        finding += f", at or above the floor of {floor:g}"
        return Verdict(gate="agreement", state="passed", finding=finding)
    return Verdict(
        gate="agreement",
        state="failed",
        finding=f"{finding}, {floor - value:.3f} below the floor of {floor:g}{_lowest(agreement)}",
        shortfall=floor - value,
        hint="see with `curate agreement` where they differ, and clarify the guidelines",
    )


def _measure_name(measure: str) -> str:
    base = measure.removesuffix("_marked")
    return _MEASURE_NAMES[base] + (" of marked tokens" if base != measure else "")


def _measured(agreement: Agreement, measure: str) -> tuple[float | None, str]:
    """The value of a measure; None with the reason if it is undefined."""
    if measure in agreement.across:
        return agreement.across[measure].mean, agreement.across[measure].reason
    coefficient = agreement.coefficients[measure]
    return coefficient.value, coefficient.reason


def _lowest(agreement: Agreement) -> str:
    """Which pair of annotators agrees least, if there are several pairs."""
    scores = ((pair.strict.micro.f1, pair) for pair in agreement.pairs)
    scored = [(f1, pair) for f1, pair in scores if f1 is not None]
    if len(scored) < 2:
        return ""
    f1, pair = min(scored, key=lambda item: item[0])
    return f"; {pair.first} and {pair.second} agree least, strict F1 {f1:.3f}"


def _conflicts(conflicts: Mapping[str, int]) -> Verdict:
    count = sum(conflicts.values())
    if not count:
        return Verdict(gate="conflicts", state="passed", finding="none is open")
    return Verdict(
        gate="conflicts",
        state="failed",
        finding=f"{_counted(count, 'conflict')} in {_counted(len(conflicts), 'document')}, "
        "none is allowed",
        shortfall=count,
        hint="list them with `curate conflicts` and resolve them with `curate resolve`",
    )


def _audit(settings: GateSettings, suspects: OpenSuspects | None) -> Verdict:
    budget = settings.audit
    if budget is None:
        return Verdict(gate="audit", state="not asked", finding="[gate] audit is not set")
    if suspects is None:
        return Verdict(
            gate="audit",
            state="failed",
            finding=f"there is no audit to compare with the limit of {budget:,}",
            hint="run `curate audit`",
        )
    count = _counted(suspects.open, "suspect")
    finding = f"{count} of score {suspects.score:g} or above on {suspects.at}"
    notes: tuple[str, ...] = ()
    if suspects.newer:
        newer = _counted(suspects.newer, "document")
        notes = (f"the audit is older than the gold of {newer}",)
    if suspects.open <= budget:
        finding += f", within the limit of {budget:,}"
        return Verdict(gate="audit", state="passed", finding=finding, notes=notes)
    return Verdict(
        gate="audit",
        state="failed",
        finding=f"{finding}, {suspects.open - budget:,} above the limit of {budget:,}",
        shortfall=suspects.open - budget,
        hint="fix the first suspects that `curate audit` lists, or dismiss them with `--dismiss`",
        notes=notes,
    )


def _drift(report: QualityReport) -> Verdict:
    checks = [check for check in report.checks if check.code in DRIFT]
    problems = [problem for problem in report.problems if problem.code in DRIFT]
    notes = _configured(report, checks)
    if problems:
        return Verdict(
            gate="drift",
            state="failed",
            finding="; ".join(problem.message for problem in problems),
            shortfall=len(problems),
            hint=problems[0].hint,
            notes=notes,
        )
    checks_run = [check for check in checks if not check.skipped]
    if not checks_run:
        reasons = "; ".join(dict.fromkeys(check.skipped for check in checks))
        return Verdict(gate="drift", state="not asked", finding=reasons, notes=notes)
    stable = [check.code.removeprefix("corpus.") for check in checks_run if not check.findings]
    finding = f"{' and '.join(stable)} are within the limits, compared with the last release"
    return Verdict(gate="drift", state="passed", finding=finding, notes=notes)


def _splits(problems: Sequence[Problem] | None) -> Verdict:
    if problems is None:
        return Verdict(
            gate="splits", state="not asked", finding="none were drawn; `curate split` draws them"
        )
    errors = [problem for problem in problems if problem.severity == "error"]
    others = Counter(problem.code for problem in problems if problem.severity != "error")
    notes = (_listed(others),) if others else ()
    if not errors:
        finding = "nothing leaks, and no test document moved"
        return Verdict(gate="splits", state="passed", finding=finding, notes=notes)
    first, codes = errors[0], Counter(problem.code for problem in errors)
    return Verdict(
        gate="splits",
        state="failed",
        finding=f"{_counted(len(errors), 'finding')} of level error; none is allowed "
        f"({_listed(codes)}); {first.document} {first.message}",
        shortfall=len(errors),
        hint=f"list them with `curate split --dry-run`; for the first, {first.hint}",
        notes=notes,
    )


def _configured(report: QualityReport, checks: Sequence[CheckResult]) -> tuple[str, ...]:
    """What ``curate.toml`` makes of these checks: levels that it sets, findings that it waives."""
    codes = {check.code for check in checks}
    waived = Counter(
        (waived.problem.code, waived.reason)
        for waived in report.waived
        if waived.problem.code in codes
    )
    levels = (
        f"{check.code} is {'not made' if check.skipped else f'set to {check.severity}'} "
        f"({check.reason})"
        for check in checks
        if check.reason
    )
    waivers = (
        f"{_counted(count, 'finding')} of {code} waived ({reason})"
        for (code, reason), count in waived.items()
    )
    return (*levels, *waivers)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items()))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
