"""The adapter to Great Expectations, which runs the checks: one context, one run per table.

It is configured to send no statistics, to draw no progress bars and to keep everything in memory;
only Data Docs are written, and only where the caller asks for them.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import CurateError
from curate.quality.registry import Check

if TYPE_CHECKING:
    import pandas as pd

    from curate.quality.registry import TableMask

# All failed rows and not only the first twenty, without the query that would find them again.
_COMPLETE = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
_SOURCE = "gold"  # Data Docs call the data so
_SEVERITIES = {"error": "critical", "warning": "warning", "info": "info"}
_DOCS = ("expectations", "static", "validations", "index.html")
_TEMPLATES = Path(__file__).parent / "templates"


def load() -> Any:
    """Import Great Expectations and our own expectation; takes seconds the first time."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        # It imports sre_constants and sre_parse, which Python 3.11 deprecates.
        warnings.filterwarnings("ignore", r"module 'sre_\w+' is deprecated", DeprecationWarning)
        import great_expectations

        import curate.quality.expectation  # noqa: F401
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
    context = gx.get_context(mode="ephemeral", project_config=config)
    context.data_sources.add_pandas(_SOURCE)
    return context


def run(
    context: Any,
    name: str,
    frame: pd.DataFrame,
    checks: Iterable[tuple[Check, TableMask]],
    docs: bool = False,
) -> dict[str, list[int]]:
    """Run the checks of one table, all in one pass.

    Args:
        context: what ``context()`` returned.
        name: what Data Docs call the table.
        frame: the table.
        checks: each with the function that computes its mask.
        docs: whether Data Docs will be written.

    Returns:
        The numbers of the rows that fail each check, ascending, by its code.

    Raises:
        CurateError: a check could not run.
    """
    from curate.quality import expectation

    gx = load()
    checks = list(checks)
    if not checks or (frame.empty and not docs):
        return {}
    # Given at once: added one by one, each is compared with all before it.
    suite = gx.ExpectationSuite(name, expectations=[_expectation(check) for check, _ in checks])
    asset = context.data_sources.all()[_SOURCE].add_dataframe_asset(name)
    whole = asset.add_batch_definition_whole_dataframe("all")
    batch = {"dataframe": frame}
    token = expectation.masks.set({check.code: mask for check, mask in checks})
    try:
        with _no_fingerprint():
            if docs:
                suite = context.suites.add(suite)
                validation = gx.ValidationDefinition(name=name, data=whole, suite=suite)
                validation = context.validation_definitions.add(validation)
                outcome = validation.run(batch_parameters=batch, result_format=_COMPLETE)
            else:  # nothing has to be kept for pages
                outcome = whole.get_batch(batch).validate(suite, result_format=_COMPLETE)
    finally:
        expectation.masks.reset(token)
    return {result.expectation_config.meta["code"]: _rows(result) for result in outcome.results}


@contextlib.contextmanager
def _no_fingerprint() -> Iterator[None]:
    """Keep Great Expectations from hashing every row, which is slow and serves nothing here.

    It hashes frames below a certain size, which has no setting; it is 0 in the meantime.
    """
    from great_expectations.execution_engine import pandas_execution_engine as engine

    size = engine.HASH_THRESHOLD
    engine.HASH_THRESHOLD = 0
    try:
        yield
    finally:
        engine.HASH_THRESHOLD = size


def _expectation(check: Check) -> Any:
    from curate.quality.expectation import ExpectRowsToPassCheck

    return ExpectRowsToPassCheck(
        check=check.code,
        limit=check.limit,
        description=f"{check.code}: {check.why}",
        severity=_SEVERITIES[check.severity],
        meta={"code": check.code},
    )


def _rows(result: Any) -> list[int]:
    """The rows that fail a check.

    Raises:
        CurateError: the check could not run.
    """
    # One failure, or one per metric.
    info: Mapping[str, Any] = result.exception_info
    for failure in (info, *(value for value in info.values() if isinstance(value, Mapping))):
        if failure.get("raised_exception"):
            code = result.expectation_config.meta["code"]
            raise CurateError(
                f"the check {code} could not run: {failure.get('exception_message')}",
                "this is a fault of curate; please report it",
            )
    rows: list[int] = result.result["unexpected_index_list"]
    return rows


def write_docs(context: Any, folder: Path) -> None:
    """Write the pages of all runs of a context as HTML, replacing those of an earlier call.

    Great Expectations renders the suites and results. Only the frame around them is a template of
    ours, given as the site's view, because its own template loads style sheets and scripts from
    seven hosts. Its front page, a table that these scripts draw, is not written.

    Raises:
        OSError: a page could not be written. Great Expectations logs that, and goes on.
    """
    for name in _DOCS:
        _remove(folder / name)
    section = {
        "class_name": "DefaultSiteSectionBuilder",
        "view": {
            "module_name": "curate.quality.expectation",
            "class_name": "OfflinePageView",
            "custom_views_directory": str(_TEMPLATES),
        },
    }
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(folder.resolve()),
        },
        "site_section_builders": {"expectations": section, "validations": section},
    }
    context.add_data_docs_site("curate", site)
    with _logged_errors("great_expectations.render.renderer.site_builder"):
        context.build_data_docs(site_names=["curate"], build_index=False)
    _remove(folder / "static")  # 4 MB of fonts and logos, which the template does not use


@contextlib.contextmanager
def _logged_errors(name: str) -> Iterator[None]:
    """Raise the first error that a logger is given while it handles an exception."""
    handler, logger = _Kept(), logging.getLogger(name)
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagates
    if handler.errors:
        raise handler.errors[0]


class _Kept(logging.Handler):
    """Keeps the exceptions that are logged as errors."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        if (error := sys.exc_info()[1]) is not None:
            self.errors.append(error)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
