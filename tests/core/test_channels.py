"""The 128 channels: their number, names, signs, and what a mirror does to them."""

import numpy as np
import pytest

from telltale.core import channels


def test_there_are_128_with_unique_names() -> None:
    assert channels.COUNT == len(channels.NAMES) == len(set(channels.NAMES)) == 128
    assert len(channels.ACTION_UNITS) == len(set(channels.ACTION_UNITS)) == 17


def test_seven_for_each_unit_then_nine_of_the_face() -> None:
    units = [c.action_unit for c in channels.CHANNELS]
    assert units[:119] == [au for au in channels.ACTION_UNITS for _ in range(7)]
    assert units[119:] == [None] * 9
    assert channels.NAMES[119:] == (
        "yaw", "pitch", "roll", "gaze_x", "gaze_y", "face_size", "brightness", "noise", "valid",
    )  # fmt: skip


def test_the_index_finds_each_name() -> None:
    assert [channels.INDEX[name] for name in channels.NAMES] == list(range(128))
    assert channels.NAMES[channels.VALID] == "valid"


@pytest.mark.parametrize(
    ("ending", "pooling"),
    [
        ("_intensity_left", "mean"),
        ("_intensity_right", "mean"),
        ("_velocity_left", "signed_peak"),
        ("_velocity_right", "signed_peak"),
        ("_energy_left", "max"),
        ("_energy_right", "max"),
        ("_confidence", "min"),
    ],
)
def test_each_kind_of_unit_channel_pools_as_documented(ending: str, pooling: str) -> None:
    found = [c.pooling for c in channels.CHANNELS if c.name.endswith(ending)]
    assert found == [pooling] * 17
    assert channels.CHANNELS[channels.VALID].pooling == "min"


def test_a_mirror_exchanges_left_and_right_and_nothing_else() -> None:
    for channel in channels.CHANNELS:
        partner = channels.CHANNELS[channels.INDEX[channel.mirror]]
        assert partner.mirror == channel.name
        sided = channel.name.endswith(("_left", "_right"))
        assert (channel.mirror != channel.name) == sided
        assert (partner.unit, partner.pooling, partner.action_unit) == (
            channel.unit,
            channel.pooling,
            channel.action_unit,
        )


def test_only_turning_sideways_changes_its_sign_in_a_mirror() -> None:
    assert [c.name for c in channels.CHANNELS if c.flips_sign] == ["yaw", "roll", "gaze_x"]
    assert [channels.NAMES[i] for i in np.flatnonzero(channels.FLIP_SIGN < 0)] == ["yaw", "roll", "gaze_x"]


def test_flip_is_its_own_inverse_on_every_channel() -> None:
    rows = np.diag(np.arange(1, 129, dtype=np.float32))
    flipped = channels.flip(rows)
    assert (np.count_nonzero(flipped, axis=1) == 1).all()
    np.testing.assert_array_equal(channels.flip(flipped), rows)


def test_flip_takes_rows_of_any_shape() -> None:
    batch = np.random.default_rng(0).random((3, 5, 128), dtype=np.float32)
    np.testing.assert_array_equal(channels.flip(batch)[1, 2], channels.flip(batch[1, 2]))


@pytest.mark.parametrize("kind", ["intensity_left", "velocity_right", "energy_left", "confidence"])
def test_unit_channels_stand_in_the_order_of_the_units(kind: str) -> None:
    found = channels.unit_channels(kind)
    assert [channels.CHANNELS[i].action_unit for i in found] == list(channels.ACTION_UNITS)
    assert all(channels.NAMES[i].endswith(kind) for i in found)
