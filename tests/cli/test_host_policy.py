"""The door before a host's face: what it lets through, and what it says where it does not."""

from pathlib import Path

import pytest

from telltale.cli.host_policy import refuse_host
from telltale.core.errors import ConfigError

TEMPLATE = Path(__file__).parents[2] / "src/telltale/strategy/policies/template.toml"


def own(folder: Path, places: str, *, read: bool, coaching: bool) -> Path:
    """A policy as a lawyer might fill in the template."""
    text = TEMPLATE.read_text(encoding="utf-8").replace('source = ""', 'source = "an article"')
    text = text.replace('places = ["XX"]', f"places = [{places}]")
    for rule, value in (("read_hosts", read), ("hosts_self_coaching", coaching)):
        text = text.replace(f"[{rule}]\nvalue = false", f"[{rule}]\nvalue = {str(value).lower()}")
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_place_must_be_named() -> None:
    with pytest.raises(ConfigError, match="name it with --place"):
        refuse_host(None, None, self_coaching=False)


@pytest.mark.parametrize(
    ("place", "coaching", "told"),
    [
        ("DE", False, r"policy eu .* for others to see in DE \(EU AI Act 5\(1\)\(f\): .*add --self-coaching"),
        ("US-IL", False, r"policy us-il .*\(ours: a written release.*add --self-coaching"),
        ("GB", False, r"policy default .*give --policy a file for this place"),
        ("GB", True, r"policy default .* for the host alone in GB .*give --policy"),
    ],
)
def test_what_is_not_allowed_is_told_with_its_source(place: str, coaching: bool, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as error:
        refuse_host(place, None, coaching)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("Germany", "Germany"),
        ("D", "D"),
        ("DEU", "DEU"),
        ("DE-", "DE-"),
        ("US-ILXX", "US-ILXX"),
        ("US_IL", "US_IL"),
        ("", "''"),
        ("DE\n", r"'DE\n'"),
        ("*", "'*'"),
    ],
)
def test_what_is_no_code_of_a_place_is_told(tmp_path: Path, place: str, told: str) -> None:
    path = own(tmp_path, '"*"', read=True, coaching=True)
    for file in (None, path):
        with pytest.raises(ConfigError) as error:
            refuse_host(place, file, self_coaching=True)
        assert str(error.value) == f"{told} is no code of a place: give ISO 3166 codes such as DE or US-IL"


@pytest.mark.parametrize(
    ("place", "policy"), [("DE", "eu"), ("fr", "eu"), ("DE-BY", "eu"), ("US-IL", "us-il")]
)
def test_self_coaching_is_for_the_host_alone(place: str, policy: str) -> None:
    door = refuse_host(place, None, self_coaching=True)
    assert (door.policy, door.only_host_sees, door.place) == (policy, True, place)
    assert "the host alone" in door.source


def test_a_policy_of_ones_own_opens_its_own_places(tmp_path: Path) -> None:
    path = own(tmp_path, '"JP", "KR"', read=True, coaching=True)
    door = refuse_host(None, path, self_coaching=False)
    assert (door.place, door.policy, door.source, door.only_host_sees) == (
        "JP, KR",
        "my-place",
        "an article",
        False,
    )
    assert refuse_host("JP-13", path, self_coaching=False).policy == "my-place"
    assert refuse_host("JP", path, self_coaching=True).only_host_sees


def test_and_no_other(tmp_path: Path) -> None:
    path = own(tmp_path, '"JP"', read=True, coaching=True)
    with pytest.raises(ConfigError, match=r"own\.toml does not hold in KR"):
        refuse_host("KR", path, self_coaching=False)


def test_a_policy_of_ones_own_that_forbids_is_told_as_that(tmp_path: Path) -> None:
    for place, coaching, asked, told in (
        ("JP", False, False, "read_hosts is false in {file}"),
        ("JP", False, True, "read_hosts and hosts_self_coaching are false in {file}"),
        (
            "JP",
            True,
            False,
            "read_hosts is false in {file}; if you are the host and nobody else sees it, add --self-coaching",
        ),
        ("*", False, False, "read_hosts is false in {file}"),
    ):
        path = own(tmp_path, f'"{place}"', read=False, coaching=coaching)
        with pytest.raises(ConfigError, match=r"my-place does not allow to read") as error:
            refuse_host(None, path, self_coaching=asked)
        assert str(error.value).endswith(f": {told.format(file=path)}")
    path = own(tmp_path, '"*"', read=True, coaching=True)
    with pytest.raises(ConfigError) as error:
        refuse_host("GB", path, self_coaching=False)
    assert str(error.value).endswith(f": {path} allows it, but of several policies the stricter rule counts")


def test_it_cannot_weaken_the_law_of_a_place_that_is_known(tmp_path: Path) -> None:
    for places in ('"DE"', '"*"', '"JP", "DE"'):
        path = own(tmp_path, places, read=True, coaching=True)
        with pytest.raises(ConfigError, match="does not allow"):
            refuse_host(None, path, self_coaching=False)


def test_its_faults_are_told_as_those_of_any_policy() -> None:
    with pytest.raises(ConfigError, match="no facts, no policy"):
        refuse_host("XX", TEMPLATE, self_coaching=False)
