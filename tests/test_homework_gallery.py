"""Right answers in many styles are all accepted; wrong ones are refused, with the name of their mistake.

One homework alone: ``pytest tests/test_homework_gallery.py -k hw5``.
"""

from dataclasses import replace
from functools import wraps

import homework_gallery
import numpy as np
import pytest
from homework_gallery.judging import SEEDS, TWICE, patient

from gmm_course import exercise, homework, homeworks
from gmm_course.checker.choice import Choice
from gmm_course.checker.derivation import Derivation
from gmm_course.checker.function import Function
from gmm_course.checker.value import Value

MODULES = homework_gallery.modules()
RIGHT = [entry for module in MODULES for entry in module.RIGHT]
WRONG = [entry for module in MODULES for entry in module.WRONG]
HINTED = [entry for module in MODULES for entry in getattr(module, "HINTED", ())]
EXERCISES = [e for name in homeworks() for e in homework(name).exercises]


def named(*words):
    return "-".join(str(word) for word in words).replace(" ", "_")


def examine(exercise_id, answer, seed):
    return patient(exercise(exercise_id)).examine(answer, np.random.default_rng(seed))


@pytest.mark.parametrize("entry", RIGHT, ids=lambda e: named(e.exercise, e.style))
def test_a_right_answer_is_accepted(entry):
    for seed in SEEDS:
        verdict = examine(entry.exercise, entry.answer, seed)
        assert verdict.right, f"{verdict.name}: {verdict.message}"


@pytest.mark.parametrize("entry", WRONG, ids=lambda e: named(e.exercise, e.what))
def test_a_wrong_answer_is_refused_with_its_name(entry):
    owner = exercise(entry.exercise)
    endless = entry.named == "endless loop"  # waited for once, and not for the whole time
    owner = replace(owner, seconds=0.5) if endless else patient(owner)
    for seed in TWICE[: 1 if endless else None]:
        verdict = owner.examine(entry.answer, np.random.default_rng(seed))
        assert not verdict.right
        assert (verdict.message and verdict.link) or verdict.name == "unanswered"
        if entry.named is not None:
            assert verdict.name == entry.named, verdict.message


MISTAKES = [(e, mistake) for e in EXERCISES for mistake in getattr(e, "mistakes", ()) if mistake.wrong is not None]


@pytest.mark.parametrize("owner, mistake", MISTAKES, ids=lambda value: named(getattr(value, "id", None) or value.name))
def test_a_declared_mistake_gets_its_own_message(owner, mistake):
    for seed in TWICE:
        verdict = patient(owner).examine(mistake.wrong, np.random.default_rng(seed))
        assert (verdict.name, verdict.message) == (mistake.name, mistake.message)


CHOICES = [e for e in EXERCISES if isinstance(e, Choice)]


@pytest.mark.parametrize("owner", CHOICES, ids=lambda e: e.id)
def test_every_letter_of_a_choice_has_its_message(owner):
    assert owner.examine(owner.right, None).right
    for letter in owner.options:
        wrong = set(owner.right) ^ {letter}
        verdict = owner.examine("".join(wrong), None) if wrong else None
        assert verdict is None or (letter in verdict.name and owner.options[letter] in verdict.message)
        assert verdict is None or f"({letter})" not in verdict.message


def test_the_message_of_a_choice_says_neither_which_letter_nor_whether_it_was_chosen():
    owner = CHOICES[0]
    first = {
        owner.examine("".join(set(owner.right) ^ {letter}), None).message.partition(":")[0] for letter in owner.options
    }
    assert len(first) == 1


@pytest.mark.parametrize("entry", HINTED, ids=lambda e: named(e.exercise, e.what))
def test_a_text_is_taken_as_it_is_with_a_hint(entry):
    """Whatever its words: a teacher reads it, and a check says that it only looks for them."""
    verdict = examine(entry.exercise, entry.answer, 1)
    assert verdict.right and verdict.name == entry.named
    assert "only looks for words" in verdict.message


@pytest.mark.parametrize("owner", [e for e in EXERCISES if e.marked_by_hand], ids=lambda e: e.id)
def test_what_a_teacher_marks_has_a_rubric_a_point_a_sentence(owner):
    assert len(owner.rubric) == owner.points and all(len(sentence) > 40 for sentence in owner.rubric)


def test_every_homework_asks_for_a_derivation():
    assert {e.id.split(".")[0] for e in EXERCISES if isinstance(e, Derivation)} == set(homeworks())


@pytest.mark.parametrize("owner", EXERCISES, ids=lambda e: e.id)
def test_a_reference_is_right_and_asked_once_for_each_input(owner):
    """What keeps feedback quick: small inputs, a call for each, one more to see whether it answers alike, and two on an
    array whose rows are turned in between."""
    answer = owner.expected if isinstance(owner, Value) else getattr(owner, "reference", None)
    if answer is None:
        pytest.skip("judged by its properties or its text: see the gallery")
    if type(owner) is not Function:  # numbers and choices, and what is judged as a class
        assert examine(owner.id, answer, 4).right
        return
    asked = []

    @wraps(answer)
    def counted(*arguments):
        asked.append(sum(np.size(getattr(one, "means", one)) for one in arguments))
        return answer(*arguments)

    assert examine(owner.id, counted, 4).right
    with_rows = owner.rows_free and np.ndim(owner.inputs(np.random.default_rng(4), owner.sizes[-1])[0]) == 2
    assert len(asked) == len(owner.sizes) + len(owner.corners) + 1 + 2 * with_rows
    assert max(asked) <= 50_000, "numbers in an input"


@pytest.mark.parametrize("owner", [e for e in EXERCISES if isinstance(e, Function)], ids=lambda e: e.id)
def test_inputs_are_fresh(owner):
    rng = np.random.default_rng(1)
    shown = [repr([getattr(a, "means", a) for a in owner.inputs(rng, owner.sizes[-1])]) for _ in range(2)]
    assert shown[0] != shown[1] or "Generator" in shown[0]


@pytest.mark.parametrize("name", homeworks())
def test_the_gallery_has_right_and_wrong_answers_for_every_exercise(name):
    for owner in (e for e in homework(name).exercises if e.has_check):
        assert any(entry.exercise == owner.id for entry in RIGHT), f"no right answer for {owner.id}"
        assert any(entry.exercise == owner.id for entry in WRONG), f"no wrong answer for {owner.id}"


def test_the_gallery_is_as_large_as_promised():
    assert len(WRONG) >= 60 if len(homeworks()) > 1 else True
    assert len(RIGHT) >= 40 if len(homeworks()) > 1 else True
    assert sum(entry.named is not None for entry in WRONG) >= 0.9 * len(WRONG)
