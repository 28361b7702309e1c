"""Axes that do not matter: one too many or too few, and components that may come in any order."""

from collections.abc import Iterator, Mapping
from itertools import permutations

import numpy as np

OF_COMPONENTS = ("log_joint", "logs")  # a number for each point and component, and none of them a share


def dimensions(arguments: tuple, names: tuple) -> dict[str, int]:
    """n, m and k as far as the arguments show them: parameters have m and k, points n and m, shares n and k, as
    have the logarithms that are known by their names."""
    found = {}
    for value in arguments:
        if hasattr(value, "means") and hasattr(value, "weights"):
            found["k"], found["m"] = np.shape(value.means)
    for name, table in zip(names, arguments, strict=True):
        if not isinstance(table, np.ndarray) or table.ndim != 2 or not table.size:
            continue
        found.setdefault("n", len(table))
        of_components = name in OF_COMPONENTS or (table.min() >= 0 and np.allclose(table.sum(axis=1), 1))
        found.setdefault("k" if of_components else "m", table.shape[1])
    return found


def as_laid_out(given: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Numbers in a column or a row where a plain list is expected, or the other way round, in the expected shape."""
    return given.reshape(expected.shape) if np.squeeze(given).shape == np.squeeze(expected).shape else given


def unwrap_single_numbers(parts: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The parts by name; a single number, be it in a list, and each 1 by 1 matrix that came as its number, as np.cov
    gives it in one dimension, gets the expected shape."""
    return {
        name: part.reshape(expected[name].shape) if _stands_for(part, expected[name]) else part
        for name, part in parts.items()
    }


def _stands_for(part, expected):
    return part.size == expected.size and (
        part.size == 1 or (expected.shape[-2:] == (1, 1) and part.shape == expected.shape[:-2])
    )


def parts_reordered(parts: Mapping[str, np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    """The same arrays under each other's names, in every order but their own."""
    for order in list(permutations(parts.values()))[1:]:
        yield dict(zip(parts, order))


def reorderings(parts: Mapping[str, np.ndarray], axes: Mapping[str, int]) -> Iterator[dict[str, np.ndarray]]:
    """The same parts with their components in every order, for up to six components.

    ``axes`` gives the axis of the components in each part that has one. Where a part lacks that axis, or has another
    number of components on it, there is nothing to reorder.
    """
    k = next(parts[name].shape[axis] for name, axis in axes.items() if parts[name].ndim > axis) if parts else 0
    if k > 6 or any(parts[name].ndim <= axis or parts[name].shape[axis] != k for name, axis in axes.items()):
        return
    for order in permutations(range(k)):
        yield {name: np.take(part, order, axes[name]) if name in axes else part for name, part in parts.items()}
