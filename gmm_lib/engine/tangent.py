"""Steps between two mixtures, as numbers without units: what :mod:`gmm_lib.acceleration` must know of a mixture.

The numbers of a component are the logarithm by which its weight grows, the move of its mean in units of its own shape,
and the lower triangle E by which its inverse factor is multiplied, with logarithms on the diagonal. Any numbers are a
mixture: no weight becomes negative and no covariance loses its definiteness. And the type of covariance stays: equal
covariances move alike, what is zero stays zero, equal variances stay equal.
"""

import numpy as np

from .state import State


def away(old: State, new: State) -> np.ndarray:
    """How to go from one mixture, ``old``, to another, ``new``, of the same k and m: shape (k * (1 + m + m * m),)."""
    k, m = old.means.shape
    numbers = np.empty((k, 1 + m + m * m))
    numbers[:, 0] = np.log(new.weights / old.weights)
    numbers[:, 0] -= old.weights @ numbers[:, 0]  # a common factor is no change
    numbers[:, 1 : m + 1] = np.einsum("jab,jb->ja", old.inverse_factors, new.means - old.means)
    E = new.inverse_factors @ old.factors
    diagonal = np.einsum("jaa->ja", E)
    np.log(diagonal, out=diagonal)
    numbers[:, m + 1 :] = E.reshape(k, m * m)
    return numbers.reshape(-1)


def moved(old: State, numbers: np.ndarray) -> State:
    """The mixture that the ``numbers``, shape (k * (1 + m + m * m),), lead to from ``old``: :func:`away` turned round.

    Raises
    ------
    ValueError
        If they lead beyond what floating-point numbers can hold.
    """
    k, m = old.means.shape
    numbers = numbers.reshape(k, 1 + m + m * m)
    growth = numbers[:, 0] - numbers[:, 0].max()
    weights = old.weights * np.exp(growth)
    weights /= weights.sum()
    E = numbers[:, m + 1 :].reshape(k, m, m).copy()
    diagonal = np.einsum("jaa->ja", E)
    np.exp(diagonal, out=diagonal)
    means = old.means + np.einsum("jab,jb->ja", old.factors, numbers[:, 1 : m + 1])
    inverse_factors = E @ old.inverse_factors
    some_volume = np.einsum("jaa->ja", inverse_factors).min() > 0
    if not (weights.min() > 0 and some_volume and np.isfinite(means).all() and np.isfinite(inverse_factors).all()):
        raise ValueError("numbers must lead to a mixture; got some so large that a parameter is 0 or infinite.")
    return State(weights, means, inverse_factors)


def information(state: State) -> np.ndarray:
    """What small numbers cost: weights of a sum of squares that is twice the Kullback-Leibler divergence per point, of
    points and components together. Shape (k * (1 + m + m * m),).

    For a component of weight w it is w times one for its weight and for its mean; two for the diagonal and one for what
    is below it, for ``log |E|`` and ``|E|^2`` together have these second derivatives.
    """
    m = state.means.shape[1]
    squares = np.ones(1 + m + m * m)
    squares[m + 1 :: m + 1] = 2
    return (state.weights[:, np.newaxis] * squares).reshape(-1)
