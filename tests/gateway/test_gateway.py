# SPDX-License-Identifier: Apache-2.0
"""A gateway between traders and a real house: line up, line cut, line mended; nothing lost, doubled or joined silently."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from cocket.api import build_app
from cocket.cli.base.operator_principal import operator
from cocket.errors import PartnerError, PolicyError, ProofError, SenderError
from cocket.exchange.gateway_calls import BatchTaken, GatewayBatch
from cocket.gate import make_key
from cocket.gateway import HostFolder, Spool, make_identity
from cocket.gateway.forwarding import Forwarder, House, StoppedError
from cocket.gateway.spool import NewEntry
from cocket.governance import Principal
from cocket.ledger import read_provisional, verify_provisional
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.gateway_files import BATCH, GATEWAY, Gateway, GatewayBatchTaken
from cocket.pipeline.operations.row_audit import RowAudit
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
    (office.home / "spool.sqlite3").unlink()
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
