"""The card of a trained model of intent: what it learnt from, how it did, what it is not for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from telltale.weights.shipped import HEADINGS

NOT_FOR: Final = (
    "Not for deciding about anyone: not for prices or terms, credit, hiring, policing, borders, schools or "
    "health; not for reading anybody who has not agreed to it. What it says of one person at one moment is "
    "often wrong."
)
SIMULATED: Final = (
    "**Trained on simulated people.** It is for trying the software. What it says of real faces is not known "
    "and means nothing until it is trained and judged on a study of real people."
)


def intent_card(kind: str, says: str, learnt: Mapping[str, Any], tested: Mapping[str, Any]) -> str:
    """Markdown with the headings of every card.

    Parameters
    ----------
    learnt
        Study, whether simulated, people, moments, with_cart.
    tested
        People, moments, auc, low, high.
    """
    who = "simulated people" if learnt["simulated"] else "people"
    trained = f"{learnt['moments']:,} half minutes of {learnt['people']:,} {who} ({learnt['study']}), "
    trained += f"{learnt['with_cart']:,} of which end with a product put into the cart."
    if learnt["simulated"]:
        trained = f"{SIMULATED}\n\n{trained}"
    judged = (
        f"On {tested['moments']:,} half minutes of {tested['people']:,} {who} of the same study, whom it had "
        f"not seen: AUC {tested['auc']:.3f}, 95 % interval over people {tested['low']:.3f} to "
        f"{tested['high']:.3f}. `telltale evaluate` makes the whole report."
    )
    bodies = (
        f"Says how probable it is that a viewer puts a product into the cart now: {says}. Probabilities are "
        f"those of a study in which {learnt['with_cart'] / learnt['moments']:.0%} of the moments do; live, "
        f"they must be corrected for how rare a cart is.",
        trained,
        judged,
        NOT_FOR,
        "Apache-2.0, as Telltale itself." if learnt["simulated"] else "That of the study it was trained on.",
    )
    parts = [f"## {heading}\n\n{body}\n" for heading, body in zip(HEADINGS, bodies, strict=True)]
    return f"# {kind}\n\n" + "\n".join(parts)
