# SPDX-License-Identifier: Apache-2.0
"""The book over New Year, over changes of its key, beside another book, and after its database was set back."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import msgspec
import pytest

from cocket import ledger
from cocket.errors import ProofError, SenderError, StoreError
from cocket.exchange.log_reader import open_log
from cocket.pipeline import Instance, LogPublisher, open_stores
from cocket.pipeline.base.database_identity import check_whole
from cocket.pipeline.ledger.reimport import reimport
from cocket.pipeline.operations.health import Gaps, Sight, check_rows
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.operations.row_repair import RowRepair
from cocket.stores.base.keys import drop_former_key, rotate_checkpoint_key
from cocket.stores.ledger.yearly_logs import LogYears
from cocket.stores.operations.row_audits import RowAudits
from tests.houses import LOG, Built, build, envelope, officer, trader
from tests.messages import declaration

ACME = trader("ACME")
NEXT_YEAR = datetime(datetime.now(UTC).year + 1, 1, 1, 0, 0, 5, tzinfo=UTC)
NEXT = str(NEXT_YEAR.year)


@pytest.fixture(params=[1, 8])
def built(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, head_step=request.param)
    yield made
    made.house.close()


@pytest.fixture
def stepped(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, head_step=8)
    yield made
    made.house.close()


def lodge(built: Built, count: int, start: int = 0) -> list[ledger.Receipt]:
    messages = [envelope(declaration(f"R{n}")) for n in range(start, start + count)]
    answers = built.house.intake.messages.take_many(messages, principal=ACME)
    found = [ledger.read_proof(msgspec.json.encode(answer.receipt)) for answer in answers]
    return [receipt for receipt in found if isinstance(receipt, ledger.Receipt)]


def opened(built: Built) -> LogPublisher:
    book = LogPublisher(built.stores)
    book.open()
    return book


def sign_all(book: LogPublisher, now: datetime | None = None) -> None:
    while book.turn(now):
        pass


def signed_and_closed(built: Built) -> None:
    """Sign what waits, then end like a process that was told to."""
    book = opened(built)
    sign_all(book)
    book.close()


def family(built: Built, *vkeys: str) -> ledger.FamilyVerdict:
    files = built.stores.log_files
    return ledger.verify_family(files.read, files.paths, vkeys)


def kept(built: Built, receipt: ledger.Receipt) -> bool:
    """Whether a promise is in the log that it names, at the place that it names."""
    files = built.stores.log_files.of(built.stores.leaves.eras.folder(receipt.promise.log))
    note, key = files.read("checkpoint"), files.read("key.vkey")
    assert note is not None
    assert key is not None
    size = ledger.read_checkpoint(ledger.split_note(note)[0]).size
    if receipt.promise.index >= size:
        return False
    proof = ledger.prove_leaf(receipt.promise.index, size, note, files.read)
    return ledger.verify_inclusion_proof(proof, key.decode().strip(), receipt).holds


def over_new_year(built: Built) -> list[ledger.Receipt]:
    """A log closed at New Year, and one begun; every promise made before, while and after."""
    receipts = lodge(built, 5)
    book = opened(built)
    sign_all(book)
    receipts += lodge(built, 3, start=5)  # promised in the old year, signed in the new one
    sign_all(book, NEXT_YEAR)
    receipts += lodge(built, 4, start=8)
    sign_all(book, NEXT_YEAR)
    return receipts


def test_a_new_year_begins_a_new_log_with_the_last_checkpoint_of_the_old(built: Built) -> None:
    receipts = over_new_year(built)
    verdict = family(built)
    assert verdict.holds
    assert [one.origin for _, one in verdict.logs] == [LOG, f"{LOG}/{NEXT}"]
    files = built.stores.log_files
    size = verdict.logs[1][1].size or 0
    assert ledger.log_entries(0, size, files.of(NEXT).read)[0] == files.read("checkpoint")
    assert {receipt.promise.log for receipt in receipts} == {LOG, f"{LOG}/{NEXT}"}


def test_every_promise_made_around_new_year_is_kept_in_the_log_it_names(built: Built) -> None:
    assert all(kept(built, receipt) for receipt in over_new_year(built))


def test_the_book_goes_on_after_a_restart_in_the_new_year(built: Built) -> None:
    over_new_year(built)
    receipts = lodge(built, 2, start=12)
    sign_all(opened(built), NEXT_YEAR)
    assert family(built).holds
    assert all(kept(built, receipt) for receipt in receipts)


def test_proofs_are_given_out_of_both_logs(built: Built) -> None:
    first = built.house.intake.messages.take_many([envelope(declaration("A"))], principal=ACME)[0]
    over_new_year(built)
    last = built.house.intake.messages.take_many([envelope(declaration("Z"))], principal=ACME)[0]
    sign_all(opened(built), NEXT_YEAR)
    for answer, folder in ((first, ""), (last, NEXT)):
        proof = ledger.read_proof(msgspec.json.encode(built.house.queries.records.proof(ACME, answer.id)))
        key = built.stores.log_files.of(folder).read("key.vkey")
        assert isinstance(proof, ledger.InclusionProof)
        assert key is not None
        assert ledger.verify_inclusion_proof(proof, key.decode().strip()).holds
        assert built.house.queries.records.message(ACME, answer.id).index == answer.receipt["promise"]["index"]


def test_an_old_log_signed_anew_does_not_fit_the_new_one(built: Built) -> None:
    over_new_year(built)
    root = built.stores.log_files
    size = ledger.read_checkpoint(ledger.split_note(root.read("checkpoint") or b"")[0]).size
    growth = ledger.Tree().grow([ledger.write_entry(bytes([n]) * 32) for n in range(size)])
    shutil.rmtree(root.folder / "tile")
    for path, content in growth.files.items():
        root.put(path, content)
    signer = ledger.Signer.from_bytes(LOG, built.stores.checkpoint_keys[0])
    root.put("checkpoint", ledger.sign_checkpoint(ledger.Checkpoint(LOG, size, growth.root), signer))
    verdict = family(built)
    assert all(one.holds for _, one in verdict.logs)  # each for itself looks whole
    assert [problem.file for problem in verdict.problems] == [f"{NEXT}/tile/entries/000"]


def test_a_key_given_for_the_new_log_is_enough_for_both(built: Built) -> None:
    over_new_year(built)
    seed = built.stores.checkpoint_keys[0]
    assert family(built, ledger.Signer.from_bytes(f"{LOG}/{NEXT}", seed).verifier.vkey).holds
    assert not family(built, ledger.Signer.from_bytes(f"{LOG}/{NEXT}", bytes(32)).verifier.vkey).holds


def rotated(built: Built) -> Built:
    """The same house with a new checkpoint key, the former one beside it."""
    rotate_checkpoint_key(built.settings.keys_folder)
    return Built(built.settings, built.dsn, open_stores(built.settings, built.dsn, signs_heads=True), built.house)


def test_a_changed_key_is_handed_over_and_both_sign_for_a_while(built: Built) -> None:
    lodge(built, 3)
    signed_and_closed(built)
    old = ledger.Signer.from_bytes(LOG, built.stores.checkpoint_keys[0]).verifier
    after = rotated(built)
    lodge(built, 3, start=3)
    sign_all(opened(after))
    new = ledger.Signer.from_bytes(LOG, after.stores.checkpoint_keys[0]).verifier
    note = built.stores.log_files.read("checkpoint") or b""
    assert {one.key_id for one in ledger.open_checkpoint(note, [old, new])[1].verified} == {old.key_id, new.key_id}
    assert family(after, old.vkey).holds
    assert family(after, new.vkey).holds
    assert not family(after, ledger.Signer.from_bytes(LOG, bytes(32)).verifier.vkey).holds
    with pytest.raises(StoreError):
        rotate_checkpoint_key(built.settings.keys_folder)
    assert drop_former_key(built.settings.keys_folder)
    assert not drop_former_key(built.settings.keys_folder)


def test_after_the_window_the_former_key_alone_is_not_enough(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cocket.pipeline.ledger.log.HANDOVER_LEAVES", 1)
    lodge(built, 3)
    signed_and_closed(built)
    old = ledger.Signer.from_bytes(LOG, built.stores.checkpoint_keys[0])
    after = rotated(built)
    for start in (3, 11):
        lodge(built, 8, start=start)
        sign_all(opened(after))
    files = built.stores.log_files
    note = files.read("checkpoint") or b""
    head = ledger.read_checkpoint(ledger.split_note(note)[0])
    assert len(ledger.split_note(note)[1]) == 2  # as a note, and in COSE
    assert family(after, old.verifier.vkey).holds  # whoever trusts the old key follows the handover
    files.put("checkpoint", ledger.sign_checkpoint(head, old))
    assert not family(after).holds


def test_a_key_changed_without_the_former_one_is_refused(built: Built) -> None:
    lodge(built, 3)
    sign_all(opened(built))
    rotate_checkpoint_key(built.settings.keys_folder)
    drop_former_key(built.settings.keys_folder)
    other = open_stores(built.settings, built.dsn, signs_heads=True)
    with pytest.raises(ProofError) as refused:
        LogPublisher(other).open()
    assert refused.value.code == "head-of-another"


def test_what_a_restored_database_lacks_is_brought_back_from_the_tiles(built: Built) -> None:
    receipts = lodge(built, 5)
    book = opened(built)
    sign_all(book)
    with built.stores.database.transaction() as connection:
        backup = {
            name: connection.execute(f"select * from {name}").fetchall() for name in ("leaf", "cover", "era", "place")
        }
    receipts += lodge(built, 7, start=5)
    sign_all(book)
    receipts += lodge(built, 3, start=12)
    sign_all(book, NEXT_YEAR)
    lodge(built, 3, start=15)
    sign_all(book, NEXT_YEAR)
    before = {path: built.stores.log_files.read(path) for path in built.stores.log_files.paths()}
    with built.stores.database.transaction() as connection:
        connection.execute("truncate leaf, cover, era, place, heads, message, record, identity")
        for name, rows in backup.items():
            for row in rows:
                connection.execute(f"insert into {name} values ({', '.join(['%s'] * len(row))})", row)
    with pytest.raises(ProofError) as refused:
        LogPublisher(built.stores).open()
    assert refused.value.code == "database-behind-head"
    assert reimport(built.stores).missing > 0
    assert reimport(built.stores).missing == 0
    book = opened(built)
    assert {path: built.stores.log_files.read(path) for path in built.stores.log_files.paths()} == before
    receipts += lodge(built, 2, start=20)
    sign_all(book, NEXT_YEAR)
    assert family(built).holds
    assert all(kept(built, receipt) for receipt in receipts)


HARM = {
    "update leaf set digest = sha256('x') where idx = 2": "leaf-altered",
    "update leaf set actor = 'someone' where idx = 2": "leaf-altered",
    "update leaf set at = at + interval '1 second' where idx = 2": "leaf-altered",
    "update leaf set kind = 'message-refused' where idx = 2": "leaf-altered",
    "update leaf set seal = sha256('x') where idx = 2": "leaf-altered",
    "update leaf set key = null, nonce = sha256('x') where idx = 2": "leaf-altered",
    "update record_body set body = set_byte(body, 40, get_byte(body, 40) # 1)": "leaf-altered",
    "update message set content = (select body from record_body order by id desc limit 1)": "leaf-altered",
    "delete from message": "leaf-altered",
    "delete from leaf where idx = 2": "leaf-missing",
}


@pytest.mark.parametrize("harm", HARM)
def test_what_is_changed_in_the_database_before_a_head_is_not_signed(built: Built, harm: str) -> None:
    lodge(built, 5)
    with built.stores.database.transaction() as connection:
        connection.execute(harm)
    with pytest.raises(ProofError) as refused:
        sign_all(opened(built))
    assert refused.value.code == HARM[harm]
    assert built.stores.log_files.read("checkpoint") is None


def test_an_insider_who_edits_the_database_and_signs_again_is_caught_by_a_receipt_and_not_by_the_log_alone(
    built: Built, tmp_path: Path
) -> None:
    receipts = lodge(built, 5)
    sign_all(opened(built))
    files = built.stores.log_files
    head = ledger.read_checkpoint(ledger.split_note(files.read("checkpoint") or b"")[0])
    entries = ledger.log_entries(0, head.size, files.read)
    place = receipts[2].promise.index
    entries[place] = ledger.write_entry(bytes(32))
    growth = ledger.Tree().grow(entries)
    for path, content in growth.files.items():
        files.put(path, content)
    signer = ledger.Signer.from_bytes(LOG, built.stores.checkpoint_keys[0])
    files.put("checkpoint", ledger.sign_checkpoint(ledger.Checkpoint(LOG, head.size, growth.root), signer))
    assert family(built, signer.verifier.vkey).holds  # the folder alone cannot tell
    assert [kept(built, receipt) for receipt in receipts].count(False) == 1
    assert not kept(built, receipts[2])


BESIDE = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
import msgspec
from cocket.errors import CocketError
from cocket.pipeline import LogPublisher, open_stores
from cocket.settings import Settings
settings = msgspec.json.decode(sys.argv[1], type=Settings, dec_hook=lambda kind, value: kind(value))
book = LogPublisher(open_stores(settings, sys.argv[2], signs_heads=True), lease_seconds=0.5)
while not book.hold():
    time.sleep(0.05)
book.open()
print("holds", flush=True)
while True:
    try:
        book.turn()
    except CocketError as error:
        print(error.code, flush=True)
        while not book.hold():
            time.sleep(0.05)
        book.open()
        print("holds", flush=True)
    time.sleep(0.02)
"""


def _beside(built: Built) -> subprocess.Popen[str]:
    settings = msgspec.json.encode(built.settings, enc_hook=str).decode()
    return subprocess.Popen(
        [sys.executable, "-c", BESIDE, settings, built.dsn],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_book_frozen_past_its_lease_is_followed_by_another_and_signs_nothing_when_it_wakes(tmp_path: Path) -> None:
    built = build(tmp_path, head_step=1, head_interval_seconds=0.05)
    first, second = _beside(built), None
    try:
        assert _said(first) == "holds"
        lodge(built, 3)
        _until(built, 3)
        second = _beside(built)
        time.sleep(0.5)
        os.kill(first.pid, signal.SIGSTOP)
        assert _said(second) == "holds"
        lodge(built, 3, start=3)
        _until(built, 6)
        os.kill(first.pid, signal.SIGCONT)
        lodge(built, 3, start=6)
        assert _said(first) == "book-taken"
        _until(built, 9)
        assert family(built).holds
        with built.stores.database.transaction() as connection:
            assert connection.execute("select count(distinct size) = count(*) from heads").fetchone() == (True,)
    finally:
        for process in (first, second):
            if process is not None:
                os.kill(process.pid, signal.SIGCONT)
                process.kill()
                process.communicate()
        built.house.close()


def _until(built: Built, size: int) -> None:
    deadline = time.monotonic() + 120
    while built.house.queries.records.log_size()[1] < size or not built.stores.log_files.read("checkpoint"):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_head_that_was_overtaken_is_not_published_over_the_later_one(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    lodge(built, 3)
    slow, fast = opened(built), opened(built)
    publish = type(built.stores.log_files).publish

    def frozen(files: object, *arguments: object) -> None:
        monkeypatch.setattr(type(built.stores.log_files), "publish", publish)
        lodge(built, 20, start=3)
        sign_all(fast)
        publish(files, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(type(built.stores.log_files), "publish", frozen)
    with pytest.raises(StoreError) as overtaken:
        slow.turn()
    assert overtaken.value.code == "book-overtaken"
    assert family(built).logs[0][1].size == built.house.queries.records.log_size()[1]


def test_another_step_is_taken_up_in_the_same_log(built: Built) -> None:
    receipts = lodge(built, 5)
    signed_and_closed(built)
    other = msgspec.structs.replace(built.settings, head_step=4)
    changed = Built(other, built.dsn, open_stores(other, built.dsn, signs_heads=True), built.house)
    receipts += lodge(built, 5, start=5)
    sign_all(opened(changed))
    receipts += lodge(built, 5, start=10)
    sign_all(opened(changed))
    assert family(built).holds
    assert all(kept(built, receipt) for receipt in receipts)


def test_a_log_folder_that_was_lost_comes_back_as_it_was_without_an_older_head_in_between(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    over_new_year(built)
    files = built.stores.log_files
    before = [files.read(path) for path in ("checkpoint", f"{NEXT}/checkpoint")]
    monkeypatch.setattr("cocket.pipeline.ledger.log.MOST", 8)  # so that it takes several turns
    shutil.rmtree(files.folder)
    published = []
    publish = type(files).publish

    def watched(one: object, new: object, checkpoint: bytes, *rest: object) -> None:
        published.append(ledger.read_checkpoint(ledger.split_note(checkpoint)[0]).size)
        publish(one, new, checkpoint, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(type(files), "publish", watched)
    opened(built)
    assert [files.read(path) for path in ("checkpoint", f"{NEXT}/checkpoint")] == before
    assert family(built).holds
    assert len(published) == 1


def test_a_head_whose_root_was_committed_is_published_when_the_book_starts_again(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    lodge(built, 3)
    book = opened(built)

    def fail(*_: object) -> None:
        raise StoreError("planted")

    with monkeypatch.context() as patched:
        patched.setattr(type(built.stores.log_files), "publish", fail)
        with pytest.raises(StoreError):
            book.turn()
    assert family(built).logs[0][1].size is None
    size = opened(built).turn() or built.house.queries.records.log_size()[1]
    assert family(built).logs[0][1].size == size


def test_a_committed_head_over_leaves_that_were_changed_is_not_signed_after_a_crash(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    lodge(built, 3)
    book = opened(built)

    def fail(*_: object) -> None:
        raise StoreError("planted")

    with monkeypatch.context() as patched:
        patched.setattr(type(built.stores.log_files), "publish", fail)
        with pytest.raises(StoreError):
            book.turn()
    with built.stores.database.transaction() as connection:
        connection.execute("update leaf set seal = sha256('x') where idx = 2")
    with pytest.raises(ProofError) as refused:
        opened(built)
    assert refused.value.code == "leaf-altered"


def test_a_log_goes_to_rest_and_wakes_by_steps_that_tell_nothing(tmp_path: Path) -> None:
    built = build(tmp_path, head_step=8, head_rest_minutes=1, head_rest_interval_minutes=60)
    lodge(built, 1)
    book, now, grown = opened(built), datetime.now(UTC), []
    for seconds in (1, 1, 60, 60, 3600, 60):
        now += timedelta(seconds=seconds)
        grown.append(book.tick(now))
    assert grown == [8, 8, 8, 0, 256, 0]
    receipts = lodge(built, 2, start=1)
    assert [book.tick(now + timedelta(seconds=later)) for later in (1, 2)] == [256, 8]
    assert family(built).holds
    assert all(kept(built, receipt) for receipt in receipts)
    built.house.close()


def test_any_web_server_serves_the_log_whole(built: Built) -> None:
    """Names of files are all the addresses there are: `python -m http.server` does, and so does an object store."""
    over_new_year(built)
    files = built.stores.log_files
    handler = partial(SimpleHTTPRequestHandler, directory=str(files.folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with open_log(f"http://127.0.0.1:{server.server_port}") as read:
                assert ledger.verify_family(read, files.paths).holds
        finally:
            server.shutdown()
    assert all(re.fullmatch(r"[a-z0-9./]+", path) for path in files.paths())


#: What an insider does to the rows that say which leaves stand in which log, and where; then which row is named.
ERAS = {
    "update era set step = 16 where first = 0": "era 0",
    "update era set begins_with = '\\x00'::bytea where first = 0": "era 0",
    "update era set log = 'evil.example/log' where first = 0": "era 0",
    "update era set first = 3, log_first = 3 where first = 0": "era 0",
    "delete from era where first = 0": "era 0",
    "delete from era where first = (select max(first) from era)": "era",
    "update era set mac = null where first = 0": "era 0",
    "insert into era (first, log, log_first, step) select 1000000, log, log_first, 16 from era where first = 0": "era 1000000",
    "update place set value = '[]' where name = 'log/eras'": "place log/eras",
    "delete from place where name = 'log/eras'": "place log/eras",
}


@pytest.mark.parametrize(
    ("harm", "is_restarted"), [*((harm, True) for harm in ERAS), *((harm, False) for harm in list(ERAS)[::4])]
)
def test_nothing_is_signed_on_an_altered_row_of_eras_and_one_act_sets_it_right(
    stepped: Built, harm: str, is_restarted: bool
) -> None:
    receipts = lodge(stepped, 5)
    book = opened(stepped)
    sign_all(book)
    receipts += lodge(stepped, 3, start=5)
    sign_all(book, NEXT_YEAR)
    with stepped.stores.database.transaction() as connection:
        heads = connection.execute("select count(*) from heads").fetchone()
        assert connection.execute(harm).rowcount == 1
    if is_restarted:
        book.close()
    stores = open_stores(stepped.settings, stepped.dsn, signs_heads=True) if is_restarted else stepped.stores
    lodging = Built(stepped.settings, stepped.dsn, stores, Instance(stores))
    receipts += lodge(lodging, 4, start=8)  # doors stay open, and promise the places that there will be
    name = ERAS[harm]
    with pytest.raises(StoreError, match=f"{name}.*was altered in the database.*cocket ledger audit --set-right"):
        if is_restarted:
            LogPublisher(stores).open()
        else:
            book.turn(NEXT_YEAR)
    with stores.database.transaction() as connection:
        assert connection.execute("select count(*) from heads").fetchone() == heads
        sight = Sight(stores, connection, datetime.now(UTC), (), cast("Gaps", None))
        assert check_rows(sight).state == "degraded"
    audit = RowAudit(stores)
    while audit.step() is None:
        pass
    found = next(one for one in (f"{one.table} {one.id}" for one in audit.differences()) if one.startswith(name))
    table, _, identity = found.partition(" ")
    RowRepair(stores).set_row_right(officer("supervisor"), table, identity, "altered on 3 May")
    audit.begin_anew()
    while audit.step() is None:
        pass
    assert audit.differences() == []
    again = LogPublisher(stores) if is_restarted else book
    again.open()
    sign_all(again, NEXT_YEAR)
    assert family(stepped).holds
    assert all(kept(lodging, receipt) for receipt in receipts)


#: What an insider does to the rows of eras besides removing the copy that is kept of them.
BOTH = {
    "delete from era": "era 0",
    "update era set step = 16": "era 0",
    "update era set log = 'evil.example/log', step = 3 where first = 0": "era 0",
    "delete from era where first > 0": "place log/eras",
    "delete from era where first = (select max(first) from era)": "place log/eras",
}


def places(eras: LogYears, size: int) -> list[tuple[str, int, bytes | None]]:
    """Where each leaf stands: its log, its place, and what the log begins with."""
    return [(eras.of(index).log, eras.place(index), eras.of(index).begins_with) for index in range(size)]


@pytest.mark.parametrize(("harm", "was_running"), [*((harm, False) for harm in BOTH), (next(iter(BOTH)), True)])
def test_rows_of_eras_are_made_again_of_what_is_published_where_their_copy_is_gone_too(
    built: Built, harm: str, was_running: bool
) -> None:
    receipts = lodge(built, 5)
    first = opened(built)
    sign_all(first)
    receipts += lodge(built, 7, start=5)
    sign_all(first, NEXT_YEAR)
    first.close()
    changed = msgspec.structs.replace(built.settings, head_step=4)  # another step within the newest log
    later = open_stores(changed, built.dsn, signs_heads=True)
    before = Built(changed, built.dsn, later, Instance(later))
    receipts += lodge(before, 5, start=12)
    book = opened(before)
    sign_all(book, NEXT_YEAR)
    receipts += lodge(before, 6, start=17)
    sign_all(book, NEXT_YEAR)
    receipts += lodge(before, 3, start=23)  # in no head yet
    if not was_running:
        book.close()
    with built.stores.database.transaction() as connection:
        assert connection.execute("select count(*) from era").fetchone() == (3,)
        size = later.leaves.size(connection)
        later.leaves.eras.load(connection)
        before_it = places(later.leaves.eras, size)
        connection.execute("delete from place where name = 'log/eras'")
        connection.execute(harm)
    stores = later if was_running else open_stores(changed, built.dsn, signs_heads=True)
    name = BOTH[harm]
    act = f'--set-right "{name}"'
    check_whole(changed, built.dsn)
    LogPublisher(stores).check()
    with pytest.raises(StoreError, match=act):
        LogPublisher(stores).open()
    with pytest.raises(StoreError, match=act):
        reimport(stores)
    with stores.database.transaction() as connection:
        assert ("era" if "era 0" in name else "place") in {one for one, _ in RowAudits().names(connection)}
    table, _, identity = name.partition(" ")
    done = RowRepair(stores).set_row_right(officer("supervisor"), table, identity, "removed on 3 May")
    assert (done.table, done.who) == (table, "test-supervisor")
    with stores.database.transaction() as connection:
        stores.leaves.eras.load(connection)
        assert places(stores.leaves.eras, size) == before_it
        assert not RowAudits().names(connection)
    audit = RowAudit(stores)
    audit.begin_anew()
    while audit.step() is None:
        pass
    assert audit.differences() == []
    again = book if was_running else LogPublisher(stores)
    again.open()
    sign_all(again, NEXT_YEAR)
    assert family(built).holds
    assert all(kept(before, receipt) for receipt in receipts)
    assert reimport(stores).missing == 0
    before.house.close()


def test_rows_of_eras_of_which_nothing_is_left_are_adopted_by_the_setting_where_that_is_asked_for(
    stepped: Built,
) -> None:
    receipts = lodge(stepped, 5)  # in no head yet
    with stepped.stores.database.transaction() as connection:
        connection.execute("delete from era")
        connection.execute("delete from place where name = 'log/eras'")
    with pytest.raises(StoreError, match='--set-right "era 0"'):
        lodge(stepped, 1, start=5)
    room, head = RowRepair(stepped.stores), officer("supervisor")
    with pytest.raises(SenderError, match="no head is published") as refused:
        room.set_row_right(head, "era", "0", "removed on 3 May")
    assert "--adopt" in (refused.value.hint or "")
    assert room.set_row_right(head, "era", "0", "removed on 3 May", "adopt").what == "adopted"
    receipts += lodge(stepped, 1, start=5)
    sign_all(opened(stepped))
    assert all(kept(stepped, receipt) for receipt in receipts)


def test_rows_of_eras_are_not_made_where_leaves_were_exchanged_too(stepped: Built) -> None:
    lodge(stepped, 8)
    sign_all(opened(stepped))
    with stepped.stores.database.transaction() as connection:
        connection.execute("delete from era")
        connection.execute("delete from place where name = 'log/eras'")
        connection.execute("update leaf set idx = -1 - idx where idx in (1, 4)")
        connection.execute("update leaf set idx = case idx when -2 then 4 else 1 end where idx < 0")
    with pytest.raises(ProofError, match="does not stand in the database as it does in the published log"):
        RowRepair(stepped.stores).set_row_right(officer("supervisor"), "era", "0", "removed on 3 May")
    with stepped.stores.database.transaction() as connection:
        assert connection.execute("select * from era").fetchall() == []
