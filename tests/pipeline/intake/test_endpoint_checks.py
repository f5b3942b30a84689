# SPDX-License-Identifier: Apache-2.0
"""EDIFACT at the door: who it is from and for whom, what came before, and several messages in one interchange."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from uuid import UUID

import pytest

from cocket.consignment import Paper
from cocket.governance import Principal
from cocket.pipeline.consignment.papers import filed_papers
from cocket.pipeline.intake.messages import Answer
from tests.corpora import corpora
from tests.houses import Built, build, envelope, officer, trader

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
BILLS = (SAMPLES / "edifact-cuscar" / "two-bills-d21b.edi").read_bytes()
EVENTS = (SAMPLES / "edifact-iftsta" / "two-consignments-d21b.edi").read_bytes()
DECLARATION = (SAMPLES / "edifact-cusdec" / "import-d21b.edi").read_bytes()
EVENT = "container-journey.json"
ADDRESS = "ALPHALANDCUSTOMS"

#: What a door answers for each label.
OUTCOMES = {"accept": ("accepted",), "same": ("accepted",), "flag": ("accepted",), "reject": ("refused", "conflict")}

#: Cases that are judged otherwise than labelled, and why.
OTHERWISE = {
    "047-fault": "accept",  # a wrong check digit of a container warns, as in every standard: the number is as it was sent
    "023-time-odd": "reject",  # the year 1 is out of the bounds of dates
    "076-recordtime": "accept",  # EPCIS 2.0 §7.4.1: ignored at capture, not refused
}


def expected(case: dict[str, str]) -> str:
    """What is expected of a case."""
    return OTHERWISE.get(case["id"], case["expect"])


def lodge(built: Built, data: bytes, sender: str = "HARBOURLINE", door: str = "api") -> Answer:
    return built.house.intake.messages.take_many([envelope(data, sender=sender, door=door)], principal=trader(sender))[
        0
    ]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("home") / "house", edifact_addresses=f"OTHERS, {ADDRESS}")


def codes(answer: Answer) -> list[str]:
    return [finding.code for finding in answer.findings]


def test_an_interchange_of_another_sender_is_refused(built: Built) -> None:
    answer = lodge(built, BILLS, sender="SOMEBODYELSE")
    assert answer.outcome == "refused"
    assert codes(answer) == ["edifact-sender-other"]


def test_an_interchange_for_another_recipient_is_refused(built: Built) -> None:
    answer = lodge(built, BILLS.replace(ADDRESS.encode(), b"BETALANDCUSTOMS"))
    assert answer.outcome == "refused"
    assert codes(answer) == ["edifact-recipient-other"]


def test_without_addresses_any_recipient_is_taken(tmp_path: Path) -> None:
    assert lodge(build(tmp_path / "house"), BILLS).outcome == "accepted"


def test_a_hosts_folder_may_hold_what_others_sent(built: Built) -> None:
    assert lodge(built, BILLS, sender="host", door="feeds").outcome == "accepted"


def test_every_message_of_an_interchange_reaches_a_dossier(built: Built) -> None:
    answer = lodge(built, two_movements())
    assert answer.outcome == "accepted"
    built.desk()
    dossiers = built.house.queries.records.message(officer(), answer.id).consignment_ids
    papers = [paper for each in dossiers for paper in built.house.queries.records.dossier(officer(), each).papers]
    assert len([paper for paper in papers if paper.id == answer.id]) >= 2


def test_an_amended_message_replaces_itself_and_none_that_came_with_it(built: Built) -> None:
    both = lodge(built, declarations("CUS91", "9", "91", "92"))
    amended = [lodge(built, declarations("CUS92", "5", "91")), lodge(built, declarations("CUS93", "5", "92"))]
    assert [one.outcome for one in (both, *amended)] == ["accepted"] * 3

    built.desk()
    for number in ("91", "92"):
        assert [paper.standing for paper in papers_of_declaration(built, number)] == ["superseded", "accepted"]


def test_a_message_outlives_an_amendment_of_the_one_before_it_in_the_same_interchange(built: Built) -> None:
    both = lodge(built, declarations("CUS81", "9", "81", "82"))
    assert lodge(built, declarations("CUS82", "5", "81")).outcome == "accepted"
    built.desk()
    assert [paper.standing for paper in papers_of_declaration(built, "81")] == ["superseded", "accepted"]
    (paper,) = papers_of_declaration(built, "82")
    assert (paper.message_id, paper.standing) == (both.id, "accepted")


def papers_of_declaration(built: Built, number: str) -> tuple[Paper, ...]:
    (found,) = built.house.queries.records.find(officer(), f"LRN-2026-{number}")
    with built.stores.database.transaction() as connection:
        return filed_papers(built.stores, connection, UUID(found.id))


def test_every_air_waybill_of_a_file_reaches_a_dossier(built: Built) -> None:
    first, second, *_ = (path.read_bytes() for path in sorted((SAMPLES / "cargo-imp-fwb").iterdir()))
    answer = lodge(built, first + second)
    assert answer.outcome == "accepted"
    built.desk()
    queries = built.house.queries.records
    assert len(queries.message(officer(), answer.id).consignment_ids) == 2
    for name in ("618-00000011", "160-12345675"):
        (found,) = queries.find(officer(), name)
        assert [paper.id for paper in queries.dossier(officer(), found.id).papers] == [answer.id]


def declarations(interchange: str, function: str, *numbers: str) -> bytes:
    """Declarations of unlike goods, each with names of its own, in one interchange."""
    head, body = DECLARATION.replace(b"CUS21B01", interchange.encode()).split(b"UNH+1+", 1)
    message, tail = body.split(b"UNZ+1+", 1)
    made = head
    for place, number in enumerate(numbers, 1):
        one = message.replace(b"2026-55+9'", f"2026-{number}+{function}'".encode()).replace(
            b"2026-55", f"2026-{number}".encode()
        )
        for name in (b"HLCU1001", b"6NL001234567-55", b"INV-9"):
            one = one.replace(name, name + number.encode())
        made += f"UNH+{place}+".encode() + one.replace(b"UNT+61+1'", f"UNT+61+{place}'".encode())
    return made + f"UNZ+{len(numbers)}+".encode() + tail


def two_movements() -> bytes:
    """Two status messages in one interchange."""
    head, body = EVENTS.split(b"UNH+1+", 1)
    message, tail = body.split(b"UNZ+1+", 1)
    first = b"UNH+1+" + message
    second = first.replace(b"UNH+1+", b"UNH+2+").replace(b"+1'\nUNZ", b"+2'\nUNZ").replace(b"HLCU100", b"HLCU900")
    second = second.rstrip()
    place = second.rindex(b"+1'")
    second = second[:place] + b"+2'\n"
    return head + first + second + b"UNZ+2+" + tail


def test_malformed_interchanges_are_answered_at_the_door_as_labelled(tmp_path: Path) -> None:
    folder = corpora("hostile", "edifact-malformed")
    built = build(tmp_path / "house", edifact_addresses="CUSTOMS1")
    first, wrong, repeats = b"", [], []
    for case in map(json.loads, (folder / "manifest.jsonl").read_text().splitlines()):
        data = (folder / case["file"]).read_bytes()
        data = gzip.decompress(data) if case.get("gz") else data
        first = first or data
        by = Principal(id="key-1", kind="key", roles=("trader",), senders=(case["id"], "CARRIER1"))
        if case["kind"].startswith("replay"):
            built.house.intake.messages.take_many([envelope(first, sender=case["id"])], principal=by)
        answer = built.house.intake.messages.take_many([envelope(data, sender=case["id"])], principal=by)[0]
        if answer.is_repeat:
            repeats.append(case["expect"])
        if answer.outcome not in OUTCOMES.get(expected(case), (answer.outcome,)):
            wrong.append((case["id"], case["note"], answer.outcome, codes(answer)))
    assert wrong == []
    assert repeats == ["same"]


def test_what_a_capture_says_of_when_it_was_recorded_is_not_used_and_told_so(built: Built) -> None:
    event = json.loads((SAMPLES / "epcis" / EVENT).read_bytes())
    plain = json.dumps(event).encode()
    event["epcisBody"]["eventList"][0]["recordTime"] = "2026-11-20T09:16:00Z"
    answer = lodge(built, json.dumps(event).encode(), sender="SENSORS")
    (told,) = [one for one in answer.findings if one.code == "epcis-record-time"]
    assert (answer.outcome, told.severity, told.found) == ("accepted", "info", "2026-11-20T09:16:00Z")
    assert "epcis-record-time" not in codes(lodge(built, plain, sender="OTHERS"))


def test_hostile_captures_are_answered_at_the_door_as_labelled(tmp_path: Path) -> None:
    folder = corpora("hostile", "epcis-invalid")
    built, wrong = build(tmp_path / "house"), []
    for case in map(json.loads, (folder / "manifest.jsonl").read_text().splitlines()):
        data = (folder / case["file"]).read_bytes()
        answer = lodge(built, gzip.decompress(data) if case.get("gz") else data, sender=case["id"])
        if answer.outcome not in OUTCOMES.get(expected(case), (answer.outcome,)):
            wrong.append((case["id"], case["note"], answer.outcome, codes(answer)))
    assert wrong == []
