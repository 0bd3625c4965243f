"""The database of one server: copied from the template, migrated, and given accounts."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

from curate.doccano.embedded.environment import ServerEnvironment, server_variables
from curate.doccano.embedded.home import (
    ServerAccount,
    ServerHome,
    ServerState,
    check_space,
    disk_errors_explained,
    last_log_line,
    open_log,
)
from curate.doccano.embedded.installation import migrate_database
from curate.errors import ServerError

# Run by the server's Python.
_CREATE_ACCOUNT = """\
import json, sys
import django
django.setup()
from django.contrib.auth import get_user_model
account = json.load(sys.stdin)
users = get_user_model().objects
user, created = users.get_or_create(username=account["username"])
if created or account["replace"]:
    user.is_active = True
    user.is_staff = user.is_superuser = account["administrator"]
    user.set_password(account["password"])
    user.save()
print(json.dumps({"created": created}))
"""


def has_database(home: ServerHome, target: ServerEnvironment, state: ServerState) -> bool:
    """Whether the database, its administrator and its tables are those of this environment."""
    return state.database == target.key and home.account() is not None and home.database.is_file()


def prepare_database(
    home: ServerHome, target: ServerEnvironment, state: ServerState, notify: Callable[[str], None]
) -> str:
    """Make the database by copying the template, or migrate it if another Doccano made it.

    Args:
        home: the server's folder.
        target: the environment of the Doccano that is to use it.
        state: the recorded state.
        notify: called with one sentence before a migration.

    Returns:
        The value for ``ServerState.database`` from now on.
    """
    database = state.database
    if not home.database.is_file():
        _copy_template(home, target)
        database = ""
    elif database != target.key:  # made by another Doccano, or its state file is lost
        copy = _keep_copy(home, target)
        notify(f"bringing the database to this version of Doccano; a copy is kept as {copy.name}")
        hint = f"the log has the whole error; the database as it was is in {copy}"
        migrate_database(target, home, home.log("setup"), hint=hint)
        database = target.key if database else ""
    # In this mode readers and a writer can work at once; it stays with the file.
    with contextlib.closing(sqlite3.connect(home.database, timeout=60)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    return database


def _keep_copy(home: ServerHome, target: ServerEnvironment) -> Path:
    """Copy the database before it is migrated; the copy of a migration that failed is kept."""
    copy = home.database.with_name(f"{home.database.name}.before-{target.key}")
    if copy.is_file():
        return copy
    check_space(home.root, 2 * home.database.stat().st_size, "a copy of the database")
    part = copy.with_name(copy.name + ".part")
    with disk_errors_explained(home.root):
        part.unlink(missing_ok=True)
        part.touch(0o600)
        with (
            contextlib.closing(sqlite3.connect(home.database, timeout=60)) as source,
            contextlib.closing(sqlite3.connect(part)) as there,
        ):
            source.backup(there)  # with what is in the write-ahead log
        part.replace(copy)
    return copy


def _copy_template(home: ServerHome, target: ServerEnvironment) -> None:
    part = home.database.with_name(home.database.name + ".part")
    with disk_errors_explained(home.root):
        shutil.copyfile(target.template, part)
        part.chmod(0o600)
        part.replace(home.database)


def create_account(
    home: ServerHome,
    target: ServerEnvironment,
    account: ServerAccount,
    administrator: bool,
    replace: bool,
) -> bool:
    """Create a Doccano account; the password is passed through standard input only.

    Args:
        home: the server's folder; its database must have its tables.
        target: the environment that runs Doccano's code.
        account: user name and password.
        administrator: whether it may make projects and sees every project.
        replace: if the account exists, give it this password and these rights.

    Returns:
        Whether it was created; False if there was one of this name.

    Raises:
        ServerError: Doccano's code failed.
    """
    order = {
        "username": account.username,
        "password": account.password,
        "administrator": administrator,
        "replace": replace,
    }
    log = home.log("setup")
    with open_log(log) as errors:
        process = subprocess.run(
            [str(target.python), "-c", _CREATE_ACCOUNT],
            input=json.dumps(order).encode(),
            stdout=subprocess.PIPE,
            stderr=errors,
            env=server_variables(target, home),
            cwd=home.root,
            umask=0o077,
        )
    if process.returncode:
        raise ServerError(
            f"the account {account.username!r} cannot be created ({last_log_line(log)})",
            f"see {log}",
        )
    return bool(json.loads(process.stdout)["created"])
