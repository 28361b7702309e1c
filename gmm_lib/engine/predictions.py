"""What a mixture says of points that outgrow memory, a block at a time; and a Parquet file to keep it in.

>>> write_parquet("labels.parquet", fit.predictions(parquet("points")))  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np

from .._extras import extra
from ..validation import as_flag, shown


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a mixture of k components says of the b points of a block.

    Attributes
    ----------
    labels : ndarray of int, shape (b,)
        The most probable component of each.
    responsibilities : ndarray, shape (b, k)
        The posterior (9).
    log_densities : ndarray, shape (b,)
        The mixture's (1).
    """

    labels: np.ndarray
    responsibilities: np.ndarray
    log_densities: np.ndarray


def write_parquet(path: str | Path, predictions: Iterable[Prediction], *, overwrite: bool = False) -> int:
    """Write predictions to one Parquet file, block after block; returns the number of rows.

    A row for each point, in the order of the source. Columns are ``label``, ``probability_0`` to ``probability_{k-1}``
    and ``log_density``. Each block becomes a row group, and none is in memory but the one being written.

    All is written or nothing: until the last block it is a hidden file beside, which is removed if something fails.

    Parameters
    ----------
    path : path
        Of the file, in a folder that is there.
    predictions : iterable of Prediction
        As :meth:`gmm_lib.model.GaussianMixture.predictions` gives them.
    overwrite : bool
        Whether a file of this name may be replaced.

    Raises
    ------
    ValueError
        If an argument is not valid, the file is there and must not be replaced, or there is no prediction.
    ImportError
        Without PyArrow.
    """
    replace = as_flag(overwrite, "overwrite")
    path = _free(path, replace)
    if isinstance(predictions, (str, bytes)) or not isinstance(predictions, Iterable):
        raise ValueError(f"predictions must be an iterable of Prediction; got {shown(predictions)}.")
    with extra("blocks", "engine.predictions.write_parquet"):
        import pyarrow.parquet
    rows, writer = 0, None
    with _whole_or_not_at_all(path, replace) as hidden:
        try:
            for number, one in enumerate(predictions):
                table = pyarrow.table(_columns(one, number))
                writer = writer or pyarrow.parquet.ParquetWriter(hidden, table.schema)
                if table.schema != writer.schema:
                    k = sum(name.startswith("probability_") for name in writer.schema.names)
                    got = one.responsibilities.shape[1]
                    raise ValueError(
                        f"predictions must all be of {k} components, as the first; number {number} of {got}."
                    )
                writer.write_table(table)
                rows += len(table)
        finally:
            if writer:
                writer.close()
        if not writer:
            raise ValueError("predictions must hold at least one block; got none.")
    return rows


def _columns(one, number):
    if not isinstance(one, Prediction):
        raise ValueError(f"predictions must be an iterable of Prediction; number {number} is {shown(one)}.")
    shares = {f"probability_{j}": np.ascontiguousarray(share) for j, share in enumerate(one.responsibilities.T)}
    return {"label": one.labels.astype(np.int64), **shares, "log_density": one.log_densities}


def _free(path, replace):
    """The path, if a file may be written there."""
    if not isinstance(path, (str, Path)) or not str(path):
        raise ValueError(f"path must be the path of a file; got {shown(path)}.")
    path = Path(path)
    if not path.parent.is_dir():
        raise ValueError(f"path must lie in a folder that is there; {str(path.parent)!r} is none.")
    if path.is_dir():
        raise ValueError(f"path must be the path of a file; {str(path)!r} is a folder.")
    if path.exists() and not replace:
        raise ValueError(f"path must be free, unless overwrite=True; {str(path)!r} is there.")
    return path


@contextmanager
def _whole_or_not_at_all(path, replace):
    """A hidden path beside, which takes the place of ``path`` in the end, and is gone if that is not reached."""
    hidden = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        yield hidden
        _free(path, replace)  # somebody may have written it meanwhile
        hidden.replace(path)
    except BaseException:
        hidden.unlink(missing_ok=True)
        raise
