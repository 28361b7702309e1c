"""Draw the animation at the head of the README from the stepper's own frames: ``make picture``, after ``make book``.

Chromium opens the stepper in the built site and goes through its half-steps; each is a frame of one GIF. For readers
who want no motion the last frame stands beside it.
"""

import io
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from publishing.browser import opened  # noqa: E402

TARGET = ROOT / ".github" / "stepper"
PAGE = ROOT / "_build" / "html" / "index.html"
STATE = "#fig-hero?data=iris&k=3&start=k-means%2B%2B&seed=18&step={}"
# The steps that change most, one by one; then strides to the end, where the components no longer move.
STEPS = [*range(13), 16, 20, 26, 34, 40]
SIZE = {"width": 640, "height": 900}
AT_REST, AT_THE_ENDS = 700, 2500  # milliseconds


def frames(page) -> list[Image.Image]:
    """The stepper after each of STEPS."""
    figure = page.locator("#fig-hero .gmm-main")
    taken = []
    for step in STEPS:
        page.evaluate("(hash) => { location.hash = hash; }", STATE.format(step))
        page.wait_for_timeout(800)  # it glides
        page.evaluate("document.activeElement.blur()")
        taken.append(Image.open(io.BytesIO(figure.screenshot())).convert("RGB"))
    return taken


def main() -> None:
    with opened() as page:
        page.set_viewport_size(SIZE)
        page.goto(PAGE.as_uri() + STATE.format(0))
        page.locator("#fig-hero .gmm-mounted").wait_for()
        page.add_style_tag(content="#fig-hero .gmm-main { padding: 12px; }")
        taken = frames(page)
    colours = taken[-1].quantize(64)
    flat = [frame.quantize(palette=colours, dither=Image.Dither.NONE) for frame in taken]
    pauses = [AT_THE_ENDS, *[AT_REST] * (len(flat) - 2), AT_THE_ENDS]
    flat[0].save(
        TARGET.with_suffix(".gif"), save_all=True, append_images=flat[1:], duration=pauses, loop=0, optimize=True
    )
    flat[-1].save(TARGET.with_suffix(".png"), optimize=True)
    for file in (TARGET.with_suffix(".gif"), TARGET.with_suffix(".png")):
        print(f"{file.relative_to(ROOT)}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
