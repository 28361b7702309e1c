"""What is said about the calls of a function: the longer sentences, and inputs and outputs as a student reads them."""

from typing import TYPE_CHECKING

from .calling import Outcome
from .comparing import show
from .errors import about_error

if TYPE_CHECKING:
    from .examination import Case

BRANCH = (
    "On some inputs your function returns None: it has a branch without a return. Which way does it go on this input, "
    "and where does that way end?"
)
UNSTABLE = (
    "Called twice with the same input, your function gives two answers. "
    "Does it use random numbers, or a variable outside itself that changes?"
)

REMEMBERS = (
    "Right each time it is asked something new. But asked about the same rows in another order, in the same array, "
    "your function does not follow. Does it keep results, by the identity or the sum of an array? Compute them anew."
)


def endless(outcome: Outcome, seconds: float) -> str:
    """About a call that was stopped after the seconds of computing allowed."""
    return (
        f"Your function had not finished after {seconds:g} seconds of computing on a small input. "
        f"Does a loop never end? It was stopped in {outcome.line.rstrip(':') or 'your code'}."
    )


def changes(names: tuple | None) -> str:
    """About a function that writes into these arguments; None if it tried to, into something that is read-only."""
    which = " and ".join(names) if names else "its input"
    return (
        f"Your function changes {which} in place, so whoever calls it loses the data. "
        "Build a new array (a = a - b) where you now write into the old one (a -= b, a[...] = b)."
    )


def raised(case: "Case", shown: bool) -> str:
    """About the error of a call; ``shown``: with the input it was raised on."""
    error, line = case.outcome.error, case.outcome.line
    said = f": {error}" if str(error) else ""
    place = f" ({line})" if line else ""
    on = " on this input" if shown else ""
    message = f"Your function stopped with {type(error).__name__}{said}{place}{on}. {about_error(error)}"
    return (message + (input_of(case) if shown else "")).strip()


def counterexample(case: "Case", name: str) -> str:
    """The input of a call, with what was given and what was expected of the part ``name``."""
    of = f" for {name}" if name else ""
    return (
        f"It differs on this small input.{input_of(case)}"
        f"\nYour function gave{of}:\n{_indented(show(case.parts[name]))}"
        f"\nExpected{of}:\n{_indented(show(case.expected[name]))}"
    )


def input_of(case: "Case") -> str:
    """The arguments of a call on lines of their own: "X = [[...", one name for each."""
    lines = []
    for name, value in zip(case.names, case.arguments):
        text = show(value)
        if hasattr(value, "covariances"):
            lines += [f"{name}.{line}" if " = " in line else line for line in text.split("\n")]
        else:
            lines.append(f"{name} = {text}")
    return "\n" + _indented("\n".join(lines))


def _indented(text):
    return "\n".join(f"    {line}" for line in text.split("\n"))
