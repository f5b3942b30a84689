# SPDX-License-Identifier: Apache-2.0
"""Payment by itself: references and accounts, what is asked for, the order by the published schema, the slip, statements."""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import msgspec
import pytest
from lxml import etree

from cocket.errors import CocketError, SenderError, SettingsError, UnreadableError
from cocket.languages import language
from cocket.measures.payments import (
    ChargeDue,
    Payer,
    PaymentAdvice,
    Received,
    charges_due,
    grouped,
    is_iban,
    is_reference,
    make_reference,
    read_payee,
    read_statement,
    references_in,
    stand,
    write_order,
    write_slip,
)
from cocket.measures.payments.letters import outline
from cocket.measures.payments.order import NAMESPACE
from cocket.measures.payments.slip import _broken
from cocket.measures.tariff import Calculator, DutyWords, Rates, Rounding
from tests.measures.making import goods, measure, percent, tariff
from tests.statements import ACCOUNT, PAYEE, camt, detail, entry

MADE = datetime(2026, 3, 1, 12, tzinfo=UTC)


def advice(**more: Any) -> PaymentAdvice:
    fields: dict[str, Any] = {
        "reference": make_reference(bytes(range(10))),
        "consignment": "c",
        "declaration": "26XA0001",
        "message": "m",
        "version": 1,
        "day": date(2026, 3, 1),
        "tariff": "Alphaland",
        "edition": "2026",
        "tariff_digest": "a" * 64,
        "answer_digest": "b" * 64,
        "currency": "EUR",
        "charges": (
            ChargeDue(charge="duty", kind="duty", amount=Decimal("1200.00"), acts=("Customs Act <1995>, s. 8",)),
            ChargeDue(charge="VAT", kind="vat", amount=Decimal("2640.05"), revenue="B00"),
        ),
        "total": Decimal("3840.05"),
        "payee": read_payee(PAYEE.encode()),
        "payer": "XB123",
        "payer_name": "ACME & Sons",
        "issued": date(2026, 3, 1),
        "due": date(2026, 3, 11),
    }
    return PaymentAdvice(**fields | more)


@pytest.mark.parametrize("text", ["RF18539007547034", "RF471234567890", "RF45G72UUR", "RF6518K5"])
def test_references_that_others_made_are_right_and_one_sign_off_is_wrong(text: str) -> None:
    assert is_reference(text)
    for place in range(2, len(text)):
        for sign in "0123456789":
            other = text[:place] + sign + text[place + 1 :]
            assert is_reference(other) == (other == text), other


def test_references_are_made_right_differ_and_are_found_in_what_a_payer_writes() -> None:
    chance = random.Random(7)
    made = {make_reference(chance.randbytes(16)) for _ in range(2000)}
    assert len(made) == 2000
    assert all(is_reference(one) and len(one) == 20 for one in made)
    one = make_reference(b"0123456789")
    assert references_in(f"Zoll {grouped(one).lower()}, danke {one}") == (one,)
    assert references_in(f"{one[:-1]}") == references_in(one.replace(one[5], "*", 1)) == ()
    assert is_iban(ACCOUNT) and not is_iban(ACCOUNT[:-1] + "1")


def test_an_account_is_read_and_what_is_wrong_with_it_is_told_at_once() -> None:
    payee = read_payee(b'name = "X"\naccount = "DE89 3704 0044 0532 0130 00"\nbic = "cobadeffxxx"')
    assert (payee.account, payee.bic, payee.is_iban) == (ACCOUNT, "COBADEFFXXX", True)
    assert not read_payee(b'name = "X"\naccount = "0010-4711"').is_iban
    with pytest.raises(SettingsError) as found:
        read_payee(b'name = " "\naccount = "DE89370400440532013001"\nbic = "X"\ndays = -1')
    assert len(found.value.problems) == 4
    for content in (b"\xff", b"name = 1", b"account = 'x'", b"name = 'x'\naccount = 'y'\nunknown = 1", b"="):
        with pytest.raises(SettingsError):
            read_payee(content)


def test_what_an_advice_assumes_is_understood_without_its_code() -> None:
    book = tariff(measure("duty", percent("10")), measure("vat", percent("20")), currency="ALL")
    due = charges_due(Calculator(book, Rates("ALL")), [goods()], read_payee(PAYEE.encode()))
    assert due.assumed == (
        "release for home use, because no procedure is stated",
        "vat is computed on value + duties + excise: the tariff does not state its base",
        "amounts are in ALL, because no currency is stated",
    )


def test_what_is_asked_is_due_alone_and_to_the_unit_of_the_currency() -> None:
    duty, vat = measure("duty", percent("10.005")), measure("vat", percent("20"), "VAT")
    payee = read_payee(PAYEE.encode())
    for letters, step in (("EUR", "0.01"), ("JPY", "1"), ("KWD", "0.001")):
        book = tariff(duty, vat, currency=letters)
        due = charges_due(Calculator(book, Rates(letters)), [goods(value=Decimal("1234"), currency=letters)], payee)
        assert all(one.amount.as_tuple().exponent == Decimal(step).as_tuple().exponent for one in due.charges)
        assert due.total == sum(one.amount for one in due.charges)
        assert any("rounded" in one for one in due.assumed) == (letters == "JPY")
    said = tariff(duty, vat, currency="JPY", rounding={"": Rounding(step=Decimal(1))})
    due = charges_due(Calculator(said, Rates("JPY")), [goods(value=Decimal("1234"), currency="JPY")], payee)
    assert not any("rounded" in one for one in due.assumed)
    transit = [goods(procedure="8100")]
    euro = Calculator(tariff(duty, currency="EUR"), Rates("EUR"))
    for asked, code in (
        (transit, "nothing-due"),
        ([goods(value=None)], "payment-unknown"),
        ([goods(currency="USD")], "payment-unknown"),
        ([goods(), goods(code="99")], "payment-unknown"),
        ([], "payment-unknown"),
    ):
        with pytest.raises(SenderError) as found:
            charges_due(euro, asked, payee)
        assert found.value.code == code
    with pytest.raises(SenderError) as found:
        charges_due(Calculator(tariff(duty, currency="XDC"), Rates("XDC")), [goods(currency="XDC")], payee)
    assert found.value.code == "payment-currency"


def test_an_order_is_what_the_published_schema_asks_for() -> None:
    sepaxml = pytest.importorskip("sepaxml")
    path = files(sepaxml.__name__) / "schemas" / "pain.001.001.09.xsd"
    schema = etree.XMLSchema(etree.fromstring(path.read_bytes()))
    long = "x" * 400
    for one in (
        advice(),
        advice(payee=read_payee(b'name = "Zoll"\naccount = "12/3-4"\nbic = "ABCDXA22"\nzone = "7"\nmethod = "M"')),
        advice(payer="", declaration="", payer_name=f"\x07 {long} \u202e"),
        advice(
            currency="KWD",
            total=Decimal("1.005"),
            charges=(
                ChargeDue(charge=long, kind="duty", amount=Decimal("1.005"), acts=(long, long), revenue="r" * 35),
            ),
        ),
    ):
        for payer in (
            Payer(account="GB33BUKB20201555555555"),
            Payer(account="7", bic="DEUTDEFF", day=date(2026, 3, 2)),
        ):
            root = etree.fromstring(write_order(one, payer, MADE))
            schema.assertValid(root)
            told = {"n": NAMESPACE}
            amounts = [Decimal(text) for text in root.xpath("//n:Rcrd//n:TtlAmt/text()", namespaces=told)]
            assert sum(amounts) == Decimal(root.findtext(".//n:InstdAmt", namespaces=told)) == one.total
            assert root.findtext(".//n:CdtrRefInf/n:Ref", namespaces=told) == one.reference
    broken = etree.fromstring(write_order(advice(), Payer(account="7"), MADE).replace(b"InstdAmt", b"Amount"))
    assert not schema.validate(broken)


@pytest.mark.parametrize(
    ("payer", "more"),
    [
        (Payer(account="GB33BUKB20201555555556"), {}),
        (Payer(account=""), {}),
        (Payer(account="7", bic="SHORT"), {}),
        (Payer(account="7"), {"payer_name": ""}),
        (Payer(account="7", day=date(2026, 2, 27)), {}),
        (Payer(account="7"), {"total": Decimal("1e18")}),
    ],
)
def test_an_order_that_no_bank_could_carry_out_is_not_made(payer: Payer, more: dict[str, Any]) -> None:
    with pytest.raises(SenderError) as found:
        write_order(advice(**more), payer, MADE)
    assert found.value.code == "payment-order"


def test_an_order_is_for_no_day_that_is_past() -> None:
    late = datetime(2026, 4, 1, 12, tzinfo=UTC)
    day = etree.fromstring(write_order(advice(), Payer(account="7"), late)).findtext(f".//{{{NAMESPACE}}}Dt")
    assert day == "2026-04-01", "the last day, 11 March, is past"
    with pytest.raises(SenderError, match="2026-03-11, the day on which to pay, is past"):
        write_order(advice(), Payer(account="7", day=date(2026, 3, 11)), late)


def test_a_slip_is_one_page_or_more_the_same_each_time_and_says_what_it_cannot_print() -> None:
    once = write_slip(advice())
    assert once == write_slip(advice()) and once.startswith(b"%PDF-1.7")
    assert grouped(advice().reference).encode() in once
    assert b"stands for a letter" in (wedges := write_slip(advice(payer_name="\U00012000")))
    assert b"all of them: Payer." in wedges
    assert b"remplace une lettre" in write_slip(advice(payer_name="\U00012000"), language("fr"))
    charge = ChargeDue(charge="\U00012000", kind="vat", amount=Decimal("5.00"))
    assert b"all of them: Charge." in write_slip(advice(charges=(charge,)))
    assert b"stands for" not in once and b"ActualText" not in once
    many = tuple(
        ChargeDue(charge=f"C{place}", kind="fee", amount=Decimal(1), acts=("an act " * 20,)) for place in range(60)
    )
    assert b"/Count 1>>" in once and b"/Count 6>>" in write_slip(advice(charges=many))


@pytest.mark.parametrize("tag", ["en", "fr", "es", "ar"])
def test_a_slip_is_in_the_readers_language_alone(tag: str) -> None:
    rate, own = "the standard rate; a lower one must be claimed", "a word of the tariff's own"
    said = advice(payer_name="", payer="", assumed=(rate, own))
    page = write_slip(said, language(tag))

    def printed(text: str) -> bool:
        return any(form in page for form in (text.encode("cp1252", "ignore"), text.encode("utf-16-be").hex().encode()))

    english = ("Payment advice", "Pay to", "Reference", "To be paid by", "Issued", "State the reference")
    assert all(printed(language(tag).translate(word)) for word in english[:-1])
    assert [word for word in english if tag != "en" and language(tag).translate(word) != word and printed(word)] == []
    assert f"/Lang ({tag})".encode() in page
    assert printed(f"- {DutyWords(language(tag)).step(rate)}") and printed(f"- {rate}") is (tag == "en")
    assert printed(f"- {own}") and b"stands for a letter" not in page


def test_a_slip_of_a_language_written_from_the_right_begins_there() -> None:
    def left_of_total(page: bytes) -> float:
        place = re.search(rb"1 0 0 1 ([\d.]+) [\d.]+ Tm\s+\(3.840\.05\) Tj", page)
        assert place is not None
        return float(place[1])

    assert left_of_total(write_slip(advice())) > 300 > left_of_total(write_slip(advice(), language("ar")))


def test_a_slip_gives_way_to_english_where_no_font_has_the_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cocket.measures.payments.letters._fonts", lambda bold: ())
    assert b"Payment advice" in write_slip(advice(), language("ar"))


NAMES = (
    "شركة النور للتجارة", "บริษัท สยามการค้า จำกัด", "北京进出口贸易有限公司", "日本商事", "한국무역", "Łukasz Nguyễn, Şişli",
    "Ωμέγα", "Торговый дом", "हिन्दी व्यापार", "חברת הסחר", "ქართული", "ኢትዮጵያ",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_slip_shows_names_in_any_letters(name: str) -> None:
    drawn = outline(name, 10)
    assert drawn is not None and drawn.is_whole
    assert drawn.width > 10 and sum(step == "h" for step, _ in drawn.path) >= len(name.replace(" ", "")) // 2
    assert all(-5 < x < drawn.width + 5 for _, points in drawn.path for x in points[::2])
    whole = write_slip(advice(payer_name=name))
    assert b"stands for" not in whole and f"{name} XB123".encode("utf-16-be").hex().encode() in whole


def test_letters_join_and_figures_run_from_left_to_right_inside_what_runs_from_right_to_left() -> None:
    def width(text: str) -> float:
        drawn = outline(text, 100)
        assert drawn is not None
        return drawn.width

    assert width("سلم") < width("س") + width("ل") + width("م"), "joined letters are narrower"
    figures, mixed = outline("12", 100), outline("شركة 12", 100)
    assert figures is not None and mixed is not None
    ours = [points for _, points in mixed.path[: len(figures.path)]]
    assert ours == [points for _, points in figures.path], "what is read last stands on the left, and is no 21"
    assert width("ก\u0e33") > 0 and list(_broken("ก\u0e49" * 60, 9, (1e6, 10)))[1][0] == "ก", (
        "a mark stays with its letter"
    )


def test_without_fonts_a_letter_is_a_question_mark_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cocket.measures.payments.letters._fonts", lambda bold: ())
    bare = write_slip(advice(payer_name="ไทย"))
    assert b"??? XB123" in bare and b"all of them: Payer." in bare and b"ActualText" not in bare


def test_an_advice_stands_as_its_payments_say() -> None:
    due = date(2026, 3, 11)

    def state(*paid: str) -> str:
        return stand(Decimal("10.00"), due, [Received(amount=Decimal(one), booked=due) for one in paid]).state

    assert [state(), state("9.99"), state("9.99", "0.01"), state("10.01"), state("10", "-10"), state("10", "-1")] == [
        "unpaid", "part", "paid", "over", "unpaid", "part",
    ]  # fmt: skip
    late = stand(Decimal(1), due, [Received(amount=Decimal(1), booked=date(2026, 3, 12))])
    assert late.is_late and late.state == "paid"


def test_amounts_of_a_statement_are_never_guessed() -> None:
    reference = advice().reference
    for amount, letters in (
        ("1,00", "EUR"),
        ("-1", "EUR"),
        ("1.005", "EUR"),
        ("0", "EUR"),
        ("1.5", "JPY"),
        ("1", "XXX"),
        ("1e3", "EUR"),
        ("", "EUR"),
    ):
        found = read_statement(camt(entry(amount, "N", detail(reference), currency=letters)))
        assert found.entries == () and len(found.findings) == 1, (amount, letters)
    for row in ("x,N,2026-03-02,1.005,EUR,", "x,N,yesterday,1.00,EUR,", "x,N,2026-03-02,,EUR,"):
        found = read_statement(f"account,bank_reference,booked,amount,currency,reference\n{row}\n".encode())
        assert found.entries == () and len(found.findings) == 1, row
    back = read_statement(b"account;bank_reference;booked;amount;currency\nx;N;2026-03-02;-1.50;EUR\n")
    assert back.entries[0].is_taken_back and back.entries[0].amount == Decimal("1.50")


@pytest.mark.parametrize(("amount", "read"), [
    ("1.000,EUR", None), ("1.00,EUR", "1.00"), ("1.0,EUR", "1.0"), ("1,EUR", "1"), ("100.0,JPY", None), ("1.000,KWD", "1"),
    ("12.340,EUR", None), ("-1.000,EUR", None),
])  # fmt: skip
def test_an_amount_with_more_places_than_its_currency_is_refused_whatever_they_are(
    amount: str, read: str | None
) -> None:
    table = f"account,bank_reference,booked,amount,currency\nXA1,B1,2026-03-01,{amount}\n"
    found = read_statement(table.encode())
    assert [one.code for one in found.findings] == ([] if read else ["bank-entry-unreadable"])
    assert [one.amount for one in found.entries] == ([Decimal(read)] if read else [])


def test_older_versions_of_a_statement_are_read_too() -> None:
    content = camt(entry("5.00", "N1", detail(advice().reference)), kind="053")
    older = content.replace(b"camt.053.001.08", b"camt.053.001.02").replace(
        b"<Sts><Cd>BOOK</Cd></Sts>", b"<Sts>BOOK</Sts>"
    )
    older = older.replace(b"<Pty><Nm>", b"<Nm>").replace(b"</Nm></Pty>", b"</Nm>")
    new, old = read_statement(content), read_statement(older)
    assert new.entries == old.entries and len(new.entries) == 1
    assert (new.form, old.form) == ("camt.053.001.08", "camt.053.001.02")


def test_nothing_but_our_own_errors_leaves_a_statement() -> None:
    chance = random.Random(3)
    whole = camt(entry("5.00", "N1", detail(advice().reference, "x", "5.00", "T", "u")), kind="053")
    table = f"account,bank_reference,booked,amount,currency,reference\n{ACCOUNT},N,2026-03-02,1.00,EUR,X\n".encode()
    seen = {"read": 0, "refused": 0}
    for turn in range(2000):
        content = bytearray(whole if turn % 2 else table)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(content))
            how = chance.randrange(3)
            if how == 0:
                content[place] = chance.randrange(256)
            elif how == 1:
                del content[place : place + chance.randrange(1, 9)]
            else:
                content[place:place] = content[: chance.randrange(1, 40)]
        try:
            msgspec.json.encode(read_statement(bytes(content)))
            seen["read"] += 1
        except CocketError:
            seen["refused"] += 1
    assert min(seen.values()) > 100, seen
    for content in (b"", b"<", b"a,b\n", b"\xff\xfe", b"<a/>"):
        with pytest.raises(UnreadableError):
            read_statement(content)
