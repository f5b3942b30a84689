# SPDX-License-Identifier: Apache-2.0
"""Every route of both doors, asked for every thing by every reader: nobody meets a word of what he may not see.

The house, its database and the doors are real, and asked over HTTP; who may see what stands in `access_table`. A route that
the table does not know fails, and so does a decision or a filter that is taken away.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any, Final, get_args

import httpx
import pytest
from fastapi import FastAPI

from cocket.api import build_app as build_api
from cocket.api.rest import build_rest
from cocket.errors import SenderError
from cocket.gate import Flight
from cocket.governance import Decision, Policy, Principal, Resource, shipped_policy
from cocket.pipeline.base import access as front_desk
from cocket.pipeline.queries import records as reading_room
from cocket.pipeline.queries.views import QueueFilter
from cocket.pipeline.tracking.device_register import DeviceRegister, key_credential, make_device_key, new_device
from cocket.pipeline.tracking.guarantees import GUARANTEE_ACTS
from cocket.pipeline.tracking.seal_handling import SealAct
from cocket.pipeline.tracking.views import AlertFilter, NewJourney
from cocket.stores.tracking.journeys import Journeys
from cocket.workbench import build_app as build_workbench
from cocket.workbench.routes import ROUTERS
from cocket.workbench.tracking import devices as stock_pages
from tests.house.access_house import NOTHING, PASSWORD, Found, furnish
from tests.house.access_table import (
    API,
    BOUND,
    CUSTOMS,
    DEVICE,
    GUARANTEE,
    KEYS,
    PEOPLE,
    SHARED,
    STAFF,
    THINGS,
    TOTALS,
    WORDS,
    WORKBENCH,
    A,
    B,
    C,
    Reader,
    Route,
    Thing,
    is_on_bound,
)
from tests.simulators.doors import open_door
from tests.workbench.base.test_real_instance import token
from tests.workbench.conftest import served

#: Where ids of a kind are told to whoever may not read such things. A refusal is listed by the address that was asked for, or an
#: auditor could not see who tried what; the readers are bound to no office and see all but proposals of a lane. Such an id names
#: nothing, opens nothing, and tells no more than that somebody was refused a proposal, which is what the list is for.
_TELLS_IDS = {"/administration/refusals": "proposal"}

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_IS_ID = re.compile(r"[0-9a-f-]{32,36}")
_PLACE = re.compile(r"{(\w+)(?::path)?}")

#: A connection that the door is about to close, because nobody used it for a while, is not used again.
_LIMITS = httpx.Limits(keepalive_expiry=1.0)

Asking = Callable[[str, str, Mapping[str, str] | None], httpx.Response]


@dataclass
class Doors:
    """Both doors, open.

    Attributes:
        found: The house behind them.
        people: Reader → signed-in browser without eyes, and the token of his forms.
        machines: Reader → client with his key.
    """

    found: Found
    people: dict[str, tuple[httpx.Client, str]] = field(default_factory=dict)
    machines: dict[str, httpx.Client] = field(default_factory=dict)

    def ask_page(self, reader: Reader) -> Asking:
        client, csrf = self.people[reader.name]

        def asking(method: str, path: str, fields: Mapping[str, str] | None) -> httpx.Response:
            given = {"csrf": csrf, **(fields or {})} if method == "POST" else None
            answer = client.request(method, path, data=given)
            if "cocket-toast" in client.cookies:  # what was said once would stand on the next page
                client.cookies.delete("cocket-toast")
            return answer

        return asking

    def ask_api(self, reader: Reader) -> Asking:
        client = self.machines[reader.name]
        said: dict[str, dict[str, Any]] = {
            "results": {"depth": "documents", "found": False},
            "status": {"status": "suspended", "reason": "why not"},
            "payment": {},
            "order": {"account": "4711"},
            "refusal": {"digest": "0" * 64, "reason": "why not"},
            "holds": {"agency": "food", "is_held": True, "reason": "why not"},
            "contest": {"ground": "origin", "words": "why not"},
            "answer": {"outcome": "explained", "grounds": "why not"},
            "receipt": {},
            "withdrawal": {},
            "parting": {"message_id": "0" * 36, "reason": "why not"},
            "joining": {"other": "0" * 36, "reason": "why not"},
            "undoing": {"correction": "0" * 36, "reason": "why not"},
        }

        def asking(method: str, path: str, fields: Mapping[str, str] | None) -> httpx.Response:
            return client.request(method, path, json=said[path.rpartition("/")[2]] if method == "POST" else None)

        return asking


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    found = furnish(tmp_path_factory.mktemp("access") / "home")
    opened = Doors(found)
    with ExitStack() as stack:
        page_address = stack.enter_context(served(build_workbench(found.house)))
        port = stack.enter_context(open_door(build_api(found.house)))
        for one in PEOPLE:
            client = httpx.Client(base_url=page_address, headers={"origin": page_address}, timeout=30, limits=_LIMITS)
            stack.enter_context(client)
            answer = client.post("/sign-in", data={"name": one.name, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
            opened.people[one.name] = client, token(client.get("/parts").text)
        for one in KEYS:
            headers = {"authorization": f"Bearer {found.keys[one.name]}"}
            client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30, limits=_LIMITS)
            opened.machines[one.name] = stack.enter_context(client)
        yield opened
    found.tracked.close()
    found.house.close()


def routes_of(app: Any) -> set[tuple[str, str]]:
    """Every route of an application, by method and path."""
    return {
        (method, route.path) for route in app.routes if hasattr(route, "methods") for method in route.methods - {"HEAD"}
    }


def test_every_route_of_both_doors_stands_in_the_table(doors: Doors) -> None:
    pages = set().union(*(routes_of(router) for router in ROUTERS))
    assert pages == WORKBENCH.keys()
    assert routes_of(build_rest(doors.found.house, Flight(1, 1024))) == API.keys()


def test_a_route_that_the_table_does_not_know_is_found() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.get("/v1/everything")(lambda: None)
    assert ("GET", "/v1/everything") in routes_of(app) - API.keys()


class Walk:
    """Asks, and keeps what is wrong with the answers.

    Args:
        found: The house.
    """

    def __init__(self, found: Found) -> None:
        self.wrong: list[str] = []
        self.asked = 0
        self._found = found
        self._words: dict[str, list[str]] = {}
        self._secrets: dict[str, Thing] = {}
        for name, thing in THINGS.items():
            self._words.setdefault(thing.word, []).append(name)
            if thing.secret:
                self._secrets[thing.secret] = thing
        for word, names in SHARED.items():
            self._words[word] += names
        self._ids: dict[str, set[str]] = {}
        for name, place in found.places.items():
            for key, value in place.items():
                if not _ID.fullmatch(value):
                    continue
                if key in ("order_id", "result_id") and value != NOTHING:
                    self._secrets[value] = THINGS[name]
                else:
                    self._ids.setdefault(value, set()).add(name)

    def over(
        self, table: Mapping[tuple[str, str], Route], readers: Iterable[Reader], ask: Callable[[Reader], Asking]
    ) -> None:
        """Ask every route as every reader."""
        for reader in readers:
            asking = ask(reader)
            for (method, path), route in table.items():
                if route.why_not:
                    continue
                if route.kind in ("", "rule", "report"):
                    self._list(reader, asking, (method, path), route)
                else:
                    self._things(reader, asking, (method, path), route)

    def _things(self, reader: Reader, asking: Asking, where: tuple[str, str], route: Route) -> None:
        method, path = where
        absent: dict[str, httpx.Response] = {}
        for name, thing in THINGS.items():
            if thing.kind != route.kind:
                continue
            place = self._found.places[name]
            is_there = reader.knows(thing) if route.of_advice else reader.sees(thing)
            sees = is_there and reader.role in route.roles
            is_near = reader.office in (None, *(thing.offices if thing.advised is None else thing.advised))
            if route.is_act and (sees or (reader.role in route.beside and is_near)):
                continue
            answer = self._ask(reader, asking, method, _filled(path, place))
            if sees and not route.is_act:
                if answer.status_code not in route.good:
                    self._say(reader, where, name, f"{answer.status_code} for what he may see")
                elif route.has_word and answer.status_code == 200 and thing.word not in answer.text:
                    self._say(reader, where, name, "without its word")
            elif not is_there:
                nothing = _filled(path, {key: value for key, value in place.items() if not _IS_ID.fullmatch(value)})
                if nothing not in absent:
                    absent[nothing] = self._ask(reader, asking, method, nothing)
                same = answer.status_code == absent[nothing].status_code and answer.status_code in (403, 404)
                if not same or _plain(answer, place) != _plain(absent[nothing], {}):
                    self._say(reader, where, name, f"{answer.status_code}, unlike what is not there")
            elif answer.status_code not in (403, 404, 422):
                self._say(reader, where, name, f"{answer.status_code} for what he may not do")

    def _list(self, reader: Reader, asking: Asking, where: tuple[str, str], route: Route) -> None:
        method, path = where
        for query in _queries(route, self._found):
            target = _filled(path, {"code": "party-listed", "act": "retry"}) + (f"?{query}" if query else "")
            answer = self._ask(reader, asking, method, target)
            expected = (*route.good, 403) if "office=" in query else route.good
            is_for = reader.role in route.roles and not (route.is_unbound and reader.office)
            is_for = is_for and not (route.is_spoken_for and not reader.senders)
            if is_for and answer.status_code not in expected:
                self._say(reader, where, query, f"{answer.status_code}")
            if not is_for and answer.status_code not in (403, 404):
                self._say(reader, where, query, f"{answer.status_code} for another role")

    def _ask(self, reader: Reader, asking: Asking, method: str, target: str) -> httpx.Response:
        answer = asking(method, target, {"reason": "why not", "lane": "green", "note": "x", "depth": "documents"})
        self.asked += 1
        told = answer.text + str(answer.headers.get("location", ""))
        if answer.status_code >= 500:
            self._say(reader, (method, target), "", str(answer.status_code))
        for word, names in self._words.items():
            if word in told and word not in target and not any(reader.sees(THINGS[name]) for name in names):
                self._say(reader, (method, target), names[0], f"tells {word}")
        for word, thing in self._secrets.items():
            if word in told and word not in target and not reader.knows(thing):
                self._say(reader, (method, target), thing.word, f"tells {word}")
        for one in set(_ID.findall(told)) & self._ids.keys():
            if all(THINGS[name].kind == _TELLS_IDS.get(target) for name in self._ids[one]):
                continue
            if one not in target and not any(reader.sees(THINGS[name]) for name in self._ids[one]):
                self._say(reader, (method, target), str(sorted(self._ids[one])), "tells its id")
        return answer

    def _say(self, reader: Reader, where: tuple[str, str], about: str, what: str) -> None:
        self.wrong.append(f"{reader.name}: {' '.join(where)} [{about}]: {what}")


def _filled(path: str, place: Mapping[str, str]) -> str:
    """An address with what stands for its names; what is not given is nothing that there is."""

    def value(name: re.Match[str]) -> str:
        return place.get(name[1]) or place.get(f"{name[1]}_id") or {"item": "1"}.get(name[1], NOTHING)

    return _PLACE.sub(value, path)


def _plain(answer: httpx.Response, place: Mapping[str, str]) -> str:
    """An answer without the ids that were asked for."""
    text = answer.text
    for value in (*place.values(), NOTHING):
        text = text.replace(value, "-") if _IS_ID.fullmatch(value) else text
    return text


def _queries(route: Route, found: Found) -> Iterator[str]:
    dossiers = [place["consignment_id"] for name, place in found.places.items() if name.startswith("dossier")]
    journeys = [place["journey_id"] for place in found.places.values() if "journey_id" in place]
    given = {"word": WORDS, "reference": list(found.references.values()), "dossier": dossiers, "journey": journeys}
    for query in route.queries:
        name = next((name for name in given if "{" + name + "}" in query), None)
        yield from [query.replace("{" + name + "}", value) for value in dict.fromkeys(given[name])] if name else [query]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", STAFF)
def test_nobody_meets_a_word_of_what_he_may_not_see_on_the_pages(doors: Doors, role: str) -> None:
    acts = doors.found.acts()
    walk = Walk(doors.found)
    walk.over(WORKBENCH, [one for one in PEOPLE if one.role == role], doors.ask_page)
    assert "\n".join(sorted(walk.wrong)) == ""
    assert walk.asked > 700
    assert doors.found.acts() == acts


@pytest.mark.timeout(900)
def test_nobody_meets_a_word_of_what_he_may_not_see_at_the_door_for_machines(doors: Doors) -> None:
    acts = doors.found.acts()
    walk = Walk(doors.found)
    walk.over(API, KEYS, doors.ask_api)
    assert "\n".join(sorted(walk.wrong)) == ""
    assert walk.asked > 1_500
    assert doors.found.acts() == acts


#: What whoever has a role may never state, each a header's purpose and case.
UNFIT: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    **dict.fromkeys(STAFF, (("own-affairs", ""), ("host-exchange", ""), ("investigation", ""))),
    **dict.fromkeys(
        ("trader", "declarant", "carrier", "forwarder", "agency"), (("control", ""), ("investigation", "7"))
    ),
    **dict.fromkeys(("host", "feed"), (("control", ""), ("oversight", ""))),
}

#: What each may state, so that nothing changes but what is sealed.
FIT: Final[dict[str, tuple[str, str]]] = {
    **dict.fromkeys(STAFF, ("investigation", "2026/17")),
    **dict.fromkeys(("trader", "declarant", "carrier", "forwarder", "agency", "host", "feed"), ("own-affairs", "")),
}


def stated_answers(
    doors: Doors, reader: Reader, where: tuple[str, str], place: Mapping[str, str], stated: tuple[str, str]
) -> list[httpx.Response]:
    """Answers on one thing, and on what is not there, for a purpose that the request states."""
    headers = {"cocket-purpose": stated[0], "cocket-case": stated[1]}
    paths = (_filled(where[1], place), _filled(where[1], dict.fromkeys(place, NOTHING)))
    return [doors.machines[reader.name].request(where[0], path, headers=headers) for path in paths]


@pytest.mark.timeout(900)
def test_for_a_purpose_that_does_not_fit_each_thing_is_as_if_it_were_not_there(doors: Doors) -> None:
    """Route × role × office × object × purpose, at the door for machines."""
    looks, wrong, asked = len(doors.found.tracked.built.bodies("look")), [], 0
    for where, route in API.items():
        if where[0] != "GET" or not route.kind or route.why_not:
            continue
        of_kind = [name for name in doors.found.places if name in THINGS and THINGS[name].kind == route.kind]
        for name, reader in product(of_kind[:3], KEYS):
            place, unfit = doors.found.places[name], UNFIT[reader.role]
            stated = unfit[asked % len(unfit)]  # each route, thing and reader with one of them, all of them in turn
            there, absent = stated_answers(doors, reader, where, place, stated)
            asked += 1
            told = [(one.status_code, _plain(one, place)) for one in (there, absent)]
            if there.status_code < 400 or told[0] != told[1]:
                wrong.append(f"{reader.name}: {where[1]} [{name}] for {stated}: {there.status_code}")
    assert "\n".join(wrong) == ""
    assert asked > 500
    assert len(doors.found.tracked.built.bodies("look")) == looks


def test_for_a_purpose_that_fits_each_thing_is_shown_to_the_same_readers_and_sealed_with_it(doors: Doors) -> None:
    wrong, where = [], ("GET", "/v1/messages/{message_id}")
    for name in ("message of A", "message of B", "message of A, sharing"):
        for reader in KEYS:
            there, _ = stated_answers(doors, reader, where, doors.found.places[name], FIT[reader.role])
            if (there.status_code == 200) is not reader.sees(THINGS[name]):
                wrong.append(f"{reader.name}: {name}: {there.status_code}")
            elif there.status_code == 200:
                look = json.loads(doors.found.tracked.built.bodies("look")[-1])
                assert (look["purpose"], look.get("case", "")) == FIT[reader.role]
                assert look["decisions"][0]["action"] == "message:read"
    assert "\n".join(wrong) == ""


def test_without_the_rules_on_purposes_the_answers_tell(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    text = re.sub(r'@id\("customs-asks-for-customs"\)[^;]*;', "", shipped_policy().text)
    assert text != shipped_policy().text
    monkeypatch.setattr(doors.found.tracked.built.stores.policies, "now", lambda: Policy(text))
    place = doors.found.places["message of A"]
    there, absent = stated_answers(
        doors, _reader("officer.a"), ("GET", "/v1/messages/{message_id}"), place, ("own-affairs", "")
    )
    assert (there.status_code, absent.status_code) == (200, 404)


def principal_of(reader: Reader) -> Principal:
    """A reader as governance knows him, for what has no page."""
    kind: Any = "officer" if reader.role in STAFF else "key"
    return Principal(id=reader.name, kind=kind, roles=(reader.role,), senders=reader.senders, office=reader.office)


def counts_of(found: Found, reader: Reader) -> dict[str, int]:
    """Every total that the house tells a reader."""
    house, who = found.house, principal_of(reader)
    queue = house.queries.records.queue(who, QueueFilter(state="all", limit=2))
    open_ones = house.queries.records.queue(who, QueueFilter(limit=1))
    done = house.queries.records.queue(who, QueueFilter(state="done", limit=1))
    alerts = house.tracking.alerts.alerts(who, AlertFilter(state="all", limit=1))
    matches = house.screening.lists.matches(who)
    return {
        "queue": queue.total,
        "queue done": done.total,
        "queue open, by lane": sum(open_ones.counts.values()),
        "queue, for others": queue.for_others,
        "queue, searched": house.queries.records.queue(who, QueueFilter(state="all", text="ZQ", limit=1)).total,
        "statistics": house.queries.records.stats(who).consignments,
        "statistics, found": house.queries.records.stats(who).found,
        "advice by reference": len(house.queries.records.advised(who, "BL")),
        "results": house.control.officer_acts.count_results(who).results,
        "journeys": sum(house.tracking.journeys.journeys(who, "all").counts.values()),
        "alerts": sum(alerts.counts.values()),
        "alerts, fitting": alerts.total,
        "audits": sum(house.control.audits.audits(who, "all").counts.values()),
        "matches": sum(matches.counts.values()),
        "manifests": len(house.consignment.manifests.manifests(who).lines),
    }


@pytest.mark.parametrize("reader", [one for one in PEOPLE if one.role in CUSTOMS], ids=lambda reader: reader.name)
def test_every_total_counts_what_the_reader_may_see_and_nothing_else(doors: Doors, reader: Reader) -> None:
    assert counts_of(doors.found, reader) == {**TOTALS[reader.office], **_of_plan(doors.found, reader)}


def _of_plan(found: Found, reader: Reader) -> dict[str, int]:
    """How many alerts and audits there are, as whoever made them was told."""
    audits = sum(reader.office in (None, office) for office in found.audited)
    alerts = sum(number for name, number in found.alarmed.items() if name is None or reader.sees(THINGS[name]))
    return {"audits": audits, "alerts": alerts, "alerts, fitting": alerts}


def test_without_the_decision_the_walk_finds_what_leaks(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_desk, "decided", lambda *asked: Decision(True, ("anything-goes",)))
    walk = Walk(doors.found)
    few = {where: route for where, route in API.items() if not route.is_act}
    walk.over(few, [_reader("officer.a"), _reader("trader.acme")], doors.ask_api)
    pages = {where: WORKBENCH[where] for where in (("GET", "/queue"), ("GET", "/manifests/{manifest_id}"))}
    walk.over(pages, [_reader("officer.c")], doors.ask_page)
    told = " ".join(walk.wrong)
    for word in ("tells ZQBRAVO", "tells ZQREJECTED", "tells ZQGARBAGE", "200, unlike what is not there"):
        assert word in told


def test_without_the_filter_of_lists_the_totals_are_wrong(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_desk.Access, "reach", lambda desk, principal: None)
    counted = counts_of(doors.found, _reader("officer.a"))
    for name in (
        "queue",
        "queue done",
        "queue open, by lane",
        "queue, searched",
        "statistics",
        "advice by reference",
        "matches",
    ):
        assert counted[name] > TOTALS[A][name], name


def test_without_the_offices_of_messages_their_content_leaks(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    def everywhere(_: Any, __: Any, messages: Iterable[Any]) -> Any:
        return {one.id: Resource(sender=one.sender, is_house_wide=True) for one in messages}

    monkeypatch.setattr(reading_room, "of_messages", everywhere)
    walk = Walk(doors.found)
    where = ("GET", "/v1/messages/{message_id}/content")
    walk.over({where: API[where]}, [_reader("officer.a")], doors.ask_api)
    assert any("tells ZQBRAVO" in one for one in walk.wrong)


def test_one_list_that_is_not_narrowed_is_found(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Journeys.page

    def unbound(journeys: Journeys, connection: Any, wanted: tuple[Any, Any, Any], place: tuple[int, int]) -> Any:
        return real(journeys, connection, (*wanted[:2], None), place)

    monkeypatch.setattr(Journeys, "page", unbound)
    assert counts_of(doors.found, _reader("officer.a"))["journeys"] > TOTALS[A]["journeys"]


def test_the_queue_of_another_office_is_refused_whether_there_is_one_or_not(doors: Doors) -> None:
    ask = doors.ask_page(_reader("officer.a"))
    assert [ask("GET", f"/queue?office={office}", None).status_code for office in (A, B, "NOWHERE")] == [200, 403, 403]
    unbound = doors.ask_page(_reader("officer.hq"))
    assert [unbound("GET", f"/queue?office={office}", None).status_code for office in (A, B)] == [200, 200]


def test_a_journey_takes_nothing_of_a_dossier_that_its_officer_may_not_see(doors: Doors) -> None:
    found = doors.found
    dossier = found.places["dossier of B"]["consignment_id"]
    reference = found.house.tracking.drafts.journey_draft(principal_of(_reader("officer.b")), dossier).reference
    DeviceRegister(found.tracked.built.stores).add(
        (new_device("dev-9", "open-e-seal"), key_credential(make_device_key()))
    )
    plan = NewJourney(
        reference=reference,
        devices=("dev-9",),
        departure=A,
        destination=C,
        time_limit=found.tracked.start + timedelta(days=2),
    )
    line = found.house.tracking.journeys.activate_journey(principal_of(_reader("officer.a")), plan)
    assert (line.consignment, line.equipment) == (None, ())
    assert found.house.tracking.journeys.journey(principal_of(_reader("officer.hq")), line.id).line.consignment is None


def test_a_device_on_a_journey_of_others_is_in_the_stock_without_saying_where(doors: Doors) -> None:
    stock = {one.id: one for one in doors.found.house.tracking.devices.devices(principal_of(_reader("officer.a")))}
    whole = {one.id: one for one in doors.found.house.tracking.devices.devices(principal_of(_reader("officer.b")))}
    hidden = stock["dev-1"]
    assert (hidden.journey, hidden.holder, hidden.last_place) == ("", "", None)
    assert whole["dev-1"].holder == "ZQROADBC"
    assert whole["dev-1"].last_place is not None


def test_every_act_on_what_a_journey_binds_is_asked() -> None:
    routes = {path for table in (API, WORKBENCH) for (_, path), route in table.items() if is_on_bound(route)}
    assert routes == BOUND.keys()
    assert set(BOUND["/tracking/devices/{name}"][2]) == set(stock_pages._DOING)
    assert set(BOUND["/v1/devices/{device}/seal"][2]) == set(get_args(SealAct))
    assert set(BOUND["/v1/guarantees/{number}/state"][2]) == set(GUARANTEE_ACTS)


def act_on_bound(doors: Doors, reader: Reader, path: str, thing: str, act: str, *, is_whole: bool) -> httpx.Response:
    """Ask for one act on a thing, with everything that its form or body needs, or with less."""
    table = BOUND[path][0]
    words = "told by telephone" if is_whole else ""
    journey = doors.found.places["journey from B to C"]["journey_id"]
    if table is WORKBENCH:
        holder = ("2099-01-01" if act == "calibrate" else "HOLDER") if is_whole else ""
        fields = {"reason": words, "note": words, "holder": holder, "journey": journey, "amount": "2"}
        target = path.replace("{number}", thing).replace("{name}", act)
        target += f"?device={thing}" if "devices" in path else ""
        return doors.ask_page(reader)("POST", target, fields)
    body: dict[str, Any] = {"act": act, "reason": words, "note": words}
    if path.endswith("seal"):
        body = {"act": act, "note": words, **({"until": "2099-01-01"} if is_whole and act == "calibrate" else {})}
    if path.endswith("custody"):
        body = {"act": act, "note": words, "holder": "HOLDER" if is_whole else ""}
    if path.endswith("state"):
        body = {"act": act, "reason": words}
    if act == "claim":
        body = {"journey": journey, "amount": "2", "reason": words}
    return doors.machines[reader.name].post(path.replace("{number}", thing).replace("{device}", thing), json=body)


@pytest.mark.timeout(300)
def test_what_a_journey_of_others_binds_is_acted_on_like_what_is_not_there(doors: Doors) -> None:
    acts, wrong = doors.found.acts(), []
    for path, (table, thing, names) in BOUND.items():
        absent = "26XX0000000000000" if thing == GUARANTEE else "dev-0"
        readers = [one for one in (PEOPLE if table is WORKBENCH else KEYS) if one.office == A]
        for reader, act, is_whole in ((r, a, w) for r in readers for a in names for w in (True, False)):
            answers = [act_on_bound(doors, reader, path, one, act, is_whole=is_whole) for one in (thing, absent)]
            told = {
                (one.status_code, one.text.replace(name, "-"))
                for one, name in zip(answers, (thing, absent), strict=True)
            }
            if len(told) > 1 or not 400 <= answers[0].status_code < 500:
                wrong.append(f"{reader.name}: {path} {act} {is_whole}: {[one.status_code for one in answers]}")
    assert "\n".join(wrong) == ""
    assert doors.found.acts() == acts
    for name in BOUND["/tracking/devices/{name}"][2]:
        assert (
            doors.ask_page(_reader("officer.a"))("GET", f"/tracking/devices/{name}?device={DEVICE}", None).status_code
            == 404
        )
        assert (
            doors.ask_page(_reader("officer.b"))("GET", f"/tracking/devices/{name}?device={DEVICE}", None).status_code
            == 200
        )


def test_what_a_journey_binds_is_offered_to_its_offices_alone(doors: Doors) -> None:
    for name, offered in (("supervisor.a", False), ("supervisor.b", True), ("supervisor.hq", True)):
        ask = doors.ask_page(_reader(name))
        assert (f"?device={DEVICE}" in ask("GET", "/tracking/devices", None).text) is offered, name
        assert (f"/{GUARANTEE}/suspend" in ask("GET", f"/tracking/guarantees/{GUARANTEE}", None).text) is offered, name
    for name in ("supervisor.b", "supervisor.hq"):
        lacking = act_on_bound(doors, _reader(name), "/v1/devices/{device}/seal", DEVICE, "calibrate", is_whole=False)
        assert (lacking.status_code, "seal-calibration" in lacking.text) == (422, True)
        claim = {"journey": doors.found.places["journey from B to C"]["journey_id"], "amount": "6", "reason": "x"}
        above = doors.machines[name].post(f"/v1/guarantees/{GUARANTEE}/claim", json=claim)
        assert (above.status_code, "guarantee-claim" in above.text) == (422, True)


def test_a_journey_that_begins_takes_no_device_of_a_journey_of_others(doors: Doors) -> None:
    found: list[str] = []
    for device in (DEVICE, "dev-0"):
        plan = NewJourney(
            reference="ZQTAKEN", devices=(device,), departure=A, destination=A,
            time_limit=doors.found.tracked.start + timedelta(days=2),
        )  # fmt: skip
        with pytest.raises(SenderError) as refused:
            doors.found.house.tracking.journeys.activate_journey(principal_of(_reader("officer.a")), plan)
        found += [one.message.replace(device, "-") for one in refused.value.findings]
    assert len(set(found)) == 1


def test_a_look_at_a_receipt_or_a_proof_is_sealed_unless_it_is_the_senders(doors: Doors) -> None:
    message = doors.found.places["message of A"]["message_id"]
    for what in ("receipt", "proof"):
        before = len(doors.found.tracked.built.bodies("look"))
        assert doors.ask_api(_reader("trader.acme"))("GET", f"/v1/messages/{message}/{what}", None).status_code == 200
        assert len(doors.found.tracked.built.bodies("look")) == before
        assert doors.ask_api(_reader("officer.a"))("GET", f"/v1/messages/{message}/{what}", None).status_code == 200
        look = json.loads(doors.found.tracked.built.bodies("look")[-1])
        assert (look["who"], look["what"], look["subjects"]) == ("key-officer-a", what, [message])


def _reader(name: str) -> Reader:
    return next(one for one in KEYS if one.name == name)
