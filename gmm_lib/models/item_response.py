"""Item response: one ability behind all answers of a test, in the two-parameter logistic model (Bock and Aitkin, 1981).

The ability of a person is a standard normal number theta. Given it, the answers are independent, and item r is solved
with probability ``1 / (1 + exp(-(a_r theta + d_r)))``. Quadrature puts the abilities on a few places: there the model
is a mixture whose components stand still and keep their weights. Shapes: answers ``X`` (n, m), a row for each person
and a column for each item, 1 where it was solved and 0 where not; q places, ``n_places``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, log_expit, logit, logsumexp

from .. import em
from ..e_step import normalize
from ..validation import as_array, as_points, as_positive_integer, as_responsibilities, shown

MOST_PLACES = 100  # as many as NumPy has its rule tested for
SUFFICIENT = 1e-4  # of the gain that a Newton step promises, the part that it must bring (Armijo, 1966)
SMALL = 1e-8  # a promised gain after which one step more is exact: the error is squared in each


@dataclass(frozen=True)
class Items:
    """The items of a test: how steeply the chance of each rises with the ability, and where.

    Attributes
    ----------
    slopes : ndarray, shape (m,)
        a: how sharply an item tells abilities apart, its *discrimination*.
    intercepts : ndarray, shape (m,)
        d: the log-odds of solving it at ability 0.
    """

    slopes: np.ndarray
    intercepts: np.ndarray

    def __post_init__(self):
        for name in ("slopes", "intercepts"):
            object.__setattr__(self, name, as_array(getattr(self, name), name, 1))
        if len(self.intercepts) != len(self.slopes):
            raise ValueError(f"intercepts must be as many as slopes, {len(self.slopes)}; got {len(self.intercepts)}.")

    @property
    def difficulties(self) -> np.ndarray:
        """The ability at which an item is solved by every second person, ``-d / a``, shape (m,); infinite or NaN for an
        item of slope 0, which has none."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return -self.intercepts / self.slopes

    def log_odds(self, abilities: ArrayLike) -> np.ndarray:
        """``a theta + d`` of each item at each of ``abilities``, of shape (q,): shape (m, q)."""
        return np.outer(self.slopes, as_array(abilities, "abilities", 1)) + self.intercepts[:, np.newaxis]

    def probabilities(self, abilities: ArrayLike) -> np.ndarray:
        """The probability of solving each item at each of ``abilities``, of shape (q,): shape (m, q)."""
        return expit(self.log_odds(abilities))

    def information(self, abilities: ArrayLike) -> np.ndarray:
        """What each item tells of the ability, Fisher's information, at each of ``abilities``, (q,): shape (m, q)."""
        p = self.probabilities(abilities)
        return self.slopes[:, np.newaxis] ** 2 * p * (1 - p)


def quadrature(n_places: int = 41) -> tuple[np.ndarray, np.ndarray]:
    """The places and the weights of Gauss-Hermite quadrature for a standard normal ability, both of shape (n_places,).

    The weights are positive and sum to one. With them, sums over the places are expectations: exact ones for
    polynomials up to the degree ``2 n_places - 1``.

    Raises
    ------
    ValueError
        If ``n_places`` is not a whole number from 2 to 100.
    """
    if not 2 <= as_positive_integer(n_places, "n_places") <= MOST_PLACES:
        raise ValueError(f"n_places must be a whole number from 2 to {MOST_PLACES}; got {n_places}.")
    places, weights = np.polynomial.hermite_e.hermegauss(n_places)
    return places, weights / weights.sum()


def log_joint(X: ArrayLike, items: Items, n_places: int = 41) -> np.ndarray:
    """The logarithm of weight times probability of a person's answers ``X``, at each place: shape (n, n_places)."""
    X = _as_answers_to(X, items)
    places, weights = quadrature(n_places)
    odds = items.log_odds(places)
    return np.log(weights) + X @ log_expit(odds) + (1 - X) @ log_expit(-odds)


def log_likelihood(X: ArrayLike, items: Items, n_places: int = 41) -> float:
    """The logarithm of the probability of all answers ``X``, with the abilities summed out over ``n_places`` places."""
    with np.errstate(under="ignore"):
        return float(logsumexp(log_joint(X, items, n_places), axis=1).sum())


def e_step(X: ArrayLike, items: Items, n_places: int = 41) -> np.ndarray:
    """How probable each place is as a person's ability, given the answers ``X``: shape (n, n_places)."""
    return normalize(log_joint(X, items, n_places))


def m_step(X: ArrayLike, responsibilities: ArrayLike) -> Items:
    """The items that maximise the lower bound, given ``responsibilities`` of shape (n, q) for the answers ``X``.

    Each is a logistic regression: on so many people as are expected at a place, so many as are expected to solve it.

    Raises
    ------
    ValueError
        If an argument is not valid, an item was solved by all or by nobody, or all people stand at one place.
    """
    X = _as_answers_that_differ(X)
    w = as_responsibilities(responsibilities, len(X))
    if not 2 <= w.shape[1] <= MOST_PLACES:
        raise ValueError(f"responsibilities must have 2 to {MOST_PLACES} columns, one per place; got {w.shape[1]}.")
    if np.count_nonzero(w.sum(axis=0)) < 2:
        raise ValueError("responsibilities must put people at two places or more; got all of them at one.")
    places, _ = quadrature(w.shape[1])
    slopes, intercepts = _regressions(places, people=w.sum(axis=0), solvers=X.T @ w)
    return Items(slopes, intercepts)


def _regressions(places, people, solvers):
    """Newton's method, for all items at once. What is climbed is concave; a step that gains too little is halved."""

    def bound(b):
        odds = b @ z
        return (solvers * log_expit(odds) + (people - solvers) * log_expit(-odds)).sum(axis=1)

    z = np.stack([places, np.ones_like(places)])
    b = np.stack([np.zeros(len(solvers)), logit(solvers.sum(axis=1) / people.sum())], axis=1)
    gain = np.inf
    while np.max(gain) > SMALL:
        p = expit(b @ z)
        gradient = (solvers - people * p) @ z.T
        curvature = np.einsum("jq,aq,bq->jab", people * p * (1 - p), z, z)
        step = np.linalg.solve(curvature, gradient[..., np.newaxis])[..., 0]
        gain = (gradient * step).sum(axis=1)
        while (short := (gain > SMALL) & (bound(b + step) < bound(b) + SUFFICIENT * gain)).any():
            step[short] /= 2
            gain[short] /= 2
        b = b + step
    return b.T


def fit(X: ArrayLike, n_places: int = 41, tol: float = 1e-8, max_iter: int = 2000) -> em.Result:
    """Learn the items from the answers ``X``, by EM with ``n_places`` places, until an iteration raises the
    log-likelihood by less than ``tol``, or for ``max_iter`` iterations.

    It starts from slopes of 1. (With abilities and slopes mirrored the fit is the same; this start has the able solve
    more.) The state of the result is the :class:`Items`.

    Raises
    ------
    ValueError
        If an argument is not valid, an item was solved by all or by nobody, or there are fewer than three items.
    """
    X = _as_answers_that_differ(X)
    if X.shape[1] < 3:
        raise ValueError(f"X must have at least 3 columns, one per item; got {X.shape[1]}.")
    start = Items(np.ones(X.shape[1]), logit(X.mean(axis=0)))
    return em.run(
        start,
        lambda items: e_step(X, items, n_places),
        lambda w: m_step(X, w),
        lambda items: log_likelihood(X, items, n_places),
        tol=tol,
        max_iter=max_iter,
    )


def expected_abilities(X: ArrayLike, items: Items, n_places: int = 41) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the standard deviation of each person's ability given the answers ``X``, both of shape (n,); over
    ``n_places`` places."""
    w = e_step(X, items, n_places)
    places, _ = quadrature(n_places)
    means = w @ places
    return means, np.sqrt(w @ places**2 - means**2)


def _as_answers(X: ArrayLike, n_items: int | None = None) -> np.ndarray:
    X = as_points(X, n_items)
    if (strange := ~np.isin(X, (0, 1))).any():
        i, r = np.argwhere(strange)[0]
        raise ValueError(
            f"X must hold 1 for a right answer and 0 for a wrong one; got {X[i, r]:g} at index ({i}, {r})."
        )
    return X


def _as_answers_to(X: ArrayLike, items: Items) -> np.ndarray:
    if not isinstance(items, Items):
        raise ValueError(f"items must be Items; got {shown(items)}.")
    return _as_answers(X, len(items.slopes))


def _as_answers_that_differ(X: ArrayLike) -> np.ndarray:
    """What items can be learnt from: of a column of equal answers the intercept would run off to infinity."""
    X = _as_answers(X)
    if (alike := np.ptp(X, axis=0) == 0).any():
        r = int(np.argmax(alike))
        raise ValueError(f"X must have right and wrong answers in each column; got {X[0, r]:g} in all of column {r}.")
    return X
