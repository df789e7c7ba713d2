"""The list of models by name. A new model is a class in a file of its own and a line here."""

from __future__ import annotations

from typing import Any, Final

from telltale.core.errors import ConfigError
from telltale.intent.baselines import BoostedSummaries, Clicks, Survey, UnitActs, UnitSeconds, UnitStatistics
from telltale.intent.contract import IntentModel
from telltale.intent.face_and_clicks import FaceAndClicks
from telltale.intent.network_models import (
    LstmModel,
    NetworkModel,
    TcnAffect,
    TcnAttention,
    TcnMean,
    TcnStream,
)
from telltale.intent.rocket_model import MiniRocketRidge

MODELS: Final[dict[str, type[IntentModel]]] = {
    model.kind: model
    for model in (
        TcnAttention,
        TcnStream,
        TcnMean,
        TcnAffect,
        LstmModel,
        UnitStatistics,
        UnitSeconds,
        UnitActs,
        BoostedSummaries,
        MiniRocketRidge,
        FaceAndClicks,
        Clicks,
        Survey,
    )
}

NETWORKS: Final = tuple(kind for kind, model in MODELS.items() if issubclass(model, NetworkModel))
"""Those that want torch to be trained."""


def make_model(kind: str, **settings: Any) -> IntentModel:
    """A model by name, untrained.

    >>> make_model("clicks", seed=3).get_params()
    {'iterations': 100, 'seed': 3}
    """
    if kind not in MODELS:
        raise ConfigError(f"no model {kind!r}", hint=f"there are {', '.join(MODELS)}")
    known = MODELS[kind]().get_params()
    if unknown := sorted(set(settings) - set(known)):
        raise ConfigError(f"{kind} has no setting {unknown[0]!r}", hint=f"it has {', '.join(known)}")
    return MODELS[kind](**settings)
