# SPDX-License-Identifier: Apache-2.0
"""Streams with known faults, their labels hidden, and a real track to which nothing happened."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import typer
from typer.testing import CliRunner

from cocket.cli.commands.track import replay as track_replay
from tests.corpora import corpora

CODES = {
    "backdate": "time-backdated",
    "battery": "battery-implausible",
    "conflict": "sequence-conflict",
    "door": "door-opened",
    "frozen": "position-frozen",
    "future": "time-future",
    "gap": "silence",
    "replay": "message-replayed",
    "seal-swap": "seal-swapped",
    "seq-reset": "sequence-reset",
    "spoof": "device-cloned",
    "swap-container": "equipment-changed",
    "teleport": "position-jump",
    "temp": "temperature-excursion",
}


def replayed(*words: str) -> list[dict[str, Any]]:
    """What `cocket track replay --json` prints."""
    app = typer.Typer()
    app.command("replay")(track_replay.replay)
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code in (0, 1), done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == int(bool(lines))
    return lines


def test_each_fault_is_told_on_its_message_and_clean_streams_are_silent(tmp_path: Path) -> None:
    folder = corpora("hostile", "iot-streams")
    faulty = clean = 0
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        case = json.loads(line)
        rows = [json.loads(row) for row in gzip.decompress((folder / case["file"]).read_bytes()).splitlines()]
        labels = [row.pop("label") for row in rows]
        hidden = tmp_path / f"{case['id']}.ndjson"
        hidden.write_bytes(b"\n".join(msgspec.json.encode(row) for row in rows))
        told = replayed(str(hidden))
        if case["expect"] == "accept":
            assert told == [], case["id"]
            clean += 1
            continue
        bad = {row["seq"] for row, label in zip(rows, labels, strict=True) if label != "ok"}
        right = [each for each in told if each["code"] == CODES[case["kind"]]]
        assert any(bad & set(each["sequences"]) for each in right), (case["id"], told)
        faulty += 1
    assert (faulty, clean) == (28, 6)


def test_a_real_bus_gives_no_alarm() -> None:
    assert replayed(str(corpora("tracking", "movingpandas", "route14_outbound.csv"))) == []
