import numpy as np
import pytest
from mpmath import mp
from oracles import mp_joint, random_problem, scipy_joint

from gmm_lib.mixture import check_weights, density, log_density, log_joint
from gmm_lib.parameters import Parameters

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.equation(1)
@pytest.mark.parametrize("k, m", [(1, 1), (2, 1), (3, 2), (5, 6)])
def test_the_mixture_is_the_weighted_sum_of_scipys_densities(k, m):
    X, p = random_problem(k, m=m, k=k)
    np.testing.assert_allclose(log_density(X, p), np.log(scipy_joint(X, p).sum(axis=1)), rtol=1e-11)


def test_two_hills_by_hand():
    p = Parameters([0.25, 0.75], [[0], [2]], [[[1]], [[1]]])
    by_hand = (0.25 + 0.75 * np.exp(-2)) / np.sqrt(2 * np.pi)  # at x = 0
    assert density([[0]], p)[0] == pytest.approx(by_hand, rel=1e-15)


def test_far_out_the_logarithm_is_right_where_the_density_has_underflowed():
    p = Parameters([0.4, 0.6], [[0.0, 0.0], [1.0, -1.0]], [np.eye(2), [[2.0, 0.5], [0.5, 1.0]]])
    x = [1e6, -1e6]
    assert log_density([x], p)[0] == pytest.approx(float(mp.log(mp.fsum(mp_joint(x, p)))), rel=1e-14)
    assert density([x], p)[0] == 0


def test_beyond_all_numbers_the_logarithm_is_minus_infinity():
    _, p = random_problem(0)
    np.testing.assert_array_equal(log_density([[1e200, 0], [0, -1e300]], p), [-np.inf, -np.inf])


def test_a_component_of_weight_zero_adds_nothing():
    X, p = random_problem(4, k=2)
    with_ghost = Parameters([*p.weights, 0], [*p.means, [0, 0]], [*p.covariances, np.eye(2)])
    np.testing.assert_allclose(log_density(X, with_ghost), log_density(X, p), rtol=1e-14)
    assert (log_joint(X, with_ghost)[:, 2] == -np.inf).all()


def test_the_terms_of_the_sum_are_scipys():
    X, p = random_problem(5)
    np.testing.assert_allclose(np.exp(log_joint(X, p)), scipy_joint(X, p), rtol=1e-11)


@pytest.mark.equation(2)
def test_weights_must_sum_to_one_and_none_may_be_negative():
    np.testing.assert_array_equal(check_weights([0.25, 0, 0.75]), [0.25, 0, 0.75])
    with pytest.raises(ValueError, match="weights must sum to one; they sum to 0.9"):
        check_weights([0.5, 0.4])
    with pytest.raises(ValueError, match=r"weights must not be negative; weights\[1\] is -0.5"):
        check_weights([1.5, -0.5])  # sums to one, as the article asks, and is no mixture


def test_rounding_of_the_sum_is_forgiven():
    check_weights(np.full(10, 0.1))
    check_weights(np.full(3, 1 / 3))
    single = np.array([0.1, 0.3, 0.6], dtype=np.float32)
    assert abs(single.sum(dtype=np.float64) - 1) > 1e-8  # float32 has no better digits
    np.testing.assert_allclose(check_weights(single), [0.1, 0.3, 0.6], rtol=1e-7)
    assert check_weights(single).sum() == pytest.approx(1, abs=1e-15)
    with pytest.raises(ValueError, match="weights must sum to one; they sum to 1.00000"):
        check_weights(single * np.float32(1 + 3e-6))


def test_checked_weights_are_a_copy():
    mine = np.array([0.5, 0.5])
    assert not np.shares_memory(check_weights(mine), mine)
