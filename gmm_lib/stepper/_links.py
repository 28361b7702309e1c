"""Links to a state of the stepper: the settings of its table as text, and what becomes of them.

A link is what follows ``#`` in an address: the name of a figure, ``?``, and pairs ``name=value``. Besides settings it
may carry, as JSON, ``points`` (a table of one's own), ``edits`` (rows that were moved, removed or added) and
``parameters`` (a start set by hand). The script reads and writes the same texts (``js/settings/links.js``), and a test
walks states both ways.
"""

import json
from typing import Any
from urllib.parse import quote, unquote

import numpy as np

from ..gaussian import cholesky_factors
from ..parameters import Parameters
from ..validation import shown
from ._settings import LONGEST_LINK, SETTINGS
from .trace import PARTS, UncheckedParameters

PARTS_OF_POINTS = ("X", "features", "labels", "classes", "sampleWeight")
BEYOND = 1e150  # the squares of such numbers leave the range of numbers


def pairs_of(link: str) -> dict[str, str]:
    """The pairs of a ``link``, by name: of a whole address, of what follows its ``#``, or of the pairs alone.

    Raises ValueError if there are none, or two of one name.
    """
    before, _, after = link.strip().rpartition("#")[2].partition("?") if isinstance(link, str) else ("", "", "")
    named = [pair.partition("=") for pair in (after or before).split("&")]
    if not all(equals for _, equals, _ in named):
        raise ValueError(f"link must hold settings, such as '#stepper?data=iris&k=3'; got {shown(link)}.")
    pairs = {name: unquote(value) for name, _, value in named}
    if len(pairs) < len(named):
        twice = next(name for name in pairs if sum(name == one for one, _, _ in named) > 1)
        raise ValueError(f"link must name each setting once; got {twice} more than once.")
    return pairs


def query_of(texts: dict[str, str]) -> str:
    """The pairs of a link, from settings as ``texts``."""
    return "&".join(f"{name}={quote(text, safe=',[]+')}" for name, text in texts.items())


def as_text(value: Any) -> str:
    """A carried ``value`` as JSON; whole numbers without their ``.0``, as the script writes them."""
    return json.dumps(_short(value), separators=(",", ":"), ensure_ascii=False)


def _short(value):
    if isinstance(value, dict):
        return {name: _short(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_short(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


def read_carried(value: Any, name: str) -> Any:
    """``value``, JSON or what it stands for, if setting ``name`` may be it, else a ValueError; None if it is empty."""
    if value is None or value == "":
        return None
    try:
        found = json.loads(value, parse_constant=_refuse) if isinstance(value, str) else value
        if found is None or CHECKS[SETTINGS[name]["kind"]](found):
            return found
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        pass
    raise ValueError(f"{name} must be {SETTINGS[name]['must']}; got {shown(value)}.")


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON")


def without_gaps(rows: Any) -> list:
    """``rows`` with 0 for None, a value that is missing."""
    return [[0 if value is None else value for value in row] for row in rows]


def with_none(X: Any) -> list:
    """Points X, of shape (n, m), as nested lists, with None where a value is missing: JSON has no NaN."""
    return [[None if value is None or value != value else value for value in row] for row in X]


def _is_row(row, m):
    numbers = isinstance(row, list) and all(type(v) in (int, float) and abs(v) < BEYOND for v in row)
    return numbers and len(row) == m


def _is_matrix(rows, m):
    return isinstance(rows, list) and len(rows) > 0 and all(_is_row(row, m) for row in rows)


def _are_points(table):
    X, names, labels, classes, counts = (table.get(part) for part in PARTS_OF_POINTS)
    low, high, most = (SETTINGS["points"][limit] for limit in ("low", "high", "rows"))
    right = low <= len(names) <= high and len(X) <= most and _is_matrix(without_gaps(X), len(names))
    words = all(isinstance(word, str) for word in [*names, *(classes or [])])
    counted = labels is None or all(type(j) is int and -1 <= j < len(classes) for j in labels)
    known = set(table) <= set(PARTS_OF_POINTS)
    if counts is not None and not (_is_row(counts, len(X)) and min(counts) >= 0 and sum(counts) > 0):
        return False
    return right and words and counted and known and (labels is None or len(labels) == len(X))


def _are_edits(edits):
    return isinstance(edits, list) and all(type(i) is int and i >= 0 and _is_row(row, len(row)) for i, row in edits)


def _are_parameters(parameters):
    weights, means, covariances = (parameters[part] for part in PARTS)
    k, m = len(weights), len(means[0])
    right = _is_matrix(means, m) and len(means) == len(covariances) == k and _is_row(weights, k)
    if not right or not all(_is_matrix(one, m) and len(one) == m for one in covariances):
        return False
    cholesky_factors(np.array(covariances, dtype=float))  # a ValueError, unless they are positive definite
    return min(weights) >= 0 and sum(weights) > 0


CHECKS = {"points": _are_points, "edits": _are_edits, "parameters": _are_parameters}


def digits(array: Any, count: int) -> list:
    """An ``array`` as nested lists, its numbers rounded to ``count`` digits."""
    array = np.asarray(array)
    return np.array([float(f"{value:.{count}g}") for value in array.ravel()]).reshape(array.shape).tolist()


def edited(data: dict, edits: list) -> dict:
    """The ``data`` after ``edits``: pairs of a row, counted from 0, and its new numbers. Without any it goes; beyond
    the last it is new. A ValueError names an edit that the data do not allow."""
    X, labels, counts = (list(data.get(part) or []) for part in ("X", "labels", "sampleWeight"))
    for i, row in edits:
        if not (len(row) == len(X[0]) and i <= len(X) if row else i < len(X) and len(X) > 1):
            raise ValueError(f"edits must fit the data; row {i} cannot become {row} in {len(X)} rows.")
        if labels:
            labels[i : i + 1] = (labels[i : i + 1] or [-1]) if row else []
        if counts:
            counts[i : i + 1] = (counts[i : i + 1] or [1]) if row else []
        X[i : i + 1] = [row] if row else []
    weighted = {"sampleWeight": counts} if counts else {}
    return data | {"X": with_none(X), "labels": labels or None} | weighted | ({"edits": edits} if edits else {})


def as_start(parameters: dict) -> Parameters | UncheckedParameters:
    """The ``parameters`` of a link. Weights that do not sum to one are those of a formula as printed, and stay so."""
    weights, means, covariances = (np.array(parameters[part], dtype=float) for part in PARTS)
    if abs(weights.sum() - 1) <= 1e-8:
        return Parameters(weights, means, covariances)
    return UncheckedParameters(weights, means, covariances, cholesky_factors(covariances))


def fitting(link: str, limit: int | None = LONGEST_LINK) -> str:
    """``link``, or a ValueError if it has more than ``limit`` signs."""
    if limit is not None and len(link) > limit:
        advice = "With limit=None it is text for a file, to be dropped on the stepper of a page"
        raise ValueError(f"a link must have at most {limit} signs to be passed on; this one has {len(link)}. {advice}.")
    return link
