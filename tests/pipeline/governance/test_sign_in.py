# SPDX-License-Identifier: Apache-2.0
"""Signing in at a real house: guesses side by side, what a stranger cannot do to an officer, what ends sessions."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil
import pytest

from cocket.errors import SenderError, SettingsError, StoreError
from cocket.pipeline import Instance, open_stores
from cocket.pipeline.governance import passwords as kept_passwords
from cocket.pipeline.governance.passwords import PasswordQueue, WeakPasswordError, check_password
from cocket.pipeline.governance.sign_in import SignedIn
from cocket.pipeline.governance.sign_in_limits import SignInDelayedError
from tests.houses import Built, build

PASSWORD = "seal and cord and wax"
HERE, THERE, HOME = "192.0.2.7", "192.0.2.8", "198.51.100.4"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    made.house.governance.accounts.put_officer("anna", "Anna A.", "officer", "XA1", PASSWORD)
    yield made
    made.house.close()


def attempt(house: Instance, name: str, password: str, address: str, browser: str | None = None) -> str:
    """What became of an attempt: `in`, `wrong`, or why it was not looked at."""
    try:
        return "in" if house.governance.accounts.sign_in(name, password, address, browser) else "wrong"
    except SignInDelayedError as refusal:
        return refusal.code
    except StoreError:  # a machine so busy that a connection to the database is not had in time
        return "store"


class Counting(PasswordQueue):
    """A long line in which all passwords are wrong, and those looked at are counted."""

    def __init__(self) -> None:
        super().__init__(waiting=100, each=100)
        self.looked = 0

    def is_right(self, password_hash: str | None, password: str, home: Path) -> bool:
        self.looked += 1
        time.sleep(0.1)
        return False


def signed(house: Instance, address: str = HOME) -> SignedIn:
    found = house.governance.accounts.sign_in("anna", PASSWORD, address)
    assert found is not None
    return found


def side_by_side(count: int, act: Callable[[int], str]) -> list[str]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(act, range(count)))


def test_of_eighty_guesses_side_by_side_no_more_than_five_are_looked_at(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Counting()
    monkeypatch.setattr("cocket.pipeline.governance.sign_in.LINE", line)
    outcomes = side_by_side(80, lambda number: attempt(built.house, "anna", f"guess {number}", HERE))
    assert 1 <= line.looked <= 5
    assert outcomes.count("wrong") <= 5
    assert set(outcomes) <= {"wrong", "sign-in-wait", "store"}


def test_without_taking_the_token_first_many_more_would_be_looked_at(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same guesses where no token is taken before the password is looked at."""
    line = Counting()
    monkeypatch.setattr("cocket.pipeline.governance.sign_in.LINE", line)
    monkeypatch.setattr("cocket.pipeline.governance.sign_in.take", lambda buckets, known, now: {})
    side_by_side(20, lambda number: attempt(built.house, "anna", f"guess {number}", HERE))
    assert line.looked > 5


def test_two_hundred_sign_ins_side_by_side_cost_two_hashes_of_memory_and_the_rest_hear_so_at_once(
    built: Built,
) -> None:
    process, peak, is_done = psutil.Process(), [0], threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not is_done.wait(0.005):
            peak[0] = max(peak[0], process.memory_info().rss - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    outcomes = side_by_side(200, lambda number: attempt(built.house, "anna", PASSWORD, f"203.0.113.{number}"))
    is_done.set()
    watcher.join()
    assert set(outcomes) <= {"in", "sign-in-busy", "sign-in-wait", "store"}
    assert outcomes.count("in") >= 1
    assert outcomes.count("sign-in-busy") >= 100
    # Two hashes of 64 MiB, and what two hundred threads and their connections need beside them.
    assert peak[0] < 2 * 64 * 2**20 + 150 * 2**20


def test_all_processes_of_one_home_work_on_two_hashes_together(tmp_path: Path) -> None:
    """Two lines stand for two processes: their locks are on files."""
    lines, at_once, most, guard = (PasswordQueue(), PasswordQueue()), [0], [0], threading.Lock()

    class Watched:
        time_cost, parallelism = 3, 4

        def hash(self, password: str) -> str:
            with guard:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            time.sleep(0.05)
            with guard:
                at_once[0] -= 1
            return password

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_passwords, "_HASHER", Watched())
        side_by_side(12, lambda number: lines[number % 2].hash("x", tmp_path))
        assert most[0] == 2
        patch.setattr(kept_passwords, "_lock_one", lambda home: -1)
        patch.setattr(kept_passwords.os, "close", lambda handle: None)
        side_by_side(12, lambda number: lines[number % 2].hash("x", tmp_path))
        assert most[0] == 4  # the control: each process for itself


def test_a_house_opened_again_remembers_the_guesses(built: Built) -> None:
    for _ in range(5):
        assert attempt(built.house, "anna", "guess", HERE) == "wrong"
    again = Instance(open_stores(built.settings, built.dsn))
    assert attempt(again, "anna", PASSWORD, HERE) == "sign-in-wait"
    again.close()


def test_a_stranger_does_not_lock_an_officer_out(built: Built) -> None:
    known = signed(built.house)
    for number in range(12):
        for _ in range(6):
            attempt(built.house, "anna", "guess", f"203.0.113.{number}")
    assert attempt(built.house, "anna", PASSWORD, THERE) == "sign-in-wait"  # one more stranger
    assert attempt(built.house, "anna", PASSWORD, HOME) == "in"
    assert attempt(built.house, "anna", PASSWORD, THERE, known.browser) == "in"


def test_guesses_from_the_officers_own_address_leave_her_browser_alone(built: Built) -> None:
    known = signed(built.house)
    for _ in range(10):
        attempt(built.house, "anna", "guess", HOME)
    assert attempt(built.house, "anna", PASSWORD, HOME) == "sign-in-wait"
    assert attempt(built.house, "anna", PASSWORD, HOME, "made-up") == "sign-in-wait"
    assert attempt(built.house, "anna", PASSWORD, HOME, known.browser) == "in"


def test_a_known_browser_is_no_way_to_guess_and_counts_for_its_officer_alone(built: Built) -> None:
    built.house.governance.accounts.put_officer("ben", "Ben", "officer", None, PASSWORD)
    known = signed(built.house)
    outcomes = [attempt(built.house, "anna", "guess", HERE, known.browser) for _ in range(8)]
    assert outcomes == ["wrong"] * 5 + ["sign-in-wait"] * 3
    outcomes = [attempt(built.house, "ben", "guess", HERE, known.browser) for _ in range(8)]
    assert outcomes == ["wrong"] * 5 + ["sign-in-wait"] * 3


def test_good_passwords_are_not_counted(built: Built) -> None:
    assert {attempt(built.house, "anna", PASSWORD, HERE) for _ in range(8)} == {"in"}


def test_an_unknown_name_costs_the_same_hash_and_is_not_kept(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    costs = []

    class Watched:
        time_cost, parallelism = 3, 4

        def verify(self, kept: str, password: str) -> bool:
            costs.append(kept.split("$")[1:4])
            return real.verify(kept, password)

    real = kept_passwords._HASHER
    monkeypatch.setattr(kept_passwords, "_HASHER", Watched())
    assert attempt(built.house, "anna", "guess", HERE) == "wrong"
    assert attempt(built.house, "my pass phrase", "guess", HERE) == "wrong"
    assert costs == [["argon2id", "v=19", "m=65536,t=3,p=4"]] * 2
    with built.stores.database.transaction() as connection:
        rows = str(connection.execute("select * from sign_in_tally").fetchall())
    assert "my pass phrase" not in rows


@pytest.mark.parametrize("name", ["", "\0", "an\0na", "x" * 100_000, "\ud800", "ańna"])
def test_any_name_is_wrong_or_right_and_nothing_else(built: Built, name: str) -> None:
    assert attempt(built.house, name, "guess", HERE) == "wrong"
    assert attempt(built.house, "anna", "\0" * 5000, THERE) == "wrong"


def test_what_failed_is_counted_shown_and_told_to_the_officer_once(built: Built) -> None:
    for _ in range(7):
        attempt(built.house, "anna", "guess", HERE)
    attempt(built.house, "nobody", "guess", HERE)
    found = {
        (one.officer, one.address, one.outcome): one.count
        for one in built.house.governance.accounts.sign_in_failures(1)
    }
    assert found == {("anna", HERE, "wrong"): 5, ("anna", HERE, "braked"): 2, ("", HERE, "wrong"): 1}
    assert signed(built.house).failed == 7
    assert signed(built.house).failed == 0
    assert len(built.bodies("sign-in")) == 2
    assert len(built.bodies("sign-in-braked")) == 1  # one a day and officer, however many were turned away


def test_a_day_of_many_addresses_is_kept_in_few_rows(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cocket.stores.governance.sign_in._MOST_TALLIES", 3)
    for number in range(9):
        attempt(built.house, "nobody", "guess", f"203.0.113.{number}")
    found = {one.address: one.count for one in built.house.governance.accounts.sign_in_failures(1)}
    assert (len(found), sum(found.values()), found[""]) == (4, 9, 6)


CHANGES: dict[str, Callable[[Instance, Any], object]] = {
    "role": lambda house, _: house.governance.accounts.put_officer("anna", "Anna A.", "auditor", "XA1", PASSWORD),
    "office": lambda house, _: house.governance.accounts.put_officer("anna", "Anna A.", "officer", "XA2", PASSWORD),
    "password": lambda house, _: house.governance.accounts.put_officer(
        "anna", "Anna A.", "officer", "XA1", PASSWORD + "!"
    ),
    "disabled": lambda house, _: house.governance.accounts.enable_officer("root", "anna", is_enabled=False),
    "own password": lambda house, who: house.governance.accounts.change_password(who, PASSWORD, PASSWORD + "!", HOME),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_an_account_ends_its_sessions_at_once(built: Built, change: str) -> None:
    tokens = [signed(built.house).token for _ in range(2)]
    who = built.house.governance.accounts.officer_of_session(tokens[0])
    assert who is not None
    CHANGES[change](built.house, who)
    assert [built.house.governance.accounts.officer_of_session(token) for token in tokens] == [None, None]


def test_the_check_of_a_session_reads_no_more_however_many_records_there_are(built: Built) -> None:
    built.house.governance.accounts.put_officer("growth", "Growth", "officer", None, PASSWORD)
    signed = built.house.governance.accounts.sign_in("growth", PASSWORD, "127.0.0.1")
    assert signed is not None
    stores, token_hash, now = built.stores, sha256(signed.token.encode()).digest(), datetime.now(UTC)
    with stores.database.transaction() as connection:
        connection.execute("analyze record")  # as the database does by itself: it has few rows now
        for _ in range(12):  # enough for a plan to be kept
            assert stores.people.session(connection, token_hash, now)
        columns = [
            row[0]
            for row in connection.execute(
                "select attname from pg_attribute where attrelid = 'record'::regclass and attnum > 0"
            )
        ]
        given = ", ".join("gen_random_uuid()" if name in ("id", "about") else name for name in columns)
        for _ in range(12):
            connection.execute(f"insert into record ({', '.join(columns)}) select {given} from record limit 2000")
        read = "select seq_tup_read from pg_stat_xact_user_tables where relname = 'record'"
        before = connection.execute(read).fetchone()
        assert stores.people.session(connection, token_hash, now)
        assert connection.execute(read).fetchone() == before


def test_who_is_disabled_stays_out_until_enabled_and_both_are_sealed(built: Built) -> None:
    first = signed(built.house)
    assert built.house.governance.accounts.enable_officer("root", "anna", is_enabled=False) == 1
    assert attempt(built.house, "anna", PASSWORD, HOME, first.browser) == "wrong"
    (staff,) = built.house.governance.accounts.officers()
    assert staff.disabled is not None
    assert built.house.governance.accounts.enable_officer("root", "anna", is_enabled=True) == 0
    assert built.house.governance.accounts.officer_of_session(first.token) is None
    assert attempt(built.house, "anna", PASSWORD, HOME) == "in"
    assert [len(built.bodies(kind)) for kind in ("officer-disabled", "officer-enabled")] == [1, 1]
    with pytest.raises(SettingsError, match="no officer"):
        built.house.governance.accounts.enable_officer("root", "nobody", is_enabled=False)


def test_ones_own_password_is_changed_with_the_present_one_and_the_brake_counts_there_too(built: Built) -> None:
    token = signed(built.house).token
    who = built.house.governance.accounts.officer_of_session(token)
    assert who is not None
    for _ in range(5):
        assert built.house.governance.accounts.change_password(who, "guess", PASSWORD + "!", HOME) is None
    with pytest.raises(SignInDelayedError):
        built.house.governance.accounts.change_password(who, PASSWORD, PASSWORD + "!", HOME)
    assert built.house.governance.accounts.officer_of_session(token) is not None
    assert attempt(built.house, "anna", PASSWORD, HOME) == "in"  # guesses there lock nobody out here


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elevensigns", "password-short"),
        ("x" * 129, "password-long"),
        ("passwordpassword", "password-common"),
        ("123456789012", "password-common"),
        ("qwertyuiop12", "password-common"),
        ("aaaaaaaaaaaaaaaa", "password-common"),
        ("annaannaanna", "password-common"),
        ("seal and\ncord", "password-signs"),
        ("customscustoms", "password-common"),
        ("password-2026-password", "password-common"),
        ("cocket-customs-2026", "password-common"),
        ("Anna-XA1-customs-1", "password-common"),
        ("welcome-2026!", "password-common"),
    ],
)
def test_a_password_that_is_short_or_guessed_first_is_not_taken(password: str, code: str) -> None:
    with pytest.raises(WeakPasswordError) as caught:
        check_password(password, ("anna", "Anna A.", "XA1"))
    assert caught.value.code == code


@pytest.mark.parametrize("password", ["seal and cord", "lower case only", "пломба и шнур", "7391 4402 8857 1"])
def test_no_rule_says_of_what_a_password_is_made(password: str) -> None:
    check_password(password, ("anna",))


def test_a_crowd_of_strangers_leaves_known_officers_their_line() -> None:
    line, networks = PasswordQueue(waiting=4, each=2), [f"203.0.113.{number}" for number in range(9)]
    with contextlib.ExitStack() as crowd:
        for network in networks[:4]:
            crowd.enter_context(line.place(network))
        with pytest.raises(SignInDelayedError):
            crowd.enter_context(line.place(networks[4]))
        crowd.enter_context(line.place(HOME, is_known=True))
        crowd.enter_context(line.place(networks[0], is_known=True))
    with line.place(networks[4]):
        pass


def test_an_officer_known_from_before_is_let_in_past_a_crowd(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = signed(built.house).browser
    line = PasswordQueue(waiting=4, each=4)
    monkeypatch.setattr("cocket.pipeline.governance.sign_in.LINE", line)
    with contextlib.ExitStack() as crowd:
        for number in range(4):
            crowd.enter_context(line.place(f"203.0.113.{number}"))
        assert attempt(built.house, "anna", PASSWORD, THERE) == "sign-in-busy"
        assert attempt(built.house, "anna", PASSWORD, HOME) == "in"
        assert attempt(built.house, "anna", PASSWORD, THERE, browser) == "in"


def test_a_key_of_a_known_name_is_refused_in_words(tmp_path: Path) -> None:
    built = build(tmp_path)
    accounts = built.house.governance.accounts
    accounts.add_key("cocket_acme_secret", "ACME", ["trader"], ["ACME"])
    for _ in range(2):
        with pytest.raises(SenderError, match="This name is taken") as refused:
            accounts.add_key("cocket_acme_other", "ACME", ["trader"], ["OTHER"])
        assert refused.value.code == "name-taken"
        accounts.revoke_key("acme")
    assert len(built.bodies("key")) == 1
    built.house.close()
