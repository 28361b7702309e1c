"""Fresh inputs for the checks: small, random, and rounded so that a counterexample is short to read."""

import numpy as np

from gmm_lib.parameters import Parameters


def points(rng: np.random.Generator, n: int, m: int = 2, spread: float = 2.0) -> np.ndarray:
    """n points in m dimensions, to one decimal; shape (n, m)."""
    return np.round(rng.normal(0.0, spread, (n, m)), 1) + 0.0


def weights(rng: np.random.Generator, k: int = 3, smallest: float = 0.1) -> np.ndarray:
    """Mixing weights in steps of 0.05, all different, none below ``smallest``; shape (k,), k at most 4."""
    while True:
        drawn = np.round(rng.dirichlet(np.full(k, 2.0)) * 20) / 20
        drawn[-1] = np.round(1 - drawn[:-1].sum(), 2)
        if drawn.min() >= smallest and len(set(drawn.tolist())) == k and abs(drawn.sum() - 1) < 1e-12:
            return drawn


def covariance(rng: np.random.Generator, m: int = 2) -> np.ndarray:
    """A covariance to two decimals, well away from singular and never the identity; shape (m, m)."""
    a = rng.normal(0.0, 0.6, (m, m))
    drawn = np.round(a @ a.T + np.diag(rng.uniform(0.5, 1.5, m)), 2)
    return (drawn + drawn.T) / 2


def parameters(rng: np.random.Generator, k: int = 3, m: int = 2, spread: float = 2.0) -> Parameters:
    """A mixture with k components in m dimensions, as :class:`gmm_lib.parameters.Parameters`."""
    return Parameters(weights(rng, k), points(rng, k, m, spread), np.stack([covariance(rng, m) for _ in range(k)]))


def responsibilities(rng: np.random.Generator, n: int, k: int = 3) -> np.ndarray:
    """Rows to two decimals that sum to one, every entry above zero; shape (n, k)."""
    rows = np.empty((n, k))
    for i in range(n):
        while True:
            row = np.round(rng.dirichlet(np.full(k, 1.0)), 2)
            row[-1] = np.round(1 - row[:-1].sum(), 2)
            if row.min() >= 0.01:
                rows[i] = row
                break
    return rows
