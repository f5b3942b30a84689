# SPDX-License-Identifier: Apache-2.0
"""Take the pictures of the documentation anew: pages of the workbench, of the demo and of tutorials, in a real browser.

python scripts/draw_pictures.py              all of them
python scripts/draw_pictures.py queue …      those that are taken with these (--to DIR: into another folder)

The pages are opened by the tests that hold them, so a picture shows what is tested. Reports are made by their commands.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"

#: Report → commands that make it, and the page they leave.
REPORTS = {
    "my-month": (
        "simulate --world alphaland --seed 5 --days 28 --size 5000 --out november",
        "risk review november --out november-review",
        "november-review/review.html",
    ),
    "tutorial-evaluation": (
        "risk evaluate --seeds 2 --size 20000 --worlds stable --out evaluation",
        "evaluation/report.html",
    ),
}

#: The test that follows pages, some of them in a browser, where it takes the pictures they show.
FOLLOWS = "tests/docs/test_pages.py::test_a_page_does_what_it_says[{page}]"

_TAKEN = re.compile(r"^def (?P<test>test_\w+)|\.picture\(\"(?P<picture>[\w-]+)\"", re.MULTILINE)
_IN_A_PAGE = re.compile(r"^<!-- browser: [^\n]* -->\n!\[[^\]]*\]\([^)]*?(?P<picture>[\w-]+)\.png\)", re.MULTILINE)
_COLOURS = 128


def taken_by() -> dict[str, str]:
    """Picture → the test that takes it, as pytest names it."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        test = ""
        for match in _TAKEN.finditer(path.read_text(encoding="utf-8")):
            test = match["test"] or test
            if match["picture"]:
                found.setdefault(match["picture"], f"{path.relative_to(ROOT).as_posix()}::{test}")
    for path in sorted((ROOT / "docs").rglob("*.md")):
        for match in _IN_A_PAGE.finditer(path.read_text(encoding="utf-8")):
            found.setdefault(match["picture"], FOLLOWS.format(page=path.relative_to(ROOT).as_posix()))
    return found


def take(names: list[str], images: Path = IMAGES) -> int:
    """Take pictures.

    Args:
        names: Which; none for all.
        images: Folder into which.

    Returns:
        0, or the status of what failed.
    """
    by = taken_by()
    wanted = names or [*by, *REPORTS]
    if unknown := [name for name in wanted if name not in by and name not in REPORTS]:
        print(f"No test takes {', '.join(unknown)}.", file=sys.stderr)
        return 2
    before = {path: path.stat().st_mtime_ns for path in images.glob("*.png")}
    if tests := sorted({by[name] for name in wanted if name in by}):
        command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *tests]
        environment = os.environ | {"COCKET_SCREENSHOTS": str(images)}
        status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        if status:
            return status
    for name in wanted:
        if name in REPORTS:
            take_report(name, images)
    for path in sorted(images.glob("*.png")):
        if path.stat().st_mtime_ns != before.get(path):
            make_small(path)
            print(path)
    return 0


def take_report(name: str, images: Path) -> None:
    """Make a report by its commands, and take its picture."""
    *commands, page = REPORTS[name]
    with tempfile.TemporaryDirectory() as folder:
        for words in commands:
            subprocess.run([sys.executable, "-m", "cocket", *words.split()], cwd=folder, check=True)
        shot = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,1600"]
        address = (Path(folder) / page).as_uri()
        subprocess.run([*shot, f"--screenshot={images / f'{name}.png'}", address], cwd=folder, check=True)


def make_small(path: Path) -> None:
    """Keep the colours that the eye tells apart: a third of the size."""
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def shown() -> Iterator[str]:
    """Every picture that a page shows."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        yield from re.findall(r"images/([\w-]+)\.png\)", page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Take the pictures of the documentation anew.")
    parser.add_argument("names", nargs="*", help="which; all if not given")
    parser.add_argument("--to", type=Path, default=IMAGES, help="folder into which")
    given = parser.parse_args()
    sys.exit(take(given.names, given.to.resolve()))
