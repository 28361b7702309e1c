"""How sure are the fitted parameters? By the curvature of the log-likelihood at its maximum, and by refits.

:func:`standard_errors` needs one pass over the points and trusts the theory of large samples: near its maximum the
log-likelihood is a parabola, and the sharper it is, the surer are the parameters. EM never computes that curvature;
Louis (1982) found it in what the E-step knows. :func:`bootstrap` trusts no parabola: it fits resampled data again and
looks how far the parameters move. Where the two agree, believe either; where they do not, the points are few for so
many parameters, and the second says more.

Both answer for *this* optimum with *this* number of components, and of the parameters; how sure it is where a point
belongs, :func:`gmm_lib.posterior.posterior` says. Whether k + 1 components say more than k is no question for standard
errors, since under k the further weight lies at its border, 0: it is one for the bootstrap likelihood-ratio test
(McLachlan, 1987), :func:`gmm_lib.selection.against_reference`.

X are points of shape (n, m), a mixture has weights (k,), means (k, m) and covariances (k, m, m).

References
----------
Efron and Tibshirani (1993), An Introduction to the Bootstrap.
Louis (1982), Finding the observed information matrix when using the EM algorithm.
McLachlan (1987), On bootstrapping the likelihood ratio test statistic for the number of components in a normal mixture.
Newton and Raftery (1994), Approximate Bayesian inference with the weighted likelihood bootstrap.
Stephens (2000), Dealing with label switching in mixture models.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import block_diag, solve_triangular
from scipy.optimize import linear_sum_assignment

from .engine import Engine
from .floor import variance_floor
from .parameters import Parameters
from .posterior import posterior
from .sampling import sample
from .validation import (
    CollapsedComponentError,
    Rng,
    as_generator,
    as_non_negative,
    as_parameters,
    as_points,
    as_positive_integer,
    shown,
)

LEAST = 1e-8  # of the information of known components: below it, a curvature is rounding
NUMBERS = 2**22  # in the arrays of one block of points


@dataclass(frozen=True, eq=False)
class StandardErrors:
    """The standard deviation of each estimate over data sets like this one.

    Attributes
    ----------
    weights, means, covariances : ndarray, shapes (k,), (k, m), (k, m, m)
        Standard errors, in the units of what they belong to.
    covariance : ndarray, shape (p, p)
        Of all the free parameters, p as :func:`gmm_lib.selection.n_free_parameters` counts them.
    free_parameters : tuple of str
        Their names, in the order of ``covariance``: all weights but the last, which is 1 minus the others, all means,
        and of each covariance the lower triangle, row by row.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    covariance: np.ndarray
    free_parameters: tuple


def standard_errors(X: ArrayLike, parameters: Parameters) -> StandardErrors:
    """Standard errors by the observed information, the curvature of the log-likelihood at its maximum.

    The information that is observed is the information that the points would hold if their components were known, less
    what is missing (Louis, 1982). Its inverse estimates the covariance of the estimates.

    What this does *not* promise: it is exact only as n grows, with every component holding many points for each of its
    parameters; it believes that the points come from a mixture of k Gaussians; and it describes the surroundings of
    this one maximum, be it a spurious one. A variance floor that matters in the fit, or a fit that stopped early, is
    no maximum, and refused where it shows.

    Parameters
    ----------
    X : array_like, shape (n, m)
        The points that the mixture was fitted to.
    parameters : Parameters
        A maximum of their likelihood: of a fit with a small ``tol``, such as 1e-6, rather than the estimator's default.

    Returns
    -------
    StandardErrors

    Raises
    ------
    ValueError
        If an argument is not valid; if the observed information is not positive definite, as beside a maximum, with two
        equal components, or with more components than the points tell apart; or if it is, but a step of Newton's method
        moves a parameter by more than one standard error, so that the maximum is elsewhere.
    """
    X = as_points(X, as_parameters(parameters).m)
    if not (parameters.weights > 0).all():
        j = int(np.argmin(parameters.weights))
        raise ValueError(
            f"weights must be positive, for an estimate at its border has no curvature; weights[{j}] is 0."
        )
    score, information, known = _curvature(X, parameters)
    _refuse_flat(information, np.sqrt(known))
    R = np.linalg.cholesky(information)
    spread = solve_triangular(R, _units(parameters).T, lower=True)
    errors = _by_shape(spread.T @ spread, parameters.k, parameters.m)
    _refuse_other_maximum(spread.T @ solve_triangular(R, score, lower=True), errors)
    return errors


# -- the observed information
#
# Each component is looked at from itself, as z = L^-1 (x - mu). Its own parameters are the relative change of its
# weight, its mean in units of L, and its covariance L (I + A) L^T with A symmetric: all are linear in the parameters
# of the mixture, so that the curvature can be carried over, and the precision matrix is I.


def _curvature(X, parameters):
    """Score (p,), observed information (p, p), and the diagonal of what known components would bring (p,)."""
    k, m = parameters.k, parameters.m
    sizes, total = np.zeros(k), [0.0, 0.0]
    step = max(1, NUMBERS // (k * (1 + m) ** 2))
    for start in range(0, len(X), step):
        with np.errstate(all="ignore"):  # what is beyond all numbers is refused with the rest
            block = X[start : start + step]
            w = posterior(block, parameters)
            total = [old + new for old, new in zip(total, _louis(block, w, parameters))]
            sizes += w.sum(axis=0)
    score, information = total
    K = _to_components(parameters)
    known = np.concatenate([size * np.concatenate([np.ones(1 + m), _halves(m)]) for size in sizes])
    return K.T @ score, K.T @ information @ K, np.square(K).T @ known


def _louis(X, w, parameters):
    """Score and observed information in the components' own parameters, of these points with these shares.

    Of one point: with S_j and B_j the first and minus the second derivatives of ``log phi_j f_j``, the score is
    ``s = sum_j w_j S_j`` and the information ``sum_j w_j (B_j - S_j S_j^T) + s s^T``, which is what the component would
    bring if it were known, B, less the variance of S that remains because it is not.
    """
    shares, blocks = [], []
    for j, (mean, L) in enumerate(zip(parameters.means, parameters.factors)):
        z = solve_triangular(L, (X - mean).T, lower=True).T
        S, B = _first_derivatives(z), _second_derivatives(z, w[:, j])
        shares.append(w[:, [j]] * S)
        blocks.append(B - shares[j].T @ S)
    s = np.hstack(shares)
    return s.sum(axis=0), block_diag(*blocks) + s.T @ s


def _first_derivatives(z):
    """Of ``log phi f`` at each point: ``(1, z, (z z^T - I) / 2)``, shape (n, 1 + m + m (m + 1) / 2)."""
    n, m = z.shape
    squares = (z[:, :, np.newaxis] * z[:, np.newaxis] - np.eye(m)).reshape(n, m * m)
    return np.hstack([np.ones((n, 1)), z, squares / 2 @ _duplication(m)])


def _second_derivatives(z, w):
    """Minus those of ``log phi f``, summed over the points with their shares w of shape (n,)."""
    m = z.shape[1]
    eye, D = np.eye(m), _duplication(m)
    size, first, second = w.sum(), w @ z, (w[:, np.newaxis] * z).T @ z
    of_both = np.kron(eye, first) @ D
    of_covariance = D.T @ np.kron(eye, second - size / 2 * eye) @ D
    return block_diag(size, np.block([[size * eye, of_both], [of_both.T, of_covariance]]))


def _duplication(m):
    """The matrix D with ``vec(A) = D vech(A)`` for symmetric A: shape (m m, m (m + 1) / 2)."""
    rows, columns = np.tril_indices(m)
    D = np.zeros((m, m, len(rows)))
    D[rows, columns, range(len(rows))] = D[columns, rows, range(len(rows))] = 1
    return D.reshape(m * m, -1)


def _halves(m):
    """1 for an entry beside the diagonal, 1/2 for one on it: information of a known covariance, per point."""
    rows, columns = np.tril_indices(m)
    return np.where(rows == columns, 0.5, 1.0)


def _to_components(parameters):
    """What p free parameters, means and covariances in units of each factor, change in the components' own."""
    k, m, weights = parameters.k, parameters.m, parameters.weights
    own = np.arange(k * (1 + m + m * (m + 1) // 2)).reshape(k, -1)
    K = np.zeros((own.size, own.size - 1))
    K[own[:-1, 0], range(k - 1)] = 1 / weights[:-1]
    K[own[-1, 0], : k - 1] = -1 / weights[-1]  # the last weight gives what the others take
    K[np.concatenate([own[:, 1 : 1 + m].ravel(), own[:, 1 + m :].ravel()]), range(k - 1, own.size - 1)] = 1
    return K


def _units(parameters):
    """From units of each factor to those of the data: means ``L a``, covariances ``L A L^T``; shape (p, p)."""
    m = parameters.m
    lower = np.ravel_multi_index(np.tril_indices(m), (m, m))
    of_covariances = [np.kron(L, L)[lower] @ _duplication(m) for L in parameters.factors]
    return block_diag(np.eye(parameters.k - 1), *parameters.factors, *of_covariances)


def _refuse_flat(information, scale):
    with np.errstate(all="ignore"):
        relative = information / scale / scale[:, np.newaxis]
    least = np.linalg.eigvalsh(relative)[0] if np.isfinite(relative).all() else np.nan
    if not least > LEAST:
        raise ValueError(
            "parameters must be a maximum of the likelihood of X, with a positive definite information; got one whose "
            f"least eigenvalue is {least:.1e} of that of known components. Were they fitted to X, until EM had "
            "converged, with a small tol? Are two components the same, or more than X tells apart?"
        )


def _refuse_other_maximum(step, errors):
    steps = np.abs(step) / np.sqrt(errors.covariance.diagonal())
    if (largest := steps.max()) > 1:
        name = errors.free_parameters[steps.argmax()]
        raise ValueError(
            f"parameters must be a maximum of the likelihood of X; got some from which a step of Newton's method moves "
            f"{name} by {largest:.1f} standard errors. Were they fitted to X, until EM had converged, with a small tol "
            "and without a variance floor that matters?"
        )


# -- refits


@dataclass(frozen=True, eq=False)
class Intervals:
    """Two ends for each parameter: an array's first entry holds the lower ones, its second the upper.

    Attributes
    ----------
    weights, means, covariances : ndarray, shapes (2, k), (2, k, m), (2, k, m, m)
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """The parameters of a fit, and of its refits to resampled data.

    Attributes
    ----------
    parameters : Parameters
        The fit.
    kind : str
        How its data were resampled.
    weights, means, covariances : ndarray, shapes (draws, k), (draws, k, m), (draws, k, m, m)
        One refit after the other, its components in the order of the fit's; NaN if it collapsed.
    collapsed, converged : ndarray of bool, shape (draws,)
    """

    parameters: Parameters
    kind: str
    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    collapsed: np.ndarray
    converged: np.ndarray

    def __len__(self) -> int:
        return len(self.collapsed)

    def __repr__(self):
        counts = f"{self.converged.sum()} converged, {self.collapsed.sum()} collapsed"
        return f"Bootstrap({len(self)} {self.kind} draws, {counts})"

    @property
    def standard_errors(self) -> StandardErrors:
        """The standard deviations over the draws that did not collapse, and the covariance of all the parameters."""
        free = _free(*(array[~self.collapsed] for array in (self.weights, self.means, self.covariances)))
        return _by_shape(np.cov(free, rowvar=False), self.parameters.k, self.parameters.m)

    def interval(self, level: float = 0.95) -> Intervals:
        """Percentile intervals (Efron and Tibshirani, 1993, chapter 13): the middle share ``level`` of the draws that
        did not collapse, for each parameter by itself. A ValueError if ``level`` is not between 0 and 1.

        With few points they cover the truth less often than ``level`` says, above all for covariances, which a refit
        makes smaller once more as the fit did. The ends of 95% rest on one draw in forty at each side: 200 draws tell
        them roughly, 1000 better.
        """
        if not 0 < as_non_negative(level, "level") < 1:
            raise ValueError(f"level must lie between 0 and 1; got {shown(level)}.")
        ends = [(1 - level) / 2, (1 + level) / 2]
        arrays = (self.weights, self.means, self.covariances)
        return Intervals(*(np.quantile(array[~self.collapsed], ends, axis=0) for array in arrays))


def bootstrap(
    X: ArrayLike,
    parameters: Parameters,
    *,
    draws: int = 200,
    kind: str = "nonparametric",
    reg_covar: ArrayLike = "relative",
    total_tol: float = 1e-6,
    max_iter: int = 1000,
    random_state: Rng = 0,
) -> Bootstrap:
    """Fit resampled data again, each time from the fit itself, and see how far the parameters move.

    A start at the fit keeps a refit at *this* maximum where it can be kept: what is measured is its uncertainty, not
    that of the search for it. The components of a refit are matched to the fit's so that they share as many of the
    points of X as they can, by the Hungarian method on the responsibilities (as Stephens, 2000, relabels draws): unlike
    a distance between means, that tells apart two components on the same centre.

    Parameters
    ----------
    X : array_like, shape (n, m)
        The points that the mixture was fitted to.
    parameters : Parameters
        The fit.
    draws : int
        At least 2. 200 do for standard errors, intervals want 1000.
    kind : str
        "nonparametric" draws n rows of X with replacement, and trusts no model. "parametric" draws n points from the
        fit, and trusts it. "weighted" gives every point a random weight, exponentially distributed (Newton and Raftery,
        1994): no point is ever absent, so that small components collapse less often, and the draws are close to draws
        from a posterior distribution.
    reg_covar : "relative", float, or array_like of shape (m,)
        Variance floor, as in :func:`gmm_lib.floor.variance_floor` for X; of all the draws the same. Take what the fit
        was made with.
    total_tol : float
        In units of the log-likelihood of all points.
    max_iter : int
    random_state : numpy.random.Generator, numpy.random.RandomState or seed

    Returns
    -------
    Bootstrap

    Raises
    ------
    ValueError
        If an argument is not valid, or fewer than two draws are left because in the others a component collapsed.

    Warns
    -----
    RuntimeWarning
        If a component collapsed in some of the draws. They count as nothing in what follows, which makes the fit look
        surer than it is.
    """
    X = as_points(X, as_parameters(parameters).m)
    if (draws := as_positive_integer(draws, "draws")) < 2:
        raise ValueError("draws must be at least 2, for a standard deviation; got 1.")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(map(repr, KINDS))}; got {shown(kind)}.")
    rng = as_generator(random_state, "random_state")
    settings = dict(
        floor=variance_floor(X, reg_covar),
        tol=as_non_negative(total_tol, "total_tol") / len(X),
        max_iter=as_positive_integer(max_iter, "max_iter"),
    )
    shares = posterior(X, parameters)
    weights, means, covariances = (np.full((draws, *array.shape), np.nan) for array in _arrays(parameters))
    collapsed, converged = np.zeros((2, draws), dtype=bool)
    for draw in range(draws):
        points, sample_weight = KINDS[kind](X, parameters, rng)
        try:
            refit, converged[draw] = _refit(points, sample_weight, parameters, **settings)
        except CollapsedComponentError:
            collapsed[draw] = True
        else:
            weights[draw], means[draw], covariances[draw] = _arrays(_matched(refit, X, shares))
    _warn_of_collapses(int(collapsed.sum()), draws)
    return Bootstrap(parameters, kind, weights, means, covariances, collapsed, converged)


def _rows_with_replacement(X, parameters, rng):
    n = len(X)
    return X, rng.multinomial(n, np.full(n, 1 / n)).astype(float)  # a row drawn twice is a row of weight 2


def _points_of_the_fit(X, parameters, rng):
    return sample(len(X), parameters, rng)[0], None


def _random_weights(X, parameters, rng):
    weights = rng.standard_exponential(len(X))
    return X, weights / weights.mean()  # n times a uniform draw from all the weights that sum to one


KINDS = {"nonparametric": _rows_with_replacement, "parametric": _points_of_the_fit, "weighted": _random_weights}


def _refit(points, sample_weight, start, floor, tol, max_iter):
    engine = Engine(points, sample_weight, reg_covar=floor)
    run = engine.run(engine.state(start), tol=tol, max_iter=max_iter)
    return engine.parameters(run.state), run.converged


def _matched(refit, X, shares):
    """The refit, its components in the order in which they share most points with those of the fit."""
    together = shares.T @ posterior(X, refit)
    return refit.permuted(linear_sum_assignment(-together)[1])  # it minimises


def _warn_of_collapses(count, draws):
    if draws - count < 2:
        raise ValueError(
            f"a component collapsed in {count} of {draws} draws, and two others are needed: parameters must have fewer "
            "components, or reg_covar be larger."
        )
    if count:
        warnings.warn(
            f"a component collapsed in {count} of {draws} draws. Standard errors and intervals are of the others, "
            "smaller than they should be.",
            RuntimeWarning,
            stacklevel=3,
        )


# -- free parameters


def _by_shape(covariance, k, m):
    """Standard errors in the parameters' shapes, from the covariance of the free ones."""
    rows, columns = np.tril_indices(m)
    of_weights = covariance[: k - 1, : k - 1]
    errors = np.sqrt(covariance.diagonal())
    covariances = np.zeros((k, m, m))
    covariances[:, rows, columns] = covariances[:, columns, rows] = errors[k - 1 + k * m :].reshape(k, -1)
    return StandardErrors(
        weights=np.append(errors[: k - 1], np.sqrt(max(of_weights.sum(), 0.0))),  # the last is 1 minus the others
        means=errors[k - 1 : k - 1 + k * m].reshape(k, m),
        covariances=covariances,
        covariance=covariance,
        free_parameters=_names(k, m),
    )


def _arrays(parameters):
    return parameters.weights, parameters.means, parameters.covariances


def _free(weights, means, covariances):
    """The free parameters of many mixtures, shape (draws, p)."""
    rows, columns = np.tril_indices(means.shape[-1])
    parts = weights[:, :-1], means, covariances[..., rows, columns]
    return np.hstack([part.reshape(len(weights), -1) for part in parts])


def _names(k, m):
    lower = list(zip(*np.tril_indices(m)))
    return (
        *(f"weights[{j}]" for j in range(k - 1)),
        *(f"means[{j}, {a}]" for j in range(k) for a in range(m)),
        *(f"covariances[{j}, {a}, {b}]" for j in range(k) for a, b in lower),
    )
