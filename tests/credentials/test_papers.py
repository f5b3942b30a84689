# SPDX-License-Identifier: Apache-2.0
"""Papers as lodged: three questions kept apart, and whatever is done to one, it does not pass for another."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from cocket.credentials import (
    Contexts,
    StatusList,
    credential_of,
    issue_status_list,
    rdf,
    sd_jwt,
    selective,
    status_entry,
    verify_paper,
)
from cocket.errors import CocketError, UnreadableError
from cocket.standards.certificates import read_json
from tests.contracts.standard import AWKWARD, mutants
from tests.credentials.made import (
    BILL_V2,
    BILL_V3,
    DID,
    END,
    NAME,
    NOW,
    START,
    as_bytes,
    credential,
    issuer,
    key_issuer,
    operator,
    origin,
    resolver,
    seal,
    signing_key,
    wrapped_v2,
    wrapped_v3,
)
from tests.credentials.test_tokens import issued

LIST = "https://customs.example/credentials/suspension.json"


def outcomes(data: bytes, *known: Any, now: Any = NOW, **more: Any) -> tuple[str, str, str]:
    verdict = verify_paper(data, resolver(*known, **more), now)
    return verdict.integrity.outcome, verdict.issuer.outcome, verdict.status.outcome


def test_a_certificate_that_holds_holds_on_all_three_questions() -> None:
    verdict = verify_paper(as_bytes(credential()), resolver(issuer()), NOW)
    assert (verdict.form, verdict.issued_by, verdict.holds, verdict.fails) == ("vc", DID, True, False)
    assert verdict.types[-1] == "AuthorisedOperatorCredential"
    assert verdict.valid == (START, END)


def test_who_is_not_known_here_leaves_it_open_and_neither_good_nor_bad() -> None:
    verdict = verify_paper(as_bytes(credential()), resolver(), NOW)
    assert (verdict.holds, verdict.fails) == (False, False)
    assert outcomes(as_bytes(credential())) == ("not-checked", "not-checked", "passed")


def test_a_credential_signed_by_another_than_it_names_is_not_by_its_issuer() -> None:
    thief = key_issuer("thief")
    forged = credential(by=thief) | {"issuer": DID}
    assert outcomes(as_bytes(forged), issuer())[1] == "failed"
    from cocket.credentials import add_proof

    signed = add_proof({**credential(by=thief), "issuer": DID, "proof": []}, thief, START)
    assert outcomes(as_bytes(signed), issuer()) == ("passed", "failed", "passed")


@pytest.mark.parametrize(
    ("now", "status"),
    [(START - timedelta(seconds=1), "failed"), (END + timedelta(seconds=1), "failed"), (END, "passed")],
)
def test_a_certificate_stands_from_its_first_moment_to_its_last(now: Any, status: str) -> None:
    document = credential()
    verdict = verify_paper(as_bytes(document), resolver(issuer()), now)
    assert verdict.status.outcome == status


@pytest.mark.parametrize("is_set", [False, True])
def test_a_suspension_fails_the_status_and_leaves_the_rest(is_set: bool) -> None:
    document = credential(credentialStatus=status_entry(LIST, 7, "suspension"))
    bits = StatusList().with_entry(7, is_set)
    published = issue_status_list(
        bits, LIST, "suspension", issuer(), (NOW - timedelta(hours=1), NOW + timedelta(hours=1))
    )
    found = outcomes(as_bytes(document), issuer(), **{LIST: published})
    assert found == ("passed", "passed", "failed" if is_set else "passed")
    assert outcomes(as_bytes(document), issuer())[2] == "not-checked"


def test_a_presentation_is_as_good_as_its_worst_credential() -> None:
    good, bad = credential(), credential(origin()) | {"validUntil": "2030-01-01T00:00:00Z"}

    def presented(*inner: Any) -> bytes:
        made = {
            "@context": good["@context"][:1],
            "type": ["VerifiablePresentation"],
            "verifiableCredential": list(inner),
        }
        return as_bytes(made)

    assert outcomes(presented(good, good), issuer()) == ("passed", "passed", "passed")
    assert outcomes(presented(good, bad), issuer())[:2] == ("failed", "failed")
    assert outcomes(presented(), issuer())[0] == "not-checked"
    assert outcomes(presented("text"), issuer())[0] == "failed"


def test_an_sd_jwt_outside_of_its_time_was_signed_all_the_same() -> None:
    by = issuer(curve="P-256")
    ended = issued(exp=int(NOW.timestamp()) - 3600).encode()
    assert outcomes(ended, by) == ("passed", "passed", "failed")
    assert outcomes(issued().encode(), by) == ("passed", "passed", "passed")
    assert outcomes(issued().encode()) == ("not-checked", "not-checked", "not-checked")
    assert outcomes(issued(status={"status_list": {}}).encode(), by)[2] == "not-checked"
    listed = issued(credentialStatus=status_entry(LIST, 7, "suspension")).encode()
    assert outcomes(listed, by)[2] == "not-checked"


def test_a_credential_of_the_older_model_with_a_suite_that_is_not_known_stays_open() -> None:
    old = {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": "VerifiableCredential",
        "issuer": "did:web:x.example",
    }
    old |= {
        "credentialSubject": {"a": 1},
        "proof": {"type": "BbsBlsSignatureProof2020", "verificationMethod": "did:web:x.example#1"},
    }
    assert outcomes(as_bytes(old)) == ("not-checked", "not-checked", "passed")


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff", b"a.b.c", b'{"type": "Other"}'])
def test_what_is_no_paper_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        verify_paper(data, resolver(), NOW)


def test_a_resolver_is_asked_for_nothing_but_the_issuer_and_his_lists() -> None:
    asked: list[str] = []

    def ask(name: str) -> bytes | None:
        asked.append(name)
        return resolver(issuer())(name)

    verify_paper(as_bytes(credential(credentialStatus=status_entry(LIST, 7, "suspension"))), ask, NOW)
    verify_paper(as_bytes(wrapped_v2(BILL_V2)), ask, NOW)
    assert set(asked) == {DID, LIST}


# ── Mutations: two thousand things done to each form, none of which passes for what was signed ───────────────────────


def selective_paper() -> bytes:
    by = issuer(curve="P-256")
    secrets = selective.Secrets(bytes(range(32)), signing_key("own", "P-256"))
    base = selective.issue(
        credential_of(seal(), NAME, DID, (START, END)), by, (START, secrets), ["/issuer"], Contexts()
    )
    return as_bytes(selective.derive(base, ["/credentialSubject/checks", "/credentialSubject/seal"], Contexts()))


def presentation() -> bytes:
    inner = [credential(operator()), credential(origin())]
    return as_bytes(
        {"@context": inner[0]["@context"][:1], "type": ["VerifiablePresentation"], "verifiableCredential": inner}
    )


def same_values(before: bytes, after: bytes) -> bool:
    return bool(read_json(before) == with_one_proof(read_json(after)))


def with_one_proof(document: Any) -> Any:
    """A document whose proof may stand there twice: the same proof a second time proves the same."""
    proofs = document.get("proof") if isinstance(document, dict) else None
    if isinstance(proofs, list) and proofs and all(one == proofs[0] for one in proofs):
        return document | {"proof": proofs[0]}
    return document


def same_inner(before: bytes, after: bytes) -> bool:
    """Nobody signed the presentation, only what is in it: none of that may be another, though some may be left out."""
    first, second = (read_json(data)["verifiableCredential"] for data in (before, after))
    return all(with_one_proof(one) in first for one in (second if isinstance(second, list) else [second]))


def same_statements(before: bytes, after: bytes) -> bool:
    """Order means nothing among statements, so neither does it in lists of JSON."""
    return statements(before) == statements(after)


def statements(data: bytes) -> bytes:
    return rdf.canonical_text({name: value for name, value in read_json(data).items() if name != "proof"}, Contexts())


def same_claims(before: bytes, after: bytes) -> bool:
    """A holder may leave disclosures out, and nothing else."""
    known = resolver(issuer(curve="P-256"))
    first, second = (sd_jwt.verify(data.decode().strip(), known, NOW).claims for data in (before, after))
    return second.items() <= first.items()


def same_hashed(before: bytes, after: bytes) -> bool:
    """OpenAttestation signs the values of `data`, or of the credential; what stands around them is nobody's word."""
    first, second = read_json(before), read_json(after)
    if "data" in first:
        return bool(first["data"] == second.get("data"))
    drop = {name: value for name, value in second.items() if name != "proof"}
    return bool({name: value for name, value in first.items() if name != "proof"} == drop)


BILL_V3_COVERED = BILL_V3 | {"credentialSubject": {"blNumber": "BL-2026-000124", "packages": [{"weight": 6000.5}]}}

FORMS: dict[str, tuple[Callable[[], bytes], Any, Callable[[bytes, bytes], bool]]] = {
    "vc": (lambda: as_bytes(credential(origin())), issuer(), same_values),
    "vc-selective": (selective_paper, issuer(curve="P-256"), same_statements),
    "vp": (presentation, issuer(), same_inner),
    "sd-jwt-vc": (lambda: issued().encode(), issuer(curve="P-256"), same_claims),
    "oa-v2": (lambda: as_bytes(wrapped_v2(BILL_V2)), issuer(), same_hashed),
    "oa-v3": (lambda: as_bytes(wrapped_v3(BILL_V3_COVERED)), issuer(), same_hashed),
}


@pytest.mark.parametrize("form", FORMS)
def test_of_two_thousand_mutations_none_verifies_and_only_errors_of_ours_leave(form: str) -> None:
    make, by, same = FORMS[form]
    paper, known = make(), resolver(by)
    assert verify_paper(paper, known, NOW).integrity.outcome == "passed"
    judged = 0
    for number, mutant in enumerate(twisted(paper, 2000, seed=7)):
        try:
            verdict = verify_paper(mutant, known, NOW)
        except CocketError:
            continue
        judged += 1
        if verdict.integrity.outcome == "passed" and verdict.issuer.outcome != "failed":
            assert same(paper, mutant), f"mutant {number} of {form} verifies"
    assert judged > 100, "the mutations hardly reach the verifier"


def test_two_thousand_mutations_of_a_status_list_and_of_a_document_make_nothing_good() -> None:
    document = credential(credentialStatus=status_entry(LIST, 7, "suspension"))
    bits = StatusList().with_entry(7, True)
    published = as_bytes(issue_status_list(bits, LIST, "suspension", issuer(), (START, END)))
    own = resolver(issuer())(DID) or b""
    for mutant in twisted(published, 2000, seed=8):
        assert verify_paper(as_bytes(document), {DID: own, LIST: mutant}.get, NOW).status.outcome != "passed"
    for mutant in twisted(own, 2000, seed=9):
        verdict = verify_paper(as_bytes(document), {DID: mutant, LIST: published}.get, NOW)
        if verdict.holds:
            raise AssertionError(mutant)


def test_a_verifier_that_looks_at_nothing_is_found() -> None:
    """The control: were every mutant taken, the comparison would find one that says something else."""
    make, _, same = FORMS["vc"]
    readable = [mutant for mutant in twisted(make(), 200, seed=7) if _is_json(mutant)]
    assert any(not same(make(), mutant) for mutant in readable)


def _is_json(data: bytes) -> bool:
    try:
        read_json(data)
    except UnreadableError:
        return False
    return True


def twisted(paper: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Bytes flipped, cut and doubled; and where it is JSON, values and names changed so that it stays JSON."""
    dice = random.Random(seed)
    at_bytes = mutants([paper], count, seed)
    try:
        document = json.loads(paper)
    except ValueError:
        document = None
    for number in range(count):
        if document is None or number % 3 == 0:
            yield next(at_bytes)
            continue
        changed = copy.deepcopy(document)
        for _ in range(dice.randint(1, 2)):
            _change(dice, changed)
        yield as_bytes(changed)


ODD: tuple[Any, ...] = (None, True, False, 0, -1, 1e300, "", [], {}, [[]], {"id": 5}, ["a", 5], *AWKWARD)


def _change(dice: random.Random, document: Any) -> None:
    places = list(_places(document))
    if not places:
        return
    holder, name = dice.choice(places)
    what = dice.randrange(5)
    if what == 0:
        holder[name] = copy.deepcopy(dice.choice(ODD))
    elif what == 1:
        del holder[name]
    elif what == 2 and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[name]))
    elif what == 2:
        holder[dice.choice(("id", "type", "extra", "@id", "@type", "proof", "issuer"))] = copy.deepcopy(holder[name])
    elif what == 3 and isinstance(holder[name], str) and holder[name]:
        text = holder[name]
        place = dice.randrange(len(text))
        holder[name] = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
    else:
        other, place = dice.choice(places)
        holder[name] = copy.deepcopy(other[place])


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in list(inner):
        yield value, name
        yield from _places(one)
