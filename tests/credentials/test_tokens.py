# SPDX-License-Identifier: Apache-2.0
"""Signed tokens: what is known to be done to them, and what an SD-JWT's holder may and may not do."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from cocket.credentials import Expected, PublicKey, read_token, sd_jwt, sign_token
from cocket.credentials.encoding import canonical, from_base64url, to_base64url
from cocket.errors import CocketError, ProofError, UnreadableError
from tests.corpora import corpora
from tests.credentials.made import NOW, START, issuer, key_issuer, resolver, signing_key

#: Cases that the collection marks `safe`: either answer is right, if it does no harm. Ours is written down here.
SAFE = {
    "trailing-bit variant of the last base64 character": False,
    "same jti twice on a one-time action": True,
    "nested JWT": False,
}
ROLES = frozenset({"officer", "analyst", "supervisor", "auditor", "trader"})


def attacks() -> tuple[list[dict[str, Any]], dict[str, PublicKey]]:
    folder = corpora("hostile", "jwt-attacks")
    cases = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    return cases, {"k1": PublicKey.from_pem((folder / "rs256_pub.pem").read_bytes())}


def test_every_known_attack_on_tokens_is_answered_as_labelled() -> None:
    cases, keys = attacks()
    expected = Expected(
        types=(None, "jwt"),
        algorithms=("RS256",),
        issuer="https://sso.customs.test",
        audience="pipeline",
        words={"roles": ROLES},
    )
    wrong = []
    for case in cases:
        try:
            read_token(case["text"], keys, expected, NOW)
            is_taken = True
        except (ProofError, UnreadableError):
            is_taken = False
        wanted = {"accept": True, "reject": False}.get(case["expect"], SAFE.get(case["note"]))
        if is_taken is not wanted:
            wrong.append((case["id"], case["note"], is_taken))
    assert wrong == []
    assert len(cases) == 68


def salts() -> sd_jwt.Salts:
    count = itertools.count()
    return lambda: sha256(str(next(count)).encode()).digest()[:16]


CLAIMS = {
    "vct": "AuthorisedOperatorCredential",
    "iat": int(START.timestamp()),
    "country": "AA",
    "number": "17",
    "name": "Ceylon",
}
HOLDER = signing_key("holder", "P-256")
ASKED = sd_jwt.Challenge("https://customs.example", "n-1")


def issued(*, bound: bool = False, **more: Any) -> str:
    by = issuer(curve="P-256")
    return sd_jwt.issue(CLAIMS | more, ("country", "number", "name"), by, salts(), HOLDER.public if bound else None)


def verify(text: str, **more: Any) -> sd_jwt.SdJwtCredential:
    return sd_jwt.verify(text, resolver(issuer(curve="P-256")), more.pop("now", NOW), more.pop("challenge", None))


def test_a_holder_shows_what_is_asked_and_keeps_the_rest() -> None:
    held = verify(sd_jwt.present(issued(), ["number"]))
    assert (held.type, held.claims["number"], held.is_bound) == ("AuthorisedOperatorCredential", "17", False)
    assert "country" not in held.claims
    assert "name" not in held.claims
    assert verify(issued()).claims["name"] == "Ceylon"


def test_the_token_itself_does_not_tell_what_is_kept_back() -> None:
    token = sd_jwt.present(issued(), []).partition("~")[0]
    body = from_base64url(token.split(".")[1], "token")
    assert not any(word.encode() in body for word in ('"Ceylon', '"country"', '"17"', '"name"'))


def test_a_disclosure_that_the_token_does_not_call_for_is_refused() -> None:
    stranger = to_base64url(canonical([to_base64url(b"s" * 16), "scopes", ["security"]]))
    with pytest.raises(ProofError) as refused:
        verify(issued() + stranger + "~")
    assert refused.value.code == "sd-jwt-unreferenced"


def test_a_disclosure_of_another_credential_is_refused() -> None:
    other = issued(number="18").split("~")[2]
    with pytest.raises(ProofError) as refused:
        verify(sd_jwt.present(issued(), ["country"]) + other + "~")
    assert refused.value.code == "sd-jwt-unreferenced"


def test_a_disclosure_twice_or_altered_is_refused() -> None:
    text = issued()
    first = text.split("~")[1]
    with pytest.raises(ProofError):
        verify(text + first + "~")
    salt, name, _ = json.loads(from_base64url(first, "disclosure"))
    altered = to_base64url(canonical([salt, name, "other"]))
    with pytest.raises(ProofError):
        verify(text.replace(first, altered))


def forged(body: dict[str, Any], disclosures: list[Any], **header: Any) -> str:
    """A token signed by the issuer himself, made as no issuer should make one."""
    texts = [to_base64url(canonical(one)) for one in disclosures]
    digests = {f"#{n}": to_base64url(sha256(text.encode()).digest()) for n, text in enumerate(texts)}
    filled = json.loads(json.dumps(body), object_hook=lambda o: {k: _filled(v, digests) for k, v in o.items()})
    by = issuer(curve="P-256")
    made = sign_token({"typ": "dc+sd-jwt", "kid": by.method} | header, {"iss": by.issuer, "vct": "X"} | filled, by.key)
    return "~".join([made, *texts, ""])


def _filled(value: Any, digests: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(one, digests) for one in value]
    return digests.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("body", "disclosures"),
    [
        ({"_sd": ["#0"], "a": 1}, [["s", "a", 2]]),
        ({"_sd": ["#0"]}, [["s", "_sd", []]]),
        ({"_sd": ["#0"]}, [["s", "...", "x"]]),
        ({"_sd": ["#0", "#0"]}, [["s", "a", 1]]),
        ({"_sd": ["#0"]}, [["s", "a"]]),
        ({"l": [{"...": "#0"}]}, [["s", "a", 1]]),
        ({"l": [{"...": "#0", "b": 1}]}, [["s", 1]]),
        ({"_sd": "#0"}, [["s", "a", 1]]),
        ({"_sd": [5]}, []),
        ({"_sd": ["#0"], "_sd_alg": "md5"}, [["s", "a", 1]]),
        ({"_sd": ["#0"]}, [["s", "exp", 4102444800]]),
        ({"_sd": ["#0"]}, [["s", "credentialStatus", []]]),
        ({"a": {"_sd": ["#0"], "_sd_alg": "sha-256"}}, [["s", "b", 1]]),
        ({"_sd": ["#0"]}, ["text"]),
        ({"_sd": ["#0"]}, [[1, "a", 1]]),
    ],
)
def test_disclosures_made_as_none_should_be_are_refused(body: dict[str, Any], disclosures: list[Any]) -> None:
    with pytest.raises((ProofError, UnreadableError)):
        verify(forged(body, disclosures))


def test_what_is_hidden_deeper_and_in_lists_comes_back_to_its_place() -> None:
    text = forged(
        {"_sd": ["#1"], "l": ["x", {"...": "#2"}, {"...": "gone"}]},
        [
            ["s", "b", 1],
            ["s", "a", {"_sd": [to_base64url(sha256(to_base64url(canonical(["s", "b", 1])).encode()).digest())]}],
            ["s", "y"],
        ],
    )
    claims = verify(text).claims
    assert (claims["a"], claims["l"]) == ({"b": 1}, ["x", "y"])


@pytest.mark.parametrize("bound", [True, False])
def test_a_credential_is_not_shown_with_a_key_that_it_is_not_bound_to(bound: bool) -> None:
    other = signing_key("other", "P-256")
    with pytest.raises(ProofError) as refused:
        sd_jwt.present(issued(bound=bound), ["number"], other, (ASKED, NOW))
    assert refused.value.code == "sd-jwt-holder"


def test_a_bound_credential_counts_only_for_who_asked_now() -> None:
    shown = sd_jwt.present(issued(bound=True), ["number"], HOLDER, (ASKED, NOW))
    assert verify(shown, challenge=ASKED).is_bound
    for changes in (
        {"challenge": sd_jwt.Challenge(ASKED.audience, "n-2")},
        {"challenge": sd_jwt.Challenge("https://other.example", ASKED.nonce)},
        {"challenge": ASKED, "now": NOW + timedelta(hours=1)},
        {},
    ):
        with pytest.raises(ProofError):
            verify(shown, **changes)
    part, thief = sd_jwt.present(issued(bound=True), ["number"]), signing_key("thief", "P-256")
    told = {"aud": ASKED.audience, "nonce": ASKED.nonce, "iat": int(NOW.timestamp())}
    digest = to_base64url(sha256(part.encode("ascii")).digest())
    stolen = part + sign_token({"typ": "kb+jwt"}, told | {"sd_hash": digest}, thief)
    with pytest.raises(ProofError):
        verify(stolen, challenge=ASKED)
    more = shown.rpartition("~")
    swapped = sd_jwt.present(issued(bound=True), ["number", "name"]) + more[2]
    with pytest.raises(ProofError):
        verify(swapped, challenge=ASKED)
    with pytest.raises(ProofError):
        verify(sd_jwt.present(issued(bound=True), ["number"]), challenge=ASKED)


def test_times_issuer_and_key_of_a_credential_are_heeded() -> None:
    seconds = int(NOW.timestamp())
    for changes in ({"exp": seconds - 120}, {"nbf": seconds + 120}, {"iat": seconds + 120}, {"exp": True}):
        with pytest.raises(ProofError):
            verify(issued(**changes))
    with pytest.raises(ProofError) as unknown:
        sd_jwt.verify(issued(), resolver(), NOW)
    assert unknown.value.code == "unresolved"
    with pytest.raises(ProofError):
        sd_jwt.verify(issued(), resolver(issuer("other", "P-256")), NOW)
    with pytest.raises(ProofError, match="among the issuer's keys"):
        verify(forged({}, [], kid=key_issuer("x", "P-256").method))
    with pytest.raises(ProofError):
        verify(forged({}, [], typ="jwt"))


def test_what_cannot_be_hidden_or_is_not_there_is_not_issued() -> None:
    for hidden in (["iss"], ["vct"], ["absent"], ["credentialStatus"]):
        with pytest.raises(ProofError):
            sd_jwt.issue(CLAIMS, hidden, issuer(curve="P-256"), salts())
    with pytest.raises(ProofError):
        sd_jwt.issue({"a": 1}, [], issuer(curve="P-256"), salts())
    with pytest.raises(ProofError):
        sd_jwt.present(issued(), ["absent"])


@pytest.mark.parametrize("text", ["", "~", "a.b.c", "a.b.c~", "a.b~", "é.b.c~", "a.b.c" + "~x" * 1001])
def test_what_is_no_sd_jwt_is_unreadable(text: str) -> None:
    with pytest.raises(CocketError):
        verify(text)


def test_a_moment_far_away_is_no_time() -> None:
    with pytest.raises(ProofError):
        verify(issued(exp=10**15))
    assert verify(issued(exp=int(datetime(2099, 1, 1, tzinfo=UTC).timestamp()))).claims["exp"]
