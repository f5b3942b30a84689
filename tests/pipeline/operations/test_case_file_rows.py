# SPDX-License-Identifier: Apache-2.0
"""Case files that an insider takes out or puts back as they were: named by kind and number, and made again by one act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from cocket.errors import SenderError
from cocket.governance import Principal
from cocket.measures.permits import Hold, Permit
from cocket.pipeline.ledger.refused_leaves import SetAsideLeaves
from cocket.pipeline.operations.row_repair import RowRepair
from cocket.pipeline.tracking.device_register import DeviceRegister, StoredDevice, key_credential, make_device_key
from cocket.pipeline.tracking.guarantees import NewGuarantee
from cocket.tracking.geometry import Fence
from tests.pipeline.operations.test_row_audit import AGENCY, HEAD, MINISTRY, Day, a_day, undone
from tests.pipeline.tracking.test_cell_tables import FAR

NUMBER = "26XX1234567890AB1"
ANNA = Principal(id="anna", kind="officer", roles=("officer",))

LONE = StoredDevice(id="lone", adapter="open-e-seal", topic="lone", identity="lone", state="active")
PERMIT = Permit(agency=AGENCY, type="C400", number="XALIC79", quantity=Decimal(10), unit="KGM")
YARD = Fence(name="Yard", purpose="port", centre=(30.0, 1.0), radius_m=500.0)

HUBS = b"identity,value\naddress,12 Meridian Tower\n"

#: Kind of case file → what people call the one that is taken out.
KINDS = {
    "guarantee-file": f"guarantee-file {NUMBER}",
    "seal-handling": "seal-handling dev-2",
    "cell-table": "cell-table Kenya",
    "hub-list": "hub-list centres",
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
    house.risk.hubs.withdraw_hubs(HEAD, "centres", "too old")
    house.governance.own_account.set_language(ANNA, "de")
    hold = Hold(agency=AGENCY, is_held=False, reason="seen")
    house.measures.permits.agency_hold(HEAD, day.lines["R5"], hold)


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
    house.risk.hubs.import_hubs(HEAD, "centres", HUBS)
    house.control.desk_notes.comment(ANNA, day.lines["R5"], "weighed twice")
    house.governance.own_account.set_language(ANNA, "fr")
    hold = Hold(agency=AGENCY, is_held=True, reason="to be seen")
    house.measures.permits.agency_hold(HEAD, day.lines["R5"], hold)
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


def test_a_comment_that_was_moved_to_another_dossier_is_moved_back_by_the_act_alone(day: Day) -> None:
    was = files(day, "comment")
    day.sql("update case_file set consignment = gen_random_uuid() where kind = 'comment'")
    (row,) = {one.id for one in day.audit() if one.table == "case_file"}
    done = RowRepair(day.lorry.built.stores).set_row_right(HEAD, "case_file", row, "moved")
    assert done.columns["consignment"] == day.lines["R5"]
    assert files(day, "comment") == was
    assert day.audit() == []


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


@pytest.mark.parametrize(
    "kind", ["guarantee-file", "seal-handling", "cell-table", "hub-list", "preferences", "agency-hold"]
)
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


def guarantee(day: Day, number: str = NUMBER) -> None:
    day.house.tracking.guarantees.register_guarantee(HEAD, NewGuarantee(
        reference=number, type="comprehensive", holder="ACME", guarantor="BANK", reference_amount=Decimal(20_000),
        currency="EUR",
    ))  # fmt: skip


def erased(day: Day, kind: str) -> list[int]:
    """Every row of a kind of document and its sealed records are removed; the leaves that are left."""
    day.sql("delete from case_file_key where file in (select id from case_file where kind = %s)", kind)
    day.sql("delete from case_file where kind = %s", kind)
    assert day.sql("delete from record where kind = %s", kind)
    return [int(one) for one in day.one("select array_agg(idx order by idx) from leaf where kind = %s", kind)]


#: Kind of document → the act by which it would begin afresh.
AFRESH: dict[str, Callable[[Day], object]] = {
    "guarantee-file": guarantee,
    "seal-handling": lambda day: day.house.tracking.devices.handle_seal(HEAD, "dev-2", "arm", "for tonight"),
    "cell-table": lambda day: day.house.tracking.cells.import_cells(HEAD, "Kenya", FAR),
    "hub-list": lambda day: day.house.risk.hubs.import_hubs(HEAD, "centres", HUBS),
}


@pytest.mark.parametrize("kind", AFRESH)
def test_a_number_is_not_free_while_its_leaves_stand(day: Day, kind: str) -> None:
    (leaf, *more) = erased(day, kind)
    room = SetAsideLeaves(day.lorry.built.stores)
    for index in (leaf, *more):
        with pytest.raises(SenderError, match=f"The log has {kind} .*leaf.*records were removed") as refused:
            AFRESH[kind](day)
        assert refused.value.code == "row-removed"
        assert "backup" in (refused.value.hint or "") and "set-aside leaf" in (refused.value.hint or "")
        room.let_leaf_stand(HEAD, index, "no backup has it")
    AFRESH[kind](day)
    assert day.audit() == []


@pytest.mark.parametrize("kind", AFRESH)
def test_a_document_that_is_gone_with_its_records_is_named_by_its_subject(day: Day, kind: str) -> None:
    subject = day.one("select subject from leaf where kind = %s", kind)
    leaves = erased(day, kind)
    found = day.audit()
    (gone,) = (one for one in found if one.table == "case_file")
    assert (gone.id, gone.stands, gone.leaf) == (f"of {subject}", None, leaves[-1])
    assert (gone.sealed or "").startswith(f"{kind}, whose sealed records are gone too")
    assert {one.id for one in found if one.table == "leaf"} == set(map(str, leaves))
    with pytest.raises(SenderError, match="cannot be restored") as refused:
        RowRepair(day.lorry.built.stores).set_row_right(HEAD, "case_file", gone.id, "put back")
    assert "backup" in (refused.value.hint or "")
    room = SetAsideLeaves(day.lorry.built.stores)
    for index in leaves:
        room.let_leaf_stand(HEAD, index, "no backup has it")
    assert day.audit() == []


def test_a_document_whose_newest_record_is_gone_is_not_set_back(day: Day) -> None:
    day.house.tracking.guarantees.change_guarantee(HEAD, NUMBER, "suspend", "the bank is closed")
    was = files(day, "guarantee-file")
    newest = day.one("select max(idx) from leaf where kind = 'guarantee-file'")
    day.sql("delete from record r using leaf l where l.record = r.id and l.idx = %s", newest)
    assert {(one.table, one.id) for one in day.audit()} == {("leaf", str(newest))}
    SetAsideLeaves(day.lorry.built.stores).let_leaf_stand(HEAD, newest, "no backup has it")
    assert day.audit() == []
    assert files(day, "guarantee-file") == was


#: Table → kind of its records, what removes its rows, and what would begin one afresh.
NUMBERED: dict[str, tuple[str, tuple[str, ...], Callable[[Day], object]]] = {
    "device": (
        "device",
        ("delete from device_credential where device = 'lone'", "delete from device where id = 'lone'"),
        lambda day: DeviceRegister(day.lorry.built.stores).add((LONE, None)),
    ),
    "permit": (
        "permit",
        ("delete from permit where number = 'XALIC79'",),
        lambda day: day.house.measures.permits.register_permit(MINISTRY, PERMIT),
    ),
    "laid_down": (
        "place",
        ("delete from laid_down where name = 'Yard'",),
        lambda day: day.house.tracking.places.put_geofence(HEAD, YARD),
    ),
}


@pytest.mark.parametrize("is_of_before", [False, True], ids=["today", "of before"])
@pytest.mark.parametrize("has_records", [False, True], ids=["records gone", "records kept"])
@pytest.mark.parametrize("table", NUMBERED)
def test_a_thing_with_a_number_does_not_begin_afresh(
    day: Day, table: str, *, has_records: bool, is_of_before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, removal, register = NUMBERED[table]
    sealer = day.lorry.built.stores.sealer
    seal = sealer.record
    if is_of_before:  # records of these kinds were about nothing
        monkeypatch.setitem(vars(sealer), "record", lambda *of, **given: seal(*of, **{**given, "about": None}))
    register(day)
    monkeypatch.undo()
    last = day.one("select max(idx) from leaf where kind = %s", kind)
    assert day.one("select subject from leaf where idx = %s", last) == "" or not is_of_before
    assert day.audit() == []
    for statement in removal:
        day.sql(statement)
    if not has_records:
        day.sql("delete from record r using leaf l where l.record = r.id and l.idx = %s", last)
    with pytest.raises(SenderError, match="removed from the database") as refused:
        register(day)
    assert refused.value.code == "row-removed"
    if not has_records:
        SetAsideLeaves(day.lorry.built.stores).let_leaf_stand(HEAD, last, "no backup has it")
        register(day)


@pytest.mark.parametrize("has_records", [False, True], ids=["records gone", "records kept"])
@pytest.mark.parametrize("other", ["LONE", "1one"])
def test_a_device_does_not_begin_afresh_under_a_name_that_is_taken_as_the_same(
    day: Day, other: str, *, has_records: bool
) -> None:
    register = DeviceRegister(day.lorry.built.stores)
    again = StoredDevice(id=other, adapter="open-e-seal", topic=other, identity=other, state="active")
    register.add((LONE, None))
    last = day.one("select max(idx) from leaf where kind = 'device'")
    day.sql("delete from device where id = 'lone'")
    if not has_records:
        day.sql("delete from record r using leaf l where l.record = r.id and l.idx = %s", last)
    with pytest.raises(SenderError, match=f"{other} (is|may be) taken as the same name") as refused:
        register.add((again, None))
    assert refused.value.code == "row-removed"
    if not has_records:
        SetAsideLeaves(day.lorry.built.stores).let_leaf_stand(HEAD, last, "no backup has it")
        register.add((again, None))
    else:
        assert ("device", "lone") in {(one.table, one.id) for one in day.audit()}
        RowRepair(day.lorry.built.stores).set_row_right(HEAD, "device", "lone", "by another hand")
        register.add((StoredDevice(id="dev-9", adapter="open-e-seal", topic="9", identity="9", state="active"), None))
        assert day.audit() == []


def test_a_device_whose_name_another_has_is_not_put_back_and_it_is_said_which(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = DeviceRegister(day.lorry.built.stores)
    key = make_device_key()
    register.add((LONE, key_credential(key)))
    day.sql("delete from device_credential where device = 'lone'")
    day.sql("delete from device where id = 'lone'")
    monkeypatch.setattr(DeviceRegister, "_must_be_new", lambda *given: None)  # as a release of before let it in
    register.add((StoredDevice(id="LONE", adapter="open-e-seal", topic="L", identity="L", state="active"), None))
    found = {one.table: one.id for one in day.audit()}
    room = RowRepair(day.lorry.built.stores)
    with pytest.raises(SenderError, match="device LONE stands") as refused:
        room.set_row_right(HEAD, "device", "lone", "by another hand")
    assert "cocket device rotate LONE" in (refused.value.hint or "")
    with pytest.raises(SenderError, match="its device lone is gone"):
        room.set_row_right(HEAD, "device_credential", found["device_credential"], "by another hand")


def test_names_of_a_document_that_are_taken_out_are_missed(day: Day) -> None:
    day.sql("delete from case_file_key where value = %s", NUMBER)
    (found,) = day.audit()
    assert (found.table, found.stands, found.id.split(" ")[1]) == ("case_file_key", None, NUMBER)
    RowRepair(day.lorry.built.stores).set_row_right(HEAD, found.table, found.id, "by another hand")
    assert day.audit() == []
