# SPDX-License-Identifier: Apache-2.0
"""A document of title on the dossier's page: whether it is whole, and apart from that, where its title stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from cocket.exchange.chain import Chain, node_at
from cocket.exchange.title_chain import TokenRegistry
from cocket.workbench import build_app
from tests.exchange.chains import ACCOUNTS, anvil, artefacts
from tests.houses import Built, build
from tests.pipeline.credentials.test_titles import HEAD, act, consignment_with_bill
from tests.workbench.base.test_real_instance import PASSWORD, text_of
from tests.workbench.conftest import served

ISSUER, OWNER = ACCOUNTS[:2]


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home", administration="Alphaland Customs", log_origin="customs-a.invalid/log")
    made.house.governance.accounts.put_officer("officer", "Officer", "officer", None, PASSWORD)
    yield made
    made.house.close()


def test_a_whole_document_whose_title_was_burned_does_not_look_in_force(built: Built) -> None:
    token = sha256(b"bill on a page").hexdigest()
    with anvil() as url, node_at(url) as ask, served(build_app(built.house)) as address:
        chain = Chain(ask)
        registry = TokenRegistry.deploy(chain, ISSUER, artefacts(), "Bills", "BL")
        consignment, _ = consignment_with_bill(built, registry.address, token, chain.chain_id)

        def shown() -> str:
            with httpx.Client(base_url=address, headers={"origin": address}) as client:
                client.post("/sign-in", data={"name": "officer", "password": PASSWORD})
                page = client.get(f"/consignments/{consignment}").text
            found = re.search(r'<section class="law titles".*?</section>', page, re.DOTALL)
            assert found
            return found[0]

        assert 'data-force="None"' in shown()
        assert "Never asked" in text_of(shown())
        act(registry, ISSUER, token, "mint", beneficiary=OWNER.address, holder=OWNER.address)
        built.house.credentials.titles.follow_titles(HEAD, consignment, chain)
        assert 'data-standing="in-force" data-force="True"' in shown()
        assert OWNER.address in text_of(shown())
        act(registry, OWNER, token, "returnToIssuer")
        act(registry, ISSUER, token, "burn")
        built.house.credentials.titles.follow_titles(HEAD, consignment, chain)
        assert 'data-standing="burned" data-force="False"' in shown()
        words = text_of(shown())
        assert "Burned The title was surrendered and burned" in words
        assert "Yes" in words


def test_a_dossier_without_a_document_of_title_says_nothing_of_title(built: Built) -> None:
    from tests.messages import declaration
    from tests.pipeline.credentials.test_titles import lodge

    declared = lodge(built, declaration("R1"))
    (consignment,) = built.house.queries.records.message(HEAD, declared.id).consignment_ids
    with (
        served(build_app(built.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}) as client,
    ):
        client.post("/sign-in", data={"name": "officer", "password": PASSWORD})
        assert "Title to the goods" not in client.get(f"/consignments/{consignment}").text
