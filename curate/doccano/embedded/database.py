"""The database of one server: made from the template, brought up to date, given accounts."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable

from curate.doccano.embedded.environment import (
    ServerEnvironment,
    migrate_database,
    server_variables,
)
from curate.doccano.embedded.home import (
    ServerAccount,
    ServerHome,
    ServerState,
    disk_errors_explained,
    last_log_line,
    open_log,
)
from curate.errors import ServerError

_ACCOUNT = """\
import json, sys
import django
django.setup()
from django.contrib.auth import get_user_model
order = json.load(sys.stdin)
users = get_user_model().objects
user, made = users.get_or_create(username=order["username"])
if made or order["replace"]:
    user.is_staff = user.is_superuser = order["administrator"]
    user.set_password(order["password"])
    user.save()
print(json.dumps({"made": made}))
"""


def has_database(home: ServerHome, target: ServerEnvironment, state: ServerState) -> bool:
    """Whether the database, its administrator and its tables are those of this environment."""
    known = state.database == target.key and home.account() is not None
    return known and home.database.is_file()


def prepare_database(
    home: ServerHome, target: ServerEnvironment, state: ServerState, say: Callable[[str], None]
) -> str:
    """Have a database with this Doccano's tables: copied, or migrated if it is older.

    Returns:
        What ``State.database`` is to say from now on.
    """
    known = state.database
    if not home.database.is_file():
        _copy_template(home, target)
        known = ""
    elif known != target.key:  # made by another Doccano, or its state file is lost
        say("bringing the database to this version of Doccano")
        migrate_database(target, home, home.log("setup"))
        known = target.key if known else ""
    # Readers and a writer can then work at once; the mode stays with the file.
    with contextlib.closing(sqlite3.connect(home.database, timeout=60)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    return known


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
    """Make a Doccano account; the password goes through standard input only.

    Args:
        home: where the database is; it must have its tables.
        target: the environment to run Doccano's code in.
        account: name and password.
        administrator: whether it may create projects and sees every project.
        replace: give an account that exists this password and these rights.

    Returns:
        False if the name existed.
    """
    order = {
        "username": account.username,
        "password": account.password,
        "administrator": administrator,
        "replace": replace,
    }
    log = home.log("setup")
    with open_log(log) as errors:
        done = subprocess.run(
            [str(target.python), "-c", _ACCOUNT],
            input=json.dumps(order).encode(),
            stdout=subprocess.PIPE,
            stderr=errors,
            env=server_variables(target, home),
            cwd=home.root,
            umask=0o077,
        )
    if done.returncode:
        raise ServerError(
            f"the account {account.username!r} cannot be made ({last_log_line(log)})", f"see {log}"
        )
    return bool(json.loads(done.stdout)["made"])
