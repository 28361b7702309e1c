"""Bad input: each message names the argument, what was given and what is allowed."""

import copy
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas
import pytest
from oracles import random_problem
from scipy.sparse import csr_array

from gmm_lib import e_step, gaussian, likelihood, m_step, mixture, posterior, sampling
from gmm_lib.validation import (
    CollapsedComponentError,
    as_array,
    as_generator,
    as_integers,
    as_non_negative,
    as_parameters,
    as_points,
    as_positive_integer,
    as_responsibilities,
    as_seed,
    shown,
)

pytestmark = pytest.mark.filterwarnings("error")

X, P = random_problem(0)
W = e_step.responsibilities(X, P)
RNG = np.random.default_rng(0)
MU, SIGMA = P.means[0], P.covariances[0]

TAKES_X = {
    "gaussian.log_density": lambda X: gaussian.log_density(X, MU, SIGMA),
    "gaussian.log_densities": lambda X: gaussian.log_densities(X, P.means, P.covariances),
    "gaussian.mahalanobis": lambda X: gaussian.mahalanobis(X, MU, SIGMA),
    "mixture.log_density": lambda X: mixture.log_density(X, P),
    "mixture.density": lambda X: mixture.density(X, P),
    "mixture.log_joint": lambda X: mixture.log_joint(X, P),
    "likelihood.log_likelihood": lambda X: likelihood.log_likelihood(X, P),
    "likelihood.lower_bound": lambda X: likelihood.lower_bound(X, W, P),
    "posterior.posterior": lambda X: posterior.posterior(X, P),
    "e_step.responsibilities": lambda X: e_step.responsibilities(X, P),
    "m_step.means": lambda X: m_step.means(X, W),
    "m_step.covariances": lambda X: m_step.covariances(X, W, P.means),
    "m_step.m_step": lambda X: m_step.m_step(X, W),
}
BAD_X = [
    ([1.0, 2.0], r"X must have 2 dimension\(s\); got shape \(2,\)"),
    ([[1.0, np.nan]], r"X must be finite; got nan at index \(0, 1\)"),
    ([[1.0, 0.0], [-np.inf, 0.0]], r"X must be finite; got -inf at index \(1, 0\)"),
    (np.empty((0, 2)), r"X must not be empty; got shape \(0, 2\)"),
    ([["a", "b"]], "X must hold real numbers; got an array of dtype <U1"),
    ([[1 + 2j, 0]], "X must hold real numbers; got an array of dtype complex128"),
    ([[1, 2], [3]], "X must be a rectangular array; its rows differ in length"),
    ([[10**400, 0]], "X must hold real numbers; int too large"),
    ([[object(), 0]], "X must hold real numbers; got <object> at index"),
    ([["1.5", "2"]], "X must hold real numbers; got an array of dtype <U3"),
    (np.array([[1, "1.5"]], dtype=object), r"X must hold real numbers; got '1.5' at index \(0, 1\)"),
    (np.array([[b"1.5", 2]], dtype=object), "X must hold real numbers; got b'1.5' at index"),
    (pandas.DataFrame({"a": [1.0], "b": ["1.5"]}), r"X must hold real numbers; got '1.5' at index \(0, 1\)"),
    (pandas.DataFrame({"a": pandas.array([1, None]), "b": [1, 2]}), "X must hold real numbers; got <NA> at index"),
    (pandas.DataFrame({"a": pandas.to_datetime(["2024-01-01"])}), "X must hold real numbers; got .* dtype datetime64"),
    (np.array([[datetime(2024, 1, 1), 1]], dtype=object), "X must hold real numbers; got datetime"),
    (np.array([["2024-01-01"]], dtype="datetime64[D]"), "X must hold real numbers; got an array of dtype datetime64"),
    (np.array([[1]], dtype="timedelta64[s]"), "X must hold real numbers; got an array of dtype timedelta64"),
    (np.array([[1j, 2]], dtype=object), "X must hold real numbers; got 1j at index"),
    ([np.ma.masked_equal([0, 1], 0), [1, 2]], "X must have no masked entries; got 1"),
    ((x for x in [[1, 2]]), "X must hold real numbers; got <generator>"),
    ({1: 2}, r"X must hold real numbers; got \{1: 2\}"),
    (np.longdouble("1e4000") * np.eye(2, dtype=np.longdouble), "X must be finite; got inf at index"),
    (csr_array(np.eye(2)), "X must be a dense array; got a sparse csr_array"),
    (np.ma.masked_equal([[0, 1]], 0), "X must have no masked entries; got 1"),
    (None, "X must"),
]


@pytest.mark.parametrize("name", TAKES_X)
@pytest.mark.parametrize("bad, message", BAD_X, ids=[message for _, message in BAD_X])
def test_bad_points(name, bad, message):
    with pytest.raises(ValueError, match=message):
        TAKES_X[name](bad)


@pytest.mark.parametrize("name", [name for name in TAKES_X if not name.startswith("m_step")])
def test_points_of_another_dimension(name):
    with pytest.raises(ValueError, match="X must have 2 columns, one per dimension of the model; got 3"):
        TAKES_X[name](np.ones((20, 3)))


TAKES_RESPONSIBILITIES = {
    "likelihood.lower_bound": lambda w: likelihood.lower_bound(X, w, P),
    "e_step.mixing_weights": e_step.mixing_weights,
    "m_step.means": lambda w: m_step.means(X, w),
    "m_step.covariances": lambda w: m_step.covariances(X, w, P.means),
    "m_step.effective_counts": m_step.effective_counts,
    "m_step.m_step": lambda w: m_step.m_step(X, w),
}


@pytest.mark.parametrize("name", TAKES_RESPONSIBILITIES)
@pytest.mark.parametrize(
    "bad, message",
    [
        (np.full((20, 3), 0.5), "each row of responsibilities must sum to one; row 0 sums to 1.5"),
        (np.tile([1.5, -0.5, 0], (20, 1)), "responsibilities must not be negative; the smallest is -0.5"),
        (np.ones(20), r"responsibilities must have 2 dimension\(s\); got shape \(20,\)"),
        (np.full((20, 3), np.nan), r"responsibilities must be finite; got nan at index \(0, 0\)"),
    ],
)
def test_bad_responsibilities(name, bad, message):
    with pytest.raises(ValueError, match=message):
        TAKES_RESPONSIBILITIES[name](bad)


@pytest.mark.parametrize("name", sorted(set(TAKES_RESPONSIBILITIES) & set(TAKES_X)))
def test_responsibilities_of_other_points(name):
    with pytest.raises(ValueError, match="responsibilities must have 20 rows, one per row of X; got 19"):
        TAKES_RESPONSIBILITIES[name](W[:19])


TAKES_PARAMETERS = {
    "mixture.log_density": lambda p: mixture.log_density(X, p),
    "mixture.density": lambda p: mixture.density(X, p),
    "mixture.log_joint": lambda p: mixture.log_joint(X, p),
    "likelihood.log_likelihood": lambda p: likelihood.log_likelihood(X, p),
    "likelihood.lower_bound": lambda p: likelihood.lower_bound(X, W, p),
    "posterior.prior": posterior.prior,
    "posterior.posterior": lambda p: posterior.posterior(X, p),
    "e_step.responsibilities": lambda p: e_step.responsibilities(X, p),
    "sampling.sample": lambda p: sampling.sample(3, p, RNG),
}


@pytest.mark.parametrize("name", TAKES_PARAMETERS)
def test_three_arrays_are_not_parameters(name):
    with pytest.raises(ValueError, match="parameters must be a gmm_lib.Parameters; got tuple"):
        TAKES_PARAMETERS[name]((P.weights, P.means, P.covariances))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: gaussian.log_density(X, [[0.0, 0.0]], SIGMA), r"mean must have 1 dimension\(s\); got shape \(1, 2\)"),
        (
            lambda: gaussian.log_density(X, MU, np.eye(3)),
            r"covariance must have shape \(2, 2\) to go with the mean; got \(3, 3\)",
        ),
        (
            lambda: gaussian.log_density(X, MU, np.ones((2, 3))),
            r"covariance must have shape \(2, 2\) to go with the mean; got \(2, 3\)",
        ),
        (lambda: gaussian.mahalanobis(X, MU, [1.0]), r"covariance must have 2 dimension\(s\); got shape \(1,\)"),
        (
            lambda: gaussian.log_densities(X, P.means[:2], P.covariances),
            r"means and covariances must agree: .* got \(2, 2\) and \(3, 2, 2\)",
        ),
        (
            lambda: gaussian.cholesky_factors(np.ones((1, 2, 3))),
            r"covariances must be square: shape \(k, m, m\); got \(1, 2, 3\)",
        ),
        (lambda: mixture.check_weights([[1.0]]), r"weights must have 1 dimension\(s\); got shape \(1, 1\)"),
        (lambda: mixture.check_weights([0.5, np.nan]), r"weights must be finite; got nan at index \(1,\)"),
        (lambda: mixture.check_weights([]), r"weights must not be empty; got shape \(0,\)"),
        (lambda: e_step.normalize([0.0, 1.0]), r"log_joint must have 2 dimension\(s\); got shape \(2,\)"),
        (lambda: e_step.normalize([["a"]]), "log_joint must hold real numbers"),
        (lambda: m_step.covariances(X, W, P.means[:2]), r"means must have shape \(3, 2\); got \(2, 2\)"),
        (
            lambda: m_step.covariances(X, W, P.means, reg_covar=-1),
            "reg_covar must be a finite number, zero or more; got -1",
        ),
        (lambda: m_step.m_step(X, W, reg_covar=np.inf), "reg_covar must be a finite number, zero or more; got inf"),
        (lambda: sampling.draw_components(0, [1.0], RNG), "n must be a positive integer; got 0"),
        (lambda: sampling.draw_components(2.0, [1.0], RNG), "n must be a positive integer; got 2.0"),
        (lambda: sampling.draw_components(2, [0.5], RNG), "weights must sum to one; they sum to 0.5"),
        (lambda: sampling.draw_components(2, [1.0], -1), "rng must be a numpy.random.Generator, .* got -1"),
        (lambda: sampling.draw_points([0], P.means, P.factors, 1.5), "rng must be .* a whole number, .* got 1.5"),
        (
            lambda: sampling.draw_points([0], P.means, P.factors[:2], RNG),
            r"factors must have shape \(3, 2, 2\) .* got \(2, 2, 2\)",
        ),
        (lambda: sampling.draw_points([3], P.means, P.factors, RNG), r"components must lie in 0\.\.2; got 3\.\.3"),
        (lambda: sampling.draw_points([-1, 0], P.means, P.factors, RNG), r"components must lie in 0\.\.2; got -1\.\.0"),
        (
            lambda: sampling.draw_points([0.5], P.means, P.factors, RNG),
            "components must be a one-dimensional array of integers",
        ),
        (
            lambda: sampling.draw_points([[0]], P.means, P.factors, RNG),
            "components must be a one-dimensional array of integers",
        ),
        (lambda: sampling.sample(3, P, "seed"), "rng must be a numpy.random.Generator, .* got 'seed'"),
    ],
)
def test_other_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_one_dimension_is_refused_with_a_way_out():
    with pytest.raises(ValueError, match=r"got shape \(3,\). One column of numbers is reshape\(-1, 1\)"):
        as_points([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "value",
    [
        [[1, 2.5]],
        ((1, 2.5),),
        [np.array([1, 2.5])],
        pandas.DataFrame({"a": [1], "b": [2.5]}),
        pandas.DataFrame({"a": pandas.array([1]), "b": [2.5]}),
        np.array([[1, 2.5]], dtype=object),
        np.array([[Decimal(1), Fraction(5, 2)]], dtype=object),
        np.array([[np.bool_(True), np.float32(2.5)]], dtype=object),
        np.ma.array([[1, 2.5]], mask=False),
        np.matrix([[1, 2.5]]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_holds_a_table_of_numbers_is_taken(value):
    array = as_points(value)
    assert type(array) is np.ndarray and array.tolist() == [[1, 2.5]]


@pytest.mark.parametrize("dtype", [int, np.uint8, np.float16, np.float32, np.longdouble, bool, object])
def test_whatever_holds_real_numbers_becomes_float64(dtype):
    value = np.eye(2, dtype=dtype)
    array = as_points(value)
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, np.array(value, dtype=float))


def test_a_checked_array_is_a_copy():
    mine = np.eye(2)
    assert not np.shares_memory(as_array(mine, "mine", 2), mine)
    assert not np.shares_memory(as_responsibilities(mine), mine)


def test_numpy_numbers_are_numbers():
    assert as_positive_integer(np.int64(3), "n") == 3
    assert as_non_negative(np.float32(0.5), "tol") == 0.5
    assert as_parameters(P) is P
    for dtype in (np.int8, np.uint8, np.int32, np.uint64):
        assert as_positive_integer(dtype(3), "n") == as_seed(dtype(3)) == 3
        assert as_integers(np.array([0, 1], dtype=dtype), "clusters").tolist() == [0, 1]
    with pytest.raises(ValueError, match="tol must be a finite number, zero or more"):
        as_non_negative(10**400, "tol")


def test_whatever_numpy_makes_a_generator_of_is_a_source_of_random_numbers():
    for rng in (RNG, np.random.RandomState(0)):
        assert as_generator(rng) is rng
    for seed in (42, np.int32(42), np.random.SeedSequence(42)):
        assert as_generator(seed).random() == np.random.default_rng(42).random()
    assert as_generator(None).random() != as_generator(None).random()


def test_a_seed_gives_a_sample_whose_points_do_not_repeat_its_components():
    points, components = sampling.sample(5, P, 42)
    again, _ = sampling.sample(5, P, np.random.default_rng(42))
    np.testing.assert_array_equal(points, again)
    alone = sampling.draw_points(components, P.means, P.factors, 42)
    assert not np.isclose(points, alone).any()


def test_the_words_for_what_was_given_show_no_address_and_no_long_array():
    assert shown(np.zeros((1000, 3))) == "an array of shape (1000, 3) and dtype float64"
    assert shown([object()]) == "[<object>]" and shown("k") == "'k'" and len(shown(list(range(10**6)))) < 50
    assert shown(x for x in ()) == "<generator>" and shown(pandas.DataFrame({"a": [1]})) == "<DataFrame>"


def test_a_collapse_says_which_component_why_and_what_to_do():
    error = CollapsedComponentError(2, "no point belongs to it")
    assert isinstance(error, ValueError) and error.component == 2
    for part in ("component 2 has collapsed: no point belongs to it", "another start", "fewer components", "reg_covar"):
        assert part in str(error)


@pytest.mark.parametrize("name", TAKES_X)
def test_inputs_are_never_changed(name):
    mine, before = X.copy(), [copy.deepcopy(thing) for thing in (P.weights, P.means, P.covariances, W)]
    TAKES_X[name](mine)
    np.testing.assert_array_equal(mine, X)
    assert mine.flags.writeable
    for then, now in zip(before, (P.weights, P.means, P.covariances, W)):
        np.testing.assert_array_equal(then, now)


def test_the_other_inputs_are_never_changed_either():
    mine = dict(mean=MU.copy(), covariance=SIGMA.copy(), log_joint=np.zeros((2, 2)), w=W.copy())
    mine["components"] = np.array([0, 1])
    before = copy.deepcopy(mine)
    gaussian.log_density(X, mine["mean"], mine["covariance"])
    e_step.normalize(mine["log_joint"])
    m_step.m_step(X, mine["w"], reg_covar=0.1)
    sampling.draw_points(mine["components"], P.means, P.factors, RNG)
    for name, array in mine.items():
        np.testing.assert_array_equal(array, before[name])
        assert array.flags.writeable


def test_read_only_inputs_are_welcome():
    frozen = X.copy()
    frozen.flags.writeable = False
    for call in TAKES_X.values():
        call(frozen)
