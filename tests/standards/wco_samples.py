# SPDX-License-Identifier: Apache-2.0
"""WCO declarations to test with: ours, one that has every element there is, and those of third parties."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from lxml import etree

from cocket.model import Reading
from cocket.standards import Options, Source
from cocket.standards.wco_dm import WCO_DM
from cocket.standards.wco_dm.fields import CLASSES, DATE_NAMESPACE, DECLARATION, DECLARATION_NAMESPACE, Class, Field
from cocket.standards.xml import parse_xml
from tests.corpora import corpora, corpora_folder

OWN = Path(__file__).resolve().parents[1] / "samples" / "wco-dm"
NAMES = ("import", "export-in-request", "bare", "amendment", "cancellation", "gb-import", "gb-export")

PUBLISHED_SCHEMA = "hmrc-cds-declarations/public/api/conf/3.0/schemas/wco/declaration/WCO_DEC_2_DMS.xsd"
ANSWERS = "answers/cds-xsd-result.jsonl"


def own(name: str) -> bytes:
    """One of our samples."""
    return (OWN / f"{name}.xml").read_bytes()


def read(data: bytes, options: Options | None = None) -> Reading:
    """Read bytes as this standard, whatever else the house knows."""
    source = Source(data, parse_xml(data))
    assert WCO_DM.recognises(source)
    return WCO_DM.read(source, options or Options())


def declaration_in(data: bytes) -> etree._Element:
    """The Declaration element of a message."""
    return next(parse_xml(data).iter(f"{{{DECLARATION_NAMESPACE}}}Declaration"))


@lru_cache(maxsize=1)
def published_schema() -> etree.XMLSchema:
    """The published schema; skips the calling test where it is absent."""
    return etree.XMLSchema(etree.parse(corpora(PUBLISHED_SCHEMA)))


def answers() -> list[tuple[Path, bool]]:
    """Third-party declarations and what the published schema says of each; empty where they are absent."""
    folder = corpora_folder()
    if folder is None or not (folder / ANSWERS).exists():
        return []
    rows = map(json.loads, (folder / ANSWERS).read_text("utf-8").splitlines())
    kinds = ("declaration", "wrapped_declaration")
    return [(folder / row["file"], row["xsd_valid_after_ns_repair"]) for row in rows if row["kind"] in kinds]


def accepted_samples() -> list[bytes]:
    """Ours, the full one, and those of third parties that the published schema accepts."""
    return [*map(own, NAMES), full_declaration(), *(path.read_bytes() for path, is_good in answers() if is_good)]


@lru_cache(maxsize=1)
def full_declaration() -> bytes:
    """A declaration in which every element of every class occurs, repeated where it may be."""
    root = etree.Element(f"{{{DECLARATION_NAMESPACE}}}Declaration", nsmap={None: DECLARATION_NAMESPACE})
    _fill(root, DECLARATION)
    return etree.tostring(root)


def _fill(element: etree._Element, kind: Class) -> None:
    for field in kind.fields.values():
        for place in range(1 if field.most == 1 else 2):
            child = etree.SubElement(element, f"{{{DECLARATION_NAMESPACE}}}{field.name}")
            if field.block:
                _fill(child, CLASSES[field.block])
            elif field.term == "DateTime":
                date = etree.SubElement(child, f"{{{DATE_NAMESPACE}}}DateTimeString", formatCode="304")
                date.text = "20260102030405+01"
            else:
                child.text = _value(field, place)


def _value(field: Field, place: int) -> str:
    if field.codes:
        return field.codes[-1]
    if field.term in ("Amount", "Measure", "Numeric", "Quantity"):
        return str(place + 1)
    assert field.format is not None
    letters = "A" if field.format.startswith("a") else "1"
    is_fixed = field.format.lstrip("an").isdigit()
    return letters * int(field.format.lstrip("an")) if is_fixed else f"{place + 1}"
