"""What a mixture says of points: labels, responsibilities and log-densities, by the engine's formulations and threads.

The coordinates are those that make the mixture round, so that no look at the points is needed first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from scipy.special import logsumexp, softmax

from ..parameters import Parameters
from .coordinates import UNDERFLOW, Coordinates
from .driver import MANY
from .incomplete import LACKING, apart, by_pattern, expected_points
from .passes import WAYS, Pass, Scratch, normalize
from .predictions import Prediction
from .sources import Blocks, Distributed, InMemory, is_source
from .state import from_parameters

ACCURACY = 1e-10  # of a log-joint near a component; with a larger bound on its rounding the residuals are taken
FEW = 20_000  # numbers, up to which to open a pool of threads costs more than it brings


@dataclass(frozen=True)
class Question:
    """What is asked of each point.

    Attributes
    ----------
    fast : callable
        From the log-joint (k, b), where the answers of b points go, and working memory: the answers, and whether they
        can be used, as no overflow made one of them infinite or NaN.
    safe : callable
        From the log-joint (k, b), in which overflows have become -inf, the answers; slower.
    everywhere : bool
        Whether there is an answer where every density is 0.
    kind : type
    """

    fast: Callable[[np.ndarray, np.ndarray, Scratch], bool]
    safe: Callable[[np.ndarray], Any]
    everywhere: bool = False
    kind: type = np.float64


def _label(A, answers, scratch):
    A.argmax(axis=0, out=answers)
    return np.isfinite(np.add.reduce(np.maximum.reduce(A, axis=0)))


def _share(A, answers, scratch):
    R, log_densities = normalize(A, scratch)
    answers[...] = R.T
    return np.isfinite(np.add.reduce(log_densities))


def _log_density(A, answers, scratch):
    answers[...] = normalize(A, scratch)[1]
    return np.isfinite(np.add.reduce(answers))


LABELS = Question(_label, partial(np.argmax, axis=0), kind=np.intp)
RESPONSIBILITIES = Question(_share, lambda A: softmax(A, axis=0).T)
LOG_DENSITIES = Question(_log_density, partial(logsumexp, axis=0), everywhere=True)


class Scorer:
    """A mixture, ready to be asked about points.

    Parameters
    ----------
    parameters : Parameters
    covariance_type : str
        Of the covariances.
    """

    @UNDERFLOW
    def __init__(self, parameters: Parameters, covariance_type: str = "full") -> None:
        coordinates = Coordinates.of_mixture(parameters, covariance_type)
        with np.errstate(over="ignore", invalid="ignore"):
            state = from_parameters(parameters, coordinates, covariance_type)
            fast, *_, exact = WAYS[covariance_type]
            if covariance_type == "full" and coordinates.m >= MANY:
                fast = "stacked"
            self.one_pass = Pass(coordinates, state, fast if state.rounding <= ACCURACY else exact)
        self.widths = {RESPONSIBILITIES: (parameters.k,)}
        self.parameters, self.covariance_type = parameters, covariance_type

    @cached_property
    @UNDERFLOW
    def lacking(self) -> Pass:
        """As the pass for complete rows, for the others."""
        coordinates = Coordinates.of_mixture(self.parameters, apart(self.covariance_type))
        with np.errstate(over="ignore", invalid="ignore"):
            state = from_parameters(self.parameters, coordinates, self.covariance_type)
            return Pass(coordinates, state, LACKING[self.covariance_type])

    def ask_incomplete(self, question: Question, X: np.ndarray) -> np.ndarray:
        """As :meth:`ask`, for an array (n, m) with NaN where a value is missing: the answers to what was seen."""
        missing = np.isnan(X)
        if not (gaps := missing.any(axis=1)).any():
            return self._of_array(question, X)
        answers = np.empty((len(X), *self.widths.get(question, ())), dtype=question.kind)
        for one_pass, rows in ((self.one_pass, np.flatnonzero(~gaps)), (self.lacking, np.flatnonzero(gaps))):
            if len(rows):
                rows = rows[by_pattern(missing[rows])]
                answers[rows] = self._of_array(question, X[rows], rows, one_pass)
        return answers

    @UNDERFLOW
    def impute(self, X: np.ndarray) -> np.ndarray:
        """A copy of X (n, m) with each NaN replaced by its expectation given what was seen of its row."""
        filled, missing = np.array(X, dtype=np.float64), np.isnan(X)
        rows = np.flatnonzero(missing.any(axis=1))
        rows = rows[by_pattern(missing[rows])]
        shares = self.ask_incomplete(RESPONSIBILITIES, X[rows])
        with np.errstate(all="ignore"):  # overflows have been refused
            for block in self.lacking.blocks(len(rows)):
                some = rows[block]
                points = expected_points(self.lacking, X[some], shares[block])
                filled[some] = np.where(missing[some], points, filled[some])
        return filled

    def ask(self, question: Question, X: Any) -> Any:
        """The answers for points X: an array of shape (n, m), or a source.

        Returns
        -------
        ndarray or dask.array.Array, shape (n,), or (n, k) for responsibilities
            Of a Dask array, or the source of one, a Dask array that has not been computed yet.

        Raises
        ------
        ValueError
            If a point has density 0, even as a logarithm, under every component, and there is no answer then.
        """
        X = X.X if isinstance(X, InMemory | Distributed) else X
        if isinstance(X, Blocks):
            return np.concatenate(list(self.ask_blocks(question, X)))
        if is_source(X):
            return self._of_chunks(question, X)
        return self._of_array(question, X)

    def ask_blocks(self, question: Question, X: Blocks) -> Iterator[np.ndarray]:
        """The answers for the blocks of a source X, one array (b,) or (b, k) after the other: no more is in memory."""
        rows = 0
        for block in X:
            yield self._of_array(question, block, rows)
            rows += len(block)

    def predictions(self, X: Blocks) -> Iterator[Prediction]:
        """All three answers for one block of a source X, of points (b, m), after the other."""
        rows = 0
        for block in X:
            yield Prediction(*(self._of_array(one, block, rows) for one in (LABELS, RESPONSIBILITIES, LOG_DENSITIES)))
            rows += len(block)

    def _of_chunks(self, question, X):
        width = self.widths.get(question, ())
        whole = X.rechunk({1: -1})
        chunks = {"chunks": (whole.chunks[0], *((one,) for one in width))} if width else {"drop_axis": 1}
        return whole.map_blocks(partial(self._of_array, question), dtype=question.kind, **chunks)

    def _of_array(self, question, X, rows=0, one_pass=None):
        """``rows`` are their numbers, or that of the first."""
        one_pass = one_pass or self.one_pass
        answers = np.empty((len(X), *self.widths.get(question, ())), dtype=question.kind)
        one_pass.prepared  # noqa: B018 - once, not once in every thread

        def work(chunk, scratch):
            points, places = X[chunk], answers[chunk]
            with np.errstate(all="ignore"):  # what is of no use is seen, and found again
                for block in one_pass.blocks(len(points)):
                    A = one_pass.log_joint(points[block], scratch)
                    if not question.fast(A, places[block], scratch):
                        first = chunk.start + block.start
                        own = rows[first:] if isinstance(rows, np.ndarray) else rows + first
                        places[block] = self._safely(question, points[block], own, one_pass)
            return 0

        if X.size <= FEW:
            work(slice(0, len(X)), Scratch())
        else:
            source = InMemory(X)
            with source.open():
                source.threads.sum(work, source.chunks)
        return answers

    def _safely(self, question, X, rows, one_pass):
        number = (lambda i: int(rows[i])) if isinstance(rows, np.ndarray) else (lambda i: rows + i)
        if one_pass is self.one_pass and not (finite := np.isfinite(X)).all():
            i, column = map(int, np.argwhere(~finite)[0])
            raise ValueError(f"X must be finite; got {X[i, column]} in row {number(i)}, column {column}.")
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            A = one_pass.log_joint(X, Scratch())
        A[np.isnan(A)] = -np.inf  # of finite numbers only an overflow makes a NaN
        lost = np.flatnonzero(~np.isfinite(A.max(axis=0)))
        if lost.size and not question.everywhere:
            i = int(lost[0])
            row, column = number(i), int(np.nanargmax(np.abs(X[i])))
            raise ValueError(
                f"X must lie where some component has a density; X[{row}, {column}] = {X[i, column]:g} is so far out "
                f"that row {row} has density 0, even as a logarithm, under all of them."
            )
        return question.safe(A)


def summed(answers: Any) -> tuple[float, int]:
    """The sum of ``answers``, a Dask array of shape (n,), and how many there are: each chunk is summed where it is."""
    from dask import compute

    total, n = compute(answers.sum(), answers.map_blocks(np.ones_like).sum())
    return float(total), int(n)


class Remembered:
    """The scorer of the parameters last asked about. It is made when it is first wanted, and made again if they have
    changed; a copy or a pickle begins without one."""

    def __init__(self) -> None:
        self._arrays: tuple[np.ndarray, ...] = ()
        self._scorer: Scorer | None = None

    def scorer(self, *arrays: np.ndarray, covariance_type: str = "full") -> Scorer:
        """The scorer for these ``arrays``: weights (k,), means (k, m) and covariances (k, m, m), all of the
        ``covariance_type``."""
        known = self._scorer is not None and all(map(np.array_equal, arrays, self._arrays))
        if self._scorer is None or not known:
            self._scorer = Scorer(Parameters(*arrays), covariance_type)
            self._arrays = tuple(map(np.copy, arrays))
        return self._scorer

    def __reduce__(self) -> tuple:
        return Remembered, ()
