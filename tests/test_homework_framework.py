"""The checker itself: what it recognises in any exercise, what it says, and that nothing an answer does can hurt."""

import math
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import gmm_course as hw
from gmm_course import is_stub
from gmm_course.checker import calling, session
from gmm_course.checker.calling import OutOfTime, call, time_limit
from gmm_course.checker.choice import Choice
from gmm_course.checker.comparing import NotNumbers, as_numbers, as_parts
from gmm_course.checker.exercise import Mistake
from gmm_course.checker.feedback import Note, bar, link_html, link_text
from gmm_course.checker.function import Function
from gmm_course.checker.text import Idea, Text
from gmm_course.checker.value import Value
from gmm_course.exercises import draws
from gmm_lib import e_step

ROOT = Path(__file__).resolve().parent.parent
COMMON = dict(id="hw5.t", title="a test", points=1, link="08_e_step#eq-11")


def rng(seed=0):
    return np.random.default_rng(seed)


def name_of(exercise, answer, seed=0):
    return exercise.examine(answer, rng(seed)).name


def points(rng, n):
    return (draws.points(rng, n),)


def test_importing_it_loads_neither_scikit_learn_nor_matplotlib():
    code = (
        "import gmm_course, sys; gmm_course.homework('hw5'); print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded and not {"sklearn", "matplotlib", "IPython", "nbformat", "nbgrader"} & set(loaded)


def message_of(exercise, answer, seed=0):
    return exercise.examine(answer, rng(seed)).message


# Numbers of any kind


@pytest.mark.parametrize(
    "value",
    [
        0.25,
        np.float32(0.25),
        Fraction(1, 4),
        Decimal("0.25"),
        [0.25],
        (Fraction(1, 4),),
        np.array([0.25], dtype=object),
    ],
)
def test_numbers_of_any_kind_are_read(value):
    assert np.ravel(as_numbers(value)).tolist() == [0.25]


@pytest.mark.parametrize("value", ["0.25", [0.25, "x"], {0.25}, [[1, 2], [3]], len, 1j, [None]])
def test_what_is_no_number_is_said(value):
    with pytest.raises(NotNumbers):
        as_numbers(value)


@pytest.mark.parametrize(
    "value, words",
    [(["0.3", "0.7"], "a list that holds text in quotation marks"), ([1, None], "a list that holds None"),
     (None, "None, not numbers"), (1j, "a complex number, not a real number"),
     (np.ones(2) * 1j, "an array that holds complex numbers"), ([len], "a list that holds more than numbers")],
)  # fmt: skip
def test_what_is_no_number_is_said_in_plain_words(value, words):
    with pytest.raises(NotNumbers, match=f"^{words}$"):
        as_numbers(value)


def test_the_part_that_is_no_number_is_named():
    with pytest.raises(NotNumbers, match=r"None, not numbers \(for means\)"):
        as_parts(([0.5, 0.5], None), ("weights", "means"))


def test_structured_answers_are_read_in_any_form():
    class Holder:
        a, b = 1, [2, 3]

    for value in ((1, [2, 3]), [1, (2, 3)], {"b": [2, 3], "a": 1}, Holder()):
        parts = as_parts(value, ("a", "b"))
        assert parts["a"] == 1 and parts["b"].tolist() == [2, 3]
    with pytest.raises(NotNumbers, match="2 things are asked for: a, b"):
        as_parts((1, 2, 3), ("a", "b"))


# Calling


def test_a_call_works_on_copies_holds_output_back_and_notices_changes(capsys):
    def spoil(X, settings):
        print("noise")
        X[0] = 7
        settings["a"].append(1)
        np.log(np.array([-1.0]))

    X, settings = np.zeros((2, 2)), {"a": []}
    outcome = call(spoil, (X, settings), ("X", "settings"))
    assert outcome.changed == ("X", "settings") and outcome.value is None and outcome.error is None
    assert not X.any() and settings == {"a": []}
    assert capsys.readouterr() == ("", "")


def test_parameters_changed_in_place_are_noticed():
    def shifts(parameters):
        parameters.means[:] += 1.0
        return parameters.means

    exercise = Function(
        **COMMON, reference=lambda parameters: parameters.means, inputs=lambda rng, n: (draws.parameters(rng),)
    )
    assert "in place" in exercise.examine(shifts, rng()).message


def test_a_reference_and_an_answer_draw_the_same_numbers():
    exercise = Function(
        **COMMON, reference=lambda n, rng: rng.random(n), inputs=lambda rng, n: (n, np.random.default_rng(n))
    )
    assert exercise.examine(lambda n, generator: list(generator.random(n)), rng()).right


def test_an_endless_loop_is_stopped_even_if_it_swallows_exceptions():
    def stubborn(X):
        while True:
            try:
                while True:
                    pass
            except Exception:
                pass

    outcome = call(stubborn, (1,), ("X",), seconds=0.3)  # that it comes back at all is the test
    assert outcome.late and outcome.line.startswith("line ")


def test_a_false_nothing_is_not_said_of_an_answer_of_another_shape():
    """That a result stays the same says nothing while its shape is not the one expected."""
    exercise = Function(
        **COMMON,
        reference=lambda X, y: X * y,
        inputs=lambda rng, n: (*points(rng, n), float(rng.normal())),
        sizes=(2, 3),
    )
    assert name_of(exercise, lambda X, y: y * np.ones(2)) == "wrong shape"
    assert name_of(exercise, lambda X, y: y * np.ones(X.shape)) == "ignores an argument"


def test_parts_in_another_order_and_one_size_are_named():
    exercise = Function(
        **COMMON,
        reference=lambda p: (p.weights, p.means),
        inputs=lambda rng, size: (draws.mixture(rng, size),),
        sizes=draws.SIZES,
        parts=("weights", "means"),
    )
    assert name_of(exercise, lambda p: (p.means, p.weights)) == "parts in another order"
    three = lambda p: ([p.weights[j] for j in range(3)], [p.means[j] for j in range(3)])  # noqa: E731
    verdict = exercise.examine(three, rng())
    assert verdict.name == "one size only" and "Right for 3 components, and not for 2" in verdict.message
    assert verdict.message.startswith("Your function stopped with IndexError: index 2 is out of bounds")


def test_a_size_is_not_blamed_for_what_was_right_by_chance():
    exercise = Function(
        **COMMON,
        reference=lambda X: X[0].sum(),
        inputs=lambda rng, size: (draws.points(rng, size.n, size.m),),
        sizes=tuple(draws.Size(3, 0, m) for m in (2, 3, 2, 4)),
    )
    names = [name_of(exercise, lambda X: X[0, 0] + abs(X[0, 1]), seed) for seed in range(20)]  # for two: half the time
    assert "one size only" not in names
    assert name_of(exercise, lambda X: X[0, 0] + X[0, 1]) == "one size only"


def test_a_log_joint_has_components_and_no_dimensions():
    exercise = Function(
        **COMMON,
        reference=lambda log_joint: np.exp(log_joint),
        inputs=lambda rng, n: (np.round(rng.normal(0, 1, (n, n + 1)), 1),),
        sizes=(2, 4, 5),
    )
    assert "(5, 6), that is (n, k)" in message_of(exercise, lambda log_joint: np.exp(log_joint)[:, :2])


def test_two_shares_that_are_exchanged_are_not_called_a_complement():
    shares = lambda rng, n: (draws.responsibilities(rng, n, 2),)  # noqa: E731
    exercise = Function(**COMMON, reference=lambda w: w, inputs=shares, sizes=(2, 4, 5))
    assert name_of(exercise, lambda w: w[:, ::-1]) == "components in another order"


def test_masks_side_by_side_are_told_of_ix():
    exercise = Function(
        **COMMON,
        reference=lambda S: S[1:, :-1].sum(),
        inputs=lambda rng, m: (draws.covariance(rng, m),),
        sizes=(4, 5, 6),
    )
    verdict = exercise.examine(lambda S: S[np.arange(1, len(S)), np.arange(len(S) - 2)].sum(), rng())
    assert verdict.name == "np.ix_ forgotten" and "np.ix_(u, o)" in verdict.message


KEPT = {}


def kept_by_the_sum(X):
    key = X.shape, round(float(X.sum()), 6)
    return KEPT.setdefault(key, X[0].copy())


def kept_by_the_object(X, seen=[]):  # noqa: B006 (the bug)
    if not seen or seen[0] is not X:
        seen[:] = [X, X[0].copy()]
    return seen[1]


@pytest.mark.parametrize("answer", [kept_by_the_sum, kept_by_the_object])
def test_a_function_that_remembers_is_named(answer):
    exercise = Function(**COMMON, reference=lambda X: X[0], inputs=points, sizes=(2, 3, 5))
    assert exercise.examine(lambda X: X[0], rng()).right
    assert name_of(exercise, answer) == "remembers"


def test_only_computing_counts_and_who_waits_for_ever_is_stopped(monkeypatch):
    """A machine that is busy with something else keeps the answer waiting, as a sleep does here."""
    assert call(lambda X: time.sleep(0.5) or 7, (1,), ("X",), seconds=0.1).value == 7
    monkeypatch.setattr(calling, "PATIENCE", 0.3)
    assert call(lambda X: [time.sleep(0.05) for _ in iter(int, 1)], (1,), ("X",), seconds=0.1).late


def never_ends(X):
    while True:
        X = X + 0


def asks_a_helper(X):
    return [never_ends(X) for _ in range(2)]


def divides_in_a_comprehension(X):
    zeros = X * 0
    return [1 / int(zero) for zero in zeros]


def test_a_line_is_counted_from_the_def_it_stands_under():
    line = call(asks_a_helper, (np.zeros(2),), ("X",), seconds=1).line  # long enough to get into the loop
    assert line in ("line 2 of never_ends: while True:", "line 3 of never_ends: X = X + 0")
    line = call(divides_in_a_comprehension, (np.zeros(2),), ("X",)).line
    assert line == "line 3 of divides_in_a_comprehension: return [1 / int(zero) for zero in zeros]"


def test_the_alarm_clock_is_put_back():
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(OutOfTime), time_limit(0.05):  # noqa: PT012 (an endless loop is what is wanted)
        while True:
            pass
    assert signal.getsignal(signal.SIGALRM) == before and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="since Python 3.12; in the pages it is tested as well")
def test_where_no_signal_can_stop_a_call_it_is_watched(monkeypatch):
    monkeypatch.delattr(signal, "setitimer")
    assert call(never_ends, (np.zeros(2),), ("X",), seconds=0.1).late
    assert sys.monitoring.get_tool(sys.monitoring.PROFILER_ID) is None


def test_the_points_so_far_are_those_of_the_last_checks(fresh):
    assert session.points_so_far("hw5") == (0, 15, 2)
    hw.check("hw5.q1", [0.3, 0.6, 0.1])
    hw.check("hw5.q6", "ab")
    assert session.points_so_far("hw5") == (2, 15, 2)
    hw.check("hw5.q1", ...)
    assert session.points_so_far("hw5") == (0, 15, 2)


def test_exit_in_an_answer_does_not_end_the_session():
    exercise = Function(**COMMON, reference=lambda X: X.sum(), inputs=points)
    assert name_of(exercise, lambda X: sys.exit(3)) == "raises"


# Recognised in any function


def mean(X):
    return X.mean(axis=0)


def mean_exercise(**options):
    return Function(
        **COMMON, reference=mean, inputs=lambda rng, n: (draws.points(rng, n, spread=20),), sizes=(2, 3, 5), **options
    )


def stub(X):
    """What it should do."""
    ...


def not_implemented(X):
    raise NotImplementedError("later")


counter = iter(range(10**6))

GENERAL = {
    "unanswered": [None, ..., stub, not_implemented, lambda X: None],
    "not a function": [3.0, "text", np.zeros(2)],
    "wrong arguments": [lambda: 1, lambda X, y: 1],
    "returns None": [lambda X: print(X)],
    "branch without a return": [lambda X: mean(X) if len(X) < 5 else None],
    "raises": [
        lambda X: np.ones(9) @ X,
        lambda X: undefined,  # noqa: F821
        lambda X: 1 / 0,
        lambda X: X[99],
        lambda X: math.log(-len(X)),
        lambda X: math.exp(1000 * len(X)),
    ],
    "changes its input": [lambda X: X.sort(axis=0) or X.mean(axis=0), lambda X: X.__isub__(1.0).mean(axis=0) + 1],
    "wrong type": [lambda X: "text", lambda X: [[1], [2, 3]], lambda X: mean],
    "wrong shape": [lambda X: X.mean(axis=1)],
    "extra axis": [lambda X: X.mean(axis=0, keepdims=True)],
    "not finite": [lambda X: X.mean(axis=0) / 0.0, lambda X: X.mean(axis=0) * np.nan],
    "sign": [lambda X: -X.mean(axis=0)],
    "upside down": [lambda X: 1 / X.mean(axis=0)],
    "complement": [lambda X: 1 - X.mean(axis=0)],
    "components in another order": [lambda X: X.mean(axis=0)[::-1]],
    "rounded": [lambda X: X.mean(axis=0).round(1)],
    "whole numbers": [lambda X: X.mean(axis=0).astype(int)],
    "constant factor": [
        lambda X: X.sum(axis=0),
        lambda X: X.sum(0) / (len(X) - 1),
        lambda X: 2 * mean(X),
        lambda X: 1.7 * mean(X),
    ],
    "constant offset": [lambda X: X.mean(axis=0) + 0.5],
    "hard-coded": [lambda X: [0.1, 0.2], lambda X: np.zeros(2)],
    "unstable": [lambda X: mean(X) + np.random.rand(), lambda X: mean(X) * (1 + next(counter))],
    "differs": [lambda X: np.median(X, axis=0) + X[0] ** 2],
}


@pytest.mark.parametrize("name, answer", [(name, answer) for name, answers in GENERAL.items() for answer in answers])
def test_a_common_mistake_is_named(name, answer):
    for seed in range(3):
        verdict = mean_exercise().examine(answer, rng(seed))
        assert verdict.name == name, verdict.message
        assert verdict.message and "!" not in verdict.message


@pytest.mark.parametrize(
    "factor, words",
    [(lambda n: n, "n times"), (lambda n: 1 / n, "1/n of"), (lambda n: n / (n - 1), "divide by n, not by n - 1")],
)
def test_a_factor_is_named_by_what_it_is(factor, words):
    verdict = mean_exercise().examine(lambda X: mean(X) * factor(len(X)), rng())
    assert words in verdict.message


def test_transposed_rows_columns_and_powers_are_named():
    square = Function(
        **COMMON, reference=lambda X: X.T @ np.diag(range(len(X))) @ X + [[0, 1], [0, 0]], inputs=points, sizes=(4, 6)
    )
    assert name_of(square, lambda X: (X.T @ np.diag(range(len(X))) @ X + [[0, 1], [0, 0]]).T) == "transposed"
    table = Function(**COMMON, reference=lambda X: np.exp(X), inputs=points)
    assert name_of(table, lambda X: np.exp(X).T) == "transposed"
    assert name_of(table, lambda X: X) == "logarithm"
    assert name_of(table, lambda X: np.exp(X) ** 2) == "square"
    assert name_of(table, lambda X: np.exp(X / 2)) == "square root"
    assert name_of(table, lambda X: np.exp(X)[::-1]) == "rows reversed"
    logs = Function(**COMMON, reference=lambda X: X, inputs=points)
    assert name_of(logs, lambda X: np.exp(X)) == "not the logarithm"


def test_rows_that_do_not_sum_to_one_are_named():
    exercise = Function(**COMMON, reference=e_step.normalize, inputs=points, rows_sum_to_one=True)
    assert name_of(exercise, lambda a: np.exp(a) / np.exp(a).sum(axis=0)) == "wrong axis"
    assert name_of(exercise, lambda a: np.exp(a)) == "rows do not sum to one"
    assert name_of(exercise, lambda a: 0.3 * e_step.normalize(a) + 0.01 * np.exp(a)) == "rows do not sum to one"


@pytest.mark.parametrize(
    "factor, words", [(0.5, "row 2 of yours sums to 0.5"), (1 + 2e-5, "row 2 of yours sums to 1.00002")]
)
def test_the_row_shown_is_one_that_does_not_sum_to_one(factor, words):
    exercise = Function(**COMMON, reference=e_step.normalize, inputs=points, rows_sum_to_one=True)

    def all_but_the_first(a):
        return e_step.normalize(a) * np.where(np.arange(len(a)) > 0, factor, 1)[:, None]

    assert words in message_of(exercise, all_but_the_first)


def test_underflow_is_named_when_only_corners_fail():
    far = Function(
        **COMMON, reference=e_step.normalize, inputs=points, corners=(lambda rng: (np.full((2, 2), -2000.0),),)
    )
    assert name_of(far, lambda a: np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)) == "underflow"


def normalise_in_plain_python(a):
    joint = [[math.exp(entry) for entry in row] for row in a]
    return [[entry / sum(row) for entry in row] for row in joint]


def log_of_sums_in_plain_python(a):
    return [math.log(sum(math.exp(entry) for entry in row)) for row in a]


@pytest.mark.parametrize(
    "reference, answer, corner",
    [
        (e_step.normalize, normalise_in_plain_python, np.full((2, 2), -2000.0)),  # division by zero
        (e_step.normalize, normalise_in_plain_python, np.full((2, 2), 2000.0)),  # math range error
        (lambda a: np.logaddexp(*a.T), log_of_sums_in_plain_python, np.full((2, 2), -2000.0)),  # math domain error
    ],
)
def test_plain_python_that_fails_only_at_a_corner_is_underflow_too(reference, answer, corner):
    exercise = Function(**COMMON, reference=reference, inputs=points, corners=(lambda rng: (corner,),))
    verdict = exercise.examine(answer, rng())
    assert verdict.name == "underflow" and "-inf" in verdict.message and "point" not in verdict.message


def test_an_error_of_another_kind_at_a_corner_is_shown_with_its_input():
    exercise = Function(
        **COMMON, reference=lambda X: X.sum(), inputs=points, corners=(lambda rng: (np.zeros((1, 3)),),)
    )
    verdict = exercise.examine(lambda X: X.sum() + 0 * X[X.shape[1] - 3 and 0, 0] if X.shape[1] == 2 else X[9], rng())
    assert verdict.name == "raises" and "on this input" in verdict.message


@pytest.mark.parametrize(
    "answer, words",
    [(lambda X: math.sqrt(-1.0), "sqrt at least zero"), (lambda X: math.exp(1e4), "too large for the machine")],
)
def test_errors_of_plain_python_are_explained(answer, words):
    assert words in message_of(mean_exercise(), answer)


def test_a_branch_without_a_return_is_shown_the_input_that_takes_it():
    verdict = mean_exercise().examine(lambda X: mean(X) if len(X) < 5 else None, rng())
    assert verdict.message.split("X = ")[1].count("[") == 1 + 5


def test_a_yes_or_no_is_not_taken_for_a_number():
    exercise = Function(**COMMON, reference=lambda x: x > 0, inputs=lambda rng, n: (n % 2 - 0.5,), sizes=(1, 2, 3, 4))
    assert exercise.examine(lambda x: int(x > 0), rng()).right
    assert name_of(exercise, lambda x: x <= 0) == "complement"
    assert name_of(exercise, lambda x: True) == "hard-coded"
    for answer in (lambda x: (x > 0) + 0.5, lambda x: np.exp(x > 0), lambda x: 2 * (x > 0)):
        assert name_of(exercise, answer) == "differs"
    either = Function(**COMMON, reference=lambda x, y: x > y, inputs=lambda rng, n: (float(n), 2.5), sizes=(1, 2, 3, 4))
    assert name_of(either, lambda x, y: x > 3) == "differs"


def test_an_argument_that_is_not_used_is_named():
    exercise = Function(
        **COMMON, reference=lambda X, y: X * y, inputs=lambda rng, n: (*points(rng, 3), float(rng.normal()))
    )
    verdict = exercise.examine(lambda X, y: X**2, rng())
    assert verdict.name == "ignores an argument" and "whatever y holds" in verdict.message


def test_the_smallest_input_on_which_an_answer_differs_is_shown():
    def wrong_from_three_points_on(X):
        return X.mean(axis=0) + (len(X) > 2) * X[-1] ** 2

    verdict = mean_exercise().examine(wrong_from_three_points_on, rng(1))
    shown = verdict.message.split("Your function gave")[0]
    assert verdict.name == "differs" and shown.count("[") == 1 + 3  # an array of three points
    assert "Expected:" in verdict.message and "def " not in verdict.message and "return" not in verdict.message


def test_the_line_that_raised_is_shown():
    def answer(X):
        total = 0
        for row in X:
            total += row.nothing
        return total

    verdict = mean_exercise().examine(answer, rng())
    assert "line 4 of answer: total += row.nothing" in verdict.message


def test_a_mistake_with_a_second_fault_is_still_named():
    mistake = Mistake(name="sum", message="It is a sum.", wrong=lambda X: X.sum(axis=0))
    exercise = mean_exercise(mistakes=(mistake,), corners=(lambda rng: (np.full((1, 2), np.inf),),))
    assert name_of(exercise, lambda X: np.nan_to_num(X.sum(axis=0), posinf=0.0)) == "sum"


def test_components_may_come_in_any_order():
    exercise = Function(
        **COMMON,
        reference=lambda p: (p.weights, p.means),
        inputs=lambda rng, n: (draws.parameters(rng),),
        parts=("weights", "means"),
        by_component={"weights": 0, "means": 0},
    )
    assert exercise.examine(lambda p: {"means": p.means[[2, 0, 1]], "weights": p.weights[[2, 0, 1]]}, rng()).right
    assert not exercise.examine(lambda p: (p.weights[[2, 0, 1]], p.means), rng()).right
    verdict = exercise.examine(lambda p: (p.weights, -p.means), rng())
    assert verdict.name == "sign" and verdict.message.startswith("In means: ")


def test_an_answer_can_be_judged_by_its_properties():
    exercise = Function(
        **COMMON,
        inputs=lambda rng, n: (n, rng),
        names=("n", "rng"),
        random=True,
        mistakes=(Mistake(name="negative", message="Numbers below zero.", when=lambda a, out, _: (out[""] < 0).any()),),
    )
    assert exercise.examine(lambda n, rng: rng.random(n), rng()).right
    assert name_of(exercise, lambda n, rng: -rng.random(n)) == "negative"


# The other kinds


@pytest.mark.parametrize(
    "answer, name",
    [(..., "unanswered"), ((..., 1), "unanswered"), ([25, 75], "per cent"), ([-0.25, -0.75], "sign"),
     ([0.75, 0.25], "wrong order"), ([0.24, 0.76], "rounded"), ([0.25], "wrong shape"), ("a", "wrong type"),
     ([0.5, 0.9], "does not sum to one"),
     ([0.5, 0.5], "half"), ([0.6, 0.4], "differs"), ([np.nan, 1], "not finite")],
)  # fmt: skip
def test_a_pencil_answer(answer, name):
    half = Mistake(name="half", message="Equal shares.", wrong=[0.5, 0.5])
    exercise = Value(**COMMON, expected=[0.25, 0.75], sums_to_one=True, mistakes=(half,))
    assert exercise.examine((Fraction(1, 4), 0.7501)).right
    verdict = exercise.examine(answer)
    assert verdict.name == name
    assert "0.25" not in verdict.message.replace("such as 0.25", "") and "0.75" not in verdict.message


def test_a_pencil_answer_may_be_a_column():
    exercise = Value(**COMMON, expected=[5, 3])
    assert exercise.examine([[5], [3]]).right and exercise.examine([[5, 3]]).right
    assert name_of(exercise, [[5, 3], [5, 3]]) == "wrong shape"
    assert Value(**COMMON, expected=[[5], [3]]).examine([5, 3]).right


@pytest.mark.parametrize(
    "expected, answer, name, words",
    [
        (3.14159, 3.1, "rounded", "more digits"),
        (2.0, 1.99, "rounded", "on the way"),
        (5, 6, "differs", "6, is not"),
        ([5, 0.123], [5, 0.15], "rounded", "more digits"),
    ],
)
def test_more_digits_are_not_asked_of_a_count(expected, answer, name, words):
    exercise = Value(**COMMON, expected=expected, tolerance=0.2 if answer == 6 else 6e-3)
    verdict = exercise.examine(answer)
    assert verdict.name == name and words in verdict.message
    assert words == "more digits" or "more digits" not in verdict.message


def test_a_choice_takes_letters_in_any_form_and_never_says_which_is_missing():
    exercise = Choice(**COMMON, options={"a": "Think of a.", "b": "Think of b.", "c": "Think of c."}, right="ac")
    for answer in ("ac", "A, C", ["c", "a"], {"a", "c"}, ("ac",)):
        assert exercise.examine(answer).right
    assert [name_of(exercise, answer) for answer in ("abc", "a", "z", ..., "", 3)] == [
        "chose b", "left out c", "wrong type", "unanswered", "unanswered", "wrong type"
    ]  # fmt: skip
    for answer, letter in (("abc", "b"), ("a", "c")):
        verdict = exercise.examine(answer)
        assert f"({letter})" not in verdict.message and f"Think of {letter}." in verdict.message


def test_a_text_is_looked_through_for_its_ideas():
    exercise = Text(**COMMON, least=4, ideas=(Idea(words=("species", "class"), hint="What was never told?"),))
    assert [name_of(exercise, answer) for answer in ("", ..., 3)] == ["unanswered", "unanswered", "wrong type"]
    for answer, name in (
        ("The model knows no Species at all.", "all found"),
        ("In short.", "short"),
        ("It is all about the covariance.", "idea 1 not found"),
    ):
        verdict = exercise.examine(answer)
        assert verdict.right and verdict.name == name and "your teacher reads the text" in verdict.message


def test_stubs_are_told_from_short_functions():
    def keeps_docstring(X):
        """Words."""

    assert not is_stub(lambda X: ...)  # it returns the dots
    assert (
        is_stub(stub)
        and is_stub(keeps_docstring)
        and not is_stub(mean)
        and not is_stub(len)
        and not is_stub(lambda X: 1)
    )


# The session


@pytest.fixture
def fresh(monkeypatch):
    monkeypatch.setattr(session, "_done", {})
    monkeypatch.setattr(session, "_shares", {})
    monkeypatch.setattr(session, "_tries", {})
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def test_check_and_progress_print_plain_text(fresh, capsys):
    hw.progress()
    hw.check("hw5.q1", [0.3, 0.6, 0.1])
    hw.check("hw5.q6", "ab")
    hw.progress()
    out = capsys.readouterr().out
    assert "Nothing has been checked yet" in out
    assert "hw5.q1: correct. [##----------] 1 of 7 done\n" in out
    assert (
        "hw5.q6: not yet. These are not exactly the ones that hold." in out and 'See the chapter "The E-step".' in out
    )
    assert "done: q1\n" in out and "open: q2 (" in out and "read by your teacher: q8" in out


def test_which_letter_it_is_is_said_only_after_some_tries(fresh, capsys):
    for _ in range(session.FIRST_TRIES):
        hw.check("hw5.q6", "abce")
        assert "(b)" not in capsys.readouterr().out
    hw.check("hw5.q6", "abce")
    assert "(b) does not hold." in capsys.readouterr().out


def test_a_text_is_noted_and_not_called_correct(fresh, capsys):
    hw.check("hw8.q8", "I would ask for the adjusted Rand index.")
    out = capsys.readouterr().out
    assert "hw8.q8: noted." in out and "correct" not in out and "only looks for words" in out


def test_a_right_answer_that_is_broken_again_is_open_again(fresh, capsys):
    hw.check("hw5.q1", [0.3, 0.6, 0.1])
    hw.check("hw5.q1", ...)
    hw.progress("hw5")
    assert "0 of 7 done" in capsys.readouterr().out


@pytest.fixture
def unwatched(monkeypatch):
    """A Python before 3.12, which cannot watch what a call does."""
    monkeypatch.delattr(sys, "monitoring", raising=False)


def without_a_timer(monkeypatch):
    monkeypatch.delattr(signal, "setitimer")


def without_an_alarm(monkeypatch):
    monkeypatch.delattr(signal, "SIGALRM")


def outside_the_main_thread(monkeypatch):
    monkeypatch.setattr(threading, "main_thread", lambda: None)


@pytest.mark.parametrize("how", [without_a_timer, without_an_alarm, outside_the_main_thread])
def test_where_nothing_can_stop_a_call_that_is_said_before_it(how, fresh, unwatched, monkeypatch, capsys):
    seen = []

    def mixing_weights(w):
        seen.append(capsys.readouterr().out)
        return w.mean(axis=0)

    hw.check("hw5.q5", mixing_weights, seed=0)
    assert not any(seen) and "no time limit" not in capsys.readouterr().out
    how(monkeypatch)
    for ask in (hw.check, hw.grade):
        seen.clear()
        ask("hw5.q5", mixing_weights)
        assert "There is no time limit here" in seen[0] and not any(seen[1:])
    hw.check("hw5.q1", [0.3, 0.6, 0.1])
    assert "time limit" not in capsys.readouterr().out  # a number needs none


def test_in_a_thread_of_its_own_a_check_works_and_says_that_it_has_no_limit(fresh, unwatched, capsys):
    thread = threading.Thread(target=hw.check, args=("hw5.q5", lambda w: w.mean(axis=0)))
    thread.start()
    thread.join()
    out = capsys.readouterr().out
    assert "There is no time limit here" in out and "hw5.q5: correct." in out


def test_grading_raises_with_the_same_message(fresh):
    hw.grade("hw5.q5", lambda w: w.mean(axis=0))
    with pytest.raises(AssertionError, match="must sum to one") as caught:
        hw.grade("hw5.q5", lambda w: w.sum(axis=0))
    assert isinstance(caught.value, hw.NotYetRight)
    assert "must sum to one" in caught.value._render_traceback_()[0]


def test_while_nbgrader_grades_a_check_leaves_it_to_the_hidden_test(fresh, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    hw.check("hw5.q5", lambda w: 1 / 0)
    assert capsys.readouterr().out == ""
    hw.grade("hw5.q1", [0.3, 0.6, 0.1])
    assert "hw5.q1: correct." in capsys.readouterr().out
    with pytest.raises(hw.NotYetRight) as caught:
        hw.grade("hw5.q1", 3)
    assert "hw5.q1: not yet." in capsys.readouterr().out
    assert caught.value._render_traceback_() == ["No points yet: see the message above."]


def test_unknown_exercises_are_refused():
    for name in ("hw5.q99", "hw99.q1", "q1", 3):
        with pytest.raises(ValueError, match="exercise_id must"):
            hw.check(name, 1)
    with pytest.raises(ValueError, match="homework_id must be one of"):
        hw.progress("hw99")


# Words


def test_a_bar_is_empty_at_the_start_and_full_at_the_end():
    assert bar(0, 7) == "[------------] 0 of 7 done" and bar(7, 7) == "[############] 7 of 7 done"


def test_links_in_words():
    assert link_text("08_e_step#eq-11") == 'See the chapter "The E-step", equation (11).'
    assert link_text("08_e_step#eq-8-2") == 'See the chapter "The E-step", equation (8.2).'
    assert link_text("08_e_step#erratum-7") == 'See the chapter "The E-step", slip 7.'
    assert link_text("11_evaluation") == 'See the chapter "Iris".'
    assert link_text("17_missing#eq-17-4") == 'See the chapter "Gaps", equation (17.4).'


def test_links_lead_to_the_notebook_near_by_or_to_the_site_or_nowhere(monkeypatch):
    monkeypatch.delenv("GMM_BOOK_URL", raising=False)
    monkeypatch.chdir(ROOT / "book" / "homework" / "source" / "hw05_e_step")
    assert 'href="../../../chapters/08_e_step.ipynb#eq-11"' in link_html("08_e_step#eq-11")
    assert 'href="../../../beyond/13_covariance_types.ipynb"' in link_html("13_covariance_types")
    monkeypatch.setenv("GMM_BOOK_URL", "https://example.org/book/")
    assert 'href="https://example.org/book/chapters/08_e_step.html#eq-11"' in link_html("08_e_step#eq-11")
    assert 'href="https://example.org/book/beyond/17_missing.html#eq-17-4"' in link_html("17_missing#eq-17-4")
    monkeypatch.setenv("GMM_BOOK_URL", "")
    assert "href" not in link_html("08_e_step#eq-11")


def test_a_note_is_escaped_in_a_notebook():
    html = Note("hw5.q1: not yet. <b>&\n    X = [<1]", False)._repr_html_()
    assert "<b>" not in html and "&lt;b&gt;&amp;" in html and "<code>" in html
