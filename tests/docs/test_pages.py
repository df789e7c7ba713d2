"""The pages are whole: commands and channels as in the code, every page in the menu, every link alive."""

import re
import subprocess
import sys

import pytest
from tests.docs.fences import ROOT
from tools.pages import leaves

from telltale.core import channels

DOCS = ROOT / "docs"
COMMANDS = [(" ".join(words), command) for words, command in leaves()]


def test_made_stretches_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "tools/pages.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_each_command_has_help_and_a_section(words: str, command: object) -> None:
    assert getattr(command, "help", None), f"{words} has no help"
    silent = [p.name for p in getattr(command, "params", []) if not p.help]
    assert not silent, f"{words}: no help for {silent}"
    assert f"### `{words}`" in (DOCS / "commands.md").read_text(encoding="utf-8")


def test_every_channel_is_on_the_page_of_channels() -> None:
    page = (DOCS / "channels.md").read_text(encoding="utf-8")
    for channel in channels.CHANNELS:
        shown = channel.name
        if channel.action_unit is not None:
            shown = channel.name.replace(f"au{channel.action_unit:02d}", "auNN")
            assert re.search(rf"\bAU{channel.action_unit}\b", page)
        assert f"`{shown}`" in page
    assert channels.LAYOUT in page


def test_every_page_is_in_the_menu_and_the_other_way_round() -> None:
    menu = set(re.findall(r"([\w-]+\.md)", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    assert menu == {path.name for path in DOCS.glob("*.md")}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"])
def test_links_of_the_front_pages_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text) + re.findall(r'src(?:set)?="([^"]+)"', text)
    dead = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert not dead
