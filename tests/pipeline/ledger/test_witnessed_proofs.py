# SPDX-License-Identifier: Apache-2.0
"""A proof is given under a head that witnesses confirmed, where there is one, though the log has gone on since."""

from __future__ import annotations

from pathlib import Path

import msgspec

from cocket import ledger
from cocket.exchange.policy_files import read_policies
from cocket.ledger.witness_policy import check_witnessed
from cocket.pipeline.ledger.cosignatures import Cosigning
from tests.exchange.test_witness_cosigning import judge, lodge, until, witnesses, write_policy
from tests.houses import build, envelope, trader
from tests.messages import declaration


def test_a_proof_is_given_under_the_newest_head_that_was_witnessed(tmp_path: Path) -> None:
    built = build(tmp_path / "home", witness_policy=str(tmp_path / "peers.policy"))
    (tmp_path / "peers.policy").write_text("quorum none\n")
    first = built.house.intake.messages.take_many([envelope(declaration("FIRST"))], principal=trader("ACME"))[0]
    size = built.sign()
    vkey = (built.settings.log_folder / ledger.KEY_FILE).read_text().strip()
    with witnesses(tmp_path, vkey, 1) as peers:
        write_policy(tmp_path / "peers.policy", peers, needed=1)
        cosigning = Cosigning(built.settings)
        assert until(cosigning, lambda: judge(built).holds)
        cosigning.close()
    for number in range(2, 300):
        lodge(built, number)
    assert built.sign() > size + 256, "the partial tiles of the witnessed head are gone"
    late = built.house.intake.messages.take_many([envelope(declaration("LATE"))], principal=trader("ACME"))[0]
    built.sign()
    policies = read_policies(built.settings.witness_policy)
    for answer, is_witnessed in ((first, True), (late, False)):
        found = built.house.queries.records.proof(trader("ACME"), answer.id)
        assert found is not None
        proof = ledger.read_proof(msgspec.json.encode(found))
        assert isinstance(proof, ledger.InclusionProof)
        assert ledger.verify_inclusion_proof(proof, vkey).holds
        assert (check_witnessed(policies, proof.checkpoint, [vkey]).outcome == "passed") is is_witnessed
    built.house.close()
