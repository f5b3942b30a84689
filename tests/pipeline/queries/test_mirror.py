# SPDX-License-Identifier: Apache-2.0
"""A partner's records over a real house: under an agreement alone, field by field, in the dossier, and in a month's report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.governance.retention.schedules import read_schedule
from cocket.pipeline.base import partner_looks as partner_looks_module
from cocket.pipeline.base.access import Access, AccessRecord
from cocket.pipeline.base.partner_agreements import AgreementOverError
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.consignment.mirror_matching import MirrorHit
from cocket.pipeline.consignment.mirror_records import KeptRecord
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.operations.retention import _Judging
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.queries.mirror import Mirror
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.operations.row_audits import RowDifference
from tests.governance.agreements.given import TEXT, text
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration

SIONE = Principal(id="sione", kind="officer", roles=("supervisor",))
VEA = Principal(id="vea", kind="officer", roles=("supervisor",))
ANNA = Principal(id="anna", kind="officer", roles=("analyst",))
PARTNER = Principal(id="key-b", kind="key", roles=("agency",), senders=("BETANIA",))
ALL = '["ucrs", "transport_documents", "equipment", "exporter", "mode", "goods", "net_kg", "gross_kg", "packages", "value", "price", "origin", "terms"]'  # noqa: E501


def mirror_text(fields: str = ALL, **instead: str) -> bytes:
    """The agreement, exchanging records of trade with XB."""
    given = {"purposes": '["control", "analysis"]', "country": '"XB"', "own_country": '"XA"', **instead}
    written = text(**given).decode()
    named = "".join(f"{name} = {given[name]}\n" for name in ("country", "own_country"))
    return (
        written.replace("begins", f"{named}begins", 1)
        .replace("[exchanges]", f"[exchanges]\nmirror = {fields}")
        .encode()
    )


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=9, yellow_per_day=9, random_share=0.0)
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    yield made
    made.house.close()


def mirror_of(built: Built) -> Mirror:
    return built.house.queries.mirror


def agreed(built: Built, content: bytes) -> None:
    given = built.house.governance.agreements.propose_agreement(SIONE, "betania.toml", content)
    built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda name: name)


def lodged(built: Built, content: bytes) -> str:
    answer = built.house.intake.messages.take_many([envelope(content)], principal=trader("ACME"))[0]
    built.desk()
    (dossier,) = built.house.queries.records.message(SIONE, answer.id).consignment_ids
    return dossier


def exported(reference: str, **instead: tuple[str, str]) -> bytes:
    """The same consignment as the partner's export declares it."""
    content = declaration(reference).replace(b">IMA<", b">EXA<")
    for before, after in instead.values():
        assert before.encode() in content
        content = content.replace(before.encode(), after.encode())
    return content.replace(b">" + reference.encode(), b">B" + reference.encode())


HEAVIER = (">2100<", ">21000<")


def hits(built: Built) -> list[MirrorHit]:
    return [msgspec.json.decode(body, type=MirrorHit) for body in built.bodies("mirror-hit")]


def audited(built: Built) -> list[RowDifference]:
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    return list(audit.differences())


def advice(built: Built) -> SealedAdvice:
    return msgspec.json.decode(built.bodies("assessment")[-1], type=SealedAdvice)


def test_without_an_agreement_that_names_it_nothing_is_taken_or_given(built: Built) -> None:
    for who, country in ((PARTNER, ""), (SIONE, "XB")):
        with pytest.raises(AgreementOverError):
            mirror_of(built).give_records(who, exported("R1"), country)
    agreed(built, TEXT.encode())
    with pytest.raises(AgreementOverError):
        mirror_of(built).give_records(PARTNER, exported("R1"))
    with pytest.raises(AgreementOverError):
        mirror_of(built).own_records(SIONE, "XB", date(2026, 1, 1), date(2026, 12, 31))
    assert built.bodies("mirror-record") == []


def test_only_the_partner_s_own_key_and_supervisors_may_give(built: Built) -> None:
    agreed(built, mirror_text())
    stranger = msgspec.structs.replace(PARTNER, senders=("OTHER",))
    with pytest.raises(AgreementOverError):
        mirror_of(built).give_records(stranger, exported("R1"))
    for who in (msgspec.structs.replace(PARTNER, roles=("trader",)), ANNA):
        with pytest.raises(PolicyError):
            mirror_of(built).give_records(who, exported("R1"), "XB")
    with pytest.raises(PolicyError):
        mirror_of(built).exchanges(PARTNER)


def test_what_the_agreement_does_not_name_is_not_kept(built: Built) -> None:
    agreed(built, mirror_text('["ucrs", "net_kg"]'))
    made = mirror_of(built).give_records(PARTNER, exported("R1"))
    assert (made.taken, made.agreement, made.country, made.direction) == (1, "betania-2026", "XB", "in")
    (body,) = built.bodies("mirror-record")
    record = msgspec.json.decode(body, type=KeptRecord).record
    assert record.ucrs and record.lines[0].net_kg
    assert (record.exporter, record.equipment, record.lines[0].goods, record.lines[0].price) == (None, (), "", None)
    assert b"Looms" not in body


def test_a_difference_is_sealed_with_the_dossier_and_is_a_reason_in_words(built: Built) -> None:
    agreed(built, mirror_text())
    mirror_of(built).give_records(PARTNER, exported("R1", net=HEAVIER))
    lodged(built, declaration("R1"))
    (hit,) = hits(built)
    assert hit.match and hit.match.basis == "UCR"
    assert [one.code for one in hit.differences] == ["mirror-net-differs"]
    (reason,) = (one for one in advice(built).reasons if one.code == "partner-differs")
    assert reason.arguments["differences"] == "The partner's export says 22800.5 kg net, the import 3900.5 kg"
    assert audited(built) == []


def test_a_record_that_comes_after_the_import_takes_its_dossier_out_again(built: Built) -> None:
    agreed(built, mirror_text())
    lodged(built, declaration("R1"))
    assert hits(built) == []
    mirror_of(built).give_records(SIONE, exported("R1", net=HEAVIER), "xb")
    built.desk()
    assert [one.code for one in hits(built)[-1].differences] == ["mirror-net-differs"]
    assert "partner-differs" in {one.code for one in advice(built).reasons}


def test_the_same_record_again_changes_nothing_and_a_changed_one_takes_its_place(built: Built) -> None:
    agreed(built, mirror_text())
    content = exported("R1", net=HEAVIER)
    assert mirror_of(built).give_records(PARTNER, content).taken == 1
    lodged(built, declaration("R1"))
    again = mirror_of(built).give_records(PARTNER, content)
    assert (again.taken, again.repeated) == (0, 1)
    assert mirror_of(built).give_records(PARTNER, exported("R1")).changed == 1
    built.desk()
    assert hits(built)[-1].differences == ()
    assert len(mirror_of(built).exchanges(SIONE)) == 3
    assert audited(built) == []


def test_once_the_agreement_ends_its_records_say_nothing_more(built: Built) -> None:
    agreed(built, mirror_text())
    mirror_of(built).give_records(PARTNER, exported("R1", net=HEAVIER))
    lodged(built, declaration("R1"))
    given = built.house.governance.agreements.propose_end(SIONE, "betania-2026", "note of 3 March")
    built.house.governance.second_person.vote(VEA, given.proposal.id, given.proposal.digest, lambda name: name)
    lodged(built, declaration("R1", note="again").replace(b"<FunctionCode>9<", b"<FunctionCode>4<"))
    assert hits(built)[-1].match is None
    with pytest.raises(AgreementOverError):
        mirror_of(built).report(SIONE, "XB", date(2026, 3, 1))


def test_records_given_for_analysis_alone_are_used_in_no_assessment(built: Built) -> None:
    agreed(built, mirror_text(purposes='["analysis"]'))
    mirror_of(built).give_records(PARTNER, exported("R1", net=HEAVIER))
    lodged(built, declaration("R1"))
    assert hits(built) == []
    assert mirror_of(built).report(ANNA, "XB", date(2026, 3, 1)).imports.differing == 1


def test_a_month_tells_what_both_sides_have(built: Built) -> None:
    agreed(built, mirror_text())
    for name in ("R1", "R2"):
        mirror_of(built).give_records(PARTNER, exported(name))
    lodged(built, declaration("R1"))
    found = mirror_of(built).report(ANNA, "XB", date(2026, 3, 20))
    assert (found.imports.exports, found.imports.imports, found.imports.matched_exports) == (2, 1, 1)
    assert (found.exports.exports, found.exchanges) == (0, 2)
    assert all(cell.is_masked and cell.export_value is None for cell in found.imports.cells)
    assert built.bodies("look")
    with pytest.raises(PolicyError):
        mirror_of(built).report(msgspec.structs.replace(ANNA, office="XAPRT001"), "XB", date(2026, 3, 1))


def test_what_is_given_to_a_partner_has_the_fields_agreed_and_is_sealed(built: Built) -> None:
    agreed(built, mirror_text('["ucrs"]'))
    lodged(built, declaration("R1"))
    made, (record,), _ = mirror_of(built).own_records(SIONE, "XB", date(2026, 1, 1), date(2026, 12, 31))
    assert (made.direction, made.taken, record.flow, record.exporter, record.lines[0].price) == (
        "out",
        1,
        "import",
        None,
        None,
    )
    assert len(built.bodies("mirror-exchange")) == 1


DAYS = date(2026, 1, 1), date(2026, 12, 31)


def partner_looks(built: Built) -> list[AccessRecord]:
    looks = [msgspec.json.decode(one, type=AccessRecord) for one in built.bodies("look")]
    return [one for one in looks if one.who == "partner:XB"]


def test_each_record_in_a_file_for_a_partner_is_a_look_of_the_partner_as_if_it_was_sent(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed(built, mirror_text('["ucrs"]'))
    dossiers = {lodged(built, declaration(f"R{number}")) for number in (1, 2, 3)}
    sealed: list[int] = []
    seal = Access.seal

    def counting(access: Access, connection: Connection, *records: NewRecord) -> range:
        sealed.append(len(records))
        return seal(access, connection, *records)

    monkeypatch.setattr(partner_looks_module, "AT_ONCE", 2)
    monkeypatch.setattr(Access, "seal", counting)
    made, records = mirror_of(built).export_records(SIONE, "XB", *DAYS)
    assert (made.taken, {one.exporter for one in records}) == (3, {None})
    assert sealed == [1, 2, 1], "the exchange, and then looks in bounded transactions"
    looks = partner_looks(built)
    assert {one.subjects[0] for one in looks} == dossiers == {one.id for one in records}
    assert {(one.what, one.purpose, one.agreement, one.roles) for one in looks} == {
        ("partner exchange", "control", "betania-2026", ("agency",))
    }
    assert {(each.action, each.purpose) for one in looks for each in one.decisions} == {("mirror:give", "control")}
    for look in looks:
        message = built.house.queries.records.message(SIONE, look.subjects[1])
        assert message.consignment_ids == (look.subjects[0],)
        with built.stores.database.transaction() as connection:
            about = built.stores.leaves.records_about(connection, UUID(look.subjects[0]), ("look",))
        assert look in [msgspec.json.decode(body, type=AccessRecord) for _, body in about]
    mirror_of(built).export_records(SIONE, "XB", *DAYS, "analysis")
    assert [one.purpose for one in partner_looks(built)[3:]] == ["analysis"] * 3


def test_what_may_not_be_given_to_a_partner_in_a_file_leaves_neither_exchange_nor_look(built: Built) -> None:
    agreed(built, mirror_text())
    lodged(built, declaration("R1"))
    export = mirror_of(built).export_records
    for who, purpose in ((SIONE, "audit"), (SIONE, "nonsense"), (ANNA, "")):
        with pytest.raises(PolicyError):
            export(who, "XB", *DAYS, purpose)
    with pytest.raises(AgreementOverError):
        export(SIONE, "XC", *DAYS)
    assert (built.bodies("mirror-exchange"), partner_looks(built)) == ([], [])
    assert export(SIONE, "XB", date(2020, 1, 1), date(2020, 1, 2))[1] == ()
    assert partner_looks(built) == []


SCHEDULE = b"""
[[rule]]
class = "partner-record"
law = "Treaty Series 2026/12, Article 9"
from_event = "given"
period = "1 day"
on_end = "erase"
"""


def test_a_record_falls_due_by_its_class_and_is_erased_for_good(built: Built) -> None:
    agreed(built, mirror_text())
    mirror_of(built).give_records(PARTNER, exported("R1"))
    schedule = read_schedule(SCHEDULE)
    judging = _Judging(built.stores)
    with built.stores.database.transaction() as connection:
        day = datetime.now(UTC).date()
        for later, state in ((day, "running"), (day + timedelta(days=3), "due")):
            (found,) = ((kept, one) for kept, one in judging.all(connection, schedule, later) if one.rule is not None)
            assert (found[0].class_, found[0].title, found[1].state) == ("partner-record", "XB export BR1", state)
    Erasure(built.stores).erase(found[0].id, who="sione", reason="Article 9")
    with built.stores.database.transaction() as connection:
        assert not built.stores.case_files.has(connection, "mirror-record")
        assert built.stores.leaves.readable_of_kind(connection, "mirror-record") == []
    lodged(built, declaration("R1"))
    assert hits(built) == []
    assert audited(built) == []


@pytest.mark.parametrize("content", [b"", b"nothing", b"<a/>"])
def test_what_holds_no_declaration_is_refused_with_words(built: Built, content: bytes) -> None:
    agreed(built, mirror_text())
    with pytest.raises(SenderError):
        mirror_of(built).give_records(PARTNER, content)
    assert built.bodies("mirror-exchange") == []
