"""Gathers the notes of `changes/` into CHANGELOG.md under a new release, and takes them away.

python tools/gather_changes.py 0.2.0 2026-06-01
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MARK = "<!-- releases, newest first -->\n"


def gather(root: Path, version: str, day: str) -> int:
    """Move every note under the heading of `version`; how many there were."""
    notes = [path for path in sorted((root / "changes").glob("*.md")) if path.name != "README.md"]
    bodies = [" ".join(path.read_text(encoding="utf-8").split()) for path in notes]
    changelog = root / "CHANGELOG.md"
    before, mark, after = changelog.read_text(encoding="utf-8").partition(MARK)
    release = f"\n## {version} ({day})\n\n" + "".join(f"- {body}\n" for body in bodies)
    changelog.write_text(before + mark + release + after, encoding="utf-8")
    for path in notes:
        path.unlink()
    return len(notes)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python tools/gather_changes.py VERSION DAY")
    sys.stdout.write(f"{gather(ROOT, sys.argv[1], sys.argv[2])} notes gathered\n")
