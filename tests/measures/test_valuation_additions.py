# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cocket.measures.valuation import Particulars, further_questions, inquiry_of, particulars
from cocket.measures.valuation.additions import RULES
from cocket.measures.valuation.indicator import Indication
from cocket.measures.valuation.inquiry import _ANSWERED_BY, PAPERS
from cocket.model import (
    Amount,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Party,
    TradeTerms,
    ValuationCharges,
    ValueDeclaration,
    ValuedInvoice,
)
from cocket.model.value_declaration import ConvertedAmount

EVERY = frozenset({"commissions", "containers_and_packing", "tools", "royalties", "proceeds", "transport", "insurance"})


def codes(**known: Any) -> list[str]:
    """What is left open where every sum is stated, but for what the test says."""
    return [one.code for one in further_questions(Particulars(**{"sums": EVERY, **known}))]


def form(**answers: Any) -> ValueDeclaration:
    return ValueDeclaration(**{"has_royalties": False, **answers})


def test_where_all_is_stated_nothing_is_open() -> None:
    assert codes(form=form(), terms="FOB", seller="A", buyer="B") == []


@pytest.mark.parametrize(
    ("hit", "near", "code"),
    [
        ({"is_related": True}, {"is_related": True, "relation_influenced_price": False}, "relation-not-explained"),
        (
            {"has_restrictions": True},
            {"has_restrictions": True, "conditions_details": "x"},
            "restrictions-not-explained",
        ),
        ({"has_conditions": True}, {"has_conditions": False}, "conditions-not-explained"),
    ],
)
def test_an_answer_that_calls_for_more_is_asked_about(hit: dict[str, Any], near: dict[str, Any], code: str) -> None:
    assert codes(form=form(**hit)) == [code]
    assert codes(form=form(**near)) == []


@pytest.mark.parametrize(
    ("answer", "sum_", "code"),
    [("has_royalties", "royalties", "royalties-not-added"), ("has_resale_proceeds", "proceeds", "proceeds-not-added")],
)
def test_what_is_said_to_be_due_and_not_added_is_asked_about(answer: str, sum_: str, code: str) -> None:
    assert codes(form=form(**{answer: True}), sums=EVERY - {sum_}) == [code]
    assert codes(form=form(**{answer: True})) == []
    assert code not in codes(form=form(**{answer: None}), sums=EVERY - {sum_})


@pytest.mark.parametrize(
    ("terms", "sums", "open_"),
    [
        ("FOB", {"transport", "insurance"}, ["carriage-not-added", "insurance-not-added"]),
        ("CFR", {"transport", "insurance"}, ["insurance-not-added"]),
        ("CIF", {"transport", "insurance"}, []),
        (None, {"transport", "insurance"}, []),
        ("EXW", {"insurance"}, ["insurance-not-added"]),
    ],
)
def test_terms_that_leave_out_carriage_need_its_cost(terms: str | None, sums: set[str], open_: list[str]) -> None:
    assert codes(form=form(), terms=terms, sums=EVERY - sums) == open_


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("commissions", "commissions-not-stated"),
        ("containers_and_packing", "packing-not-stated"),
        ("tools", "assists-not-stated"),
    ],
)
def test_what_is_only_not_stated_is_a_note(missing: str, code: str) -> None:
    found = further_questions(Particulars(form=form(), sums=EVERY - {missing}))
    assert [(one.code, one.severity) for one in found] == [(code, "info")]


def test_without_a_form_royalties_are_an_open_question() -> None:
    assert codes(sums=EVERY - {"royalties"}) == ["royalties-not-stated"]
    assert codes() == []


def test_buyer_and_seller_of_one_name_are_asked_whether_they_are_related() -> None:
    assert codes(form=form(), seller="ACME", buyer="ACME") == ["relation-not-stated"]
    assert codes(form=form(is_related=True, relation_influenced_price=False), seller="ACME", buyer="ACME") == []
    assert codes(form=form(), seller=None, buyer=None) == []


def test_particulars_come_from_declaration_and_form_together() -> None:
    declaration = Declaration(
        shipment=GoodsShipment(
            exporter=Party(name="Acme Ltd."),
            importer=Party(id="X1", name="Other"),
            trade_terms=TradeTerms(code="fob"),
            items=(
                GovernmentAgencyGoodsItem(charges={"insurance": Amount(Decimal(3)), "other_cost": Amount(Decimal(0))}),
            ),
        ),
        valuation=ValuationCharges(charges={"external_freight": Amount(Decimal(5))}),
    )
    invoice = ValuedInvoice(additions={"tools": ConvertedAmount(amount=Amount(Decimal(1)))})
    known = particulars(declaration, form(buyer=Party(name="ACME LTD"), invoices=(invoice,)))
    assert (known.terms, known.seller, known.buyer) == ("FOB", "ACMELTD", "ACMELTD")
    assert known.sums == {"insurance", "external_freight", "tools"}
    assert particulars(None) == Particulars()


def test_a_contradiction_is_reason_to_ask_and_a_mere_silence_is_not() -> None:
    usual = Indication(outcome="nothing-unusual")
    silent = further_questions(Particulars(form=form()))
    asked = inquiry_of(usual, further_questions(Particulars(form=form(is_related=True), sums=EVERY)))
    assert inquiry_of(usual, silent) is None
    assert asked is not None
    assert asked.papers == ("relation",)


def test_every_question_reads_as_one_and_names_the_papers_that_answer_it() -> None:
    for rule, _ in RULES:
        code = rule.__name__.replace("_", "-")
        assert set(_ANSWERED_BY[code]) <= set(PAPERS)
        assert "Source:" in (rule.__doc__ or "")
        assert (rule.__doc__ or "").split("\n\n", 1)[0].strip().endswith("?")
