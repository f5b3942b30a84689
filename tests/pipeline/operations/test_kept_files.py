# SPDX-License-Identifier: Apache-2.0
"""Files of partners, gateways, offices and pilots under retention, in a real house: what is due, and what waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket.governance.retention import CLASSES, kept_homes
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.document_files import DocumentFiles, Place, file_id
from cocket.pipeline.base.gateway_files import BATCH, HELD, GatewayBatchTaken, HeldEntry
from cocket.pipeline.base.pilot_protocols import ANSWER, PILOT, state_of
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.partners.following import TOLD
from cocket.pipeline.partners.pulls import PULL
from cocket.trials.pilots.protocol import PilotPlan, PilotProtocol
from tests.houses import Built, build
from tests.messages import declaration
from tests.pipeline.operations.test_access_days import audited
from tests.pipeline.operations.test_retention import (
    SIONE,
    VEA,
    dossier_of,
    erased,
    hold,
    later,
    lodged,
    retention_of,
    states,
)

__all__ = ["later"]

SCHEDULE = "".join(
    f'[[rule]]\nclass = "{name}"\nlaw = "Law on {name}"\nfrom_event = "{event}"\nperiod = "1 year"\non_end = "erase"\n'
    for name, event in (("partner-record", "given"), ("continuity", "changed"), ("pilot-answer", "pilot-ended"))
).encode()
NOW = datetime.now(UTC)
TODAY = NOW.date()
PIER, OPEN, SETTLED = (Place(state=state, office="XA110000") for state in ("kept", "open", "settled"))


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    made.settings.retention_file.write_bytes(SCHEDULE)
    yield made
    made.house.close()


def kept(built: Built, kind: str, name: str, body: Any, where: Place | str = "kept") -> str:
    """A document as its service keeps it; its id."""
    with built.stores.database.transaction() as connection:
        record = DocumentFiles(built.stores).write(connection, kind, name, (body, "somebody"), where)
        assert record is not None
        built.stores.leaves.append_records(connection, [record])
    return str(file_id(kind, name))


def held(name: str, sender: str = "ACME", settled: Any = None) -> HeldEntry:
    return HeldEntry(
        id=name, gateway="pier", office="XA110000", sequence=1, why="late", sender=sender, key="k", captured=NOW,
        came=NOW, content=b"SECRET-CONTENT", settled=settled, by="pier",
    )  # fmt: skip


def pilot(name: str, last: date, lock_days: int = 10, **more: Any) -> PilotProtocol:
    """A protocol of a pilot of 40 days."""
    plan = PilotPlan(
        title="Score", question="Does it help?", treatment="The score is shown.", offices=("XA110000",), period_days=8,
        first=last - timedelta(days=39), periods=5, lock_days=lock_days,
    )  # fmt: skip
    assert plan.last == last
    return PilotProtocol(id=name, version=1, plan=plan, commitment="0" * 64, by="anna", sealed=NOW, **more)


def answered(built: Built, pilot_id: str) -> str:
    name = f"{pilot_id} dossier pita"
    place = Place(names=(("name", name), ("pilot", pilot_id)))
    return kept(
        built,
        ANSWER,
        name,
        {
            "pilot": pilot_id,
            "useful": "no",
            "time": "more",
            "alone": "yes",
            "words": "too late",
            "consignment": "dossier",
            "by": "pita",
        },
        place,
    )


def test_what_a_gateway_brought_goes_once_it_is_decided_and_a_sender_held_keeps_his(built: Built, later: date) -> None:
    batch = kept(built, BATCH, "pier 1", GatewayBatchTaken(gateway="pier", first=1, at=NOW, lines=()), PIER)
    waits = kept(built, HELD, "pier 2", held("pier 2"), OPEN)
    done = kept(built, HELD, "pier 3", held("pier 3", settled="left"), SETTLED)
    others = kept(built, HELD, "pier 4", held("pier 4", "OTHER", "left"), SETTLED)
    retention_of(built).place_hold(SIONE, hold(target="sender", value="OTHER"))
    assert states(built) == {batch: "due", done: "due", others: "held"}
    plan = retention_of(built).plan(SIONE)
    assert plan.classes["continuity"] == {"due": 2, "held": 1, "not-begun": 1}
    told = erased(built)
    assert {one.id for one in told.destroyed} == {batch, done} and all(len(one.leaves) == 1 for one in told.destroyed)
    assert audited(built) == []
    for one in (batch, done, waits):
        with pytest.raises(NotFoundError):
            Erasure(built.stores).erase(one, who="root", reason="order")
    with built.stores.database.transaction() as connection:
        again = DocumentFiles(built.stores).read(connection, HELD, "pier 2", HeldEntry)
    assert again is not None and again.content == b"SECRET-CONTENT"
    report = retention_of(built).report(SIONE, TODAY, TODAY + timedelta(days=1))
    assert report.holds and report.lines[0].laws == {"Law on continuity": 2}


def test_answers_about_a_pilot_go_a_term_after_its_end_and_the_pilot_stays(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (
        pilot("runs", TODAY + timedelta(days=400)),
        pilot("over", TODAY - timedelta(days=400)),
        pilot("just", TODAY - timedelta(days=370), lock_days=30),
        pilot("stopped", TODAY + timedelta(days=400), stopped=NOW - timedelta(days=400)),
        pilot("replayed", date(2019, 3, 31), replayed=date(2019, 3, 1)),
    ):
        kept(built, PILOT, one.id, one, state_of(one))
        answered(built, one.id)
    ids = {
        name: str(file_id(ANSWER, f"{name} dossier pita")) for name in ("runs", "over", "just", "stopped", "replayed")
    }
    assert states(built) == {ids["over"]: "due", ids["stopped"]: "due"}
    assert retention_of(built).plan(SIONE).classes["pilot-answer"] == {"due": 2, "running": 1, "not-begun": 2}
    assert {one.id for one in erased(built).destroyed} == {ids["over"], ids["stopped"]}
    with built.stores.database.transaction() as connection:
        left = built.stores.case_files.of_kind(connection, ANSWER)
        pilots = built.stores.case_files.of_kind(connection, PILOT)
    assert {str(one.id) for one in left} == {ids["runs"], ids["just"], ids["replayed"]} and len(pilots) == 5
    assert audited(built) == []


def test_a_pull_goes_with_its_dossier_and_one_of_none_by_the_class_of_partners(built: Built, later: date) -> None:
    dossier = dossier_of(built, lodged(built, declaration("K-1"))[0])
    own = kept(built, PULL, "own", {"id": "own"}, Place(state="came", consignment=UUID(dossier)))
    free = kept(built, PULL, "free", {"id": "free"}, "came")
    waits = kept(built, TOLD, "waits", {"about": "https://x.example/1"}, "waiting")
    noted = kept(built, TOLD, "noted", {"about": "https://x.example/2"}, "noted")
    assert states(built) == {free: "due", noted: "due"}
    with pytest.raises(NotFoundError):
        Erasure(built.stores).erase(own, who="root", reason="order")
    assert {one.id for one in erased(built).destroyed} == {free, noted}
    Erasure(built.stores).erase(dossier, who="root", reason="order")
    with built.stores.database.transaction() as connection:
        there = {str(one.id) for kind in (PULL, TOLD) for one in built.stores.case_files.of_kind(connection, kind)}
    assert there == {waits}


def test_a_plan_says_what_is_of_no_class_and_why(built: Built) -> None:
    plan = retention_of(built).plan(SIONE)
    assert plan.kept == kept_homes().kept
    assert {"pilot", "gateway", "outage"} <= set(plan.kept[0].kinds) and all(one.why for one in plan.kept)
    assert {"continuity", "pilot-answer"} <= CLASSES.keys()
    assert b"kept" in msgspec.json.encode(plan)
