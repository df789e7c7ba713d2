"""The table under OpenFace's names: its columns, its signs, its scales, and what is unread."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from telltale.core import channels
from telltale.core.signal import unread_rows
from telltale.units.openface_csv import COLUMNS, OpenFaceCsv


def written(tmp_path: Path, **values: float) -> pd.DataFrame:
    """A read frame with some channels set, and an unread one, through the file."""
    rows = unread_rows(2)
    rows[0] = 0.0
    rows[0, channels.VALID] = 1.0
    for name, value in values.items():
        rows[0, channels.INDEX[name]] = value
    path = tmp_path / "out.csv"
    with OpenFaceCsv(path, "3") as table:
        table.add(4, 0.1, rows[0], 0.98)
        table.add(5, 0.2, rows[1], 0.0)
    return pd.read_csv(path)


def test_columns_stand_in_openface_order(tmp_path: Path) -> None:
    names = list(written(tmp_path).columns)
    assert names == list(COLUMNS)
    head = ["frame", "face_id", "timestamp", "confidence", "success", "gaze_angle_x", "gaze_angle_y"]
    assert names[:10] == [*head, "pose_Rx", "pose_Ry", "pose_Rz"]
    assert names[10:12] == ["AU01_r", "AU02_r"]
    assert (names[26], names[27], names[-1]) == ("AU45_r", "AU01_c", "AU45_c")
    assert len(names) == 10 + 17 + 17


def test_intensities_are_means_of_both_sides_from_0_to_5(tmp_path: Path) -> None:
    table = written(tmp_path, au12_intensity_left=0.6, au12_intensity_right=0.2, au04_intensity_left=0.2)
    first = table.iloc[0]
    assert first["AU12_r"] == pytest.approx(2.0)
    assert first["AU12_c"] == 1
    assert first["AU04_r"] == pytest.approx(0.5)
    assert first["AU04_c"] == 0
    assert written(tmp_path, au26_intensity_left=1.5, au26_intensity_right=1.5).iloc[0]["AU26_r"] == 5


def test_below_neutral_is_zero(tmp_path: Path) -> None:
    assert written(tmp_path, au01_intensity_left=-0.3).iloc[0]["AU01_r"] == 0


def test_signs_are_openfaces(tmp_path: Path) -> None:
    first = written(tmp_path, yaw=0.2, pitch=0.1, roll=0.3).iloc[0]
    assert (first["pose_Rx"], first["pose_Ry"], first["pose_Rz"]) == pytest.approx((-0.1, -0.2, 0.3))
    # Gaze in front of the camera goes with the head, positive to the picture's right and down.
    assert (first["gaze_angle_x"], first["gaze_angle_y"]) == pytest.approx((0.2, -0.1))
    eyes = written(tmp_path, gaze_x=0.15, gaze_y=-0.25).iloc[0]
    assert (eyes["gaze_angle_x"], eyes["gaze_angle_y"]) == pytest.approx((0.15, 0.25))


def test_an_unread_row_is_no_success_and_empty(tmp_path: Path) -> None:
    table = written(tmp_path)
    assert table["success"].tolist() == [1, 0]
    assert table["frame"].tolist() == [5, 6]
    assert table["face_id"].tolist() == [3, 3]
    assert table["confidence"].tolist() == [0.98, 0]
    assert table.iloc[1, 5:].isna().all()
    assert table.iloc[0].notna().all()


def test_a_hidden_unit_is_empty_alone(tmp_path: Path) -> None:
    first = written(tmp_path, au12_intensity_left=np.nan).iloc[0]
    assert np.isnan(first["AU12_r"])
    assert np.isnan(first["AU12_c"])
    assert first["AU10_r"] == 0
