"""The engine on data that are read block by block, or live on a cluster: the same sums, the same fit."""

import os
import signal
import socket
import sys
import warnings
from contextlib import contextmanager, suppress

import numpy as np
import pytest

from gmm_lib.engine import Engine
from gmm_lib.engine.coordinates import Moments
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


NOT_BLOCKS = {"3": 3, "None": None, "text": "ab", "an array": X, "a row": X[0]}


@pytest.mark.parametrize("what", NOT_BLOCKS)
def test_what_is_no_blocks_is_refused(what):
    for blocks in (NOT_BLOCKS[what], lambda: NOT_BLOCKS[what]):
        with pytest.raises(ValueError, match="blocks must be an iterable of arrays, or a function returning one; got "):
            Engine(Blocks(blocks))
    with pytest.raises(ValueError, match="threads must be a positive integer; got 0"):
        Blocks([X], threads=0)


def test_a_function_must_give_a_fresh_iterable_each_pass():
    generator = (block for block in np.array_split(X, 3))
    engine = Engine(Blocks(lambda: generator))
    with pytest.raises(ValueError, match="got 20000 points, then 0; a function must give a fresh iterable each pass"):
        engine.step(engine.state(START))
    with pytest.raises(ValueError, match="at least one point; got none; a function must give a fresh iterable"):
        Engine(Blocks(lambda: generator))
    with pytest.raises(ValueError, match="got 20000 points, then 0"):
        engine.sample(5, np.random.RandomState(0))


def test_blocks_that_change_between_passes_are_refused():
    blocks = np.array_split(X, 3)
    engine = Engine(Blocks(blocks))
    state = engine.state(START)
    blocks.append(X[:10])
    with pytest.raises(ValueError, match="blocks must be the same in each pass; got 20000 points, then 20010"):
        engine.step(state)
    blocks[-1] = X[:10, :3]
    with pytest.raises(ValueError, match="block 3 must have 4 columns"):
        engine.step(state)
    blocks[-1] = X[:0]
    assert engine.step(state)[0] == pytest.approx(Engine(X).step(Engine(X).state(START))[0], rel=1e-12)
    del blocks[1:]
    assert Engine(engine.source).moments.rows == len(blocks[0])  # another engine counts anew


def test_a_function_that_raises_is_heard_and_asked_again():
    passes = []

    def blocks():
        passes.append(None)
        yield X[:9000]
        if len(passes) == 2:
            raise OSError("the disk is gone")
        yield X[9000:]

    engine = Engine(Blocks(blocks, threads=3))
    state = engine.state(START)
    with pytest.raises(OSError, match="the disk is gone"):
        engine.step(state)
    undisturbed = Engine(Blocks([X[:9000], X[9000:]]))
    assert engine.step(state)[0] == undisturbed.step(undisturbed.state(START))[0]


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


# -- tables --------------------------------------------------------------------------------------------------------

NAMES = list("abcd")


def shuffled(frame, seed):
    return frame[np.random.default_rng(seed).permutation(frame.columns).tolist()]


def kinds_of_table():
    pandas, pyarrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    frames = [pandas.DataFrame(block, columns=NAMES) for block in np.array_split(X, 4)]
    frames[1:] = [shuffled(frame, seed) for seed, frame in enumerate(frames[1:])]
    return {"pandas": frames, "pyarrow": [pyarrow.Table.from_pandas(frame, preserve_index=False) for frame in frames]}


@pytest.mark.parametrize("kind", ["pandas", "pyarrow"])
def test_tables_go_by_the_names_of_the_first(kind):
    tables = kinds_of_table()[kind]
    source = Blocks(tables)
    assert_identical(fit(source), fit(Blocks(np.array_split(X, 4))))
    assert source.feature_names == NAMES
    assert_identical(fit(tables[0]), fit(np.array_split(X, 4)[0]))
    tables.reverse()  # the first block of a later pass may be any; the columns stay where they were
    np.testing.assert_array_equal(Engine(source).moments.mean.round(9), Engine(X).moments.mean.round(9))


def test_a_table_with_other_columns_is_named():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X[:50], columns=NAMES)
    bad = {
        "block 1 must have a column 'b'; block 1 has 'a', 'c', 'd'": frame.drop(columns="b"),
        "block 1 must have a column 'b'; block 1 has 'a', 'B'": frame.rename(columns={"b": "B"}),
        "block 1 must have the columns of the first, 'a', 'b', 'c', 'd', and no other; got 'e'": frame.assign(e=1.0),
        "a column's name must be its own; .* with 'b' 2 times": frame[["a", "b", "b", "c", "d"]],
        "column 'c' of block 1 must hold integers or floating-point numbers; got bool": frame.assign(c=True),
        "column 'c' of block 1 must hold integers or floating-point numbers; got": frame.assign(c="x"),
        "block 1 must be a table, as the first is; got an array": X[:50],
    }
    for message, table in bad.items():
        with pytest.raises(ValueError, match=message):
            Engine(Blocks([frame, table]))
    with pytest.raises(ValueError, match="block 1 must be an array, as the first is; got a table"):
        Engine(Blocks([X, frame]))
    with pytest.raises(ValueError, match="block 0 must have a column of numbers; it has none"):
        Engine(Blocks([frame[[]]]))
    with pytest.raises(ValueError, match="blocks must be an iterable of arrays"):
        Blocks(frame)
    with pytest.raises(ValueError, match="column 'c' of X must hold integers or floating-point numbers; got"):
        Engine(frame.assign(c="x"))
    with pytest.raises(ValueError, match="X must be finite; got nan in row 52, column 2"):
        Engine(Blocks([frame, frame.assign(c=[1.0, 2.0, np.nan] + [0.0] * 47)]))


@pytest.mark.parametrize("source", [InMemory, lambda X: Blocks([X[:30], X[30:]])])
def test_a_point_that_no_component_can_have_produced_is_named(source):
    X = np.random.default_rng(0).normal(size=(50, 2))
    state = Engine(X).state(Parameters([1.0], [[0.0, 0.0]], [np.eye(2)]))
    X[40] = 1e200
    engine = Engine(X[:40])
    engine.source = source(X)
    with pytest.raises(ValueError, match="no component can have produced row 40 of X: its density is 0"):
        engine.step(state)


@pytest.fixture
def folder(tmp_path):
    """Write tables, or anything that is to be a file, into a folder: the name of each without its suffix."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer

    def write(**tables):
        for name, table in tables.items():
            path = tmp_path / f"{name}.parquet"
            if isinstance(table, bytes):
                path.write_bytes(table)
            elif isinstance(table, pyarrow.Table):
                writer.write_table(table, path)
            else:
                table.to_parquet(path)
        return tmp_path

    return write


def frames(pieces=3):
    pandas = pytest.importorskip("pandas")
    return [pandas.DataFrame(block, columns=NAMES) for block in np.array_split(X, pieces)]


def test_parquet_goes_by_name(folder):
    first, second, third = frames()
    third = third.astype({"a": np.float32, "b": np.float32})
    where = folder(part_0=first, part_1=shuffled(second, 1), part_2=shuffled(third, 2))
    expected = fit(Blocks([first.to_numpy(), second.to_numpy(), third.to_numpy()]))
    source = parquet(where)
    assert source.feature_names == NAMES
    assert_same_fit(fit(source), expected)
    assert_identical(fit(parquet(where, columns=NAMES)), fit(source))
    backwards = parquet(where, columns=tuple("dcba"), rows=999)
    for block, forwards in zip(backwards, parquet(where, rows=999)):
        np.testing.assert_array_equal(block, forwards[:, ::-1])
    assert backwards.feature_names == list("dcba")


def test_an_index_of_pandas_is_no_column(folder):
    first, second, third = frames()
    multi = third.set_index([third.index % 7, third.index], append=False)
    where = folder(
        a=first.set_index(first.index.to_numpy() % 5),  # stored as __index_level_0__
        b=second.set_index(second.index.astype(float).rename("time")),
        c=multi.rename_axis(["group", "time"]),
        d=first[:0],
    )
    assert Engine(parquet(where)).coordinates.m == 4
    assert_same_fit(fit(parquet(where)), fit(X))
    for name in ("time", "__index_level_0__"):
        with pytest.raises(ValueError, match=f"'{name}' of [ab].parquet is the index|must have a column '{name}'"):
            parquet(where, columns=["a", name])
    stripped = pytest.importorskip("pyarrow").Table.from_pandas(first.set_index(first.index.to_numpy() % 5))
    folder(e=stripped.replace_schema_metadata(None))  # as a tool that is not pandas may have left it
    assert Engine(parquet(where)).coordinates.m == 4
    with pytest.raises(ValueError, match="a2.parquet must have the columns of the first, .* and no other; got 'time'"):
        parquet(folder(a2=second.assign(time=1.0)))


def test_a_column_that_is_missing_misspelt_or_additional_is_named_with_its_file(folder):
    first, second, third = frames()
    where = folder(a=first, b=second)
    with pytest.raises(ValueError, match="a.parquet must have a column 'bb'; a.parquet has 'a', 'b', 'c', 'd'"):
        parquet(where, columns=["a", "bb"])
    folder(c=third.drop(columns="d"))
    for columns in (None, NAMES):
        with pytest.raises(ValueError, match="c.parquet must have a column 'd'; c.parquet has 'a', 'b', 'c'"):
            parquet(where, columns)
    assert_same_fit(fit3(parquet(where, columns=list("abc"))), fit3(X[:, :3]))
    folder(c=third.assign(e=1))
    with pytest.raises(ValueError, match="c.parquet must have the columns of the first, .*; got 'e'"):
        parquet(where)
    assert_same_fit(fit(parquet(where, columns=NAMES)), fit(X))


def fit3(source):
    engine = Engine(source)
    start = Parameters(START.weights, START.means[:, :3], START.covariances[:, :3, :3])
    run = engine.run(engine.state(start), tol=0, max_iter=3)
    return run.bounds, engine.parameters(run.state)


def test_a_column_that_is_not_numbers_is_named_with_its_file(folder):
    pyarrow = pytest.importorskip("pyarrow")
    from decimal import Decimal

    good = pyarrow.table({"a": [1.0, 2.0, 4.0], "b": [3, 1, 2]})
    others = {
        "text": ["x", "y", "z"],
        "bool": [True, False, True],
        "decimal": pyarrow.array([Decimal("1.5")] * 3),
        "time": pyarrow.array([1, 2, 3], pyarrow.timestamp("us")),
        "list": [[1.0], [2.0], [3.0]],
        "struct": [{"x": 1.0}] * 3,
        "dictionary": pyarrow.array(["x", "y", "x"]).dictionary_encode(),
        "null": pyarrow.nulls(3),
    }
    for kind, column in others.items():
        bad = pyarrow.table({"a": [1.0, 2.0, 4.0], "b": column})
        for tables in (dict(one=bad, two=bad), dict(one=good, two=bad)):
            number = "one" if tables["one"] is bad else "two"
            with pytest.raises(ValueError, match=f"column 'b' of {number}.parquet must hold integers or floating"):
                parquet(folder(**tables))
        assert Engine(parquet(folder(**tables), columns=["a"])).moments.rows == 6, kind
    twice = pyarrow.Table.from_arrays([pyarrow.array([1.0])] * 3, names=["a", "b", "b"])
    with pytest.raises(ValueError, match="name must be its own; two.parquet has .* with 'b' 2 times"):
        parquet(folder(two=twice))
    assert Engine(parquet(folder(one=good, two=twice), columns=["a"])).moments.rows == 4


@pytest.mark.parametrize("rows", [1, 2, 65_536])
def test_a_missing_number_is_named_with_its_file_and_row(folder, rows):
    pyarrow = pytest.importorskip("pyarrow")
    good = pyarrow.table({"a": [1.0, 2.0, 4.0], "b": [3, 1, 2]})
    values = {"null": (None, [3, None, 2]), "nan": (np.nan, [3.0, np.nan, 2.0]), "inf": (np.inf, [3.0, np.inf, 2.0])}
    values["null of floats"] = None, [3.0, None, 2.0]
    for said, (_, column) in values.items():
        where = folder(one=good, two=pyarrow.table({"b": column, "a": [1.0, 2.0, 4.0]}))
        message = f"column 'b' of two.parquet must be finite; got {said.split()[0]} in row 1"
        with pytest.raises(ValueError, match=message):
            Engine(parquet(where, rows=rows))


def test_bad_arguments_of_parquet_are_named(folder, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    good = pyarrow.table({"a": [1.0, 2.0, 4.0], "b": [3, 1, 2], "a.b": [0, 0, 1], "ab": [9, 9, 9]})
    where = folder(one=good, two=good.slice(0, 0))
    (where / "read me.txt").write_text("no table")
    (where / "._one.parquet").write_bytes(b"what a Mac leaves behind")
    (where / "empty").mkdir()
    np.testing.assert_array_equal(np.vstack(list(parquet(where, ["a", "b"]))), [[1, 3], [2, 1], [4, 2]])
    np.testing.assert_array_equal(np.vstack(list(parquet(str(where), ["a.b", "a"]))), [[0, 1], [0, 2], [1, 4]])
    for columns in ("ab", b"ab", 3, [], {"a", "b"}, {"a": 1}, ["a", "a"], [0, 1], [["a"]]):
        with pytest.raises(ValueError, match="columns must"):
            parquet(where, columns)
    for rows in (0, -1, 1.5, None):
        with pytest.raises(ValueError, match="rows must be a positive integer"):
            parquet(where, rows=rows)
    with pytest.raises(ValueError, match="folder must be a folder .*one.parquet' is a file"):
        parquet(where / "one.parquet")
    with pytest.raises(ValueError, match="folder must be the path of a folder; got 3"):
        parquet(3)
    with pytest.raises(ValueError, match="at least one point"):
        Engine(parquet(folder(one=good.slice(0, 0))))
    with pytest.raises(ValueError, match="three.parquet cannot be read as a Parquet file"):
        parquet(folder(three=b""))
    (tmp_path / "three.parquet").unlink()
    (where / "year=2020").mkdir()
    (where / "one.parquet").rename(where / "year=2020" / "one.parquet")
    with pytest.raises(ValueError, match="folder must hold its .parquet files itself; .*year=2020"):
        parquet(where)


def test_without_its_package_parquet_says_what_to_install(folder, monkeypatch):
    where = folder(one=frames()[0])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r'engine.sources.parquet needs pyarrow: pip install "gmm_lib\[blocks\]"'):
        parquet(where)


def test_a_folder_of_parquet_files(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer

    for number, block in enumerate(np.array_split(X, 3)):
        columns = dict(zip("abcd", block.T)) | {"other": np.arange(len(block))}
        writer.write_table(pyarrow.table(columns), tmp_path / f"part-{number}.parquet")
    source = parquet(tmp_path, columns=list("abcd"), rows=3000)
    assert max(len(block) for block in source) <= 3000
    assert_same_fit(fit(source), fit(X))
    with pytest.raises(ValueError, match="must hold .parquet files"):
        parquet(tmp_path / "nothing")


def test_points_that_are_not_numbers_are_refused_wherever_they_are():
    hidden = X.copy()
    hidden[15_000, 2] = np.nan
    for points in (hidden, Blocks(np.array_split(hidden, 5))):
        with pytest.raises(ValueError, match="X must be finite; got nan in row 15000, column 2"):
            Engine(points)


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


# -- Dask, in this process -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scheduler():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.filterwarnings("ignore")
def test_a_chunk_of_another_shape_than_it_was_said_to_have_is_refused(scheduler):
    import dask
    import dask.array as da

    def said_to_be(block, shape):
        return da.from_delayed(dask.delayed(block), shape, np.float64)

    first = said_to_be(X[:50], (50, 4))
    wrong = {
        "a chunk of X must have 4 columns of numbers; got shape .50, 3.": said_to_be(X[:50, :3], (50, 4)),
        "a chunk of X must have 4 columns of numbers; got shape .50, 1.": said_to_be(X[:50, :1], (50, 4)),
        "a chunk of X must have 4 columns of numbers; got .* of object": said_to_be(X[:50].astype(object), (50, 4)),
        "the chunks of X must hold its 100 points together; got 90": said_to_be(X[:40], (50, 4)),
        "X must be finite; got NaN or infinity": said_to_be(np.full((50, 4), np.nan), (50, 4)),
    }
    for message, chunk in wrong.items():
        with pytest.raises(ValueError, match=message):
            Engine(Distributed(da.concatenate([first, chunk]), scheduler))
    with pytest.raises(ValueError, match="X must hold at least one point"):
        Engine(Distributed(first[:0], scheduler))
    for X_given, message in ((X, "X must be a dask.array.Array"), (dask.delayed(3), "X must be a dask.array.Array")):
        with pytest.raises(ValueError, match=message):
            Distributed(X_given)
    with pytest.raises(ValueError, match="workers must be a positive integer; got 0"):
        Distributed(first, workers=0)


@pytest.mark.filterwarnings("ignore")
def test_a_table_of_dask_goes_by_name(scheduler):
    import dask.dataframe as dd

    first, second, third = frames()

    def table(*parts):
        return dd.from_map(lambda part: part, parts, meta=first[:0], enforce_metadata=False)

    source = Distributed(table(first, shuffled(second, 1), shuffled(third, 2)), scheduler)
    assert source.feature_names == NAMES
    assert_same_fit(fit(source), fit(X))
    with pytest.raises(ValueError, match="a partition of X must have a column 'd'"):
        Engine(Distributed(table(first, second.drop(columns="d")), scheduler))
    with pytest.raises(ValueError, match="column 'e' of X must hold integers or floating-point numbers"):
        Distributed(dd.from_pandas(first.assign(e="x"), npartitions=2))


@pytest.mark.filterwarnings("ignore")
def test_the_estimator_is_fitted_to_a_table_of_dask(scheduler, monkeypatch):
    import dask.dataframe as dd
    import pandas as pd

    frame = pd.DataFrame(X, columns=NAMES)
    table = dd.from_pandas(frame, npartitions=3)
    monkeypatch.setattr(Distributed.__init__, "__defaults__", (scheduler, 1))  # not a cluster of its own
    lazily, at_once = (GaussianMixture(3, random_state=0).fit(one) for one in (table, frame))
    np.testing.assert_allclose(lazily.means_, at_once.means_, rtol=1e-9)
    assert list(lazily.feature_names_in_) == NAMES
    np.testing.assert_array_equal(lazily.predict(table).compute(), at_once.predict(frame))


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


@pytest.mark.filterwarnings("ignore")
def test_two_clusters_of_our_own_do_not_want_the_same_port():
    pytest.importorskip("distributed")
    import dask.array as da

    with socket.socket() as other, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with suppress(OSError):  # then somebody else has it
            other.bind(("127.0.0.1", 8787))  # where a cluster of Dask shows itself by default
            other.listen()
        with Distributed(da.ones((4, 2)), workers=1).open():
            pass
    assert [str(one.message) for one in said if "already in use" in str(one.message)] == []
