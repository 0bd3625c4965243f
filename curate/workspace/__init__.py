"""A workspace: one corpus in one folder. One method a verb; the only place where stages meet.

The verbs stand in one module an area; each is a few lines, the work is done below.
"""

from __future__ import annotations

from curate.workspace.audits import Audits
from curate.workspace.choosing import Choosing
from curate.workspace.core import Progress, silent
from curate.workspace.dedup import Dedup
from curate.workspace.exports import Exports
from curate.workspace.history import History
from curate.workspace.pools import Pools
from curate.workspace.reports import Reports
from curate.workspace.training import Training
from curate.workspace.views import Views

__all__ = ["Progress", "Workspace", "silent"]


class Workspace(Choosing, Audits, Reports, History, Exports, Pools, Dedup, Training, Views):
    """One corpus in one folder, with every verb; see ``curate.workspace.core.Core``."""
