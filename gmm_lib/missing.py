"""EM where values are missing: what is not seen is one more thing to take the expectation of.

X has NaN where a value is missing. A row then says what it says: its density is that of the columns that were *seen*,
the marginal of each Gaussian. And EM, which already averages over the component that nobody saw, averages over the
values that nobody saw as well:

- E: given the component j and what was seen of a row, the unseen values are Gaussian, with a mean that is *linear* in
  the seen ones (a regression) and a covariance that does not depend on them. Rows are filled by that mean, once for
  each component;
- M: equations (12), (13) and (14) on the filled rows, and to (14) is *added* the covariance that the unseen values
  still have. Who fills first and fits then forgets that term: variances come out too small, correlations too strong.

What this assumes: values are *missing at random* (Rubin, 1976), so that whether one is missing depends on nothing but
what was seen. A scale that fails above 100 breaks that, and no formula here would notice. What it does not promise:
if two columns were never seen together, nothing in the data says how they vary together, and the start decides; and the
more is missing, the more slowly EM climbs. A row of which nothing was seen is no error: its density is 1, its
responsibilities are the mixing weights, and it moves no maximum. A column of which nothing was seen is one, in a fit.

Below, X has shape (n, m), a mixture weights (k,), means (k, m) and covariances (k, m, m). The engine does the same row
pattern by row pattern, :mod:`gmm_lib.engine.incomplete`.

References
----------
Ghahramani and Jordan (1994), Supervised learning from incomplete data via an EM approach.
Little and Rubin (2019), Statistical Analysis with Missing Data, 3rd edition.
Rubin (1976), Inference and missing data.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_solve
from scipy.special import logsumexp

from . import mixture
from .covariance_types import as_covariance_type, constrained
from .e_step import normalize
from .gaussian import log_densities_from_factors
from .m_step import _effective_counts
from .parameters import Parameters
from .validation import (
    as_array,
    as_floor,
    as_incomplete_points,
    as_parameters,
    as_rectangle,
    as_sample_weight,
    seen_everywhere,
    shown,
)

QUIET = np.errstate(under="ignore")  # a share too small for a number is 0, whatever the caller has set
DONORS = 1000  # rows that give values, at most
TIE = 1e-9  # squared distances that differ by less are equal, and the first is taken, whatever a processor rounds


@dataclass(frozen=True, eq=False)
class Expectations:
    """What the E-step knows of the points, and all that the M-step asks for.

    Attributes
    ----------
    responsibilities : ndarray, shape (n, k)
    points : ndarray, shape (n, k, m)
        Each row, filled as each component would fill it.
    covariances : ndarray, shape (n, k, m, m)
        What each component leaves open of each row: zero in the rows and columns of what was seen.
    """

    responsibilities: np.ndarray
    points: np.ndarray
    covariances: np.ndarray


# -- one pattern of seen columns


def patterns(X: ArrayLike) -> list[tuple[np.ndarray, np.ndarray]]:
    """The rows of X, shape (n, m), that lack the same values, pattern by pattern: indexes of rows, shape (b,), and
    which columns were seen in them, a bool array of shape (m,).

    Raises
    ------
    ValueError
        If X is not valid.
    """
    seen, pattern = np.unique(~np.isnan(as_incomplete_points(X)), axis=0, return_inverse=True)
    return [(np.flatnonzero(pattern.ravel() == number), columns) for number, columns in enumerate(seen)]


def marginal(parameters: Parameters, seen: ArrayLike) -> Parameters:
    """The mixture of the ``seen`` columns alone, a bool array of shape (m,) with at least one True: the marginal of a
    Gaussian is the Gaussian with the other columns struck out."""
    o = _as_seen(seen, as_parameters(parameters).m)
    return Parameters(parameters.weights, parameters.means[:, o], parameters.covariances[:, o][:, :, o])


def conditional(parameters: Parameters, seen: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """How the unseen columns u follow from the seen ones o, component by component.

    Given component j and x_o, the unseen x_u are Gaussian with mean ``mu_u + K (x_o - mu_o)``, where
    ``K = Sigma_uo Sigma_oo^-1``, and covariance ``Sigma_uu - K Sigma_ou``, whatever x_o is.

    Parameters
    ----------
    parameters : Parameters
    seen : array_like of bool, shape (m,)
        At least one True.

    Returns
    -------
    ndarray, shape (k, number unseen, number seen)
        K, the coefficients of the regression.
    ndarray, shape (k, number unseen, number unseen)
        The covariance that is left.
    """
    o, factors = _as_seen(seen, as_parameters(parameters).m), marginal(parameters, seen).factors
    regressions, covariances = [], []
    for sigma, L in zip(parameters.covariances, factors, strict=True):
        K = cho_solve((L, True), sigma[np.ix_(o, ~o)]).T
        left = sigma[np.ix_(~o, ~o)] - K @ sigma[np.ix_(o, ~o)]
        regressions.append(K)
        covariances.append((left + left.T) / 2)  # rounding makes two halves of a symmetric matrix differ
    return np.stack(regressions), np.stack(covariances)


# -- the E-step


def log_joint(X: ArrayLike, parameters: Parameters) -> np.ndarray:
    """``log phi_j + log f_j``, with the density f_j of what was seen of each row: X of shape (n, m) gives (n, k).

    Of a row of which nothing was seen this is ``log phi_j``.
    """
    X = as_incomplete_points(X, as_parameters(parameters).m)
    A = np.empty((len(X), parameters.k))
    for rows, seen in patterns(X):
        if seen.any():
            A[rows] = mixture.log_joint(X[np.ix_(rows, seen)], marginal(parameters, seen))
        else:
            with np.errstate(divide="ignore"):  # a weight may be 0
                A[rows] = np.log(parameters.weights)
    return A


@QUIET
def log_density(X: ArrayLike, parameters: Parameters) -> np.ndarray:
    """The logarithm of the mixture density of what was seen of each row of X, (n, m): shape (n,)."""
    return logsumexp(log_joint(X, parameters), axis=1)


def log_likelihood(X: ArrayLike, parameters: Parameters) -> float:
    """The log-likelihood of what was seen of X, (n, m), which EM climbs: the sum of :func:`log_density`."""
    return float(log_density(X, parameters).sum())


def responsibilities(X: ArrayLike, parameters: Parameters) -> np.ndarray:
    """The responsibility of each component for each row of X, (n, m), by what was seen of it: shape (n, k)."""
    return normalize(log_joint(X, parameters))


def e_step(X: ArrayLike, parameters: Parameters) -> Expectations:
    """Responsibilities, rows filled by each component, and the covariances that are left.

    X has shape (n, m). It takes n k m^2 numbers; the engine needs none of them.
    """
    X = as_incomplete_points(X, as_parameters(parameters).m)
    (n, m), k = X.shape, parameters.k
    points, covariances = np.repeat(X[:, np.newaxis], k, axis=1), np.zeros((n, k, m, m))
    for rows, seen in patterns(X):
        if not seen.any():
            points[rows], covariances[rows] = parameters.means, parameters.covariances
        elif not seen.all():
            K, left = conditional(parameters, seen)
            residuals = X[np.ix_(rows, seen)][:, np.newaxis] - parameters.means[:, seen]
            means = parameters.means[:, ~seen] + np.einsum("juo,njo->nju", K, residuals)
            each, u = np.arange(k), np.flatnonzero(~seen)
            points[np.ix_(rows, each, u)] = means
            covariances[np.ix_(rows, each, u, u)] = left
    return Expectations(responsibilities(X, parameters), points, covariances)


@QUIET
def impute(X: ArrayLike, parameters: Parameters) -> np.ndarray:
    """X, (n, m), with each missing value replaced by its expectation given what was seen of its row: the mean over the
    components, weighted by responsibilities, of :func:`conditional`'s. A new array; what was seen is as it was."""
    X = as_incomplete_points(X, as_parameters(parameters).m)
    expected = e_step(X, parameters)
    means = np.einsum("nj,njm->nm", expected.responsibilities, expected.points)
    return np.where(np.isnan(X), means, X)


# -- a quick fill, for starts


def hot_deck(X: ArrayLike, means: ArrayLike, deviations: ArrayLike) -> np.ndarray:
    """X with each row's missing values taken from the row most like it: what a start sees of points with gaps.

    Not for a fit, where it would be as wrong as any fill, but to find groups: values of a neighbour lie *in* a group,
    where a mean may lie between two. One neighbour gives all that a row lacks, if one has it all, else one each for
    every column. Columns are compared in units of their deviations; one that either row lacks counts as 2, the mean
    square of the difference of two rows that have nothing to do with each other.

    Parameters
    ----------
    X : array_like, shape (n, m)
    means, deviations : array_like, shape (m,)
        Of the columns. Where a deviation is 0 the column keeps its own unit; a column of which no row that gives
        values has anything is filled by its mean.

    Returns
    -------
    ndarray, shape (n, m)
        A new array. Of more than 1,000 rows only so many give values.

    Raises
    ------
    ValueError
        If an argument is not valid.
    """
    X = as_incomplete_points(X)
    centre, scales = _of_columns(means, X, "means"), _of_columns(deviations, X, "deviations")
    if (scales < 0).any():
        raise ValueError(f"deviations must not be negative; got {scales.min():.6g}.")
    missing = np.isnan(X)
    needy = np.flatnonzero(missing.any(axis=1))
    if not needy.size:
        return X
    order = np.lexsort(X.T[::-1])  # by value: the order of the rows is not to matter
    donors = order[:: -(-len(X) // DONORS)]
    Y = np.where(missing, 0.0, (X - centre) / np.where(scales > 0, scales, 1.0))
    far = _distances(Y[needy], Y[donors], ~missing[needy], ~missing[donors])
    lacks = missing[needy].astype(float) @ missing[donors].T.astype(float)
    nearest = _first_least(np.where(lacks > 0, np.inf, far))
    filled = np.where(missing[needy], X[donors[nearest]], X[needy])
    for i, c in np.argwhere(np.isnan(filled)):
        able = ~missing[donors, c]
        filled[i, c] = X[donors[able][_first_least(far[i : i + 1, able])[0]], c] if able.any() else centre[c]
    X[needy] = filled
    return X


def _distances(A, B, seen_a, seen_b):
    """Squared distances between the rows of A and those of B, both with 0 for what was not seen: shape (a, b)."""
    seen_a, seen_b = seen_a.astype(float), seen_b.astype(float)
    common = seen_a @ seen_b.T
    return A**2 @ seen_b.T + seen_a @ (B**2).T - 2 * A @ B.T + 2 * (A.shape[1] - common)


def _first_least(far):
    """For each row the first column of those that are least, up to rounding."""
    return (far <= far.min(axis=1, keepdims=True) + TIE).argmax(axis=1)


def _of_columns(value, X, name):
    array = as_array(value, name, 1)
    if len(array) != X.shape[1]:
        raise ValueError(f"{name} must have one entry for each of the {X.shape[1]} columns; got {len(array)}.")
    return array


# -- the M-step


@QUIET
def m_step(
    expectations: Expectations,
    reg_covar: ArrayLike = 0.0,
    covariance_type: str = "full",
    sample_weight: ArrayLike | None = None,
) -> Parameters:
    """The parameters that maximise the expected log-likelihood of complete points.

    As (12), (13) and (14), with the filled points in the place of the points, and in (14) with the covariance that is
    left of each: ``Sigma_j = (1/N_j) sum_i w_ij ((xhat_ij - mu_j)(xhat_ij - mu_j)^T + C_ij)``.

    Parameters
    ----------
    expectations : Expectations
    reg_covar : float or array_like, shape (m,)
        Variance floor, as in :func:`gmm_lib.m_step.covariances`.
    covariance_type : str
        "full", "tied", "diag" or "spherical".
    sample_weight : array_like, shape (n,), optional
        How often each row counts: with weight 2 like the same row twice.

    Returns
    -------
    Parameters

    Raises
    ------
    ValueError
        If an argument is not valid.
    CollapsedComponentError
        If a component's effective count is zero, or a new covariance is not positive definite.
    """
    expectations = _as_expectations(expectations)
    v, points = _as_counts(sample_weight, expectations), expectations.points
    w = expectations.responsibilities * v[:, np.newaxis]
    floor = as_floor(reg_covar, points.shape[2]) * np.eye(points.shape[2])
    covariance_type = as_covariance_type(covariance_type)
    counts = _effective_counts(w)
    means = np.einsum("nj,njm->jm", w, points) / counts[:, np.newaxis]
    residuals = points - means
    scatters = np.einsum("nj,nja,njb->jab", w, residuals, residuals, optimize=True)
    scatters += np.einsum("nj,njab->jab", w, expectations.covariances)
    covariances = scatters / counts[:, np.newaxis, np.newaxis]
    covariances = (covariances + covariances.transpose(0, 2, 1)) / 2 + floor
    return Parameters(counts / v.sum(), means, constrained(covariances, counts, covariance_type))


@QUIET
def lower_bound(expectations: Expectations, parameters: Parameters, sample_weight: ArrayLike | None = None) -> float:
    """What EM climbs, for expectations that an E-step has: it touches :func:`log_likelihood` at the parameters of that
    E-step, lies below it at all others, and is highest where :func:`m_step` goes.

    Beside the responsibilities the unseen values have an average and an entropy: to each log-joint density of a filled
    row comes ``-tr(Sigma_j^-1 C_ij) / 2 + log det(2 pi e C_ij) / 2``, the determinant over its unseen columns. It is
    -inf where a component has a share of a row, but the weight 0 in ``parameters``.

    Parameters
    ----------
    expectations : Expectations
    parameters : Parameters
    sample_weight : array_like, shape (n,), optional
        How often each row counts; one that counts 0 has no say, whatever it is.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If an argument is not valid.
    """
    expectations = _as_expectations(expectations)
    v, w, points = _as_counts(sample_weight, expectations), expectations.responsibilities, expectations.points
    if (as_parameters(parameters).k, parameters.m) != points.shape[1:]:
        raise ValueError(
            f"parameters must have the k = {points.shape[1]} components and m = {points.shape[2]} dimensions of the "
            f"expectations; got {parameters.k} and {parameters.m}."
        )
    terms, unit = np.zeros_like(w), np.eye(parameters.m)
    for j, (L, C) in enumerate(zip(parameters.factors, expectations.covariances.swapaxes(0, 1), strict=True)):
        density = log_densities_from_factors(points[:, j], parameters.means[j : j + 1], parameters.factors[j : j + 1])
        unseen = np.diagonal(C, axis1=1, axis2=2) > 0
        log_det = np.linalg.slogdet(C + ~unseen[:, :, np.newaxis] * unit)[1] + unseen.sum(axis=1) * np.log(
            2 * np.pi * np.e
        )
        traces = np.einsum("nab,ab->n", C, cho_solve((L, True), unit))
        terms[:, j] = density[:, 0] + (log_det - traces) / 2
    with np.errstate(divide="ignore"):  # a weight may be 0
        terms += np.log(parameters.weights)
    there = (w > 0) & (v > 0)[:, np.newaxis]  # 0 log 0 = 0
    shares = (w * v[:, np.newaxis])[there]
    return float(shares @ (terms[there] - np.log(w[there])))


class Steps:
    """The E-step, the M-step and the objective on points with missing values, ready for :mod:`gmm_lib.em`.

    Parameters
    ----------
    X : array_like, shape (n, m)
        NaN where a value is missing; in each column one at least must be there.
    reg_covar : float or array_like, shape (m,)
        Variance floor, in squared units of the data.
    covariance_type : str
        "full", "tied", "diag" or "spherical", :mod:`gmm_lib.covariance_types`.

    Raises
    ------
    ValueError
        If an argument is not valid.
    """

    def __init__(self, X: ArrayLike, reg_covar: ArrayLike = 0.0, covariance_type: str = "full") -> None:
        self.X = seen_everywhere(as_incomplete_points(X))
        self.reg_covar = as_floor(reg_covar, self.X.shape[1])
        self.covariance_type = as_covariance_type(covariance_type)

    def e_step(self, parameters: Parameters) -> Expectations:
        return e_step(self.X, parameters)

    def m_step(self, expectations: Expectations) -> Parameters:
        return m_step(expectations, self.reg_covar, self.covariance_type)

    def objective(self, parameters: Parameters) -> float:
        """The mean log-likelihood per row of what was seen."""
        return log_likelihood(self.X, parameters) / len(self.X)


def _as_expectations(value):
    if not isinstance(value, Expectations):
        raise ValueError(f"expectations must be what missing.e_step returns; got {shown(value)}.")
    return value


def _as_counts(sample_weight, expectations):
    """How often each row counts."""
    n = len(expectations.responsibilities)
    return np.ones(n) if sample_weight is None else as_sample_weight(sample_weight, n)


def _as_seen(seen, m):
    seen = as_rectangle(seen, "seen")
    if seen.dtype != bool or seen.shape != (m,) or not seen.any():
        raise ValueError(f"seen must be {m} truths, one per column and at least one True; got {shown(seen)}.")
    return seen
