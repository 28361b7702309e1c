"""What the stepper saves of its picture: the SVG equals the screen, and a run becomes a film."""

import base64
import io
from xml.etree import ElementTree

import numpy as np
import pytest
import stepper_look
import stepper_page
from chromium import PATIENCE
from PIL import Image
from scipy.stats import multivariate_normal
from stepper_page import Stepper

from gmm_lib import datasets
from gmm_lib.stepper.trace import Trace, first_parameters

SVG = "{http://www.w3.org/2000/svg}"
SETTINGS = {"data": "overlapping", "step": 7, "view": "contours,labels,truth", "open": "share,ratchet"}


@pytest.fixture(scope="module")
def context(browser):
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def show(context):
    pages = []

    def opened(settings, before="", theme="light"):
        pages.append(page := context.new_page())
        page.evaluate(before or "null")
        page.set_content(stepper_page.html(settings, theme=theme))
        return Stepper(page)

    yield opened
    for page in pages:
        page.close()


def saved(stepper, button):
    with stepper.page.expect_download() as info:
        stepper.click(button)
    return info.value.path().read_bytes()


PAINTED = """(root) => [...root.querySelectorAll("*")].filter((e) => e.matches("path, ellipse, polyline, text, circle"))
  .map((e) => ["fill", "stroke", "strokeWidth", "strokeDasharray", "fontSize", "textAnchor", "opacity"]
    .map((name) => getComputedStyle(e)[name]))"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_svg_has_every_part_of_the_screen_in_its_colours(show, context, theme):
    stepper = show(SETTINGS, theme=theme)
    on_screen = stepper.part(".gmm-picture").evaluate(PAINTED)
    parts, _ = stepper_look.read(stepper)
    svg = saved(stepper, "Picture (SVG)").decode()
    root = ElementTree.fromstring(svg)
    contours, *points = root.find(f"{SVG}g").findall(f"{SVG}path")
    rings = root.find(f"{SVG}g").findall(f"{SVG}circle")
    assert contours.get("d")
    assert len(points) == len(rings) == 150 and len({ring.get("stroke-dasharray") for ring in rings}) == 3
    # Drawn by a program that has no style sheet of ours.
    page = context.new_page()
    page.set_content(f"<!doctype html><div>{svg}</div>")
    alone = page.locator("svg").first.evaluate(PAINTED)
    assert alone[-len(on_screen) :] == on_screen and len(alone) == len(on_screen) + 1 + 300
    paper = page.locator("svg").first.evaluate("e => getComputedStyle(e).backgroundColor")
    assert stepper_look.alike("#{:02x}{:02x}{:02x}".format(*map(int, paper[4:-1].split(","))), parts[0]["paper"]), (
        "the paper is that of the page"
    )
    page.close()


def test_the_shades_are_the_density_and_lie_beneath_the_points(show):
    """A dot of them is as opaque as the root of SciPy's density; half of it where the density is highest."""
    stepper = show({"data": "overlapping", "step": 6, "view": "shades", "open": "share"})
    before = stepper.colours()
    root = ElementTree.fromstring(saved(stepper, "Picture (SVG)"))
    group = root.find(f"{SVG}g")
    frame, *rest = group
    assert frame.tag == f"{SVG}svg" and len(rest) == 151, "first the shades, then lines and points"
    data = frame.find(f"{SVG}image").get("href").partition(",")[2]
    opacity = np.array(Image.open(io.BytesIO(base64.b64decode(data))))[..., 3] / 255
    X = datasets.overlapping().X
    state = Trace(X, first_parameters(X, 3, seed=42)).extend_to(6).frames[6].state
    low, high = X.min(axis=0), X.max(axis=0)
    low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)
    up, across = opacity.shape
    grid = np.stack(np.meshgrid(np.linspace(low[0], high[0], across), np.linspace(high[1], low[1], up)), axis=-1)
    parts = zip(state.weights, state.means, state.covariances)
    density = sum(weight * multivariate_normal(mean, S).pdf(grid) for weight, mean, S in parts)
    np.testing.assert_allclose(opacity, 0.5 * np.sqrt(density / density.max()), atol=0.005)
    assert stepper.press("s").words == "the density in shades: off."
    assert stepper.colours() != before


def test_a_run_becomes_a_film(show):
    stepper = show({"data": "well_separated", "open": "share,ratchet"})
    stepper.field("speed").fill("4")
    film = saved(stepper, "Film (WebM)")
    assert film[:4] == bytes.fromhex("1A45DFA3"), "every WebM begins so"
    assert b"webm" in film[:100] and len(film) > 2000
    assert stepper.words.startswith("Converged") and stepper.part("[data-do=film]").inner_text() == "Film (WebM)"


# How a film looks at its end: its size, and the share of each half that is not paper.
LAST = """async (bytes) => {
  const video = Object.assign(document.createElement("video"), { muted: true });
  video.src = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: "video/webm" }));
  const event = (name) => new Promise((done) => video.addEventListener(name, done, { once: true }));
  const come = event("loadeddata");
  video.load();
  await come;
  const sought = event("seeked");
  video.currentTime = 1e6;
  await sought;
  const [width, height] = [video.videoWidth, video.videoHeight];
  const pen = new OffscreenCanvas(width, height).getContext("2d");
  pen.drawImage(video, 0, 0);
  const ink = (x) => {
    const { data } = pen.getImageData(x, 0, width / 2, height);
    let n = 0;
    for (let i = 0; i < data.length; i += 4) {
      const colour = [data[i], data[i + 1], data[i + 2]];
      n += Math.max(...colour) - Math.min(...colour) > 60;
    }
    return n / (data.length / 4);
  };
  return [width, height, ink(0), ink(Math.ceil(width / 2))];
}"""


def test_the_film_of_two_runs_has_both_beside_each_other(show):
    stepper = show({"data": "well_separated", "open": "share,ratchet", "beside": "kmeans"})
    stepper.field("speed").fill("4")
    box = stepper.part(".gmm-stage").bounding_box()
    film = saved(stepper, "Film (WebM)")
    width, height, left, right = stepper.page.evaluate(LAST, list(film))
    assert (width, height) == pytest.approx((box["width"], box["height"]), abs=2)
    assert left > 0.004 and right > 0.004, "coloured points and means on both sides"
    assert (
        stepper.words.startswith("Converged") and "at its end" in stepper.part("[data-part=besideWords]").inner_text()
    )


def test_a_film_can_be_ended(show):
    stepper = show({"data": "overlapping", "open": "share"}).click("Film (WebM)")
    assert saved(stepper, "End the film")[:4] == bytes.fromhex("1A45DFA3")
    assert "Converged" not in stepper.words


def test_a_film_that_fails_says_so_and_another_can_be_tried(show):
    stepper = show({"data": "well_separated", "open": "share"})
    stepper.page.evaluate("void (MediaRecorder.prototype.start = () => { throw Error('no'); })")
    stepper.click("Film (WebM)")
    stepper.part(".gmm-alert").get_by_text("an error of the stepper: no").wait_for()
    assert stepper.part("[data-do=film]").inner_text() == "Film (WebM)"
    stepper.click("E-step", "Film (WebM)")
    stepper.part(".gmm-alert").get_by_text("an error of the stepper: no").wait_for()


def test_a_browser_that_cannot_record_says_so(show):
    stepper = show({"open": "share"}, before="delete globalThis.MediaRecorder")
    button = stepper.part("[data-do=film]")
    assert button.inner_text() == "Film: not in this browser" and button.is_disabled()


def test_a_second_run_is_saved_beside_the_first(show):
    settings = {"data": "overlapping", "open": "share"}
    alone, both = (
        ElementTree.fromstring(saved(show(settings | more), "Picture (SVG)")) for more in ({}, {"beside": "kmeans"})
    )
    groups = [[e for e in root.iter() if "gmm-components" in e.get("class", "")] for root in (alone, both)]
    assert [len(group) for group in groups] == [1, 2]
    assert float(both.get("width")) == pytest.approx(float(alone.get("width")), abs=1)
    other = both.findall(f"{SVG}svg")[-1]
    assert float(other.get("x")) == pytest.approx(float(both.get("width")) / 2)
