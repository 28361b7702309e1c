"""A table of results that shows itself: ruled in a notebook and on a page, in aligned columns in a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from .validation import shown


class Table:
    """A table: a row for each of ``rows``, a column for each of ``columns``.

    ``columns`` gives for each heading how its numbers are written, as the function ``format`` takes it: ".2f", "d"; the
    heading of a column of words gives "". Words stand at the left, numbers at the right; a word in a column of numbers
    stays as it is, and None leaves its place empty. ``caption`` is a line above the table.

    Raises
    ------
    ValueError
        If a heading is empty, there are no rows, a row is longer or shorter than ``columns``, or a value cannot be
        written as its column asks.
    """

    def __init__(self, columns: Mapping[str, str], rows: Iterable[Sequence[Any]], caption: str = "") -> None:
        if not isinstance(columns, Mapping) or not columns or not all(isinstance(one, str) and one for one in columns):
            raise ValueError(f'columns must give a format for each heading, like {{"k": "d"}}; got {shown(columns)}.')
        if not isinstance(rows, Iterable) or isinstance(rows, str):
            raise ValueError(f"rows must be a list of rows; got {shown(rows)}.")
        if not isinstance(caption, str):
            raise ValueError(f"caption must be a text; got {shown(caption)}.")
        self.headings, self.caption = list(columns), caption
        self.numeric = [bool(how) for how in columns.values()]
        self.cells = []
        for row in map(_as_row, rows):
            if len(row) != len(columns):
                raise ValueError(f"rows must have {len(columns)} values, one for each column; got {shown(row)}.")
            self.cells.append([_written(value, columns[name], name) for value, name in zip(row, columns, strict=True)])
        if not self.cells:
            raise ValueError("rows must be a list of rows, at least one; got none.")

    def __repr__(self):
        lines = [self.headings, *self.cells]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = ["  ".join(map(_aligned, line, widths, self.numeric)).rstrip() for line in lines]
        return "\n".join([*([self.caption] if self.caption else []), *table])

    def _repr_html_(self):
        caption = f"<caption>{escape(self.caption)}</caption>\n" if self.caption else ""
        head = "".join(map(_cell, ["col"] * len(self.headings), self.headings, self.numeric))
        scopes = ["row"] + [""] * (len(self.headings) - 1)
        rows = "\n".join(f"<tr>{''.join(map(_cell, scopes, row, self.numeric))}</tr>" for row in self.cells)
        return (
            f'<table class="gmm-table">\n{caption}<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>'
        )


def _as_row(row):
    if not isinstance(row, Iterable) or isinstance(row, str):
        raise ValueError(f"rows must be a list of rows, each with a value for each column; got the row {shown(row)}.")
    return tuple(row)


def _written(value, how, heading):
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return format(value, how)
    except (TypeError, ValueError):
        raise ValueError(f"rows must fit their columns: {heading!r} is written {how!r}; got {shown(value)}.") from None


def _aligned(text, width, is_number):
    return text.rjust(width) if is_number else text.ljust(width)


def _cell(scope, text, is_number):
    name, scope = ("th", f' scope="{scope}"') if scope else ("td", "")
    # JupyterLab, which knows nothing of the site's style, puts all that a table holds at the right.
    side = "" if is_number else ' style="text-align: left"'
    return f"<{name}{scope}{side}>{escape(text)}</{name}>"
