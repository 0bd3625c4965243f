"""Validate a corpus: build the tables, run the checks, and turn row numbers back into findings."""

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
from curate.quality.tables import CorpusTables
from curate.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

_DATES = frozenset(("date", "time", "hour", "heure", "duration", "datetime", "timex"))
_NUMBERS = frozenset(
    ("num", "number", "nombre", "quantity", "cardinal", "money", "percent", "amount", "measure")
)
_PLACED: tuple[TableName, ...] = ("spans", "mentions", "unmarked", "relations")
_WITHOUT: dict[Requirement, str] = {
    "schema": "there is no label schema",
    "apart": "no schema says that spans may not overlap",
    "exclusive": "the schema lets a document have several categories",
    "revisions": "these are not revisions of a corpus",
    "tasks": "nobody was asked to annotate apart",
    "release": "there is no release to compare with",
    "names": "there is no list of names",
    "size": f"there are fewer than {SIZE} documents",
    "dates": "no label is for dates",
    "numbers": "no label is for numbers",
}


def validate(
    pairs: Iterable[tuple[Document, Revision]],
    schema: Schema | None,
    docs_folder: Path | None = None,
    *,
    settings: ConfiguredChecks | None = None,
    beside: CheckContext | None = None,
    corpus: bool = True,
    link: Callable[[str], str] | None = None,
    first: Sequence[Problem] = (),
) -> QualityReport:
    """Check annotated documents, and report everything that is wrong with them.

    Args:
        pairs: documents with the revision to check; tombstones are passed over.
        schema: the label schema to hold them against; without one, checks that need it are passed
            over.
        docs_folder: where to write Data Docs (HTML) as well; what an earlier run wrote there goes.
        settings: ``checks`` of ``curate.toml``.
        beside: what there is to hold the corpus against.
        corpus: whether these are revisions of a corpus, which people confirm; files are not.
        link: gives the address of a document's example in Doccano, or nothing where it has none.
        first: what was found before, as in reading; looked at when all documents have come.

    Raises:
        ConfigError: the settings name a check that there is not, or give no reason.
        CurateError: a check could not run.
    """
    from curate.quality import gx

    chosen = CheckSettings(settings)
    run = _Run(schema, chosen, beside or CheckContext(), corpus)
    gx.load()
    start = time.perf_counter()
    found = tables.build(pairs, schema, run.beside, figures=run.figures)
    run.note(first)
    context = gx.context()
    for table in registry.TABLES:
        run.table(context, table, found, docs=docs_folder is not None)
    report = run.report(found, link, time.perf_counter() - start)
    if docs_folder is not None:
        gx.write_docs(context, docs_folder)
        pages.write_front_page(docs_folder, report)
    return report


class _Run:
    """One run: what is asked, and what was found so far."""

    def __init__(
        self, schema: Schema | None, settings: CheckSettings, beside: CheckContext, corpus: bool
    ) -> None:
        self.schema, self.settings, self.beside, self.corpus = schema, settings, beside, corpus
        names = {name for name in (schema.names if schema else ()) if name.lower() in _DATES}
        self._dates = {*settings.labels("text.date")} or names
        names = {name for name in (schema.names if schema else ()) if name.lower() in _NUMBERS}
        self._numbers = {*settings.labels("text.number")} or names
        kinds = {"date": self._dates, "number": self._numbers}
        self.figures = [kind for kind, labels in kinds.items() if labels]
        self._problems: list[Problem] = []
        self._waived: list[WaivedProblem] = []
        self._outcomes: list[CheckResult] = []

    def note(self, problems: Iterable[Problem]) -> None:
        """Take what was found before."""
        self._problems += problems

    def table(self, context: Any, name: TableName, found: CorpusTables, docs: bool) -> None:
        """Make the checks of one table, all in one pass."""
        from curate.quality import gx

        wanted: dict[str, tuple[Check, str, str]] = {}
        for plain in CHECKS.values():
            if plain.table == name:
                check, reason = self.settings.check(plain)
                wanted[check.code] = check, reason, self._missing(check, found)
        frame = found.tables[name]
        made = [
            (check, registry.mask(check, self.schema))
            for check, _, missing in wanted.values()
            if not missing
        ]
        failed = gx.run(context, name, _shown(frame, found) if docs else frame, made, docs=docs)
        for check, reason, missing in wanted.values():
            rows = failed.get(check.code, [])
            self._tell(check, reason, missing, _findings(check, frame, rows, found, self.schema))

    def _tell(
        self, check: Check, reason: str, missing: str, found: Iterable[tuple[Problem, str]]
    ) -> None:
        problems, waived = self.settings.part(found)
        self._problems += problems
        self._waived += waived
        self._outcomes.append(
            CheckResult(
                code=check.code,
                severity=check.severity,
                why=check.why,
                hint=check.hint,
                table=check.table,
                ok=not problems,
                findings=len(problems),
                waived=len(waived),
                skipped=missing,
                reason=reason,
            )
        )

    def _missing(self, check: Check, found: CorpusTables) -> str:
        """Why a check cannot or need not be made; empty if it is."""
        if self.settings.off(check.code):
            return "curate.toml leaves it out"
        there: dict[Requirement, bool] = {
            "schema": self.schema is not None,
            "apart": self.schema is not None and not self.schema.overlap,
            "exclusive": self.schema is not None and self.schema.exclusive,
            "revisions": self.corpus,
            "tasks": bool(self.beside.assignments),
            "release": self.beside.release is not None,
            "names": bool(self.beside.names),
            "size": len(found.documents) >= SIZE,
            "dates": bool(self._dates),
            "numbers": bool(self._numbers),
        }
        return next((_WITHOUT[need] for need in check.needs if not there[need]), "")

    def report(
        self, found: CorpusTables, link: Callable[[str], str] | None, seconds: float
    ) -> QualityReport:
        """What was found, all of it."""
        every = [*self._problems, *(each.problem for each in self._waived)]
        documents = dict.fromkeys(each.document for each in every if each.document)
        links = {key: link(key) for key in documents} if link else {}
        counts = {
            name: len(found.tables[name])
            for name in ("documents", "spans", "relations", "categories")
            if name in ("documents", "spans") or len(found.tables[name])
        }
        return QualityReport(
            problems=tuple(self._problems),
            checks=tuple(self._outcomes),
            counts=counts,
            waived=tuple(self._waived),
            spare=self.settings.spare(),
            links={key: address for key, address in links.items() if address},
            seconds=round(seconds, 3),
        )


def _shown(frame: pd.DataFrame, found: CorpusTables) -> pd.DataFrame:
    """The frame with the id of each row's document, which Data Docs show."""
    import pandas as pd

    if "at" not in frame.columns:
        return frame
    ids = pd.Series(found.ids, dtype="str")
    return frame.assign(document=ids.take(frame["at"].to_numpy()).to_numpy())


def _findings(
    check: Check, frame: pd.DataFrame, rows: list[int], found: CorpusTables, schema: Schema | None
) -> Iterator[tuple[Problem, str]]:
    """One finding a document or span, however many rows say it, with the text it marks."""
    common = {
        "limit": f"{check.limit:g}" if check.limit is not None else "",
        "schema": schema.id if schema else "",
    }
    columns = [str(name) for name in frame.columns]
    seen = set()
    for values in frame.iloc[rows].itertuples(index=False, name=None):
        row = common | dict(zip(columns, values, strict=True))
        if "at" in row:
            row["document"] = found.ids[row["at"]]
        key = _key(check, row)
        said = check.message.format_map(row) if check.table != "spans" else ""
        if (row.get("document"), key, said) not in seen:
            seen.add((row.get("document"), key, said))
            surface = found.texts[row["at"]][max(key[0], 0) : max(key[1], 0)] if key else ""
            yield _problem(check, row, key, surface), surface


def _key(check: Check, row: dict[str, Any]) -> SpanKey | None:
    if check.table not in _PLACED:
        return None
    label = {"unmarked": "", "relations": row.get("head_label", "")}
    return row["start"], row["end"], label.get(check.table, row.get("label", ""))


def _problem(check: Check, row: dict[str, Any], key: SpanKey | None, surface: str) -> Problem:
    said = check.message.format_map(row)
    return Problem(
        code=check.code,
        message=f"{_quoted(surface)} {said}" if key and check.table != "relations" else said,
        severity=check.severity,
        document=row.get("document", ""),
        span=key,
        hint=check.hint,
    )


def _quoted(surface: str) -> str:
    """The marked text as one line that shows its blanks, cut in the middle if it is long."""
    shown = surface if len(surface) <= 60 else f"{surface[:40]} … {surface[-15:]}"
    return repr(shown)
