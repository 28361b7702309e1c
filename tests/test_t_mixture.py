"""Mixtures of t distributions, against SciPy's density and its maximum, integrals, and a known truth."""

import numpy as np
import pytest
from oracles import random_parameters
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import gamma, multivariate_normal, multivariate_t, t

from gmm_lib import e_step
from gmm_lib.models import t_mixture
from gmm_lib.models.t_mixture import MOST, Latent, TMixture
from gmm_lib.parameters import Parameters
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")


def drawn(rng, n, mixture):
    """Points by the story of the model: a component, a scale, a point."""
    p = mixture.parameters
    labels = rng.choice(p.k, n, p=p.weights)
    nu = mixture.degrees_of_freedom[labels]
    u = rng.gamma(nu / 2, 2 / nu)
    z = rng.normal(size=(n, p.m)) / np.sqrt(u)[:, np.newaxis]
    return p.means[labels] + np.einsum("nab,nb->na", p.factors[labels], z), labels


def problem(seed, n=40, m=3, k=2):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, m)), TMixture(random_parameters(rng, k, m), rng.uniform(2, 20, k))


def test_density_as_scipys():
    X, mixture = problem(0)
    p = mixture.parameters
    expected = [
        np.log(phi) + multivariate_t.logpdf(X, mean, matrix, df)
        for phi, mean, matrix, df in zip(p.weights, p.means, p.covariances, mixture.degrees_of_freedom)
    ]
    np.testing.assert_allclose(t_mixture.log_joint(X, mixture), np.transpose(expected), rtol=1e-10)
    assert t_mixture.log_likelihood(X, mixture) == pytest.approx(np.log(np.exp(expected).sum(axis=0)).sum())


def test_scales_are_the_posterior_means_by_quadrature():
    X, mixture = problem(1, n=2)
    latent, p = t_mixture.e_step(X, mixture), mixture.parameters
    for i, x in enumerate(X):
        for j, nu in enumerate(mixture.degrees_of_freedom):

            def joint(u, x=x, j=j, nu=nu):
                return gamma.pdf(u, nu / 2, scale=2 / nu) * multivariate_normal.pdf(x, p.means[j], p.covariances[j] / u)

            total, mean, log_mean = (
                quad(lambda u, of=of: of(u) * joint(u), 0, 40, limit=200)[0]
                for of in (lambda u: 1, lambda u: u, np.log)
            )
            assert latent.scales[i, j] == pytest.approx(mean / total, rel=1e-6)
            assert latent.log_scales[i, j] == pytest.approx(log_mean / total, abs=1e-6)


def test_many_degrees_of_freedom_are_gaussian():
    X, mixture = problem(2)
    latent = t_mixture.e_step(X, TMixture(mixture.parameters, [1e9, 1e9]))
    np.testing.assert_allclose(latent.responsibilities, e_step.responsibilities(X, mixture.parameters), atol=1e-6)
    np.testing.assert_allclose(latent.scales, 1, atol=1e-6)


def test_one_component_on_a_line_as_scipys_own_fit():
    x = t.rvs(4, loc=3, scale=2, size=400, random_state=5)
    found = t_mixture.fit(x[:, np.newaxis], Parameters([1.0], [[x.mean()]], [[[x.var()]]]), tol=1e-10)
    df, loc, scale = t.fit(x)
    assert (np.diff(found.history) > -1e-9).all() and found.converged
    assert found.objective == pytest.approx(t.logpdf(x, df, loc, scale).sum(), abs=1e-4)
    assert found.state.degrees_of_freedom == pytest.approx([df], rel=1e-2)
    assert found.state.parameters.means[0, 0] == pytest.approx(loc, abs=1e-3)
    assert found.state.parameters.covariances[0, 0, 0] == pytest.approx(scale**2, rel=1e-2)


def test_two_components_end_at_a_maximum_of_scipys_density():
    truth = TMixture(Parameters([0.4, 0.6], [[-2, 0], [3, 1]], [np.eye(2), [[2, 0.5], [0.5, 1]]]), [3.0, 6.0])
    X, _ = drawn(np.random.default_rng(3), 300, truth)
    found = t_mixture.fit(X, truth.parameters, tol=1e-9)
    assert (np.diff(found.history) > -1e-9).all()

    def packed(mixture):
        p = mixture.parameters
        lower = np.tril_indices(2)
        return np.concatenate([
            [np.log(p.weights[0] / p.weights[1])], p.means.ravel(), *(L[lower] for L in p.factors),
            np.log(mixture.degrees_of_freedom),
        ])  # fmt: skip

    def cost(v):
        phi, factors = 1 / (1 + np.exp(-v[0])), np.zeros((2, 2, 2))
        for L, entries in zip(factors, (v[5:8], v[8:11])):
            L[np.tril_indices(2)] = entries
        densities = [multivariate_t.pdf(X, v[1 + 2 * j : 3 + 2 * j], L @ L.T, np.exp(v[11 + j]))
                     for j, L in enumerate(factors)]  # fmt: skip
        return -np.log(phi * densities[0] + (1 - phi) * densities[1]).sum()

    end = packed(found.state)
    assert cost(end) == pytest.approx(-found.objective)
    top = minimize(cost, packed(truth), method="BFGS")  # from the truth, without EM
    assert found.objective == pytest.approx(-top.fun, abs=1e-3)
    np.testing.assert_allclose(end, top.x, atol=0.02)


def test_a_known_truth_is_found_again():
    truth = TMixture(Parameters([0.3, 0.7], [[-4, 0], [4, 1]], [np.eye(2), [[2, 0.5], [0.5, 1]]]), [3.0, 8.0])
    X, labels = drawn(np.random.default_rng(4), 8000, truth)
    start = Parameters([0.5, 0.5], [[-1, 0], [1, 0]], [np.cov(X.T)] * 2)
    found = t_mixture.fit(X, start, tol=1e-4).state
    p = found.parameters
    assert p.weights == pytest.approx(truth.parameters.weights, abs=0.02)
    np.testing.assert_allclose(p.means, truth.parameters.means, atol=0.1)
    np.testing.assert_allclose(p.covariances, truth.parameters.covariances, atol=0.2)
    assert found.degrees_of_freedom == pytest.approx([3, 8], rel=0.15)
    latent = t_mixture.e_step(X, found)
    assert (latent.responsibilities.argmax(axis=1) == labels).mean() > 0.97


def test_gaussian_points_need_no_tails():
    X = np.random.default_rng(0).normal(size=(300, 2))
    assert t_mixture.fit(X, Parameters([1.0], [[0, 0]], [np.eye(2)]), tol=1e-4).state.degrees_of_freedom[0] > 30
    flat = Latent(np.ones((4, 1)), np.ones((4, 1)), np.zeros((4, 1)))  # scales known to be 1: no tails at all
    assert t_mixture.m_step(X[:4], flat).degrees_of_freedom == [MOST]


def test_what_does_not_fit_together_is_refused():
    X, mixture = problem(6)
    with pytest.raises(ValueError, match=r"degrees_of_freedom must be 2 positive numbers, .*; got \[1.0\]"):
        TMixture(mixture.parameters, [1.0])
    latent = t_mixture.e_step(X, mixture)
    with pytest.raises(ValueError, match="latent must be Latent with 5 rows"):
        t_mixture.m_step(X[:5], latent)
    one_point = Latent(np.eye(2)[[0] * 39 + [1]], latent.scales, latent.log_scales)
    with pytest.raises(CollapsedComponentError, match="component 1"):
        t_mixture.m_step(X, one_point)
    assert t_mixture.m_step(X, one_point, 0.1).parameters.covariances[1] == pytest.approx(0.1 * np.eye(3))
