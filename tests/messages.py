# SPDX-License-Identifier: Apache-2.0
"""Messages for tests, made from our own samples under whatever reference is wanted."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

_SAMPLES = Path(__file__).parent / "samples" / "wco-dm"
_REFERENCE = re.compile(rb"(<(?:\w+:)?FunctionalReferenceID>)[^<]*")

#: What makes the sample's consignment the one it is; another reference gets another consignment.
_NAMES = re.compile(
    rb"(KESTBET)26000417|(6XA990000000042-S)117|(26XA0000000)0000355|(6XB-LOOMS-ORDER-)5501|(26XA000000)0000117X"
)


def declaration(reference: str, *, sample: str = "import", note: str = "") -> bytes:
    """A WCO declaration of a consignment of its own, under this reference; another note makes other content of it."""
    data = (_SAMPLES / f"{sample}.xml").read_bytes()
    number = b"%08d" % (zlib.crc32(reference.encode()) % 10**8)
    data = _NAMES.sub(lambda name: b"".join(filter(None, name.groups())) + number, data)
    found = _REFERENCE.sub(rb"\g<1>" + reference.encode(), data)
    return found + (f"<!-- {note} -->".encode() if note else b"")
