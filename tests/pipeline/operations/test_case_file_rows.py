# SPDX-License-Identifier: Apache-2.0
"""Case files that an insider takes out or puts back as they were: named by kind and number, and made again by one act."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from cocket.errors import SenderError
from cocket.governance import Principal
from cocket.measures.permits import Hold
from cocket.pipeline.operations.row_repair import RowRepair
from cocket.pipeline.tracking.guarantees import NewGuarantee
from tests.pipeline.operations.test_row_audit import AGENCY, HEAD, MINISTRY, Day, a_day, undone
from tests.pipeline.tracking.test_cell_tables import FAR

NUMBER = "26XX1234567890AB1"
ANNA = Principal(id="anna", kind="officer", roles=("officer",))

#: Kind of case file → what people call the one that is taken out.
KINDS = {
    "guarantee-file": f"guarantee-file {NUMBER}",
    "seal-handling": "seal-handling dev-2",
    "cell-table": "cell-table Kenya",
    "comment": "comment anna",
    "agency-hold": f"agency-hold {AGENCY}",
    "allocation": "allocation of dossier",
    "preferences": "preferences anna",
    "standing": "standing 7",
}


def change(day: Day) -> None:
    """Something new is said of every file that can change."""
    house = day.house
    house.tracking.guarantees.change_guarantee(HEAD, NUMBER, "suspend", "the bank is closed")
    house.tracking.devices.handle_seal(HEAD, "dev-2", "blacklist", "it was opened")
    house.tracking.cells.withdraw_cells(HEAD, "Kenya", "too old")
    house.governance.own_account.set_language(ANNA, "de")
    hold = Hold(agency=AGENCY, is_held=False, reason="seen")
    house.measures.permits.agency_hold(MINISTRY, day.lines["R5"], hold)


@pytest.fixture(scope="module")
def long_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    day = a_day(tmp_path_factory.mktemp("day") / "home")
    house = day.house
    secured = NewGuarantee(
        reference=NUMBER, type="comprehensive", holder="ACME", guarantor="BANK", reference_amount=Decimal(20_000),
        currency="EUR",
    )  # fmt: skip
    house.tracking.guarantees.register_guarantee(HEAD, secured)
    house.tracking.devices.handle_seal(HEAD, "dev-2", "arm", "for tonight")
    house.tracking.cells.import_cells(HEAD, "Kenya", FAR)
    house.control.desk_notes.comment(ANNA, day.lines["R5"], "weighed twice")
    house.governance.own_account.set_language(ANNA, "fr")
    hold = Hold(agency=AGENCY, is_held=True, reason="to be seen")
    house.measures.permits.agency_hold(MINISTRY, day.lines["R5"], hold)
    day.lorry.built.sign()
    assert day.audit() == []
    yield day
    day.lorry.close()


@pytest.fixture
def day(long_day: Day) -> Iterator[Day]:
    with undone(long_day):
        yield long_day


def files(day: Day, kind: str, extra: str = "") -> list[dict[str, Any]]:
    """Case files of a kind as they stand, without what is made anew with a row."""
    left = "- 'mac' - 'opened' - 'changed'" + extra
    told = day.one(f"select jsonb_agg(to_jsonb(f) {left} order by id) from case_file f where kind = %s", kind)
    return list(told or ())


def names(day: Day, kind: str) -> set[tuple[str, str]]:
    told = day.one(
        "select jsonb_agg(jsonb_build_array(k.name, k.value)) from case_file_key k join case_file f on f.id = k.file "
        "where f.kind = %s",
        kind,
    )
    return {(name, value) for name, value in told or ()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_taken_out_is_named_and_made_again(day: Day, kind: str) -> None:
    own = " - 'id'" if kind in ("allocation", "preferences") else ""
    was, found_by = files(day, kind, own), names(day, kind)
    assert was, kind
    gone = [UUID(one) for one in day.one("select array_agg(id::text) from case_file where kind = %s", kind)]
    day.sql("delete from case_file_key where file = any(%s)", gone)
    day.sql("delete from case_file where id = any(%s)", gone)
    found = [one for one in day.audit() if one.table == "case_file"]
    assert len(found) == len(gone)
    assert all((one.sealed or "").startswith(KINDS[kind]) for one in found), found
    assert not any(one.id.startswith("of ") for one in found)
    room = RowRepair(day.lorry.built.stores)
    for one in found:
        assert room.set_row_right(HEAD, one.table, one.id, "by another hand").what == "put back"
    assert files(day, kind, own) == was
    assert names(day, kind) == found_by
    assert day.audit() == []


@pytest.mark.parametrize("kind", ["guarantee-file", "seal-handling", "cell-table", "preferences", "agency-hold"])
def test_an_older_version_with_its_own_mac_is_named_and_brought_up_to_date(day: Day, kind: str) -> None:
    day.sql("create table older as table case_file")
    change(day)
    now = files(day, kind)
    sets = ", ".join(f"{one} = o.{one}" for one in ("state", "changed", "opened", "body", "mac"))
    assert day.sql(f"update case_file f set {sets} from older o where o.id = f.id and f.kind = %s", kind) == 1
    day.sql("drop table older")
    assert files(day, kind) != now
    found = [one for one in day.audit() if one.table == "case_file"]
    assert found
    assert all(KINDS[kind] in (one.sealed or "") for one in found), found
    RowRepair(day.lorry.built.stores).set_row_right(HEAD, "case_file", found[0].id, "by another hand")
    assert files(day, kind) == now
    assert day.audit() == []


def test_what_was_sealed_does_not_begin_afresh(day: Day) -> None:
    day.sql("delete from case_file_key")
    day.sql("delete from case_file where kind in ('guarantee-file', 'seal-handling')")
    again = NewGuarantee(
        reference=NUMBER, type="comprehensive", holder="ACME", guarantor="BANK", reference_amount=Decimal(20_000),
        currency="EUR",
    )  # fmt: skip
    with pytest.raises(SenderError, match=NUMBER):
        day.house.tracking.guarantees.register_guarantee(HEAD, again)
    with pytest.raises(SenderError, match="dev-2"):
        day.house.tracking.devices.handle_seal(HEAD, "dev-2", "arm")
    with pytest.raises(SenderError, match="dev-2"):
        day.lorry.activate(reference="26XX000000000009T9", devices=("dev-2",))
    other = day.house.tracking.guarantees.register_guarantee(HEAD, NewGuarantee(
        reference="26XX0000000000001", type="waiver", holder="ACME", reference_amount=Decimal(1), currency="EUR"
    ))  # fmt: skip
    assert other.left == 1


def test_names_of_a_document_that_are_taken_out_are_missed(day: Day) -> None:
    day.sql("delete from case_file_key where value = %s", NUMBER)
    (found,) = day.audit()
    assert (found.table, found.stands, found.id.split(" ")[1]) == ("case_file_key", None, NUMBER)
    RowRepair(day.lorry.built.stores).set_row_right(HEAD, found.table, found.id, "by another hand")
    assert day.audit() == []
