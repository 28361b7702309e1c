"""How long does a half-step of the stepper take, picture and all, and how soon is it there?

    .venv/bin/python -m benchmarks.stepper              four sizes (about a minute), into benchmarks/results/stepper.csv
    .venv/bin/python -m benchmarks.stepper 5000 8 2     one size n, k, m, printed alone

Measured in headless Chromium: from the press of the key to the end of the painting that it caused, and the script's own
share of it. The best, the median and the worst of 56; on a busy machine the best alone is the stepper's. Motion is
reduced, so that one half-step is one picture. The first frame is timed from the beginning of the page's load to the
second animation frame after the script has run, the best of five.
"""

import csv
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

import stepper_page  # noqa: E402
from chromium import launched  # noqa: E402

from gmm_lib.stepper import _script, static  # noqa: E402

RESULTS = Path(__file__).parent / "results" / "stepper.csv"
SIZES = ((150, 3, 2), (272, 2, 1), (2000, 8, 2), (5000, 8, 2))  # n, k, m
STEPS = 60

MEASURE = """async (steps) => {
  const root = document.querySelector('.gmm-root');
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const script = [], painted = [];
  for (let i = 0; i < steps; i++) {
    await frame();
    await new Promise((done) => setTimeout(done));
    const begun = performance.now();
    root.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
    script.push(performance.now() - begun);
    const canvas = document.querySelector('.gmm-root canvas');
    canvas.getContext('2d').getImageData(0, 0, 1, 1); // waits until the picture is really drawn
    painted.push(performance.now() - begun);
  }
  return { script, painted };
}"""
FIRST = (
    "<script>requestAnimationFrame(() => requestAnimationFrame(() => (globalThis.first = performance.now())));</script>"
)


def measured(browser, n, k, m):
    """A row of the table: milliseconds, and bytes as they are loaded."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, m)) + rng.integers(0, 4, (n, 1)) * 1.5
    element = static.element("", {"settings": {"k": str(k)}, "X": X.round(4).tolist()})
    firsts = []
    with TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(stepper_page.html(element).replace("</body>", FIRST + "</body>"), encoding="utf-8")
        for _ in range(5):
            page = browser.new_page(viewport={"width": 1000, "height": 800}, reduced_motion="reduce")
            page.goto(file.as_uri())
            page.wait_for_function("globalThis.first")
            firsts.append(page.evaluate("first"))
            times = page.evaluate(MEASURE, STEPS) if len(firsts) == 5 else None
            page.close()
    row = {"n": n, "k": k, "m": m, "first_frame_ms": round(min(firsts))}
    for name, values in times.items():
        late = values[4:]  # the first few also compile the script
        kinds = {"best": min, "median": statistics.median, "worst": max}
        row |= {f"{name}_{kind}_ms": round(kind_of(late), 1) for kind, kind_of in kinds.items()}
    sizes = {"script": _script.page_script(), "style": _script.style(), "markup": _script.markup()}
    return row | {f"{name}_bytes": len(text.encode()) for name, text in sizes.items()}


def main(*size):
    with launched() as browser:
        rows = [measured(browser, *one) for one in ([size] if size else SIZES)]
    for row in rows:
        print(", ".join(f"{name} {value}" for name, value in row.items()))
    if not size:
        with RESULTS.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, rows[0], lineterminator="\n")
            table.writeheader()
            table.writerows(rows)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
