"""Where points come from. A source applies a function to blocks of points and adds up what it returns, always in the
same order, so that the result does not depend on who finished first."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import cache, reduce
from operator import add
from pathlib import Path
from queue import LifoQueue

import numpy as np

from .passes import Scratch

CHUNKS = 16  # pieces of an array in memory: enough to keep threads evenly busy, few enough to cost nothing


class _Threads:
    """Threads, each with its own working memory: taken once, whatever they work on."""

    def __init__(self, count=None):
        self.count = count or available_processors()
        self.pool, self.scratch = None, LifoQueue()
        for _ in range(self.count):
            self.scratch.put(Scratch())

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
            scratch = self.scratch.get()
            try:
                return function(piece, scratch)
            finally:
                self.scratch.put(scratch)

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
        pieces = int(np.clip(len(X) // 2048, 1, CHUNKS))  # not a matter of threads: sums must not depend on them
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
        return iter(self.blocks() if callable(self.blocks) else self.blocks)

    def open(self):
        """As :meth:`InMemory.open`."""
        return self.threads.open()

    def moments(self, of):
        """The sum of ``of(block)``."""
        return self._sum(lambda block: block.moments(of))

    def sums(self, one_pass, responsibilities=None):
        """The sum of a pass over the blocks."""
        return self._sum(lambda block: block.sums(one_pass))

    def _sum(self, function):
        return reduce(add, (function(InMemory(np.asarray(block), threads=self.threads)) for block in self))


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
    """The chunks of a Dask array, each summed on the worker where it is, the sums added two by two.

    The tree of additions depends on the chunks alone. Which worker did what, and whether one of them died and its
    work was done again by another, does not show in a single bit of the result.

    Parameters
    ----------
    X : dask.array.Array, shape (n, m)
        In chunks of rows.
    address : str, optional
        Of a running scheduler. Without it a cluster of processes is started on this machine, and stopped afterwards.
    workers : int
        How many processes such a cluster has.
    """

    def __init__(self, X, address=None, workers=2):
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
        return self._sum(one_pass)

    def _sum(self, function):
        from dask import delayed

        task = delayed(_with_one_blas_thread)
        sums = [task(function, chunk) for chunk in self.X.to_delayed().ravel()]
        while len(sums) > 1:
            pairs = [delayed(add)(*pair) for pair in zip(sums[::2], sums[1::2])]
            sums = pairs + sums[2 * len(pairs) :]
        return self.client.compute(sums[0]).result()


def _with_one_blas_thread(function, X):
    with one_blas_thread():
        return function(X)


def available_processors():
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
