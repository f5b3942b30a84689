# SPDX-License-Identifier: Apache-2.0
"""Learning with partners over real houses: tables and sums exchanged, tested on our own draw, and moving scores once two persons agree."""

from __future__ import annotations

import base64
import json
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from cocket.api import build_app
from cocket.errors import PolicyError, ProofError, SenderError, UnreadableError
from cocket.gate import make_key
from cocket.pipeline import NewResult, NotFoundError
from cocket.pipeline.base.document_files import file_id
from cocket.pipeline.base.partner_agreements import AgreementOverError
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.partners.joint import Evidence
from cocket.pipeline.partners.messages import house_key
from cocket.pipeline.risk.joint_tables import KeptTable, own_score, random_cases
from cocket.risk import replay, train
from cocket.risk.joint import PARTNER_EVIDENCE, Cell, EvidenceTable, JointCard, RandomCase
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.partners.given import ANNA, SIONE, VEA, Side, agreed, signed_letter
from tests.pipeline.queries.test_mirror import audited
from tests.risk.given import past
from tests.simulators.doors import open_door

DAYS = date(2026, 1, 1), datetime.now(UTC).date()
LATER = DAYS[1] + timedelta(days=3)

#: Chance alone sends to examination, and sends all there.
TERMS = (
    "random_share = 1.0\nred_share = 0.0\nred_score = 1.0\nyellow_share = 0.0\nyellow_score = 1.0\nblue_share = 0.0\n"
)

#: Administrations, and how many declarations each examined.
WHO = {"XA": 300, "XB": 40, "XC": 30}


def text(own: Side, other: Side, fields: str = '["table", "card", "sum"]', purposes: str = '["control"]') -> bytes:
    """The agreement of one side with another."""
    identity = other.exchange.identity(SIONE)
    return f"""
name = "with-{other.country.lower()}"
title = "Agreement on learning together"
other = "Customs of {other.country}"
senders = ["{other.country}"]
country = "{other.country}"
own_country = "{own.country}"
purposes = {purposes}
begins = 2020-01-01
source = "Treaty Series 2026/12"
least_cell = 8

[signed]
url = "{other.url}"
keys = ["{identity.key}"]
receipts = ["{identity.receipts}"]

[exchanges]
joint = {fields}
""".encode()


def from_xc(reference: str) -> bytes:
    return declaration(reference).replace(
        b"<CountryCode>XB</CountryCode>\n          <TypeCode>1", b"<CountryCode>XC</CountryCode>\n          <TypeCode>1"
    )


def lived(built: Built, country: str, number: int) -> None:
    """Declarations of two origins, all of them drawn by chance and examined; what comes from XB is often irregular."""
    draw = Random(country)
    names = [f"{country}{place}" for place in range(number)]
    sent = [envelope(declaration(name) if place % 4 == 0 else from_xc(name)) for place, name in enumerate(names)]
    answers = built.house.intake.messages.take_many(sent, principal=trader("ACME"))
    built.desk()
    with built.stores.database.transaction() as connection:
        orders = dict(connection.execute("select consignment, id from control_order").fetchall())
        found = {
            one.id: [str(each) for each in built.stores.consignments.of_message(connection, UUID(one.id))]
            for one in answers
        }
    for place, one in enumerate(answers):
        (dossier,) = found[one.id]
        is_found = draw.random() < (0.45 if place % 4 == 0 else 0.03)
        result = NewResult(depth="full", found=is_found, offence="undervaluation" if is_found else None)
        built.house.control.officer_acts.record_result(officer(), str(orders[UUID(dossier)]), result)


def examined(side: Side, name: str, number: int) -> list[RandomCase]:
    """More declarations of a house, drawn and examined; the cases they became."""
    before = drawn(side)
    lived(side.built, name, number)
    return [case for name, case in drawn(side).items() if name not in before]


def drawn(side: Side) -> dict[str, RandomCase]:
    with side.built.stores.database.transaction() as connection:
        return {case.id: case for case in random_cases(side.built.stores, connection)}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Side]]:
    folder = tmp_path_factory.mktemp("joint")
    with ExitStack() as stack:
        sides = {}
        for country, number in WHO.items():
            built = build(
                folder / country,
                red_per_day=1000,
                yellow_per_day=1000,
                partner_exchange=True,
                log_origin=f"{country.lower()}.cocket.invalid/log",
            )
            for one in (SIONE, VEA):
                built.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
            stack.callback(built.house.close)
            (built.settings.home / "control.toml").write_text(TERMS)
            if country == "XA":
                built.settings.first_history_file.write_bytes(replay(past(300)).snapshot())
                models = built.house.risk.models
                version = models.register_model(SIONE, train(past()).to_bytes(), "trained")
                models.promote_model(SIONE, version, "champion", "the first", "to be tried")
            lived(built, country, number)
            sides[country] = Side(
                built, country, f"http://127.0.0.1:{stack.enter_context(open_door(build_app(built.house)))}"
            )
        for one in sides.values():
            for other in sides.values():
                if one is not other:
                    agreed(one.built, text(one, other))
        yield sides


def joint(side: Side) -> Any:
    return side.built.house.partners.joint


def tables(side: Side) -> Any:
    return side.built.house.risk.joint_tables


def opened(sides: dict[str, Side], days: tuple[date, date]) -> str:
    """A round whose keys are with all parties; its id. The first of them began it."""
    first = next(iter(sides.values()))
    round_id: str = joint(first).begin_round(SIONE, sides.keys() - {first.country}, days).round.id
    for side in sides.values():
        if side is not first:
            joint(side).take_letter(SIONE, joint(first).round_letter(SIONE, round_id))
    openings = {}
    for side in sides.values():
        joint(side).open_round(SIONE, round_id)
        openings[side.country] = joint(side).round_letter(SIONE, round_id)
    for side in sides.values():
        for country in openings.keys() - {side.country}:
            joint(side).take_letter(SIONE, openings[country])
    return round_id


def letter_of(side: Side, body: Any, kind: str = "table", **instead: Any) -> bytes:
    """A letter that a side signs, whatever is in it."""
    return signed_letter(house_key(side.built.stores), body, kind, **{"sender": side.country, **instead})


def big(finds: tuple[int, int]) -> Evidence:
    """A partner's table of two origins."""
    cells = tuple(
        Cell(hs2="52", origin=origin, examined=4000, found=found)
        for origin, found in zip(("XB", "XC"), finds, strict=True)
    )
    return Evidence(table=EvidenceTable(since=DAYS[0], until=DAYS[1], least=10, cells=cells))


def test_a_table_and_card_go_by_file_and_by_message_and_both_sides_seal_them(three: dict[str, Side]) -> None:
    one, other = three["XA"], three["XB"]
    letter, sealed = joint(one).give_table(SIONE, "xb")
    assert (sealed.examined, sealed.same, sealed.until) == (300, 0, DAYS[1])
    told = json.loads(letter)
    assert (told["sender"], told["receivers"], told["purpose"]) == ("XA", ["XB"], "control")
    table = told["body"]["table"]
    assert sum(cell["examined"] for cell in table["cells"]) == 300 and table["least"] == 8
    assert {cell["origin"] for cell in table["cells"]} == {"XB", "XC"}
    card = told["body"]["card"]
    assert card["model"].startswith("layered") and card["figures"][0]["examined"] == 300
    assert card["figures"][0]["rate"]["low"] < card["figures"][0]["rate"]["value"]
    for name in (b"ACME", b"KESTBET", b"XA0", b"importer"):
        assert name not in json.dumps(table).encode()
    (given,) = [msgspec.json.decode(body) for body in one.built.bodies("joint-given")]
    assert given["receivers"] == ["XB"] and given["examined"] == 300 and given["fields"] == ["table", "card", "sum"]
    taken = joint(other).take_letter(SIONE, letter)
    assert not taken.is_known and joint(other).take_letter(SIONE, letter).is_known
    kept = msgspec.json.decode(other.built.bodies("joint-table")[0], type=KeptTable)
    assert kept.parties == ("XA",) and kept.card is not None and kept.name == taken.name
    made, _ = joint(other).send_table(SIONE, "XA")
    other.send()
    found = other.exchange.message(SIONE, made.id)
    assert (found.state, found.problem, found.unchecked) == ("done", "", 0)
    names = [view.table.name for view in joint(one).view(ANNA).tables]
    assert len(names) == 1 and names[0].startswith("xb-")
    assert audited(one.built) == [] and audited(other.built) == []


def coming(evidence: Evidence) -> Evidence:
    """The same of days that are still to come."""
    assert evidence.table is not None
    return msgspec.structs.replace(evidence, table=msgspec.structs.replace(evidence.table, until=LATER))


def test_what_is_not_as_agreed_is_refused_and_leaves_nothing(three: dict[str, Side]) -> None:
    one, other = three["XA"], three["XB"]
    before = len(one.built.bodies("joint-table"))
    good = letter_of(other, big((800, 80)))
    stranger = json.loads(good)
    stranger["body"]["table"]["cells"][0]["found"] = 79
    for content, error in (
        (json.dumps(stranger).encode(), ProofError),
        (letter_of(three["XC"], big((800, 80)), sender="XB"), ProofError),
        (letter_of(other, big((800, 80)), receivers=("XC",)), SenderError),
        (letter_of(other, big((800, 80)), purpose="oversight"), SenderError),
        (letter_of(other, big((800, 80)), form="other"), UnreadableError),
        (letter_of(other, big((8000, 80))), UnreadableError),
        (letter_of(other, {"card": {}}), UnreadableError),
        (
            letter_of(other, Evidence(table=EvidenceTable(since=DAYS[0], until=DAYS[1], least=10, cells=()))),
            UnreadableError,
        ),
        (letter_of(other, coming(big((800, 80)))), UnreadableError),
        (letter_of(other, Evidence(table=big((800, 80)).table, card=JointCard(trained_until=LATER))), UnreadableError),
        (letter_of(other, {"table": []}), UnreadableError),
        (b"", UnreadableError),
        (b"[" * 100_000, UnreadableError),
        (b'{"form": 1}', UnreadableError),
        ("é".encode("latin-1"), UnreadableError),
    ):
        with pytest.raises(error):
            joint(one).take_letter(SIONE, content)
    with pytest.raises(AgreementOverError):
        joint(one).give_table(SIONE, "XZ")
    with pytest.raises(SenderError, match="purpose"):
        joint(one).give_table(SIONE, "XB", "analysis")
    with pytest.raises(SenderError, match="no cell"):
        joint(one).give_table(SIONE, "XB", "control", (date(2001, 1, 1), date(2001, 1, 2)))
    with pytest.raises(SenderError, match="first day"):
        joint(one).give_table(SIONE, "XB", "control", (DAYS[1], DAYS[0]))
    with pytest.raises(SenderError, match="still to come"):
        joint(one).give_table(SIONE, "XC", "control", (DAYS[0], LATER))
    with pytest.raises(SenderError, match="still to come"):
        joint(one).begin_round(SIONE, ("XB", "XC"), (DAYS[0], LATER))
    for who in (ANNA, trader("ACME"), officer()):
        with pytest.raises(PolicyError):
            joint(one).give_table(who, "XB")
        with pytest.raises(PolicyError):
            joint(one).take_letter(who, good)
    with pytest.raises(PolicyError):
        joint(one).view(officer())
    assert len(one.built.bodies("joint-table")) == before


def test_three_learn_the_sum_of_their_tables_and_none_the_table_of_another(three: dict[str, Side]) -> None:
    one, two, three_ = three.values()
    made = joint(one).begin_round(SIONE, ("XB", "XC"), DAYS)
    round_id = made.round.id
    for side in three.values():
        if side is not one:
            joint(side).take_letter(SIONE, joint(one).round_letter(SIONE, round_id))
    with pytest.raises(SenderError, match="cannot do this now"):
        joint(one).mask_round(SIONE, round_id)
    openings = {}
    for side in three.values():
        joint(side).open_round(SIONE, round_id)
        openings[side.country] = joint(side).round_letter(SIONE, round_id)
    with pytest.raises(SenderError, match="key of XB, XC"):
        joint(one).mask_round(SIONE, round_id)
    for side in three.values():
        for country, content in openings.items():
            if country != side.country:
                assert not joint(side).take_letter(SIONE, content).is_known
                assert joint(side).take_letter(SIONE, content).is_known
    masked = {}
    for side in three.values():
        joint(side).mask_round(SIONE, round_id)
        masked[side.country] = joint(side).round_letter(SIONE, round_id)
        assert not list((side.built.settings.keys_folder / "joint").glob("*.key"))
    numbers = base64.b64decode(json.loads(masked["XB"])["body"]["numbers"])
    assert numbers.count(b"\0" * 8) == 0  # nearly all its counts are 0, and none shows
    joint(one).take_letter(SIONE, masked["XB"])
    waiting = next(each for each in joint(one).view(SIONE).rounds if each.round.id == round_id)
    assert (waiting.stage, waiting.missing, waiting.table) == ("masked", ("XC",), "")
    joint(one).take_letter(SIONE, masked["XC"])
    joint(one).send_round(SIONE, round_id)
    one.send()
    joint(two).take_letter(SIONE, masked["XC"])
    joint(three_).take_letter(SIONE, masked["XB"])
    sums = {}
    for side in three.values():
        (file,) = [each for each in joint(side).view(SIONE).rounds if each.round.id == round_id]
        assert file.stage == "done"
        sums[side.country] = next(
            each.table.table for each in joint(side).view(SIONE).tables if each.table.name == file.table
        )
    assert sums["XA"] == sums["XB"] == sums["XC"]
    expected: dict[str, list[int]] = {"XB": [0, 0], "XC": [0, 0]}
    for side in three.values():
        with side.built.stores.database.transaction() as connection:
            for case in random_cases(side.built.stores, connection):
                cell = expected[case.cells[0][1]]
                cell[0], cell[1] = cell[0] + 1, cell[1] + case.found
    assert {cell.origin: [cell.examined, cell.found] for cell in sums["XA"].cells} == expected
    assert sum(each[0] for each in expected.values()) == sum(WHO.values())
    with pytest.raises(SenderError, match="two sums can be taken from each other"):
        joint(one).begin_round(SIONE, ("XB", "XC"), DAYS)
    assert audited(one.built) == []


#: A house that puts its counts into a round, and ends at one place of that.
MASKS = """
import os, signal, sys
import msgspec
from pathlib import Path
from cocket.pipeline import Instance, open_stores
from cocket.pipeline.partners import joint
from cocket.settings import Settings
from tests.pipeline.partners.given import SIONE
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
settings = msgspec.json.decode(sys.argv[1], type=Settings, dec_hook=lambda kind, value: kind(value))
service = Instance(open_stores(settings, sys.argv[2])).partners.joint
if sys.argv[4] == "file":
    os.replace = os.rename = die
elif sys.argv[4] == "record":
    joint.JointLearning._summed = die
elif sys.argv[4] == "key":
    Path.unlink = die
service.mask_round(SIONE, sys.argv[3])
"""


def test_a_kill_while_counts_are_masked_gives_nothing_and_the_sum_is_the_same(three: dict[str, Side]) -> None:
    """Where the file of our counts is put in place, before all is recorded, and before the key is destroyed."""
    one, two, three_ = three.values()
    days = date(2024, 1, 1), date(2024, 12, 31)
    round_id = opened(three, days)
    keys = one.built.settings.keys_folder / "joint"
    settings = msgspec.json.encode(one.built.settings, enc_hook=str).decode()
    for place, stage in (("file", "open"), ("record", "open"), ("key", "masked")):
        ended = subprocess.run(
            [sys.executable, "-c", MASKS, settings, one.built.dsn, round_id, place],
            cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        (file,) = [each for each in joint(one).view(SIONE).rounds if each.round.id == round_id]
        assert (file.stage, (keys / f"{round_id}.key").exists()) == (stage, True), place
    masked = {one.country: joint(one).round_letter(SIONE, round_id)}
    assert not (keys / f"{round_id}.key").exists(), "the key goes with the next act where the machine failed before"
    with pytest.raises(SenderError):
        joint(one).mask_round(SIONE, round_id)
    for side in (two, three_):
        joint(side).mask_round(SIONE, round_id)
        masked[side.country] = joint(side).round_letter(SIONE, round_id)
    for side in three.values():
        for country in masked.keys() - {side.country}:
            joint(side).take_letter(SIONE, masked[country])
    stages = [
        each.stage for side in three.values() for each in joint(side).view(SIONE).rounds if each.round.id == round_id
    ]
    assert stages == ["done"] * 3
    assert audited(one.built) == []


def test_a_party_that_drops_out_stops_the_round_and_there_is_no_sum_of_the_others(three: dict[str, Side]) -> None:
    one, two, _ = three.values()
    days = date(2025, 1, 1), date(2025, 6, 30)
    with pytest.raises(SenderError, match="shows each the table of the other"):
        joint(one).begin_round(SIONE, ("XB",), days)
    made = joint(one).begin_round(SIONE, ("XB", "XC"), days)
    joint(two).take_letter(SIONE, joint(one).round_letter(SIONE, made.round.id))
    for side in (one, two):
        joint(side).open_round(SIONE, made.round.id)
    opening = joint(two).round_letter(SIONE, made.round.id)
    joint(one).take_letter(SIONE, opening)
    other_key = json.loads(opening)["body"] | {"key": base64.b64encode(secrets.token_bytes(32)).decode()}
    with pytest.raises(SenderError, match="another key"):
        joint(one).take_letter(SIONE, letter_of(two, other_key, "opening"))
    with pytest.raises(SenderError, match="State why"):
        joint(one).stop_round(SIONE, made.round.id, " ")
    stopped = joint(one).stop_round(SIONE, made.round.id, "XC does not answer")
    assert (stopped.stage, stopped.table) == ("stopped", "")
    with pytest.raises(SenderError, match="XC does not answer"):
        joint(one).take_letter(SIONE, letter_of(two, other_key, "opening"))
    with pytest.raises(SenderError, match="stopped"):
        joint(one).mask_round(SIONE, made.round.id)
    with pytest.raises(NotFoundError):
        joint(one).open_round(SIONE, "no such round")
    for who in (ANNA, officer()):
        with pytest.raises(PolicyError):
            joint(one).begin_round(who, ("XB", "XC"), days)
    other_round = msgspec.to_builtins(made.round) | {"id": "../../x", "least": 1}
    with pytest.raises((SenderError, UnreadableError)):
        joint(one).take_letter(SIONE, letter_of(two, other_round, "round"))


def test_days_are_spent_once_counts_are_masked_though_the_round_is_stopped(three: dict[str, Side]) -> None:
    """One party kept silent, had the sum alone, and would take the table of another out of it with a second sum."""
    one, two, silent = three.values()
    days = date(2025, 7, 1), date(2025, 12, 31)
    round_id = opened(three, days)
    begun = joint(silent).begin_round(SIONE, ("XA",), days, is_two_allowed=True)
    second = joint(silent).round_letter(SIONE, begun.round.id)
    earlier = joint(two).begin_round(SIONE, ("XA", "XC"), days)
    joint(one).take_letter(SIONE, joint(two).round_letter(SIONE, earlier.round.id))
    for side in (one, two):
        joint(side).mask_round(SIONE, round_id)
        joint(silent).take_letter(SIONE, joint(side).round_letter(SIONE, round_id))
    assert joint(silent).mask_round(SIONE, round_id).stage == "done"
    joint(one).stop_round(SIONE, round_id, "XC does not answer")
    for again in (
        lambda: joint(one).begin_round(SIONE, ("XC",), days, is_two_allowed=True),
        lambda: joint(one).begin_round(SIONE, ("XB", "XC"), (days[1], days[1])),
        lambda: joint(one).take_letter(SIONE, second),
        lambda: joint(one).open_round(SIONE, earlier.round.id),
    ):
        with pytest.raises(SenderError, match="two sums can be taken from each other"):
            again()
    fresh = joint(one).begin_round(SIONE, ("XC",), (date(2023, 1, 1), date(2023, 6, 30)), is_two_allowed=True)
    joint(one).stop_round(SIONE, fresh.round.id, "no counts were masked")
    joint(one).begin_round(SIONE, ("XC",), (date(2023, 1, 1), date(2023, 6, 30)), is_two_allowed=True)
    assert audited(one.built) == []


def test_two_tables_given_to_one_partner_never_differ_by_a_few_examinations(three: dict[str, Side]) -> None:
    """Three more results came between two tables; and the first day was moved."""
    one, partner = three["XC"], "XB"
    days = date(2024, 1, 1), DAYS[1]
    first, _ = joint(one).give_table(SIONE, partner, "control", days)
    found = examined(one, "XCMORE", 3)
    again, sealed = joint(one).give_table(SIONE, partner)
    assert (sealed.since, sealed.until, sealed.same) == (*days, len({each.cells[0] for each in found}))
    assert json.loads(again)["body"] == json.loads(first)["body"]
    for other in ((days[0] + timedelta(days=1), days[1]), (days[0] - timedelta(days=1), days[1]), (days[0], days[0])):
        with pytest.raises(SenderError, match=f"XB was given a table of {days[0]} to {days[1]}"):
            joint(one).give_table(SIONE, partner, "control", other)
    with pytest.raises(SenderError, match="no cell"):
        joint(one).give_table(SIONE, partner, "control", (date(2022, 1, 1), date(2022, 12, 31)))
    examined(one, "XCMANY", 9)
    more, sealed = joint(one).give_table(SIONE, partner)
    assert sealed.examined == sum(cell["examined"] for cell in json.loads(more)["body"]["table"]["cells"])
    assert sealed.examined - sum(cell["examined"] for cell in json.loads(first)["body"]["table"]["cells"]) >= 8
    with pytest.raises(SenderError, match="XB was given a table of days of this round"):
        joint(one).begin_round(SIONE, (partner,), (date(2025, 1, 1), date(2025, 3, 31)), is_two_allowed=True)
    before_days_were_sealed = msgspec.structs.replace(sealed, receivers=("XA",), since=None, until=None)
    stores = one.built.stores
    with stores.database.transaction() as connection:
        stores.leaves.append_records(
            connection, [stores.sealer.record("joint-given", SIONE.id, before_days_were_sealed)]
        )
    for when in (None, days):
        with pytest.raises(SenderError, match=r"XA was given a table on .* whose days were not kept"):
            joint(one).give_table(SIONE, "XA", "control", when)
    assert audited(one.built) == []


def test_a_table_moves_scores_only_after_it_was_shown_to_help_and_two_persons_agreed(three: dict[str, Side]) -> None:
    one, other = three["XA"], three["XB"]
    good, useless, opposite = (
        joint(one).take_letter(SIONE, letter_of(other, big(finds))).name
        for finds in ((1600, 160), (400, 400), (160, 1600))
    )
    assert tables(one).compare_table(ANNA, useless).comparison.verdict == "not-shown"
    assert tables(one).compare_table(ANNA, opposite).comparison.verdict == "harms"
    made = tables(one).compare_table(ANNA, good).comparison
    assert (made.cases, made.verdict) == (300, "helps") and made.more is not None
    assert (
        tables(other).compare_table(SIONE, joint(other).view(SIONE).tables[0].table.name).comparison.verdict
        == "too-few"
    )
    for name in (useless, opposite):
        with pytest.raises(SenderError, match=r"not shown to help|opposite"):
            joint(one).propose_use(SIONE, name, "it would be nice")
    with pytest.raises(NotFoundError):
        tables(one).compare_table(ANNA, "none")
    with pytest.raises(SenderError, match="budget"):
        tables(one).compare_table(ANNA, good, 0.0)
    with pytest.raises(PolicyError):
        joint(one).propose_use(ANNA, good, "an analyst alone")
    lodge(one, "before")
    assert PARTNER_EVIDENCE not in str(newest(one))
    given = joint(one).propose_use(SIONE, good, "the test of today")
    assert not given.is_done
    told = given.proposal.after  # the second person sees what it rests on
    assert (told["partners"], told["verdict"], told["agreement"]) == ("XB", "helps", "with-xb")
    assert (
        int(told["table-examined"]) > int(told["table-found"]) > 0 and int(told["drawn"]) > int(told["drawn-found"]) > 0
    )
    assert 0 < float(told["taken"]) <= float(told["weight"]) and re.fullmatch(
        r"[+-]\S+ \([+-]\S+ – [+-]\S+\)", told["fit"]
    )
    lodge(one, "proposed")
    assert PARTNER_EVIDENCE not in str(newest(one))
    second = one.built.house.governance.second_person
    second.vote(VEA, given.proposal.id, given.proposal.digest, lambda name: name)
    lodge(one, "after")
    moved = newest(one)
    (reason,) = [each for each in moved.reasons if each.code == PARTNER_EVIDENCE]
    assert (
        reason.arguments["who"] == "XB" and reason.arguments["origin"] == "XB" and reason.arguments["chapter"] == "52"
    )
    own = own_score(moved)
    assert own is not None and moved.score is not None and reason.weight is not None
    assert own < moved.score and reason.weight > 0 and f"{100 * own:.1f}" == reason.arguments["before"]
    assert sum(moved.families.values()) == pytest.approx(moved.score)
    dossier = one.built.house.queries.records.dossier(officer("analyst"), moved.consignment)
    assert any(each.code == PARTNER_EVIDENCE for each in dossier.summary.advice.reasons)
    assert one.built.house.queries.reasons.reasons(officer("analyst"), moved.consignment).score == moved.score
    tampered(one, good)
    lodge(one, "tampered")
    assert PARTNER_EVIDENCE not in str(newest(one))  # what is not as it was sealed is not used
    tampered(one, good, back=True)
    ended = joint(one).propose_end(SIONE, good, "enough")
    second.vote(VEA, ended.proposal.id, ended.proposal.digest, lambda name: name)
    lodge(one, "ended")
    assert PARTNER_EVIDENCE not in str(newest(one))
    assert [msgspec.json.decode(body)["state"] for body in one.built.bodies("joint-use")] == ["on", "off"]
    with pytest.raises(SenderError, match="not in use"):
        joint(one).propose_end(SIONE, good, "again")
    assert audited(one.built) == []


def lodge(side: Side, reference: str) -> None:
    side.built.house.intake.messages.take_many([envelope(declaration(reference))], principal=trader("ACME"))
    side.built.desk()


def newest(side: Side) -> SealedAdvice:
    return msgspec.json.decode(side.built.bodies("assessment")[-1], type=SealedAdvice)


_KEPT: dict[str, Any] = {}


def tampered(side: Side, name: str, *, back: bool = False) -> None:
    """Change the row of a table behind the house's back, or set it right again."""
    place = file_id("joint-table", name)
    with side.built.stores.database.transaction() as connection:
        body = connection.execute("select body from case_file where id = %s", (place,)).fetchone()
        assert body is not None
        _KEPT.setdefault(name, body[0])
        now = _KEPT[name] if back else bytes(body[0]).replace(b"1600", b"1601")
        connection.execute("update case_file set body = %s where id = %s", (now, place))


def test_over_http_the_same_is_answered_and_refused_in_words(three: dict[str, Side]) -> None:
    one, other = three["XA"], three["XB"]
    keys = {}
    for role, senders in (("supervisor", ()), ("analyst", ()), ("agency", ("XB",)), ("trader", ("ACME",))):
        keys[role] = make_key(role)
        one.built.house.governance.accounts.add_key(keys[role], role, [role], list(senders))

    def ask(role: str, method: str, path: str, **how: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {keys[role]}"}
        return httpx.request(method, f"{one.url}/v1/joint{path}", headers=headers, trust_env=False, timeout=60, **how)

    letter = letter_of(other, big((1500, 150)))
    taken = ask("agency", "POST", "/letters", content=letter)
    assert taken.status_code == 201 and taken.json()["sender"] == "XB"
    assert ask("supervisor", "POST", "/letters", content=letter).json()["is_known"]
    assert ask("agency", "POST", "/letters", content=letter_of(three["XC"], big((1, 1)))).status_code in (403, 422)
    assert ask("trader", "POST", "/letters", content=letter).status_code == 403
    bad = ask("supervisor", "POST", "/letters", content=b"{}")
    assert bad.status_code in (400, 422) and "letter of evidence" in bad.text
    assert ask("trader", "GET", "").status_code == 403
    name = taken.json()["name"]
    held = ask("analyst", "GET", "").json()
    assert name in [view["table"]["name"] for view in held["tables"]]
    made = ask("analyst", "POST", f"/tables/{name}/comparison", json={"budget": 0.2})
    assert made.status_code == 200 and made.json()["comparison"]["verdict"] == "helps"
    assert made.json()["comparison"]["budget"] == 0.2
    for body in ({"budget": 2}, {"weight": "1"}, {"x": 1}, []):
        assert ask("analyst", "POST", f"/tables/{name}/comparison", json=body).status_code == 422
    assert ask("analyst", "POST", "/tables/none/comparison", json={}).status_code == 404
    assert ask("analyst", "POST", f"/tables/{name}/use", json={"reason": "so"}).status_code in (403, 404)
    proposed = ask("supervisor", "POST", f"/tables/{name}/use", json={"reason": "so"})
    assert proposed.status_code == 202 and proposed.json()["kind"] == "joint-use"
    assert ask("supervisor", "POST", f"/tables/{name}/end", json={"reason": "so"}).status_code == 422


def test_once_an_agreement_is_over_its_tables_are_not_used(three: dict[str, Side]) -> None:
    one, other = three["XA"], three["XB"]
    name = joint(one).take_letter(SIONE, letter_of(other, big((1700, 160)))).name
    second = one.built.house.governance.second_person
    given = joint(one).propose_use(SIONE, name, "the test of today")
    second.vote(VEA, given.proposal.id, given.proposal.digest, lambda name: name)
    lodge(one, "in force")
    assert PARTNER_EVIDENCE in str(newest(one))
    ended = one.built.house.governance.agreements.propose_end(SIONE, "with-xb", "the treaty is over")
    second.vote(VEA, ended.proposal.id, ended.proposal.digest, lambda name: name)
    lodge(one, "over")
    assert PARTNER_EVIDENCE not in str(newest(one))
    view = next(each for each in joint(one).view(SIONE).tables if each.table.name == name)
    assert view.is_used and not view.is_in_force
    with pytest.raises(AgreementOverError):
        joint(one).give_table(SIONE, "XB")
