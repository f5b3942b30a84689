# SPDX-License-Identifier: Apache-2.0
"""Responses read and written: what each field of the model holds, and that nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket import standards
from cocket.errors import SenderError
from cocket.model import (
    Amount,
    Declaration,
    Extension,
    Party,
    Response,
    ResponseAmendment,
    ResponseError,
    ResponsePayment,
    ResponsePointer,
    ResponseStatus,
)
from cocket.standards.wco_dm.response import WCO_RES
from tests.standards.shape_samples import own, read


def test_an_acceptance_names_the_declaration_and_when() -> None:
    reading = read(WCO_RES, own(WCO_RES, "accepted"))
    document = reading.document
    assert isinstance(document, Response)
    assert (reading.standard, reading.version, reading.reference) == ("wco-res", "3.6", "XA-NOTICE-0001")
    assert (document.function_code, document.declaration_reference) == ("01", "XA-IMPORT-0001")
    assert (document.declaration_id, document.declaration_version) == ("26XA00000000000001", 1)
    zone = timezone(timedelta(hours=2))
    assert document.issued == datetime(2026, 3, 5, 9, 45, tzinfo=zone)
    assert document.declaration_accepted == datetime(2026, 3, 5, 9, 44, 59, tzinfo=zone)
    assert [(each.kind, each.value) for each in document.references] == [
        ("LRN", "XA-IMPORT-0001"),
        ("MRN", "26XA00000000000001"),
    ]
    assert document.extensions == (Extension("/MetaData[1]/ResponsibleCountryCode[1]", "XA"),)


def test_a_rejection_says_what_is_wrong_and_where() -> None:
    document = read(WCO_RES, own(WCO_RES, "rejected")).document
    assert isinstance(document, Response)
    first, second = document.errors
    assert (first.code, first.description) == ("XA10001", "The net mass is missing.")
    assert first.pointers[2] == ResponsePointer(section="68A", sequence=2)
    assert first.pointers[4] == ResponsePointer(section="65A", tag="128")
    assert second == ResponseError(code="XA10020")
    assert document.declaration_rejected == datetime(2026, 3, 5, 9, 45, tzinfo=UTC)
    assert document.office.code == "XA000101"
    assert document.information[0].text == "Lodge again within a day."


def test_a_debt_is_told_of_the_declaration_and_of_its_items() -> None:
    document = read(WCO_RES, own(WCO_RES, "debt")).document
    assert isinstance(document, Response)
    assert document.payments == (
        ResponsePayment(
            reference="PAY-0001",
            assessed=Amount(Decimal("2354.10"), "EUR"),
            amount=Amount(Decimal("2300.00"), "EUR"),
            due=datetime(2026, 3, 15),
            guarantees=("XA-GRT-77", "XA-GRT-78"),
        ),
    )
    assert [(item.sequence, len(item.duties)) for item in document.items] == [(1, 2), (2, 0)]
    value, quantity = document.items[0].duties
    assert (value.type_code, value.base, value.is_specific) == ("A00", Decimal("10000.00"), False)
    assert (quantity.type_code, quantity.base, quantity.is_specific) == ("X10", Decimal("120.5"), True)
    assert document.statuses[0].released == datetime(2026, 3, 6)


def test_several_responses_in_one_envelope_are_read_together() -> None:
    document = read(WCO_RES, own(WCO_RES, "debt")).document
    assert isinstance(document, Response)
    assert [each.function_code for each in (document, *document.further)] == ["13", "09"]


def test_a_correction_is_a_declaration() -> None:
    document = read(WCO_RES, own(WCO_RES, "corrected")).document
    assert isinstance(document, Response)
    assert document.amendments[0].code == "16"
    assert document.amendments[0].pointers[-1] == ResponsePointer(section="64A", tag="L016")
    assert isinstance(document.correction, Declaration)
    assert document.correction.shipment.location is not None
    assert document.correction.shipment.location.name == "XAPRTSHED7"


def test_a_response_is_told_from_a_declaration_in_the_same_envelope() -> None:
    envelope = '<MetaData xmlns="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"><WCOTypeName>{}</WCOTypeName></MetaData>'
    of_a_response = standards.read(envelope.format("RES").encode())
    assert (of_a_response.standard, of_a_response.findings[0].code) == ("wco-res", "res-response-missing")
    assert standards.read(envelope.format("DEC").encode()).standard == "wco-dm"


def test_a_function_that_is_not_known_is_told_and_accepted() -> None:
    data = own(WCO_RES, "accepted").replace(b"<FunctionCode>01<", b"<FunctionCode>77<")
    reading = read(WCO_RES, data)
    assert reading.outcome == "accepted"
    assert [(each.code, each.severity, each.found) for each in reading.findings] == [
        ("res-function-unknown", "warning", "77")
    ]


def test_what_the_message_has_no_room_for_is_not_lost_in_silence() -> None:
    document = Response(
        function_code="01", declaration_id="X", declarant=Party(id="XA1"), errors=(ResponseError(location="/A[1]"),)
    )
    with pytest.raises(SenderError) as caught:
        WCO_RES.write(document)
    assert [each.arguments["name"] for each in caught.value.findings] == ["declarant", "errors.location"]


def test_a_response_that_does_not_fit_is_not_written() -> None:
    with pytest.raises(SenderError) as caught:
        WCO_RES.write(Response(function_code="accepted", declaration_id="X"))
    assert [each.code for each in caught.value.findings] == ["res-value-length"]
    with pytest.raises(SenderError, match="does not allow"):
        WCO_RES.write(Response(function_code="01", declaration_id="a\0b"))
    with pytest.raises(SenderError):
        WCO_RES.write(Declaration())


_WORD = st.text("ABCxyz0189-. é船", min_size=1, max_size=8).map(str.strip).filter(bool)
_MOMENT = st.datetimes(
    datetime(2000, 1, 1),
    datetime(2099, 12, 31),
    timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
).map(lambda moment: moment.replace(microsecond=0))
_POINTERS = st.lists(
    st.builds(
        ResponsePointer,
        section=st.sampled_from(["42A", "67A", "68A"]),
        sequence=st.none() | st.integers(1, 99999),
        tag=st.none() | st.sampled_from(["128", "D026"]),
    ),
    max_size=4,
).map(tuple)
_AMOUNT = st.builds(Amount, st.decimals(0, 10**9, places=2), st.none() | st.sampled_from(["EUR", "XAF"]))
_RESPONSE = st.builds(
    Response,
    function_code=st.sampled_from(["01", "03", "07", "13"]),
    functional_reference=st.none() | _WORD,
    issued=st.none() | _MOMENT,
    declaration_id=_WORD,
    declaration_version=st.none() | st.integers(0, 999),
    declaration_rejected=st.none() | _MOMENT,
    errors=st.lists(st.builds(ResponseError, code=_WORD, description=st.none() | _WORD, pointers=_POINTERS)).map(tuple),
    amendments=st.lists(st.builds(ResponseAmendment, code=st.just("16"), pointers=_POINTERS)).map(tuple),
    statuses=st.lists(st.builds(ResponseStatus, code=st.just("39"), effective=st.none() | _MOMENT)).map(tuple),
    payments=st.lists(
        st.builds(ResponsePayment, reference=_WORD, assessed=st.none() | _AMOUNT, guarantees=st.lists(_WORD).map(tuple))
    ).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(_RESPONSE, st.lists(_RESPONSE, max_size=2))
def test_what_is_written_reads_the_same(first: Response, others: list[Response]) -> None:
    document = msgspec.structs.replace(first, further=tuple(others))
    again = read(WCO_RES, WCO_RES.write(document))
    assert again.outcome == "accepted"
    assert isinstance(again.document, Response)
    plain = [
        msgspec.structs.replace(each, references=(), further=()) for each in (again.document, *again.document.further)
    ]
    assert plain == [first, *others]
