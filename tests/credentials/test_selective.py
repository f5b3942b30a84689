# SPDX-License-Identifier: Apache-2.0
"""`ecdsa-sd-2023`: the W3C's vectors, made, derived and verified; and what a holder cannot do."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from cocket.credentials import Contexts, IssuerKey, SigningKey, credential_of, selective, verify_proofs
from cocket.credentials.encoding import from_multibase, to_base64url
from cocket.errors import ProofError
from tests.corpora import corpora
from tests.credentials.made import DID, END, NAME, NOW, START, issuer, origin, resolver, signing_key
from tests.credentials.test_proofs import nothing, w3c_contexts

CASES = {"employ": "employ", "prc": "prCred"}
FOLDER = ("w3c-vc-di-ecdsa", "TestVectors")
SECRETS = selective.Secrets(bytes(range(32)), signing_key("own", "P-256"))


def vector(case: str, name: str) -> Any:
    return json.loads(corpora(*FOLDER, "ecdsa-sd-2023", case, name).read_bytes())


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["addSignedSDBase.json", "derivedRevealDocument.json"])
def test_a_vector_of_the_w3c_verifies(case: str, name: str) -> None:
    (check,) = verify_proofs(vector(case, name), nothing, NOW, w3c_contexts())
    assert check.outcome == "passed", check.reason


@pytest.mark.parametrize("case", CASES)
def test_deriving_from_the_base_of_the_w3c_shows_what_the_w3c_shows(case: str) -> None:
    selected = json.loads(corpora(*FOLDER, f"{CASES[case]}Selective.json").read_bytes())
    made = selective.derive(vector(case, "addSignedSDBase.json"), selected, w3c_contexts())
    expected = vector(case, "derivedRevealDocument.json")
    assert {name: value for name, value in made.items() if name != "proof"} == {
        name: value for name, value in expected.items() if name != "proof"
    }
    assert made["proof"] == expected["proof"]


def test_the_base_of_the_w3c_is_made_with_the_same_hashes_statements_and_order() -> None:
    """Signatures of theirs were drawn at random; everything under them is made again."""
    material = json.loads(corpora(*FOLDER, "ecdsa-sd-2023", "SDKeyMaterial.json").read_bytes())
    own = SigningKey("P-256", from_multibase(material["proofKeyPair"]["secretKeyMultibase"], "key")[2:])
    base = SigningKey("P-256", from_multibase(material["baseKeyPair"]["secretKeyMultibase"], "key")[2:])
    expected = vector("employ", "addSignedSDBase.json")
    secrets = selective.Secrets(bytes.fromhex(material["hmacKeyString"]), own)
    from cocket.credentials import instant

    created = instant(expected["proof"]["created"])
    assert created
    document = json.loads(corpora(*FOLDER, "employmentAuth.json").read_bytes())
    by = IssuerKey(expected["proof"]["verificationMethod"], base)
    made = selective.issue(document, by, (created, secrets), ["/issuer"], w3c_contexts())
    theirs, ours = (selective._read_base(one["proof"]) for one in (expected, made))
    assert (ours[1], ours[2], ours[4], len(ours[3])) == (theirs[1], theirs[2], theirs[4], len(theirs[3]))
    hashes = vector("employ", "addHashData.json")
    signed = bytes.fromhex(hashes["proofHash"]) + ours[1] + bytes.fromhex(hashes["mandatoryHash"])
    assert base.public.signed(signed, theirs[0])
    assert base.public.signed(signed, ours[0])
    (check,) = verify_proofs(made, nothing, NOW, w3c_contexts())
    assert check.outcome == "passed"


def base_of() -> tuple[dict[str, Any], Any]:
    by = issuer(curve="P-256")
    document = credential_of(origin(), NAME, DID, (START, END))
    mandatory = ["/issuer", "/validFrom", "/credentialSubject/reference"]
    return selective.issue(document, by, (START, SECRETS), mandatory, Contexts()), resolver(by)


def test_a_holder_shows_a_part_and_the_signature_still_holds() -> None:
    base, known = base_of()
    shown = selective.derive(base, ["/credentialSubject/items/0/hs", "/validUntil"], Contexts())
    subject = shown["credentialSubject"]
    assert subject == {"reference": "ID-D-2026-000042", "items": [{"hs": "09071000"}]}
    assert verify_proofs(shown, known, NOW)[0].outcome == "passed"


def test_nothing_shown_can_be_changed_added_or_left_out() -> None:
    base, known = base_of()
    shown = selective.derive(base, ["/credentialSubject/items/0/hs"], Contexts())

    def outcome(change: Any) -> str:
        twisted = copy.deepcopy(shown)
        change(twisted)
        return verify_proofs(twisted, known, NOW)[0].outcome

    assert outcome(lambda one: None) == "passed"
    assert outcome(lambda one: one["credentialSubject"]["items"][0].update(hs="09072000")) == "failed"
    assert outcome(lambda one: one["credentialSubject"]["items"][0].update(criterion="WO")) == "failed"
    assert outcome(lambda one: one["credentialSubject"]["items"].pop()) == "failed"
    assert outcome(lambda one: one["credentialSubject"].pop("reference")) == "failed"
    assert outcome(lambda one: one.pop("validFrom")) == "failed"
    assert outcome(lambda one: one["proof"].update(created="2026-01-02T00:00:00Z")) == "failed"


def test_lists_of_texts_and_of_objects_are_under_the_signature() -> None:
    """Each element is a statement of its own: none of them can be dropped from the whole."""
    base, known = base_of()
    assert verify_proofs(base, known, NOW)[0].outcome == "passed"
    base["credentialSubject"]["items"].append({"number": 2})
    assert verify_proofs(base, known, NOW)[0].outcome == "failed"


def test_statements_of_two_presentations_cannot_be_put_together() -> None:
    base, known = base_of()
    one = selective.derive(base, ["/credentialSubject/originCountry"], Contexts())
    other = selective.derive(base, ["/credentialSubject/issuedAt"], Contexts())
    one["credentialSubject"] |= other["credentialSubject"]
    assert verify_proofs(one, known, NOW)[0].outcome == "failed"


@pytest.mark.parametrize(
    "pointer", ["/nothing", "/credentialSubject/items/7", "/issuer/id", "/credentialSubject/items/x"]
)
def test_a_pointer_that_leads_nowhere_is_refused(pointer: str) -> None:
    base, _ = base_of()
    with pytest.raises(ProofError):
        selective.derive(base, [pointer], Contexts())


def test_a_base_of_another_document_a_derived_proof_and_a_wrong_key_are_refused() -> None:
    base, _ = base_of()
    other = copy.deepcopy(base)
    other["credentialSubject"]["issuedAt2"] = "Jakarta"
    with pytest.raises(ProofError, match="does not cover this document"):
        selective.derive(other, [], Contexts())
    shown = selective.derive(base, [], Contexts())
    with pytest.raises(ProofError, match="already a part of a certificate"):
        selective.derive(shown, [], Contexts())
    whole = {**base, "proof": {**base["proof"], "cryptosuite": "eddsa-rdfc-2022"}}
    with pytest.raises(ProofError, match="it is shown whole"):
        selective.derive(whole, [], Contexts())
    with pytest.raises(ProofError):
        selective.derive({"a": 1}, [], Contexts())
    with pytest.raises(ProofError, match="P-256"):
        selective.issue({}, issuer(), (START, SECRETS), [], Contexts())


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\xd9\x5d\x00",
        b"\xd9\x5d\x01\x80",
        b"\xd9\x5d\x01\xff",
        b"\xd9\x5d\x02\x85\x00\x00\x00\x00\x00",
        b"\xd9\x5d\x01" + b"\x9f" * 3000,
    ],
)
def test_a_proof_value_that_is_none_is_refused(packed: bytes) -> None:
    base, known = base_of()
    base["proof"]["proofValue"] = "u" + to_base64url(packed)
    assert verify_proofs(base, known, NOW)[0].outcome == "failed"
