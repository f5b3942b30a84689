# SPDX-License-Identifier: Apache-2.0
"""Watching the watchers from the command line: found, read, decided on, and refused where it should be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from cocket.cli.app import app
from cocket.cli.commands import watchers as command
from cocket.errors import ReasonMissingError, SenderError, SettingsError, UnreadableError
from cocket.governance import ROLES, Principal
from cocket.oversight import RULES
from cocket.pipeline import Instance
from cocket.pipeline.base.access import NotFoundError
from cocket.settings import Settings
from cocket.simulation.officer_logs import WRONGS, Figures
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

CURIOUS = Principal(id="officer.c", kind="officer", roles=("officer",))
OTHER = Principal(id="ia.two", kind="officer", roles=("internal-affairs",))
NOTHING = "019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f"

Run = Callable[..., Result]


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home", red_per_day=0, yellow_per_day=0, random_share=0.0)
    made.house.governance.accounts.put_officer("officer.c", "Carla Berg", "officer", "PTA1", "seal and cord and wax")
    yield made
    made.house.close()


@pytest.fixture
def run(built: Built, monkeypatch: pytest.MonkeyPatch) -> Run:
    """One command over the instance: `run("list")`."""

    @contextmanager
    def opened(settings: Settings, pick: Callable[[Instance], Any]) -> Iterator[Any]:
        """The service of this instance, which a command would open for itself; its test database would be refused as unsafe."""
        assert settings.home == built.settings.home
        yield pick(built.house)

    monkeypatch.setattr(command, "open_service", opened)
    place = {"COCKET_HOME": str(built.settings.home), "COLUMNS": "200"}

    def one(*words: str) -> Result:
        return CliRunner().invoke(app, ["watchers", *words], env=place)

    return one


def told(result: Result) -> Any:
    """What a command said as JSON."""
    assert result.exit_code in (0, 1) and not isinstance(result.exception, Exception), (result.output, result.exception)
    return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture
def case(built: Built, run: Run) -> str:
    """A case about an officer who opened a decoy that the operator proposed and another confirmed."""
    run("decoy", "DECOY1", "--reason", "file 12")
    built.house.governance.watchers.confirm_decoy(OTHER, "DECOY1", "seen")
    built.house.intake.messages.take_many([envelope(declaration("DECOY1"))], principal=trader("ACME"))
    built.desk()
    (view,) = built.house.queries.records.find(officer("supervisor"), "DECOY1")
    built.house.queries.records.dossier(CURIOUS, view.id)
    return str(told(run("find", "--json"))["opened"][0])


def sealed(built: Built, kind: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(body) for body in built.bodies(kind)]


def test_a_run_says_what_it_read_and_by_which_rules_and_is_sealed(built: Built, run: Run, case: str) -> None:
    again = run("find", "--days", "30")
    assert again.exit_code == 0
    assert "1 access in 1 officer-day" in again.stdout
    assert "0 new cases, 0 renewed" in again.stdout
    assert f"Rules {RULES.version}, {RULES.digest[:12]}." in again.stdout
    first, second = sealed(built, "watch-run")
    assert (first["opened"], second["opened"], second["digest"]) == ([case], [], RULES.digest)


def test_a_run_looks_back_a_day_at_least_and_400_at_most(built: Built, run: Run) -> None:
    for days in ("0", "401", "soon"):
        assert run("find", "--days", days).exit_code == 2
    assert sealed(built, "watch-run") == []


def test_a_list_is_empty_with_exit_0_and_has_cases_with_exit_1(
    built: Built, run: Run, request: pytest.FixtureRequest
) -> None:
    empty = run("list")
    assert (empty.exit_code, empty.stdout.splitlines()[0]) == (0, "No case waits.")
    case = request.getfixturevalue("case")
    full = run("list")
    assert full.exit_code == 1
    assert "officer.c" in full.stdout and "honey" in full.stdout and "not asked" in full.stdout
    assert "of alerts are true: a case is a reason to ask, not evidence." in full.stdout
    assert [one["file"]["id"] for one in told(run("list", "--json"))["cases"]] == [case]
    waiting = run("list", "--state", "waiting", "--json")
    assert (waiting.exit_code, len(told(waiting)["cases"])) == (0, 1)
    assert told(run("list", "--state", "closed", "--json"))["cases"] == []
    assert run("list", "--state", "lost").exit_code == 2
    assert [(one["who"], one["what"]) for one in sealed(built, "watch-seen")][-1] == ("cli", "list")


def test_a_case_shows_what_it_rests_on_and_that_it_was_seen_is_sealed(built: Built, run: Run, case: str) -> None:
    shown = run("show", case)
    assert shown.exit_code == 0
    for words in (
        "Carla Berg (officer.c): honey",
        "Seen: decoys opened",
        "Accepted for this reason: nothing",
        "State: waiting",
    ):
        assert words in shown.stdout
    (evidence,) = told(run("show", case, "--json"))["file"]["evidence"]
    assert (evidence["what"], evidence["officer"]) == ("look", "officer.c")
    assert [one["cases"] for one in sealed(built, "watch-seen")] == [[case], [case]]


def test_a_case_is_opened_and_closed_with_reasons(built: Built, run: Run, case: str) -> None:
    opened = run("open", case, "--reason", "file 13")
    assert opened.exit_code == 0 and "State: open by cli: file 13" in opened.stdout
    closed = run("close", case, "--outcome", "unfounded", "--reason", "his head asked him to")
    assert "State: closed (unfounded) by cli: his head asked him to" in closed.stdout
    assert run("list").stdout.splitlines()[0] == "No case waits."
    assert "Here: 0 of 1 closed cases were founded; 0 were dismissed." in run("list").stdout
    assert [(one["state"], one["by"], one["note"]) for one in sealed(built, "watch-case")] == [
        ("waiting", "", ""), ("open", "cli", "file 13"), ("closed", "cli", "his head asked him to"),
    ]  # fmt: skip


def test_a_case_is_dismissed_once(run: Run, case: str) -> None:
    assert "State: dismissed by cli: a course" in run("dismiss", case, "--reason", "a course").stdout
    again = run("dismiss", case, "--reason", "a course")
    assert isinstance(again.exception, SenderError) and "does not stand so" in str(again.exception)


def test_what_is_not_there_is_said_so_and_nothing_is_sealed(built: Built, run: Run) -> None:
    before = built.house.queries.records.log_size()
    for words, error in (
        (("show", NOTHING), NotFoundError),
        (("show", "no id at all"), NotFoundError),
        (("open", NOTHING, "--reason", "file 13"), NotFoundError),
        (("dismiss", NOTHING, "--reason", "file 13"), NotFoundError),
        (("close", NOTHING, "--outcome", "founded", "--reason", "file 13"), NotFoundError),
        (("decoy", "DECOY2", "--end", "--reason", "over"), NotFoundError),
        (("decoy", "R1", "--reason", " "), ReasonMissingError),
        (("decoy", "  ", "--reason", "file 12"), SenderError),
    ):
        assert type(run(*words).exception) is error, words
    assert built.house.queries.records.log_size() == before


def test_an_act_needs_words_and_its_turn(built: Built, run: Run, case: str) -> None:
    before = sealed(built, "watch-case")
    assert isinstance(run("open", case, "--reason", " ").exception, ReasonMissingError)
    early = run("close", case, "--outcome", "founded", "--reason", "too soon")
    assert isinstance(early.exception, SenderError)
    assert run("close", case, "--outcome", "guilty", "--reason", "x").exit_code == 2
    assert run("open", case).exit_code == 2  # a reason is asked for
    assert sealed(built, "watch-case") == before


def test_an_operator_of_another_role_is_told_that_there_is_no_such_page(
    built: Built, run: Run, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = built.house.queries.records.log_size()
    asked: tuple[tuple[str, ...], ...] = (
        ("find",), ("list",), ("show", case), ("show", NOTHING), ("open", case, "--reason", "x"),
        ("dismiss", case, "--reason", "x"), ("close", case, "--outcome", "founded", "--reason", "x"),
        ("decoy", "R1", "--reason", "x"),
    )  # fmt: skip
    for number, role in enumerate(role for role in ROLES if role != "internal-affairs"):
        monkeypatch.setattr(command, "OPERATOR", Principal(id="cli", kind="officer", roles=(role,)))
        for words in asked if role == "supervisor" else (asked[number % len(asked)],):
            assert str(run(*words).exception) == "There is no such page.", (role, words)
    assert built.house.queries.records.log_size() == before


def test_a_decoy_waits_for_another_person_and_can_be_ended_once(built: Built, run: Run) -> None:
    assert run("decoy", "DECOY2", "--reason", "file 12").stdout == "DECOY2 waits for a second person to confirm it.\n"
    assert told(run("decoy", "DECOY3", "--reason", "file 12", "--json"))["second"] is None
    built.house.governance.watchers.confirm_decoy(OTHER, "DECOY2", "seen")
    assert run("decoy", "DECOY2", "--end", "--reason", "over").stdout == "DECOY2 is no longer a decoy.\n"
    assert isinstance(run("decoy", "DECOY2", "--end", "--reason", "over").exception, SenderError)


def test_addresses_replace_those_of_before(built: Built, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "addresses.csv"
    file.write_text('officer.c,"12 Mill Lane, Alder"\nofficer.d,1 Oak Road\n', "utf-8-sig")
    assert run("staff", str(file), "--reason", "list of March").stdout == "2 addresses kept.\n"
    file.write_text("officer.c, 3 Oak Road \n\n", "utf-8")
    assert told(run("staff", str(file), "--reason", "list of April", "--json")) == {"addresses": 1}
    assert sealed(built, "watch-staff")[-1]["addresses"] == {"officer.c": "3 Oak Road"}


def test_a_list_of_addresses_that_is_none_is_refused_whole(built: Built, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "addresses.csv"
    wrong: tuple[tuple[bytes, type[Exception], str], ...] = (
        (b"", SettingsError, "is empty"),
        (b"officer.c\n", UnreadableError, "Line 1"),
        (b"officer.c,1 Oak Road\n,2 Oak Road\n", UnreadableError, "Line 2"),
        (b"officer.c,1,2\n", UnreadableError, "Line 1"),
        (b"\xff\xfe\x00", UnreadableError, "not a CSV table"),
    )
    for content, error, words in wrong:
        file.write_bytes(content)
        refused = run("staff", str(file), "--reason", "list of March").exception
        assert type(refused) is error and words in str(refused), content
    assert sealed(built, "watch-staff") == []


def test_what_is_measured_is_what_the_generator_gives(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    real = command.figures_of

    def fewer(make: Any, seeds: range, wrongs: tuple[str, ...]) -> Figures:
        asked.append((make, seeds, wrongs))
        return real(make, seeds, wrongs[:2])  # honey alone is planted

    monkeypatch.setattr(command, "figures_of", fewer)
    found = told(run("measure", "--generator", "desks", "--first-seed", "7", "--seeds", "1", "--json"))
    assert (found["rules"], found["digest"]) == (RULES.version, RULES.digest)
    assert (found["figures"]["planted"]["honey"], found["figures"]["named"]["honey"]) == (1, 1)
    said = run("measure", "--generator", "desks", "--first-seed", "7", "--seeds", "1").stdout
    assert "100.0% of planted officers named" in said and "of alerts are true." in said
    assert asked == [(command.GENERATORS["desks"], range(7, 8), ("", *WRONGS))] * 2
    plain = run("measure", "--generator", "desks", "--first-seed", "7", "--seeds", "1", "--ordinary").stdout
    assert "nothing planted; 0 false alerts in" in plain and "of alerts are true" not in plain
    assert asked[2:] == [(command.GENERATORS["desks"], range(7, 8), ("",))]
    for words in (("--generator", "hopes"), ("--seeds", "0"), ("--first-seed", "-1")):
        assert run("measure", *words).exit_code == 2
