# SPDX-License-Identifier: Apache-2.0
"""Our EDIFACT samples, a base message to damage, and the ways to do it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from cocket.findings import Finding
from cocket.model import Reading
from cocket.standards import Options, Source, read

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
MESSAGES = ("CUSCAR", "CUSDEC", "CUSRES", "CUSREP", "GOVCBR", "IFTSTA", "CODECO", "COARRI", "BAPLIE")

#: A cargo report of one bill, segment by segment.
BASE = (
    "UNB+UNOA:2+LINE+CUSTOMS+261120:0915+R1",
    "UNH+1+CUSCAR:D:95B:UN",
    "BGM+785+MAN1+9",
    "DTM+137:202611200915:203",
    "NAD+CA+LINE:172",
    "TDT+20+117E+1++LINE:172:20+++9300001:146:11:EVER PROBE",
    "LOC+9+CNSHA",
    "LOC+11+NLRTM",
    "EQD+CN+TSTU8208494+22G1",
    "SEL+SL1+CA",
    "CNI+1",
    "RFF+BM:BL1",
    "LOC+9+CNSHA",
    "GID+1+10:CT",
    "FTX+AAA+++PARTS OF PUMPS",
    "MEA+AAE+G+KGM:1500",
    "SGP+TSTU8208494+10",
    "UNT+17+1",
    "UNZ+1+R1",
)


def interchange(segments: Sequence[str] = BASE, advice: str = "UNA:+.? '", end: str = "'", between: str = "") -> str:
    """Segments as an interchange."""
    return advice + "".join(f"{segment}{end}{between}" for segment in segments)


def having(place: int, segment: str) -> tuple[str, ...]:
    """The base with another segment at a place."""
    return (*BASE[:place], segment, *BASE[place + 1 :])


def with_more(place: int, *segments: str) -> tuple[str, ...]:
    """The base with further segments before a place, and the count of its trailer put right."""
    many = [*BASE[:place], *segments, *BASE[place:]]
    return (*many[:-2], f"UNT+{len(many) - 2}+1", many[-1])


def judged(text: str | bytes, codec: str = "latin-1") -> Reading:
    """What the reader makes of an interchange; refused without document if it cannot be read."""
    return read(text if isinstance(text, bytes) else text.encode(codec), Options(limit=500))


def codes(reading: Reading) -> list[str]:
    """The codes of the errors and warnings of a reading, in order."""
    return [finding.code for finding in reading.findings]


def first(reading: Reading) -> Finding:
    """Its first finding."""
    return reading.findings[0]


def source(name: str) -> Source:
    """A sample by folder and name."""
    return Source((SAMPLES / name).read_bytes(), None)


def of(message: str) -> list[Path]:
    """Our samples of a message type."""
    return sorted((SAMPLES / f"edifact-{message.lower()}").glob("*.edi"))


#: Values that trip readers.
_AWKWARD = (
    "",
    "0",
    "-1",
    "9" * 60,
    "1E400",
    "NAN",
    "1,2,3",
    "?",
    "??",
    ":",
    "::::",
    "'",
    "+",
    "\t",
    "\x00",
    "\u00e9",
    "A" * 600,
)


def damaged(data: bytes, dice: random.Random) -> bytes:
    """An interchange with one to three of its segments or values changed; it still begins as one."""
    segments = data.decode("latin-1").split("'")
    for _ in range(dice.randint(1, 3)):
        place = dice.randrange(1, len(segments))
        way = dice.randrange(6)
        if way == 0:
            del segments[place]
        elif way == 1:
            segments.insert(dice.randrange(1, len(segments)), segments[place])
        elif way == 2:
            other = dice.randrange(1, len(segments))
            segments[place], segments[other] = segments[other], segments[place]
        else:
            parts = segments[place].split(dice.choice("+:"))
            parts[dice.randrange(len(parts))] = dice.choice(_AWKWARD)
            segments[place] = dice.choice("+:").join(parts) if way == 3 else "+".join(parts)
        if len(segments) < 3:
            break
    return "'".join(segments).encode("latin-1")
