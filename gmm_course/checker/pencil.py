"""Mistakes that can be recognised in any numbers worked out by hand."""

from itertools import permutations

import numpy as np

from .comparing import show

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def detect(given: np.ndarray, expected: np.ndarray, tolerance: float, sums_to_one: bool) -> tuple[str, str] | None:
    """(name, message) of what is wrong with numbers that differ from those expected; None if nothing is recognised."""
    if not np.isfinite(given).all():
        return "not finite", "A number is infinite or not a number (nan): was something divided by zero?"
    if given.shape != expected.shape:
        return "wrong shape", f"{_asked_for(expected.shape)}; you gave {_amount(given.shape)}."
    if _near(given, 100 * expected, tolerance):
        return "per cent", "Right in per cent. Give the share, between 0 and 1."
    if _near(given, -expected, tolerance):
        return "sign", "Right apart from the sign."
    if in_another_order(given, expected, tolerance):
        return "wrong order", "These are the right numbers in another order. Which stands for which?"
    if _near(given, expected, 10 * tolerance) and (advice := _about_digits(given, expected, tolerance)):
        return "rounded", f"Very close. {advice}"
    if sums_to_one and not np.allclose(given.sum(axis=-1), 1, atol=3 * tolerance):
        return (
            "does not sum to one",
            f"These are probabilities of all the possible cases, but they sum to {show(given.sum(axis=-1))}.",
        )
    return None


def position(index: tuple, shape: tuple) -> str:
    """Which entry, in words that a number can follow: "Your second number, "."""
    if len(shape) == 0 or shape == (1,):
        return "Your number, "
    if len(shape) == 1:
        return f"Your {ORDINALS[index[0]] if index[0] < len(ORDINALS) else f'{index[0] + 1}th'} number, "
    return f"In row {index[0] + 1}, column {index[1] + 1}, "


def _near(given, value, tolerance):
    return bool(np.all(np.abs(given - value) <= tolerance))


def in_another_order(given: np.ndarray, expected: np.ndarray, tolerance: float) -> bool:
    """Whether numbers that differ from those expected are the same ones in another order."""
    given, expected, size = given.ravel(), expected.ravel(), expected.size
    if size < 2:
        return False
    orders = permutations(range(size)) if size <= 6 else [range(size - 1, -1, -1)]
    return any(_near(given[list(order)], expected, tolerance) for order in orders)


def _about_digits(given, expected, tolerance):
    """What to do about an answer that is nearly right; empty for a count, which is right or wrong."""
    off = np.abs(given - expected) > tolerance
    counts, whole = expected[off] == np.round(expected[off]), given[off] == np.round(given[off])
    if not counts.any():
        return f"Give it with more digits: it must be right to within {tolerance:g}."
    return "" if whole[counts].any() else "Was something rounded on the way?"


def _amount(shape):
    if int(np.prod(shape)) == 1 and len(shape) <= 1:
        return "one number"
    return f"{shape[0]} numbers" if len(shape) == 1 else f"a table of {' by '.join(map(str, shape))}"


def _asked_for(shape):
    words = _amount(shape)
    return f"{words[0].upper()}{words[1:]} {'is' if words.startswith(('one', 'a')) else 'are'} asked for"
