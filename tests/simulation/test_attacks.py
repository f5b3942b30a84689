# SPDX-License-Identifier: Apache-2.0
"""Attacks as folders of plain files: the same bytes from a seed, judged by what any software is given, and scored."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from random import Random

import msgspec
import pytest

from cocket.errors import CocketError, SettingsError, UnreadableError
from cocket.simulation.tracks import ATTACKS, TELLS, read_index, score_attacks, write_attacks
from cocket.simulation.tracks.attack_folders import PlainMessage, event_of_plain, plain_of
from cocket.simulation.tracks.attacks import cases
from cocket.tracking.adapters import Context, adapter_of
from cocket.tracking.alerts import KINDS
from cocket.tracking.events import SEAL_UNREAD

ROOT = Path(__file__).parents[2]
RAN = datetime(2026, 1, 1, tzinfo=UTC)
SEED = 7
MUSTS = {"red": "a red alert", "raised": "an alert", "not-red": "no red alert"}
NAMES = [one.name for one in ATTACKS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind, one journey each."""
    where = tmp_path_factory.mktemp("attacks")
    write_attacks(where, SEED, 1)
    return where


def content_of(folder: Path) -> dict[str, str]:
    return {
        str(one.relative_to(folder)): sha256(one.read_bytes()).hexdigest()
        for one in sorted(folder.rglob("*"))
        if one.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    for place, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_attacks(tmp_path / place, seed, 2, ("seal-cut", "creeping-unload", "cut-clock-wild"))
    one, same, other = (content_of(tmp_path / place) for place in "abc")
    assert one == same
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one if name.endswith((".ndjson", ".csv", ".txt")))


def test_each_kind_has_its_files_and_the_index_names_it(folder: Path) -> None:
    index = read_index(folder)
    assert list(index.kinds) == NAMES
    assert len(set(NAMES)) == len(NAMES)
    files = {"plan.json", "messages.ndjson", "messages.csv", "expected.json", "traccar.ndjson", "traccar-urls.txt",
             "thingsboard.ndjson"}  # fmt: skip
    for name in NAMES:
        assert {one.name for one in (folder / name).iterdir()} == files
        assert f"| `{name}` |" in (folder / "README.md").read_text("utf-8")
    assert set(TELLS) - set(NAMES) == {"spoof-drag"}
    assert all(kind in KINDS for one in ATTACKS for kind in one.kinds)


def test_what_must_hold_holds_on_one_journey_of_each_kind(folder: Path) -> None:
    scores = {one.kind: one for one in score_attacks(folder)}
    missed = {name for name, one in scores.items() if one.holds < one.journeys}
    assert missed <= TELLS.keys()
    assert len(missed) <= 2, missed
    for one in ATTACKS:
        score = scores[one.name]
        is_told = one.must != "not-red" and one.name not in missed
        assert score.raised == 1 or not is_told, one.name
        assert (score.after_s is not None) == is_told, one.name
        assert (score.after_s or 0.0) >= 0, one.name


def test_without_what_was_done_it_is_not_told(folder: Path, tmp_path: Path) -> None:
    """A control: the messages of a clean journey under the plan and the expectations of an attack."""
    write_attacks(tmp_path, SEED, 1, ("seal-cut", "detour-behind-accuracy"))
    for name in ("seal-cut", "detour-behind-accuracy"):
        lines = (tmp_path / name / "messages.ndjson").read_text("utf-8").replace('"strap":"cut"', '"strap":"intact"')
        whole = [msgspec.json.decode(line, type=PlainMessage) for line in lines.splitlines()]
        if name != "seal-cut":
            (plan,) = json.loads((tmp_path / name / "plan.json").read_text("utf-8"))
            lon, lat = plan["corridor"][0]
            whole = [msgspec.structs.replace(one, lat=lat, lon=lon) for one in whole]
        (tmp_path / name / "messages.ndjson").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in whole))
    assert [(one.raised, one.red, one.holds) for one in score_attacks(tmp_path)] == [(0, 0, 0)] * 2


@pytest.mark.parametrize(
    ("name", "file", "was", "becomes"),
    [
        ("leave-after-the-deed", "plan.json", r'"given_at": "[^"]+"', '"given_at": null'),
        ("detour-allowed-after-the-deed", "plan.json", r'"given_at": "[^"]+"', '"given_at": null'),
        ("taken-over-broken", "plan.json", '"tampered"', '"sealed"'),
        ("third-number", "plan.json", '"A(S[^"]+)"', r'"\1"'),
        ("cut-in-other-words", "messages.ndjson", '"seal_state":"[^"]+"', '"seal_state":"intact"'),
        ("cut-in-unknown-words", "messages.ndjson", '"seal_state":"[^"]+"', '"seal_state":"intact"'),
        ("cut-by-alarm-alone", "messages.ndjson", '"rope-cut"', '"movement"'),
        ("device-calls-for-help", "messages.ndjson", '"sos"', '"movement"'),
        ("never-closed", "messages.ndjson", '"unlocked"', '"locked"'),
        ("cut-before-discharge", "messages.ndjson", '"strap":"cut"', '"strap":"intact"'),
        ("cut-hidden-by-copies", "messages.ndjson", '"strap":"cut"', '"strap":"intact"'),
        ("left-open-after-leave", "messages.ndjson", '"unlocked"', '"locked"'),
        ("opened-unnamed-seal", "messages.ndjson", '"unlocked"', '"locked"'),
    ],
)
def test_it_is_what_was_done_that_is_told(tmp_path: Path, name: str, file: str, was: str, becomes: str) -> None:
    write_attacks(tmp_path, SEED, 1, (name,))
    where = tmp_path / name / file
    text = where.read_text("utf-8")
    assert re.search(was, text)
    where.write_text(re.sub(was, becomes, text), "utf-8")
    (score,) = score_attacks(tmp_path)
    assert (score.raised, score.holds) == (0, 0)


def test_what_was_done_twice_is_to_be_told_twice(tmp_path: Path) -> None:
    write_attacks(tmp_path, SEED, 1, ("cut-twice",))
    (score,) = score_attacks(tmp_path)
    assert (score.raised, score.red, score.holds) == (1, 1, 1)
    file = tmp_path / "cut-twice" / "messages.ndjson"
    told = sorted(messages_of(tmp_path, "cut-twice"), key=lambda one: one.time or one.received)
    cut = [one for one in told if one.strap == "cut"]
    gap = max(pairwise(cut), key=lambda pair: (pair[1].time or RAN) - (pair[0].time or RAN))[1]
    once = [
        msgspec.structs.replace(one, strap="intact")
        if one.strap == "cut" and (one.time or RAN) >= (gap.time or RAN)
        else one
        for one in messages_of(tmp_path, "cut-twice")
    ]
    file.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in once))
    (score,) = score_attacks(tmp_path)
    assert (score.raised, score.red, score.holds) == (0, 0, 0)


def test_the_page_of_the_catalogue_names_every_kind() -> None:
    page = (ROOT / "docs/reference/tracking/seal-attacks.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (a red alert|an alert|no red alert) \|", page, re.M)
    assert dict(rows) == {one.name: MUSTS[one.must] for one in ATTACKS}
    assert f"a folder for each of {len(ATTACKS)} kinds" in page


def messages_of(folder: Path, name: str) -> Iterator[PlainMessage]:
    for line in (folder / name / "messages.ndjson").read_bytes().splitlines():
        yield msgspec.json.decode(line, type=PlainMessage, strict=True)


@pytest.mark.parametrize("name", NAMES)
def test_messages_stand_in_the_order_of_receipt_and_say_the_same_in_every_form(folder: Path, name: str) -> None:
    told = list(messages_of(folder, name))
    assert told == sorted(told, key=lambda one: one.received)
    assert [plain_of(event_of_plain(one)) for one in told] == told
    rows = list(csv.DictReader(io.StringIO((folder / name / "messages.csv").read_text("utf-8"))))
    assert [(row["device"], row["sequence"], row["strap"]) for row in rows] == [
        (one.device, "" if one.sequence is None else str(one.sequence), one.strap or "") for one in told
    ]
    queries = [json.loads(one) for one in (folder / name / "traccar.ndjson").read_text("utf-8").splitlines()]
    urls = (folder / name / "traccar-urls.txt").read_text("utf-8").splitlines()
    assert [f"http://127.0.0.1:5055{one['http']}" for one in queries] == urls
    boards = [json.loads(one) for one in (folder / name / "thingsboard.ndjson").read_text("utf-8").splitlines()]
    assert len(told) == len(rows) == len(queries) == len(boards)
    for one, query, board in list(zip(told, queries, boards, strict=True))[:40]:
        (read,) = adapter_of("osmand").read(query["http"].encode(), Context(received_at=one.received))
        assert read.device == one.device == next(iter(board["payload"]))
        assert (read.position is not None) == bool(one.fix)
        meant = event_of_plain(one)
        assert (read.seal, read.door, read.alarms) == (meant.seal, meant.door, meant.alarms)
        assert (SEAL_UNREAD in read.doubts) == (SEAL_UNREAD in meant.doubts)
        assert board["payload"][one.device][0].get("ts") == (
            None if one.time is None else int(one.time.timestamp() * 1000)
        )


def test_nothing_of_the_truth_stands_in_plan_or_messages(folder: Path) -> None:
    for name in NAMES:
        words = {"expected", "truth", json.loads((folder / name / "expected.json").read_text("utf-8"))["what"]}
        words |= {name} if "-" in name else set()
        for file in ("plan.json", "messages.ndjson", "traccar.ndjson", "thingsboard.ndjson"):
            text = (folder / name / file).read_text("utf-8")
            assert not any(word in text for word in words)


def test_a_creeping_unload_is_four_halts_outside_permitted_places() -> None:
    attack = next(one for one in ATTACKS if one.name == "creeping-unload")
    (case,) = cases(attack, 11, 1)
    numbers = [one.sequence for one in sorted(case.events, key=lambda one: one.time or one.received_at)]
    assert numbers == sorted(numbers, key=lambda one: one or 0)
    assert case.truth.since is not None
    assert case.truth.until is not None
    assert case.truth.until > case.truth.since


def test_what_is_no_folder_of_attacks_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(SettingsError):
        write_attacks(tmp_path, SEED, 1, ("no-such-kind",))
    with pytest.raises(SettingsError):
        score_attacks(tmp_path)
    write_attacks(tmp_path, SEED, 1, ("clean",))
    for text in ('{"format": 1, "seed": 1, "journeys": 1, "kinds": []}', '{"format": 2}', "[", ""):
        (tmp_path / "index.json").write_text(text)
        with pytest.raises((SettingsError, UnreadableError)):
            score_attacks(tmp_path)
    (tmp_path / "index.json").write_text('{"format": 2, "seed": 1, "journeys": 1, "kinds": ["../clean"]}')
    with pytest.raises(UnreadableError):
        score_attacks(tmp_path)


def test_a_spoilt_file_raises_nothing_but_errors_of_ours(tmp_path: Path) -> None:
    write_attacks(tmp_path, SEED, 1, ("seal-cut",))
    chance = Random(1436)
    for name in ("plan.json", "expected.json", "messages.ndjson"):
        file = tmp_path / "seal-cut" / name
        whole = file.read_bytes()
        for _ in range(15):
            spoilt = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            file.write_bytes(bytes(spoilt))
            try:
                score_attacks(tmp_path)
            except CocketError:
                continue
        file.write_bytes(whole)
    assert score_attacks(tmp_path)[0].holds == 1
