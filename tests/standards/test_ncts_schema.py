# SPDX-License-Identifier: Apache-2.0
"""The verdict on the structure of transit messages: ours must be that of the published schema, whatever comes."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from cocket.standards import Options, Source
from cocket.standards.ncts import NCTS
from cocket.standards.ncts.tables import MESSAGES, NAMESPACE, Edition, shape_of
from cocket.standards.xml import parse_xml
from tests.corpora import corpora
from tests.standards.ncts_messages import Element, changed, made, of_edition_before

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "ncts"
PUBLISHED = "hmrc-ncts-validator/conf/v3_0/xsd"
PUBLIC = "hmrc-ncts-validator/test/uk/gov/hmrc/transitmovementsvalidator/versioned/v3_0/data"

#: Damaged messages to compare on.
MUTANTS = max(20_000, int(os.environ.get("COCKET_MUTANTS", "0")))
SEED = int(os.environ.get("COCKET_SEED", "7"))
EDITIONS: tuple[Edition, ...] = ("6", "5.1")


@cache
def published(message: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(corpora(PUBLISHED, f"{message.lower()}.xsd")))


def both(root: Element) -> tuple[bool, bool]:
    """Our verdict and the published one."""
    message = etree.QName(root).localname
    return shape_of("6").accepts(root), bool(published(message).validate(root))


def test_the_tables_have_every_published_message() -> None:
    files = {path.stem.upper() for path in corpora(PUBLISHED).glob("cc*.xsd")}
    assert files == set(MESSAGES)


def test_our_samples_are_judged_alike() -> None:
    verdicts = {path.stem: both(parse_xml(path.read_bytes())) for path in SAMPLES.glob("*.xml")}
    assert [name for name, (ours, theirs) in verdicts.items() if ours != theirs] == []
    assert all(ours for ours, _ in verdicts.values())
    assert both(parse_xml(of_edition_before())) == (False, False)


def test_public_samples_are_judged_alike() -> None:
    verdicts = [both(parse_xml(path.read_bytes())) for path in sorted(corpora(PUBLIC).glob("*.xml"))]
    assert all(ours == theirs for ours, theirs in verdicts)
    assert (sum(ours for ours, _ in verdicts), len(verdicts)) == (6, 21)


def test_messages_of_every_kind_are_judged_alike() -> None:
    dice = Random(SEED)
    for message in MESSAGES:
        for _ in range(10):
            assert both(made("6", message, dice)) == (True, True)


def test_twenty_thousand_damaged_messages_are_judged_alike() -> None:
    dice = Random(SEED)
    whole = {message: [made("6", message, dice) for _ in range(10)] for message in MESSAGES}
    accepted = 0
    for number in range(MUTANTS):
        message = dice.choice(list(MESSAGES))
        root = changed(dice.choice(whole[message]), dice)
        if root.tag == f"{{{NAMESPACE}}}{message}":
            ours, theirs = both(root)
            assert ours == theirs, f"mutant {number} of seed {SEED}: {etree.tostring(root)!r}"
            accepted += ours
    assert MUTANTS * 0.05 < accepted < MUTANTS * 0.5  # the damage is neither nothing nor all


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_judges_messages_made_from_its_own_tables_as_right(edition: Edition) -> None:
    dice = Random(SEED)
    for message in MESSAGES:
        assert all(shape_of(edition).accepts(made(edition, message, dice)) for _ in range(5))


def test_the_editions_differ_as_the_page_says() -> None:
    before, now = shape_of("5.1").outline, shape_of("6").outline
    flags = [each.classes[each.classes[each.roots["CC007C"]]["TransitOperation"].content] for each in (before, now)]
    assert ["incidentFlag" in kind for kind in flags] == [True, False]
    houses = [each.classes["ConsignmentType09"]["HouseConsignment"].most for each in (before, now)]
    assert houses == [1, 1999]
    assert [each.values["phaseIDtype"].codes for each in (before, now)] == [
        ("NCTS5.1", "NCTS5.0"),
        ("NCTS5.1", "NCTS5.0", "NCTS6"),
    ]


@pytest.mark.parametrize(
    ("good", "bad", "code", "location"),
    [
        ("<LRN>LRN-2026-000017</LRN>", "", "ncts-element-missing", "/ncts:CC015C[1]/TransitOperation[1]"),
        ("<security>2<", "<security>22<", "ncts-value-format", "/ncts:CC015C[1]/TransitOperation[1]/security[1]"),
        ("<GRN>25GB0000010000HX6<", "<GRN>25<", "ncts-value-format", "Guarantee[1]/GuaranteeReference[1]/GRN[1]"),
        ("<limitDate>2026-03-12<", "<limitDate>12/03/2026<", "ncts-value-format", "TransitOperation[1]/limitDate[1]"),
        (
            "<country>FR</country>",
            "<land>FR</land>",
            "ncts-element-unexpected",
            "CountryOfRoutingOfConsignment[2]/land[1]",
        ),
        ('PhaseID="NCTS6"', 'PhaseID="NCTS7"', "ncts-attribute-format", "/ncts:CC015C[1]/@PhaseID"),
        ("<LRN>", "<ncts:LRN/><LRN>", "ncts-element-unexpected", "/ncts:CC015C[1]/TransitOperation[1]/ncts:LRN[1]"),
    ],
)
def test_a_fault_is_told_with_code_and_place(good: str, bad: str, code: str, location: str) -> None:
    sample = (SAMPLES / "declaration.xml").read_text("utf-8")
    assert sample.count(good) == 1
    data = sample.replace(good, bad).encode()
    reading = NCTS.read(Source(data, parse_xml(data)), Options())
    assert reading.outcome == "refused"
    assert (reading.findings[0].code, (reading.findings[0].location or "")[-len(location) :]) == (code, location)


def test_a_message_is_judged_by_the_edition_of_the_phase_it_states() -> None:
    data = of_edition_before()
    source = Source(data, parse_xml(data))
    reading = NCTS.read(source, Options())
    assert (reading.version, reading.profile, reading.outcome) == ("NCTS5.1", "ncts-5.1", "accepted")
    assert b"NCTS5.1" in NCTS.write(reading.document)
    assert NCTS.read(source, Options(profile="ncts")).outcome == "refused"  # who asks for an edition gets it


@pytest.mark.parametrize(
    ("phase", "code", "profile"),
    [("NCTS5.0", "ncts-edition-before", "ncts-5.1"), ("NCTS6", None, None), (None, "ncts-edition-before", "ncts-5.1")],
)
def test_a_sender_whose_message_is_right_in_the_other_edition_is_told_so(
    phase: str | None, code: str | None, profile: str | None
) -> None:
    data = of_edition_before().replace(b' PhaseID="NCTS5.1"', f' PhaseID="{phase}"'.encode() if phase else b"")
    findings = NCTS.read(Source(data, parse_xml(data)), Options()).findings
    assert findings[-1].code == "ncts-element-unexpected"
    hints = [(hint.code, hint.severity, hint.expected) for hint in findings[:-1]]
    assert hints == ([(code, "info", profile)] if code else [])


def test_a_message_of_edition_six_that_states_the_one_before_is_told_so() -> None:
    data = (SAMPLES / "arrival.xml").read_bytes().replace(b"NCTS6", b"NCTS5.1")
    hint, *faults = NCTS.read(Source(data, parse_xml(data)), Options()).findings
    assert (hint.code, hint.expected) == ("ncts-edition-after", "ncts")
    assert {fault.severity for fault in faults} == {"error"}
