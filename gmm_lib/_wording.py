"""scikit-learn's own sentences for what can be wrong with a mixture: programs that were written for its estimator look
for them, in errors and in filters of warnings. They stand beside ours, which name the argument and what was given."""

from typing import Any

import numpy as np

from .covariance_types import short_shape

DID_NOT_CONVERGE = (
    "Best performing initialization did not converge. Try different init parameters, or increase max_iter, tol, or "
    "check for degenerate data."
)
ILL_DEFINED = (
    "Fitting the mixture model failed because some components have ill-defined empirical covariance (for instance "
    "caused by singleton or collapsed samples). Try to decrease the number of components, increase reg_covar, or scale "
    "the input data."
)
NO_SAMPLES = "Invalid value for 'n_samples'."


def of_rows(n: int, k: int) -> str:
    """What scikit-learn says of n points, too few for k components."""
    return f"Expected n_samples >= n_components but got n_components = {k}, n_samples = {n}"


def of_start(weights: Any, means: Any, precisions: Any, k: int, m: int, covariance_type: str) -> str:
    """What scikit-learn says of the first that is wrong with ``weights``, ``means`` and ``precisions`` (None where not
    given) of k components in m columns, of a ``covariance_type``; nothing, if it has no sentence for that."""
    try:
        return _of_weights(weights, k) or _of_means(means, k, m) or _of_precisions(precisions, k, m, covariance_type)
    except (TypeError, ValueError):  # text, or rows that differ in length
        return ""


def _of_weights(weights, k):
    if weights is None:
        return ""
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (k,):
        return _shape("weights", (k,), weights)
    low, high = weights.min(), weights.max()
    if low < 0 or high > 1:
        return (
            f"The parameter 'weights' should be in the range [0, 1], but got max value {low:.5f}, min value {high:.5f} "
            f"(these two exchanged, as scikit-learn has them)."
        )
    if abs(weights.sum() - 1) > 1e-8:
        return f"The parameter 'weights' should be normalized, but got sum(weights) = {weights.sum():.5f}"
    return ""


def _of_means(means, k, m):
    return "" if means is None else _shape("means", (k, m), np.asarray(means, dtype=np.float64))


def _of_precisions(precisions, k, m, covariance_type):
    if precisions is None:
        return ""
    precisions, name = np.asarray(precisions, dtype=np.float64), f"{covariance_type} precision"
    if precisions.shape != (shape := short_shape(k, m, covariance_type)):
        return _shape(name, shape, precisions)
    what = "positive" if covariance_type in ("diag", "spherical") else "symmetric, positive-definite"
    return f"The parameter '{name}' should be {what}."


def _shape(name, shape, given):
    if given.shape == shape:
        return ""
    return f"The parameter '{name}' should have the shape of {shape}, but got {given.shape}"
