"""Numbers as a question tells them: in words, in lists, in small tables of Markdown."""

from collections.abc import Iterable, Sequence

from .numerals import NUMERALS


def number(value: float) -> str:
    """A number as it is printed: "0.25", "−3"."""
    return f"{value:g}".replace("-", "−")


def listed(values: Iterable[float]) -> str:
    """Numbers in a row: "0.6, 0.3 and 0.1"."""
    *others, last = map(number, values)
    return f"{', '.join(others)} and {last}" if others else last


def point(values: Iterable[float]) -> str:
    """Coordinates: "(7, 4)"."""
    return f"({', '.join(map(number, values))})"


def in_words(count: int) -> str:
    """A count as a word, as far as there are short ones: "four", "25"."""
    return NUMERALS[count] if count < len(NUMERALS) else str(count)


def table(head: Sequence[str], *rows: Sequence[str]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
