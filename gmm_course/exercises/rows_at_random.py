"""Whether rows that a function draws are drawn each for itself, and not as a block from one random place."""

from collections.abc import Callable

import numpy as np

DRAWS = 20
MOST_BY_CHANCE = 10  # of 20 draws of 3 among 40 rows; one in thirty is such a pattern by chance

MESSAGE = (
    "Your rows hang together: once the first is drawn, the others follow from it, as in a block of neighbouring rows. "
    "Data often lie sorted, and neighbours are then alike: draw each row for itself."
)


def hang_together(draw: Callable, X: np.ndarray, rng: np.random.Generator, k: int = 3) -> bool:
    """Whether of the rows in ``draw(X, k, generator)``, an array (k, m) or None, all but the first follow from it.

    X holds n different rows; their places are looked at in the order of X and in sorted order, round and round.
    """
    drawn = [draw(X, k, np.random.default_rng(int(rng.integers(2**32)))) for _ in range(DRAWS)]
    if any(rows is None or np.shape(rows) != (k, X.shape[1]) for rows in drawn):
        return False
    for rows in (X, np.unique(X, axis=0)):
        places = [(np.asarray(means)[:, np.newaxis] == rows).all(axis=2) for means in drawn]
        if not all(found.any(axis=1).all() for found in places):
            return False  # no rows of X: not for this function to say
        if _patterned(np.array([found.argmax(axis=1) for found in places]), len(X)):
            return True
    return False


def _patterned(places, n):
    if (places == places[0]).all():
        return False  # not drawn at all, which is another matter
    steps = np.diff(places, axis=1) % n
    if (steps == steps[0]).all():
        return True
    even = (steps == steps[:, :1]).all(axis=1)
    gaps = np.diff(np.sort(places, axis=1), axis=1, append=np.sort(places, axis=1)[:, :1] + n)
    neighbours = np.sort(gaps, axis=1)[:, :-1].max(axis=1) == 1
    return (even | neighbours).sum() > MOST_BY_CHANCE
