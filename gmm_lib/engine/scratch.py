"""Working memory that blocks share, one after the other."""

import math
from typing import Any

import numpy as np


class Scratch:
    """Working memory, taken once: the array of a name is the same memory each time it is asked for, in whatever
    shape."""

    def __init__(self) -> None:
        self._arrays: dict[str, Any] = {}
        self.whole: Any = None  # the features of a block that is all the data: computed in the first pass only

    def __call__(self, name: str, *shape: int) -> np.ndarray:
        kept: Any = self._arrays.get(name)
        if kept is not None and kept.shape == shape:
            return kept
        size = math.prod(shape)
        if kept is None or kept.base.size < size:
            kept = np.empty(size).reshape(shape)
        self._arrays[name] = kept = kept.base[:size].reshape(shape)
        return kept

    def last(self, name: str) -> np.ndarray:
        """The array of a name as it was last asked for."""
        return self._arrays[name]
