"""The report of the checks, as values."""

from __future__ import annotations

from curate.model import Problem, Record, Severity


class CheckResult(Record, frozen=True, kw_only=True, rename={"hint": "cure"}):
    """The result of one check.

    Args:
        code: the check's id.
        severity: the level that its findings have.
        why: why it matters.
        hint: how to mend a finding.
        ok: whether it has no finding that is not waived.
        table: the table it looks at.
        findings: number of findings that are not waived.
        waived: number of findings that ``curate.toml`` waives.
        skipped: why it did not run; empty if it ran.
        reason: why ``curate.toml`` sets its level or limit; empty if it does not.
    """

    code: str
    severity: Severity
    why: str
    ok: bool
    hint: str = ""
    table: str = ""
    findings: int = 0
    waived: int = 0
    skipped: str = ""
    reason: str = ""


class WaivedProblem(Record, frozen=True, kw_only=True):
    """A finding that ``curate.toml`` waives, and the reason given there."""

    problem: Problem
    reason: str


class CommentTotals(
    Record,
    frozen=True,
    kw_only=True,
    rename={
        "added": "put",
        "deleted": "erased",
        "unchanged": "known",
        "not_in_doccano": "elsewhere",
    },
):
    """What ``validate --push`` did to the comments in Doccano, in all projects together.

    Args:
        added: new comments.
        changed: comments whose finding now has another message.
        deleted: comments whose finding is gone.
        unchanged: findings that had their comment already.
        not_in_doccano: documents with findings that are in no project, sorted.
        dry_run: whether nothing was written.
    """

    added: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0
    not_in_doccano: tuple[str, ...] = ()
    dry_run: bool = False


class FileAnnotations(Record, frozen=True, kw_only=True):
    """What was taken for annotation in a file.

    Args:
        file: the file.
        format: the format in which it was read.
        documents: number of its documents.
        spans: number of their spans, on all layers.
        relations: number of their relations.
        categories: number of their categories.
        fields: number of documents that have annotations in a field, by the name of the field.
        layers: names of the layers, sorted.
    """

    file: str
    format: str
    documents: int = 0
    spans: int = 0
    relations: int = 0
    categories: int = 0
    fields: dict[str, int] = {}
    layers: tuple[str, ...] = ()


class QualityReport(
    Record, frozen=True, kw_only=True, rename={"unused_waivers": "spare", "comments": "noted"}
):
    """The results of all checks of a corpus.

    Args:
        problems: every finding that is not waived, in the order of the checks, then of the corpus.
        checks: the result of every check, including those that were skipped.
        counts: number of ``documents`` and ``spans`` that were checked (tombstones are not), and of
            ``relations`` and ``categories`` if there are any.
        waived: the findings that are waived.
        unused_waivers: waivers that match no finding, in words.
        links: address in Doccano of each document with findings, where it is known.
        seconds: how long the checks took.
        comments: what was done to the comments in Doccano, with ``--push``.
        files: what was taken for annotation in each file, if files were checked.
    """

    problems: tuple[Problem, ...]
    checks: tuple[CheckResult, ...]
    counts: dict[str, int]
    waived: tuple[WaivedProblem, ...] = ()
    unused_waivers: tuple[str, ...] = ()
    links: dict[str, str] = {}
    seconds: float = 0.0
    comments: CommentTotals | None = None
    files: tuple[FileAnnotations, ...] = ()

    @property
    def scope(self) -> str:
        """What was checked, in words: ``2 documents, 29 spans``."""
        singular = {"categories": "category"}
        return ", ".join(
            f"{number:,} {singular.get(name, name.removesuffix('s')) if number == 1 else name}"
            for name, number in self.counts.items()
        )

    @property
    def errors(self) -> int:
        """Number of findings that stop a release."""
        return self._count("error")

    @property
    def warnings(self) -> int:
        """Number of findings that a curator should look at."""
        return self._count("warning")

    @property
    def infos(self) -> int:
        """Number of findings that are worth reading."""
        return self._count("info")

    @property
    def passed(self) -> bool:
        """Whether no finding stops a release."""
        return self.errors == 0

    @property
    def checks_run(self) -> tuple[CheckResult, ...]:
        """The results of the checks that were not skipped."""
        return tuple(check for check in self.checks if not check.skipped)

    def _count(self, severity: Severity) -> int:
        return sum(problem.severity == severity for problem in self.problems)
