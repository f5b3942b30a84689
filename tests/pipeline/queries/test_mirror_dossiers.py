# SPDX-License-Identifier: Apache-2.0
"""A partner's records over dossiers that hold several declarations, and over days on which the places of an office are given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket.errors import PolicyError
from cocket.measures.tariff import Charge, write_tariff
from cocket.measures.tariff.book import Line
from cocket.model import (
    Amount,
    Classification,
    Commodity,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Origin,
    Packaging,
    Party,
    Reference,
    TradeTerms,
    TransportMeans,
)
from cocket.pipeline.base.access import Access, AccessRecord
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.queries.mirror import MirrorFilter, MirrorShipments
from cocket.pipeline.queries.views import DossierView
from cocket.standards import write
from tests.houses import Built, build, envelope, trader
from tests.measures.making import measure, percent, tariff
from tests.pipeline.queries.test_mirror import ANNA, PARTNER, SIONE, VEA, agreed, mirror_of, mirror_text

LEFT, CAME = date(2026, 3, 2), date(2026, 3, 20)
SHIRTS, LAPTOPS, SHOES = "61091000", "84713000", "64039900"
FIELDS = (
    '["ucrs", "transport_documents", "equipment", "exporter", "importer", "mode", "goods", "net_kg", "gross_kg", "packages", "value", '
    '"price", "origin", "terms"]'
)


def said(reference: str, flow: str, day: date, **told: Any) -> bytes:
    """A declaration of one item: an export of XB to XA, or the import of it."""
    given = {
        "ucr": f"6XB{reference}", "bill": "", "kg": "1000", "packages": 50, "price": "8000", "value": None, "hs": SHIRTS,
        "origin": "XB", "exporter": "Dorvel Weaving Ltd", "importer": "Kelmi Clothes SA", "route": ("XB", "XA"), "does": "lodges",
    } | told  # fmt: skip
    kg = Decimal(given["kg"])
    names = [Reference("UCR", given["ucr"])] if given["ucr"] else []
    names += [Reference("BL", given["bill"])] if given["bill"] else []
    item = GovernmentAgencyGoodsItem(
        sequence=1,
        commodity=Commodity(
            description="goods of trade",
            classifications=(Classification(id=given["hs"], type_code="HS"),),
            net_mass_kg=kg,
            gross_mass_kg=kg * Decimal("1.08"),
            price=Amount(Decimal(given["price"]), "EUR"),
        ),
        packaging=(Packaging(quantity=given["packages"], type_code="CT"),),
        origins=(Origin(country_code=given["origin"]),),
        statistical_value=Amount(Decimal(given["value"] or given["price"]), "EUR"),
    )
    content = write(
        Declaration(
            functional_reference=reference,
            type_code="EXA" if flow == "export" else "IMA",
            flow=flow,  # type: ignore[arg-type]
            issued=datetime.combine(day, time(9), UTC),
            shipment=GoodsShipment(
                exporter=Party(name=given["exporter"]),
                importer=Party(name=given["importer"]),
                export_country_code=given["route"][0],
                destination_country_code=given["route"][1],
                border_transport=TransportMeans(mode_code="1"),
                trade_terms=TradeTerms(code="FOB"),
                items=(item,),
            ),
            references=tuple(names),
        ),
        "wco-dm",
    )
    if given["does"] == "cancels":
        content = content.replace(b">IMA<", b">INV<").replace(b">EXA<", b">INV<")
    return content if given["does"] == "lodges" else content.replace(b"FunctionCode>9<", b"FunctionCode>13<")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=9, yellow_per_day=9, random_share=0.0)
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    agreed(made, mirror_text(FIELDS))
    yield made
    made.house.close()


def lodged(built: Built, *contents: bytes) -> set[str]:
    """Dossiers of some declarations, once they are assessed."""
    answers = built.house.intake.messages.take_many([envelope(one) for one in contents], principal=trader("ACME"))
    assert {one.outcome for one in answers} == {"accepted"}
    built.desk()
    found = (built.house.queries.records.message(SIONE, one.id) for one in answers)
    return {dossier for one in found for dossier in one.consignment_ids}


def came(built: Built, *contents: bytes) -> None:
    """The partner gives records, and dossiers that share a number with one are assessed again."""
    for content in contents:
        mirror_of(built).give_records(PARTNER, content)
    built.desk()


def seen(built: Built, dossier: str) -> DossierView:
    return built.house.queries.records.dossier(SIONE, dossier)


def advice(built: Built) -> SealedAdvice:
    return msgspec.json.decode(built.bodies("assessment")[-1], type=SealedAdvice)


SHARED: dict[str, Any] = {"ucr": "6XAWEEKLY", "route": ("XA", "XB")}


def test_every_export_of_a_dossier_is_given_and_an_amendment_takes_the_place_of_its_own_alone(built: Built) -> None:
    (dossier,) = lodged(
        built,
        said("E1", "export", LEFT, **SHARED),
        said("E2", "export", LEFT + timedelta(7), kg="400", **SHARED),
        said("E3", "export", LEFT + timedelta(14), kg="700", **SHARED),
    )
    lodged(built, said("E1", "export", LEFT, **SHARED, kg="1100", does="amends"))
    lodged(built, said("E3", "export", LEFT + timedelta(14), kg="700", **SHARED, does="cancels"))
    lodged(built, said("E4", "export", LEFT, ucr="6XAOTHER", route=("XA", "XC")))
    made, given = mirror_of(built).export_records(SIONE, "XB", date(2026, 3, 1), date(2026, 3, 31))
    assert {one.reference: str(one.net_kg) for one in given} == {"E1": "1100", "E2": "400"}
    assert len({one.id for one in given}) == 2 and {one.id.partition("/")[0] for one in given} == {dossier}
    assert (made.taken, made.left_out) == (2, {"with-another-country": 1})
    # Of other days nothing is given but what is of these days, though the dossier's newest declaration is of another.
    _, first = mirror_of(built).export_records(SIONE, "XB", LEFT, LEFT + timedelta(1))
    assert [one.reference for one in first] == ["E1"]
    _, none = mirror_of(built).export_records(SIONE, "XB", date(2026, 4, 1), date(2026, 4, 30))
    assert none == ()


def test_the_other_side_keeps_every_record_of_a_number_that_is_used_again(built: Built, tmp_path: Path) -> None:
    lodged(built, said("E1", "export", LEFT, **SHARED), said("E2", "export", LEFT + timedelta(7), kg="400", **SHARED))
    _, given = mirror_of(built).export_records(SIONE, "XB", date(2026, 3, 1), date(2026, 3, 31))
    made = mirror_of(built).give_records(PARTNER, b"\n".join(map(msgspec.json.encode, given)))
    assert (made.taken, made.changed) == (2, 0)


def test_each_import_of_a_number_that_is_used_again_is_compared_with_its_own_export(built: Built) -> None:
    came(
        built,
        said("B1", "export", LEFT, ucr="6XBSAME01"),
        said("B2", "export", LEFT + timedelta(40), ucr="6XBSAME01", hs=LAPTOPS),
    )
    (dossier,) = lodged(
        built,
        said("I1", "import", CAME, ucr="6XBSAME01"),
        said("I2", "import", CAME + timedelta(40), ucr="6XBSAME01", hs=LAPTOPS, kg="800"),
    )
    hits = {one.ours: one for one in seen(built, dossier).mirror}
    assert {ours: one.references for ours, one in hits.items()} == {("I1",): ("B1",), ("I2",): ("B2",)}
    assert hits["I1",].differences == ()
    assert [one.code for one in hits["I2",].differences] == ["mirror-net-differs", "mirror-gross-differs"]
    (reason,) = (one for one in advice(built).reasons if one.code == "partner-differs")
    assert reason.arguments["differences"].startswith("I2: The partner's export says 1000 kg net, the import 800 kg")


def test_a_number_used_again_for_goods_without_an_export_does_not_lose_the_true_match(built: Built) -> None:
    came(built, said("B1", "export", LEFT, ucr="6XBSAME01", bill="BL1"))
    (dossier,) = lodged(
        built,
        said("I1", "import", CAME, ucr="6XBSAME01", bill="BL1"),
        said("I2", "import", CAME + timedelta(17), ucr="6XBSAME01", hs=LAPTOPS, exporter="Zanfen", importer="Prilo"),
    )
    (hit,) = seen(built, dossier).mirror
    assert (hit.ours, hit.references, hit.differences) == (("I1",), ("B1",), ())


def test_parts_in_one_dossier_are_summed_and_compared_with_the_whole(built: Built) -> None:
    today = datetime.now(UTC).date()
    came(built, said("B1", "export", today - timedelta(20), ucr="6XBSAME01"))
    (dossier,) = lodged(built, said("I1", "import", today, ucr="6XBSAME01", kg="400", packages=20, price="3200"))
    (alone,) = seen(built, dossier).mirror
    assert (alone.ours, [one.code for one in alone.notes]) == (("I1",), ["mirror-part-waits"])
    assert lodged(built, said("I2", "import", today, ucr="6XBSAME01", kg="600", packages=30, price="4800")) == {dossier}
    (hit,) = seen(built, dossier).mirror
    assert (hit.ours, hit.differences) == (("I1", "I2"), ())
    assert "mirror-part-waits" not in {one.code for one in hit.notes}


def test_a_part_that_is_cancelled_leaves_the_other_to_wait(built: Built) -> None:
    came(built, said("B1", "export", LEFT, ucr="6XBSAME01"))
    parts = [
        said("I1", "import", CAME, ucr="6XBSAME01", kg="400", packages=20, price="3200"),
        said("I2", "import", CAME, ucr="6XBSAME01", kg="600", packages=30, price="4800"),
    ]
    (dossier,) = lodged(built, *parts)
    lodged(built, said("I2", "import", CAME, ucr="6XBSAME01", kg="600", packages=30, price="4800", does="cancels"))
    (hit,) = seen(built, dossier).mirror
    assert hit.ours == ("I1",)


def law() -> bytes:
    """Twelve percent on shirts, nothing on computers, seventeen on shoes of two lines; twenty of VAT on value and duty."""
    codes = {SHIRTS: "12", LAPTOPS: "0", SHOES: "17", "64039100": "17"}
    return write_tariff(
        tariff(
            *(measure("duty", percent(rate), "MFN", code=code, act="Act, s. 8") for code, rate in codes.items()),
            *(measure("vat", percent("20"), "VAT", code=code, act="Act, s. 12") for code in codes),
            lines={code: Line(code=code) for code in codes},
            currency="EUR",
            charges=(Charge(name="VAT", kind="vat", base="value + duty", act="Act, s. 12"),),
        )
    )


def owed(value: str, rate: str) -> Decimal:
    """Duty and VAT by hand."""
    duty = Decimal(value) * Decimal(rate)
    return (duty + (Decimal(value) + duty) * Decimal("0.20")).quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    ("ours", "stake", "look"),
    [
        ({"price": "5000"}, owed("8000", "0.12") - owed("5000", "0.12"), "Value"),
        # The price is 3,000 short; freight of 400 in the value for customs stays what it is.
        ({"price": "5000", "value": "5400"}, owed("8400", "0.12") - owed("5400", "0.12"), "Value"),
        ({"price": "9000"}, Decimal("0.00"), "Value"),
        ({"hs": LAPTOPS}, owed("8000", "0.12") - owed("8000", "0"), "Code"),
        ({"packages": 40}, owed("10000", "0.12") - owed("8000", "0.12"), "Quantity"),
        ({"origin": "XC"}, Decimal("0.00"), "Origin"),
    ],
)
def test_a_difference_is_told_with_the_duty_at_stake_whatever_the_lane(
    tmp_path: Path, ours: dict[str, Any], stake: Decimal, look: str
) -> None:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    try:
        made.settings.tariff_file.write_bytes(law())
        for one in (SIONE, VEA):
            made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
        agreed(made, mirror_text(FIELDS))
        (dossier,) = lodged(
            made, said("I1", "import", CAME, ucr="6XBSAME01", **ours)
        )  # its lane is given before records come
        assert advice(made).head is None
        came(made, said("B1", "export", LEFT, ucr="6XBSAME01"))
        told = advice(made)
        assert told.lane in ("green", "blue") and told.head is not None and told.head.suspicion is not None
        assert told.head.facts[0].code.startswith("mirror-")
        assert told.head.stake.amount == str(stake) and told.head.stake.currency == "EUR"
        assert told.head.suspicion.kind == look.lower()
        assert told.rank is not None and (told.rank.band, told.rank.stake) == (6, str(stake))
        view = seen(made, dossier).summary
        assert view.advice is not None and view.advice.because and view.order is None
    finally:
        made.house.close()


def test_what_is_at_stake_is_of_the_declaration_that_differs_and_of_all_parts_of_it(built: Built) -> None:
    built.settings.tariff_file.write_bytes(law())
    came(
        built,
        said("B1", "export", LEFT, ucr="6XBSAME01"),
        said("B2", "export", LEFT + timedelta(40), ucr="6XBSAME01", hs=LAPTOPS),
    )
    lodged(
        built,
        said("I1", "import", CAME, ucr="6XBSAME01", price="5000"),
        said("I2", "import", CAME + timedelta(40), ucr="6XBSAME01", hs=LAPTOPS),
    )
    head = advice(built).head
    assert head is not None and head.stake.amount == str(owed("8000", "0.12") - owed("5000", "0.12"))
    came(built, said("B3", "export", LEFT, ucr="6XBSAME03"))
    lodged(
        built,
        said("I3", "import", CAME, ucr="6XBSAME03", kg="400", packages=20, price="2000"),
        said("I4", "import", CAME, ucr="6XBSAME03", kg="600", packages=30, price="3000"),
    )
    head = advice(built).head
    assert head is not None and head.stake.amount == str(owed("8000", "0.12") - owed("5000", "0.12"))
    assert {one.id for one in head.facts[0].evidence} >= set(advice(built).message.split()) and len(
        head.facts[0].evidence
    ) == 2


def asked(built: Built, dossier: str) -> list[tuple[str, str]]:
    return [(one.ours, one.state) for one in seen(built, dossier).mirror_lone]


OTHERS = {"exporter": "Zanfen", "importer": "Prilo"}


def test_an_import_without_an_export_is_asked_about_and_waits_until_records_cover_its_time(built: Built) -> None:
    (dossier,) = lodged(built, said("I1", "import", CAME, ucr="6XBSAME01"))
    assert asked(built, dossier) == [], "a partner that gave nothing is not asked of"
    came(
        built,
        said("B8", "export", CAME - timedelta(95), hs=SHOES, **OTHERS),
        said("B9", "export", CAME - timedelta(3), hs=SHOES, **OTHERS),
    )
    (one,) = seen(built, dossier).mirror_lone
    assert (one.state, one.first, one.last) == ("waits", CAME - timedelta(90), CAME)
    assert (one.since, one.until) == (CAME - timedelta(95), CAME - timedelta(3))
    assert one.says.arguments["last_day"] == CAME.isoformat() and one.says.message.endswith("can have left")
    came(built, said("B10", "export", CAME, hs=LAPTOPS, **OTHERS))
    (one,) = seen(built, dossier).mirror_lone
    assert one.state == "missing" and one.says.message.startswith("Did the goods of {number} leave {country}?")
    came(built, said("B11", "export", CAME - timedelta(9), bill="", ucr=""))
    assert [state for _, state in asked(built, dossier)] == ["fits"]
    came(built, said("B1", "export", LEFT, ucr="6XBSAME01"))
    assert asked(built, dossier) == []


def test_an_import_from_another_country_and_each_of_a_number_used_again_is_asked_about_by_itself(built: Built) -> None:
    came(
        built,
        said("B1", "export", LEFT, ucr="6XBSAME01"),
        said("B8", "export", CAME - timedelta(95), hs=SHOES, **OTHERS),
    )
    came(built, said("B9", "export", CAME + timedelta(30), hs=SHOES, **OTHERS))
    (other,) = lodged(built, said("I9", "import", CAME, ucr="6XBSAME09", route=("XC", "XA"), hs=LAPTOPS))
    assert asked(built, other) == []
    (dossier,) = lodged(
        built,
        said("I1", "import", CAME, ucr="6XBSAME01"),
        said("I2", "import", CAME + timedelta(17), ucr="6XBSAME01", hs=LAPTOPS, **OTHERS),
    )
    assert asked(built, dossier) == [("I2", "missing")]
    assert [one.ours for one in seen(built, dossier).mirror] == [("I1",)]


def changed(built: Built, fields: str) -> None:
    """A later version of the agreement names these fields."""
    agreed(built, mirror_text(fields))
    built.desk()


def test_a_field_that_the_agreement_names_no_more_is_neither_shown_nor_used(built: Built) -> None:
    came(built, said("B1", "export", LEFT, ucr="6XBSAME01"))
    (dossier,) = lodged(built, said("I1", "import", CAME, ucr="6XBSAME01", price="5000", packages=40))
    (hit,) = seen(built, dossier).mirror
    assert [one.code for one in hit.differences] == ["mirror-packages-differ", "mirror-price-differs"]
    agreed(built, mirror_text(FIELDS.replace('"price", ', "").replace('"value", ', "")))
    # At once, before anything is assessed again, and in what is assessed again.
    for _ in range(2):
        (hit,) = seen(built, dossier).mirror
        assert [one.code for one in hit.differences] == ["mirror-packages-differ"]
        (note,) = (one for one in hit.notes if one.code == "mirror-not-named")
        assert "price" in note.arguments["fields"]
        assert "mirror-price" not in {one.code for one in hit.match.reasons} if hit.match else False
        built.desk()
    head = advice(built).head
    assert head is not None and "mirror-price-differs" not in {one.code for one in head.facts}
    (reason,) = (one for one in advice(built).reasons if one.code == "partner-differs")
    assert "price" not in reason.arguments["differences"]
    report = mirror_of(built).report(ANNA, "XB", LEFT)
    assert set(report.unnamed) == {"price", "value"} and report.imports.factor is None
    changed(built, FIELDS)
    came(built, said("B1", "export", LEFT, ucr="6XBSAME01", kg="1001"))
    (hit,) = seen(built, dossier).mirror
    assert "mirror-price-differs" in {one.code for one in hit.differences}


def test_once_an_agreement_ends_nothing_of_it_is_a_reason_any_more(built: Built) -> None:
    came(built, said("B1", "export", LEFT, ucr="6XBSAME01"))
    (dossier,) = lodged(built, said("I1", "import", CAME, ucr="6XBSAME01", price="5000"))
    given = built.house.governance.agreements.propose_end(SIONE, "betania-2026", "note of 3 March")
    built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda name: name)
    built.desk()
    assert seen(built, dossier).mirror == ()
    assert "partner-differs" not in {one.code for one in advice(built).reasons}


def world(built: Built) -> dict[str, str]:
    """Three shipments that differ, two that agree, an import and an export alone; reference → dossier."""
    came(
        built,
        *(said(f"B{n}", "export", LEFT, ucr=f"6XBSAME0{n}", kg=str(900 + n)) for n in range(1, 6)),
        said("B7", "export", LEFT, ucr="6XBSAME07", hs=SHOES, **OTHERS),
        said("B8", "export", CAME - timedelta(95), hs=SHOES, **OTHERS),
        said("B9", "export", CAME + timedelta(1), hs=SHOES, **OTHERS),
    )
    found = {}
    for n in range(1, 6):
        import_of = said(f"I{n}", "import", CAME, ucr=f"6XBSAME0{n}", kg=str(900 + n), packages=50 - (n < 4))
        (found[f"I{n}"],) = lodged(built, import_of)
    (found["I6"],) = lodged(
        built, said("I6", "import", CAME, ucr="6XBSAME06", hs=LAPTOPS, exporter="Mobrin", importer="Tasqel")
    )
    return found


def test_each_shipment_that_a_month_counts_can_be_listed_and_opened(built: Built) -> None:
    dossiers = world(built)
    report = mirror_of(built).report(ANNA, "XB", LEFT)
    assert report.imports.differing == 3

    def listed(state: str, **more: Any) -> MirrorShipments:
        return mirror_of(built).shipments(ANNA, "XB", LEFT, MirrorFilter(state=state, **more))  # type: ignore[arg-type]

    for flow, states in (("export", report.imports.export_states), ("import", report.imports.import_states)):
        for state, count in states.items():
            assert listed(state, flow=flow).total == count, (flow, state)
    differing = listed("differing")
    assert {one.ours for one in differing.shipments} == {((dossiers[f"I{n}"], f"I{n}"),) for n in (1, 2, 3)}
    assert all(
        [each.code for each in one.differences] == ["mirror-packages-differ"]
        and one.theirs == (f"B{one.ours[0][1][1]}",)
        for one in differing.shipments
    )
    parts = [listed("differing", offset=offset, limit=2) for offset in (0, 2, 4)]
    assert [len(one.shipments) for one in parts] == [2, 1, 0] and {one.total for one in parts} == {3}
    assert (*parts[0].shipments, *parts[1].shipments) == differing.shipments
    (alone,) = listed("missing", flow="import").shipments
    assert (alone.ours, alone.theirs) == (((dossiers["I6"], "I6"),), ())
    assert {one.theirs for one in listed("missing", flow="export").shipments} == {("B7",), ("B9",)}
    assert listed("differing", side="exports").total == 0
    assert mirror_of(built).shipments(ANNA, "XB", date(2026, 7, 1), MirrorFilter()).total == 0
    with pytest.raises(PolicyError):
        mirror_of(built).shipments(msgspec.structs.replace(ANNA, office="XAPRT001"), "XB", LEFT, MirrorFilter())


def test_a_list_shows_a_shipment_only_to_who_may_read_its_dossier_and_seals_each_that_it_shows(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossiers = world(built)
    before = len(built.bodies("look"))
    found = mirror_of(built).shipments(ANNA, "XB", LEFT, MirrorFilter())
    (look,) = [msgspec.json.decode(one, type=AccessRecord) for one in built.bodies("look")[before:]]
    assert set(look.subjects) >= {dossiers[name] for name in ("I1", "I2", "I3")} and found.hidden == 0
    seen_advice = Access.seen_advice
    foreign = UUID(dossiers["I2"])

    def of_another_office(self: Access, *given: Any) -> set[UUID]:
        return seen_advice(self, *given) - {foreign}

    monkeypatch.setattr(Access, "seen_advice", of_another_office)
    found = mirror_of(built).shipments(ANNA, "XB", LEFT, MirrorFilter())
    assert (found.total, found.hidden) == (2, 1)
    assert str(foreign) not in msgspec.json.encode(found).decode()
