"""What the covariances of a mixture may have in common: the types ``full``, ``tied``, ``diag`` and ``spherical``.

Of the lower bound, the M-step's covariances maximise ``-1/2 sum_j N_j (log |Sigma_j| + tr(Sigma_j^-1 S_j))``, where S_j
are the weighted covariances of equation (14) and N_j the effective counts. Free to choose every Sigma_j, the maximum is
S_j itself. A type leaves less freedom, and the same sum has another maximum, here a function for each type.

Covariances have two shapes: *full matrices*, (k, m, m) whatever the type, as equations take them; and the *short form*
of scikit-learn, which says each number once: (k, m, m) for ``full``, (m, m) for ``tied``, (k, m) for ``diag``, (k,) for
``spherical``.
"""

from typing import Any

import numpy as np

from .validation import as_array, shown

TYPES = ("full", "tied", "diag", "spherical")
SAME = 1e-8  # relative to the deviations: covariances given as of a type may differ from it by rounding


def tied(covariances: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """One covariance for all: the pooled covariance within the components, ``Sigma = sum_j N_j S_j / sum_j N_j``.

    With one Sigma the bound is ``-n/2 (log |Sigma| + tr(Sigma^-1 sum_j N_j S_j / n))``: that of a single Gaussian whose
    weighted covariance is the pooled one.

    ``covariances`` S_j have shape (k, m, m), ``counts`` N_j, or the weights N_j / n, shape (k,); the result (k, m, m).
    """
    # Not by a product of matrices, which may round two entries that mirror each other differently.
    pooled = ((counts / counts.sum())[:, np.newaxis, np.newaxis] * covariances).sum(axis=0)
    return np.tile(pooled, (len(covariances), 1, 1))


def diag(covariances: np.ndarray) -> np.ndarray:
    """A variance for each component and column: the diagonal of equation (14), ``Sigma_jaa = S_jaa``.

    With a diagonal Sigma_j the bound falls into sums over columns, ``log Sigma_jaa + S_jaa / Sigma_jaa``, each least at
    ``Sigma_jaa = S_jaa``: what is off the diagonal of S_j does not occur.

    From shape (k, m, m) to (k, m, m).
    """
    return np.eye(covariances.shape[1]) * np.diagonal(covariances, axis1=1, axis2=2)[:, np.newaxis]


def spherical(covariances: np.ndarray) -> np.ndarray:
    """One variance for each component: the mean of those of its columns, ``Sigma_j = (tr S_j / m) I``.

    With ``Sigma_j = s I`` the bound is ``m log s + tr(S_j) / s``, least at ``s = tr(S_j) / m``.

    From shape (k, m, m) to (k, m, m).
    """
    m = covariances.shape[1]
    return covariances.trace(axis1=1, axis2=2)[:, np.newaxis, np.newaxis] / m * np.eye(m)


def constrained(covariances: np.ndarray, counts: np.ndarray, covariance_type: str) -> np.ndarray:
    """The covariances of a ``covariance_type`` that maximise the bound: from those of equation (14), shape (k, m, m),
    and counts or weights of shape (k,), full matrices of shape (k, m, m).

    A floor belongs on the diagonal before: it is then the same on each variance of the type, as in scikit-learn.
    """
    if covariance_type == "tied":
        return tied(covariances, counts)
    if covariance_type == "full":
        return covariances
    return diag(covariances) if covariance_type == "diag" else spherical(covariances)


def n_covariance_parameters(k: int, m: int, covariance_type: str) -> int:
    """How many numbers k covariances in m dimensions, of a ``covariance_type``, have to choose freely."""
    one = m * (m + 1) // 2
    return {"full": k * one, "tied": one, "diag": k * m, "spherical": k}[covariance_type]


# -- full matrices and the short form


def short_shape(k: int, m: int, covariance_type: str) -> tuple[int, ...]:
    """The shape of the short form for a ``covariance_type``."""
    return {"full": (k, m, m), "tied": (m, m), "diag": (k, m), "spherical": (k,)}[covariance_type]


def short_form(matrices: np.ndarray, covariance_type: str) -> np.ndarray:
    """The short form of full ``matrices``, shape (k, m, m), of the ``covariance_type``: covariances, precisions or
    factors of them. A new array."""
    if covariance_type == "tied":
        return matrices[0].copy()
    if covariance_type == "full":
        return matrices.copy()
    diagonals = np.diagonal(matrices, axis1=1, axis2=2)
    return diagonals.copy() if covariance_type == "diag" else diagonals[:, 0].copy()


def full_matrices(short: np.ndarray, k: int, m: int, covariance_type: str) -> np.ndarray:
    """Full matrices, shape (k, m, m), of the ``short`` form for a ``covariance_type``."""
    short = np.asarray(short)
    if covariance_type == "tied":
        return np.tile(short, (k, 1, 1))
    if covariance_type == "full":
        return short
    return np.eye(m) * (short[:, np.newaxis] if covariance_type == "diag" else short[:, np.newaxis, np.newaxis])


# -- checks


def as_covariance_type(value: Any) -> str:
    """Return ``value`` if it names a type, or raise a ValueError."""
    if not isinstance(value, str) or value not in TYPES:
        raise ValueError(f"covariance_type must be one of {', '.join(map(repr, TYPES))}; got {shown(value)}.")
    return value


def as_full_matrices(value: Any, k: int, m: int, covariance_type: str, name: str) -> np.ndarray:
    """Return the full matrices (k, m, m) of the short form ``value`` for a ``covariance_type``, or raise a ValueError
    that calls it ``name``: of the wrong shape, not finite or, where the form holds variances, not positive."""
    shape = short_shape(k, m, covariance_type)
    array = as_array(value, name, len(shape))
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape} for covariance_type {covariance_type!r}; got {array.shape}.")
    if covariance_type in ("diag", "spherical") and not (array > 0).all():
        raise ValueError(f"{name} must be positive for covariance_type {covariance_type!r}; got {array.min():.6g}.")
    return full_matrices(array, k, m, covariance_type)


def of_type(covariances: np.ndarray, covariance_type: str, name: str) -> np.ndarray:
    """Covariances, shape (..., k, m, m), that are of a ``covariance_type`` up to rounding, now of it to the last bit; a
    ValueError that calls them ``name`` if they are not."""
    if covariance_type == "full":
        return covariances
    k, m = covariances.shape[-3:-1]
    few = covariances.reshape(-1, k, m, m)
    exact = np.stack([constrained(one, np.ones(k), covariance_type) for one in few]).reshape(covariances.shape)
    scale = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
    off = np.abs(exact - covariances) / (scale[..., :, np.newaxis] * scale[..., np.newaxis, :])
    if (off > SAME).any():
        what = {"tied": "all the same", "diag": "diagonal", "spherical": "multiples of the identity"}[covariance_type]
        raise ValueError(
            f"{name} must have covariances that are {what}, of covariance_type {covariance_type!r}; got some that "
            f"differ from that by up to {off.max():.3g} of their variances."
        )
    return exact
