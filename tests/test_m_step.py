import numpy as np
import pytest
from oracles import exact, random_covariance, random_problem, random_responsibilities
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from gmm_lib.e_step import responsibilities
from gmm_lib.likelihood import lower_bound
from gmm_lib.m_step import covariances, effective_counts, m_step, means
from gmm_lib.parameters import Parameters
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.equation(13)
@pytest.mark.parametrize("n, m, k", [(1, 1, 1), (20, 1, 2), (20, 3, 4)])
def test_means_are_numpys_weighted_averages(n, m, k):
    X, w = random_problem(0, n=n, m=m)[0], random_responsibilities(0, n=n, k=k)
    expected = [np.average(X, axis=0, weights=w_j) for w_j in w.T]
    np.testing.assert_allclose(means(X, w), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.equation(14)
@pytest.mark.parametrize("n, m, k", [(1, 2, 1), (20, 1, 2), (20, 3, 4)])
def test_covariances_are_numpys_with_the_weights_as_importance(n, m, k):
    X, w = random_problem(1, n=n, m=m)[0], random_responsibilities(1, n=n, k=k)
    expected = [np.atleast_2d(np.cov(X.T, aweights=w_j, bias=True)) for w_j in w.T]
    np.testing.assert_allclose(covariances(X, w, means(X, w)), expected, rtol=1e-11, atol=1e-14)


def test_hard_responsibilities_give_each_cluster_its_own_mean_and_covariance():
    X = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0], [10.0, 11.0], [12.0, 13.0]])
    w = np.eye(2)[[0, 0, 0, 0, 1, 1]]
    mu = means(X, w)
    np.testing.assert_array_equal(mu, [[1, 1], [11, 12]])
    np.testing.assert_array_equal(covariances(X, w, mu), [[[1, 0], [0, 1]], [[1, 1], [1, 1]]])


def test_the_covariance_is_taken_about_the_means_it_is_given():
    np.testing.assert_array_equal(covariances([[0.0], [2.0]], [[1.0], [1.0]], [[5.0]]), [[[(25 + 9) / 2]]])


def test_one_step_is_one_step_of_scikit_learn():
    X, start = random_problem(2, n=60, k=2)
    theirs = GaussianMixture(
        2, reg_covar=0, max_iter=1, weights_init=start.weights, means_init=start.means,
        precisions_init=np.linalg.inv(start.covariances),
    )  # fmt: skip
    with pytest.warns(ConvergenceWarning):
        theirs.fit(X)
    ours = m_step(X, responsibilities(X, start))
    np.testing.assert_allclose(ours.weights, theirs.weights_, rtol=1e-10)
    np.testing.assert_allclose(ours.means, theirs.means_, rtol=1e-10)
    np.testing.assert_allclose(ours.covariances, theirs.covariances_, rtol=1e-9, atol=1e-12)


def test_no_other_parameters_give_a_higher_bound():
    X, _ = random_problem(3, n=40)
    w = random_responsibilities(3, n=40)
    best = m_step(X, w)
    top = lower_bound(X, w, best)
    rng = np.random.default_rng(0)
    for _ in range(50):
        nudge = np.exp(rng.normal(0, 0.05, 3))
        other = Parameters(
            best.weights * nudge / (best.weights * nudge).sum(),
            best.means + rng.normal(0, 0.05, best.means.shape),
            best.covariances + 0.1 * np.stack([random_covariance(rng, 2) for _ in range(3)]),
        )
        assert lower_bound(X, w, other) < top


@pytest.mark.parametrize("unit, offset", [(1, 1e8), (1e-6, 0), (1e6, 0), (1e-6, 100)])
def test_offsets_and_units_cost_no_accuracy(unit, offset):
    X = offset + unit * np.random.default_rng(4).normal(size=(50, 2))
    w = random_responsibilities(4, n=50, k=2)
    X50, w50 = exact(X), exact(w)
    mu = (w50.T @ X50) / w50.sum(axis=0)[:, None]
    sigma = [((X50 - mu_j).T * w_j) @ (X50 - mu_j) / w_j.sum() for mu_j, w_j in zip(mu, w50.T)]
    np.testing.assert_allclose(means(X, w), mu.astype(float), rtol=2.3e-16)  # the nearest number, or its neighbour
    sigma = np.array(sigma, dtype=float)
    np.testing.assert_allclose(covariances(X, w, mu.astype(float)), sigma, rtol=0, atol=1e-12 * np.abs(sigma).max())


@pytest.mark.parametrize("order", ["C", "F"])
def test_covariances_are_symmetric_to_the_last_bit(order):
    for seed in range(30):
        n, m = 1 + seed, 1 + seed % 7
        X, w = np.array(random_problem(seed, n=n, m=m)[0], order=order), random_responsibilities(seed, n=n)
        sigma = covariances(X, w, means(X, w))
        np.testing.assert_array_equal(sigma, sigma.transpose(0, 2, 1))


def test_the_variance_floor_is_added_to_each_diagonal_and_nowhere_else():
    X, w = random_problem(5)[0], random_responsibilities(5)
    mu = means(X, w)
    added = covariances(X, w, mu, reg_covar=0.5) - covariances(X, w, mu)
    np.testing.assert_allclose(added, [0.5 * np.eye(2)] * 3, atol=1e-14)


@pytest.mark.parametrize("n", [3, 150, 10_000])
def test_a_component_on_equal_points_has_their_value_and_no_variance(n):
    X = np.full((n, 2), [0.1, 1 / 3])  # sums of these are rounded
    w = random_responsibilities(6, n=n, k=2)
    np.testing.assert_array_equal(means(X, w), X[:2])
    np.testing.assert_array_equal(covariances(X, w, means(X, w)), np.zeros((2, 2, 2)))
    with pytest.raises(CollapsedComponentError, match="component 0 has collapsed: its covariance is not positive"):
        m_step(X, w)
    np.testing.assert_allclose(m_step(X, w, reg_covar=0.01).covariances, [0.01 * np.eye(2)] * 2)


@pytest.mark.parametrize("crumb", [0.0, 5e-324, 1e-310])
def test_a_component_without_points_has_collapsed_and_is_named(crumb):
    w = np.array([[1.0, crumb], [1.0, 0.0]])
    for step in (means, m_step, lambda X, w: covariances(X, w, np.zeros((2, 1))), lambda X, w: effective_counts(w)):
        with pytest.raises(CollapsedComponentError, match="component 1 has collapsed: no point belongs to it") as error:
            step([[0.3], [0.7]], w)
        assert error.value.component == 1


def test_a_crumb_of_responsibility_is_enough_for_a_mean():
    np.testing.assert_allclose(means([[0.3], [0.7]], [[1.0, 1e-300], [1.0, 0.0]]), [[0.5], [0.3]], rtol=1e-15)


def test_effective_counts_sum_to_the_number_of_points():
    np.testing.assert_allclose(effective_counts([[0.25, 0.75], [1, 0]]), [1.25, 0.75])


def test_more_dimensions_than_points_collapse_without_a_floor_and_not_with_one():
    X, w = np.random.default_rng(7).normal(size=(20, 300)), random_responsibilities(7, k=1)
    with pytest.raises(CollapsedComponentError):
        m_step(X, w)
    assert np.isfinite(m_step(X, w, reg_covar=0.1).factors).all()
