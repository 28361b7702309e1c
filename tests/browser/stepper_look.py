"""What a stepper looks like, read from its page: which parts are seen, what they say, where they stand, their colours.

Nothing in it depends on a font or on how a browser draws edges: text is read and not looked at; lines and marks are
read as points of their outlines; of boxes that hold text only what no font changes is kept (left edge, width, the gap
to the box above, size of type); and the canvas, where no text stands, as the share of ink in each cell of a grid.
"""

import json
import re
from collections import Counter

# What may differ: pixels of a place, hundredths of a cell's ink or of a bar's length, pixels of a line or of type.
NEAR = dict.fromkeys(("at", "left", "width", "height", "gap"), 2)
NEAR |= {"ink": 1, "share": 1, "line": 0.3, "type": 0.6, "opacity": 0.05}
ALIKE = 8  # of 255, in each of red, green and blue

# With `known`, rows of ink that were read before, the canvas is not read again: that takes longer than all the rest.
READ = r"""(root, known) => {
  const round = (v) => Math.round(v * 10) / 10;
  const boxes = new Map(); // nothing moves while it reads
  const box = (e) => boxes.get(e) ?? boxes.set(e, e.getBoundingClientRect()).get(e);
  const seen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const hasSize = (e) => box(e).width > 0 && box(e).height > 0;
  const words = (e) => e.textContent.replace(/\s+/g, " ").trim();
  const colour = (css) => {
    const [r, g, b, alpha = 1] = (css.match(/[\d.]+/g) ?? []).map(Number);
    return css.startsWith("rgb") && alpha > 0 ? "#" + [r, g, b].map((c) => c.toString(16).padStart(2, "0")).join("") : "none";
  };
  const upTo = (e, wanted) => { while (e && !wanted(e)) e = e.parentElement; return e; };
  const named = (e) => e.dataset.part ?? e.dataset.panel ?? [...e.classList].find((name) => name.startsWith("gmm-")) ?? "";
  const ground = (e) => colour(getComputedStyle(e).backgroundColor);
  const paper = (e) => ground(upTo(e, (x) => x === root || ground(x) !== "none"));
  const opacity = (e) => (e === root ? 1 : getComputedStyle(e).opacity * opacity(e.parentElement));
  const frame = box(root);

  const blockNodes = [...root.querySelectorAll(".gmm-main > *, .gmm-panels > *")].filter((e) => seen(e) && hasSize(e));
  const blockOf = (e) => named(upTo(e, (x) => blockNodes.includes(x)) ?? root);
  const blocks = blockNodes.map((e, i) => ({
    part: named(e), left: round(box(e).left - frame.left), width: round(box(e).width),
    gap: round(box(e).top - (i ? box(blockNodes[i - 1]).bottom : frame.top)), paper: paper(e),
    ...(e.querySelector("canvas") && { height: round(box(e).height) }),
  }));

  const TEXT = "p, button, label > span, label.gmm-check, input, select, textarea, legend, dt, dd, td, strong, .gmm-formula, .gmm-weights > div";
  const wordNodes = [...root.querySelectorAll(TEXT)].filter((e) => seen(e) && hasSize(e));
  const says = (e) => {
    if (e.matches("select")) return e.selectedOptions[0]?.text ?? "";
    return e.matches("input:not([type=checkbox]), textarea") ? e.value : words(e);
  };
  const texts = wordNodes.map((e) => {
    const style = getComputedStyle(e);
    const state = [e.disabled && "disabled", e.checked && "checked", e.ariaExpanded === "true" && "open"].filter(Boolean).join(" ");
    return {
      part: `${blockOf(e)}/${e.name ?? ""}${e.dataset.do ?? ""}${e.tagName.toLowerCase()}`, says: says(e), ...(state && { state }),
      ink: colour(style.color), paper: paper(e), type: round(parseFloat(style.fontSize)),
    };
  });
  const bars = [...root.querySelectorAll(".gmm-weights i")].filter((e) => seen(e) && hasSize(e)).map((e) => (
    { part: "weights/bar", share: round(parseFloat(e.style.width)), paper: paper(e) }));

  const outline = (e, origin) => {
    const matrix = e.getScreenCTM();
    let at = [];
    if (e.matches("text")) at = [new DOMPoint(e.x.baseVal[0].value, e.y.baseVal[0].value)];
    else {
      const length = e.getTotalLength();
      if (length || e.matches("polyline")) at = [0, 0.25, 0.5, 0.75].map((part) => e.getPointAtLength(part * length));
    }
    at = at.map((point) => new DOMPoint(point.x, point.y).matrixTransform(matrix));
    return at.flatMap(({ x, y }) => [round(x - origin.left), round(y - origin.top)]);
  };
  const markNodes = [...root.querySelectorAll(".gmm-picture, .gmm-chart, .gmm-hill")].filter(seen).flatMap((svg) =>
    [...svg.querySelectorAll("path, ellipse, circle, polyline, text")].filter(seen).map((e) => [svg, e]));
  const marks = markNodes.map(([svg, e]) => {
    const style = getComputedStyle(e);
    const [stroke, fill] = [colour(style.stroke), colour(style.fill)];
    return {
      part: `${named(svg)}/${named(e) || named(upTo(e.parentElement, named))}/${e.tagName}`, at: outline(e, box(svg)),
      ...(e.matches("text") && { says: words(e), anchor: style.textAnchor }),
      ...(stroke !== "none" && { stroke, line: round(parseFloat(style.strokeWidth)) }), ...(fill !== "none" && { fill }),
      ...(style.strokeDasharray !== "none" && { dashes: style.strokeDasharray }), ...(opacity(e) < 1 && { opacity: round(opacity(e)) }),
    };
  });

  for (const e of root.querySelectorAll("canvas, .gmm-picture, .gmm-chart, .gmm-hill")) {
    const [own, around] = [box(e), box(upTo(e, (x) => blockNodes.includes(x)) ?? root)];
    const above = e.matches(".gmm-chart, .gmm-hill") ? box(e.previousElementSibling).bottom : around.top; // text stands above a chart
    if (seen(e)) marks.push({ part: `${named(e)}/frame`, at: [own.left - around.left, own.top - above, own.width, own.height].map(round) });
  }

  const canvas = root.querySelector("canvas");
  const [across, down] = [16, 10];
  const ink = known ?? [];
  if (!known && canvas && seen(canvas) && canvas.width) {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let row = 0; row < down; row++) {
      const cells = Array(across).fill(0);
      const [top, bottom] = [row, row + 1].map((r) => Math.floor((r * canvas.height) / down));
      for (let y = top; y < bottom; y++) {
        for (let x = 0; x < canvas.width; x++) cells[Math.floor((x * across) / canvas.width)] += data[4 * (y * canvas.width + x) + 3];
      }
      const full = (255 * (bottom - top) * canvas.width) / across;
      ink.push({ part: "canvas/row", ink: cells.map((sum) => round((100 * sum) / full)) });
    }
  }

  const shared = (a, b, low, high) => Math.min(a[high], b[high]) - Math.max(a[low], b[low]);
  const apart = (a, b) => shared(a, b, "left", "right") < 2 || shared(a, b, "top", "bottom") < 2;
  const faults = [];
  wordNodes.forEach((a, i) => {
    const outside = box(a).left < frame.left - 1 || box(a).right > frame.right + 1;
    if (outside && !a.closest(".gmm-formula, .gmm-scroll, .gmm-tip")) faults.push(`“${says(a)}” leaves the stepper`);
    for (const b of wordNodes.slice(i + 1)) if (!a.contains(b) && !apart(box(a), box(b))) faults.push(`“${says(a)}” lies on “${says(b)}”`);
  });
  const tip = root.querySelector(".gmm-tip");
  if (tip && seen(tip)) {
    const stage = box(tip.parentElement);
    marks.push({ part: "tip", side: box(tip).left - stage.left < stage.right - box(tip).right ? "left" : "right", paper: paper(tip) });
  }
  globalThis.gmmParts = [...blockNodes, ...wordNodes, ...markNodes.map(([, e]) => e)];
  return { faults, parts: [...blocks, ...texts, ...bars, ...marks, ...ink] };
}"""


def read(stepper):
    """The parts of a stepper on a page, in the order of the page, and what is at fault with how they are laid out."""
    found = json.loads(stepper.root.evaluate(f"(root) => JSON.stringify(({READ})(root))"))  # many values: as text
    return found["parts"], found["faults"]


def differences(stored, found):
    """In words, what tells two lists of parts apart; empty if they look alike."""
    names, others = ([part["part"] for part in parts] for parts in (stored, found))
    if names != others:
        missing, added = Counter(names) - Counter(others), Counter(others) - Counter(names)
        lines = [f"{part} is missing" for part in missing.elements()]
        lines += [f"{part} was not there" for part in added.elements()]
        return lines or ["the parts stand in another order"]
    return [
        f"{one['part']}: {key} is {other.get(key)}, was {one.get(key)}"
        for one, other in zip(stored, found)
        for key in sorted(one.keys() | other.keys())
        if not alike(one.get(key), other.get(key), NEAR.get(key, 0))
    ]


def alike(one, other, near=0):
    """Equal, up to a little in numbers and in colours."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(alike(a, b, near) for a, b in zip(one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= near
    if is_colour(one) and is_colour(other):
        return all(abs(a - b) <= ALIKE for a, b in zip(rgb(one), rgb(other)))
    return one == other


def is_colour(value):
    return isinstance(value, str) and re.fullmatch("#[0-9a-f]{6}", value) is not None


def rgb(colour):
    """Red, green and blue of a colour such as #0072b2."""
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def write(file, parts):
    """Store a look: JSON, a line for each part."""
    file.write_text(
        "[\n" + ",\n".join(json.dumps(part, ensure_ascii=False) for part in parts) + "\n]\n", encoding="utf-8"
    )


def load(file):
    """The parts that :func:`write` stored."""
    return json.loads(file.read_text(encoding="utf-8"))
