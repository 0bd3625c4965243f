"""The team's server of docs/teams.md, run by the same settings without containers.

PostgreSQL, RabbitMQ and nginx are Debian's, Doccano is that of the embedded server; names of hosts
become addresses on loopback, and paths lead to a folder of the test. Everything else is as written.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from curate.doccano.embedded.installation import install_server
from support import blocks
from support.absent import absent
from support.postgresql import Absent, Cluster
from support.tls import certificate

PAGE = blocks.ROOT / "docs" / "teams.md"
HOST = "doccano.example.org"
SECRETS = {
    "ADMIN_PASSWORD": "adminpassword",
    "SECRET_KEY": "asecretkeyoftests",
    "POSTGRES_PASSWORD": "postgrespassword",
    "RABBITMQ_PASSWORD": "rabbitmqpassword",
}
_RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
# Uploads would otherwise go into the environment, which others share. Its packages are newer than
# those of the image, and ask for a middleware that these do not have.
_SETTINGS = """
import os
from config.settings.production import *
from config.settings.production import MIDDLEWARE
MIDDLEWARE = [*MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]
DJANGO_DRF_FILEPOND_UPLOAD_TMP = os.environ["TEAM_UPLOADS"]
DJANGO_DRF_FILEPOND_ALLOW_EXTERNAL_UPLOAD_DIR = True
"""


def compose() -> dict[str, Any]:
    """The compose file, as the page shows it."""
    (block,) = [it for it in blocks.blocks(PAGE) if it.info == ("yaml",)]
    value = yaml.safe_load(block.body)
    assert isinstance(value, dict)
    return value


def nginx_settings() -> str:
    """The settings of nginx, as the page shows them."""
    (block,) = [it for it in blocks.blocks(PAGE) if it.info == ("nginx",)]
    return block.body


def nginx() -> str:
    """The program."""
    found = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    return found or absent("nginx is not installed")


class TeamServer:
    """The running server: its address, a file with its certificate, and its proxy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        self.certificate = certificate(folder, "localhost", "localhost")
        self._backend = free_port()

    @property
    def ca_file(self) -> Path:
        return self.certificate.public

    def proxy_settings(self, settings: str) -> Path:
        """Settings of nginx for loopback and this folder, in a file."""
        plain = free_port()
        replaced = {
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "listen 80": f"listen 127.0.0.1:{plain}",
            HOST: "localhost",
            "/etc/nginx/certificates/fullchain.pem": str(self.certificate.public),
            "/etc/nginx/certificates/privkey.pem": str(self.certificate.file),
            "http://doccano:8000": f"http://127.0.0.1:{self._backend}",
        }
        for text, other in replaced.items():
            assert text in settings, text
            settings = settings.replace(text, other)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in kinds)
        settings = settings.replace("http {", f"http {{ access_log off; {paths}", 1)
        # As root, nginx would read and write bodies as nobody, who may not in this folder.
        user = "user root;" if os.getuid() == 0 else ""
        path = self.folder / "nginx.conf"
        path.write_text(f"{user} pid {self.folder}/nginx.pid; daemon off;\n{settings}", "utf-8")
        return path

    @contextmanager
    def proxy(self, settings: str) -> Iterator[None]:
        """nginx before Doccano, while the block runs."""
        config = self.proxy_settings(settings)
        command = [nginx(), "-c", str(config), "-p", str(self.folder), "-e", "stderr"]
        with _process(command, self.folder / "nginx.log", dict(os.environ)):
            wait_for_port(self.port)
            yield

    @contextmanager
    def services(self) -> Iterator[None]:
        """Everything behind the proxy, while the block runs."""
        services = compose()["services"]
        with ExitStack() as stack:
            cluster = _postgresql(services["postgres"]["environment"])
            stack.callback(cluster.remove)
            queue = stack.enter_context(_rabbitmq(services["rabbitmq"], self.folder))
            environment = {
                name: _filled(str(value))
                .replace("postgres:5432/doccano?", f"/doccano?host={cluster.folder}&")
                .replace("rabbitmq:5672", f"127.0.0.1:{queue}")
                .replace(f"https://{HOST}", self.url)
                .replace("/data/", f"{self.folder}/data/")
                for name, value in services["doccano"]["environment"].items()
            }
            stack.enter_context(self._doccano(environment))
            yield

    @contextmanager
    def _doccano(self, environment: Mapping[str, str]) -> Iterator[None]:
        """What the image's own script starts, by the same variables."""
        target = install_server(lambda message: None)
        (self.folder / "team_settings.py").write_text(_SETTINGS, "utf-8")
        (self.folder / "data" / "media").mkdir(parents=True)
        driver = _postgresql_driver(self.folder / "driver")
        values = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            **environment,
            "HOME": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "team_settings",
            "PYTHONPATH": os.pathsep.join([str(self.folder), str(driver), str(target.backend)]),
            "STANDALONE": "True",
            "DEBUG": "False",
            "TEAM_UPLOADS": str(self.folder / "data" / "uploads"),
        }
        python = [str(target.python)]
        admin = ("--username", environment["ADMIN_USERNAME"], "--password")
        admin += (environment["ADMIN_PASSWORD"], "--email", environment["ADMIN_EMAIL"])
        for words in (("migrate",), ("create_roles",), ("create_admin", *admin, "--noinput")):
            command = [*python, "-m", "django", *words]
            done = subprocess.run(
                command, env=values, cwd=self.folder, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
        web = ["-m", "gunicorn", f"--bind=127.0.0.1:{self._backend}", "--timeout=300"]
        web += [f"--workers={environment['WORKERS']}", "config.wsgi"]
        worker = ["-m", "celery", "--app=config", "worker", "--loglevel=INFO"]
        worker += [f"--concurrency={environment['CELERY_WORKERS']}"]
        with (
            _process([*python, *web], self.folder / "web.log", values, self.folder),
            _process([*python, *worker], self.folder / "worker.log", values, self.folder),
        ):
            wait_for_port(self._backend)
            yield


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for_port(port: int, seconds: float = 120) -> None:
    """Wait until somebody listens on a port on loopback."""
    end = time.monotonic() + seconds
    while True:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < end, f"nobody listens on {port}"
        time.sleep(0.2)


def _filled(text: str) -> str:
    """A value of the compose file with the secrets of ``.env``."""
    return re.sub(r"\$\{(\w+):\?\}", lambda match: SECRETS[match[1]], text)


def _postgresql(settings: Mapping[str, str]) -> Cluster:
    try:
        cluster = Cluster.make()
    except Absent as reason:
        absent(str(reason))
    user, database = settings["POSTGRES_USER"], settings["POSTGRES_DB"]
    password = _filled(settings["POSTGRES_PASSWORD"])
    cluster.tell(f"CREATE ROLE {user} LOGIN PASSWORD '{password}'")
    cluster.tell(f"CREATE DATABASE {database} OWNER {user}")
    return cluster


def _postgresql_driver(folder: Path) -> Path:
    """A folder with the driver of this environment, since the embedded server has none."""
    import psycopg

    (package,) = psycopg.__path__
    folder.mkdir()
    for source in Path(package).parent.glob("psycopg*"):  # with its binaries and its version
        (folder / source.name).symlink_to(source)
    return folder


@contextmanager
def _rabbitmq(service: Mapping[str, Any], folder: Path) -> Iterator[int]:
    """A broker on loopback with the user of the compose file; its port."""
    if not _RABBITMQ.exists():
        absent("RabbitMQ is not installed (Debian's package is rabbitmq-server)")
    settings = service["environment"]
    port, distribution, names = free_port(), free_port(), free_port()
    home = folder / "rabbitmq"
    home.mkdir()
    (home / "rabbitmq.conf").write_text(
        f"listeners.tcp.default = 127.0.0.1:{port}\n"
        f"default_user = {settings['RABBITMQ_DEFAULT_USER']}\n"
        f"default_pass = {_filled(settings['RABBITMQ_DEFAULT_PASS'])}\n",
        "utf-8",
    )
    values = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"team{port}@localhost",
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
    }
    try:
        with _process([str(_RABBITMQ)], folder / "rabbitmq.log", values, home):
            wait_for_port(port)
            yield port
    finally:  # the names of Erlang's nodes are kept by a program that it leaves behind
        subprocess.run(["epmd", "-kill"], env=values, capture_output=True)


@contextmanager
def _process(
    command: list[str], log: Path, environment: Mapping[str, str], folder: Path | None = None
) -> Iterator[None]:
    """A program that runs while the block does, and nothing of it afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield
        except BaseException:
            sys.stderr.write(log.read_text("utf-8", "replace")[-3000:])
            raise
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
