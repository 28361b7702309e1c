"""A Gaussian mixture as :mod:`gmm_lib.em` wants it: the E-step, the M-step and the objective, on given points."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from .covariance_types import as_covariance_type
from .e_step import normalize
from .m_step import m_step
from .mixture import log_joint
from .parameters import Parameters
from .validation import as_floor, as_points


class Steps:
    """The E-step, the M-step and the objective of a mixture on given points, ready for :mod:`gmm_lib.em`.

    The driver asks for the objective of a state and then for its E-step; both come from the log-joint, which is kept
    from one call to the next, so that the densities are computed once per state. What is passed on, log-joint and
    ``responsibilities``, has shape (n, k).

    Parameters
    ----------
    X : ndarray, shape (n, m)
    reg_covar : float or ndarray, shape (m,)
        Variance floor, in squared units of the data.
    covariance_type : str
        "full", "tied", "diag" or "spherical", :mod:`gmm_lib.covariance_types`.
    """

    def __init__(self, X: ArrayLike, reg_covar: ArrayLike = 0.0, covariance_type: str = "full") -> None:
        self.X = as_points(X)
        self.reg_covar = as_floor(reg_covar, self.X.shape[1])
        self.covariance_type = as_covariance_type(covariance_type)
        self._last: tuple[Parameters, np.ndarray] | None = None

    def log_joint(self, parameters: Parameters) -> np.ndarray:
        if self._last is None or self._last[0] is not parameters:  # Parameters never change, so identity is enough
            self._last = parameters, log_joint(self.X, parameters)
        return self._last[1]

    def e_step(self, parameters: Parameters) -> np.ndarray:
        return normalize(self.log_joint(parameters))

    def m_step(self, responsibilities: ArrayLike) -> Parameters:
        return m_step(self.X, responsibilities, self.reg_covar, self.covariance_type)

    def objective(self, parameters: Parameters) -> float:
        """The mean log-likelihood per point, scikit-learn's measure of progress."""
        with np.errstate(under="ignore"):
            return float(logsumexp(self.log_joint(parameters), axis=1).mean())
