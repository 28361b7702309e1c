"""A Gaussian mixture with a noise component, against SciPy's densities, their maximum, and a known truth."""

import numpy as np
import pytest
from oracles import random_parameters, scipy_joint
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from gmm_lib import e_step
from gmm_lib.m_step import m_step
from gmm_lib.models import noise
from gmm_lib.models.noise import NoisyMixture
from gmm_lib.parameters import Parameters
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")
TWO = Parameters([0.4, 0.6], [[-2, 0], [3, 1]], [np.eye(2) * 0.5, [[1, 0.4], [0.4, 0.6]]])


def drawn(rng, n, share, half_width=10.0):
    """Points of TWO and of noise, in a square; the labels are 0, 1, and 2 for noise."""
    labels = np.where(rng.random(n) < share, 2, rng.choice(2, n, p=TWO.weights))
    z = np.einsum("nab,nb->na", np.concatenate([TWO.factors, [np.eye(2)]])[labels], rng.normal(size=(n, 2)))
    around = np.vstack([TWO.means, [0, 0]])[labels] + z
    return np.where((labels == 2)[:, np.newaxis], rng.uniform(-half_width, half_width, (n, 2)), around), labels


def test_density_and_responsibilities_by_definition():
    rng = np.random.default_rng(0)
    X, p = rng.normal(size=(30, 3)), random_parameters(rng, 2, 3)
    joint = np.column_stack([0.8 * scipy_joint(X, p), np.full(30, 0.2 / 50)])
    noisy = NoisyMixture(0.2, 50.0, p)
    np.testing.assert_allclose(np.exp(noise.log_joint(X, noisy)), joint, rtol=1e-10)
    np.testing.assert_allclose(noise.e_step(X, noisy), joint / joint.sum(axis=1, keepdims=True), rtol=1e-10)
    assert noise.log_likelihood(X, noisy) == pytest.approx(np.log(joint.sum(axis=1)).sum())


def test_without_noise_it_is_the_plain_mixture():
    rng = np.random.default_rng(1)
    X, p = rng.normal(size=(30, 2)), random_parameters(rng, 2, 2)
    w = noise.e_step(X, NoisyMixture(0.0, 1.0, p))
    np.testing.assert_allclose(w, np.column_stack([e_step.responsibilities(X, p), np.zeros(30)]), atol=1e-14)
    new, plain = noise.m_step(X, w, 1.0), m_step(X, w[:, :2])
    assert new.share == 0
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(new.parameters, name), getattr(plain, name), rtol=1e-10)
    np.testing.assert_array_equal(noise.e_step(X, NoisyMixture(1.0, 1.0, p)), np.tile([0, 0, 1], (30, 1)))


def test_the_fit_is_a_maximum_found_without_em():
    X, _ = drawn(np.random.default_rng(2), 300, 0.15)
    one = Parameters([1.0], [X.mean(axis=0)], [np.cov(X.T)])
    found = noise.fit(X, one, tol=1e-9)
    assert found.converged and (np.diff(found.history) > -1e-9).all()

    def cost(v):
        L = np.array([[v[3], 0], [v[4], v[5]]])
        share = 1 / (1 + np.exp(-v[0]))
        hill = multivariate_normal.pdf(X, v[1:3], L @ L.T)
        return -np.log(share / np.ptp(X, axis=0).prod() + (1 - share) * hill).sum()

    top = minimize(cost, [-1.0, *X.mean(axis=0), 2.0, 0.0, 2.0], method="BFGS")
    p, (L,) = found.state.parameters, found.state.parameters.factors
    end = [np.log(found.state.share / (1 - found.state.share)), *p.means[0], L[0, 0], L[1, 0], L[1, 1]]
    assert found.objective == pytest.approx(-top.fun, abs=1e-4)
    np.testing.assert_allclose(end, top.x, atol=0.01)


def test_a_known_truth_is_found_again():
    X, labels = drawn(np.random.default_rng(3), 6000, 0.2)
    found = noise.fit(X, Parameters([0.5, 0.5], [[-1, 0], [1, 0]], [np.cov(X.T)] * 2), volume=400.0).state
    assert found.share == pytest.approx(0.2, abs=0.02)
    assert found.parameters.weights == pytest.approx(TWO.weights, abs=0.02)
    np.testing.assert_allclose(found.parameters.means, TWO.means, atol=0.06)
    np.testing.assert_allclose(found.parameters.covariances, TWO.covariances, atol=0.06)
    assert (noise.e_step(X, found).argmax(axis=1) == labels).mean() > 0.95


def test_what_cannot_be_is_refused():
    X = np.random.default_rng(5).normal(size=(20, 2))
    with pytest.raises(ValueError, match="share must lie between 0 and 1; got 1.5"):
        NoisyMixture(1.5, 1.0, TWO)
    with pytest.raises(ValueError, match="volume must be positive; got 0"):
        NoisyMixture(0.5, 0.0, TWO)
    with pytest.raises(ValueError, match="X must have different values in each column; got 3 in all of column 1"):
        noise.box_volume([[1, 3], [2, 3]])
    with pytest.raises(ValueError, match="the last for noise; got 1"):
        noise.m_step(X, np.ones((20, 1)), 1.0)
    with pytest.raises(CollapsedComponentError, match="component 0"):
        noise.m_step(X, np.tile([0.0, 1.0], (20, 1)), 1.0)
