# SPDX-License-Identifier: Apache-2.0
"""Devices, as an operator takes them in and ends them; and doors that are not in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from tests.cli.commands.test_people import cocket


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment of a house."""
    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    with EmbeddedPostgres(home / "postgres", durable=False):  # so that no command starts it
        yield {"COCKET_HOME": str(home)}


def test_a_device_goes_from_its_first_key_to_its_end(place: dict[str, str], tmp_path: Path) -> None:
    made = cocket("device", "add", "dev1", "--adapter", "eseal", "--json", **place)
    assert made.returncode == 0, made.stderr
    first = json.loads(made.stdout)
    assert (first["topic"], len(first["key"])) == ("iot/dev1/telemetry", 64)
    assert cocket("device", "ca", "--host", "localhost", **place).returncode == 0
    issued = cocket("device", "rotate", "dev1", "--overlap", "1", "--issue", str(tmp_path / "dev1"), **place)
    assert issued.returncode == 0, issued.stderr
    assert {path.name for path in (tmp_path / "dev1").iterdir()} == {"dev1.pem", "dev1.key", "ca.pem"}
    for word in ("suspend", "restore", "revoke"):
        assert cocket("device", word, "dev1", **place).returncode == 0
    listed = cocket("device", "list", "--json", **place)
    found = json.loads(listed.stdout)
    assert (found["state"], [one["kind"] for one in found["credentials"]]) == ("revoked", ["key", "certificate"])
    assert all(one["until"] for one in found["credentials"])
    assert first["key"] not in listed.stdout
    assert "dev1" in cocket("device", "list", **place).stdout


def test_keys_that_prove_messages_are_registered_shown_once_and_end(place: dict[str, str]) -> None:
    assert cocket("device", "add", "seal1", "--adapter", "open-e-seal", **place).returncode == 0
    made = cocket("device", "proof-key", "seal1", "--kid", "k1", "--json", **place)
    assert made.returncode == 0, made.stderr
    first = json.loads(made.stdout)
    assert (first["algorithm"], len(first["key"])) == ("HS256", 64)
    assert cocket("device", "proof-key", "seal1", "--kid", "k2", "--overlap", "1", **place).returncode == 0
    listed = cocket("device", "list", "--json", **place)
    (found,) = [one for one in map(json.loads, listed.stdout.splitlines()) if one["id"] == "seal1"]
    assert [(one["kid"], one["until"] is None) for one in found["proof_keys"]] == [("k1", False), ("k2", True)]
    assert first["key"] not in listed.stdout
    again = cocket("device", "proof-key", "seal1", "--kid", "k1", **place)
    assert (again.returncode, "named k1" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("proof-key", "nobody", "--kid", "k1"), "There is no device nobody."),
        (("proof-key", "nobody", "--kid", "k1", "--secret", "/no/file"), "cannot be read"),
        (("proof-key", "nobody", "--kid", "k1", "--secret", "a", "--public", "b"), "exclude each other"),
        (("add", "dev9", "--adapter", "telepathy"), "There is no adapter telepathy."),
        (("add", "d\u0435v9", "--adapter", "eseal"), "This is not a valid device identity."),
        (("add", "dev9", "--adapter", "eseal", "--topic", "iot/#"), "not a topic that a device can be bound to"),
        (("revoke", "nobody"), "There is no device nobody."),
        (("rotate", "nobody"), "There is no device nobody."),
    ],
)
def test_what_cannot_be_done_is_told_plainly(place: dict[str, str], words: tuple[str, ...], said: str) -> None:
    done = cocket("device", *words, **place)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("doors", "said"),
    [
        ("", "No device endpoint is configured."),
        ("mqtt:0 telepathy:1", "There is no device endpoint named telepathy."),
        ("mqtt", "The device endpoint mqtt has no port."),
        ("mqtt:0 mqtt:0", "The device endpoint mqtt appears twice"),
    ],
)
def test_doors_that_are_not_in_order_are_told_before_anything_starts(
    place: dict[str, str], doors: str, said: str
) -> None:
    done = cocket("serve", "ingress", COCKET_INGRESS=doors, **place)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_door_without_a_certificate_is_told_what_to_do(tmp_path: Path) -> None:
    home = tmp_path / "house"
    assert cocket("init", "--home", str(home)).returncode == 0
    done = cocket("serve", "ingress", COCKET_INGRESS="mqtt:0", COCKET_HOME=str(home))
    assert done.returncode == 2
    assert "Run cocket device ca first." in done.stderr


def test_a_table_of_devices_is_added_at_once_and_what_is_not_recognised_is_named(
    place: dict[str, str], tmp_path: Path
) -> None:
    table = tmp_path / "seals.csv"
    table.write_text(
        "device;adapter;authenticates\nbulk-1;open-e-seal;\nbulk-2;jt808;nothing\n;jt808;\nbulk-1;jt808;\n"
    )
    done = cocket("device", "import", str(table), "--json", **place)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, [one["outcome"] for one in told]) == (1, ["added"] * 2 + ["not recognised"] * 2)
    assert (len(told[0]["key"]), told[1]["key"]) == (64, None)
    assert [(one["line"], one["problem"]) for one in told[2:]] == [(4, "name-missing"), (5, "known")]
    again = cocket("device", "import", str(table), **place)
    assert again.returncode == 1 and "there is such a device already: bulk-1" in again.stderr
    (tmp_path / "none.csv").write_text("a,b\n1,2\n")
    refused = cocket("device", "import", str(tmp_path / "none.csv"), **place)
    assert refused.returncode == 2 and "must name the columns" in refused.stderr


def test_a_row_whose_identity_or_topic_is_taken_stops_no_other(place: dict[str, str], tmp_path: Path) -> None:
    table = tmp_path / "locks.csv"
    table.write_text(
        "device,adapter,identity,topic,authenticates\n"
        "lock-1,jt808,777,,nothing\nlock-2,jt808,777,,nothing\nlock-3,jt808,,iot/lock-1/telemetry,nothing\nlock-4,jt808,778,,nothing\n"
    )
    done = cocket("device", "import", str(table), "--json", **place)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["device"] for one in told if one["outcome"] == "added"] == ["lock-1", "lock-4"]
    assert [(one["line"], one["problem"], one["found"]) for one in told[2:]] == [
        (3, "identity-taken", "777"),
        (4, "topic-taken", "iot/lock-1/telemetry"),
    ]
    assert done.returncode == 1
    table.write_text("device,adapter,identity,authenticates\nlock-5,jt808,778,nothing\nlock-6,jt808,779,nothing\n")
    done = cocket("device", "import", str(table), **place)
    assert (done.returncode, "line 2, lock-5: another device has this identity already: 778" in done.stderr) == (
        1,
        True,
    )
    assert "lock-6" in done.stdout


def test_a_line_of_guarantees_that_is_refused_stops_no_other(place: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "bonds.ndjson"
    good = {"type": "comprehensive", "holder": "A", "guarantor": "B", "reference_amount": "100", "currency": "KES"}
    waiver = {"reference": "BOND3", "type": "waiver", "holder": "A", "reference_amount": "0", "currency": "KES"}
    rows = [good | {"reference": "BOND1"}, waiver, good | {"reference": "BOND4"}]
    file.write_text("\n".join(["{", "", *map(json.dumps, rows)]))
    done = cocket("track", "guarantees", str(file), "--json", **place)
    assert done.returncode == 1
    assert "line 1: " in done.stderr and "line 4: The guarantee cannot be registered" in done.stderr
    assert "above 0" in done.stderr
    found = [one["guarantee"]["reference"] for one in json.loads(done.stdout)["guarantees"]]
    assert found == ["BOND1", "BOND4"]
    rows[1]["reference_amount"] = "5"
    file.write_text("\n".join(map(json.dumps, rows)))
    done = cocket("track", "guarantees", str(file), **place)
    assert done.returncode == 1 and done.stderr.count("There is a guarantee of that number.") == 2
    assert "BOND3" in done.stdout
