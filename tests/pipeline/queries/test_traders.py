# SPDX-License-Identifier: Apache-2.0
"""Traders, and the search that leads to them: what is counted, what is found, and what another office is not told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from cocket import standards
from cocket.governance import Principal
from cocket.model import (
    Amount,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    HostStatus,
    Party,
)
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.consignment.marks import ensure_marks, fill_marks
from cocket.pipeline.control.views import NewResult
from cocket.pipeline.operations.derived_sets import MARKS_OF_DOSSIERS
from cocket.pipeline.queries.traders import TraderView
from cocket.stores.consignment.marks import _beginning, _begins, words_query
from tests.houses import Built, build, envelope, officer

HEAD, ANALYST = officer("supervisor"), officer("analyst")
HOST = Principal(id="host", kind="key", roles=("host",), senders=("HOST",))
NEAR, FAR = officer("officer", "XA110000"), officer("officer", "XB220000")
ADDRESS = ("12 Harbour Street", "Port Alpha")


def lodged(
    number: int,
    importer: tuple[str, str],
    *,
    hs: str = "84181010",
    value: str = "1000",
    office: str = "XA110000",
    **more: object,
) -> bytes:
    """A declaration of 100 kg by an importer, as a number and a name."""
    item = GovernmentAgencyGoodsItem(
        sequence=1,
        customs_value=Amount(Decimal(value), "XTS"),
        commodity=Commodity(
            description=str(more.get("words", "household refrigerators")),
            classifications=(Classification(id=hs),),
            net_mass_kg=Decimal(100),
            gross_mass_kg=Decimal(110),
        ),
    )
    told = Declaration(
        functional_reference=f"L{number:06}",
        type_code="IM 4",
        office=CustomsOffice(code=office),
        declarant=Party(id="XA9000001", name="QUICKCLEAR AGENTS"),
        flow="import",
        status=HostStatus(
            registration=f"C {1000 + number} 2026-{1 + number % 9:02}-03", registered=date(2026, 1 + number % 9, 3)
        ),
        shipment=GoodsShipment(
            importer=Party(id=importer[0], name=importer[1], address=tuple(more.get("address", ()))),  # type: ignore[arg-type]
            seller=Party(name="ELMMAR INDUSTRIES"),
            items=(item,),
        ),
    )
    return standards.write(told, "asycuda-sad")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("house"))
    baltine, ostrel = ("XA7730118", "BALTINE AND SONS"), ("XA7730999", "OSTREL IMPORT")
    contents = [lodged(n, baltine, value=str(1000 - 50 * n), address=ADDRESS) for n in range(8)]
    contents += [lodged(20 + n, ostrel, value=str(1400 + n), hs="84182100", address=ADDRESS) for n in range(4)]
    contents += [lodged(40 + n, (f"XA50{n:04}", f"OTHER TRADER {n}"), value="2000") for n in range(30)]
    contents += [lodged(90, ("XB1", "FARTINE TRADING"), office="XB220000", hs="0207140000", words="frozen poultry")]
    made.house.intake.messages.take_many([envelope(one, sender="HOST") for one in contents], principal=HOST)
    made.desk()
    yield made
    made.house.close()


def trader(built: Built, key: str = "XA7730118") -> TraderView:
    return built.house.queries.traders.trader(ANALYST, key)


def test_a_trader_is_what_its_declarations_say(built: Built) -> None:
    shown = trader(built)
    assert (shown.name, shown.roles, shown.declarations) == ("BALTINE AND SONS", ("IMPORTER",), 8)
    assert shown.codes == (("841810", 8),)
    assert sorted(one.per_kg for one in shown.prices) == [6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5, 10.0]
    assert shown.examined == 0
    assert shown.between is None


def test_the_middle_half_is_of_others_alone_and_of_three_at_least(built: Built) -> None:
    months = trader(built).others
    assert months
    assert all(one.dossiers >= 3 and one.lower == one.median == one.upper == 20.0 for one in months)


def test_a_result_counts_once_it_is_sealed(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = trader(built).open_orders or trader(built).lines
    view = built.house.control.officer_acts.override(HEAD, opened[0].id, "red", "to be examined")
    assert view.override == "red"
    order = built.house.queries.records.dossier(HEAD, opened[0].id).summary.order
    assert order is not None
    assert any(one.id == opened[0].id for one in trader(built).open_orders)
    result = NewResult(depth="full", found=True, offence="revenue", duty_recovered="120.50", currency="XTS")
    built.house.control.officer_acts.record_result(HEAD, order.id, result)
    monkeypatch.setattr(built.stores.leaves, "body", lambda *_: pytest.fail("results were opened one by one"))
    shown = trader(built)
    assert (shown.examined, shown.irregular, shown.recovered) == (1, 1, {"XTS": "120.50"})
    assert [one.is_irregular for one in shown.prices].count(True) == 1
    assert shown.results[0].consignment == opened[0].id


def test_one_address_of_two_importers_is_a_strong_fact(built: Built) -> None:
    related = {(one.key, one.role): one for one in trader(built).related}
    assert related["XA7730999", "ADDRESS"].is_strong
    assert related["XA7730999", "ADDRESS"].dossiers == 4
    assert not related["XA9000001", "DECLARANT"].is_strong
    assert (related["XA9000001", "DECLARANT"].dossiers, related["XA9000001", "DECLARANT"].of) == (8, 8)
    assert ("ELMMARINDUSTRIES", "SELLER") in related


def test_a_trader_of_another_office_is_none(built: Built) -> None:
    assert built.house.queries.traders.trader(FAR, "XB1").declarations == 1
    for key in ("XB1", "NOSUCHTRADER"):
        with pytest.raises(NotFoundError) as error:
            built.house.queries.traders.trader(NEAR, key)
        assert str(error.value) == "There is no such trader."
    found = built.house.queries.traders.search(NEAR, "fartine")
    assert (found.traders, found.lines) == ((), ())
    assert built.house.queries.traders.search(NEAR, "0207").goods == ()
    shared = built.house.queries.traders.trader(NEAR, "XA9000001")
    assert shared.declarations == 42  # that of the other office is not counted either


@pytest.mark.parametrize(
    ("text", "code", "goods"),
    [("84", "84", 42), ("8418", "8418", 42), ("8418.21", "841821", 4), ("84 18 10 10", "84181010", 38)],
)
def test_goods_are_found_by_any_beginning_of_their_code(built: Built, text: str, code: str, goods: int) -> None:
    found = built.house.queries.traders.search(ANALYST, text)
    assert (found.code, len(found.goods), found.has_more_goods) == (code, min(goods, 25), goods > 25)


def test_traders_are_found_by_name_by_number_and_by_the_beginning_of_either(built: Built) -> None:
    search = built.house.queries.traders.search
    assert [one.key for one in search(ANALYST, "baltine sons").traders] == ["XA7730118"]
    assert [one.key for one in search(ANALYST, "xa7730").traders] == ["XA7730118", "XA7730999"]
    assert [one.key for one in search(ANALYST, "Elmmar ind").traders] == ["ELMMARINDUSTRIES"]


def test_words_are_found_by_their_beginnings_and_marks_of_a_query_are_words_like_others(built: Built) -> None:
    search = built.house.queries.traders.search
    assert len(search(ANALYST, "poult").lines) == 1
    assert search(ANALYST, "household fridge").lines == ()
    for odd in ("'", "a'b:*", "!|&()", "\\", "%", "--"):
        search(ANALYST, odd)
    assert words_query(" ,;") is None


def test_a_reference_is_found_and_the_look_is_sealed(built: Built) -> None:
    found = built.house.queries.traders.search(ANALYST, "L000003")
    assert len(found.named) == 1
    assert found.named[0].id in built.bodies("look")[-1].decode()


def test_marks_are_made_again_for_dossiers_of_before(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        before = connection.execute("select * from consignment_mark order by 1, 2, 3").fetchall()
        connection.execute("delete from consignment_mark")
    ensure_marks(built.settings, built.dsn)
    with built.stores.database.transaction() as connection:
        assert connection.execute("select * from consignment_mark order by 1, 2, 3").fetchall() == before
    assert fill_marks(built.stores) == 43


def test_a_mark_that_was_put_in_changed_or_taken_out_is_found_and_set_right(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        rows = connection.execute("select id from consignment order by id limit 3").fetchall()
        one, two, three = (row[0] for row in rows)
        connection.execute("delete from consignment_mark where consignment = %s and kind = 'HS'", (one,))
        connection.execute("update consignment_mark set name = 'X' where consignment = %s and kind = 'SELLER'", (two,))
        connection.execute("insert into consignment_mark values ('HS', '99', %s, null, current_date, 1)", (three,))
        found = MARKS_OF_DOSSIERS.look(built.stores, connection, [{"id": row[0]} for row in rows])
        assert {(one.id.split()[0], one.about) for one in found} == {("HS", one), ("SELLER", two), ("HS", three)}
        for difference in found:
            assert MARKS_OF_DOSSIERS.set_right(built.stores, connection, difference.id)
        assert MARKS_OF_DOSSIERS.look(built.stores, connection, [{"id": row[0]} for row in rows]) == []


def test_the_mac_of_lines_is_asked_of_what_is_found(built: Built) -> None:
    """A line changed by another hand is found by its words, and shown without them."""
    found = built.house.queries.traders.search(ANALYST, "poultry").lines[0]
    with built.stores.database.transaction() as connection:
        connection.execute("update consignment set title = 'forged poultry' where id = %s", (UUID(found.id),))
    shown = built.house.queries.traders.search(ANALYST, "forged").lines
    assert [one.title for one in shown] == [""]
    assert msgspec.json.encode(shown[0]).find(b"forged") < 0


@pytest.mark.parametrize("text", ["84", "ACME", "a_b%", "\u00e4\u00f6", "x\ud7ff", "\U0001f6a2", "y\U0010ffff"])
def test_what_begins_with_a_text_lies_between_its_bounds(built: Built, text: str) -> None:
    given = _beginning("start", text)
    values = [text, text + "0", text + "\U0001f6a2", text[:-1], text[:-1] + "!", "", "zz"]
    with built.stores.database.transaction() as connection:
        rows = connection.execute(
            f"select v from unnest(%(values)s::text[]) v where {_begins('v', 'start')}", {**given, "values": values}
        )
        assert sorted(row[0] for row in rows) == sorted(one for one in values if one.startswith(text))


def test_a_text_looks_references_up_by_the_index_on_their_beginning(built: Built) -> None:
    with built.stores.database.transaction() as connection:
        connection.execute("set local enable_seqscan = off")
        asked = f"explain select consignment from consignment_key where {_begins('value', 'start')}"
        plan = "\n".join(row[0] for row in connection.execute(asked, _beginning("start", "MSKU")))
    assert "consignment_key_whole" in plan
