"""A page that is written again and again: whoever reads meanwhile reads one or the other, whole."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from telltale.core.errors import FormatError
from telltale.report.page import write_page
from telltale.studio.study_page import reload_of, title_of

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 90"><text>{}</text></svg>'


def write(out: Path, number: int, *, again: bool = True, reload_s: float | None = 2.4) -> Path:
    figures = {f"figure {number % 2}": SVG.format(number), "always": SVG.format(number)}
    parts = [f"<p>{number}</p>" * 2000, f"<p>last {number}</p>"]
    numbers = {"number": number}
    return write_page(
        out, f"Page {number}", parts, figures, numbers, simulated=True, again=again, reload_s=reload_s
    )


def test_who_reads_meanwhile_reads_a_whole_page(tmp_path: Path) -> None:
    page, done, seen = write(tmp_path / "out", 0, again=False), threading.Event(), []
    texts: list[str] = []

    def read() -> None:
        while not done.is_set():
            assert title_of(page).startswith("Page ")
            texts.append(page.read_text(encoding="utf-8"))
            seen.append(json.loads((page.parent / "report.json").read_text())["number"])

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 60):
        write(tmp_path / "out", number)
    done.set()
    reader.join()
    assert len(set(seen)) > 3
    assert seen == sorted(seen)
    for text in texts:
        told = text.partition("<title>Page ")[2].partition("<")[0]
        assert text.count(f"<p>{told}</p>") == 2000
        assert text.endswith(f"<p>last {told}</p>\n</body></html>\n")
    # Nothing of an older page is left.
    assert {file.name for file in (tmp_path / "out" / "figures").iterdir()} == {"figure 1.svg", "always.svg"}
    assert "simulated people" in (tmp_path / "out" / "figures" / "always.svg").read_text()
    assert not [file for file in tmp_path.rglob("*") if file.name.startswith(".")]


def test_only_a_page_that_is_followed_loads_itself_anew(tmp_path: Path) -> None:
    for reload_s, found in ((2.4, 'content="2"'), (0.2, 'content="1"')):
        page = write(tmp_path / "out", 1, reload_s=reload_s)
        assert f'<title>Page 1</title><meta http-equiv="refresh" {found}>' in page.read_text(encoding="utf-8")
        # The studio loads it in its stead.
        assert f'content="{reload_of(page)}"' == found
    page = write(tmp_path / "out", 2, reload_s=None)
    assert "refresh" not in page.read_text(encoding="utf-8")
    assert reload_of(page) is None


def test_a_folder_that_holds_something_else_is_refused_at_first(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(FormatError, match="not empty"):
        write(tmp_path, 1, again=False)
