"""What goes through a mediator in three sentences: the answer, how sure it is, what would make it wrong."""

from __future__ import annotations

import math

from telltale.effects.drawn import counted
from telltale.effects.natural_effects import NaturalEffects, Part
from telltale.effects.refutation import Finding, Refutation
from telltale.effects.words import did_word, doubted, stood_words, wrong_if


def natural_answer(found: NaturalEffects, finding: Finding) -> str:
    """What a treatment did in all, then how much of it went through the mediators.

    Where nothing was found in all, no part is told as found: two more looks would find too much. Nor is one
    where a check sank what it did in all, or the way through.

    Parameters
    ----------
    finding
        What it did in all, with its checks.
    """
    through, whole = " and ".join(found.mediators), found.total
    if finding.failed:
        said = f"no evidence was found that {found.treatment} changed {found.outcome} in all"
        if whole.certain:
            said = f"{_did(found, whole, seems=True)} in all"
        told = doubted(said, finding).removesuffix(".")
        return f"{told}, so no part is told as found through {through}."
    if not whole.certain:
        nothing = f"There is no evidence that {found.treatment} changed {found.outcome} in all"
        if found.indirect.certain or found.direct.certain:
            parts = f"what went through {through} nor what went {found.past}"
            return f"{nothing}, so neither {parts} is told as found."
        return f"{nothing}, nor that anything went through {through}."
    if not found.indirect.certain:
        return f"{_did(found, whole)}; there is no evidence that any of it went through {through}."
    if _failed(found):
        way = size(abs(found.indirect.value), found)
        return f"{_did(found, whole)} in all; that {way} of it went through {through} is not to be relied on."
    share = f", {100 * found.share:.0f} % of it" if math.isfinite(found.share) else ""
    past = f"that any went {found.past} is not certain"
    if found.direct.certain:
        past = f"{found.past}, {_it_did(found, found.direct)}"
    went = f"through {through}, {_it_did(found, found.indirect)}"
    return f"{_did(found, whole)} in all; {went}{share}; {past}."


def natural_sureness(found: NaturalEffects) -> str:
    """The intervals, on how many they rest, and where lots were drawn."""
    lot = "no lot is used, neither for who got it nor for what it went through"
    if found.evidence != "observed":
        lot = "it was assigned by lot, but no lot was drawn for what it went through"
    elif found.unlogged:
        lot = f"{found.unlogged}, so {lot}"
    of = found.drawn.words(found.clusters, found.treated + found.control, found.unit)
    return (
        f"{100 * found.level:.3g} % intervals: in all {interval(found.total, found)}; through it"
        f" {interval(found.indirect, found)}; {found.past} {interval(found.direct, found)}; each is for"
        f" itself, with no correction for the two parts. {counted(found.treated, found.unit)} got it,"
        f" {found.control:,} did not{of}; {lot}."
    )


def natural_doubt(found: NaturalEffects, finding: Finding) -> str:
    """What would make it wrong, or a check that the way through did not stand.

    A lot for the treatment rules out that something hidden drove who got it, and no more: what moves both the
    mediator and the outcome may do so under any lot.
    """
    through = " and ".join(found.mediators)
    failed = _failed(found)
    # Of what was sunk in all no part is told, and nothing need be said against its way.
    if failed and not finding.failed:
        why = " ".join(check.found for check in failed)
        return f"{stood_words(finding)}. Do not rely on the way through: {why}"
    undone = ""
    if found.indirect.certain and len(found.remains) == 1:
        undone = (
            " (what columns leave of both goes along by a correlation of"
            f" {found.remains[0].value:.2f}: were such a thing alone the reason, nothing would go through)"
        )
    hidden = f"something that no column tells moves both {through} and {found.outcome}{undone}"
    if found.evidence == "observed":
        hidden += f", or drove who got {found.treatment} and either of them"
    else:
        hidden += f", which no lot for {found.treatment} rules out"
    return f"{wrong_if(finding)} {hidden}; or if {found.treatment} moved something else that moves both."


def size(value: float, found: NaturalEffects) -> str:
    """In the outcome's unit, or in percentage points."""
    if found.outcome_kind == "binary":
        return f"{100 * value:.2g} percentage points"
    spread = found.outcome_sd
    return f"{value:.3g} ({value / spread:.2g} SD)" if spread > 0 else f"{value:.3g}"


def interval(part: Part, found: NaturalEffects) -> str:
    """Both ends in words."""
    if not math.isfinite(part.low):
        return "not known"
    scale, unit = (100.0, " percentage points") if found.outcome_kind == "binary" else (1.0, "")
    return f"{scale * part.low:.3g} to {scale * part.high:.3g}{unit}"


def _did(found: NaturalEffects, part: Part, *, seems: bool = False) -> str:
    did = did_word(part.value, seems=seems)
    return f"{found.treatment} {did} {found.outcome} by {size(abs(part.value), found)}"


def _it_did(found: NaturalEffects, part: Part) -> str:
    return f"it {did_word(part.value)} it by {size(abs(part.value), found)}"


def _failed(found: NaturalEffects) -> list[Refutation]:
    """The checks that the way through did not stand."""
    return [check for check in found.checks if check.verdict == "fail"]
