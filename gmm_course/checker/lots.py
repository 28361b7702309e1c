"""Lots drawn from words, by a stable hash: the same on every machine, and with every version of Python and NumPy."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Lots:
    """Draws that follow from words: an exercise and a student have the same numbers today and in ten years."""

    def __init__(self, *words: str):
        self._seed = "\n".join(words)
        self._drawn = 0

    def one_of(self, choices: Sequence[T]) -> T:
        """One of them."""
        self._drawn += 1
        digest = hashlib.sha256(f"{self._seed}\n{self._drawn}".encode()).digest()
        return choices[int.from_bytes(digest[:8], "big") % len(choices)]

    def some_of(self, choices: Sequence[T], count: int) -> list[T]:
        """So many of them, none twice."""
        left = list(choices)
        return [left.pop(self.one_of(range(len(left)))) for _ in range(count)]


def key_of(student: str) -> str:
    """The form in which a student's name counts: "Zoe Miller" is the "zoe_miller" of a folder; empty for no name."""
    plain = unicodedata.normalize("NFKC", student).strip()
    return re.sub(r"[^\w.-]+", "_", plain)[:80].strip(".").casefold()
