# SPDX-License-Identifier: Apache-2.0
"""Why a structure is refused: one finding a place, in our words, with where it is."""

from __future__ import annotations

import os

import pytest
from lxml import etree

from cocket.findings import Finding, render
from cocket.standards.ens.explanation import explain
from cocket.standards.ens.fields import MESSAGES
from cocket.standards.ens.schema import accepts
from tests.standards.ens_damage import mutants
from tests.standards.ens_messages import changed, every_own, read

MUTANTS = int(os.environ.get("COCKET_MUTANTS", "600"))
SEED = int(os.environ.get("COCKET_SEED", "37"))


def found_in(*changes: tuple[str, str], name: str = "sea", limit: int = 100) -> list[Finding]:
    """What is found in one of our samples with texts replaced."""
    return list(read(changed(name, *changes), limit=limit).findings)


@pytest.mark.parametrize(
    ("change", "code", "location", "expected", "found"),
    [
        (("<IteNumGDS7>2</IteNumGDS7>", ""), "ens-element-missing", "/ie:CC315A[1]/GOOITEGDS[2]", "IteNumGDS7", None),
        (("<IteNumGDS7>2<", "<Nr/><IteNumGDS7>2<"), "ens-element-unexpected", "/ie:CC315A[1]/GOOITEGDS[2]/Nr[1]", None, "Nr"),
        (
            ("<IteNumGDS7>2<", "<IteNumGDS7>1</IteNumGDS7><IteNumGDS7>2<"),
            "ens-element-repeated",
            "/ie:CC315A[1]/GOOITEGDS[2]/IteNumGDS7[2]",
            "once",
            "IteNumGDS7",
        ),
        (
            (
                "<ConRefNumHEA>017W</ConRefNumHEA>\n    <PlaLoaGOOITE334>LKCMB</PlaLoaGOOITE334>",
                "<PlaLoaGOOITE334>LKCMB</PlaLoaGOOITE334>\n    <ConRefNumHEA>017W</ConRefNumHEA>",
            ),
            "ens-element-misplaced",
            "/ie:CC315A[1]/HEAHEA[1]/PlaLoaGOOITE334[1]",
            "after ConRefNumHEA",
            "PlaLoaGOOITE334",
        ),
        (("<HEAHEA>", "<HEAHEA>note"), "ens-text-unexpected", "/ie:CC315A[1]/HEAHEA[1]", None, "note"),
        ((">017W<", "><a/><"), "ens-content-unexpected", "/ie:CC315A[1]/HEAHEA[1]/ConRefNumHEA[1]", None, "a"),
        (("<HEAHEA>", "<HEAHEA id='1'>"), "ens-attribute-unexpected", "/ie:CC315A[1]/HEAHEA[1]", None, "1"),
        ((">017W<", "><"), "ens-value-missing", "/ie:CC315A[1]/HEAHEA[1]/ConRefNumHEA[1]", "an..35", None),
        ((">5M<", ">5MM<"), "ens-value-length", "/ie:CC315A[1]/GOOITEGDS[1]/PACGS2[1]/KinOfPacGS23[1]", "an2", "5MM"),
        ((">15250.500<", ">1.2345<"), "ens-value-digits", "/ie:CC315A[1]/HEAHEA[1]/TotGroMasHEA307[1]", "n..11,3", "1.2345"),
        ((">2</TotNumOf", ">+2</TotNumOf"), "ens-value-format", "/ie:CC315A[1]/HEAHEA[1]/TotNumOfIteHEA305[1]", "n..5", "+2"),
    ],
)  # fmt: skip
def test_a_fault_is_told_where_it_is(
    change: tuple[str, str], code: str, location: str, expected: str | None, found: str | None
) -> None:
    (finding,) = found_in(change)
    assert (finding.code, finding.severity) == (code, "error")
    assert (finding.location, finding.expected, finding.found) == (location, expected, found)
    assert "{" not in render(finding)


def test_a_code_outside_its_list_is_told_with_the_list() -> None:
    (finding,) = read(changed("sea", (">CC315A</MesTyp", ">CC000A</MesTyp"))).findings
    assert finding.code == "ens-code-unknown"
    assert "CC315A" in (finding.expected or "")


def test_the_sentence_says_what_an_element_means() -> None:
    (finding,) = found_in((">2</TotNumOf", ">two</TotNumOf"))
    assert render(finding) == "two (total number of items) does not have the format n..5"


def test_the_prefix_is_that_of_the_message() -> None:
    (finding,) = found_in((">XB0417<", "><"), name="air-to-order")
    assert finding.location == "/ens:CC315A[1]/HEAHEA[1]/ConRefNumHEA[1]"


def test_no_more_is_told_than_asked_for_and_it_is_said() -> None:
    broken = ("<ITI>", "<ITI><x/><y/>")
    assert len(found_in(broken)) == 6
    codes = [finding.code for finding in found_in(broken, limit=4)]
    assert codes == ["ens-element-unexpected"] * 4 + ["findings-left-out"]


def test_what_the_verdict_refuses_is_explained_and_nothing_else() -> None:
    for number, root in enumerate(mutants(every_own(), SEED, MUTANTS)):
        message, is_new = MESSAGES[etree.QName(root).localname], bool(number % 2)
        codes = {finding.code for finding in explain(root, message, is_new=is_new)}
        if accepts(root, message.name, is_new=is_new):
            # A type that is stated rightly says nothing new, and the verdict minds it as little as we would.
            assert codes <= {"ens-structure", "ens-attribute-unexpected"}, (number, codes)
        else:
            assert "ens-structure" not in codes, number


def test_every_location_leads_to_its_element() -> None:
    for number, root in enumerate(mutants(every_own(), SEED, 100)):
        prefixes = {prefix: uri for element in root.iter() for prefix, uri in element.nsmap.items() if prefix}
        for finding in explain(root, MESSAGES[etree.QName(root).localname], is_new=False):
            assert len(root.xpath(finding.location or "", namespaces=prefixes)) == 1, (number, finding.location)
