"""The checks as ``curate.toml`` configures them: levels, limits, and waived findings."""

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
"""``checks`` of ``curate.toml``: a setting for each code, and the waivers under ``waive``."""


class CheckSettings:
    """The settings of the checks, and which waivers were used so far.

    Args:
        configured: ``checks`` of ``curate.toml``.

    Raises:
        ConfigError: a check is unknown, a reason is missing, or a check is given a limit or labels
            that it does not have.
    """

    def __init__(self, configured: ConfiguredChecks | None = None) -> None:
        self._settings: dict[str, CheckSetting] = {}
        self._waivers: tuple[CheckWaiver, ...] = ()
        self._used: set[int] = set()
        for code, value in (configured or {}).items():
            if isinstance(value, CheckSetting):
                _validate(code, value)
                self._settings[code] = value
            elif code == WAIVE:
                self._waivers = value
            else:
                raise ConfigError(
                    f"curate.toml: [[checks.{code}]] is a list",
                    f'write [checks."{code}"] to set a check, [[checks.{WAIVE}]] to waive one',
                )
        for waiver in self._waivers:
            registry.find(waiver.id)
            _require_reason(f"the waiver of {waiver.id}", waiver.reason)

    def apply(self, check: Check) -> Check:
        """The check with the level and limit that are configured."""
        setting = self._settings.get(check.code)
        if setting is None:
            return check
        level = setting.level if setting.level not in ("", "off") else check.severity
        limit = check.limit if setting.limit is None else setting.limit
        return msgspec.structs.replace(check, severity=level, limit=limit)

    def reason(self, code: str) -> str:
        """The reason that is given for configuring a check; empty if it is not configured."""
        return self._settings[code].reason if code in self._settings else ""

    def off(self, code: str) -> bool:
        """Whether a check is switched off."""
        return code in self._settings and self._settings[code].level == "off"

    def labels(self, code: str) -> tuple[str, ...]:
        """The labels that a check is configured for; empty if none are."""
        return self._settings[code].labels if code in self._settings else ()

    def split_waived(
        self, findings: Iterable[tuple[Problem, str]]
    ) -> tuple[list[Problem], list[WaivedProblem]]:
        """Separate the findings that are waived from the others.

        Args:
            findings: findings, each with the text of its span.
        """
        problems: list[Problem] = []
        waived: list[WaivedProblem] = []
        for problem, text in findings:
            waiver = self._find_waiver(problem, text)
            if waiver is None:
                problems.append(problem)
            else:
                waived.append(WaivedProblem(problem=problem, reason=waiver.reason))
        return problems, waived

    def unused_waivers(self) -> tuple[str, ...]:
        """The waivers that matched no finding so far: id, document and text of each."""
        return tuple(
            " ".join(filter(None, (waiver.id, waiver.document, waiver.text)))
            for number, waiver in enumerate(self._waivers)
            if number not in self._used
        )

    def _find_waiver(self, problem: Problem, text: str) -> CheckWaiver | None:
        for number, waiver in enumerate(self._waivers):
            if (
                waiver.id == problem.code
                and problem.document.startswith(waiver.document)
                and (not waiver.text or waiver.text == text)
            ):
                self._used.add(number)
                return waiver
        return None


def _validate(code: str, setting: CheckSetting) -> None:
    check = registry.find(code)
    _require_reason(code, setting.reason)
    if setting.limit is not None and check.limit is None:
        raise ConfigError(f"curate.toml: {code} has no limit", "leave `limit` out")
    if setting.labels and not {"dates", "numbers"} & {*check.needs}:
        raise ConfigError(f"curate.toml: {code} is not about labels", "leave `labels` out")


def _require_reason(subject: str, reason: str) -> None:
    if not reason.strip():
        raise ConfigError(
            f"curate.toml: {subject} has no reason", "give one; every report will show it"
        )
