# SPDX-License-Identifier: Apache-2.0
"""Messages of eFTI against the reference implementation's own cases, samples and schema; and what is hostile."""

from __future__ import annotations

import pytest
from lxml import etree

from cocket.errors import CocketError, UnreadableError
from cocket.exchange.efti_messages import (
    IDENTIFIERS,
    MESSAGES,
    FollowUp,
    Found,
    IdentifierQuery,
    IdentifierResponse,
    Payload,
    Uil,
    UilQuery,
    UilResponse,
    matches,
    read_identifiers,
    read_payload,
    write_identifiers,
    write_payload,
)
from tests.contracts.standard import mutants
from tests.corpora import efti_reference

_CASES = "{http://efti.eu/v1/identifier-query-test-cases}"
UIL = Uil(gate="XA", platform="BETANIA", dataset="12345678-ab12-4ab6-8999-123456789abc")
QUERY = IdentifierQuery(request="r-1", identifier="ABC-123", types=("means", "carried"), mode="3", is_dangerous=False)


def test_every_identifier_query_case_of_the_reference_is_answered_as_it_says() -> None:
    root = etree.parse(efti_reference() / "schema" / "xsd" / "testing" / "identifier-query-test-cases.xml").getroot()
    count = 0
    for group in root.iter(f"{_CASES}dataGroup"):
        datasets = {}
        for one in group.iter(f"{_CASES}dataset"):
            element = one.find(f"{_CASES}consignment")
            element.tag = f"{{{IDENTIFIERS}}}consignment"
            datasets[one.findtext(f"{_CASES}id")] = read_identifiers(etree.tostring(element))
        for case in group.iter(f"{_CASES}testCase"):
            element = case.find(f"{_CASES}query")
            element.tag = f"{{{MESSAGES}}}identifierQuery"
            query = read_payload(etree.tostring(element))
            assert isinstance(query, IdentifierQuery)
            found = {name for name, told in datasets.items() if matches(query, told)}
            assert found == {one.text for one in case.iter(f"{_CASES}result")}, query
            count += 1
    assert count == 64


def test_every_payload_of_the_reference_is_read_and_written_as_its_schema_has_it() -> None:
    folder = efti_reference() / "schema" / "xsd"
    schema = etree.XMLSchema(etree.parse(folder / "edelivery" / "gate.xsd"))
    kinds = set()
    for file in sorted((folder / "examples").glob("*.xml")):
        content = file.read_bytes()
        namespace = etree.QName(etree.fromstring(content)).namespace
        if namespace == IDENTIFIERS:
            told = read_identifiers(content)
            schema.assertValid(etree.fromstring(write_identifiers(told)))
            assert read_identifiers(write_identifiers(told)) == told
        elif namespace == MESSAGES:
            payload = read_payload(content)
            schema.assertValid(etree.fromstring(write_payload(payload)))
            again = read_payload(write_payload(payload))
            if not isinstance(payload, UilResponse):
                assert again == payload
            kinds.add(type(payload).__name__)
    assert kinds == {"FollowUp", "IdentifierQuery", "IdentifierResponse", "SaveIdentifiers", "UilQuery", "UilResponse"}


def test_what_we_write_fits_the_schema_of_the_reference() -> None:
    schema = etree.XMLSchema(etree.parse(efti_reference() / "schema" / "xsd" / "edelivery" / "gate.xsd"))
    for payload in PAYLOADS:
        schema.assertValid(etree.fromstring(write_payload(payload)))


PAYLOADS: tuple[Payload, ...] = (
    QUERY,
    UilQuery(request="r-2", uil=UIL, subsets=("EU01", "FI")),
    FollowUp(request="r-3", uil=UIL, query="r-2", message="Seal is missing"),
    UilResponse(status="404", request="r-2", description="There is no such dataset."),
    IdentifierResponse(status="200", request="r-1"),
)


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda one: type(one).__name__)
def test_a_payload_reads_as_it_was_written(payload: Payload) -> None:
    assert read_payload(write_payload(payload)) == payload


def test_an_unknown_mode_leaves_out_and_an_unstated_one_does_not_fit() -> None:
    told = read_identifiers(
        f'<consignment xmlns="{IDENTIFIERS}"><usedTransportEquipment><id>ABC-123</id></usedTransportEquipment></consignment>'.encode()
    )
    plain = IdentifierQuery(request="r", identifier="abc-123")
    assert matches(plain, told)
    assert not matches(IdentifierQuery(request="r", identifier="abc-123", mode="3"), told)
    assert not matches(IdentifierQuery(request="r", identifier="abc-123", types=("means",)), told)
    assert write_payload(IdentifierResponse(status="200", found=(Found(uil=UIL, identifiers=told),)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b">ABC-123<", b"><"),
        (b">ABC-123<", b">" + b"A" * 18 + b"<"),
        (b'"means carried"', b'"means colour"'),
        (b"identifierQuery", b"identifierQuestion"),
        (b">false<", b">no<"),
    ],
)
def test_a_query_that_is_none_is_refused_in_words(before: bytes, after: bytes) -> None:
    content = write_payload(QUERY)
    assert before in content
    with pytest.raises(UnreadableError):
        read_payload(content.replace(before, after))


def test_whatever_is_done_to_a_payload_raises_only_what_is_ours() -> None:
    samples = [write_payload(one) for one in PAYLOADS]
    refused = 0
    for mutant in mutants(samples, 2000, 71):
        try:
            write_payload(read_payload(mutant))
        except CocketError:
            refused += 1
    assert 0 < refused < 2000
