# SPDX-License-Identifier: Apache-2.0
"""The demo as a newcomer runs it, small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cocket import standards
from cocket.cli.commands.demo import roles_of
from cocket.settings import Settings
from cocket.simulation.posts import A_WEEK, POSTS, WEEKS


def cocket(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COCKET_")}
    command = [sys.executable, "-m", "cocket", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=clean | environment, timeout=240)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "home"


@pytest.fixture(scope="module")
def first(home: Path) -> dict[str, Any]:
    done = cocket("demo", "--once", "--size", "60", "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_everything_that_went_in_has_a_lane(first: dict[str, Any]) -> None:
    assert first["refused"] == 0
    assert first["lodged"] > 0
    posts = len(POSTS) * WEEKS * A_WEEK
    assert first["stats"]["consignments"] == 60 - 1 + posts  # a bill that nobody declares is among the planted faults
    assert sum(first["stats"]["lanes"].values()) == 60 - 1 + posts
    assert sum(first["stats"]["host_lanes"].values()) == first["comparison"]["declarations"] + posts


def test_its_pilot_was_sealed_before_its_papers_and_its_report_stands_beside_the_truth(
    first: dict[str, Any], home: Path
) -> None:
    place = {"COCKET_HOME": str(home)}
    listed = json.loads(cocket("trials", "list", "--json", **place).stdout)
    pilot = listed["protocol"]["id"]
    assert (pilot, listed["standing"], listed["looks"]) == (first["acts"]["pilot"], "ended", 2)
    assert listed["protocol"]["replayed"] < listed["protocol"]["plan"]["first"] < listed["protocol"]["sealed"]
    written = cocket("trials", "report", pilot, "--format", "json", "--out", str(home / "again.json"), **place)
    assert written.returncode == 0, written.stderr
    assert cocket("trials", "verify", str(home / "again.json")).returncode == 0
    report = json.loads((home / "again.json").read_text("utf-8"))
    assert report["is_same"] is True
    looked = report["record"]["looks"][-1]
    cells = looked["data"]["cells"]
    truth = json.loads((home / "country/truth/pilot.json").read_text("utf-8"))
    treated = [one for one in cells if one["arm"] == "treated"]
    assert sum(one["consignments"] for one in treated) == truth["treated"]
    assert sum(one["found"] for one in treated) == truth["found"], "the world did what the sealed order says"
    effect = looked["result"]["effect"]
    assert abs(effect["value"] - truth["effect"]) < 4 * effect["error"]
    assert "What readers of trials ask" in (home / "pilot-report.html").read_text("utf-8")


def test_its_release_study_stands_beside_the_truth(first: dict[str, Any], home: Path) -> None:
    told = first["acts"]["release-times"]
    assert "by the truth" in told
    again = cocket("trs", "report", str(home / "country/stamps.csv"), "--json")
    median = json.loads(again.stdout.splitlines()[0])["study"]["whole"]["times"]
    (times,) = [one for one in median if one["segment"] == "lodgement-release"]
    decided = (home / "country/host/selectivity.csv").read_text("utf-8").splitlines()[1:]
    assert times["timed"] == len({tuple(line.split(",")[:4]) for line in decided}), "each that the host decided on"


def test_the_comparison_spends_the_hosts_own_capacity(first: dict[str, Any]) -> None:
    comparison = first["comparison"]
    assert comparison["advice"]["examined"] == comparison["host"]["examined"] == comparison["capacity"]
    assert comparison["best"]["frauds"] >= comparison["advice"]["frauds"]


def test_its_tariff_agrees_with_every_tax_line_of_the_host(first: dict[str, Any]) -> None:
    costs = first["figures"]["costs"]
    assert costs["agreeing"] == costs["compared"] == first["comparison"]["declarations"] + 1  # a bill is used twice
    assert float(costs["due"]) > float(costs["on_preferences"]) > 0


def test_every_planted_fault_is_told_and_no_other(first: dict[str, Any]) -> None:
    faults = first["figures"]["faults"]
    assert faults["planted"] == faults["found"] == 6
    assert faults["others"] == 0


def test_agencies_ask_and_some_traders_do_not_answer(first: dict[str, Any]) -> None:
    assert first["figures"]["needs"]["satisfied"] > first["figures"]["needs"]["missing"] > 0
    assert first["figures"]["lacking"].startswith("CKT")


def test_officers_have_done_something_on_every_page(first: dict[str, Any]) -> None:
    acts = first["acts"]
    assert set(acts) == {
        *(
            "permits",
            "standings",
            "intelligence",
            "list",
            "rule",
            "result",
            "doubt",
            "random",
            "examined",
            "browsed",
            "audits",
            "agency",
            "journey",
            "handed",
            "lessons",
            "pilot",
            "pilot-report",
            "release-times",
        )
    }
    assert acts["intelligence"].startswith("CKTU")
    assert "FARMING held and released" in acts["agency"] and "examined with customs" in acts["agency"]
    assert all(told for name, told in acts.items() if name != "random")  # of sixty, chance may draw none


def test_a_seal_opened_in_a_dead_zone_is_told_by_the_late_dump(first: dict[str, Any]) -> None:
    told = first["acts"]["journey"]
    for part in (
        "silent from",
        "seal opened in the dead zone",
        "the silence withdrawn",
        "examination ordered at",
        "held",
    ):
        assert part in told, told


def test_guarantees_secure_its_journeys_and_an_enquiry_is_open_on_one_past_its_limit(
    first: dict[str, Any], home: Path
) -> None:
    assert "released 1" in first["acts"]["journey"] and "with an enquiry open" in first["acts"]["journey"]
    listed = json.loads(cocket("track", "guarantees", "--json", COCKET_HOME=str(home)).stdout)
    used, freed = (one["guarantee"] for one in listed["guarantees"])
    assert {"26XA310000T1000041"} < {usage["reference"] for usage in used["usages"]}
    assert (used["released"], freed["released"], freed["usages"]) == (0, 1, [])


def test_a_journey_goes_to_the_country_next_door_and_one_comes_from_it(first: dict[str, Any], home: Path) -> None:
    assert "taken-over by did:web:customs.betaland.invalid" in first["acts"]["handed"]
    lines = cocket("track", "hand-overs", "--json", COCKET_HOME=str(home)).stdout.splitlines()
    known = {one["direction"]: one for one in map(json.loads, lines)}
    assert set(known) == {"in", "out"}
    assert all(one["stage"] == "taken-over" and one["answer"] for one in known.values())


def test_its_journeys_are_dealt_with_on_the_command_line(first: dict[str, Any], home: Path) -> None:
    place = {"COCKET_HOME": str(home)}
    *every, _ = [json.loads(line) for line in cocket("track", "alerts", "--json", **place).stdout.splitlines()]
    alerts = [alert for alert in every if "T1" not in alert["reference"]]  # what is long past its limit has its own
    assert [alert["kind"] for alert in alerts] == ["seal-opened"]  # one opening is one alert with its signs
    assert {sign["kind"] for sign in alerts[0]["signs"]} == {"door-opened", "light-inside"}
    assert {alert["told"] for alert in alerts} == {"raised-late"}
    lines = [json.loads(line) for line in cocket("track", "journeys", "--json", **place).stdout.splitlines()]
    assert [line["red"] for line in lines][:2] == [1, 0]
    told = cocket("track", "journey", lines[0]["id"], "--as", "epcis", **place)
    assert standards.read(told.stdout.encode()).outcome == "accepted"
    refused = cocket("track", "discharge", lines[0]["id"], **place)
    assert refused.returncode != 0
    assert "guarantee is held" in refused.stderr
    silent = cocket("track", "handle", alerts[0]["id"], "--close", "explained", **place)
    assert (silent.returncode, "--note" in silent.stderr) == (2, True)
    handled = cocket("track", "handle", alerts[0]["id"], "--close", "explained", "--note", "seen", "--json", **place)
    assert json.loads(handled.stdout)["state"] == "closed"
    assert cocket("track", "alerts", "--state", "nonsense", **place).returncode == 2
    places = cocket("track", "places", **place)
    assert "permitted-stop" in places.stdout and "corridor" in places.stdout


def test_a_second_run_goes_on_with_what_is_there(first: dict[str, Any], home: Path) -> None:
    done = cocket("demo", "--once", "--size", "60", "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    second = json.loads(done.stdout)
    assert second["stats"]["consignments"] == first["stats"]["consignments"]
    assert second["repeats"] == first["fed"] + 2  # the two tables as well
    assert second["comparison"] == first["comparison"]
    assert second["acts"] == first["acts"]
    assert second["figures"] == first["figures"]


def test_its_log_and_proof_verify_by_the_commands_it_names(first: dict[str, Any], home: Path) -> None:
    assert cocket("ledger", "verify", str(home / "log")).returncode == 0
    words = ["receipt", "verify", str(home / "proof" / "proof.json"), "--key", str(home / "log" / "key.vkey")]
    assert cocket(*words, "--message", str(home / "proof" / "message.xml")).returncode == 0
    other = home / "proof" / "other.xml"
    other.write_bytes((home / "proof" / "message.xml").read_bytes() + b" ")
    assert cocket(*words, "--message", str(other)).returncode == 1


def test_its_log_folder_holds_the_log_and_nothing_else(first: dict[str, Any], home: Path) -> None:
    assert {path.name for path in (home / "log").iterdir()} == {"checkpoint", "key.vkey", "tile"}


def test_another_size_in_the_same_place_is_refused_in_one_sentence(first: dict[str, Any], home: Path) -> None:
    done = cocket("demo", "--once", "--size", "61", "--home", str(home))
    assert done.returncode == 2
    assert "60 declarations, not 61" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_it_says_to_people_names_lanes_reasons_and_the_proof(first: dict[str, Any], home: Path) -> None:
    done = cocket("demo", "--once", "--size", "60", "--home", str(home))
    assert done.returncode == 0
    for words in ("our advice", "the host's", "Proved offline", "signed the promise", "hit rate", "In the workbench"):
        assert words in done.stdout


def test_it_runs_the_role_that_sends_events_where_the_settings_ask_for_it() -> None:
    assert "events" not in roles_of(Settings())
    assert roles_of(Settings(event_webhooks=True))[-1] == "events"
