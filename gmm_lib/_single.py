"""Results in single precision, for points in single precision: all is computed in float64, and rounded when it is
handed out. What was rounded goes on being used as it was before."""

import numpy as np


def fits(arrays: tuple[np.ndarray, ...]) -> bool:
    """Whether float32 has a number for every entry of the ``arrays``, of whatever shapes: the variances of float32
    points may be too large for it, or so small that their inverses are."""
    most = float(np.finfo(np.float32).max)
    return all(np.abs(array).max() <= most for array in arrays)


def unrounded(given: np.ndarray, computed: np.ndarray) -> np.ndarray:
    """The array as ``computed``, if the ``given`` one, of the same shape, is what it was rounded to; else the given,
    which is then another: somebody has changed it."""
    return computed if np.array_equal(given, computed.astype(np.float32)) else given
