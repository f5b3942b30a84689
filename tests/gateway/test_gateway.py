# SPDX-License-Identifier: Apache-2.0
"""A gateway between traders and a real house: line up, line cut, line mended; nothing lost, doubled or joined silently."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from cocket.api import build_app
from cocket.cli.base.operator_principal import operator
from cocket.errors import PartnerError, PolicyError, ProofError, SenderError, SettingsError, StoreError
from cocket.exchange.gateway_calls import WHYS, BatchTaken, GatewayBatch, Why, not_accepted
from cocket.gate import make_key
from cocket.gateway import HostFolder, Spool, carry_over, check_heir, make_identity, spool
from cocket.gateway.forwarding import Forwarder, House, StoppedError, _words_of
from cocket.gateway.spool import NewEntry, open_to_read
from cocket.governance import Principal
from cocket.ledger import read_provisional, verify_provisional
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.gateway_files import BATCH, GATEWAY, Gateway, GatewayBatchTaken, stranded_words
from cocket.pipeline.operations.health_service import HealthService
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.partners.gateways import _captured
from cocket.pipeline.partners.outages import NewOutage
from tests.gateway.offices import HEAD, OFFICE, Office, office_of
from tests.houses import Built, build, officer
from tests.messages import declaration
from tests.simulators.doors import open_door


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "house")
    yield made
    made.house.close()


@pytest.fixture
def office(built: Built, tmp_path: Path) -> Iterator[Office]:
    with office_of(built, tmp_path / "gate") as made:
        yield made


def _gateway(office: Office) -> Gateway:
    return next(one for one in office.built.house.partners.gateways.gateways(HEAD) if one.name == office.name)


def test_while_the_line_is_up_the_house_answers(office: Office) -> None:
    office.turn()
    with office.door() as port:
        direct = office.lodge(port, declaration("R1"))
        assert (direct.status_code, direct.json()["outcome"]) == (202, "accepted")
        assert "promise" in direct.json()["receipt"]
        assert office.lodge(port, declaration("R1")).json()["id"] == direct.json()["id"]
        assert office.lodge(port, b"nonsense").status_code == 400
        assert office.lodge(port, declaration("R2"), key="cocket_nobody_" + "0" * 64).status_code == 401
    assert office.spool.standing().last == 0
    assert office.messages() == 1


def test_of_answers_of_customs_the_newest_are_kept(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_ANSWERS_KEPT", 5)
    monkeypatch.setattr(spool, "_ANSWERS_BEYOND", 3)
    ofs = [("acme", "ACME", f"{number:064x}") for number in range(20)]
    for number, of in enumerate(ofs):
        office.spool.keep_answer(of, 202, b"%d" % number)
    kept = [number for number, of in enumerate(ofs) if office.spool.answer_of(*of)]
    assert kept == list(range(20 - len(kept), 20)) and 5 <= len(kept) < 5 + 3
    office.stop()
    office.start()
    office.spool.keep_answer(("acme", "ACME", "f" * 64), 202, b"one more")
    assert [number for number, of in enumerate(ofs) if office.spool.answer_of(*of)] == list(range(16, 20))
    assert office.spool.answer_of("acme", "ACME", "f" * 64) == (202, b"one more")


def test_a_cut_line_stores_and_a_mended_one_brings_all_once(office: Office) -> None:
    office.turn()
    with office.door() as port:
        first = office.lodge(port, declaration("R1")).json()
        office.line.cut()
        again = office.lodge(port, declaration("R1"))
        assert (again.status_code, again.json()["id"]) == (202, first["id"]), "answered before: the same answer"
        kept = [office.lodge(port, declaration(f"R{number}")) for number in range(2, 8)]
        assert {one.status_code for one in kept} == {202}
        assert [one.json()["sequence"] for one in kept] == [1, 2, 3, 4, 5, 6]
        assert {one.json()["outcome"] for one in kept} == {"provisional"}
        assert office.lodge(port, declaration("R2")).json()["sequence"] == 1, "the same message has one number"
        vkey = office.spool.identity.vkey
        receipt = read_provisional(msgspec.json.encode(kept[0].json()["provisional"]))
        verdict = verify_provisional(receipt, [vkey], declaration("R2"))
        assert verdict.holds
        assert [one.outcome for one in verdict.checks] == ["passed", "passed", "not-checked"]
        assert not verify_provisional(receipt, [vkey], declaration("R3")).holds
        with pytest.raises(PartnerError):
            office.turn()
        office.line.mend()
        direct = httpx.post(  # one sender sends directly too, before the backlog is brought
            f"http://127.0.0.1:{office.house_port}/v1/messages",
            content=declaration("R4"),
            headers={"Authorization": f"Bearer {office.trader}", "Content-Type": "application/xml"},
            trust_env=False,
        )
        assert direct.status_code == 202
        office.turn()
        after = office.lodge(port, declaration("R2")).json()
        assert (after["outcome"], after["sequence"]) == ("accepted", 1)
        assert "promise" in after["receipt"]
        same = office.lodge(port, declaration("R4")).json()
        assert (same["outcome"], same["id"]) == ("same", direct.json()["id"])
        asked = httpx.get(
            f"http://127.0.0.1:{port}/v1/provisional/1",
            headers={"Authorization": f"Bearer {office.trader}"},
            trust_env=False,
        )
        assert asked.json()["outcome"] == "accepted"
        health = httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).json()
        assert (health["line"], health["waiting"]) == ("up", 0)
        assert health["outcomes"] == {"accepted": 5, "same": 1}
    assert office.messages() == 7
    [sealed] = office.built.bodies(BATCH)
    lines = msgspec.json.decode(sealed, type=GatewayBatchTaken).lines
    assert [one.sequence for one in lines] == [1, 2, 3, 4, 5, 6]
    assert [one.outcome for one in lines] == ["accepted", "accepted", "same", "accepted", "accepted", "accepted"]
    assert {one.key for one in lines} == {"alpha-gate-acme"}
    assert all(one.message for one in lines)


def test_a_key_that_was_never_seen_is_not_acknowledged_while_the_line_is_down(office: Office) -> None:
    with office.door() as port:
        refused = office.lodge(port, declaration("R1"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "key-not-known")
        assert refused.headers["retry-after"]
        anonymous = httpx.post(f"http://127.0.0.1:{port}/v1/messages", content=b"x", trust_env=False)
        assert anonymous.status_code == 401
    assert office.spool.standing().last == 0


def test_a_lost_answer_doubles_nothing_and_keeps_the_outcome(office: Office) -> None:
    for number in range(3):
        _store(office, declaration(f"R{number}"))
    office.forwarder._position = office.forwarder._ask()
    office.line.loses_answers = True
    with pytest.raises(PartnerError):
        office.forwarder.turn()
    office.line.loses_answers = False
    assert _gateway(office).last == 3
    assert office.spool.standing().waiting == 3
    fresh = Forwarder(office.spool, office.house)
    _store(office, declaration("R9"))
    while fresh.turn():
        pass
    standing = office.spool.standing()
    assert (standing.waiting, standing.outcomes) == (0, {"accepted": 4})
    assert office.messages() == 4


def test_a_house_restored_from_an_older_backup_gets_what_it_lacks(office: Office, tmp_path: Path) -> None:
    for number in range(3):
        _store(office, declaration(f"R{number}"))
    office.turn()
    other = build(tmp_path / "restored")
    try:
        accounts = other.house.governance.accounts
        accounts.add_key(office.trader, "acme", ["trader"], ["ACME"])
        accounts.add_key(office.key, "gate", ["forwarder"], ["ACME"])
        other.house.partners.gateways.register_gateway(HEAD, office.spool.identity.vkey, OFFICE, office.name)
        with open_door(build_app(other.house)) as port:
            house = House(f"http://127.0.0.1:{port}", office.key)
            again = Forwarder(office.spool, house)
            while again.turn():
                pass
            house.close()
        [known] = other.house.partners.gateways.gateways(HEAD)
        assert (known.last, known.counts) == (3, {"accepted": 3})
    finally:
        other.house.close()


def test_a_clone_from_a_backup_is_seen_and_never_joined(office: Office, tmp_path: Path) -> None:
    _store(office, declaration("R0"))
    office.turn()
    clone = tmp_path / "clone"
    office.spool.close()
    shutil.copytree(office.home, clone)
    office.start()
    _store(office, declaration("R1"))
    office.turn()
    other = Spool(clone)
    behind = Forwarder(other, House(office.line.address, office.key))
    with pytest.raises(StoppedError, match="restored from a backup") as stopped:
        behind.turn()
    assert stopped.value.code == "gateway-behind"
    other.close()
    known = _gateway(office)
    assert known.state == "forked"
    _store(office, declaration("R2"))
    with pytest.raises(StoppedError):
        Forwarder(office.spool, office.house).turn()
    assert office.messages() == 2


def test_two_histories_of_the_same_length_are_told_apart(office: Office, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    office.spool.close()
    shutil.copytree(office.home, clone)
    office.start()
    other = Spool(clone)
    other.store(_new(declaration("R5"))).result()
    _store(office, declaration("R1"))
    office.turn()
    with pytest.raises(StoppedError) as stopped:
        Forwarder(other, House(office.line.address, office.key)).turn()
    assert stopped.value.code == "gateway-fork"
    other.close()
    assert office.messages() == 1


def test_two_live_gateways_of_one_identity_are_seen_by_customs_which_says_what_may_be_stranded(
    office: Office, tmp_path: Path
) -> None:
    _store(office, declaration("R0"))
    office.turn()
    clone = tmp_path / "clone"
    office.spool.close()
    shutil.copytree(office.home, clone)
    office.start()
    other = Spool(clone)
    for number in range(5, 9):
        other.store(_new(declaration(f"R{number}"))).result()
    _store(office, declaration("R1"))
    office.turn()
    second = Forwarder(other, House(office.line.address, office.key))
    assert second.attempt() == 1.0
    assert other.stopped_by() == "gateway-fork", "it has more entries than customs, and another at the same number"
    known = _gateway(office)
    assert (known.state, known.last, known.other, known.newest) == ("forked", 2, 5, 5)
    for words in ("up to 2", "entries up to 5", "provisional receipts", "cocket gateway recover"):
        assert words in stranded_words(known)
    [check] = [one for one in HealthService(office.built.stores).health().checks if one.name == "gateways"]
    assert "Entries may be stranded" in check.words
    for number in range(2, 8):
        _store(office, declaration(f"S{number}"))
    with pytest.raises(StoppedError):
        Forwarder(office.spool, office.house).turn()
    assert _gateway(office).newest == 8, "the first one says how far it is when it is refused"
    assert office.messages() == 2
    other.close()


def test_what_waits_in_either_history_is_carried_over_and_nothing_is_doubled(office: Office, tmp_path: Path) -> None:
    _store(office, declaration("R0"))
    office.turn()
    office.spool.close()
    shutil.copytree(office.home, tmp_path / "clone")
    office.start()
    clone = Spool(tmp_path / "clone")
    stranded = clone.store(_new(declaration("FORK"))).result()
    clone.close()
    _store(office, declaration("R1"))
    office.turn()
    office.spool.close()
    heir = make_identity(tmp_path / "heir", "heir-gate", OFFICE)
    key = make_key("heir-gate")
    office.built.house.governance.accounts.add_key(key, "heir", ["forwarder"], ["ACME"])
    office.built.house.partners.gateways.register_gateway(HEAD, heir.vkey, OFFICE, "heir-gate")
    spool = Spool(tmp_path / "heir")
    check_heir(office.home, tmp_path / "heir")
    for same in (tmp_path / "clone", office.home):
        with pytest.raises(SettingsError, match="under its own name"):
            check_heir(same, office.home)
    for _ in range(2):
        made = carry_over(tmp_path / "clone", spool)
        assert (made.carried, made.answered, made.lost) == (1, 1, ())
    assert carry_over(office.home, spool).carried == 0
    [entry] = spool.following(0)
    assert entry.entry.at == stranded.receipt.entry.at, "it was received then"
    house = House(office.line.address, key)
    carrier = Forwarder(spool, house)
    while carrier.turn():
        pass
    house.close()
    assert spool.standing().outcomes == {"accepted": 1}
    spool.close()
    assert office.messages() == 3
    office.start()


def test_of_a_damaged_file_what_can_be_read_is_carried_over_and_the_rest_is_named(
    office: Office, tmp_path: Path
) -> None:
    for number in range(40):
        _store(office, declaration(f"R{number}"))
    office.spool.close()
    file = office.home / "spool.sqlite3"
    with sqlite3.connect(file) as database:
        database.execute("update entry set body = x'00' where sequence = 2")
        database.execute("delete from entry where sequence = 5")
    database.close()
    content = bytearray(file.read_bytes())
    place = content.index(b">R20<")
    content[place // 4096 * 4096 : place // 4096 * 4096 + 4096] = b"\xa5" * 4096
    file.write_bytes(content)
    with pytest.raises((ProofError, StoreError)) as refused:
        Spool(office.home)
    assert "cocket gateway recover OLD --home NEW" in str(refused.value)
    make_identity(tmp_path / "heir", "heir-gate", OFFICE)
    spool = Spool(tmp_path / "heir")
    made = carry_over(office.home, spool)
    assert {2, 5} < set(made.lost)
    assert made.carried + len(made.lost) == 40
    assert made.carried > 20
    assert spool.standing().last == made.carried
    file.write_bytes(b"nothing of a database at all" * 200)
    for way in (lambda: Spool(office.home), lambda: carry_over(office.home, spool)):
        with pytest.raises(StoreError) as refused:
            way()
        assert refused.value.code == "gateway-damaged"
        assert refused.value.hint
    spool.close()
    file.unlink()
    (office.home / "numbered").unlink()
    office.start()


@pytest.mark.parametrize("loss", ["missing", "empty", "older"])
def test_an_identity_that_has_numbered_entries_does_not_begin_again(office: Office, loss: str) -> None:
    file, before = office.home / "spool.sqlite3", office.home / "before"
    office.spool.close()
    with sqlite3.connect(file) as database:
        database.execute("pragma wal_checkpoint(truncate)")
    database.close()
    shutil.copy(file, before)
    office.start()  # nothing was numbered yet: it begins
    _store(office, declaration("R1"))
    office.spool.close()
    for name in ("spool.sqlite3-wal", "spool.sqlite3-shm"):
        (office.home / name).unlink(missing_ok=True)
    kept = file.read_bytes()
    if loss == "missing":
        file.unlink()
    else:
        file.write_bytes(b"" if loss == "empty" else before.read_bytes())
    with pytest.raises(StoreError, match="does not begin again at number 1") as refused:
        Spool(office.home)
    assert (refused.value.code, "put it back" in str(refused.value.hint)) == ("gateway-lost", True)
    if loss != "older":
        with pytest.raises(StoreError, match="missing or empty"):
            open_to_read(office.home)
    file.write_bytes(kept)
    office.start()
    assert office.spool.newest()[0] == 1, "the file is back: it goes on"


def test_who_sent_what_is_held_is_told_in_words_that_it_is_not_accepted(office: Office) -> None:
    evil = make_key("evil")
    office.built.house.governance.accounts.add_key(evil, "evil", ["trader"], ["EVIL"])
    office.turn()
    office.spool.note_key(evil, "evil")
    with office.door() as port:
        office.line.cut()
        waits = office.lodge(port, declaration("E1"), key=evil).json()
        assert waits["outcome"] == "provisional"
        office.line.mend()
        office.turn()
        asked = httpx.get(
            f"http://127.0.0.1:{port}/v1/provisional/1", headers={"Authorization": f"Bearer {evil}"}, trust_env=False
        )
        again = office.lodge(port, declaration("E1"), key=evil)
        assert (again.status_code, asked.status_code) == (202, 200)
        for told in (again.json(), asked.json()):
            assert (told["outcome"], told["reason"]) == ("held", "sender")
            assert told["says"].startswith("Not accepted: ")
            assert "The gateway's key may not send for this sender" in told["says"]
            [finding] = told["findings"]
            assert (finding["code"], finding["severity"]) == ("gateway-held", "error")
            assert finding["message"] == told["says"] == told["provisional"]["says"]
            receipt = read_provisional(msgspec.json.encode(told["provisional"]))
            assert verify_provisional(receipt, [office.spool.identity.vkey], declaration("E1")).holds


def test_every_reason_to_hold_is_a_sentence() -> None:
    assert set(WHYS) == set(Why.__args__)  # type: ignore[attr-defined]
    for why in WHYS:
        assert f"{WHYS[why]}." in not_accepted(why)
    assert "does not say why" in not_accepted("of a newer house")
    assert "send it to customs directly" in not_accepted("sender")
    assert "directly" not in not_accepted("ends-on-paper")


def test_a_gateway_that_is_not_registered_or_whose_key_is_not_good_is_told_in_words(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("api.server", "pipeline.intake.machine_access"):
        monkeypatch.setattr(f"cocket.{room}._KEY_SECONDS", 0.0)
    accounts, gateways = office.built.house.governance.accounts, office.built.house.partners.gateways
    strange = make_identity(tmp_path / "x", "x-gate", OFFICE)
    spool = Spool(tmp_path / "x")
    log: list[str] = []
    house = House(office.line.address, office.key)
    forwarder = Forwarder(spool, house)
    forwarder.tell = log.append
    for _ in range(2):
        assert forwarder.attempt() >= 1.0
    assert "This gateway is not registered" in spool.standing().problem
    assert "cocket continuity register-gateway" in log[0]
    assert len(log) == 1, "a change is said once"
    key = make_key("x-gate")
    accounts.add_key(key, "x", ["forwarder"], ["ACME"])
    gateways.register_gateway(HEAD, strange.vkey, OFFICE, "x-gate")
    house.close()
    house = House(office.line.address, key)
    forwarder = Forwarder(spool, house)
    forwarder.tell = log.append
    assert forwarder.attempt() > 0
    assert spool.standing().problem == ""
    spool.store(_new(declaration("X1"))).result()
    assert forwarder.attempt() == 0.0
    accounts.revoke_key("x-gate")
    spool.store(_new(declaration("X2"))).result()
    assert forwarder.attempt() == 1.0
    house.close()
    assert "does not accept the API key of this gateway" in log[-1]
    new = make_key("x-gate-2")
    accounts.add_key(new, "x", ["forwarder"], ["ACME"])
    with pytest.raises(SenderError):
        gateways.register_gateway(HEAD, strange.vkey, OFFICE, "x-gate")
    made = gateways.register_gateway(HEAD, strange.vkey, OFFICE, "x-gate-2")
    assert (made.last, made.key) == (1, "x-gate-2"), "it goes on from where it is"
    house = House(office.line.address, new)
    forwarder = Forwarder(spool, house)
    assert forwarder.attempt() == 0.0
    house.close()
    assert spool.standing().outcomes == {"accepted": 2}
    spool.close()


def test_why_the_line_is_down_is_words_and_is_gone_once_customs_answers(office: Office) -> None:
    log: list[str] = []
    office.forwarder.tell = log.append
    office.line.cut()
    office.forwarder.attempt()
    assert office.spool.standing().problem.startswith("Customs ")
    assert "Error" not in office.spool.standing().problem
    for number in range(3):
        _store(office, declaration(f"R{number}"))
    office.line.mend()
    seen: list[str] = []
    keep = office.spool.keep_outcomes
    office.spool.keep_outcomes = lambda given: (seen.append(office.spool.standing().problem), keep(given))[1]  # type: ignore[method-assign, func-returns-value, assignment]
    assert office.forwarder.attempt() == 0.0
    assert seen == [""], "it is gone while the backlog is still brought"
    assert log[-1] == "Customs answers again."
    request = httpx.Request("GET", "http://x")
    for error in (
        httpx.ConnectError("[Errno 111]", request=request),
        httpx.ConnectTimeout("", request=request),
        httpx.ReadTimeout("", request=request),
        httpx.ReadError("", request=request),
        httpx.RemoteProtocolError("", request=request),
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate is not yet valid", request=request),
    ):
        words = _words_of(error)
        assert words.startswith("Customs ")
        assert type(error).__name__ not in words
    assert "clock" in words


def test_a_gateway_that_has_stopped_says_where_to_send_and_what_the_office_does(office: Office) -> None:
    log: list[str] = []
    office.forwarder.tell = log.append
    office.built.house.partners.gateways.end_gateway(HEAD, office.name, "replaced")
    _store(office, declaration("R1"))
    office.forwarder.attempt()
    assert "cocket gateway recover" in log[-1]
    with office.door() as port:
        refused = office.lodge(port, declaration("R2"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "gateway-stopped")
    assert "send it to customs directly" in refused.json()["error"]["hint"]
    office.stop()
    office.start()
    office.forwarder.tell = log.append
    office.forwarder.attempt()
    office.spool.stop("There are two histories.", "gateway-fork")
    office.forwarder.attempt()
    assert log[-1].startswith("There are two histories. Keep the folder as it is."), "a restart says it again"


def test_clocks_that_jump_lock_nobody_out_and_date_nothing_in_the_future(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = timedelta(days=900)
    with office_of(built, tmp_path / "gate", clock=lambda: datetime.now(UTC) + ahead) as office:
        _store(office, declaration("R1"))  # then the clock is set right, before customs is reached
        office.turn()
        [line] = _lines(office)
        assert (line.outcome, line.captured <= datetime.now(UTC)) == ("accepted", True)
        today = datetime.now(UTC)
        for at, off in (
            ("0001-01-01T00:00:00+00:00", timedelta(days=9)),
            ("9999-12-31T00:00:00+00:00", -timedelta(days=9)),
        ):
            assert _captured(at, off, today) == today, "no time that is none"
        assert _captured("2020-01-01T00:00:00+00:00", timedelta(days=1), today) == datetime(2019, 12, 31, tzinfo=UTC)
        office.spool.note_key(office.trader, "alpha-gate-acme")
        now = time.time()
        monkeypatch.setattr("cocket.gateway.spool.time.time", lambda: now - 20 * 365 * 86_400)
        assert office.spool.key_seen(office.trader, 7) == "alpha-gate-acme", "the clock of a machine without battery"
        monkeypatch.setattr("cocket.gateway.spool.time.time", lambda: now + 8 * 86_400)
        assert office.spool.key_seen(office.trader, 7) is None


def test_a_key_that_expired_or_may_not_lodge_is_held_like_one_that_was_revoked(office: Office) -> None:
    accounts = office.built.house.governance.accounts
    accounts.add_key(make_key("over"), "o", ["trader"], ["ACME"], until=datetime.now(UTC) + timedelta(seconds=1))
    accounts.add_key(make_key("reads"), "r", ["trader"], ["ACME"], scopes=["message:read"])
    accounts.add_key(make_key("lodges"), "l", ["trader"], ["ACME"], scopes=["message:lodge"])
    accounts.add_key(make_key("gone"), "g", ["trader"], ["ACME"])
    accounts.revoke_key("gone")
    for key in ("over", "reads", "lodges", "gone"):
        _store(office, declaration(f"K-{key}"), key=key)
    time.sleep(1.1)
    office.turn()
    assert [(one.outcome, one.why) for one in _lines(office)] == [
        ("held", "key"),
        ("held", "key"),
        ("accepted", None),
        ("held", "key"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        "update entry set body = x'00' where sequence = 2",
        "update entry set signature = zeroblob(64) where sequence = 2",
        "delete from entry where sequence = 2",
        "update entry set key = 'other' where sequence = 2",
        "update entry set entry = replace(cast(entry as text), '\"sequence\":2', '\"sequence\":9') where sequence = 2",
        "update entry set entry = x'7b7d' where sequence = 3",
    ],
)
def test_a_file_that_was_changed_is_not_worked_with(office: Office, change: str) -> None:
    for number in range(4):
        _store(office, declaration(f"R{number}"))
    office.spool.close()
    with sqlite3.connect(office.home / "spool.sqlite3") as database:
        database.execute(change)
    database.close()
    with pytest.raises(ProofError):
        Spool(office.home)
    with sqlite3.connect(office.home / "spool.sqlite3") as database:
        database.execute("delete from entry")
    database.close()
    (office.home / "numbered").unlink()
    office.spool = Spool(office.home)  # so that the fixture has one to close


def test_the_house_believes_no_signature_but_the_offices(office: Office) -> None:
    _store(office, declaration("R1"))
    batch = office.spool.following(0)
    forged = msgspec.structs.replace(batch[0], signature=bytes(64))
    swapped = msgspec.structs.replace(batch[0], body=declaration("R2"))
    gateways = office.built.house.partners.gateways
    gate = Principal(id=office.name, kind="key", roles=("forwarder",), senders=("ACME",))
    standing = office.spool.standing()
    for entries, code in (((forged,), "gateway-signature"), ((swapped,), "gateway-content")):
        made = GatewayBatch(
            gateway=office.name, sent=datetime.now(UTC), last=standing.last, head=standing.head, entries=entries
        )
        with pytest.raises(SenderError) as refused:
            gateways.bring(gate, made)
        assert refused.value.code == code
    other = msgspec.structs.replace(gate, id="alpha-gate-acme")
    with pytest.raises(NotFoundError):
        gateways.bring(other, made)
    assert office.messages() == 0
    assert _gateway(office).state == "active", "what is not signed says nothing of the gateway"


def test_a_backlog_comes_in_several_batches_at_once_and_a_failure_midway_doubles_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.gateway.spool.MOST_ENTRIES", 8)
    for number in range(60):
        _store(office, declaration(f"R{number}"))
    lost = {17}
    bring = office.house.bring

    def losing(batch: GatewayBatch) -> BatchTaken:
        first = batch.entries[0].entry.sequence if batch.entries else 0
        taken = bring(batch)
        if first in lost:
            lost.discard(first)
            raise PartnerError("The answer was lost.")
        return taken

    monkeypatch.setattr(office.house, "bring", losing)
    monkeypatch.setattr("cocket.pipeline.partners.gateways._TURN_SECONDS", 2.0)
    with pytest.raises(PartnerError):
        office.turn()
    assert not lost
    fresh = Forwarder(office.spool, office.house)
    while fresh.turn():
        pass
    assert office.messages() == 60
    assert office.spool.standing().outcomes.get("accepted", 0) + office.spool.standing().outcomes.get("same", 0) == 60
    lines = sorted(line.sequence for line in _lines(office))
    assert lines == list(range(1, 61)), "each entry is sealed once"
    audit = RowAudit(office.built.stores)
    while audit.step() is None:
        pass
    assert list(audit.differences()) == []


def test_conflicts_late_entries_and_lost_keys_wait_for_an_officer(built: Built, tmp_path: Path) -> None:
    long_ago = lambda: datetime.now(UTC) - timedelta(hours=30)  # noqa: E731
    with office_of(built, tmp_path / "gate", clock=long_ago) as office:
        _store(office, declaration("R1"))
        _store(office, declaration("R1", note="other"))
        _store(office, declaration("R2"), key="gone", sender="ACME")
        _store(office, declaration("R3"), sender="BETA")
        office.turn()
        gateways = built.house.partners.gateways
        held = gateways.held_entries(HEAD)
        assert [(one.sequence, one.why) for one in held] == [(1, "late"), (2, "conflict"), (3, "key"), (4, "key")]
        assert all(one.content == b"" for one in held)
        assert [one.outcome for one in _lines(office)] == ["late", "conflict", "held", "held"]
        with pytest.raises(SenderError):
            gateways.settle_entry(HEAD, "alpha-gate-2", "taken-in", "why not")
        assert gateways.settle_entry(HEAD, "alpha-gate-2", "left", "the second is wrong").by == HEAD.id
        with pytest.raises(SenderError):
            gateways.settle_entry(HEAD, "alpha-gate-2", "left", "again")
        taken = gateways.settle_entry(HEAD, "alpha-gate-3", "taken-in", "the broker changed his key")
        assert taken.message
        assert office.messages() == 2
        assert len(gateways.held_entries(HEAD)) == 2
        assert len(gateways.held_entries(HEAD, is_settled=True)) == 2
        audit = RowAudit(built.stores)
        while audit.step() is None:
            pass
        assert list(audit.differences()) == [], "every file is what was sealed last"
        with pytest.raises(Exception, match="Give the reason"):
            gateways.settle_entry(HEAD, "alpha-gate-4", "left", "  ")


def test_a_supervisor_accepts_for_a_sender_for_whom_the_gateway_may_not_lodge(office: Office) -> None:
    gateways, accounts = office.built.house.partners.gateways, office.built.house.governance.accounts
    accounts.add_key(make_key("evil"), "evil", ["trader"], ["EVIL"])
    for content in (declaration("E1"), b"no message", declaration("E3")):
        _store(office, content, key="evil")
    office.turn()
    assert [(one.why, one.sender) for one in gateways.held_entries(HEAD)] == [("sender", "EVIL")] * 3
    gate = Principal(id=office.name, kind="key", roles=("forwarder",), senders=("ACME",))
    lodging = Principal(id="evil", kind="key", roles=("trader",), senders=("EVIL",))
    for who in (officer("officer"), officer("analyst"), officer("auditor"), officer("supervisor", "XBPRT002")):
        with pytest.raises((PolicyError, NotFoundError)):
            gateways.settle_entry(who, "alpha-gate-1", "taken-in", "it is mine")
    for key in (gate, lodging):  # to lodge is another right than to decide
        with pytest.raises((PolicyError, NotFoundError)):
            gateways.settle_entry(key, "alpha-gate-1", "taken-in", "it is mine")
    with pytest.raises(PolicyError):
        gateways.settle_entry(HEAD, "alpha-gate-1", "taken-in", " ")
    assert office.messages() == 0
    near = officer("supervisor", OFFICE)
    taken = gateways.settle_entry(near, "alpha-gate-1", "taken-in", "the gateway was to have this sender")
    assert (taken.outcome, taken.by) == ("accepted", near.id)
    accounts.revoke_key(office.name)  # of a gateway that is no more, what it brought can still be decided
    refused = gateways.settle_entry(operator(), "alpha-gate-2", "taken-in", "looked like one")
    assert (refused.settled, refused.outcome) == ("taken-in", "refused")
    assert gateways.settle_entry(operator(), "alpha-gate-3", "left", "on paper").outcome is None
    assert office.messages() == 1
    known = office.built.house.queries.records.message(HEAD, taken.message)
    assert known.sender == "EVIL"


def test_what_ended_on_paper_is_not_lodged_later(office: Office) -> None:
    outages = office.built.house.partners.outages
    made = outages.open_outage(
        HEAD, NewOutage(office=OFFICE, systems=("line",), regimes={"import": "ends-on-paper"}, reason="cable cut")
    )
    assert made.id == f"{OFFICE}-{made.begins.year}-1"
    _store(office, declaration("R1"))
    office.turn()
    outages.close_outage(HEAD, made.id)
    _store(office, declaration("R2"))
    office.turn()
    lines = _lines(office)
    assert [(one.outcome, one.why, one.outage) for one in lines] == [
        ("held", "ends-on-paper", made.id),
        ("accepted", None, ""),
    ]
    assert office.messages() == 1
    taken = office.built.house.partners.gateways.settle_entry(HEAD, "alpha-gate-1", "taken-in", "it was no transit")
    assert taken.message
    assert office.messages() == 2


def test_a_clock_that_is_wrong_is_said_and_does_not_make_late(built: Built, tmp_path: Path) -> None:
    with office_of(built, tmp_path / "gate", clock=lambda: datetime.now(UTC) - timedelta(days=400)) as office:
        _store(office, declaration("R1"))
        house = House(office.line.address, office.key)
        slow = Forwarder(office.spool, house, clock=lambda: datetime.now(UTC) - timedelta(days=400))
        while slow.turn():
            pass
        house.close()
        known = _gateway(office)
        assert abs(known.clock_off_seconds + 400 * 86_400) < 60
        assert known.counts == {"accepted": 1}


def test_a_full_disk_acknowledges_nothing_and_gives_no_number_away(office: Office) -> None:
    _store(office, declaration("R1"))
    pages = office.spool._database.execute("pragma page_count").fetchone()[0]
    office.spool._database.execute(f"pragma max_page_count = {pages}")
    office.line.cut()
    office.spool.note_key(office.trader, "alpha-gate-acme")
    with office.door() as port:
        refused = office.lodge(port, declaration("BIG").ljust(400_000))
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "disk-full")
        office.spool._database.execute("pragma max_page_count = 1000000")
        assert office.lodge(port, declaration("R2")).json()["sequence"] == 2


def test_the_files_of_a_host_are_taken_in_once_and_their_folder_is_left_alone(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "host"
    folder.mkdir()
    (folder / "a.xml").write_bytes(declaration("R1"))
    (folder / "b.xml").write_bytes(declaration("R2"))
    (folder / "c.xml.part").write_bytes(b"half")
    (folder / ".hidden").write_bytes(b"x")
    (folder / "link.xml").symlink_to(folder / "a.xml")
    files = HostFolder(office.spool, folder, "ACME", office.name)
    later = datetime.now(UTC).timestamp() + 60
    assert files.turn() == 0, "they may still be written"
    assert files.turn(later) == 2
    assert files.turn(later) == 0
    (folder / "a.xml").write_bytes(declaration("R8"))
    assert files.turn(later) == 1
    office.turn()
    assert office.messages() == 3
    assert sorted(one.name for one in folder.iterdir()) == [".hidden", "a.xml", "b.xml", "c.xml.part", "link.xml"]


def test_an_ended_or_unknown_gateway_brings_nothing(office: Office) -> None:
    gateways = office.built.house.partners.gateways
    with pytest.raises(SenderError, match="is or was"):
        gateways.register_gateway(HEAD, office.spool.identity.vkey, OFFICE, office.name)
    gateways.end_gateway(HEAD, office.name, "replaced")
    _store(office, declaration("R1"))
    with pytest.raises(StoppedError):
        office.turn()
    office.spool.stop("The house refuses it.")
    with office.door() as port:
        assert office.lodge(port, declaration("R2")).json()["error"]["code"] == "gateway-stopped"
        assert httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 503
    assert office.messages() == 0


def test_only_supervisors_keep_and_only_their_own_office(office: Office) -> None:
    partners = office.built.house.partners
    far, near = officer("supervisor", "XBPRT002"), officer("supervisor", OFFICE)
    assert partners.gateways.gateways(far) == ()
    assert len(partners.gateways.gateways(near)) == 1
    with pytest.raises(NotFoundError):
        partners.gateways.end_gateway(far, office.name, "mine")
    for who in (officer("analyst"), officer("auditor"), officer("officer"), far):
        with pytest.raises(PolicyError):
            partners.outages.open_outage(who, NewOutage(office=OFFICE, systems=("line",), reason="cut"))
    with pytest.raises(PolicyError):
        partners.outages.open_outage(near, NewOutage(systems=("line",), reason="everywhere"))
    made = partners.outages.open_outage(near, NewOutage(office=OFFICE, systems=("line",), reason="cut"))
    assert partners.outages.outages(far) == ()
    assert partners.outages.outages(near) == (made,)


def test_a_gateway_is_registered_only_for_an_office_that_is_there(built: Built, tmp_path: Path) -> None:
    built.house.governance.accounts.put_officer("olga", "olga", "officer", OFFICE, "seal and cord and wax")
    with office_of(built, tmp_path / "gate"):
        vkey = make_identity(tmp_path / "second", "second-gate", OFFICE.lower()).vkey
        with pytest.raises(SenderError, match="no office XA999999") as refused:
            built.house.partners.gateways.register_gateway(HEAD, vkey, "XA999999", "alpha-gate")
        assert refused.value.code == "office-unknown"
        assert OFFICE in str(refused.value.hint)
        made = built.house.partners.gateways.register_gateway(HEAD, vkey, OFFICE.lower(), "alpha-gate")
        assert made.office == Spool(tmp_path / "second").identity.office == OFFICE


def test_an_outage_is_entered_only_for_an_office_that_is_there(built: Built) -> None:
    built.house.governance.accounts.put_officer("olga", "olga", "officer", OFFICE, "seal and cord and wax")
    outages = built.house.partners.outages
    with pytest.raises(SenderError, match="no office NOPE1") as refused:
        outages.open_outage(HEAD, NewOutage(office="NOPE1", systems=("line",), reason="cable cut"))
    assert OFFICE in str(refused.value.hint)
    assert outages.outages(HEAD) == ()
    assert outages.open_outage(HEAD, NewOutage(systems=("line",), reason="everywhere")).office == ""


def test_a_wrong_office_is_told_at_the_first_contact_and_can_be_set_right(office: Office, tmp_path: Path) -> None:
    gateways = office.built.house.partners.gateways
    stands = make_identity(tmp_path / "beta", "beta-gate", "XBPRT002")
    key = make_key("beta-gate")
    office.built.house.governance.accounts.add_key(key, "beta", ["forwarder"], ["ACME"])
    office.built.house.governance.accounts.put_officer("o2", "O", "officer", "XBPRT002", "seal and cord and wax")
    gateways.register_gateway(HEAD, stands.vkey, OFFICE, "beta-gate")
    office.stop()
    office.home, office.key, office.name = tmp_path / "beta", key, "beta-gate"
    office.start()
    office.spool.note_key(office.trader, "alpha-gate-acme")
    office.line.cut()
    with office.door() as port:
        assert office.lodge(port, declaration("R1")).status_code == 202, "the line was down: it could not be known"
        office.line.mend()
        assert office.forwarder.attempt() == 1.0
        refused = office.lodge(port, declaration("R2"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "gateway-stopped")
        for words in ("XBPRT002", OFFICE, "register it again for XBPRT002"):
            assert words in refused.json()["error"]["message"]
        ready = httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False)
        assert (ready.status_code, ready.json()["waiting"]) == (503, 1)
        assert "XBPRT002" in ready.json()["stopped"]
        sealed = len(office.built.bodies(GATEWAY))
        assert office.forwarder.attempt() == 2.0
        assert len(office.built.bodies(GATEWAY)) == sealed, "a refusal is kept once, not at each call"
        told = _gateway(office).refused
        assert told is not None
        assert (told.code, "XBPRT002" in told.words) == ("gateway-office", True)
        [check] = [one for one in office.built.house.operations.health.health().checks if one.name == "gateways"]
        assert (check.state, "XBPRT002" in check.words) == ("degraded", True)
        with pytest.raises(SenderError, match="is or was"):
            gateways.register_gateway(HEAD, stands.vkey, OFFICE, "beta-gate")
        other = make_identity(tmp_path / "other", "beta-gate", "XBPRT002")
        with pytest.raises(SenderError, match="is or was"):
            gateways.register_gateway(HEAD, other.vkey, "XBPRT002", "beta-gate")
        with pytest.raises(PolicyError):
            gateways.register_gateway(officer("supervisor", "XBPRT002"), stands.vkey, "XBPRT002", "beta-gate")
        gateways.end_gateway(HEAD, "beta-gate", "the wrong office")
        office.forwarder.attempt()
        assert office.spool.stopped_by() == "gateway-ended"
        office.stop()
        office.start()  # a restart changes nothing
        made = gateways.register_gateway(HEAD, stands.vkey, "XBPRT002", "beta-gate")
        assert (made.state, made.refused, made.why) == ("active", None, "")
        while office.spool.standing().waiting:
            assert office.forwarder.attempt() < 1.0
        assert office.spool.stopped() == ""
    assert office.messages() == 1
    assert (_gateway(office).last, _gateway(office).refused) == (1, None)
    with pytest.raises(SenderError, match="is or was"):
        gateways.register_gateway(HEAD, stands.vkey, OFFICE, "beta-gate")


def test_a_refusal_stands_on_the_record_until_something_is_taken(office: Office) -> None:
    _store(office, declaration("R1"))
    gateways = office.built.house.partners.gateways
    gate = Principal(id=office.name, kind="key", roles=("forwarder",), senders=("ACME",))
    standing = office.spool.standing()
    [entry] = office.spool.following(0)
    batch = GatewayBatch(gateway=office.name, sent=datetime.now(UTC), last=standing.last, head=standing.head)
    swapped = msgspec.structs.replace(batch, entries=(msgspec.structs.replace(entry, body=declaration("R2")),))
    with pytest.raises(SenderError):
        gateways.bring(gate, swapped)
    gateways.bring(gate, batch)  # asking alone, as a gateway of before does: without its office
    told = _gateway(office).refused
    assert told is not None
    assert told.code == "gateway-content"
    gateways.bring(gate, msgspec.structs.replace(batch, entries=(entry,)))
    assert _gateway(office).refused is None


def _lines(office: Office) -> list:  # type: ignore[type-arg]
    return [
        line for body in office.built.bodies(BATCH) for line in msgspec.json.decode(body, type=GatewayBatchTaken).lines
    ]


def _new(content: bytes, key: str = "alpha-gate-acme", sender: str = "") -> NewEntry:
    return NewEntry(key=key, sender=sender, media="application/xml", profile="", body=content)


def _store(office: Office, content: bytes, key: str = "alpha-gate-acme", sender: str = "") -> int:
    stored = office.spool.store(_new(content, key, sender)).result(timeout=30)
    return stored.receipt.entry.sequence
