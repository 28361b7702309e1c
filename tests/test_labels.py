"""Some labels known: between the closed form of all of them and the plain mixture of none."""

import numpy as np
import pytest
from oracles import random_parameters, scipy_joint
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from threadpoolctl import threadpool_limits

from gmm_lib.covariance_types import TYPES, constrained, short_form
from gmm_lib.datasets import iris, old_faithful
from gmm_lib.e_step import normalize
from gmm_lib.engine import Engine
from gmm_lib.engine.passes import WAYS, restrict
from gmm_lib.engine.sources import Blocks, InMemory
from gmm_lib.evaluation import adjusted_rand_index
from gmm_lib.initialization import RULES
from gmm_lib.labels import log_likelihood_with_labels, renumbered, restricted
from gmm_lib.m_step import m_step
from gmm_lib.mixture import log_joint
from gmm_lib.model import GaussianMixture
from gmm_lib.parameters import Parameters
from gmm_lib.priors import log_prior_density, mclust_prior

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """On matrices as small as these the threads of a BLAS only wait for each other."""
    with threadpool_limits(1):
        yield


def typed(p, covariance_type):
    return Parameters(p.weights, p.means, constrained(p.covariances, p.weights, covariance_type))


def start_at(p, covariance_type="full"):
    precisions = short_form(np.linalg.inv(p.covariances), covariance_type)
    return dict(weights_init=p.weights, means_init=p.means, precisions_init=precisions)


def problem(seed, n=60, m=3, k=3):
    """Points, a mixture that did not produce them, and labels of half of the points, of all components but the last."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(n) < 0.5, rng.integers(0, k - 1, n), -1)
    return rng.normal(size=(n, m)), random_parameters(rng, k, m), labels


def assert_same(one, other, rtol=1e-9):
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, atol=1e-11, err_msg=name)


# -- layer 1


def test_responsibilities_and_log_likelihood_by_definition():
    X, p, labels = problem(0)
    joint = scipy_joint(X, p)
    w, total = np.empty(joint.shape), 0.0
    for i, y in enumerate(labels):
        w[i] = joint[i] / joint[i].sum() if y == -1 else np.eye(3)[y]
        total += np.log(joint[i].sum() if y == -1 else joint[i, y])
    np.testing.assert_allclose(normalize(restricted(log_joint(X, p), labels)), w, rtol=1e-10, atol=1e-300)
    assert log_likelihood_with_labels(X, p, labels) == pytest.approx(total, rel=1e-12)


def test_the_engines_restrict_is_layer_1s_twin():
    X, p, labels = problem(1)
    A = log_joint(X, p)
    blocked = np.ascontiguousarray(A.T)
    restrict(blocked, labels)
    np.testing.assert_array_equal(blocked.T, restricted(A, labels))
    np.testing.assert_array_equal(restricted(A, np.full(len(X), -1)), A)


def test_a_start_takes_the_numbering_of_the_labels():
    _, p, _ = problem(2)
    far = Parameters(p.weights, [[0, 0, 0], [50, 0, 0], [0, 50, 0]], p.covariances)
    points = np.array([[50.0, 1, 0], [52, 1, 0], [0, 49, 0], [7, 7, 7]])
    s = [1.0, 3.0, 1.0, 1.0]
    got = renumbered(far, points, [2, 2, 0, -1], s)  # 1 is left for the component at the origin
    np.testing.assert_allclose(got.means, [[0, 49, 0], [0, 0, 0], [51.5, 1, 0]])
    np.testing.assert_array_equal(got.weights, far.weights[[2, 0, 1]])
    np.testing.assert_array_equal(got.covariances, far.covariances[[2, 0, 1]])
    with pytest.raises(ValueError, match="sample_weight must be positive"):
        renumbered(far, points, [2, 2, 0, -1], [1, 1, 1, 0])


def test_a_labelled_point_beyond_all_densities_does_not_spoil_the_numbering():
    p = Parameters([0.5, 0.5], [[0.0], [10.0]], [[[1.0]], [[1.0]]])
    got = renumbered(p, [[10.0], [1e200]], [0, 1])
    assert got.means[0, 0] == 10


# -- the engine


@pytest.mark.parametrize("covariance_type, formulation", [(t, f) for t, ways in WAYS.items() for f in ways])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_engines_step_is_layer_1s(covariance_type, formulation, weighted):
    X, p, labels = problem(3)
    p = typed(p, covariance_type)
    s = np.random.default_rng(0).integers(1, 4, len(X)) if weighted else np.ones(len(X), dtype=int)
    every = np.repeat(np.arange(len(X)), s)
    source = InMemory(X, s.astype(float), labels=labels)
    engine = Engine(source, formulation=formulation, covariance_type=covariance_type)
    log_likelihood, new = engine.step(engine.state(p))
    w = normalize(restricted(log_joint(X[every], p), labels[every]))
    assert log_likelihood == pytest.approx(log_likelihood_with_labels(X[every], p, labels[every]), rel=1e-11)
    assert_same(engine.parameters(new), m_step(X[every], w, covariance_type=covariance_type))


@pytest.mark.parametrize("formulation", WAYS["full"])
def test_a_label_is_believed_however_far_out_its_point_lies(formulation):
    """Of another component's centre, whose own density there is 1e-200000."""
    X = np.random.default_rng(0).normal(size=(20, 2)) + np.repeat([[0, 0], [900, 0]], 10, axis=0)
    labels = np.full(20, -1)
    labels[0] = 1
    p = Parameters([0.5, 0.5], [[0, 0], [900, 0]], [np.eye(2)] * 2)
    engine = Engine(InMemory(X, labels=labels), formulation=formulation)
    expected = m_step(X, normalize(restricted(log_joint(X, p), labels)))
    np.testing.assert_allclose(expected.weights, [0.45, 0.55])
    log_likelihood, new = engine.step(engine.state(p))
    assert_same(engine.parameters(new), expected)
    assert log_likelihood == pytest.approx(log_likelihood_with_labels(X, p, labels), rel=1e-12)


def test_the_number_of_blocks_does_not_show():
    """Enough points for several chunks, and blocks within them."""
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(120_000, 2)), rng.integers(-1, 2, 120_000)
    p = random_parameters(rng, 2, 2)
    engine = Engine(InMemory(X, labels=labels, threads=2))
    assert len(engine.source.chunks) > 1
    w = normalize(restricted(log_joint(X, p), labels))
    assert_same(engine.parameters(engine.step(engine.state(p))[1]), m_step(X, w), rtol=1e-8)


def test_equal_components_are_told_apart_by_labels():
    X, p, _ = problem(4)
    equal = Parameters([0.5, 0.5], p.means[[0, 0]], p.covariances[[0, 0]])
    engine = Engine(InMemory(X, labels=np.where(X[:, 0] > 0.5, 1, -1)))
    new = engine.parameters(engine.step(engine.state(equal))[1])
    assert new.means[1, 0] > new.means[0, 0] + 0.5


def test_a_label_without_a_component_is_refused():
    engine = Engine(InMemory(np.eye(4, 2), labels=[0, 1, 2, -1]))
    with pytest.raises(ValueError, match="state must have a component for each label; got 2, and a label 2"):
        engine.step(engine.state(Parameters([0.5, 0.5], np.eye(2), [np.eye(2)] * 2)))


# -- the estimator


@pytest.mark.parametrize("rule", RULES)
def test_with_all_labels_the_fit_is_the_discriminants_closed_form(rule):
    """Whatever the start: the means and covariances of each group."""
    data = iris()
    groups = QuadraticDiscriminantAnalysis().fit(data.X, data.labels)
    covariances = [np.cov(data.X[data.labels == y].T, bias=True) for y in range(3)]  # its own divisor has changed
    model = GaussianMixture(3, reg_covar=0, tol=0, max_iter=2, random_state=0, init_params=rule)
    fit = model.fit(data.X, labels=data.labels)
    np.testing.assert_allclose(fit.weights_, groups.priors_)
    np.testing.assert_allclose(fit.means_, groups.means_)
    np.testing.assert_allclose(fit.covariances_, covariances, rtol=1e-9)
    assert fit.lower_bounds_[1] * 150 == pytest.approx(log_likelihood_with_labels(data.X, fit.parameters_, data.labels))


def test_with_all_labels_and_one_covariance_it_is_linear():
    data = iris()
    groups = LinearDiscriminantAnalysis(solver="lsqr").fit(data.X, data.labels)
    model = GaussianMixture(3, covariance_type="tied", reg_covar=0, tol=0, max_iter=1, random_state=0)
    fit = model.fit(data.X, labels=data.labels)
    np.testing.assert_allclose(fit.covariances_, groups.covariance_, rtol=1e-9)


@pytest.mark.parametrize("n_init", [1, 3])
def test_with_no_label_known_it_is_the_plain_fit_to_the_bit(n_init):
    X = old_faithful().X
    model = GaussianMixture(2, random_state=0, n_init=n_init)
    plain, labelled = clone(model).fit(X), clone(model).fit(X, labels=np.full(len(X), -1))
    for name in ("weights_", "means_", "covariances_", "lower_bounds_"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(labelled, name))


def overlapping_groups(seed):
    rng = np.random.default_rng(seed)
    groups = np.arange(200) % 2
    X = rng.normal(size=(200, 5))
    X[:, 0] += 2.0 * groups
    return X, groups, np.where(rng.random(200) < 0.5, groups, -1)


def test_half_the_labels_help_with_the_other_half():
    """Two standard deviations apart in one of five columns; judged on the points whose labels were not given. On
    average over six sets the index is 0.15 without labels and 0.41 with them; the best rule has 0.46."""
    without, found = [], []
    for seed in range(6):
        X, groups, labels = overlapping_groups(seed)
        unknown = labels == -1
        model = GaussianMixture(2, random_state=0, max_iter=1000)
        without.append(adjusted_rand_index(groups[unknown], clone(model).fit(X).predict(X)[unknown]))
        predicted = clone(model).fit(X, labels=labels).predict(X)[unknown]
        found.append(adjusted_rand_index(groups[unknown], predicted))
        assert (predicted == groups[unknown]).mean() > 0.7  # in the labels' own numbering
    assert np.mean(found) > np.mean(without) + 0.15


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("covariance_type", TYPES)
def test_one_labelled_point_each_gives_the_components_their_numbers(rule, covariance_type):
    rng = np.random.default_rng(5)
    groups = np.arange(120) % 3
    X = rng.normal(size=(120, 2)) + 30.0 * np.array([[2, 0], [0, 1], [-1, -1]])[groups]
    for order in ([2, 0, 1], [1, 2, 0]):
        labels = np.full(120, -1)
        labels[:2] = np.array(order)[groups[:2]]  # the third component has no label
        model = GaussianMixture(3, covariance_type=covariance_type, init_params=rule, random_state=0, n_init=3)
        fit = model.fit(X, labels=labels)
        np.testing.assert_array_equal(fit.predict(X), np.array(order)[groups])


def test_given_parameters_keep_their_numbering():
    """Even against the labels: with one step from these means the unlabelled points follow them."""
    X = np.array([[0.0, 0], [0, 1], [1, 0], [50, 50], [50, 51], [51, 50]])
    start = Parameters([0.5, 0.5], [[0, 0], [50, 50]], [np.eye(2)] * 2)
    fit = GaussianMixture(2, max_iter=1, tol=0, **start_at(start)).fit(X, labels=[1, -1, -1, -1, -1, -1])
    np.testing.assert_allclose(fit.weights_, [2 / 6, 4 / 6])
    free = GaussianMixture(2, max_iter=1, tol=0, random_state=0).fit(X, labels=[1, -1, -1, -1, -1, -1])
    np.testing.assert_allclose(free.means_[1], X[:3].mean(axis=0))


def test_a_weight_of_two_is_the_same_labelled_row_twice():
    X, p, labels = problem(6)
    s = np.random.default_rng(0).integers(0, 3, len(X))
    model = GaussianMixture(3, tol=0, max_iter=10, **start_at(p))
    weighted = clone(model).fit(X, sample_weight=s, labels=labels)
    repeated = clone(model).fit(np.repeat(X, s, axis=0), labels=np.repeat(labels, s))
    assert_same(weighted.parameters_, repeated.parameters_, rtol=1e-8)
    by_rule = GaussianMixture(3, random_state=0, init_params="kmeans", tol=0, max_iter=10)
    weighted = clone(by_rule).fit(X, sample_weight=s, labels=labels)
    repeated = clone(by_rule).fit(np.repeat(X, s, axis=0), labels=np.repeat(labels, s))
    assert_same(weighted.parameters_, repeated.parameters_, rtol=1e-7)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_the_log_likelihood_never_falls(covariance_type):
    X, _, labels = problem(7, n=300)
    p = m_step(X, np.random.default_rng(0).dirichlet(np.ones(3), 300), covariance_type=covariance_type)
    start = start_at(p, covariance_type)
    fit = GaussianMixture(3, covariance_type=covariance_type, reg_covar=0, tol=0, max_iter=60, **start)
    assert (np.diff(fit.fit(X, labels=labels).lower_bounds_) > -1e-12).all()


def test_labels_and_a_prior_go_together():
    X, p, labels = problem(8)
    fit = GaussianMixture(3, prior="mclust", tol=1e-10, max_iter=2000, **start_at(p)).fit(X, labels=labels)
    penalised = log_likelihood_with_labels(X, fit.parameters_, labels) + log_prior_density(
        fit.parameters_, mclust_prior(X, 3)
    )
    assert fit.lower_bound_ * len(X) == pytest.approx(penalised, abs=1e-6)
    assert (np.diff(fit.lower_bounds_) > -1e-12).all()


def test_several_runs_are_compared_with_their_labels():
    X, _, labels = overlapping_groups(0)
    arguments = dict(init_params="random_from_data", tol=1e-6, max_iter=1000)
    best = GaussianMixture(2, n_init=4, random_state=0, **arguments).fit(X, labels=labels)
    rng = np.random.RandomState(0)
    singles = [GaussianMixture(2, random_state=rng, **arguments).fit(X, labels=labels).lower_bound_ for _ in range(4)]
    assert best.lower_bound_ == pytest.approx(max(singles), rel=1e-12)


@pytest.mark.parametrize("labels, message", [
    ([0, 1, 2, -1], r"labels must be integers, .*, in -1..1; got -1..2"),
    ([0, -2, 1, -1], r"got -2..1"),
    ([0.0, 1.0, -1.0, -1.0], "labels must be one-dimensional and hold integers"),
    ([0, 1, -1], r"labels must have shape \(4,\), one per row of X; got \(3,\)"),
])  # fmt: skip
def test_what_is_no_label_is_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixture(2).fit(np.eye(4, 2), labels=labels)


def test_a_source_has_no_labels():
    X = old_faithful().X
    with pytest.raises(ValueError, match="labels must be None for a source"):
        GaussianMixture(2).fit(Blocks([X]), labels=np.zeros(len(X), dtype=int))
