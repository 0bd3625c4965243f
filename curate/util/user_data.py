"""The folder in which curate keeps what it installs for a user: the server and the client."""

from __future__ import annotations

import os
from pathlib import Path


def curate_home() -> Path:
    """``$CURATE_HOME``, else the user's data folder for curate."""
    if folder := os.environ.get("CURATE_HOME"):
        return Path(folder).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("curate"))
