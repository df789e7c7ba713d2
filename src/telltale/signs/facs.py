"""The action units of FACS that Telltale speaks of: what moves, by which muscle, and what one sees.

The first seventeen have channels of their own (`core.channels`). The others stand in the prototypes of some
expressions: head movements may be read from the head's pose, the rest are reported as missing. Names and
muscles are those of Ekman, Friesen and Hager, Facial Action Coding System, 2002.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from telltale.core.channels import ACTION_UNITS

Region = Literal["brows", "eyes", "nose", "cheeks", "mouth", "chin", "jaw", "head"]


@dataclass(frozen=True, slots=True)
class ActionUnit:
    """One thing a face or a head can do."""

    number: int
    """Its FACS number."""
    name: str
    muscle: str
    region: Region
    seen: str
    """What one sees, in words."""

    @property
    def has_channels(self) -> bool:
        """Whether it is one of the 17 units that a `Signal` holds."""
        return self.number in ACTION_UNITS


UNITS: Final = (
    ActionUnit(1, "inner brow raiser", "frontalis, inner part", "brows", "the inner ends of the brows rise"),
    ActionUnit(2, "outer brow raiser", "frontalis, outer part", "brows", "the outer ends of the brows rise"),
    ActionUnit(
        4, "brow lowerer", "corrugator and depressor supercilii", "brows", "brows are drawn down and together"
    ),
    ActionUnit(
        5, "upper lid raiser", "levator palpebrae superioris", "eyes", "upper lids rise, more white shows"
    ),
    ActionUnit(
        6, "cheek raiser", "orbicularis oculi, outer part", "cheeks", "cheeks rise, crow's feet gather"
    ),
    ActionUnit(7, "lid tightener", "orbicularis oculi, inner part", "eyes", "lids tighten, the eye narrows"),
    ActionUnit(
        9, "nose wrinkler", "levator labii superioris alaeque nasi", "nose", "the bridge of the nose wrinkles"
    ),
    ActionUnit(10, "upper lip raiser", "levator labii superioris", "mouth", "the upper lip is drawn up"),
    ActionUnit(12, "lip corner puller", "zygomaticus major", "mouth", "lip corners go up and out: a smile"),
    ActionUnit(14, "dimpler", "buccinator", "mouth", "lip corners tighten inwards and dimple"),
    ActionUnit(15, "lip corner depressor", "depressor anguli oris", "mouth", "lip corners go down"),
    ActionUnit(17, "chin raiser", "mentalis", "chin", "the chin puckers and pushes the lower lip up"),
    ActionUnit(20, "lip stretcher", "risorius, with platysma", "mouth", "lips are stretched sideways"),
    ActionUnit(23, "lip tightener", "orbicularis oris", "mouth", "lips tighten and narrow"),
    ActionUnit(
        25, "lips part", "depressor labii inferioris, or others at rest", "mouth", "the lips come apart"
    ),
    ActionUnit(26, "jaw drop", "masseter at rest", "jaw", "the jaw falls open by its own weight"),
    ActionUnit(45, "blink", "orbicularis oculi, lid part", "eyes", "the lids shut and open again at once"),
    ActionUnit(19, "tongue show", "muscles of the tongue", "mouth", "the tongue shows"),
    ActionUnit(24, "lip pressor", "orbicularis oris", "mouth", "lips are pressed together"),
    ActionUnit(27, "mouth stretch", "pterygoids and digastric", "jaw", "the mouth is pulled wide open"),
    ActionUnit(
        43, "eyes closed", "levator palpebrae superioris at rest", "eyes", "the lids stay shut: a held 45"
    ),
    ActionUnit(52, "head turn right", "neck", "head", "the head turns to the person's right"),
    ActionUnit(53, "head up", "neck", "head", "the head tips back"),
    ActionUnit(54, "head down", "neck", "head", "the head tips forward and down"),
    ActionUnit(55, "head tilt left", "neck", "head", "the head leans to the person's left shoulder"),
    ActionUnit(56, "head tilt right", "neck", "head", "the head leans to the person's right shoulder"),
    ActionUnit(57, "head forward", "neck", "head", "the head comes forward"),
)
"""The 17 with channels, then the further ones that expressions name."""

BY_NUMBER: Final = {unit.number: unit for unit in UNITS}
"""The same, to look up.

>>> BY_NUMBER[12].name, BY_NUMBER[12].has_channels, BY_NUMBER[53].has_channels
('lip corner puller', True, False)
"""
