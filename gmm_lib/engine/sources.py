"""Where points come from. A source applies a function to blocks of points and adds up what it returns, always in the
same order, so that the result does not depend on who finished first."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, partial, reduce
from itertools import pairwise
from operator import add
from pathlib import Path
from threading import Barrier, local
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._extras import extra
from ..labels import as_known_labels
from ..validation import as_positive_integer, as_rectangle, as_sample_weight, shown
from .coordinates import Moments
from .passes import Pass, Sums
from .scratch import Scratch
from .tables import ParquetFiles, in_order, names_of, parquet_files

WORK = 500_000  # of a chunk, at least: with less, a second thread costs more than it brings
CHUNKS = 64  # at most: enough to keep threads evenly busy, few enough to cost nothing


class _Threads:
    """Threads, each with its own working memory: taken once, whatever they work on. One is the caller's own."""

    def __init__(self, count=None, most=None):
        count = available_processors() if count is None else as_positive_integer(count, "threads")
        self.count = count if most is None else min(count, most)
        self.pool, self.scratch = None, [Scratch() for _ in range(self.count)]

    @contextmanager
    def open(self):
        if self.pool is not None:
            yield
            return
        with one_blas_thread(), thread_pool(self.count) as self.pool:
            try:
                yield
            finally:
                self.pool = None

    def sum(self, function, pieces):
        """The sum of ``function(piece, scratch)``, added in the order of the pieces."""

        def work(piece):
            scratch = self.scratch.pop()  # there are as many as threads, so there is one
            try:
                return function(piece, scratch)
            finally:
                self.scratch.append(scratch)

        return reduce(add, (self.pool.map if self.pool else map)(work, pieces))


@contextmanager
def thread_pool(count: int) -> Iterator[ThreadPoolExecutor | None]:
    """A pool of ``count`` threads; None for one, and where so many cannot be started, as in WebAssembly: the caller's
    own thread then does the work, and comes to the same numbers."""
    if count == 1:
        yield None
        return
    with ThreadPoolExecutor(count) as pool:
        everybody, started = Barrier(count), True  # makes them all start now
        try:
            ready = [pool.submit(everybody.wait) for _ in range(count)]
        except RuntimeError:
            everybody.abort()
            pool.shutdown()
            started = False
        else:
            wait(ready)
        yield pool if started else None


class InMemory:
    """An array, cut into chunks that threads work on.

    Parameters
    ----------
    X : ndarray, shape (n, m)
        Finite numbers, at least one. Any strides, float32 or float64; a :class:`numpy.memmap` is one too. Never copied.
    sample_weight : ndarray, shape (n,), optional
        Finite and not negative, with a positive sum.
    threads : int, optional
        As many as there are processors this process may use.
    labels : ndarray of int, shape (n,), optional
        The component of each point, -1 where it is unknown, :mod:`gmm_lib.labels`: what the E-steps of all passes know.

    Attributes
    ----------
    labels : ndarray of int, shape (n,), or None
        None also if all are -1.
    sample_weight : ndarray, shape (n,), or None
        None also if all were equal: they weigh nothing against each other, and the sums are those without.
    scale : float
        What each weight was, if all were equal, else 1.

    Raises
    ------
    ValueError
        If an argument is not valid. (Whether X is finite is found out in the first pass.)
    """

    feature_names = None

    def __init__(
        self,
        X: ArrayLike,
        sample_weight: ArrayLike | None = None,
        threads: int | _Threads | None = None,
        labels: ArrayLike | None = None,
    ) -> None:
        self.X = X = _points(X, "X")
        if not X.size:
            raise ValueError(f"X must hold at least one point and one column; got shape {X.shape}.")
        self.sample_weight, self.scale = unequal_weights(sample_weight, len(X))
        known = None if labels is None else as_known_labels(labels, len(X))
        self.labels = known if known is not None and (known >= 0).any() else None
        pieces = _pieces(*X.shape)
        edges = np.linspace(0, len(X), pieces + 1).astype(int).tolist()
        self.chunks = [slice(*edge) for edge in pairwise(edges)]
        shared = isinstance(threads, _Threads)
        self.threads = threads if isinstance(threads, _Threads) else _Threads(threads, most=pieces)
        self.keep = pieces == 1 and not shared  # one small array: its features are computed once and kept

    def open(self) -> AbstractContextManager[None]:
        """A context in which the threads are there, and BLAS is held to one thread of its own in each."""
        return self.threads.open()

    def moments(self, of: Callable) -> Moments:
        """The sum of ``of(X, sample_weight)`` over the chunks."""
        return self.threads.sum(lambda chunk, _: of(self.X[chunk], _cut(self.sample_weight, chunk)), self.chunks)

    def sums(self, one_pass: Pass, responsibilities: np.ndarray | None = None) -> Sums:
        """The sum of ``one_pass``, a :class:`~gmm_lib.engine.passes.Pass`, over the chunks, perhaps with given
        ``responsibilities`` of shape (n, k)."""
        one_pass.prepared  # noqa: B018 (computed now: once, not once in every thread)

        def work(chunk, scratch):
            weights, given = _cut(self.sample_weight, chunk), _cut(responsibilities, chunk)
            known = _cut(self.labels, chunk)
            return one_pass(self.X[chunk], weights, given, scratch, keep=self.keep, labels=known)

        return self.threads.sum(work, self.chunks)

    def take(self, indexes: np.ndarray) -> np.ndarray:
        """The points at these indexes, in ascending order: shape (len(indexes), m)."""
        return self.X if len(indexes) == len(self.X) else self.X[indexes]

    def described(self) -> tuple[int, list | None]:
        """The number of columns, and their names if they have any."""
        return self.X.shape[1], self.feature_names

    def find(self, first: Callable) -> int | None:
        """Index of the first row that ``first`` finds, a function of points (b, m) that returns an index or None."""
        for chunk in self.chunks:
            if (row := first(self.X[chunk])) is not None:
                return chunk.start + row
        return None

    def first_not_finite(self) -> str | None:
        """What it is and where, in words."""
        for chunk in self.chunks:
            finite = np.isfinite(self.X[chunk])
            if not finite.all():
                row, column = np.argwhere(~finite)[0]
                return f"{self.X[chunk][row, column]} in row {chunk.start + row}, column {column}"
        return None


class Blocks:
    """Points that are read anew in every pass, a block at a time: memory for one block is all that is needed.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (b, m), or a function that returns one
        It is gone through once per pass, so a generator will not do: give the function that makes it. The sizes of the
        blocks may differ, and decide nothing but the order of summation. Tables (of pandas, Polars, PyArrow) do as
        well: their columns go by name, in the order of the first block.
    threads : int, optional

    Attributes
    ----------
    feature_names : list or None
        The names of the columns, if the blocks have them: known after the first block.

    Raises
    ------
    ValueError
        If an argument is not valid; in a pass, if a block is not of numbers or has other columns than the first, or if
        the blocks hold not as many points as in the first pass.
    """

    scale, labels = 1.0, None

    def __init__(self, blocks: Iterable | Callable[[], Iterable], threads: int | None = None) -> None:
        if not callable(blocks) and _iterator(blocks) is blocks:
            raise ValueError(
                "blocks must be an iterable that can be gone through again, or a function returning one; "
                f"got {shown(blocks)}."
            )
        self.blocks = blocks
        self.threads = _Threads(threads)
        self.feature_names: list | None = None
        self.columns: int | None = None
        self.rows: int | None = None
        self.tables = False

    def __iter__(self) -> Iterator[np.ndarray]:
        for number, block in enumerate(_iterator(self.blocks() if callable(self.blocks) else self.blocks)):
            block = self._as_array(block, f"block {number}")
            if len(block):
                yield block

    def _as_array(self, block, where):
        """A block's points, the columns in the order of the first block there ever was."""
        names = names_of(block)
        if self.columns is None:
            self.tables = names is not None
            self.feature_names = names if self.tables else self.feature_names
        if (names is not None) != self.tables:
            kinds = ("a table", "an array") if self.tables else ("an array", "a table")
            raise ValueError(f"{where} must be {kinds[0]}, as the first is; got {kinds[1]}.")
        if self.tables:
            block = in_order(block, self.feature_names or [], where)
        block = _points(block, where, self.columns)
        self.columns = block.shape[1]
        return block

    def open(self) -> AbstractContextManager[None]:
        """As :meth:`InMemory.open`."""
        return self.threads.open()

    def moments(self, of: Callable) -> Moments:
        """The sum of ``of(block)``: the first pass, whose points are counted."""
        self.rows = None
        return self._sum(lambda block: block.moments(of))

    def sums(self, one_pass: Pass, responsibilities: np.ndarray | None = None) -> Sums:
        """As :meth:`InMemory.sums`; given responsibilities are refused with a ValueError."""
        _refuse(responsibilities)
        return self._sum(lambda block: block.sums(one_pass))

    def take(self, indexes: np.ndarray) -> np.ndarray:
        """As :meth:`InMemory.take`, in one more pass."""
        taken, first = [], 0
        for block in self._pass():
            low, high = np.searchsorted(indexes, [first, first + len(block)])
            taken.append(block[indexes[low:high] - first])  # a copy: the block itself is not kept
            first += len(block)
        return np.concatenate(taken)

    def described(self) -> tuple[int, list | None]:
        """As :meth:`InMemory.described`; it may take a look at the first block."""
        if self.columns is None:
            next(iter(self), None)
        return self.columns or 0, self.feature_names if self.tables else None

    def find(self, first: Callable) -> int | None:
        """As :meth:`InMemory.find`, in one more pass; the rows are counted through all the blocks."""
        before = 0
        for block in self:
            if (row := first(block)) is not None:
                return before + row
            before += len(block)
        return None

    def first_not_finite(self) -> str | None:
        """As :meth:`InMemory.first_not_finite`, in one more pass; the rows are counted through all the blocks."""
        first = 0
        for block in self:
            if not np.isfinite(block).all():
                row, column = np.argwhere(~np.isfinite(block))[0]
                return f"{block[row, column]} in row {first + row}, column {column}"
            first += len(block)
        return None

    def _sum(self, function):
        return reduce(add, (function(InMemory(block, threads=self.threads)) for block in self._pass()))

    def _pass(self):
        """The blocks, counted: those of another pass must hold as many points as those of the first."""
        rows = 0
        for block in self:
            rows += len(block)
            yield block
        fresh = "; a function must give a fresh iterable each pass" if callable(self.blocks) else ""
        if rows == 0 and not self.rows:
            raise ValueError(f"blocks must hold at least one point; got none{fresh}.")
        if self.rows not in (None, rows):
            raise ValueError(f"blocks must be the same in each pass; got {self.rows} points, then {rows}{fresh}.")
        self.rows = rows


def parquet(
    folder: str | Path,
    columns: Sequence[str] | None = None,
    rows: int = 65_536,
) -> Blocks:
    """A source of the points in the Parquet files of a folder, in the order of their names.

    Columns go by name. Each file must have those of the first, in whatever order, and no other; or with ``columns``
    these, and whatever else. The index of a table of pandas, which is stored beside its columns, is not one of them.

    Parameters
    ----------
    folder : path
        Its files that end in ``.parquet``; hidden ones (with a dot in front) are left out, and so is all else. Folders
        inside that hold such files, as those of a partitioned data set, are refused.
    columns : sequence of str, optional
        All of them by default.
    rows : int
        Most rows in memory at a time.

    Returns
    -------
    Blocks

    Raises
    ------
    ValueError
        If an argument is not valid, a file cannot be read, lacks a column or has one too many, or a column is not of
        integers or floating-point numbers; in a pass, if a number is missing or not finite.
    ImportError
        Without PyArrow.
    """
    files = ParquetFiles(parquet_files(folder), columns, rows)
    blocks = Blocks(files)
    blocks.feature_names = files.names
    return blocks


class Distributed:
    """The chunks of a Dask array, each summed on the worker where it is, and the sums added in a tree.

    The tree of additions depends on the chunks alone. Which worker did what, and whether one of them died and its
    work was done again by another, does not show in a single bit of the result (on processors of one kind).

    Parameters
    ----------
    X : dask.array.Array, shape (n, m), or dask.dataframe.DataFrame
        In chunks of rows; the columns of a table go by name. Dask itself takes some milliseconds for each, whatever is
        done with it: let a chunk be as large as a worker's memory allows.
    address : str, optional
        Of a running scheduler. Without it a cluster of processes is started on this machine, and stopped afterwards.
        (In a script, as always where Python starts processes, the call belongs behind ``if __name__ == "__main__":``.)
    workers : int
        How many processes such a cluster has.

    Attributes
    ----------
    feature_names : list or None
        The names of the columns, if X has them.

    Raises
    ------
    ValueError
        If an argument is not valid; in a pass, if a chunk is not of numbers, or not of the shape it was said to have.
    ImportError
        In :meth:`open`, without Dask's scheduler.
    """

    scale, feature_names, labels = 1.0, None, None

    def __init__(self, X: Any, address: str | None = None, workers: int = 2) -> None:
        if names_of(X) is not None and hasattr(X, "to_dask_array") and X.ndim == 2:  # a single column has names as well
            X, self.feature_names = _array_of_table(X), names_of(X)
        if not hasattr(type(X), "rechunk"):
            raise ValueError(f"X must be a dask.array.Array, or a table of dask.dataframe; got a {type(X).__name__}.")
        _check_points(X, "X")
        self.X = X.rechunk({1: -1})
        if address is not None and not isinstance(address, str):
            raise ValueError(f"address must be a scheduler's, as 'tcp://host:8786', or None; got {shown(address)}.")
        self.address, self.workers = address, as_positive_integer(workers, "workers")
        self.client: Any = None

    @contextmanager
    def open(self) -> Iterator[None]:
        """A context with a client. One that is open already is kept."""
        if self.client is not None:
            yield
            return
        with extra("blocks", "engine.sources.Distributed"):
            from distributed import Client, LocalCluster

        own = dict(n_workers=self.workers, threads_per_worker=1, scheduler_kwargs=dict(dashboard=False))
        # Any free port: by default every cluster wants the same one, and warns.
        own["dashboard_address"] = "127.0.0.1:0"
        with nullcontext(self.address) if self.address else LocalCluster(**own) as where, Client(where) as self.client:
            try:
                yield
            finally:
                self.client = None

    def moments(self, of: Callable) -> Moments:
        """The sum of ``of(chunk)``."""
        moments = self._sum(of)
        if moments is None:
            raise ValueError(f"X must hold at least one point; got shape {self.X.shape}.")
        if moments.rows != self.X.shape[0] and not np.isnan(self.X.shape[0]):
            raise ValueError(f"the chunks of X must hold its {self.X.shape[0]} points together; got {moments.rows}.")
        return moments

    def sums(self, one_pass: Pass, responsibilities: np.ndarray | None = None) -> Sums:
        """As :meth:`InMemory.sums`; given responsibilities are refused with a ValueError."""
        _refuse(responsibilities)
        return self._sum(one_pass)

    def take(self, indexes: np.ndarray) -> np.ndarray:
        """As :meth:`InMemory.take`."""
        if np.isnan(self.X.shape[0]):
            self.X.compute_chunk_sizes()
        return self.client.compute(self.X[indexes]).result()

    def described(self) -> tuple[int, list | None]:
        """The number of columns, and their names if they have any."""
        return self.X.shape[1], self.feature_names

    def find(self, first: Callable) -> int | None:
        """As :meth:`InMemory.find`; nobody goes and looks where, None."""
        return None

    def first_not_finite(self) -> str:
        """As :meth:`InMemory.first_not_finite`; nobody goes and looks where."""
        return "NaN or infinity"

    def _sum(self, function):
        from dask.array import reduction

        total = reduction(
            self.X,
            chunk=partial(_of_chunk, function, self.X.shape[1]),
            aggregate=_add_up,
            axis=(0, 1),
            split_every={0: 8, 1: 8},  # a tree; a bare 8 would be shared out between the axes
            dtype=object,
        )
        return self.client.compute(total).result().item()


PointSource = InMemory | Blocks | Distributed


def is_source(X: object) -> bool:
    """Whether X is a source of this module, or something of Dask, an array or a table, of which one can be made."""
    return isinstance(X, PointSource) or type(X).__module__.startswith("dask.")


def as_source(X: Any, sample_weight: ArrayLike | None = None, threads: int | None = None) -> PointSource:
    """A source as it is; an array or a table of Dask as :class:`Distributed`; any other array as :class:`InMemory`."""
    if not is_source(X):
        return InMemory(X, sample_weight, threads)
    if sample_weight is not None:
        raise ValueError("sample_weight needs points in an array; X is a source of blocks.")
    return Distributed(X) if type(X).__module__.startswith("dask.") else X


def _of_chunk(function, columns, X, axis, keepdims):
    """The sums of a chunk in an array of one entry, as Dask wants it; of none, if the chunk is empty."""
    sums = np.empty((min(len(X), 1), 1), dtype=object)
    if len(X):
        with one_blas_thread():
            sums[0, 0] = function(_points(X, "a chunk of X", columns))
    return sums


def _array_of_table(table):
    """The columns of a table of Dask as a Dask array, each partition's in the order of the first's names."""
    names = names_of(table) or []
    in_order(table._meta_nonempty, names, "X")
    return table.map_partitions(_floats_in_order, names, meta=table._meta.astype(np.float64)).to_dask_array()


def _floats_in_order(partition, names):
    array = in_order(partition, names, "a partition of X").astype(np.float64)
    return type(partition)(array, columns=names, index=partition.index)


def _add_up(sums, axis, keepdims):
    total = np.empty((1, 1) if keepdims else (), dtype=object)
    total[...] = reduce(add, sums.ravel()) if sums.size else None
    return total


def available_processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # not every system knows who may use what
        return os.cpu_count() or 1


def _points(X: ArrayLike, name: str, columns: int | None = None) -> np.ndarray:
    """X itself, if it is an array; a table's columns as one. Never a copy of an array."""
    names = names_of(X)
    X = as_rectangle(X, name) if names is None else in_order(X, names, name)
    _check_points(X, name, columns)
    return X


def _check_points(X, name, columns=None):
    if X.ndim != 2 or X.dtype.kind not in "fiu" or X.shape[1] != (columns or X.shape[1]):
        raise ValueError(f"{name} must have {columns or 'm'} columns of numbers; got shape {X.shape} of {X.dtype}.")


def unequal_weights(sample_weight: ArrayLike | None, n: int) -> tuple[np.ndarray | None, float]:
    """``sample_weight``, of n points, as an array of shape (n,), or None if all are equal, which is like none; and what
    all are, or 1. A ValueError if one is negative or not finite, none is positive, or there are not n."""
    if sample_weight is None:
        return None, 1.0
    weights = as_sample_weight(sample_weight, n)
    return (None, float(weights[0])) if weights.min() == weights.max() else (weights, 1.0)


def _iterator(blocks):
    """``iter(blocks)``, unless they are something else than blocks one after the other."""
    one = isinstance(blocks, (str, bytes)) or (isinstance(blocks, np.ndarray) and blocks.ndim < 3)
    try:
        if not one and names_of(blocks) is None:
            return iter(blocks)
    except TypeError:
        pass
    raise ValueError(f"blocks must be an iterable of arrays, or a function returning one; got {shown(blocks)}.")


def _refuse(responsibilities):
    if responsibilities is not None:
        raise ValueError("responsibilities can be given for points in an array only.")


def _pieces(n, m):
    """Into how many chunks n points are cut: a power of two, and no matter of threads: sums must not depend on them."""
    per_point = (m + 1) * (m + 2) // 2 + 20  # its features, and what it costs in any case
    enough_work, more_than_their_sums = n * per_point // WORK, n // (20 * m)
    return min(1 << max(min(enough_work, more_than_their_sums), 1).bit_length() - 1, CHUNKS)


def _cut(array, chunk):
    return None if array is None else array[chunk]


_HELD = local()  # whether this thread is inside one_blas_thread


@cache
def _blas():
    try:
        from threadpoolctl import ThreadpoolController

        return ThreadpoolController()
    except Exception:  # it is not there, or cannot read this system: BLAS decides for itself, slower, not wrong
        return None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """A context in which BLAS uses one thread: ours each call it, and both at once would be in each other's way."""
    blas = _blas()
    if blas is None or getattr(_HELD, "here", False):  # asking again takes as long as a small M-step
        yield
        return
    _HELD.here = True
    try:
        with blas.limit(limits=1):
            yield
    finally:
        _HELD.here = False
