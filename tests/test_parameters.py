import copy
import pickle

import numpy as np
import pytest
from oracles import random_problem

from gmm_lib.gaussian import log_densities
from gmm_lib.likelihood import log_likelihood
from gmm_lib.parameters import Parameters
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")

ARRAYS = ("weights", "means", "covariances", "factors")


@pytest.mark.equation(5)
def test_the_likelihood_depends_on_all_three_weights_means_and_covariances():
    X, p = random_problem(0, k=2)
    theta = dict(weights=[0.5, 0.5], means=p.means, covariances=p.covariances)
    value = log_likelihood(X, Parameters(**theta))
    for name, other in [("weights", [0.2, 0.8]), ("means", p.means + 1), ("covariances", 2 * p.covariances)]:
        assert log_likelihood(X, Parameters(**{**theta, name: other})) != pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize("k, m, free", [(1, 1, 2), (2, 1, 5), (3, 4, 44)])
def test_free_parameters_by_hand(k, m, free):
    _, p = random_problem(0, k=k, m=m)
    assert (p.k, p.m, p.n_free_parameters) == (k, m, free)


@pytest.mark.parametrize("name", ARRAYS)
def test_the_arrays_cannot_be_written_to(name):
    _, p = random_problem(0)
    with pytest.raises(ValueError, match="read-only"):
        getattr(p, name)[0] = 0
    with pytest.raises(AttributeError):
        setattr(p, name, None)


def test_the_callers_arrays_stay_the_callers():
    mine = np.array([0.5, 0.5]), np.zeros((2, 2)), np.stack([np.eye(2)] * 2)
    p = Parameters(*mine)
    for array, name in zip(mine, ARRAYS):
        array += 1  # still writeable
        assert not np.shares_memory(array, getattr(p, name))
    np.testing.assert_array_equal(p.means, np.zeros((2, 2)))


def test_the_factors_are_those_of_the_covariances():
    _, p = random_problem(1, m=3)
    np.testing.assert_allclose(p.factors, np.linalg.cholesky(p.covariances))


def test_renumbering_moves_all_arrays_together():
    X, p = random_problem(2)
    q = p.permuted([2, 0, 1])
    np.testing.assert_array_equal(q.weights, p.weights[[2, 0, 1]])
    np.testing.assert_array_equal(
        log_densities(X, q.means, q.covariances), log_densities(X, p.means, p.covariances)[:, [2, 0, 1]]
    )


@pytest.mark.parametrize("order", [[0, 1], [0, 0, 1], [1, 2, 3], [0.0, 1.0, 2.0], [True, False, True]])
def test_only_permutations_renumber(order):
    _, p = random_problem(2)
    with pytest.raises(ValueError, match=r"order must be a permutation of 0\.\.2; got"):
        p.permuted(order)


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(weights=[1.0]), r"weights must have shape \(2,\), one per row of means; got \(1,\)"),
        (dict(weights=[0.5, 0.6]), "weights must sum to one; they sum to 1.1"),
        (dict(means=[0.0, 1.0]), r"means must have 2 dimension\(s\); got shape \(2,\)"),
        (dict(means=[[0.0], [np.nan]]), r"means must be finite; got nan at index \(1, 0\)"),
        (dict(covariances=np.ones((2, 2, 2))), r"covariances must have shape \(2, 1, 1\) to go with the means; got"),
        (dict(covariances=np.ones((1, 1, 1))), r"covariances must have shape \(2, 1, 1\) to go with the means; got"),
    ],
)
def test_what_does_not_fit_is_named(change, message):
    good = dict(weights=[0.5, 0.5], means=[[0.0], [1.0]], covariances=np.ones((2, 1, 1)))
    with pytest.raises(ValueError, match=message):
        Parameters(**{**good, **change})


def test_a_flat_component_is_named():
    with pytest.raises(CollapsedComponentError) as error:
        Parameters([0.5, 0.5], [[0.0], [1.0]], [[[1.0]], [[0.0]]])
    assert error.value.component == 1


def test_the_printed_form_tells_weights_means_and_standard_deviations():
    text = repr(Parameters([0.25, 0.75], [[1.0], [2.0]], [[[4.0]], [[9.0]]]))
    assert text.splitlines()[0] == "Parameters(k=2, m=1)"
    assert "weight 0.7500, mean [2.], sd [3.]" in text


@pytest.mark.parametrize("again", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))], ids=["deepcopy", "pickle"])
def test_a_copy_is_frozen_too(again):
    parameters = again(Parameters([0.5, 0.5], [[0.0], [1.0]], [[[1.0]], [[2.0]]]))
    assert parameters.means.tolist() == [[0.0], [1.0]]
    with pytest.raises(ValueError, match="read-only"):
        parameters.means[0] = 3
