import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture as TheirMixture

from gmm_lib.datasets import iris, old_faithful, well_separated
from gmm_lib.gaussian import log_density
from gmm_lib.initialization import (
    RULES,
    distinct_rows,
    from_parameters,
    kmeans,
    kmeans_plus_plus,
    kmeans_plus_plus_means,
    lloyd,
    pooled_covariance,
    random_responsibilities,
    rows_with_replacement,
    short_runs,
)
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")
X = iris().X


def generators(seed=0):
    return [np.random.RandomState(seed), np.random.default_rng(seed)]


@pytest.mark.parametrize("seed", [0, 42, 999])
def test_the_articles_rule_draws_what_the_article_draws(seed):
    np.random.seed(seed)  # noqa: NPY002 (as the article does)
    rows = np.random.randint(low=0, high=150, size=3)  # noqa: NPY002
    start = rows_with_replacement(X, 3, np.random.RandomState(seed))
    np.testing.assert_array_equal(start.means, X[rows])
    np.testing.assert_array_equal(start.weights, [1 / 3] * 3)
    np.testing.assert_array_equal(start.covariances, [np.cov(X.T)] * 3)


def test_rows_with_replacement_can_draw_the_same_row_twice_and_distinct_rows_cannot():
    small = X[[0, 50, 100]]  # three rows: with replacement all differ in 6 of 27 draws only
    for rng in generators():
        repeats = [len(np.unique(rows_with_replacement(small, 3, rng, 0.1).means, axis=0)) < 3 for _ in range(100)]
        assert 60 < sum(repeats) < 95
        for _ in range(100):
            assert len(np.unique(distinct_rows(small, 3, rng, 0.1).means, axis=0)) == 3


def test_distinct_rows_differ_in_value_although_the_data_repeat():
    repeated = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [50, 1, 1], axis=0)
    for rng in generators():
        means = distinct_rows(repeated, 3, rng).means
        np.testing.assert_array_equal(np.unique(means, axis=0), [[0, 0], [0, 1], [1, 0]])


def test_distinct_rows_are_drawn_with_equal_chances():
    rng = np.random.default_rng(1)
    four = np.array([[0.0], [1.0], [2.0], [3.0]])
    draws = np.concatenate([distinct_rows(four, 2, rng).means for _ in range(2000)]).ravel()
    np.testing.assert_allclose(np.bincount(draws.astype(int)) / 2000, 0.5, atol=0.05)


def test_kmeans_plus_plus_draws_by_squared_distance():
    # From 0 the others lie at 1 and 3: squared 1 and 9. From 1: 1 and 4. From 3: 9 and 4.
    line = np.array([[0.0], [1.0], [3.0]])
    expected = {(0, 1): 1 / 10, (0, 3): 9 / 10, (1, 0): 1 / 5, (1, 3): 4 / 5, (3, 0): 9 / 13, (3, 1): 4 / 13}
    rng = np.random.default_rng(0)
    pairs = [tuple(kmeans_plus_plus_means(line, 2, rng).ravel().astype(int)) for _ in range(6000)]
    for pair, probability in expected.items():
        assert pairs.count(pair) / 2000 == pytest.approx(probability, abs=4 * np.sqrt(probability / 2000))


def test_kmeans_plus_plus_never_draws_a_value_twice():
    repeated = np.repeat([[0.0, 0.0], [1e-9, 0.0], [5.0, 5.0]], 20, axis=0)
    for rng in generators():
        assert len(np.unique(kmeans_plus_plus_means(repeated, 3, rng), axis=0)) == 3


@pytest.mark.parametrize("data, k", [(iris, 3), (old_faithful, 2), (well_separated, 3)])
def test_lloyd_finds_what_scikit_learns_kmeans_finds_from_the_same_means(data, k):
    points = data().X
    means = kmeans_plus_plus_means(points, k, np.random.RandomState(3))
    ours = lloyd(points, means)
    theirs = KMeans(k, init=means, n_init=1, algorithm="lloyd", tol=0).fit(points)
    np.testing.assert_allclose(ours.state, theirs.cluster_centers_, rtol=1e-10)
    assert ours.objective == pytest.approx(-theirs.inertia_, rel=1e-12)
    assert ours.converged
    assert all(later >= earlier for earlier, later in zip(ours.history, ours.history[1:]))


def test_lloyd_with_sample_weights_is_scikit_learns_kmeans():
    points = old_faithful().X
    means, counts = points[[3, 40, 90]], np.arange(len(points)) % 4 * 1.5  # some are 0
    ours = lloyd(points, means, sample_weight=counts)
    theirs = KMeans(3, init=means, n_init=1, algorithm="lloyd", tol=0).fit(points, sample_weight=counts)
    np.testing.assert_allclose(ours.state, theirs.cluster_centers_, rtol=1e-10)
    assert ours.objective == pytest.approx(-theirs.inertia_, rel=1e-12)


def test_a_mean_whose_points_do_not_count_moves_to_the_farthest_that_does():
    points = np.array([[0.0], [1.0], [2.0], [10.0], [1000.0]])
    result = lloyd(points, [[1.0], [1000.0]], sample_weight=[1, 1, 1, 0.5, 0])
    np.testing.assert_array_equal(result.state, [[1.0], [10.0]])


def test_means_of_lloyd_that_are_wrong_are_named():
    for means, message in [
        (X[:2, :3], "means must have 4 columns"),
        (X[0], "means must have 2 dimension"),
        (np.vstack([X, X]), "means must have at most as many rows as X, 150; got 300"),
    ]:
        with pytest.raises(ValueError, match=message):
            lloyd(X, means)


@pytest.mark.parametrize("name", RULES)
def test_a_seed_will_do(name):
    seeded, drawn = RULES[name](X, 3, 42), RULES[name](X, 3, np.random.default_rng(42))
    np.testing.assert_array_equal(seeded.means, drawn.means)
    with pytest.raises(
        ValueError, match="rng must be a numpy.random.Generator, a RandomState, or a seed.*; got 'luck'"
    ):
        RULES[name](X, 3, "luck")


def test_lloyd_moves_a_mean_without_points_to_the_farthest_point():
    points = np.array([[0.0], [1.0], [2.0], [10.0]])
    result = lloyd(points, [[1.0], [1000.0]])
    np.testing.assert_array_equal(result.state, [[1.0], [10.0]])


def test_kmeans_starts_from_the_moments_of_its_groups():
    data = well_separated()
    start = kmeans(data.X, 3, np.random.RandomState(0))
    for c in range(3):
        group = data.X[data.labels == c]
        j = np.abs(start.means - group.mean(axis=0)).sum(axis=1).argmin()
        np.testing.assert_allclose(start.means[j], group.mean(axis=0))
        np.testing.assert_allclose(start.covariances[j], np.cov(group.T, bias=True))
        assert start.weights[j] == pytest.approx(len(group) / 150)


def test_random_responsibilities_start_as_scikit_learn_does():
    ours = random_responsibilities(X, 3, np.random.RandomState(5), 1e-6)
    theirs = TheirMixture(3, init_params="random", random_state=5, max_iter=0).fit(X)
    np.testing.assert_allclose(ours.means, theirs.means_, rtol=1e-12)
    np.testing.assert_allclose(ours.covariances, theirs.covariances_, rtol=1e-10)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_gives_valid_parameters_and_repeats_itself(name):
    for one, other in zip(generators(7), generators(7)):
        first, second = RULES[name](X, 3, one), RULES[name](X, 3, other)
        assert (first.k, first.m) == (3, 4)
        np.testing.assert_array_equal(first.means, second.means)
        assert RULES[name](X[:, :1], 2, one).covariances.shape == (2, 1, 1)
        assert RULES[name](X, 1, one).means.shape == (1, 4)


@pytest.mark.parametrize("name", RULES)
def test_a_floor_lets_every_rule_start_on_a_constant_column(name):
    flat = np.column_stack([X[:, 0], np.full(150, 0.1)])
    assert RULES[name](flat, 2, np.random.RandomState(0), 1e-3).covariances[:, 1, 1] == pytest.approx(1e-3)
    error = CollapsedComponentError if name in ("kmeans", "random") else ValueError
    with pytest.raises(error, match="column 1 is constant|component . has collapsed"):
        RULES[name](flat, 2, np.random.RandomState(0))


def test_given_parameters_are_kept_and_the_rest_supplied():
    weights, means = [0.2, 0.8], X[[0, 100]]
    precisions = np.stack([np.linalg.inv(np.cov(X[:50].T)), 2 * np.eye(4)])
    start = from_parameters(X, 2, None, weights=weights, means=means, precisions=precisions)
    np.testing.assert_array_equal(start.weights, weights)
    np.testing.assert_array_equal(start.means, means)
    np.testing.assert_allclose(start.covariances, [np.cov(X[:50].T), np.eye(4) / 2], rtol=1e-9, atol=1e-15)

    partly = from_parameters(X, 2, np.random.RandomState(0), means=means, otherwise=distinct_rows)
    np.testing.assert_array_equal(partly.means, means)
    np.testing.assert_array_equal(partly.covariances, [np.cov(X.T)] * 2)


@pytest.mark.parametrize(
    "given, message",
    [
        (dict(weights=[0.5, 0.5, 0.0]), r"weights_init must have shape \(2,\); got \(3,\)"),
        (dict(weights=[0.5, 0.6]), "weights_init must sum to one; they sum to 1.1"),
        (dict(weights=[1.5, -0.5]), r"weights_init must not be negative; weights_init\[1\] is -0.5"),
        (dict(means=np.zeros((2, 3))), r"means_init must have shape \(2, 4\); got \(2, 3\)"),
        (dict(means=[[np.nan] * 4] * 2), "means_init must be finite"),
        (dict(precisions=np.zeros((2, 4))), r"precisions_init must have 3 dimension"),
        (dict(precisions=np.zeros((3, 4, 4))), r"precisions_init must have shape \(2, 4, 4\)"),
        (dict(precisions=[np.eye(4), -np.eye(4)]), r"precisions_init\[1\] must be positive definite"),
        (dict(precisions=[np.eye(4), np.triu(np.ones((4, 4)))]), r"precisions_init\[1\] must be symmetric"),
    ],
)
def test_given_parameters_that_are_wrong_are_named(given, message):
    with pytest.raises(ValueError, match=message):
        from_parameters(X, 2, np.random.RandomState(0), **given)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    "points, k, message",
    [
        (X[:2], 3, "X must have at least k = 3 rows, one per component; got 2"),
        (X, 0, "k must be a positive integer; got 0"),
        (X, 2.0, "k must be a positive integer; got 2.0"),
        (X[:, 0], 2, "X must have 2 dimension"),
        (np.full((5, 2), np.nan), 2, "X must be finite"),
    ],
)
def test_bad_input_is_named(name, points, k, message):
    with pytest.raises(ValueError, match=message):
        RULES[name](points, k, np.random.RandomState(0))


@pytest.mark.parametrize("rule", [distinct_rows, kmeans_plus_plus, kmeans, short_runs])
def test_fewer_different_rows_than_components(rule):
    with pytest.raises(ValueError, match="at least k = 3 different rows, one per component; it has 2"):
        rule(np.repeat([[0.0, 1.0], [2.0, 0.0]], 5, axis=0), 3, np.random.RandomState(0))


@pytest.mark.parametrize(
    "points, message",
    [
        (X[:1], "at least two rows"),
        (X[[0, 50, 100, 120]], "4 rows are too few for 4 columns"),
        (X[:, [0, 1, 0]], "depends linearly"),
        (np.column_stack([X, np.full(150, 0.1)]), "column 4 is constant"),  # whose computed variance is 1e-34, not 0
    ],
)
def test_a_singular_pooled_covariance_is_explained(points, message):
    with pytest.raises(ValueError, match=message):
        pooled_covariance(points)


def test_pooled_covariance_is_a_density_one_can_evaluate():
    covariance = pooled_covariance(X, 0.5)
    np.testing.assert_allclose(covariance, np.cov(X.T) + 0.5 * np.eye(4))
    assert np.isfinite(log_density(X, X[0], covariance)).all()
