# SPDX-License-Identifier: Apache-2.0
"""Release times of a real instance: from its messages, the port's events, the host's rows, acts and agencies."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from cocket.errors import PolicyError, SettingsError
from cocket.model import HostDecision, Reference
from cocket.pipeline import QueueFilter
from cocket.pipeline.consignment.outcomes import HostRow
from cocket.pipeline.trials.release_times import ReleaseQuestion, ReleaseView, question_of
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

NAMES = [f"T{number:02}" for number in range(40)]


def number_of(name: str) -> str:
    return f"{zlib.crc32(name.encode()) % 10**8:08}"


def event(name: str, code: str, at: datetime, *, place: str = "XAPRT", kind: str = "ACT") -> dict[str, object]:
    """An event of the port as DCSA has it, about the consignment of a declaration."""
    return {
        "eventID": f"{name}-{code}-{place}-{kind}",
        "eventDateTime": at.isoformat(),
        "eventUpdatedDateTime": at.isoformat(),
        "eventLocation": {"UNLocationCode": place},
        "eventClassification": {
            "eventTypeCode": "EQUIPMENT",
            "eventClassifierCode": kind,
            "equipmentEventTypeCode": code,
        },
        "equipmentDetails": {"equipmentReference": "CSQU3054383", "emptyIndicatorCode": "LADEN"},
        "shipmentDetails": {"documentReference": {"typeCode": "HBL", "reference": f"KESTBET{number_of(name)}H2"}},
    }


def issued_now(name: str) -> bytes:
    """The declaration as made a minute ago."""
    stated = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y%m%d%H%M%S+00").encode()
    return declaration(name).replace(b"20260305093000+02", stated)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("release"), red_per_day=1000, yellow_per_day=1000, random_share=0.3)
    intake = made.house.intake.messages
    intake.take_many([envelope(issued_now(name)) for name in NAMES], principal=trader("ACME"))
    made.desk()
    now = datetime.now(UTC)
    envelopes = []
    for place, name in enumerate(NAMES[:30]):
        landed = now - timedelta(hours=20 + place)
        events = [
            event(name, "DISC", landed),
            event(name, "DISC", landed - timedelta(days=20), place="XBBET"),  # the port before
            event(name, "GTOT", now + timedelta(days=2), kind="PLN"),
        ]
        events.append(event(f"other {name}", "DISC", landed - timedelta(days=1)))
        envelopes.append(envelope(json.dumps({"events": events}).encode(), "PORT"))
    taken = intake.take_many(envelopes, principal=trader("PORT"))
    assert {one.outcome for one in taken} == {"accepted"}
    made.desk()
    yield made
    made.house.close()


def view(built: Built, **given: object) -> ReleaseView:
    return built.house.trials.release_times.release_times(officer("supervisor"), ReleaseQuestion(**given), again=True)  # type: ignore[arg-type]


def test_stamps_come_from_messages_events_and_records(built: Built) -> None:
    found = view(built)
    study = found.study
    assert study.cases == 40
    assert study.sources["events of PORT · discharge"] == 30
    step = next(one for one in study.steps if (one.start, one.end) == ("discharge", "lodgement"))
    assert step.cases == 30 and 30 < step.median / 3600 < 40
    assert study.counts["stamp-elsewhere"] == 30
    assert study.counts["stamp-expected"] == 30
    lane = study.whole.of("lodgement-lane")
    assert lane is not None and lane.timed == 40 and lane.elapsed[3] is not None and 0 <= lane.elapsed[3] < 3600
    assert {name for name in study.sources if name.startswith("events of PORT")} == {"events of PORT · discharge"}


def test_a_release_that_was_taken_back_does_not_count(built: Built) -> None:
    lines = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
    orders = [line.order for line in lines if line.order is not None and line.order.status == "open"]
    acts = built.house.control.officer_acts
    for one in orders[:6]:
        acts.release(officer(), one.id, "seen at the quay")
    acts.reopen(officer(), orders[0].id)
    study = view(built).study
    times = study.whole.of("lodgement-release")
    assert times is not None and times.timed == 5
    assert study.counts["reopened"] == 1
    assert times.timed + times.open + times.missing_end + times.missing_start == 40


def test_the_word_of_the_host_counts_and_a_late_copy_is_no_lodgement(built: Built) -> None:
    lines = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
    before = datetime.now(UTC) - timedelta(days=3)
    references = built.house.queries.records.dossier(officer(), lines[0].id).references
    value = next(value for kind, value in references if kind == "UCR")
    row = HostRow(reference=Reference("UCR", value), decision=HostDecision(lane="red", decided=before))
    built.house.control.host_decisions.take_host_rows([row])
    study = view(built).study
    assert study.counts["stamp-late-copy"] == 1
    assert study.sources["host · lane"] == 1


def test_an_agency_that_holds_the_goods_is_waited_for(built: Built) -> None:
    study = view(built, by="agency").study
    assert [one.name for one in study.groups] == ["none"]
    assert sum(one.cases for one in study.groups) == study.cases


@pytest.mark.parametrize("by", ["lane", "office", "mode", "aeo", "regime", "agency", "cause"])
def test_groups_share_out_all_consignments(built: Built, by: str) -> None:
    study = built.house.trials.release_times.release_times(officer("analyst"), question_of({"by": by})).study
    assert sum(one.cases for one in study.groups) == study.cases == study.whole.cases


def test_slow_consignments_are_named_to_whoever_may_see_them_and_the_look_is_sealed(built: Built) -> None:
    found = view(built)
    named = [one for several in found.slowest.values() for one in several]
    assert named and found.study.slowest == {}
    last = msgspec.json.decode(built.bodies("look")[-1])
    assert last["what"] == "release times"
    assert set(last["subjects"]) == {one.id for one in named}


def test_only_customs_sees_it_and_of_its_own_office_alone(built: Built) -> None:
    service = built.house.trials.release_times
    far = service.release_times(officer("officer", "XZNOWHERE"), ReleaseQuestion())
    assert far.study.cases == 0 and far.office == "XZNOWHERE"
    for ask in (service.release_times, service.published_times):
        with pytest.raises(PolicyError):
            ask(trader("ACME"), ReleaseQuestion())


def test_what_is_published_names_no_consignment_and_masks_small_groups(built: Built) -> None:
    found = built.house.trials.release_times.published_times(officer("supervisor"), ReleaseQuestion(by="lane"))
    assert found.study.slowest == {}
    assert found.is_masked  # forty consignments of one trader
    assert found.study.whole.times == () and found.study.groups == () and found.study.lost == {}


@pytest.mark.parametrize(
    "given",
    [
        {"since": "2026-02-30"},
        {"since": "2026-03-02", "until": "2026-03-01"},
        {"since": "2020-01-01", "until": "2026-03-01"},
        {"by": "colour"},
        {"hours": "17:00-08:00"},
        {"hours": "morning"},
        {"clocks": "gate"},
        {"clocks": "gate=9999999"},
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(built: Built, given: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as told:
        built.house.trials.release_times.release_times(officer("analyst"), question_of(given))
    assert told.value.code != "settings"


def test_days_without_consignments_have_no_figures(built: Built) -> None:
    study = view(built, since=date(2001, 1, 1), until=date(2001, 1, 31)).study
    assert study.cases == 0 and study.whole.times == () and study.steps == ()
