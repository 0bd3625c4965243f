"""What the checks say of a corpus, as values."""

from __future__ import annotations

import msgspec

from curate.model import Problem, Record, Severity


class CheckResult(Record, frozen=True, kw_only=True):
    """What one check found.

    Args:
        code: its id.
        severity: the level it was made at.
        why: why it matters.
        hint: how to mend what it finds.
        ok: whether it found nothing that is not waived.
        table: what it looked at.
        findings: how many it found.
        waived: how many stand because ``curate.toml`` says so; these are not among the findings.
        skipped: why it was not made; empty if it was.
        reason: why ``curate.toml`` sets it as it is.
    """

    code: str
    severity: Severity
    why: str
    ok: bool
    hint: str = msgspec.field(default="", name="cure")
    table: str = ""
    findings: int = 0
    waived: int = 0
    skipped: str = ""
    reason: str = ""


class WaivedProblem(Record, frozen=True, kw_only=True):
    """A finding that stands, and the reason that ``curate.toml`` gives for it."""

    problem: Problem
    reason: str


class CommentTotals(Record, frozen=True, kw_only=True):
    """What was told to annotators, in all projects together.

    Args:
        put: comments that were put.
        changed: comments whose finding says something else now.
        erased: comments whose finding is gone.
        known: findings whose comment stood there already.
        elsewhere: documents with findings that are in no project, sorted.
        dry_run: whether nothing was written.
    """

    put: int = 0
    changed: int = 0
    erased: int = 0
    known: int = 0
    elsewhere: tuple[str, ...] = ()
    dry_run: bool = False


class QualityReport(Record, frozen=True, kw_only=True):
    """What the checks say of a corpus.

    Args:
        problems: every finding, in the order of the checks, then of the corpus.
        checks: what was checked, whether or not anything was found, and what was not.
        counts: ``documents`` and ``spans`` looked at (tombstones are not), and what else there is.
        waived: findings that stand.
        spare: waivers that no finding needs any more, in words.
        links: for documents with findings, the address of their example in Doccano, where known.
        seconds: how long it took.
        noted: what was told to annotators, where that was asked for.
    """

    problems: tuple[Problem, ...]
    checks: tuple[CheckResult, ...]
    counts: dict[str, int]
    waived: tuple[WaivedProblem, ...] = ()
    spare: tuple[str, ...] = ()
    links: dict[str, str] = {}
    seconds: float = 0.0
    noted: CommentTotals | None = None

    @property
    def looked_at(self) -> str:
        """What was looked at, in words: ``2 documents, 29 spans``."""
        told = (
            f"{many:,} {_one(name) if many == 1 else name}" for name, many in self.counts.items()
        )
        return ", ".join(told)

    @property
    def errors(self) -> int:
        """Number of findings that stop a release."""
        return self._many("error")

    @property
    def warnings(self) -> int:
        """Number of findings that a curator should look at."""
        return self._many("warning")

    @property
    def infos(self) -> int:
        """Number of findings that are for reading."""
        return self._many("info")

    @property
    def passed(self) -> bool:
        """Whether nothing stands in the way of a release."""
        return self.errors == 0

    @property
    def made(self) -> tuple[CheckResult, ...]:
        """The checks that were made."""
        return tuple(check for check in self.checks if not check.skipped)

    def _many(self, severity: Severity) -> int:
        return sum(problem.severity == severity for problem in self.problems)


def _one(name: str) -> str:
    return "category" if name == "categories" else name.removesuffix("s")
