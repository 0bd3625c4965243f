"""The command line: one module for each verb; the only place that prints or exits."""

from __future__ import annotations

import sys


def main() -> None:
    """Run ``curate``.

    An error is one line on standard error and exit code 1, a usage error exit code 2, and a stop by
    Ctrl-C exit code 130.
    """
    as_json = "--json" in sys.argv
    try:
        _run(as_json)
    except (KeyboardInterrupt, Exception) as error:
        _end(error, as_json)


def _run(as_json: bool) -> None:
    from curate.cli.boundary import prepare_output
    from curate.cli.commands import app

    prepare_output(as_json)
    try:
        app()
    except SystemExit as end:
        if end.code == 130:  # Typer's, for Ctrl-C
            raise KeyboardInterrupt from None
        sys.stdout.flush()
        raise


def _end(error: BaseException, as_json: bool) -> None:
    import os
    from contextlib import suppress

    from curate.cli.boundary import DEBUG, discard_output, exit_code, explain
    from curate.cli.output import refuse

    if isinstance(error, BrokenPipeError):  # whoever reads has seen enough
        discard_output()
        sys.exit(1)
    if os.environ.get(DEBUG):
        import traceback

        traceback.print_exception(error)
    refusal = explain(error, sys.argv[1:])
    with suppress(OSError):  # standard output may be what failed
        refuse(refusal, as_json)
    try:
        sys.stdout.flush()
    except OSError:
        discard_output()
    sys.exit(exit_code(refusal))


if __name__ == "__main__":
    main()
