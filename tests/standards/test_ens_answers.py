# SPDX-License-Identifier: Apache-2.0
"""The answers of customs: read, judged for their structure, and written."""

from __future__ import annotations

from datetime import datetime

import pytest

from cocket.errors import SenderError
from cocket.model import (
    AdditionalInformation,
    CustomsOffice,
    Declaration,
    Extension,
    Party,
    Reference,
    Response,
    ResponseError,
    ResponseStatus,
    TransportMeans,
)
from cocket.standards.ens import ENS_RESPONSE
from cocket.standards.xml import parse_xml
from tests.standards.ens_messages import ANSWERS, changed, own, read, response_of


@pytest.mark.parametrize("name", ANSWERS)
def test_our_answers_are_accepted_and_keep_every_value(name: str) -> None:
    reading = read(own(name), standard=ENS_RESPONSE)
    assert (reading.outcome, reading.findings) == ("accepted", ())
    assert reading.document is not None
    written = ENS_RESPONSE.write(reading.document) if ENS_RESPONSE.write else b""
    before, after = (
        [(each.tag, each.text) for each in parse_xml(data).iter() if not len(each)] for data in (own(name), written)
    )
    assert after == before


def test_a_registration_gives_the_mrn() -> None:
    answer = response_of(own("registered"))
    assert answer.function_code == "IE328"
    assert (answer.declaration_reference, answer.declaration_id) == ("SEA2603040000017", "26GB0A1B2C3D4E5F67")
    assert answer.declaration_accepted == datetime(2026, 3, 4, 9, 16)
    assert answer.issued == datetime(2026, 3, 4, 9, 16)
    assert answer.functional_reference == "CUS00000008812"
    assert answer.office == CustomsOffice(code="GB000051")
    assert answer.declarant == Party(id="GB527614938000")
    assert answer.transport == TransportMeans(id="9074729", mode_code="1", nationality_code="LK", voyage="017W")
    assert answer.references == (
        Reference("LRN", "SEA2603040000017"),
        Reference("MRN", "26GB0A1B2C3D4E5F67"),
        Reference("UCR", "6GB527614938000-0017"),
        Reference("BL", "CMBFXT2600417"),
        Reference("EQUIPMENT", "CSQU3054383"),
    )
    assert Extension("GOOITEGDS[1]/CONNR2[1]/ConNumNR21[1]", "CSQU3054383") in answer.extensions


def test_a_rejection_gives_its_errors() -> None:
    answer = response_of(own("rejected"))
    assert answer.declaration_rejected == datetime(2026, 3, 4, 9, 16)
    assert answer.declaration_accepted is None
    assert answer.information == (AdditionalInformation(text="Two faults were found."),)
    assert answer.errors[1] == ResponseError(
        code="R105", type_code="12", location="/CC315A[1]/HEAHEA[1]/TotNumOfPacHEA306[1]", found="44"
    )


def test_the_two_answers_to_an_amendment_are_told_apart() -> None:
    accepted, rejected = response_of(own("amendment-accepted")), response_of(own("amendment-rejected"))
    assert accepted.declaration_accepted == datetime(2026, 3, 6, 11, 31)
    assert accepted.transport == TransportMeans(mode_code="3", nationality_code="LV")
    assert rejected.declaration_rejected == datetime(2026, 3, 6, 11, 31)
    assert rejected.information == (AdditionalInformation(code="4", text="The goods have arrived already."),)


def test_an_intervention_names_the_item_it_is_about() -> None:
    told = datetime(2026, 3, 4, 10, 2)
    assert response_of(own("intervention")).statuses == (
        ResponseStatus(code="A001", effective=told, item_number=1, text="Not to be loaded."),
        ResponseStatus(code="B2", effective=told),
    )


def test_an_answer_of_wrong_structure_is_refused_with_its_place() -> None:
    reading = read(changed("rejected", (">13<", ">errorType<")), standard=ENS_RESPONSE)
    assert reading.outcome == "refused"
    (finding,) = reading.findings
    assert (finding.code, finding.location) == ("ens-code-unknown", "/ie:CC316A[1]/FUNERRER1[1]/ErrTypER11[1]")


def test_an_intervention_may_leave_out_the_number_of_items_in_the_new_variant() -> None:
    shorter = changed("intervention", ("<TotNumOfIteHEA305>2</TotNumOfIteHEA305>", ""))
    assert read(shorter, standard=ENS_RESPONSE).outcome == "refused"
    assert read(shorter, "gb-ens-new", standard=ENS_RESPONSE).outcome == "accepted"


def test_the_envelope_of_a_download_is_opened() -> None:
    inner = own("intervention").decode().partition("?>")[2]
    data = f"<notificationResponse><response>{inner}</response><acknowledgement href='/x'/></notificationResponse>"
    assert response_of(data.encode()) == response_of(own("intervention"))


def test_an_answer_of_our_own_making_is_written() -> None:
    made = Response(
        function_code="IE316",
        functional_reference="OURS1",
        issued=datetime(2026, 5, 1, 12, 0),
        declaration_reference="LRN1",
        declaration_rejected=datetime(2026, 5, 1, 11, 59),
        errors=(ResponseError(code="C501", type_code="13", location="/CC315A[1]"),),
        extensions=(
            Extension("MesSenMES3[1]", "US"),
            Extension("MesRecMES6[1]", "THEM"),
            Extension("MesTypMES20[1]", "CC316A"),
        ),
    )
    assert ENS_RESPONSE.write is not None
    answer = response_of(ENS_RESPONSE.write(made))
    assert (answer.errors, answer.declaration_rejected, answer.issued) == (
        made.errors,
        made.declaration_rejected,
        made.issued,
    )


def test_what_is_no_such_answer_or_lacks_something_is_not_written() -> None:
    assert ENS_RESPONSE.write is not None
    with pytest.raises(SenderError, match="not a response"):
        ENS_RESPONSE.write(Declaration())
    with pytest.raises(SenderError, match="not a response"):
        ENS_RESPONSE.write(Response(function_code="03"))
    with pytest.raises(SenderError, match="IE328") as refused:
        ENS_RESPONSE.write(Response(function_code="IE328"))
    assert {finding.code for finding in refused.value.findings} == {"ens-element-missing"}
