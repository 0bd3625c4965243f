"""From gold to better pre-annotation: models that are trained, scored, and put to use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from curate.errors import ConfigError
from curate.workspace.core import Core, Progress, silent

if TYPE_CHECKING:
    from curate.config import Pipelines
    from curate.train import Current, Settings, Trained
    from curate.train.learning_curve import Curve
    from curate.train.promotion import Graded, Promotion
    from curate.train.training import Corpus, Made


class Training(Core):
    """Verbs that train models, score them, and let one of them propose."""

    def train(
        self,
        version: str = "",
        settings: Settings | None = None,
        again: bool = False,
        progress: Progress = silent,
    ) -> Made:
        """Train a model on the train split of a release; it does not propose yet, see ``promote``.

        Args:
            version: the release; the newest where it is empty.
            settings: how; ``base`` as :meth:`start` gives it by default.
            again: also if there is a model of the same release and settings.
            progress: is told of each update.

        Raises:
            ReleaseError: there is no such release, or the store has not what it says.
            InputError: there is nothing to train or to tune on.
            ConfigError: the pipeline to start from is not there, or has nothing to start from.
            StoreError: another training runs in this workspace.
        """
        from curate.train import Settings, training

        chosen = settings or Settings(base=self.start())
        corpus = self._corpus()
        material = training.gold(corpus, version)
        at = self._now()
        return training.train(corpus, material, chosen, again=again, at=at, progress=progress)

    def learning_curve(
        self, model: str, resamples: int = 1000, progress: Progress = silent
    ) -> Curve:
        """Train on 25, 50 and 75% of what a model was trained on, and draw what each scores.

        Args:
            model: a trained one.
            resamples: of the bootstrap over the documents of ``dev``.
            progress: is told of each update.

        Raises:
            InputError: there is no such model.
            ReleaseError: the store has no longer what the release says.
            StoreError: another training runs in this workspace.
        """
        from curate import train
        from curate.agreement import Resampler
        from curate.train import learning_curve, training

        corpus = self._corpus()
        found = train.find(self.models, model)
        material = training.gold(corpus, found.release)
        return learning_curve.draw(corpus, material, found, Resampler(resamples, 0), progress)

    def start(self) -> str:
        """The pipeline that a training starts from: the first one of the settings, if any."""
        code = self.config.corpus.language
        found = self.config.preannotate.languages.get(code, self.config.preannotate)
        return next(iter(found.models), "")

    def trained(self) -> tuple[list[Trained], Current | None]:
        """The models that were trained here, and the one of them that proposes, if one does."""
        from curate import train

        return train.registered(self.models), train.current(self.models)

    def evaluate_model(
        self,
        model: str,
        version: str = "",
        split: str = "test",
        proposal: bool = False,
        resamples: int = 1000,
        seed: int = 0,
    ) -> Graded:
        """Score a model on a split of a release.

        Args:
            model: of ``trained``, the name or folder of a spaCy pipeline, or ``current`` for what
                proposes now.
            version: the release; the newest where it is empty.
            split: ``train``, ``dev`` or ``test``.
            proposal: score what people would see: the model with the rules.
            resamples: of the bootstrap; 0 for no intervals.
            seed: of the bootstrap.

        Raises:
            ReleaseError: there is no such release, or the store has not what it says.
            InputError: there is no such split.
            ConfigError: there is no such model.
        """
        from curate import train
        from curate.agreement import Resampler
        from curate.preannotate import Setup
        from curate.train import promotion, training

        return promotion.grade(
            training.gold(self._corpus(), version),
            split,
            self.schema,
            Setup.of(self._with(model)),
            model,
            known=train.registered(self.models),
            proposal=proposal or model == promotion.NOW,
            resampler=Resampler(resamples, seed),
        )

    def promote(
        self,
        model: str,
        version: str = "",
        sure: bool = False,
        resamples: int = 1000,
        seed: int = 0,
    ) -> Promotion:
        """Let a trained model propose, if its proposals are better on the test split.

        Args:
            model: its id.
            version: the release whose test split decides; the newest where it is empty.
            sure: only if the interval of the difference is above zero too.
            resamples: of the bootstrap.
            seed: of the bootstrap.

        Raises:
            InputError: there is no such model, or no test document that is new to both.
            ReleaseError: there is no such release, or the store has not what it says.
        """
        from curate.agreement import Resampler
        from curate.train import promotion, training

        corpus = self._corpus()
        with self._locked("promote"):
            return promotion.promote(
                corpus,
                training.gold(corpus, version),
                model,
                self._of_language(self._settled()),
                now=self._of_language(self._pipelines()),
                sure=sure,
                by=self.config.corpus.curator,
                at=self._now(),
                resampler=Resampler(resamples, seed),
            )

    def step_back(self) -> str:
        """Let the settings' own models propose again; returns the model that did, if one did."""
        from curate import train

        with self._locked("promote"):
            try:
                standing = train.current(self.models)
            except ConfigError:  # damaged, or its model is gone: the more reason to step back
                train.leave(self.models)
                return "a model that is no longer there"
            train.leave(self.models)
        return standing.model if standing else ""

    def _with(self, model: str) -> Pipelines:
        """The settings of the corpus's language with a model in the place of its own."""
        from curate import train
        from curate.train import promotion

        if model == promotion.NOW:
            return self._of_language(self._pipelines())
        settings = self._of_language(self._settled())
        known = {name: each for each in train.registered(self.models) for name in each.names}
        if model in known:
            return train.with_model(settings, self.models / known[model].id)
        if settings.models == (model,):
            return settings
        return msgspec.structs.replace(settings, models=(model,), votes="", threshold=None)

    def _of_language(self, found: dict[str, Pipelines]) -> Pipelines:
        return found.get(self.config.corpus.language, found[""])

    def _corpus(self) -> Corpus:
        from curate.splits import corpus
        from curate.train.training import Corpus

        return Corpus(
            store=self.store,
            splits=corpus.load(self.annotations),
            models=self.models,
            schema=self.schema,
            name=self.config.corpus.name,
            language=self.config.corpus.language,
        )
