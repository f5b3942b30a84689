# SPDX-License-Identifier: Apache-2.0
"""What goods need, and what is worth what is presented."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.measures.permits import (
    Hold,
    Item,
    Paper,
    PermitName,
    Scope,
    Taken,
    colour_of,
    colours,
    items_of,
    match,
    matrix_of,
    present,
    required,
    within,
    worst,
)
from cocket.measures.permits.scope import covers, one_covers, one_of
from cocket.measures.tariff import Line, Rates, Tariff
from cocket.model import (
    AdditionalDocument,
    Amount,
    Classification,
    Commodity,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    GovernmentProcedure,
    Origin,
    Party,
)
from tests.measures.permit_making import DAY, MATRIX, item, matched, permit, verdict


def names(one: Item, **fields: Any) -> dict[str, bool]:
    """Requirements that an item meets (True) or may meet (False)."""
    return {need.requirement.code: need.is_certain for need in required(one, MATRIX, **fields)}


@pytest.mark.parametrize(
    ("pattern", "code", "expected"),
    [
        ("0302", "03021100", True),
        ("0302", "0303", False),
        ("0302", "03", None),
        ("2844-2846", "28461000", True),
        ("2844-2846", "2847", False),
        ("2844-2846", "2843", False),
        ("2844-2846", "28", None),
        ("01-05", "0511", True),
        ("0100-0199", "01", True),
        ("010000", "01", None),
    ],
)
def test_a_code_is_within_a_pattern_outside_it_or_too_short_to_tell(
    pattern: str, code: str, expected: bool | None
) -> None:
    assert covers(pattern, code) is expected


@given(st.text("0123456789", min_size=2, max_size=10), st.integers(1, 10), st.text("0123456789", max_size=4))
def test_a_prefix_covers_whatever_begins_with_it_and_a_range_of_one_is_the_prefix(
    code: str, length: int, rest: str
) -> None:
    prefix = code[:length]
    assert covers(prefix, code) is True
    assert covers(f"{prefix}-{prefix}", code + rest) is True
    assert covers(code + "1", code) is None


@given(
    st.lists(st.text("0123456789", min_size=4, max_size=4), min_size=2, max_size=2),
    st.text("0123456789", min_size=4, max_size=8),
)
def test_a_range_covers_what_lies_between_its_ends(ends: list[str], code: str) -> None:
    low, high = sorted(ends)
    assert covers(f"{low}-{high}", code) is (low <= code[:4] <= high)


@given(
    st.lists(st.from_regex(r"[0-9]{1,5}(-[0-9]{1,5})?", fullmatch=True), max_size=6).map(tuple),
    st.text("0123456789", min_size=1, max_size=6),
)
def test_many_patterns_together_answer_as_each_by_itself(patterns: tuple[str, ...], code: str) -> None:
    assert one_covers(patterns, code) is one_of(patterns, (code,), covers)


def test_a_need_says_what_of_the_item_brought_it_about() -> None:
    (need,) = required(item(), MATRIX)
    assert (need.requirement.code, need.is_certain) == ("cites", True)
    assert need.why == ("code 41032000", "flow import")


def test_who_is_left_out_needs_nothing_and_goods_of_two_origins_are_left_out_only_by_both() -> None:
    assert names(item(origins=("XA",))) == {}
    assert names(item(origins=("XA", "XB"))) == {}
    assert names(item(origins=("XA", "XC"))) == {"cites": True}
    assert names(item(code="84021000", flow="export", destination="XB")) == {}
    assert names(item(code="84021000", flow="export", destination="XC")) == {"dual-use": True}


def test_what_is_not_stated_leaves_a_need_open_and_says_what_is_missing() -> None:
    open_item = item(code="41", origins=(), flow=None)
    found = match([open_item], MATRIX).items[0].needs[0]
    assert (found.verdict, found.missing) == ("unknown", ("code", "flow", "origin"))
    assert verdict(code="41", papers=()).findings[0].code == "permit-need-undecided"
    (need,) = required(open_item, MATRIX)
    assert (need.is_certain, need.missing) == (False, ("code", "flow", "origin"))
    assert names(item(code="4104", origins=(), flow=None)) == {}, "one no settles it"


def test_thresholds_are_passed_by_more_than_their_number_in_whatever_unit_converts() -> None:
    for quantities, expected in (
        ({"KGM": Decimal(25)}, {}),
        ({"TNE": Decimal("0.0250001")}, {"waste": True}),
        ({"LTR": Decimal(900)}, {"waste": False}),
        ({}, {"waste": False}),
        ({"KGM": Decimal("NaN")}, {"waste": False}),
    ):
        assert names(item(code="3825", procedure="4000", quantities=quantities)) == expected
    assert names(item(code="3825", procedure="7100", quantities={"KGM": Decimal(99)})) == {}


def test_a_threshold_of_value_needs_a_rate_for_another_currency_and_makes_none_up() -> None:
    rates = Rates("EUR", [("XAF", date(2026, 1, 1), Decimal("0.002"))])
    goods = item(code="3004", value=Decimal(600000), currency="XAF")
    assert names(goods) == {"medicines": False}
    assert names(goods, rates=rates) == {"medicines": True}
    assert names(item(code="3004", value=Decimal(1000))) == {}


def test_a_requirement_has_its_days_and_its_parties() -> None:
    goods = item(code="3004", value=Decimal(5000))
    assert names(goods) == {"medicines": True}
    assert names(goods, day=date(2025, 12, 31)) == {}
    assert names(item(code="3004", value=Decimal(5000), parties={"importer": "T1", "consignee": "HOSPITAL"})) == {}
    assert names(item(code="3004", value=Decimal(5000), parties={})) == {"medicines": False}


FAULTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "expired": ({"valid_to": date(2026, 7, 31)}, {}),
    "not-yet-valid": ({"valid_from": date(2026, 8, 2)}, {}),
    "wrong-commodity": ({"codes": ("0106",)}, {}),
    "wrong-origin": ({"origins": ("XD",)}, {}),
    "wrong-destination": ({"destinations": ("XA",)}, {"destination": "XC"}),
    "wrong-holder": ({"holder": "T2"}, {}),
    "quantity-exceeded": ({"quantity": Decimal("19.999999")}, {}),
    "value-exceeded": ({"value": Decimal("499.99"), "currency": "EUR"}, {}),
    "uses-exceeded": ({"uses": 2, "taken": Taken(uses=2)}, {}),
    "suspended": ({"status": "suspended"}, {}),
    "withdrawn": ({"status": "withdrawn"}, {}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_stands_against_a_permit_is_named_with_code_pointer_and_values(name: str) -> None:
    of_permit, of_item = FAULTS[name]
    found = verdict(permit(**of_permit), **of_item)
    assert found.verdict == name
    assert [(one.code, one.severity, one.pointer) for one in found.findings] == [
        (f"permit-{name}", "error", "42A/67A[1]/68A[1]")
    ]
    assert found.draws == ()


NEAR: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "last day": ({"valid_to": DAY}, {}),
    "first day": ({"valid_from": DAY}, {}),
    "any goods": ({"codes": ()}, {}),
    "any origin": ({"origins": ()}, {}),
    "any holder": ({"holder": None}, {}),
    "holder as consignee": ({}, {"parties": {"importer": "T9", "consignee": "T1"}}),
    "exact quantity": ({"quantity": Decimal(20)}, {}),
    "exact value": ({"value": Decimal(500), "currency": "EUR"}, {}),
    "last use": ({"uses": 2, "taken": Taken(uses=1)}, {}),
    "another unit": ({"quantity": Decimal("0.02"), "unit": "TNE"}, {}),
    "no limit": ({"quantity": None, "unit": None}, {"quantities": {}}),
}


@pytest.mark.parametrize("name", NEAR)
def test_what_is_just_within_satisfies(name: str) -> None:
    of_permit, of_item = NEAR[name]
    found = verdict(permit(**of_permit), **of_item)
    assert (found.verdict, found.findings) == ("satisfied", ())
    assert [draw.permit for draw in found.draws] == [PermitName("wildlife", "C400", "AB12")]


OPEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "permit-goods-unknown": ({"codes": (), "goods": "SKINS"}, {}),
    "permit-origin-unknown": ({}, {"origins": ()}),
    "permit-destination-unknown": ({"destinations": ("XA",)}, {}),
    "permit-holder-unknown": ({}, {"parties": {"declarant": "T1"}}),
    "permit-quantity-unknown": ({}, {"quantities": {"LTR": Decimal(5)}}),
    "permit-value-unknown": ({"value": Decimal(9), "currency": "XAF"}, {}),
}


@pytest.mark.parametrize("code", OPEN)
def test_what_is_not_stated_makes_a_permit_neither_good_nor_bad(code: str) -> None:
    of_permit, of_item = OPEN[code]
    found = verdict(permit(**of_permit), **of_item)
    assert found.verdict == "undecided"
    assert [(one.code, one.severity) for one in found.findings] == [(code, "warning")]


def test_unknown_missing_and_unnumbered_are_three_things() -> None:
    assert [(verdict(**fields).verdict, verdict(**fields).findings[0].severity) for fields in (
        {}, {"papers": ()}, {"papers": (Paper(code="C400"),)}, {"papers": (Paper(code="N380", number="AB12"),)}
    )] == [("unknown", "warning"), ("missing", "error"), ("number-missing", "error"), ("missing", "error")]  # fmt: skip


def test_an_exemption_is_claimed_by_a_waiver_code_or_by_status() -> None:
    for paper in (Paper(code="Y900"), Paper(code="C400", status="XX")):
        found = verdict(papers=(paper,))
        assert (found.verdict, [one.severity for one in found.findings]) == ("exempt", ["info"])
    assert verdict(papers=(Paper(code="C400", number="1", status="AE"),)).verdict == "unknown"


def test_a_paper_that_no_register_keeps_is_good_for_the_days_of_its_requirement() -> None:
    def waste(issued: date | None) -> str:
        papers = (Paper(code="C669", number="7", issued=issued),)
        return verdict(code="3825", procedure="4000", quantities={"KGM": Decimal(99)}, papers=papers).verdict

    assert [waste(day) for day in (None, date(2026, 7, 2), date(2026, 7, 1))] == ["satisfied", "satisfied", "expired"]


def test_items_share_a_permit_in_order_and_a_declaration_is_one_use() -> None:
    items = tuple(item(number=n, quantities={"KGM": Decimal(60)}) for n in (1, 2))
    found = matched(permit(uses=1), items=items)
    assert [one.needs[0].verdict for one in found.items] == ["satisfied", "quantity-exceeded"]
    exceeded = found.items[1].needs[0].findings[0]
    assert (exceeded.expected, exceeded.found) == ("40 KGM", "60 KGM")
    assert [(draw.item, draw.quantity) for draw in found.draws] == [(1, Decimal(60))]
    assert [one.needs[0].verdict for one in matched(permit(uses=1, quantity=Decimal(120)), items=items).items] == [
        "satisfied",
        "satisfied",
    ]


def test_what_a_paper_says_is_written_off_and_two_may_cover_an_item_between_them() -> None:
    def papers(*quantities: str) -> tuple[Paper, ...]:
        told = zip(("AB12", "CD34"), quantities, strict=False)
        return tuple(Paper(code="C400", number=number, quantity=Decimal(text), unit="KGM") for number, text in told)

    other = permit(number="CD34")
    assert verdict(permit(), other, papers=papers("12", "8")).verdict == "satisfied"
    short = verdict(permit(), other, papers=papers("12", "7.5"))
    assert (short.verdict, short.findings[0].expected, short.findings[0].found) == (
        "quantity-short",
        "19.5 KGM",
        "20 KGM",
    )
    assert [draw.quantity for draw in verdict(permit(), other, papers=papers("12", "8")).draws] == [
        Decimal(12),
        Decimal(8),
    ]


def test_the_same_permit_named_twice_is_drawn_once_unless_each_says_how_much() -> None:
    twice = (Paper(code="C400", number="AB12"),) * 2
    assert [draw.quantity for draw in matched(permit(), papers=twice).draws] == [Decimal(20)]
    parts = tuple(Paper(code="C400", number="AB12", quantity=Decimal(n)) for n in (15, 5))
    assert [draw.quantity for draw in matched(permit(), papers=parts).draws] == [Decimal(20)]


def test_the_line_of_a_permit_that_suits_the_goods_is_taken() -> None:
    lines = (permit(codes=("0106",)), permit(line=2, quantity=Decimal(1)), permit(line=3))
    assert [draw.permit.line for draw in matched(*lines).draws] == [3]
    assert verdict(*lines[:2]).verdict == "quantity-exceeded"


def test_a_good_paper_stands_and_a_bad_one_beside_it_is_told() -> None:
    papers = (Paper(code="C400", number="OLD"), Paper(code="C400", number="AB12"))
    found = verdict(permit(number="OLD", valid_to=date(2026, 1, 2)), permit(), papers=papers)
    assert found.verdict == "satisfied"
    assert [(one.code, one.severity) for one in found.findings] == [("permit-expired", "warning")]


def test_a_number_of_two_agencies_is_ambiguous_unless_the_paper_says_whose_it_is() -> None:
    mine, other = permit(), permit(agency="fisheries")
    assert verdict(mine, other).verdict == "ambiguous"
    named = (Paper(code="C400", number="AB12", issuer="wildlife"),)
    assert verdict(mine, other, papers=named).verdict == "satisfied"
    assert verdict(other).verdict == "unknown", "the permit of another agency is none that this one knows"


def test_the_licence_of_a_sad_is_found_by_its_number_and_counted_in_the_permits_unit() -> None:
    papers = (Paper(code="licence", number="ab-12", quantity=Decimal(3), value=Decimal(40)),)
    found = matched(permit(number="AB-12", value=Decimal(50), currency="XAF"), papers=papers)
    assert found.items[0].needs[0].verdict == "quantity-short"
    assert [(draw.quantity, draw.value) for draw in found.draws] == [(Decimal(3), Decimal(40))]


def test_a_permit_that_nothing_asks_for_is_written_off_and_its_faults_are_told() -> None:
    found = matched(permit(codes=()), code="9503", papers=(Paper(code="C400", number="AB12"),))
    assert (found.items[0].needs, len(found.draws)) == ((), 1)
    bad = matched(permit(codes=(), status="withdrawn"), code="9503")
    assert [one.code for one in bad.findings] == ["permit-withdrawn"]


def test_a_paper_for_the_whole_declaration_need_not_be_for_each_item() -> None:
    paper = Paper(code="C400", number="AB12", quantity=Decimal(999), is_for_all=True, pointer="42A/02A[1]")
    items = (item(papers=(paper,)), item(number=2, code="9503", papers=(paper,)))
    presented = present(items, [permit()])
    assert [(draw.item, draw.quantity) for draw in presented.draws] == [(1, Decimal(20))]
    assert presented.refusals == ()
    assert matched(permit(), items=items).all_findings == ()


def test_numbers_that_cannot_be_are_named_and_as_good_as_not_stated() -> None:
    for number in ("-1", "NaN", "Infinity", "1E+400"):
        found = matched(permit(), quantities={"KGM": Decimal(number)})
        assert found.findings[0].code == "permit-number-not-possible"
        assert found.items[0].needs[0].verdict == "undecided"
    paper = Paper(code="C400", number="AB12", quantity=Decimal(-5))
    assert present([item(papers=(paper,))], [permit()]).refusals[0].code == "permit-number-not-possible"


def test_a_declaration_gives_its_items_with_the_papers_of_the_whole_behind_their_own() -> None:
    goods = GovernmentAgencyGoodsItem(
        sequence=1,
        commodity=Commodity(
            classifications=(
                Classification(id="4103.20 00", type_code="TSP"),
                Classification(id="10", type_code="TRC"),
            ),
            net_mass_kg=Decimal(20),
        ),
        origins=(Origin(country_code="xc"),),
        procedure=GovernmentProcedure(current="40", previous="00"),
        customs_value=Amount(Decimal(500), "EUR"),
        documents=(
            AdditionalDocument(
                category_code="C", type_code="400", id="AB12", quantity=Decimal(20), quantity_unit="KGM"
            ),
        ),
        consignee=Party(id="T1"),
    )
    shipment = GoodsShipment(items=(goods,), documents=(AdditionalDocument(type_code="N380", id="I1"),))
    declaration = Declaration(flow="import", shipment=shipment, documents=(AdditionalDocument(type_code="Y900"),))
    (found,) = items_of(declaration, DAY)
    assert (found.code, found.origins, found.procedure, found.parties) == (
        "4103200010",
        ("XC",),
        "4000",
        {"consignee": "T1"},
    )
    assert [(one.code, one.pointer, one.is_for_all) for one in found.papers] == [
        ("C400", "42A/67A[1]/68A[1]/02A[1]", False),
        ("N380", "42A/67A[1]/02A[1]", True),
        ("Y900", "42A/02A[1]", True),
    ]
    assert match([found], MATRIX, [permit()]).items[0].needs[0].verdict == "satisfied"


@pytest.mark.parametrize(
    ("own", "of_all", "said"), [("XA", "XB", "XA"), (None, "XB", "XB"), ("XA", None, "XA"), (None, None, None)]
)
def test_an_item_goes_where_it_says_or_else_where_all_go(own: str | None, of_all: str | None, said: str | None) -> None:
    goods = GovernmentAgencyGoodsItem(sequence=1, destination_country_code=own)
    shipment = GoodsShipment(items=(goods,), destination_country_code=of_all)
    (found,) = items_of(Declaration(flow="export", shipment=shipment), DAY)
    assert found.destination == said


def test_the_laws_on_the_lines_of_a_tariff_are_a_matrix() -> None:
    tariff = Tariff(
        name="jp",
        edition="2026",
        currency="JPY",
        lines={
            "030211000": Line(code="030211000", laws=("FD", "IQ")),
            "410320000": Line(code="410320000", laws=("WA", "FD")),
        },
        laws={"FD": "food office: notification"},
    )
    matrix = matrix_of(tariff)
    assert [one.code for one in matrix.requirements] == ["FD", "IQ", "WA"]
    assert matrix.requirements[0].scope == Scope(codes=("030211000", "410320000"), flows=("import",))
    found = match([item(code="030211000", papers=())], matrix).items[0].needs
    assert [(one.requirement, one.verdict, one.says) for one in found] == [
        ("FD", "undecided", "food office: notification"),
        ("IQ", "undecided", ""),
    ]
    assert {one.findings[0].code for one in found} == {"permit-paper-unrecognised"}
    detailed = matrix_of(tariff, {"FD": MATRIX.requirements[0]}).requirements[0]
    assert (detailed.code, detailed.papers, detailed.scope.codes) == ("FD", ("C400",), ("030211000", "410320000"))


def test_the_colour_of_an_agency_is_its_worst_verdict_unless_it_speaks_itself() -> None:
    good, unknown, bad = matched(permit()), matched(), matched(papers=())
    assert [worst(colours(one)) for one in (good, unknown, bad)] == [
        {"wildlife": "green"},
        {"wildlife": "yellow"},
        {"wildlife": "red"},
    ]
    held = Hold(agency="food", is_held=True, reason="sample taken")
    assert worst(colours(good, [held])) == {"wildlife": "green", "food": "red"}
    released = Hold(agency="wildlife", is_held=False, reason="seen")
    assert worst(colours(bad, [released])) == {"wildlife": "green"}
    assert [colour_of(one.verdict for one in each.items[0].needs) for each in (good, unknown, bad)] == [
        "green", "yellow", "red",
    ]  # fmt: skip
    again = Hold(agency="wildlife", item=1, is_held=True, reason="wrong species")
    assert colours(bad, [released, again])[0].why == ("held: wrong species",)


@given(
    quantity=st.decimals(0, 200, places=3),
    taken=st.decimals(0, 100, places=3),
    day=st.dates(date(2025, 6, 1), date(2027, 6, 1)),
    origin=st.sampled_from(["XC", "XD", None]),
    holder=st.sampled_from(["T1", "T2", None]),
)
def test_a_permit_satisfies_exactly_if_nothing_stands_against_it(
    quantity: Decimal, taken: Decimal, day: date, origin: str | None, holder: str | None
) -> None:
    goods = item(day=day, origins=(origin,) if origin else (), quantities={"KGM": quantity})
    found = match([goods], MATRIX, [permit(holder=holder, taken=Taken(quantity=taken))]).items[0].needs[0]
    is_good = (
        date(2026, 1, 1) <= day <= date(2026, 12, 31)
        and origin == "XC"
        and holder in ("T1", None)
        and taken + quantity <= 100
    )
    assert (found.verdict == "satisfied") is is_good
    assert bool(found.findings) is not is_good
    if is_good:
        assert [draw.quantity for draw in found.draws] == [quantity]


@given(st.lists(st.decimals(0, 60, places=2), max_size=8), st.decimals(0, 100, places=2))
def test_what_a_declaration_draws_never_passes_what_is_left(quantities: list[Decimal], taken: Decimal) -> None:
    items = [item(number=n, quantities={"KGM": q}) for n, q in enumerate(quantities, start=1)]
    found = match(items, MATRIX, [permit(taken=Taken(quantity=taken))])
    assert taken + sum(draw.quantity or 0 for draw in found.draws) <= 100
    satisfied = [one.item for one in found.items if one.needs[0].verdict == "satisfied"]
    assert satisfied == [draw.item for draw in found.draws]


@given(
    flow=st.sampled_from(["import", "export", None]),
    origin=st.sampled_from(["XA", "XC", None]),
    code=st.sampled_from(["4103", "41", "0106", "9999", None]),
    rest=st.sampled_from(["20", "90"]),
)
def test_learning_more_never_turns_a_certain_answer(
    flow: str | None, origin: str | None, code: str | None, rest: str
) -> None:
    def answer(flow: str | None, origin: str | None, code: str | None) -> bool | None:
        goods = item(flow=flow, origins=(origin,) if origin else (), code=code)
        return within(MATRIX.requirements[0].scope, goods, MATRIX.areas).holds

    before = answer(flow, origin, code)
    if before is not None:
        assert answer(flow or "import", origin or "XC", (code or "4103") + rest) is before
