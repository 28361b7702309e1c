"""A dozen icons instead of two thousand.

The theme ships all of Font Awesome as one script of 1.5 MB, by far the heaviest thing a page loads. After the build
it is replaced by a script that holds only the icons that occur on the site's pages. (The web fonts of the same icons
are no way out: Firefox refuses fonts on pages opened from disk.)
"""

import json
import re
from pathlib import Path

from sphinx.errors import ExtensionError

SCRIPT = "_static/scripts/fontawesome.js"
IN_USE = re.compile(r"\bfa-solid fa-([a-z-]+)")
MADE_BY_SCRIPTS = {"xmark"}  # the theme's own script adds this one
SOLID = re.compile(r'["{,]"?%s"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]')

RUNTIME = """/* The icons of this site, from Font Awesome Free (icons: CC BY 4.0, https://fontawesome.com/license/free). */
(() => {
  const icons = %s;
  const draw = (from) => {
    for (const old of from.querySelectorAll("i.fa-solid, span.fa-solid")) {
      const name = [...old.classList].find((c) => icons[c.slice(3)]);
      if (!name) continue;
      const [width, height, path] = icons[name.slice(3)];
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("class", `svg-inline--fa ${old.className}`);
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.setAttribute("aria-hidden", "true");
      svg.innerHTML = `<path fill="currentColor" d="${path}"/>`;
      for (const { name, value } of old.attributes) if (name.startsWith("data-")) svg.setAttribute(name, value);
      old.replaceWith(svg);
    }
  };
  const style = document.createElement("style");
  style.textContent = ".svg-inline--fa{height:1em;overflow:visible;vertical-align:-.125em}" +
    ".svg-inline--fa.fa-lg{font-size:1.25em;vertical-align:-.2em}";
  document.head.append(style);
  draw(document);
  new MutationObserver(() => draw(document)).observe(document.body, { childList: true, subtree: true });
})();
"""


def shrink(app, exception):
    """Replace the script of all icons by one of the icons in use, and drop the source maps beside it."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    names = set(MADE_BY_SCRIPTS)
    for page in site.rglob("*.html"):
        names.update(IN_USE.findall(page.read_text(encoding="utf-8")))
    everything = (site / SCRIPT).read_text(encoding="utf-8")
    icons = {}
    for name in sorted(names):
        found = re.findall(SOLID.pattern % re.escape(name), everything)
        if not found:
            raise ExtensionError(f"the theme's {SCRIPT} holds no icon {name!r}: has its format changed?")
        width, height, path = found[-1]  # the solid style comes after the regular one
        icons[name] = [int(width), int(height), path]
    (site / SCRIPT).write_text(RUNTIME % json.dumps(icons), encoding="utf-8")
    for source_map in (site / "_static").rglob("*.map"):
        source_map.unlink()


def setup(app):
    # After the theme has copied its files.
    app.connect("build-finished", shrink, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
