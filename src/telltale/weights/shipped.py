"""Networks that ship inside the package, `shipped/<name>.onnx`, each beside its card, `shipped/<name>.md`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from telltale.core.errors import ConfigError, FormatError

FOLDER: Final = Path(__file__).parent / "shipped"

HEADINGS: Final = ("What it does", "Trained on", "Tested on", "Not for", "Licence")
"""What each card says, as level-two headings in this order."""

_AGAIN: Final = "install telltale again"
_HEADING: Final = re.compile(r"^## +(.+?) *$", re.MULTILINE)


def names() -> tuple[str, ...]:
    """The networks that are here, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.onnx")))


def shipped(name: str) -> Path:
    """The file of the network called `name`.

    Raises
    ------
    ConfigError
        No network of that name ships.
    """
    if name not in names():
        there = ", ".join(names()) or "none at all"
        raise ConfigError(f"no network called {name!r} ships with Telltale", hint=f"there is {there}")
    return FOLDER / f"{name}.onnx"


def card(name: str) -> str:
    """The card of the network called `name`, Markdown.

    Raises
    ------
    ConfigError
        No network of that name ships.
    FormatError
        Its card is missing or lacks a part.
    """
    path = shipped(name).with_suffix(".md")
    if not path.is_file():
        raise FormatError(f"no card at {path}", hint=_AGAIN)
    text = path.read_text(encoding="utf-8")
    faults = card_faults(text)
    if faults:
        raise FormatError(f"{path}: {'; '.join(faults)}", hint=_AGAIN)
    return text


def card_faults(text: str) -> list[str]:
    """What a card lacks; empty where it is whole.

    >>> card_faults("# head\\n" + "".join(f"## {heading}\\nwords\\n" for heading in HEADINGS))
    []
    >>> card_faults("## Trained on\\n## Tested on\\nwords\\n## Not for\\nwords\\n## Licence\\nwords\\n")
    ["no heading 'What it does'", "nothing under 'Trained on'"]
    """
    parts = card_parts(text)
    faults = [f"no heading '{heading}'" for heading in HEADINGS if heading not in parts]
    faults += [f"nothing under '{heading}'" for heading in HEADINGS if parts.get(heading) == ""]
    if not faults and tuple(heading for heading in parts if heading in HEADINGS) != HEADINGS:
        faults.append(f"the headings are not in the order {', '.join(HEADINGS)}")
    return faults


def card_parts(text: str) -> dict[str, str]:
    """What stands under each level-two heading of a card.

    >>> card_parts("# refine\\n\\n## Licence\\n\\nApache-2.0\\n")
    {'Licence': 'Apache-2.0'}
    """
    _, *pieces = _HEADING.split(text)
    return {heading: body.strip() for heading, body in zip(pieces[::2], pieces[1::2], strict=True)}
