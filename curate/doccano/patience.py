"""Waiting for a server that asks for a pause, while no lock is held."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from curate.workspace import Workspace

RETRY_AFTER_LIMIT_SECONDS = 120.0
"""How long a command waits in all because the server says ``Retry-After``."""

_Options = ParamSpec("_Options")
_Result = TypeVar("_Result")
_Verb = Callable[Concatenate["Workspace", _Options], _Result]


def waits_if_busy(verb: _Verb[_Options, _Result]) -> _Verb[_Options, _Result]:
    """Make a verb that can be run again wait and do so if the server asks for a pause.

    The verb has let go of every lock by then, because its error has ended it. The pause is
    announced through :meth:`curate.workspace.Workspace.notice`. Once the pauses add up to more than
    ``RETRY_AFTER_LIMIT_SECONDS``, the error is raised; it says when to run the command again.
    """

    @wraps(verb)
    def run(workspace: Workspace, /, *args: _Options.args, **kwargs: _Options.kwargs) -> _Result:
        from curate.doccano.transport import Busy, local_time

        left = RETRY_AFTER_LIMIT_SECONDS
        while True:
            try:
                return verb(workspace, *args, **kwargs)
            except Busy as error:
                left -= max(1.0, error.seconds)
                if left < 0:
                    raise
                workspace.notice(f"{error.message}; going on at {local_time(error.seconds)}")
                time.sleep(error.seconds)

    return run
