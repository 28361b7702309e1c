import numpy as np
import pytest
from oracles import mp_responsibilities, random_problem
from scipy.special import logsumexp, softmax

from gmm_lib.e_step import mixing_weights, normalize, responsibilities
from gmm_lib.engine import passes
from gmm_lib.m_step import m_step
from gmm_lib.parameters import Parameters
from gmm_lib.posterior import posterior

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.equation(10)
def test_each_row_is_divided_by_its_sum():
    joint = [[1, 3], [2, 2], [1e-300, 0.25e-300]]
    np.testing.assert_allclose(normalize(np.log(joint)), [[0.25, 0.75], [0.5, 0.5], [0.8, 0.2]])
    log_joint = np.random.default_rng(0).normal(0, 50, (40, 5))
    np.testing.assert_allclose(normalize(log_joint), softmax(log_joint, axis=1), rtol=1e-12)


def test_a_row_far_down_is_as_good_as_any():
    np.testing.assert_allclose(normalize(np.log([[1, 3]]) - 1e5), [[0.25, 0.75]], rtol=1e-10)
    np.testing.assert_allclose(normalize([[0, -1e300], [-1e308, -1e308], [-np.inf, -5]]), [[1, 0], [0.5, 0.5], [0, 1]])


def test_a_component_is_given_up_only_if_it_must_be():
    assert normalize([[0, -700]])[0, 1] == pytest.approx(np.exp(-700))


@pytest.mark.parametrize("row", [[-np.inf, -np.inf], [np.nan, 0], [np.inf, 0]])
def test_a_row_without_a_meaning_is_an_error_that_names_the_row(row):
    with pytest.raises(ValueError, match="log_joint must have a finite entry in each row, .* row 1 is"):
        normalize([[0, 0], row])


@pytest.mark.equation(11)
@pytest.mark.parametrize("k, m", [(1, 1), (2, 1), (3, 2), (4, 5)])
def test_responsibilities_in_fifty_digits(k, m):
    X, p = random_problem(k, n=8, m=m, k=k)
    np.testing.assert_allclose(responsibilities(X, p), mp_responsibilities(X, p), rtol=1e-11)


def test_responsibilities_are_the_posterior_used_as_a_weight():
    X, p = random_problem(0)
    np.testing.assert_array_equal(responsibilities(X, p), posterior(X, p))


def test_the_mixing_weights_count():
    # The article prints (11) without phi: then these two, whose densities agree everywhere, would share each point.
    same = Parameters([0.9, 0.1], [[0], [0]], [[[1]], [[1]]])
    np.testing.assert_allclose(responsibilities([[0], [5]], same), [[0.9, 0.1]] * 2)


SAME_PLACE = Parameters([0.3, 0.7], [[0.0], [0.0]], [[[1.0]], [[1.0]]])


@pytest.mark.parametrize("distance", [1e3, 1e6, 1e9, 1e100])
def test_rows_sum_to_one_at_any_distance_and_an_m_step_may_follow(distance):
    # Here log phi f is -5e11 and worse: a logarithm of the row's sum would have lost the digits that matter.
    X = [[distance], [0.0], [1.0]]
    w = responsibilities(X, SAME_PLACE)
    np.testing.assert_allclose(w.sum(axis=1), 1, rtol=1e-15)
    m_step(X, w)


def test_a_million_standard_deviations_away_five_digits_are_left():
    # log f is -5e11, and a float64 of that size has steps of 6e-5: the responsibilities cannot be better than that.
    np.testing.assert_allclose(responsibilities([[1e6]], SAME_PLACE), [[0.3, 0.7]], rtol=1e-4)


def test_three_hundred_dimensions():
    X, p = random_problem(1, n=5, m=300, k=2)
    w = responsibilities(X, p)
    np.testing.assert_allclose(w.sum(axis=1), 1, rtol=1e-15)
    swapped = responsibilities(X, p.permuted([1, 0]))
    np.testing.assert_allclose(w, swapped[:, ::-1], rtol=1e-10)


@pytest.mark.equation(12)
def test_mixing_weights_are_the_column_means():
    np.testing.assert_allclose(mixing_weights([[1, 0], [0.5, 0.5], [0.25, 0.75]]), [1.75 / 3, 1.25 / 3], rtol=1e-15)
    # As printed, without 1/n, they would sum to n = 3.


@pytest.mark.parametrize("far", [0.0, -1e5, 800.0])
@np.errstate(over="ignore")
def test_the_engines_normalize_is_this_ones_twin(far):
    """Equation (10) is written twice, for the reader here and for speed in :mod:`gmm_lib.engine.passes`: one is a
    matrix of points by components, the other of components by points, of one run or of many."""
    log_joint = np.random.default_rng(0).normal(scale=30, size=(50, 4)) + far
    expected, log_densities = normalize(log_joint), logsumexp(log_joint, axis=1)
    one, logs = passes.normalize(np.ascontiguousarray(log_joint.T), passes.Scratch())
    np.testing.assert_allclose(one.T, expected, rtol=1e-13)
    np.testing.assert_allclose(logs, log_densities, rtol=1e-13)
    two, logs = passes.normalize(np.stack([log_joint.T, log_joint[::-1].T], axis=1), passes.Scratch())
    np.testing.assert_allclose(two.transpose(1, 2, 0), [expected, expected[::-1]], rtol=1e-13)
    np.testing.assert_allclose(logs, [log_densities, log_densities[::-1]], rtol=1e-13)
    weighted, _ = passes.normalize(np.ascontiguousarray(log_joint.T), passes.Scratch(), np.arange(50.0))
    np.testing.assert_allclose(weighted.T, expected * np.arange(50.0)[:, np.newaxis], rtol=1e-13)
