# SPDX-License-Identifier: Apache-2.0
"""Every third-party case through the reader: what is found, what is kept."""

from __future__ import annotations

from collections import Counter

import pytest

from cocket.standards.ens import ENS, ENS_RESPONSE
from cocket.standards.xml import parse_xml
from tests.corpora import corpora
from tests.standards.ens_messages import MANY, cases, is_of_structure, profile_of, read

#: Cases of structure whose answer says nothing of the rules, which refuse them: there is no consignee in them.
OF_STRUCTURE_ONLY = "MESRECMES6_optional.xml"

#: No message in any case has more findings.
LIMIT = 1000


def test_every_case_has_its_findings_and_no_others() -> None:
    wrong = []
    counts: Counter[str] = Counter()
    for case in cases():
        reading = read(corpora(case["file"]).read_bytes(), profile_of(case), LIMIT)
        if is_of_structure(case):
            counts["structure"] += 1
            codes = {finding.code for finding in reading.findings}
            is_right = reading.outcome == "refused" and all(code.startswith("ens-") for code in codes)
        elif case["file"].endswith(OF_STRUCTURE_ONLY):
            counts["structure only"] += 1
            is_right = not any(finding.code.startswith("ens-") for finding in reading.findings)
        else:
            counts["business" if case["expected"] else "none"] += 1
            expected = {(each["code"], each["location"]) for each in case["expected"]}
            is_right = {(each.code, each.location) for each in reading.findings} == expected
            is_right &= (reading.outcome == "refused") == bool(expected)
        if not is_right:
            wrong.append(case["file"])
    assert wrong == []
    assert counts == {"none": 1198, "business": 3190, "structure": 216, "structure only": 4}


def test_every_case_is_written_with_every_value_and_reads_the_same() -> None:
    assert ENS.write is not None
    wrong = []
    for case in cases()[::7]:
        if is_of_structure(case):
            continue
        data = corpora(case["file"]).read_bytes()
        first = read(data, profile_of(case), LIMIT)
        assert first.document is not None
        written = ENS.write(first.document)
        second = read(written, profile_of(case), LIMIT)
        is_same = second.document == first.document and len(second.findings) == len(first.findings)
        if not is_same or _values(written) != _values(data):
            wrong.append(case["file"])
    assert wrong == []


def _values(data: bytes) -> list[tuple[str, str | None]]:
    return [(str(each.tag), each.text) for each in parse_xml(data, MANY).iter() if not len(each)]


@pytest.mark.parametrize(
    ("name", "is_good"),
    [
        ("hmrc-ics-decision/test/resources/xmls/DeclarationAcceptanceAllOptionalXML.xml", True),
        ("hmrc-ics-decision/test/resources/xmls/AmendmentAcceptanceXML.xml", True),
        # The error types in these are words, which the published schema does not take either.
        ("hmrc-ics-decision/test/resources/xmls/AmendmentRejectionAllOptionalXML.xml", False),
        ("hmrc-ics-decision/test/resources/xmls/DeclarationRejectionXML.xml", False),
        ("hmrc-ics-intervention/test/resources/xmls/InterventionAllOptional.xml", True),
        ("hmrc-ics-intervention/public/api/conf/1.0/examples/advancedNotification.xml", True),
    ],
)
def test_third_party_answers_keep_every_value(name: str, is_good: bool) -> None:
    data = corpora(name).read_bytes()
    reading = read(data, standard=ENS_RESPONSE)
    assert (reading.outcome == "accepted") is is_good
    if is_good:
        assert reading.document is not None
        assert ENS_RESPONSE.write is not None
        written = ENS_RESPONSE.write(reading.document)
        assert set(_values(written)) <= set(_values(data))
        assert len(_values(written)) >= len(_values(data)) - 1, "an acknowledgement of the transport is not kept"
