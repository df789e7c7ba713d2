"""Training of the refinement network from examples of rendered clips.

    loss = 20 mean |p + moved - p_true| / E + 0.3 seen (cross-entropy) + w (still + compared) (squared errors)

E is the true distance between the outer corners of the eyes: the usual normalised error. A batch holds
several people, some frames of each and one more in which the person is calm (now and then any other):
`compared` reads the units from how the codes of the two differ. Pictures are altered on the way in
(`train_pictures`, `train_covers`): in other light, of another shape and skin, with highlights, noise, blur
and things in front, mirrored, with points that are off; a person's pictures alike but for a little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from telltale.face.refined import INPUT_PX
from telltale.face.view import CROP_PX
from telltale.units.examples import RefineExamples
from telltale.units.landmark_error import normalised_error
from telltale.units.nets import RefineNet
from telltale.units.scores import correlation
from telltale.units.train_pictures import Batch, altered, normalised
from telltale.weights.torch_export import to_onnx

_CALM: Final = 3
"""The calmest frames of a person, of which one is held against the others ..."""
_CALM_SHARE: Final = 0.8
"""... so often; else any frame."""


@dataclass(frozen=True, slots=True)
class RefineTraining:
    """How the refinement network is trained."""

    epochs: int = 7
    people: int = 12
    """In a batch ..."""
    frames: int = 6
    """... and so many frames of each, beside a calm one."""
    rate: float = 2e-3
    weight_decay: float = 1e-3
    units_weight: float = 20.0
    """Weight of the units' squared errors beside points and sight."""
    seed: int = 7


@dataclass(frozen=True, slots=True)
class RefineScore:
    """Mean normalised errors, shares of the distance between the outer corners of the eyes."""

    refined: float
    mesh: float
    """FaceMesh alone, the same frames."""
    still: float
    """Correlation of the still units, mean over units."""
    compared: float
    """The same with the person's calmest frame beside."""
    seen: float
    """Share of regions rightly called hidden (less than half in sight) or in sight."""


def train_refine(
    examples: RefineExamples,
    held_back: RefineExamples,
    settings: RefineTraining,
    *,
    tell: Callable[[str], None],
    device: str = "cpu",
) -> RefineNet:
    """Train the network; `tell` is given one line an epoch."""
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng(settings.seed)
    # A fifth faster on a processor than with the channels apart.
    net = RefineNet()
    net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(net.parameters(), settings.rate, weight_decay=settings.weight_decay)
    people = _People(examples)
    steps = max(len(examples.picture) // (settings.people * settings.frames), 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.rate, total_steps=steps * settings.epochs + 1
    )
    for epoch in range(settings.epochs):
        net.train()
        total = 0.0
        for drawn in people.batches(settings, steps, rng):
            batch = altered(examples, *drawn, rng=rng, device=device)
            loss = _loss(net, batch, settings)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
        score = score_refine(net, held_back, device=device)
        tell(
            f"refine epoch {epoch + 1}/{settings.epochs}: loss {total / steps:.4f}, "
            f"error {score.refined:.2%} (FaceMesh {score.mesh:.2%}), units r {score.still:.3f} still, "
            f"{score.compared:.3f} compared, seen {score.seen:.1%}"
        )
    return net.eval()


Rows = npt.NDArray[np.intp]


class _People:
    """Which rows are whose, and which of them are calm."""

    def __init__(self, examples: RefineExamples) -> None:
        shown = examples.intensity.reshape(len(examples.intensity), -1).sum(axis=1)
        names = np.asarray(examples.person)
        self._rows = [np.flatnonzero(names == name) for name in np.unique(names)]
        self._calm = [rows[np.argsort(shown[rows], kind="stable")[:_CALM]] for rows in self._rows]
        self._share = np.array([len(rows) for rows in self._rows]) / len(names)

    def calmest(self) -> Rows:
        """For each row the calmest of the same person. Shape (n,)."""
        found = np.empty(sum(len(rows) for rows in self._rows), dtype=np.intp)
        for rows, calm in zip(self._rows, self._calm, strict=True):
            found[rows] = calm[0]
        return found

    def batches(
        self, settings: RefineTraining, steps: int, rng: np.random.Generator
    ) -> Iterator[tuple[Rows, Rows]]:
        """Rows of frames (people x frames,) and of what each person is held against (people,)."""
        count = min(settings.people, len(self._rows))
        for _ in range(steps):
            frames, calm = [], []
            for who in rng.choice(len(self._rows), count, replace=False, p=self._share):
                rows = self._rows[who]
                frames.append(rng.choice(rows, settings.frames, replace=len(rows) < settings.frames))
                calm.append(rng.choice(self._calm[who] if rng.random() < _CALM_SHARE else rows))
            yield np.concatenate(frames), np.array(calm)


@torch.no_grad()
def score_refine(net: RefineNet, examples: RefineExamples, *, device: str = "cpu") -> RefineScore:
    """Errors on examples, unaltered."""
    net.eval()
    kept: tuple[list[npt.NDArray[np.float32]], ...] = ([], [], [], [])
    for start in range(0, len(examples.picture), 256):
        part = slice(start, start + 256)
        picture = normalised(torch.from_numpy(examples.picture[part]).to(device).float())
        out = net(picture, torch.from_numpy(examples.points[part]).to(device))
        for held, values in zip(kept, out, strict=True):
            held.append(values.cpu().numpy())
    moved, seen, still, code = (np.concatenate(held) for held in kept)
    neutral = code[_People(examples).calmest()]
    pair = (torch.from_numpy(values).to(device) for values in (code, neutral))
    compared = net.compared(*pair).cpu().numpy()
    refined = examples.points + moved
    return RefineScore(
        refined=float(normalised_error(refined, examples.true_points).mean()),
        mesh=float(normalised_error(examples.points, examples.true_points).mean()),
        still=_mean_correlation(still, examples),
        compared=_mean_correlation(compared, examples),
        seen=float(((seen < 0.5) == (examples.seen < 0.5)).mean()),
    )


def _mean_correlation(told: npt.NDArray[np.float32], examples: RefineExamples) -> float:
    """Over the units that move, where in sight."""
    found = []
    for unit in range(told.shape[1]):
        in_sight = examples.seen[:, unit] >= 0.5
        found.append(correlation(told[in_sight, unit].ravel(), examples.intensity[in_sight, unit].ravel()))
    return float(np.nan_to_num(np.nanmean(found)))


def _loss(net: RefineNet, batch: Batch, settings: RefineTraining) -> Tensor:
    count = len(batch.whose)
    moved, seen, still, code = net(batch.picture, batch.points)
    eyes = (batch.true_points[:, 36] - batch.true_points[:, 45]).norm(dim=1)[:, None]
    off = (batch.points + moved - batch.true_points).norm(dim=2) / eyes
    in_sight = functional.binary_cross_entropy(seen.clamp(1e-4, 1 - 1e-4), batch.seen)
    compared = net.compared(code[:count], code[count:][batch.whose])
    weight = 0.1 + 0.9 * batch.seen[..., None]
    apart = (weight * (still - batch.intensity) ** 2).mean()
    apart = apart + (weight[:count] * (compared - batch.intensity[:count]) ** 2).mean()
    loss: Tensor = 20 * off.mean() + 0.3 * in_sight + settings.units_weight * apart
    return loss


def export_refine(net: RefineNet, path: Path) -> None:
    """Write the network as ONNX."""
    inputs = (torch.zeros(1, 1, INPUT_PX, INPUT_PX), torch.full((1, 68, 2), CROP_PX / 2.0))
    to_onnx(net, inputs, path, takes=("window", "points"), gives=("moved", "seen", "still", "code"))
