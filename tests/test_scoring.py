"""What a fitted mixture says of points goes through the engine: it is what layer 1 says."""

import pickle

import dask.array
import dask.callbacks
import dask.dataframe
import numpy as np
import pandas as pd
import pytest
from oracles import random_parameters

from gmm_lib import GaussianMixture
from gmm_lib.datasets import iris
from gmm_lib.engine import sources
from gmm_lib.engine.scoring import LABELS, LOG_DENSITIES, RESPONSIBILITIES, Remembered, Scorer
from gmm_lib.mixture import log_density
from gmm_lib.parameters import Parameters
from gmm_lib.posterior import posterior
from gmm_lib.sampling import sample

pytestmark = pytest.mark.filterwarnings("error")
X = iris().X


def tiny_beside_large(size):
    """Two components, one of them far smaller than the whole."""
    return Parameters([0.5, 0.5], [[0.0, 0.0], [3.0, 4.0]], [np.eye(2), size**2 * np.array([[1.0, 0.3], [0.3, 1.0]])])


MIXTURES = {
    "one dimension": lambda: random_parameters(np.random.default_rng(0), k=3, m=1),
    "four dimensions": lambda: random_parameters(np.random.default_rng(1), k=5, m=4),
    "forty dimensions": lambda: random_parameters(np.random.default_rng(2), k=3, m=40),
    "one component": lambda: random_parameters(np.random.default_rng(3), k=1, m=2),
    "a thousandth": lambda: tiny_beside_large(1e-3),
    "a millionth": lambda: tiny_beside_large(1e-6),
    "far from the origin": lambda: Parameters([0.3, 0.7], [[1e8, -1e8], [1e8 + 3, -1e8]], [np.eye(2), 4 * np.eye(2)]),
    "a weight of zero": lambda: Parameters([0.0, 1.0], [[0.0], [1.0]], [[[1.0]], [[2.0]]]),
}


@pytest.mark.parametrize("name", MIXTURES)
@pytest.mark.parametrize("n", [1, 300, 30_000])
def test_it_is_layer_1s(name, n):
    parameters = MIXTURES[name]()
    points, _ = sample(n, parameters, 0)
    points[:: max(n // 7, 1)] += 5 * np.sqrt(parameters.covariances[-1].diagonal())  # some between the components
    scorer = Scorer(parameters)
    expected = posterior(points, parameters)
    np.testing.assert_allclose(scorer.ask(RESPONSIBILITIES, points), expected, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(scorer.ask(LOG_DENSITIES, points), log_density(points, parameters), rtol=1e-9, atol=1e-9)
    top = np.sort(expected, axis=1)
    clear = np.ones(n, dtype=bool) if parameters.k == 1 else top[:, -1] - top[:, -2] > 1e-6
    np.testing.assert_array_equal(scorer.ask(LABELS, points)[clear], expected.argmax(axis=1)[clear])


def test_far_out_the_logarithm_still_tells():
    parameters = random_parameters(np.random.default_rng(1), k=3, m=2)
    far = np.array([[1e6, -1e7], [1e100, 1e100], [3.0, 4.0]])
    np.testing.assert_allclose(Scorer(parameters).ask(LOG_DENSITIES, far), log_density(far, parameters), rtol=1e-9)
    np.testing.assert_array_equal(Scorer(parameters).ask(LABELS, far), posterior(far, parameters).argmax(axis=1))
    lost = np.array([[0.0, 0.0], [1e200, 0.0]])
    np.testing.assert_array_equal(np.isneginf(Scorer(parameters).ask(LOG_DENSITIES, lost)), [False, True])
    for question in (LABELS, RESPONSIBILITIES):
        with pytest.raises(ValueError, match=r"X\[1, 0\] = 1e\+200 is so far out that row 1 has density 0"):
            Scorer(parameters).ask(question, lost)


@pytest.fixture(scope="module")
def fit():
    return GaussianMixture(3, random_state=0).fit(X)


SOURCES = {
    "blocks": lambda points: sources.Blocks([points[:40], points[40:41], points[41:]]),
    "memory": sources.InMemory,
    "Dask": lambda points: dask.array.from_array(points, chunks=(37, 2)),
    "distributed": lambda points: sources.Distributed(dask.array.from_array(points, chunks=(37, 4))),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_a_source_is_scored_as_the_array_is(fit, kind):
    source = SOURCES[kind](X)
    for ask in (fit.predict, fit.predict_proba, fit.score_samples):
        answer = ask(source)
        assert isinstance(answer, dask.array.Array) == (kind in ("Dask", "distributed"))  # and not computed yet
        np.testing.assert_allclose(np.asarray(answer), ask(X), rtol=1e-12)
    for judge in (fit.score, fit.aic, fit.bic):
        assert judge(source) == pytest.approx(judge(X), rel=1e-12)


def tables(points, npartitions=4):
    return dask.dataframe.from_pandas(pd.DataFrame(points, columns=list("abcd")), npartitions=npartitions)


def test_a_table_of_dask_is_scored_as_the_array_is():
    named = pd.DataFrame(X, columns=list("abcd"))
    fit, table = GaussianMixture(3, random_state=0).fit(named), tables(X)
    for ask in (fit.predict, fit.predict_proba, fit.score_samples):
        answer = ask(table)
        assert isinstance(answer, dask.array.Array)  # and not computed yet: not even its length is known
        assert np.isnan(answer.shape[0]) and answer.shape[1:] == ask(named).shape[1:]
        assert len(answer.compute_chunk_sizes()) == 150
        np.testing.assert_allclose(answer.compute(), ask(named), rtol=1e-12)
    for judge in (fit.score, fit.aic, fit.bic):
        assert judge(table) == pytest.approx(judge(named), rel=1e-12)
    with pytest.raises(ValueError, match=r"X must have the columns .*, as in the fit; got \['a', 'b', 'd', 'c'\]"):
        fit.predict(table[list("abdc")])
    with pytest.raises(ValueError, match="X must have 4 columns, as in the fit; got 3"):
        fit.score(table[list("abc")])
    with pytest.raises(ValueError, match="column 'd' of X must hold integers or floating-point numbers"):
        fit.predict(table.assign(d="x"))
    with pytest.raises(ValueError, match="X must be a dask.array.Array, or a table of dask.dataframe; got a Series"):
        fit.predict(table["a"])
    with pytest.raises(ValueError, match="sample_weight must be None for a source"):
        fit.score(table, sample_weight=np.ones(150))
    with pytest.raises(ValueError, match="X must be an array, or Blocks; got DataFrame, which fit learns from"):
        fit.partial_fit(table)


def test_of_dask_only_sums_come_back(fit):
    """The log-densities of a chunk are summed where they are: no array as long as the points is put together."""
    longest = []

    class Watched(dask.callbacks.Callback):
        def _posttask(self, key, result, dsk, state, worker_id):
            longest.append(np.size(result))

    n = 40 * 150
    points = dask.array.from_array(X, chunks=(150, 4)).map_blocks(np.copy)
    points = dask.array.concatenate([points] * 40)
    with Watched():
        score = fit.score(points)
    assert score == pytest.approx(fit.score(X), rel=1e-12)
    assert longest and max(longest) <= 150 * 4 < n


def test_what_was_fitted_out_of_core_goes_on_out_of_core():
    blocks = SOURCES["blocks"](X)
    labels = GaussianMixture(2, random_state=0).fit_predict(blocks)
    np.testing.assert_array_equal(labels, GaussianMixture(2, random_state=0).fit(blocks).predict(X))
    stream, one_by_one = GaussianMixture(2, random_state=0), GaussianMixture(2, random_state=0)
    for block in np.split(X, [60, 100]):
        one_by_one.partial_fit(block)
    stream.partial_fit(sources.Blocks(np.split(X, [60, 100])))
    np.testing.assert_array_equal(stream.means_, one_by_one.means_)


def test_a_stream_of_tables_knows_its_columns():
    table = pd.DataFrame(X, columns=list("abcd"))
    stream = GaussianMixture(2, random_state=0).partial_fit(sources.Blocks([table[:60], table[60:]]))
    assert list(stream.feature_names_in_) == list("abcd")
    stream.partial_fit(sources.Blocks([table])).partial_fit(table)  # and nothing is warned of
    with pytest.raises(ValueError, match="X must have the columns .*, as in the fit; got"):
        stream.partial_fit(sources.Blocks([table[list("abdc")]]))
    before = stream.means_
    with pytest.raises(ValueError, match="must be finite"):
        stream.partial_fit(sources.Blocks([table, table.assign(b=np.nan)]))
    assert stream.means_ is before  # of the whole source nothing was learnt


def test_columns_of_a_source_are_those_of_the_fit():
    table = pd.DataFrame(X, columns=list("abcd"))
    fit = GaussianMixture(2, random_state=0).fit(table)
    assert fit.score(sources.Blocks([table])) == pytest.approx(fit.score(table))
    with pytest.raises(ValueError, match="X must have the columns .*, as in the fit; got"):
        fit.score(sources.Blocks([table[list("abdc")]]))
    with pytest.raises(ValueError, match="X must have 4 columns, as in the fit; got 3"):
        fit.predict(sources.Blocks([X[:, :3]]))
    with pytest.raises(ValueError, match="X must be finite; got nan in row 57, column 2"):
        fit.predict(sources.Blocks([X[:20], X[20:50], np.where(np.arange(400).reshape(100, 4) == 30, np.nan, X[50:])]))


def test_weights_count_points(fit):
    weights = np.arange(150) % 4
    repeated = np.repeat(X, weights, axis=0)
    for judge in (fit.score, fit.aic, fit.bic):
        assert judge(X, sample_weight=weights) == pytest.approx(judge(repeated), rel=1e-12)
    assert fit.score(np.vstack([X, [[1e200] * 4]]), sample_weight=[1.0] * 150 + [0]) == pytest.approx(fit.score(X))
    for wrong in (-np.ones(150), np.ones(3), np.zeros(150), np.full(150, np.nan)):
        with pytest.raises(ValueError, match="sample_weight must"):
            fit.score(X, sample_weight=wrong)


def test_changed_parameters_are_seen_and_copies_are_small(fit):
    other = pickle.loads(pickle.dumps(fit))
    np.testing.assert_array_equal(other.predict(X), fit.predict(X))
    other.means_ = other.means_[::-1].copy()
    expected = posterior(X, Parameters(other.weights_, other.means_, other.covariances_)).argmax(axis=1)
    np.testing.assert_array_equal(other.predict(X), expected)
    other.means_ += 0.5  # in place
    expected = posterior(X, Parameters(other.weights_, other.means_, other.covariances_)).argmax(axis=1)
    np.testing.assert_array_equal(other.predict(X), expected)
    assert len(pickle.dumps(Remembered())) < 100


def test_nothing_is_asked():
    assert Scorer(random_parameters(np.random.default_rng(0), k=2, m=2)).ask(LABELS, np.empty((0, 2))).shape == (0,)
