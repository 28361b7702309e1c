"""Independent oracles: the formulas once more, in 50 digits or through SciPy; and seeded problems to try them on."""

import numpy as np
from hypothesis import settings
from mpmath import mp, mpf
from scipy.stats import multivariate_normal

from gmm_lib.parameters import Parameters

mp.dps = 50
# The same examples in every run, on every machine; nothing is written to disk.
settings.register_profile("book", derandomize=True, deadline=None, database=None, max_examples=60)
settings.load_profile("book")


def exact(array):
    """The entries of an array as 50-digit numbers, without another rounding."""
    return np.vectorize(lambda x: mpf(float(x)), otypes=[object])(np.asarray(array, dtype=float))


def mp_log_density(x, mean, covariance):
    """Equation (7) at one point, in 50 digits, by LU decomposition and not by Cholesky."""
    sigma = mp.matrix(np.asarray(covariance, dtype=float).tolist())
    residual = mp.matrix((exact(x) - exact(mean)).tolist())
    quadratic = (residual.T * mp.lu_solve(sigma, residual))[0]
    return -(len(residual) * mp.log(2 * mp.pi) + mp.log(mp.det(sigma)) + quadratic) / 2


def mp_joint(x, p):
    """The terms phi_j f_j(x) of equation (1) at one point. A 50-digit number does not underflow."""
    return [mpf(float(w)) * mp.exp(mp_log_density(x, mu, s)) for w, mu, s in zip(p.weights, p.means, p.covariances)]


def mp_responsibilities(X, p):
    """Equation (11), in 50 digits, rounded at the end."""
    return np.array([[float(term / mp.fsum(terms)) for term in terms] for terms in (mp_joint(x, p) for x in X)])


def scipy_joint(X, p):
    """The terms phi_j f_j(x_i), in linear space, from scipy.stats."""
    columns = [w * multivariate_normal(mu, s).pdf(X) for w, mu, s in zip(p.weights, p.means, p.covariances)]
    return np.column_stack([np.atleast_1d(column) for column in columns])


def random_covariance(rng, m):
    """A well-conditioned covariance: a random product with its own transpose, and something on the diagonal."""
    A = rng.standard_normal((m, m))
    return A @ A.T / m + 0.3 * np.eye(m)


def random_parameters(rng, k, m):
    """A mixture of k components in m dimensions, all within a few units of the origin."""
    covariances = [random_covariance(rng, m) for _ in range(k)]
    return Parameters(rng.dirichlet(np.full(k, 2.0)), rng.normal(0, 2, (k, m)), covariances)


def random_problem(seed, n=20, m=2, k=3):
    """Points and a mixture that did not produce them: a fair test for formulas that must hold for any pair."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 2, (n, m)), random_parameters(rng, k, m)


def random_responsibilities(seed, n=20, k=3):
    """Rows drawn evenly from the simplex."""
    return np.random.default_rng(seed).dirichlet(np.ones(k), n)
