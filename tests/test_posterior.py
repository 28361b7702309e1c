import numpy as np
import pytest
from oracles import mp_responsibilities, random_problem
from scipy.special import expit
from sklearn.mixture import GaussianMixture

from gmm_lib.datasets import iris
from gmm_lib.parameters import Parameters
from gmm_lib.posterior import posterior, prior

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.equation(8)
def test_the_prior_is_the_mixing_weights_and_the_posterior_of_a_point_that_tells_nothing():
    same = Parameters([0.2, 0.3, 0.5], [[1.0, 2.0]] * 3, [np.eye(2)] * 3)
    np.testing.assert_array_equal(prior(same), [0.2, 0.3, 0.5])
    np.testing.assert_allclose(posterior([[9.0, -4.0]], same)[0], prior(same), rtol=1e-13)


@pytest.mark.equation(9)
def test_the_posterior_is_bayes_theorem_in_fifty_digits():
    X, p = random_problem(0)
    np.testing.assert_allclose(posterior(X, p), mp_responsibilities(X, p), rtol=1e-12)


def test_two_equal_hills_give_the_logistic_curve():
    # N(-1, 1) against N(1, 1): the log-odds of the second are log(phi_2 / phi_1) + 2 x.
    x = np.linspace(-5, 5, 11)
    p = Parameters([0.25, 0.75], [[-1], [1]], [[[1]], [[1]]])
    np.testing.assert_allclose(posterior(x[:, None], p)[:, 1], expit(np.log(3) + 2 * x), rtol=1e-13)


def test_scikit_learn_finds_the_same_on_iris():
    X = iris().X
    theirs = GaussianMixture(3, random_state=0, reg_covar=0).fit(X)
    p = Parameters(theirs.weights_, theirs.means_, theirs.covariances_)
    np.testing.assert_allclose(posterior(X, p), theirs.predict_proba(X), rtol=1e-6, atol=1e-12)


def test_the_nearest_mean_is_not_always_the_likeliest():
    wide_and_heavy = Parameters([0.9, 0.1], [[0], [3]], [[[4]], [[0.01]]])
    assert posterior([[2.0]], wide_and_heavy)[0].argmax() == 0  # though 2 is nearer to 3


def test_a_component_of_weight_zero_has_posterior_zero():
    X, p = random_problem(1, k=2)
    np.testing.assert_array_equal(posterior(X, Parameters([0, 1], p.means, p.covariances)), np.tile([0, 1], (20, 1)))


def test_one_component_owns_every_point():
    X, p = random_problem(2, n=1, m=1, k=1)
    assert posterior(X, p).tolist() == [[1.0]]


def test_a_point_out_of_reach_of_every_component_is_an_error():
    _, p = random_problem(3)
    with pytest.raises(ValueError, match="must have a finite entry in each row, and no NaN or .inf; row 1 is"):
        posterior([[0, 0], [1e200, 0]], p)
