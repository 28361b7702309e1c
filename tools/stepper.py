"""Make the scripts of the stepper and of the figures short: ``make stepper``, after a change in ``gmm_lib/stepper/js``.

It needs Node.js. Names inside a script, comments and blanks go; what it does stays. The results,
``gmm_lib/stepper/*.min.js``, are kept with the sources, so that whoever reads, builds or teaches needs no Node.js.
Python's tables stand apart from them.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from gmm_lib.stepper import _script  # noqa: E402

ESBUILD = "esbuild@0.28.2"  # the one minifier here that is used everywhere, and leaves arithmetic alone
BEFORE = "export default"


def short(text: str) -> str:
    """The expression ``text`` made short."""
    command = ["npx", "--yes", ESBUILD, "--minify", "--charset=utf8", "--log-level=warning"]
    made = subprocess.run(command, input=f"{BEFORE} {text}", capture_output=True, text=True, check=False)
    if made.returncode or not made.stdout.startswith(BEFORE):
        sys.exit(f"esbuild has failed:\n{made.stderr}")
    return made.stdout.removeprefix(BEFORE).strip().rstrip(";")


def main() -> None:
    for which in _script.SCRIPTS:
        text = _script.sources(which)
        file = _script.HERE / which.made
        file.write_text(f"{_script.mark(text)}\n{short(text)}\n", encoding="utf-8")
        served = {"script": _script.page_script(which)}
        if not which.part_of:
            served |= {"style": _script.style(which)}
        print(f"{which.name}:", ", ".join(f"{name} {len(part.encode()):,} bytes" for name, part in served.items()))


if __name__ == "__main__":
    main()
