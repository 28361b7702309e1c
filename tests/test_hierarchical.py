"""Starts by merging: against brute force by the definition, SciPy's Ward, and the optima that mclust publishes."""

import itertools

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, ward

from gmm_lib import GaussianMixture, hierarchical
from gmm_lib.covariance_types import TYPES, of_type
from gmm_lib.datasets import iris, old_faithful, well_separated
from gmm_lib.hierarchical import LENT, merged_groups
from gmm_lib.selection import best_fit

pytestmark = pytest.mark.filterwarnings("error")


def criterion(X, group, kind):
    """What a group adds to the sum, from its points and the variances of all of them."""
    own, n = X[group], len(group)
    W, S, m = (own - own.mean(axis=0)).T @ (own - own.mean(axis=0)), np.diag(X.var(axis=0)), X.shape[1]
    if kind == "tied":
        return np.trace(np.linalg.solve(S, W))
    if kind == "diag":
        W = np.diag(np.diag(W))
    if kind == "spherical":
        W, S = np.trace(W) / m * np.eye(m), np.trace(S) / m * np.eye(m)
    return n * np.linalg.slogdet((W + LENT * S) / n)[1]


def by_brute_force(X, k, kind):
    """Every pair tried in every round."""
    partition = [[i] for i in range(len(X))]
    while len(partition) > k:

        def rise(pair):
            a, b = pair
            return criterion(X, a + b, kind) - criterion(X, a, kind) - criterion(X, b, kind)

        a, b = min(itertools.combinations(partition, 2), key=rise)
        partition = [one for one in partition if one not in (a, b)] + [a + b]
    return {frozenset(one) for one in partition}


def as_sets(labels):
    return {frozenset(np.flatnonzero(labels == one).tolist()) for one in np.unique(labels)}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("seed", range(3))
def test_the_groups_are_those_of_brute_force(kind, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(13, 2)) * [1, 100] + rng.integers(2, size=(13, 1)) * [3, 0]
    for k in (1, 2, 4, 8, 13):
        assert as_sets(merged_groups(X, k, kind)) == by_brute_force(X, k, kind)


def test_the_groups_are_numbered_by_their_first_points():
    X = well_separated().X
    labels = merged_groups(X, 3)
    assert labels[0] == 0 and [np.flatnonzero(labels == j)[0] for j in range(3)] == sorted(
        np.flatnonzero(labels == j)[0] for j in range(3)
    )
    assert np.unique(labels).tolist() == [0, 1, 2]


def test_for_tied_covariances_it_is_wards_method():
    X = old_faithful().X[::3] + np.random.default_rng(0).normal(size=(91, 2)) * 1e-3  # no two as near as two others
    tree = ward(X / X.std(axis=0))
    for k in (2, 3, 7, 20):
        assert as_sets(merged_groups(X, k, "tied")) == as_sets(fcluster(tree, k, "maxclust"))


@pytest.mark.parametrize("kind", ["full", "tied", "diag"])
def test_neither_units_nor_the_order_of_the_rows_matter(kind):
    rng = np.random.default_rng(2)
    X = rng.normal(size=(40, 3))
    labels, order = merged_groups(X, 4, kind), rng.permutation(40)
    np.testing.assert_array_equal(merged_groups(X * [2.0**-30, 1, 2.0**20], 4, kind), labels)
    assert {frozenset(order[list(one)]) for one in as_sets(merged_groups(X[order], 4, kind))} == as_sets(labels)


@pytest.mark.parametrize("data, expected", [(iris, -214.3547043705), (old_faithful, -1130.2639601847)])
def test_from_it_em_finds_the_optimum_of_mclust(data, expected):
    X = data().X
    fit = GaussianMixture(2, init_params="hierarchical", tol=1e-12, max_iter=1000, reg_covar=0).fit(X)
    assert fit.score(X) * len(X) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("kind", TYPES)
def test_a_start_is_of_its_type_the_same_each_time_and_needs_no_floor(kind):
    X = np.vstack([well_separated().X, [[100.0, 100.0]]])  # a group of one point
    starts = [hierarchical.hierarchical(X, 4, seed, 0.0, kind) for seed in (0, 1)]
    np.testing.assert_array_equal(starts[0].means, starts[1].means)
    of_type(starts[0].covariances, kind, "parameters")
    assert starts[0].weights.min() == pytest.approx(1 / len(X))
    np.testing.assert_allclose(starts[0].means[starts[0].weights.argmin()], 100)


def test_of_many_points_a_sample_is_looked_at(monkeypatch):
    monkeypatch.setattr(hierarchical, "ROWS", 60)
    X = well_separated().X
    one, same, other = (hierarchical.hierarchical(X, 3, np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.means, same.means)
    assert not np.array_equal(one.means, other.means)
    assert (one.weights * 60 == pytest.approx(np.round(one.weights * 60))) and one.weights.min() > 0.2
    fit = GaussianMixture(3, init_params="hierarchical", random_state=0).fit(X)
    np.testing.assert_allclose(np.sort(fit.weights_), [1 / 3] * 3, atol=0.02)


def test_it_is_a_rule_like_the_others():
    X = iris().X
    fit = best_fit(X, 2, rule="hierarchical", n_init=1, reg_covar=0, total_tol=1e-9)
    assert fit.k == 2
    with pytest.raises(ValueError, match="X must have at least k = 3 different rows, one per component; it has 2"):
        hierarchical.hierarchical([[0.0], [1.0], [0.0], [1.0]], 3, 0)
    with pytest.raises(ValueError, match="X must have at least k = 5 rows"):
        merged_groups(X[:4], 5)
    columns_that_depend = np.column_stack([X, X[:, 0] + X[:, 1], np.ones(150)])
    assert hierarchical.hierarchical(columns_that_depend, 2, 0, 1e-6).k == 2
