"""Writes what the documentation repeats from the code: the channels and the commands.

Each such stretch of a page stands between `<!-- made: NAME -->` and `<!-- end -->`. Run without words
this rewrites the stretches; with `--check` it only says whether they are out of date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from telltale.cli.app import build
from telltale.core import channels

DOCS = Path(__file__).resolve().parents[1] / "docs"
STRETCH = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def leaves(
    command: Any = None, words: tuple[str, ...] = ("telltale",)
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words that call it, in the order of the help."""
    command = command or typer.main.get_command(build())
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from leaves(child, (*words, name))
    else:
        yield words, command


def filled(text: str) -> str:
    """A page with its made stretches as the code would have them."""
    makers = {"channels": channel_tables, "commands": command_sections}
    return STRETCH.sub(lambda m: f"{m[1]}\n{makers[m[2]]()}\n{m[3]}", text)


def channel_tables() -> str:
    """The channels of one unit, then those of the whole face."""
    first = channels.ACTION_UNITS[0]
    unit = [c for c in channels.CHANNELS if c.action_unit == first]
    face = [c for c in channels.CHANNELS if c.action_unit is None]
    return "\n".join(
        [
            "### Seven for each unit\n",
            table(
                ("name", "unit", "pooled by", "mirrored to", "meaning"),
                [
                    (
                        code(generic(c.name, first)),
                        code(c.unit),
                        c.pooling.replace("_", " "),
                        code(generic(c.mirror, first)),
                        c.meaning.removeprefix(f"AU{first}: "),
                    )
                    for c in unit
                ],
            ),
            "\n### Nine for the face\n",
            table(
                ("name", "unit", "pooled by", "in a mirror", "meaning"),
                [
                    (
                        code(c.name),
                        code(c.unit),
                        c.pooling.replace("_", " "),
                        "changes sign" if c.flips_sign else "stays",
                        c.meaning,
                    )
                    for c in face
                ],
            ),
        ]
    )


def generic(name: str, action_unit: int) -> str:
    """The name of a unit's channel with the unit's number left open."""
    return name.replace(f"au{action_unit:02d}", "auNN")


def command_sections() -> str:
    """One section a command: what it does, how it is called, its arguments and options."""
    return "\n".join(command_section(words, command) for words, command in leaves())


def command_section(words: tuple[str, ...], command: Any) -> str:
    """The section of one command."""
    shown = [p for p in command.params if not p.hidden]
    arguments = [p.name.upper() for p in shown if p.param_type_name == "argument"]
    options = " [OPTIONS]" if len(arguments) < len(shown) else ""
    rows = [(code(spelling(p)), sentence(p.help), default(p)) for p in shown]
    help_text = "\n".join(line.strip() for line in command.help.splitlines())
    lines = [
        f"### `{' '.join(words)}`\n",
        help_text + "\n",
        f"```text\n{' '.join([*words, *arguments])}{options}\n```\n",
        table(("word", "what it is", "when not given"), rows) if rows else "",
    ]
    return "\n".join(lines)


def spelling(parameter: Any) -> str:
    """How a parameter is written on the command line."""
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper()
    return ", ".join([*parameter.opts, *parameter.secondary_opts])


def default(parameter: Any) -> str:
    """What holds when a parameter is left out."""
    if parameter.required:
        return "needed"
    if parameter.default is None or parameter.default is False or parameter.default == ():
        return ""
    return code(str(getattr(parameter.default, "value", parameter.default)))


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )


def code(text: str) -> str:
    """Text set as code."""
    return f"`{text}`"


def sentence(text: str | None) -> str:
    """A help text on one line."""
    return " ".join((text or "").split())


def main(words: list[str]) -> int:
    """Rewrite or check; 1 when a page was out of date and only looked at."""
    stale = []
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if filled(text) != text:
            stale.append(path.name)
            if "--check" not in words:
                path.write_text(filled(text), encoding="utf-8")
    if stale:
        verb = "out of date, run `make pages`" if "--check" in words else "rewritten"
        sys.stdout.write(f"{', '.join(stale)}: {verb}\n")
    return int(bool(stale) and "--check" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
