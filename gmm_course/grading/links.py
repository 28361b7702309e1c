"""The links in a notebook's text: to the chapters beside it, to the site, or none, only their words."""

import re

CHAPTER = re.compile(r"\[(?P<words>[^\]]*)\]\((?:\.\./)+(?P<page>[\w/]+)\.ipynb(?P<anchor>#[\w-]+)?\)")
LINK = re.compile(r"\[([^\]]*)\]\([^()\s]+\)")


def leading_to(book: str, text: str) -> str:
    """A text whose links to the book's notebooks lead to its site, or, without an address, are words."""
    if not book:
        return CHAPTER.sub(r"\g<words>", text)
    site = book.rstrip("/")
    return CHAPTER.sub(lambda m: f"[{m['words']}]({site}/{m['page']}.html{m['anchor'] or ''})", text)


def in_words(text: str) -> str:
    """A text without its links, to be compared with itself wherever its links lead."""
    return LINK.sub(r"\1", text)
