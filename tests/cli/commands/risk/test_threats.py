# SPDX-License-Identifier: Apache-2.0
"""`cocket risk threats`: kind, who, rows and why, for people and programs."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cocket.cli.commands.risk.group import app
from cocket.errors import SettingsError, UnreadableError
from cocket.simulation.threat_logs import make_threat_log

LOG = make_threat_log("rule-off-window", 1)


def run(*given: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["threats", *given])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "log.ndjson"
    made.write_bytes(LOG.content)
    return made


def test_each_alert_is_a_line_with_kind_rows_and_reason(file: Path) -> None:
    code, told = run(str(file), "--json")
    alerts = [json.loads(line) for line in told.splitlines()]
    (one,) = [alert for alert in alerts if alert["kind"] == "rule-off-window"]
    assert code == 1
    assert one["rows"] == sorted(LOG.planted)
    assert "rule R77 was off for" in one["says"]


def test_people_read_kind_who_rows_when_and_why(file: Path) -> None:
    _, told = run(str(file))
    assert "rule-off-window: A rule disabled for a time" in told
    assert all(f"  {name} " in told for name in ("who", "rows", "when", "why"))
    assert "not explained by chance" in told


def test_a_packed_log_is_unpacked(file: Path, tmp_path: Path) -> None:
    packed = tmp_path / "log.ndjson.gz"
    packed.write_bytes(gzip.compress(LOG.content))
    assert run(str(packed), "--json") == run(str(file), "--json")


def test_nothing_found_is_said_and_exit_0(tmp_path: Path) -> None:
    file = tmp_path / "quiet.ndjson"
    file.write_bytes(b'{"t":"2027-03-01T08:00:00Z","lrn":"L1"}\n')
    assert run(str(file)) == (0, "Nothing beyond what chance explains.\n")
    assert run(str(file), "--json") == (0, "")


def test_a_threshold_may_be_given(tmp_path: Path) -> None:
    lines = [
        {"t": f"2027-03-02T08:{n:02d}:00Z", "lrn": f"S{n}", "consignee": "1 Long Street", "value": 480 + n, "weight": 1}
        for n in range(12)
    ]
    lines += [
        {
            "t": f"2027-03-{1 + n % 28:02d}T09:00:00Z",
            "lrn": f"L{n}",
            "consignee": f"{n} Hill",
            "value": 20 * n,
            "weight": n,
        }
        for n in range(300)
    ]
    file = tmp_path / "parcels.ndjson"
    file.write_text("\n".join(map(json.dumps, lines)))
    assert run(str(file), "--json") == (0, "")
    code, told = run(str(file), "--json", "--threshold", "500")
    assert (code, json.loads(told)["kind"], json.loads(told)["rows"]) == (1, "split", list(range(1, 13)))


def test_a_file_that_cannot_be_read_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        run(str(tmp_path / "none"))
    damaged = tmp_path / "log.gz"
    damaged.write_bytes(gzip.compress(LOG.content)[:-20])
    with pytest.raises(UnreadableError, match="cannot be unpacked"):
        run(str(damaged))


def test_what_is_passed_over_is_told_with_its_count(tmp_path: Path) -> None:
    file = tmp_path / "twice.ndjson"
    lane = b'{"t":"2027-03-01T08:00:00Z","actor":"ASYCUDA","act":"lane-set","obj":"L1","lane":"red"}\n'
    file.write_bytes(lane * 2)
    done = CliRunner().invoke(app, ["threats", str(file), "--system", "ASYCUDA", "--json"])
    told = "Passed over: 1 rows that stand there twice are counted once; 1 lanes set by no person (ASYCUDA)."
    assert (done.stdout, " ".join(done.stderr.split())) == ("", told)


def test_what_looks_like_a_hub_is_listed_apart_and_is_no_alert(tmp_path: Path) -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    lines = [
        {
            "t": (start + timedelta(hours=7 * number)).isoformat(), "lrn": f"L{number}", "importer": f"T{number % 60}",
            "address": "1 Tower" if number % 60 < 20 else f"{number % 60} Road", "phone": f"+44{number % 60}",
        }
        for number in range(120)
    ]  # fmt: skip
    file = tmp_path / "hubs.ndjson"
    file.write_text("\n".join(map(json.dumps, lines)))
    code, told = run(str(file))
    assert code == 0 and "Looks like a hub, and accuses no one" in told and "address 1 Tower: 20 importers" in told
    (hub,) = [json.loads(line)["looks_like_a_hub"] for line in run(str(file), "--json")[1].splitlines()]
    assert (hub["identity"], hub["value"], hub["importers"]) == ("address", "1 Tower", 20)
