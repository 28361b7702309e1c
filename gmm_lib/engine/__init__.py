"""The engine: the E-step and the M-step of a mixture fused into one blocked pass, fast and exact.

It computes what :mod:`gmm_lib.e_step`, :mod:`gmm_lib.m_step` and :mod:`gmm_lib.likelihood` compute; tests hold them
equal. Two formulations share one interface: :mod:`~gmm_lib.engine.features` (two matrix products, the faster at up
to about a hundred dimensions) and :mod:`~gmm_lib.engine.residuals` (the more exact). The engine takes the first as
long as a bound on its rounding error allows, and else the second: it is never silently less exact than asked.
"""

from dataclasses import dataclass

import numpy as np

from ..parameters import Parameters
from .coordinates import EPS, Coordinates, Moments
from .passes import FORMULATIONS, Pass, Scratch, Sums, normalize
from .sources import InMemory
from .state import (
    LostDigits,
    State,
    from_parameters,
    m_step,
    refuse_collapsed,
    round_state,
    to_parameters,
)

__all__ = ["Engine", "Run"]
ATTEMPTS = 4  # passes that an M-step may take; each can find a component a million times smaller than the last


@dataclass(frozen=True, eq=False)
class Run:
    """How a run of EM ended.

    Attributes
    ----------
    state : state.State
        The last one, in the engine's coordinates; ``engine.parameters(state)`` has the units of the data.
    bounds : list of float
        The mean log-likelihood before each M-step.
    converged : bool
    formulations : list of str
        What each iteration was computed by.
    """

    state: State
    bounds: list
    converged: bool
    formulations: list


class Engine:
    """EM for a mixture on given points.

    Parameters
    ----------
    source : ndarray of shape (n, m), or a source
        Points, or a source of them from :mod:`gmm_lib.engine.sources`.
    sample_weight : ndarray, shape (n,), optional
        Not negative. A weight of 2 counts as the same row twice.
    reg_covar : float or ndarray, shape (m,)
        Variance floor, added to the diagonal of each covariance, in squared units of the data.
    accuracy : float
        Relative error that the features may make in a covariance before the residuals take their place.
    formulation : str
        "features", "residuals", or "auto".
    threads : int, optional
        As many as there are processors.
    """

    def __init__(self, source, sample_weight=None, *, reg_covar=0.0, accuracy=1e-9, formulation="auto", threads=None):
        if isinstance(source, np.ndarray):
            source = InMemory(source, sample_weight, threads)
        self.source, self.accuracy, self.formulation = source, accuracy, formulation
        if formulation != "auto" and formulation not in FORMULATIONS:
            raise ValueError(f"formulation must be 'auto', 'features' or 'residuals'; got {formulation!r}.")
        with source.open():
            self.data = source.moments(Moments.of)
        if not self.data.weight > 0:
            raise ValueError("sample_weight must have a positive sum.")
        self.coordinates = Coordinates.of(self.data)
        self.set_floor(reg_covar)

    def set_floor(self, reg_covar):
        """Set the variance floor, in squared units of the data: a number, or one for each column."""
        W, self.floor_in_units_of_the_data = self.coordinates.matrix, reg_covar
        self.floor = (W * reg_covar) @ W.T if np.any(reg_covar) else None

    # -- between the units of the data and the engine's coordinates

    def state(self, parameters):
        """Parameters as a state of the engine."""
        return from_parameters(parameters, self.coordinates)

    def parameters(self, state):
        """A state of the engine as :class:`~gmm_lib.parameters.Parameters`."""
        return to_parameters(state, self.coordinates)

    def halves(self, state):
        """Lower triangular H_j in the units of the data, shape (k, m, m), with ``H_j^T H_j`` the precisions."""
        return state.inverses @ self.coordinates.matrix

    # -- the half-steps, one by one

    def responsibilities(self, state, X):
        """Equation (11) for points X of shape (n, m): shape (n, k)."""
        A = self.log_joint(state, X)
        normalize(A, None, Scratch())
        return A.T

    def log_joint(self, state, X):
        """``log phi_j + log f_j(x_i)`` in the units of the data, shape (k, n)."""
        A = np.empty((len(state.weights), len(X)))
        one_pass, scratch = self._pass(state), Scratch()
        for first in range(0, len(X), 4096):
            A[:, first : first + 4096] = one_pass.log_joint(X[first : first + 4096], scratch)
        return A

    def m_step(self, responsibilities):
        """Equations (12), (13) and (14) for given responsibilities of shape (n, k): a state."""
        start = round_state(responsibilities.shape[1], self.coordinates.m)
        with self.source.open():
            _, state = self._exactly(Pass(self.coordinates, start, "residuals"), responsibilities)
        return state

    # -- both at once

    def step(self, state):
        """One iteration of EM in one pass over the points.

        Returns
        -------
        float
            Log-likelihood of ``state``.
        state.State
            The next one.

        Raises
        ------
        CollapsedComponentError
        """
        one_pass = self._pass(state)
        if one_pass.formulation == "features":
            sums = self._check(self.source.sums(one_pass))
            try:
                new, rounding = m_step(one_pass.moments(sums), None, self.floor)
                if rounding <= self.accuracy or self.formulation == "features":
                    return self._checked(sums, state, new)
            except LostDigits:
                pass
        return self._exactly(Pass(self.coordinates, state, "residuals"))

    def run(self, state, *, tol=1e-3, max_iter=100, previous=-np.inf, on_iteration=None):
        """EM from a state until two successive mean log-likelihoods differ by less than ``tol``.

        Parameters
        ----------
        state : state.State
        tol : float
            0 runs all the iterations.
        max_iter : int
        previous : float
            Mean log-likelihood before this run, if it continues another.
        on_iteration : callable (iteration, bound, change, state), optional

        Returns
        -------
        Run
        """
        bounds, formulations, change = [], [], np.inf
        with self.source.open():
            for iteration in range(1, max_iter + 1):
                formulations.append(self._pass(state).formulation)
                log_likelihood, state = self.step(state)
                bound = log_likelihood / self.data.weight
                change, previous = bound - previous, bound
                bounds.append(bound)
                if on_iteration is not None:
                    on_iteration(iteration, bound, change, state)
                if abs(change) < tol:
                    break
        return Run(state, bounds, abs(change) < tol, formulations)

    def _pass(self, state):
        formulation = self.formulation
        if formulation == "auto":
            fast_and_safe = self.coordinates.m < 64 and state.rounding <= self.accuracy
            formulation = "features" if fast_and_safe else "residuals"
        return Pass(self.coordinates, state, formulation)

    def _exactly(self, one_pass, responsibilities=None):
        """An M-step by residuals; from a better reference if, measured from this one, too many digits were lost."""
        for _ in range(ATTEMPTS):
            reference = one_pass.reference or one_pass.state
            sums = self._check(self.source.sums(one_pass, responsibilities))
            try:
                new, rounding = m_step(one_pass.moments(sums), reference, self.floor)
            except LostDigits as error:
                new, rounding = error.state, np.inf
            if rounding <= self.accuracy:
                break
            one_pass = Pass(self.coordinates, one_pass.state, "residuals", new)
        return self._checked(sums, one_pass.state if responsibilities is None else None, new)

    def _check(self, sums):
        if not np.isfinite(sums.log_likelihood):
            raise ValueError("no component can have produced some point of X: its density is 0 under all of them.")
        return sums

    def _checked(self, sums, old, new):
        refuse_collapsed(new, self.coordinates)
        return sums.log_likelihood, new if old is None else _tied(old, new)


def _tied(old, new):
    """Components that are equal stay equal: BLAS may round equal rows differently, and EM would drive them apart."""
    if len(set(old.means[:, 0].tolist())) == len(old.means):  # nearly always
        return new
    first = {}
    shapes = zip(old.means, old.inverses)
    twin = [first.setdefault(mean.tobytes() + inverse.tobytes(), j) for j, (mean, inverse) in enumerate(shapes)]
    return State(new.weights, new.means[twin], new.inverses[twin])
