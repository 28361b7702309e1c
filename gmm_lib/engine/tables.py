"""Tables go by the names of their columns, against those of the first table, and never by position: whatever is
missing, additional or no number is an error that says where."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._extras import extra
from ..validation import as_list, as_positive_integer, shown

NUMBERS = "integers or floating-point numbers"


def names_of(table: Any) -> list | None:
    """The names of a table's columns (of pandas, Polars or PyArrow) as a list; None for anything else."""
    names = getattr(table, "column_names", None)  # of PyArrow, whose .columns are the columns themselves
    names = getattr(table, "columns", None) if names is None else names
    if isinstance(table, np.ndarray) or isinstance(names, str) or names is None:
        return None
    try:
        return list(names)
    except TypeError:
        return None


def in_order(table: Any, names: Sequence, where: str) -> np.ndarray:
    """The columns of these names, in this order, as an array of shape (n, m). The table must have them and no other, or
    it is a ValueError that says ``where``."""
    check_names(names_of(table) or [], names, where)
    if not names:
        raise ValueError(f"{where} must have a column of numbers; it has none.")
    columns = [np.asarray(table[name]) for name in names]
    for name, column in zip(names, columns):
        if column.dtype.kind not in "fiu":
            raise ValueError(f"column {name!r} of {where} must hold {NUMBERS}; got {column.dtype}.")
    return np.column_stack(columns)


def check_names(given: Sequence, names: Sequence, where: str, additional: bool = False) -> None:
    """Raise a ValueError unless the names given are these, each once, in whatever order; more are all right if
    ``additional``."""
    there = f"{where} has {_listed(given)}"
    for name, count in Counter(given).items():
        if count > 1 and name in names:
            raise ValueError(f"a column's name must be its own; {there}, with {name!r} {count} times.")
    if missing := [name for name in names if name not in given]:
        raise ValueError(f"{where} must have a column {missing[0]!r}; {there}.")
    if not additional and (more := [name for name in given if name not in names]):
        first = f"the columns of the first, {_listed(names)}"
        raise ValueError(f"{where} must have {first}, and no other; got {more[0]!r}.")


def _listed(names):
    return ", ".join(map(repr, names[:20])) + ", ..." * (len(names) > 20) if names else "no column"


# -- Parquet


def parquet_files(folder: str | Path) -> list[Path]:
    """The Parquet files that lie in a folder, in the order of their names; hidden ones are left out. A ValueError if
    there are none."""
    if not isinstance(folder, (str, Path)):
        raise ValueError(f"folder must be the path of a folder; got {shown(folder)}.")
    folder = Path(folder)
    if folder.is_file():
        raise ValueError(f"folder must be a folder that holds .parquet files; {str(folder)!r} is a file.")
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in inside:
        if path.is_dir() and path.name[0] != "." and (deeper := next(path.rglob("*.parquet"), None)):
            raise ValueError(
                f"folder must hold its .parquet files itself; {str(folder)!r} has some in folders inside, such as "
                f"{str(deeper.relative_to(folder))!r}. Give one of those folders."
            )
    files = [path for path in inside if path.suffix.lower() == ".parquet" and not path.name.startswith(".")]
    if not files:
        raise ValueError(f"folder must hold .parquet files; {str(folder)!r} has none.")
    return files


class ParquetFiles:
    """The numbers in Parquet files, made anew for each pass.

    Parameters
    ----------
    files : list of path
    columns : sequence of str, or None
        None takes those of the first file, all of which every other must have, and no more.
    rows : int
        Most rows at a time: each block is an array of shape (b, m).
    """

    def __init__(self, files: list[Path], columns: Sequence[str] | None = None, rows: int = 65_536) -> None:
        self.files, self.rows = files, as_positive_integer(rows, "rows")
        self.additional = columns is not None
        self.names = self._names(columns)
        for file in files:  # now, and not after hours of reading
            with self._open(file) as opened:
                self._refuse_other_columns(file, opened.schema_arrow)

    def __iter__(self) -> Iterator[np.ndarray]:
        for file in self.files:
            with self._open(file) as opened:
                self._refuse_other_columns(file, opened.schema_arrow)
                first = 0
                for batch in opened.iter_batches(batch_size=self.rows, columns=self.names):
                    yield self._numbers(batch, file, first)
                    first += len(batch)

    def _names(self, columns):
        if columns is None:
            with self._open(self.files[0]) as opened:
                schema = opened.schema_arrow
            index = _index(schema)
            return [name for name in schema.names if name not in index]
        names = as_list(columns, "columns", "name of a column")
        if isinstance(columns, (set, frozenset, dict)):
            raise ValueError(f"columns must be a list of names, in an order; got a {type(columns).__name__}.")
        for i, name in enumerate(names):
            if not isinstance(name, str) or name in names[:i]:
                raise ValueError(f"columns must be different names; got {shown(name)} at index {i}.")
        return list(map(str, names))

    def _open(self, file):
        pyarrow = _pyarrow()
        try:
            return pyarrow.parquet.ParquetFile(file)
        except (pyarrow.ArrowInvalid, OSError) as error:
            raise ValueError(f"{file.name} cannot be read as a Parquet file: {error}") from error

    def _refuse_other_columns(self, file, schema):
        types, index = _pyarrow().types, _index(schema)
        for name in self.names:
            if name in index:
                raise ValueError(f"column {name!r} of {file.name} is the index of the stored table, and no column.")
        check_names([name for name in schema.names if name not in index], self.names, file.name, self.additional)
        for name in self.names:
            kind = schema.field(name).type
            if not (types.is_integer(kind) or types.is_floating(kind)):
                choose = "" if self.additional else "; columns= chooses others"
                raise ValueError(f"column {name!r} of {file.name} must hold {NUMBERS}; got {kind}{choose}.")
        if not self.names:
            raise ValueError(f"{file.name} must have a column of numbers; it has none.")

    def _numbers(self, batch, file, first):
        """A batch as an array (b, m), the columns by name: not every PyArrow reads them in the order asked for."""
        columns = []
        for name in self.names:
            column = batch.column(name)
            values = column.to_numpy(zero_copy_only=False)
            # A missing integer comes as NaN as well.
            if not (finite := np.isfinite(values)).all():
                row = int(finite.argmin())
                got = values[row] if column[row].is_valid else "null"
                raise ValueError(f"column {name!r} of {file.name} must be finite; got {got} in row {first + row}.")
            columns.append(values)
        return np.column_stack(columns)


def _index(schema):
    """The columns of a file that are no columns: pandas stores the index of a table among them, and notes which."""
    noted = (schema.pandas_metadata or {}).get("index_columns", [])
    return {name for name in noted if isinstance(name, str)} | {
        name for name in schema.names if name.startswith("__index_level_") and name.endswith("__")
    }


def _pyarrow():
    with extra("blocks", "engine.sources.parquet"):
        import pyarrow.parquet
    return pyarrow
