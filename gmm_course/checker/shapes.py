"""What is wrong with the shape of an array, in words."""

from collections.abc import Mapping

import numpy as np


def describe(
    given: np.ndarray, expected: np.ndarray, dims: Mapping[str, int], rtol: float, atol: float
) -> tuple[str, str]:
    """(name, message) for an array of another shape than expected; ``dims`` gives n, m and k where they are known."""
    if given.ndim == 2 and given.T.shape == expected.shape:
        right = np.allclose(given.T, expected, rtol, atol)
        return (
            "transposed",
            (
                f"{'Right, but transposed' if right else 'Transposed'}: the shape must be {expected.shape}, "
                f"yours is {given.shape}."
            ),
        )
    wanted = _in_words(expected.shape, dims)
    if given.size == expected.size and np.squeeze(given).shape == np.squeeze(expected).shape:
        more = "too many" if given.ndim > expected.ndim else "too few"
        return "extra axis", f"One axis {more}: the shape must be {wanted}, yours is {given.shape}."
    return "wrong shape", f"The shape must be {wanted}; yours is {given.shape}."


def _in_words(shape, dims):
    names = {size: name for name, size in dims.items() if list(dims.values()).count(size) == 1}
    words = [names.get(size) for size in shape]
    if shape and all(words):
        return f"{shape}, that is ({', '.join(words)}{',' if len(words) == 1 else ''})"
    return f"{shape}" if shape else "() (a single number)"
