"""NumPy, made to refuse and to take in the page what it refuses and takes elsewhere.

NumPy learns from the processor's floating-point flags that a matrix has no Cholesky factor or no inverse. WebAssembly
has no such flags: there it returns NaN in silence, and every ``except LinAlgError`` is passed by. Here finite numbers
that come out as NaN raise, in NumPy's own words.

An index has 32 bits there, while random generators give integers of 64. Most functions take them; two refuse, which are
handed the same numbers in 32 bits if they fit.
"""

from functools import wraps

import numpy as np

WORDS = {
    "cholesky": "Matrix is not positive definite",
    "inv": "Singular matrix",
    "solve": "Singular matrix",
    "eig": "Eigenvalues did not converge",
    "eigh": "Eigenvalues did not converge",
    "eigvals": "Eigenvalues did not converge",
    "eigvalsh": "Eigenvalues did not converge",
    "svd": "SVD did not converge",
}


def refusing(function, words):
    """``function``, but a LinAlgError where it makes NaN of finite numbers."""

    @wraps(function)
    def checked(*args, **kwargs):
        result = function(*args, **kwargs)
        made = result if isinstance(result, tuple) else (result,)
        given = [one for one in (*args, *kwargs.values()) if not isinstance(one, str)]
        if any(map(_has_nan, made)) and all(np.isfinite(one).all() for one in given):
            raise np.linalg.LinAlgError(words)
        return result

    return checked


LONG = {"repeat": (1, "repeats"), "bincount": (0, "x")}  # function: the place and the name of what it counts by


def taking_long_integers(function, place, name):
    """``function``, but one argument as an index if it is of 64 bits and fits."""

    @wraps(function)
    def taking(*args, **kwargs):
        args = [_as_index(one) if i == place else one for i, one in enumerate(args)]
        return function(*args, **{key: _as_index(one) if key == name else one for key, one in kwargs.items()})

    return taking


def _as_index(value):
    if getattr(value, "dtype", None) != np.int64 or np.any(value != value.astype(np.intp)):
        return value
    return value.astype(np.intp)


def _has_nan(numbers):
    return bool(np.isnan(numbers).any())


def repair():
    """Put the checked functions in the place of NumPy's."""
    for name, words in WORDS.items():
        setattr(np.linalg, name, refusing(getattr(np.linalg, name), words))
    for name, (place, argument) in LONG.items():
        setattr(np, name, taking_long_integers(getattr(np, name), place, argument))
