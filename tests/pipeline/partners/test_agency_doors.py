# SPDX-License-Identifier: Apache-2.0
"""Other agencies over HTTP: what is in scope, holds and their release, one appointment, and nothing for whoever it is not of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from cocket.pipeline.partners.appointments import NewSlots
from tests.houses import Built
from tests.pipeline.partners.test_agencies import SIONE, agree, built, lodged, office  # noqa: F401
from tests.simulators.doors import open_door

Ask = Callable[..., httpx.Response]

NOTHING = "01900000-0000-7000-8000-000000000000"
HOLD = {"agency": "PLANT", "is_held": True, "reason": "live plants", "law": "Plant Health Act, s. 12", "examines": True}


@pytest.fixture(scope="module")
def ask(built: Built) -> Iterator[Ask]:  # noqa: F811
    agree(built, "FOOD", codes='["01"]')
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False, timeout=60) as client:
        keys: dict[tuple[str, str], str] = {}

        def asking(method: str, path: str, role: str = "agency", sender: str = "PLANT", **how: Any) -> httpx.Response:
            if (role, sender) not in keys:
                keys[role, sender] = make_key(f"{role}{sender}".lower())
                built.house.governance.accounts.add_key(keys[role, sender], f"{role} {sender}", [role], [sender])
            headers = {"Authorization": f"Bearer {keys[role, sender]}"}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)

        yield asking


def test_an_agency_holds_and_releases_and_others_meet_what_is_not_there(built: Built, ask: Ask) -> None:  # noqa: F811
    dossier = lodged(built, "DOOR-1")
    where = f"/v1/agencies/consignments/{dossier}"
    assert dossier in ask("GET", "/v1/agencies/queue").text
    file = ask("GET", where)
    assert file.status_code == 200 and "risk" not in file.text and "score" not in file.text
    assert ask("POST", f"{where}/holds", json=HOLD).status_code == 201
    assert [one["is_held"] for one in ask("GET", where).json()["holds"] if one["agency"] == "PLANT"] == [True]
    for role, sender in (("agency", "FOOD"), ("agency", "STRANGER"), ("trader", "OTHER")):
        there = ask("GET", where, role, sender)
        absent = ask("GET", f"/v1/agencies/consignments/{NOTHING}", role, sender)
        assert there.status_code == absent.status_code, (role, sender)
        assert there.text.replace(dossier, "-") == absent.text.replace(NOTHING, "-"), (role, sender)
        assert ask("POST", f"{where}/holds", role, sender, json=HOLD | {"agency": sender}).status_code in (403, 404)
    other = ask("POST", f"{where}/holds", "agency", "VET", json=HOLD | {"is_held": False})
    assert other.status_code in (403, 404, 422), "of another agency's hold"
    assert ask("POST", f"{where}/holds", json=HOLD | {"is_held": False, "reason": "clean"}).status_code == 201
    assert [one["is_held"] for one in ask("GET", where).json()["holds"] if one["agency"] == "PLANT"] == [False]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("holds", {}),
        ("holds", HOLD | {"reason": ""}),
        ("holds", HOLD | {"is_held": "perhaps"}),
        ("holds", HOLD | {"surprise": 1}),
        ("permits", {"type": "C400"}),
        ("results", {"outcome": "whatever", "words": "x"}),
        ("results", {"outcome": "complies", "words": "x", "papers": [{"name": "a.pdf", "content": "not base64!"}]}),
    ],
)
def test_a_body_that_does_not_hold_is_refused_in_words(built: Built, ask: Ask, path: str, body: Any) -> None:  # noqa: F811
    dossier = lodged(built, "DOOR-2")
    refused = ask("POST", f"/v1/agencies/consignments/{dossier}/{path}", json=body)
    assert refused.status_code in (400, 422), refused.text
    assert len(refused.json()["error"]["message"]) > 10


def test_an_appointment_is_set_moved_and_ends_with_its_hold(built: Built, ask: Ask) -> None:  # noqa: F811
    dossier, day = lodged(built, "DOOR-3"), datetime.now(UTC).date() + timedelta(days=9)
    new = NewSlots(office=office(built), day=day, begins=time(9), count=2, places=1)
    slots = [one.id for one in built.house.partners.appointments.open_slots(SIONE, new)]
    for slot in slots:
        said = ask("PUT", "/v1/appointments/slots/attendance", json={"slot": slot, "places": 1})
        assert said.status_code == 200, said.text
    assert ask("POST", f"/v1/agencies/consignments/{dossier}/holds", json=HOLD).status_code == 201
    own = ask("GET", "/v1/own/appointments", "trader", "ACME").json()
    assert dossier in str(own) or "DOOR-3" in str(own), own
    path = f"/v1/appointments/{dossier}/move"
    moved = ask("POST", path, json={"slot": slots[1], "reason": "our inspector is ill"})
    assert moved.status_code == 200, moved.text
    assert moved.json()["slot"] == slots[1]
    assert ask("POST", path, json={"slot": slots[0], "reason": ""}).status_code in (400, 422)
    assert ask("POST", path, "agency", "FOOD", json={"slot": slots[0], "reason": "why not"}).status_code in (403, 404)
    released = ask("POST", f"/v1/agencies/consignments/{dossier}/holds", json=HOLD | {"is_held": False})
    assert released.status_code == 201
    assert slots[1] not in str(ask("GET", "/v1/own/appointments", "trader", "ACME").json())
