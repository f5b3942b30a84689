# SPDX-License-Identifier: Apache-2.0
"""The standards as the house sees them: one for each message type, so that a conversion knows what it carries."""

from __future__ import annotations

import re
from collections.abc import Callable

from cocket.model import Document
from cocket.standards.edifact.reader import NAME, read
from cocket.standards.edifact.scanning import looks_like_edifact
from cocket.standards.edifact.streaming import stream
from cocket.standards.edifact.writer import write_message
from cocket.standards.kind import Source, Standard

#: The message types with their names for people.
TITLES = {
    "CUSCAR": "UN/EDIFACT cargo report (CUSCAR)",
    "CUSDEC": "UN/EDIFACT customs declaration (CUSDEC)",
    "CUSRES": "UN/EDIFACT customs response (CUSRES)",
    "CUSREP": "UN/EDIFACT conveyance report (CUSREP)",
    "GOVCBR": "UN/EDIFACT cross-border regulatory message (GOVCBR)",
    "IFTSTA": "UN/EDIFACT status report (IFTSTA)",
    "CODECO": "UN/EDIFACT container gate report (CODECO)",
    "COARRI": "UN/EDIFACT container discharge or loading report (COARRI)",
    "BAPLIE": "UN/EDIFACT bayplan (BAPLIE)",
}

#: The message types.
MESSAGES = tuple(TITLES)

_FIRST = re.compile(rb"UNH[^A-Za-z0-9][^'\r\n]{0,14}?[^A-Za-z0-9](%s)(?![A-Z0-9])" % "|".join(TITLES).encode())

#: How far into the bytes the first message is looked for.
_OPENING = 4096


def _recognises(name: str) -> Callable[[Source], bool]:
    def recognises(source: Source) -> bool:
        if source.root is not None or not looks_like_edifact(source.data):
            return False
        found = _FIRST.search(source.data[:_OPENING])
        return found is not None and found[1].decode("ascii") == name

    return recognises


def _write(name: str) -> Callable[[Document], bytes]:
    return lambda document: write_message(document, name)


EDIFACT = tuple(
    Standard(
        name=f"edifact-{name.lower()}",
        title=title,
        recognises=_recognises(name),
        read=read,
        write=_write(name),
        profiles=(NAME,),
        stream=stream,
    )
    for name, title in TITLES.items()
)
