"""Points and sample weights, checked as scikit-learn checks them; what is wrong is said in this library's words."""

from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _check_sample_weight, validate_data

from .validation import shown


def checked_points(estimator: BaseEstimator, X: ArrayLike, missing: bool = False, **options: Any) -> np.ndarray:
    """X as :func:`sklearn.utils.validation.validate_data` returns it, an array of shape (n, m).

    If values may be ``missing``, NaN stands for one, and so does a masked entry, None or pandas.NA. ``options`` are
    those of ``validate_data``: with ``reset=True`` the estimator learns the number and names of the columns, else they
    must agree with what it knows.

    Raises
    ------
    TypeError, ValueError
        As scikit-learn raises them; also if an entry is text or infinite, or one is missing that may not.
    """
    if missing and isinstance(X, np.ma.MaskedArray) and X.dtype.kind in "fiu":
        X = np.ma.filled(X.astype(np.float64), np.nan)
    _refuse_masked(X, "X")
    with _as_scikit_learn_says("X", "a table of real numbers, one row per point"):
        checked = validate_data(estimator, X, ensure_all_finite=False, **options)
        _refuse_text(X)
    _refuse_not_finite(checked, missing)
    return checked


def checked_weights(sample_weight: ArrayLike, X: np.ndarray) -> np.ndarray:
    """``sample_weight`` as a float64 array of shape (n,), one for each row of X.

    Raises
    ------
    TypeError, ValueError
        If one is masked, text, negative or not finite, none is positive, or there are not n.
    """
    _refuse_masked(sample_weight, "sample_weight")
    with _as_scikit_learn_says("sample_weight", "finite and not negative, one per row, with a positive sum"):
        _refuse_text(sample_weight)
        return _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)


@contextmanager
def _as_scikit_learn_says(name, allowed):
    """What scikit-learn's checks say does not always name the argument; their words and types are part of its
    conventions, so both are kept."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{name} must be {allowed}; {error}") from None


def _refuse_text(array):
    """Text that looks like a number would be made one in silence."""
    array = np.asarray(array)
    if array.dtype.kind in "SU" or (
        array.dtype.kind == "O" and any(isinstance(one, (str, bytes)) for one in array.flat)
    ):
        raise ValueError(f"got text: {shown(array)}.")


def _refuse_masked(array, name):
    parts = array if isinstance(array, (list, tuple)) else [array]
    if any(map(np.ma.is_masked, parts)):
        raise ValueError(
            f"{name} must have no masked entries; got {sum(int(np.ma.count_masked(one)) for one in parts)}."
        )


def _refuse_not_finite(X, missing):
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(X.sum(dtype=np.float64)):  # needs no memory
            return
    wrong = np.argwhere(np.isinf(X) if missing else ~np.isfinite(X))
    if len(wrong):
        row, column = wrong[0]
        what = "infinity"
        if np.isnan(X[row, column]):
            what = "NaN: missing values are not fitted, unless by GaussianMixture(missing='em').fit"
        allowed = "finite, or NaN where a value is missing" if missing else "finite"
        raise ValueError(f"X must be {allowed}; X[{row}, {column}] is {what}.")
