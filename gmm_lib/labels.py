"""Some labels known: of a few points one knows which component produced them, of the others nothing.

A labelled point contributes ``log phi_y f_y(x)`` to the log-likelihood, with its component y, in the place of the
logarithm of the sum over all components, equation (6): for it the other components are impossible. So in the E-step
their log-joint becomes -inf, and equation (10) does the rest: a labelled point's responsibilities are 1 for its
component and 0 for the others. The M-step knows nothing of labels, and EM climbs as ever.

A label is the index of a component, 0 .. k - 1, or -1 where it is unknown, as in scikit-learn. With all labels known
the first M-step is the answer, that of a quadratic discriminant; with none it is the plain mixture.

References
----------
McLachlan and Peel (2000), Finite mixture models, section 2.19, on partially classified data.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from scipy.special import logsumexp

from .gaussian import log_densities_from_factors
from .mixture import log_joint
from .parameters import Parameters
from .validation import as_array, as_parameters, as_points, as_real, as_rectangle, shown

UNKNOWN = -1
LEAST = -1e200  # in the place of a log-density of -inf, which would make every assignment as bad as another


def restricted(log_joint: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """The log-joint with -inf wherever a label says that the point is of another component: a new array.

    :func:`gmm_lib.e_step.normalize` makes responsibilities of it. (The engine's twin is
    :func:`gmm_lib.engine.passes.restrict`.)

    Parameters
    ----------
    log_joint : array_like, shape (n, k)
        As :func:`gmm_lib.mixture.log_joint` returns it.
    labels : array_like of int, shape (n,)
        The component of each point, -1 where it is unknown.

    Returns
    -------
    ndarray, shape (n, k)

    Raises
    ------
    ValueError
        If an argument is not valid.
    """
    A = as_real(log_joint, "log_joint", 2)
    if (np.isnan(A) | (A == np.inf)).any():
        raise ValueError("log_joint must have no NaN and no +inf; got one.")
    labels = as_known_labels(labels, *A.shape)[:, np.newaxis]
    return np.where((labels == UNKNOWN) | (labels == np.arange(A.shape[1])), A, -np.inf)


def log_likelihood_with_labels(X: ArrayLike, parameters: Parameters, labels: ArrayLike) -> float:
    """Equation (6) where some labels are known: the sum of ``log phi_y f_y(x)`` over the labelled points and of
    ``log sum_j phi_j f_j(x)`` over the others.

    Parameters
    ----------
    X : array_like, shape (n, m)
    parameters : Parameters
    labels : array_like of int, shape (n,)
        The component of each point, -1 where it is unknown.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If an argument is not valid.
    """
    with np.errstate(under="ignore"):
        return float(logsumexp(restricted(log_joint(X, parameters), labels), axis=1).sum())


def renumbered(
    parameters: Parameters, X: ArrayLike, labels: ArrayLike, sample_weight: ArrayLike | None = None
) -> Parameters:
    """A start, found without the labels, made one that has their numbering.

    Its components are renumbered so that the labelled points are likeliest in those that their labels name (an
    assignment problem; mixing weights have no say in it). A component that has labelled points then begins at their
    mean.

    Parameters
    ----------
    parameters : Parameters
    X : array_like, shape (n, m)
    labels : array_like of int, shape (n,)
        The component of each point, -1 where it is unknown.
    sample_weight : array_like, shape (n,), optional
        Positive; a weight of 2 counts as the same row twice.

    Returns
    -------
    Parameters

    Raises
    ------
    ValueError
        If an argument is not valid.
    """
    k, m = as_parameters(parameters).means.shape
    X = as_points(X, m)
    labels = as_known_labels(labels, len(X), k)
    s = _positive_weights(sample_weight, len(X))
    fit = np.zeros((k, k))  # [label, component]: the log-likelihood of the label's points
    means = np.zeros((k, m))
    densities = log_densities_from_factors(X, parameters.means, parameters.factors)
    known = np.unique(labels[labels != UNKNOWN])
    for y in known:
        own = labels == y
        fit[y] = s[own] @ np.maximum(densities[own], LEAST)
        means[y] = s[own] @ X[own] / s[own].sum()
    order = linear_sum_assignment(-fit)[1]
    means = np.where(np.isin(np.arange(k), known)[:, np.newaxis], means, parameters.means[order])
    return Parameters(parameters.weights[order], means, parameters.covariances[order])


def _positive_weights(sample_weight, n):
    if sample_weight is None:
        return np.ones(n)
    s = as_array(sample_weight, "sample_weight", 1)
    if s.shape != (n,) or not (s > 0).all():
        raise ValueError(f"sample_weight must be positive, one for each of {n} rows; got {shown(s)}, from {s.min():g}.")
    return s


def as_known_labels(labels: ArrayLike, n: int, k: int | None = None) -> np.ndarray:
    """Return ``labels`` as an array of integers, -1 or an index of k components, of shape (n,), or raise a ValueError.

    Without k they may be as large as they like.
    """
    array = as_rectangle(labels, "labels")
    allowed = "integers, the index of a component or -1 where it is unknown"
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(f"labels must be one-dimensional and hold {allowed}; got {shown(labels)}.")
    if len(array) != n:
        raise ValueError(f"labels must have shape ({n},), one per row of X; got {array.shape}.")
    low, high = int(array.min()), int(array.max())
    if low < UNKNOWN or (k is not None and high >= k):
        most = "" if k is None else f", in -1..{k - 1}"
        raise ValueError(f"labels must be {allowed}{most}; got {low}..{high}.")
    return array.astype(np.intp)
