"""Pictures of the built site, to look at: wide and phone, light and dark.

    python tests/browser/screenshots.py OUT [page...]

`page` is a path in the site such as ``chapters/05_gaussian.html``; without one, every page. SITE names another site.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from chromium import SITE, launched

SIZES = {"wide": (1440, 900), "phone": (390, 844)}


def main(out, *pages):
    site = Path(os.environ.get("SITE", SITE)).resolve()
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    pages = pages or [str(path.relative_to(site)) for path in sorted(site.rglob("*.html"))]
    with launched() as browser:
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                for name in pages:
                    page.goto((site / name).as_uri())
                    picture = out / f"{name.removesuffix('.html').replace('/', '-')}-{size}-{scheme}.png"
                    page.screenshot(path=picture, full_page=os.environ.get("FULL", "1") == "1")
                    print(picture)
                page.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
