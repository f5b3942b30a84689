# SPDX-License-Identifier: Apache-2.0
"""Vessels heard by AIS, held against the manifests that a host sent: alerts, their dossiers, late AIS."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyais
import pytest

from cocket.model import TransportMeans
from cocket.pipeline import NotFoundError
from cocket.pipeline.ledger.reimport import reimport
from cocket.pipeline.tracking.device_intake import Arrival, PostgresLog, Source
from cocket.pipeline.tracking.device_register import DeviceRegister, key_credential, make_device_key, new_device
from cocket.pipeline.tracking.views import AlertFilter, AlertView
from cocket.pipeline.tracking.worker import Tracker
from cocket.tracking.geometry import Fence
from tests.houses import Built, build, envelope, officer
from tests.pipeline.consignment.test_manifests import HOST, OFFICE, bill, manifest

MMSI, IMO, PORT = 538001234, 9074729, (39.66, -4.06)
SUPERVISOR = officer("supervisor")
DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=4)

#: Kilometres east of the port at which the vessel is all the time, or at which it called.
FAR, THERE = 4_000.0, 0.0


def cargo(**fields: Any) -> bytes:
    """A manifest of two bills whose vessel arrives at Mombasa on the day."""
    usual: dict[str, Any] = {
        "transport": TransportMeans(id=f"IMO {IMO}", mode_code="1"),
        "departed": date(2026, 1, 2),
        "arrives": DAY.date(),
        "departure_place": "INNSA",
        "destination_place": "KEMBA",
    }
    return manifest(bill("TSTB0100001"), bill("TSTB0100002"), **usual | fields)


class Sea:
    """A house with a receiver of AIS and the fence of a port."""

    def __init__(self, home: Path) -> None:
        self.built: Built = build(home)
        self.house = self.built.house
        self.log = PostgresLog(self.built.stores.database)
        receiver = (new_device("ais-mombasa", "ais"), key_credential(make_device_key()))
        DeviceRegister(self.built.stores).add(receiver)
        fence = Fence(name="KEMBA", purpose="port", centre=PORT, radius_m=8_000)
        self.house.tracking.places.put_geofence(SUPERVISOR, fence)
        self.tracker = Tracker(self.built.stores, is_eager=True)
        self.tracker.open()

    def file(self, content: bytes) -> None:
        """A manifest comes, and the desk files it."""
        (answer,) = self.house.intake.messages.take_many(
            [envelope(content, sender="HOST", door="feeds")], principal=HOST
        )
        assert answer.outcome == "accepted"
        self.built.desk()

    def hear(self, hours: Iterable[float], east_km: float, late: timedelta = timedelta(), **more: Any) -> None:
        """The vessel is heard at these hours of the day, so far from the port; with its number and name."""
        source = Source(device="ais-mombasa", adapter="ais", topic="iot/ais-mombasa/telemetry", proof="key")
        arrivals = [
            Arrival(source, int((DAY + timedelta(hours=hour) + late).timestamp() * 1_000_000), sentences(hour, east_km, **more))
            for hour in hours
        ]  # fmt: skip
        self.log.append(uuid4(), arrivals)
        self.work()

    def work(self) -> None:
        """Let the tracker work until nothing is left to do."""
        while self.tracker.turn():
            pass

    def alerts(self, state: Any = "to-do") -> tuple[AlertView, ...]:
        return self.house.tracking.alerts.alerts(SUPERVISOR, AlertFilter(state=state)).alerts


def sentences(hour: float, east_km: float, *, mmsi: int = MMSI, imo: int = IMO, name: str = "STAR TRADER") -> bytes:
    place = {"lat": PORT[1], "lon": PORT[0] + east_km / 111.0 + hour / 1e3, "speed": 0.1, "second": 30}
    made = pyais.encode_dict({"type": 1, "mmsi": mmsi, **place}, talker_id="AI")
    made += pyais.encode_dict({"type": 5, "mmsi": mmsi, "imo": imo, "shipname": name}, talker_id="AI")
    tag = f"c:{int((DAY + timedelta(hours=hour)).timestamp())}"
    check = 0
    for sign in tag.encode():
        check ^= sign
    return "\r\n".join(f"\\{tag}*{check:02X}\\{line}" for line in made).encode() + b"\r\n"


@pytest.fixture
def sea(tmp_path: Path) -> Iterator[Sea]:
    found = Sea(tmp_path / "home")
    yield found
    found.log.close()


def test_a_vessel_far_from_the_port_of_its_manifest_is_told_with_evidence_and_in_each_dossier(sea: Sea) -> None:
    sea.file(cargo())
    sea.hear(range(-48, 72, 4), FAR)
    (alert,) = sea.alerts()
    assert (alert.kind, alert.severity, alert.subject, alert.fence) == (
        "port-call-contradicted", "amber", str(MMSI), "KEMBA"
    )  # fmt: skip
    assert alert.reference is not None and alert.reference.startswith(OFFICE)
    assert alert.office == OFFICE
    assert alert.measured["away_m"] == pytest.approx(4_000_000 - 8_000, rel=0.02)
    assert alert.events and alert.path and 0.5 < alert.confidence <= 1
    for number in ("TSTB0100001", "TSTB0100002"):
        (found,) = sea.house.queries.records.find(officer(), number)
        timeline = sea.house.queries.records.dossier(officer(), found.id).timeline
        told = [entry for entry in timeline if entry.code == "track-alert"]
        assert [entry.arguments["what"] for entry in told] in (["raised"], ["raised-late"])
        assert "not where its manifest states" in told[0].arguments["says"]


def test_a_vessel_that_called_contradicts_nothing(sea: Sea) -> None:
    sea.file(cargo())
    sea.hear([-48, -40], 2_000)
    sea.hear([6, 8], THERE)
    assert sea.alerts("all") == ()


def test_ais_that_comes_late_withdraws_and_says_why(sea: Sea) -> None:
    sea.file(cargo())
    sea.hear([-30, -10, 10, 30], FAR)
    assert [one.kind for one in sea.alerts()] == ["port-call-contradicted"]
    late = datetime.now(UTC) - DAY + timedelta(minutes=5)
    sea.hear([0, 1], THERE, late=late)
    assert sea.alerts() == ()
    (withdrawn,) = sea.alerts("withdrawn")
    assert withdrawn.acts[-1].what == "withdrawn"
    (found,) = sea.house.queries.records.find(officer(), "TSTB0100001")
    whats = [
        one.arguments.get("what")
        for one in sea.house.queries.records.dossier(officer(), found.id).timeline
        if one.code == "track-alert"
    ]
    assert whats[-1] == "withdrawn"


def test_ais_that_comes_late_raises_late(sea: Sea) -> None:
    sea.file(cargo())
    sea.hear([-30, -10, 10, 30], FAR, late=timedelta(hours=20))
    (alert,) = sea.alerts()
    assert alert.told == "raised-late"


def test_a_manifest_that_comes_after_the_ais_is_held_against_it_too(sea: Sea) -> None:
    sea.hear([-30, -10, 10, 30], FAR)
    assert sea.alerts("all") == ()
    sea.file(cargo())
    sea.work()
    assert [one.kind for one in sea.alerts()] == ["port-call-contradicted"]


def test_a_manifest_whose_leaf_comes_back_behind_desk_and_tracker_is_held_against_it_too(sea: Sea) -> None:
    sea.hear([-30, -10, 10, 30], FAR)
    contents = (cargo(), manifest(bill("TSTB0900001")))
    late, _ = sea.house.intake.messages.take_many(
        [envelope(one, sender="HOST", door="feeds") for one in contents], principal=HOST
    )
    with sea.built.stores.database.transaction() as connection:
        connection.execute("delete from leaf where record = %s", (late.id,))
    sea.built.desk()
    sea.work()
    assert sea.alerts("all") == ()
    assert reimport(sea.built.stores).unworked == (late.id,)
    sea.built.desk()
    time.sleep(1.1)  # the tracker looks for such work once a second
    sea.work()
    assert [one.kind for one in sea.alerts()] == ["port-call-contradicted"]


def test_a_manifest_that_is_amended_to_the_true_day_withdraws(sea: Sea) -> None:
    sea.file(cargo(registration="2026 77"))
    sea.hear([-30, -10, 10, 30], FAR)
    assert len(sea.alerts()) == 1
    sea.file(cargo(registration="2026 77", arrives=(DAY + timedelta(days=20)).date()))
    sea.work()
    assert sea.alerts() == ()
    assert len(sea.alerts("withdrawn")) == 1


def test_a_name_borne_by_two_vessels_says_nothing_and_one_by_name_alone_is_doubted(sea: Sea) -> None:
    sea.file(cargo(transport=TransportMeans(id="MV STAR TRADER", mode_code="1")))
    sea.hear([-30, -10, 10, 30], FAR)
    (alert,) = sea.alerts()
    assert "The vessel is known by name only." in alert.counter_evidence
    assert alert.confidence < 0.5
    sea.hear([-30, 30], THERE, mmsi=MMSI + 1, imo=0)
    assert sea.alerts() == ()


def test_people_of_another_office_do_not_see_it(sea: Sea) -> None:
    sea.file(cargo())
    sea.hear([-30, -10, 10, 30], FAR)
    (alert,) = sea.alerts()
    assert sea.house.tracking.alerts.alert(officer("supervisor", OFFICE), alert.id).id == alert.id
    with pytest.raises(NotFoundError):
        sea.house.tracking.alerts.alert(officer("supervisor", "XA990000"), alert.id)
    assert sea.house.tracking.alerts.alerts(officer("supervisor", "XA990000")).alerts == ()
    closed = sea.house.tracking.alerts.close_alert(
        officer("supervisor", OFFICE), alert.id, "explained", "it waits at sea"
    )
    assert closed.state == "closed"


def test_another_tracker_goes_on_and_doubles_nothing(sea: Sea) -> None:
    sea.file(cargo())
    sea.hear([-30, -10, 10, 30], FAR)
    sea.tracker = Tracker(sea.built.stores, is_eager=True)
    sea.tracker.open()
    sea.work()
    assert len(sea.alerts("all")) == 1
    assert len(sea.built.bodies("track-alert")) == 1
