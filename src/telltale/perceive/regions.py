"""Where a face's 17 regions lie in the picture, for whoever draws them."""

from __future__ import annotations

import cv2
import numpy as np

from telltale.face.view import Array, FaceView, to_crop_points
from telltale.motion.regions import region_outlines


def outlines_in_picture(view: FaceView) -> Array:
    """Corners of the regions, pixels of the picture. Shape (17, 4, 2)."""
    corners = region_outlines(to_crop_points(view.points68, view.to_crop))
    to_picture = np.asarray(cv2.invertAffineTransform(view.to_crop), dtype=np.float32)
    return to_crop_points(corners.reshape(-1, 2), to_picture).reshape(corners.shape)
