# SPDX-License-Identifier: Apache-2.0
"""Draw docs/reference/operations/day.md: what the tasks of an ordinary day take, done in a real browser over the demo.

python scripts/draw_day.py                 start the demo, do every task, write the page; takes some minutes
python scripts/draw_day.py --from FILE     only write the page, of the rows that a run with COCKET_DAY=FILE left
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "operations" / "day.md"
TEST = "tests/workbench/base/test_day.py"

_HEAD = """# How much a day takes

Drawn by `scripts/draw_day.py`: the tasks of an ordinary day over the demo, in a real browser, by taps alone and by keyboard alone, at
1440, 820 and 390 pixels, in English and in French. Each begins at the queue, or in a pocket without a network; a text that is typed
counts as one. `make soak ARGS=tests/workbench/base/test_day.py` does all of them, and fails where one takes longer, where a page is
wider than its window or in another language, or where axe finds something.

## Taps, presses and pages

Where width or language make a difference, from the least to the most. Presses include those of Tab, over the link *To the content*.

| task | taps | presses | pages |
|---|---|---|---|
"""
_SECONDS = """
## Seconds

Of the browser and the house together, by taps and by keys, without the time that a person takes to read or to think; measured on
{machine}. They say which page is slow, not how fast an officer is.

| task | {heads} |
|---|{rules}|
"""


class Row(NamedTuple):
    """One task that was done once; counts, and seconds."""

    task: str
    language: str
    width: int
    way: str
    presses: int
    pages: int
    seconds: float


def read_rows(text: str) -> list[Row]:
    """Rows as the test leaves them."""
    rows = csv.reader(text.splitlines())
    return [Row(one[0], one[1], int(one[2]), one[3], int(one[4]), int(one[5]), float(one[6])) for one in rows]


def drawn(rows: Iterable[Row], machine: str) -> str:
    """The page for these rows."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.task].append(row)
    lines = [_HEAD]
    for task, ones in found.items():
        taps, keys = ([one for one in ones if one.way == way] for way in ("taps", "keys"))
        counts = (
            _span(one.presses for one in taps),
            _span(one.presses for one in keys),
            _span(one.pages for one in ones),
        )
        lines.append(f"| {task} | {' | '.join(counts)} |\n")
    done = Counter((one.language, one.width) for ones in found.values() for one in ones if one.seconds)
    where = sorted((at for at, count in done.items() if count > len(found)), key=lambda at: (at[0], -at[1]))
    if not where:
        return "".join(lines)
    heads = " | ".join(f"{language} {width}" for language, width in where)
    lines.append(_SECONDS.format(machine=machine, heads=heads, rules="---|" * (len(where) - 1) + "---"))
    for task, ones in found.items():
        cells = []
        for at in where:
            took = {one.way: one.seconds for one in ones if (one.language, one.width) == at}
            cells.append(" · ".join(f"{took[way]:.1f}" for way in ("taps", "keys") if way in took))
        lines.append(f"| {task} | {' | '.join(cells)} |\n")
    return "".join(lines)


def _span(counts: Iterable[int]) -> str:
    known = sorted(set(counts))
    return "–" if not known else str(known[0]) if len(known) == 1 else f"{known[0]} to {known[-1]}"


def machine() -> str:
    """What it was measured on."""
    return f"{os.cpu_count()} cores, other work beside it"


def main(file: Path | None) -> int:
    """Do the tasks, unless their rows are at hand, and write the page."""
    if file is None:
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "day.csv"
            command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "-m", "soak", TEST]
            status = subprocess.run(
                command, cwd=ROOT, env=os.environ | {"COCKET_DAY": str(kept)}, check=False
            ).returncode
            if status:
                return status
            text = kept.read_text("utf-8")
    else:
        text = file.read_text("utf-8")
    PAGE.write_text(drawn(read_rows(text), machine()), "utf-8")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw docs/reference/operations/day.md.")
    parser.add_argument("--from", dest="file", type=Path, help="rows that a run with COCKET_DAY left")
    sys.exit(main(parser.parse_args().file))
