# SPDX-License-Identifier: Apache-2.0
"""Change the code of a room in small ways, one at a time, and see whether its tests notice.

python scripts/mutants.py control                        a drawn sample of the room's mutants
python scripts/mutants.py control --most 0               all of them
python scripts/mutants.py control --only '*x__wish__*'   those of one function

Works in a copy, never in the checkout. The scores stand in docs/reference/mutants.md.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).resolve().parents[1]
SMALL = ("cargo_imp", "imo_fal", "invoice", "postal", "low_value", "wco_b2sw")

#: Rooms of the pure core: which files are changed (below src/cocket), and which tests should notice (below tests).
ROOMS: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "consignment": (["consignment/*"], ["consignment"]),
    "control": (["control/*"], ["control"]),
    "ledger": (["ledger/*"], ["ledger"]),
    "measures": (["measures/*"], ["measures"]),
    "ncts": (["standards/ncts/*"], [f"standards/test_ncts_{one}.py" for one in ("reading", "rules", "schema")]),
    "risk": (["risk/*"], ["risk"]),
    "standards": (
        [*(f"standards/{one}/*" for one in SMALL), "standards/placi.py", "standards/json.py"],
        [
            *("standards/test_cargo_imp.py", "standards/test_imo_fal.py", "standards/test_invoice.py"),
            *("standards/test_postal.py", "standards/test_low_value.py", "standards/test_low_value_rows.py"),
            *("standards/test_b2sw_notice.py", "standards/test_placi.py", "standards/test_json.py"),
        ],
    ),
    "tracking": (["tracking/*"], ["tracking"]),
}

#: Tests that look at the text of the checkout rather than at what code does: a copy is none.
NOT_HERE = ("tests/measures/test_valuation_law.py",)

#: Tests over whole simulated worlds: each runs nearly every function of its room, so that each mutant would wait for it.
TOO_WIDE = ("tests/risk/models/test_notebook.py", "tests/risk/reasons/test_planted.py")

#: How deep calls may nest in the copy (frames): one of a changed function takes three frames, in place of one.
FRAMES = 3 * sys.getrecursionlimit()

#: What becomes of a mutant that the tests notice: one of them fails, or never ends.
NOTICED = ("killed", "timeout")

# Mutants are forked off a process that has run no test: threads of polars and LightGBM do not survive a fork.
# Without `debug` mutmut keeps to itself which test fails before it begins.
SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {files}
also_copy = ["docs", "scripts", "requirements"]
pytest_add_cli_args = {arguments}
pytest_add_cli_args_test_selection = {tests}
use_git_change_detection = false
process_isolation = "forkserver"
debug = true
"""


def copy(folder: Path, room: str) -> None:
    """Put what mutmut needs into an empty folder, set up for a room."""
    for name in ("src", "tests", "docs", "scripts", "requirements"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    files, tests = ROOMS[room]
    arguments = ["-p", "no:cacheprovider", "-m", "not soak and not slow"]
    arguments += [f"--ignore={one}" for one in (*NOT_HERE, *TOO_WIDE)]
    settings = SETTINGS.format(
        files=json.dumps([f"src/cocket/{one}" for one in files]),
        arguments=json.dumps(arguments),
        tests=json.dumps([f"tests/{one}" for one in tests]),
    )
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8") + settings, "utf-8")


def mutmut(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call mutmut in the copy, its output kept."""
    corpora = os.environ.get("COCKET_CORPORA") or str(ROOT.parent / "shared" / "corpora")
    return subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=folder,
        env=os.environ | {"COCKET_CORPORA": corpora, "COCKET_TEST_FRAMES": str(FRAMES), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def verdicts(folder: Path) -> dict[str, str]:
    """All mutants with what became of each; `not checked` if it was not tried."""
    found: dict[str, int | None] = {}
    for file in (folder / "mutants").rglob("*.meta"):
        found |= json.loads(file.read_text("utf-8"))["exit_code_by_key"]
    return {name: status_by_exit_code[found[name]] for name in sorted(found)}


def main() -> int:
    """Answer the command line: 0 when all that was drawn was tried, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("room", choices=ROOMS)
    parser.add_argument("--most", type=int, default=200, help="mutants to try at most (count; 0 for all)")
    parser.add_argument("--seed", type=int, default=1, help="of the drawing")
    parser.add_argument("--only", default="*", help="names of mutants, with * for any text")
    parser.add_argument("--children", type=int, default=2, help="processes at once (count)")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="mutants-"))
    try:
        copy(folder, asked.room)
        made = mutmut(
            folder, "run", "--max-children", "1", "none.of.them"
        )  # makes them, and learns which test runs what
        names = fnmatch.filter(verdicts(folder), asked.only)
        if not names:
            said = [line for line in f"{made.stdout}\n{made.stderr}".splitlines() if "Running stats" not in line]
            print("\n".join(said)[-6000:], file=sys.stderr)
            return 1
        drawn = random.Random(asked.seed).sample(names, min(asked.most or len(names), len(names)))
        done = mutmut(folder, "run", "--max-children", str(asked.children), *drawn)
        found = {name: said for name, said in verdicts(folder).items() if name in set(drawn)}
        if "not checked" in found.values():
            print(done.stdout[-2000:], done.stderr[-2000:], sep="\n", file=sys.stderr)
            return 1
        left = [name for name, said in found.items() if said not in NOTICED]
        for name in left:
            print(f"{name}: {found[name]}")
            changed = mutmut(folder, "show", name).stdout.splitlines()
            print(*(f"    {line}" for line in changed if line[:1] in "+-" and line[:3] not in ("+++", "---")), sep="\n")
        counts = {said: list(found.values()).count(said) for said in sorted(set(found.values()))}
        print(f"{asked.room}: {len(names)} mutants, {len(drawn)} tried, {counts}", end=", ")
        print(f"{1 - len(left) / len(drawn):.0%} noticed")
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
