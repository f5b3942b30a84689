# SPDX-License-Identifier: Apache-2.0
"""A file of several messages over HTTP and from a host's folder: each of them is dealt with as if it had come alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx
import pytest

from cocket.api import build_app
from cocket.feeds import FolderFeed, destination_of
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.measures.permits import Permit, PermitName
from cocket.pipeline.base.ownership import stated_offices
from cocket.pipeline.measures.value_history import ValueMemory
from cocket.pipeline.operations.message_rows import identity_again, look_at_identities
from cocket.pipeline.risk.threat_log import instance_log
from cocket.pipeline.tracking.port_calls import calls_of, sources_of
from tests.houses import Built, build, envelope, officer, put_permit_issuers
from tests.pipeline.intake.test_endpoint_checks import BILLS, DECLARATION, SAMPLES, declarations
from tests.simulators.doors import open_door

SENDER = "HARBOURLINE"
AGENCY = "Ministry of Trade"
NAME = PermitName(AGENCY, "861", "COO-1")
MINISTRY = Principal(id="key-9", kind="key", roles=("agency",), senders=(AGENCY,))
FEED = Principal(id="feed:host", kind="key", roles=("feed",), senders=("host",))


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home")
    put_permit_issuers(made, (AGENCY, "861"))
    made.house.measures.permits.register_permit(
        MINISTRY, Permit(agency=AGENCY, type="861", number="COO-1", quantity=Decimal(100_000), unit="KGM")
    )
    yield made
    made.house.close()


@pytest.fixture
def lodge(built: Built) -> Iterator[Any]:
    """Lodges a file over HTTP, has it worked off, and gives the answer."""
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False) as client:
        key = make_key("trader")
        built.house.governance.accounts.add_key(key, "trader", ["trader"], [SENDER])
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/edifact"}

        def lodging(content: bytes) -> dict[str, Any]:
            reply = client.post(f"http://127.0.0.1:{port}/v1/messages", headers=headers, content=content)
            built.desk()
            said: dict[str, Any] = reply.json()
            return said

        yield lodging


def uses(built: Built) -> int:
    """How many declarations take off the permit."""
    return built.house.measures.permits.permit(officer(), NAME).permit.taken.uses


def lanes(built: Built, *numbers: str) -> list[str | None]:
    found = []
    for number in numbers:
        (line,) = built.house.queries.records.find(officer("supervisor"), f"LRN-2026-{number}")
        found.append(line.advice.lane if line.advice else None)
    return found


def learnt(built: Built) -> int:
    """How many declared values are remembered and not withdrawn (two items a declaration)."""
    memory, known = ValueMemory(built.stores), Counter[str]()
    added, withdrawn = memory.comparisons.add, memory.comparisons.withdraw
    with (
        patch.object(memory.comparisons, "add", lambda one: (known.update(["in"]), added(one))),
        patch.object(memory.comparisons, "withdraw", lambda one, day: (known.update(["out"]), withdrawn(one, day))),
        memory.lock,
        built.stores.database.transaction() as connection,
    ):
        memory.catch_up(connection)
    return known["in"] - known["out"]


def declared(built: Built) -> list[tuple[str, int, bool]]:
    with built.stores.database.transaction() as connection:
        log = instance_log(built.stores, connection, datetime.now(UTC) - timedelta(days=1)).log
    return [(one.reference, one.version, one.is_cancellation) for one in log.declared]


def test_each_of_two_declarations_is_advised_on_written_off_learnt_and_logged(built: Built, lodge: Any) -> None:
    answer = lodge(declarations("CUS71", "9", "71", "72"))
    assert answer["outcome"] == "accepted"
    assert all(lanes(built, "71", "72"))
    assert uses(built) == 2
    assert learnt(built) == 4
    assert [one[0] for one in declared(built)] == ["LRN-2026-71", "LRN-2026-72"]
    with built.stores.database.transaction() as connection:
        log = instance_log(built.stores, connection, datetime.now(UTC) - timedelta(days=1)).log
        dossiers = built.stores.consignments.of_message(connection, UUID(answer["id"]))
    assert len(dossiers) == 2
    assert all(one.lane for one in log.declared)
    assert written_off(built) == set(dossiers)


def written_off(built: Built) -> set[UUID]:
    """Dossiers to which a record says that something was written off."""
    with built.stores.database.transaction() as connection:
        found = connection.execute(
            "select r.about from leaf l join record r on r.id = l.record where l.kind like 'permits-%%'"
        ).fetchall()
    return {about for (about,) in found}


def test_each_alone_is_given_back_when_it_is_cancelled(built: Built, lodge: Any) -> None:
    lodge(declarations("CUS71", "9", "71", "72"))
    lodge(declarations("CUS72", "1", "72"))
    assert uses(built) == 1
    assert learnt(built) == 2
    lodge(declarations("CUS73", "1", "71"))
    assert uses(built) == 0
    assert learnt(built) == 0
    assert declared(built)[2:] == [("LRN-2026-72", 1, True), ("LRN-2026-71", 1, True)]


def test_the_second_alone_is_amended_and_an_amendment_behind_another_counts_too(built: Built, lodge: Any) -> None:
    lodge(declarations("CUS71", "9", "71", "72"))
    lodge(declarations("CUS72", "5", "72").replace(b"COO-1", b"COO-7"))
    assert uses(built) == 1
    lodge(declarations("CUS73", "5", "71", "72"))
    assert uses(built) == 2
    lodge(declarations("CUS74", "5", "72").replace(b"COO-1", b"COO-7"))
    assert uses(built) == 1


def test_a_hosts_folder_gives_each_and_a_changed_file_changes_each(built: Built, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    file = folder / "two.csv"  # the folder goes by the ends of names, and by what is in the file
    file.write_bytes(declarations("CUS71", "9", "71", "72"))
    feed = FolderFeed(destination_of(built.house), folder, FEED, "host")
    assert feed.once().accepted == 1
    built.desk()
    assert all(lanes(built, "71", "72"))
    assert uses(built) == 2
    assert learnt(built) == 4
    assert len(declared(built)) == 2

    head, tail = file.read_bytes().split(b"UNH+2+")
    file.write_bytes(head + b"UNH+2+" + tail.replace(b"COO-1", b"COO-7"))
    assert feed.once().accepted == 1
    built.desk()
    assert uses(built) == 1


def test_a_hosts_file_with_one_that_is_held_behind_a_new_one_holds_the_new_one(built: Built, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    feed = FolderFeed(destination_of(built.house), folder, FEED, "host")
    for place, numbers in enumerate((("71", "72"), ("73", "72"), ("73",))):
        (folder / f"{place}.csv").write_bytes(declarations(f"CUS7{place}", "9", *numbers))
        assert feed.once().accepted == 1
    built.desk()
    assert uses(built) == 3
    with built.stores.database.transaction() as connection:
        found = connection.execute("select reference, versions from identity where reference is not null order by 1")
        assert found.fetchall() == [("LRN-2026-71", 1), ("LRN-2026-72", 2), ("LRN-2026-73", 2)]


def test_a_reference_that_is_held_is_found_behind_another_and_so_is_one_that_was_given_there(
    built: Built, lodge: Any
) -> None:
    lodge(declarations("CUS71", "9", "71", "72"))
    behind = lodge(declarations("CUS72", "9", "73", "72"))
    assert (behind["outcome"], behind["findings"][0]["found"]) == ("conflict", "LRN-2026-72")
    again = lodge(declarations("CUS72", "9", "73", "72"))
    assert (again["outcome"], again["findings"][0]["found"]) == ("conflict", "LRN-2026-72")
    alone = lodge(declarations("CUS73", "9", "72"))
    assert (alone["outcome"], alone["findings"][0]["found"]) == ("conflict", "LRN-2026-72")
    assert uses(built) == 2
    assert lodge(declarations("CUS74", "9", "73"))["outcome"] == "accepted", "what was refused holds nothing"
    assert lodge(declarations("CUS71", "9", "71", "72"))["outcome"] == "accepted"
    assert uses(built) == 3


def test_a_second_that_is_refused_is_told_and_refuses_the_file(built: Built, lodge: Any) -> None:
    content = declarations("CUS71", "9", "71", "72")
    head, tail = content.split(b"UNH+2+")
    answer = lodge(head + b"UNH+2+" + tail.replace(b"UNT+61+2'", b"UNT+60+2'"))
    assert answer["outcome"] == "refused"
    (finding,) = [one for one in answer["findings"] if one["severity"] == "error"]
    assert finding["code"] == "edifact-count"
    assert int(finding["location"].split()[-1].split(":")[0]) > head.count(b"\n"), "it says where in the file"
    assert uses(built) == 0
    assert lodge(content)["outcome"] == "accepted"


def test_what_recognises_a_message_behind_another_is_put_back_as_it_was(built: Built, lodge: Any) -> None:
    answer = lodge(declarations("CUS71", "9", "71", "72"))
    named = "sender, standard, reference, message_id, versions, content_mac"
    with built.stores.database.transaction() as connection:
        (row,) = connection.execute(
            f"select {named} from identity where message_id = %s and octet_length(content_mac) > 32", (answer["id"],)
        ).fetchall()
        assert row[2] == "LRN-2026-72"
        connection.execute("update identity set reference = 'X' where content_mac = %s", (row[5],))
        what, _ = identity_again(built.stores, connection, f"{row[0]} \\x{row[5].hex()}")
        assert what == "changed"
        assert connection.execute(f"select {named} from identity where content_mac = %s", (row[5],)).fetchall() == [row]
        assert look_at_identities(built.stores, connection, [{"id": UUID(answer["id"])}]) == []
        connection.execute("delete from identity where octet_length(content_mac) = 32")
        assert [one.stands for one in look_at_identities(built.stores, connection, [{"id": UUID(answer["id"])}])] == [
            None
        ]


def test_a_manifest_behind_a_declaration_states_its_port_calls_and_its_office(built: Built, lodge: Any) -> None:
    answer = lodge(DECLARATION.replace(b"CUS21B01", b"CUS21B77") + BILLS.replace(b"LOC+22+AL01'", b"LOC+22+AL02'"))
    assert answer["outcome"] == "accepted"
    with built.stores.database.transaction() as connection:
        stored = built.stores.messages.get(connection, UUID(answer["id"]))
    assert stored is not None
    assert calls_of(stored)
    assert {one.source for one in calls_of(stored)} == {sources_of(stored)[1]}
    assert stated_offices(stored) == ("AL01", "AL02")


def test_each_of_two_air_waybills_holds_its_reference(built: Built, lodge: Any) -> None:
    first, second = (path.read_bytes() for path in sorted((SAMPLES / "cargo-imp-fwb").iterdir()))
    assert lodge(first + second)["outcome"] == "accepted"
    clash = lodge(second.replace(b"KEEP UPRIGHT", b"KEEP COOL"))
    assert (clash["outcome"], clash["findings"][0]["found"]) == ("conflict", "160-12345675")


def test_advice_ahead_is_for_one_alone(built: Built) -> None:
    told = built.house.assessment.preview.assess_only(
        Principal(id="host", kind="key", roles=("host",), senders=("host",)), envelope(declarations("C", "9", "7", "8"))
    )
    assert isinstance(told, tuple)
    assert (told[0].code, told[0].found) == ("several-messages", "2")
