"""Names that a study's panel can have, told without reading a face: a misspelt one is refused at once."""

from __future__ import annotations

from collections.abc import Sequence

from telltale.core.errors import ConfigError
from telltale.factors.from_study import factor_panel
from telltale.factors.panel import there_are, told
from telltale.factors.sources import choose
from telltale.signs.affect import NAMES
from telltale.study.store import Study


def check_names(study: Study, names: Sequence[str]) -> None:
    """Refuse factors that the study cannot have; silent where its panel is quick to make anyway."""
    sources = choose(study, None)
    quick = [source.name for source in sources if not source.folder]
    if len(quick) == len(sources) or not quick:
        return
    known = list(factor_panel(study, sources=quick).names)
    faces = (source.name for source in sources if source.folder)
    known += [f"{face}_{name}" for face in faces for name in NAMES]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(
            f"no factor {told(unknown, known)}",
            hint=there_are(known, unknown),
        )
