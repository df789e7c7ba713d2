"""Change notes move into the changelog, newest release first, and are gone from their folder."""

from pathlib import Path

from tools.gather_changes import MARK, gather


def test_notes_move_under_a_new_release(tmp_path: Path) -> None:
    (tmp_path / "changes").mkdir()
    (tmp_path / "changes" / "README.md").write_text("how it works")
    (tmp_path / "changes" / "b.md").write_text("The second\nthing.\n")
    (tmp_path / "changes" / "a.md").write_text("The first thing.\n")
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{MARK}\n## 0.1.0 (2026-01-01)\n\n- Old.\n")

    assert gather(tmp_path, "0.2.0", "2026-06-01") == 2

    assert (tmp_path / "CHANGELOG.md").read_text() == (
        f"# Changelog\n\n{MARK}\n## 0.2.0 (2026-06-01)\n\n- The first thing.\n- The second thing.\n"
        "\n## 0.1.0 (2026-01-01)\n\n- Old.\n"
    )
    assert [path.name for path in (tmp_path / "changes").iterdir()] == ["README.md"]
