"""A service that shows something every few seconds, for a shop in a place where that is allowed."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from tests.live.processes import Serving

PLACE = "JP"
CATALOGUE = "".join(
    f"""
[[interventions]]
name = "ready_{hold_s}"
kind = "preloaded_checkout"
text = {{ en = "Your checkout is ready", "zh-Hans" = "结算页已为你准备好" }}
threshold = 0.001
release = 0.0005
hold_s = {hold_s}.0
cool_down_s = 0.0
most_per_session = 5
share = 1.0
"""
    for hold_s in range(4, 60, 4)
)
"""Each rises once, after so many seconds that were read."""
_ALLOWED = {
    "least_confidence": "0.0",
    "least_gap_s": "0",
    "most_per_session": "100",
    "most_per_hour": "100",
    "most_per_day": "100",
    "quiet_hours": "[]",
}


def serve_eagerly(folder: Path, shop_port: int, *options: str) -> Serving:
    """Start it. A busy machine reads a face seldom, and tests run at night too: neither is a reason here."""
    folder.mkdir(exist_ok=True)
    policy = (resources.files("telltale.strategy") / "policies" / "eu.toml").read_text(encoding="utf-8")
    policy = re.sub(r'name = "eu"', 'name = "anywhere"', policy)
    policy = re.sub(r"places = \[.*?\]", f'places = ["{PLACE}"]', policy, flags=re.DOTALL)
    for rule, value in _ALLOWED.items():
        policy, changed = re.subn(rf"(\[{rule}\]\nvalue = ).*", rf"\g<1>{value}", policy)
        assert changed == 1, rule
    (folder / "anywhere.toml").write_text(policy, encoding="utf-8")
    settings = folder / "shop.toml"
    settings.write_text(
        f'folder = "{folder}"\ncatalogue = "{folder}/catalogue.toml"\npolicies = ["{folder}/anywhere.toml"]\n'
        f'holdout_share = 0.0\norigins = ["http://127.0.0.1:{shop_port}"]\ntry_out = true\n',
        encoding="utf-8",
    )
    return Serving(folder, "--config", str(settings), *options, catalogue=CATALOGUE)
