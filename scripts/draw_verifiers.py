# SPDX-License-Identifier: Apache-2.0
"""Draw the table of docs/reference/credentials/verifiers.md: what verifiers of others say of what Cocket issues.

OPENVC=PYTHON python scripts/draw_verifiers.py          asks them all, and writes the page anew
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "credentials" / "verifiers.md"

STATES = (
    "good", "altered", "suspended", "withdrawn", "expired", "key changed",
    "bound", "another nonce", "another audience", "another's key",
)  # fmt: skip

#: What a verifier cannot do: form, verifier and state, and what it says instead. Each is explained on the page.
CANNOT: Mapping[tuple[str, str, str], str] = {
    ("vc", "@trustvc/trustvc", "good"): "cannot read it",
    ("vc", "@trustvc/trustvc", "key changed"): "cannot read it",
    ("vc-selective", "@trustvc/trustvc", "good"): "cannot read it",
    ("vc-selective", "@trustvc/trustvc", "key changed"): "cannot read it",
    ("sd-jwt", "jose", "altered"): "does not see it",
    ("sd-jwt", "jose", "suspended"): "does not see it",
    ("sd-jwt", "jose", "withdrawn"): "does not see it",
}

Rows = Iterable[tuple[str, str, Mapping[str, str]]]


def table(rows: Rows) -> str:
    """The table, a row for each form and verifier."""
    head = ["form", "verifier", *STATES]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join([f"`{form}`", f"`{name}`", *cells_of(cells)]) + " |" for form, name, cells in rows]
    return "\n".join(lines)


def cells_of(cells: Mapping[str, str]) -> list[str]:
    """Cells of a row in the order of the states; a dash where the form has no such state."""
    return [cells.get(state, "–") for state in STATES]


def drawn(text: str, rows: Rows) -> str:
    """The page with the table between its marks made anew."""
    begin, rest = text.split("<!-- verifiers -->\n")
    return f"{begin}<!-- verifiers -->\n\n{table(rows)}\n\n<!-- end -->{rest.split('<!-- end -->', 1)[1]}"


def main() -> None:
    """Let the test of the matrix write the page."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "tests/peers/test_matrix.py"]
    sys.exit(subprocess.run(command, cwd=ROOT, env=os.environ | {"COCKET_DRAW": "1"}, check=False).returncode)


if __name__ == "__main__":
    main()
