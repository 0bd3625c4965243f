"""Which models, rules and votes a workspace pre-annotates with, by language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from curate.config import EndpointSettings, Pipelines, PreannotationSettings, ProgramSettings
from curate.errors import ConfigError
from curate.preannotate import Setup, model_registry
from curate.preannotate.endpoints import endpoint_layer
from curate.preannotate.models import is_path, read_meta
from curate.preannotate.programs import program_layer
from curate.preannotate.rules import read as read_rules
from curate.schema import Schema

if TYPE_CHECKING:
    from curate.workspace import Workspace

Settings = TypeVar("Settings", ProgramSettings, EndpointSettings)
OTHER_LANGUAGES = ""
"""Key of the pipelines for languages that have none of their own."""


def configured_pipelines(workspace: Workspace) -> dict[str, Pipelines]:
    """The pipelines of ``curate.toml`` by language, with absolute paths.

    Raises:
        ConfigError: groups of spans are named for a pipeline that is not run.
    """

    def absolute(pipelines: PreannotationSettings | Pipelines) -> Pipelines:
        if strange := [name for name in pipelines.spans if name not in pipelines.models]:
            raise ConfigError(
                f"spans names {strange[0]}, which is none of the models",
                "name it under [preannotate.spans] in curate.toml as under models",
            )
        return Pipelines(
            models=tuple(absolute_model(workspace.root, name) for name in pipelines.models),
            spans={
                absolute_model(workspace.root, name): groups
                for name, groups in pipelines.spans.items()
            },
            rules=tuple(str(workspace.root / path) for path in pipelines.rules),
            votes=str(workspace.root / pipelines.votes) if pipelines.votes else "",
            threshold=pipelines.threshold,
        )

    settings = workspace.config.preannotate
    languages = {code: absolute(pipelines) for code, pipelines in settings.languages.items()}
    return {OTHER_LANGUAGES: absolute(settings), **languages}


def absolute_model(root: Path, name: str) -> str:
    """The name of a pipeline's package, or the absolute path of its folder.

    Args:
        root: the workspace; relative paths are relative to it.
        name: the pipeline as ``curate.toml`` names it.
    """
    path = root / Path(name).expanduser()
    return str(path) if is_path(name) or path.is_dir() else name


def active_pipelines(workspace: Workspace) -> dict[str, Pipelines]:
    """The configured pipelines, in which the promoted model of a language replaces its models.

    Raises:
        ConfigError: the promoted model no longer exists.
    """
    pipelines = configured_pipelines(workspace)
    main, *others = workspace.config.languages
    for code in (*others, main):  # the main one last: others without pipelines begin with its own
        current = model_registry.current_model(workspace.models, "" if code == main else code)
        if current is not None:
            own = pipelines.get(code, pipelines[OTHER_LANGUAGES])
            key = OTHER_LANGUAGES if code == main and code not in pipelines else code
            pipelines[key] = model_registry.with_model(own, workspace.models / current.model)
    return pipelines


def for_language(
    workspace: Workspace, pipelines: dict[str, Pipelines], language: str = ""
) -> Pipelines:
    """The pipelines for a language; by default for the main one of the corpus."""
    language = language or workspace.config.corpus.language
    return pipelines.get(language, pipelines[OTHER_LANGUAGES])


def setups(workspace: Workspace) -> tuple[Setup, dict[str, Setup]]:
    """The active pipelines as setups: for all other languages, and by language.

    A language that a program or endpoint is limited to has a setup, too. What is switched off is in
    none of them.

    Raises:
        ConfigError: the promoted model no longer exists.
    """
    pipelines = active_pipelines(workspace)
    settings = workspace.config.preannotate
    codes = {code for program in settings.programs.values() for code in program.languages}
    codes |= {code for endpoint in settings.endpoints.values() for code in endpoint.languages}
    for code in sorted(codes - pipelines.keys()):
        pipelines[code] = pipelines[OTHER_LANGUAGES]
    by_language = {
        code: _without(
            replace(
                Setup.of(each),
                programs=_for_language(settings.programs, code),
                endpoints=_for_language(settings.endpoints, code),
                root=workspace.root,
            ),
            settings.off,
            workspace.schema,
        )
        for code, each in pipelines.items()
    }
    return by_language.pop(OTHER_LANGUAGES), by_language


def _for_language(proposers: Mapping[str, Settings], code: str) -> dict[str, Settings]:
    """Those of the programs or endpoints that are not limited to other languages."""
    return {
        name: each
        for name, each in proposers.items()
        if not each.languages or code in each.languages
    }


def is_off(layer: str, off: Sequence[str]) -> bool:
    """Whether a layer is switched off, by its name with or without the version."""
    return layer in off or layer.partition("@")[0] in off


def _without(setup: Setup, off: Sequence[str], schema: Schema) -> Setup:
    """A setup without what is switched off."""
    if not off:
        return setup
    return replace(
        setup,
        models=tuple(name for name in setup.models if not is_off(read_meta(name).layer, off)),
        rules=tuple(path for path in setup.rules if not is_off(read_rules(path).layer, off)),
        programs={
            name: program
            for name, program in setup.programs.items()
            if not is_off(program_layer(name, program), off)
        },
        endpoints={
            name: endpoint
            for name, endpoint in setup.endpoints.items()
            if not is_off(endpoint_layer(name, endpoint, schema), off)
        },
    )
