# SPDX-License-Identifier: Apache-2.0
"""Draw the tables of docs/floor-plan.md from the import contract and the folders.

python scripts/draw_floor_plan.py          write the page anew
"""

from __future__ import annotations

import configparser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "floor-plan.md"
LAYERS = ("pipeline", "stores", "workbench", "cli")
TOPICS = (
    "base", "intake", "consignment", "measures", "risk", "screening", "control", "tracking", "ledger", "credentials",
    "governance", "partners", "trials", "assessment", "queries", "operations",
)  # fmt: skip

#: Topics whose commands are typed under another word.
COMMANDS = {"credentials": "credential", "tracking": "track"}


def rows_of(contract: str) -> list[str]:
    """Rows of a contract of `.importlinter`, highest first, as it writes them."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    return parser[f"importlinter:contract:{contract}"]["layers"].split("\n")[1:]


def ladder(contract: str) -> str:
    """Table of the rows of a contract."""
    rows = [", ".join(f"`{one.strip()}`" for one in row.split("|")) for row in rows_of(contract)]
    return "\n".join(["| row | folders |", "|---|---|", *(f"| {n} | {row} |" for n, row in enumerate(rows, 1))])


def grid() -> str:
    """Table of layers and topics: what lies where they meet (files of Python)."""
    rows = ["| topic | " + " | ".join(f"`{layer}`" for layer in LAYERS) + " |", "|---" * (1 + len(LAYERS)) + "|"]
    rows += [f"| `{topic}` | " + " | ".join(_cell(layer, topic) for layer in LAYERS) + " |" for topic in TOPICS]
    return "\n".join(rows)


def _cell(layer: str, topic: str) -> str:
    place = ROOT / "src" / "cocket" / layer
    for folder in (place / topic, place / "commands" / COMMANDS.get(topic, topic)):
        names = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
        if names:
            return ", ".join(names)
    return "–"


def drawn(text: str) -> str:
    """The page with each drawing between its marks made anew."""
    for name, made in (("rooms", ladder("layers")), ("topics", ladder("topics")), ("grid", grid())):
        begin, rest = text.split(f"<!-- {name} -->\n")
        text = f"{begin}<!-- {name} -->\n\n{made}\n\n<!-- end -->{rest.split('<!-- end -->', 1)[1]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
