# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import msgspec
import pytest

from cocket.errors import ProofError
from cocket.ledger import Checkpoint, Signer, sign_checkpoint
from cocket.ledger.cosignature import Cosigner, Kind
from cocket.ledger.witness_policy import check_witnessed, judge_by_any, read_policy
from cocket.ledger.witnessing import add_signatures
from tests.ledger.logs import ORIGIN, SIGNER

HEAD = Checkpoint(ORIGIN, 5, bytes(range(32)))
TIME = 1_795_000_000  # in November 2026
NAMES = ("X1", "X2", "X3", "Y1", "Y2")
WITNESSES = {name: Cosigner(f"{name}.example", Kind.ED25519, name.encode() * 16) for name in NAMES}
MODERN = Cosigner("X1.example", Kind.ML_DSA_44, bytes(32))
LINES = "".join(f"witness {name} {one.key.vkey} https://{name}.example/\n" for name, one in WITNESSES.items())
LOG = f"log {SIGNER.verifier.vkey}\n"


def cosigned(*names: str, time: int = TIME) -> bytes:
    note = sign_checkpoint(HEAD, SIGNER)
    return add_signatures(note, [WITNESSES[name].cosign(HEAD, time) for name in names])


GROUPS = (
    LOG
    + LINES
    + "group X 2 X1 X2 X3\ngroup\tY  any Y1 Y2 \n  # both\n\ngroup all-of-them all X Y\nquorum all-of-them\n"
)


@pytest.mark.parametrize(
    ("names", "has", "holds"),
    [
        ((), (), False),
        (("X1",), (), False),
        (("X1", "X3"), ("X",), False),
        (("X1", "Y2"), ("Y",), False),
        (("X1", "X2", "Y2"), ("X", "Y"), True),
        (NAMES, ("X", "Y"), True),
    ],
)
def test_groups_of_groups_count_as_the_specification_says(
    names: tuple[str, ...], has: tuple[str, ...], holds: bool
) -> None:
    judgement = read_policy(GROUPS.encode()).judge(cosigned(*names))
    assert (judgement.has, judgement.of, judgement.holds) == (has, ("X", "Y"), holds)
    assert len(judgement.cosignatures) == len(names)


def test_so_many_of_so_many_is_told() -> None:
    policy = read_policy((LOG + LINES + "group all 2 X1 X2 X3\nquorum all\n").encode())
    assert policy.judge(cosigned("X3")).phrase == "witnessed 1 of 3"
    assert policy.judge(cosigned("X3")).needed == 2


def test_a_quorum_may_be_one_witness_or_nobody() -> None:
    one = read_policy((LOG + LINES + "quorum Y1").encode())
    assert one.judge(cosigned("Y1")).holds
    assert not one.judge(cosigned("X1", "X2")).holds
    nobody = read_policy((LOG + "quorum none\n").encode())
    assert nobody.judge(cosigned()).holds
    watched = read_policy((LOG + LINES + "quorum none\n").encode()).judge(cosigned("X1"))
    assert (watched.holds, watched.phrase) == (True, "witnessed 1 of 5")


def test_a_witness_may_have_two_keys_in_a_group() -> None:
    text = f"{LOG}{LINES}witness X1-modern {MODERN.key.vkey}\ngroup A any X1 X1-modern\ngroup all 1 A X2\nquorum all\n"
    note = add_signatures(cosigned(), [MODERN.cosign(HEAD, TIME)])
    assert read_policy(text.encode()).judge(note).has == ("A",)


def test_cosignatures_count_while_the_policy_is_valid() -> None:
    dates = "#:valid-from 2026-01-01T00:00:00Z\n#:valid-until 2027-01-01T00:00:00Z\n"
    policy = read_policy((dates + LOG + LINES + "quorum X1\n").encode())
    until = policy.valid_until or 0
    for time, holds in (
        (policy.valid_from, True),
        (until - 1, True),
        (until, False),
        ((policy.valid_from or 0) - 1, False),
    ):
        assert policy.judge(cosigned("X1", time=time or 0)).holds is holds


def test_a_head_of_before_still_counts_after_a_witness_is_gone() -> None:
    before = read_policy(("#:valid-until 2027-01-01T00:00:00Z\n" + LOG + LINES + "quorum X1\n").encode())
    after = read_policy(("#:valid-from 2027-01-01T00:00:00Z\n" + LOG + LINES + "quorum Y1\n").encode())
    assert judge_by_any([before, after], cosigned("X1")).holds
    assert not judge_by_any([before, after], cosigned("X1", time=before.valid_until or 0)).holds
    assert judge_by_any([before, after], cosigned("Y1", time=before.valid_until or 0)).holds


def test_a_policy_without_logs_takes_them_from_the_context() -> None:
    policy = read_policy((LINES + "quorum X1\n").encode())
    assert policy.judge(cosigned("X1"), [SIGNER.verifier]).holds
    with pytest.raises(ProofError, match="No known key"):
        policy.judge(cosigned("X1"))


def test_a_head_of_a_log_that_is_not_listed_does_not_pass() -> None:
    other = Signer.from_bytes("else.example/log", bytes(32))
    policy = read_policy(f"log {other.verifier.vkey}\nquorum none\n".encode())
    with pytest.raises(ProofError):
        policy.judge(cosigned())
    misnamed = sign_checkpoint(HEAD, other)
    with pytest.raises(ProofError, match="not signed by that log"):
        policy.judge(misnamed)


def test_a_forged_cosignature_is_no_absent_one() -> None:
    forged = Cosigner("X1.example", Kind.ED25519, b"not the key of X1 but of another").cosign(HEAD, TIME)
    line = type(forged)(forged.name, WITNESSES["X1"].key.key_id, forged.data)
    with pytest.raises(ProofError, match="is not valid"):
        read_policy(GROUPS.encode()).judge(add_signatures(cosigned(), [line]))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("quorum X1\n", 1),
        (LINES + "quorum nobody\n", 6),
        (LINES + "quorum X1\nquorum X2\n", 7),
        (LINES + "group g 0 X1\nquorum g\n", 6),
        (LINES + "group g 2 X1\nquorum g\n", 6),
        (LINES + "group g 01 X1\nquorum g\n", 6),
        (LINES + "group g some X1\nquorum g\n", 6),
        (LINES + "group g any\nquorum g\n", 6),
        (LINES + "group g any X1 X1\nquorum g\n", 6),
        (LINES + "group g any X1\ngroup h any X1 X2\nquorum h\n", 7),
        (LINES + "group g any none\nquorum g\n", 6),
        (LINES + "group g any g\nquorum g\n", 6),
        (LINES + "group X1 any X2\nquorum X1\n", 6),
        (LINES + f"witness again {WITNESSES['X1'].key.vkey}\nquorum X1\n", 6),
        (LINES + f"witness none {MODERN.key.vkey}\nquorum X1\n", 6),
        (LOG + LOG + "quorum none\n", 2),
        (f"log {MODERN.key.vkey}\nquorum none\n", 1),
        (f"witness a {SIGNER.verifier.vkey}\nquorum a\n", 1),
        (f"log {SIGNER.verifier.vkey} https://a https://b\nquorum none\n", 1),
        ("quorum none\nbanana\n", 2),
        ("quorum none\r\n", 1),
        ("#:valid-from yesterday\nquorum none\n", 1),
        ("#:valid-form 2026-01-01T00:00:00Z\nquorum none\n", 1),
        ("#:valid-from 2026-01-01T00:00:00Z\n#:valid-from 2026-01-01T00:00:00Z\nquorum none\n", 2),
    ],
)
def test_a_malformed_policy_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ProofError) as caught:
        read_policy(text.encode())
    assert caught.value.pointer == f"line {line}"


def test_a_policy_needs_a_quorum() -> None:
    with pytest.raises(ProofError, match="no quorum"):
        read_policy(LINES.encode())


def test_names_are_octets_of_any_kind() -> None:
    text = LINES.encode().replace(b"witness X1 ", b"witness \xff\xe2\x84\xaa ") + b"quorum \xff\xe2\x84\xaa\n"
    assert read_policy(text).judge(cosigned("X1"), [SIGNER.verifier]).holds


def test_no_policy_at_all_judges_nothing() -> None:
    with pytest.raises(ProofError, match="no policy"):
        judge_by_any([], cosigned())


def test_a_name_of_other_octets_is_spelled_out_so_that_it_can_be_told() -> None:
    vkey = WITNESSES["Y1"].key.vkey.encode()
    policy = read_policy(LOG.encode() + b"witness caf\xe9 " + vkey + b"\nquorum caf\xe9\n")
    judgement = policy.judge(cosigned("Y1"))
    assert (judgement.holds, judgement.has) == (True, ("caf\\xe9",))
    assert msgspec.json.decode(msgspec.json.encode(judgement.has)) == ["caf\\xe9"]
    with pytest.raises(ProofError, match="already defined"):
        read_policy(
            b"witness caf\xe9 " + vkey + b"\nwitness caf\\xe9 " + WITNESSES["Y2"].key.vkey.encode() + b"\nquorum none\n"
        )


def test_a_check_of_a_proofs_head_tells_who_and_when() -> None:
    policies = [read_policy((LINES + "group all 2 X1 X2 X3\nquorum all\n").encode())]
    vkeys = [SIGNER.verifier.vkey]
    check = check_witnessed(policies, cosigned("X1", "X3").decode(), vkeys)
    assert (check.name, check.outcome) == ("witnesses", "passed")
    assert "Witnessed 2 of 3, 2 needed: X1.example at 2026-11-18T" in check.reason
    assert check_witnessed(policies, cosigned("X1").decode(), vkeys).outcome == "failed"
    assert check_witnessed(policies, cosigned().decode(), vkeys).reason == "Witnessed 0 of 3, 2 needed."
    assert check_witnessed(policies, cosigned("X1", "X3").decode(), []).outcome == "failed", "not signed by a known log"
    beyond = cosigned("X1", "X3", time=2**62).decode()
    assert "X1.example at second 4611686018427387904" in check_witnessed(policies, beyond, vkeys).reason
