"""Priors: what is believed of a mixture before its points are seen, and the M-step that listens to both.

The likelihood alone has no maximum: a component that shrinks onto one point makes it as large as one likes. With a
*prior density* p(Theta) one maximises ``log p(X | Theta) + log p(Theta)`` instead, the *penalised log-likelihood*: its
maximum is the mode of the posterior ("maximum a posteriori", MAP). EM needs one change for it: the M-step maximises the
lower bound plus log p(Theta). With a *conjugate* prior that has a closed form, as the prior acts like more points.

The prior of this module has three parts, each of them optional:

- the weights have a Dirichlet density, ``p(phi) ~ prod_j phi_j^(alpha - 1)``;
- the means are normal given the covariances, ``mu_j ~ N(mu_P, Sigma_j / kappa)``;
- the covariances have an inverse Wishart density with nu degrees of freedom and scale Lambda, ``p(Sigma) ~
  |Sigma|^(-(nu + m + 1)/2) exp(-1/2 tr(Sigma^-1 Lambda))``: for "full" each Sigma_j, for "tied" the one that all share;
  for "diag" each variance of a component in a column, for "spherical" each component's variance, both with 1 in the
  place of m (an inverse gamma density).

**The M-step.** In the means and covariances the lower bound plus the log prior is, but for constants,

``-1/2 sum_j [ (N_j + 1 + e) log |Sigma_j| + tr(Sigma_j^-1 (S_j + kappa d_j d_j^T + D)) ]``

with ``S_j = sum_i w_ij (x_i - mu_j)(x_i - mu_j)^T`` and ``d_j = mu_j - mu_P``. The 1 is the normal density's own
``|Sigma_j|^(-1/2)``, and is absent where the means have no prior. D and e are the component's share of the covariances'
prior: Lambda and ``nu + m + 1`` for "full"; a k-th of these for "tied", whose sum over j has one covariance; Lambda,
which is then diagonal, and ``nu + 2`` for "diag"; ``Lambda / m`` in each column and ``(nu + 2) / m`` for "spherical".
That is greatest where the prior mean counts as kappa more points,

``mu_j = (sum_i w_ij x_i + kappa mu_P) / (N_j + kappa)``,

and then at

``Sigma_j = (S_j + kappa d_j d_j^T + D) / (N_j + 1 + e)``,

of which a type takes what :mod:`gmm_lib.covariance_types` says, with these divisors as its counts. The Dirichlet
density adds ``alpha - 1`` to each effective count: ``phi_j = (N_j + alpha - 1) / (n + k (alpha - 1))``.

Where the covariances have a prior none of them is ever smaller than ``D / (n + 1 + e)``. So no component can lose its
volume, the penalised log-likelihood has a maximum, and no variance floor is needed. (Without that part a component can
still shrink onto a point, as in the likelihood alone.) A component can lose its points: with alpha = 1 its weight may
go to 0, and it comes to rest at its prior, if its mean has one; else it is refused as collapsed. (With an alpha above 1
every weight is positive.)

References
----------
Fraley and Raftery (2007), Bayesian regularization for normal mixture estimation and model-based clustering.
Dempster, Laird and Rubin (1977), section 1, for EM with a prior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_solve, solve_triangular
from scipy.special import gammaln, multigammaln, xlogy

from .covariance_types import as_covariance_type, constrained, of_type
from .floor import RELATIVE, as_squarable
from .gaussian import LOG_2PI, cholesky_factors
from .parameters import Parameters
from .validation import (
    CollapsedComponentError,
    as_array,
    as_non_negative,
    as_parameters,
    as_points,
    as_positive_integer,
    as_responsibilities,
    shown,
)

QUIET = np.errstate(under="ignore")  # a share too small for a number is 0, whatever the caller has set
TINY = np.finfo(np.float64).tiny
CHOICES = ("mclust",)  # priors with a name
ARGUMENTS = (
    "weight_concentration_prior",
    "mean_precision_prior",
    "mean_prior",
    "degrees_of_freedom_prior",
    "covariance_prior",
)


@dataclass(frozen=True, eq=False)
class Prior:
    """A conjugate prior, checked once, then immutable. A part that is left out is flat.

    The names are those of scikit-learn's ``BayesianGaussianMixture``. (There the variance of a spherical component
    counts as those of m columns; here it is the one number that it is, as in Fraley and Raftery.)

    Parameters
    ----------
    covariance_type : str
        The type of the covariances that it is a prior of.
    weight_concentration_prior : float
        alpha, at least 1, which is flat: below it the density has no mode.
    mean_precision_prior : float
        kappa: how many points the prior mean counts as; 0 leaves the means without a prior.
    mean_prior : array_like, shape (m,), optional
        mu_P, to be given if, and only if, kappa is above zero.
    degrees_of_freedom_prior : float, optional
        nu, above m - 1 for "full" and "tied", above 0 for "diag" and "spherical".
    covariance_prior : array_like, optional
        Lambda, in squared units of the data: for "full" and "tied" of shape (m, m) and positive definite, for "diag" of
        shape (m,) and positive, for "spherical" a positive number. To be given if, and only if, nu is.

    Raises
    ------
    ValueError
        If one of them is not valid, or of two that belong together one is missing.
    """

    covariance_type: str = "full"
    weight_concentration_prior: float = 1.0
    mean_precision_prior: float = 0.0
    mean_prior: Any = None
    degrees_of_freedom_prior: Any = None
    covariance_prior: Any = None

    def __post_init__(self):
        kind = as_covariance_type(self.covariance_type)
        alpha = as_non_negative(self.weight_concentration_prior, "weight_concentration_prior")
        kappa = as_non_negative(self.mean_precision_prior, "mean_precision_prior")
        mean, nu, scale = self.mean_prior, self.degrees_of_freedom_prior, self.covariance_prior
        if alpha < 1:
            raise ValueError(f"weight_concentration_prior must be at least 1, else there is no mode; got {alpha:g}.")
        if (kappa > 0) != (mean is not None):
            raise ValueError(
                f"mean_prior must be given if, and only if, mean_precision_prior is above 0; got {shown(mean)} with "
                f"{kappa:g}."
            )
        if (nu is None) != (scale is None):
            raise ValueError(
                f"degrees_of_freedom_prior and covariance_prior must be given together; got {shown(nu)} and "
                f"{shown(scale)}."
            )
        values: dict[str, Any] = dict(weight_concentration_prior=alpha, mean_precision_prior=kappa)
        if mean is not None:
            values["mean_prior"] = as_array(mean, "mean_prior", 1)
        if scale is not None:
            values["covariance_prior"] = _as_scale(scale, kind)
            values["degrees_of_freedom_prior"] = _as_degrees(nu, values["covariance_prior"], kind)
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, name, value)
        mean, scale = self.mean_prior, self.covariance_prior
        if mean is not None and np.ndim(scale) > 0 and len(mean) != len(scale):
            raise ValueError(
                f"mean_prior and covariance_prior must have equally many columns; got {len(mean)} and {len(scale)}."
            )

    def check_columns(self, m: int) -> None:
        """A ValueError unless its parts are of m columns."""
        for name in ("mean_prior", "covariance_prior"):
            value = getattr(self, name)
            if np.ndim(value) > 0 and len(value) != m:
                raise ValueError(f"{name} of the prior must have {m} columns, as the data; got shape {value.shape}.")

    def scale(self, m: int) -> np.ndarray | None:
        """Lambda as a matrix, shape (m, m); None if the covariances have no prior."""
        if self.covariance_prior is None:
            return None
        return self.covariance_prior * (1.0 if np.ndim(self.covariance_prior) == 2 else np.eye(m))

    def added_scatter(self, k: int, m: int) -> np.ndarray:
        """D of the module's formula, shape (m, m), for k components in m dimensions."""
        if (scale := self.scale(m)) is None:
            return np.zeros((m, m))
        return scale / {"full": 1, "tied": k, "diag": 1, "spherical": m}[self.covariance_type]

    def added_count(self, k: int, m: int) -> float:
        """``1 + e`` of the module's formula, for k components in m dimensions."""
        normal, nu = float(self.mean_precision_prior > 0), self.degrees_of_freedom_prior
        if nu is None:
            return normal
        e = {"full": nu + m + 1, "tied": (nu + m + 1) / k, "diag": nu + 2, "spherical": (nu + 2) / m}
        return normal + e[self.covariance_type]

    def log_normaliser(self, k: int, m: int) -> float:
        """The logarithm of the factor that makes a density of the weights' part, which for alpha = 1 is the constant
        (k - 1)!, and of the others if they are not flat, for k components in m dimensions."""
        alpha, kappa, nu = self.weight_concentration_prior, self.mean_precision_prior, self.degrees_of_freedom_prior
        total = gammaln(k * alpha) - k * gammaln(alpha)
        if kappa > 0:
            total += 0.5 * k * m * (np.log(kappa) - LOG_2PI)
        if self.covariance_type in ("full", "tied") and nu is not None:
            total += (k if self.covariance_type == "full" else 1) * _inverse_wishart(nu, self.covariance_prior)
        elif nu is not None:
            variances = np.atleast_1d(self.covariance_prior)
            total += k * sum(_inverse_wishart(nu, one) for one in variances[:, np.newaxis, np.newaxis])
        return float(total)


def log_prior_density(parameters: Parameters, prior: Prior) -> float:
    """log p(Theta): the logarithm of the prior density, of the weights' part, also where it is the constant (k - 1)!,
    and of the others if they are not flat.

    Parameters
    ----------
    parameters : Parameters
        In the units of the data; covariances must be of the prior's type.
    prior : Prior

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If they do not go together.
    """
    k, m = as_parameters(parameters).means.shape
    as_prior(prior, m)
    of_type(parameters.covariances, prior.covariance_type, "parameters")
    factors, kappa = parameters.factors, prior.mean_precision_prior
    log_determinants = 2 * np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
    total = prior.log_normaliser(k, m) + xlogy(prior.weight_concentration_prior - 1, parameters.weights).sum()
    total -= 0.5 * prior.added_count(k, m) * log_determinants.sum()
    for L, mean in zip(factors, parameters.means):  # tr(Sigma^-1 D) and the quadratic form, both by L^-1
        total -= 0.5 * np.trace(cho_solve((L, True), prior.added_scatter(k, m)))
        if kappa > 0:
            total -= 0.5 * kappa * np.square(solve_triangular(L, mean - prior.mean_prior, lower=True)).sum()
    return float(total)


@QUIET
def m_step_with_prior(X: ArrayLike, responsibilities: ArrayLike, prior: Prior) -> Parameters:
    """The parameters that maximise the lower bound plus the log prior density, for given responsibilities.

    (12), (13) and (14) with what the prior adds, as the module says.

    Parameters
    ----------
    X : array_like, shape (n, m)
    responsibilities : array_like, shape (n, k)
    prior : Prior

    Returns
    -------
    Parameters

    Raises
    ------
    ValueError
        If an argument is not valid.
    CollapsedComponentError
        If a component has no points and its mean no prior, or a new covariance is not positive definite, which only a
        prior without the covariances' part allows.
    """
    X = as_points(X)
    w = as_responsibilities(responsibilities, len(X))
    prior = as_prior(prior, X.shape[1])
    (n, k), m = w.shape, X.shape[1]
    counts, more, kappa = w.sum(axis=0), prior.weight_concentration_prior - 1, prior.mean_precision_prior
    if not (counts + kappa).min() >= TINY:
        raise CollapsedComponentError(int(np.argmin(counts)), "no point belongs to it, its effective count is 0")
    means = w.T @ X + (kappa * prior.mean_prior if kappa > 0 else 0.0)
    means /= (counts + kappa)[:, np.newaxis]
    covariances = np.empty((k, m, m))
    divisors = counts + prior.added_count(k, m)
    for j in range(k):
        residuals = np.sqrt(w[:, j, np.newaxis]) * (X - means[j])
        scatter = residuals.T @ residuals + prior.added_scatter(k, m)
        if kappa > 0:
            away = means[j] - prior.mean_prior
            scatter += kappa * np.outer(away, away)
        covariances[j] = scatter / divisors[j]
    return Parameters(
        weights=(counts + more) / (n + k * more),
        means=means,
        covariances=constrained(covariances, divisors, prior.covariance_type),
    )


def mclust_prior(X: ArrayLike, n_components: int, covariance_type: str = "full") -> Prior:
    """The default prior of the R package mclust (``priorControl()``), for the estimator's ``prior="mclust"``.

    The prior mean is that of the data, for a hundredth of a point, and nu = m + 2. The scale is that of the data's
    covariance S (divisor n - 1), were its volume divided among the components: ``S / k^(2/m)`` for "full" and "tied",
    without what is off its diagonal if there are no more rows than columns; for "diag" and "spherical" the mean of the
    variances in its place, the same for all columns, which should then have one unit. The weights have no prior.

    Where S is singular or nearly so, and mclust fails, a millionth of each column's variance (of a constant column 1)
    is added to it: if its correlations have an eigenvalue below a millionth.

    Parameters
    ----------
    X : array_like, shape (n, m)
    n_components : int
        k, on which the scale depends.
    covariance_type : str

    Returns
    -------
    Prior

    Raises
    ------
    ValueError
        If an argument is not valid, or X has a single row.

    References
    ----------
    Fraley and Raftery (2007), section 3.2; ``defaultPrior`` of mclust 6.0.0.
    """
    X, k = as_squarable(X), as_positive_integer(n_components, "n_components")
    if len(X) < 2:
        raise ValueError(f"X must have at least two rows to have a covariance; got {len(X)}.")
    S = np.cov(X.T).reshape(X.shape[1], X.shape[1])
    return Prior(as_covariance_type(covariance_type), **_mclust(X.mean(axis=0), S, len(X), k, covariance_type))


def asks_for_a_prior(settings: Any) -> bool:
    """Whether an argument of :class:`gmm_lib.model.GaussianMixture`, an attribute of ``settings``, asks for a prior. A
    ValueError if ``prior`` names none."""
    if settings.prior is not None and not (isinstance(settings.prior, str) and settings.prior in CHOICES):
        allowed = " or ".join(map(repr, (None, *CHOICES)))
        raise ValueError(f"prior must be {allowed}; got {shown(settings.prior)}.")
    return settings.prior is not None or any(getattr(settings, name) is not None for name in ARGUMENTS)


def from_arguments(settings: Any, mean: np.ndarray, scatter: np.ndarray, n: float) -> Prior | None:
    """The prior that the arguments of :class:`gmm_lib.model.GaussianMixture`, attributes of ``settings``, ask for.

    Parameters
    ----------
    settings : object
    mean : ndarray, shape (m,)
        Of the data.
    scatter : ndarray, shape (m, m)
        Sum of the outer products of the residuals from it.
    n : float
        How many points there are, by their weights.

    Returns
    -------
    Prior or None
        None if no argument asks for one.

    Raises
    ------
    ValueError
        If an argument is not valid.
    """
    if not asks_for_a_prior(settings):
        return None
    given = {name: getattr(settings, name) for name in ARGUMENTS if getattr(settings, name) is not None}
    kind, m, defaults = settings.covariance_type, len(mean), {}
    if settings.prior == "mclust":
        defaults = _mclust(mean, _covariance(scatter, n), n, settings.n_components, kind)
    else:  # scikit-learn's, but only for the parts that are asked for
        if not given.keys().isdisjoint(("mean_precision_prior", "mean_prior")):
            defaults.update(mean_precision_prior=1.0, mean_prior=mean)
        if not given.keys().isdisjoint(("degrees_of_freedom_prior", "covariance_prior")):
            defaults.update(degrees_of_freedom_prior=float(m))
            if "covariance_prior" not in given:
                defaults.update(covariance_prior=_short(_regular(_covariance(scatter, n)), kind))
    values = defaults | given
    if as_non_negative(values.get("mean_precision_prior", 0.0), "mean_precision_prior") == 0:  # no part of the means
        values.pop("mean_prior", None) if "mean_prior" not in given else None
    return as_prior(Prior(kind, **values), m)


def keeps_volume(prior: Prior | None) -> bool:
    """Whether under this ``prior`` no covariance can become as small as one likes."""
    return prior is not None and prior.covariance_prior is not None


def as_prior(prior: Any, m: int) -> Prior:
    """Return ``prior`` if it is one of m columns, or raise a ValueError."""
    if not isinstance(prior, Prior):
        raise ValueError(f"prior must be a gmm_lib.priors.Prior; got {shown(prior)}.")
    prior.check_columns(m)
    return prior


def _inverse_wishart(nu, scale):
    """The logarithm of the density's factor that does not depend on the covariance."""
    m = len(scale)
    log_determinant = 2 * np.log(np.diag(np.linalg.cholesky(scale))).sum()
    return 0.5 * nu * (log_determinant - m * np.log(2)) - multigammaln(0.5 * nu, m)


def _mclust(mean, covariance, n, k, kind):
    m = len(mean)
    if kind in ("diag", "spherical"):
        covariance = covariance.trace() / m * np.eye(m)
    elif n <= m:
        covariance = np.diag(np.diag(covariance))
    scale = _regular(covariance) / k ** (2 / m)
    return dict(
        mean_precision_prior=0.01,
        mean_prior=mean,
        degrees_of_freedom_prior=m + 2.0,
        covariance_prior=_short(scale, kind),
    )


def _covariance(scatter, n):
    if not n > 1:
        raise ValueError(f"sample_weight must sum to more than 1 if the prior is made from the data; got {n:g}.")
    return scatter / (n - 1)


def _regular(covariance):
    """A covariance of the data, with a millionth of each variance more if it is nearly singular."""
    variances = np.diag(covariance)
    variances = np.where(variances > 0, variances, 1.0)
    scale = np.sqrt(variances)
    if np.linalg.eigvalsh(covariance / scale[:, np.newaxis] / scale)[0] >= RELATIVE:
        return covariance
    return covariance + RELATIVE * np.diag(variances)


def _short(matrix, kind):
    """A covariance in the form of ``covariance_prior``."""
    if kind in ("full", "tied"):
        return matrix
    return np.diag(matrix) if kind == "diag" else float(matrix.trace() / len(matrix))


# -- checks


def _as_scale(value, kind):
    """``covariance_prior`` as a float, or an array."""
    ndim = {"full": 2, "tied": 2, "diag": 1, "spherical": 0}[kind]
    array = as_array(value, "covariance_prior", ndim)
    if ndim < 2:
        if not (array > 0).all():
            raise ValueError(f"covariance_prior must be positive for {kind!r}; got {array.min():.6g}.")
        return array if ndim else float(array)
    if array.shape[0] != array.shape[1]:
        raise ValueError(f"covariance_prior must be square, of shape (m, m); got {array.shape}.")
    try:
        cholesky_factors(array[np.newaxis])
    except ValueError as error:  # which a collapsed component is as well
        wrong = "symmetric" if "symmetric" in str(error) else "positive definite"
        raise ValueError(
            f"covariance_prior must be symmetric and positive definite; got one that is not {wrong}."
        ) from None
    return array


def _as_degrees(value, scale, kind):
    least = len(scale) - 1 if kind in ("full", "tied") else 0
    nu = as_non_negative(value, "degrees_of_freedom_prior")
    if not nu > least:
        raise ValueError(f"degrees_of_freedom_prior must be greater than {least}, for {kind!r}; got {nu:g}.")
    return nu
