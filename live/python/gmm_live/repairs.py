"""NumPy's linear algebra, made to refuse in the page what it refuses elsewhere.

NumPy learns from the processor's floating-point flags that a matrix has no Cholesky factor or no inverse. WebAssembly
has no such flags: there it returns NaN in silence, and every ``except LinAlgError`` is passed by. Here finite numbers
that come out as NaN raise, in NumPy's own words.
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


def _has_nan(numbers):
    return bool(np.isnan(numbers).any())


def repair():
    """Put the checked functions in the place of NumPy's."""
    for name, words in WORDS.items():
        setattr(np.linalg, name, refusing(getattr(np.linalg, name), words))
