"""Where the book is published, said once: ``sphinx: config: publishing:`` in ``_config.yml``.

``site`` is the address of the published book, ``repository`` that of its sources, ``branch`` theirs, ``pages`` the
branch that holds the built site, if one does. ``make publish SITE=... REPOSITORY=...`` overrules the file. What is
empty is not shown on any page.
"""

import os
import re
import subprocess
import tomllib
from calendar import month_name
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(r"https?://[^\s/?#\"'<>]+(/[^\s?#\"'<>]*)?")
OVERRULES = {"site": "BOOK_SITE", "repository": "BOOK_REPOSITORY", "branch": "BOOK_BRANCH", "pages": "BOOK_PAGES"}


@dataclass(frozen=True)
class Publishing:
    """Addresses, each "" where it is not known. That of the site ends with a slash, that of the repository does not."""

    site: str = ""
    repository: str = ""
    branch: str = "main"
    pages: str = ""

    def address(self, path: str) -> str:
        """The published address of a file of the site; "" if nobody knows where the site will be."""
        return self.site and self.site + quote("" if path == "index.html" else path)

    def source(self, path: str) -> str:
        """Where the source of a page is read (a notebook), or changed (a text); "" without a repository."""
        action = "blob" if path.endswith(".ipynb") else "edit"
        return self.repository and f"{self._forge}/{action}/{quote(self.branch)}/{quote(path)}"

    def feedback(self, title: str) -> str:
        """Where an issue is opened that has this title already; "" without a repository."""
        field = "issue[title]" if self._forge != self.repository else "title"
        return self.repository and f"{self._forge}/issues/new?{quote(field)}={quote(title)}"

    @property
    def _forge(self) -> str:
        """GitLab puts what belongs to no file below "/-"; the other forges write addresses as GitHub does."""
        return self.repository + ("/-" if "gitlab" in urlsplit(self.repository).netloc else "")


def read(given: Mapping[str, str] | None = None, environment: Mapping[str, str] = os.environ) -> Publishing:
    """The settings of ``_config.yml`` (or ``given`` in their place), overruled by the environment.

    Raises
    ------
    ValueError
        If a name is unknown, or an address is none.
    """
    if given is None:
        config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
        given = config["sphinx"]["config"]["publishing"]
    names = [field.name for field in fields(Publishing)]
    if unknown := sorted(set(given) - set(names)):
        raise ValueError(f"publishing has no {unknown[0]!r}; it has {', '.join(names)}.")
    said = {name: environment.get(OVERRULES[name]) or given.get(name) or "" for name in names}
    for name in ("site", "repository"):
        if said[name] and not ADDRESS.fullmatch(said[name]):
            raise ValueError(
                f"publishing: {name} must be empty or an address like https://host/path; got {said[name]!r}."
            )
    return Publishing(
        site=said["site"] and said["site"].rstrip("/") + "/",
        repository=said["repository"].rstrip("/").removesuffix(".git"),
        branch=said["branch"] or Publishing.branch,
        pages=said["pages"],
    )


@cache
def version() -> str:
    """The version of the book is that of its library."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


@cache
def last_change() -> date | None:
    """The day of the last change, or None where the sources came without their history.

    Not the day of the build: the same sources make the same book on every day.
    """
    command = ["git", "log", "-1", "--format=%cs"]
    try:
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:  # no git
        return None
    return date.fromisoformat(told.stdout.strip()) if told.returncode == 0 else None


def day() -> str:
    """The same for readers, "23 November 2026", or ""."""
    last = last_change()
    return f"{last.day} {month_name[last.month]} {last.year}" if last else ""
