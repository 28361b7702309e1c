"""Integer arrays of any type pass through every function, on machines whose indices have 32 bits as well.

There (WebAssembly is one) NumPy's random generators still draw integers of 64 bits, and ``np.bincount``, ``np.repeat``
and ``np.take`` refuse them: an index may not be narrowed. Here ``long long`` plays that type: it is a type of its own,
though as wide as an index. Generators are made to draw it, labels are given in it, and the three functions refuse it.
"""

import ast
import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from oracles import random_parameters, random_responsibilities

import gmm_lib
from gmm_course import homework, homeworks
from gmm_lib import e_step, evaluation, initialization, m_step, sampling, selection
from gmm_lib.datasets import MADE, iris
from gmm_lib.engine import Engine
from gmm_lib.engine.restarts import run_many
from gmm_lib.engine.sources import Blocks
from gmm_lib.model import GaussianMixture

WIDE = np.dtype(np.longlong)
pytestmark = pytest.mark.skipif(np.dtype(np.intp).char == WIDE.char, reason="an index is a long long here")
REFUSED = ("bincount", "repeat", "take")
TYPES = [np.int8, np.uint8, np.int32, np.uint32, np.int64, np.longlong, np.uint64]


class Wide(np.random.Generator):
    """Draws integers of a type that is no index."""

    def integers(self, *args, **kwargs):
        return widened(super().integers(*args, **kwargs))

    def __deepcopy__(self, memo):
        return Wide(copy.deepcopy(self.bit_generator, memo))


class WideState(np.random.RandomState):
    def randint(self, *args, dtype=int, **kwargs):
        drawn = super().randint(*args, dtype=dtype, **kwargs)
        return drawn if dtype is int else widened(drawn)  # without a type it draws indices


def widened(drawn):
    return drawn.astype(WIDE) if isinstance(drawn, np.ndarray) and drawn.dtype == WIDE else drawn


def refusing(function):
    def refused(*args, **kwargs):
        for value in (*args, *kwargs.values()):
            if getattr(value, "dtype", np.dtype(float)).char in (WIDE.char, "Q"):
                raise TypeError("Cannot cast from dtype('int64') to dtype('int32') according to the rule 'safe'")
        return function(*args, **kwargs)

    return refused


@pytest.fixture
def narrow(monkeypatch):
    """NumPy as on a machine of 32 bits, as far as indices go."""
    for name in REFUSED:
        monkeypatch.setattr(np, name, refusing(getattr(np, name)))
    default_rng = np.random.default_rng
    monkeypatch.setattr(np.random, "default_rng", lambda seed=None: Wide(default_rng(seed).bit_generator))
    monkeypatch.setattr(np.random, "RandomState", WideState)
    assert np.random.default_rng(0).integers(5, size=2).dtype.char == WIDE.char


def test_the_stand_in_refuses_what_it_should(narrow):
    labels = np.random.default_rng(0).integers(3, size=5)
    for function, arguments in ((np.bincount, [labels]), (np.repeat, [labels, labels]), (np.take, [[1, 2, 3], labels])):
        with pytest.raises(TypeError, match="according to the rule 'safe'"):
            function(*arguments)
    assert np.bincount(labels.astype(np.intp), minlength=3).sum() == 5


def test_nothing_calls_the_methods_that_refuse():
    """``x.repeat(n)`` and ``x.take(i)`` refuse as their functions do, and cannot be watched from here."""
    found = []
    for path in sorted(Path(gmm_lib.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("repeat", "take"):
                owner = ast.unparse(node.value)
                if owner not in ("np", "self.source", "engine.source", "ends"):  # our own methods of that name
                    found.append(f"{path.name}:{node.lineno}: {owner}.{node.attr}")
    assert not found


@pytest.mark.parametrize("dtype", TYPES)
def test_labels_of_any_type(narrow, dtype):
    labels = iris().labels
    classes, clusters = np.unique(labels, return_inverse=True)[1], np.arange(150) // 50
    given = classes.astype(dtype), clusters.astype(dtype)
    for measure in (evaluation.adjusted_rand_index, evaluation.normalized_mutual_information):
        assert measure(*given) == pytest.approx(measure(classes, clusters))
    for table in (evaluation.confusion_matrix, evaluation.majority_agreement):
        np.testing.assert_array_equal(table(*given).matrix, table(classes, clusters).matrix)
    parameters = random_parameters(np.random.default_rng(0), 3, 2)
    drawn = [
        sampling.draw_points(components, parameters.means, parameters.factors, np.random.default_rng(1))
        for components in (clusters, clusters.astype(dtype))
    ]
    np.testing.assert_array_equal(*drawn)
    order = parameters.permuted(np.array([2, 0, 1], dtype=dtype))
    np.testing.assert_array_equal(order.means, parameters.means[[2, 0, 1]])


@pytest.mark.parametrize("dtype", TYPES)
def test_points_of_any_type(narrow, dtype):
    X = np.round(10 * iris().X).astype(dtype)
    plain = X.astype(float)
    start = initialization.distinct_rows(plain, 3, np.random.RandomState(0))
    w = random_responsibilities(0, 150, 3)
    pairs = [
        [e_step.responsibilities(points, start) for points in (X, plain)],
        [m_step.means(points, w) for points in (X, plain)],
        [run_many(points, [start]).means for points in (X, plain)],
        [GaussianMixture(3, random_state=0).fit(points).means_ for points in (X, plain)],
    ]
    pairs += [
        [rule(points, 3, np.random.default_rng(0)).means for points in (X, plain)]
        for rule in initialization.RULES.values()
    ]
    for one, other in pairs:
        np.testing.assert_array_equal(one, other)


def test_what_draws_rows_and_components(narrow):
    X = iris().X
    for made in MADE.values():
        made()
    parameters = random_parameters(np.random.default_rng(0), 3, 4)
    for rng in (np.random.default_rng(0), np.random.RandomState(0)):
        assert len(sampling.sample(20, parameters, rng)[0]) == 20
        for source in (X, Blocks([X[:70], X[70:]])):
            assert Engine(source).sample(30, rng).shape == (30, 4)
        for rule in initialization.RULES.values():
            assert rule(X, 3, rng).k == 3
    fit = GaussianMixture(2, n_init=2, random_state=0).fit(X, sample_weight=np.arange(150) % 3)
    assert fit.sample(10)[0].shape == (10, 4) and fit.predict(X).shape == (150,)
    assert fit.partial_fit(X) is fit
    selection.scan(X, [1, 2], folds=2, n_init=2)
    selection.stability(X, 2, samples=2, n_init=2)
    selection.against_reference(X, 1, 2, draws=2, n_init=2)
    evaluation.many_restarts(X, iris().labels, np.array([0, 1], dtype=WIDE), 3)


EXERCISES = [e for name in homeworks() for e in homework(name).exercises if getattr(e, "reference", None)]


@pytest.mark.parametrize("owner", EXERCISES, ids=lambda owner: owner.id)
def test_every_exercise(narrow, owner):
    owner = replace(owner, seconds=300.0)  # no busy machine reaches that
    verdict = owner.examine(owner.reference, np.random.default_rng(1))
    assert verdict.right, verdict.message
    wrong = [mistake.wrong for mistake in owner.mistakes if mistake.wrong is not None]
    for answer in wrong[-1:]:  # which is compared with every mistake before it
        verdict = owner.examine(answer, np.random.default_rng(1))
        assert not verdict.right and "rule 'safe'" not in verdict.message, verdict.message
