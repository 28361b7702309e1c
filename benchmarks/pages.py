"""How soon are the pages there, on a phone? Lighthouse's measures, over a server of this machine that packs by gzip.

    .venv/bin/python -m benchmarks.pages                              landing page, a chapter, stepper, homework
    .venv/bin/python -m benchmarks.pages chapters/05_gaussian.html    others
    .venv/bin/python -m benchmarks.pages --slowdown 1                 on a machine that is itself as slow as a phone

Needs the built site, Chromium and Node.js: npx brings Lighthouse. Its score counts what the processor does, so that a
busy machine takes points that a page has earned; `benchmark` says how fast Lighthouse found this one (a desk's has over
1,500).
"""

import argparse
import gzip
import json
import mimetypes
import os
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from publishing.browser import ADVICE, FLAGS, find  # noqa: E402

SITE = ROOT / "_build" / "html"

LIGHTHOUSE = "lighthouse@12.2.3"  # the last that Node.js 20 runs
PAGES = ("index.html", "chapters/07_em.html", "stepper.html", "homework/index.html")
MEASURES = {
    "first-contentful-paint": "first paint",
    "largest-contentful-paint": "largest",
    "total-blocking-time": "blocked",
    "cumulative-layout-shift": "shift",
    "total-byte-weight": "bytes",
}


class Packed(BaseHTTPRequestHandler):
    """The files of the site, texts packed."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = (SITE / self.path.partition("?")[0].lstrip("/")).resolve()
        if not path.is_relative_to(SITE) or not path.is_file():
            self.send_error(404)
            return
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        packed = kind.startswith("text/") or "script" in kind or "svg" in kind
        data = gzip.compress(path.read_bytes(), 6) if packed else path.read_bytes()
        self.send_response(200)
        headers = {"Content-Type": kind, "Content-Length": len(data), "Cache-Control": "max-age=3600"}
        for name, value in (headers | ({"Content-Encoding": "gzip"} if packed else {})).items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def measure(address, slowdown):
    """Lighthouse's report on a page, as from the phone that it imitates."""
    flags = " ".join(("--headless=new", *FLAGS))
    command = ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json", "--only-categories=performance"]
    command += [f"--throttling.cpuSlowdownMultiplier={slowdown}", f"--chrome-flags={flags}"]
    run = subprocess.run(command, env=os.environ | {"CHROME_PATH": find()}, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def missing():
    """What this machine lacks for a measurement, and how to get it; "" if it lacks nothing."""
    if find() is None:
        return ADVICE
    return "" if shutil.which("npx") else "no npx found: install Node.js (Debian: apt-get install npm)"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", nargs="*", default=PAGES)
    parser.add_argument(
        "--slowdown", type=float, default=4, help="how many times slower than this machine the phone is"
    )
    wanted = parser.parse_args()
    if lacking := missing():
        raise SystemExit(lacking)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Packed)
    Thread(target=server.serve_forever, daemon=True).start()
    for page in wanted.pages:
        report = measure(f"http://127.0.0.1:{server.server_port}/{page}", wanted.slowdown)
        shown = [f"{name} {report['audits'][key].get('displayValue', '?')}" for key, name in MEASURES.items()]
        score = 100 * (report["categories"]["performance"]["score"] or 0)
        print(page, f"{score:.0f}", *shown, f"benchmark {report['environment']['benchmarkIndex']:.0f}", sep=", ")


if __name__ == "__main__":
    main()
