"""What the checks say of a corpus, as values."""

from __future__ import annotations

from curate.model import Problem, Record, Severity


class Outcome(Record, frozen=True, kw_only=True):
    """What one check found; ``findings`` counts them."""

    code: str
    severity: Severity
    why: str
    ok: bool
    findings: int = 0


class Report(Record, frozen=True, kw_only=True):
    """What the checks say of a corpus.

    Args:
        problems: every finding, in the order of the checks, then of the corpus.
        checks: what was checked, whether or not anything was found.
        counts: ``documents`` and ``spans`` looked at (tombstones are not).
    """

    problems: tuple[Problem, ...]
    checks: tuple[Outcome, ...]
    counts: dict[str, int]

    @property
    def errors(self) -> int:
        """Number of findings that stop a release."""
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def warnings(self) -> int:
        """Number of findings that do not stop a release."""
        return sum(problem.severity == "warning" for problem in self.problems)

    @property
    def passed(self) -> bool:
        """Whether nothing stands in the way of a release."""
        return self.errors == 0
