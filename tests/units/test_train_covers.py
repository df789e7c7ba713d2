"""Things that are drawn before a face, and how much of each region is then still in sight."""

import numpy as np
import torch
from tests.units.views import views

from telltale.core.channels import ACTION_UNITS
from telltale.face.refined import INPUT_PX
from telltale.face.view import to_crop_points
from telltale.units.train_covers import _COVERED, _CUT_OFF, _over_regions, covered
from telltale.units.train_pictures import _to_window

MOUTH = [ACTION_UNITS.index(unit) for unit in (17, 25, 26)]
BROWS = [ACTION_UNITS.index(unit) for unit in (1, 2, 4)]


def places() -> torch.Tensor:
    """The 68 points of a frontal face in the window, shape (1, 68, 2)."""
    (view,) = views("front")
    return _to_window(torch.from_numpy(to_crop_points(view.points68, view.to_crop)).float())[None]


def test_what_a_mask_covers_is_counted_by_region() -> None:
    points = places()
    low = float(points[0, 33, 1])
    axis = torch.linspace(-1, 1, INPUT_PX)
    mask = (axis[:, None] > low).float().expand(INPUT_PX, INPUT_PX)[None]
    share = _over_regions(mask, points)[0]
    assert (share[BROWS] < 0.02).all()
    assert (share[MOUTH] > 0.7).all()
    assert torch.equal(_over_regions(torch.ones_like(mask), points), torch.ones(1, 17))


def test_what_is_drawn_over_is_no_longer_in_sight_and_the_rest_is() -> None:
    torch.manual_seed(3)
    picture = torch.full((1000, INPUT_PX, INPUT_PX), 120.0)
    drawn, seen = covered(picture, places().expand(1000, -1, -1), torch.ones(1000, 17))
    changed = ((drawn - picture).abs() > 20).flatten(1).float().mean(dim=1)
    hidden = 1 - seen.mean(dim=1)
    # Some things lie beside the face, and one in twenty pictures ends within it.
    assert _COVERED - 0.1 < (hidden > 0.02).float().mean() < _COVERED + _CUT_OFF
    assert (seen >= 0).all()
    assert (seen <= 1).all()
    # Nothing is hidden without something before it; most often the more is drawn, the more is hidden.
    assert (hidden[changed == 0] == 0).float().mean() > 0.9
    assert np.corrcoef(changed.numpy(), hidden.numpy())[0, 1] > 0.5
    assert torch.equal(picture, torch.full_like(picture, 120.0))


def test_a_batch_may_hold_nothing_to_cover() -> None:
    torch.manual_seed(1)
    picture = torch.rand(1, INPUT_PX, INPUT_PX) * 255
    found = [covered(picture, places(), torch.ones(1, 17)) for _ in range(20)]
    assert any(torch.equal(drawn, picture) and (seen == 1).all() for drawn, seen in found)
    assert any((seen < 1).any() for _, seen in found)
