"""Fresh inputs for the checks: small, random, and rounded so that a counterexample is short to read."""

from typing import NamedTuple

import numpy as np

from gmm_lib.parameters import Parameters


class Size(NamedTuple):
    """How large an input is, and in which units, from which origin."""

    n: int  #: points
    k: int  #: components
    m: int  #: dimensions
    scale: float = 1.0  #: how many times as large lengths become
    offset: float = 0.0  #: how far they are moved then


# What a function is asked on unless its exercise has a reason for other sizes: each k with two different m and each m
# with two different k, so that neither can pass for the other, and n equal to neither, so that no shape fits by
# accident. The usual size comes first, for the examples that are shown; the last two are in other units.
SIZES = (
    Size(1, 3, 2),
    Size(2, 3, 1),
    Size(4, 2, 3),
    Size(5, 2, 2),
    Size(6, 4, 1, scale=3.0),
    Size(7, 4, 3, scale=0.5, offset=10.0),
)


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


def placed(lengths: np.ndarray, size: Size) -> np.ndarray:
    """Points, or means, in the units and from the origin of ``size``."""
    return np.round(lengths * size.scale + size.offset, 2) + 0.0


def mixture(rng: np.random.Generator, size: Size) -> Parameters:
    """A mixture of that size, in its units."""
    drawn = parameters(rng, size.k, size.m)
    return Parameters(drawn.weights, placed(drawn.means, size), drawn.covariances * size.scale**2)


def problem(rng: np.random.Generator, size: Size) -> tuple[np.ndarray, Parameters]:
    """n points of shape (n, m) and a mixture, both in the units of ``size``."""
    return placed(points(rng, size.n, size.m), size), mixture(rng, size)


def shares(rng: np.random.Generator, size: Size) -> np.ndarray:
    """Responsibilities of shape (n, k); see :func:`responsibilities`."""
    return responsibilities(rng, size.n, size.k)


def logarithms(rng: np.random.Generator, size: Size) -> np.ndarray:
    """Logarithms of joint densities in the range of ordinary points, to one decimal; shape (n, k)."""
    return np.round(rng.normal(-3.0, 2.0, (size.n, size.k)), 1) + 0.0


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
