"""Many boxes around one face become one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


def overlaps(box: Array, boxes: Array) -> Array:
    """Intersection over union of one box with each of others; 0 where both are empty.

    Parameters
    ----------
    box
        Shape (4,): x0, y0, x1, y1.
    boxes
        Shape (N, 4).

    Returns
    -------
    Array
        Shape (N,), 0 to 1.

    >>> overlaps(np.array([0, 0, 2, 2], np.float32), np.array([[0, 0, 2, 1], [1, 1, 3, 3]], np.float32))
    array([0.5       , 0.14285715], dtype=float32)
    """
    corner = np.maximum(box[:2], boxes[:, :2])
    shared = np.prod(np.maximum(np.minimum(box[2:], boxes[:, 2:]) - corner, 0), axis=1)
    areas = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)
    union = np.prod(np.maximum(box[2:] - box[:2], 0)) + areas - shared
    found: Array = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return found


def keep_best(boxes: Array, scores: Array, max_overlap: float) -> npt.NDArray[np.intp]:
    """Which boxes stay when each one that overlaps a surer one is left out (non-maximum suppression).

    Returns
    -------
    NDArray
        Rows of `boxes`, the surest first.

    >>> boxes = np.array([[0, 0, 2, 2], [0, 0, 2, 1.9], [5, 5, 6, 6]], np.float32)
    >>> keep_best(boxes, np.array([0.6, 0.9, 0.7], np.float32), 0.4).tolist()
    [1, 2]
    """
    left = np.argsort(-scores, kind="stable")
    kept = []
    while left.size:
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[overlaps(boxes[best], boxes[left]) <= max_overlap]
    return np.array(kept, np.intp)


def blend(boxes: Array, scores: Array, values: Array, max_overlap: float) -> tuple[Array, Array, Array]:
    """Boxes that overlap the surest one become their mean, weighted by score, as BlazeFace's authors do.

    A blended box trembles less from frame to frame than the single best one. Its score is the best one's.

    Parameters
    ----------
    boxes
        Shape (N, 4).
    scores
        Shape (N,), above 0.
    values
        Shape (N, K): what is blended along with the boxes.
    max_overlap
        Intersection over union from which two boxes show the same face.

    Returns
    -------
    tuple
        Boxes (M, 4), scores (M,), values (M, K), the surest first.

    >>> boxes = np.array([[0, 0, 4, 4], [0, 0, 4, 8]], np.float32)
    >>> blend(boxes, np.array([0.75, 0.25], np.float32), np.array([[0], [8]], np.float32), 0.3)
    (array([[0., 0., 4., 5.]], dtype=float32), array([0.75], dtype=float32), array([[2.]], dtype=float32))
    """
    rows = np.concatenate([boxes, values], axis=1)
    left = np.argsort(-scores, kind="stable")
    blended, best_scores = [], []
    while left.size:
        same = overlaps(boxes[left[0]], boxes[left]) > max_overlap
        same[0] = True  # an empty box overlaps nothing, itself included
        weights = scores[left[same], None]
        blended.append((rows[left[same]] * weights).sum(axis=0) / weights.sum())
        best_scores.append(scores[left[0]])
        left = left[~same]
    found = np.array(blended, np.float32).reshape(-1, rows.shape[1])
    return found[:, :4], np.array(best_scores, np.float32), found[:, 4:]
