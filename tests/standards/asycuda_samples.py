# SPDX-License-Identifier: Apache-2.0
"""Our ASYCUDA samples, and ways to change them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from cocket.model import Reading
from cocket.standards import Options, Source, Standard
from cocket.standards.asycuda import C71, LICENCE, MANIFEST, RELEASE, SAD
from cocket.standards.xml import parse_xml

SAMPLES = Path(__file__).resolve().parents[1] / "samples"

#: Takes an element out, with all in it.
GONE = object()

_POSITION = re.compile(r"\[\d+\]")


def sample(name: str) -> bytes:
    """A sample by its name without folder and ending."""
    return next(SAMPLES.glob(f"asycuda-*/{name}.xml")).read_bytes()


#: Every standard of the host system.
EACH = (SAD, MANIFEST, C71, LICENCE, RELEASE)


def samples() -> list[Path]:
    """All our samples of its standards."""
    return sorted(SAMPLES.glob("asycuda-*/*.xml"))


def standard_of(data: bytes) -> Standard:
    """Which of its standards a file is."""
    source = Source(data, parse_xml(data))
    return next(standard for standard in EACH if standard.recognises(source))


def read(data: bytes, profile: str | None = None) -> Reading:
    """Read a file of any of them."""
    return standard_of(data).read(Source(data, parse_xml(data)), Options(profile=profile))


def write(reading: Reading) -> bytes:
    """Write what was read."""
    standard = next(each for each in EACH if each.name == reading.standard)
    assert standard.write is not None
    assert reading.document is not None
    return standard.write(reading.document)


def changed(data: bytes, changes: Mapping[str, Any]) -> bytes:
    """A file with other texts at some paths below the root; `GONE` takes the element out."""
    root: Any = parse_xml(data)
    for path, text in changes.items():
        found = root.xpath(path)
        assert found, f"the sample has no {path}"
        for element in found:
            if text is GONE:
                element.getparent().remove(element)
            else:
                del element[:]
                element.text = text
    return etree.tostring(root, encoding="UTF-8")


def added(data: bytes, under: str, *fragments: str) -> bytes:
    """A file with further elements, last in the first element at a path."""
    root: Any = parse_xml(data)
    for fragment in fragments:
        root.xpath(under)[0].append(etree.fromstring(fragment))
    return etree.tostring(root, encoding="UTF-8")


def told(data: bytes) -> Counter[tuple[str, str]]:
    """How often each text stands at each path."""
    root: Any = parse_xml(data)
    place = root.getroottree().getpath
    found: Counter[tuple[str, str]] = Counter()
    for element in root.iter("*"):
        if element.text and element.text.strip():
            found[_POSITION.sub("", place(element)), element.text] += 1
    return found
