# SPDX-License-Identifier: Apache-2.0
"""Payment in a real house: asked once, matched by reference, counted once, sealed, and found again by the audit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from lxml import etree

from cocket.errors import PolicyError, SenderError, UnreadableError
from cocket.governance import Principal
from cocket.languages import language
from cocket.measures.payments import Payer, PaymentAdvice, is_reference
from cocket.measures.tariff import Line, write_tariff
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.tariff import NoTariffError
from cocket.pipeline.measures.payments import PAYMENT, PAYMENT_ADVICE, PaymentView, TakenStatement, file_id
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.operations.row_repair import RowRepair
from cocket.stores.operations.retention import RetentionRows
from cocket.stores.operations.row_audits import RowDifference
from tests.houses import Built, build, envelope, officer, trader
from tests.measures.making import measure, percent, tariff
from tests.messages import declaration
from tests.statements import ACCOUNT, CODE, PAYEE, camt, detail, entry, law

HEAD = officer("supervisor")
HOST = Principal(id="host", kind="key", roles=("host",), senders=("HOST",))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("payments") / "home")
    made.settings.tariff_file.write_bytes(law())
    made.settings.payment_file.write_text(PAYEE)
    yield made
    made.house.close()


_COUNT = iter(range(1000))


def lodged(built: Built, reference: str | None = None) -> tuple[str, str]:
    """A fresh declaration: ids of its dossier and its message."""
    name = reference or f"PAY{next(_COUNT)}"
    (answer,) = built.house.intake.messages.take_many([envelope(declaration(name))], principal=trader("ACME"))
    built.desk()
    (found,) = built.house.queries.records.find(HEAD, name, None)
    return found.id, answer.id


def asked(built: Built) -> PaymentView:
    return built.house.measures.payments.advise(HEAD, lodged(built)[0])


def outcomes(taken: TakenStatement) -> list[str]:
    return [one.outcome for one in taken.entries]


def take(built: Built, *entries: str, kind: str = "054") -> TakenStatement:
    return built.house.measures.payments.take(HOST, camt(*entries, kind=kind))


def now(built: Built, view: PaymentView) -> PaymentView:
    return built.house.measures.payments.payment(HEAD, view.consignment)


def test_what_is_asked_is_the_duty_answer_charge_by_charge_and_sealed(built: Built) -> None:
    consignment, message = lodged(built)
    view = built.house.measures.payments.advise(HEAD, consignment)
    advice, sheet = view.advice, built.house.measures.duties.sheet(HEAD, consignment)
    assert advice is not None and view.standing is not None
    sums: dict[str, Decimal] = {}
    for line in (line for item in sheet.items for line in item.lines):
        sums[line.charge] = sums.get(line.charge, Decimal()) + line.amount
    assert {one.charge: one.amount for one in advice.charges} == sums
    assert [one.charge for one in advice.charges] == ["duty", "SUR", "VAT"]
    assert advice.total == sum(sums.values())
    assert str(advice.total).partition(".")[2].__len__() == 2
    assert {one.charge: one.revenue for one in advice.charges}["VAT"] == "B00"
    assert is_reference(advice.reference)
    assert (advice.message, advice.version, advice.currency) == (message, 1, "EUR")
    assert (advice.due - advice.issued).days == 10
    assert view.standing.state == "unpaid" and view.standing.open == advice.total
    assert msgspec.json.decode(built.bodies(PAYMENT_ADVICE)[-1], type=PaymentAdvice) == advice
    assert sheet.payment is not None and sheet.payment.advice == advice
    dossier = built.house.queries.records.dossier(HEAD, consignment)
    assert dossier.payment is not None and dossier.payment.advice == advice
    assert any(one.code == PAYMENT_ADVICE for one in dossier.timeline)


def test_the_same_asked_again_makes_nothing_new_and_a_new_tariff_keeps_the_reference(built: Built) -> None:
    view = asked(built)
    count = len(built.bodies(PAYMENT_ADVICE))
    again = built.house.measures.payments.advise(HEAD, view.consignment)
    assert again.advice == view.advice
    assert len(built.bodies(PAYMENT_ADVICE)) == count
    assert view.advice is not None
    take(built, entry(view.advice.total, "N1", detail(view.advice.reference)))
    built.settings.tariff_file.write_bytes(law("12"))
    try:
        assert now(built, view).is_outdated
        changed = built.house.measures.payments.advise(HEAD, view.consignment)
        assert changed.advice is not None and changed.standing is not None
        assert changed.advice.reference == view.advice.reference
        assert changed.advice.total > view.advice.total
        assert changed.advice.tariff_digest != view.advice.tariff_digest
        assert (changed.standing.state, changed.standing.paid) == ("part", view.advice.total)
        assert not now(built, view).is_outdated
    finally:
        built.settings.tariff_file.write_bytes(law())


def test_paid_in_part_in_full_and_too_much(built: Built) -> None:
    view = asked(built)
    assert view.advice is not None
    reference, total = view.advice.reference, view.advice.total
    first = take(built, entry("1.00", "P1", detail(reference)))
    assert [(one.outcome, one.state) for one in first.entries] == [("counted", "part")]
    half = now(built, view).standing
    assert half is not None and (half.state, half.paid, half.open) == ("part", Decimal("1.00"), total - 1)
    rest = take(built, entry(total - 1, "P2", detail(free=f"duties {reference[:4]} {reference[4:]} thanks")))
    assert [one.state for one in rest.entries] == ["paid"]
    over = take(built, entry("0.01", "P3", detail(reference)))
    assert [one.state for one in over.entries] == ["over"]
    full = now(built, view)
    assert full.standing is not None and full.standing.over == Decimal("0.01")
    assert [str(one.amount) for one in full.payments] and full.payments[0].payer == "ACME & Sons"


def test_a_payment_told_twice_counts_once_whatever_file_tells_it(built: Built) -> None:
    view = asked(built)
    assert view.advice is not None
    one = entry("5.00", "D1", detail(view.advice.reference, bank="T1", uetr="eb6305c9-1f7f-49de-aed0-16487c27b42d"))
    assert outcomes(take(built, one)) == ["counted"]
    assert outcomes(take(built, one)) == ["repeat"]
    assert outcomes(take(built, entry("5.00", "D1", detail(view.advice.reference)), kind="053")) == ["repeat"]
    assert outcomes(take(built, entry("5.00", "", detail(view.advice.reference, bank="T1")))) == ["repeat"]
    assert outcomes(take(built, one, one, kind="053")) == ["repeat", "repeat"]
    row = f"account,bank_reference,booked,amount,currency,reference\n{ACCOUNT},D1,2026-03-02,5.00,EUR,{view.advice.reference}\n"
    assert outcomes(built.house.measures.payments.take(HOST, row.encode())) == ["repeat"]
    assert outcomes(take(built, entry("6.00", "D1", detail(view.advice.reference)))) == ["contradicts"]
    standing = now(built, view).standing
    assert standing is not None and standing.paid == Decimal("5.00")
    other = entry("5.00", "D2", detail(view.advice.reference))
    assert outcomes(take(built, other)) == ["counted"], "two payments of one amount are two"


def test_names_of_different_kinds_do_not_count_twice(built: Built) -> None:
    view = asked(built)
    assert view.advice is not None
    by_world = entry("7.00", "", detail(view.advice.reference, uetr="11111111-1f7f-49de-aed0-16487c27b42d"))
    assert outcomes(take(built, by_world)) == ["counted"]
    assert outcomes(take(built, entry("7.00", "K1", detail(view.advice.reference)))) == ["possible-repeat"]
    standing = now(built, view).standing
    assert standing is not None and standing.paid == 7


def test_a_batch_counts_once_with_its_parts_or_as_a_whole(built: Built) -> None:
    one, two = asked(built), asked(built)
    assert one.advice is not None and two.advice is not None
    parts = (detail(one.advice.reference, amount="3.00"), detail(two.advice.reference, amount="4.00"))
    assert outcomes(take(built, entry("7.00", "B1", *parts))) == ["counted", "counted"]
    assert outcomes(take(built, entry("7.00", "B1", *parts), kind="053")) == ["repeat", "repeat"]
    assert outcomes(take(built, entry("7.00", "B1"), kind="053")) == ["repeat"]
    named = tuple(
        detail(view.advice.reference, amount=amount, bank=f"{amount}")
        for view, amount in ((two, "4.00"), (one, "3.00"))
        if view.advice
    )
    assert outcomes(take(built, entry("7.00", "B1", *named), kind="053")) == ["repeat", "repeat"]
    assert outcomes(take(built, entry("9.00", "B2"), kind="053")) == ["no-reference"]
    later = (detail(one.advice.reference, amount="5.00"), detail(two.advice.reference, amount="4.00"))
    assert outcomes(take(built, entry("9.00", "B2", *later))) == ["counted", "counted"]
    assert outcomes(take(built, entry("9.00", "B2"), kind="053")) == ["repeat"]
    assert [s.paid for v in (one, two) if (s := now(built, v).standing)] == [Decimal(8), Decimal(8)]
    wrong = take(built, entry("9.99", "B3", *parts))
    assert wrong.entries == () and [one.code for one in wrong.findings] == ["bank-entry-unreadable"]


def test_what_counts_for_nothing_is_kept_and_can_be_assigned(built: Built) -> None:
    view, other = asked(built), asked(built)
    assert view.advice is not None and other.advice is not None
    unknown = "RF18539007547034"
    taken = take(
        built,
        entry("1.00", "U1", detail(unknown)),
        entry("2.00", "U2", detail(free="invoice 17")),
        entry("3.00", "U3", detail(free=f"{view.advice.reference} and {other.advice.reference}")),
        entry("4.00", "U4", detail(view.advice.reference), currency="USD"),
        entry("5.00", "", detail(view.advice.reference)),
        entry("6.00", "U6", detail(view.advice.reference), way="DBIT"),
        entry("7.00", "U7", detail(view.advice.reference), status="PDNG"),
    )
    assert outcomes(taken) == [
        "unknown-reference",
        "no-reference",
        "several-references",
        "other-currency",
        "unidentified",
    ]
    assert [place for place, _ in taken.passed_over] == ["entry 6", "entry 7"]
    payments = built.house.measures.payments
    waiting = {one.outcome: one for one in payments.unmatched(HEAD).payments if one.amount <= 4}
    assert {"unknown-reference", "no-reference", "several-references", "other-currency"} <= waiting.keys()
    with pytest.raises(PolicyError):
        payments.assign(HEAD, waiting["no-reference"].id, view.advice.reference, " ")
    with pytest.raises(PolicyError):
        payments.assign(officer(), waiting["no-reference"].id, view.advice.reference, "why")
    with pytest.raises(SenderError, match="USD"):
        payments.assign(HEAD, waiting["other-currency"].id, view.advice.reference, "why")
    with pytest.raises(NotFoundError):
        payments.assign(HEAD, waiting["no-reference"].id, unknown, "why")
    kept = payments.assign(HEAD, waiting["no-reference"].id, view.advice.reference, "the payer telephoned")
    assert (kept.outcome, kept.reason) == ("counted", "the payer telephoned")
    with pytest.raises(SenderError, match="counts already"):
        payments.assign(HEAD, kept.id, other.advice.reference, "why")
    standing = now(built, view).standing
    assert standing is not None and standing.paid == 2
    assert outcomes(take(built, entry("2.00", "U2", detail(free="invoice 17")))) == ["repeat"]


def test_what_is_booked_on_a_day_that_has_not_come_is_not_imported(built: Built) -> None:
    view = asked(built)
    assert view.advice is not None
    take(built, entry("9.00", "F1", detail(view.advice.reference)))
    later = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    paid = entry("9.00", "F2", detail(view.advice.reference), day=later)
    back = entry("9.00", "F1", detail(view.advice.reference), way="DBIT", back="true", day=later)
    assert outcomes(take(built, paid, back)) == ["future", "future"]
    standing = now(built, view).standing
    assert standing is not None and standing.paid == 9


def test_a_payment_booked_before_its_advice_counts_with_a_note(built: Built) -> None:
    view = asked(built)
    assert view.advice is not None
    today = datetime.now(UTC).date()
    days = [(today - timedelta(days=3), True), (today - timedelta(days=1), False), (today, False)]
    paid = [
        entry("1.00", f"E{place}", detail(view.advice.reference), day=day.isoformat())
        for place, (day, _) in enumerate(days)
    ]
    found = take(built, *paid)
    assert [(one.outcome, "booked before there was such an advice" in one.says) for one in found.entries] == [
        ("counted", is_early) for _, is_early in days
    ]
    shown = now(built, view).payments
    assert [(one.booked, "before there was such an advice" in one.says) for one in shown] == sorted(days)
    assert [one.is_early for one in shown] == [True, False, False]
    built.settings.tariff_file.write_bytes(law("12"))
    try:  # an advice made anew is the same advice
        built.house.measures.payments.advise(HEAD, view.consignment)
        assert now(built, view).payments == shown
    finally:
        built.settings.tariff_file.write_bytes(law())


def test_a_payment_that_the_bank_takes_back_counts_no_more(built: Built) -> None:
    view = asked(built)
    assert view.advice is not None
    take(built, entry("9.00", "R1", detail(view.advice.reference)))
    back = entry("9.00", "R1", detail(view.advice.reference), way="DBIT", back="true")
    assert outcomes(take(built, back)) == ["counted"]
    assert outcomes(take(built, back)) == ["repeat"]
    standing = now(built, view).standing
    assert standing is not None and (standing.state, standing.paid) == ("unpaid", 0)


def test_many_who_bring_the_same_statement_at_once_count_it_once(built: Built) -> None:
    view = asked(built)
    assert view.advice is not None
    content = camt(*(entry("1.00", f"M{place}", detail(view.advice.reference)) for place in range(5)))
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.extend(outcomes(built.house.measures.payments.take(HOST, content))))
        for _ in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found) == ["counted"] * 5 + ["repeat"] * 15
    standing = now(built, view).standing
    assert standing is not None and standing.paid == 5


@pytest.fixture
def spoilt(built: Built) -> Iterator[Built]:
    """The house, whose tariff and account a test may spoil."""
    yield built
    built.settings.tariff_file.write_bytes(law())
    built.settings.payment_file.write_text(PAYEE)


def test_nothing_is_asked_where_an_amount_is_unknown_or_assumed(spoilt: Built) -> None:
    consignment, _ = lodged(spoilt)
    payments = spoilt.house.measures.payments
    with pytest.raises(SenderError, match="assumed") as strict:
        payments.advise(HEAD, consignment, strict=True)
    assert strict.value.code == "payment-assumed" and strict.value.findings
    bare = tariff(measure("duty", percent("10"), code=CODE), lines={CODE: Line(code=CODE)}, currency="EUR")
    spoilt.settings.tariff_file.write_bytes(write_tariff(bare))
    with pytest.raises(SenderError) as found:
        payments.advise(HEAD, consignment)
    assert found.value.code == "payment-unknown"
    assert "item 2" in str([one.arguments for one in found.value.findings]).replace("'item': '2'", "item 2")
    spoilt.settings.tariff_file.unlink()
    with pytest.raises(NoTariffError):
        payments.advise(HEAD, consignment)
    spoilt.settings.tariff_file.write_bytes(law())
    spoilt.settings.payment_file.unlink()
    with pytest.raises(SenderError, match="no account"):
        payments.advise(HEAD, consignment)
    assert payments.payment(HEAD, consignment).advice is None


def test_who_may_ask_see_and_bring(built: Built) -> None:
    consignment, message = lodged(built)
    payments = built.house.measures.payments
    with pytest.raises(PolicyError):
        payments.advise(officer("auditor"), consignment)
    with pytest.raises(NotFoundError):
        payments.advise(officer("officer", "NOWHERE"), consignment)
    with pytest.raises(NotFoundError):
        payments.own_payment(trader("ACME"), message)
    payments.advise(HEAD, consignment)
    own = payments.own_payment(trader("ACME"), message)
    assert own.advice is not None and own.advice.consignment == "" and own.consignment == ""
    with pytest.raises(NotFoundError):
        payments.own_payment(trader("BETA"), message)
    with pytest.raises(PolicyError):
        payments.take(trader("ACME"), camt())
    with pytest.raises(PolicyError):
        payments.take(officer(), camt())
    with pytest.raises(UnreadableError):
        payments.take(HOST, b"<Document xmlns='urn:x'/>")
    assert b"TaxRmt" in payments.order(
        own, Payer(account="GB33BUKB20201555555555", name="ACME", day=datetime.now(UTC).date())
    )
    assert payments.slip(own, language("fr")).startswith(b"%PDF")


def differences(built: Built) -> list[RowDifference]:
    built.sign()
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    return audit.differences()


#: What an insider does in the database to the payment of a mark, and the table that is found to differ.
ACTS = {
    "a payment is taken out": (
        "delete from case_file_key where file = %(id)s; delete from case_file where id = %(id)s",
        "",
    ),
    "a payment counts for nothing": ("update case_file set state = 'no-reference' where id = %(id)s", "state"),
    "a payment is of another amount": (
        "update case_file set body = convert_to(replace(convert_from(body, 'utf8'), '2.00', '9.00'), 'utf8') where id = %(id)s",
        "digest",
    ),
    "a payment is of another advice": (
        "update case_file_key set value = 'RF18539007547034' where file = %(id)s and name = 'reference'",
        "",
    ),
    "an advice asks for less": (
        (
            "update case_file set body = convert_to(replace(convert_from(body, 'utf8'), '\"total\":\"', '\"total\":\"0'), 'utf8') "
            "where kind = 'payment-advice' and consignment = %(consignment)s"
        ),
        "digest",
    ),
}


def test_the_audit_finds_what_was_done_to_advices_and_payments_and_sets_it_right(built: Built) -> None:
    views = {act: asked(built) for act in ACTS}
    for act, view in views.items():
        assert view.advice is not None
        take(built, entry("2.00", f"A-{act}", detail(view.advice.reference)))
    before = {act: now(built, view) for act, view in views.items()}
    assert differences(built) == []
    with built.stores.database.transaction() as connection:
        for act, (statement, _) in ACTS.items():
            names = {"id": before[act].payments[0].id, "consignment": before[act].consignment}
            for part in statement.split("; "):
                connection.execute(part, names)
    found = {(one.id.rpartition(" ")[2], one.column) for one in differences(built)}
    for act, (_, column) in ACTS.items():
        advice = before[act].advice
        assert advice is not None
        name = str(file_id(PAYMENT_ADVICE, advice.reference)) if "advice asks" in act else before[act].payments[0].id
        assert (name, column) in found, act
    repair = RowRepair(built.stores)
    for _ in range(3):
        for one in differences(built):
            repair.set_row_right(HEAD, one.table, one.id, "forged")
    assert differences(built) == []
    assert {act: now(built, view) for act, view in views.items()} == before


def test_an_erased_consignment_leaves_no_advice_and_no_payment(built: Built) -> None:
    view = asked(built)
    assert view.advice is not None
    take(built, entry("2.00", "E1", detail(view.advice.reference)))
    Erasure(built.stores).erase(view.consignment, who="anna", reason="asked by the subject")
    with built.stores.database.transaction() as connection:
        left = connection.execute("select count(*) from case_file where consignment = %s", (view.consignment,))
        assert (left.fetchone() or (1,))[0] == 0
    assert differences(built) == []


def test_what_is_paid_too_much_is_listed_refunded_once_and_sealed(built: Built) -> None:
    view, payments = asked(built), built.house.measures.payments
    assert view.advice is not None
    reference, total = view.advice.reference, view.advice.total
    payer = Payer(account="GB33BUKB20201555555555", name="ACME Öl")
    with pytest.raises(SenderError, match="Nothing was paid above"):
        payments.refund(HEAD, view.consignment, payer, "paid twice")
    take(built, entry(total + Decimal("7.50"), "RF1", detail(reference)))
    (found,) = [one for one in payments.overpaid(HOST).overpayments if one.reference == reference]
    assert (found.over, found.paid, found.consignment) == (Decimal("7.50"), total + Decimal("7.50"), view.consignment)
    for who, why in ((HOST, "paid twice"), (officer("officer", None), "paid twice"), (HEAD, " ")):
        with pytest.raises(PolicyError):
            payments.refund(who, view.consignment, payer, why)
    with pytest.raises(SenderError, match="check digits"):
        payments.refund(HEAD, view.consignment, Payer(account="GB00BUKB20201555555555", name="A"), "paid twice")
    order = etree.fromstring(payments.refund(HEAD, view.consignment, payer, "paid twice"))
    assert order.findtext(".//{*}EndToEndId") == f"{reference}-R1" == order.findtext(".//{*}MsgId")
    assert order.findtext(".//{*}InstdAmt") == "7.50" and order.findtext(".//{*}CdtrAcct//{*}IBAN") == payer.account
    assert order.findtext(".//{*}Cdtr/{*}Nm") == "ACME Öl" and order.findtext(".//{*}DbtrAcct//{*}IBAN") == ACCOUNT
    after = now(built, view)
    assert after.standing is not None and (after.standing.state, after.standing.over) == ("paid", 0)
    assert {one.outcome: one.amount for one in after.payments} == {
        "counted": total + Decimal("7.50"),
        "refunded": Decimal("-7.50"),
    }
    assert not [one for one in payments.overpaid(HOST).overpayments if one.reference == reference]
    count = len(built.bodies(PAYMENT))
    again = etree.fromstring(payments.refund(HEAD, view.consignment, payer, "the file was lost"))
    assert again.findtext(".//{*}MsgId") == f"{reference}-R1" and len(built.bodies(PAYMENT)) == count
    with pytest.raises(SenderError, match="Nothing was paid above"):
        payments.refund(HEAD, view.consignment, Payer(account="4711", name="B"), "another account")
    take(built, entry("2.00", "RF2", detail(reference)))
    second = etree.fromstring(payments.refund(HEAD, view.consignment, payer, "once more"))
    assert (second.findtext(".//{*}MsgId"), second.findtext(".//{*}InstdAmt")) == (f"{reference}-R2", "2.00")


def is_open(built: Built, view: PaymentView) -> bool:
    """Whether a payment keeps the period of a dossier from ending, where a retention schedule names it."""
    with built.stores.database.transaction() as connection:
        (row,) = RetentionRows().consignments(connection, [UUID(view.consignment)])
    return "open-payment" in row.open


def test_retention_knows_what_is_still_to_be_paid_or_paid_back(built: Built) -> None:
    view, payments = asked(built), built.house.measures.payments
    assert view.advice is not None
    reference, total = view.advice.reference, view.advice.total
    assert is_open(built, view), "nothing is paid"
    take(built, entry("1.00", "RT1", detail(reference)))
    assert is_open(built, view), "a part is paid"
    take(built, entry(total - 1, "RT2", detail(reference)))
    assert not is_open(built, view)
    take(built, entry("3.00", "RT3", detail(reference)))
    assert is_open(built, view), "too much is paid"
    payments.refund(HEAD, view.consignment, Payer(account="GB33BUKB20201555555555", name="ACME"), "paid twice")
    assert not is_open(built, view)
    assert not is_open(built, PaymentView(consignment=lodged(built)[0])), "nothing was asked for"


def test_two_refunds_at_once_pay_once(built: Built) -> None:
    view, payments = asked(built), built.house.measures.payments
    assert view.advice is not None
    take(built, entry(view.advice.total + 9, "RF3", detail(view.advice.reference)))
    found: list[str] = []

    def order(account: str) -> None:
        try:
            payments.refund(HEAD, view.consignment, Payer(account=account, name="A"), "paid twice")
            found.append(account)
        except SenderError:
            pass

    threads = [threading.Thread(target=order, args=(str(number),)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 1
    assert now(built, view).standing.over == 0  # type: ignore[union-attr]
