"""What ``curate.toml`` says of the checks: levels, limits, and findings that stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from curate.config import CheckSetting, CheckWaiver
from curate.errors import ConfigError
from curate.model import Problem
from curate.quality import registry
from curate.quality.registry import Check
from curate.quality.report import WaivedProblem

WAIVE = "waive"
ConfiguredChecks = Mapping[str, CheckSetting | tuple[CheckWaiver, ...]]


class CheckSettings:
    """The settings, held against the catalogue.

    Args:
        given: ``checks`` of ``curate.toml``.

    Raises:
        ConfigError: a check is unknown, a reason is missing, or a limit is set where there is none.
    """

    def __init__(self, given: ConfiguredChecks | None = None) -> None:
        self._set: dict[str, CheckSetting] = {}
        waivers: tuple[CheckWaiver, ...] = ()
        for code, value in (given or {}).items():
            if isinstance(value, CheckSetting):
                self._set[code] = _held(code, value)
            elif code == WAIVE:
                waivers = value
            else:
                raise ConfigError(
                    f"curate.toml: [[checks.{code}]] is a list",
                    f'write [checks."{code}"] to set a check, [[checks.{WAIVE}]] to waive one',
                )
        for waiver in waivers:
            registry.find(waiver.id)
            _reasoned(f"the waiver of {waiver.id}", waiver.reason)
        self._waivers = waivers
        self._used: set[int] = set()

    def check(self, check: Check) -> tuple[Check, str]:
        """The check as it is set, and why."""
        setting = self._set.get(check.code)
        if setting is None:
            return check, ""
        level = setting.level if setting.level not in ("", "off") else check.severity
        limit = check.limit if setting.limit is None else setting.limit
        return msgspec.structs.replace(check, severity=level, limit=limit), setting.reason

    def off(self, code: str) -> bool:
        """Whether a check is not to be made."""
        return code in self._set and self._set[code].level == "off"

    def labels(self, code: str) -> tuple[str, ...]:
        """The labels that a check is about, where they are named."""
        return self._set[code].labels if code in self._set else ()

    def part(
        self, found: Iterable[tuple[Problem, str]]
    ) -> tuple[list[Problem], list[WaivedProblem]]:
        """Part findings into those that count and those that stand.

        Args:
            found: findings, each with the text it marks.
        """
        problems: list[Problem] = []
        waived: list[WaivedProblem] = []
        for problem, text in found:
            waiver = self._waiver(problem, text)
            if waiver is None:
                problems.append(problem)
            else:
                waived.append(WaivedProblem(problem=problem, reason=waiver.reason))
        return problems, waived

    def spare(self) -> tuple[str, ...]:
        """Waivers that nothing asked for so far, in words."""
        return tuple(
            " ".join(filter(None, (waiver.id, waiver.document, waiver.text)))
            for number, waiver in enumerate(self._waivers)
            if number not in self._used
        )

    def _waiver(self, problem: Problem, text: str) -> CheckWaiver | None:
        for number, waiver in enumerate(self._waivers):
            if (
                waiver.id == problem.code
                and problem.document.startswith(waiver.document)
                and (not waiver.text or waiver.text == text)
            ):
                self._used.add(number)
                return waiver
        return None


def _held(code: str, setting: CheckSetting) -> CheckSetting:
    check = registry.find(code)
    _reasoned(code, setting.reason)
    if setting.limit is not None and check.limit is None:
        raise ConfigError(f"curate.toml: {code} has no limit", "leave `limit` out")
    if setting.labels and not {"dates", "numbers"} & {*check.needs}:
        raise ConfigError(f"curate.toml: {code} is not about labels", "leave `labels` out")
    return setting


def _reasoned(what: str, reason: str) -> None:
    if not reason.strip():
        raise ConfigError(
            f"curate.toml: {what} has no reason", "say why; it stands in every report"
        )
