"""One examination of one answer that is a function: the calls, what went wrong in them, what their values show."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from . import outputs, words
from .axes import dimensions, parts_reordered, reorderings, unwrap_single_numbers
from .calling import Outcome, call
from .comparing import NotNumbers, all_close, as_parts, close
from .errors import about_brackets, forgets_ix, gives_nan_in_numpy
from .shares import of_parts
from .verdict import CORRECT, Verdict

if TYPE_CHECKING:  # which in turn examines with what stands here
    from .function import Function

AGAIN = 4  # more calls at each size that was right, before a size is said to be written into an answer


@dataclass(frozen=True, eq=False)
class Case:
    """One call of a student's function.

    Attributes
    ----------
    arguments : tuple
    corner : bool
        Whether it is one at which only a careful answer is right.
    expected : dict of arrays or None
        The right parts by name; None without a reference.
    outcome : Outcome
    names : tuple of str
        Those of the arguments.
    parts : dict of arrays, NotNumbers or None
        What the function gave, by name; why it cannot be read as numbers; None if it raised an error or was not read.
    """

    arguments: tuple
    corner: bool
    expected: Any
    outcome: Outcome
    names: tuple
    parts: Any = None

    @property
    def dims(self) -> dict[str, int]:
        """n, m and k as far as they can be read off the arguments."""
        return dimensions(self.arguments, self.names)


class Examination:
    """An answer called on inputs drawn with ``rng``, and judged against what the exercise expects.

    Attributes
    ----------
    exercise : Function
    answer : callable
    cases : list of Case
        The calls, in increasing size, the corners last.
    """

    def __init__(self, exercise: "Function", answer: Callable, rng: np.random.Generator):
        self.exercise = exercise
        self.answer = answer
        self.cases = []
        self._rng = rng
        self._draws = exercise.draw(rng)
        self._left = exercise.seconds  # drawing the inputs, and the right answers, are not the student's time

    def verdict(self) -> Verdict:
        """Call the answer on every input and judge what came of it."""
        return self._stopped_in_a_call() or self._of_errors() or self.exercise.judge_values(self)

    def ask(self, arguments: tuple, function: Callable | None = None) -> Outcome:
        """One more call of the answer (or of a function around it), within what is left of the time."""
        before = time.process_time()
        outcome = call(function or self.answer, arguments, self.exercise.argument_names, self._left)
        self._left -= time.process_time() - before
        return outcome

    def _case(self, arguments, corner, expected, outcome):
        return Case(arguments, corner, expected, outcome, self.exercise.argument_names)

    # What went wrong in a call

    def _stopped_in_a_call(self):
        """Make the calls; the verdict on the first that found no end or is not written yet, else None."""
        for arguments, corner in self._draws:
            outcome = self.ask(arguments)
            if outcome.late:
                return self.exercise.not_yet("endless loop", words.endless(outcome, self.exercise.seconds))
            if isinstance(outcome.error, NotImplementedError):
                return self.exercise.unanswered(
                    "Replace the NotImplementedError by your own code, run that cell, then this one."
                )
            self.cases.append(self._case(arguments, corner, self.exercise.expect(arguments), outcome))
        return None

    def _of_errors(self):
        failed = [case for case in self.cases if case.outcome.error is not None]
        silent = [case for case in self.cases if case.outcome.error is None and case.outcome.value is None]
        if changed := self._changes_its_input(failed):
            return changed
        if len(silent) == len(self.cases):
            return self.exercise.not_yet(
                "returns None", "Your function returns None. Is the return missing at its end?"
            )
        if len(failed) == len(self.cases):
            return self.raised(failed[0], shown=False)
        if silent:
            shown = words.input_of(silent[0])
            return self.exercise.not_yet("branch without a return", words.BRANCH + shown)
        return None

    def _changes_its_input(self, failed):
        changed = next((case.outcome.changed for case in self.cases if case.outcome.changed), None)
        if changed or any("read-only" in str(case.outcome.error) for case in failed):
            return self.exercise.not_yet("changes its input", words.changes(changed))
        return None

    def raised(self, case: Case, shown: bool = True) -> Verdict:
        """The verdict on a call that raised an error; ``shown``: with the input it was raised on."""
        name = "np.ix_ forgotten" if forgets_ix(case.outcome.error) else "raises"
        return self.exercise.not_yet(name, words.raised(case, shown))

    # What the values show

    def judge_values(self) -> Verdict:
        """The verdict from the values of calls that all came to an end."""
        self.cases = [self._read(case) for case in self.cases]
        unreadable = next((case for case in self.cases if isinstance(case.parts, NotNumbers)), None)
        if unreadable:
            return self.exercise.not_yet("wrong type", f"Your function returns {unreadable.parts}.")
        if self.exercise.reference is None:
            return self._of_properties() or CORRECT
        wrong = [case for case in self.cases if not self._is_right(case)]
        if not wrong:
            return self._of_memory() or CORRECT
        return self._of_order() or self._in_part(self._what_it_shows(wrong))

    def _what_it_shows(self, wrong):
        return (
            self._of_ordinary_errors(wrong)
            or self._of_mistakes(wrong)
            or self._of_one_size(wrong)
            or self._of_corner_errors(wrong)
            or self._of_detectors(wrong)
            or self._counterexample(wrong[0])
        )

    def _read(self, case):
        if case.outcome.error is not None:
            return case
        try:
            return replace(case, parts=self._parts_of(case.outcome.value, case.expected))
        except NotNumbers as error:
            return replace(case, parts=error)

    def _parts_of(self, value, expected):
        parts = as_parts(value, self.exercise.parts)
        return parts if expected is None else unwrap_single_numbers(parts, expected)

    def _alike(self, parts, others):
        return all_close(parts, others, self.exercise.rtol, self.exercise.atol)

    def _is_right(self, case):
        if case.parts is None:
            return False
        if self._alike(case.parts, case.expected):
            return True
        axes = self.exercise.by_component
        return axes is not None and any(self._alike(other, case.expected) for other in reorderings(case.parts, axes))

    # Right in some parts

    def _in_part(self, verdict):
        """With the share of the parts that are right in every call; another part may be wrong, none may be missing."""
        names = self.exercise.parts
        if self.exercise.all_or_nothing or not names or any(case.parts is None for case in self.cases):
            return verdict
        right = set(names).intersection(*(self._right_parts(case) for case in self.cases))
        return of_parts(verdict, len(right), len(names))

    def _right_parts(self, case):
        """The names of the parts that are right in one call, the components in the order that suits most of them."""
        axes = self.exercise.by_component
        orders = [case.parts, *(reorderings(case.parts, axes) if axes else ())]
        return max((self._equal_parts(parts, case.expected) for parts in orders), key=len)

    def _equal_parts(self, parts, expected):
        return {name for name in parts if close(parts[name], expected[name], self.exercise.rtol, self.exercise.atol)}

    # Right for some sizes, in some order, once

    def _of_memory(self):
        """The verdict on an answer that was right each time: whether it is when it is asked once more."""
        if self.exercise.random:
            return None
        if not self._repeats(self.cases[-1]):
            return self._unstable()
        last = [case for case in self.cases if not case.corner][-1]
        if not self.exercise.rows_free or not last.arguments or np.ndim(last.arguments[0]) != 2:
            return None
        turned = (last.arguments[0][::-1].copy(), *last.arguments[1:])
        outcome = self.ask(copy.deepcopy(last.arguments), self._again_with_the_rows_turned)
        if outcome.error is not None:
            return None
        expected = self.exercise.expect(turned)
        again = replace(last, arguments=turned, expected=expected, outcome=outcome)
        again = self._read(again)
        if isinstance(again.parts, NotNumbers) or self._is_right(again):
            return None
        return self.exercise.not_yet("remembers", words.REMEMBERS)

    def _again_with_the_rows_turned(self, first, *others):
        """The answer to the same array, of the same sum, once other numbers stand in it."""
        self.answer(first, *copy.deepcopy(others))
        first[...] = first[::-1].copy()
        return self.answer(first, *others)

    # A size that seems written in is told alone, or after the error that the answer stopped with.

    def _of_one_size(self, wrong):
        first = next((case for case in wrong if not case.corner), None)
        said = self._a_size_written_in(wrong, first)
        if said is None:
            return None
        return self.exercise.not_yet("one size only", said + words.input_of(first))

    def _a_size_written_in(self, wrong, first):
        """What is said if it is right whenever k, or m, is one number, and never otherwise: as if that number were
        written into it. ``first`` is the call that is shown.

        In one dimension alone much is right that forgets the others, and says no more than that.
        """
        ordinary = [case for case in self.cases if not case.corner]
        for name, what in (("k", "components"), ("m", "dimensions")):
            right = {case.dims.get(name) for case in ordinary if case not in wrong}
            other = {case.dims.get(name) for case in ordinary if case in wrong}
            enough = sum(case not in wrong for case in ordinary) > 1
            if (
                len(right) == 1
                and right != {1}
                and enough
                and other
                and not (right | other) & {None}
                and not right & other
                and self._is_right_again(wrong)
            ):
                number = right.pop()
                return (
                    f"Right for {number} {what}, and not for {first.dims[name]}. Does a {number}, "
                    f"or a list of {number}, stand in your function where the size of an argument is meant?"
                )
        return None

    def _is_right_again(self, wrong):
        """Whether the answer is right on more inputs of each size at which it was: that may be by chance."""
        ordinary = [case for case in self.cases if not case.corner]
        sizes = [size for size, case in zip(self.exercise.sizes, ordinary) if case not in wrong]
        return all(self._is_right(self._asked_at(size)) for size in sizes for _ in range(AGAIN))

    def _asked_at(self, size):
        arguments = self.exercise.inputs(self._rng, size)
        expected = self.exercise.expect(arguments)
        case = self._read(self._case(arguments, False, expected, self.ask(arguments)))
        return replace(case, parts=None) if isinstance(case.parts, NotNumbers) else case

    def _of_order(self):
        """The parts are all right, but each under another's name."""
        if not self.exercise.parts or any(case.parts is None for case in self.cases):
            return None
        plain = [as_parts(case.outcome.value, self.exercise.parts) for case in self.cases]  # no part in another's shape
        for orders in zip(*(parts_reordered(parts) for parts in plain)):
            pairs = [
                replace(case, parts=unwrap_single_numbers(parts, case.expected))
                for case, parts in zip(self.cases, orders)
            ]
            if all(self._is_right(case) for case in pairs):
                return self.exercise.not_yet(
                    "parts in another order",
                    f"All {len(self.exercise.parts)} results are right, but they come in another order: "
                    f"return {', '.join(self.exercise.parts)}.",
                )
        return None

    def _of_ordinary_errors(self, wrong):
        failed = [case for case in wrong if not case.corner and case.parts is None]
        if not failed:
            return None
        first = failed[0]
        said = None if about_brackets(first.outcome.error) else self._a_size_written_in(wrong, first)
        if said is None:
            return self.raised(first)
        message = f"{words.raised(first, shown=False)} {said}{words.input_of(first)}"
        return self.exercise.not_yet("one size only", message)

    # The exercise's own mistakes

    def _of_properties(self):
        readable = [case for case in self.cases if case.parts is not None]
        for mistake in self.exercise.mistakes:
            if any(_shows(mistake, case) for case in readable):
                return self._named(mistake)
        failed = next((case for case in self.cases if case.parts is None), None)
        return self.raised(failed) if failed else None

    def _of_mistakes(self, wrong):
        """First the mistakes that agree in every call; then, if there is a second fault, in the ordinary ones."""
        readable = [case for case in self.cases if case.parts is not None]
        rounds = [self.cases] if len(readable) == len(self.cases) else []
        if any(not case.corner and case.parts is not None for case in wrong):
            rounds.append([case for case in readable if not case.corner])
        for cases in rounds:
            for mistake in self.exercise.mistakes:
                if mistake.wrong is not None and self._agrees(mistake, cases):
                    return self._named(mistake)
        for mistake in self.exercise.mistakes:
            if any(case.parts is not None and _shows(mistake, case) for case in wrong):
                return self._named(mistake)
        return None

    def _named(self, mistake):
        return self.exercise.not_yet(mistake.name, mistake.message, mistake.link)

    def _agrees(self, mistake, cases):
        """Whether a wrong implementation gives what the answer gave in all of these calls, of which one is wrong; of a
        mistake in one part, whether that part is wrong and the same."""
        if mistake.part is None:
            right = all(self._is_right(case) for case in cases)
        else:
            right = all(mistake.part in self._equal_parts(case.parts, case.expected) for case in cases)
        return not right and all(self._gives_the_same(mistake, case) for case in cases)

    def _gives_the_same(self, mistake, case):
        outcome = call(mistake.wrong, case.arguments, self.exercise.argument_names)
        if outcome.error is not None:
            return False
        try:
            made = self._parts_of(outcome.value, case.expected)
        except NotNumbers:
            return False
        names = made if mistake.part is None else [mistake.part]
        return self._alike({name: made[name] for name in names}, {name: case.parts[name] for name in names})

    # What can be recognised in any exercise

    def _of_corner_errors(self, wrong):
        failed = wrong[0]
        if failed.parts is not None:
            return None
        if all(case.corner for case in wrong) and gives_nan_in_numpy(failed.outcome.error):
            return self.exercise.not_yet(*outputs.UNDERFLOW)
        return self.raised(failed)

    def _of_detectors(self, wrong):
        readable = [case for case in wrong if case.parts is not None]
        if not readable:
            return None
        exercise = self.exercise
        largest = max(readable, key=lambda case: sum(part.size for part in case.parts.values()))
        if not exercise.random and not self._repeats(largest):  # a few numbers may come again by chance
            return self._unstable()
        yes_or_no = self._expects_yes_or_no(readable[0])
        found = outputs.detect(self.cases, readable, exercise.rows_sum_to_one, exercise.rtol, exercise.atol, yes_or_no)
        if found:
            return exercise.not_yet(*found)
        # Two inputs often have the same yes or no by chance: that shows nothing.
        unused = None if exercise.random or yes_or_no else self._unused_argument()
        if unused:
            return exercise.not_yet(
                "ignores an argument", f"Your result stays the same whatever {unused} holds. Where does it come in?"
            )
        return None

    def _expects_yes_or_no(self, case):
        if self.exercise.parts:
            return False
        return np.asarray(self.exercise.reference(*copy.deepcopy(case.arguments))).dtype == bool

    def _unused_argument(self):
        """The name of an argument that changes what is expected, but not what the answer gives, at any size tried."""
        ordinary = list(zip(self.exercise.sizes, (case for case in self.cases if not case.corner)))
        tried = [(size, case) for size, case in ordinary if case.parts is not None and _same_shapes(case)]
        others = [(case, self.exercise.inputs(self._rng, size)) for size, case in (tried[:1] + tried[-2:])]
        for number, name in enumerate(self.exercise.argument_names):
            found = [self._ignores_the_change(case, other, number) for case, other in others]
            if True in found and False not in found:
                return name
        return None

    def _ignores_the_change(self, case, other, number):
        """Whether the answer gives the same as in a case, where something else is expected of another argument; None if
        nothing else is expected, or the other argument does not fit."""
        mixed = (*case.arguments[:number], other[number], *case.arguments[number + 1 :])
        try:
            expected = self.exercise.expect(mixed)
        except Exception:  # the arguments of two draws do not fit together: nothing to learn
            return None
        if {k: e.shape for k, e in expected.items()} != {k: e.shape for k, e in case.expected.items()}:
            return None
        if self._alike(expected, case.expected):
            return None
        outcome = self.ask(mixed)
        if outcome.error is not None:
            return False
        try:
            return self._alike(self._parts_of(outcome.value, expected), case.parts)
        except NotNumbers:
            return False

    def _repeats(self, case):
        """Whether the answer, asked again, gives the same."""
        outcome = self.ask(case.arguments)
        if outcome.error is not None:
            return outcome.late  # no time left to ask again: believe the first answer
        try:
            return self._alike(self._parts_of(outcome.value, case.expected), case.parts)
        except NotNumbers:
            return False

    def _unstable(self):
        return self.exercise.not_yet("unstable", words.UNSTABLE)

    def _counterexample(self, case):
        name = next(
            name
            for name, part in case.parts.items()
            if not np.allclose(part, case.expected[name], self.exercise.rtol, self.exercise.atol)
        )
        message = words.counterexample(case, name)
        return self.exercise.not_yet("differs", message + (f"\n{self.exercise.hint}" if self.exercise.hint else ""))


def _same_shapes(case):
    return all(part.shape == case.expected[name].shape for name, part in case.parts.items())


def _shows(mistake, case):
    return mistake.when is not None and bool(mistake.when(case.arguments, case.parts, case.expected))
