"""What an error that a student's function raises commonly means."""

import re

import numpy as np

# What math.log and math.sqrt say; the last two from Python 3.14 on.
OUT_OF_DOMAIN = ("math domain error", "expected a positive input", "expected a nonnegative input")

SQUARE_INTO_ITS_DIAGONAL = re.compile(r"value array of shape \((\d+),\1\) .* indexing result of shape \(\1,\)")


def about_error(error: BaseException) -> str:
    """What commonly causes an error of this kind, in one sentence; empty if there is nothing useful to say."""
    return next((words for applies, words in CAUSES if applies(error)), "")


def gives_nan_in_numpy(error: BaseException) -> bool:
    """Whether an error stands where NumPy would have given nan or inf: log(0), exp(1000), 0/0."""
    return isinstance(error, OverflowError | ZeroDivisionError) or _out_of_domain(error)


def _out_of_domain(error):
    return isinstance(error, ValueError) and str(error).startswith(OUT_OF_DOMAIN)


def forgets_ix(error: BaseException) -> bool:
    """Whether two masks or lists in one pair of brackets were to make a table, and NumPy paired them off."""
    return (
        "indexing arrays could not be broadcast" in str(error)
        or SQUARE_INTO_ITS_DIAGONAL.search(str(error)) is not None
    )


def about_brackets(error: BaseException) -> bool:
    """Whether the places that brackets name are not as many as the values they get, or as each other."""
    text = str(error)
    return forgets_ix(error) or "indexing result of shape" in text or "array indexing assignment" in text


def _shapes_do_not_fit(error):
    text = str(error)
    return "broadcast" in text or "shapes" in text or ("dimension" in text and isinstance(error, ValueError))


def _is_a(*kinds):
    return lambda error: isinstance(error, kinds)


# The first that applies is said.
CAUSES = (
    (
        about_brackets,
        (
            "The places in the brackets are not as many as the values, or as each other. Two masks or lists side by "
            "side, as in S[u, o], are paired off entry by entry; S[np.ix_(u, o)] takes every row with every column."
        ),
    ),
    (
        _shapes_do_not_fit,
        (
            "Two arrays do not fit together there: print their shapes just before that line (keepdims=True or "
            "[:, None] may help)."
        ),
    ),
    (
        _is_a(NameError),
        "A name is used that does not exist at that point: is it spelt as where it was made, or was its cell not run?",
    ),
    (_is_a(IndexError), "An index is past the end: remember that Python counts from 0."),
    (
        _is_a(np.linalg.LinAlgError),
        "A matrix there has no inverse or no Cholesky factor: print it just before that line.",
    ),
    (
        _is_a(OverflowError),
        (
            "A number there is too large for the machine, as e to the power of 1000 is. Can you go on with its "
            "logarithm instead?"
        ),
    ),
    (
        _out_of_domain,
        "A logarithm or a root is taken there of a number that has none: log needs more than zero, sqrt at least zero.",
    ),
    (_is_a(ZeroDivisionError), "Something there is divided by zero."),
    (_is_a(RecursionError), "The function calls itself without end."),
    (_is_a(SystemExit), "Leave out exit() and quit()."),
)
