"""Record linkage: which pairs of records are one person, in the model of Fellegi and Sunter (1969), by EM.

Two files are compared pair by pair and field by field. A pair is a *match*, the same person twice, or not; fields agree
with the probabilities m among matches and u among the others, independently of each other. So the pairs are a mixture
of two components, 0 the matches and 1 the rest. Shapes: ``comparisons`` (n, c), a row for each pair and a column for
each field, 1 where it agrees, 0 where not, NaN where a value is missing (and says nothing). With ``frequencies`` (n,) a
row stands for so many pairs. (Fellegi and Sunter estimated in other ways; Winkler, 1988, and Jaro, 1989, brought EM.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp, xlog1py, xlogy

from .. import em
from ..e_step import normalize
from ..validation import as_array, as_incomplete_points, as_non_negative, as_rectangle, as_responsibilities, shown


@dataclass(frozen=True)
class Linkage:
    """What links two files.

    Attributes
    ----------
    share : float
        Of all pairs, the share that are matches.
    m : ndarray, shape (c,)
        The probability that a field agrees, among matches.
    u : ndarray, shape (c,)
        The same among the other pairs.
    """

    share: float
    m: np.ndarray
    u: np.ndarray

    def __post_init__(self):
        object.__setattr__(self, "share", as_non_negative(self.share, "share"))
        for name in ("m", "u"):
            object.__setattr__(self, name, as_array(getattr(self, name), name, 1))
        if len(self.u) != len(self.m):
            raise ValueError(f"u must have {len(self.m)} entries, as many as m; got {len(self.u)}.")
        for name in ("share", "m", "u"):
            values = np.atleast_1d(getattr(self, name))
            if (outside := (values < 0) | (values > 1)).any():
                raise ValueError(f"{name} must lie between 0 and 1; got {values[outside][0]:g}.")


def compare(first: ArrayLike, second: ArrayLike) -> np.ndarray:
    """Each record of ``first``, shape (a, c), with each of ``second``, shape (b, c), field by field: shape (a * b, c).

    The fields are strings; an empty one is missing. The pairs go through ``second`` first.

    Raises
    ------
    ValueError
        If the two are not tables of strings with equally many columns.
    """
    a, b = _as_table(first, "first")[:, np.newaxis], _as_table(second, "second")
    if a.shape[-1] != b.shape[-1]:
        raise ValueError(f"second must have {a.shape[-1]} columns, as first has; got {b.shape[-1]}.")
    return np.where((a == "") | (b == ""), np.nan, a == b).reshape(-1, a.shape[-1])


def patterns(comparisons: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The different rows of ``comparisons``, (p, c); how often each occurs, (p,); which of them each pair shows, (n,).

    A million pairs of ten fields have at most 3**10 patterns: EM on these does the same work once.
    """
    agree, differ = _known(comparisons)
    rows, pattern_of, frequencies = np.unique(agree - differ, axis=0, return_inverse=True, return_counts=True)
    return np.where(rows == 0, np.nan, (rows + 1) / 2), frequencies, pattern_of.ravel()


def log_joint(comparisons: ArrayLike, linkage: Linkage) -> np.ndarray:
    """The logarithm of share times probability of each row of ``comparisons``: of a match, of another; shape (n, 2).

    Raises
    ------
    ValueError
        If an argument is not valid.
    """
    given = _log_given(comparisons, linkage)
    return given + np.array([xlogy(1, linkage.share), xlog1py(1, -linkage.share)])


def e_step(comparisons: ArrayLike, linkage: Linkage) -> np.ndarray:
    """The probability that each pair of ``comparisons`` is a match, and that it is not: shape (n, 2)."""
    return normalize(log_joint(comparisons, linkage))


def m_step(comparisons: ArrayLike, responsibilities: ArrayLike, frequencies: ArrayLike | None = None) -> Linkage:
    """The linkage that maximises the lower bound: expected matches by pairs, and expected agreements by known fields.

    ``responsibilities`` have the shape (n, 2), one row for each of ``comparisons``.

    Raises
    ------
    ValueError
        If an argument is not valid, or nothing is left of one of the two kinds of pairs to learn a field from.
    """
    agree, differ = _known(comparisons)
    w = as_responsibilities(responsibilities, len(agree), 2) * _frequencies(frequencies, len(agree))[:, np.newaxis]
    agreed, known = w.T @ agree, w.T @ (agree + differ)
    if (known == 0).any():
        kind, field = np.argwhere(known == 0)[0]
        raise ValueError(
            f"comparisons must show each field in pairs of both kinds; column {field} is known in no "
            f"{('match', 'pair that is no match')[kind]}; got responsibilities of 0."
        )
    m, u = agreed / known
    return Linkage(w[:, 0].sum() / w.sum(), m, u)


def fit(
    comparisons: ArrayLike, frequencies: ArrayLike | None = None, tol: float = 1e-6, max_iter: int = 5000
) -> em.Result:
    """Learn from ``comparisons`` without a single known match, by EM, until an iteration raises the log-likelihood by
    less than ``tol``, or for ``max_iter`` iterations. The state of the result is the :class:`Linkage`.

    It starts where matches agree in 9 fields of 10, the other pairs as all pairs do, and one pair in a hundred is a
    match: that is what says which of the two components are the matches.

    Raises
    ------
    ValueError
        If an argument is not valid, a field never agrees or always does, or there are fewer than three fields: they
        could not tell so many parameters.
    """
    agree, differ = _known(comparisons)
    if agree.shape[1] < 3:
        raise ValueError(f"comparisons must have at least 3 columns, one per field; got {agree.shape[1]}.")
    frequencies = _frequencies(frequencies, len(agree))
    agreed, known = frequencies @ agree, frequencies @ (agree + differ)
    if (useless := (agreed == 0) | (agreed == known)).any():
        field = int(np.argmax(useless))
        raise ValueError(
            "comparisons must agree and differ in each column; "
            f"got {agreed[field]:g} agreements of {known[field]:g} in column {field}."
        )

    def objective(linkage):
        with np.errstate(under="ignore"):
            return float(frequencies @ logsumexp(log_joint(comparisons, linkage), axis=1))

    return em.run(
        Linkage(0.01, np.full(agree.shape[1], 0.9), agreed / known),
        lambda linkage: e_step(comparisons, linkage),
        lambda w: m_step(comparisons, w, frequencies),
        objective,
        tol=tol,
        max_iter=max_iter,
    )


def match_weights(comparisons: ArrayLike, linkage: Linkage) -> np.ndarray:
    """The evidence for a match in each row of ``comparisons``, in bits: log2 of m / u for a field that agrees, of
    (1 - m) / (1 - u) for one that does not, added up; shape (n,)."""
    of_match, of_other = _log_given(comparisons, linkage).T
    return (of_match - of_other) / np.log(2)


def _log_given(comparisons: ArrayLike, linkage: Linkage) -> np.ndarray:
    """The logarithm of the probability of each row, in a match and in another pair: shape (n, 2)."""
    if not isinstance(linkage, Linkage):
        raise ValueError(f"linkage must be a Linkage; got {shown(linkage)}.")
    agree, differ = _known(comparisons, len(linkage.m))
    given = [(xlogy(agree, p) + xlog1py(differ, -p)).sum(axis=1) for p in (linkage.m, linkage.u)]
    return np.stack(given, axis=1)


def _as_table(value: ArrayLike, name: str) -> np.ndarray:
    table = as_rectangle(value, name)
    if table.ndim != 2 or table.dtype.kind != "U" or not table.size:
        raise ValueError(f"{name} must be a table of strings, a row for each record; got {shown(table)}.")
    return table


def _known(comparisons: ArrayLike, n_fields: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Where fields agree, and where they differ, as 1 and 0."""
    table = as_incomplete_points(comparisons, n_fields, "comparisons")
    if (strange := ~(np.isin(table, (0, 1)) | np.isnan(table))).any():
        i, r = np.argwhere(strange)[0]
        raise ValueError(f"comparisons must hold 1, 0 or NaN; got {table[i, r]:g} at index ({i}, {r}).")
    return (table == 1) * 1.0, (table == 0) * 1.0


def _frequencies(frequencies: ArrayLike | None, n: int) -> np.ndarray:
    if frequencies is None:
        return np.ones(n)
    counts = as_array(frequencies, "frequencies", 1)
    if len(counts) != n or (counts <= 0).any():
        raise ValueError(f"frequencies must be {n} positive numbers, one per row; got {shown(counts)}.")
    return counts
