"""The generative story, equations (3) and (4): first draw a component, then draw a point from it."""

import numpy as np
from numpy.typing import ArrayLike

from .mixture import check_weights
from .parameters import Parameters
from .validation import Rng, as_array, as_generator, as_integers, as_parameters, as_positive_integer


def draw_components(n: int, weights: ArrayLike, rng: Rng) -> np.ndarray:
    """Equation (3): ``C_i ~ Categorical(k, phi)``, the hidden component of each of n points.

    Parameters
    ----------
    n : int
        How many to draw.
    weights : array_like, shape (k,)
    rng : numpy.random.Generator or seed
        Whatever :func:`gmm_lib.validation.as_generator` takes.

    Returns
    -------
    ndarray of int, shape (n,)
        Component indices 0 .. k - 1.
    """
    n = as_positive_integer(n, "n")
    weights = check_weights(weights)
    # One uniform number lands in one of k intervals of lengths phi_j. The last edge is left open at the top, so that
    # rounding in the running sum cannot push a draw past the last component.
    edges = np.cumsum(weights)[:-1]
    components = np.searchsorted(edges, as_generator(rng).random(n), side="right")
    return np.minimum(components, np.flatnonzero(weights)[-1])


def draw_points(components: ArrayLike, means: ArrayLike, factors: ArrayLike, rng: Rng) -> np.ndarray:
    """Equation (4): ``X_i ~ N(mu_{C_i}, Sigma_{C_i})``, one point for each hidden component.

    A standard normal vector z, stretched by the Cholesky factor and moved to the mean: ``x = mu + L z``.

    Parameters
    ----------
    components : array_like of int, shape (n,)
    means : array_like, shape (k, m)
    factors : array_like, shape (k, m, m)
        Cholesky factors of the covariances, ``Parameters.factors``.
    rng : numpy.random.Generator or seed

    Returns
    -------
    ndarray, shape (n, m)

    Raises
    ------
    ValueError
        If shapes disagree, or a component is none of 0 .. k - 1.
    """
    means = as_array(means, "means", 2)
    factors = as_array(factors, "factors", 3)
    k, m = means.shape
    if factors.shape != (k, m, m):
        raise ValueError(f"factors must have shape {(k, m, m)} to go with the means; got {factors.shape}.")
    components = as_integers(components, "components", k, empty=True)
    z = as_generator(rng).standard_normal((len(components), m))
    X = np.empty_like(z)
    for j in range(k):  # one product a component: factors[components] would hold a matrix for every point
        rows = components == j
        X[rows] = means[j] + z[rows] @ factors[j].T
    return X


def sample(n: int, parameters: Parameters, rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """n points of a mixture with the components that produced them: (3), then (4).

    Returns
    -------
    X : ndarray, shape (n, m)
    components : ndarray of int, shape (n,)
    """
    rng = as_generator(rng)  # once: a seed given to both would draw the same numbers twice
    components = draw_components(n, as_parameters(parameters).weights, rng)
    return draw_points(components, parameters.means, parameters.factors, rng), components
