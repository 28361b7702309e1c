"""Where an element of a page ends, for those who cut pages without reading all of them."""

import re


def end_of(page: str, begin: int) -> int:
    """The place behind the element of the HTML ``page`` whose opening tag begins at ``begin``: its tags are counted.

    Raises
    ------
    ValueError
        If no element begins there, or if it has no end.
    """
    opening = re.compile(r"<([a-zA-Z][\w-]*)").match(page, begin)
    if not opening:
        raise ValueError(f"begin must be the place of an opening tag; there stands {page[begin : begin + 60]!r}.")
    depth = 0
    for tag in re.compile(rf"<(/?){opening[1]}\b[^>]*>").finditer(page, begin):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.end()
    raise ValueError(f"page has an element without an end: {page[begin : begin + 60]!r}.")
