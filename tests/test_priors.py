"""Priors: densities and M-steps against SciPy, fits against mclust, and what a prior promises: EM never falls."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import random_covariance, random_parameters
from scipy.optimize import minimize
from scipy.stats import dirichlet, invgamma, invwishart, multivariate_normal
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from gmm_lib.covariance_types import TYPES, constrained, short_form
from gmm_lib.datasets import iris, old_faithful
from gmm_lib.engine import Engine
from gmm_lib.engine.conjugate import Conjugate
from gmm_lib.engine.passes import WAYS
from gmm_lib.engine.sources import Blocks
from gmm_lib.m_step import m_step
from gmm_lib.model import GaussianMixture
from gmm_lib.parameters import Parameters
from gmm_lib.priors import Prior, log_prior_density, m_step_with_prior, mclust_prior
from gmm_lib.validation import CollapsedComponentError

pytestmark = pytest.mark.filterwarnings("error")
WITHOUT_MEANS, WITHOUT_COVARIANCES, WEIGHTS_ALONE = "no means", "no covariances", "weights alone"
PARTS = ("all", WITHOUT_MEANS, WITHOUT_COVARIANCES, WEIGHTS_ALONE)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """On matrices as small as these the threads of a BLAS only wait for each other."""
    with threadpool_limits(1):
        yield


def random_prior(rng, m, covariance_type, parts="all"):
    given = dict(weight_concentration_prior=1 + rng.exponential())
    if parts in ("all", WITHOUT_COVARIANCES):
        given |= dict(mean_precision_prior=rng.uniform(0.1, 5), mean_prior=rng.normal(size=m))
    if parts in ("all", WITHOUT_MEANS):
        scale = random_covariance(rng, m)
        shapes = {"full": scale, "tied": scale, "diag": np.diag(scale), "spherical": scale[0, 0]}
        given |= dict(degrees_of_freedom_prior=m + rng.uniform(0, 4), covariance_prior=shapes[covariance_type])
    return Prior(covariance_type, **given)


def typed(p, covariance_type):
    return Parameters(p.weights, p.means, constrained(p.covariances, p.weights, covariance_type))


def scipys_log_prior(p, prior):
    """log p(Theta), density by density, from scipy.stats."""
    alpha, kappa, nu = prior.weight_concentration_prior, prior.mean_precision_prior, prior.degrees_of_freedom_prior
    total = dirichlet(np.full(p.k, alpha)).logpdf(p.weights) if p.k > 1 else 0.0
    if kappa > 0:
        normal = multivariate_normal.logpdf
        total += sum(normal(mu, prior.mean_prior, s / kappa) for mu, s in zip(p.means, p.covariances))
    if nu is None:
        return total
    kind, scale = prior.covariance_type, prior.covariance_prior
    if kind in ("full", "tied"):
        return total + sum(
            invwishart(nu, scale).logpdf(s) for s in (p.covariances if kind == "full" else p.covariances[:1])
        )
    variances = np.diagonal(p.covariances, axis1=1, axis2=2)
    return total + invgamma(nu / 2, scale=scale / 2).logpdf(variances if kind == "diag" else variances[:, 0]).sum()


# -- layer 1


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.parametrize("k, m", [(1, 1), (3, 1), (2, 3)])
def test_the_log_prior_density_is_scipys(covariance_type, parts, k, m):
    rng = np.random.default_rng([k, m])
    p, prior = typed(random_parameters(rng, k, m), covariance_type), random_prior(rng, m, covariance_type, parts)
    assert log_prior_density(p, prior) == pytest.approx(scipys_log_prior(p, prior), rel=1e-12, abs=1e-12)


def complete_data(p, X, w, prior):
    """What the M-step is to maximise: the expected complete-data log-likelihood plus the log prior, from SciPy."""
    densities = [multivariate_normal(mu, s).logpdf(X) for mu, s in zip(p.means, p.covariances)]
    return (w.T * densities).sum() + w.sum(axis=0) @ np.log(p.weights) + scipys_log_prior(p, prior)


def unpacked(theta, k, m, covariance_type):
    """Parameters of a type from numbers without constraints: log-weights, means, and factors of the covariances."""
    weights = np.exp(theta[:k]) / np.exp(theta[:k]).sum()
    means, rest = theta[k : k + k * m].reshape(k, m), theta[k + k * m :]
    if covariance_type == "spherical":
        return Parameters(weights, means, np.exp(rest)[:, np.newaxis, np.newaxis] * np.eye(m))
    if covariance_type == "diag":
        return Parameters(weights, means, [np.diag(one) for one in np.exp(rest).reshape(k, m)])
    factors = np.zeros((k if covariance_type == "full" else 1, m, m))
    factors[:, *np.tril_indices(m)] = rest.reshape(len(factors), -1)
    return Parameters(weights, means, np.tile(factors @ factors.swapaxes(1, 2), (k // len(factors), 1, 1)))


EVERY_TYPE_AND_EVERY_PART = [(t, "all") for t in TYPES] + [
    ("full", WITHOUT_MEANS),
    ("tied", WITHOUT_COVARIANCES),
    ("diag", WITHOUT_MEANS),
    ("spherical", WEIGHTS_ALONE),
]


@pytest.mark.parametrize("covariance_type, parts", EVERY_TYPE_AND_EVERY_PART)
def test_the_m_step_is_the_maximum_that_an_optimiser_finds(covariance_type, parts):
    k, m, rng = 2, 2, np.random.default_rng(8)
    X, w = rng.normal(size=(12, m)) - 2, rng.dirichlet(np.ones(k), 12)
    prior = random_prior(rng, m, covariance_type, parts)
    sizes = {"full": k * m * (m + 1) // 2, "tied": m * (m + 1) // 2, "diag": k * m, "spherical": k}
    shape = np.zeros(sizes[covariance_type])
    if covariance_type in ("full", "tied"):
        shape = np.tile([1.0, 0.0, 1.0], len(shape) // 3)
    start = np.concatenate([np.zeros(k), np.tile(X.mean(axis=0), k), shape])
    loss = lambda theta: -complete_data(unpacked(theta, k, m, covariance_type), X, w, prior)  # noqa: E731
    found = minimize(loss, start, method="BFGS", options={"gtol": 1e-5})
    best = m_step_with_prior(X, w, prior)
    assert complete_data(best, X, w, prior) == pytest.approx(-found.fun, abs=1e-7)
    optimum = unpacked(found.x, k, m, covariance_type)
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(best, name), getattr(optimum, name), atol=2e-4)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_prior_that_says_nothing_is_maximum_likelihood(covariance_type):
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(30, 3)), rng.dirichlet(np.ones(2), 30)
    silent = m_step_with_prior(X, w, Prior(covariance_type))
    plain = m_step(X, w, covariance_type=covariance_type)
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(silent, name), getattr(plain, name), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_prior_that_shouts_is_all_that_is_heard(covariance_type):
    """Then the result is the mode of the prior: for the covariances the scale over nu + 2m, say, for "full"."""
    k, m, nu, rng = 2, 3, 1e9, np.random.default_rng(0)
    X, w = rng.normal(size=(30, m)), rng.dirichlet(np.ones(k), 30)
    scale = short_form(np.tile(random_covariance(rng, m), (k, 1, 1)), covariance_type)
    scale = {"full": scale[0], "tied": scale, "diag": scale[0], "spherical": scale[0]}[covariance_type]
    p = m_step_with_prior(X, w, Prior(covariance_type, 1e12, 1e9, [1.0, 2.0, 3.0], nu, nu * scale))
    np.testing.assert_allclose(p.weights, 0.5, rtol=1e-9)
    np.testing.assert_allclose(p.means, [[1, 2, 3]] * k, atol=1e-6)
    for covariance in p.covariances:
        np.testing.assert_allclose(covariance, scale * (1 if np.ndim(scale) == 2 else np.eye(m)), atol=1e-5)


def test_the_mode_of_one_gaussian_by_hand():
    """x = 1, 3 with kappa = 2 points at 5, nu = 1 and Lambda = 4: mean (4 + 10) / 4 = 3.5; scatter 2.5^2 + 0.5^2 = 6.5,
    of the mean 2 * 1.5^2 = 4.5, of the scale 4: 15; divisor 2 + 1 + (1 + 1 + 1)."""
    p = m_step_with_prior([[1.0], [3.0]], np.ones((2, 1)), Prior("full", 1.0, 2.0, [5.0], 1.0, [[4.0]]))
    assert (p.weights[0], p.means[0, 0], p.covariances[0, 0, 0]) == pytest.approx((1, 3.5, 15 / 6), rel=1e-15)


def test_a_component_without_points_rests_at_its_prior():
    w = np.tile([1.0, 0.0], (5, 1))
    p = m_step_with_prior(np.eye(5, 2), w, Prior("full", 2.0, 3.0, [1.0, 2.0], 4.0, np.eye(2)))
    np.testing.assert_allclose(p.weights, [6 / 7, 1 / 7])
    np.testing.assert_allclose(p.means[1], [1, 2])
    np.testing.assert_allclose(p.covariances[1], np.eye(2) / (4 + 2 + 2))
    with pytest.raises(CollapsedComponentError, match="component 1 .* no point"):
        m_step_with_prior(np.eye(5, 2), w, Prior("full", 2.0, degrees_of_freedom_prior=4.0, covariance_prior=np.eye(2)))


# -- mclust

# Of mclust 6.0.0 (Debian's r-cran-mclust 6.0.0-1, R 4.2.2): `mstep(X, modelName, z, prior = priorControl())` and
# `me(...)` with control = emControl(tol = c(1e-15, 1e-15)), on iris with z = 0.7 * unmap(Species) + 0.1. By type: some
# entries of sigma after one M-step ([1,1,1], [1,2,1], [2,2,1], [1,1,2], [1,1,3]); weights, log-likelihood and some
# means and entries of sigma ([1,1,1], [4,4,1]) at convergence.
MODELS = {"full": "VVV", "tied": "EEE", "diag": "VVI", "spherical": "VII"}
MCLUST_MEANS = [
    [5.257317203226, 3.316748117043, 2.151121375725, 0.532133439979],
    [5.908187029261, 2.856240218623, 4.109329734053, 1.287982270213],
    [6.364495767513, 2.999011664334, 5.013548890222, 1.777884289809],
]
MCLUST_SIGMA = {
    "full": [0.35870529306109, -0.00829141613589, 0.15019751230990, 0.320025248425, 0.488821677096],
    "tied": [0.4365638224650, 0.0209005228400, 0.1393823917651, 0.436563822465, 0.436563822465],
    "diag": [0.381421903922, 0.0, 0.167162891363, 0.340775077355, 0.518154375281],
    "spherical": [0.722341979372, 0.0, 0.722341979372, 0.443405222660, 0.689407949184],
}
MCLUST_FITS = {
    "full": ([0.333333333326, 0.313808799249, 0.352857867425],
        -192.6952838648, 6.55098946895, 0.10469508391738, 0.01433436693617),
    "tied": ([0.333333333337, 0.347992909789, 0.318673756875],
        -257.73937660899, 6.591542109913, 0.2441350167628, 0.0346987208260),
    "diag": ([0.333333333333, 0.296904747005, 0.369761919662],
        -312.90408706874, 6.621830706138, 0.1144959214348, 0.0205650190277),
    "spherical": ([0.333333333861, 0.415437569812, 0.251229096327],
        -384.47867621616, 6.849145638399, 0.0749114413389, 0.0749114413389),
}  # fmt: skip


def species():
    data = iris()
    return data.X, 0.7 * np.eye(3)[data.labels] + 0.1


@pytest.mark.parametrize("covariance_type", TYPES)
def test_mclusts_default_prior_makes_mclusts_m_step(covariance_type):
    X, z = species()
    p = m_step_with_prior(X, z, mclust_prior(X, 3, covariance_type))
    np.testing.assert_allclose(p.means, MCLUST_MEANS, rtol=1e-11)
    s = p.covariances
    got = [s[0, 0, 0], s[0, 0, 1], s[0, 1, 1], s[1, 0, 0], s[2, 0, 0]]
    np.testing.assert_allclose(got, MCLUST_SIGMA[covariance_type], rtol=1e-10)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_fit_with_it_is_mclusts(covariance_type):
    X, z = species()
    start = m_step_with_prior(X, z, mclust_prior(X, 3, covariance_type))
    model = GaussianMixture(
        3,
        covariance_type=covariance_type,
        prior="mclust",
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=short_form(np.linalg.inv(start.covariances), covariance_type),
        tol=0,
        max_iter=700,
    ).fit(X)
    weights, log_likelihood, mean, first, last = MCLUST_FITS[covariance_type]
    np.testing.assert_allclose(model.weights_, weights, rtol=1e-7)
    assert model.score(X) * 150 == pytest.approx(log_likelihood, abs=1e-6)
    s = model.parameters_.covariances
    assert (model.means_[2, 0], s[0, 0, 0], s[0, 3, 3]) == pytest.approx((mean, first, last), rel=1e-7)


def test_where_mclust_takes_the_variances_alone():
    """With no more rows than columns its covariance is singular, and only the diagonal is kept."""
    X = np.random.default_rng(0).normal(size=(4, 4))
    np.testing.assert_allclose(mclust_prior(X, 2).covariance_prior, np.diag(X.var(axis=0, ddof=1)) / np.sqrt(2))


def test_a_singular_covariance_gets_a_millionth_more():
    X = np.random.default_rng(0).normal(size=(40, 1)) * [1.0, 10.0, 0.0]
    variances = np.array([*X.var(axis=0, ddof=1)[:2], 1.0])
    more = mclust_prior(X, 1).covariance_prior - np.cov(X.T)
    np.testing.assert_allclose(more, 1e-6 * np.diag(variances), atol=1e-12)


# -- the engine


def problem(seed, n=40, m=3, k=3):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, m)) @ rng.normal(size=(m, m)) + rng.normal(size=m)
    return rng, X, random_parameters(rng, k, m)


def assert_same(one, other, rtol=1e-9):
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, atol=1e-11, err_msg=name)


@pytest.mark.parametrize("covariance_type, formulation", [(t, f) for t, ways in WAYS.items() for f in ways])
@pytest.mark.parametrize("parts", PARTS)
def test_the_engines_half_steps_are_layer_1s(covariance_type, formulation, parts):
    rng, X, p = problem(1)
    p, prior = typed(p, covariance_type), random_prior(rng, 3, covariance_type, parts)
    engine = Engine(X, formulation=formulation, covariance_type=covariance_type)
    engine.set_prior(prior)
    state = engine.state(p)
    w = engine.responsibilities(state, X)
    expected = m_step_with_prior(X, w, prior)
    assert_same(engine.parameters(engine.m_step(w)), expected)
    assert_same(engine.parameters(engine.step(state)[1]), expected)
    bounds = engine.run(state, max_iter=2, tol=0).bounds
    for bound, q in zip(bounds, (p, expected)):
        log_likelihood = engine.step(engine.state(q))[0]
        assert bound == pytest.approx((log_likelihood + log_prior_density(q, prior)) / len(X), rel=1e-12)


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("weights", ["equal", "unequal"])
def test_a_weight_of_two_is_the_same_row_twice(covariance_type, weights):
    rng, X, p = problem(2)
    s = np.full(len(X), 2) if weights == "equal" else rng.integers(1, 4, len(X))
    model = GaussianMixture(
        3,
        covariance_type=covariance_type,
        prior="mclust",
        weight_concentration_prior=3.0,
        weights_init=p.weights,
        means_init=p.means,
        precisions_init=short_form(np.linalg.inv(typed(p, covariance_type).covariances), covariance_type),
        tol=0,
        max_iter=5,
    )
    weighted, repeated = clone(model).fit(X, sample_weight=s), clone(model).fit(np.repeat(X, s, axis=0))
    assert_same(weighted.parameters_, repeated.parameters_)
    np.testing.assert_allclose(weighted.lower_bounds_, repeated.lower_bounds_, rtol=1e-10)


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("floor", [0.5, [0.1, 0.0, 2.0]])
def test_a_floor_is_added_to_what_the_prior_makes(covariance_type, floor):
    rng, X, p = problem(3)
    prior = random_prior(rng, 3, covariance_type)
    engine = Engine(X, reg_covar=floor, covariance_type=covariance_type)
    engine.set_prior(prior)
    state = engine.state(typed(p, covariance_type))
    without = m_step_with_prior(X, engine.responsibilities(state, X), prior)
    more = constrained(np.tile(floor * np.eye(3), (3, 1, 1)), np.ones(3), covariance_type)
    got = engine.parameters(engine.step(state)[1])
    np.testing.assert_allclose(got.covariances, without.covariances + more, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("far", [1e4, 1e7])
@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_prior_far_from_the_data_costs_no_digits(covariance_type, far):
    """The data lie at 1e6, the prior mean as far again, and the scale of one column is as large."""
    rng, X, _ = problem(4)
    X, w = X + 1e6, rng.dirichlet(np.ones(3), len(X))
    scale = np.diag([1.0, far, 1.0]) if covariance_type in ("full", "tied") else [1.0, far, 1.0]
    prior = Prior(
        covariance_type, 1.0, 0.5, X.mean(axis=0) + far, 4.0, far if covariance_type == "spherical" else scale
    )
    engine = Engine(X, covariance_type=covariance_type)
    engine.set_prior(prior)
    expected = m_step_with_prior(
        X - 1e6, w, Prior(covariance_type, 1.0, 0.5, prior.mean_prior - 1e6, 4.0, prior.covariance_prior)
    )
    got = engine.parameters(engine.m_step(w))
    np.testing.assert_allclose(got.means - 1e6, expected.means, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(got.covariances, expected.covariances, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_the_density_of_a_state_is_that_of_its_parameters(covariance_type):
    rng, X, p = problem(5)
    p, prior = typed(p, covariance_type), random_prior(rng, 3, covariance_type)
    engine = Engine(1e3 * X + 1e5, covariance_type=covariance_type)
    state = engine.state(p)
    got = Conjugate.of(prior, engine.coordinates, p.k).log_density(state)
    assert got == pytest.approx(log_prior_density(p, prior), rel=1e-9)


# -- what a prior promises


@st.composite
def hard_data(draw):
    """Points in few places, with constant or dependent columns, fewer than dimensions, far out, of any unit."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.integers(3, 40)), draw(st.integers(1, 5))
    X = rng.normal(size=(n, m))
    kind = draw(st.sampled_from(["plain", "repeated", "constant", "dependent", "far", "offset", "units", "integers"]))
    if kind == "repeated":
        X = X[rng.integers(0, 3, n)]
    elif kind == "constant":
        X[:, -1] = 0.1 * (m > 1) or X[:, -1]
    elif kind == "dependent":
        X[:, -1] = -2 * X[:, 0]
    elif kind == "far":
        X[0] = 1e9
    elif kind == "offset":
        X += 1e7
    elif kind == "units":
        X *= 10.0 ** rng.integers(-12, 12, m)
    elif kind == "integers":
        X = np.rint(X)
    return X, rng


@given(hard_data(), st.sampled_from(TYPES), st.integers(1, 5), st.sampled_from(["random", "rows_with_replacement"]))
def test_the_penalised_log_likelihood_never_falls_and_nothing_collapses(data, covariance_type, k, rule):
    X, rng = data
    arguments = (
        {"prior": "mclust"} if rng.random() < 0.7 else {"covariance_prior": None, "degrees_of_freedom_prior": 9.0}
    )
    if rng.random() < 0.5:
        arguments |= {"weight_concentration_prior": 1 + rng.exponential()}
    model = GaussianMixture(
        min(k, len(X)),
        covariance_type=covariance_type,
        init_params=rule,
        random_state=0,
        tol=0,
        max_iter=25,
        **arguments,
    ).fit(X)
    bounds = np.array(model.lower_bounds_)
    assert np.isfinite(bounds).all()
    assert (np.diff(bounds) > -1e-12 * np.maximum(1, np.abs(bounds[1:]))).all()


def test_without_a_prior_of_the_covariances_a_component_still_collapses():
    X = np.vstack([np.random.default_rng(0).normal(size=(30, 2)), [[9, 9]]])
    start = dict(weights_init=[0.9, 0.1], means_init=[[0, 0], [9, 9]], precisions_init=[np.eye(2)] * 2, reg_covar=0)
    with pytest.raises(CollapsedComponentError):
        GaussianMixture(2, weight_concentration_prior=2.0, **start).fit(X)
    fit = GaussianMixture(2, prior="mclust", tol=1e-9, **start).fit(X)
    assert fit.weights_[1] == pytest.approx(1 / 31, rel=1e-6)
    least = np.linalg.eigvalsh(mclust_prior(X, 2).covariance_prior)[0] / (1 + 1 + 4 + 2 + 1)  # its own point, and 1 + e
    assert np.linalg.eigvalsh(fit.covariances_[1])[0] > 0.999 * least


def test_a_component_may_lose_all_its_points_and_is_then_of_no_weight():
    """Its weight goes to 0 by a factor each time, beyond the smallest number, and the fit goes on."""
    X = np.repeat([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]], 20, axis=0)
    X[:, 0] += np.tile([-0.1, 0.1], 30)
    fit = GaussianMixture(
        4,
        mean_precision_prior=1.0,
        mean_prior=[1e3, 1e3],
        degrees_of_freedom_prior=4.0,
        covariance_prior=np.eye(2),
        weights_init=np.full(4, 0.25),
        means_init=[[0, 0], [10, 0], [0, 10], [300, 300]],
        precisions_init=[np.eye(2)] * 4,
        tol=0,
        max_iter=60,
    ).fit(X)
    assert fit.weights_[3] == 0
    np.testing.assert_allclose(fit.means_[3], 1e3)
    np.testing.assert_allclose(fit.covariances_[3], np.eye(2) / (4 + 2 + 2), rtol=1e-9, atol=1e-15)
    assert (np.diff(fit.lower_bounds_) > -1e-12).all()
    assert np.isfinite(fit.score(X)) and (fit.predict_proba(X)[:, 3] == 0).all()


def test_mclusts_prior_for_full_covariances_knows_no_units():
    """Of the data mapped by x -> A x + b the fit is the mapped fit."""
    rng, X, _ = problem(6, n=80)
    A, b = rng.normal(size=(3, 3)), rng.normal(size=3) * 100
    start = m_step(X, rng.dirichlet(np.ones(2), len(X)))
    fits = []
    for points, p in (
        (X, start),
        (X @ A.T + b, Parameters(start.weights, start.means @ A.T + b, A @ start.covariances @ A.T)),
    ):
        model = GaussianMixture(
            2, prior="mclust", tol=0, max_iter=30, weights_init=p.weights, means_init=p.means,
            precisions_init=np.linalg.inv(p.covariances),
        )  # fmt: skip
        fits.append(model.fit(points).parameters_)
    np.testing.assert_allclose(fits[1].weights, fits[0].weights, rtol=1e-8)
    np.testing.assert_allclose(fits[1].means, fits[0].means @ A.T + b, rtol=1e-8)
    np.testing.assert_allclose(fits[1].covariances, A @ fits[0].covariances @ A.T, rtol=1e-7)


# -- the estimator


def fitted(**arguments):
    return GaussianMixture(2, random_state=0, tol=1e-8, max_iter=1000, **arguments).fit(old_faithful().X)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_the_lower_bound_is_the_penalised_log_likelihood(covariance_type):
    X = old_faithful().X
    fit = fitted(covariance_type=covariance_type, prior="mclust", weight_concentration_prior=2.0)
    prior = Prior(**{**vars(mclust_prior(X, 2, covariance_type)), "weight_concentration_prior": 2.0})
    assert fit.lower_bound_ == pytest.approx(fit.score(X) + log_prior_density(fit.parameters_, prior) / 272, abs=1e-7)


def test_what_is_not_said_is_scikit_learns_default_of_that_part_and_no_more():
    X = old_faithful().X
    S, mean = np.cov(X.T), X.mean(axis=0)
    same = [
        (dict(mean_prior=mean), dict(mean_precision_prior=1.0, mean_prior=mean)),
        (dict(mean_precision_prior=7.0), dict(mean_precision_prior=7.0, mean_prior=mean)),
        (dict(degrees_of_freedom_prior=9.0), dict(degrees_of_freedom_prior=9.0, covariance_prior=S)),
        (dict(covariance_prior=S), dict(degrees_of_freedom_prior=2.0, covariance_prior=S)),
    ]
    for given_, full in same:
        model = fitted(**given_)
        p = model.parameters_
        w = model.predict_proba(X)
        assert_same(m_step_with_prior(X, w, Prior(**full)), p, rtol=2e-3)
        explicit = fitted(**full)
        assert_same(explicit.parameters_, p, rtol=1e-12)


@pytest.mark.parametrize("name, value", [("covariance_prior", 3.0), ("degrees_of_freedom_prior", 2.0)])
def test_a_named_choice_leaves_what_is_given_as_it_is(name, value):
    X = old_faithful().X
    prior = Prior(**{**vars(mclust_prior(X, 2, "spherical")), name: value})
    fit = fitted(covariance_type="spherical", prior="mclust", **{name: value})
    again = m_step_with_prior(X, fit.predict_proba(X), prior)
    np.testing.assert_allclose(again.covariances, fit.parameters_.covariances, rtol=1e-3)
    other = m_step_with_prior(X, fit.predict_proba(X), mclust_prior(X, 2, "spherical"))
    assert np.abs(other.covariances[:, 0, 0] / fit.covariances_ - 1).max() > 2e-3


def test_mclusts_prior_without_its_means():
    X = old_faithful().X
    fit = fitted(prior="mclust", mean_precision_prior=0.0)
    w = fit.predict_proba(X)
    np.testing.assert_allclose(fit.means_, w.T @ X / w.sum(axis=0)[:, np.newaxis], rtol=1e-4)


def test_blocks_are_fitted_as_an_array_is():
    X = old_faithful().X
    start = dict(weights_init=[0.5, 0.5], means_init=[[2, 54], [4, 80]], precisions_init=[np.eye(2)] * 2)
    model = GaussianMixture(2, prior="mclust", tol=1e-8, **start)
    assert_same(clone(model).fit(Blocks([X[:100], X[100:]])).parameters_, clone(model).fit(X).parameters_)


def test_the_best_of_several_runs_is_that_of_the_highest_penalised_likelihood():
    X = iris().X
    arguments = dict(prior="mclust", init_params="random_from_data", tol=1e-5, max_iter=500)
    best = GaussianMixture(3, n_init=6, random_state=0, **arguments).fit(X)
    rng = np.random.RandomState(0)
    singles = [GaussianMixture(3, random_state=rng, **arguments).fit(X).lower_bound_ for _ in range(6)]
    assert best.lower_bound_ == pytest.approx(max(singles), rel=1e-12)
    assert max(singles) - min(singles) > 1e-3


def test_a_stream_has_no_prior():
    X = old_faithful().X
    for argument in ({"prior": "mclust"}, {"mean_prior": [0.0, 0.0]}):
        with pytest.raises(ValueError, match=f"{next(iter(argument))} must be None in a stream"):
            GaussianMixture(2, **argument).partial_fit(X)


def test_after_a_fit_with_a_prior_a_stream_without_one_has_its_own_floor():
    X = old_faithful().X
    model = fitted(prior="mclust").set_params(prior=None)
    model.partial_fit(X[:100])
    assert model._relative_floor.min() > 0


@pytest.mark.parametrize("wrong, message", [
    (dict(prior="R"), "prior must be None or 'mclust'; got 'R'"),
    (dict(weight_concentration_prior=0.5), "weight_concentration_prior must be at least 1"),
    (dict(mean_precision_prior=0.0, mean_prior=[0, 0]), "mean_prior must be given if, and only if"),
    (dict(mean_prior=[0.0]), "mean_prior of the prior must have 2 columns"),
    (dict(covariance_prior=np.eye(3), mean_prior=[0, 0], degrees_of_freedom_prior=3), "must have equally many columns"),
    (dict(covariance_prior=np.eye(3), degrees_of_freedom_prior=3), "covariance_prior of the prior must have 2 columns"),
    (dict(covariance_prior=[[1, 2], [2, 1]]), "covariance_prior must be .* positive definite; got one"),
    (dict(covariance_prior=[[1, 2, 3], [2, 1, 3]]), "covariance_prior must be square"),
    (dict(covariance_prior=np.eye(2), degrees_of_freedom_prior=1.0), "degrees_of_freedom_prior must be greater than 1"),
    (dict(covariance_type="diag", covariance_prior=[1.0, 0.0]), "covariance_prior must be positive"),
    (dict(covariance_type="spherical", covariance_prior=[1.0, 2.0]), "covariance_prior must have 0 dimension"),
])  # fmt: skip
def test_what_is_no_prior_is_refused_by_name(wrong, message):
    with pytest.raises(ValueError, match=message):
        fitted(**wrong)


def test_data_of_no_weight_make_no_prior():
    with pytest.raises(ValueError, match="sample_weight must sum to more than 1"):
        GaussianMixture(1, prior="mclust").fit(np.eye(3, 2), sample_weight=[0.1, 0.2, 0.3])


def test_a_prior_of_another_type_is_refused():
    with pytest.raises(ValueError, match="prior must be of covariance_type 'diag'"):
        Engine(np.eye(3, 2), covariance_type="diag").set_prior(Prior("full"))
    with pytest.raises(ValueError, match="parameters must have covariances that are diagonal"):
        log_prior_density(Parameters([1.0], [[0, 0]], [[[1, 0.5], [0.5, 1]]]), Prior("diag"))
