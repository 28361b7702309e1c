"""The figures of the built pages: each in light and in dark, in its size, and with letters that a phone shows."""

import re
from posixpath import dirname, normpath

LEAST = 9  # pixels


def test_each_figure_is_there_in_light_and_in_dark_in_its_size_and_can_be_read(site, pages):
    """Before a browser has it: how high its letters are, and how many pixels a point of it has at the least."""
    problems, seen = [], 0
    for name, soup in pages.items():
        for box in soup.select(".gmm-drawn"):
            seen += 1
            light, dark = box.find_all("img")
            files = [site / normpath(f"{dirname(name)}/{one['src']}") for one in (light, dark)]
            say = f"{name}: {light['src'][-20:]}"
            if [one["class"] for one in (light, dark)] != [["only-light"], ["only-dark"]]:
                problems.append(f"{say}: not one for light and one for dark")
            if any(light[key] != dark[key] for key in ("alt", "width", "height")) or light["loading"] != "lazy":
                problems.append(f"{say}: the two are not alike")
            figure, twin = (file.read_text(encoding="utf-8") for file in files)
            _, _, width, height = map(float, re.search(r'viewBox="([^"]+)"', figure)[1].split())
            if abs(int(light["width"]) / int(light["height"]) - width / height) > 0.01 * width / height:
                problems.append(f"{say}: it would be stretched")
            least = float(re.search(r"([\d.]+)px", box["style"])[1])
            letters = [100 * float(one) for one in re.findall(r"scale\((0[.]\d+) -0[.]\d+\)", figure)]
            if letters and min(letters) * least / width < LEAST - 0.1:
                problems.append(f"{say}: letters of {min(letters) * least / width:.1f} pixels")
            if "fill: #ffffff" in twin or figure.count("<path") != twin.count("<path"):
                problems.append(f"{say}: its twin is not the same in the dark")
    assert not problems, "\n".join(problems)
    assert seen > 5


PHONE = 359  # pixels: what a screen of 390 leaves for the text
# Figures of many pictures, which scroll sideways there: the first one of this page.
WIDER = {"beyond/19_failures.html": [0], "scale/25_blocks.html": [0]}


def test_a_figure_fits_a_phone(pages):
    wider = {}
    for name, soup in pages.items():
        for number, box in enumerate(soup.select(".gmm-drawn")):
            if float(re.search(r"([\d.]+)px", box["style"])[1]) > PHONE:
                wider.setdefault(name, []).append(number)
    assert wider == WIDER


def test_no_stored_figure_of_a_notebook_is_left_as_it_was(pages):
    left = [
        f"{name}: {image['src'][-30:]}"
        for name, soup in pages.items()
        for image in soup.select(".cell_output img[src$='.svg']")
        if not image.find_parent(class_="gmm-drawn")
    ]
    assert not left, "\n".join(left)
