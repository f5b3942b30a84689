# SPDX-License-Identifier: Apache-2.0
"""The second step of a sign-in: what lets in, what counts once, and what a copy, another page or an old step cannot do."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyotp
import pytest

from cocket.errors import CocketError, PolicyError, ProofError, SenderError, StoreError
from cocket.pipeline.governance import factors as kept
from cocket.pipeline.governance.factors import FACTORS, SecondFactorNeededError, SecondFactors, code_step
from cocket.pipeline.governance.passkeys import Site, site_of
from cocket.pipeline.governance.sign_in import Officer, SignedIn, SignIn
from cocket.pipeline.governance.sign_in_limits import SignInDelayedError
from tests.houses import Built, build
from tests.simulators.authenticator import Authenticator

PASSWORD = "seal and cord and wax"
HERE = "192.0.2.7"
SITE = site_of("https://cocket.customs.example")
NOW = datetime(2026, 11, 30, 12, 0, 5, tzinfo=UTC)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    made.house.governance.accounts.put_officer("anna", "Anna A.", "officer", "XA1", PASSWORD)
    yield made
    made.house.close()


def first_step(built: Built, name: str = "anna") -> str:
    with pytest.raises(SecondFactorNeededError) as needed:
        built.house.governance.accounts.sign_in(name, PASSWORD, HERE)
    return needed.value.step


def officer_of(built: Built, signed: SignedIn | None) -> Officer:
    assert signed is not None
    officer = built.house.governance.accounts.officer_of_session(signed.token)
    assert officer is not None
    return officer


def entered(built: Built) -> Officer:
    return officer_of(built, built.house.governance.accounts.sign_in("anna", PASSWORD, HERE))


def with_app(built: Built, officer: Officer | None = None) -> str:
    """Add an authenticator app; its secret. The code that was shown to add it is used up."""
    service, who = built.house.governance.second_factors, officer or entered(built)
    new = service.begin_app(who)
    service.add_app(who, new.setup, "my telephone", pyotp.TOTP(new.secret).now())
    return new.secret


def with_passkey(built: Built, officer: Officer | None = None, name: str = "stick") -> Authenticator:
    service, who = built.house.governance.second_factors, officer or entered(built)
    key, new = Authenticator(SITE.origin, SITE.host, counter=1), service.begin_passkey(who, SITE)
    assert new.options is not None
    service.add_passkey(who, new.setup, name, key.made(new.options), SITE)
    return key


def next_code(secret: str) -> str:
    """A code of the step that comes, which is good already."""
    return code_at(secret, datetime.now(UTC), 1)


def code_at(secret: str, now: datetime, drift: int) -> str:
    return pyotp.TOTP(secret).at(now + timedelta(seconds=30 * drift))


def finish(built: Built, step: str, kind: Any, text: str, site: Site | None = SITE) -> SignedIn:
    name, signed = built.house.governance.second_factors.finish_second(step, (kind, text), site, (HERE, None))
    assert name == "anna"
    return signed


def options(built: Built, step: str) -> dict[str, Any]:
    view = built.house.governance.second_factors.second_step(step, SITE)
    assert view is not None
    assert view.options is not None
    return view.options


def refused(built: Built, step: str, kind: Any, text: str, site: Site | None = SITE) -> str:
    with pytest.raises(CocketError) as caught:
        finish(built, step, kind, text, site)
    return caught.value.code


def outcomes(built: Built) -> dict[str, int]:
    return {one.outcome: one.count for one in built.house.governance.accounts.sign_in_failures(1)}


def test_a_code_follows_the_password_and_the_sign_in_says_so(built: Built) -> None:
    secret = with_app(built)
    officer = officer_of(
        built, finish(built, first_step(built), "code", f" {next_code(secret)[:3]} {next_code(secret)[3:]}")
    )
    assert officer.id == "anna"
    told = [msgspec.json.decode(body, type=SignIn) for body in built.bodies("sign-in")]
    assert [one.factor for one in told] == [None, "code"]


def test_a_code_lets_in_once_and_so_does_the_one_by_which_the_app_was_added(built: Built) -> None:
    secret = with_app(built)
    code = next_code(secret)
    finish(built, first_step(built), "code", code)
    assert refused(built, first_step(built), "code", code) == "second-factor-used"
    assert refused(built, first_step(built), "code", pyotp.TOTP(secret).now()) in (
        "second-factor-used",
        "second-factor-wrong",
    )
    assert outcomes(built) == {"wrong code": 2}


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "1" * 1000])
def test_other_codes_do_not(built: Built, code: str) -> None:
    with_app(built)
    assert refused(built, first_step(built), "code", code) == "second-factor-wrong"


def test_codes_of_a_minute_ago_are_too_old_and_those_of_the_neighbouring_steps_are_not() -> None:
    secret = pyotp.random_base32()
    for drift in (-1, 0, 1):
        code = code_at(secret, NOW, drift)
        assert code_step(secret, code, 0, NOW) == int(NOW.timestamp()) // 30 + drift
    for drift in (-2, 2):
        with pytest.raises(ProofError):
            code_step(secret, code_at(secret, NOW, drift), 0, NOW)
    late = code_at(secret, NOW, -1)
    with pytest.raises(ProofError) as caught:  # one that was overtaken by a later one
        code_step(secret, late, int(NOW.timestamp()) // 30, NOW)
    assert caught.value.code == "second-factor-used"


def test_the_secret_is_not_in_the_records_nor_in_the_database(built: Built) -> None:
    secret = with_app(built)
    with built.stores.database.transaction() as connection:
        rows = connection.execute("select body from case_file where kind = %s", (FACTORS,)).fetchall()
    kept_bytes = b"".join((*built.bodies(FACTORS), *(bytes(row[0]) for row in rows)))
    assert b"my telephone" in kept_bytes
    assert secret.encode() not in kept_bytes


def test_a_passkey_follows_the_password(built: Built) -> None:
    key = with_passkey(built)
    step = first_step(built)
    key.counter += 1
    officer_of(built, finish(built, step, "passkey", key.used(options(built, step))))
    (last,) = [msgspec.json.decode(body, type=SignIn) for body in built.bodies("sign-in")][1:]
    assert last.factor == "passkey"
    with built.stores.database.transaction() as connection:
        found = kept.factors_of(built.stores, connection, "anna")
    assert found is not None
    assert found.passkeys[0].counter == 2
    assert found.passkeys[0].used > found.passkeys[0].added


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"origin": "https://cocket.customs.example.evil.example"}, "second-factor-wrong"),
        ({"origin": "http://cocket.customs.example"}, "second-factor-wrong"),
        ({"host": "customs.example"}, "second-factor-wrong"),
        ({"is_verified": False}, "second-factor-wrong"),
        ({"counter": 1}, "passkey-cloned"),
        ({"counter": 0}, "passkey-cloned"),
        ({"id": b"another authenticator"}, "second-factor-unknown"),
    ],
)
def test_other_pages_other_hosts_copies_and_keys_without_a_pin_do_not_lead_in(
    built: Built, change: dict[str, Any], code: str
) -> None:
    key = with_passkey(built)
    key.counter = 2
    for name, value in change.items():
        setattr(key, name, value)
    step = first_step(built)
    assert refused(built, step, "passkey", key.used(options(built, step))) == code
    assert outcomes(built) == {"wrong code": 1}


def test_a_signature_by_another_key_does_not_lead_in(built: Built) -> None:
    key = with_passkey(built)
    other = Authenticator(SITE.origin, SITE.host, counter=2, id=key.id)
    step = first_step(built)
    assert refused(built, step, "passkey", other.used(options(built, step))) == "second-factor-wrong"


def test_an_answer_leads_in_once_whether_or_not_the_authenticator_counts(built: Built) -> None:
    key = with_passkey(built)
    with built.stores.database.transaction() as connection:
        found = kept.factors_of(built.stores, connection, "anna")
        assert found is not None
        silent = msgspec.structs.replace(found, passkeys=(msgspec.structs.replace(found.passkeys[0], counter=0),))
        record = kept.factors_kept(built.stores, connection, silent, "anna")
        assert record is not None
        built.stores.leaves.append_records(connection, [record])
    key.counter = 0
    step = first_step(built)
    answer = key.used(options(built, step))
    finish(built, step, "passkey", answer)
    assert refused(built, step, "passkey", answer) == "second-factor-stale"
    assert refused(built, first_step(built), "passkey", answer) == "second-factor-wrong"  # another challenge


def test_nothing_but_an_answer_is_taken_for_one(built: Built) -> None:
    key = with_passkey(built)
    step = first_step(built)
    whole = key.used(options(built, step))
    for text in ("", "{", "[]", "null", '{"id": 1}', whole[:-20], whole.replace("AQ", "A"), "x" * 20_000):
        assert refused(built, step, "passkey", text) in ("second-factor-wrong", "second-factor-unknown")
        with built.stores.database.transaction() as connection:
            connection.execute("delete from sign_in_bucket")
    assert refused(built, step, "passkey", whole, None) == "second-factor-unknown"


def test_a_first_step_that_is_too_old_changed_or_overtaken_leads_nowhere(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = with_app(built)
    step = first_step(built)
    raw = bytearray(urlsafe_b64decode(step))
    raw[-1] ^= 1
    for other in ("", "x", urlsafe_b64encode(bytes(raw)).decode()):
        assert refused(built, other, "code", next_code(secret)) == "second-factor-stale"
        assert built.house.governance.second_factors.second_step(other, SITE) is None
    later = first_step(built)
    finish(built, later, "code", next_code(secret))
    assert refused(built, step, "code", next_code(secret)) == "second-factor-stale"
    young = first_step(built)
    monkeypatch.setattr(kept, "STEP_MINUTES", -1.0)
    assert refused(built, young, "code", next_code(secret)) == "second-factor-stale"


def test_a_first_step_is_over_when_the_account_changes(built: Built) -> None:
    secret = with_app(built)
    step = first_step(built)
    built.house.governance.accounts.change_officer("head", "anna", "Anna A.", "officer", None)
    assert refused(built, step, "code", next_code(secret)) == "second-factor-stale"
    step = first_step(built)
    built.house.governance.accounts.enable_officer("head", "anna", is_enabled=False)
    assert refused(built, step, "code", next_code(secret)) == "second-factor-stale"


def test_guesses_are_braked_and_after_a_hundred_an_administrator_is_needed(built: Built) -> None:
    secret = with_app(built)
    step, looked = first_step(built), 0
    for _ in range(8):
        try:
            finish(built, step, "code", "000000")
        except ProofError:
            looked += 1
        except SignInDelayedError:
            break
    assert 1 <= looked <= 5
    with built.stores.database.transaction() as connection:
        connection.execute("delete from sign_in_bucket")
        connection.execute("update sign_in_tally set unseen = 100 where outcome = 'wrong code'")
    assert refused(built, first_step(built), "code", next_code(secret)) == "second-factor-locked"
    built.house.governance.second_factors.reset("head", "anna", "came in person with her badge")
    entered(built)


def test_a_row_put_back_or_taken_away_does_not_take_the_second_factor_away(built: Built) -> None:
    secret = with_app(built)
    with built.stores.database.transaction() as connection:
        before = connection.execute("select body, changed, mac from case_file where kind = %s", (FACTORS,)).fetchone()
    code = next_code(secret)
    finish(built, first_step(built), "code", code)
    with built.stores.database.transaction() as connection:
        assert before is not None
        connection.execute("update case_file set body = %s, changed = %s, mac = %s where kind = %s", (*before, FACTORS))
    with pytest.raises(StoreError):
        built.house.governance.accounts.sign_in("anna", PASSWORD, HERE)
    with built.stores.database.transaction() as connection:
        connection.execute(
            "delete from case_file_key where file in (select id from case_file where kind = %s)", (FACTORS,)
        )
        connection.execute("delete from case_file where kind = %s", (FACTORS,))
    with pytest.raises(SenderError) as caught:
        built.house.governance.accounts.sign_in("anna", PASSWORD, HERE)
    assert caught.value.code == "row-removed"


def test_what_was_begun_in_another_session_or_by_another_is_not_added(built: Built) -> None:
    built.house.governance.accounts.put_officer("ben", "Ben B.", "officer", None, PASSWORD)
    service, anna = built.house.governance.second_factors, entered(built)
    new = service.begin_app(anna)
    ben = officer_of(built, built.house.governance.accounts.sign_in("ben", PASSWORD, HERE))
    for other in (ben, entered(built)):
        with pytest.raises(SenderError) as caught:
            service.add_app(other, new.setup, "x", pyotp.TOTP(new.secret).now())
        assert caught.value.code == "factor-stale"
    with pytest.raises(ProofError):
        service.add_app(anna, new.setup, "x", "000000")
    with pytest.raises(SenderError):
        service.add_app(anna, new.setup, "  ", pyotp.TOTP(new.secret).now())
    assert built.bodies(FACTORS) == []


def test_several_are_kept_and_each_can_be_removed(built: Built) -> None:
    officer = entered(built)
    first, second = with_passkey(built, officer, "stick"), with_passkey(built, officer, "telephone")
    service = built.house.governance.second_factors
    assert [one.name for one in service.own_factors(officer).passkeys] == ["stick", "telephone"]
    asked = service.begin_passkey(officer, SITE).options
    assert asked is not None
    assert len(asked["excludeCredentials"]) == 2
    gone = service.own_factors(officer).passkeys[0].id
    service.remove(officer, gone)
    with pytest.raises(SenderError):
        service.remove(officer, gone)
    step = first_step(built)
    first.counter = second.counter = 9
    assert refused(built, step, "passkey", first.used(options(built, step))) == "second-factor-unknown"
    finish(built, step, "passkey", second.used(options(built, step)))


def test_the_same_passkey_is_not_added_twice(built: Built) -> None:
    officer, service = entered(built), built.house.governance.second_factors
    key = with_passkey(built, officer)
    new = service.begin_passkey(officer, SITE)
    assert new.options is not None
    with pytest.raises(SenderError) as caught:
        service.add_passkey(officer, new.setup, "again", key.made(new.options), SITE)
    assert caught.value.code == "factor-known"


@pytest.mark.parametrize(
    "change", [{"origin": "https://evil.example"}, {"host": "evil.example"}, {"is_verified": False}]
)
def test_a_passkey_made_elsewhere_or_without_a_pin_is_not_added(built: Built, change: dict[str, Any]) -> None:
    officer, service = entered(built), built.house.governance.second_factors
    key, new = (
        Authenticator(**{"origin": SITE.origin, "host": SITE.host, **change}),
        service.begin_passkey(officer, SITE),
    )
    assert new.options is not None
    with pytest.raises(ProofError):
        service.add_passkey(officer, new.setup, "x", key.made(new.options), SITE)


def test_a_reset_ends_the_sessions_and_is_sealed_with_who_and_why(built: Built) -> None:
    officer = entered(built)
    with_app(built, officer)
    secret = with_app(built, officer)
    signed = finish(built, first_step(built), "code", next_code(secret))
    with pytest.raises(SenderError):
        built.house.governance.second_factors.reset("head", "anna", " ")
    assert built.house.governance.second_factors.reset("head", "anna", "lost her telephone, came in person") == 2
    assert built.house.governance.accounts.officer_of_session(signed.token) is None
    last = msgspec.json.decode(built.bodies(FACTORS)[-1], type=SecondFactors)
    assert (last.count, last.reset_by, last.reason) == (0, "head", "lost her telephone, came in person")
    assert len(built.bodies("sign-out")) == 2
    with pytest.raises(CocketError):
        built.house.governance.second_factors.reset("head", "anna", "again")
    entered(built)


def test_a_role_that_asks_for_one_is_told_so_and_keeps_the_last(tmp_path: Path) -> None:
    made = build(tmp_path, second_factor_for="supervisor officer")
    try:
        made.house.governance.accounts.put_officer("anna", "Anna A.", "officer", None, PASSWORD)
        made.house.governance.accounts.put_officer("dana", "Dana D.", "analyst", None, PASSWORD)
        other = officer_of(made, made.house.governance.accounts.sign_in("dana", PASSWORD, HERE))
        assert not other.needs_factor
        signed = made.house.governance.accounts.sign_in("anna", PASSWORD, HERE)
        officer = officer_of(made, signed)
        assert officer.needs_factor
        with_app(made, officer)
        assert not officer_of(made, signed).needs_factor
        (app,) = made.house.governance.second_factors.own_factors(officer).apps
        with pytest.raises(SenderError) as caught:
            made.house.governance.second_factors.remove(officer, app.id)
        assert caught.value.code == "factor-last"
    finally:
        made.house.close()


def test_the_password_alone_lets_in_who_has_removed_all(built: Built) -> None:
    officer = entered(built)
    with_app(built, officer)
    (app,) = built.house.governance.second_factors.own_factors(officer).apps
    built.house.governance.second_factors.remove(officer, app.id)
    assert not entered(built).needs_factor


def test_a_wrong_password_is_answered_alike_whether_or_not_there_is_a_second_factor(built: Built) -> None:
    with_app(built)
    assert built.house.governance.accounts.sign_in("anna", "wrong", HERE) is None


def test_a_step_of_the_future_is_not_fresh() -> None:
    assert not kept.is_fresh(datetime.now(UTC) + timedelta(minutes=2))
    assert kept.is_fresh(datetime.now(UTC) - timedelta(minutes=2))
    with pytest.raises(PolicyError):
        raise SecondFactorNeededError("step")


@pytest.mark.parametrize(("hours", "code"), [(0.0001, "password-expired"), (0.0, ""), (72.0, "")])
def test_a_temporary_password_lets_in_for_so_long_alone(tmp_path: Path, hours: float, code: str) -> None:
    made = build(tmp_path, temporary_password_hours=hours)
    accounts = made.house.governance.accounts
    try:
        accounts.put_officer("ben", "Ben B.", "officer", None, PASSWORD, is_temporary=True)
        accounts.put_officer("own", "Own O.", "officer", None, PASSWORD)
        time.sleep(0.4)
        if code:
            with pytest.raises(PolicyError) as caught:
                accounts.sign_in("ben", PASSWORD, HERE)
            assert caught.value.code == code
            assert accounts.sign_in("ben", "wrong", HERE) is None
        else:
            assert officer_of(made, accounts.sign_in("ben", PASSWORD, HERE)).must_change
        assert accounts.sign_in("own", PASSWORD, HERE) is not None
    finally:
        made.house.close()
