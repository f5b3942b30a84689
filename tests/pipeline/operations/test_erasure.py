# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cocket import ledger
from cocket.consignment import keys
from cocket.errors import ProofError, SenderError, StoreError
from cocket.model import HostDecision, Reference
from cocket.pipeline import NotFoundError, public_keys
from cocket.pipeline.consignment.outcomes import HostRow
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.stores.base.key_segments import SEGMENT_SLOTS
from cocket.stores.base.subject_keys import SubjectKeys
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.measures.test_permits import NAME, permit

ACME = trader("ACME")
REASON = "order 17 of the data protection officer"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, random_share=0.5, red_per_day=100)
    yield made
    made.house.close()


def lodged(built: Built, *contents: bytes) -> list[tuple[str, ledger.Receipt, ledger.InclusionProof, bytes]]:
    """Messages lodged, worked off and signed: id, receipt, proof and bytes of each."""
    answers = built.house.intake.messages.take_many([envelope(content) for content in contents], principal=ACME)
    built.desk()
    built.sign()
    found = []
    for answer, content in zip(answers, contents, strict=True):
        receipt = ledger.read_proof(msgspec.json.encode(answer.receipt))
        proof = ledger.read_proof(msgspec.json.encode(built.house.queries.records.proof(ACME, answer.id)))
        assert isinstance(receipt, ledger.Receipt)
        assert isinstance(proof, ledger.InclusionProof)
        found.append((answer.id, receipt, proof, content))
    return found


def dossier_of(built: Built, message: str) -> str:
    [dossier] = built.house.queries.records.message(officer(), message).consignment_ids
    return dossier


def everything(built: Built) -> str:
    """Every row of every table, as text."""
    with built.stores.database.transaction() as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        return "".join(str(connection.execute(f'select t::text from "{table}" t').fetchall()) for (table,) in tables)


def holds(built: Built, word: str) -> bool:
    """Whether a word is anywhere in the database, in text or in bytes."""
    rows = everything(built)
    return word in rows or word.encode().hex() in rows


def test_nothing_of_what_was_erased_is_left_in_the_database(built: Built) -> None:
    (erased, *_), (kept, *_) = lodged(built, declaration("ERASEME1"), declaration("KEEPME1"))
    assert holds(built, "ERASEME1")
    Erasure(built.stores).erase(dossier_of(built, erased), who="root", reason=REASON)
    left = everything(built)
    assert not holds(built, "ERASEME1")
    assert holds(built, "KEEPME1")
    assert erased not in left.replace(erased, "", 1)  # the leaf's own row still names what it was the leaf of
    assert built.house.queries.records.message(ACME, kept)


def test_what_was_written_off_a_permit_stays_so_under_a_name_that_says_nothing(built: Built) -> None:
    built.house.measures.permits.register_permit(officer("supervisor"), permit())
    [(message, *_)] = lodged(built, declaration("ERASEME3"))
    taken = built.house.measures.permits.permit(officer(), NAME).permit.taken
    assert taken.uses == 1
    Erasure(built.stores).erase(dossier_of(built, message), who="root", reason=REASON)
    assert built.house.measures.permits.permit(officer(), NAME).permit.taken == taken
    assert not holds(built, "ERASEME3")


def test_the_tree_still_verifies_and_grows(built: Built) -> None:
    (message, *_), _ = lodged(built, declaration("R1"), declaration("R2"))
    Erasure(built.stores).erase(dossier_of(built, message), who="root", reason=REASON)
    lodged(built, declaration("R3"))
    files = built.stores.log_files
    assert ledger.verify_log(files.read, files.paths).holds


def test_receipt_and_proof_of_the_erased_still_verify_and_the_house_gives_neither(built: Built) -> None:
    [(message, receipt, proof, content)] = lodged(built, declaration("R1"))
    Erasure(built.stores).erase(dossier_of(built, message), who="root", reason=REASON)
    keys = public_keys(built.settings)
    blind = msgspec.structs.replace(receipt, opening=None, nonce=None)
    assert ledger.verify_receipt(blind, [keys["receipts"]]).holds
    assert ledger.verify_receipt(receipt, [keys["receipts"]], content).holds  # who kept his message can still open it
    assert ledger.verify_inclusion_proof(proof, keys["log"], receipt, content).holds
    for ask in (
        built.house.queries.records.message,
        built.house.queries.records.receipt,
        built.house.queries.records.proof,
        built.house.queries.records.content,
    ):
        with pytest.raises(NotFoundError):
            ask(ACME, message)


def test_the_key_is_gone_so_that_a_backup_of_the_database_opens_nothing(built: Built) -> None:
    [(message, *_)] = lodged(built, declaration("R1"))
    query = (
        "select coalesce(m.content, b.body), l.key from message m join leaf l on l.record = m.id "
        "left join record_body b on b.id = m.id where m.id = %s"
    )
    with built.stores.database.transaction() as connection:
        [(content, slot)] = connection.execute(query, (message,)).fetchall()
    keys = built.stores.leaves.keys
    before = keys.get(slot)
    assert before is not None
    assert before.open("content", content)
    assert b"Declaration" in declaration("R1") and b"Declaration" not in content
    Erasure(built.stores).erase(dossier_of(built, message), who="root", reason=REASON)
    assert keys.get(slot) is None
    wrapped = (built.settings.subject_keys_folder / "00000000.keys").read_bytes()
    assert wrapped[slot * 60 : slot * 60 + 60] == bytes(60)


def test_the_erasure_is_sealed_with_its_reason_and_the_leaves_it_names_cannot_be_opened(built: Built) -> None:
    [(message, receipt, *_)] = lodged(built, declaration("R1"))
    done = Erasure(built.stores).erase(dossier_of(built, message), who="root", reason=REASON)
    [body] = built.bodies("erasure")
    told = msgspec.json.decode(body)
    assert (told["who"], told["reason"], tuple(told["leaves"])) == ("root", REASON, done.leaves)
    assert receipt.promise.index in done.leaves
    assert done.records > 0


def test_the_same_content_lodged_again_is_new(built: Built) -> None:
    [(message, *_, content)] = lodged(built, declaration("R1"))
    Erasure(built.stores).erase(dossier_of(built, message), who="root", reason=REASON)
    [again] = built.house.intake.messages.take_many([envelope(content)], principal=ACME)
    assert (again.is_repeat, again.outcome) == (False, "accepted")
    assert again.id != message


def test_the_desk_that_starts_again_learns_from_what_is_left(built: Built) -> None:
    (erased, *_), _ = lodged(built, declaration("R1"), declaration("R2"))
    Erasure(built.stores).erase(dossier_of(built, erased), who="root", reason=REASON)
    with built.stores.database.transaction() as connection:
        known = msgspec.msgpack.decode(built.stores.places.get(connection, "analysts") or b"")
    assert (known["kept"], len(known["outdated"])) == ([], 1)
    lodged(built, declaration("R1", note="once more"))


def test_a_crash_before_the_keys_are_gone_is_made_good(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    [(message, *_)] = lodged(built, declaration("R1"))

    def fail(*_: object) -> None:
        raise StoreError("planted")

    with monkeypatch.context() as patched:
        patched.setattr(SubjectKeys, "destroy", fail)
        with pytest.raises(StoreError):
            Erasure(built.stores).erase(dossier_of(built, message), who="root", reason=REASON)
    assert Erasure(built.stores).finish_erasures() > 0
    assert Erasure(built.stores).finish_erasures() == 0


def test_what_may_come_back_from_a_copy_is_not_erased_while_its_key_is_missing_here(built: Built) -> None:
    [(message, *_)] = lodged(built, declaration("R1"))
    keys = built.stores.leaves.keys
    while keys.count() <= SEGMENT_SLOTS:  # so that the next ones are in another segment
        keys.take()
    dossier = dossier_of(built, message)
    segment = keys.place.segment(0)
    away = segment.rename(segment.with_suffix(".away"))
    with pytest.raises(StoreError, match="is missing") as caught:
        Erasure(built.stores).erase(dossier, who="root", reason=REASON)
    assert (caught.value.code, built.bodies("erasure")) == ("subject-key", [])
    assert Erasure(built.stores).finish_erasures() == 0
    away.rename(segment)
    assert Erasure(built.stores).erase(dossier, who="root", reason=REASON).leaves


def test_what_the_desk_has_not_dealt_with_cannot_be_erased_yet(built: Built) -> None:
    built.desk()
    [answer] = built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=ACME)
    with pytest.raises(SenderError) as early:
        Erasure(built.stores).erase(answer.id, who="root", reason=REASON)
    assert early.value.code == "erasure-early"


def test_what_no_head_covers_yet_is_erased_and_the_promise_is_kept(built: Built) -> None:
    [answer] = built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=ACME)
    built.desk()
    Erasure(built.stores).erase(dossier_of(built, answer.id), who="root", reason=REASON)
    built.sign()
    files = built.stores.log_files
    verdict = ledger.verify_log(files.read, files.paths)
    proof = ledger.prove_leaf(
        answer.receipt["promise"]["index"], verdict.size or 0, files.read("checkpoint") or b"", files.read
    )
    receipt = ledger.read_proof(msgspec.json.encode(answer.receipt))
    assert isinstance(receipt, ledger.Receipt)
    assert ledger.verify_inclusion_proof(proof, public_keys(built.settings)["log"], receipt).holds


def test_emptying_a_leaf_without_a_sealed_erasure_is_noticed(built: Built) -> None:
    built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=ACME)
    with built.stores.database.transaction() as connection:
        connection.execute("update leaf set digest = '', actor = '', subject = '', nonce = '' where idx = 0")
        connection.execute("delete from message")
    with pytest.raises(ProofError) as refused:
        built.sign()
    assert refused.value.code == "leaf-altered"


def test_a_message_of_no_consignment_is_erased_by_itself_and_a_part_only_with_the_whole(built: Built) -> None:
    [refused] = built.house.intake.messages.take_many([envelope(b"no standard at all: ERASEME2")], principal=ACME)
    [(part, *_)] = lodged(built, declaration("R1"))
    assert refused.outcome == "refused"
    with pytest.raises(SenderError) as whole:
        Erasure(built.stores).erase(part, who="root", reason=REASON)
    assert whole.value.code == "erasure-part"
    assert Erasure(built.stores).erase(refused.id, who="root", reason=REASON).messages == 1
    with pytest.raises(NotFoundError):
        built.house.queries.records.content(ACME, refused.id)


def test_an_erasure_gives_way_to_whoever_just_works_on_the_dossier(built: Built) -> None:
    [(message, *_)] = lodged(built, declaration("R1"))
    dossier = dossier_of(built, message)
    with built.stores.database.transaction() as connection:
        connection.execute("select from consignment where id = %s for update", (dossier,))
        with pytest.raises(StoreError):
            Erasure(built.stores).erase(dossier, who="root", reason=REASON)
    assert built.house.queries.records.content(ACME, message) == declaration("R1")
    assert Erasure(built.stores).erase(dossier, who="root", reason=REASON).messages == 1


def test_an_erasure_needs_a_reason_and_something_to_erase(built: Built) -> None:
    with pytest.raises(SenderError):
        Erasure(built.stores).erase("01a21032-dbd8-7236-9320-ac0953c99041", who="root", reason=" ")
    with pytest.raises(NotFoundError):
        Erasure(built.stores).plan_erasure("01a21032-dbd8-7236-9320-ac0953c99041")


@pytest.mark.parametrize("is_of_before", [False, True])
def test_what_the_host_said_of_it_goes_too_and_the_audit_finds_every_row_in_order(
    built: Built, monkeypatch: pytest.MonkeyPatch, is_of_before: bool
) -> None:
    (erased, *_), (kept, *_) = lodged(built, declaration("ERASEME1"), declaration("KEEPME1"))
    with built.stores.database.transaction() as connection:
        rows = connection.execute(
            """select m.message::text, k.kind, k.value from consignment_key k
            join consignment_message m on m.consignment = k.consignment where k.is_strong order by k.kind"""
        ).fetchall()
    strong = {message: Reference(kind, value) for message, kind, value in rows if keys((Reference(kind, value),), "")}
    with monkeypatch.context() as before:
        if is_of_before:
            before.setattr("cocket.pipeline.control.host_decisions.host_about", lambda *pair: None)
        for message, word in ((erased, "gone with it"), (kept, "stays")):
            said = HostDecision(lane="red", override="green", override_reason=word)
            assert (
                built.house.control.host_decisions.take_host_rows([HostRow(reference=strong[message], decision=said)])
                == 1
            )
    built.sign()
    Erasure(built.stores).erase(dossier_of(built, erased), who="root", reason=REASON)
    assert len(built.bodies("host-lane")) == 1
    assert b"stays" in built.bodies("host-lane")[0]
    built.sign()
    audit = RowAudit(built.stores)
    while (statement := audit.step()) is None:
        pass
    assert (statement.differences, audit.differences()) == (0, [])
