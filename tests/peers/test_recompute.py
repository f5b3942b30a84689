# SPDX-License-Identifier: Apache-2.0
"""What a real instance sealed, computed again by a program in another language that has files and public keys alone.

The program is one file without dependencies, written from docs/reference/ledger/proofs.md. It agrees on a thousand advices and
on a day of draws; where a byte of any field is changed, and where an instance seals what does not follow, it does not.
"""

from __future__ import annotations

import dataclasses
import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket import ledger
from cocket.control import Candidate, ControlState, Policy, Selection, commit_seed, select
from cocket.control.asking import Asking
from cocket.control.standing import Standing
from cocket.pipeline import Instance
from cocket.pipeline.control import draws
from cocket.risk import replay, train
from tests.houses import build, envelope, officer, trader
from tests.ledger.logs import ORIGIN, SIGNER
from tests.messages import declaration
from tests.pipeline.assessment.test_prior_draws import amended as amend
from tests.pipeline.control.test_draws import tomorrow
from tests.risk.given import past

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed (Debian package nodejs)")

PROGRAM = Path(__file__).parent / "node" / "recompute.mjs"
TODAY = datetime.now(UTC).date()


@dataclasses.dataclass(frozen=True)
class Published:
    """What an auditor is given.

    Attributes:
        draws: The file of a day's draws.
        advice: Sealed advice, one file each.
        keys: The file of public keys.
    """

    draws: str
    advice: list[str]
    keys: Path


def publish(home: Path, patch: pytest.MonkeyPatch, *, lodged: int, amended: int, with_model: bool) -> Published:
    """An instance that works off some declarations, half of them before it has a model, and tells its draws."""
    places = {"red_per_day": lodged // 10, "yellow_per_day": lodged // 5}
    built = build(home, random_share=0.15, head_step=8, **places)
    built.settings.first_history_file.write_bytes(replay(past(300)).snapshot())
    built = dataclasses.replace(built, house=Instance(built.stores))
    for name in ("ana", "ben", "cai"):
        built.house.governance.accounts.put_officer(name, name, "officer", None, "seal and cord")
    built.desk()  # commits to the seed
    built.sign()
    references = [f"R{number}" for number in range(lodged)]
    for half in (references[::2], references[1::2]):
        for start in range(0, len(half), 100):
            lots = [envelope(declaration(one)) for one in half[start : start + 100]]
            built.house.intake.messages.take_many(lots, principal=trader("ACME"))
        built.desk()
        if with_model and half[0] == "R0":
            supervisor = officer("supervisor")
            version = built.house.risk.models.register_model(supervisor, train(past()).to_bytes(), "tried")
            built.house.risk.models.promote_model(supervisor, version, "champion", "the first", "to be tried")
    changed = [envelope(amend(one, 4300)) for one in references[:amended]]
    built.house.intake.messages.take_many(changed, principal=trader("ACME"))
    built.desk()
    built.sign()
    tomorrow(patch)
    told = built.house.control.draws.disclosed_draws(officer("auditor"), TODAY, with_evidence=True)
    patch.undo()
    keys = home.parent / f"{home.name}.vkeys"
    keys.write_text("".join(f"{key}\n" for key in built.house.queries.records.public_keys().values() if key))
    built.house.close()
    advice = [msgspec.json.encode(one).decode() for one in told.evidence if one.type == "assessment"]
    return Published(msgspec.json.encode(told).decode(), advice, keys)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with pytest.MonkeyPatch.context() as patch:
        yield publish(tmp_path_factory.mktemp("many") / "home", patch, lodged=900, amended=100, with_model=True)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with pytest.MonkeyPatch.context() as patch:
        yield publish(tmp_path_factory.mktemp("few") / "home", patch, lodged=20, amended=4, with_model=False)


def asked(keys: Path, files: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """What the program says of files, each given with its kind."""
    lines = "".join(json.dumps({"kind": kind, "file": file}) + "\n" for kind, file in files)
    words = [str(NODE), str(PROGRAM), files[0][0], "-", str(keys)]
    done = subprocess.run(words, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(files), done.stderr[-2000:]
    assert done.returncode == int(not all(one["agrees"] for one in answers))
    return answers


# ── It agrees ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_agrees_on_a_thousand_advices(published: Published) -> None:
    assert len(published.advice) >= 1000
    answers = asked(published.keys, [("advice", one) for one in published.advice])
    assert [one["why"] for one in answers if not one["agrees"]] == []
    bodies = [json.loads(json.loads(one)["body"]) for one in published.advice]
    assert [one["lane"] for one in answers] == [one["lane"] for one in bodies]
    seen = {(one["lane"], one["why"], one["is_degraded"]) for one in bodies}
    assert {degraded for _, _, degraded in seen} == {True, False}
    assert {why for _, why, _ in seen} >= {"random", "full", "given"}
    assert {lane for lane, _, _ in seen} >= {"red", "yellow", "blue"}


def test_it_agrees_on_a_day_of_draws_and_names_who_was_chosen(published: Published, tmp_path: Path) -> None:
    (tmp_path / "draws.json").write_text(published.draws)
    words = [str(NODE), str(PROGRAM), "draws", str(tmp_path / "draws.json"), str(published.keys)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[:500] + done.stderr[-2000:]
    told = msgspec.json.decode(published.draws, type=draws.DisclosedDraws)
    proof, said = told.verify(), json.loads(done.stdout)
    assert (said["drawn"], len(said["chosen"]), said["allocations"]) == (900, proof.random, proof.allocations)
    assert 0 < proof.random < 900 and proof.allocations > 0
    chosen = {one.consignment for one in told.drawn if one.number < one.chance}
    assert set(said["chosen"]) == chosen


# ── One changed byte, and it does not ─────────────────────────────────────────────────────────────────────────────────


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of each value in a file that has no further values in it; of a long list the first and last one's alone."""
    if isinstance(value, dict) and value:
        for name in value:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list) and value:
        for at in {0, len(value) - 1}:
            yield from places(value[at], (*path, at))
    else:
        yield path


def changed(value: Any, path: tuple[Any, ...], at: int = 0) -> Any:
    """A copy with one thing changed: a character of a text, a number by the least there is, a yes for a no."""
    if path:
        copied = dict(value) if isinstance(value, dict) else list(value)
        copied[path[0]] = changed(value[path[0]], path[1:], at)
        return copied
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1 if isinstance(value, int) else value * (1 + 2**-52) or 2**-52
    if isinstance(value, str) and value:
        other = "b" if value[at] != "b" else "c"
        return value[:at] + ("1" if value[at] == "0" else "0" if value[at].isdigit() else other) + value[at + 1 :]
    return 0 if value is None else "x"


def test_a_byte_changed_in_any_field_of_an_advice_makes_it_disagree(few: Published) -> None:
    good = json.loads(few.advice[0])
    body = json.loads(good["body"])
    forged = []
    for path in places({name: value for name, value in good.items() if name != "body"}):
        at = good["proof"]["checkpoint"].index("\n") + 1 if path[-1] == "checkpoint" else 0
        forged.append((path, changed(good, path, at)))
    for path in places(body):
        other = json.dumps(changed(body, path), separators=(",", ":"), ensure_ascii=False)
        forged.append((("body", *path), good | {"body": other}))
    assert len(forged) > 60
    answers = asked(few.keys, [("advice", json.dumps(one)) for _, one in forged])
    assert [path for (path, _), said in zip(forged, answers, strict=True) if said["agrees"]] == []
    assert asked(few.keys, [("advice", json.dumps(good))])[0]["agrees"], "the control: the same, laid out anew"


def test_each_byte_of_what_the_log_signed_counts(few: Published) -> None:
    good = json.loads(few.advice[0])
    note = good["proof"]["checkpoint"]
    end = note.index("\n\n") + 2
    end = note.index("\n", end)
    forged = []
    for at in range(end):
        other = note[:at] + chr(ord(note[at]) ^ 1) + note[at + 1 :]
        forged.append(good | {"proof": good["proof"] | {"checkpoint": other}})
    assert not any(said["agrees"] for said in asked(few.keys, [("advice", json.dumps(one)) for one in forged]))


def test_a_byte_changed_in_any_field_of_the_draws_makes_it_disagree(few: Published) -> None:
    good = json.loads(few.draws)
    forged = []
    for path in places(good):
        at = good["evidence"][0]["proof"]["checkpoint"].index("\n") + 1 if path[-1] == "checkpoint" else 0
        forged.append((path, changed(good, path, at)))
    for left in ("drawn", "allocations", "evidence"):
        forged.append(((left, "left out"), good | {left: good[left][:-1]}))
    assert len(forged) > 70
    answers = asked(few.keys, [("draws", json.dumps(one)) for _, one in forged])
    assert [path for (path, _), said in zip(forged, answers, strict=True) if said["agrees"]] == []
    assert asked(few.keys, [("draws", json.dumps(good))])[0]["agrees"], "the control: the same, laid out anew"


def test_without_the_keys_it_agrees_to_nothing(few: Published, tmp_path: Path) -> None:
    log, receipts = sorted(few.keys.read_text().splitlines(), key=lambda line: "/receipts+" in line)
    stranger = ledger.Signer.from_bytes(log.split("+")[0], bytes(32)).verifier.vkey
    for keys, agrees in (([stranger, receipts], False), ([receipts], False), ([log], False), ([log, receipts], True)):
        (tmp_path / "keys").write_text("".join(f"{key}\n" for key in keys))
        assert asked(tmp_path / "keys", [("draws", few.draws)])[0]["agrees"] == agrees


# ── An instance that seals what does not follow ───────────────────────────────────────────────────────────────────────


def sealed(bodies: list[dict[str, Any]]) -> list[str]:
    """Bodies as an instance would seal them, in a log of their own: so that nothing but what they say can be wrong."""
    contents = [json.dumps(body, separators=(",", ":")) for body in bodies]
    leaves = []
    for at, content in enumerate(contents):
        opening = ledger.Opening(
            actor="assessment",
            content=ledger.content_hash(content.encode()),
            subject="",
            time="2026-11-24T10:00:00Z",
            type="assessment",
        )
        leaves.append(ledger.seal_leaf(opening, at.to_bytes(32)))
    tree = ledger.Tree()
    files = tree.grow([leaf.entry for leaf in leaves]).files
    head = ledger.sign_checkpoint(ledger.Checkpoint(ORIGIN, tree.size, tree.root), SIGNER)
    proofs = [ledger.prove_leaf(at, tree.size, head, files.get) for at in range(len(leaves))]
    return [
        msgspec.json.encode(
            ledger.SealedRecord(
                body=content, proof=msgspec.structs.replace(proof, opening=leaf.opening, nonce=leaf.nonce)
            )
        ).decode()
        for content, leaf, proof in zip(contents, leaves, proofs, strict=True)
    ]


def own_keys(folder: Path) -> Path:
    (folder / "own").write_text(f"{SIGNER.verifier.vkey}\n")
    return folder / "own"


def test_a_lane_that_does_not_follow_is_found_though_it_was_sealed(published: Published, tmp_path: Path) -> None:
    bodies = [json.loads(json.loads(one)["body"]) for one in published.advice[::20]]
    assert all(said["agrees"] for said in asked(own_keys(tmp_path), [("advice", one) for one in sealed(bodies)]))
    lanes = ("green", "blue", "yellow", "red")
    milder = [body | {"lane": lanes[lanes.index(body["lane"]) - 1]} for body in bodies]
    other = [body | {"why": "score" if body["why"] != "score" else "rule"} for body in bodies]
    without = [{name: value for name, value in body.items() if name != "grounds"} for body in bodies]
    scored = [body | {"score": 0.5 if body["score"] is None else body["score"] / 2} for body in bodies]
    bars = [body | {"threshold": 0.123} for body in bodies if not body["is_degraded"]]
    for forged in (milder, other, without, scored, bars):
        assert forged
        answers = asked(own_keys(tmp_path), [("advice", one) for one in sealed(forged)])
        assert not any(said["agrees"] for said in answers)


def told(selection: Selection, score: float) -> dict[str, Any]:
    """The part of an advice that its lane hangs on, as it is sealed."""
    grounds = msgspec.json.decode(msgspec.json.encode(selection.grounds))
    return {
        "consignment": selection.consignment,
        "lane": selection.lane,
        "why": selection.why,
        "score": None if selection.degraded else score,
        "is_degraded": selection.degraded,
        "threshold": json.loads(msgspec.json.encode(selection.threshold)),
        "number": selection.number,
        "chance": selection.chance,
        "grounds": grounds,
    }


STANDING = Standing(scheme="AEO-C", number="17", trader="XA1", scopes=("import",), valid_from=date(2026, 1, 1))


def test_it_agrees_on_lanes_of_every_kind_that_selection_gives(tmp_path: Path) -> None:
    draw, seed = random.Random(41), bytes(range(32))
    policy = Policy(
        red_per_day=30, yellow_per_day=60, random_reserve=6, random_share=0.05, revenue_weight=0.5, blue_share=0.1
    )
    lanes = (None, None, None, None, "blue", "yellow", "red")
    bodies, state = [], ControlState()
    for number in range(1500):
        asks: Any = draw.choice(("blue", "yellow", "red", "query"))
        candidate = Candidate(
            consignment=f"C{number}",
            office="AB",
            day=date(2026, 11, 1) + timedelta(days=number // 75),
            score=draw.random() ** 3,
            duty=draw.choice((None, 0.0, draw.random() * 9000)),
            rules=draw.choice(((), (), ("papers-disagree",), ("other",))),
            asking=(Asking(code="K1", asks=asks, share=draw.choice((0.5, 1.0))),) if draw.random() < 0.1 else (),
            degraded=draw.random() < 0.3,
            given=draw.choice(lanes) if draw.random() < 0.2 else None,  # type: ignore[arg-type]
            intelligence=draw.choice(lanes) if draw.random() < 0.1 else None,  # type: ignore[arg-type]
            alerted=draw.random() < 0.03,
            standing=STANDING if draw.random() < 0.2 else None,
        )
        (selection,) = select([candidate], state, policy, seed)
        assert selection.commitment == commit_seed(seed)
        bodies.append(told(selection, candidate.score))
    answers = asked(own_keys(tmp_path), [("advice", one) for one in sealed(bodies)])
    assert [one["why"] for one in answers if not one["agrees"]] == []
    whys = {(body["lane"], body["why"]) for body in bodies}
    assert {why for _, why in whys} == {
        "random",
        "score",
        "rule",
        "intelligence",
        "alert",
        "full",
        "audit",
        "given",
        "none",
    }
    assert len(whys) > 15
