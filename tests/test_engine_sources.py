"""The engine on data that are read block by block, or live on a cluster: the same sums, the same fit."""

import os
import signal
from contextlib import contextmanager

import numpy as np
import pytest

from gmm_lib.engine import Engine, Moments
from gmm_lib.engine.sources import Blocks, Distributed, InMemory, parquet
from gmm_lib.model import GaussianMixture
from gmm_lib.parameters import Parameters

RNG = np.random.default_rng(0)
CENTRES = RNG.normal(0, 3, (3, 4))
X = CENTRES[RNG.integers(3, size=20_000)] + RNG.normal(size=(20_000, 4)) + 1e4
START = Parameters(np.full(3, 1 / 3), X[:3], np.tile(np.cov(X.T), (3, 1, 1)))


def fit(source, iterations=5, **arguments):
    engine = Engine(source)
    run = engine.run(engine.state(START), tol=0, max_iter=iterations, **arguments)
    return run.bounds, engine.parameters(run.state)


def assert_same_fit(got, expected, rtol=1e-10):
    np.testing.assert_allclose(got[0], expected[0], rtol=rtol)
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(got[1], name), getattr(expected[1], name), rtol=rtol, err_msg=name)


def assert_identical(got, expected):
    assert got[0] == expected[0]
    for name in ("weights", "means", "covariances"):
        np.testing.assert_array_equal(getattr(got[1], name), getattr(expected[1], name), err_msg=name)


@pytest.mark.parametrize("pieces", [1, 3, 40, 700])
def test_the_number_of_blocks_does_not_show(pieces):
    blocks = np.array_split(X, pieces)
    assert_same_fit(fit(Blocks(blocks)), fit(X))
    assert_identical(fit(Blocks(lambda: (block for block in blocks), threads=3)), fit(Blocks(blocks, threads=1)))


def test_a_generator_is_refused():
    with pytest.raises(ValueError, match="can be gone through again"):
        Blocks(block for block in [X])


def test_an_empty_block_adds_nothing_and_a_misshapen_one_is_named():
    assert_identical(fit(Blocks([X[:0], X[:9000], X[9000:9000], X[9000:]])), fit(Blocks([X[:9000], X[9000:]])))
    with pytest.raises(ValueError, match=r"block 1 must have 4 columns of numbers; got shape \(5, 3\)"):
        Engine(Blocks([X, X[:5, :3]]))
    with pytest.raises(ValueError, match="block 0 must have m columns of numbers; got shape .* of object"):
        Engine(Blocks([X.astype(object)]))
    with pytest.raises(ValueError, match="responsibilities can be given for points in an array only"):
        Engine(Blocks([X])).m_step(np.ones((len(X), 1)))
    for nothing in ([], [X[:0]]):
        with pytest.raises(ValueError, match="at least one"):
            Engine(Blocks(nothing))


def test_a_memory_map_is_an_array(tmp_path):
    np.save(tmp_path / "points.npy", X)
    assert_identical(fit(np.load(tmp_path / "points.npy", mmap_mode="r")), fit(X))


def test_a_folder_of_parquet_files(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer

    for number, block in enumerate(np.array_split(X, 3)):
        columns = {name: column for name, column in zip("abcd", block.T)} | {"other": np.arange(len(block))}
        writer.write_table(pyarrow.table(columns), tmp_path / f"part-{number}.parquet")
    source = parquet(tmp_path, columns=list("abcd"), rows=3000)
    assert max(len(block) for block in source) <= 3000
    assert_same_fit(fit(source), fit(X))
    with pytest.raises(ValueError, match="must hold .parquet files"):
        parquet(tmp_path / "nothing")


def test_points_that_are_not_numbers_are_refused_wherever_they_are():
    hidden = X.copy()
    hidden[15_000, 2] = np.nan
    with pytest.raises(ValueError, match="X must be finite"):
        Engine(Blocks(np.array_split(hidden, 5)))


@pytest.mark.parametrize("rows", [5, 20_000])
def test_a_sample_is_rows_of_the_data_wherever_they_are(rows):
    blocks = Engine(Blocks(np.array_split(X, 7))).sample(rows, np.random.RandomState(3))
    np.testing.assert_array_equal(blocks, Engine(X).sample(rows, np.random.RandomState(3)))
    assert blocks.shape == (rows, 4) and set(map(tuple, blocks)) <= set(map(tuple, X))


def test_the_estimator_fits_a_source_as_it_fits_an_array(capsys):
    arguments = dict(n_components=3, random_state=0, n_init=2)
    expected = GaussianMixture(**arguments).fit(X)
    got = GaussianMixture(verbose=1, verbose_interval=1, **arguments).fit(Blocks(np.array_split(X, 7)))
    assert "Iteration 2: lower bound" in capsys.readouterr().out
    assert got.n_features_in_ == 4 and got.n_iter_ == expected.n_iter_
    np.testing.assert_allclose(got.means_, expected.means_, rtol=1e-10)
    np.testing.assert_array_equal(got.predict(X), expected.predict(X))
    with pytest.raises(ValueError, match="sample_weight needs points in an array"):
        GaussianMixture(3).fit(Blocks([X]), sample_weight=np.ones(len(X)))
    with pytest.raises(ValueError, match="sample_weight needs points in an array"):
        Engine(Blocks([X]), np.ones(len(X)))
    with pytest.raises(ValueError, match="X must have at least n_components = 3 rows; got n_samples = 2"):
        GaussianMixture(3).fit(Blocks([X[:2]]))


def test_coordinates_hardly_depend_on_the_blocks():
    whole = InMemory(X).moments(Moments.of)
    parts = Blocks(np.array_split(X, 9)).moments(Moments.of)
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-14)
    np.testing.assert_allclose(parts.scatter, whole.scatter, rtol=1e-11, atol=1e-8)


# -- a cluster -----------------------------------------------------------------------------------------------------


@contextmanager
def time_limit(seconds):
    def give_up(*_):
        raise TimeoutError(f"the cluster took longer than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="the time limit needs signals")
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_fit_even_if_a_worker_is_killed(tmp_path):
    pytest.importorskip("distributed")
    import dask
    import dask.array as da
    from distributed import LocalCluster

    chunks = []
    for number, block in enumerate(np.array_split(X, 8)):
        np.save(tmp_path / f"{number}.npy", block)
        chunks.append(da.from_delayed(dask.delayed(np.load)(tmp_path / f"{number}.npy"), block.shape, block.dtype))
    chunks = da.concatenate(chunks)
    killed = []
    with time_limit(90), LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        undisturbed = fit(Distributed(chunks, cluster.scheduler_address))
        assert_same_fit(undisturbed, fit(X))
        whole, unknown = chunks, chunks[chunks[:, 0] > -np.inf]  # the second has chunks of unknown length
        for array in (whole, unknown):
            source = Distributed(array, cluster.scheduler_address)
            estimator = GaussianMixture(3, random_state=0).fit(source)
            np.testing.assert_allclose(estimator.means_, GaussianMixture(3, random_state=0).fit(X).means_, rtol=1e-10)

        def kill(iteration, *_):
            if iteration == 2:
                killed.append(cluster.workers[0].pid)
                os.kill(killed[0], signal.SIGKILL)

        disturbed = fit(Distributed(chunks, cluster.scheduler_address), on_iteration=kill)
    assert killed
    assert_identical(disturbed, undisturbed)
