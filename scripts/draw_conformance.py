# SPDX-License-Identifier: Apache-2.0
"""Draw docs/standards/conformance.md: what becomes of every message at hand, and whether what is written is valid.

python scripts/draw_conformance.py              write the page anew; takes the third-party samples, some minutes
python scripts/draw_conformance.py cii ncts     only the rows of these standards; the others stay as they are
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HOUSE))

from cocket import standards  # noqa: E402 - the tests stand beside the scripts and are no package that is installed
from tests.corpora import corpora_folder  # noqa: E402
from tests.standards.published import SCHEMAS, WITHOUT, Fate, counted, fates  # noqa: E402

PAGE = HOUSE / "docs" / "standards" / "conformance.md"
_HEAD = """# Files, verdicts and schemas

Drawn by `scripts/draw_conformance.py` over our own samples and the public messages at hand, which are not part of this
repository. `tests/standards/test_published_schemas.py` holds every writer to it: what is valid by its publisher's
schema as it came, and every sample of ours, has to be valid as written, in the edition that was read. Where a publisher
has rules beside its schema, as a Schematron, an invoice that names them and keeps them as it came has to keep them as written.
"""
_WRITERS = """
## By writer: validated by the publisher's schema

The gate: of the messages that the schema accepts as they came, those that it accepts as written. Beside it all that
were written and can be judged, many of which had come wrong: they are refused by the reader too, or deviate as the page
of the standard says. Rules are those of the specification that an invoice names: XRechnung's and Peppol's are not among
them, nor CEN's for CII, which no package of the tests brings.

| Writer | Schema | Valid as written, of those that came valid | Of all that were written | Schematron | Kept as written |
|---|---|---|---|---|---|
"""
_FILES = """
## By standard: files found

*Ours* are the samples of this repository; the other collections are public ones. *Equal* are those that read the same
once written, of those that are written at all. Collections hold messages that are wrong on purpose.

| Standard | Collection | Files | Accepted | Refused | Equal of written | Valid of judged | Rules kept of judged |
|---|---|---|---|---|---|---|---|
"""


def drawn(found: list[Fate]) -> str:
    """The page for these fates."""
    lines = [_HEAD, _WRITERS]
    for standard in standards.STANDARDS:
        if standard.write is None:
            continue
        name = standard.name
        if name in WITHOUT:
            lines.append(f"| `{name}` | none: {WITHOUT[name]} | – | – | – | – |\n")
            continue
        own = [fate for fate in found if fate.standard == name]
        gate: Counter[bool | None] = Counter(
            fate.is_valid for fate in own if fate.was_valid and fate.is_valid is not None
        )
        every = Counter(fate.is_valid for fate in own)
        rules = "– | –"
        if SCHEMAS[name].schematron:
            came: Counter[bool | None] = Counter(
                fate.breaks_written == () for fate in own if fate.breaks == () and fate.is_same is not None
            )
            rules = f"{SCHEMAS[name].schematron} | {_of(came)}"
        lines.append(f"| `{name}` | {SCHEMAS[name].publisher} | {_of(gate)} | {_of(every)} | {rules} |\n")
    lines.append(_FILES)
    for (name, collection), count in sorted(counted(found).items(), key=lambda each: (_place(each[0][0]), each[0][1])):
        judged = f"{count['valid']} of {count['judged']}" if count["judged"] else "–"
        ruled = f"{count['sound']} of {count['ruled']}" if count["ruled"] else "–"
        lines.append(
            f"| `{name}` | {collection} | {count['files']} | {count['accepted']} | {count['refused']} "
            f"| {count['same']} of {count['written']} | {judged} | {ruled} |\n"
        )
    return "".join(lines)


def kept(page: str, new: str, names: set[str]) -> str:
    """A page with the rows of some standards from a new one, and all else as it was.

    Args:
        page: The page as it is.
        new: The page drawn from what is at hand now.
        names: Standards whose rows are taken from it.
    """
    parts = []
    for old_part, new_part in zip(page.split("\n## "), new.split("\n## "), strict=True):
        old_rows = _rows(old_part)
        rows = {name: (_rows(new_part) if name in names else old_rows).get(name, "") for name in (*old_rows, *names)}
        places = sorted(rows, key=_place)
        head = "".join(line for line in new_part.splitlines(keepends=True) if not line.startswith("| `"))
        parts.append(head + "".join(rows[name] for name in places))
    return "\n## ".join(part.rstrip("\n") + "\n" for part in parts)


def _rows(part: str) -> dict[str, str]:
    """Rows of a table by the standard in their first cell."""
    rows: dict[str, str] = {}
    for line in part.splitlines(keepends=True):
        if line.startswith("| `"):
            name = line.split("`")[1]
            rows[name] = rows.get(name, "") + line
    return rows


def _of(verdicts: Counter[bool | None]) -> str:
    judged = verdicts[True] + verdicts[False]
    return f"{verdicts[True]} of {judged}" if judged else "no schema at hand"


def _place(name: str) -> int:
    return [standard.name for standard in standards.STANDARDS].index(name)


if __name__ == "__main__":
    if corpora_folder() is None:
        sys.exit("The third-party samples are not at hand: set COCKET_CORPORA to their folder.")
    new = drawn(list(fates()))
    PAGE.write_text(kept(PAGE.read_text("utf-8"), new, set(sys.argv[1:])) if sys.argv[1:] else new, "utf-8")
