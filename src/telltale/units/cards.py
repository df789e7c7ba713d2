"""The cards of trained networks: what they learnt from and how they did, in numbers of the run itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telltale.core.files import replacing_file
from telltale.units.data_clips import ClipData
from telltale.units.rendered_clips import RenderedClip, RenderedClips
from telltale.units.training import FineTuned, Scores, Trained
from telltale.weights.shipped import HEADINGS, card_faults, card_parts

_DOES: Final = {
    "refine": (
        "Looks at an aligned face of 112 x 112 grey pixels and at FaceMesh's 68 points, and says how far "
        "each point is off, how far each of 17 regions is in sight, what each of 17 action units looks like "
        "on the left and on the right in this picture alone, and what each half of the face looks like in 64 "
        "numbers, to be held against another picture of the same person."
    ),
    "head": (
        "Takes what is known of one side of a face in one frame (distance from the person's own neutral, "
        "how it changes, landmark geometry, what the refinement network saw) and says the intensity of 17 "
        "action units, 0 to 1, how fast each changes, how far off it expects to be, and how fast the skin of "
        "each region moves."
    ),
}
_NOT_FOR: Final = (
    "Not for telling what somebody thinks, feels or intends, whether they lie, who they are, or what they "
    "are worth; not for hiring, policing, borders, schools or health; not for reading anybody who has not "
    "agreed to it. It was not tested on groups of real people: expect it to read some faces worse than "
    "others. Do not use it where nobody looks at its confidence."
)
_RENDERED_ONLY: Final = "Rendered faces; no real annotated face was used."


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says beside what all cards say."""

    name: str
    trained_on: tuple[str, ...]
    """Paragraphs, as is `tested_on`."""
    tested_on: tuple[str, ...]
    licence: str = "Apache-2.0, as Telltale itself."

    def markdown(self) -> str:
        """The card, with the headings that every card has."""
        bodies = (
            _DOES[self.name],
            "\n\n".join(self.trained_on),
            "\n\n".join(self.tested_on),
            _NOT_FOR,
            self.licence,
        )
        parts = [f"## {heading}\n\n{body}\n" for heading, body in zip(HEADINGS, bodies, strict=True)]
        return f"# {self.name}\n\n" + "\n".join(parts)


def rendered_card(name: str, trained: Trained) -> Card:
    """The card of a network that was trained on rendered clips."""
    learnt, back = trained.learnt, trained.held_back
    return Card(
        name,
        (f"{_RENDERED_ONLY} {learnt.frames:,} frames of {_described(learnt.clips)}.",),
        (
            f"On {back.frames:,} frames of {_described(back.clips)}, held back from the same clips: nobody "
            f"in them was trained on, but their makers of looks, lights and cameras were.",
            _scores(name, trained.scores),
            "`telltale units evaluate` makes the figures on other clips.",
        ),
    )


def fine_tuned_card(start: Path, tuned: FineTuned, data: ClipData) -> Card:
    """The card of a head that was trained further on coded clips; it keeps what its start's card said."""
    counts = Counter(clip.dataset for clip in data.clips)
    sets = ", ".join(f"{name} ({count:,} coded expressions)" for name, count in sorted(counts.items()))
    before = ""
    if start.with_suffix(".md").is_file():
        before = card_parts(start.with_suffix(".md").read_text(encoding="utf-8")).get("Trained on", "")
    return Card(
        "head",
        (
            f"First: {before or 'a head whose card is not at hand.'}",
            f"Then coded clips of real people: {sets}; {len(tuned.learnt):,} people.",
        ),
        (
            f"On {len(tuned.held_back):,} people of the same data sets who were not trained on.",
            _scores("head", tuned.scores),
            "`telltale units evaluate --by subject` and `--by dataset` make figures without anybody in both.",
        ),
        "Apache-2.0, as Telltale itself, as far as the data sets' own terms allow: read them before you "
        "pass it on.",
    )


def _described(clips: Sequence[RenderedClip]) -> str:
    held = RenderedClips(tuple(clips), ())
    presets = _listed({clip.preset for clip in clips})
    makers = _listed({clip.maker for clip in clips})
    rates = _listed({f"{clip.rate_hz:g}" for clip in clips})
    kbps = [clip.bitrate_kbps for clip in clips]
    widths = [clip.face_width_px for clip in clips]
    return (
        f"{len(clips):,} clips of {held.identities:,} people, {held.minutes:.1f} minutes (presets: "
        f"{presets}; makers of looks: {makers}; frames a second: {rates}; kbit/s: {min(kbps):,} to "
        f"{max(kbps):,}; width of the faces: {min(widths):.0f} to {max(widths):.0f} px)"
    )


def _listed(words: set[str]) -> str:
    return ", ".join(sorted(words, key=lambda word: (len(word), word)))


def _scores(name: str, scores: Scores) -> str:
    if name == "refine":
        return (
            f"Mean error of the 68 points, shares of the distance between the outer corners of the eyes: "
            f"{scores['refined']:.2%}; FaceMesh alone, the same frames: {scores['mesh']:.2%}. Units, mean "
            f"correlation with the truth: {scores['still']:.2f} from one picture, {scores['compared']:.2f} "
            f"with the person's calmest picture beside. Regions rightly called hidden or in sight: "
            f"{scores['seen']:.1%}."
        )
    known = {unit: value for unit, value in scores.items() if math.isfinite(value)}
    each = ", ".join(f"{unit} {value:.2f}" for unit, value in known.items())
    mean = sum(known.values()) / len(known) if known else math.nan
    return f"Correlation with the truth, frame by frame, unfiltered: mean {mean:.2f}; {each}."


def write_card(card: Card, folder: Path) -> None:
    """Write `<name>.md` beside the network."""
    text = card.markdown()
    if faults := card_faults(text):
        raise ValueError(f"the card of {card.name}: {'; '.join(faults)}")
    with replacing_file(folder / f"{card.name}.md") as beside:
        beside.write_text(text, encoding="utf-8")
