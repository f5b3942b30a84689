# SPDX-License-Identifier: Apache-2.0
"""Who is called for an alert that nobody acknowledges, in which order, and by which way; each call is sealed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.pipeline.operations.notice_sending import NoticeSending
from cocket.tracking.adapters.open_e_seal import SealPart
from cocket.tracking.on_call import Shift, on_call, read_shifts, write_shifts
from tests.houses import officer
from tests.pipeline.tracking.tracked import SUPERVISOR, Tracked, tracked

MINUTE = timedelta(minutes=1)


def people(lorry: Tracked) -> None:
    for name, role, office in (("anna", "officer", "TO"), ("bela", "officer", "TO"), ("olga", "supervisor", "TO")):
        lorry.house.governance.accounts.put_officer(name, name, role, office, "seal and cord and wax")


@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Tracked]:
    found = tracked(tmp_path / "home", red_per_day=0, yellow_per_day=0, random_share=0.0)
    people(found)
    yield found
    found.close()


def keep(lorry: Tracked, *names: str, office: str = "TO") -> None:
    lorry.house.tracking.on_call.keep_on_call_list(SUPERVISOR, office, [Shift(officer=name) for name in names])


def opened(lorry: Tracked) -> datetime:
    """A seal is opened without leave; when that was known."""
    lorry.activate()
    lorry.hear(range(3))
    lorry.hear(range(3, 5), seal=SealPart(n="S1", lock=0))
    (alert,) = (one for one in lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts if one.kind == "seal-opened")
    return alert.raised_at


def calls(lorry: Tracked) -> list[tuple[str, int, str, str]]:
    told = [json.loads(body) for body in lorry.built.bodies("alert-call")]
    return [(one["officer"], one["step"], one["why"], one["role"]) for one in told]


def test_a_red_alert_calls_the_list_in_order_then_the_supervisors_until_it_is_acknowledged(lorry: Tracked) -> None:
    keep(lorry, "anna", "bela")
    raised = opened(lorry)
    assert calls(lorry) == [("anna", 1, "raised", "on-call")]
    lorry.work(raised + 9 * MINUTE)
    assert len(calls(lorry)) == 1
    lorry.work(raised + 11 * MINUTE)
    assert calls(lorry)[1:] == [("bela", 2, "not-acknowledged", "on-call")]
    lorry.work(raised + 22 * MINUTE)
    assert calls(lorry)[2:] == [("olga", 3, "not-acknowledged", "supervisor")]
    lorry.work(raised + 60 * MINUTE)
    assert len(calls(lorry)) == 3  # nobody is left
    (alert,) = (one for one in lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts if one.kind == "seal-opened")
    assert [act.note for act in alert.acts if act.what == "called"] == ["anna", "bela", "olga"]
    inbox = lorry.house.queries.inbox.inbox(Principal(id="bela", kind="officer", roles=("officer",), office="TO"))
    assert [(one.reference, one.path) for one in inbox.alerts] == [
        ("26XX000000000001T1", f"/tracking/alerts/{alert.id}")
    ]
    (told,) = [json.loads(body) for body in lorry.built.bodies("notice-seen")]
    assert (told["notice"]["officer"], told["notice"]["path"], told["outcome"]) == (
        "bela",
        f"/tracking/alerts/{alert.id}",
        "shown",
    )


def test_who_acknowledges_in_time_stops_the_calls(lorry: Tracked) -> None:
    keep(lorry, "anna", "bela")
    raised = opened(lorry)
    (alert,) = (one for one in lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts if one.kind == "seal-opened")
    lorry.house.tracking.alerts.acknowledge(SUPERVISOR, alert.id)
    lorry.work(raised + 30 * MINUTE)
    assert [one[0] for one in calls(lorry)] == ["anna"]


def test_alerts_of_one_journey_call_once_together(lorry: Tracked) -> None:
    keep(lorry, "anna", "bela")
    raised = opened(lorry)
    lorry.hear([5], eq="TCLU7654321")  # another container: a second red alert
    alerts = [one for one in lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts if one.severity == "red"]
    assert len(alerts) > 1
    lorry.work(raised + 9 * MINUTE)
    assert [one[0] for one in calls(lorry)] == ["anna"]


def test_without_a_list_nobody_is_called_and_a_list_of_all_offices_stands_in(lorry: Tracked) -> None:
    raised = opened(lorry)
    lorry.work(raised + 30 * MINUTE)
    assert calls(lorry) == []
    keep(lorry, "bela", office="")
    lorry.work(raised + 31 * MINUTE)
    assert [one[0] for one in calls(lorry)] == ["bela"]


def test_an_amber_alert_calls_once_its_clock_has_run_out(lorry: Tracked) -> None:
    keep(lorry, "anna")
    lorry.activate()
    lorry.hear(range(3))
    silent = lorry.at(3) + timedelta(hours=3)
    lorry.work(silent)
    assert {one.kind for one in lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts} == {"silence"}
    lorry.work(silent + timedelta(hours=7))
    assert calls(lorry) == []
    lorry.work(silent + timedelta(hours=8, minutes=1))
    assert calls(lorry) == [("anna", 1, "not-acknowledged", "on-call")]


def test_a_list_is_kept_by_supervisors_of_its_office_and_holds_officers_alone(lorry: Tracked) -> None:
    service = lorry.house.tracking.on_call
    with pytest.raises(PolicyError):
        service.keep_on_call_list(officer(), "TO", [])
    with pytest.raises(SenderError, match="own office"):
        service.keep_on_call_list(officer("supervisor", office="FROM"), "TO", [])
    for shifts, code in (
        ([Shift(officer="nobody")], "on-call-officer"),
        ([Shift(officer="anna", days=(7,))], "on-call-hours"),
        ([Shift(officer="anna", begins="6:00")], "on-call-hours"),
        ([Shift(officer="anna", begins="06:00", ends="06:00")], "on-call-hours"),
    ):
        with pytest.raises(SenderError) as refused:
            service.keep_on_call_list(SUPERVISOR, "TO", shifts)
        assert [one.code for one in refused.value.findings] == [code]
    keep(lorry, "anna")
    keep(lorry, "anna")  # nothing changed: nothing is sealed
    assert len(lorry.built.bodies("on-call-list")) == 1
    assert [one.list.office for one in service.on_call_lists(officer(office="TO"))] == ["TO"]
    assert service.on_call_lists(officer(office="FROM")) == ()
    assert service.on_call_lists(SUPERVISOR)[0].inbox_only == ("anna",)


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    shifts = read_shifts("anna fri-sun 22:00-06:00\nbela mon 06:00-14:00\ncleo daily\n\n")
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    assert on_call(shifts, monday + timedelta(hours=5, minutes=59)) == ("anna", "cleo")
    assert on_call(shifts, monday + timedelta(hours=6)) == ("bela", "cleo")
    assert on_call(shifts, monday + timedelta(hours=23)) == ("cleo",)
    assert read_shifts(write_shifts(shifts)) == shifts
    for wrong in ("anna someday", "anna mon 25:00-26:00", "anna mon 06:00-06:00", "anna mon 06:00-07:00 more"):
        with pytest.raises(SenderError, match="Line 1"):
            read_shifts(wrong)


def test_a_call_goes_out_as_a_short_message_with_reference_and_link_alone(tmp_path: Path) -> None:
    given: list[tuple[str, dict[str, Any]]] = []
    answers = [503, 202]

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            given.append((self.headers["authorization"], body))
            self.send_response(answers.pop(0))
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    secret = tmp_path / "sms.token"
    secret.write_text("of the gateway\n")
    secret.chmod(0o600)
    url = f"http://127.0.0.1:{server.server_address[1]}/messages"
    more = {"sms_url": url, "sms_token_file": str(secret), "workbench_url": "https://cocket.customs.example"}
    lorry = tracked(tmp_path / "home", **more)
    try:
        people(lorry)
        anna = Principal(id="anna", kind="officer", roles=("officer",), office="TO")
        own = lorry.house.governance.own_account
        with pytest.raises(SenderError, match="telephone"):
            own.set_notices(anna, "", set(), set(), ("0711", {"alert"}))
        own.set_notices(anna, "", set(), set(), ("+254 711 000-000", {"alert"}))
        keep(lorry, "anna")
        assert lorry.house.tracking.on_call.on_call_lists(SUPERVISOR)[0].inbox_only == ()
        opened(lorry)
        sender, now = NoticeSending(lorry.built.stores, lambda words: None), datetime.now(UTC)
        assert sender.turn(now) == 0  # the gateway was away
        assert sender.turn(now + 2 * MINUTE) == 1
        assert {token for token, _ in given} == {"Bearer of the gateway"}
        assert given[0][1] == given[1][1]
        assert given[1][1]["to"] == "+254711000000"
        (alert,) = (one for one in lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts if one.kind == "seal-opened")
        assert given[1][1]["text"] == (
            "An alert of the way waits for you: 26XX000000000001T1 "
            f"https://cocket.customs.example/tracking/alerts/{alert.id}"
        )
        assert [json.loads(body).get("state", "waiting") for body in lorry.built.bodies("notice-sending")] == [
            "waiting",
            "sent",
        ]
    finally:
        lorry.close()
        server.shutdown()
        server.server_close()
