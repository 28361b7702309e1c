"""Numbers that are right up to a factor, an offset, or the sum of their rows.

Each function takes the calls whose arrays are wrong, as a list of (given, expected, case), and returns (name, message)
or None.
"""

from collections.abc import Callable, Iterator

import numpy as np

Found = tuple[str, str] | None


def rows_to_one(wrong: list, rtol: float) -> Found:
    """Rows of shares that do not sum to one."""
    given, expected, _ = max(wrong, key=lambda item: item[0].size)
    if given.ndim != 2:
        return None
    rows, columns = given.sum(axis=1), given.sum(axis=0)
    if np.allclose(columns, 1) and not np.allclose(rows, 1):
        return (
            "wrong axis",
            (
                "Your columns sum to one; the rows should. Sum along the other axis (axis=1), and keep that axis for "
                "the division."
            ),
        )
    off = np.flatnonzero(~np.isclose(rows, 1, rtol=1e-6))
    if not len(off):
        return None
    which = f"row {off[0] + 1} of yours sums to {_not_one(rows[off[0]])}"
    with np.errstate(all="ignore"):
        ratios = given / expected
    if np.isfinite(ratios).all() and np.allclose(ratios, ratios[:, :1], rtol=max(rtol, 1e-6)):
        return "rows do not sum to one", f"The proportions in each row are right, but the row must sum to one; {which}."
    return "rows do not sum to one", f"Each row must sum to one; on a small input {which}."


def _not_one(number):
    """A number other than one, with as many digits as it takes to see that it is."""
    return next(text for digits in (4, 8) if (text := f"{number:.{digits}g}") != "1")


def factor(wrong: list) -> Found:
    """All numbers of a call off by one factor: one with a meaning, or the same in every call."""
    ratios = _ratios(wrong)
    if not ratios or not _enough(wrong) or all(abs(ratio) < 1e-12 for ratio, _ in ratios):
        return None
    for words, value in _meanings():
        if all(value(dims) is not None and np.isclose(ratio, value(dims), rtol=1e-6) for ratio, dims in ratios):
            return "constant factor", f"Your result is {words} what it should be."
    first = ratios[0][0]
    if len(ratios) > 1 and all(np.isclose(ratio, first, rtol=1e-6) for ratio, _ in ratios):
        return "constant factor", f"Your result is always {first:.4g} times what it should be."
    return None


def _enough(wrong):
    """One number alone is always off by some factor, and by some offset: that shows nothing."""
    return len(wrong) > 1 or wrong[0][0].size > 1


def _ratios(wrong):
    """For each call the ratio of given to expected, with n, m and k; None if a call's numbers differ in it."""
    ratios = []
    for given, expected, case in wrong:
        usable = np.abs(expected) > 1e-9
        if not usable.any() or not np.allclose(given[~usable], 0, atol=1e-7):
            return None
        with np.errstate(all="ignore"):
            inside = given[usable] / expected[usable]
        if not np.isfinite(inside).all() or not np.allclose(inside, inside.flat[0], rtol=1e-6):
            return None
        ratios.append((float(inside.flat[0]), case.dims))
    return ratios


def _of(name: str, rule: Callable) -> Callable:
    """The factor that a rule makes of n, m or k; None where that is one or not known."""
    return lambda dims: rule(dims[name]) if dims.get(name, 0) > 1 else None


def _meanings() -> Iterator[tuple[str, Callable]]:
    """Factors with a meaning: (words, value), where value(dims) is None if dims do not show it."""
    yield "n times (n the number of points: is something not divided by n, or divided twice?)", _of("n", lambda n: n)
    yield "1/n of (n the number of points: is something divided by n once too often?)", _of("n", lambda n: 1 / n)
    yield (
        "n/(n - 1) times (divide by n, not by n - 1: the formula is a maximum likelihood estimate)",
        _of("n", lambda n: n / (n - 1)),
    )
    yield "(n - 1)/n times (is one point left out?)", _of("n", lambda n: (n - 1) / n)
    for name, what in (("k", "components"), ("m", "dimensions")):
        yield f"{name} times ({name} the number of {what})", _of(name, lambda size: size)
        yield f"1/{name} of ({name} the number of {what})", _of(name, lambda size: 1 / size)
    yield "twice", lambda dims: 2.0
    yield "half of", lambda dims: 0.5
    yield "100 times (per cent?)", lambda dims: 100.0


def offset(wrong: list) -> Found:
    """All numbers off by the same amount."""
    shifts = []
    for given, expected, _ in wrong:
        inside = (given - expected).ravel()
        if not np.isfinite(inside).all() or not np.allclose(inside, inside[0], rtol=1e-6, atol=1e-9):
            return None
        shifts.append(float(inside[0]))
    if not _enough(wrong) or not np.allclose(shifts, shifts[0], rtol=1e-6, atol=1e-9):
        return None
    return (
        "constant offset",
        f"Your result is always off by the same amount, {shifts[0]:+.4g}: a constant is missing or one too many.",
    )
