"""Great Expectations, kept quiet: one import, one context, one run a table.

It is told to send no statistics, to draw no progress bars and to keep everything in memory;
only Data Docs are written, and only where the caller asks.
"""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import CurateError
from curate.quality.checks import Check, Expect

if TYPE_CHECKING:
    import pandas as pd

# Every finding, not the first twenty; the query that would find them again is of no use here.
_COMPLETE = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
_ROW = "row"
# Columns that Data Docs show beside what is wrong. They cost some 50 µs a finding, so they are
# asked for only when pages are wanted; without them a finding is the number of its row.
_SHOWN = {"documents": [_ROW, "document"], "spans": [_ROW, "document", "start", "end"]}
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
    return gx.get_context(mode="ephemeral", project_config=config)


def run(
    made: Any, name: str, frame: pd.DataFrame, checks: Iterable[Check], docs: bool = False
) -> dict[str, tuple[int, ...]]:
    """Run the checks of one table, all in one pass.

    Args:
        made: what ``context`` gave.
        name: what Data Docs call the table.
        docs: whether pages will be written, and need columns that tell where a finding is.

    Returns:
        For the code of each check, the row numbers that miss it, ascending.

    Raises:
        CurateError: a check could not run.
    """
    gx = load()
    suite = made.suites.add(gx.ExpectationSuite(name))
    for check in checks:
        for expect in check.expects:
            suite.add_expectation(_expectation(check, expect))
    asset = made.data_sources.add_pandas(f"gold-{name}").add_dataframe_asset(name)
    whole = asset.add_batch_definition_whole_dataframe("all")
    shown = {"unexpected_index_column_names": _SHOWN[name]} if docs else {}
    definition = gx.ValidationDefinition(name=name, data=whole, suite=suite)
    result = made.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": frame.assign(**{_ROW: frame.index})},
        result_format=_COMPLETE | shown,
    )
    return _rows(result.results)


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


def _rows(results: Iterable[Any]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for result in results:
        code = result.expectation_config.meta["code"]
        _refuse_failure(code, result.exception_info)
        missed = result.result.get("unexpected_index_list") or ()
        rows = (int(each[_ROW] if isinstance(each, Mapping) else each) for each in missed)
        found.setdefault(code, set()).update(rows)
    return {code: tuple(sorted(rows)) for code, rows in found.items()}


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
