# SPDX-License-Identifier: Apache-2.0
"""Permits in the house: who may keep them, what a lodged declaration takes off them, who may hold goods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.measures.permits import Hold, Permit, PermitName, Taken
from cocket.measures.permits.write_off import Act
from cocket.model import Declaration
from cocket.pipeline import NotFoundError, QueueFilter
from cocket.pipeline.consignment.papers import reading_of
from cocket.pipeline.measures.permits import HoldSaid, Permits, WriteOff, is_to_seal, write_off
from tests.houses import Built, build, envelope, officer, put_permit_issuers, put_permit_matrix, trader
from tests.messages import declaration

AGENCY = "Ministry of Trade"
NAME = PermitName(AGENCY, "C400", "XALIC77")
LICENCE = Path(__file__).parents[2] / "samples" / "asycuda-licence" / "two-goods.xml"
MINISTRY = Principal(id="key-9", kind="key", roles=("agency",), senders=(AGENCY,))


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    put_permit_issuers(made, (AGENCY, "C400"), ("food", "N853"))
    yield made
    made.house.close()


@pytest.fixture
def desk(built: Built) -> Permits:
    return Permits(built.stores)


def permit(**fields: Any) -> Permit:
    usual: dict[str, Any] = {
        "agency": AGENCY,
        "type": "C400",
        "number": "xalic 77",
        "quantity": Decimal(4000),
        "unit": "KGM",
    }
    return Permit(**{**usual, **fields})


def lodge(built: Built, reference: str, sample: str = "import", note: str = "") -> str:
    content = declaration(reference, sample=sample, note=note)
    answer = built.house.intake.messages.take_many([envelope(content)], principal=trader("ACME"))[0]
    assert answer.outcome == "accepted", answer.findings
    return answer.id


def records(built: Built, kind: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(body) for body in built.bodies(kind)]


def act(built: Built, what: Act, message: str) -> WriteOff:
    """Write a declaration off as the assessment worker does, and seal what came of it."""
    with built.stores.database.transaction() as connection:
        stored = built.stores.messages.get(connection, UUID(message))
        assert stored is not None
        document = reading_of(stored).document
        assert isinstance(document, Declaration)
        (done,) = write_off(built.stores, connection, [(stored, document, what)])
        if is_to_seal(done):
            record = built.stores.sealer.record(f"permits-{what}", "desk", done, about=stored.id)
            built.stores.leaves.append_records(connection, [record])
    return done


def taken(desk: Permits) -> Taken:
    return desk.permit(officer(), NAME).permit.taken


def test_an_agency_registers_and_withdraws_its_own_permits_each_word_sealed(built: Built, desk: Permits) -> None:
    assert desk.register_permit(MINISTRY, permit()).findings == ()
    suspended = desk.set_permit_status(MINISTRY, NAME, "suspended", "forged seal")
    assert suspended.permit.status == "suspended"
    assert desk.permit(officer("analyst"), NAME).permit.status == "suspended"
    sealed = records(built, "permit")
    assert [(one["by"], one["permit"].get("status"), one["reason"]) for one in sealed] == [
        ("key-9", None, ""),
        ("key-9", "suspended", "forged seal"),
    ]
    desk.set_permit_status(MINISTRY, NAME, "suspended", "forged seal")
    assert len(records(built, "permit")) == 2, "the same word again is no new one"
    assert len(records(built, "look")) == 1


def test_nobody_else_speaks_for_an_agency_and_a_trader_sees_no_permit(desk: Permits) -> None:
    other = Principal(id="key-8", kind="key", roles=("agency",), senders=("food",))
    for stranger in (other, trader("ACME"), officer("analyst"), officer("auditor")):
        with pytest.raises(PolicyError):
            desk.register_permit(stranger, permit())
    desk.register_permit(officer(), permit())
    with pytest.raises(PolicyError):
        desk.set_permit_status(other, NAME, "withdrawn", "x")
    for stranger in (other, trader("ACME")):
        with pytest.raises(NotFoundError):
            desk.permit(stranger, NAME)
    with pytest.raises(NotFoundError):
        desk.set_permit_status(officer(), PermitName(AGENCY, "C400", "NONE"), "withdrawn", "x")


def test_an_agency_without_an_agreement_keeps_permits_of_kinds_that_the_permit_matrix_says_it_issues(
    built: Built, desk: Permits
) -> None:
    spy = msgspec.structs.replace(MINISTRY, senders=("SPYAG",))
    for who, wrong in ((MINISTRY, permit(type="N853")), (spy, permit(agency="SPYAG"))):
        with pytest.raises(PolicyError, match=f"does not name it as issuer of {wrong.type}"):
            desk.register_permit(who, wrong)
        desk.register_permit(officer(), wrong)
        with pytest.raises(PolicyError, match="no agreement in force"):
            desk.set_permit_status(who, wrong.name, "suspended", "forged")
    assert desk.permit(officer(), PermitName("SPYAG", "C400", "XALIC77")).permit.status == "valid"
    desk.register_permit(MINISTRY, permit())
    built.settings.permit_matrix_file.unlink()
    with pytest.raises(PolicyError, match="no agreement in force"):
        desk.set_permit_status(MINISTRY, NAME, "suspended", "forged")


def test_a_permit_that_cannot_be_is_refused_with_findings_and_nothing_is_kept(built: Built, desk: Permits) -> None:
    with pytest.raises(SenderError) as refused:
        desk.register_permit(
            MINISTRY, permit(quantity=Decimal(-1), valid_from=date(2027, 1, 1), valid_to=date(2026, 1, 1))
        )
    assert [one.code for one in refused.value.findings] == ["permit-limit", "permit-validity"]
    assert records(built, "permit") == []


def test_a_lodged_licence_is_registered_line_by_line(built: Built, desk: Permits) -> None:
    answer = built.house.intake.messages.take_many([envelope(LICENCE.read_bytes())], principal=trader("ACME"))[0]
    name = PermitName("trade", "licence", "L7")
    views = desk.register_licence(officer(), answer.id, name)
    assert [(one.permit.line, one.permit.codes, one.permit.quantity) for one in views] == [
        (1, ("22021000",), Decimal(240)),
        (2, ("02071200",), Decimal(1000)),
    ]
    assert desk.permit(officer(), PermitName("trade", "licence", "l 7", 2)).permit.unit == "KGM"
    assert {one["message"] for one in records(built, "permit")} == {answer.id}
    with pytest.raises(SenderError, match="not a licence"):
        desk.register_licence(officer(), lodge(built, "R1"), name)


def test_lodging_reserves_release_confirms_and_cancellation_gives_back(built: Built, desk: Permits) -> None:
    desk.register_permit(MINISTRY, permit())
    message = lodge(built, "R1")
    reserved = act(built, "reserve", message)
    assert (reserved.outcome, [use.draw.quantity for use in reserved.uses]) == ("changed", [Decimal("1800.5")])
    assert taken(desk) == Taken(Decimal("1800.5"), Decimal(0), 1)
    assert act(built, "reserve", message).outcome == "unchanged"
    assert act(built, "confirm", message).outcome == "changed"
    assert act(built, "confirm", message).outcome == "unchanged"
    assert [use.use.state for use in desk.permit(officer(), NAME).uses] == ["confirmed"]
    assert act(built, "give-back", message).outcome == "changed"
    assert act(built, "give-back", message).outcome == "unchanged"
    assert act(built, "reserve", message).outcome == "unchanged"
    assert taken(desk) == Taken()
    sealed = [one for kind in ("reserve", "confirm", "give-back") for one in records(built, f"permits-{kind}")]
    assert [(one["act"], one["message"]) for one in sealed] == [
        (act, message) for act in ("reserve", "confirm", "give-back")
    ]


def test_what_is_left_is_not_enough_for_a_third_declaration_and_the_refusal_is_sealed(
    built: Built, desk: Permits
) -> None:
    desk.register_permit(MINISTRY, permit())
    for reference in ("R1", "R2"):
        assert act(built, "reserve", lodge(built, reference)).outcome == "changed"
    refused = act(built, "reserve", lodge(built, "R3"))
    assert (refused.outcome, [one.code for one in refused.findings]) == ("refused", ["permit-quantity-exceeded"])
    assert refused.findings[0].expected == "399 KGM"
    assert taken(desk) == Taken(Decimal(3601), Decimal(0), 2)
    assert records(built, "permits-reserve")[-1]["outcome"] == "refused"
    with pytest.raises(SenderError) as below:
        desk.register_permit(MINISTRY, permit(quantity=Decimal(3600)))
    assert below.value.findings[0].code == "permit-limit-below-taken"


def test_a_permit_that_does_not_hold_is_not_written_off(built: Built, desk: Permits) -> None:
    desk.register_permit(MINISTRY, permit(codes=("9503",), valid_to=date(2020, 1, 1)))
    refused = act(built, "reserve", lodge(built, "R1"))
    assert [one.code for one in refused.findings] == ["permit-wrong-commodity", "permit-expired"]
    assert taken(desk) == Taken()


def test_a_declaration_that_names_no_known_permit_takes_nothing(built: Built, desk: Permits) -> None:
    done = act(built, "reserve", lodge(built, "R1"))
    assert (done.outcome, done.uses, done.findings) == ("changed", (), ())


def test_what_declarations_took_is_for_the_agency_and_for_whoever_is_bound_to_no_office(
    built: Built, desk: Permits
) -> None:
    desk.register_permit(MINISTRY, permit())
    act(built, "reserve", lodge(built, "R1"))
    for reader in (officer(), MINISTRY):
        assert len(desk.permit(reader, NAME).uses) == 1
    shown = desk.permit(officer("officer", office="XAPRT001"), NAME)
    assert (shown.uses, shown.permit.taken) == ((), taken(desk))
    assert taken(desk) != Taken()


def test_an_agency_holds_goods_and_releases_them_each_word_sealed_with_the_consignment(
    built: Built, desk: Permits
) -> None:
    lodge(built, "R1")
    built.desk()
    consignment = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0].id
    held = Hold(agency=AGENCY, item=1, is_held=True, reason="licence to be seen")
    with pytest.raises(NotFoundError):
        desk.agency_hold(MINISTRY, consignment, held)  # nothing asks for a permit of it
    put_permit_matrix(built, AGENCY, "food")
    stranger = msgspec.structs.replace(MINISTRY, senders=("SPYAG",))
    with pytest.raises(NotFoundError):
        desk.agency_hold(stranger, consignment, msgspec.structs.replace(held, agency="SPYAG"))
    for who in (MINISTRY, officer()):
        with pytest.raises(SenderError) as strange:
            desk.agency_hold(who, consignment, msgspec.structs.replace(held, item=77))
        assert strange.value.code == "hold-item"
    assert desk.agency_hold(MINISTRY, consignment, held) == HoldSaid(holds=(held,))
    whole = Hold(agency="food", is_held=True, reason="sample taken")
    assert desk.agency_hold(officer(), consignment, whole).holds == (held, whole)
    with pytest.raises(SenderError) as unknown:
        desk.agency_hold(officer(), consignment, msgspec.structs.replace(whole, agency="Foood"))
    assert (unknown.value.code, unknown.value.expected) == ("hold-agency", f"{AGENCY}, food")
    released = msgspec.structs.replace(held, is_held=False, reason="seen")
    assert desk.agency_hold(MINISTRY, consignment, released).holds == (released,), "its own word alone"
    desk.agency_hold(MINISTRY, consignment, held)
    for nothing in (msgspec.structs.replace(released, item=77), msgspec.structs.replace(released, agency="NOSUCH")):
        with pytest.raises(SenderError) as unheld:
            desk.agency_hold(officer(), consignment, nothing)
        assert unheld.value.code == "hold-none"
    built.settings.permit_matrix_file.unlink()
    with pytest.raises(NotFoundError):
        desk.agency_hold(MINISTRY, consignment, msgspec.structs.replace(held, reason="again"))
    everything = msgspec.structs.replace(released, item=None)
    assert desk.agency_hold(MINISTRY, consignment, everything).holds == (released,), "a release of all is of each item"
    put_permit_matrix(built, AGENCY, "food")
    assert desk.agency_holds(officer(), consignment) == (whole, released)
    assert desk.agency_holds(officer("analyst"), consignment) == (whole, released)
    assert len(records(built, "agency-hold")) == 3
    assert [one["hold"]["reason"] for one in records(built, "agency-release")] == ["seen", "seen"]
    with pytest.raises(NotFoundError):
        desk.agency_hold(MINISTRY, consignment, whole)
    with pytest.raises(PolicyError):
        desk.agency_hold(MINISTRY, consignment, msgspec.structs.replace(held, reason=" "))
    with pytest.raises(NotFoundError):
        desk.agency_holds(trader("ACME"), consignment)
    with pytest.raises(NotFoundError):
        desk.agency_hold(MINISTRY, "01a21032-dbd8-7236-9320-ac0953c99041", held)
