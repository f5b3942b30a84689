# SPDX-License-Identifier: Apache-2.0
"""Each business rule of the entry summary declaration: a message that breaks it, and one that nearly does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml import etree

from cocket.errors import SettingsError
from cocket.findings import Finding, render
from cocket.standards.ens.rules import PROFILES, check
from cocket.standards.ens.rules.fields import (
    CARRIER,
    CONSIGNEE,
    CONSIGNOR,
    ITEM_CONSIGNEE,
    ITEM_CONSIGNOR,
    ITEM_NOTIFIED,
    LODGER,
    NOTIFIED,
    REPRESENTATIVE,
    Party,
    TinOnly,
)
from cocket.standards.ens.rules.rule import rules_of
from cocket.standards.ens.rules.sets import SETS
from cocket.standards.ens.rules.view import number, total, whole
from tests.house.source import ROOT

#: A sound declaration by sea: one item in boxes, one unpacked.
SOUND = """
<ie:CC315A xmlns:ie="http://ics.dgtaxud.ec/CC315A">
  <MesSenMES3>GB100200300400/1234567890</MesSenMES3>
  <HEAHEA>
    <TraModAtBorHEA76>1</TraModAtBorHEA76><IdeOfMeaOfTraCroHEA85>9074729</IdeOfMeaOfTraCroHEA85>
    <TotNumOfIteHEA305>2</TotNumOfIteHEA305><TotNumOfPacHEA306>5</TotNumOfPacHEA306>
    <TotGroMasHEA307>12.5</TotGroMasHEA307><ConRefNumHEA>017W</ConRefNumHEA>
    <PlaLoaGOOITE334>LKCMB</PlaLoaGOOITE334><PlaUnlGOOITE334>GBHRW</PlaUnlGOOITE334>
  </HEAHEA>
  <TRACONCO1>
    <NamCO17>HILL TEA</NamCO17><StrAndNumCO122>1 HILL ROAD</StrAndNumCO122><PosCodCO123>90000</PosCodCO123>
    <CitCO124>BADULLA</CitCO124><CouCO125>LK</CouCO125>
  </TRACONCO1>
  <TRACONCE1><TINCE159>GB100200300400</TINCE159></TRACONCE1>
  <GOOITEGDS>
    <IteNumGDS7>1</IteNumGDS7><GooDesGDS23>TEA</GooDesGDS23><GroMasGDS46>10</GroMasGDS46><PRODOCDC2/>
    <PACGS2><KinOfPacGS23>BX</KinOfPacGS23><NumOfPacGS24>3</NumOfPacGS24><MarNumOfPacGSL21>TEA</MarNumOfPacGSL21></PACGS2>
  </GOOITEGDS>
  <GOOITEGDS>
    <IteNumGDS7>2</IteNumGDS7><GooDesGDS23>TABLES</GooDesGDS23><GroMasGDS46>2.5</GroMasGDS46><PRODOCDC2/>
    <PACGS2><KinOfPacGS23>NE</KinOfPacGS23><NumOfPieGS25>2</NumOfPieGS25></PACGS2>
  </GOOITEGDS>
  <ITI/><ITI/>
  <PERLODSUMDEC><TINPLD1>GB100200300400</TINPLD1></PERLODSUMDEC>
  <CUSOFFFENT730><RefNumCUSOFFFENT731>GB000051</RefNumCUSOFFFENT731></CUSOFFFENT730>
  <TRACARENT601><TINTRACARENT602>GB500600700800</TINTRACARENT602></TRACARENT601>
</ie:CC315A>"""

H, ITEM = "HEAHEA", "GOOITEGDS[1]"
MODE, SHIP, MASS = f"{H}/TraModAtBorHEA76", f"{H}/IdeOfMeaOfTraCroHEA85", f"{H}/TotGroMasHEA307"
TO_ORDER = f"{ITEM}/SPEMENMT2/AddInfCodMT23=10600"
UNPACK = "-GOOITEGDS[1]/PACGS2;-GOOITEGDS[2]/PACGS2"
PACKAGE = f"{ITEM}/PACGS2"

#: Code; edits that break it; edits that nearly do; where it is told, below the root.
CASES = (
    ("4065", "MesSenMES3=GB100/123456789", "MesSenMES3= GB      1 /1234567890", "/MesSenMES3[1]"),
    ("8102", "GOOITEGDS[2]/IteNumGDS7=3", "GOOITEGDS[2]/IteNumGDS7= 2 ", ""),
    ("8103", f"-{MASS};-{ITEM}/GroMasGDS46", f"-{ITEM}/GroMasGDS46", "/GOOITEGDS[1]"),
    ("8103", f"-{MASS};-{ITEM}/GroMasGDS46", f"-{MASS};-{ITEM}/GroMasGDS46;{H}/SpeCirIndHEA1=E", "/GOOITEGDS[1]"),
    ("8104", f"-{H}/PlaLoaGOOITE334", f"-{H}/PlaLoaGOOITE334;{ITEM}/PlaLoaGOOITE333=X;GOOITEGDS[2]/PlaLoaGOOITE333=X",
     "/GOOITEGDS[2]"),
    ("8105", f"-TRACONCE1/TINCE159;{H}/SpeCirIndHEA1= E", f"-TRACONCE1/TINCE159;{H}/SpeCirIndHEA1=e", "/TRACONCE1[1]"),
    ("8107", f"-{SHIP}", f"-{SHIP};{MODE}=3", "/HEAHEA[1]"),
    ("8107", f"-{SHIP};{MODE}=8", f"{SHIP}=;{MODE}=8", "/HEAHEA[1]"),
    ("8108", f"{MODE}=3", f"{MODE}=03", "/HEAHEA[1]"),
    ("8109", f"-{H}/TotNumOfPacHEA306", f"-{H}/TotNumOfPacHEA306;{UNPACK}", "/HEAHEA[1]"),
    ("8111", f"{H}/SpeCirIndHEA1=C", f"{H}/SpeCirIndHEA1=C;{MODE}=3", "/HEAHEA[1]"),
    ("8112", f"{H}/SpeCirIndHEA1=D", f"{H}/SpeCirIndHEA1=D;{MODE}=2", "/HEAHEA[1]"),
    ("8113", f"{MODE}=4", f"{MODE}=4;-{SHIP}", "/HEAHEA[1]"),
    ("8114", f"{SHIP}=123456", f"{SHIP}= 12345678", "/HEAHEA[1]"),
    ("8114", f"-{SHIP};{ITEM}/IDEMEATRAGI970/IdeMeaTraGIMEATRA971=QUEEN",
     f"{MODE}=3;-{SHIP};{ITEM}/IDEMEATRAGI970/IdeMeaTraGIMEATRA971=QUEEN",
     "/GOOITEGDS[1]/IDEMEATRAGI970[1]/IdeMeaTraGIMEATRA971[1]"),
    ("8115", f"{H}/NatOfMeaOfTraCroHEA87=GB", f"{H}/NatOfMeaOfTraCroHEA87=GB;{MODE}=11", "/HEAHEA[1]"),
    ("8115", f"{H}/NatOfMeaOfTraCroHEA87=GB;{MODE}=3;-{SHIP}", f"{MODE}=3;-{SHIP}", "/HEAHEA[1]"),
    ("8116", UNPACK, "-GOOITEGDS[1]/PACGS2", "/HEAHEA[1]"),
    ("8117", f"{H}/TotNumOfPacHEA306=6", f"{H}/TotNumOfPacHEA306= 5", "/HEAHEA[1]"),
    ("8117", f"{PACKAGE}[2]/KinOfPacGS23=VQ", f"{PACKAGE}[2]/KinOfPacGS23= VQ;{H}/TotNumOfPacHEA306=6", "/HEAHEA[1]"),
    ("8117", f"{H}/TotNumOfPacHEA306=", f"-{H}/TotNumOfPacHEA306", "/HEAHEA[1]"),
    ("8118", f"{MODE}=4;{H}/ConRefNumHEA=BAWX", f"{MODE}=4;{H}/ConRefNumHEA=BAW1234A ", "/HEAHEA[1]"),
    ("8118", f"{MODE}=4;-{H}/ConRefNumHEA", f"-{H}/ConRefNumHEA", "/HEAHEA[1]"),
    ("8119", f"{ITEM}/TRACONCO2/TINCO259=GB1", f"-TRACONCO1;{ITEM}/TRACONCO2/TINCO259=GB1", "/TRACONCO1[1]"),
    ("8119", f"{ITEM}/TRACONCO2/TINCO259=GB1", "", "/GOOITEGDS[1]/TRACONCO2[1]"),
    ("8135", f"{ITEM}/MetOfPayGDI12=A;{H}/TraChaMetOfPayHEA1=A", f"{ITEM}/MetOfPayGDI12=A", "/GOOITEGDS[1]/MetOfPayGDI12[1]"),
    ("8136", f"{ITEM}/PlaLoaGOOITE333=X", f"{ITEM}/PlaLoaGOOITE333=X;-{H}/PlaLoaGOOITE334", "/GOOITEGDS[1]/PlaLoaGOOITE333[1]"),
    ("8147", f"{ITEM}/IDEMEATRAGI970/X=1", f"{ITEM}/IDEMEATRAGI970/X=1;{MODE}=2", "/GOOITEGDS[1]/IDEMEATRAGI970[1]"),
    ("8147", f"{ITEM}/IDEMEATRAGI970/X=1", f"{ITEM}/IDEMEATRAGI970/NatIDEMEATRAGI973=GB", "/GOOITEGDS[1]/IDEMEATRAGI970[1]"),
    ("8149", f"{PACKAGE}/KinOfPacGS23=VL", f"{PACKAGE}/KinOfPacGS23=VL;-{PACKAGE}/NumOfPacGS24", "/GOOITEGDS[1]/PACGS2[1]"),
    ("8150", f"{PACKAGE}/KinOfPacGS23=NG", f"{PACKAGE}/KinOfPacGS23=NG;-{PACKAGE}/NumOfPacGS24;{PACKAGE}/NumOfPieGS25=1",
     "/GOOITEGDS[1]/PACGS2[1]"),
    ("8151", f"-{PACKAGE}/NumOfPacGS24", f"-{PACKAGE}/NumOfPacGS24;{PACKAGE}/KinOfPacGS23=VO", "/GOOITEGDS[1]/PACGS2[1]"),
    ("8151", f"{PACKAGE}/NumOfPieGS25=1", "", "/GOOITEGDS[1]/PACGS2[1]"),
    ("8152", f"-{PACKAGE}/MarNumOfPacGSL21", f"-{PACKAGE}/MarNumOfPacGSL21;{H}/SpeCirIndHEA1=E", "/GOOITEGDS[1]/PACGS2[1]"),
    ("8153", f"{PACKAGE}[2]/NumOfPacGS24=0;{PACKAGE}[2]/MarNumOfPacGSL21=T",
     f"{PACKAGE}[2]/NumOfPacGS24=0;{PACKAGE}[2]/MarNumOfPacGSL21= TEA ", "/GOOITEGDS[1]/PACGS2[2]"),
    ("8153", f"{PACKAGE}/NumOfPacGS24=00", f"-{PACKAGE}/NumOfPacGS24", "/GOOITEGDS[1]/PACGS2[1]"),
    ("8153", f"{PACKAGE}[2]/NumOfPacGS24=0", f"{PACKAGE}[2]/NumOfPacGS24=x", "/GOOITEGDS[1]/PACGS2[2]"),
    ("8164", "-TRACARENT601/TINTRACARENT602;TRACARENT601/X=1", f"-TRACARENT601/TINTRACARENT602;{MODE}=3", "/TRACARENT601[1]"),
    ("8170", f"-{ITEM}/PRODOCDC2", f"-{ITEM}/PRODOCDC2;{ITEM}/ComRefNumGIM1=X", "/GOOITEGDS[1]"),
    ("8170", f"-{ITEM}/PRODOCDC2", f"-{ITEM}/PRODOCDC2;{H}/ComRefNumHEA=X", "/GOOITEGDS[1]"),
    ("8171", f"{ITEM}/PlaUnlGOOITE333=X", f"{ITEM}/PlaUnlGOOITE333=X;-{H}/PlaUnlGOOITE334", "/GOOITEGDS[1]/PlaUnlGOOITE333[1]"),
    ("8193", f"{ITEM}/TRACONCO2/TINCO259=GB1", f"{ITEM}/TRACONCO2/TINCO259=GB1;GOOITEGDS[2]/TRACONCO2/TINCO259=GB2", ""),
    ("8193", f"{ITEM}/TRACONCO2/CitCO224=A;GOOITEGDS[2]/TRACONCO2/CitCO224= A",
     f"{ITEM}/TRACONCO2/CitCO224=A;GOOITEGDS[2]/TRACONCO2/CitCO224=B", ""),
    ("8193", f"{ITEM}/TRACONCO2/TINCO259=GB1;GOOITEGDS[2]/TRACONCO2/TINCO259=GB1",
     f"{ITEM}/TRACONCO2/TINCO259=GB1;GOOITEGDS[2]/TRACONCO2/TINCO259=GB1 ", ""),
    ("8193", f"{ITEM}/TRACONCO2/X=1;GOOITEGDS[2]/TRACONCO2/X=2",
     f"{ITEM}/TRACONCO2/X=1;GOOITEGDS[2]/TRACONCO2/X=1;GOOITEGDS[2]/TRACONCO2/Y=1", ""),
    ("8195", "PERLODSUMDEC/TINPLD1=GB500600700800", "PERLODSUMDEC/TINPLD1=GB500600700800 ", "/TRACARENT601[1]/TINTRACARENT602[1]"),
    ("8198", f"{ITEM}/IDEMEATRAGI970/X=1", f"-{SHIP};{ITEM}/IDEMEATRAGI970/X=1", "/GOOITEGDS[1]/IDEMEATRAGI970[1]"),
    ("8198", f"-{SHIP};{MODE}=4;{ITEM}/IDEMEATRAGI970/X=1", "", "/GOOITEGDS[1]/IDEMEATRAGI970[1]"),
    ("8199", f"-{SHIP}", f"-{SHIP};{MODE}=4", "/GOOITEGDS[1]"),
    ("8204", TO_ORDER, "GOOITEGDS[2]/SPEMENMT2/AddInfCodMT23=1060", "/TRACONCE1[1]"),
    ("8206", f"{H}/TotNumOfIteHEA305=3", f"{H}/TotNumOfIteHEA305= 2 ", "/HEAHEA[1]"),
    ("8207", f"-{ITEM}/GooDesGDS23", f"-{ITEM}/GooDesGDS23;{ITEM}/COMCODGODITM/X=1", "/GOOITEGDS[1]"),
    ("8208", f"{ITEM}/TRACONCE2/NamCE27=A;{H}/SpeCirIndHEA1=E", f"{ITEM}/TRACONCE2/NamCE27=A", "/GOOITEGDS[1]/TRACONCE2[1]"),
    ("8616", "CUSOFFLON/RefNumCOL1= GB000051", "CUSOFFLON/RefNumCOL1=GB000052", "/CUSOFFLON[1]/RefNumCOL1[1]"),
    ("8619", "NOTPAR670/TINNOTPAR671=GB1", f"NOTPAR670/TINNOTPAR671=GB1;{TO_ORDER};GOOITEGDS[2]/SPEMENMT2[2]/AddInfCodMT23=10600 ",
     "/NOTPAR670[1]"),
    ("8619", f"NOTPAR670/TINNOTPAR671=GB1;{TO_ORDER}", TO_ORDER, "/NOTPAR670[1]"),
    ("8620", f"{ITEM}/PRTNOT640/TINPRTNOT641=GB1", f"{ITEM}/PRTNOT640/TINPRTNOT641=GB1;{TO_ORDER}", "/GOOITEGDS[1]/PRTNOT640[1]"),
    ("8621", f"{ITEM}/PRTNOT640/TINPRTNOT641=GB1;NOTPAR670/TINNOTPAR671=GB1", f"{ITEM}/PRTNOT640/TINPRTNOT641=GB1",
     "/GOOITEGDS[1]/PRTNOT640[1]"),
    ("8622", TO_ORDER, f"{TO_ORDER};NOTPAR670/TINNOTPAR671=GB1", "/GOOITEGDS[1]"),
    ("8622", TO_ORDER, f"{TO_ORDER};{ITEM}/PRTNOT640/TINPRTNOT641=GB1", "/GOOITEGDS[1]"),
    ("8623", "-TRACONCE1", f"-TRACONCE1;{ITEM}/TRACONCE2/X=1;GOOITEGDS[2]/SPEMENMT2/AddInfCodMT23=10600", "/GOOITEGDS[2]"),
    ("8624", f"{TO_ORDER};{ITEM}/TRACONCE2/X=1", f"{TO_ORDER};GOOITEGDS[2]/TRACONCE2/X=1", "/GOOITEGDS[1]/TRACONCE2[1]"),
    ("8625", f"{ITEM}/TRACONCE2/X=1", f"{ITEM}/TRACONCE2/X=1;-TRACONCE1", "/GOOITEGDS[1]/TRACONCE2[1]"),
    ("8671", f"{H}/TotNumOfIteHEA305=02", f"{H}/TotNumOfIteHEA305=0", "/HEAHEA[1]"),
    ("8672", f"{H}/TotNumOfPacHEA306= 05", f"{H}/TotNumOfPacHEA306=50", "/HEAHEA[1]"),
    ("8673", f"{MASS}=+12.5", f"{MASS}=12.5", "/HEAHEA[1]"),
    ("8674", f"{MASS}=012.5", f"{MASS}=0.5", "/HEAHEA[1]/TotGroMasHEA307[1]"),
    ("8674", f"{ITEM}/GroMasGDS46=00", f"{ITEM}/GroMasGDS46=0", "/GOOITEGDS[1]/GroMasGDS46[1]"),
    ("8675", f"{MASS}=123456789012", f"{MASS}=12345678901", "/HEAHEA[1]/TotGroMasHEA307[1]"),
    ("8675", f"{ITEM}/GroMasGDS46=", f"{ITEM}/GroMasGDS46=1.2-", "/GOOITEGDS[1]/GroMasGDS46[1]"),
    ("8676", f"{MASS}=12.5001", f"{MASS}=12.500 ", "/HEAHEA[1]/TotGroMasHEA307[1]"),
    ("8676", f"{ITEM}/GroMasGDS46=1.2.34", f"{ITEM}/GroMasGDS46=1.234", "/GOOITEGDS[1]/GroMasGDS46[1]"),
    ("8677", f"{MASS}=13.", f"{MASS}=13", "/HEAHEA[1]/TotGroMasHEA307[1]"),
    ("8677", f"{ITEM}/GroMasGDS46=.5", f"{ITEM}/GroMasGDS46=0.5", "/GOOITEGDS[1]/GroMasGDS46[1]"),
    ("8678", f"{ITEM}/IteNumGDS7=01", f"{ITEM}/IteNumGDS7=10", "/GOOITEGDS[1]/IteNumGDS7[1]"),
    ("8679", f"{ITEM}/GroMasGDS46=-1", f"{ITEM}/GroMasGDS46=1", "/GOOITEGDS[1]/GroMasGDS46[1]"),
    ("8680", f"{PACKAGE}/NumOfPacGS24=03", f"{PACKAGE}/NumOfPacGS24= 0", "/GOOITEGDS[1]/PACGS2[1]/NumOfPacGS24[1]"),
    ("8681", "GOOITEGDS[2]/PACGS2/NumOfPieGS25=02", "GOOITEGDS[2]/PACGS2/NumOfPieGS25=2",
     "/GOOITEGDS[2]/PACGS2[1]/NumOfPieGS25[1]"),
    ("8684", "-ITI[2]", "", ""),
    ("8685", f"{H}/ConRefNumHEA=XFERa:b-c", f"{H}/ConRefNumHEA=XFERa-b", "/HEAHEA[1]"),
    ("8685", f"{H}/ConRefNumHEA= XFER", f"{H}/ConRefNumHEA= XFER;{MODE}=8", "/HEAHEA[1]"),
    ("8685", f"{H}/ConRefNumHEA=A\u2028B", f"{H}/ConRefNumHEA=A XFER", "/HEAHEA[1]"),
    ("8686", f"{MASS}=12.4998", f"{MASS}=12.4999", "/HEAHEA[1]"),
    ("8686", f"{MASS}=1", f"{MASS}=1;{ITEM}/GroMasGDS46=+10", "/HEAHEA[1]"),
    ("8687", f"-{H}/PlaUnlGOOITE334", f"-{H}/PlaUnlGOOITE334;{H}/SpeCirIndHEA1=E", "/GOOITEGDS[2]"),
    ("8688", UNPACK, "-GOOITEGDS[1]/PACGS2", ""),
    ("8689", f"{MODE}=5", f"{MODE}=10", "/HEAHEA[1]"),
    ("8689", f"-{MODE}", f"{MODE}= 11", "/HEAHEA[1]"),
    ("8690", f"{MODE}=01", f"{MODE}=10", "/HEAHEA[1]"),
    ("8691", f"{H}/SpeCirIndHEA1=A", f"{H}/SpeCirIndHEA1= E ", "/HEAHEA[1]"),
    ("8691", f"{H}/SpeCirIndHEA1=", "", "/HEAHEA[1]"),
    ("8692", "PERLODSUMDEC/TINPLD1=XI1", "-PERLODSUMDEC/TINPLD1", "/PERLODSUMDEC[1]/TINPLD1[1]"),
)  # fmt: skip

PARTIES = (
    (CONSIGNOR, ""),
    (CONSIGNEE, ""),
    (NOTIFIED, ""),
    (ITEM_CONSIGNOR, f"{ITEM}/"),
    (ITEM_CONSIGNEE, f"{ITEM}/"),
    (ITEM_NOTIFIED, f"{ITEM}/"),
    (CARRIER, ""),
)
LIMITS = ("8611", "8612", "8617")


def edited(edits: str, text: str = SOUND) -> Any:
    """The sound message after some edits: `-PATH` drops, `PATH=VALUE` sets, making what is missing."""
    root = etree.fromstring(text, etree.XMLParser(remove_blank_text=True))
    for edit in filter(None, edits.split(";")):
        path, _, value = edit.removeprefix("-").partition("=")
        if edit.startswith("-"):
            for element in root.findall(path):
                element.getparent().remove(element)
        else:
            element = root
            for step in path.split("/"):
                found = element.find(step)
                element = etree.SubElement(element, step.partition("[")[0]) if found is None else found
            element.text = value
    return root


def found(root: Any, profile: str = "gb-ens") -> set[tuple[str, str]]:
    """Code and location below the root of every finding."""
    return {(each.code, (each.location or "").partition("]")[2]) for each in check(root, profile)}


def codes(root: Any, profile: str = "gb-ens") -> set[str]:
    return {code for code, _ in found(root, profile)}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_sound_message_breaks_no_rule(profile: str) -> None:
    assert list(check(edited(""), profile)) == []
    assert list(check(etree.fromstring(SOUND.replace("CC315A", "CC313A")), profile)) == []


@pytest.mark.parametrize(("code", "broken", "near", "where"), CASES)
def test_a_rule_is_broken_where_it_is_and_not_by_a_near_miss(code: str, broken: str, near: str, where: str) -> None:
    assert (code, where) in found(edited(broken))
    assert code not in codes(edited(near))


@pytest.mark.parametrize(("party", "around"), PARTIES)
@pytest.mark.parametrize("at", range(5))
def test_a_party_is_identified_by_a_gb_tin_alone_or_by_name_and_address(party: Party, around: str, at: int) -> None:
    place = f"{around}{party.place}"
    where = "".join(f"/{step}" if "[" in step else f"/{step}[1]" for step in place.split("/"))
    missing, foreign, unwanted = (
        str(first + at) for first in (party.missing, party.missing_beside_foreign_tin, party.unwanted)
    )
    all_details = ";".join(f"{place}/{detail}=X" for detail in party.details)
    lacking = f"-{place};{all_details};-{place}/{party.details[at]}"

    assert (missing, where) in found(edited(lacking))
    assert codes(edited(f"{lacking};{place}/{party.tin}=GB1")).isdisjoint({missing, foreign})
    assert codes(edited(f"-{place};{all_details}")).isdisjoint({missing, foreign, unwanted})

    assert (foreign, where) in found(edited(f"{lacking};{place}/{party.tin}= GB1"))
    assert codes(edited(f"-{place};{all_details};{place}/{party.tin}=XI1")).isdisjoint({missing, foreign, unwanted})

    beside = f"-{place};{place}/{party.tin}=GB1;{place}/{party.details[at]}="
    assert (unwanted, f"{where}/{party.details[at]}[1]") in found(edited(beside))
    assert codes(edited(beside.replace("=GB1", "=gb1"))).isdisjoint({missing, unwanted})


@pytest.mark.parametrize("party", [REPRESENTATIVE, LODGER])
@pytest.mark.parametrize("at", range(5))
def test_a_party_identified_by_its_tin_alone_has_no_name_and_address(party: TinOnly, at: int) -> None:
    code, detail = str(party.unwanted + at), party.details[at]
    assert (code, f"/{party.place}[1]/{detail}[1]") in found(edited(f"{party.place}/{detail}="))
    assert code not in codes(edited(f"{party.place}/X=1"))


def test_there_are_at_most_999_goods_items_and_means_of_transport_each_and_9999_seals() -> None:
    root = edited("")
    root.extend(etree.Element("GOOITEGDS") for _ in range(997))
    assert "8611" not in codes(root)
    etree.SubElement(root, "GOOITEGDS")
    assert ("8611", "") in found(root)

    root = edited("")
    root[4].extend(etree.Element("IDEMEATRAGI970") for _ in range(999))
    root.extend(etree.Element("SEAID529") for _ in range(9999))
    assert codes(root).isdisjoint({"8612", "8617"})
    etree.SubElement(root[4], "IDEMEATRAGI970")
    etree.SubElement(root, "SEAID529")
    assert {("8612", "/GOOITEGDS[1]"), ("8617", "")} <= found(root)


def test_every_code_is_tried() -> None:
    tried = {code for code, *_ in CASES} | set(LIMITS)
    for party, _ in PARTIES:
        for first in (party.missing, party.missing_beside_foreign_tin, party.unwanted):
            tried |= {str(first + at) for at in range(5)}
    tried |= {str(party.unwanted + at) for party in (REPRESENTATIVE, LODGER) for at in range(5)}
    assert tried == {held.code for rules in SETS.values() for _, held in rules_of(rules)}
    assert len(tried) == 182


def test_the_new_profile_lets_totals_go() -> None:
    without = edited(f"-{H}/TotNumOfIteHEA305;-{H}/TotNumOfPacHEA306;-{MASS}")
    assert codes(without, "gb-ens") == {"8206", "8109"}
    assert codes(without, "gb-ens-new") == set()
    wrong = edited(f"{H}/TotNumOfIteHEA305=3;{H}/TotNumOfPacHEA306=9;{MODE}=3")
    assert codes(wrong, "gb-ens") == {"8206", "8117", "8108"}
    assert codes(wrong, "gb-ens-new") == {"8206"}


def test_an_amendment_has_no_office_of_lodgement_to_judge() -> None:
    root = edited("CUSOFFLON/RefNumCOL1=GB000051", SOUND.replace("CC315A", "CC313A"))
    assert codes(root) == set()


def test_a_location_has_a_place_on_every_step_and_the_prefix_of_the_message() -> None:
    root = edited(f"{PACKAGE}[2]/NumOfPacGS24=0;{PACKAGE}[2]/KinOfPacGS23=BX")
    assert "/ie:CC315A[1]/GOOITEGDS[1]/PACGS2[2]" in {each.location for each in check(root, "gb-ens")}
    other = edited("-ITI", SOUND.replace("ie:", "s:").replace("xmlns:ie", "xmlns:s"))
    assert [each.location for each in check(other, "gb-ens")] == ["/s:CC315A[1]"]
    bare = edited("-ITI", SOUND.replace("<ie:", "<").replace("</ie:", "</").replace("xmlns:ie=", "xmlns:x="))
    assert [each.location for each in check(bare, "gb-ens")] == ["/CC315A[1]"]


def one(root: Any) -> Finding:
    (finding,) = check(root, "gb-ens")
    return finding


def test_a_finding_says_what_was_there_and_what_would_have_been_right() -> None:
    total_of_packages = one(edited(f"{H}/TotNumOfPacHEA306=9"))
    assert (total_of_packages.found, total_of_packages.expected) == ("9", "5")
    assert "9" in render(total_of_packages)
    assert (one(edited(f"{MASS}=3")).found, one(edited(f"{MASS}=3")).expected) == ("3", "12.5")
    assert (one(edited(f"{H}/TotNumOfIteHEA305=3")).expected) == "2"
    unwanted = one(edited("TRACONCE1/CitCE124=LEEDS"))
    assert unwanted.found == "LEEDS"
    assert render(unwanted) == "The TIN of the consignee begins with GB, so its city must be left out."
    assert one(edited("-ITI")).found is None


def test_every_sentence_is_whole_and_names_its_source() -> None:
    for rules in SETS.values():
        for _, held in rules_of(rules):
            assert re.fullmatch(r"[A-Z{].*\.", held.text), held.text
            assert set(re.findall(r"\{(\w+)\}", held.text)) <= {"found", "expected", *held.arguments}
            assert re.fullmatch(r"(EU|GB) Import Control System, (condition|rule|error) \w+(; .*)?", held.source), (
                held.code
            )


def test_there_are_no_rules_for_other_messages_and_profiles() -> None:
    with pytest.raises(SettingsError):
        check(edited(""), "wco-dm")
    with pytest.raises(SettingsError):
        check(etree.fromstring('<x:CC328A xmlns:x="http://ics.dgtaxud.ec/CC328A"/>'), "gb-ens")


def test_numbers_are_read_in_white_space_and_nothing_else_is_a_number() -> None:
    assert [number(text) for text in (" 1.50\n", "+5.", "-.5")] == [1.5, 5, -0.5]
    assert all(number(text) != number(text) for text in ("", "1,5", "1e3", "inf", "1_0", "\u0661", "\u00a01"))
    assert [whole(text) for text in (" 01 ", "+2", "1.0", "", "2147483648")] == [1, 2, None, None, None]
    assert total([1e16, 1.0, -1e16]) == 0.0


def documented() -> dict[str, tuple[str, set[str], str]]:
    """Sentence, places and source of each code, as the page shows them."""
    shown: dict[str, tuple[str, set[str], str]] = {}
    for rules in SETS.values():
        for path, held in rules_of(rules):
            words = {"found": "*found*", "expected": "*expected*", **held.arguments}
            source = held.source.partition(", ")[2] if held.source.startswith("EU") else "GB"
            shown.setdefault(held.code, (held.text.format_map(words), set(), source))[1].add(path or "the whole")
    return shown


def test_the_page_tells_every_code_with_its_meaning_and_source() -> None:
    page = (ROOT / "docs" / "standards" / "ens-rules.md").read_text(encoding="utf-8")
    for code, (text, places, source) in documented().items():
        where = ", ".join(f"`{place}`" if place != "the whole" else place for place in sorted(places))
        assert f"| {code} | {where} | {text} | {source} |" in page, code
