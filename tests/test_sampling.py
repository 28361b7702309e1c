from itertools import accumulate

import numpy as np
import pytest
from oracles import random_problem
from scipy.stats import chi2, chisquare, kstest

from gmm_lib.gaussian import mahalanobis
from gmm_lib.sampling import draw_components, draw_points, sample

pytestmark = pytest.mark.filterwarnings("error")


class Constant(np.random.Generator):
    """A generator whose uniform numbers are all the same."""

    def __init__(self, u):
        super().__init__(np.random.PCG64(0))
        self.u = u

    def random(self, n):
        return np.full(n, self.u)


@pytest.mark.equation(3)
@pytest.mark.parametrize("weights", [[1.0], [0.5, 0.5], [0.1, 0.2, 0.7], [0, 0.3, 0, 0.7, 0]])
def test_components_are_drawn_by_the_inverse_of_the_distribution_function(weights):
    uniforms = np.random.default_rng(0).random(1000)
    edges = list(accumulate(weights))
    by_hand = [next(j for j, edge in enumerate(edges) if u < edge) for u in uniforms]
    assert draw_components(1000, weights, np.random.default_rng(0)).tolist() == by_hand


def test_components_turn_up_as_often_as_their_weights_say():
    weights = np.array([0.05, 0.15, 0.3, 0.5])
    counts = np.bincount(draw_components(50_000, weights, np.random.default_rng(1)), minlength=4)
    assert chisquare(counts, 50_000 * weights).pvalue > 0.001


@pytest.mark.parametrize("weights", [[0, 0.4, 0.6], [0.4, 0, 0.6], [0.4, 0.6, 0], [0, 1, 0]])
@pytest.mark.parametrize("u", [0.0, 0.4, 1 - 2**-53])
def test_a_component_of_weight_zero_is_never_drawn(weights, u):
    (component,) = draw_components(1, weights, Constant(u))
    assert weights[component] > 0


@pytest.mark.parametrize("short", [1e-16, 1e-12, 9e-9])
def test_a_sum_just_short_of_one_still_draws_a_component_that_exists(short):
    weights = [0.5, 0.5 - short, 0]
    assert draw_components(1, weights, Constant(1 - 2**-53)) == [1]
    assert draw_components(1, [0.1] * 10, Constant(1 - 2**-53)) == [9]


@pytest.mark.equation(4)
def test_a_point_is_its_mean_plus_the_stretched_normal_vector():
    _, p = random_problem(0, m=3)
    components = [2, 0, 0, 1, 2]
    z = np.random.default_rng(5).standard_normal((5, 3))
    by_hand = [p.means[j] + np.linalg.cholesky(p.covariances[j]) @ z_i for j, z_i in zip(components, z)]
    X = draw_points(components, p.means, p.factors, np.random.default_rng(5))
    np.testing.assert_allclose(X, by_hand, rtol=1e-12)


def test_points_have_the_moments_of_their_component():
    _, p = random_problem(1, k=2, m=3)
    X, components = sample(40_000, p, np.random.default_rng(0))
    for j in range(2):
        mine = X[components == j]
        spread = np.sqrt(np.diag(p.covariances[j]))
        error = (mine.mean(axis=0) - p.means[j]) / spread * np.sqrt(len(mine))
        assert np.abs(error).max() < 4
        difference = (np.cov(mine.T, bias=True) - p.covariances[j]) / np.outer(spread, spread) * np.sqrt(len(mine) / 2)
        assert np.abs(difference).max() < 4


def test_squared_mahalanobis_distances_follow_the_chi_squared_law():
    _, p = random_problem(2, k=1, m=4)
    X, _ = sample(5000, p, np.random.default_rng(0))
    assert kstest(mahalanobis(X, p.means[0], p.covariances[0]) ** 2, chi2(4).cdf).pvalue > 0.001


def test_the_same_seed_draws_the_same_points():
    _, p = random_problem(3)
    first, second = sample(10, p, np.random.default_rng(7)), sample(10, p, np.random.default_rng(7))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


def test_one_point_of_one_component_in_one_dimension():
    _, p = random_problem(4, k=1, m=1)
    X, components = sample(1, p, np.random.default_rng(0))
    assert X.shape == (1, 1) and components.tolist() == [0]


def test_an_empty_list_of_components_draws_no_points():
    _, p = random_problem(4, m=2)
    assert draw_points(np.array([], dtype=int), p.means, p.factors, np.random.default_rng(0)).shape == (0, 2)
