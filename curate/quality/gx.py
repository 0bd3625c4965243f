"""Great Expectations, kept quiet: one import, one context, one run a table.

It is told to send no statistics, to draw no progress bars and to keep everything in memory;
only Data Docs are written, and only where the caller asks.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from curate.errors import CurateError
from curate.quality.check import Check
from curate.quality.suites import Expect

if TYPE_CHECKING:
    import pandas as pd

# Every finding, not the first twenty; the query that would find them again is of no use here.
_COMPLETE = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
_ROW, _SOURCE = "row", "gold"
# Columns that Data Docs show beside what is wrong. They cost some 50 µs a finding, so they are
# asked for only when pages are wanted; without them a finding is the number of its row.
_SHOWN = (_ROW, "document", "start", "end", "label", "name")
_SEVERITIES = {"error": "critical", "warning": "warning", "info": "info"}
_DOCS = ("expectations", "static", "validations", "index.html")


def load() -> Any:
    """Import Great Expectations and our own expectations; takes seconds the first time."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        # It imports sre_constants and sre_parse, which Python 3.11 deprecates.
        warnings.filterwarnings("ignore", r"module 'sre_\w+' is deprecated", DeprecationWarning)
        import great_expectations

        import curate.quality.expectations  # noqa: F401
    return great_expectations


def context() -> Any:
    """A context that lives in memory, sends no statistics and draws no progress bars."""
    gx = load()
    from great_expectations.data_context.types import base

    config = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(),
        progress_bars=base.ProgressBarsConfig(globally=False, metric_calculations=False),
        analytics_enabled=False,
    )
    made = gx.get_context(mode="ephemeral", project_config=config)
    made.data_sources.add_pandas(_SOURCE)
    return made


class Answer(NamedTuple):
    """What a check found: the numbers of rows that miss it, or what was observed of the whole."""

    rows: tuple[int, ...] = ()
    observed: float | None = None


def run(
    made: Any,
    name: str,
    frame: pd.DataFrame,
    checks: Iterable[tuple[Check, tuple[Expect, ...]]],
    docs: bool = False,
) -> dict[str, Answer]:
    """Run the checks of one table, all in one pass.

    Args:
        made: what ``context`` gave.
        name: what Data Docs call the table.
        frame: the table.
        checks: each with its expectations.
        docs: whether pages will be written, and need columns that tell where a finding is.

    Returns:
        For the code of each check, what misses it; rows are ascending.

    Raises:
        CurateError: a check could not run.
    """
    gx = load()
    wanted = [_expectation(check, each) for check, several in checks for each in several]
    if not wanted or (frame.empty and not docs):
        return {}
    # Given at once: added one by one, each is compared with all before it.
    suite = gx.ExpectationSuite(name, expectations=wanted)
    asset = made.data_sources.all()[_SOURCE].add_dataframe_asset(name)
    whole = asset.add_batch_definition_whole_dataframe("all")
    if not docs:  # and then nothing has to be kept for pages
        with _no_fingerprint():
            batch = whole.get_batch(batch_parameters={"dataframe": frame})
            return _answers(batch.validate(suite, result_format=_COMPLETE).results)
    shown = [column for column in _SHOWN if column in frame.columns or column == _ROW]
    definition = gx.ValidationDefinition(name=name, data=whole, suite=made.suites.add(suite))
    result = made.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": frame.assign(**{_ROW: frame.index})},
        result_format=_COMPLETE | {"unexpected_index_column_names": shown},
    )
    return _answers(result.results)


@contextlib.contextmanager
def _no_fingerprint() -> Iterator[None]:
    """Great Expectations hashes every row of a frame, twice, for a mark that nothing reads here.

    It does so up to a size, which is set to nothing meanwhile.
    """
    from great_expectations.execution_engine import pandas_execution_engine as engine

    size = engine.HASH_THRESHOLD
    engine.HASH_THRESHOLD = 0
    try:
        yield
    finally:
        engine.HASH_THRESHOLD = size


def _expectation(check: Check, expect: Expect) -> Any:
    import great_expectations.expectations as built_in

    from curate.quality import expectations as own

    made = getattr(own, expect.name, None) or getattr(built_in, expect.name)
    return made(
        **expect.arguments,
        description=f"{check.code}: {check.why} ({expect.name})",
        severity=_SEVERITIES[check.severity],
        meta={"code": check.code},
    )


def _answers(results: Iterable[Any]) -> dict[str, Answer]:
    found: dict[str, set[int]] = {}
    observed: dict[str, float] = {}
    for result in results:
        code = result.expectation_config.meta["code"]
        _refuse_failure(code, result.exception_info)
        missed = result.result.get("unexpected_index_list") or ()
        rows = (int(each[_ROW] if isinstance(each, Mapping) else each) for each in missed)
        found.setdefault(code, set()).update(rows)
        if not result.success and not found[code]:
            observed[code] = float(result.result["observed_value"])
    return {code: Answer(tuple(sorted(rows)), observed.get(code)) for code, rows in found.items()}


def _refuse_failure(code: str, info: Mapping[str, Any]) -> None:
    # A map of metrics to failures, or one failure.
    for failure in (info, *(value for value in info.values() if isinstance(value, Mapping))):
        if failure.get("raised_exception"):
            raise CurateError(
                f"the check {code} could not run: {failure.get('exception_message')}",
                "this is a fault of curate; please report it",
            )


def write_docs(made: Any, folder: Path) -> Path:
    """Write the pages of all runs of a context as HTML; what an earlier call wrote there goes.

    Returns:
        The page to open, ``index.html`` in the folder.
    """
    _clear(folder)
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(folder.resolve()),
        },
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    made.add_data_docs_site("curate", site)
    made.build_data_docs(site_names=["curate"])
    return folder / "index.html"


def _clear(folder: Path) -> None:
    for name in _DOCS:
        old = folder / name
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
