"""Where points come from. A source applies a function to blocks of points and adds up what it returns, always in the
same order, so that the result does not depend on who finished first."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import cache, reduce
from operator import add
from queue import LifoQueue

import numpy as np

from .passes import Scratch

CHUNKS = 16  # pieces of an array in memory: enough to keep threads evenly busy, few enough to cost nothing


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
        self.threads = threads or available_processors()
        pieces = int(np.clip(len(X) // 2048, 1, CHUNKS))
        edges = np.linspace(0, len(X), pieces + 1).astype(int).tolist()
        self.chunks = [slice(*edge) for edge in zip(edges, edges[1:])]
        self.threads = min(self.threads, pieces)
        self._pool = None
        self._scratch = LifoQueue()
        for _ in range(self.threads):
            self._scratch.put(Scratch())

    @contextmanager
    def open(self):
        """Threads over blocks, and BLAS held to one thread of its own in each: both at once would be in each other's way."""
        with one_blas_thread(), ThreadPoolExecutor(self.threads) if self.threads > 1 else nullcontext() as pool:
            self._pool = pool
            try:
                yield self
            finally:
                self._pool = None

    def moments(self, of):
        """The sum of ``of(X, sample_weight)`` over the chunks."""
        return self._sum(lambda chunk, scratch: of(self.X[chunk], _cut(self.sample_weight, chunk)))

    def sums(self, one_pass, responsibilities=None):
        """The sum of a :class:`~gmm_lib.engine.passes.Pass` over the chunks."""
        if len(self.chunks) == 1:
            scratch = self._scratch.queue[0]
            return one_pass(self.X, self.sample_weight, responsibilities, scratch, keep=True)
        one_pass.prepared  # once, not once in every thread
        return self._sum(
            lambda chunk, scratch: one_pass(
                self.X[chunk], _cut(self.sample_weight, chunk), _cut(responsibilities, chunk), scratch
            )
        )

    def _sum(self, function):
        def work(chunk):
            scratch = self._scratch.get()
            try:
                return function(chunk, scratch)
            finally:
                self._scratch.put(scratch)

        return reduce(add, (self._pool.map if self._pool else map)(work, self.chunks))


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
