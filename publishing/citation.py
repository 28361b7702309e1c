"""How to cite the book: ``CITATION.cff``, and the same with the addresses of a published copy."""

from typing import Any

import yaml

from .settings import ROOT, Publishing

FILE = "CITATION.cff"


def read(publishing: Publishing) -> dict[str, Any]:
    """The fields of ``CITATION.cff``, and the addresses that are set."""
    fields = yaml.safe_load((ROOT / FILE).read_text(encoding="utf-8"))
    addresses = {"url": publishing.site, "repository-code": publishing.repository}
    return fields | {name: address for name, address in addresses.items() if address}


def as_text(publishing: Publishing) -> str:
    """The file for a published copy: as it stands, the addresses at its end."""
    addresses = {name: read(publishing).get(name) for name in ("url", "repository-code")}
    lines = "".join(f"{name}: {address}\n" for name, address in addresses.items() if address)
    return (ROOT / FILE).read_text(encoding="utf-8") + lines


def authors(cited: dict[str, Any]) -> str:
    return " and ".join(author["name"] for author in cited["authors"])


def bibtex(cited: dict[str, Any]) -> str:
    """An entry for BibTeX. An author in double braces is a name that is not to be taken apart."""
    fields = {
        "title": f"{{{cited['title']}}}",
        "author": f"{{{authors(cited)}}}",
        "year": str(cited["date-released"].year),
        "note": f"Version {cited['version']}",
    }
    if "url" in cited:
        fields["url"] = cited["url"]
    lines = ",\n".join(f"  {name:<6} = {{{value}}}" for name, value in fields.items())
    return f"@book{{gaussian_mixtures,\n{lines}\n}}"
