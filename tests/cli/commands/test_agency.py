# SPDX-License-Identifier: Apache-2.0
"""`cocket agency`, every command over a house with an agency in it, and what each of them refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cocket.cli.app import app
from cocket.errors import CocketError
from cocket.model import HostDecision, Reference
from cocket.pipeline.consignment.outcomes import HostRow
from cocket.pipeline.partners import agencies as agencies_module
from tests.houses import Built
from tests.pipeline.partners.test_agencies import SIONE, appointment, built, lodged, office  # noqa: F401

NOWHERE = "01a21032-dbd8-7236-9320-ac0953c99041"
DAY = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
PAST = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
HOLD = ("--as", "PLANT", "--reason", "live plants")


@pytest.fixture
def run(built: Built, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: F811
    @contextmanager
    def opened(_: Any, pick: Any) -> Iterator[Any]:
        yield pick(built.house)

    monkeypatch.setattr("cocket.cli.commands.agency.open_service", opened)
    monkeypatch.setenv("COCKET_HOME", str(built.settings.home))

    def call(*words: str) -> Any:
        return CliRunner().invoke(app, ["agency", *words])

    return call


def said(result: Any) -> str:
    """What a command printed, in one line, or how it refused."""
    if isinstance(result.exception, CocketError):
        return result.exception.message
    return " ".join(result.output.split())


def test_an_agency_is_listed_with_its_scope_and_works_through_its_queue(built: Built, run: Any) -> None:  # noqa: F811
    dossier = lodged(built, "CLI-1")
    (line,) = [one for one in map(json.loads, run("list", "--json").output.splitlines()) if one["agency"] == "PLANT"]
    assert line["scope"]["codes"] == ["*"] and set(line["fields"]) == {"id", "title", "why", "office", "items"}
    assert "PLANT" in run("list").output
    queue = [json.loads(one) for one in run("queue", "--as", "PLANT", "--json").output.splitlines()]
    assert dossier in [one["consignment"]["id"] for one in queue if "consignment" in one]
    assert "held" not in run("queue", "--as", "VET").output
    assert said(run("hold", dossier, *HOLD, "--law", "Act 7, s. 12", "--item", "1")) == "Held and sealed."
    shown = json.loads(run("show", dossier, "--as", "PLANT").output)
    assert [(one["item"], one["law"]) for one in shown["holds"] if one.get("is_held")] == [(1, "Act 7, s. 12")]
    assert "held" in run("queue", "--as", "PLANT").output
    assert json.loads(run("show", dossier).output)["guests"] == ["PLANT", "VET"], "customs sees all of them"
    told = json.loads(run("release", dossier, "--as", "PLANT", "--reason", "clean", "--item", "1", "--json").output)
    assert told["is_held"] is False


def test_whoever_holds_goods_that_were_let_go_already_is_told_when(built: Built, run: Any) -> None:  # noqa: F811
    dossier = lodged(built, "CLI-GONE")
    names = dict(built.house.queries.records.dossier(SIONE, dossier).references)
    decided = datetime.now(UTC) - timedelta(days=3)
    row = HostRow(reference=Reference("UCR", names["UCR"]), decision=HostDecision(lane="green", decided=decided))
    built.house.control.host_decisions.take_host_rows([row])
    words = f"These goods were let go already, on {decided.date()}: find out where they are."
    assert said(run("hold", dossier, *HOLD)) == f"Held and sealed. {words}"
    told = [json.loads(one) for one in run("hold", dossier, *HOLD, "--json").output.splitlines()]
    assert told[0]["is_held"] and told[-1] == {"let_go": str(decided.date()), "note": words}
    assert said(run("release", dossier, "--as", "PLANT", "--reason", "clean")) == "Released and sealed."


def test_a_queue_of_several_parts_says_how_to_go_on(
    built: Built,  # noqa: F811
    run: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(3):
        lodged(built, f"CLI-PART-{number}")
    monkeypatch.setattr(agencies_module, "MOST_LINES", 1)
    first = [json.loads(one) for one in run("queue", "--as", "PLANT", "--json").output.splitlines()]
    assert len(first) == 2 and set(first[1]) == {"after"}
    assert f"There are more: --after {first[1]['after']}" in run("queue", "--as", "PLANT").output
    second = run("queue", "--as", "PLANT", "--after", first[1]["after"], "--json").output.splitlines()
    assert json.loads(second[0])["consignment"]["id"] != first[0]["consignment"]["id"]
    assert said(run("queue", "--as", "PLANT", "--after", "somewhere")) == "There is no such place in the queue."


def test_permits_and_results_are_recorded_with_their_papers(built: Built, run: Any, tmp_path: Path) -> None:  # noqa: F811
    dossier = lodged(built, "CLI-2")
    accepted = run("permit", dossier, "N851", "PC 7", "accepted", "--as", "PLANT")
    assert said(accepted) == "N851 PC 7: accepted. Sealed."
    used = json.loads(
        run("permit", dossier, "N851", "PC7", "used-up", "--quantity", "2.5", "--unit", "KGM", "--as", "PLANT", "--json").output
    )  # fmt: skip
    assert (used["quantity"], used["unit"]) == ("2.5", "KGM")
    paper = tmp_path / "lab report.pdf"
    paper.write_bytes(b"%PDF-1.4 heat treated")
    done = run("result", dossier, "treated", "--words", "heat treated", "--paper", str(paper), "--as", "PLANT")
    assert said(done) == "treated, 1 papers. Sealed."
    file = json.loads(run("show", dossier, "--as", "PLANT").output)
    assert [one["papers"][0]["name"] for one in file["results"]] == ["lab report.pdf"]


def test_slots_are_opened_attended_moved_and_closed(built: Built, run: Any) -> None:  # noqa: F811
    dossier, place = lodged(built, "CLI-3"), office(built)
    opened = run("open-slots", place, "--day", DAY, "--at", "08:00", "--count", "2", "--place", "shed 3")
    first, second = opened.output.splitlines()
    for slot in (first, second):
        assert said(run("attend", slot, "--as", "PLANT")) == "Recorded and sealed."
    assert said(run("hold", dossier, *HOLD, "--examine")) == "Held and sealed."
    assert appointment(built, dossier).slot == first
    shown = run("calendar", "--office", place, "--from", DAY, "--days", "1", "--as", "PLANT")
    assert "PLANT" in shown.output and "No slot is open on these days." not in shown.output
    assert "No slot is open" in run("calendar", "--office", place, "--from", PAST, "--days", "1").output
    moved = run("move", dossier, second, "--reason", "team is away", "--as", "PLANT")
    assert said(moved).startswith("set: ") and place in said(moved)
    assert said(run("attended", dossier)) == "This appointment has not begun."
    assert said(run("close-slot", second, "--reason", "the crane is broken")) == "Closed and sealed."
    assert appointment(built, dossier).slot == first, "moved back, since that suits all"
    waiting = run("close-slot", first, "--reason", "the crane is broken", "--json")
    assert json.loads(waiting.output)["is_closed"] is True
    assert appointment(built, dossier).state == "waiting"
    assert said(run("release", dossier, "--as", "PLANT", "--reason", "clean")) == "Released and sealed."
    assert appointment(built, dossier).state == "cancelled"


def test_customs_ends_a_hold_by_two_persons_and_not_from_the_shell_alone(built: Built, run: Any) -> None:  # noqa: F811
    dossier = lodged(built, "CLI-4")
    assert run("hold", dossier, *HOLD).exit_code == 0
    assert said(run("override", dossier, "VET", "--reason", "court order 12")) == "This agency holds nothing of it."
    told = run("override", dossier, "PLANT", "--reason", "court order 12")
    assert "waits until a second person confirms it" in said(told)
    again = run("override", dossier, "PLANT", "--reason", "court order 12", "--json")
    assert again.exit_code != 0 or json.loads(again.output)["is_done"] is False
    assert run("release", dossier, "--as", "PLANT", "--reason", "clean").exit_code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("queue", "--as", "STRANGER"), "act for no agency"),
        (("queue", "--as", ""), "act for no agency"),
        (("show", NOWHERE, "--as", "PLANT"), "There is no such consignment."),
        (("show", "'; drop table consignment"), "There is no such consignment."),
        (("show", "{dossier}", "--as", "STRANGER"), "act for no agency"),
        (("hold", NOWHERE, *HOLD), "There is no such consignment."),
        (("hold", "{dossier}", "--as", "PLANT"), "Missing option '--reason'"),
        (("hold", "{dossier}", "--as", "PLANT", "--reason", "  "), "reason"),
        (("hold", "{dossier}", "--reason", "x"), "Missing option '--as'"),
        (("hold", "{dossier}", *HOLD, "--item", "0"), "Invalid value for '--item'"),
        (("hold", "{dossier}", *HOLD, "--item", "one"), "Invalid value for '--item'"),
        (("release", NOWHERE, "--as", "PLANT", "--reason", "x"), "There is no such consignment."),
        (("override", NOWHERE, "PLANT", "--reason", "x"), "There is no such consignment."),
        (
            ("permit", "{dossier}", "N851", "P1", "perhaps", "--as", "PLANT"),
            "WORD is one of accepted, refused, used-up.",
        ),
        (("permit", "{dossier}", "N851", "P1", "refused", "--as", "PLANT"), "Say why the permit is refused."),
        (("permit", "{dossier}", "N851", "P1", "used-up", "--quantity", "-1", "--as", "PLANT"), "quantity"),
        (("permit", "{dossier}", "N851", "P1", "used-up", "--quantity", "NaN", "--as", "PLANT"), "quantity"),
        (("permit", "{dossier}", "N851", "P1", "used-up", "--quantity", "lots", "--as", "PLANT"), "--quantity"),
        (("permit", "{dossier}", " ", "P1", "accepted", "--as", "PLANT"), "Give type in at most 200 characters"),
        (("permit", "{dossier}", "N851", "P\x001", "accepted", "--as", "PLANT"), "Give number in at most 200"),
        (("result", "{dossier}", "fine", "--words", "x", "--as", "PLANT"), "OUTCOME is one of conforms"),
        (("result", "{dossier}", "treated", "--words", " ", "--as", "PLANT"), "Give words in at most"),
        (("result", "{dossier}", "treated", "--words", "x", "--paper", "none.pdf", "--as", "PLANT"), "cannot be read"),
        (
            ("result", "{dossier}", "treated", "--words", "x", "--paper", "/dev/null", "--as", "PLANT"),
            "is empty or larger",
        ),
        (("calendar", "--days", "15"), "Invalid value for '--days'"),
        (("calendar", "--from", "yesterday"), "--from"),
        (("calendar", "--as", "STRANGER"), "Not allowed"),
        (("open-slots", "XA110000", "--day", PAST, "--at", "08:00"), "Slots are in the future"),
        (("open-slots", "XA110000", "--day", DAY, "--at", "8 o'clock"), "--at"),
        (("open-slots", "XA110000", "--day", "31-12-2026", "--at", "08:00"), "--day"),
        (("open-slots", "XA110000", "--day", DAY, "--at", "08:00", "--count", "61"), "Invalid value for '--count'"),
        (("open-slots", "XA110000", "--day", DAY, "--at", "08:00", "--minutes", "1"), "Invalid value for '--minutes'"),
        (("open-slots", " ", "--day", DAY, "--at", "08:00"), "office"),
        (("close-slot", "XA110000 2026-12-08T08:00Z", "--reason", "x"), "There is no such slot."),
        (("attend", "nowhere", "--as", "PLANT"), "There is no such slot."),
        (("attend", "nowhere", "--as", "PLANT", "--places", "51"), "Invalid value for '--places'"),
        (("move", NOWHERE, "x", "--reason", "y"), "There is no such appointment."),
        (("move", "{dossier}", "x", "--reason", "y", "--as", "PLANT"), "There is no such appointment."),
        (("attended", NOWHERE), "There is no such appointment."),
        (("attended", NOWHERE, "--missed-by", "nobody"), "There is no such appointment."),
    ],
)
def test_what_cannot_be_done_is_said_in_words(built: Built, run: Any, words: tuple[str, ...], says: str) -> None:  # noqa: F811
    found = built.house.queries.records.find(SIONE, "CLI-BAD")
    dossier = found[0].id if found else lodged(built, "CLI-BAD")
    refused = run(*(one.format(dossier=dossier) for one in words))
    assert refused.exit_code != 0
    assert refused.exception is None or isinstance(refused.exception, CocketError | SystemExit), refused.exception
    assert says in said(refused), said(refused)
