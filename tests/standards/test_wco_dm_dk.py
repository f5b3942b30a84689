# SPDX-License-Identifier: Apache-2.0
"""Declarations of the Danish system: told apart by their looks, judged by their own table, written as they came."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from lxml import etree

from cocket import standards
from cocket.errors import SenderError
from cocket.model import Amount, Declaration, Reading, Reference
from cocket.standards import Options
from cocket.standards.wco_dm.dk import data_sets, shape_for
from cocket.standards.wco_dm.dk.tables import messages
from tests.corpora import corpora
from tests.standards.published import danish_schema
from tests.standards.shape_samples import MUTANTS, SEED, damaged
from tests.standards.wco_samples import own


def changed(old: str, new: str, name: str = "dk-import-h1") -> Reading:
    """One of our samples with something else in it."""
    data = own(name)
    assert old.encode() in data
    return standards.read(data.replace(old.encode(), new.encode(), 1))


def document_of(reading: Reading) -> Declaration:
    assert isinstance(reading.document, Declaration)
    return reading.document


def test_a_declaration_is_read_by_a_profile_of_its_own_into_the_same_nouns() -> None:
    reading = standards.read(own("dk-import-h1"))
    assert (reading.standard, reading.profile, reading.outcome, reading.findings) == (
        "wco-dm",
        "dk-dms",
        "accepted",
        (),
    )
    document = document_of(reading)
    assert (document.flow, document.type_code, document.functional_reference) == ("import", "IMA", "XA-DMS-2026-000310")
    assert document.valuation.invoice == Amount(Decimal("18400.50"), "EUR")
    assert document.gross_mass_kg_declared == Decimal(1840)
    shipment = document.shipment
    assert (shipment.export_country_code, shipment.destination_country_code) == ("CA", "DK")
    assert shipment.border_transport is not None
    assert (shipment.border_transport.mode_code, shipment.border_transport.nationality_code) == ("1", "DK")
    (item,) = shipment.items
    assert [(paper.type_code, paper.id) for paper in item.documents] == [("N380", "TS-2026-0417")]
    assert item.procedure is not None
    assert (item.procedure.current, item.procedure.previous, item.procedure.national) == ("40", "00", ("000",))
    assert item.commodity.net_mass_kg == Decimal("1610.5")
    assert {
        Reference("LRN", "XA-DMS-2026-000310"),
        Reference("BL", "KSTL0260310"),
        Reference("INVOICE", "TS-2026-0417"),
        Reference("EQUIPMENT", "CSQU3054383"),
    } <= set(document.references)


def test_functions_are_those_of_the_danish_system() -> None:
    cancelled = standards.read(own("dk-cancellation-h1"))
    assert (cancelled.outcome, cancelled.function) == ("accepted", "cancellation")
    assert changed("<FunctionCode>9<", "<FunctionCode>4<").function == "amendment"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<TypeCode>IMA<", "<TypeCode>IMPORT<", "wco-value-length"),
        ("  <Declarant>\n    <ID>XA000000000310</ID>\n  </Declarant>\n", "", "wco-element"),
        ("<ModeCode>1<", "<Mode>1</Mode><ModeCode>1<", "wco-element-unexpected"),
        ("<ProcedureCategory>H1<", "<ProcedureCategory>C1<", "dk-data-set"),
        ("<ProcedureCategory>H1<", "<ProcedureCategory><", "dk-data-set"),
    ],
)
def test_what_the_danish_table_has_not_is_refused_and_kept(old: str, new: str, code: str) -> None:
    reading = changed(old, new)
    assert reading.outcome == "refused"
    assert any(each.code.startswith(code) for each in reading.findings)
    assert document_of(reading).functional_reference == "XA-DMS-2026-000310"


def test_the_profile_can_be_asked_for_and_any_other_too() -> None:
    assert standards.read(own("dk-import-h1"), Options(profile="dk-dms")).outcome == "accepted"
    assert standards.read(own("dk-import-h1"), Options(profile="wco-dm")).outcome == "refused"
    not_danish = standards.read(own("bare"), Options(profile="dk-dms"))
    assert [each.code for each in not_danish.findings] == ["dk-data-set"]
    assert standards.read(own("bare")).profile == "wco-dm"


@pytest.mark.parametrize("name", ["dk-import-h1", "dk-cancellation-h1"])
def test_a_declaration_is_written_without_envelope_as_it_came(name: str) -> None:
    data = own(name)
    reading = standards.read(data)
    written = standards.write(document_of(reading), "wco-dm")
    assert standards.read(written) == reading
    assert leaves(written) == leaves(data)


def leaves(data: bytes) -> Counter[tuple[str, str]]:
    """The values of a message with the names of their elements."""
    root = etree.fromstring(data)
    return Counter((etree.QName(each).localname, each.text or "") for each in root.iter("*") if not len(each))


def test_a_declaration_is_converted_to_its_own_standard_whole_and_to_another_with_an_account() -> None:
    same = standards.convert(own("dk-import-h1"), "wco-dm")
    assert (same.outcome, same.lost) == ("accepted", ())
    assert standards.read(same.message or b"").profile == "dk-dms"
    other = standards.convert(own("dk-import-h1"), "asycuda-sad")
    assert other.values == other.recovered + len(other.lost)
    assert other.recovered > 30


def test_a_data_set_that_is_not_supported_is_not_written() -> None:
    document = document_of(changed("<ProcedureCategory>H1<", "<ProcedureCategory>C1<"))
    with pytest.raises(SenderError, match="C1"):
        standards.write(document, "wco-dm")


def test_every_data_set_has_its_messages() -> None:
    assert data_sets() == (*(f"H{number}" for number in range(1, 8)), "I1", *(f"B{number}" for number in range(1, 5)))
    assert len(messages()) == 3 * len(data_sets())
    assert all(shape_for(each, function) for each in data_sets() for function in ("9", "4", "1"))


def test_the_verdict_on_public_and_damaged_declarations_is_the_published_one() -> None:
    folder = corpora("skat-dms", "Import XSDs")
    counts: Counter[bool] = Counter()
    good = [etree.fromstring(own("dk-import-h1"))]
    for path in sorted(folder.rglob("*.xml")):
        data = path.read_bytes()
        schema = danish_schema(etree.fromstring(data))
        if schema is None:
            continue
        verdict = bool(schema.validate(etree.fromstring(data)))
        assert (standards.read(data).outcome == "accepted") is verdict, path.name
        counts[verdict] += 1
        if verdict and b">9</" in data and b"ProcedureCategory>H1<" in data:
            good.append(etree.fromstring(data))
    assert min(counts[True], counts[False]) >= 5
    published, shape = danish_schema(good[0]), shape_for("H1", "9")
    assert published is not None
    assert shape is not None
    sound = 0
    for element in damaged(good, shape.outline, SEED, MUTANTS):
        verdict = bool(published.validate(element))
        assert shape.accepts(element) == verdict, etree.tostring(element)
        sound += verdict
    assert 0 < sound < MUTANTS
