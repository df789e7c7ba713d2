"""Altered pictures: what is drawn at a point must still lie under it, however the picture was bent."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from telltale.face.refine_net import window_of
from telltale.face.refined import INPUT_PX, WINDOW_MIDDLE, WINDOW_PX
from telltale.units.examples import RefineExamples
from telltale.units.nets import _read_many, _read_one
from telltale.units.train_pictures import altered

_PEOPLE, _FRAMES = 3, 4


def _marked(point: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """A grey crop with a bright disc of 3 px about a point, as the network would see it."""
    rows, columns = np.indices((224, 224))
    square = (columns - point[0]) ** 2 + (rows - point[1]) ** 2
    return window_of((60 + 190 * np.exp(-square / 18)).astype(np.float32)).astype(np.uint8)


def _examples(point: npt.NDArray[np.float32]) -> RefineExamples:
    count = _PEOPLE * (_FRAMES + 1)
    points = np.tile(point, (count, 68, 1)).astype(np.float32)
    intensity = np.zeros((count, 17, 2), np.float32)
    intensity[:, 8, 0] = 1.0
    return RefineExamples(
        np.tile(_marked(point), (count, 1, 1)),
        points,
        points.copy(),
        np.ones((count, 17), np.float32),
        intensity,
        np.repeat(np.arange(_PEOPLE), _FRAMES + 1).astype(np.int64),
    )


def _alter(point: npt.NDArray[np.float32], seed: int) -> Any:
    torch.manual_seed(seed)
    frames = np.concatenate([np.arange(1, _FRAMES + 1) + who * (_FRAMES + 1) for who in range(_PEOPLE)])
    calm = np.arange(_PEOPLE) * (_FRAMES + 1)
    return altered(_examples(point), frames, calm, rng=np.random.default_rng(seed), device="cpu")


@pytest.mark.parametrize("point", [(90.0, 100.0), (140.0, 160.0), (111.5, 125.5)])
def test_what_is_drawn_at_a_point_stays_under_it(point: tuple[float, float]) -> None:
    off = []
    for seed in range(6):
        batch = _alter(np.array(point, np.float32), seed)
        for picture, places in zip(batch.picture[:, 0], batch.true_points, strict=True):
            x, y = ((places[0] - torch.tensor(WINDOW_MIDDLE)) * (2 / WINDOW_PX)).tolist()
            column, row = ((v + 1) * INPUT_PX / 2 - 0.5 for v in (x, y))
            around = picture[round(row) - 6 : round(row) + 7, round(column) - 6 : round(column) + 7]
            top = np.unravel_index(int(around.argmax()), (13, 13))
            off.append(np.hypot(round(row) - 6 + top[0] - row, round(column) - 6 + top[1] - column))
    # Lights, highlights and noise may outshine a mark now and then.
    assert np.median(off) < 1.0
    assert np.quantile(off, 0.8) < 2.0


def test_a_mirrored_face_has_its_units_on_the_other_side() -> None:
    point = np.array([90.0, 100.0], np.float32)
    sides = set()
    for seed in range(8):
        batch = _alter(point, seed)
        mirrored = bool(batch.intensity[0, 8, 1] == 1.0)
        assert mirrored == bool(batch.true_points[0, 0, 0] > WINDOW_MIDDLE[0])
        sides.add(mirrored)
    assert sides == {False, True}


def test_pictures_of_a_person_are_bent_alike() -> None:
    batch = _alter(np.array([95.0, 150.0], np.float32), 3)
    places = batch.true_points[: len(batch.whose), 0].reshape(_PEOPLE, _FRAMES, 2)
    within, between = places.std(dim=1).max(), places.mean(dim=1).std(dim=0).max()
    assert within < between / 2


def test_levels_are_read_alike_in_training_and_in_the_graph() -> None:
    generator = torch.Generator().manual_seed(5)
    levels = tuple(torch.rand(1, c, s, s, generator=generator) for c, s in ((16, 56), (24, 28), (64, 7)))
    # Beyond the border too.
    places = torch.rand(1, 68, 2, generator=generator) * 2.4 - 1.2
    for one, other in zip(_read_many(levels, places), _read_one(levels, places), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)
