"""The command line: one module for each verb; the only place that prints or exits."""

from __future__ import annotations

import sys


def main() -> None:
    """Run ``curate``. An error is one line on standard error and exit code 1."""
    from curate.cli.commands import app
    from curate.cli.output import refuse
    from curate.errors import CurateError

    try:
        app()
    except CurateError as error:
        refuse(error, as_json="--json" in sys.argv)
        sys.exit(1)


if __name__ == "__main__":
    main()
