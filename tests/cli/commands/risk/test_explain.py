# SPDX-License-Identifier: Apache-2.0
"""`cocket risk explain`, `cocket risk draws` and `cocket officer duty`, as an analyst and an auditor type them."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.control import Allocation, Drawn, allocate, commit_seed, draw_number
from cocket.control.allocation import Examiner
from cocket.ledger import Signer
from cocket.pipeline import AssessmentWorker, Instance, LogPublisher, open_database, open_stores
from cocket.pipeline.control.draws import DisclosedDraws
from cocket.settings import Settings
from tests.cli.commands.test_people import cocket
from tests.houses import envelope, trader
from tests.messages import declaration

SEED = bytes(range(32))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment of a house with one declaration and one examiner, on a database of its own."""
    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    settings = Settings(home=home)
    with open_database(settings) as server:
        stores = open_stores(settings, server.dsn)
        house, desk = Instance(stores), AssessmentWorker(stores)
        house.governance.accounts.put_officer("ben", "Ben", "officer", None, "seal and cord")
        house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
        desk.open()
        while desk.turn():
            pass
        desk.close()
    return {"COCKET_HOME": str(home)}


def test_a_card_is_told_by_reference_in_english_and_french_and_as_json(place: dict[str, str]) -> None:
    named = f"KESTBET{zlib.crc32(b'R1') % 10**8:08d}H2"
    english = cocket("risk", "explain", named, **place)
    assert english.returncode == 0, english.stderr
    assert "What the data do not show" in english.stdout and "• No model was available" in english.stdout
    french = cocket("risk", "explain", named, "--language", "fr", **place)
    assert "Ce que les données ne disent pas" in french.stdout and "aucun modèle" in french.stdout.lower()
    card = json.loads(cocket("risk", "explain", named, "--json", **place).stdout)
    assert card["lane"] in ("red", "yellow", "blue", "green")
    again = json.loads(cocket("risk", "explain", card["id"], "--json", **place).stdout)
    assert again == card


def test_what_is_not_there_is_said(place: dict[str, str]) -> None:
    absent = cocket("risk", "explain", "NOWHERE", **place)
    assert absent.returncode != 0 and "There is no such consignment" in absent.stderr


def test_the_roster_is_kept(place: dict[str, str]) -> None:
    assert cocket("officer", "duty", "ben", "--off", **place).stdout == "Off duty: ben.\n"
    back = json.loads(cocket("officer", "duty", "ben", "--on", "--json", **place).stdout)
    assert back == {"officer": "ben", "is_on": True, "off_duty": []}
    assert "There is no officer nobody" in cocket("officer", "duty", "nobody", "--off", **place).stderr


def told(**changes: Any) -> DisclosedDraws:
    names = [f"c{number}" for number in range(40)]
    drawn = tuple(
        Drawn(consignment=one, number=number, chance=0.2, lane="red" if number < 0.2 else "green", why="random")
        for one in names
        if (number := draw_number(SEED, one)) < 1
    )
    drawn = tuple(msgspec.structs.replace(one, why="none") if one.lane == "green" else one for one in drawn)
    allocations: tuple[Allocation, ...] = (allocate("c1", [Examiner(id="ana"), Examiner(id="ben")], SEED),)
    given: dict[str, Any] = {
        "day": "2026-11-25", "commitment": commit_seed(SEED), "leaf": 3, "sealed": "2026-11-24T00:00:00Z",
        "seed": SEED.hex(), "drawn": drawn, "allocations": allocations,
    }  # fmt: skip
    return msgspec.convert(msgspec.to_builtins(given | changes), DisclosedDraws)


def test_draws_in_a_file_without_proof_are_consistent_with_themselves_at_best(tmp_path: Path) -> None:
    file = tmp_path / "draws.json"
    file.write_bytes(msgspec.json.encode(told()))
    unproven = cocket("risk", "draws", "--file", str(file))
    assert unproven.returncode == 1
    assert "40 draws repeated" in unproven.stdout and "All of it is reproducible from the seed." in unproven.stdout
    assert "Self-consistent only" in unproven.stdout
    key = Signer.from_bytes("customs.example/log", bytes(range(32))).verifier.vkey
    forged = cocket("risk", "draws", "--file", str(file), "--key", key)
    assert forged.returncode == 1
    assert "nothing shows that any of it was ever sealed" in forged.stdout
    file.write_bytes(msgspec.json.encode(told(seed=bytes(32).hex())))
    other = cocket("risk", "draws", "--file", str(file), "--key", key)
    assert (other.returncode, other.stdout) == (
        1,
        "This is not the committed seed. Nothing here can be drawn again from it.\n",
    )
    said = json.loads(cocket("risk", "draws", "--file", str(file), "--key", key, "--json").stdout)
    assert said["is_proven"] is False and said["faults"][0]["code"] == "seed-other"
    spared = [one if one.lane == "green" else msgspec.structs.replace(one, lane="green") for one in told().drawn]
    file.write_bytes(msgspec.json.encode(told(drawn=spared)))
    bad = cocket("risk", "draws", "--file", str(file), "--json")
    assert bad.returncode == 1
    assert {fault["code"] for fault in json.loads(bad.stdout)["faults"]} == {"draw-passed-over"}


def test_an_advice_is_checked_anywhere_with_the_logs_key_alone(place: dict[str, str], tmp_path: Path) -> None:
    file, named = tmp_path / "advice.json", f"KESTBET{zlib.crc32(b'R1') % 10**8:08d}H2"
    pending = cocket("risk", "explain", named, "--out", str(file), **place)
    assert pending.returncode != 0 and "No signed head covers this advice yet" in pending.stderr
    sign(Path(place["COCKET_HOME"]))
    assert cocket("risk", "explain", named, "--out", str(file), **place).returncode == 0
    key = Path(place["COCKET_HOME"]) / "log" / "key.vkey"
    verified = cocket("receipt", "verify", str(file), "--key", str(key))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "The sealed record holds." in verified.stdout
    record = json.loads(file.read_bytes())
    assert json.loads(record["body"])["lane"] in ("red", "yellow", "blue", "green")
    was = json.loads(record["body"])["is_random"]  # chance decides
    record["body"] = record["body"].replace(f'"is_random":{json.dumps(was)}', f'"is_random":{json.dumps(not was)}')
    file.write_text(json.dumps(record))
    altered = cocket("receipt", "verify", str(file), "--key", str(key))
    assert altered.returncode == 1
    assert "The content's SHA-256 is not" in altered.stdout


def sign(home: Path) -> None:
    """Sign a head over all that a house has sealed."""
    settings = Settings(home=home)
    with open_database(settings) as server:
        publisher = LogPublisher(open_stores(settings, server.dsn, signs_heads=True))
        publisher.open()
        while publisher.turn():
            pass
        publisher.close()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Give a day"),
        (("2026-11-25", "--file", "x.json"), "Give a day"),
        (("--file", "absent.json"), "cannot be read"),
        (("--file", __file__), "holds no draws"),
        (("2999-01-01",), "when its day is over"),
        (("2000-01-01",), "No seed was committed"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_words(place: dict[str, str], words: tuple[str, ...], says: str) -> None:
    refused = cocket("risk", "draws", *words, **place)
    assert refused.returncode != 0 and refused.stdout == ""
    assert says in refused.stderr
