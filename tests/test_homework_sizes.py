"""No check can be satisfied by the example: a reference broken by one size, or blind to one argument, is refused."""

from dataclasses import replace

import numpy as np
import pytest

from gmm_course import homework, homeworks
from gmm_course.checker.function import Function
from gmm_course.checker.model_class import ModelClass
from gmm_lib.parameters import Parameters

# What the axes of an argument are, by its name: n points, k components, m dimensions. Where a name means something
# else, it is said for that exercise.
AXES = {
    "X": "nm", "weights": "k", "means": "km", "covariances": "kmm", "responsibilities": "nk", "w": "nk", "v": "nk",
    "log_joint": "nk", "logs": "nk", "posterior": "nk", "z": "nm", "components": "n", "uniforms": "n", "x": "n",
    "sds": "k", "history": "n", "log_probability": "n", "labels": "n", "clusters": "n", "mean": "m", "covariance": "mm",
    "parameters": "mixture", "start": "mixture", "current": "mixture", "log_likelihoods": "k", "ks": "k",
    "first": "nm", "second": "nm", "counts": "k", "prior_mean": "m", "scale": "mm", "fit": "nk", "refit": "nk",
    "centre": "m", "loadings": "mk", "noise": "m", "scores": "nk", "V": "kk", "comparisons": "nm", "slopes": "m",
    "intercepts": "m", "places": "k", "people": "k", "solvers": "k",
}  # fmt: skip
OTHERWISE = {
    "hw8.q6": {"log_likelihoods": "n"},
    "hw10.q9": {"x": ""},
    "hw11.q6": {"w": "n"},
    "hw12.q6": {"m": "m", "u": "m"},
    "hw12.q8": {"first": "n", "second": "n"},
}

# Sizes that are the exercise's own, and arguments without a say in the right answer; each with its reason.
ONE_SIZE = {
    ("hw1.q7", "m"): "a slice takes two dimensions",
    ("hw4.q7", "k"): "odds compare two components",
    ("hw9.q4b", "k"): "two Gaussians",
    ("hw10.q9", "m"): "two dimensions: what is known, and what is asked",
}
WITHOUT_A_SAY = {
    ("hw6.q4", "means"): "whoever computes them anew has ignored nothing",
    ("hw6.q5", "current"): "the M-step forgets the past estimates",
    ("hw9.q10", "X"): "whoever tries the M-step on other points tests it as well",
}
LESS_IS_ENOUGH = {"hw9.q10": "a test on a part of the points is a test as well"}

FUNCTIONS = [
    e for name in homeworks() for e in homework(name).exercises if isinstance(e, Function) and e.reference is not None
]
AND_SIZES = [(e, axis) for e in FUNCTIONS for axis in "nkm"]
AND_ARGUMENTS = [(e, name) for e in FUNCTIONS for name in e.argument_names]


def axes_of(owner, name):
    return OTHERWISE.get(owner.id, {}).get(name, AXES.get(name, ""))


def sizes_of(owner, arguments):
    """n, k and m of one call, as the shapes of its arguments tell them."""
    found = {}
    for name, value in zip(owner.argument_names, arguments):
        axes = axes_of(owner, name)
        shape = np.shape(value.means) if axes == "mixture" else np.shape(value)
        found.update(zip("km" if axes == "mixture" else axes, shape))
    return found


def drawn(owner, seed=11):
    return [arguments for arguments, corner in owner.draw(np.random.default_rng(seed)) if not corner]


def examine(owner, body):
    """The verdict on ``body(arguments)`` as an answer."""
    check = Function.examine if isinstance(owner, ModelClass) else type(owner).examine  # made a function already
    return check(replace(owner, seconds=300.0), lambda *arguments: body(arguments), np.random.default_rng(3))


@pytest.mark.parametrize("owner, axis", AND_SIZES, ids=lambda value: getattr(value, "id", value))
def test_an_answer_that_is_right_for_one_size_only_is_refused(owner, axis):
    seen = {sizes_of(owner, arguments).get(axis) for arguments in drawn(owner)} - {None}
    if not seen or (owner.id, axis) in ONE_SIZE:
        pytest.skip("no such size, or the exercise's own")
    assert len(seen) >= 3
    for size in seen:

        def frozen(arguments, size=size):
            if sizes_of(owner, arguments)[axis] != size:
                raise IndexError(f"index {size} is out of bounds")
            return owner.reference(*arguments)

        assert not examine(owner, frozen).right, f"{axis} = {size}"


def cut(owner, arguments, axis, size):
    """The arguments as a function sees them that reads no more than the first ``size`` along an axis."""
    out = []
    for name, value in zip(owner.argument_names, arguments):
        axes = axes_of(owner, name)
        if axes == "mixture":
            k, m = (size if axis == one else None for one in "km")
            weights = value.weights[:k]
            value = Parameters(weights / weights.sum(), value.means[:k, :m], value.covariances[:k, :m, :m])
        elif axis in axes:
            value = np.asarray(value)[tuple(slice(size if one == axis else None) for one in axes)]
        out.append(value)
    return tuple(out)


@pytest.mark.parametrize("owner, axis", AND_SIZES, ids=lambda value: getattr(value, "id", value))
def test_an_answer_that_reads_only_as_many_as_in_the_example_is_refused(owner, axis):
    """``p[:, 0] + p[:, 1] + p[:, 2]``: what lies beyond is never looked at."""
    sizes = sorted({sizes_of(owner, arguments).get(axis) for arguments in drawn(owner)} - {None})
    if not sizes or (owner.id, axis) in ONE_SIZE or owner.id in LESS_IS_ENOUGH:
        pytest.skip("no such size, or the exercise's own")
    for size in sizes[:-1]:
        broken = lambda arguments, size=size: owner.reference(*cut(owner, arguments, axis, size))  # noqa: E731
        assert not examine(owner, broken).right, f"the first {size} along {axis}"


@pytest.mark.parametrize("owner", FUNCTIONS, ids=lambda e: e.id)
def test_no_size_follows_from_another(owner):
    """Whoever takes m for k, or n for either, is found out."""
    found = [sizes_of(owner, arguments) for arguments in drawn(owner)]
    for one, other in (("k", "m"), ("m", "k"), ("n", "k"), ("n", "m")):
        if all(one in sizes and other in sizes for sizes in found) and not ONE_SIZE.keys() & {
            (owner.id, one),
            (owner.id, other),
        }:
            assert any(sizes[one] != sizes[other] for sizes in found)
            if one != "n":
                pairs = {(sizes[one], sizes[other]) for sizes in found}
                assert len(pairs) > len({first for first, _ in pairs}), f"{other} follows from {one}"


def replaced(value, other, field=None):
    """The same argument with ``other``'s content: all of it, or one field of a mixture."""
    if field is None:
        return other
    parts = {part: getattr(other if part == field else value, part) for part in ("weights", "means", "covariances")}
    return Parameters(**parts)


@pytest.mark.parametrize("owner, name", AND_ARGUMENTS, ids=lambda value: getattr(value, "id", value))
def test_an_answer_that_ignores_an_argument_is_refused(owner, name):
    if (owner.id, name) in WITHOUT_A_SAY:
        pytest.skip(WITHOUT_A_SAY[owner.id, name])
    number = owner.argument_names.index(name)
    mixture = axes_of(owner, name) == "mixture"
    for field in ("weights", "means", "covariances") if mixture else (None,):
        kept = {}

        def blind(arguments, field=field, kept=kept):
            # The first argument of each shape stands for all that come after it.
            value = arguments[number]
            key = np.shape(value.means) if mixture else np.shape(value)
            first = kept.setdefault(key, value)
            # Where that was the first, it is still not looked at: something of the same shape is used.
            if first is value:
                first = kept[key] = something_else(value, mixture)
            mixed = (*arguments[:number], replaced(value, first, field), *arguments[number + 1 :])
            return owner.reference(*mixed)

        assert not examine(owner, blind).right, field or name


def something_else(value, mixture):
    """An argument of the same kind and shape, with other content."""
    if mixture:
        k, m = value.means.shape
        weights = np.arange(1, k + 1) / np.arange(1, k + 1).sum()
        return Parameters(weights, value.means[::-1] + 0.5, np.stack([np.eye(m) * (2 + j) for j in range(k)]))
    if callable(value):
        return lambda X, w: (w.mean(axis=0), w.T @ X, np.zeros((w.shape[1], X.shape[1], X.shape[1])))
    array = np.asarray(value)
    if array.ndim == 0:
        return type(value)(value * 2 + 1) if isinstance(value, int) else value * 0.5
    if array.ndim == 3 or (array.ndim == 2 and array.shape[0] == array.shape[1] and np.allclose(array, array.T)):
        return np.broadcast_to(np.eye(array.shape[-1]) * 1.7, array.shape)
    if array.dtype.kind in "iu":
        return np.zeros_like(array)
    if array.ndim == 1 and np.isclose(array.sum(), 1):
        return np.full(len(array), 1 / len(array))
    if array.ndim == 2 and np.allclose(array.sum(axis=1), 1):
        return np.full(array.shape, 1 / array.shape[1])
    return array * 0.5 + 0.25
