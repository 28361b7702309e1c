"""The verdicts on a whole gallery as plain data, so that another Python can be asked for the same: that of the pages."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

import numpy as np

from gmm_course import exercise, homework
from gmm_course.checker.exercise import Exercise
from gmm_course.checker.function import Function

SEEDS = (1, 2, 3)  # for right answers, which nobody may be refused by chance
TWICE = SEEDS[:2]


def patient(owner: Exercise) -> Exercise:
    """The same exercise with a time limit that no busy machine reaches: what is tested is the verdict."""
    return replace(owner, seconds=300.0) if isinstance(owner, Function) else owner


def judged(name: str, seeds: tuple = TWICE) -> Iterator[list]:
    """For each answer of a homework's gallery and each declared mistake, on each seed: what it is, and the verdict."""
    gallery = import_module(f"homework_gallery.hw{int(name[2:]):02}")
    for entry in gallery.RIGHT:
        yield from _on(seeds, entry.exercise, entry.style, entry.answer)
    for entry in gallery.WRONG:
        endless = entry.named == "endless loop"
        yield from _on(seeds[:1] if endless else seeds, entry.exercise, entry.what, entry.answer, endless)
    for entry in getattr(gallery, "HINTED", ()):
        yield from _on(seeds[:1], entry.exercise, entry.what, entry.answer)
    for owner in homework(name).exercises:
        for mistake in getattr(owner, "mistakes", ()):
            if mistake.wrong is not None:
                yield from _on(seeds, owner.id, f"declared: {mistake.name}", mistake.wrong)


def _on(seeds, exercise_id, what, answer, endless=False):
    owner = exercise(exercise_id)
    owner = replace(owner, seconds=0.5) if endless else patient(owner)
    for seed in seeds:
        verdict = owner.examine(answer, np.random.default_rng(seed))
        yield [exercise_id, what, seed, verdict.right, verdict.name, round(float(verdict.share), 6)]
