import numpy as np
import pytest

from virtualptz.tracking.bytetrack.association import Association, grown, overlaps

EVERYBODY = np.array([True, True])


def test_overlap_is_intersection_over_union() -> None:
    one = np.array([[0.0, 0, 10, 10]])
    others = np.array([[0.0, 0, 10, 10], [5, 0, 15, 10], [10, 0, 20, 10], [30, 30, 40, 40]])
    assert overlaps(one, others) == pytest.approx(np.array([[1, 1 / 3, 0, 0]]))
    assert overlaps(others[:0], others).shape == (0, 4)


def test_boxes_grow_by_their_height_on_every_side() -> None:
    assert grown(np.array([[10.0, 20, 30, 60]]), 0.25).tolist() == [[0, 10, 40, 70]]


def test_the_least_cost_in_all_and_not_the_nearest_first() -> None:
    costs = np.array([[0.1, 0.2], [0.2, 0.7]])
    rows, columns = Association(2, 2).match(costs, 0.8, EVERYBODY, EVERYBODY)
    assert list(zip(rows, columns, strict=True)) == [(0, 1), (1, 0)]


def test_no_pair_costs_more_than_the_limit() -> None:
    association = Association(2, 2)
    rows, columns = association.match(np.array([[0.9, 0.6], [0.9, 0.9]]), 0.8, EVERYBODY, EVERYBODY)
    assert (rows.tolist(), columns.tolist()) == ([0], [1])
    assert association.free_tracks.tolist() == [False, True]
    assert association.free_detections.tolist() == [True, False]


def test_who_is_taken_is_taken() -> None:
    association = Association(2, 2)
    costs = np.full((2, 2), 0.1)
    association.match(costs, 0.8, np.array([True, False]), np.array([False, True]))
    rows, columns = association.match(costs, 0.8, EVERYBODY, EVERYBODY)
    assert (rows.tolist(), columns.tolist()) == ([1], [0])
