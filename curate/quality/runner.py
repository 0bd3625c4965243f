"""Run the checks: build the tables, run each table's checks, and turn failed rows into findings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.model import Document, Problem, Revision, SpanKey
from curate.quality import pages, registry, tables
from curate.quality.checks.corpus import SIZE
from curate.quality.context import CheckContext
from curate.quality.registry import CHECKS, Check, Requirement, TableName
from curate.quality.report import CheckResult, QualityReport, WaivedProblem
from curate.quality.settings import CheckSettings, ConfiguredChecks
from curate.quality.surface_tables import Figure
from curate.quality.tables import CorpusTables
from curate.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

# Which labels say that a kind of figure is annotated: one for sums of money says nothing of others.
_FIGURES: dict[Figure, frozenset[str]] = {
    "date": frozenset(("date", "datetime", "timex")),
    "time": frozenset(("time", "hour", "hours", "heure", "datetime", "timex")),
    "number": frozenset(("num", "number", "nombre", "quantity", "cardinal", "amount", "measure")),
    "money": frozenset(("money", "montant", "currency")),
    "percent": frozenset(("percent", "percentage", "pourcentage")),
}
_FIGURES_OF: dict[str, tuple[Figure, ...]] = {
    "text.date": ("date", "time"),
    "text.number": ("number", "money", "percent"),
}
_MISSING: dict[Requirement, str] = {
    "schema": "there is no label schema",
    "apart": "no schema forbids overlapping spans",
    "exclusive": "the schema allows several categories per document",
    "revisions": "these are not revisions of a corpus",
    "tasks": "no annotators are assigned to documents",
    "release": "there is no release to compare with",
    "names": "there is no list of names",
    "size": f"there are fewer than {SIZE} documents",
    "dates": "no label is for dates",
    "numbers": "no label is for numbers",
}


def check_documents(
    pairs: Iterable[tuple[Document, Revision]],
    schema: Schema | None,
    docs_folder: Path | None = None,
    *,
    settings: ConfiguredChecks | None = None,
    context: CheckContext | None = None,
    in_corpus: bool = True,
    link: Callable[[str], str] | None = None,
    reading_problems: Sequence[Problem] = (),
) -> QualityReport:
    """Check annotated documents, and report everything that is wrong with them.

    Args:
        pairs: documents with the revision to check; tombstones are left out.
        schema: the label schema to check against; without one, checks that need it are skipped.
        docs_folder: folder for the report as HTML (Data Docs), which replaces an earlier one; by
            default none is written.
        settings: ``checks`` of ``curate.toml``.
        context: what else to check against.
        in_corpus: whether the revisions are those of a corpus, which people confirm; what is read
            from a file is not.
        link: returns the address of a document's example in Doccano, or nothing if it has none.
        reading_problems: what went wrong when the documents were read. The list is read once all
            pairs are taken, so that a lazy reader can still add to it.

    Raises:
        ConfigError: the settings name an unknown check, or give no reason.
        CurateError: a check could not run.
    """
    from curate.quality import gx

    run = _Run(schema, CheckSettings(settings), context or CheckContext(), in_corpus)
    gx.load()
    start = time.perf_counter()
    corpus = tables.build(pairs, schema, run.context, figures=run.figures)
    run.problems += reading_problems
    gx_context = gx.context()
    for name in registry.TABLES:
        run.check_table(gx_context, name, corpus, docs=docs_folder is not None)
    report = run.report(corpus, link, time.perf_counter() - start)
    if docs_folder is not None:
        gx.write_docs(gx_context, docs_folder)
        pages.write_front_page(docs_folder, report)
    return report


class _Run:
    """One run of all checks: what they are run with, and their findings so far."""

    def __init__(
        self,
        schema: Schema | None,
        settings: CheckSettings,
        context: CheckContext,
        in_corpus: bool,
    ) -> None:
        self.schema, self.settings, self.context = schema, settings, context
        self.in_corpus = in_corpus
        self._languages = context.languages or ((schema.language,) if schema else ())
        labels = schema.names if schema else ()
        lower = {label.lower() for label in labels}
        self.figures: frozenset[Figure] = frozenset(
            figure
            for code, figures in _FIGURES_OF.items()
            for figure in figures
            if settings.labels(code) or lower & _FIGURES[figure]
        )
        self.problems: list[Problem] = []
        self._waived: list[WaivedProblem] = []
        self._results: list[CheckResult] = []

    def check_table(
        self, gx_context: Any, name: TableName, corpus: CorpusTables, docs: bool
    ) -> None:
        """Run the checks of one table, all in one pass.

        Args:
            gx_context: what ``gx.context()`` returned.
            name: the table.
            corpus: all tables.
            docs: whether Data Docs will be written.
        """
        from curate.quality import gx

        table = corpus.tables[name]
        checks = [self.settings.apply(check) for check in CHECKS.values() if check.table == name]
        skipped = {check.code: self._reason_to_skip(check, corpus) for check in checks}
        masks = [
            (check, registry.mask(check, self.schema, self._languages))
            for check in checks
            if not skipped[check.code]
        ]
        shown = _with_documents(table, corpus) if docs else table
        failed = gx.run(gx_context, name, shown, masks, docs=docs)
        for check in checks:
            rows = failed.get(check.code, [])
            problems, waived = self.settings.split_waived(
                _findings(check, table, rows, corpus, self.schema)
            )
            self.problems += problems
            self._waived += waived
            self._results.append(
                CheckResult(
                    code=check.code,
                    severity=check.severity,
                    why=check.why,
                    hint=check.hint,
                    table=check.table,
                    ok=not problems,
                    findings=len(problems),
                    waived=len(waived),
                    skipped=skipped[check.code],
                    reason=self.settings.reason(check.code),
                )
            )

    def _reason_to_skip(self, check: Check, corpus: CorpusTables) -> str:
        """Why a check cannot or need not run; empty if it runs."""
        if self.settings.off(check.code):
            return "curate.toml leaves it out"
        met: dict[Requirement, bool] = {
            "schema": self.schema is not None,
            "apart": self.schema is not None and not self.schema.overlap,
            "exclusive": self.schema is not None and self.schema.exclusive,
            "revisions": self.in_corpus,
            "tasks": bool(self.context.assignments),
            "release": self.context.release is not None,
            "names": any(self.context.names.values()),
            "size": len(corpus.documents) >= SIZE,
            "dates": bool(self.figures & {*_FIGURES_OF["text.date"]}),
            "numbers": bool(self.figures & {*_FIGURES_OF["text.number"]}),
        }
        return next((_MISSING[need] for need in check.needs if not met[need]), "")

    def report(
        self, corpus: CorpusTables, link: Callable[[str], str] | None, seconds: float
    ) -> QualityReport:
        """The report, once all tables are checked."""
        problems = [*self.problems, *(waived.problem for waived in self._waived)]
        documents = dict.fromkeys(problem.document for problem in problems if problem.document)
        links = {document: link(document) for document in documents} if link else {}
        counts = {
            name: len(corpus.tables[name])
            for name in ("documents", "spans", "relations", "categories")
            if name in ("documents", "spans") or len(corpus.tables[name])
        }
        return QualityReport(
            problems=tuple(self.problems),
            checks=tuple(self._results),
            counts=counts,
            waived=tuple(self._waived),
            unused_waivers=self.settings.unused_waivers(),
            links={document: address for document, address in links.items() if address},
            seconds=round(seconds, 3),
        )


def _with_documents(table: pd.DataFrame, corpus: CorpusTables) -> pd.DataFrame:
    """The table with the id of each row's document, which Data Docs show."""
    import pandas as pd

    if "at" not in table.columns:
        return table
    ids = pd.Series(corpus.ids, dtype="str")
    return table.assign(document=ids.take(table["at"].to_numpy()).to_numpy())


def _findings(
    check: Check,
    table: pd.DataFrame,
    rows: list[int],
    corpus: CorpusTables,
    schema: Schema | None,
) -> Iterator[tuple[Problem, str]]:
    """The findings of a check, each with the text of its span.

    Rows of one document with the same span and the same message are one finding.
    """
    common = {
        "limit": f"{check.limit:g}" if check.limit is not None else "",
        "schema": schema.id if schema else "",
    }
    columns = [str(name) for name in table.columns]
    seen = set()
    for values in table.iloc[rows].itertuples(index=False, name=None):
        row = common | dict(zip(columns, values, strict=True))
        document = corpus.ids[row["at"]] if "at" in row else row.get("document", "")
        span = _span(check.table, row)
        message = check.message.format_map(row)
        if (document, span, message) in seen:
            continue
        seen.add((document, span, message))
        surface = corpus.texts[row["at"]][max(span[0], 0) : max(span[1], 0)] if span else ""
        quote = f"{_quoted(surface)} " if span and check.table != "relations" else ""
        problem = Problem(
            code=check.code,
            message=quote + message,
            severity=check.severity,
            document=document,
            span=span,
            hint=check.hint,
        )
        yield problem, surface


def _span(table: TableName, row: dict[str, Any]) -> SpanKey | None:
    """The span that a row is about: for a relation, its head."""
    match table:
        case "spans" | "mentions":
            return row["start"], row["end"], row["label"]
        case "relations":
            return row["start"], row["end"], row["head_label"]
        case "unmarked":
            return row["start"], row["end"], ""
        case _:
            return None


def _quoted(surface: str) -> str:
    """The text of a span as one line that shows its blanks, cut in the middle if it is long."""
    shown = surface if len(surface) <= 60 else f"{surface[:40]} … {surface[-15:]}"
    return repr(shown)
