"""What a page costs before its text can be read: few bytes of scripts and styles, and no script that is waited for."""

import gzip
import re
from urllib.parse import urlsplit

import pytest
from used_rules import names_on, used

LOADED = re.compile(r'<script\b[^>]*\bsrc="([^"]+)"|<link\b[^>]*\brel="(?:stylesheet|preload)"[^>]*')
ADDRESS = re.compile(r'\b(?:href|src)="([^"]+)"')


def asked_for(site, name):
    """The tags of a page that load a script or a style, and the files they load."""
    text = (site / name).read_text(encoding="utf-8")
    tags = [found[0] for found in LOADED.finditer(text)]
    return tags, [((site / name).parent / urlsplit(ADDRESS.search(tag)[1]).path).resolve() for tag in tags]


def test_no_script_holds_up_a_page_and_no_style_comes_twice(site, names):
    for name in names:
        tags, files = asked_for(site, name)
        assert [tag for tag in tags if tag.startswith("<script") and not re.search(r"\b(defer|async)\b", tag)] == [], (
            name
        )
        assert [tag for tag in tags if "preload" in tag] == [], name
        assert len(files) == len(set(files)), name
        assert sum(file.suffix == ".css" for file in files) <= 5, name


@pytest.mark.parametrize("name", ["index.html", "chapters/07_em.html", "stepper.html", "homework/index.html"])
def test_a_page_with_its_scripts_and_styles_is_light(site, name):
    """As a host sends it, packed by gzip."""
    _, files = asked_for(site, name)
    parts = [site / name, *files]
    assert sum(len(gzip.compress(part.read_bytes(), 6)) for part in parts) < 190_000
    assert sum(part.stat().st_size for part in parts) < 800_000


def test_no_picture_is_loaded_before_it_is_near_and_each_has_its_room(pages):
    pictures = [picture for soup in pages.values() for picture in soup.select("article img[src*='_images/']")]
    assert len(pictures) > 50
    hurried = [
        str(one) for one in pictures if one.get("loading") != "lazy" or not (one.get("width") and one.get("height"))
    ]
    assert hurried == []


SHEET = """@charset "utf-8"; .here, .gone > .here {top: 1px} #lost {left: 0} .here:not(.gone):is(.nowhere, p) {right: 0}
@media print {.gone {top: 2px} .made-by-script {top: 3px}} @media screen {.gone {top: 4px}}
@font-face {font-family: "Told"; src: url(a)} @font-face {font-family: Untold; src: url(b)}
@keyframes spin {to {top: 5px}} @keyframes rest {to {top: 6px}} p {font-family: Told; animation: spin 1s}"""


def test_only_rules_that_can_apply_are_kept():
    names = names_on(['<p class="here other" id="place">gone lost</p>'], ['add("made-by-script")'])
    kept = used(SHEET, names)
    assert set(re.findall(r"\dpx", kept)) == {"1px", "3px", "5px"}
    assert "right: 0" in kept and "left" not in kept and ".gone >" not in kept
    assert "Told" in kept and "Untold" not in kept and "rest" not in kept
