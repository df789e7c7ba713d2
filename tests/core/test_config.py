"""Settings from TOML: each fault is told with its key and line, and all of them at once."""

import dataclasses
import pickle
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.core import config
from telltale.core.errors import ConfigError
from telltale.core.toml_lines import key_lines


@dataclasses.dataclass(frozen=True)
class Effect:
    """One planted effect."""

    unit: int
    strength: float = 1.0
    when_s: tuple[float, float] = (3.0, 8.0)

    def __post_init__(self) -> None:
        if self.when_s[0] >= self.when_s[1]:
            raise ValueError(f"when_s ends at {self.when_s[1]} before it starts")


@dataclasses.dataclass(frozen=True)
class Group:
    """Some effects under one name."""

    name: str
    effects: tuple[Effect, ...] = ()
    weights: dict[str, float] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        wrong: list[config.Problem] = [
            (("weights", n), "is below 0") for n, w in self.weights.items() if w < 0
        ]
        wrong += [(("effects", i, "unit"), "is 3") for i, e in enumerate(self.effects) if e.unit == 3]
        wrong += [((), "all is nothing")] if self.name == "nothing" else []
        if wrong:
            raise config.MisfitsError(wrong)


@dataclasses.dataclass(frozen=True)
class Plan:
    """Every kind of field that settings may have."""

    sessions: int
    signals: Literal["full", "none"] = "full"
    null: bool = False
    note: str | None = None
    groups: tuple[Group, ...] = ()
    shares: dict[str, float] = dataclasses.field(default_factory=dict)
    main: Effect = dataclasses.field(default_factory=lambda: Effect(12))
    further: Any = None
    lag: Literal[0, 1] = 0


def faults(text: str) -> list[str]:
    """The lines of the error that `text` gives."""
    with pytest.raises(ConfigError) as caught:
        config.parse(Plan, text, source="p.toml")
    return str(caught.value).splitlines()


WHOLE = """
sessions = 300
signals = "none"
null = true
note = "a note"
shares = { fashion = 0.4, beauty = 1 }
further = [1, "two"]
main = { unit = 4, when_s = [5, 10] }

[[groups]]
name = "near"

[[groups.effects]]
unit = 9

[[groups.effects]]
unit = 17
strength = -2
"""


def test_a_whole_file_becomes_frozen_settings() -> None:
    plan = config.parse(Plan, WHOLE, source="p.toml")
    assert plan == Plan(
        sessions=300,
        signals="none",
        null=True,
        note="a note",
        shares={"fashion": 0.4, "beauty": 1.0},
        main=Effect(4, when_s=(5.0, 10.0)),
        groups=(Group("near", (Effect(9), Effect(17, -2.0))),),
        further=[1, "two"],
    )
    assert type(plan.shares["beauty"]) is float


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sesions = 3", ["p.toml: 'sessions' is missing: set it",
                         "p.toml line 1: unknown key 'sesions': did you mean 'sessions'?"]),
        ("sessions = 3\nzzz = 1", ["p.toml line 2: unknown key 'zzz': known keys are "
                                   "sessions, signals, null, note, groups, shares, main, further, lag"]),
        ("sessions = 'three'", ["p.toml line 1: 'sessions' wants int, not 'three'"]),
        ("sessions = 3.0", ["p.toml line 1: 'sessions' wants int, not 3.0"]),
        ("sessions = true", ["p.toml line 1: 'sessions' wants int, not True"]),
        ("sessions = 3\nnull = 1", ["p.toml line 2: 'null' wants bool, not 1"]),
        ("sessions = 3\nnote = 5", ["p.toml line 2: 'note' wants str, not 5"]),
        ("sessions = 3\nsignals = 'all'",
         ["p.toml line 2: 'signals' is 'all': choose one of 'full', 'none'"]),
        ("sessions = 3\nshares = 4", ["p.toml line 2: 'shares' wants a table, not 4"]),
        ("sessions = 3\n[shares]\na = 'x'", ["p.toml line 3: 'shares.a' wants float, not 'x'"]),
        ("sessions = 3\nmain = 4", ["p.toml line 2: 'main' wants a table, not 4"]),
        ("sessions = 3\n[main]\nstrength = 2.0", ["p.toml line 2: 'main.unit' is missing: set it"]),
        ("sessions = 3\n[main]\nunit = 1\nwhen_s = [1]",
         ["p.toml line 4: 'main.when_s' wants 2 values, not 1"]),
        ("sessions = 3\n[main]\nunit = 1\nwhen_s = 1.0",
         ["p.toml line 4: 'main.when_s' wants a list, not 1.0"]),
        ("sessions = 3\n\n[main]\nunit = 1\nwhen_s = [9, 8]",
         ["p.toml line 3: when_s ends at 8.0 before it starts"]),
        ("sessions = 3\nmain.unit = 'x'", ["p.toml line 2: 'main.unit' wants int, not 'x'"]),
        ("sessions = 3\nmain.strength = 1.0", ["p.toml line 2: 'main.unit' is missing: set it"]),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_key_and_line(text: str, told: list[str]) -> None:
    assert faults(text) == told


MISFITS = """sessions = 3
[[groups]]
name = "near"
effects = [
  { unit = 3 },
  { unit = 4 },
  { unit = 3 },
]
[groups.weights]
joy = -1
calm = 1
rage = -2
[[groups]]
name = "nothing"
"""


def test_each_misfit_is_told_at_its_own_key() -> None:
    assert faults(MISFITS) == [
        "p.toml line 5: 'groups[0].effects[0].unit' is 3",
        "p.toml line 7: 'groups[0].effects[2].unit' is 3",
        "p.toml line 10: 'groups[0].weights.joy' is below 0",
        "p.toml line 12: 'groups[0].weights.rage' is below 0",
        "p.toml line 13: all is nothing",
    ]


def test_a_misfit_that_is_not_in_the_file_has_no_line() -> None:
    base = {"sessions": 3, "groups": [{"name": "near", "weights": {"joy": -1.0}}]}
    with pytest.raises(ConfigError) as caught:
        config.parse(Plan, "null = true", source="p.toml", base=base)
    assert str(caught.value) == "p.toml: 'groups[0].weights.joy' is below 0"


def test_misfits_outside_a_file_name_their_keys() -> None:
    with pytest.raises(ValueError, match=r"^'weights.joy' is below 0; all is nothing$") as caught:
        Group("nothing", weights={"joy": -1.0})
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "+nan", "1e999", f"{10**400}"])
def test_a_number_must_be_finite(number: str) -> None:
    (line,) = faults(f"sessions = 3\n[shares]\nfashion = {number}")
    value = number.strip("+") if "n" in number else "inf"
    assert line == f"p.toml line 3: 'shares.fashion' is {value}: choose a finite number"


def test_a_literal_is_of_its_own_type() -> None:
    (line,) = faults("sessions = 3\nlag = true")
    assert line == "p.toml line 2: 'lag' is True: choose one of 0, 1"


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = WHOLE.replace("300", "'300'").replace("unit = 17", "unti = 17").replace("true", "'yes'")
    assert faults(text) == [
        "p.toml line 2: 'sessions' wants int, not '300'",
        "p.toml line 4: 'null' wants bool, not 'yes'",
        "p.toml line 16: 'groups[0].effects[1].unit' is missing: set it",
        "p.toml line 17: unknown key 'groups[0].effects[1].unti': did you mean 'unit'?",
    ]


def test_what_is_not_toml_is_told_with_its_place() -> None:
    (line,) = faults("sessions = \n")
    assert line.startswith("p.toml is not valid TOML: ")
    assert "line 1" in line


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: None, "cannot read .*No such file or directory"),
        (lambda path: path.mkdir(), "cannot read .*Is a directory"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "is not text"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_line(tmp_path: Path, make: Any, words: str) -> None:
    make(tmp_path / "p.toml")
    with pytest.raises(ConfigError, match=words) as caught:
        config.load(Plan, tmp_path / "p.toml")
    assert "\n" not in str(caught.value)


def test_a_file_is_named_in_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("sessions = 'x'")
    with pytest.raises(ConfigError) as caught:
        config.load(Plan, path)
    assert str(caught.value) == f"{path} line 1: 'sessions' wants int, not 'x'"


def test_lines_of_nested_lists_of_tables() -> None:
    lines = key_lines(WHOLE)
    assert lines["groups", 0] == 10
    assert lines["groups", 0, "name"] == 11
    assert lines["groups", 0, "effects", 0, "unit"] == 14
    assert lines["groups", 0, "effects", 1] == 16
    assert lines["groups", 0, "effects", 1, "strength"] == 18


def test_counting_starts_anew_in_each_item() -> None:
    lines = key_lines("[[a]]\n[[a.b]]\nx=1\n[[a]]\n[[a.b]]\nx=1\n[[a.b]]\nx=1\n[a.c]\ny=1")
    assert lines["a", 0, "b", 0, "x"] == 3
    assert lines["a", 1, "b", 0, "x"] == 6
    assert lines["a", 1, "b", 1, "x"] == 8
    assert lines["a", 1, "c", "y"] == 10


@pytest.mark.parametrize(
    "before",
    [
        'text = """\ny = 1\n[t]\n"""',
        "text = '''\ny = 1\n'''",
        "rows = [\n  [1, 2],\n  [3, 4]\n]",
        "rows = [ # a ] in a comment\n  [1]\n]",
        'text = "a # no comment, and [ no bracket"',
        'text = "an escaped \\" quote ["',
        "rows = [\n  { y = 1 },\n  { y = 2 },\n]",
        "# y = 1",
    ],
)
def test_what_stands_inside_a_value_is_no_key(before: str) -> None:
    assert key_lines(before + "\ny = 2")[("y",)] == before.count("\n") + 2


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("a.b = 1", ("a", "b")),
        ("a . b = 1", ("a", "b")),
        ('"a.b" = 1', ("a.b",)),
        ("'a b'.c = 1", ("a b", "c")),
        ("  a-b_3 = 1", ("a-b_3",)),
        ("[a.b]", ("a", "b")),
        ("[ a . 'b.c' ] # note", ("a", "b.c")),
        ('[["a"]]', ("a", 0)),
    ],
)
def test_each_way_to_write_a_key_is_found(line: str, path: tuple[str | int, ...]) -> None:
    assert key_lines("\n" + line)[path] == 2


names = st.text("abcdefgh_", min_size=1, max_size=6)
values = st.one_of(
    st.integers(-9, 9).map(str),
    st.sampled_from(['"text"', "'[x]'", '"""\nq = 1\n"""', "[\n [1],\n [2]\n]", "{ z = 1 }", "[]"]),
)


@given(st.dictionaries(names, values, min_size=1, max_size=8), st.integers(0, 3))
def test_every_key_is_found_on_its_own_line(pairs: dict[str, str], gap: int) -> None:
    text, expected = "", {}
    for name, value in pairs.items():
        text += "\n" * gap
        expected[(name,)] = text.count("\n") + 1
        text += f"{name} = {value}\n"
    assert {path: line for path, line in key_lines(text).items() if len(path) == 1} == expected
