# SPDX-License-Identifier: Apache-2.0
"""What is written is valid by the schema of the publisher, in the edition in which it was read, and reads the same.

Every sample of ours and every public one of a standard whose schema is at hand is read and written. What the schema
accepts as it comes, and what our reader accepts of our own samples, it has to accept as written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from cocket import standards
from cocket.errors import CocketError
from cocket.standards.xml import parse_xml
from tests.corpora import corpora, corpora_folder
from tests.standards.test_inventory_linking import published_schema as inventory_schema
from tests.standards.test_wco_res_schema import published_schema as response_schema
from tests.standards.wco_samples import published_schema as declaration_schema

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
Element = etree._Element

_EPCIS = {
    "1": ("openepcis-validation/core/src/main/resources/xsd/1_2_0", "1_2"),
    "2": ("gs1-epcis/XSD", "2_0"),
}
_ENS = "hmrc-ics-ens/conf/xsds"


@cache
def schema_at(*path: str) -> etree.XMLSchema | None:
    """A published schema; None if there is none of that name."""
    file = corpora(path[0]).joinpath(*path[1:])
    return etree.XMLSchema(etree.parse(file)) if file.exists() else None


def _epcis(root: Element) -> tuple[etree.XMLSchema | None, Element]:
    space = etree.QName(root).namespace or ""
    if not space.startswith("urn:epcglobal:"):
        return None, root  # a single event, of which the schemas have none
    folder, edition = _EPCIS[space[-1]]
    part = space.removeprefix("urn:epcglobal:").partition(":")[0]
    return schema_at(folder, f"EPCglobal-{part}-{edition}.xsd"), root


def _ncts(root: Element) -> tuple[etree.XMLSchema | None, Element]:
    if root.get("PhaseID") == "NCTS5.1":
        return None, root  # no public schema of that edition is at hand
    name = etree.QName(root).localname.lower()
    return schema_at("hmrc-ncts-validator/conf/v3_0/xsd", f"{name}.xsd"), root


def _ens(root: Element) -> tuple[etree.XMLSchema | None, Element]:
    name = etree.QName(root).localname
    new = schema_at(_ENS, f"{name}-v11-2-New.xsd")
    return (
        new or schema_at(_ENS, f"{name}-v11-2.xsd") or schema_at("hmrc-ics-decision/conf/xsds", f"{name}-v10-0.xsd")
    ), root


def _within(
    name: str, schema: Callable[[], etree.XMLSchema]
) -> Callable[[Element], tuple[etree.XMLSchema | None, Element]]:
    def found(root: Element) -> tuple[etree.XMLSchema | None, Element]:
        inner = next((each for each in root.iter("*") if etree.QName(each).localname == name), None)
        return (None, root) if inner is None else (schema(), etree.fromstring(etree.tostring(inner)))

    return found


def _inventory(root: Element) -> tuple[etree.XMLSchema | None, Element]:
    name = etree.QName(root).localname
    if not name.startswith("inventoryLinking") or "Imports" in name:
        return None, root
    return inventory_schema(name), root


SCHEMAS: dict[str, Callable[[Element], tuple[etree.XMLSchema | None, Element]]] = {
    "epcis-xml": _epcis,
    "ncts": _ncts,
    "ens": _ens,
    "ens-response": _ens,
    "wco-dm": _within("Declaration", declaration_schema),
    "wco-res": _within("Response", response_schema),
    "inventory-linking": _inventory,
}
#: Where public samples of them are.
FOLDERS = (
    "gs1-epcis/XML",
    "openepcis-test-resources",
    "epcis-event-hash",
    "hmrc-ncts-validator",
    "hmrc-ics-ens",
    "hmrc-ics-decision",
    "hmrc-cds-declarations",
    "hmrc-cds-declare-exports",
    "hmrc-inventory-linking-exports",
    "hmrc-inventory-linking-imports",
)


def messages() -> Iterator[tuple[Path, bytes]]:
    """Messages of ours and of others (0..n)."""
    folder = corpora_folder()
    places = [*(SAMPLES / name for name in SCHEMAS), *(folder / each for each in FOLDERS if folder is not None)]
    for place in places:
        for path in sorted(place.rglob("*.xml")):
            yield path, path.read_bytes()


def is_valid(standard: str, data: bytes) -> bool | None:
    """Whether the published schema accepts a message; None where there is none for it."""
    schema, root = SCHEMAS[standard](parse_xml(data))
    return None if schema is None else bool(schema.validate(root))


def test_what_is_written_is_valid_by_the_published_schema_and_reads_the_same() -> None:
    corpora("gs1-epcis")
    counts: Counter[tuple[str, str]] = Counter()
    wrong = []
    for path, data in messages():
        try:
            reading = standards.read(data)
        except CocketError:
            continue
        name = reading.standard or ""
        if name not in SCHEMAS or reading.document is None:
            continue
        counts[name, reading.outcome] += 1
        was = is_valid(name, data)
        try:
            written = standards.write(reading.document, name)
        except CocketError:
            if reading.outcome == "accepted":
                wrong.append((path.name, "is not written"))
            continue
        again = standards.read(written)
        if reading.outcome == "accepted" and (again.document != reading.document or again.outcome == "refused"):
            wrong.append((path.name, "reads otherwise"))
        now, is_ours = is_valid(name, written), SAMPLES in path.parents
        if now is False and (was or (is_ours and reading.outcome == "accepted")):
            wrong.append((path.name, "is not valid as written"))
        counts[name, {None: "no schema", True: "valid", False: "not valid"}[now]] += 1
    print(*(f"{name:18} {what:10} {count}" for (name, what), count in sorted(counts.items())), sep="\n")
    assert not wrong
    assert all(counts[name, "valid"] for name in SCHEMAS), counts


@pytest.mark.parametrize(
    ("standard", "sample", "old", "new"),
    [
        ("epcis-xml", "container-journey", b"<action>", b"<deed>"),
        ("ncts", "declaration", b"<LRN>", b"<NRL>"),
        ("wco-dm", "import", b"<TypeCode>", b"<CodeType>"),
    ],
)
def test_a_message_that_is_not_valid_is_found(standard: str, sample: str, old: bytes, new: bytes) -> None:
    data = (SAMPLES / standard / f"{sample}.xml").read_bytes()
    bad = data.replace(old, new).replace(old.replace(b"<", b"</"), new.replace(b"<", b"</"))
    assert (is_valid(standard, data), is_valid(standard, bad)) == (True, False)
