"""From a moment to a decision: what rose, which of it comes first, what chance and the guards say.

Nothing here reads a clock, draws a number or writes anything: the same moment gives the same decision.
"""

from __future__ import annotations

from collections.abc import Sequence

from telltale.core.errors import ConfigError
from telltale.strategy.assignment import Assignment, Experiments
from telltale.strategy.catalogue import Catalogue, Intervention
from telltale.strategy.decision import TREATED, Decision, Verdict
from telltale.strategy.guards import Question, ask_all, limits_of
from telltale.strategy.moment import Moment
from telltale.strategy.policy import Policy


def decide(moment: Moment, catalogue: Catalogue, policy: Policy, experiments: Experiments) -> Decision | None:
    """The decision at a moment; `None` where nothing rose.

    Of all that rises the first by priority is taken that no guard refuses, and the first of all where each is
    refused by some. The holdout has no say in this: who is held out must come up for the same as who is not.

    What is decided is written down in any case (`decisions.py`); it may be shown when `shown` says so.
    """
    if not moment.risen:
        return None
    first: tuple[Intervention, Assignment, tuple[Verdict, ...]] | None = None
    for intervention in _ordered(moment.risen, catalogue):
        assignment = experiments.assign(intervention, moment.viewer, moment.room, moment.now)
        verdicts = ask_all(Question(moment, intervention, policy, assignment))
        found = (intervention, assignment, verdicts)
        if all(verdict.allowed or verdict.guard == "holdout" for verdict in verdicts):
            return _decision(moment, catalogue, policy, *found)
        first = first or found
    assert first is not None
    return _decision(moment, catalogue, policy, *first)


def _ordered(names: Sequence[str], catalogue: Catalogue) -> list[Intervention]:
    """The greatest priority first, and by name where two are the same."""
    known = catalogue.by_name
    try:
        return sorted((known[name] for name in names), key=lambda one: (-one.priority, one.name))
    except KeyError as error:
        hint = "use one catalogue for Rises and decide"
        raise ConfigError(f"the catalogue has no intervention {error}", hint=hint) from error


def _decision(
    moment: Moment,
    catalogue: Catalogue,
    policy: Policy,
    intervention: Intervention,
    assignment: Assignment,
    verdicts: tuple[Verdict, ...],
) -> Decision:
    return Decision(
        session=moment.session,
        room=moment.room,
        viewer=moment.viewer,
        second=moment.second,
        decided_at=moment.now,
        intervention=intervention.name,
        kind=intervention.kind,
        experiment=assignment.experiment,
        unit_kind=assignment.unit_kind,
        unit=assignment.unit,
        arm=assignment.arm,
        propensity=assignment.propensity,
        held_out=assignment.held_out,
        verdicts=verdicts,
        probability=moment.probability,
        model=moment.model,
        policy=policy.name,
        policy_version=policy.version,
        jurisdiction=moment.jurisdiction,
        catalogue=catalogue.digest,
        inputs=moment.inputs,
        limits=limits_of(intervention, policy),
        shown=assignment.arm == TREATED and all(verdict.allowed for verdict in verdicts),
    )
