"""Stepwise EM for streams: points that come in blocks, are learnt from once, and are gone."""

import numbers

import numpy as np
from numpy.typing import ArrayLike

from ..covariance_types import as_covariance_type
from ..parameters import Parameters
from ..validation import CollapsedComponentError, as_non_negative, as_parameters, as_points, shown
from .coordinates import UNDERFLOW, Coordinates
from .driver import Engine
from .passes import Pass, no_density
from .sources import unequal_weights
from .state import State, from_parameters, m_step, refuse_collapsed, to_parameters

FORMULATION = {"diag": "squares", "spherical": "radii"}  # the others need all the products
LOST = 0.1  # a bound on the relative error of a covariance, from which on it is no result


class Stepwise:
    """EM on *running* sufficient statistics (Cappé and Moulines, 2009).

    A batch E-step averages the statistics ``r (1, y)(1, y)^T`` over all points. Here each block moves the running
    average a part of the way towards its own, ``T <- (1 - g) T + g T_block``. If the average stands for N points so
    far and the block has b, the part is ``g = (1 + N / b) ** -exponent``. With blocks of one size, and a start that
    counts as one more of them, that is ``g_t = (t + 1) ** -exponent`` for block t, counted from 1. With exponent 1
    every point has the same say, the start as many as the points it counts for: 1,000 points after a fit to 9,000 move
    the average a tenth of the way. With one above 1/2 and at most 1 the noise of the blocks dies out; the smaller it
    is, the sooner the present outweighs the past. With sample weights all these numbers of points are sums of
    weights, so that a point of weight 2 is the same point twice in its block, and one of weight 0 is not there.

    A block that cannot be learnt from is refused whole: everything is as before it, and the next one goes on from
    there. No point is kept; between two blocks the object is small and can be pickled.

    What it does not promise: the log-likelihood may fall from block to block; the result depends on the order, so a
    sorted stream misleads it; blocks much smaller than some tens of points per component make it erratic; and it
    sums squares in coordinates chosen beforehand, so that a component a thousand times smaller than the data is known
    to few digits.

    Parameters
    ----------
    engine : Engine or None
        On the first block, or any fair sample: it gives the coordinates and the variance floor, and is not kept. With
        None the coordinates are those that make the mixture ``start`` round, and there is no floor.
    start : Parameters
        The average begins as what this mixture would produce.
    exponent : float
        Above 0.5 and at most 1.
    seen : float, optional
        For how many points the start counts: after a fit, those it was fitted to. 0 makes the first block replace it.
        By default it counts for as many as the first block has.
    covariance_type : str, optional
        "full", "tied", "diag" or "spherical". By default the engine's, or "full" without one.

    Attributes
    ----------
    state : engine.state.State
        The mixture, in the engine's coordinates; :attr:`parameters` has the units of the data.
    bounds : list of float
        Mean log-likelihood of each block under the parameters *before* it was learnt: an honest forecast.
    points : int or float
        How many have been learnt from; of weighted ones, the sum of their weights.

    Raises
    ------
    ValueError
        If an argument is not valid.

    References
    ----------
    Cappé and Moulines (2009), On-line expectation-maximization algorithm for latent data models.
    """

    coordinates: Coordinates
    floor: np.ndarray | None
    exponent: float
    seen: float | None
    covariance_type: str
    state: State
    average: np.ndarray
    bounds: list[float]
    points: float

    @UNDERFLOW
    def __init__(
        self,
        engine: Engine | None,
        start: Parameters,
        exponent: float = 0.7,
        *,
        seen: float | None = None,
        covariance_type: str | None = None,
    ) -> None:
        if isinstance(exponent, bool) or not isinstance(exponent, numbers.Real) or not 0.5 < exponent <= 1:
            raise ValueError(f"exponent must be above 0.5 and at most 1; got {shown(exponent)}.")
        if engine is not None and not isinstance(engine, Engine):
            raise ValueError(f"engine must be a gmm_lib.engine.Engine, or None; got {type(engine).__name__}.")
        as_parameters(start, "start")
        known = "full" if engine is None else engine.covariance_type
        self.covariance_type = known if covariance_type is None else as_covariance_type(covariance_type)
        if engine is not None and self.covariance_type != known:
            raise ValueError(f"covariance_type must be the engine's, {known!r}; got {covariance_type!r}.")
        self.coordinates = Coordinates.of_mixture(start, self.covariance_type) if engine is None else engine.coordinates
        if start.m != self.coordinates.m:
            raise ValueError(f"start must have the engine's {self.coordinates.m} dimensions; got {start.m}.")
        self.floor, self.exponent = None if engine is None else engine.floor, exponent
        self.seen = None if seen is None else as_non_negative(seen, "seen")
        self.state = from_parameters(start, self.coordinates, self.covariance_type)
        self.average = _statistics_of(self.state)
        self.bounds, self.points = [], 0

    @UNDERFLOW
    def set_floor(self, reg_covar: ArrayLike) -> None:
        """Set ``reg_covar``, the variance floor of the blocks to come, in squared units of the data: a number, or one
        for each column."""
        self.floor = self.coordinates.floor(reg_covar)

    @UNDERFLOW
    def learn(self, X: ArrayLike, sample_weight: ArrayLike | None = None) -> State:
        """Learn from a block of shape (b, m), perhaps with a ``sample_weight`` of shape (b,); returns the new state.

        Raises
        ------
        ValueError
            If an argument is not valid, or X holds a point that no component can have produced. Nothing has changed
            then.
        CollapsedComponentError
            If the block makes a component collapse. Nothing has changed then either.
        """
        X = as_points(X, self.coordinates.m)
        one_pass = Pass(self.coordinates, self.state, FORMULATION.get(self.covariance_type, "features"))
        weights, scale = unequal_weights(sample_weight, len(X))
        there = np.arange(len(X))
        if weights is not None and not weights.all():
            there = np.flatnonzero(weights)
            X, weights = X[there], weights[there]
        sums = one_pass(X, weights)
        if not np.isfinite(sums.log_likelihood):
            row = one_pass.impossible(X)
            raise no_density(None if row is None else int(there[row]))
        total = len(X) if weights is None else float(weights.sum())
        counts = total if sample_weight is None else total * scale  # of as many points as these
        seen = counts if self.seen is None else self.seen
        step = (1 + (seen + self.points) / counts) ** -self.exponent
        average = (1 - step) * self.average + step * one_pass.moments(sums) / total
        state, rounding = m_step(average, None, self.floor, self.covariance_type)
        if rounding == np.inf:
            flattest = int(np.argmax(state.precision_traces))
            raise CollapsedComponentError(flattest, "its covariance is not positive definite")
        if rounding > LOST:
            worst = int(np.argmax(state.roundings))
            raise CollapsedComponentError(worst, "it is so far or so small that its covariance is lost to rounding")
        refuse_collapsed(state, self.coordinates)
        # Nothing is changed before here: the block has been learnt from.
        self.state, self.average, self.seen = state, average, seen
        self.bounds.append(sums.log_likelihood / total)
        self.points += counts
        return state

    @property
    def parameters(self) -> Parameters:
        """The mixture as :class:`~gmm_lib.parameters.Parameters`, in the units of the data."""
        return to_parameters(self.state, self.coordinates)

    @property
    def inverse_factors(self) -> np.ndarray:
        """As :meth:`gmm_lib.engine.driver.Engine.inverse_factors` of the state, shape (k, m, m)."""
        return self.state.inverse_factors @ self.coordinates.matrix


def _statistics_of(state):
    """The average of ``r (1, y)(1, y)^T`` over infinitely many points of this mixture, shape (k, m + 1, m + 1)."""
    k, m = state.means.shape
    B = np.zeros((k, m + 1, m + 1))
    B[:, 0, 0] = 1
    B[:, 1:, 0], B[:, 1:, 1:] = state.means, state.factors
    return state.weights[:, np.newaxis, np.newaxis] * (B @ B.transpose(0, 2, 1))
