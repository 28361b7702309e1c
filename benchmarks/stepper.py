"""How long a half-step of the stepper takes, picture and all: ``python benchmarks/stepper.py [n] [k] [m]``.

Measured in headless Chromium: from the press of the key to the end of the painting that it caused (two animation
frames, less the wait for the first), and the script's own share of it. Motion is reduced, so that one half-step is one
picture.
"""

import statistics
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

import stepper_page  # noqa: E402
from chromium import launched  # noqa: E402

from gmm_lib.stepper import _script, static  # noqa: E402

MEASURE = """async (steps) => {
  const root = document.querySelector('.gmm-root');
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const script = [], whole = [];
  for (let i = 0; i < steps; i++) {
    await frame();
    await new Promise((done) => setTimeout(done));
    const begun = performance.now();
    root.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
    script.push(performance.now() - begun);
    const canvas = document.querySelector('.gmm-root canvas');
    canvas.getContext('2d').getImageData(0, 0, 1, 1); // waits until the picture is really drawn
    whole.push(performance.now() - begun);
  }
  return { script, whole };
}"""


def main(n=2000, k=8, m=2):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, m)) + rng.integers(0, 4, (n, 1)) * 1.5
    element = static.element("", {"settings": {"k": str(k)}, "X": X.round(4).tolist()})
    with launched() as browser:
        page = browser.new_page(viewport={"width": 1000, "height": 800}, reduced_motion="reduce")
        page.set_content(stepper_page.html(element))
        times = page.evaluate(MEASURE, 60)
    print(f"n = {n}, m = {m}, k = {k}; milliseconds a half-step, median (worst) of 60")
    for name, what in (("script", "computed and drawn by the script"), ("whole", "and painted")):
        values = times[name][4:]  # the first few also compile the script
        print(f"  {what:33} {statistics.median(values):6.1f}  ({max(values):.1f})")
    for name, text in (("script", _script.page_script()), ("style", _script.style()), ("markup", _script.markup())):
        print(f"  {name:33} {len(text.encode()):6} bytes")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
