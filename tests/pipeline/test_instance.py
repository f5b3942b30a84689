# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args
from uuid import UUID

import msgspec
import pytest

from cocket import ledger
from cocket.consignment import keys
from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.model import Reference
from cocket.model.party import ReferenceKind
from cocket.pipeline import Answer, NewResult, NotFoundError, QueueFilter, public_keys
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

ACME = trader("ACME")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.5)
    yield made
    made.house.close()


def lodge(built: Built, *contents: bytes) -> list[Answer]:
    return built.house.intake.messages.take_many([envelope(content) for content in contents], principal=ACME)


def seal_kinds(built: Built) -> list[str]:
    with built.stores.database.transaction() as connection:
        return [row[0] for row in connection.execute("select kind from leaf order by idx")]


def test_a_receipt_verifies_offline_against_the_published_key(built: Built) -> None:
    content = declaration("R1")
    answer = lodge(built, content)[0]
    receipt = ledger.read_proof(msgspec.json.encode(answer.receipt))
    assert isinstance(receipt, ledger.Receipt)
    keys = public_keys(built.settings)
    assert ledger.verify_receipt(receipt, [keys["receipts"]], content).holds
    assert not ledger.verify_receipt(receipt, [keys["receipts"]], content + b" ").holds


def test_a_message_is_proved_only_once_a_head_covers_it(built: Built) -> None:
    content = declaration("R1")
    answer = lodge(built, content)[0]
    assert built.house.queries.records.proof(ACME, answer.id) is None
    built.sign()
    proof = ledger.read_proof(msgspec.json.encode(built.house.queries.records.proof(ACME, answer.id)))
    assert isinstance(proof, ledger.InclusionProof)
    assert ledger.verify_inclusion_proof(proof, public_keys(built.settings)["log"], None, content).holds


def test_the_picture_of_a_proof_leads_from_the_leaf_to_the_root(built: Built) -> None:
    from hashlib import sha256

    answers = lodge(built, *(declaration(f"R{n}") for n in range(7)))
    built.sign()
    for answer in answers:
        view = built.house.queries.records.proof_view(ACME, answer.id)
        node = bytes.fromhex(view.leaf_hash)
        for side, sibling in view.path:
            pair = (bytes.fromhex(sibling), node) if side == "left" else (node, bytes.fromhex(sibling))
            node = sha256(b"\x01" + pair[0] + pair[1]).digest()
        assert node.hex() == view.root


def test_the_same_content_gets_the_same_receipt_across_doors_and_processes(built: Built, tmp_path: Path) -> None:
    from cocket.pipeline import open_instance

    first = lodge(built, declaration("R1"))[0]
    other = open_instance(built.settings, built.dsn)
    again = other.intake.messages.take_many([envelope(declaration("R1"))], principal=ACME)[0]
    other.close()
    assert (again.id, again.receipt, again.is_repeat) == (first.id, first.receipt, True)


def test_another_content_under_the_same_reference_is_told_and_sealed(built: Built) -> None:
    lodge(built, declaration("R1"))
    clash = lodge(built, declaration("R1", note="other"))[0]
    assert clash.outcome == "conflict"
    assert clash.findings[0].code == "reference-conflict"
    assert seal_kinds(built)[:2] == ["message-accepted", "message-conflict"]


def test_many_at_once_share_commits_and_each_gets_its_own_answer(built: Built) -> None:
    async def lodge_all() -> list[Answer]:
        return await asyncio.gather(
            *(built.house.intake.messages.take(envelope(declaration(f"R{n}")), principal=ACME) for n in range(50))
        )

    answers = asyncio.run(lodge_all())
    assert sorted(answer.receipt["promise"]["index"] for answer in answers) == list(range(50))
    assert {answer.outcome for answer in answers} == {"accepted"}


def test_a_key_lodges_only_for_its_own_senders(built: Built) -> None:
    with pytest.raises(PolicyError):
        built.house.intake.messages.take_many([envelope(declaration("R1"), sender="OTHER")], principal=ACME)
    several = trader("ACME", "OTHER")
    assert (
        built.house.intake.messages.take_many([envelope(declaration("R1"), sender="OTHER")], principal=several)[
            0
        ].outcome
        == "accepted"
    )


def test_a_foreign_message_looks_like_none(built: Built) -> None:
    answer = lodge(built, declaration("R1"))[0]
    stranger = trader("OTHER")
    for ask in (
        built.house.queries.records.message,
        built.house.queries.records.receipt,
        built.house.queries.records.proof,
        built.house.queries.records.content,
    ):
        with pytest.raises(NotFoundError) as foreign:
            ask(stranger, answer.id)
        with pytest.raises(NotFoundError) as absent:
            ask(stranger, "01a21032-dbd8-7236-9320-ac0953c99041")
        assert str(foreign.value) == str(absent.value)


def test_content_comes_back_byte_for_byte(built: Built) -> None:
    content = declaration("R1") + b"\n<!-- \xc3\xa9 -->\r\n"
    answer = lodge(built, content)[0]
    assert built.house.queries.records.content(ACME, answer.id) == content


def test_a_refused_message_is_kept_and_sealed_with_its_findings(built: Built) -> None:
    answer = lodge(built, b"<nothing/>")[0]
    assert answer.outcome == "refused"
    view = built.house.queries.records.message(ACME, answer.id)
    assert view.findings == answer.findings
    assert built.house.queries.records.content(ACME, answer.id) == b"<nothing/>"


def test_a_declaration_gets_a_dossier_a_lane_with_reasons_and_an_order(built: Built) -> None:
    lodge(built, declaration("R1"))
    built.desk()
    queue = built.house.queries.records.queue(officer(), QueueFilter(state="all"))
    assert queue.total == 1
    advice = queue.lines[0].advice
    assert advice is not None
    assert advice.lane in ("red", "yellow")
    assert advice.is_degraded
    assert queue.lines[0].order is not None
    dossier = built.house.queries.records.dossier(officer(), queue.lines[0].id)
    assert [paper.reference for paper in dossier.papers] == ["R1"]
    assert {entry.code for entry in dossier.timeline} >= {"message-accepted", "lane"}


def test_no_trader_ever_sees_a_lane(built: Built) -> None:
    answer = lodge(built, declaration("R1"))[0]
    built.desk()
    consignment = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0].id
    with pytest.raises(PolicyError):
        built.house.queries.records.queue(ACME, QueueFilter())
    with pytest.raises(NotFoundError):
        built.house.queries.records.dossier(ACME, consignment)
    assert built.house.queries.records.message(ACME, answer.id).consignment_ids == ()


def test_an_officer_sees_the_advice_and_an_analyst_what_it_was_computed_from(built: Built) -> None:
    lodge(built, declaration("R1"))
    built.desk()
    for role, sees in (("officer", False), ("analyst", True)):
        line = built.house.queries.records.queue(officer(role), QueueFilter(state="all")).lines[0]
        for shown in (line, built.house.queries.records.dossier(officer(role), line.id).summary):
            assert shown.advice is not None
            assert (bool(shown.advice.features), shown.advice.propensity is not None) == (sees, sees)


def test_a_caller_who_waits_gets_the_lane_only_if_granted(built: Built) -> None:
    lodge(built, declaration("R1"))
    built.desk()
    host = Principal(id="h", kind="key", roles=("host",), senders=("ACME",))

    async def again(principal: Principal) -> Answer:
        return await built.house.intake.messages.take(
            envelope(declaration("R1")), principal=principal, wait_for_lane=0.1
        )

    assert asyncio.run(again(host)).lane in ("red", "yellow")
    office = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0].office
    assert asyncio.run(again(msgspec.structs.replace(host, office=office))).lane in ("red", "yellow")
    assert asyncio.run(again(msgspec.structs.replace(host, office="XBPRT002"))).lane is None
    assert asyncio.run(again(ACME)).lane is None


def test_every_look_is_sealed_before_it_is_given(built: Built) -> None:
    lodge(built, declaration("R1"))
    built.desk()
    before = seal_kinds(built).count("look")
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    built.house.queries.records.dossier(officer(), line.id)
    assert seal_kinds(built).count("look") == before + 2
    looks = [e for e in built.house.queries.records.dossier(officer(), line.id).timeline if e.code == "looked"]
    assert [look.arguments["who"] for look in looks] == ["test-officer"]  # this one is told the next time


def test_an_amendment_is_a_new_version_and_keeps_the_lane_it_has(built: Built) -> None:
    first = lodge(built, declaration("R1"))[0]
    desk = built.desk()
    before = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0].advice
    amended = lodge(built, declaration("R1", sample="amendment"))[0]
    while desk.turn():
        pass
    assert built.house.queries.records.message(ACME, amended.id).version == 2
    queue = built.house.queries.records.queue(officer(), QueueFilter(state="all"))
    assert queue.total == 1
    after = queue.lines[0].advice
    assert before is not None
    assert after is not None
    assert (after.lane, after.assessment_id != before.assessment_id) == (before.lane, True)
    assert first.id != amended.id


def test_the_desk_does_nothing_twice_whenever_it_starts_again(built: Built) -> None:
    lodge(built, *(declaration(f"R{n}") for n in range(5)))
    built.desk()
    once = seal_kinds(built)
    built.desk()
    assert seal_kinds(built) == once
    assert once.count("assessment") == 5


def test_a_desk_that_fails_midway_leaves_nothing_half_done(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    from cocket.errors import StoreError
    from cocket.pipeline import AssessmentWorker

    lodge(built, *(declaration(f"R{n}") for n in range(3)))
    desk = AssessmentWorker(built.stores)
    desk.open()

    def fail(*_: object) -> None:
        raise StoreError("planted")

    with monkeypatch.context() as patched:
        patched.setattr(type(built.stores.leaves), "append_records", fail)
        with pytest.raises(StoreError):
            desk.turn()
    assert built.house.queries.records.queue(officer(), QueueFilter(state="all")).total == 0
    desk.open()
    while desk.turn():
        pass
    assert built.house.queries.records.queue(officer(), QueueFilter(state="all")).total == 3


def order_of(built: Built) -> str:
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    assert line.order is not None
    return line.order.id


def test_a_result_closes_its_order_and_is_sealed(built: Built) -> None:
    lodge(built, declaration("R1"))
    built.desk()
    new = NewResult(depth="full", found=True, offence="revenue", duty_recovered="1250.50", currency="NZD")
    result = built.house.control.officer_acts.record_result(officer(), order_of(built), new)
    assert (result.found, result.duty_recovered, result.currency) == (True, "1250.50", "NZD")
    line = built.house.queries.records.queue(officer(), QueueFilter(state="done")).lines[0]
    assert line.order is not None
    assert line.order.status == "done"
    assert "result" in seal_kinds(built)
    stats = built.house.queries.records.stats(officer("supervisor"))
    assert (stats.examined, stats.found, stats.duty_recovered) == (1, 1, {"NZD": "1250.50"})


@pytest.mark.parametrize(
    "new",
    [
        NewResult(depth="full", found=None),
        NewResult(depth="not-examined", found=False),
        NewResult(depth="full", found=False, offence="revenue"),
        NewResult(depth="full", found=True, offence="revenue", duty_recovered="much", currency="NZD"),
        NewResult(depth="full", found=True, offence="revenue", duty_recovered="-1", currency="NZD"),
        NewResult(depth="full", found=True, offence="revenue", duty_recovered="1"),
    ],
)
def test_a_result_that_contradicts_itself_is_refused_with_findings(built: Built, new: NewResult) -> None:
    lodge(built, declaration("R1"))
    built.desk()
    with pytest.raises(SenderError) as refused:
        built.house.control.officer_acts.record_result(officer(), order_of(built), new)
    assert refused.value.findings
    assert "result" not in seal_kinds(built)


def test_an_override_needs_a_reason_and_stands_beside_the_advice(built: Built) -> None:
    lodge(built, declaration("R1"))
    built.desk()
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    for reason in ("", "   "):
        with pytest.raises(PolicyError):
            built.house.control.officer_acts.override(officer(), line.id, "green", reason)
    advice = built.house.control.officer_acts.override(officer(), line.id, "green", "seen twice this week")
    assert line.advice is not None
    assert (advice.lane, advice.override) == (line.advice.lane, "green")
    assert advice.override_reason == "seen twice this week"


def test_a_release_can_be_taken_back(built: Built) -> None:
    lodge(built, declaration("R1"))
    built.desk()
    order = order_of(built)
    assert built.house.control.officer_acts.release(officer(), order, "papers in order").status == "released"
    assert built.house.queries.records.queue(officer(), QueueFilter()).total == 0
    assert built.house.control.officer_acts.reopen(officer(), order).status == "open"


def test_an_auditor_and_an_officer_of_another_office_change_nothing(built: Built) -> None:
    lodge(built, declaration("R1"))
    built.desk()
    with pytest.raises(PolicyError):
        built.house.control.officer_acts.release(officer("auditor"), order_of(built), "x")


def test_a_password_lets_in_and_its_session_ends(built: Built) -> None:
    built.house.governance.accounts.put_officer("anna", "Anna A.", "officer", None, "a long password")
    assert built.house.governance.accounts.sign_in("anna", "wrong", "127.0.0.1") is None
    assert built.house.governance.accounts.sign_in("nobody", "a long password", "127.0.0.1") is None
    signed = built.house.governance.accounts.sign_in("anna", "a long password", "127.0.0.1")
    assert signed is not None
    token = signed.token
    found = built.house.governance.accounts.officer_of_session(token)
    assert found is not None
    assert (found.id, found.role) == ("anna", "officer")
    built.house.governance.accounts.sign_out(token)
    assert built.house.governance.accounts.officer_of_session(token) is None
    assert seal_kinds(built) == ["officer", "sign-in", "sign-out"]


def test_no_secret_is_stored_as_it_is(built: Built) -> None:
    from cocket.gate import make_key

    key = make_key("acme")
    built.house.governance.accounts.add_key(key, "ACME", ["trader"], ["ACME"])
    built.house.governance.accounts.put_officer("anna", "Anna A.", "officer", None, "a long password")
    signed = built.house.governance.accounts.sign_in("anna", "a long password", "127.0.0.1")
    assert signed is not None
    with built.stores.database.transaction() as connection:
        tables = [row[0] for row in connection.execute("select tablename from pg_tables where schemaname = 'public'")]
        stored = "".join(str(connection.execute(f"select * from {table}").fetchall()) for table in tables)
    for secret in (key.split("_")[2], "a long password", signed.token, signed.browser):
        assert secret not in stored
    assert "anna" in stored


def test_a_key_is_known_until_it_is_revoked(built: Built) -> None:
    from cocket.gate import make_key

    key = make_key("acme")
    built.house.governance.accounts.add_key(key, "ACME", ["trader"], ["ACME"])
    principal = built.house.intake.messages.principal_of_key(key)
    assert principal is not None
    assert principal.senders == ("ACME",)
    assert built.house.intake.messages.principal_of_key(key[:-1] + ("0" if key[-1] != "0" else "1")) is None
    assert built.house.governance.accounts.grant_senders("acme", ["ACME", "OTHER"])
    assert built.house.governance.accounts.revoke_key("acme")
    assert not built.house.governance.accounts.revoke_key("acme")


def test_advice_ahead_keeps_nothing_but_that_it_was_asked(built: Built) -> None:
    from cocket.pipeline import AdviceView

    host = Principal(id="h", kind="key", roles=("host",), senders=("ACME",))
    advice = built.house.assessment.preview.assess_only(host, envelope(declaration("R1")))
    assert isinstance(advice, AdviceView)
    assert not advice.is_random
    assert seal_kinds(built) == ["advice-ahead"]
    assert built.house.queries.records.queue(officer(), QueueFilter(state="all")).total == 0
    with pytest.raises(PolicyError):
        built.house.assessment.preview.assess_only(ACME, envelope(declaration("R1")))


def test_advice_ahead_on_something_refused_gives_its_findings(built: Built) -> None:
    host = Principal(id="h", kind="key", roles=("host",), senders=("ACME",))
    findings = built.house.assessment.preview.assess_only(host, envelope(b"<nothing/>"))
    assert isinstance(findings, tuple)
    assert findings[0].severity == "error"


def test_public_keys_are_those_that_verify(built: Built) -> None:
    assert built.house.queries.records.public_keys()["log"] is None
    lodge(built, declaration("R1"))
    built.sign()
    assert built.house.queries.records.public_keys() == public_keys(built.settings)


def test_every_draw_can_be_made_again_from_the_seed_committed_before_it(built: Built) -> None:
    from cocket.control import commit_seed

    lodge(built, declaration("R1"))
    desk = built.desk()
    lodge(built, declaration("R1", sample="amendment"))
    while desk.turn():
        pass
    kinds = seal_kinds(built)
    assert kinds.index("draw-seed") < kinds.index("assessment")
    with built.stores.database.transaction() as connection:
        seeds = [row[0] for row in connection.execute("select seed from draw_seed order by day")]
    bodies = built.bodies("assessment")
    draws = {msgspec.json.decode(body)["draw"] for body in bodies}
    assert len(bodies) == 2
    assert draws == {commit_seed(seeds[0])}


NAMES = {
    "UCR": "6XB-UCR-900001", "DUCR": "6XB-DUCR-90002", "MUCR": "GB/ABCD-90003", "MRN": "26XA0000009000043",
    "LRN": "LRN-9-00005", "SAD": "C 90006 2026-01-14", "MANIFEST": "2026 90007", "BL": "BILL9000008", "HBL": "HOUSE9000009",
    "EQUIPMENT": "TSTU 820849-4", "ORDER": "PO-90010", "INVOICE": "INV-90011", "DOCUMENT": "DOC-90012",
}  # fmt: skip


@pytest.mark.parametrize("kind", get_args(ReferenceKind))
def test_a_reference_of_any_kind_finds_its_dossier_whoever_gave_it(built: Built, kind: ReferenceKind) -> None:
    built.house.intake.messages.take_many(
        [envelope(declaration("R1")), envelope(declaration("R2"))], principal=trader("ACME")
    )
    built.desk()
    wanted = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[1].id
    name, issuer = NAMES[kind], "XAPRT001" if kind in ("SAD", "MANIFEST") else "Some Seller Ltd"
    made = keys((Reference(kind, name, issuer),), "A/SENDER")
    with built.stores.database.transaction() as connection:
        built.stores.consignments.add_keys(connection, [(UUID(wanted), key.pair, False, None, None) for key in made])
    for typed in (name, name.lower(), f" {name} "):
        assert [line.id for line in built.house.queries.records.find(officer(), typed)] == [wanted]
        assert [line.id for line in built.house.queries.records.find(officer(), typed, kind)] == [wanted]
        assert [
            line.id
            for line in built.house.queries.records.queue(officer(), QueueFilter(state="all", text=typed.strip())).lines
        ] == [wanted]
    assert built.house.queries.records.find(officer(), name[:-1]) == ()


def test_every_reference_that_a_dossier_shows_finds_it(built: Built) -> None:
    built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    built.desk()
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    shown = built.house.queries.records.dossier(officer(), line.id)
    kinds = {kind for kind, _ in shown.references}
    assert {"LRN", "UCR", "BL", "EQUIPMENT"} & kinds
    for kind, value in (*shown.references, *(("MESSAGE", paper.reference or "") for paper in shown.papers)):
        assert [one.id for one in built.house.queries.records.find(officer(), value, kind)] == [line.id], (kind, value)
        assert [one.id for one in built.house.queries.records.find(officer(), value)] == [line.id], (kind, value)


def test_a_dossier_of_two_offices_is_of_both_and_its_advice_of_the_newer_alone(built: Built) -> None:
    def lodged(reference: str, office: bytes) -> bytes:
        content = declaration(reference).replace(b"<DeclarationOfficeID>XAPRT001", b"<DeclarationOfficeID>" + office)
        return re.sub(rb"KESTBET\d+", b"ONEBILL4711", content)

    first, second = officer(office="XAPRT001"), officer(office="XBPRT002")
    built.house.intake.messages.take_many([envelope(lodged("R1", b"XAPRT001"))], principal=trader("ACME"))
    built.desk()
    (alone,) = built.house.queries.records.queue(first, QueueFilter(state="all")).lines
    assert alone.advice is not None
    assert built.house.queries.records.queue(second, QueueFilter(state="all")).lines == ()
    with built.stores.database.transaction() as connection:
        connection.execute("delete from control_order")  # so that nothing but its declaration speaks for the first
    built.house.intake.messages.take_many(
        [envelope(lodged("R2", b"XBPRT002"), sender="BETA")], principal=trader("BETA")
    )
    built.desk()
    (mine,), (theirs,) = (
        built.house.queries.records.queue(who, QueueFilter(state="all")).lines for who in (first, second)
    )
    assert mine.id == theirs.id == alone.id
    assert (mine.advice, mine.order, mine.is_for_another) == (None, None, True)
    assert theirs.advice is not None
    assert not theirs.is_for_another
    assert [len(built.house.queries.records.dossier(who, alone.id).papers) for who in (first, second)] == [2, 2]
    happened = built.house.queries.records.dossier(first, alone.id).timeline
    assert [entry.at for entry in happened if entry.code == "lane"] == [alone.advice.made]  # its own alone
    lanes = ("red", "yellow", "blue", "green")
    told = [built.house.queries.records.queue(first, QueueFilter(state="all", lane=lane)).total for lane in lanes]
    assert told == [0, 0, 0, 0]
    assert (built.house.queries.records.stats(first).consignments, built.house.queries.records.stats(first).lanes) == (
        1,
        {},
    )
    assert built.house.queries.records.advised(first, "BL") == []
    for refused in (
        lambda: built.house.queries.reasons.reasons(first, alone.id),
        lambda: built.house.measures.doubts.values(first, alone.id),
        lambda: built.house.control.officer_acts.override(first, alone.id, "red", "because"),
    ):
        with pytest.raises(NotFoundError):
            refused()
    with built.stores.database.transaction() as connection:  # an insider who lets himself in
        connection.execute("update consignment set offices = offices || '{XCPRT003}'")
    assert built.house.queries.records.queue(officer(office="XCPRT003"), QueueFilter(state="all")).lines == ()
