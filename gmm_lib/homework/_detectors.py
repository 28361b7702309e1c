"""Mistakes that can be recognised in any exercise, from what was given and what was expected."""

from itertools import permutations

import numpy as np

from ._comparing import close, show

# Reading the arguments


def dimensions(arguments):
    """n, m and k as far as the arguments show them: parameters have m and k, points n and m, responsibilities n and k."""
    found = {}
    for value in arguments:
        if hasattr(value, "means") and hasattr(value, "weights"):
            found["k"], found["m"] = np.shape(value.means)
    for table in (value for value in arguments if isinstance(value, np.ndarray) and value.ndim == 2 and value.size):
        found.setdefault("n", len(table))
        rows_of_shares = table.min() >= 0 and np.allclose(table.sum(axis=1), 1)
        found.setdefault("k" if rows_of_shares else "m", table.shape[1])
    return found


def drop_empty_axes(parts, expected):
    """Where only axes of length one are too many or too few (a number in a list), take the expected shape."""
    return {
        name: part.reshape(expected[name].shape) if part.size == expected[name].size == 1 else part
        for name, part in parts.items()
    }


def reorderings(parts, axes):
    """The same parts with their components in every other order (as long as there are not too many)."""
    k = next(parts[name].shape[axis] for name, axis in axes.items() if parts[name].ndim > axis) if parts else 0
    if k > 6 or any(parts[name].ndim <= axis or parts[name].shape[axis] != k for name, axis in axes.items()):
        return
    for order in permutations(range(k)):
        yield {name: np.take(part, order, axes[name]) if name in axes else part for name, part in parts.items()}


def drop_idle_axes(given, expected):
    """Numbers in a column or a row where a plain list is expected, or the other way round, in the expected shape."""
    return given.reshape(expected.shape) if np.squeeze(given).shape == np.squeeze(expected).shape else given


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def position(index, shape):
    """Which entry, in words: "Your second number, "."""
    if len(shape) == 0 or shape == (1,):
        return "Your number, "
    if len(shape) == 1:
        return f"Your {ORDINALS[index[0]] if index[0] < len(ORDINALS) else f'{index[0] + 1}th'} number, "
    return f"In row {index[0] + 1}, column {index[1] + 1}, "


# Errors


def about_error(error):
    """What commonly causes an error of this kind, in one sentence; empty if there is nothing useful to say."""
    text = str(error)
    if "broadcast" in text or "shapes" in text or "dimension" in text and isinstance(error, ValueError):
        return "Two arrays do not fit together there: print their shapes just before that line (keepdims=True or [:, None] may help)."
    if isinstance(error, NameError):
        return "A name is used that does not exist at that point: is it spelt as where it was made, or was its cell not run?"
    if isinstance(error, IndexError):
        return "An index is past the end: remember that Python counts from 0."
    if isinstance(error, np.linalg.LinAlgError):
        return "A matrix there has no inverse or no Cholesky factor: print it just before that line."
    if isinstance(error, OverflowError):
        return "A number there is too large for the machine, as e to the power of 1000 is. Can you go on with its logarithm instead?"
    if _out_of_domain(error):
        return "A logarithm or a root is taken there of a number that has none: log needs more than zero, sqrt at least zero."
    if isinstance(error, ZeroDivisionError):
        return "Something there is divided by zero."
    if isinstance(error, RecursionError):
        return "The function calls itself without end."
    if isinstance(error, SystemExit):
        return "Leave out exit() and quit()."
    return ""


def _out_of_domain(error):
    said = ("math domain error", "expected a positive input", "expected a nonnegative input")  # the last two from Python 3.14 on
    return isinstance(error, ValueError) and str(error).startswith(said)


def from_plain_python(error):
    """Whether an error stands where NumPy would have given nan or inf: log(0), exp(1000), 0/0."""
    return isinstance(error, OverflowError | ZeroDivisionError) or _out_of_domain(error)


# Values worked out by hand


def of_value(given, expected, tolerance, sums_to_one):
    """(name, message) for a pencil answer, or None."""
    if not np.isfinite(given).all():
        return "not finite", "A number is infinite or not a number (nan): was something divided by zero?"
    if given.shape != expected.shape:
        return "wrong shape", f"{_amount(expected.shape)} asked for; you gave {_amount(given.shape, plain=True)}."
    near = lambda a, b: bool(np.all(np.abs(a - b) <= tolerance))  # noqa: E731
    if near(given, 100 * expected):
        return "per cent", "Right in per cent. Give the share, between 0 and 1."
    if near(given, -expected):
        return "sign", "Right apart from the sign."
    if expected.size > 1 and any(near(given.ravel()[list(order)], expected.ravel()) for order in _orders(expected.size)):
        return "wrong order", "These are the right numbers in another order. Which stands for which?"
    if np.all(np.abs(given - expected) <= 10 * tolerance) and (how := _how_rounded(given, expected, tolerance)):
        return "rounded", f"Very close. {how}"
    if sums_to_one and not np.allclose(given.sum(axis=-1), 1, atol=3 * tolerance):
        return "does not sum to one", f"These are probabilities of all the possible cases, but they sum to {show(given.sum(axis=-1))}."
    return None


def _how_rounded(given, expected, tolerance):
    """What to do about an answer that is nearly right; empty for a count, which is right or wrong."""
    off = np.abs(given - expected) > tolerance
    whole = lambda a: a[off] == np.round(a[off])  # noqa: E731
    if not whole(expected).any():
        return f"Give it with more digits: it must be right to within {tolerance:g}."
    return "" if whole(given)[whole(expected)].any() else "Was something rounded on the way?"


def _orders(size):
    return permutations(range(size)) if size <= 6 else [range(size - 1, -1, -1)]


def _amount(shape, plain=False):
    words = "one number" if int(np.prod(shape)) == 1 and len(shape) <= 1 else f"{shape[0]} numbers" if len(shape) == 1 else f"a table of {' by '.join(map(str, shape))}"
    return words if plain else f"{words[0].upper()}{words[1:]} {'is' if words.startswith(('one', 'a')) else 'are'}"


# Outputs of functions


def of_output(cases, wrong, rows_sum_to_one, rtol, atol, yes_or_no=False):
    """(name, message) for a function's outputs, or None. ``cases`` are all calls, ``wrong`` those that differ.

    ``yes_or_no``: True or False is expected, so that a number's factor, offset or digits mean nothing.
    """
    for name in wrong[0].expected:
        bad = [case for case in wrong if not close(case.parts[name], case.expected[name], rtol, atol)]
        if not bad:
            continue
        all_given = [(case.parts[name], case.expected[name], case) for case in cases if case.parts is not None]
        compared = [(case.parts[name], case.expected[name], case) for case in bad]
        found = _of_part(compared, all_given, rows_sum_to_one, rtol, atol, yes_or_no)
        if found:
            prefix = f"In {name}: " if name else ""
            return found[0], prefix + found[1]
    return None


def _of_part(bad, all_given, rows_sum_to_one, rtol, atol, yes_or_no):
    pairs = [(given, expected) for given, expected, _ in bad]
    agree = lambda f: all(np.shape(f(g)) == e.shape and np.allclose(f(g), e, rtol, atol) for g, e in pairs)  # noqa: E731
    for given, expected, case in reversed(bad):  # the largest: there a transposed array looks like one
        if given.shape != expected.shape:
            return _of_shape(given, expected, case, rtol, atol)
    if all(np.isfinite(expected).all() and not np.isfinite(given).all() for given, expected in pairs):
        return _not_finite(bad, len(bad) == len(all_given))
    if yes_or_no:
        return _of_yes_or_no(all_given, rtol, atol)
    with np.errstate(all="ignore"):
        if agree(np.exp):
            return "logarithm", "You return the logarithm of what is asked for. Take the exponential at the end."
        if agree(np.log):
            return "not the logarithm", "The logarithm of it is asked for."
        if agree(np.square):
            return "square root", "You return the square root of what is asked for: a standard deviation where a variance is meant?"
        if agree(np.sqrt):
            return "square", "You return the square of what is asked for: a variance where a standard deviation is meant?"
        if agree(lambda g: 1 - g):
            return "complement", "You return one minus what is asked for: the probability of the opposite."
        if agree(lambda g: 1 / g):
            return "upside down", "You return one divided by what is asked for: is a fraction upside down?"
    if agree(np.negative):
        return "sign", "Right apart from the sign."
    if all(e.ndim == 2 and e.shape[0] == e.shape[1] and np.allclose(g.T, e, rtol, atol) for g, e in pairs):
        return "transposed", "Right, but transposed: rows and columns have changed places."
    if len(pairs) > 1 and all(g.ndim and len(g) > 1 for g, _ in pairs) and len({len(g) for g, _ in pairs}) > 1 and agree(lambda g: g[::-1]):
        return "rows reversed", "The right numbers, with the rows in reverse order."
    if len(pairs) > 1 and _another_order(pairs, rtol, atol):
        return "components in another order", "The right numbers, but the components stand in another order than in the input."
    return (
        _hard_coded(all_given, rtol, atol)
        or _whole_numbers(pairs)
        or _rounded(pairs)
        or (_unnormalised(bad, rtol) if rows_sum_to_one else None)
        or _factor(bad, rtol)
        or _offset(bad, rtol)
    )


def _of_yes_or_no(all_given, rtol, atol):
    if all(np.allclose(given, 1 - expected, rtol, atol) for given, expected, _ in all_given):
        return "complement", "You say no where yes is right, and yes where no is: True and False have changed places."
    return _hard_coded(all_given, rtol, atol)


def _another_order(pairs, rtol, atol):
    """Whether one fixed reordering of an axis, the last or the first, makes every pair agree."""
    for axis in (-1, 0):
        lengths = {e.shape[axis] if e.ndim else 0 for _, e in pairs}
        if len(lengths) != 1 or not 1 < (length := lengths.pop()) <= 5:
            continue
        for order in list(permutations(range(length)))[1:]:
            if all(np.allclose(np.take(g, order, axis), e, rtol, atol) for g, e in pairs):
                return True
    return False


def _of_shape(given, expected, case, rtol, atol):
    if given.ndim == 2 and given.T.shape == expected.shape:
        right = np.allclose(given.T, expected, rtol, atol)
        return "transposed", f"{'Right, but transposed' if right else 'Transposed'}: the shape must be {expected.shape}, yours is {given.shape}."
    wanted = _shape_words(expected.shape, case.dims)
    if given.size == expected.size and np.squeeze(given).shape == np.squeeze(expected).shape:
        more = "too many" if given.ndim > expected.ndim else "too few"
        return "extra axis", f"One axis {more}: the shape must be {wanted}, yours is {given.shape}."
    return "wrong shape", f"The shape must be {wanted}; yours is {given.shape}."


def _shape_words(shape, dims):
    names = {size: name for name, size in dims.items() if list(dims.values()).count(size) == 1}
    words = [names.get(size) for size in shape]
    if shape and all(words):
        return f"{shape}, that is ({', '.join(words)}{',' if len(words) == 1 else ''})"
    return f"{shape}" if shape else "() (a single number)"


UNDERFLOW = "underflow", (
    "Right for ordinary inputs, but not where a density is zero, or so small that the machine takes it for zero: its logarithm "
    "is -inf, and 0/0 and inf - inf are not numbers. Stay with logarithms until the end, and see what a -inf does on the way."
)


def _not_finite(bad, everywhere):
    far = any(case.corner for _, _, case in bad)
    if far and not everywhere:
        return UNDERFLOW
    return "not finite", "Your result holds nan or inf. Is something divided by zero, or a logarithm taken of zero?"


def _whole_numbers(pairs):
    if all(np.array_equal(g, np.trunc(e)) or np.array_equal(g, np.round(e)) for g, e in pairs):
        return "whole numbers", "Your result holds whole numbers only. Was the array made with an integer dtype?"
    return None


def _rounded(pairs):
    for digits in range(1, 7):
        if all(np.array_equal(g, np.round(e, digits)) for g, e in pairs):
            return "rounded", f"Right, but rounded to {digits} digits. Leave all the digits; round only what you print."
    return None


def _unnormalised(bad, rtol):
    (given, expected, case), *_ = sorted(bad, key=lambda item: -item[0].size)
    if given.ndim != 2:
        return None
    rows, columns = given.sum(axis=1), given.sum(axis=0)
    if np.allclose(columns, 1) and not np.allclose(rows, 1):
        return "wrong axis", "Your columns sum to one; the rows should. Sum along the other axis (axis=1), and keep that axis for the division."
    with np.errstate(all="ignore"):
        ratios = given / expected
    off = np.flatnonzero(~np.isclose(rows, 1, rtol=1e-6))
    if not len(off):
        return None
    which = f"row {off[0] + 1} of yours sums to {_not_one(rows[off[0]])}"
    if np.isfinite(ratios).all() and np.allclose(ratios, ratios[:, :1], rtol=max(rtol, 1e-6)):
        return "rows do not sum to one", f"The proportions in each row are right, but the row must sum to one; {which}."
    return "rows do not sum to one", f"Each row must sum to one; on a small input {which}."


def _not_one(number):
    """A number other than one, with as many digits as it takes to see that it is."""
    return next(text for digits in (4, 8) if (text := f"{number:.{digits}g}") != "1")


def _ratios(items):
    """One ratio a call, if each call's entries are all off by the same factor; else None."""
    ratios = []
    for given, expected, case in items:
        usable = np.abs(expected) > 1e-9
        if not usable.any() or not np.allclose(given[~usable], 0, atol=1e-7):
            return None
        with np.errstate(all="ignore"):
            inside = given[usable] / expected[usable]
        if not np.isfinite(inside).all() or not np.allclose(inside, inside.flat[0], rtol=1e-6):
            return None
        ratios.append((float(inside.flat[0]), case))
    return ratios


def _factor(bad, rtol):
    ratios = _ratios(bad)
    if not ratios or len(bad) < 2 and bad[0][0].size < 2 or all(abs(r) < 1e-12 for r, _ in ratios):
        return None
    for words, value in _candidates():
        if all(value(case.dims) is not None and np.isclose(ratio, value(case.dims), rtol=1e-6) for ratio, case in ratios):
            return "constant factor", f"Your result is {words} what it should be."
    first = ratios[0][0]
    if len(ratios) > 1 and all(np.isclose(ratio, first, rtol=1e-6) for ratio, _ in ratios):
        return "constant factor", f"Your result is always {first:.4g} times what it should be."
    return None


def _candidates():
    n = lambda f: lambda dims: f(dims["n"]) if dims.get("n", 0) > 1 else None  # noqa: E731
    yield "n times (n the number of points: is something not divided by n, or divided twice?)", n(lambda n: n)
    yield "1/n of (n the number of points: is something divided by n once too often?)", n(lambda n: 1 / n)
    yield "n/(n - 1) times (divide by n, not by n - 1: the formula is a maximum likelihood estimate)", n(lambda n: n / (n - 1))
    yield "(n - 1)/n times (is one point left out?)", n(lambda n: (n - 1) / n)
    for name, what in (("k", "components"), ("m", "dimensions")):
        get = lambda f, name=name: lambda dims: f(dims[name]) if dims.get(name, 0) > 1 else None  # noqa: E731
        yield f"{name} times ({name} the number of {what})", get(lambda size: size)
        yield f"1/{name} of ({name} the number of {what})", get(lambda size: 1 / size)
    yield "twice", lambda dims: 2.0
    yield "half of", lambda dims: 0.5
    yield "100 times (per cent?)", lambda dims: 100.0


def _offset(bad, rtol):
    shifts = []
    for given, expected, case in bad:
        inside = (given - expected).ravel()
        if not np.isfinite(inside).all() or not np.allclose(inside, inside[0], rtol=1e-6, atol=1e-9):
            return None
        shifts.append(float(inside[0]))
    if len(shifts) < 2 and bad[0][0].size < 2 or not np.allclose(shifts, shifts[0], rtol=1e-6, atol=1e-9):
        return None
    return "constant offset", f"Your result is always off by the same amount, {shifts[0]:+.4g}: a constant is missing or one too many."


def _hard_coded(all_given, rtol, atol):
    alike = [given for given, _, _ in all_given]
    numbers = np.unique(np.concatenate([given.ravel() for given in alike]))
    expects = np.concatenate([expected.ravel() for _, expected, _ in all_given])
    if len(alike) > 1 and len(numbers) == 1 and expects.size and not np.allclose(expects, expects[0]):
        return "hard-coded", f"Your function gives {numbers[0]:.4g} whatever its input. It must compute its result from its arguments."
    if len(alike) > 1 and all(close(given, alike[0], rtol, atol) for given in alike) and not all(
        close(expected, all_given[0][1], rtol, atol) for _, expected, _ in all_given
    ):
        return "hard-coded", "Your function gives the same answer whatever its input. It must compute it from its arguments."
    return None
