# SPDX-License-Identifier: Apache-2.0
"""Draw docs/standards/conformance.md: what becomes of every message at hand, and whether what is written is valid.

python scripts/draw_conformance.py      write the page anew; takes the third-party samples, some minutes
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
schema as it came, and every sample of ours, has to be valid as written, in the edition that was read.
"""
_WRITERS = """
## By writer: validated by the publisher's schema

The gate: of the messages that the schema accepts as they came, those that it accepts as written. Beside it all that
were written and can be judged, many of which had come wrong: they are refused by the reader too, or deviate as the page
of the standard says.

| Writer | Schema | Valid as written, of those that came valid | Of all that were written |
|---|---|---|---|
"""
_FILES = """
## By standard: files found

*Ours* are the samples of this repository; the other collections are public ones. *Equal* are those that read the same
once written, of those that are written at all. Collections hold messages that are wrong on purpose.

| Standard | Collection | Files | Accepted | Refused | Equal of written | Valid of judged |
|---|---|---|---|---|---|---|
"""


def drawn(found: list[Fate]) -> str:
    """The page for these fates."""
    lines = [_HEAD, _WRITERS]
    for standard in standards.STANDARDS:
        if standard.write is None:
            continue
        name = standard.name
        if name in WITHOUT:
            lines.append(f"| `{name}` | none: {WITHOUT[name]} | – | – |\n")
            continue
        own = [fate for fate in found if fate.standard == name]
        gate: Counter[bool | None] = Counter(
            fate.is_valid for fate in own if fate.was_valid and fate.is_valid is not None
        )
        every = Counter(fate.is_valid for fate in own)
        lines.append(f"| `{name}` | {SCHEMAS[name].publisher} | {_of(gate)} | {_of(every)} |\n")
    lines.append(_FILES)
    for (name, collection), count in sorted(counted(found).items(), key=lambda each: (_place(each[0][0]), each[0][1])):
        judged = f"{count['valid']} of {count['judged']}" if count["judged"] else "–"
        lines.append(
            f"| `{name}` | {collection} | {count['files']} | {count['accepted']} | {count['refused']} "
            f"| {count['same']} of {count['written']} | {judged} |\n"
        )
    return "".join(lines)


def _of(verdicts: Counter[bool | None]) -> str:
    judged = verdicts[True] + verdicts[False]
    return f"{verdicts[True]} of {judged}" if judged else "no schema at hand"


def _place(name: str) -> int:
    return [standard.name for standard in standards.STANDARDS].index(name)


if __name__ == "__main__":
    if corpora_folder() is None:
        sys.exit("The third-party samples are not at hand: set COCKET_CORPORA to their folder.")
    PAGE.write_text(drawn(list(fates())), "utf-8")
