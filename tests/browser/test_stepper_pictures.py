"""Each state of the stepper looks as it is stored: what stands where, in which words and colours; no pixel is compared.

UPDATE_LOOKS=folder stores the looks afresh and puts a screenshot of each into the folder: look at them.
"""

import base64
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
import stepper_look
import stepper_page
from PIL import Image
from stepper_page import Stepper

from gmm_lib.stepper import static
from gmm_lib.stepper._looks import COLOURS
from gmm_lib.stepper.trace import MOST_ITERATIONS, Trace, drawn_start, first_parameters

LOOKS = Path(__file__).parent / "stepper_looks"
DESK, PHONE = {"width": 640, "height": 640}, {"width": 360, "height": 640}
STATES = {
    "start": ({"data": "overlapping"}, "", DESK, "light"),
    "after-e": ({"data": "overlapping", "step": 1}, "", DESK, "light"),
    "after-m": ({"data": "overlapping", "step": 6}, "", DESK, "light"),
    "eight": ({"data": "ring", "k": 8, "step": 5}, "", DESK, "light"),
    "overlays": ({"data": "overlapping", "step": 9, "view": "contours,labels,truth"}, "", DESK, "light"),
    "hard": ({"data": "iris", "step": 9, "view": "hard"}, "", DESK, "dark"),
    "point": ({"data": "iris_petal", "step": 2, "open": "inside"}, "point", DESK, "light"),
    "component": ({"data": "iris_petal", "step": 2, "open": "inside"}, "component", DESK, "dark"),
    "fall": (
        {
            "data": "iris",
            "seed": 1,
            "start": "distinct_rows",
            "printed": "13",
            "step": 4,
            "open": "ratchet",
            "view": "future",
        },
        "",
        DESK,
        "light",
    ),
    "predicted": ({"data": "overlapping", "step": 3, "open": "ratchet", "predict": "12,2:2:1"}, "", DESK, "light"),
    "line": ({"data": "waiting", "step": 3, "open": "along", "along": "mean:2:1"}, "", DESK, "light"),
    "panels": ({"data": "iris", "step": 4, "open": "data,compare,share,keys"}, "", DESK, "light"),
    "collapse": ({"data": "far_outlier", "seed": 459302, "k": 2}, "End", DESK, "light"),
    "presenter": ({"data": "old_faithful", "step": 6}, "f", DESK, "light"),
    "phone": ({"data": "unequal_sizes", "step": 4, "open": "ratchet"}, "", PHONE, "dark"),
}
SOME = ("overlays", "point", "fall")  # between them they hold every kind of part
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def trace_of(settings):
    """The settings with their defaults, the points, and the run that they ask for, by gmm_lib."""
    full = static.check_settings(settings)
    X = np.array(static.book_data()[full["data"]]["X"])
    start = first_parameters(X, full["k"], full["start"], full["seed"], full["floor"])
    return full, X, Trace(X, start, full["floor"], full["printed"])


def shown(page, name):
    """A stepper in one of the states."""
    settings, action, size, theme = STATES[name]
    page.set_viewport_size(size)
    page.goto("about:blank")
    page.set_content(stepper_page.html(settings, theme=theme))
    stepper = Stepper(page)
    if action == "point":
        stepper.part(".gmm-cursor").focus()
    elif action == "component":
        page.mouse.click(*stepper.mean(2))
    elif action:
        stepper.press(action)
    if "future" in STATES[name][0].get("view", ""):  # the run is computed ahead, then its curve is drawn
        last = len(trace_of(settings)[2].extend_to(2 * MOST_ITERATIONS).frames) - 1
        page.wait_for_function(f"document.querySelector('[name=history]').max === '{last}'")
    page.evaluate(SETTLED)
    return stepper


@pytest.mark.parametrize("name", STATES)
def test_a_state_looks_as_stored(page, name):
    stepper = shown(page, name)
    parts, faults = stepper_look.read(stepper)
    assert faults == []
    if folder := os.environ.get("UPDATE_LOOKS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        stepper.root.screenshot(path=Path(folder) / f"{name}.png")
        stepper_look.write(LOOKS / f"{name}.json", parts)
    assert stepper_look.differences(stepper_look.load(LOOKS / f"{name}.json"), parts) == []


@pytest.mark.parametrize("name", [name for name in STATES if name != "line"])  # whose points hang, one below another
def test_points_stand_where_they_are_in_the_colours_of_their_responsibilities(page, name):
    """The canvas against the data and gmm_lib, not against what was stored."""
    stepper = shown(page, name)
    full, X, trace = trace_of(STATES[name][0])
    frames = trace.extend_to(2 * MOST_ITERATIONS if name == "collapse" else full["step"]).frames
    step = len(frames) - 1 if name == "collapse" else full["step"]
    w = next((frame.latent for frame in frames[step::-1] if frame.latent is not None), None)
    if "hard" in full["view"]:
        w = np.eye(full["k"])[w.argmax(axis=1)]
    spots = places(X[:, static.columns_of(full.get("pair"), X.shape[1])], stepper)
    names = ["--soft", *(f"--c{j}" for j in range(8))]
    values = "(e, names) => names.map((name) => getComputedStyle(e).getPropertyValue(name).trim())"
    palette = stepper.root.evaluate(values, names)
    soft, *palette = (np.array(stepper_look.rgb(colour)) for colour in palette)
    expected = np.tile(soft, (len(X), 1)) if w is None else w @ palette[: full["k"]]
    # Those that no later point is drawn upon.
    lone = [i for i, spot in enumerate(spots) if all(np.hypot(*(spots[i + 1 :] - spot).T) > 10)]
    assert len(lone) >= 5
    pixels = "(c, spots) => spots.map(([x, y]) => [...c.getContext('2d').getImageData(x, y, 1, 1).data])"
    drawn = stepper.part("canvas").evaluate(pixels, spots[lone].tolist())
    np.testing.assert_allclose(np.array(drawn)[:, :3], expected[lone], atol=stepper_look.ALIKE)


def places(points, stepper):
    """Pixels of the points: the picture's margins, and 8 % of the range on each side; for a projector all is larger."""
    size = float(stepper.root.evaluate("e => getComputedStyle(e).getPropertyValue('--size')"))
    width, height = (stepper.part("canvas").bounding_box()[side] / size for side in ("width", "height"))
    low, high = points.min(axis=0), points.max(axis=0)
    share = (points - low + 0.08 * (high - low)) / (1.16 * (high - low))
    return size * np.column_stack([50 + share[:, 0] * (width - 64), height - 42 - share[:, 1] * (height - 54)])


def test_means_are_painted_in_their_colours(page):
    """What the styles say is what a person sees: the pixel in the middle of each mean."""
    stepper = shown(page, "eight")
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    fills = [part["fill"] for part in stepper_look.read(stepper)[0] if part["part"].endswith("gmm-mean/path")]
    seen = [image.getpixel(tuple(map(int, stepper.mean(j)))) for j in range(1, 9)]
    assert len(set(fills)) == 8
    np.testing.assert_allclose(seen, [stepper_look.rgb(fill) for fill in fills], atol=stepper_look.ALIKE)


# Another font passes


FONTS = {
    "serif": "font-family: serif !important",
    "monospace": "font-family: monospace !important",
    "wide": "letter-spacing: 0.06em; word-spacing: 0.1em",
    "narrow": "letter-spacing: -0.04em",
    "bold": "font-weight: 800 !important",
}


WIDTHS = """e => [...e.querySelectorAll("p, button")].map((one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  return range.getBoundingClientRect().width;
})"""


@pytest.mark.parametrize("name", STATES)
def test_another_font_looks_alike(page, name):
    stepper = shown(page, name)
    stored, before = stepper_look.load(LOOKS / f"{name}.json"), stepper.root.evaluate(WIDTHS)
    for font, rule in FONTS.items():
        style = page.add_style_tag(content=f".gmm-stepper, .gmm-stepper * {{ {rule}; }}")
        page.evaluate(SETTLED)
        assert stepper.root.evaluate(WIDTHS) != before, f"{font}: the font has not changed"
        parts, faults = stepper_look.read(stepper)
        assert stepper_look.differences(stored, parts) == [] and faults == [], font
        style.evaluate("e => e.remove()")
        page.evaluate(SETTLED)


# Whatever else changes is found


# Do something to the parts with these numbers, one after another: read, and put everything back each time.
SPOILED = f"""(root, tasks) => JSON.stringify(tasks.map(([number, how]) => {{
  const read = {stepper_look.READ};
  const canvas = root.querySelector("canvas");
  globalThis.gmmInk ??= read(root).parts.filter((part) => part.part === "canvas/row");
  if (!gmmParts.every((part) => part.isConnected)) read(root, gmmInk); // the focus put back may have drawn some anew
  const whole = gmmParts;
  const part = whole[number];
  const [style, place, focused] = [part.getAttribute("style"), document.createComment(""), document.activeElement];
  if (how === "remove") part.replaceWith(place);
  else for (const [name, value] of Object.entries(how)) part.style.setProperty(name, value, "important");
  const parts = read(root, part.contains(canvas) ? undefined : gmmInk).parts;
  if (how === "remove") place.replaceWith(part);
  else part.setAttribute("style", style ?? "");
  focused.focus();
  gmmParts = whole;
  return parts;
}}))"""
AT_ONCE = 20  # a call for each would mostly wait for its turn


def unnoticed(stepper, stored, numbers, ways):
    """Which of the parts with these numbers can be spoiled in one of the ways and no difference is found."""
    tasks = [[number, how] for number in numbers for how in ways]
    found = []
    for first in range(0, len(tasks), AT_ONCE):
        found += json.loads(stepper.root.evaluate(SPOILED, tasks[first : first + AT_ONCE]))
    return [task for task, parts in zip(tasks, found, strict=True) if not stepper_look.differences(stored, parts)]


def parts_of(stepper):
    """The parts that there are to be spoiled, by their numbers."""
    stepper_look.read(stepper)
    name = "`${e.tagName} ${e.getAttribute('class') ?? ''} ${e.textContent.trim().slice(0, 30)}`"
    return stepper.page.evaluate(f"gmmParts.map((e) => {name})")


@pytest.mark.parametrize("name", SOME)
def test_any_part_that_is_missing_or_hidden_is_found(page, name):
    stepper = shown(page, name)
    stored = stepper_look.load(LOOKS / f"{name}.json")
    ways = "remove", {"visibility": "hidden"}, {"opacity": "0"}
    parts = parts_of(stepper)
    assert unnoticed(stepper, stored, range(len(parts)), ways) == [], parts
    assert stepper_look.differences(stored, stepper_look.read(stepper)[0]) == []


@pytest.mark.parametrize("name", SOME)
def test_any_mark_that_is_shifted_or_recoloured_is_found(page, name):
    stepper = shown(page, name)
    stored = stepper_look.load(LOOKS / f"{name}.json")
    tags = parts_of(stepper)
    drawn = ("path", "ellipse", "circle", "polyline", "text")
    marks = [number for number, what in enumerate(tags) if what.split()[0] in drawn]
    assert len(marks) > 20
    ways = {"translate": "3px 2px"}, {"stroke": "#808000", "fill": "#808000"}
    assert unnoticed(stepper, stored, marks, ways) == [], tags


def test_recoloured_words_and_boxes_out_of_their_place_are_found(page):
    stepper = shown(page, "fall")
    stored = stepper_look.load(LOOKS / "fall.json")
    tags = parts_of(stepper)
    words = [number for number, what in enumerate(tags) if what.split()[0] in ("BUTTON", "P", "DT", "DD", "INPUT")]
    assert unnoticed(stepper, stored, words, [{"color": "#808000"}, {"font-size": "20px"}]) == [], tags
    page.add_style_tag(content=".gmm-bar { margin-top: 2rem !important; } .gmm-tabs button { margin-right: -2rem; }")
    parts, faults = stepper_look.read(stepper)
    assert any("gap" in line for line in stepper_look.differences(stored, parts))
    assert any("lies on" in line for line in faults)


@pytest.mark.parametrize("name", ["after-e", "overlays"])
def test_a_point_or_a_contour_wiped_from_the_canvas_is_found(page, name):
    stepper = shown(page, name)
    stored = stepper_look.load(LOOKS / f"{name}.json")
    settings = static.check_settings(STATES[name][0])
    spots = places(np.array(static.book_data()[settings["data"]]["X"]), stepper)
    wipe = "(c, [x, y]) => { const p = c.getContext('2d'); p.resetTransform(); p.clearRect(x - 6, y - 6, 12, 12); }"
    stepper.part("canvas").evaluate(wipe, spots[0].tolist())
    assert stepper_look.differences(stored, stepper_look.read(stepper)[0])
    if name == "overlays":
        stepper = shown(page, name)
        stepper.press("c")  # which also shows the button that takes it back
        drawn, were = (
            [part for part in parts if part["part"] == "canvas/row"]
            for parts in (stepper_look.read(stepper)[0], stored)
        )
        assert stepper_look.differences(were, drawn)


def test_many_points_have_their_colours_where_they_are(page):
    """Six hundred points on a grid, which are stamped dot by dot: each dot in its middle is the mixture of colours."""
    across, up = np.meshgrid(np.linspace(0, 29, 30), np.linspace(0, 19, 20))
    X = np.column_stack([across.ravel(), up.ravel()])
    element = static.element("", {"settings": {"k": "2"}, "X": X.tolist()})
    page.set_viewport_size({"width": 900, "height": 900})  # on a phone the dots would lie on each other
    page.goto("about:blank")  # nothing of the page before
    page.set_content(stepper_page.html(element))
    stepper = Stepper(page).press("e", "m", "e")
    w = Trace(X, drawn_start(X, static.check_settings({"k": 2}))).extend_to(3).frames[3].latent
    palette = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in COLOURS])
    canvas = stepper.part("canvas").first
    (width, height, density), dots = canvas.evaluate(
        """(c) => {
          const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
          const text = Array.from(data, (v) => String.fromCharCode(v)).join("");
          return [[c.width, c.height, c.width / c.clientWidth], btoa(text)];
        }"""
    )
    dots = np.frombuffer(base64.b64decode(dots), dtype=np.uint8).reshape(height, width, 4)
    low, high = X.min(axis=0) - 0.08 * np.ptp(X, axis=0), X.max(axis=0) + 0.08 * np.ptp(X, axis=0)
    parts = (X - low) / (high - low)
    columns = density * 50 + parts[:, 0] * (width - density * 64)
    rows = height - density * 42 - parts[:, 1] * (height - density * 54)
    found = dots[rows.astype(int), columns.astype(int)]
    assert (found[:, 3] == 255).all()
    np.testing.assert_allclose(found[:, :3], w @ palette[:2], atol=1.5)
    assert (dots[:, :, 3] > 0).sum() < 600 * 60 * density**2, "and nothing between them"
