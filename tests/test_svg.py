"""Figures as the book stores them: short, alike in every process, and as legible in the dark as in the light."""

import base64
import io
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib

matplotlib.use("Agg")

import nbformat
import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from gmm_lib import _dark, _svg, plots
from gmm_lib.stepper._looks import PALETTE

ROOT = Path(__file__).resolve().parent.parent
SVG, HREF = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
PAPER = PALETTE["dark"]["paper"]

A_FIGURE = """
import matplotlib
matplotlib.use("Agg")
from matplotlib import pyplot as plt
from gmm_lib import _svg, plots
plots.use_style()
plt.rcParams["figure.constrained_layout.use"] = False
ax = plt.figure(figsize=(4, 2)).add_axes((0.125, 0.25, 0.75, 0.5))
ax.set(xlim=(0, 10), ylim=(0, 10), xlabel="length")
ax.scatter([2, 5, 7], [2, 5, 7], s=9)
figure = _svg.drawn(ax.figure)
"""


@pytest.fixture(scope="module")
def figure():
    names = {}
    exec(A_FIGURE, names)
    yield names["figure"]
    plt.close("all")


def test_a_figure_comes_out_the_same_in_another_process_and_says_nothing_of_it(figure):
    script = A_FIGURE + "\nprint(figure, end='')"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert other.stdout == figure
    assert not re.search("<metadata|<!--|Matplotlib|20[0-9][0-9]-", figure)


def test_marks_stand_where_the_data_are_and_letters_need_no_font(figure):
    root = ElementTree.fromstring(figure)
    (cloud,) = (g for g in root.iter(f"{SVG}g") if str(g.get("id")).startswith("PathCollection"))
    marks = [[float(use.get("x")), float(use.get("y"))] for use in cloud.iter(f"{SVG}use")]
    # Three inches of 72 points hold 10 units across, one inch holds 10 units upwards.
    np.testing.assert_allclose(np.diff(marks, axis=0), np.array([[3, -3], [2, -2]]) * [21.6, 7.2], atol=0.03)
    assert not list(root.iter(f"{SVG}text"))
    letters = [use.get(HREF) for use in root.iter(f"{SVG}use") if "DejaVuSans" in use.get(HREF)]
    assert len(letters) >= len("length")


def test_numbers_are_short_and_every_name_that_is_used_is_there_and_differs_from_figure_to_figure(figure):
    assert not re.search(r"(?<=[ML ,\"(])-?\d+\.\d{3,}(?=[ L)\"])", re.sub(r"scale\([^)]*\)", "", figure))
    names = set(re.findall(r'id="([^"]+)"', figure))
    used = set(re.findall(r'(?:href="|url\()#([\w-]+)', figure))
    assert used and used <= names
    with plt.rc_context(plots.STYLE):
        fig, ax = plt.subplots()
        ax.scatter([1], [1])
    again = set(re.findall(r'id="(s[^"]+)"', _svg.drawn(fig)))
    assert again and not again & names


def test_a_cloud_of_thousands_is_pixels_and_a_small_one_is_not():
    fig, (many, few) = plt.subplots(1, 2)
    X = np.random.default_rng(0).normal(size=(5000, 2))
    many.scatter(*X.T)
    few.scatter(*X[:50].T)
    few.plot(*X.T)  # a line is a line, however long
    svg = _svg.drawn(fig)
    plt.close(fig)
    assert svg.count("<image") == 1 and len(re.findall('<use [^>]*x="', svg)) < 200


def test_on_a_page_the_smallest_letters_have_nine_pixels_where_the_figure_is_narrowest(figure):
    width, height, least = _svg.on_a_page(figure)
    natural = [float(number) for number in re.search(r'width="([\d.]+)" height="([\d.]+)"', figure).groups()]
    assert 10.5 * least / natural[0] == pytest.approx(9, abs=0.05)  # the style's letters have 10.5 points
    assert width / height == pytest.approx(natural[0] / natural[1], rel=0.01) and width > least


def test_a_figure_without_letters_may_be_as_narrow_as_the_screen():
    fig = plt.figure(figsize=(7, 2))
    fig.add_axes((0, 0, 1, 1)).plot([0, 1], [1, 0])
    fig.axes[0].set_axis_off()
    width, _, least = _svg.on_a_page(_svg.drawn(fig))
    plt.close(fig)
    assert least == 0 < width


# In the dark


def contrast(colour, other):
    """By the Web Content Accessibility Guidelines."""

    def luminance(colour):
        parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]

    low, high = sorted((luminance(colour), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def rgb(*colours):
    return np.array([[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in colours])


def test_components_have_the_stepper_s_colours_and_blends_lie_between_them():
    light, dark = (rgb(*PALETTE[theme]["components"]) for theme in ("light", "dark"))
    np.testing.assert_allclose(_dark.of(light), dark, atol=1e-6)
    shares = np.random.default_rng(0).dirichlet([1, 1, 1], 200)
    np.testing.assert_allclose(_dark.of(shares @ light[:3]), shares @ dark[:3], atol=0.15)
    shares[:, 2], shares[:, 1] = 0, 1 - shares[:, 0]  # of two: exactly
    np.testing.assert_allclose(_dark.of(shares @ light[:3]), shares @ dark[:3], atol=0.01)


def test_a_map_of_shares_has_no_bands_in_the_dark():
    """From one component over the paper to another, in 8 bits: from step to step the same way on."""
    ends = rgb(PALETTE["light"]["components"][1], "#ffffff", PALETTE["light"]["components"][0])
    steps = np.linspace(0, 2, 101)
    light = np.column_stack([np.interp(steps, [0, 1, 2], channel) for channel in ends.T])
    goal = rgb(PALETTE["dark"]["components"][1], PAPER, PALETTE["dark"]["components"][0])
    expected = np.column_stack([np.interp(steps, [0, 1, 2], channel) for channel in goal.T])
    np.testing.assert_allclose(_dark.of(np.round(255 * light) / 255), expected, atol=0.04)


def test_greys_are_turned_round_and_heights_are_not():
    greys = _dark.of(np.linspace(0, 1, 30)[:, np.newaxis] * np.ones(3)).mean(axis=1)
    assert (np.diff(greys) < 0.02).all() and greys[0] > 0.8 and greys[-1] < 0.15
    heights = np.round(255 * matplotlib.colormaps["viridis"](np.linspace(0, 1, 256))[:, :3]) / 255  # as SVG has them
    luminance = _dark.of(heights) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) >= 0).all() and luminance[-1] - luminance[0] > 0.5


def test_pixels_of_a_figure_turn_dark_and_keep_their_shape():
    pixels = np.zeros((4, 6, 4), dtype=np.uint8)
    pixels[1, 2] = (0, 114, 178, 128)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    encoded = base64.b64encode(file.getvalue()).decode()
    twin = _dark.twin(f'<svg width="6" height="4"><image href="data:image/png;base64,{encoded}"/></svg>')
    (found,) = re.findall('base64,([^"]*)"', twin)
    after = np.array(Image.open(io.BytesIO(base64.b64decode(found))))
    np.testing.assert_array_equal(after[..., 3], pixels[..., 3])
    np.testing.assert_allclose(after[1, 2, :3] / 255, rgb(PALETTE["dark"]["components"][0])[0], atol=0.01)


def _stored():
    for path in sorted((ROOT / "book").rglob("*.ipynb")):
        for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
            for output in cell.get("outputs", ()):
                if svg := output.get("data", {}).get("image/svg+xml"):
                    yield f"{path.stem}, cell {number}", svg


def test_in_the_dark_letters_and_lines_of_every_stored_figure_stand_out():
    weak, stored = [], list(_stored())
    assert len(stored) > 50
    for name, svg in stored:
        root = ElementTree.fromstring(_dark.twin(svg))
        assert root.get("fill") == PALETTE["dark"]["ink"] and contrast(root.get("fill"), PAPER) > 4.5
        for group in root.iter(f"{SVG}g"):
            text = str(group.get("id")).startswith("text_")
            for element in (
                group.iter() if text or str(group.get("id")).startswith(("line2d", "LineCollection")) else ()
            ):
                for what, colour in re.findall("(fill|stroke): (#[0-9a-f]{6})", element.get("style", "")):
                    if colour == PAPER:  # white in the light: it is drawn over something that has a colour
                        continue
                    if (text or what == "stroke") and contrast(colour, PAPER) < (4.5 if text else 3):
                        weak.append(f"{name}: {what} {colour} in {group.get('id')}")
    assert not weak, "\n".join(sorted(set(weak)))
