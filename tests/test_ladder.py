"""ARCHITECTURE.md is a fact: no part of the code imports what its row of the ladder does not list."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import telltale
from telltale import DOORS

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "telltale"


@dataclass(frozen=True)
class Part:
    """One row of the ladder."""

    floor: int
    imports: frozenset[str]
    everything: bool
    later: bool


def read_ladder(text: str) -> dict[str, Part]:
    """The table of ARCHITECTURE.md by the part's name."""
    rows = re.findall(r"^\| *(\d+) *\| *(\w+) *\| *([\w ]*?) *\| *(.*?) *\|$", text, re.MULTILINE)
    return {
        name: Part(int(floor), frozenset(imports.split()), imports == "all", holds.startswith("*later*"))
        for floor, name, imports, holds in rows
    }


LADDER = read_ladder((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))


def imported_modules(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Line and full name of all that a file imports, inside functions and by `import_module` too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(package.split(".")[: len(package.split(".")) + 1 - node.level])
            base = ".".join(filter(None, (above if node.level else "", node.module)))
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value


def climbs(source: str, part: str, ladder: dict[str, Part]) -> Iterator[tuple[int, str]]:
    """Line and name of each part that `source`, a file of `part`, may not import."""
    for line, module in imported_modules(ast.parse(source), f"telltale.{part}"):
        words = module.split(".")
        if words[0] == "telltale" and words[-1] in DOORS and len(words) == 2:
            words = DOORS[words[1]].split(".")
        target = words[1] if words[0] == "telltale" and len(words) > 1 else part
        if target == part or target not in ladder:
            continue
        row = ladder[part]
        allowed = row.everything or target in row.imports
        if not allowed or ladder[target].floor >= row.floor:
            yield line, target


def parts_on_disk() -> set[str]:
    """The folders and single files that stand on a floor."""
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    return folders | {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")}


def test_no_import_climbs_the_ladder() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {part} may not import {target}"
        for part in sorted(parts_on_disk() & LADDER.keys())
        for path in sorted((PACKAGE / part).rglob("*.py"))
        for line, target in climbs(path.read_text(encoding="utf-8"), part, LADDER)
    ]
    assert not found, "\n".join(found)


def eager_imports(source: str) -> list[str]:
    """The parts that the package's own file imports but for its lazy door and for who checks types."""
    tree = ast.parse(source)
    for node in list(tree.body):
        is_door = isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
        is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if is_door or is_for_types:
            tree.body.remove(node)
    return [name for _, name in imported_modules(tree, "telltale") if name.startswith("telltale.")]


def test_the_package_itself_stands_on_no_part() -> None:
    assert not eager_imports((PACKAGE / "__init__.py").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from telltale.core import rng", ["telltale.core.rng"]),
        ("def f():\n    from telltale.core import rng", ["telltale.core.rng"]),
        ("def __getattr__(name):\n    from telltale.core import rng", []),
        ("if TYPE_CHECKING:\n    from telltale.core import rng", []),
        ("if True:\n    from telltale.core import rng", ["telltale.core.rng"]),
    ],
)
def test_only_a_lazy_door_may_lead_to_a_part(source: str, found: list[str]) -> None:
    assert eager_imports(source) == found


@pytest.mark.parametrize(("name", "module"), DOORS.items())
def test_each_door_of_the_package_leads_somewhere(name: str, module: str) -> None:
    assert getattr(telltale, name) is getattr(importlib.import_module(module), name)
    assert name in dir(telltale)


def test_a_name_that_is_not_there_is_told() -> None:
    with pytest.raises(AttributeError, match="'reed'"):
        getattr(telltale, "reed")  # noqa: B009 (mypy knows that it is not there)


def test_each_row_lists_only_lower_floors() -> None:
    for name, part in LADDER.items():
        for target in part.imports - {"all"}:
            assert LADDER[target].floor < part.floor, f"{name} lists {target}, which is not lower"


def test_the_ladder_and_the_folders_agree() -> None:
    expected = {name for name, part in LADDER.items() if not part.later}
    assert parts_on_disk() == expected


def test_folders_are_one_deep() -> None:
    deep = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.glob("*/*/")
        if path.is_dir() and path.name != "__pycache__" and list(path.rglob("*.py"))
    ]
    assert not deep


@pytest.mark.parametrize(
    ("part", "source", "found"),
    [
        ("core", "from telltale.study import store", [(1, "study")]),
        ("core", "import telltale.study.store", [(1, "study")]),
        ("core", "from telltale import study", [(1, "study")]),
        ("core", "from ..study import store", [(1, "study")]),
        ("core", "from . import errors", []),
        ("core", "from telltale import __version__", []),
        ("study", "def f():\n    from telltale.simulate.spec import Spec", [(2, "simulate")]),
        ("study", "import importlib\nimportlib.import_module('telltale.cli.app')", [(2, "cli")]),
        ("study", "from telltale.signs import facs", [(1, "signs")]),
        ("study", "from telltale import read", [(1, "perceive")]),
        ("study", "from telltale.core import rng", []),
        ("cli", "from telltale.simulate import spec", []),
    ],
)
def test_the_reader_of_imports_sees_each_form(part: str, source: str, found: list[tuple[int, str]]) -> None:
    assert list(climbs(source, part, LADDER)) == found
