# SPDX-License-Identifier: Apache-2.0
"""What a provider proves of a person becomes an account and a session, and what it takes away is gone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

pytest.importorskip("joserfc", reason="joserfc is not installed (cocket[server])")

from cocket.errors import CocketError, PolicyError, ProofError, SettingsError
from cocket.exchange.openid import Attempt
from cocket.pipeline import Instance
from cocket.pipeline.governance.group_access import GroupAccess, access_of, groups_in, read_group_access
from cocket.pipeline.governance.provider_sign_in import ProviderSignOut
from cocket.pipeline.governance.sign_in import Grant, Officer, SignIn, SignOut
from cocket.pipeline.operations.health import look
from cocket.settings import read_settings
from tests.houses import Built, build
from tests.simulators.provider import CLIENT, SECRET, Person, Provider, open_provider

TABLE = """
[[access]]
group = "supervisors of Mombasa"
role = "supervisor"
office = "KEMBA"

[[access]]
group = "officers"
role = "officer"
"""
PASSWORD = "seal and cord and wax"


@pytest.fixture
def provider() -> Iterator[Provider]:
    people = {
        "amina": Person(
            "s-1", {"name": "Amina N.", "preferred_username": "Amina.N@customs.example", "groups": ["officers", "all"]}
        ),
        "brian": Person("s-2", {"groups": ["all"], "email": "amina.n@customs.example"}),
    }
    with open_provider(people) as provider:
        yield provider


def settings_for(provider: Provider, folder: Path, back: str = "http://127.0.0.1:1") -> dict[str, Any]:
    """Settings of an installation that knows this provider."""
    (folder / "access.toml").write_text(TABLE)
    (folder / "client.secret").write_text(SECRET + "\n")
    return {
        "openid_issuer": provider.issuer,
        "openid_client_id": CLIENT,
        "openid_client_secret_file": str(folder / "client.secret"),
        "openid_access_file": str(folder / "access.toml"),
        "openid_name": "the ministry",
        "workbench_url": back,
    }


@pytest.fixture
def built(provider: Provider, tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home", **settings_for(provider, tmp_path))
    yield made
    made.house.close()


def enter(house: Instance, name: str = "amina") -> Officer:
    """Sign somebody in; the officer of the session."""
    service, attempt = house.governance.provider, Attempt.begin()
    address = service.begin(attempt)
    query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
    sent = httpx.get(address, params={**query, "login": name}).headers["location"]
    brought = {key: values[0] for key, values in parse_qs(urlsplit(sent).query).items()}
    who, signed = service.finish(attempt, brought, "192.0.2.7")
    officer = house.governance.accounts.officer_of_session(signed.token)
    assert officer is not None
    assert officer.id == who
    tokens[who] = signed.token
    return officer


tokens: dict[str, str] = {}


def is_in(house: Instance, name: str) -> bool:
    return house.governance.accounts.officer_of_session(tokens[name]) is not None


def refused(house: Instance, name: str = "amina") -> str:
    with pytest.raises(CocketError) as caught:
        enter(house, name)
    return caught.value.code


def outcomes(house: Instance) -> list[tuple[str, str, str]]:
    return [(one.outcome, one.officer, one.address) for one in house.governance.accounts.sign_in_failures(1)]


def test_the_first_sign_in_makes_the_account_and_what_gave_it_is_sealed(built: Built, provider: Provider) -> None:
    officer = enter(built.house)
    assert (officer.id, officer.name, officer.role, officer.office) == ("sso.amina.n", "Amina N.", "officer", None)
    assert officer.is_external
    assert not officer.must_change
    (grant,) = (msgspec.json.decode(body, type=Grant) for body in built.bodies("officer"))
    assert (grant.name, grant.roles, grant.office, grant.group) == ("sso.amina.n", ("officer",), None, "officers")
    (told,) = (msgspec.json.decode(body, type=SignIn) for body in built.bodies("sign-in"))
    assert (told.name, told.address, told.issuer) == ("sso.amina.n", "192.0.2.7", provider.issuer)


def test_a_second_sign_in_changes_nothing_and_both_sessions_go_on(built: Built) -> None:
    enter(built.house)
    first = tokens["sso.amina.n"]
    enter(built.house)
    assert built.house.governance.accounts.officer_of_session(first) is not None
    assert len(built.bodies("officer")) == 1
    assert len(built.bodies("sign-in")) == 2


def test_other_groups_give_another_role_and_end_the_sessions_of_before(built: Built, provider: Provider) -> None:
    enter(built.house)
    first = tokens["sso.amina.n"]
    provider.people["amina"].claims |= {"groups": ["supervisors of Mombasa", "officers"], "name": "Amina Njoroge"}
    officer = enter(built.house)
    assert (officer.id, officer.role, officer.office) == ("sso.amina.n", "supervisor", "KEMBA")
    assert officer.name == "Amina Njoroge"
    assert built.house.governance.accounts.officer_of_session(first) is None
    assert len(built.bodies("officer")) == 2


@pytest.mark.parametrize(
    ("groups", "code"),
    [
        (["all"], "provider-no-role"),
        ([], "provider-no-role"),
        (None, "provider-no-groups"),
        ([7], "provider-no-groups"),
    ],
)
def test_who_has_lost_the_role_is_turned_away_and_his_sessions_end(
    built: Built, provider: Provider, groups: list[str] | None, code: str
) -> None:
    enter(built.house)
    del provider.people["amina"].claims["groups"]
    provider.people["amina"].claims |= {"groups": groups} if groups is not None else {"_claim_names": {"groups": "x"}}
    assert refused(built.house) == code
    assert not is_in(built.house, "sso.amina.n")
    (told,) = (msgspec.json.decode(body, type=SignOut) for body in built.bodies("sign-out"))
    assert told.name == "sso.amina.n"
    outcome = "no groups" if code == "provider-no-groups" else "no role"
    assert outcomes(built.house) == [(outcome, "sso.amina.n", "192.0.2.7")]


def test_who_never_had_a_role_gets_no_account(built: Built) -> None:
    assert refused(built.house, "brian") == "provider-no-role"
    assert built.house.governance.accounts.officers() == []
    assert outcomes(built.house) == [("no role", "", "192.0.2.7")]


def test_another_person_with_the_same_name_or_mail_is_another_officer(built: Built, provider: Provider) -> None:
    enter(built.house)
    brian = provider.people["brian"].claims
    brian |= {"groups": ["officers"], "preferred_username": "amina.n", "email": "amina.n@customs.example"}
    other = enter(built.house, "brian")
    assert other.id.startswith("sso.amina.n-")
    assert is_in(built.house, "sso.amina.n")
    assert enter(built.house, "brian").id == other.id
    assert enter(built.house).id == "sso.amina.n"


def test_a_subject_of_another_issuer_is_another_person(provider: Provider, built: Built) -> None:
    from cocket.exchange.openid import Identity
    from cocket.pipeline.governance.provider_sign_in import credential_of

    one, other = (
        Identity(issuer=issuer, subject="s-1", claims={}) for issuer in ("https://a.example", "https://b.example")
    )
    assert credential_of(one) != credential_of(other)
    pairs = [("https://a.example", "/s"), ("https://a.example/", "s")]
    assert len({credential_of(Identity(issuer=iss, subject=sub, claims={})) for iss, sub in pairs}) == 2


def test_a_local_account_of_a_like_name_is_not_taken_over(built: Built, provider: Provider) -> None:
    accounts = built.house.governance.accounts
    accounts.put_officer("amina.n", "Amina here", "auditor", None, PASSWORD)
    assert enter(built.house).id == "sso.amina.n"
    assert {one.name: one.role for one in accounts.officers()} == {"amina.n": "auditor", "sso.amina.n": "officer"}
    with pytest.raises(SettingsError) as caught:
        accounts.put_officer("sso.someone", "Someone", "officer", None, PASSWORD)
    assert caught.value.code == "officer-external"


def test_an_account_of_the_provider_gets_no_password_and_no_role_by_hand(built: Built) -> None:
    enter(built.house)
    accounts = built.house.governance.accounts
    with pytest.raises(SettingsError):
        accounts.put_officer("sso.amina.n", "Amina", "supervisor", None, PASSWORD)
    with pytest.raises(SettingsError):
        accounts.change_officer("cli", "sso.amina.n", "Amina", "supervisor", None)
    assert accounts.sign_in("sso.amina.n", "", "192.0.2.7") is None
    assert accounts.sign_in("sso.amina.n", PASSWORD, "192.0.2.7") is None
    assert is_in(built.house, "sso.amina.n")


def test_a_disabled_account_stays_disabled_whatever_the_provider_says(built: Built, provider: Provider) -> None:
    enter(built.house)
    accounts = built.house.governance.accounts
    accounts.enable_officer("cli", "sso.amina.n", is_enabled=False)
    assert not is_in(built.house, "sso.amina.n")
    provider.people["amina"].claims["groups"] = ["supervisors of Mombasa"]
    assert refused(built.house) == "provider-disabled"
    assert [one.role for one in accounts.officers()] == ["officer"]
    accounts.enable_officer("cli", "sso.amina.n", is_enabled=True)
    assert enter(built.house).role == "supervisor"


def test_an_account_that_was_given_to_another_person_in_the_database_lets_nobody_in(
    built: Built, provider: Provider
) -> None:
    from cocket.exchange.openid import Identity
    from cocket.pipeline.governance.provider_sign_in import credential_of

    enter(built.house)
    thief = credential_of(Identity(issuer=provider.issuer, subject="s-2", claims={}))
    with built.stores.database.transaction() as connection:
        connection.execute("update officer set password_hash = %s", (thief,))
    provider.people["brian"].claims["groups"] = ["officers"]
    assert refused(built.house, "brian") == "provider-disabled"


def test_an_answer_that_proves_nothing_is_counted_and_lets_nobody_in(built: Built, provider: Provider) -> None:
    provider.fault = "nonce"
    assert refused(built.house) == "provider-unproven"
    assert outcomes(built.house) == [("unproven", "", "192.0.2.7")]
    assert built.house.governance.accounts.officers() == []


def test_passwords_go_on_when_the_provider_is_gone(built: Built, provider: Provider) -> None:
    built.house.governance.accounts.put_officer("otieno", "K. Otieno", "officer", None, PASSWORD)
    provider.fault = "broken"
    assert refused(built.house) == "provider-unreachable"
    assert built.house.governance.accounts.sign_in("otieno", PASSWORD, "192.0.2.7") is not None


def test_a_table_or_secret_that_cannot_be_read_lets_nobody_in_and_says_so(built: Built, tmp_path: Path) -> None:
    (tmp_path / "client.secret").unlink()
    assert refused(built.house) == "openid-secret"
    (tmp_path / "client.secret").write_text(SECRET)
    (tmp_path / "access.toml").write_text('[[access]]\ngroup = "officers"\nrole = "king"\n')
    assert refused(built.house) == "group-access"
    assert built.house.governance.accounts.officers() == []


def test_the_audit_of_rows_agrees_with_accounts_of_the_provider(built: Built) -> None:
    enter(built.house)
    with built.stores.database.transaction() as connection:
        found = built.stores.people.officer(connection, "sso.amina.n")
    assert found is not None
    assert found.is_external
    assert "s-1" not in found.password_hash


@pytest.mark.parametrize(
    "table",
    ["", "access = []", "[[access]]\ngroup = 'a'\n", "[[access]]\ngroup = ''\nrole = 'officer'\n",
     "[[access]]\ngroup = 'a'\nrole = 'officer'\noffice = ''\n", "[[access]]\ngroup = 'a'\nrole = 'officer'\nofice = 'X'\n", "["],
)  # fmt: skip
def test_a_table_that_is_not_right_is_refused(tmp_path: Path, table: str) -> None:
    path = tmp_path / "access.toml"
    path.write_text(table)
    with pytest.raises(SettingsError):
        read_group_access(path)


def test_the_first_row_that_fits_counts_and_groups_are_texts() -> None:
    rows = (GroupAccess(group="b", role="auditor"), GroupAccess(group="a", role="officer"))
    assert access_of(rows, ("a", "b")) == rows[0]
    assert access_of(rows, ("c",)) is None
    assert groups_in({"roles": "one"}, "roles") == ("one",)
    assert groups_in({"groups": {"a": 1}}, "groups") is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"COCKET_OPENID_ISSUER": "http://id.example"}, "openid_issuer must start with https://"),
        ({"COCKET_OPENID_ISSUER": "https://user:word@id.example"}, "openid_issuer must start with https://"),
        ({"COCKET_OPENID_ISSUER": "https://id.example/?a=b"}, "openid_issuer must start with https://"),
        ({"COCKET_OPENID_ISSUER": "https://id.example"}, "openid_client_id must be set"),
        ({"COCKET_OPENID_ISSUER": "https://id.example"}, "openid_access_file must be set"),
        ({"COCKET_OPENID_ISSUER": "https://id.example", "COCKET_WORKBENCH_URL": "http://c.example"}, "workbench_url must"),
        ({"COCKET_OPENID_ISSUER": "https://id.example", "COCKET_OPENID_SCOPES": "profile"}, "must hold openid"),
        ({"COCKET_OPENID_CLIENT_ID": "x"}, "openid_client_id is of no use without openid_issuer"),
    ],
)  # fmt: skip
def test_settings_that_do_not_hold_are_refused(given: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(given)
    assert problem in str(caught.value)


def test_settings_of_a_provider_of_this_machine_or_over_tls_hold() -> None:
    more = {"COCKET_OPENID_CLIENT_ID": "c", "COCKET_OPENID_ACCESS_FILE": "access.toml"}
    for issuer, url in (
        ("https://id.example/realms/customs", "https://cocket.example"),
        ("http://127.0.0.1:8080", "http://localhost:8461/"),
        ("http://[::1]:8080", "https://cocket.example:8443"),
    ):
        told = read_settings({"COCKET_OPENID_ISSUER": issuer, "COCKET_WORKBENCH_URL": url, **more})
        assert told.openid_issuer == issuer


def test_no_installation_without_a_provider_offers_one(tmp_path: Path) -> None:
    made = build(tmp_path)
    with contextlib.closing(made.house), pytest.raises(SettingsError):
        made.house.governance.provider.begin(Attempt.begin())


def test_the_page_of_accounts_neither_gives_such_an_account_nor_changes_it(built: Built) -> None:
    from cocket.errors import SenderError
    from cocket.governance.proposals import Proposal
    from tests.houses import officer

    enter(built.house)
    people = built.house.governance.administration
    for act, name in (("account", "sso.amina.n"), ("password", "sso.amina.n"), ("account", "sso.new")):
        wanted = Proposal(kind=act, subject=name, after={"roles": "officer"})
        with built.stores.database.transaction() as connection, pytest.raises(SenderError) as caught:
            people.check(connection, wanted)
        assert caught.value.code == "officer-external"
    people.disable(officer("supervisor"), "sso.amina.n")
    with pytest.raises(PolicyError):
        enter(built.house)


def test_a_sign_out_at_the_provider_ends_all_sessions_here_and_is_sealed(built: Built, provider: Provider) -> None:
    enter(built.house)
    first = tokens["sso.amina.n"]
    enter(built.house)
    assert built.house.governance.provider.sign_out(provider.sign_out_token("amina")) == 2
    assert not is_in(built.house, "sso.amina.n")
    assert built.house.governance.accounts.officer_of_session(first) is None
    (told,) = (msgspec.json.decode(body, type=ProviderSignOut) for body in built.bodies("provider-sign-out"))
    assert (told.issuer, told.name, told.sessions) == (provider.issuer, "sso.amina.n", 2)
    assert len(built.bodies("sign-out")) == 2
    enter(built.house)  # the account is as it was
    assert built.house.governance.provider.sign_out(provider.sign_out_token("brian")) == 0


def test_the_same_sign_out_counts_once(built: Built, provider: Provider) -> None:
    token = provider.sign_out_token("amina")
    enter(built.house)
    assert built.house.governance.provider.sign_out(token) == 1
    enter(built.house)
    with pytest.raises(ProofError) as caught:
        built.house.governance.provider.sign_out(token)
    assert caught.value.found == "jti"
    assert is_in(built.house, "sso.amina.n")


EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"iss": "https://other.example"}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"sub": None, "sid": "s"}, "sub"),
        ({"exp": 1}, "exp"),
        ({"iat": 1}, "iat"),
        ({"events": None}, "events"),
        ({"events": {"http://schemas.openid.net/event/another": {}}}, "events"),
        ({"events": [EVENT]}, "events"),
        ({"events": {EVENT: "yes"}}, "events"),
        ({"nonce": "n"}, "nonce"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"header": {"typ": "JWT"}}, "typ"),
        ({"header": {"typ": "at+jwt"}}, "typ"),
        ({"header": {"kid": "another"}}, "kid"),
    ],
)
def test_a_sign_out_that_does_not_hold_ends_nothing(
    built: Built, provider: Provider, changes: dict[str, Any], found: str
) -> None:
    enter(built.house)
    with pytest.raises(ProofError) as caught:
        built.house.governance.provider.sign_out(provider.sign_out_token("amina", **changes))
    assert caught.value.found == found
    assert is_in(built.house, "sso.amina.n")
    assert built.bodies("provider-sign-out") == []


def test_a_sign_out_signed_by_another_or_by_none_ends_nothing(built: Built, provider: Provider) -> None:
    enter(built.house)
    whole = provider.sign_out_token("amina")
    provider.fault = "alg none"
    head, body, signature = whole.split(".")
    for token in ("", "x", f"{head}.{body}.", f"{head}.{body}.{signature[:-8]}AAAAAAAA"):
        with pytest.raises(ProofError):
            built.house.governance.provider.sign_out(token)
    assert is_in(built.house, "sso.amina.n")


def test_groups_that_the_provider_leaves_out_are_an_alarm_of_health(built: Built, provider: Provider) -> None:
    def found() -> Any:
        return next(one for one in look(built.stores).checks if one.name == "sign-in")

    enter(built.house)
    assert found().state == "well"
    provider.people["brian"].claims["groups"] = []
    assert refused(built.house, "brian") == "provider-no-role"
    assert found().state == "well"
    del provider.people["amina"].claims["groups"]
    assert refused(built.house) == "provider-no-groups"
    check = found()
    assert check.state == "degraded"
    assert "left out the groups of 1 sign-in" in check.words
    assert "200 groups" in (check.hint or "")
    assert ("no groups", "sso.amina.n", "192.0.2.7") in outcomes(built.house)
