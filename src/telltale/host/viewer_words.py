"""What was found of viewers, in plain words: one line an answer, never that anything causes anything."""

from __future__ import annotations

from typing import Final

from telltale.host.contagion import Contagion, Contagions
from telltale.host.face_path import NOISE_SD, FacePath, FacePaths
from telltale.host.hazards import Hazard, Hazards, Ratio
from telltale.host.person_time import Event
from telltale.host.viewer_traits import Moderation, Moderations
from telltale.host.viewers import ViewerStudy

_OF: Final[dict[Event, tuple[str, str]]] = {
    "purchase": ("those who have not bought yet", "buy"),
    "add_to_cart": ("those who have put nothing into the cart yet", "do"),
    "leave": ("those who are still there", "leave"),
}
_NOTHING: Final[dict[Event, str]] = {
    "purchase": "how soon viewers buy",
    "add_to_cart": "how soon viewers put something into the cart",
    "leave": "how long viewers stay",
}

WHO: Final[dict[Event, str]] = {
    "purchase": "who buys sooner",
    "add_to_cart": "who puts something into the cart sooner",
    "leave": "who leaves sooner",
}
"""What is asked of each."""


def percent(ratio: float) -> str:
    """A ratio as more or less.

    >>> percent(1.12), percent(0.95), percent(1.004)
    ('12 % more', '5 % fewer', '0.4 % more')
    """
    size = 100 * abs(ratio - 1)
    return f"{size:.{0 if size >= 1 else 1}f} % {'more' if ratio >= 1 else 'fewer'}"


def between(ratio: Ratio) -> str:
    """Its interval.

    >>> between(Ratio(1.12, 1.05, 1.2, 0.001)), between(Ratio(1.0, 0.97, 1.03, 0.9))
    ('5 % more to 20 % more', '3 % fewer to 3 % more')
    """
    return f"{percent(ratio.low)} to {percent(ratio.high)}"


def hazard_line(found: Hazard, event: Event, window_s: float) -> str:
    """One expression and one event."""
    who, do = _OF[event]
    return (
        f"In any minute, {percent(found.within.value)} of {who} {do} ({between(found.within)}, 95 %) where"
        f" the host showed {found.expression} for {seconds(found.sd, window_s)} of the {window_s:g} s before"
        " than at other moments of the same broadcast."
    )


def seconds(sd: float, window_s: float) -> str:
    """A standard deviation of a share, as the time that it is.

    >>> seconds(0.13, 60.0), seconds(0.004, 30.0)
    ('8 s more', '0.1 s more')
    """
    more = sd * window_s
    return f"{more:.{0 if more >= 2 else 1}f} s more"


def hazard_lines(found: Hazards) -> tuple[str, ...]:
    """What is certain after correction, the clearest first; or that nothing is."""
    clear = sorted((one for one in found.found if one.certain), key=lambda one: one.within.p)
    if not clear:
        return (
            f"No expression of {len(found.found)} goes with {_NOTHING[found.event]} by more than chance.",
        )
    return tuple(hazard_line(one, found.event, found.window_s) for one in clear)


def moderation_line(found: Moderation, sd: float, window_s: float) -> str:
    """One expression by one trait; `sd` is that of its share."""
    parts = [
        f"{group}: {percent(ratio.value)} ({between(ratio)})"
        for group, ratio in zip(found.groups, found.ratios, strict=True)
    ]
    _, do = _OF[found.event]
    return (
        f"Where the host showed {found.expression} for {seconds(sd, window_s)} of the {window_s:g} s before,"
        f" how many {do} in a minute differs by {found.trait.replace('_', ' ')}: {'; '.join(parts)}."
    )


def moderation_lines(found: Moderations, of: Hazards) -> tuple[str, ...]:
    """Where groups differ; or that none do. `of` is what was asked of all viewers together."""
    clear = sorted((one for one in found.found if one.certain), key=lambda one: one.p)
    if clear:
        sd = {one.expression: one.sd for one in of.found}
        return tuple(moderation_line(one, sd[one.expression], of.window_s) for one in clear)
    if not found.found:
        return ("There are not enough sales in two groups of viewers to compare them.",)
    traits = ", ".join(dict.fromkeys(one.trait.replace("_", " ") for one in found.found))
    return (f"No difference by {traits} is more than chance: {len(found.found)} were asked.",)


def contagion_line(found: Contagion) -> str:
    """One expression and one affect."""
    pair = f"viewers' {found.affect} and the host's {found.expression}"
    if found.verdict == "none":
        return f"No more goes between {pair} than between viewers and hosts of other broadcasts."
    if found.verdict == "together":
        return (
            f"Something moves {pair} alike: it shows as much before the host's face changes as after"
            f" (p = {found.p_before:.2g} for before), so it is not told as contagion."
        )
    way = "rises" if found.best_r > 0 else "falls"
    when = "within 5 s" if found.best_lag_s == 0 else f"{found.best_lag_s:g} s"
    return (
        f"Viewers' {found.affect} {way} {when} after the host shows {found.expression}: correlation"
        f" {found.best_r:.2f}, by chance {found.reach * _spread(found):.2f}."
    )


def contagion_lines(found: Contagions) -> tuple[str, ...]:
    """Pairs in which viewers follow, the strongest first, then those that something moves alike."""
    told = [one for one in found.found if one.verdict != "none"]
    told.sort(key=lambda one: (one.verdict == "together", -abs(one.best_r)))
    if told:
        lines = tuple(contagion_line(one) for one in told)
        chance = (
            "By chance: what 95 % of pairings of viewers with hosts of other broadcasts stay within at all"
            f" times after ({found.pairings:,} were drawn)."
        )
        return (chance, *lines) if any(one.verdict == "follows" for one in told) else lines
    return (
        f"In none of {len(found.found)} pairs do viewers' faces follow their host's more than those of hosts"
        " of other broadcasts.",
    )


def path_line(found: FacePath, outcome: str, host_s: float) -> str:
    """One way from face to face to purchase."""
    what = "purchases" if outcome == "purchase" else "products in the cart"
    less = "less" if found.through.value < 1 else "more"
    line = (
        f"Through viewers' {found.affect}, {percent(found.through.value)} {what} ({between(found.through)},"
        f" 95 %) follow where the host shows {found.expression} for {seconds(found.sd, host_s)} of"
        f" {host_s:g} s; by all ways {percent(found.whole.value)} ({between(found.whole)})"
    )
    if found.share == found.share and 0 < found.share <= 1:
        ends = f"{100 * found.share_low:.0f} to {100 * found.share_high:.0f} %"
        return f"{line}, so {100 * found.share:.0f} % of it goes this way ({ends}, 95 %)."
    if found.share == found.share:
        return f"{line}: other ways work against this one, so it is no share of the whole."
    return f"{line}, which could be nothing: this way alone would bring {less}."


def path_lines(found: FacePaths) -> tuple[str, ...]:
    """The ways that are certain after correction; or that none is."""
    clear = sorted((one for one in found.found if one.certain), key=lambda one: one.through.p)
    if clear:
        return tuple(path_line(one, found.outcome, found.settings.host_s) for one in clear)
    return (
        f"No way through viewers' faces is more than chance: {len(found.found)} of {found.asked} pairs were"
        " followed.",
    )


def path_assumptions(found: FacePaths) -> tuple[str, ...]:
    """What has to hold for the ways to be what they are called."""
    kept = ", ".join(f"{100 * share:.0f} % for {name}" for name, share in found.kept.items())
    lines = [
        "Nothing moves both a viewer's face and the purchase but what was taken into account: the host's"
        " other expressions, the broadcast, product, price, hour, time since joining, who the viewer is, and"
        " the viewer's face before.",
        "Nothing moves the host's face together with the viewer's, or with the purchase, within a broadcast"
        " but the same. What the host does beside the face, such as showing the product, does.",
        "One affect is followed at a time: what goes through one may go through another too, so ways are not"
        " to be added up.",
        "Effects add up on the logarithm, and a face works alike whatever the host shows.",
    ]
    if kept:
        lines.append(
            f"Reading noise hides a part: were each reading of 5 s off by {100 * NOISE_SD:.0f} % of what"
            f" faces usually vary by, so much of the step from face to purchase would be found: {kept}."
        )
    return tuple(lines)


def note_lines(told: ViewerStudy) -> tuple[str, ...]:
    """What was left out of each question, or makes it unsure; each once."""
    timed = (told.time_to_sale, told.time_to_cart, told.staying)
    lines = [f"{WHO[found.event]}: {note}" for found in timed if found is not None for note in found.notes]
    others = (told.moderators, told.contagion, told.paths)
    lines += [*told.notes, *(note for part in others if part is not None for note in part.notes)]
    return tuple(dict.fromkeys(lines))


def _spread(found: Contagion) -> float:
    """Standard deviation of the pairings' correlations at the lag that is told."""
    at = int(abs(found.lags_s - found.best_lag_s).argmin())
    return float(found.high[at] - found.low[at]) / (2 * 1.96)
