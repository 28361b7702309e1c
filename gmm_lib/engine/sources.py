"""Where points come from. A source applies a function to blocks of points and adds up what it returns, always in the
same order, so that the result does not depend on who finished first."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import cache, partial, reduce
from operator import add
from pathlib import Path

import numpy as np

from .passes import Scratch

WORK = 500_000  # of a chunk, at least: with less, a second thread costs more than it brings
CHUNKS = 64  # at most: enough to keep threads evenly busy, few enough to cost nothing


class _Threads:
    """Threads, each with its own working memory: taken once, whatever they work on."""

    def __init__(self, count=None):
        self.count = count or available_processors()
        self.pool, self.scratch = None, [Scratch() for _ in range(self.count)]

    @contextmanager
    def open(self):
        if self.pool is not None:
            yield
            return
        with one_blas_thread(), ThreadPoolExecutor(self.count) if self.count > 1 else nullcontext() as self.pool:
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


class InMemory:
    """An array, cut into chunks that threads work on.

    Parameters
    ----------
    X : ndarray, shape (n, m)
        Any strides, float32 or float64; a :class:`numpy.memmap` is one too. Never copied.
    sample_weight : ndarray, shape (n,), optional
    threads : int, optional
        As many as there are processors this process may use.
    """

    def __init__(self, X, sample_weight=None, threads=None):
        self.X, self.sample_weight = X, sample_weight
        _check_points(X, "X")
        if sample_weight is not None and np.shape(sample_weight) != X.shape[:1]:
            raise ValueError(f"sample_weight must have shape ({len(X)},); got {np.shape(sample_weight)}.")
        pieces = _pieces(*X.shape)
        edges = np.linspace(0, len(X), pieces + 1).astype(int).tolist()
        self.chunks = [slice(*edge) for edge in zip(edges, edges[1:])]
        shared = isinstance(threads, _Threads)
        self.threads = threads if shared else _Threads(min(threads or available_processors(), pieces))
        self.keep = pieces == 1 and not shared  # one small array: its features are computed once and kept

    def open(self):
        """A context in which the threads are there, and BLAS is held to one thread of its own in each."""
        return self.threads.open()

    def moments(self, of):
        """The sum of ``of(X, sample_weight)`` over the chunks."""
        return self.threads.sum(lambda chunk, _: of(self.X[chunk], _cut(self.sample_weight, chunk)), self.chunks)

    def sums(self, one_pass, responsibilities=None):
        """The sum of a :class:`~gmm_lib.engine.passes.Pass` over the chunks."""
        one_pass.prepared  # once, not once in every thread

        def work(chunk, scratch):
            weights, given = _cut(self.sample_weight, chunk), _cut(responsibilities, chunk)
            return one_pass(self.X[chunk], weights, given, scratch, keep=self.keep)

        return self.threads.sum(work, self.chunks)

    def take(self, indexes):
        """The points at these indexes, in ascending order: shape (len(indexes), m)."""
        return self.X if len(indexes) == len(self.X) else self.X[indexes]


class Blocks:
    """Points that are read anew in every pass, a block at a time: memory for one block is all that is needed.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (b, m), or a function that returns one
        It is gone through once per pass, so a generator will not do: give the function that makes it. The sizes of the
        blocks may differ, and decide nothing but the order of summation.
    threads : int, optional
    """

    def __init__(self, blocks, threads=None):
        if not callable(blocks) and iter(blocks) is blocks:
            raise ValueError("blocks must be an iterable that can be gone through again, or a function returning one.")
        self.blocks = blocks
        self.threads = _Threads(threads)

    def __iter__(self):
        columns, rows = None, 0
        for number, block in enumerate(self.blocks() if callable(self.blocks) else self.blocks):
            block = np.asarray(block)
            _check_points(block, f"block {number}", columns)
            columns, rows = block.shape[1], rows + len(block)
            if len(block):
                yield block
        if rows == 0:
            raise ValueError("blocks must hold at least one point; got none.")

    def open(self):
        """As :meth:`InMemory.open`."""
        return self.threads.open()

    def moments(self, of):
        """The sum of ``of(block)``."""
        return self._sum(lambda block: block.moments(of))

    def sums(self, one_pass, responsibilities=None):
        """The sum of a pass over the blocks."""
        _refuse(responsibilities)
        return self._sum(lambda block: block.sums(one_pass))

    def take(self, indexes):
        """As :meth:`InMemory.take`, in one more pass."""
        taken, first = [], 0
        for block in self:
            low, high = np.searchsorted(indexes, [first, first + len(block)])
            taken.append(block[indexes[low:high] - first])  # a copy: the block itself is not kept
            first += len(block)
        return np.concatenate(taken)

    def _sum(self, function):
        return reduce(add, (function(InMemory(block, threads=self.threads)) for block in self))


def parquet(folder, columns=None, rows=65_536):
    """A source of the points in the Parquet files of a folder, in the order of their names.

    Parameters
    ----------
    folder : path
    columns : sequence of str, optional
        All of them by default.
    rows : int
        Most rows in memory at a time.

    Returns
    -------
    Blocks
    """
    from pyarrow import parquet as reader

    files = sorted(Path(folder).glob("*.parquet"))
    if not files:
        raise ValueError(f"folder must hold .parquet files; {str(folder)!r} has none.")

    def blocks():
        for file in files:
            with reader.ParquetFile(file) as opened:
                for batch in opened.iter_batches(batch_size=rows, columns=columns):
                    yield np.column_stack([column.to_numpy(zero_copy_only=False) for column in batch.columns])

    return Blocks(blocks)


class Distributed:
    """The chunks of a Dask array, each summed on the worker where it is, and the sums added in a tree.

    The tree of additions depends on the chunks alone. Which worker did what, and whether one of them died and its
    work was done again by another, does not show in a single bit of the result (on processors of one kind).

    Parameters
    ----------
    X : dask.array.Array, shape (n, m)
        In chunks of rows. Dask itself takes some milliseconds for each, whatever is done with it: let a chunk be as
        large as a worker's memory allows.
    address : str, optional
        Of a running scheduler. Without it a cluster of processes is started on this machine, and stopped afterwards.
        (In a script, as always where Python starts processes, the call belongs behind ``if __name__ == "__main__":``.)
    workers : int
        How many processes such a cluster has.
    """

    def __init__(self, X, address=None, workers=2):
        _check_points(X, "X")
        self.X = X.rechunk({1: -1})
        self.address, self.workers = address, workers
        self.client = None

    @contextmanager
    def open(self):
        """A context with a client. One that is open already is kept."""
        if self.client is not None:
            yield
            return
        from distributed import Client, LocalCluster

        own = {} if self.address else dict(n_workers=self.workers, threads_per_worker=1, dashboard_address=None)
        with nullcontext(self.address) if self.address else LocalCluster(**own) as where, Client(where) as self.client:
            try:
                yield
            finally:
                self.client = None

    def moments(self, of):
        """The sum of ``of(chunk)``."""
        return self._sum(of)

    def sums(self, one_pass, responsibilities=None):
        """The sum of a pass over the chunks."""
        _refuse(responsibilities)
        return self._sum(one_pass)

    def take(self, indexes):
        """As :meth:`InMemory.take`."""
        if np.isnan(self.X.shape[0]):
            self.X.compute_chunk_sizes()
        return self.client.compute(self.X[indexes]).result()

    def _sum(self, function):
        from dask.array import reduction

        total = reduction(
            self.X,
            chunk=partial(_of_chunk, function),
            aggregate=_add_up,
            axis=(0, 1),
            split_every={0: 8, 1: 8},  # a tree; a bare 8 would be shared out between the axes
            dtype=object,
        )
        return self.client.compute(total).result().item()


def is_source(X):
    """Whether it is a source of this module, or a Dask array, of which one can be made."""
    return isinstance(X, InMemory | Blocks | Distributed) or type(X).__module__.startswith("dask.")


def as_source(X, sample_weight=None, threads=None):
    """A source as it is; a Dask array as :class:`Distributed`; any other array as :class:`InMemory`."""
    if not is_source(X):
        return InMemory(np.asarray(X), sample_weight, threads)
    if sample_weight is not None:
        raise ValueError("sample_weight needs points in an array; X is a source of blocks.")
    return Distributed(X) if type(X).__module__.startswith("dask.") else X


def _of_chunk(function, X, axis, keepdims):
    """The sums of a chunk in an array of one entry, as Dask wants it; of none, if the chunk is empty."""
    sums = np.empty((min(len(X), 1), 1), dtype=object)
    if len(X):
        with one_blas_thread():
            sums[0, 0] = function(X)
    return sums


def _add_up(sums, axis, keepdims):
    total = np.empty((1, 1) if keepdims else (), dtype=object)
    total[...] = reduce(add, sums.ravel()) if sums.size else None
    return total


def available_processors():
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check_points(X, name, columns=None):
    if X.ndim != 2 or X.dtype.kind not in "fiu" or X.shape[1] != (columns or X.shape[1]):
        raise ValueError(f"{name} must have {columns or 'm'} columns of numbers; got shape {X.shape} of {X.dtype}.")


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


@cache
def _blas():
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:  # BLAS then decides for itself: slower, not wrong
        return None
    return ThreadpoolController()


def one_blas_thread():
    """A context in which BLAS uses one thread: ours each call it, and both at once would be in each other's way."""
    blas = _blas()
    return nullcontext() if blas is None else blas.limit(limits=1)
