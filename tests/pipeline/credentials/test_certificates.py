# SPDX-License-Identifier: Apache-2.0
"""Mutual recognition with two real houses: A issues and suspends, B verifies, weighs and sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cocket.control.standing import parties_of
from cocket.credentials import AuthorisedOperator, Contexts, credential_of, sd_jwt, selective, verify_paper
from cocket.errors import PolicyError, SenderError, UnreadableError
from cocket.pipeline import NotFoundError
from cocket.pipeline.credentials import certificates as issuing
from cocket.pipeline.credentials import partner_certificates
from cocket.pipeline.credentials.credential_files import Recognition, this_second
from cocket.standards import read
from tests.credentials.made import END, START, key_issuer, signing_key
from tests.houses import build, envelope, officer, trader
from tests.messages import declaration

HEAD = officer("supervisor")
A_DID = "did:web:customs-a.invalid"


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    made = []
    for name in "ab":
        home = tmp_path / name
        home.mkdir()
        built = build(
            home, log_origin=f"customs-{name}.invalid/log", red_per_day=1000, yellow_per_day=1000, random_share=0.0
        )
        made.append(built)
    yield made[0], made[1]
    for built in made:
        built.house.close()


def importer() -> str:
    document = read(declaration("R0")).document
    number = parties_of(document).importer  # type: ignore[arg-type]
    assert number
    return number


def operator(**changes: Any) -> AuthorisedOperator:
    given: dict[str, Any] = {
        "country": "AA",
        "scheme": "AEO-F",
        "number": "17",
        "trader": importer(),
        "scopes": ("import", "security"),
    }
    return AuthorisedOperator(**given | changes)


def recognise(a: Any, b: Any, **changes: Any) -> None:
    """B agrees with A, and is handed A's document."""
    given: dict[str, Any] = {
        "issuer": A_DID,
        "country": "AA",
        "schemes": ("AEO-F",),
        "scopes": ("import",),
        "document": a.house.credentials.certificates.published_credentials()[".well-known/did.json"].decode(),
    }
    b.house.credentials.partners.recognise_issuer(HEAD, Recognition(**given | changes))


def hand_over(a: Any, b: Any) -> None:
    """B is handed A's lists as they are now."""
    for path, content in sorted(a.house.credentials.certificates.published_credentials().items()):
        if path.startswith("credentials/"):
            assert b.house.credentials.partners.take_credential(HEAD, content).outcome == "kept"


def paper(issued: Any) -> bytes:
    return issued.content.encode()


def trusted(built: Any, name: str) -> set[str]:
    """Which standings weighed in the advice on a handful of declarations."""
    answers = built.house.intake.messages.take_many(
        [envelope(declaration(f"{name}-{n}")) for n in range(8)], principal=trader("ACME")
    )
    built.desk()
    said = set()
    for answer in answers:
        (consignment,) = built.house.queries.records.message(officer("analyst"), answer.id).consignment_ids
        advice = built.house.queries.records.dossier(officer("analyst"), consignment).summary.advice
        assert advice is not None
        said |= {reason.arguments["standing"] for reason in advice.reasons if reason.code == "trusted-trader"}
    return said


def test_a_issues_b_weighs_a_suspends_and_b_sees_it(houses: tuple[Any, Any]) -> None:
    a, b = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator(), date(2099, 1, 1))
    recognise(a, b)
    hand_over(a, b)
    assert trusted(b, "R1") == set()
    taken = b.house.credentials.partners.take_credential(HEAD, paper(issued))
    assert (taken.outcome, taken.standing) == ("counts", "AA:AEO-F/17")
    assert trusted(b, "R2") == {"AA:AEO-F 17"}

    a.house.credentials.certificates.change_credential(HEAD, issued.id, "suspended", "books refused")
    hand_over(a, b)
    (shown,) = b.house.credentials.standings.standings(officer(), importer())
    assert shown.status == "suspended"
    assert trusted(b, "R3") == set()

    a.house.credentials.certificates.change_credential(HEAD, issued.id, "valid", "books shown")
    hand_over(a, b)
    (shown,) = b.house.credentials.standings.standings(officer(), importer())
    assert shown.status == "valid"


@pytest.mark.parametrize("named", ["first", "second", "number"])
def test_whichever_form_is_suspended_no_other_form_brings_the_standing_back(
    houses: tuple[Any, Any], named: str
) -> None:
    a, b = houses
    issuing_a, partners = a.house.credentials.certificates, b.house.credentials.partners
    both = [issuing_a.issue_credential(HEAD, operator(), date(2099, 1, 1), form) for form in ("vc", "sd-jwt")]
    recognise(a, b)
    hand_over(a, b)
    assert partners.take_credential(HEAD, paper(both[0])).outcome == "counts"
    name = {"first": both[0].id, "second": both[1].id, "number": "AA:AEO-F/17"}[named]
    changed = issuing_a.change_credential(HEAD, name, "suspended", "books refused")
    assert {one.id for one in changed} == {one.id for one in both}
    assert {one.id for one in issuing_a.alike_credentials(HEAD, name)} == {one.id for one in both}
    hand_over(a, b)
    other = partners.take_credential(HEAD, paper(both[1]))
    assert (other.outcome, other.standing) == ("does-not-count", "AA:AEO-F/17")
    assert [one.status for one in b.house.credentials.standings.standings(officer())] == ["suspended"]
    with pytest.raises(SenderError, match="is suspended; no other certificate"):
        issuing_a.issue_credential(HEAD, operator(), date(2099, 1, 1))
    issuing_a.change_credential(HEAD, name, "valid", "books shown")
    hand_over(a, b)
    assert [one.status for one in b.house.credentials.standings.standings(officer())] == ["valid"]


def test_of_a_partner_who_suspends_one_form_alone_the_worst_status_holds(
    houses: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = houses
    issuing_a, partners = a.house.credentials.certificates, b.house.credentials.partners
    both = [issuing_a.issue_credential(HEAD, operator(), date(2099, 1, 1), form) for form in ("vc", "sd-jwt")]
    recognise(a, b)
    hand_over(a, b)
    for one in both:
        assert partners.take_credential(HEAD, paper(one)).outcome == "counts"
    monkeypatch.setattr(issuing, "_authorisation_of", lambda one: one.id)  # another administration's own way
    issuing_a.change_credential(HEAD, both[0].id, "suspended", "books refused")
    hand_over(a, b)
    again = partners.take_credential(HEAD, paper(both[1]))
    assert again.outcome == "does-not-count"
    assert again.reason == "Another certificate of AA:AEO-F/17 was suspended by its issuer."
    assert [one.status for one in b.house.credentials.standings.standings(officer())] == ["suspended"]


def test_a_certificate_issued_after_one_was_withdrawn_counts_and_one_issued_before_does_not(
    houses: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = houses
    issuing_a, partners = a.house.credentials.certificates, b.house.credentials.partners
    now = this_second()
    monkeypatch.setattr(issuing, "this_second", lambda: now)  # both in one second, however slow the machine
    both = [issuing_a.issue_credential(HEAD, operator(), date(2099, 1, 1), form) for form in ("vc", "sd-jwt")]
    recognise(a, b)
    monkeypatch.setattr(issuing, "_authorisation_of", lambda one: one.id)
    issuing_a.change_credential(HEAD, both[0].id, "withdrawn", "convicted")
    hand_over(a, b)
    assert [partners.take_credential(HEAD, paper(one)).outcome for one in both] == ["does-not-count"] * 2
    (ended,) = b.house.credentials.standings.standings(officer())
    assert ended.status == "withdrawn"
    assert (ended.reason or "").startswith("It was withdrawn by its issuer (list of ")
    later = this_second() + timedelta(seconds=5)
    monkeypatch.setattr(issuing, "this_second", lambda: later)
    replaced = issuing_a.issue_credential(HEAD, operator(), date(2099, 1, 1))
    monkeypatch.setattr(partner_certificates, "this_second", lambda: later)
    assert partners.take_credential(HEAD, paper(replaced)).outcome == "counts"
    assert [one.status for one in b.house.credentials.standings.standings(officer())] == ["valid"]


def test_no_certificate_is_issued_whose_last_day_is_over(houses: tuple[Any, Any]) -> None:
    a, _ = houses
    today = datetime.now(UTC).date()
    with pytest.raises(SenderError, match="last day of validity is over"):
        a.house.credentials.certificates.issue_credential(HEAD, operator(), today - timedelta(days=1))
    assert a.house.credentials.certificates.issue_credential(HEAD, operator(), today).state == "valid"


def test_of_a_list_itself_it_is_not_said_that_it_names_none(houses: tuple[Any, Any]) -> None:
    a, b = houses
    a.house.credentials.certificates.issue_credential(HEAD, operator())
    recognise(a, b)
    lists = a.house.credentials.certificates.published_credentials()
    taken = b.house.credentials.partners.take_credential(HEAD, lists["credentials/suspension.json"])
    assert taken.outcome == "kept"
    assert taken.reason.startswith("A status list, current until 20")


def test_without_a_list_at_hand_a_certificate_does_not_count(houses: tuple[Any, Any]) -> None:
    a, b = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator())
    recognise(a, b)
    taken = b.house.credentials.partners.take_credential(HEAD, paper(issued))
    assert taken.outcome == "does-not-count"
    assert "https://customs-a.invalid/credentials/suspension.json is not known here" in taken.reason
    assert [one.status for one in b.house.credentials.standings.standings(officer())] == ["suspended"]
    hand_over(a, b)
    assert [one.status for one in b.house.credentials.standings.standings(officer())] == ["valid"]


def test_a_resolver_may_fetch_what_is_not_at_hand(houses: tuple[Any, Any]) -> None:
    a, b = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator())
    recognise(a, b, document="")
    published = a.house.credentials.certificates.published_credentials()

    def fetch(name: str) -> bytes | None:
        path = ".well-known/did.json" if name == A_DID else name.removeprefix("https://customs-a.invalid/")
        return published.get(path)

    assert b.house.credentials.partners.take_credential(HEAD, paper(issued)).outcome == "does-not-count"
    assert b.house.credentials.partners.take_credential(HEAD, paper(issued), fetch).outcome == "counts"


def test_an_altered_certificate_counts_for_nothing_and_takes_nothing_away(houses: tuple[Any, Any]) -> None:
    a, b = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator())
    recognise(a, b)
    hand_over(a, b)
    assert b.house.credentials.partners.take_credential(HEAD, paper(issued)).outcome == "counts"
    altered = paper(issued).replace(b'"17"', b'"18"')
    taken = b.house.credentials.partners.take_credential(HEAD, altered)
    assert (taken.outcome, taken.standing) == ("does-not-count", "")
    assert taken.reason == "The signature does not verify with this key over this document."
    assert [(one.number, one.status) for one in b.house.credentials.standings.standings(officer())] == [("17", "valid")]


def test_an_older_list_never_hides_a_suspension(houses: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = houses
    a.house.credentials.certificates.issue_credential(HEAD, operator())
    recognise(a, b)
    with monkeypatch.context() as patch:
        patch.setattr(issuing, "this_second", lambda: datetime.now(UTC) - timedelta(minutes=1))
        old = a.house.credentials.certificates.published_credentials()["credentials/suspension.json"]
    hand_over(a, b)
    with pytest.raises(SenderError, match="A newer list"):
        b.house.credentials.partners.take_credential(HEAD, old)


def test_a_host_that_serves_an_older_list_again_does_not_hide_a_suspension(
    houses: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator())
    recognise(a, b)
    with monkeypatch.context() as patch:
        patch.setattr(issuing, "this_second", lambda: datetime.now(UTC) - timedelta(minutes=1))
        old = a.house.credentials.certificates.published_credentials()
    a.house.credentials.certificates.change_credential(HEAD, issued.id, "suspended", "books refused")
    hand_over(a, b)
    served = {f"https://customs-a.invalid/{path}": content for path, content in old.items()}
    taken = b.house.credentials.partners.take_credential(HEAD, paper(issued), served.get)
    assert (taken.outcome, "suspended" in taken.reason) == ("does-not-count", True), taken.reason


@pytest.mark.parametrize(
    "changes",
    [{"country": "BB"}, {"schemes": ("OTHER",)}, {"scopes": ("export",)}],
)
def test_what_was_not_agreed_does_not_count(houses: tuple[Any, Any], changes: dict[str, Any]) -> None:
    a, b = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator())
    recognise(a, b, **changes)
    hand_over(a, b)
    taken = b.house.credentials.partners.take_credential(HEAD, paper(issued))
    assert (taken.outcome, taken.reason) == ("does-not-count", "It covers nothing that was agreed with its issuer.")
    assert b.house.credentials.standings.standings(officer()) == ()


def test_a_stranger_is_not_recognised(houses: tuple[Any, Any]) -> None:
    a, b = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator())
    taken = b.house.credentials.partners.take_credential(HEAD, paper(issued))
    assert (taken.outcome, taken.reason) == ("does-not-count", f"{A_DID} is not recognised here.")


def test_what_the_former_key_signed_still_holds_and_withdrawal_is_for_good(houses: tuple[Any, Any]) -> None:
    a, b = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator())
    present = a.house.credentials.certificates.rotate_issuer_key(HEAD)
    assert present.fragment == "key-2"
    younger = a.house.credentials.certificates.issue_credential(HEAD, operator(number="18"))
    assert json.loads(younger.content)["proof"]["verificationMethod"] == f"{A_DID}#key-2"
    assert sorted(path.name for path in a.settings.keys_folder.glob("issuer-*")) == ["issuer-2.key"]
    recognise(a, b)
    hand_over(a, b)
    assert {b.house.credentials.partners.take_credential(HEAD, paper(one)).outcome for one in (issued, younger)} == {
        "counts"
    }
    a.house.credentials.certificates.change_credential(HEAD, issued.id, "withdrawn", "convicted")
    hand_over(a, b)
    assert {one.number: one.status for one in b.house.credentials.standings.standings(officer())} == {
        "17": "withdrawn",
        "18": "valid",
    }
    with pytest.raises(SenderError, match="already withdrawn"):
        a.house.credentials.certificates.change_credential(HEAD, issued.id, "valid", "pardoned")


def test_a_suspension_here_outlives_what_the_partner_says(houses: tuple[Any, Any]) -> None:
    a, b = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator())
    recognise(a, b)
    hand_over(a, b)
    b.house.credentials.partners.take_credential(HEAD, paper(issued))
    b.house.credentials.standings.suspend_standing(HEAD, "AA:AEO-F/17", "our own doubts")
    assert b.house.credentials.partners.refresh_credentials(HEAD) == ()
    assert [one.status for one in b.house.credentials.standings.standings(officer())] == ["suspended"]


def test_an_agreement_that_ends_takes_the_standing_with_it(houses: tuple[Any, Any]) -> None:
    a, b = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator())
    recognise(a, b)
    hand_over(a, b)
    b.house.credentials.partners.take_credential(HEAD, paper(issued))
    recognise(a, b, schemes=("OTHER",))
    (changed,) = b.house.credentials.partners.refresh_credentials(HEAD)
    assert changed.outcome == "does-not-count"
    assert [one.status for one in b.house.credentials.standings.standings(officer())] == ["suspended"]


def test_every_issue_change_and_taking_in_is_a_leaf(houses: tuple[Any, Any]) -> None:
    a, b = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator())
    a.house.credentials.certificates.change_credential(HEAD, issued.id, "withdrawn", "convicted")
    states = [json.loads(body)["state"] for body in a.bodies("issued-credential")]
    assert states == ["valid", "withdrawn"]
    recognise(a, b)
    b.house.credentials.partners.take_credential(HEAD, paper(issued))
    assert len(b.bodies("recognition")) == 1
    assert json.loads(b.bodies("partner-credential")[0])["content"] == paper(issued).decode()


def test_who_may_not_set_standings_may_do_none_of_it(houses: tuple[Any, Any]) -> None:
    a, _ = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator())
    for principal in (trader("ACME"), officer(), officer("auditor")):
        with pytest.raises(PolicyError):
            a.house.credentials.certificates.issue_credential(principal, operator())
        with pytest.raises(PolicyError):
            a.house.credentials.certificates.change_credential(principal, issued.id, "suspended", "x")
        with pytest.raises(PolicyError):
            a.house.credentials.partners.take_credential(principal, paper(issued))
        with pytest.raises(PolicyError):
            a.house.credentials.partners.recognise_issuer(
                principal, Recognition(issuer="x", country="AA", schemes=(), scopes=())
            )
    with pytest.raises(PolicyError):
        a.house.credentials.certificates.issued_credentials(trader("ACME"))
    with pytest.raises(NotFoundError):
        a.house.credentials.certificates.change_credential(HEAD, "urn:uuid:1", "suspended", "x")


def test_a_certificate_that_says_something_wrong_is_not_issued(houses: tuple[Any, Any]) -> None:
    a, _ = houses
    with pytest.raises(SenderError) as refused:
        a.house.credentials.certificates.issue_credential(HEAD, operator(country="Absurdistan"))
    assert [finding.code for finding in refused.value.findings] == ["aeo-country"]
    assert a.house.credentials.certificates.issued_credentials(officer()) == ()


def test_what_is_published_verifies_with_nothing_else(houses: tuple[Any, Any]) -> None:
    a, _ = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator())
    published = a.house.credentials.certificates.published_credentials()
    names = {A_DID: published[".well-known/did.json"]} | {
        f"https://customs-a.invalid/{path}": content for path, content in published.items()
    }
    assert verify_paper(paper(issued), names.get, datetime.now(UTC)).holds


@pytest.mark.parametrize("form", ["vc-selective", "sd-jwt"])
def test_a_certificate_of_which_parts_may_be_kept_back_is_weighed_and_suspended_like_any_other(
    houses: tuple[Any, Any], form: Any
) -> None:
    a, b = houses
    issued = a.house.credentials.certificates.issue_credential(HEAD, operator(), date(2099, 1, 1), form)
    recognise(a, b)
    hand_over(a, b)
    assert b.house.credentials.partners.take_credential(HEAD, shown(issued)).outcome == "counts"
    assert [one.status for one in b.house.credentials.standings.standings(officer())] == ["valid"]
    a.house.credentials.certificates.change_credential(HEAD, issued.id, "suspended", "books refused")
    hand_over(a, b)
    assert [one.status for one in b.house.credentials.standings.standings(officer())] == ["suspended"]


def shown(issued: Any) -> bytes:
    """What the holder shows: everything but the trader's name, which he keeps."""
    if issued.form == "sd-jwt":
        return sd_jwt.present(issued.content, ["country", "scheme", "number", "trader", "scopes"]).encode()
    parts = [f"/credentialSubject/{name}" for name in ("country", "scheme", "number", "trader", "scopes")]
    return json.dumps(selective.derive(json.loads(issued.content), [*parts, "/validUntil"], Contexts())).encode()


def test_a_certificate_whose_context_is_pinned_can_be_read(houses: tuple[Any, Any]) -> None:
    a, _ = houses
    address = "https://words.invalid/v1"
    by = key_issuer("carrier", "P-256")
    context = json.dumps({"@context": {"voyage": "https://words.invalid/v1#voyage"}}).encode()
    document = credential_of(operator(), "urn:uuid:1", by.issuer, (START, END)) | {
        "credentialSubject": {"voyage": "7E"}
    }
    document |= {"@context": [document["@context"][0], address], "type": ["VerifiableCredential"]}
    secrets = selective.Secrets(bytes(32), signing_key("own", "P-256"))
    signed = selective.issue(document, by, (START, secrets), ["/issuer"], Contexts({address: context}))
    taken = a.house.credentials.partners.take_credential(HEAD, json.dumps(signed).encode())
    assert "is not recognised here" in taken.reason
    a.house.credentials.partners.recognise_issuer(
        HEAD, Recognition(issuer=by.issuer, country="AA", schemes=(), scopes=())
    )
    assert (
        "is not pinned here" in a.house.credentials.partners.take_credential(HEAD, json.dumps(signed).encode()).reason
    )
    a.house.credentials.partners.pin_context(HEAD, address, context)
    assert (
        a.house.credentials.partners.take_credential(HEAD, json.dumps(signed).encode()).reason
        == "It is not a valid AEO status."
    )
    with pytest.raises(UnreadableError):
        a.house.credentials.partners.pin_context(HEAD, address, b"{}")
