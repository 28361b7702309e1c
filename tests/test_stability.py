"""Agreement of two divisions against scikit-learn and the pencil; stability against truths known beforehand."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.metrics import jaccard_score, mutual_info_score

from gmm_lib import Parameters, datasets, selection
from gmm_lib.evaluation import jaccard, variation_of_information
from gmm_lib.posterior import posterior
from gmm_lib.stability import clusterwise, prediction_strength

QUICK = {"n_init": 3, "total_tol": 0.05}
SIX = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1])  # one point out of place


def heaps(centres, size, seed=0):
    rng = np.random.default_rng(seed)
    return np.repeat(centres, size, axis=0) + rng.normal(0, 0.05, (len(centres) * size, 2))


def two_divisions(seed, n=40):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 4, n), np.array(list("abc"))[rng.integers(0, 3, n)]


# -- two divisions


def test_jaccard_by_hand_and_by_scikit_learn():
    assert jaccard(*SIX) == pytest.approx(np.array([[2 / 3, 1 / 6], [0, 3 / 4]]))
    labels, clusters = two_divisions(1)
    expected = [[jaccard_score(labels == a, clusters == b) for b in "abc"] for a in range(4)]
    assert jaccard(labels, clusters) == pytest.approx(np.array(expected))


def test_beyond_one_half_a_partner_has_no_other():
    for seed in range(50):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 3, 12)
        clusters = np.where(rng.random(12) < 0.3, rng.integers(0, 3, 12), labels)
        near = jaccard(labels, clusters) > 0.5
        assert near.sum(axis=0).max() <= 1 and near.sum(axis=1).max() <= 1


def test_variation_of_information_by_hand_and_by_scikit_learn():
    by_hand = 4 / 6 * entropy([1 / 4, 3 / 4]) + 3 / 6 * entropy([1 / 3, 2 / 3])
    assert variation_of_information(*SIX) == pytest.approx(by_hand)
    labels, clusters = two_divisions(2)
    alone = sum(entropy(np.unique(one, return_counts=True)[1]) for one in (labels, clusters))
    assert variation_of_information(labels, clusters) == pytest.approx(alone - 2 * mutual_info_score(labels, clusters))


def test_variation_of_information_is_a_distance_on_all_divisions_of_five_points():
    divisions = sorted({tuple(np.unique(one, return_inverse=True)[1]) for one in product(range(5), repeat=5)})
    divisions = [one for one in divisions if list(dict.fromkeys(one)) == sorted(set(one))]  # one numbering of each
    assert len(divisions) == 52  # Bell's number
    d = np.array([[variation_of_information(a, b) for b in divisions] for a in divisions])
    assert d == pytest.approx(d.T) and ((d == 0) == np.eye(52, dtype=bool)).all()
    assert (d[:, None, :] <= d[:, :, None] + d[None, :, :] + 1e-12).all()
    assert d.max() == pytest.approx(np.log(5))


# -- each cluster by itself


def test_clusters_far_apart_return_whole():
    X = datasets.well_separated().X
    assert (clusterwise(X, selection.best_fit(X, 3, **QUICK), samples=3, **QUICK) == 1).all()


def test_two_components_on_three_equal_heaps_return_whole_or_by_half():
    X = heaps([[0, 0], [1, 0], [0.5, 3**0.5 / 2]], 20)
    found = clusterwise(X, selection.best_fit(X, 2, **QUICK), samples=20, **QUICK)
    assert set(found.ravel()) == {0.5, 1.0}  # another pair of heaps is joined: half of each cluster is left, or doubled
    assert (found[:, 0] == found[:, 1]).all()


def test_clusterwise_is_the_best_partner_counted_with_sets():
    X = datasets.overlapping(60).X
    fit = selection.best_fit(X, 3, **QUICK)
    found = clusterwise(X, fit, samples=3, random_state=7, **QUICK)

    def sets(parameters):
        clusters = posterior(X, parameters).argmax(axis=1)
        return [set(np.flatnonzero(clusters == j)) for j in range(3)]

    rng = np.random.default_rng(7)
    for row, drawn in zip(found, rng.choice(60, size=(3, 60))):
        refit = sets(selection.best_fit(X[drawn], 3, random_state=rng, **QUICK))
        assert row == pytest.approx([max(len(a & b) / len(a | b) for b in refit) for a in sets(fit)])
    assert found.min() < 1


def test_a_component_without_points_of_its_own_is_no_cluster():
    lonely = Parameters([0.5, 0.5], [[0, 0], [99, 99]], [np.eye(2)] * 2)
    with pytest.raises(ValueError, match="component 1 has none"):
        clusterwise(heaps([[0, 0]], 20), lonely)


# -- one half by the other


def test_prediction_strength_of_one_cluster_and_of_clusters_far_apart_is_one():
    X = datasets.well_separated().X
    assert all((prediction_strength(X, k, splits=3, **QUICK) == 1).all() for k in (1, 3))


def test_prediction_strength_is_the_share_of_pairs_counted_one_by_one():
    X = datasets.overlapping(60).X
    found = prediction_strength(X, 3, splits=3, random_state=5, **QUICK)
    rng = np.random.default_rng(5)
    for value in found:
        order = rng.permutation(60)
        first, second = X[order[:30]], X[order[30:]]
        fits = [selection.best_fit(half, 3, random_state=rng, **QUICK) for half in (first, second)]
        theirs, own = (posterior(second, fit).argmax(axis=1) for fit in fits)
        shares = []
        for j in range(3):
            pairs = list(combinations(np.flatnonzero(own == j), 2))
            shares += [np.mean([theirs[a] == theirs[b] for a, b in pairs])] if pairs else []
        assert value == pytest.approx(min(shares))
    assert 0 < found.min() < 1


# -- stable is not real


def test_a_cloud_without_groups_may_be_stable_and_clear_groups_need_not_be():
    rng = np.random.default_rng(0)
    angles = rng.uniform(0, np.pi, 1000)
    bow = np.column_stack([np.cos(angles), np.sin(angles)]) + rng.normal(0, 0.1, (1000, 2))
    assert prediction_strength(bow, 2, splits=5, **QUICK).min() > 0.8
    corners = heaps([[0, 0], [0, 1], [1, 0], [1, 1]], 50)
    found = prediction_strength(corners, 2, splits=20, covariance_type="diag", **QUICK)
    assert ((found == 1) | (found < 0.65)).all()  # either the same two sides, or the other two: about half of the pairs
    assert 0 < (found == 1).sum() < 20
