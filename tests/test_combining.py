"""Components joined into clusters: entropies by hand, and every pair tried."""

from itertools import combinations

import numpy as np
import pytest

from gmm_lib.combining import combine, entropy, joined

W = np.array([[0.5, 0.5, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0], [0.25, 0.75, 0.0, 0.0], [0.0, 0.0, 0.1, 0.9]])


def by_hand(w):
    return -sum(p * np.log(p) for p in w.ravel() if p > 0)


def test_entropy_by_hand():
    assert entropy(W) == pytest.approx(by_hand(W))
    assert entropy(np.eye(3)) == 0
    assert entropy(np.full((7, 4), 0.25)) == pytest.approx(7 * np.log(4))


def test_joined_adds_columns():
    np.testing.assert_allclose(joined(W, [0, 0, 1, 1]), [[1, 0], [0.5, 0.5], [1, 0], [0, 1]])


@pytest.mark.parametrize("seed", range(5))
def test_each_step_takes_the_best_of_all_pairs(seed):
    w = np.random.default_rng(seed).dirichlet(np.full(5, 0.3), 30)
    columns = list(w.T)
    for n_clusters in range(5, 0, -1):
        found = joined(w, combine(w, n_clusters))
        as_sets = (sorted(map(tuple, np.round(part, 9))) for part in (found.T, columns))
        assert next(as_sets) == next(as_sets)
        ways = []
        for pair in combinations(range(len(columns)), 2):
            rest = [column for j, column in enumerate(columns) if j not in pair]
            ways.append([*rest, columns[pair[0]] + columns[pair[1]]])
        columns = min(ways, key=lambda way: by_hand(np.array(way)), default=columns)


def test_joining_never_makes_it_more_undecided():
    w = np.random.default_rng(9).dirichlet(np.ones(6), 40)
    values = [entropy(joined(w, combine(w, n_clusters))) for n_clusters in range(1, 7)]
    assert (np.diff(values) >= 0).all() and values[0] == pytest.approx(0, abs=1e-12)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="n_clusters must be at most 4, the number of components; got 5"):
        combine(W, 5)
    with pytest.raises(ValueError, match="groups must have 4 entries, one per component; got 2"):
        joined(W, [0, 1])
