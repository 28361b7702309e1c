"""Partial credit: what is right in part earns its share, by hand computed here, and nothing is earned by guessing."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from gmm_course import exercise, homework, homeworks
from gmm_course.checker import session
from gmm_course.checker.choice import Choice
from gmm_course.checker.feedback import verdict_note
from gmm_course.checker.function import Function
from gmm_course.checker.shares import least, points
from gmm_course.checker.value import Value
from gmm_course.checker.verdict import CORRECT, Verdict

EXERCISES = [e for name in homeworks() for e in homework(name).exercises]


def judged(exercise_id, answer, seed=1):
    owner = exercise(exercise_id)
    owner = replace(owner, seconds=300.0) if isinstance(owner, Function) else owner
    return owner.examine(answer, np.random.default_rng(seed))


# (exercise, answer, its share). The right answers are those of the solved notebooks.
OF_NUMBERS = [
    ("hw5.q2", [0.55, 0.70], 1),
    ("hw5.q2", [0.55, 0.50], Fraction(1, 2)),
    ("hw5.q2", [0.10, 0.70], Fraction(1, 2)),
    ("hw5.q2", [[0.55], [0.99]], Fraction(1, 2)),  # in a column
    ("hw5.q2", [0.55, np.nan], Fraction(1, 2)),
    ("hw5.q2", [0.70, 0.55], 0),  # in another order
    ("hw5.q2", [55, 70], 0),  # per cent
    ("hw5.q2", [-0.55, -0.70], 0),
    ("hw5.q2", [0.55], 0),  # of another shape
    ("hw5.q2", [0.55, 0.70, 0.1], 0),
    ("hw5.q2", [0.55, ...], 0),
    ("hw5.q2", [0.55, None], 0),
    ("hw5.q2", ..., 0),
    ("hw4.q1", [0.6, 0.4, 0.1], Fraction(1, 2)),  # the two shares are one part
    ("hw4.q1", [0.6, 0.3, 0.3], Fraction(1, 2)),
    ("hw4.q1", [0.6, 0.3, 0.1], 0),
    ("hw8.q3", [10, 8, 0.61], Fraction(2, 3)),
    ("hw8.q3", [10, 32, 1.47], Fraction(1, 3)),
    ("hw1.q1", [0.120, 0.104, 0.350], Fraction(2, 3)),
    ("hw5.q1", [0.30, 0.60, 0.90], 0),  # one calculation: all or nothing
    ("hw2.q1", [2, 3, 1, 1], 0),  # four guesses among three
    ("hw8.q1", [[3, 1, 0], [0, 4, 0], [1, 0, 3]], 0),
    ("hw1.q2", 7.63, 0),
]

# Six statements of which a, c, e hold; seven of which b, c, d hold; five of which b, d hold.
OF_STATEMENTS = [
    ("hw5.q6", "ace", 1),
    ("hw5.q6", "ac", Fraction(2, 3)),
    ("hw5.q6", "abce", Fraction(2, 3)),
    ("hw5.q6", "abc", 0),  # 2/3 - 1/3
    ("hw5.q6", "a", 0),
    ("hw5.q6", "abcdef", 0),
    ("hw5.q6", "", 0),
    ("hw3.q6", "bcde", Fraction(3, 4)),
    ("hw3.q6", "bc", Fraction(2, 3)),
    ("hw3.q6", "bcdef", 0),  # half
    ("hw10.q7", "b", 0),  # half
    ("hw10.q7", "abd", Fraction(2, 3)),
]


def expected_step(X, responsibilities, current, reg_covar):
    return exercise("hw6.q5").reference(X, responsibilities, current, reg_covar)


def step_with(**changed):
    def step(X, responsibilities, current, reg_covar):
        parts = expected_step(X, responsibilities, current, reg_covar)
        return tuple(changed[name](part) if name in changed else part for name, part in parts.items())

    return step


def both(X, parameters):
    return exercise("hw7.q3").reference(X, parameters)


def broken_iteration(X, weights, means, covariances):
    """The program of homework 9 as it is given: only its weights are wrong."""
    _, new_means, new_covariances = exercise("hw9.q1b").reference(X, weights, means, covariances)
    return weights, new_means, new_covariances


def sometimes(part):
    return part + (len(part) == 3)  # right for two and four components


def whole(change):
    """The M-step, its three results changed as one."""

    def step(X, responsibilities, current, reg_covar):
        return change(step_with()(X, responsibilities, current, reg_covar))

    return step


def e_step_with(responsibilities=1.0, log_likelihood=1.0):
    """The E-step, its results multiplied by these."""

    def e_step(X, parameters):
        parts = both(X, parameters)
        return parts["responsibilities"] * responsibilities, parts["log_likelihood"] * log_likelihood

    return e_step


OF_FUNCTIONS = [
    ("hw6.q5", step_with(weights=lambda part: 2 * part), Fraction(2, 3)),
    ("hw6.q5", step_with(weights=np.sqrt, means=np.sin), Fraction(1, 3)),
    ("hw6.q5", step_with(weights=sometimes), Fraction(2, 3)),
    ("hw6.q5", step_with(weights=lambda part: part[::-1]), Fraction(2, 3)),
    ("hw6.q5", step_with(weights=np.sqrt, means=np.sin, covariances=np.cos), 0),
    ("hw6.q5", whole(lambda parts: parts[::-1]), 0),  # in another order
    ("hw6.q5", whole(lambda parts: parts[:2]), 0),  # a part is missing
    ("hw6.q5", whole(lambda parts: None), 0),
    ("hw6.q5", whole(lambda parts: 1 / 0), 0),
    ("hw7.q3", e_step_with(log_likelihood=0), Fraction(1, 2)),
    ("hw7.q3", e_step_with(responsibilities=0.5), Fraction(1, 2)),
    ("hw7.q3", e_step_with(log_likelihood=-1, responsibilities=0.5), 0),
    ("hw9.q1b", broken_iteration, 0),
]


@pytest.mark.parametrize("exercise_id, answer, share", OF_NUMBERS + OF_STATEMENTS + OF_FUNCTIONS)
def test_a_share_is_what_was_computed_by_hand(exercise_id, answer, share):
    verdict = judged(exercise_id, answer)
    assert verdict.share == pytest.approx(float(share)), verdict.name
    assert verdict.right == (share == 1)
    assert bool(verdict.counted) == (0 < share < 1)


@pytest.mark.parametrize(
    "share, most, marks",
    [(1, 2, 2), (0, 2, 0), (1 / 2, 1, 0.5), (2 / 3, 2, 1.25), (1 / 3, 2, 0.75), (2 / 3, 3, 2), (4 / 5, 4, 3.25),
     (2 / 3, 1, 0.75), (0.99, 1, 0.75), (0.99, 4, 3.75), (0.125, 1, 0), (1, 0, 0), (1 / 2, 0, 0)],
)  # fmt: skip
def test_marks_are_the_nearest_quarter_and_never_all_for_a_part(share, most, marks):
    assert points(share, most) == marks


def test_of_several_seeds_the_least_share_counts_and_a_zero_ends_them():
    half, none = Verdict(False, "half", share=0.5), Verdict(False, "none")
    assert least([CORRECT, half, replace(half, name="later"), CORRECT]).name == "half"
    left = iter([CORRECT, none, half])
    assert least(left) is none and next(left) is half
    assert least([CORRECT, CORRECT]) is CORRECT


@pytest.mark.parametrize("owner", [e for e in EXERCISES if isinstance(e, Choice)], ids=lambda e: e.id)
def test_guessing_letters_does_not_pay(owner):
    """A coin for every statement earns under a tenth; so many letters, drawn at random, never more than a fifth."""
    by_size = [
        [owner.examine("".join(letters)).share for letters in combinations(owner.options, size)]
        for size in range(1, len(owner.options) + 1)
    ]
    assert sum(map(sum, by_size)) / sum(map(len, by_size)) < 0.1
    assert max(np.mean(shares) for shares in by_size) <= 0.2 + 1e-9


@pytest.mark.parametrize("owner", [e for e in EXERCISES if isinstance(e, Value) and e.apart], ids=lambda e: e.id)
def test_the_same_number_everywhere_earns_nothing(owner):
    places = sorted(place for part in owner.apart for place in part)
    assert places == list(range(np.size(owner.expected)))  # every entry belongs to one part
    for number in (0, 0.5, 1, 2):
        assert owner.examine(np.full(np.shape(owner.expected), number)).share == 0


def test_what_was_told_at_home_is_told_with_the_marks(capsys):
    session.check("hw4.q1", [0.6, 0.4, 0.1])
    said = capsys.readouterr().out
    assert "hw4.q1: not yet." in said and "\n1 of 2 parts is right.\n" in said
    verdict = judged("hw4.q1", [0.6, 0.4, 0.1])
    assert verdict_note(exercise("hw4.q1"), verdict).text == said.rstrip("\n")
    assert "5 of 6 statements are judged right." in verdict_note(exercise("hw5.q6"), judged("hw5.q6", "ac")).text


def test_a_page_and_the_marks_show_points_in_part():
    from gmm_course.grading.pages import page

    note = verdict_note(exercise("hw5.q2"), judged("hw5.q2", [0.55, 0.5]))
    verdicts = {"hw5-q2": {"right": False, "share": 0.5, "numbers": "", "text": note.text, "html": note._repr_html_()}}
    text = page("hw05_e_step", "ann", SimpleNamespace(cells=[]), {"verdicts": verdicts, "outputs": {}}, [])
    assert "(1 of 2 points)" in text and "<strong>1 of 17 points</strong>" in text and "1 of 2 parts is right." in text
