import numpy as np
import pytest
from mpmath import mp
from oracles import mp_joint, random_problem, random_responsibilities, scipy_joint
from scipy.special import rel_entr
from sklearn.mixture import GaussianMixture

from gmm_lib.datasets import iris
from gmm_lib.likelihood import log_likelihood, lower_bound
from gmm_lib.mixture import log_joint
from gmm_lib.parameters import Parameters
from gmm_lib.posterior import posterior

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.equation(6)
def test_the_log_likelihood_is_the_logarithm_of_the_product():
    X, p = random_problem(0, n=40)
    product = mp.fprod(mp.fsum(mp_joint(x, p)) for x in X)
    assert log_likelihood(X, p) == pytest.approx(float(mp.log(product)), rel=1e-14)


def test_the_logarithm_survives_where_the_product_underflows():
    X, p = random_problem(1, n=500)
    densities = scipy_joint(X, p).sum(axis=1)
    assert np.prod(densities) == 0
    assert log_likelihood(X, p) == pytest.approx(np.log(densities).sum(), rel=1e-12)


def test_scikit_learn_scores_iris_the_same():
    X = iris().X
    theirs = GaussianMixture(3, random_state=0, reg_covar=0).fit(X)
    p = Parameters(theirs.weights_, theirs.means_, theirs.covariances_)
    assert log_likelihood(X, p) == pytest.approx(theirs.score(X) * len(X), rel=1e-10)


def test_one_point_no_density_can_reach_makes_it_minus_infinity():
    X, p = random_problem(2)
    X[3] = 1e200
    assert log_likelihood(X, p) == -np.inf


def test_the_bound_by_hand():
    # One point, two components; a_j = log phi_j f_j(x). The bound at w is sum_j w_j (a_j - log w_j).
    p = Parameters([0.25, 0.75], [[0], [2]], [[[1]], [[1]]])
    a1, a2 = np.log(0.25 / np.sqrt(2 * np.pi)), np.log(0.75 / np.sqrt(2 * np.pi)) - 2
    by_hand = 0.5 * (a1 + np.log(2)) + 0.5 * (a2 + np.log(2))
    assert lower_bound([[0]], [[0.5, 0.5]], p) == pytest.approx(by_hand, rel=1e-14)


def test_log_likelihood_is_the_bound_plus_the_divergence_from_the_posterior():
    X, p = random_problem(3)
    w = random_responsibilities(3)
    gap = rel_entr(w, scipy_joint(X, p) / scipy_joint(X, p).sum(axis=1, keepdims=True)).sum()
    assert lower_bound(X, w, p) + gap == pytest.approx(log_likelihood(X, p), rel=1e-12)


def test_the_bound_touches_at_the_posterior():
    X, p = random_problem(4)
    assert lower_bound(X, posterior(X, p), p) == pytest.approx(log_likelihood(X, p), rel=1e-13)


def test_hard_responsibilities_make_the_bound_a_sum_of_single_terms():
    X, p = random_problem(5)
    labels = np.arange(len(X)) % 3
    expected = log_joint(X, p)[np.arange(len(X)), labels].sum()
    assert lower_bound(X, np.eye(3)[labels], p) == pytest.approx(expected, rel=1e-14)


def test_leaning_on_a_component_of_weight_zero_costs_everything_and_not_leaning_nothing():
    X, p = random_problem(6, k=2)
    ghost = Parameters([0, 1], p.means, p.covariances)
    assert lower_bound(X, np.full((20, 2), 0.5), ghost) == -np.inf
    assert lower_bound(X, np.tile([0, 1], (20, 1)), ghost) == pytest.approx(log_likelihood(X, ghost), rel=1e-13)
