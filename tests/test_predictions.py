"""Predictions of a source, block by block: what predict says of the whole; written to a file all or not at all."""

import weakref
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from gmm_lib import GaussianMixture
from gmm_lib.datasets import iris
from gmm_lib.engine.predictions import Prediction, write_parquet
from gmm_lib.engine.sources import Blocks, InMemory, parquet

pytestmark = pytest.mark.filterwarnings("error")
X = iris().X
EDGES = (0, 40, 41, 97, 150)


@pytest.fixture(scope="module")
def fit():
    return GaussianMixture(3, random_state=0).fit(X)


def cut(points=X):
    return [points[first:last] for first, last in pairwise(EDGES)]


def test_block_by_block_is_what_is_said_of_the_whole(fit, tmp_path):
    told = list(fit.predictions(Blocks(cut())))
    assert [len(one.labels) for one in told] == np.diff(EDGES).tolist()
    np.testing.assert_array_equal(np.concatenate([one.labels for one in told]), fit.predict(X))
    shares = np.concatenate([one.responsibilities for one in told])
    np.testing.assert_allclose(shares, fit.predict_proba(X), rtol=1e-12)
    log_densities = np.concatenate([one.log_densities for one in told])
    np.testing.assert_allclose(log_densities, fit.score_samples(X), rtol=1e-12)

    assert write_parquet(tmp_path / "said.parquet", fit.predictions(Blocks(cut()))) == 150
    table = pd.read_parquet(tmp_path / "said.parquet")  # read by another library
    assert list(table) == ["label", "probability_0", "probability_1", "probability_2", "log_density"]
    np.testing.assert_array_equal(table["label"], fit.predict(X))
    np.testing.assert_array_equal(table.iloc[:, 1:4], shares)
    np.testing.assert_array_equal(table["log_density"], log_densities)
    assert table["label"].dtype == np.int64
    assert pyarrow.parquet.ParquetFile(tmp_path / "said.parquet").num_row_groups == 4


def test_from_files_to_a_file(tmp_path):
    names, folder = list("abcd"), tmp_path / "points"
    folder.mkdir()
    for number, block in enumerate(cut()):
        pd.DataFrame(block, columns=names).to_parquet(folder / f"{number}.parquet", index=False)
    out_of_core = GaussianMixture(2, random_state=0).fit(parquet(folder))
    write_parquet(str(tmp_path / "said.parquet"), out_of_core.predictions(parquet(folder, rows=30)))
    said = pyarrow.parquet.read_table(tmp_path / "said.parquet")
    np.testing.assert_array_equal(said["label"], out_of_core.predict(pd.DataFrame(X, columns=names)))


@pytest.mark.parametrize("what", ["written", "scored", "bic", "gone through"])
def test_no_more_than_a_block_is_held(fit, tmp_path, what):
    """A block is read when all before it is told and written; and of those before it only the last may be in memory."""
    events, alive = [], set()

    def blocks():
        for number in range(12):
            assert len(alive) <= 1
            events.append("read")
            alive.add(number)
            block = X[::7].copy()
            weakref.finalize(block, alive.discard, number)
            yield block
            del block

    def told():
        for one in fit.predictions(Blocks(blocks)):
            events.append("told")
            yield one

    if what == "written":
        assert write_parquet(tmp_path / "said.parquet", told()) == 12 * 22
    elif what == "scored":
        assert fit.score(Blocks(blocks)) == pytest.approx(fit.score(X[::7]), rel=1e-12)
    elif what == "bic":
        assert fit.bic(Blocks(blocks)) == pytest.approx(fit.bic(np.tile(X[::7], (12, 1))), rel=1e-12)
    else:
        assert sum(len(one.labels) for one in told()) == 12 * 22
    if "told" in events:
        # The first block is looked at once before, for its columns.
        assert events[-24:] == ["read", "told"] * 12 and len(events) <= 25
    assert not alive


def test_all_or_nothing(fit, tmp_path):
    spoiled = np.where(np.arange(600).reshape(150, 4) == 500, np.nan, X)
    path, kept = tmp_path / "said.parquet", tmp_path / "kept.parquet"
    kept.write_bytes(b"precious")

    def interrupted():
        yield from fit.predictions(Blocks(cut()))
        assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".said") or one.name.startswith(".kept")]
        raise KeyboardInterrupt

    for target, overwrite in ((path, False), (kept, True)):
        with pytest.raises(ValueError, match="X must be finite; got nan in row 125, column 0"):
            write_parquet(target, fit.predictions(Blocks(cut(spoiled))), overwrite=overwrite)
        with pytest.raises(KeyboardInterrupt):
            write_parquet(target, interrupted(), overwrite=overwrite)
        assert [one.name for one in tmp_path.iterdir()] == ["kept.parquet"]
    with pytest.raises(ValueError, match="path must be free, unless overwrite=True"):
        write_parquet(kept, fit.predictions(Blocks(cut())))
    assert kept.read_bytes() == b"precious"
    assert write_parquet(kept, fit.predictions(Blocks(cut())), overwrite=True) == 150
    assert pyarrow.parquet.read_table(kept).num_rows == 150

    def meanwhile():
        yield from fit.predictions(Blocks(cut()))
        path.write_bytes(b"somebody else's")

    with pytest.raises(ValueError, match="path must be free, unless overwrite=True"):
        write_parquet(path, meanwhile())
    assert path.read_bytes() == b"somebody else's"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["kept.parquet", "said.parquet"]


def test_bad_arguments_are_named(fit, tmp_path):
    path, other = tmp_path / "said.parquet", GaussianMixture(2, random_state=0).fit(X)
    for wrong, message in [
        (3, "path must be the path of a file; got 3"),
        (tmp_path, "path must be the path of a file; .* is a folder"),
        (tmp_path / "nowhere" / "said.parquet", "path must lie in a folder that is there; .*nowhere' is none"),
    ]:
        with pytest.raises(ValueError, match=message):
            write_parquet(wrong, [])
    mixed = [*fit.predictions(Blocks(cut())), *other.predictions(Blocks(cut()))]
    for wrong, message in [
        (None, "predictions must be an iterable of Prediction; got None"),
        ([X], "predictions must be an iterable of Prediction; number 0 is an array"),
        ([], "predictions must hold at least one block; got none"),
        (mixed, "predictions must all be of 3 components, as the first; number 4 of 2"),
    ]:
        with pytest.raises(ValueError, match=message):
            write_parquet(path, wrong)
    with pytest.raises(ValueError, match="overwrite must be True or False; got 1"):
        write_parquet(path, mixed, overwrite=1)
    assert list(tmp_path.iterdir()) == []
    for wrong in (X, InMemory(X)):
        with pytest.raises(ValueError, match="X must be a source Blocks; got .*, for which predict answers at once"):
            fit.predictions(wrong)
    with pytest.raises(ValueError, match="X must have 4 columns, as in the fit; got 3"):
        fit.predictions(Blocks([X[:, :3]]))
    assert isinstance(mixed[0], Prediction)
