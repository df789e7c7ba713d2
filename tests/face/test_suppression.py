"""Overlap, suppression and blending, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np

from telltale.face.suppression import blend, keep_best, overlaps


def test_overlap_is_intersection_over_union() -> None:
    box = np.array([0, 0, 4, 4], np.float32)
    others = np.array([[0, 0, 4, 4], [2, 0, 6, 4], [4, 0, 8, 4], [1, 1, 3, 3], [9, 9, 9, 9]], np.float32)
    # 8 of 24 shared, edges that only touch, 4 of 16 inside, and nothing at all.
    np.testing.assert_allclose(overlaps(box, others), [1, 1 / 3, 0, 1 / 4, 0], rtol=1e-6)


def test_an_empty_box_overlaps_nothing_and_divides_by_nothing() -> None:
    empty = np.zeros(4, np.float32)
    assert overlaps(empty, empty[None]).tolist() == [0]
    turned = np.array([[3, 3, 1, 1]], np.float32)
    assert overlaps(np.array([0, 0, 4, 4], np.float32), turned).tolist() == [0]


def test_the_surest_of_each_heap_stays() -> None:
    boxes = np.array([[0, 0, 4, 4], [1, 0, 5, 4], [10, 0, 14, 4], [2, 0, 6, 4]], np.float32)
    scores = np.array([0.8, 0.9, 0.5, 0.7], np.float32)
    # Box 1 takes out 0 and 3, which each share 12 of 20 with it.
    assert keep_best(boxes, scores, 0.5).tolist() == [1, 2]
    assert keep_best(boxes, scores, 0.7).tolist() == [1, 0, 3, 2]


def test_suppression_is_not_passed_on() -> None:
    # 1 falls to 0; 2 overlaps 1 only and stays.
    boxes = np.array([[0, 0, 4, 4], [2, 0, 6, 4], [4, 0, 8, 4]], np.float32)
    scores = np.array([0.9, 0.8, 0.7], np.float32)
    assert keep_best(boxes, scores, 0.3).tolist() == [0, 2]


def test_blending_weighs_by_score() -> None:
    boxes = np.array([[0, 0, 8, 8], [20, 20, 24, 24], [0, 0, 8, 4]], np.float32)
    scores = np.array([0.2, 0.5, 0.6], np.float32)
    values = np.array([[4, 0], [7, 7], [0, 8]], np.float32)
    blended, best, found = blend(boxes, scores, values, 0.3)
    np.testing.assert_allclose(blended, [[0, 0, 8, 5], [20, 20, 24, 24]], rtol=1e-6)
    np.testing.assert_allclose(best, [0.6, 0.5])
    np.testing.assert_allclose(found, [[1, 6], [7, 7]], rtol=1e-6)


def test_nothing_in_nothing_out() -> None:
    none = np.zeros((0, 4), np.float32)
    assert keep_best(none, np.zeros(0, np.float32), 0.5).tolist() == []
    blended, best, found = blend(none, np.zeros(0, np.float32), np.zeros((0, 12), np.float32), 0.5)
    assert (blended.shape, best.shape, found.shape) == ((0, 4), (0,), (0, 12))


def test_an_empty_box_ends_the_blending_too() -> None:
    blended, _, _ = blend(
        np.zeros((2, 4), np.float32), np.ones(2, np.float32), np.zeros((2, 1), np.float32), 0.3
    )
    assert blended.shape == (2, 4)
