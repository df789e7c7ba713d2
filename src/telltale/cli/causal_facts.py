"""Cases of causal questions as JSON: every number that was found, for a program."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from telltale.effects.did_case import DidCase
    from telltale.effects.group_effects import WhoGains
    from telltale.effects.staggered import Staggered
    from telltale.effects.strategy_case import StrategyCase


def facts_of(case: StrategyCase) -> dict[str, Any]:
    """All of a case that has no row for each viewer."""
    facts = {
        "sentences": case.sentences,
        "warnings": case.warnings,
        "stands": case.finding.stands,
        "effect": asdict(case.effect),
        "outcome_unit": case.unit,
        "drawn": asdict(case.design.drawn),
        "checks": [asdict(check) for check in case.finding.checks],
        "smallest_effect": asdict(case.smallest),
        "overlap": {**asdict(case.overlap), "poor": case.overlap.poor},
        "balance": {**asdict(case.balance), "by": case.balanced_by, "worst": case.balance.worst},
        "hidden": {
            "e_value": asdict(case.e_value),
            "rosenbaum_bounds": None if case.bounds is None else asdict(case.bounds),
            "bias_curve": asdict(case.bias),
        },
        "who_gains": None if case.who is None else _who(case.who),
    }
    return {key: plain(value) for key, value in facts.items()}


def did_facts_of(case: DidCase) -> dict[str, Any]:
    """The same of a case of before and after."""
    did, by_start = case.did, case.staggered
    facts = {
        "sentences": case.sentences,
        "warnings": case.warnings,
        "stands": case.finding.stands,
        "effect": asdict(case.effect),
        "outcome_unit": case.unit,
        "drawn": asdict(case.asked.drawn),
        "checks": [asdict(check) for check in case.finding.checks],
        "smallest_effect": case.smallest,
        "periods": {
            "every_s": case.asked.panel.step,
            "seconds": case.seconds,
            "treated": case.treated,
            "control": case.control,
            "effect": did.study.value,
            "low": did.study.low,
            "high": did.study.high,
            "units": did.study.units,
        },
        "trends": {"matched": asdict(did.trends), "plain": asdict(did.trends_plain)},
        "other_ways": [asdict(one) for one in (did.beside, did.plain, case.did2s) if one is not None],
        "balance": {
            **asdict(did.balance),
            "by": did.balanced_by,
            "worst": did.balance.worst,
            "matched_alone": {**asdict(did.alone), "worst": did.alone.worst},
        },
        "staggered": None if by_start is None else _by_start(case, by_start),
        "starts_note": case.starts_note,
    }
    return {key: plain(value) for key, value in facts.items()}


def _by_start(case: DidCase, found: Staggered) -> dict[str, Any]:
    return {
        "effect": asdict(found.effect),
        "relative": found.study.relative,
        "value": found.study.value,
        "low": found.study.low,
        "high": found.study.high,
        "single": {
            "start": found.group,
            "period": found.period,
            "value": found.value,
            "standard_error": found.standard_error,
        },
        "sun_abraham": None if case.sun_abraham is None else asdict(case.sun_abraham),
    }


def _who(who: WhoGains) -> dict[str, Any]:
    return {
        "groups": [asdict(one) for one in who.groups],
        "apart": asdict(who.apart),
        "differs": who.differs,
        "halves": [asdict(one) for one in who.halves],
        "level": who.level,
    }


def plain(value: Any) -> Any:
    """What JSON can hold: arrays as lists, and nothing in place of a number that is none."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
