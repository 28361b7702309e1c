import numpy as np
import pytest
from oracles import mp_log_density, random_covariance, random_problem
from scipy.integrate import dblquad
from scipy.spatial.distance import mahalanobis as scipy_mahalanobis
from scipy.stats import multivariate_normal

from gmm_lib.gaussian import cholesky_factors, log_densities, log_density, mahalanobis
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.equation(7)
@pytest.mark.parametrize("m", [1, 2, 5, 20])
def test_the_density_is_that_of_scipy(m):
    rng = np.random.default_rng(m)
    X, mean, covariance = rng.normal(size=(30, m)), rng.normal(size=m), random_covariance(rng, m)
    expected = multivariate_normal(mean, covariance).logpdf(X)
    np.testing.assert_allclose(log_density(X, mean, covariance), expected, rtol=1e-12)


def test_two_dimensions_by_hand():
    # |Sigma| = 3, Sigma^-1 = [[2, -1], [-1, 2]] / 3, so the quadratic form at (1, 0) is 2/3.
    by_hand = -(2 * np.log(2 * np.pi) + np.log(3) + 2 / 3) / 2
    assert log_density([[1, 0]], [0, 0], [[2, 1], [1, 2]])[0] == pytest.approx(by_hand, rel=1e-15)


def test_the_density_integrates_to_one():
    def density(y, x):
        return np.exp(log_density([[x, y]], [0.3, -0.2], [[1.0, 0.6], [0.6, 0.8]])[0])

    total, _ = dblquad(density, -7, 7, -7, 7, epsabs=1e-6)
    assert total == pytest.approx(1, abs=1e-5)


def test_a_point_a_million_standard_deviations_away_has_its_right_log_density():
    x, mean, covariance = [3e6, -1e6], [0.5, 0.25], [[9.0, 1.0], [1.0, 1.0]]
    assert log_density([x], mean, covariance)[0] == pytest.approx(float(mp_log_density(x, mean, covariance)), rel=1e-14)


def test_three_hundred_dimensions_by_the_rank_one_formulas():
    # Sigma = I + 1 1^T: its determinant is 1 + m, its inverse I - 1 1^T / (1 + m).
    m = 300
    X = np.random.default_rng(0).normal(size=(4, m))
    quadratic = (X**2).sum(axis=1) - X.sum(axis=1) ** 2 / (1 + m)
    by_hand = -(m * np.log(2 * np.pi) + np.log(1 + m) + quadratic) / 2
    np.testing.assert_allclose(log_density(X, np.zeros(m), np.eye(m) + 1), by_hand, rtol=1e-12)


@pytest.mark.parametrize("offset", [1e4, 1e8])
def test_a_large_offset_costs_no_accuracy(offset):
    x, mean = [offset + 0.75, offset - 0.5], [offset, offset]  # exact in float64
    covariance = [[1.0, 0.5], [0.5, 2.0]]
    assert log_density([x], mean, covariance)[0] == pytest.approx(float(mp_log_density(x, mean, covariance)), rel=1e-14)


def test_units_from_a_millionth_to_a_million_are_as_good_as_any():
    units = np.array([1e-6, 1.0, 1e6])
    rng = np.random.default_rng(3)
    x, mean = rng.normal(size=(2, 3)) * units
    covariance = random_covariance(rng, 3) * np.outer(units, units)
    assert log_density([x], mean, covariance)[0] == pytest.approx(float(mp_log_density(x, mean, covariance)), rel=1e-12)


@pytest.mark.parametrize(
    "x, mean, variance",
    [([1e200, 0], [0, 0], 1.0), ([1e300, 0], [0, 0], 1e-20), ([1.7e308, 0], [-1.7e308, 0], 1.0)],
)
def test_a_density_too_small_even_for_its_logarithm_is_minus_infinity_not_nan(x, mean, variance):
    assert log_density([x], mean, variance * np.eye(2))[0] == -np.inf


def test_all_components_at_once_are_the_components_one_by_one():
    X, p = random_problem(1)
    one_by_one = np.column_stack([log_density(X, mu, sigma) for mu, sigma in zip(p.means, p.covariances)])
    np.testing.assert_array_equal(log_densities(X, p.means, p.covariances), one_by_one)


def test_the_mahalanobis_distance_is_that_of_scipy():
    X, p = random_problem(2, m=3)
    inverse = np.linalg.inv(p.covariances[0])
    expected = [scipy_mahalanobis(x, p.means[0], inverse) for x in X]
    np.testing.assert_allclose(mahalanobis(X, p.means[0], p.covariances[0]), expected, rtol=1e-12)


def test_the_mahalanobis_distance_counts_standard_deviations_of_any_size():
    np.testing.assert_allclose(mahalanobis([[1e200], [-6.0], [1e-200]], [0], [[4]]), [5e199, 3, 5e-201], rtol=1e-15)


def test_the_factors_are_lower_triangular_and_give_the_covariances_back():
    covariances = np.stack([random_covariance(np.random.default_rng(s), 4) for s in range(3)])
    factors = cholesky_factors(covariances)
    np.testing.assert_array_equal(factors, np.tril(factors))
    np.testing.assert_allclose(factors @ factors.transpose(0, 2, 1), covariances, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("scale", [1e-200, 1e-12, 1.0, 1e12, 1e200])
def test_symmetry_is_judged_in_any_units(scale):
    cholesky_factors([scale * np.array([[2, 1], [1 + 1e-12, 2]])])
    with pytest.raises(ValueError, match=r"covariances\[0\] must be symmetric; it differs from its transpose by up to"):
        cholesky_factors([scale * np.array([[2, 1], [1.001, 2]])])


@pytest.mark.parametrize(
    "singular", [np.diag([1.0, -1.0]), np.ones((2, 2)), np.zeros((2, 2)), np.array([[1, 1], [1, 1 + 2.3e-16]])]
)
def test_a_singular_covariance_is_a_collapsed_component_named_by_its_index(singular):
    with pytest.raises(CollapsedComponentError, match="component 1 has collapsed") as error:
        cholesky_factors([np.eye(2), singular])
    assert error.value.component == 1


def test_a_singular_matrix_that_cholesky_lets_through_is_refused():
    # Rank 3 in 4 dimensions; rounding makes the last pivot positive in about half the trials.
    for seed in range(200):
        A = np.random.default_rng(seed).normal(size=(4, 3))
        with pytest.raises(CollapsedComponentError):
            cholesky_factors([A @ A.T])


def test_strong_but_honest_correlation_is_accepted():
    r = 1 - 1e-13
    cholesky_factors([[[1, r], [r, 1]]])
