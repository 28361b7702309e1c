"""Partial credit: which share of an exercise's points an answer earns that is right in some of its parts.

The rule, for home and for the marks: right parts divided by all parts, in quarter points. A choice between statements
counts against what it chose wrongly, so that guessing does not pay.
"""

from collections.abc import Iterable, Set
from dataclasses import replace
from math import ceil

from .verdict import Verdict

STEP = 0.25  # of a point
AT_LEAST = 0.5  # a choice must earn more than this share: a lucky letter or two are no answer


def points(share: float, most: float) -> float:
    """What a share of ``most`` points is worth: the nearest quarter of a point, and never all but for the whole."""
    if share >= 1:
        return most
    return max(0.0, min(ceil(share * most / STEP - 0.5) * STEP, most - STEP))


def of_parts(verdict: Verdict, right: int, asked: int) -> Verdict:
    """The verdict on an answer of which so many of the parts asked for are right, each by itself."""
    if verdict.right or not 0 < right < asked:
        return verdict
    return replace(verdict, share=right / asked, counted=_counted(right, asked, "part"))


def of_statements(verdict: Verdict, chosen: Set[str], holding: Set[str], options: Set[str]) -> Verdict:
    """The verdict on a choice, by what of it is right.

    The share of the holding statements that were chosen, less that of the others: whoever draws letters, however many,
    comes to nothing on average. Half or less earns nothing.
    """
    others = options - holding
    share = len(chosen & holding) / len(holding) - (len(chosen & others) / len(others) if others else 0.0)
    if verdict.right or share <= AT_LEAST:
        return verdict
    judged = len(options) - len(chosen ^ holding)
    return replace(verdict, share=share, counted=_counted(judged, len(options), "statement"))


def least(verdicts: Iterable[Verdict]) -> Verdict:
    """Of the verdicts on the inputs of several seeds the one with the least share; the first that has none ends it."""
    asked = []
    for verdict in verdicts:
        asked.append(verdict)
        if not verdict.share:
            break
    return min(asked, key=lambda verdict: verdict.share)


def _counted(right, asked, what):
    return f"{right} of {asked} {what}s {'is' if right == 1 else 'are'} {'judged ' * (what != 'part')}right."
