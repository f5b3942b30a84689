# SPDX-License-Identifier: Apache-2.0
"""A journey as events for others, held against the readers of the standards they are written in."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from cocket import standards
from cocket.tracking.admission import admit
from cocket.tracking.case import Case
from cocket.tracking.events import SealReading
from cocket.tracking.telling import dcsa_of, epcis_of
from cocket.tracking.thresholds import Thresholds
from tests.tracking.making import START, changed, journey, ride

ROUTE = journey(id="0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611")
RIDE = changed(ride(40), range(20, 23), seal=SealReading(number="S1", lock="unlocked"), door="open", temperature_c=4.5)


def case(route: object = ROUTE) -> Case:
    return Case(admit(RIDE, Thresholds()), route, Thresholds(), START + timedelta(hours=4))  # type: ignore[arg-type]


def test_every_event_of_a_journey_is_valid_epcis_and_comes_back_the_same() -> None:
    document = epcis_of(ROUTE, [("dev-1", case())], START + timedelta(hours=3), START + timedelta(hours=4))
    written = standards.write(document, "epcis", is_compared=False)
    reading = standards.read(written)
    assert (reading.standard, reading.outcome) == ("epcis", "accepted")
    assert [finding for finding in reading.findings if finding.severity == "error"] == []
    assert reading.document is not None
    assert json.loads(standards.write(reading.document, "epcis")) == json.loads(written)


def test_a_seal_that_was_opened_is_told_with_place_state_and_device() -> None:
    document = epcis_of(ROUTE, [("dev-1", case())], None, START + timedelta(hours=4))
    events = json.loads(standards.write(document, "epcis", is_compared=False))["epcisBody"]["eventList"]
    (opened,) = [event for event in events if event.get("disposition") == "container_open"]
    assert opened["epcList"] == ["urn:epc:id:bic:MSKU1234565"]
    assert opened["readPoint"]["id"].startswith("geo:0.0000000,31.0")
    (element,) = opened["sensorElementList"]
    assert element["sensorMetadata"]["deviceID"] == "urn:cocket:device:dev-1"
    assert element["sensorReport"][0]["exception"] == "ALARM_CONDITION"
    steps = [event["bizStep"] for event in events]
    assert steps[0] == "departing" and "arriving" not in steps
    assert sum("sensorElementList" in event and event["bizStep"] == "transporting" for event in events) == 3


def test_containers_of_no_iso_number_have_a_name_of_ours() -> None:
    route = journey(id="0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611", equipment=("KBX 123/T",))
    document = epcis_of(route, [("dev-1", case(route))], None, START + timedelta(hours=4))
    reading = standards.read(standards.write(document, "epcis", is_compared=False))
    assert reading.outcome == "accepted"
    assert b"urn:cocket:equipment:KBX%20123%2FT" in standards.write(document, "epcis", is_compared=False)


def test_an_opening_is_one_dcsa_event_and_its_reader_takes_it() -> None:
    (opening,) = dcsa_of(ROUTE, [("dev-1", case())])
    written = standards.write(opening, "dcsa")
    reading = standards.read(written)
    assert (reading.standard, reading.outcome) == ("dcsa", "accepted")
    (event,) = json.loads(written)["events"]
    assert (event["eventClassification"]["iotEventTypeCode"], event["iotDetails"]["iotEventCode"]) == ("DETC", "DRO")
    assert event["equipmentDetails"]["equipmentReference"] == "MSKU1234565"


@pytest.mark.parametrize("seconds", [0, 3600])
def test_a_shut_box_gives_no_dcsa_event(seconds: int) -> None:
    shut = Case(admit(ride(10), Thresholds()), ROUTE, Thresholds(), START + timedelta(seconds=seconds))
    assert dcsa_of(ROUTE, [("dev-1", shut)]) == ()
