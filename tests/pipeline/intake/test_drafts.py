# SPDX-License-Identifier: Apache-2.0
"""A declaration filled in by hand: kept, read from a file, checked, and lodged through the same door as any message."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket import standards
from cocket.consignment.hand_drafts import Draft, DraftLine, DraftParty
from cocket.errors import PolicyError, SenderError, StoreError, UnreadableError
from cocket.exchange.workbooks import write_workbook
from cocket.pipeline import NotFoundError
from cocket.pipeline.intake import drafts as module
from cocket.pipeline.intake.drafts import DraftView
from cocket.standards.invoice import hybrid
from cocket.stores.base.packing import unpack
from tests.consignment.hand_drafts.invoices import goods, line, pdf, ubl
from tests.houses import Built, build, officer, trader
from tests.workbench.measures.test_duties import law

ACME, OTHER = trader("ACME"), trader("OTHER")
HEAD = officer("supervisor")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("drafts") / "home")
    yield made
    made.house.close()


@pytest.fixture
def drafts(built: Built) -> Any:
    return built.house.intake.drafts


def filled(reference: str, **more: Any) -> Draft:
    """A draft that can be lodged."""
    given = DraftLine(
        description="Brass fittings", code="7412.20.00", origin="DE", amount="1204.50", currency="EUR", net_mass="80",
        gross_mass="84.5", packages="3", package_kind="CT", procedure="40", previous="00",
    )  # fmt: skip
    whole = {
        "reference": reference,
        "office": "XAPRT001",
        "declarant": DraftParty(id="XA990000000042"),
        "importer": DraftParty(id="XA990000000042", name="Kontor Nord", country="XA"),
        "export_country": "DE",
        "lines": (given,),
        "invoice_amount": "1204.50",
        "invoice_currency": "EUR",
        **more,
    }
    return Draft(**whole)


def locations(view: DraftView, severity: str = "error") -> list[str | None]:
    return [one.location for one in view.findings if one.severity == severity]


def test_a_draft_is_kept_as_typed_changed_and_thrown_away(drafts: Any) -> None:
    view = drafts.begin(ACME, Draft(reference="H-1", gross_mass="12 kilos"))
    assert (view.version, view.draft.sender, view.draft.gross_mass) == (1, "ACME", "12 kilos")
    assert "gross_mass" in locations(view) and not view.can_be_lodged
    again = drafts.change(ACME, view.id, 1, msgspec.structs.replace(view.draft, gross_mass="12"))
    assert (again.version, drafts.own_draft(ACME, view.id).draft.gross_mass) == (2, "12")
    assert [one.reference for one in drafts.own_drafts(ACME) if one.id == view.id] == ["H-1"]
    drafts.discard(ACME, view.id)
    with pytest.raises(NotFoundError):
        drafts.own_draft(ACME, view.id)


def test_a_change_of_an_older_version_is_refused_and_loses_nothing(drafts: Any) -> None:
    view = drafts.begin(ACME, Draft(reference="H-2"))
    drafts.change(ACME, view.id, 1, Draft(reference="H-2 first"))
    with pytest.raises(SenderError) as refused:
        drafts.change(ACME, view.id, 1, Draft(reference="H-2 second"))
    assert refused.value.code == "draft-changed"
    assert drafts.own_draft(ACME, view.id).draft.reference == "H-2 first"


def test_a_draft_is_nobody_elses(drafts: Any) -> None:
    view = drafts.begin(ACME, Draft(reference="H-3"))
    for who in (OTHER, HEAD, officer("auditor")):
        for act in (
            lambda who=who: drafts.own_draft(who, view.id),
            lambda who=who: drafts.change(who, view.id, 1, Draft()),
            lambda who=who: drafts.discard(who, view.id),
            lambda who=who: drafts.lodge(who, view.id, 1),
            lambda who=who: drafts.read_file(who, view.id, 1, "a.xml", ubl(goods(1))),
        ):
            with pytest.raises(NotFoundError):
                act()
    assert drafts.own_drafts(OTHER) == ()
    with pytest.raises(PolicyError):
        drafts.own_drafts(HEAD)
    with pytest.raises(PolicyError):
        drafts.begin(OTHER, Draft(sender="ACME"))
    with pytest.raises(SenderError, match="for whom"):
        drafts.begin(trader("ACME", "OTHER"), Draft())


def test_a_row_that_is_given_to_another_sender_cannot_be_opened(built: Built, drafts: Any) -> None:
    view = drafts.begin(ACME, Draft(reference="H-4", location="SECRET-SHED"))
    with built.stores.database.transaction() as connection:
        kept = connection.execute("select content from declaration_draft where id = %s", (view.id,)).fetchone()
        assert kept is not None and b"SECRET-SHED" not in bytes(kept[0])
        connection.execute("update declaration_draft set sender = 'OTHER' where id = %s", (view.id,))
    with pytest.raises(StoreError):
        drafts.own_draft(OTHER, view.id)
    with built.stores.database.transaction() as connection:
        connection.execute("delete from declaration_draft where id = %s", (view.id,))


def test_nothing_of_a_draft_is_sealed_until_it_is_lodged(built: Built, drafts: Any) -> None:
    def leaves() -> int:
        with built.stores.database.transaction() as connection:
            return built.stores.leaves.size(connection)

    before = leaves()
    view = drafts.begin(ACME, filled("H-5"))
    drafts.own_draft(ACME, view.id)
    assert leaves() == before
    answer = drafts.lodge(ACME, view.id, view.version)
    assert answer.outcome == "accepted" and answer.receipt and leaves() == before + 1


def test_what_is_lodged_is_a_message_of_the_sender_like_any_other(built: Built, drafts: Any) -> None:
    view = drafts.begin(ACME, filled("H-6"))
    assert view.can_be_lodged, view.findings
    answer = drafts.lodge(ACME, view.id, 1)
    assert answer.outcome == "accepted"
    built.desk()
    message = built.house.queries.records.message(ACME, answer.id)
    assert (message.sender, message.standard, message.reference) == ("ACME", "wco-dm", "H-6")
    dossier = built.house.queries.records.message(HEAD, answer.id).consignment_ids
    assert len(dossier) == 1
    with pytest.raises(NotFoundError):
        drafts.own_draft(ACME, view.id)
    assert answer.id in {one.id for one in built.house.queries.own_affairs.own_messages(ACME).messages}


def test_a_reference_used_before_is_a_conflict_and_the_draft_stays(drafts: Any) -> None:
    first = drafts.begin(ACME, filled("H-7"))
    assert drafts.lodge(ACME, first.id, 1).outcome == "accepted"
    second = drafts.begin(ACME, filled("H-7", location="SHED 9"))
    answer = drafts.lodge(ACME, second.id, 1)
    assert answer.outcome == "conflict"
    assert drafts.own_draft(ACME, second.id).draft.location == "SHED 9"


def test_lodging_again_after_a_crash_answers_the_same(drafts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    view = drafts.begin(ACME, filled("H-8"))

    def broken(*_: Any) -> None:
        raise StoreError("gone")

    monkeypatch.setattr(module.DeclarationDrafts, "remove", broken)
    with pytest.raises(StoreError):
        drafts.lodge(ACME, view.id, 1)
    monkeypatch.undo()
    answer = drafts.lodge(ACME, view.id, 1)
    assert answer.outcome == "accepted" and answer.is_repeat


def test_a_draft_with_something_against_it_is_not_lodged(built: Built, drafts: Any) -> None:
    view = drafts.begin(
        ACME, filled("H-9", lines=(DraftLine(description="Fittings", amount="1.2.3", origin="Germany"),))
    )
    assert locations(view) == ["lines[1].code", "lines[1].origin", "lines[1].amount", "lines[1].currency"]
    with pytest.raises(SenderError) as refused:
        drafts.lodge(ACME, view.id, 1)
    assert refused.value.code == "draft-not-ready" and refused.value.findings
    assert drafts.own_draft(ACME, view.id).version == 1


def test_what_the_standard_finds_is_shown_at_the_field(drafts: Any) -> None:
    heavier = msgspec.structs.replace(filled("H-10").lines[0], net_mass="90", gross_mass="84.5")
    view = drafts.begin(ACME, filled("H-10", lines=(heavier,), packages="9"))
    told = {one.code: (one.location, one.severity) for one in view.findings}
    assert told["wco-net-over-gross"] == ("lines[1].net_mass", "warning")
    assert told["wco-packages-total"] == ("packages", "warning") and view.can_be_lodged
    long = drafts.change(ACME, view.id, 1, filled("H-10", office="AN-OFFICE-WITH-FAR-TOO-LONG-A-CODE"))
    assert locations(long) == ["office"] and not long.can_be_lodged


def test_an_invoice_of_100_lines_fills_a_draft_and_what_is_lodged_adds_up(built: Built, drafts: Any) -> None:
    view = drafts.begin(ACME, filled("H-11", lines=(), invoice_amount="", invoice_currency="", export_country=""))
    read = drafts.read_file(ACME, view.id, 1, "R-0815.xml", ubl(goods(100)))
    assert len(read.draft.lines) == 100 and read.version == 2 and read.draft.importer.id == "XA990000000042"
    assert "draft-field-kept" not in {one.code for one in read.draft.read_from[0].notes}
    answer = drafts.lodge(ACME, view.id, 2)
    assert answer.outcome == "accepted", answer.findings
    with built.stores.database.transaction() as connection:
        content = unpack(built.stores.messages.content(connection, UUID(answer.id)) or b"")
    document: Any = standards.read(content).document
    prices = [one.commodity.price.value for one in document.shipment.items]
    truth = sum((Decimal(one["amount"]) for one in goods(100)), Decimal(0))
    assert len(prices) == 100 and sum(prices) == truth == document.valuation.invoice.value


@pytest.mark.parametrize("is_packed", [True, False])
def test_the_invoice_in_a_pdf_is_read_and_that_its_page_was_not_is_said(drafts: Any, *, is_packed: bool) -> None:
    view = drafts.begin(ACME, Draft(reference="H-12"))
    content = pdf({"factur-x.xml": ubl(goods(3))}, is_packed=is_packed)
    read = drafts.read_file(ACME, view.id, 1, "bill.pdf", content)
    assert len(read.draft.lines) == 3
    assert read.draft.read_from[0].notes[0].code == "draft-pdf-page" and read.draft.read_from[0].name == "bill.pdf"
    assert hybrid.is_pdf(content)


def test_a_table_fills_lines_and_every_column_left_out_is_named(drafts: Any) -> None:
    rows = "Désignation;Code SH;Origine;Montant;Devise;Quantité;Unité;Fournisseur\n"
    rows += "Raccords;741220;de;1 204,50;eur;100;H87;Kowalski\nVis;731815;DE;1,234;EUR;5;KGM;Kowalski\n"
    view = drafts.begin(ACME, Draft(reference="H-13"))
    read = drafts.read_file(ACME, view.id, 1, "lignes.csv", rows.encode("cp1252"))
    first, second = read.draft.lines
    assert (first.description, first.code, first.origin, first.amount, first.currency) == (
        "Raccords", "741220", "DE", "1204.50", "EUR",
    )  # fmt: skip
    assert second.amount == "1,234" and "lines[2].amount" in locations(read)
    notes = {one.code: one for one in read.draft.read_from[0].notes}
    assert notes["draft-column"].arguments["column"] == "Fournisseur"
    assert notes["draft-number-open"].location == "lines[2].amount"


def test_all_120_rows_of_a_workbook_become_lines(drafts: Any) -> None:
    rows = [(f"Part {n}", "741220", "PT", Decimal(n) / 4, "EUR") for n in range(1, 121)]
    book = write_workbook("lines", ("Description", "HS code", "Country of origin", "Value", "Currency"), rows)
    view = drafts.begin(ACME, Draft(reference="H-14"))
    read = drafts.read_file(ACME, view.id, 1, "lines.xlsx", book)
    assert len(read.draft.lines) == 120
    assert sum(Decimal(one.amount) for one in read.draft.lines) == sum(one[3] for one in rows)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", pdf({}), "pdf-no-invoice"),
        ("a.xml", b"<Order/>", "draft-table"),
        ("a.csv", b"colour,size\nred,5\n", "draft-table-headings"),
        ("a.png", b"\x89PNG\r\n\x1a\n0000", "draft-table"),
        ("a.csv", b"", "draft-table"),
        ("a.json", b'{"Invoice": [{"ID": [{"_": "1"}]}]}', "draft-json"),
        ("a.json", b'\xef\xbb\xbf [{"invoiceNumber": "1"}]', "draft-json"),
        ("a.json", b'{"exchangedDocument": {"typeCode": "380"}, "specifiedConsignment": {}}', "draft-not-an-invoice"),
        ("a.json", b'{"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"]}',
         "draft-not-an-invoice"),
        ("a.edi", b"UNB+UNOC:3+A+B+200101:1200+1'UNH+1+INVOIC:D:96A:UN'BGM+380+1+9'UNT+3+1'UNZ+1+1'", "draft-edifact"),
    ],
)  # fmt: skip
def test_what_is_no_invoice_is_refused_with_what_to_do_and_the_draft_stays(
    drafts: Any, name: str, content: bytes, code: str
) -> None:
    view = drafts.begin(ACME, Draft(reference="H-15"))
    with pytest.raises((SenderError, UnreadableError)) as refused:
        drafts.read_file(ACME, view.id, 1, name, content)
    assert refused.value.code == code
    assert drafts.own_draft(ACME, view.id).version == 1
    drafts.discard(ACME, view.id)


@pytest.mark.parametrize("content", [b"hello", b"<Order/>", b'{"a": 1}', b"UNA:+.? 'UNB+UNOC:3'"])
def test_what_is_not_read_is_told_what_is(drafts: Any, content: bytes) -> None:
    view = drafts.begin(ACME, Draft(reference="H-15a"))
    with pytest.raises(SenderError) as refused:
        drafts.read_file(ACME, view.id, 1, "a", content)
    assert "UBL or CII" in refused.value.hint and "CSV or a workbook" in refused.value.hint
    assert "lane" not in str(refused.value.expected)
    drafts.discard(ACME, view.id)


def test_a_declaration_is_not_taken_for_an_invoice(drafts: Any) -> None:
    view = drafts.begin(ACME, filled("H-16"))
    message = module._message(view.draft)
    with pytest.raises(SenderError) as refused:
        drafts.read_file(ACME, view.id, 1, "declaration.xml", message)
    assert (refused.value.code, refused.value.found) == ("draft-not-an-invoice", "wco-dm")


def test_a_sender_has_so_many_drafts_and_no_more(drafts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DRAFTS", 1)
    few = trader("FEW")
    drafts.begin(few, Draft())
    with pytest.raises(SenderError) as refused:
        drafts.begin(few, Draft())
    assert refused.value.code == "drafts-many"


def test_without_a_tariff_nothing_is_estimated(drafts: Any) -> None:
    assert drafts.begin(ACME, filled("H-17")).estimate is None


def test_a_line_of_another_currency_is_lodged_in_its_own(drafts: Any) -> None:
    view = drafts.begin(ACME, filled("H-18", lines=(), invoice_amount="", invoice_currency=""))
    given = [line(1, "5.00", code="741220"), line(2, "6.00", code="741220", currency="USD")]
    read = drafts.read_file(ACME, view.id, 1, "x.xml", ubl(given))
    document: Any = standards.read(module._message(read.draft)).document
    assert [one.commodity.price.currency for one in document.shipment.items] == ["EUR", "USD"]


def test_a_draft_is_estimated_by_the_tariff_with_what_was_assumed(built: Built, drafts: Any) -> None:
    built.settings.tariff_file.write_bytes(law())
    try:
        woven = msgspec.structs.replace(filled("H-19").lines[0], code="5208 21 90")
        known = drafts.begin(ACME, filled("H-19", lines=(woven,))).estimate
        assert (known.currency, known.lines[0].line, known.lines[0].not_computable) == ("EUR", 1, ())
        assert known.lines[0].duties[0][2] == "120.45" and known.total == known.lines[0].total is not None
        unknown = drafts.begin(ACME, filled("H-20", lines=(woven, filled("H-20").lines[0]))).estimate
        assert unknown.total is None and unknown.lines[0].total == known.total and unknown.lines[1].not_computable
    finally:
        built.settings.tariff_file.unlink()


def test_an_agent_sees_no_draft_of_before_his_mandate(drafts: Any) -> None:
    view = drafts.begin(ACME, Draft(reference="H-OLD"))
    begun = view.changed + timedelta(milliseconds=5)
    broker = msgspec.structs.replace(trader("ACME"), id="broker", since=(("ACME", begun),))
    time.sleep(0.01)
    later = drafts.begin(broker, Draft(reference="H-NEW"))
    assert [one.reference for one in drafts.own_drafts(broker) if one.reference in ("H-OLD", "H-NEW")] == ["H-NEW"]
    for act in (
        lambda: drafts.own_draft(broker, view.id),
        lambda: drafts.change(broker, view.id, 1, Draft()),
        lambda: drafts.discard(broker, view.id),
        lambda: drafts.lodge(broker, view.id, 1),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert drafts.own_draft(broker, later.id).draft.reference == "H-NEW"
    for one in (view, later):
        drafts.discard(ACME, one.id)


@pytest.mark.parametrize("second", ["the same bytes", "the same number", "another"])
def test_an_invoice_that_fills_a_draft_twice_is_named(drafts: Any, second: str) -> None:
    first, other = ubl(goods(2)), ubl(goods(3))
    again = {"the same bytes": first, "the same number": other, "another": ubl(goods(3), number="ANOTHER")}[second]
    view = drafts.begin(ACME, Draft(reference=f"H {second}"))
    view = drafts.read_file(ACME, view.id, 1, "a.xml", first)
    view = drafts.read_file(ACME, view.id, 2, "b.xml", again)
    told = [one for one in view.findings if one.code == "draft-read-twice"]
    assert [one.arguments["times"] for one in told] == ([] if second == "another" else ["2"])
    drafts.discard(ACME, view.id)


def test_lines_that_did_not_come_in_are_said_whenever_the_draft_is_looked_at(drafts: Any) -> None:
    view = drafts.begin(ACME, Draft(reference="H-1001"))
    view = drafts.read_file(ACME, view.id, 1, "a.xml", ubl(goods(1001)))
    again = drafts.own_draft(ACME, view.id)
    assert ("draft-lines-too-many", "warning") in {(one.code, one.severity) for one in again.findings}
    drafts.discard(ACME, view.id)


def test_what_most_administrations_ask_for_is_asked_for(drafts: Any) -> None:
    line = DraftLine(description="Spoons", code="82159910", amount="10", currency="EUR")
    view = drafts.begin(ACME, Draft(reference="H-BARE", office="XA1", importer=DraftParty(name="ACME"), lines=(line,)))
    asked = {"importer.id", "declarant.name", "gross_mass", "lines[1].procedure", "lines[1].origin"}
    assert asked <= set(locations(view, "warning"))
    drafts.discard(ACME, view.id)
