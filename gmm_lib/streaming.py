"""Stepwise EM for streams: points that come in blocks, are learnt from once, and are gone."""

import numpy as np

from .engine import Pass, m_step
from .engine.state import LostDigits, refuse_collapsed
from .validation import CollapsedComponentError


class Stepwise:
    """EM on *running* sufficient statistics (Cappé and Moulines, 2009).

    A batch E-step averages the statistics ``r (1, y)(1, y)^T`` over all points. Here block t, from 1 on, moves the
    running average a part of the way towards its own: ``T <- (1 - g_t) T + g_t T_t``, ``g_t = (t + 1) ** -exponent``.
    Its first value is what the start would produce. With an exponent above 1/2 and at most 1 the noise of the
    blocks dies out; the larger it is, the sooner the past outweighs the present.

    What it does not promise: the log-likelihood may fall from block to block; the result depends on the order, so a
    sorted stream misleads it; blocks much smaller than some tens of points per component make it erratic; and it
    sums squares in the coordinates of the first block, so that a component a thousand times smaller than the data
    is known to few digits.

    Parameters
    ----------
    engine : Engine
        On the first block: it gives the coordinates and the variance floor.
    start : Parameters
    exponent : float

    Attributes
    ----------
    bounds : list of float
        Mean log-likelihood of each block under the parameters *before* it was learnt: an honest forecast.
    points : int
        How many have been seen.

    References
    ----------
    Cappé and Moulines (2009), On-line expectation-maximization algorithm for latent data models.
    """

    def __init__(self, engine, start, exponent=0.7):
        if not 0.5 < exponent <= 1:
            raise ValueError(f"exponent must be above 0.5 and at most 1; got {exponent!r}.")
        self.coordinates, self.floor, self.exponent = engine.coordinates, engine.floor, exponent
        self.state = engine.state(start)
        self.average = _statistics_of(self.state)
        self.bounds, self.points = [], 0

    def learn(self, X):
        """Learn from a block of shape (b, m); returns the new state. Raises CollapsedComponentError."""
        one_pass = Pass(self.coordinates, self.state, "features")
        sums = one_pass(X)
        step = (len(self.bounds) + 2) ** -self.exponent
        self.average = (1 - step) * self.average + step * one_pass.moments(sums) / len(X)
        try:
            self.state, _ = m_step(self.average, None, self.floor)
        except LostDigits as error:
            flattest = int(np.argmax(error.state.volumes))
            raise CollapsedComponentError(flattest, "its covariance is not positive definite") from None
        refuse_collapsed(self.state, self.coordinates)
        self.bounds.append(sums.log_likelihood / len(X))
        self.points += len(X)
        return self.state


def _statistics_of(state):
    """The average of ``r (1, y)(1, y)^T`` over infinitely many points of this mixture, shape (k, m + 1, m + 1)."""
    k, m = state.means.shape
    B = np.zeros((k, m + 1, m + 1))
    B[:, 0, 0] = 1
    B[:, 1:, 0], B[:, 1:, 1:] = state.means, state.factors
    return state.weights[:, np.newaxis, np.newaxis] * (B @ B.transpose(0, 2, 1))
