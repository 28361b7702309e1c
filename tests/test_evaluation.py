from itertools import permutations

import numpy as np
import pytest
from scipy.stats import mode
from sklearn import metrics

from gmm_lib.datasets import iris
from gmm_lib.evaluation import (
    Fit,
    adjusted_rand_index,
    article_run,
    confusion_matrix,
    majority_agreement,
    many_restarts,
    many_seeds,
    normalized_mutual_information,
)
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")
X, LABELS = iris().X, iris().labels
ROUNDING = 0.1**2 / 12  # the variance of rounding to 0.1 cm, as the flowers were measured


@pytest.mark.parametrize("seed", range(20))
def test_no_permutation_agrees_better(seed):
    rng = np.random.default_rng(seed)
    labels, clusters = rng.integers(0, 4, 30), rng.integers(0, 4, 30)
    labels[:4] = clusters[:4] = range(4)
    got = confusion_matrix(labels, clusters)
    best = max(np.mean(np.array(order)[clusters] == labels) for order in permutations(range(4)))
    assert got.agreement == pytest.approx(best)
    mapped = np.array([got.matching[c] for c in clusters])
    np.testing.assert_array_equal(got.matrix, metrics.confusion_matrix(labels, mapped))


@pytest.mark.parametrize("seed", range(20))
def test_the_majority_rule_is_the_articles(seed):
    rng = np.random.default_rng(seed)
    labels, clusters = rng.integers(0, 3, 30), rng.integers(0, 5, 30)
    labels[:5], clusters[:5] = [0, 1, 2, 0, 1], range(5)
    mapped = np.array([mode(labels[clusters == c]).mode.item() for c in range(5)])[clusters]
    got = majority_agreement(labels, clusters)
    assert got.agreement == pytest.approx(np.mean(mapped == labels))
    np.testing.assert_array_equal(got.matrix, metrics.confusion_matrix(labels, mapped))
    assert got.agreement >= confusion_matrix(labels, clusters).agreement


def test_two_clusters_share_a_class_only_under_the_majority_rule():
    labels, clusters = [0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 2, 2]
    one, many = confusion_matrix(labels, clusters), majority_agreement(labels, clusters)
    assert (one.agreement, many.agreement) == (4 / 6, 1.0)
    assert many.matching == {0: 0, 1: 0, 2: 1}
    assert sorted(one.matching.values(), key=str) == [0, 1, None]
    assert one.matrix.tolist() == [[2, 0, 2], [0, 2, 0]]  # the last column: the cluster no class was left for


def test_fewer_clusters_than_classes_and_an_empty_cluster():
    labels, clusters = ["a", "a", "b", "c", "c", "c"], [2, 2, 2, 0, 0, 0]
    for rule in (confusion_matrix, majority_agreement):
        got = rule(labels, clusters, n_clusters=4)
        assert got.classes == ("a", "b", "c")
        assert got.matching == {0: "c", 1: None, 2: "a", 3: None}
        assert got.matrix.tolist() == [[2, 0, 0], [1, 0, 0], [0, 0, 3]]
        assert got.agreement == 5 / 6


@pytest.mark.parametrize(
    "labels, clusters, n_clusters, message",
    [
        ([0, 1], [0], None, "of equal length"),
        ([], [], None, "not empty"),
        ([[0]], [[0]], None, "one-dimensional"),
        ([0, 1], [0, -1], None, "integers counted from 0"),
        ([0, 1], [0.0, 1.0], None, "integers counted from 0"),
        ([0, 1], [0, 3], 3, "below n_clusters = 3; the largest is 3"),
        ([0, 1], [0, 1], 0, "n_clusters must be a positive integer"),
        ([0, 1], ["a", "b"], None, r"clusters must be .* integers counted from 0; got \['a', 'b'\]"),
        ([0, 1], np.ma.masked_equal([0, 1], 1), None, "clusters must have no masked entries; got 1"),
        ([0.0, 1.0], [0, 1], None, "labels must be integers or strings, one per point; got float64"),
        ([0, None], [0, 1], None, "labels must be integers or strings, one per point; got None"),
        (np.array([0, "a"], dtype=object), [0, 1], None, "labels must be integers or strings, one per point; got both"),
    ],
)
def test_bad_labels_are_named(labels, clusters, n_clusters, message):
    for rule in (confusion_matrix, majority_agreement):
        with pytest.raises(ValueError, match=message):
            rule(labels, clusters, n_clusters)


def test_indices_by_hand():
    # Of 10 pairs 2 are together in both, 4 in the labels, 4 in the clusters; by chance 4 * 4 / 10 would be in both.
    assert adjusted_rand_index([0, 0, 1, 1], [1, 1, 0, 0]) == 1
    assert adjusted_rand_index([0, 0, 0, 1, 1], [0, 0, 1, 1, 1]) == pytest.approx((2 - 1.6) / (4 - 1.6))
    assert normalized_mutual_information([0, 0, 1, 1], [1, 1, 0, 0]) == pytest.approx(1)
    assert normalized_mutual_information([0, 0, 1, 1], [0, 1, 0, 1]) == pytest.approx(0, abs=1e-12)


def test_mutual_information_is_divided_by_the_arithmetic_mean():
    # Six points, 3 + 3 in the labels and 2 + 4 in the clusters: H = log 2, H = log 3 - 2/3 log 2, and the joint
    # shares 1/3, 1/6, 1/2 leave I = H + H - H_joint.
    h_labels, h_clusters = np.log(2), np.log(3) - 2 / 3 * np.log(2)
    h_joint = np.log(3) / 3 + np.log(6) / 6 + np.log(2) / 2
    information = h_labels + h_clusters - h_joint
    got = normalized_mutual_information([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1])
    assert got == pytest.approx(information / ((h_labels + h_clusters) / 2), rel=1e-12)
    assert got < information / np.sqrt(h_labels * h_clusters)  # the mean of Strehl and Ghosh


# -- the studies on iris -------------------------------------------------------------------------------------------


def test_seed_42_is_the_articles():
    got = majority_agreement(LABELS, article_run(X, 42).clusters)
    assert got.agreement == 0.96
    assert got.matrix.tolist() == [[50, 0, 0], [0, 44, 6], [0, 0, 50]]


def test_a_thousand_seeds_as_the_article_ran_them():
    study = many_seeds(X, LABELS, range(1000), article_run)
    assert np.flatnonzero(study.collapsed).tolist() == [2, 143, 490, 573, 748, 829]
    summary = study.summary()
    assert (summary["runs"], summary["finished"], summary["collapsed"]) == (1000, 994, 6)
    assert summary["majority"] == pytest.approx(dict(min=0.5, mean=0.7224, max=0.98667), abs=5e-5)
    assert summary["one_to_one"]["mean"] == pytest.approx(0.7157, abs=5e-5)
    assert (study.majority >= study.one_to_one)[~study.collapsed].all()
    assert (study.n_iter[~study.collapsed] == 10).all()


@pytest.mark.parametrize("seed", [178, 212, 219, 225, 270, 286, 683, 699, 703, 743, 919])
def test_ten_more_iterations_fail_more_often(seed):
    assert article_run(X, seed).n_iter == 10
    with pytest.raises(np.linalg.LinAlgError):
        article_run(X, seed, max_iter=20)


def test_the_article_in_its_own_linear_space_agrees():
    for seed in range(3, 9):
        got, expected = article_run(X, seed), linear_space_run(seed)
        np.testing.assert_array_equal(got.clusters, expected)


def linear_space_run(seed):
    """The rule of the article in linear space, with plain inverses."""
    rng = np.random.RandomState(seed)
    phi, mu, sigma = np.full(3, 1 / 3), X[rng.randint(0, 150, 3)], np.array([np.cov(X.T)] * 3)

    def w():
        residuals = X[:, None] - mu
        quadratic = np.einsum("ija,jab,ijb->ij", residuals, np.linalg.inv(sigma), residuals)
        joint = phi * np.exp(-quadratic / 2) / np.sqrt(np.linalg.det(sigma))
        return joint / joint.sum(axis=1, keepdims=True)

    for _ in range(10):
        r = w()
        phi = r.mean(axis=0)
        mu = (r.T @ X) / r.sum(axis=0)[:, None]
        residuals = X[:, None] - mu
        sigma = np.einsum("ij,ija,ijb->jab", r, residuals, residuals) / r.sum(axis=0)[:, None, None]
    return w().argmax(axis=1)


def test_with_a_floor_the_best_of_many_restarts_is_the_good_optimum():
    study = many_restarts(X, LABELS, range(200), 3, reg_covar=ROUNDING)
    assert not study.collapsed.any()
    assert study.log_likelihood[study.best] == pytest.approx(-180.4612, abs=1e-3)
    assert confusion_matrix(LABELS, study.clusters[study.best]).matrix.tolist() == [[50, 0, 0], [0, 45, 5], [0, 0, 50]]
    means = [study.one_to_one[study.best_of(restarts)].mean() for restarts in (1, 10, 50)]
    assert means[0] < 0.85 < means[1] < means[2] == pytest.approx(145 / 150)


def test_a_tiny_floor_lets_the_best_be_spurious():
    # Seed 866 flattens a component onto the 29 setosas whose petal width is 0.2 cm exactly: the floor alone is its
    # variance there, so a tenth of the floor adds 29/2 log 10 to the log-likelihood, and without one it is unbounded.
    seeds, options = [6, 866], dict(total_tol=1e-6, max_iter=500)
    small, smaller = (many_restarts(X, LABELS, seeds, 3, reg_covar=floor, **options) for floor in (1e-6, 1e-7))
    assert small.log_likelihood == pytest.approx([-180.1855, -99.1712], abs=1e-3)
    assert small.one_to_one == pytest.approx([0.96667, 0.52667], abs=1e-5)
    assert smaller.log_likelihood[1] - small.log_likelihood[1] == pytest.approx(14.5 * np.log(10), abs=0.1)
    assert small.best == 1
    setosas = (X[:, 3] == 0.2) & (LABELS == 0)
    assert setosas.sum() == 29
    assert len(set(small.clusters[1][setosas])) == 1
    assert many_restarts(X, LABELS, seeds, 3, **options).collapsed.tolist() == [False, True]


def test_the_two_kinds_of_study_agree():
    seeds = [0, 1, 3, 42]
    slow = many_seeds(X, LABELS, seeds, article_run)
    fast = many_restarts(X, LABELS, seeds, 3, total_tol=0, max_iter=10)
    np.testing.assert_allclose(fast.log_likelihood, slow.log_likelihood, rtol=1e-8)
    np.testing.assert_array_equal(fast.clusters, slow.clusters)
    np.testing.assert_array_equal(fast.majority, slow.majority)


# -- studies by hand -----------------------------------------------------------------------------------------------


def made_study(values):
    """Four points in two classes; a None stands for a collapse, other values for log-likelihoods."""

    def fit(points, seed):
        if values[seed] is None:
            raise CollapsedComponentError(0, "it was told to")
        return Fit(np.array([0, 0, 1, 1 if seed else 0]), values[seed], seed + 1)

    return many_seeds(np.zeros((4, 1)), [0, 0, 1, 1], range(len(values)), fit)


def test_a_study_by_hand():
    study = made_study([-3.0, None, -1.0, -2.0, None, None])
    assert study.collapsed.tolist() == [False, True, False, False, True, True]
    np.testing.assert_array_equal(study.one_to_one, [0.75, np.nan, 1, 1, np.nan, np.nan])
    assert study.best == 2
    assert study.best_of(1).tolist() == [0, 2, 3]
    assert study.best_of(2).tolist() == [0, 2]
    assert study.best_of(4).tolist() == [2]
    assert study.summary() == {
        "runs": 6,
        "finished": 3,
        "collapsed": 3,
        "majority": {"min": 0.75, "mean": pytest.approx(11 / 12), "max": 1.0},
        "one_to_one": {"min": 0.75, "mean": pytest.approx(11 / 12), "max": 1.0},
        "log_likelihood": {"min": -3.0, "mean": -2.0, "max": -1.0},
        "n_iter": {"min": 1, "mean": pytest.approx(8 / 3), "max": 4},
    }
    assert repr(study) == "Study(6 seeds, 3 collapsed)"


def test_a_study_in_which_everything_collapsed():
    study = made_study([None, None])
    assert study.summary() == {"runs": 2, "finished": 0, "collapsed": 2}
    with pytest.raises(ValueError, match="all runs have collapsed"):
        study.best  # noqa: B018


def test_bad_studies_are_named():
    with pytest.raises(ValueError, match="seeds must hold at least one"):
        made_study([])
    with pytest.raises(ValueError, match="fit must return an evaluation.Fit; got 3 for seed 7"):
        many_seeds(X, LABELS, [7], lambda points, seed: 3)
    with pytest.raises(ValueError, match=r"labels must have shape \(150,\), one per row of X; got \(149,\)"):
        many_restarts(X, LABELS[1:], [7], 3)
    with pytest.raises(ValueError, match="seeds must be a whole number in 0..4294967295; got -1"):
        many_seeds(X, LABELS, [1, -1], article_run)
    with pytest.raises(ValueError, match="restarts must be at most the number of seeds, 2; got 3"):
        made_study([-1.0, -2.0]).best_of(3)
    with pytest.raises(ZeroDivisionError):  # only a collapse counts as one
        many_seeds(X, LABELS, [0], lambda points, seed: 1 / 0)
