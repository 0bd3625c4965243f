"""The spaCy configuration of a training: a few lines, completed by spaCy, saved with the model.

The result of ``spacy init fill-config`` also works with ``spacy train``. The pipeline has one
component, ``ner``, with its own embedding layer: hashed features of words, word vectors if the base
pipeline has them, and four convolutions (Honnibal and Montani 2017;
https://spacy.io/api/architectures#MultiHashEmbed). This layer starts with the weights it has in the
base pipeline; the parser above it starts anew, since its labels are those of the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import ConfigError
from curate.preannotate.model_registry import TrainingSettings

if TYPE_CHECKING:
    from spacy import Config
    from spacy.language import Language

NER = "ner"
TOK2VEC = "tok2vec"
WEIGHTS = "tok2vec.bin"
_LISTENER = "Listener"  # spacy.Tok2VecListener.v1, spacy-transformers.TransformerListener.v1
_BLANK: dict[str, Any] = {
    "@architectures": "spacy.Tok2Vec.v2",
    "embed": {
        "@architectures": "spacy.MultiHashEmbed.v2",
        "width": 96,
        "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
        "rows": [5000, 1000, 2500, 2500],
        "include_static_vectors": False,
    },
    "encode": {
        "@architectures": "spacy.MaxoutWindowEncoder.v2",
        "width": 96,
        "depth": 4,
        "window_size": 1,
        "maxout_pieces": 3,
    },
}


def fill(folder: Path, language: str, settings: TrainingSettings) -> Config:
    """Write ``config.cfg`` and the initial weights into a folder; returns the configuration.

    Args:
        folder: holds ``train.spacy`` and ``dev.spacy``.
        language: ISO 639-1 code.
        settings: the hyperparameters.

    Raises:
        ConfigError: the base pipeline is not installed, or has no embedding layer.
    """
    from spacy import Config
    from spacy.cli.init_config import fill_config

    tok2vec: Mapping[str, Any] = _BLANK
    if settings.base:
        tok2vec = _write_weights(settings.base, language, folder / WEIGHTS)
    base = folder / "base.cfg"
    Config(_lines(language, settings, tok2vec)).to_disk(base)
    _, filled = fill_config(
        folder / "config.cfg", base, pretraining=bool(settings.base), silent=True
    )
    base.unlink()
    return Config(filled)


def paths(folder: Path, base: str) -> dict[str, str]:
    """The ``[paths]`` of the configuration for files in a folder."""
    names = {"train": "train.spacy", "dev": "dev.spacy", **({TOK2VEC: WEIGHTS} if base else {})}
    return {key: str(folder / name) for key, name in names.items()}


def _write_weights(name: str, language: str, target: Path) -> Mapping[str, Any]:
    """Write the weights of a pipeline's embedding layer; returns its configuration."""
    nlp = _load_base(name)
    if nlp.lang != language:
        raise ConfigError(
            f"the language of {name} is {nlp.lang!r}, that of the corpus is {language!r}", _HINT
        )
    component, block = _embedding(nlp, name)
    layer = nlp.get_pipe(component).model
    layer = layer.get_ref(TOK2VEC) if component == NER else layer
    target.write_bytes(layer.to_bytes())
    return block


_HINT = "choose another pipeline with --base, or start without one with --blank"


def _load_base(name: str) -> Language:
    import spacy

    try:
        return spacy.load(name)
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).split("\n", 1)[0]
        raise ConfigError(f"{name} cannot be loaded ({reason})", _HINT) from error


def _embedding(nlp: Language, name: str) -> tuple[str, Mapping[str, Any]]:
    """The component with the embedding layer that ``ner`` uses, and the layer's configuration."""
    components = nlp.config.interpolate()["components"]
    own = components.get(NER, {}).get("model", {}).get(TOK2VEC, {})
    if own and _LISTENER not in own.get("@architectures", ""):
        return NER, own
    shared = components.get(TOK2VEC, {}).get("model", {})
    if "Tok2Vec" not in shared.get("@architectures", ""):
        raise ConfigError(f"{name} has no tok2vec layer to start from", _HINT)
    return TOK2VEC, shared


def _lines(language: str, settings: TrainingSettings, tok2vec: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that differ from spaCy's defaults."""
    initialize = {"init_tok2vec": "${paths.tok2vec}", "vectors": settings.base}
    # Training does not pretrain: spaCy reads from this block which layer gets the weights.
    pretraining = {"pretraining": {"component": NER, "layer": TOK2VEC}} if settings.base else {}
    corpus = {"@readers": "spacy.Corpus.v1"}
    return {
        "paths": paths(Path(), settings.base),
        "nlp": {"lang": language, "pipeline": [NER]},
        "components": {NER: {"factory": NER, "model": _parser(tok2vec)}},
        "corpora": {s: corpus | {"path": f"${{paths.{s}}}"} for s in ("train", "dev")},
        "training": {
            "seed": settings.seed,
            "max_steps": settings.max_steps,
            "patience": settings.patience,
            "eval_frequency": settings.eval_frequency,
            # Only F1 selects the best checkpoint.
            "score_weights": {"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
        },
        "initialize": initialize if settings.base else {},
        **pretraining,
    }


def _parser(tok2vec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
        "nO": None,
        TOK2VEC: dict(tok2vec),
    }
