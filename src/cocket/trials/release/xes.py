# SPDX-License-Identifier: Apache-2.0
"""Stamps as an event log that process mining programs read.

Source: IEEE 1849-2023, eXtensible Event Stream (XES); extensions concept, time, organizational.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import quoteattr

from cocket.trials.release.stamps import Case

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2023" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
"""


def write_xes(cases: Iterable[Case]) -> Iterator[str]:
    """The log in pieces: a trace for each consignment, an event for each stamp in the order of time, offsets as stated.

    Source: IEEE 1849-2023.
    """
    yield _HEAD
    for case in cases:
        if not case.stamps or case.is_cancelled:
            continue
        yield f"<trace>{_text('concept:name', case.id)}"
        for name in ("office", "lane", "mode", "regime", "aeo", "agency"):
            if text := getattr(case, name):
                yield _text(f"customs:{name}", text)
        yield "\n"
        for stamp in sorted(case.stamps, key=lambda one: (one.at, one.kind, one.source)):
            moment = f'<date key="time:timestamp" value={quoteattr(stamp.at.isoformat())}/>'
            parts = (
                _text("concept:name", stamp.kind),
                moment,
                _text("org:resource", stamp.source),
                _text("org:role", stamp.by),
            )
            yield f"<event>{''.join(parts)}</event>\n"
        yield "</trace>\n"
    yield "</log>\n"


def _text(key: str, value: str) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in value)
    return f'<string key="{key}" value={quoteattr(plain)}/>'
