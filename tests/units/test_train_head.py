"""The head learns what looks tell, doubts itself as much as it should, and reads no intensity from motion."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import ndtr

from telltale.units.feature_vector import LOOKS_SIZE, SIZE, part_slices
from telltale.units.head import CLOSE
from telltale.units.nets import HeadNet
from telltale.units.train_head import HeadTraining, SideExamples, correlations, train_head

MIX = np.random.default_rng(5).normal(0, 0.25, (40, 17))


def examples(count: int, seed: int) -> SideExamples:
    """Looks of which 40 numbers carry the units, with errors of 0.1."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(0, 1, (count, SIZE))
    true = np.clip(0.5 + vectors[:, :40] @ MIX / 4 + rng.normal(0, 0.1, (count, 17)), 0, 1)
    return SideExamples(
        vectors.astype(np.float16),
        true.astype(np.float32),
        np.zeros((count, 17), np.float32),
        np.ones((count, 17), np.float32),
    )


@pytest.fixture(scope="module")
def trained() -> HeadNet:
    settings = HeadTraining(epochs=6, batch=128, left_out=0.0)
    return train_head(examples(4000, 0), examples(1000, 1), settings, tell=print)


def test_it_reads_people_it_never_saw(trained: HeadNet) -> None:
    assert correlations(trained, examples(1000, 2)).min() > 0.6


@torch.no_grad()
def test_as_many_readings_are_close_as_it_says(trained: HeadNet) -> None:
    new = examples(1000, 3)
    intensity, _, spread, _ = trained(torch.from_numpy(new.vectors.astype(np.float32)))
    close = (np.abs(intensity.clamp(0, 1).numpy() - new.intensity) <= CLOSE).mean(axis=0)
    said = (2 * ndtr(CLOSE / spread.numpy()) - 1).mean(axis=0)
    np.testing.assert_allclose(said, close, atol=0.08)


@torch.no_grad()
def test_intensity_comes_from_looks_and_velocity_from_motion(trained: HeadNet) -> None:
    vector = torch.zeros(1, SIZE)
    moving, smiling = vector.clone(), vector.clone()
    moving[:, LOOKS_SIZE:] = 1.0
    smiling[:, part_slices()["distance_own"]] = 1.0
    still, moved, smiled = (trained(told) for told in (vector, moving, smiling))
    assert torch.equal(still[0], moved[0])
    assert not torch.equal(still[1], moved[1])
    assert torch.equal(still[1], smiled[1])
    assert not torch.equal(still[0], smiled[0])
