# SPDX-License-Identifier: Apache-2.0
"""The schemas that publishers give for messages, and where public messages are: what the gate of the writers judges by.

Schemas and messages are those of the folder of third-party samples; ours are beside. A message is judged in the edition
it states. `WITHOUT` says of every other writer why nothing can judge what it writes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree

from cocket import standards
from cocket.errors import CocketError
from cocket.model import Reading
from cocket.standards.dcsa.messages import message_of
from cocket.standards.xml import parse_xml
from tests.corpora import corpora_folder
from tests.standards.schematrons import broken_rules, package_path

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
Element = etree._Element

#: Folders of samples that hold no whole messages as somebody sent them: attacks, vectors, lists.
_PASSED = {
    "answers",
    "country-codes",
    "currency-codes",
    "hostile",
    "ledger-vectors",
    "risk",
    "tracking",
    "uncefact-codes",
}
_MESSAGES = {".xml", ".json", ".jsonld", ".edi", ".txt"}
#: Names of what stands among messages and is none.
_NO_MESSAGE = ("schema", "openapi", "context", "package", "_answer")


class Schema(msgspec.Struct, frozen=True):
    """What judges the messages of a standard.

    Attributes:
        publisher: Whose schema it is, and which, for people.
        judge: Message → whether it is valid; None if there is no schema for this one, or none at hand.
        schematron: Whose rules stand beside it (`schematrons.py`), for people; empty if nobody's.
    """

    publisher: str
    judge: Callable[[bytes], bool | None]
    schematron: str = ""


def _path(*parts: str) -> Path | None:
    folder = corpora_folder()
    path = folder and folder.joinpath(*parts)
    return path if path and path.exists() else None


# XML -----------------------------------------------------------------------------------------------------------------


@cache
def xml_schema(path: str) -> etree.XMLSchema | None:
    """A published schema by its path in the folder of third-party samples, or in full; None if it is not there."""
    found = _path(path)
    return etree.XMLSchema(etree.parse(found)) if found else None


def _xml(path_of: Callable[[Element], str | None], inner: str | None = None) -> Callable[[bytes], bool | None]:
    """Judge by the schema whose path is known from the root element; an inner element if that is what it is of."""

    def judge(data: bytes) -> bool | None:
        root = parse_xml(data)
        path = path_of(root)
        schema = xml_schema(path) if path else None
        if schema is None:
            return None
        if inner is not None:
            found = next((each for each in root.iter("*") if etree.QName(each).localname == inner), None)
            if found is None:
                return None
            root = etree.fromstring(etree.tostring(found))
        return bool(schema.validate(root))

    return judge


def _name(root: Element) -> str:
    return etree.QName(root).localname


_EPCIS = {
    "1": ("openepcis-validation/core/src/main/resources/xsd/1_2_0", "1_2"),
    "2": ("gs1-epcis/XSD", "2_0"),
}


def _epcis_xml(root: Element) -> str | None:
    space = etree.QName(root).namespace or ""
    if not space.startswith("urn:epcglobal:") or _name(root).endswith("Event"):
        return None  # a single event, of which the schemas have none
    folder, edition = _EPCIS[space[-1]]
    return f"{folder}/EPCglobal-{space.removeprefix('urn:epcglobal:').partition(':')[0]}-{edition}.xsd"


def _ncts(root: Element) -> str | None:
    """Edition 5.1 stands in a folder of its own."""
    edition = "v2_1" if root.get("PhaseID") == "NCTS5.1" else "v3_0"
    return f"hmrc-ncts-validator/conf/{edition}/xsd/{_name(root).lower()}.xsd"


def _ens(root: Element) -> str | None:
    names = (
        f"hmrc-ics-ens/conf/xsds/{_name(root)}-v11-2-New.xsd",
        f"hmrc-ics-ens/conf/xsds/{_name(root)}-v11-2.xsd",
        f"hmrc-ics-decision/conf/xsds/{_name(root)}-v10-0.xsd",
    )
    return next((name for name in names if _path(name)), None)


_CDS = "hmrc-cds-declarations/public/api/conf/3.0/schemas/wco"
_B2SW = "wco-b2sw-govcbr/jvm/src/test/resources/eu/cdevreeze/yaidom/integrationtest/edifact/schemas"
_EXPORTS = "hmrc-inventory-linking-exports/public/api/conf/2.0/schemas/exports"
_IMPORTS = "hmrc-inventory-linking-imports/public/api/conf/2.0/schemas/imports"

#: The schema of the notification of a status is no valid schema.
_IMPORT_FILES = {
    "inventoryLinkingImportsGoodsArrival": "ArriveGoods",
    "InventoryLinkingImportsValidateMovementRequest": "ValidateMovementRequest",
    "InventoryLinkingImportsValidateMovementResponse": "ValidateMovementResponse",
}


@cache
def _exports() -> etree.XMLSchema | None:
    folder = _path(_EXPORTS)
    if folder is None:
        return None
    includes = "".join(f'<include schemaLocation="inventoryLinking{p}External.xsd"/>' for p in ("Request", "Response"))
    driver = (
        '<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="http://gov.uk/customs/inventoryLinking/v1">'
        f"{includes}</schema>"
    )
    return etree.XMLSchema(etree.fromstring(driver, base_url=str(folder / "driver.xsd")))


def _inventory(data: bytes) -> bool | None:
    root = parse_xml(data)
    name = _name(root)
    if name in _IMPORT_FILES:
        schema = xml_schema(f"{_IMPORTS}/inventoryLinkingImport{_IMPORT_FILES[name]}.xsd")
    else:
        schema = _exports() if name.startswith("inventoryLinking") and "Imports" not in name else None
    return None if schema is None else bool(schema.validate(root))


#: Schemas of the Danish system by data set: those of exports cannot be loaded, since their paths do not resolve.
_DK = "skat-dms/Import XSDs"
_DK_FILES = {"4": "DMS_{}_AMENDMENT*.xsd", "1": "DMS_{}_INVALIDATION_V*.xsd"}


def danish_schema(root: Element) -> etree.XMLSchema | None:
    """The published schema of a Danish declaration by its data set and function; None if there is none at hand."""
    data_set, function = (root.findtext(f"{{*}}{name}") for name in ("ProcedureCategory", "FunctionCode"))
    folder = _path(_DK, f"{data_set}_XSDS")
    pattern = _DK_FILES.get(function or "", "DMS_{}_V*.xsd").format(data_set)
    found = sorted(folder.glob(pattern)) if folder else []
    return xml_schema(f"{_DK}/{data_set}_XSDS/{found[-1].name}") if found else None


def _wco_dm(data: bytes) -> bool | None:
    root = parse_xml(data)
    if root.find("{*}ProcedureCategory") is None:
        return _xml(lambda _: f"{_CDS}/declaration/WCO_DEC_2_DMS.xsd", "Declaration")(data)
    schema = danish_schema(root)
    return None if schema is None else bool(schema.validate(root))


_CII = "cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd"


def _ubl_invoice(root: Element) -> str | None:
    """An invoice that states no edition is one of 2.1, as those of EN 16931 are."""
    stated = root.findtext("{*}UBLVersionID") or "2.1"
    old = package_path(f"ubl-2.1/maindoc/UBL-{_name(root)}-2.1.xsd") if stated in ("2.0", "2.1") else None
    return str(old) if old else _ubl(root)


def _ubl(root: Element) -> str:
    """UBL 2.5 has all that 2.1 to 2.4 have, as every minor version has its elders'."""
    return f"ubl-xsd/xsd/maindoc/UBL-{_name(root)}-2.5.xsd"


def _cii(_: Element) -> str | None:
    found = package_path(_CII)
    return str(found) if found else None


# JSON ----------------------------------------------------------------------------------------------------------------


@cache
def _json_schema(path: str, part: str = "", *, is_openapi: bool = False) -> Any:
    """A JSON Schema, or a part of an OpenAPI definition as one; None if it is not there."""
    import jsonschema_rs
    import yaml  # type: ignore[import-untyped]

    found = _path(path)
    if found is None:
        return None
    if not is_openapi:
        return jsonschema_rs.validator_for(json.loads(found.read_bytes()), validate_formats=False)
    whole = yaml.load(found.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    schema = {"$ref": f"#/components/schemas/{part}", "components": _nullable(whole["components"])}
    return jsonschema_rs.Draft4Validator(schema, validate_formats=False)


def _nullable(value: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type more."""
    if isinstance(value, list):
        return [_nullable(each) for each in value]
    if not isinstance(value, dict):
        return str(value) if isinstance(value, date) else value  # YAML makes dates of examples
    found = {key: _nullable(each) for key, each in value.items()}
    if found.pop("nullable", False) is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    return found


def _epcis(data: bytes) -> bool | None:
    value = json.loads(data)
    if not isinstance(value, dict) or "type" not in value:
        return None  # a query or its answer, of which the schema has none
    schema = _json_schema("gs1-epcis/EPCIS-JSON-Schema.json")
    return None if schema is None else bool(schema.is_valid(value))


#: Where the OpenAPI definitions of DCSA's messages are, by the edition of our table.
_DCSA = {
    "tnt30": "tnt/src/main/resources/standards/tnt/schemas/TNT_v3.0.0.yaml",
    "tnt22": "tnt/src/main/resources/standards/tnt/schemas/TNT_v2.2.0-resolved.yaml",
    "iss30": "ebl-issuance/src/main/resources/standards/eblissuance/schemas/EBL_ISS_v3.0.0.yaml",
    "sur30": "ebl-surrender/src/main/resources/standards/eblsurrender/schemas/EBL_SUR_v3.0.0.yaml",
    "ebl30": "ebl/src/main/resources/standards/ebl/schemas/EBL_v3.0.0.yaml",
    "bkg20": "booking/src/main/resources/standards/booking/schemas/BKG_v2.0.0.yaml",
    "an10": "arrival-notice/src/main/resources/standards/an/schemas/an-v1.0.0-openapi.yaml",
    "vgm10": "vgm/src/main/resources/standards/vgm/schemas/VGM_v1.0.0.yaml",
    "pc20": "port-call/src/main/resources/standards/portcall/schemas/port-call-v2.0.0-openapi.yaml",
    "cs10": "commercial-schedules/src/main/resources/standards/commercialschedules/schemas/CS_v1.0.0.yaml",
    "ovs30": "ovs/src/main/resources/standards/ovs/schemas/OVS_v3.0.0.yaml",
    "jit20": "jit/src/main/resources/standards/jit/schemas/JIT_v2.0.0.yaml",
}


def _dcsa(data: bytes) -> bool | None:
    value = json.loads(data)
    message = message_of(value)
    if message is None:
        return None
    verdicts = []
    for member in value if message.is_list else [value]:
        schemas = []
        for name in message.shape:
            edition, _, part = name.partition(".")
            path = f"dcsa-conformance/{_DCSA[edition]}" if edition in _DCSA else "-"
            schemas.append(_json_schema(path, part, is_openapi=True))
        if None in schemas:
            return None
        verdicts.append(any(schema.is_valid(member) for schema in schemas))
    return all(verdicts)


SCHEMAS: dict[str, Schema] = {
    "wco-res": Schema("HMRC, WCO_RES_2_DMS.xsd", _xml(lambda _: f"{_CDS}/notification/WCO_RES_2_DMS.xsd", "Response")),
    "wco-dm": Schema("HMRC, WCO_DEC_2_DMS.xsd; Skatteforvaltningen, DMS_H1 to H7, I1, B1 to B4", _wco_dm),
    "wco-b2sw": Schema(
        "WCO, B2SW MAI 01A", _xml(lambda _: f"{_B2SW}/B2SW_MetaData_01A_urn_wco_datamodel_WCO_MAI_01A.xsd")
    ),
    "inventory-linking": Schema("HMRC, exports API 2.0 and imports API 2.0", _inventory),
    "ens": Schema("HMRC, ICS CC315A and CC313A 11.2", _xml(_ens)),
    "ens-response": Schema("HMRC, ICS 10.0", _xml(_ens)),
    "ncts": Schema("DG TAXUD by HMRC, 60.4.16 and 51.8.6", _xml(_ncts)),
    "epcis": Schema("GS1, EPCIS-JSON-Schema 2.0", _epcis),
    "epcis-xml": Schema("GS1, EPCglobal 2.0 and 1.2", _xml(_epcis_xml)),
    "dcsa": Schema("DCSA, OpenAPI definitions of each message", _dcsa),
    "ubl-invoice": Schema("OASIS, UBL 2.1; 2.5 of later ones", _xml(_ubl_invoice), "CEN, EN 16931 for UBL"),
    "ubl-packing": Schema("OASIS, UBL 2.5", _xml(_ubl)),
    "cii": Schema("UN/CEFACT, D22B", _xml(_cii), "FNFE, Factur-X 1.09: EN 16931, extended and other profiles"),
}

_FORM = "a form of our own, of which there is no published schema"
_TABLES = "EDIFACT has no schema language; what is written is judged by the tables of the directory it states"
_IATA = "IATA sells its schemas; what is written is judged by a table of its published mapping"
_TEXT = "a message of lines, of which IATA publishes no schema"
_ASYCUDA = "no schema of it is public; files that are written are compared byte by byte with those read"
#: Why there is nothing to judge what other writers write.
WITHOUT: dict[str, str] = {
    **dict.fromkeys(("asycuda-sad", "asycuda-awmds", "asycuda-c71", "asycuda-licence", "asycuda-release"), _ASYCUDA),
    **{each.name: _TABLES for each in standards.STANDARDS if each.name.startswith("edifact-")},
    **{each.name: _IATA for each in standards.STANDARDS if each.name.startswith("cargo-xml-")},
    **{each.name: _TEXT for each in standards.STANDARDS if each.name.startswith("cargo-imp-")},
    **{each.name: _FORM for each in standards.STANDARDS if each.name.startswith("fal-")},
    **dict.fromkeys(("postal-item", "postal-list", "low-value", "express-manifest"), _FORM),
    "uncefact": "of the published schemas D23B one refers to definitions it lacks, and the others allow a single commodity code",
    "one-record": "IATA publishes an ontology, which states no order, number or form",
}


# Samples and what becomes of them -------------------------------------------------------------------------------------


class Fate(msgspec.Struct, frozen=True):
    """What became of one message.

    Attributes:
        collection: The folder it is from; `ours` for our own samples.
        path: The file.
        standard: What it was read as.
        outcome: `accepted` or `refused`.
        is_same: Whether it reads the same once written; None if it is not written.
        was_valid: What the publisher's schema says of it as it came; None if there is none.
        is_valid: What it says of it as written; None if there is none, or it is not written.
        breaks: Rules of the publisher's Schematron that it broke as it came; None if none is for it.
        breaks_written: Those that it breaks as written; None if none is for it, or it is not written.
        codes: The errors it was refused for (0..n).
    """

    collection: str
    path: Path
    standard: str
    outcome: str
    is_same: bool | None
    was_valid: bool | None
    is_valid: bool | None
    breaks: tuple[str, ...] | None
    breaks_written: tuple[str, ...] | None
    codes: tuple[str, ...]


def samples() -> Iterator[tuple[str, Path]]:
    """Files that may be messages, with the collection each is of: ours, then those of others (0..n)."""
    for collection in collections():
        yield from ((collection, path) for path in files_of(collection))


def collections() -> list[str]:
    """The collections at hand, ours first (1..n)."""
    folder = corpora_folder()
    return (
        ["ours", *sorted(each.name for each in folder.iterdir() if each.is_dir() and each.name not in _PASSED)]
        if folder
        else ["ours"]
    )


def files_of(collection: str) -> Iterator[Path]:
    """Files of a collection that may be messages (0..n)."""
    folder = SAMPLES if collection == "ours" else _path(collection)
    for path in sorted(folder.rglob("*")) if folder else ():
        name = path.name.lower()
        is_message = path.suffix.lower() in _MESSAGES and not any(word in name for word in _NO_MESSAGE)
        if path.is_file() and (collection == "ours" or is_message):
            yield path


def verdict(standard: str, data: bytes) -> bool | None:
    """What the publisher's schema says of a message; None where it has none for it, or it is not at hand."""
    schema = SCHEMAS.get(standard)
    return schema.judge(data) if schema else None


def fate_of(collection: str, path: Path) -> Fate | None:
    """Read a file, write it and read that; None if it is no message of any standard."""
    data = path.read_bytes()
    reading = standards.read(data)
    standard = reading.standard
    if standard is None:
        return None
    is_same = is_valid = breaks = breaks_written = None
    has_rules = standard in SCHEMAS and SCHEMAS[standard].schematron
    written = _written(reading, standard)
    if written is not None:
        again = standards.read(written)
        is_same = again.document == reading.document and (reading.outcome == "refused" or again.outcome == "accepted")
        is_valid = verdict(standard, written)
        breaks_written = broken_rules(written) if has_rules else None
    breaks = broken_rules(data) if has_rules else None
    errors = dict.fromkeys(finding.code for finding in reading.findings if finding.severity == "error")
    was = verdict(standard, data)
    return Fate(
        collection, path, standard, reading.outcome, is_same, was, is_valid, breaks, breaks_written, tuple(errors)
    )


def _written(reading: Reading, standard: str) -> bytes | None:
    if reading.document is None:
        return None
    try:
        return standards.write(reading.document, standard)
    except CocketError:
        return None


def fates() -> Iterator[Fate]:
    """What became of every message that is at hand (0..n)."""
    for collection, path in samples():
        fate = fate_of(collection, path)
        if fate is not None:
            yield fate


def counted(found: Iterator[Fate] | list[Fate]) -> dict[tuple[str, str], Counter[str]]:
    """Fates by standard and collection: `files`, `accepted`, `refused`, `written`, `same`, `judged`, `valid`, `ruled`, `sound`."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for fate in found:
        count = counts.setdefault((fate.standard, fate.collection), Counter())
        count["files"] += 1
        count[fate.outcome] += 1
        count["written"] += fate.is_same is not None
        count["same"] += fate.is_same is True
        count["judged"] += fate.is_valid is not None
        count["valid"] += fate.is_valid is True
        count["ruled"] += fate.breaks_written is not None
        count["sound"] += fate.breaks_written == ()
    return counts
