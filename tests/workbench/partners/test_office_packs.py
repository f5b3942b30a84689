# SPDX-License-Identifier: Apache-2.0
"""The pack of an office: taken along, opened without a line, and its results taken in once, by laptop and on paper."""

from __future__ import annotations

import contextlib
import importlib
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
import segno

from cocket.api import build_app as build_api
from cocket.errors import PolicyError, ProofError, SenderError
from cocket.exchange.office_packs import (
    OfficePack,
    OfficeResult,
    PackFile,
    ResultsFile,
    check_entry,
    open_pack,
    write_results,
    write_slip,
)
from cocket.gate import make_key
from cocket.gateway import PackDesk, ResultFile, pack_page
from cocket.ledger import Signer
from cocket.measures.permits import Hold
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.office_pack_files import PACK, PackBack, back_of, pack_line
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.control.officer_acts import declaration_moved
from cocket.pipeline.control.views import NewResult
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.queries.views import QueueFilter
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, officer, put_permit_issuers, trader
from tests.messages import declaration
from tests.simulators.doors import open_door
from tests.workbench.base.test_real_instance import text_of
from tests.workbench.conftest import served
from tests.workbench.intake.test_own_lodge import fields

PASSWORD = "seal and cord and wax"
SERIES = "0A1B2C3D"
WORDS = "nine boats at the quay"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("house"), red_per_day=1000)
    put_permit_issuers(made, ("PLANT<b>", "N851"))
    made.house.intake.messages.take_many(
        [
            msgspec.structs.replace(envelope(declaration(f"R{number}")), door="gateway" if number % 2 else "api")
            for number in range(24)
        ],
        principal=trader("ACME"),
    )
    made.desk()
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def office(built: Built) -> str:
    [found] = {one.office for one in built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines}
    assert found is not None
    return found


@pytest.fixture
def content(built: Built, office: str) -> bytes:
    return _made(built, office)


def _made(built: Built, office: str) -> bytes:
    return built.house.partners.packs.make_pack(officer("supervisor", office), office, 24, WORDS)


def _opened(built: Built, content: bytes) -> OfficePack:
    return open_pack(content, WORDS, [built.stores.sealer.receipt_vkey], datetime.now(UTC))


def _result(order: str, **given: object) -> OfficeResult:
    told = {"made": datetime.now(UTC), "depth": "full", "found": False, "note": "as declared", **given}
    return OfficeResult(order=order, **told)  # type: ignore[arg-type]


def test_a_pack_opens_with_its_key_and_passphrase_alone(built: Built, office: str, content: bytes) -> None:
    key, now = built.stores.sealer.receipt_vkey, datetime.now(UTC)
    pack = _opened(built, content)
    assert len(pack.orders) >= 4
    assert all(one.items and one.code.startswith(pack.id) for one in pack.orders)
    assert WORDS.encode() not in content and b"kestrel" not in content.lower()
    file = msgspec.json.decode(content, type=PackFile)
    longer = msgspec.structs.replace(file.statement, until=now + timedelta(days=300))
    cases = [
        (content, "another passphrase", [key], now, "pack-passphrase"),
        (content, WORDS, [key], now + timedelta(hours=25), "pack-expired"),
        (content, WORDS, [key], now - timedelta(hours=1), "pack-early"),
        (content, WORDS, [Signer.generate("other").verifier.vkey], now, "pack-signature"),
        (msgspec.json.encode(msgspec.structs.replace(file, statement=longer)), WORDS, [key], now, "pack-signature"),
        (msgspec.json.encode(msgspec.structs.replace(file, body=file.body[:-1] + b"x")), WORDS, [key], now, "pack-content"),
        (b"{}", WORDS, [key], now, "pack-form"),
        (b"\xff\x00", WORDS, [key], now, "pack-form"),
    ]  # fmt: skip
    for given, words, keys, moment, code in cases:
        with pytest.raises(ProofError) as refused:
            open_pack(given, words, keys, moment)
        assert refused.value.code == code
    page = pack_page(pack)
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")
    assert all(one.code in page for one in pack.orders)
    looks = [msgspec.json.decode(body) for body in built.bodies("look")]
    assert sum(one["what"] == "order" for one in looks) >= len(pack.orders), "each order in it is a look"


def test_what_is_kept_beside_says_what_moved_and_calls_nothing_amended_that_was_not(built: Built, office: str) -> None:
    packs, who, lodge = built.house.partners.packs, officer("supervisor"), built.house.intake.messages.take_many
    names = ("MOVED-1", "MOVED-2", "MOVED-3")
    answers = lodge([envelope(declaration(name)) for name in names], principal=trader("ACME"))
    built.desk()
    pack = _opened(built, _made(built, office))
    of = {one.basis["declaration"]: one.order for one in pack.orders}
    amended, joined, same = (of[one.id] for one in answers)
    change = declaration("MOVED-1", sample="amendment")
    beside = declaration("MOVED-2").replace(b">MOVED-2<", b">MOVED-2B<")  # the same bill, under another reference
    answers = lodge([envelope(change), envelope(beside)], principal=trader("ACME"))
    assert [one.outcome for one in answers] == ["accepted", "accepted"]
    built.desk()
    results = packs.take_in(who, write_results(pack, [_result(one) for one in (amended, joined, same)], SERIES))
    assert [one.outcome for one in results] == ["beside", "beside", "recorded"]
    assert results[0].words == "the declaration was amended, replaced or cancelled"
    assert results[1].words.startswith("another declaration came to the consignment and counts now")
    with built.stores.database.transaction() as connection:
        order = built.stores.orders.get_order(connection, UUID(joined))
        assert order is not None
        papers = papers_of(built.stores, connection, [order.consignment])[order.consignment]
    assert declaration_moved(papers, None) == "declaration-added"
    assert declaration_moved(papers, str(UUID(int=1))) == "declaration-gone"


def test_results_of_an_older_pack_and_after_its_end_are_recorded_once(
    built: Built, office: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs, who, lodge = built.house.partners.packs, officer("supervisor"), built.house.intake.messages.take_many
    answers = lodge([envelope(declaration(f"OLD-{number}")) for number in range(3)], principal=trader("ACME"))
    built.desk()
    older, newer = _opened(built, _made(built, office)), _opened(built, _made(built, office))
    first, second, third = (
        tuple(next(one for one in pack.orders if one.basis["declaration"] == answer.id) for pack in (older, newer))
        for answer in answers
    )
    made = _result("")
    assert packs.take_paper(who, first[0].code, made).outcome == "recorded", "another pack since takes nothing from it"
    again = packs.take_paper(who, first[1].code, made)
    assert (again.outcome, again.words) == ("beside", "another result stands; the order is closed")
    assert packs.take_paper(who, second[1].code, made).outcome == "recorded"
    assert packs.take_paper(who, second[0].code, made).outcome == "beside"

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(days=3)

    monkeypatch.setattr("cocket.pipeline.partners.office_packs.datetime", Later)
    late = packs.take_paper(who, third[0].code, _result("", made=older.until + timedelta(minutes=1)))
    assert (late.outcome, "for which the pack was good" in late.words) == ("refused", True)
    assert packs.take_paper(who, third[0].code, made).outcome == "recorded", "made in time, and handed in after its end"


def test_only_supervisors_of_the_office_have_one_made(built: Built, office: str) -> None:
    packs = built.house.partners.packs
    for who in (officer("supervisor", "XBPRT002"), officer("officer", office), officer("auditor"), trader("ACME")):
        with pytest.raises(PolicyError):
            packs.make_pack(who, office, 24, WORDS)
    for hours, words in ((0, WORDS), (73, WORDS), (24, "short")):
        with pytest.raises(SenderError):
            packs.make_pack(officer("supervisor", office), office, hours, words)
    with pytest.raises(SenderError) as nowhere:
        packs.make_pack(officer("supervisor"), "NOWHERE", 24, WORDS)
    assert nowhere.value.code == "pack-office"
    assert packs.packs(officer("supervisor", "XBPRT002")) == ()


def test_results_are_taken_in_once_and_conflicts_are_shown(built: Built, office: str, content: bytes) -> None:
    packs, who = built.house.partners.packs, officer("supervisor")
    pack = _opened(built, content)
    first, second, third = (one.order for one in pack.orders[:3])
    built.house.control.officer_acts.record_result(who, second, NewResult(depth="documents", found=False))
    results = write_results(
        pack, [_result(first), _result(second), _result(third, made=pack.until + timedelta(hours=1))], SERIES
    )
    outcomes = packs.take_in(who, results)
    assert [one.outcome for one in outcomes] == ["recorded", "beside", "refused"]
    assert "another result stands" in outcomes[1].words
    assert [one.outcome for one in packs.take_in(who, results)][:2] == ["same", "same"], "the second time says so"
    other = write_results(pack, [_result(first, found=True, offence="revenue")], SERIES)
    [shown] = packs.take_in(who, other)
    assert shown.outcome == "other"
    [kept] = [one for one in packs.packs(who) if one.id == pack.id]
    assert back_of(kept) == PackBack(recorded=1, beside=1, compare=1, refused=1), "what is kept beside is not recorded"
    assert pack_line(kept)["taken"] == 2
    assert "nothing found" in shown.words and "an irregularity found" in shown.words
    dossier = next(line for line in built.house.queries.records.queue(who, QueueFilter(state="done")).lines
                   if line.order and line.order.id == first)  # fmt: skip
    assert dossier.order is not None and dossier.order.result is not None and dossier.order.result.found is False
    file = msgspec.json.decode(results, type=ResultsFile)
    forged = msgspec.structs.replace(file.statement, results=(_result(third, found=True, offence="revenue"),))
    for bad in (msgspec.json.encode(msgspec.structs.replace(file, statement=forged)), b"[]", b"\x00"):
        with pytest.raises(SenderError):
            packs.take_in(who, bad)
    with pytest.raises(NotFoundError):
        packs.take_in(officer("officer", "XBPRT002"), results)
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    assert list(audit.differences()) == []
    assert len(built.bodies(PACK)) >= 3


def test_what_is_refused_is_seen_with_the_pack_and_why(built: Built, office: str, content: bytes) -> None:
    packs, who = built.house.partners.packs, officer("supervisor")
    pack = _opened(built, content)
    first, second = pack.orders[4:6]
    strange = _result(first.order, found=True, offence="misdescription")
    with pytest.raises(SenderError, match="no such class of offence"):
        check_entry(pack, first, strange, datetime.now(UTC))
    file = write_results(pack, [strange, _result(second.order, made=pack.made - timedelta(days=1))], SERIES)
    for _ in range(2):
        by_class, by_time = packs.take_in(who, file)
        assert (by_class.outcome, by_class.words) == ("refused", "there is no class of offence misdescription")
        assert (by_time.outcome, "before or after the time" in by_time.words) == ("refused", True)
    lines = {one.order: one for one in packs.pack(who, pack.id).lines}
    [came] = lines[first.order].again
    assert (lines[first.order].taken, came.outcome, came.times, came.words) == (None, "refused", 2, by_class.words)
    [listed] = [one for one in packs.packs(who) if one.id == pack.id]
    assert back_of(listed) == PackBack(recorded=0, beside=0, compare=0, refused=2)
    [mended] = packs.take_in(who, write_results(pack, [_result(first.order, found=True, offence="origin")], SERIES))
    assert mended.outcome == "recorded"
    [listed] = [one for one in packs.packs(who) if one.id == pack.id]
    assert back_of(listed).refused == 1, "the order has its result now"


def test_paper_and_laptop_are_one_result(built: Built, office: str, content: bytes) -> None:
    packs, who = built.house.partners.packs, officer("supervisor")
    pack = _opened(built, content)
    order = pack.orders[-1]
    [made] = [packs.take_paper(who, f"cocket:{order.code.lower()}", _result(""))]
    assert made.outcome == "recorded"
    kept = packs.paper_form(who, order.code).pack
    assert kept.taken[order.order].came == "paper"
    assert packs.take_paper(who, order.code, _result("")).outcome == "same"
    [again] = packs.take_in(who, write_results(pack, [_result(order.order)], SERIES))
    assert again.outcome == "same" and "from a paper form" in again.words
    for code in (
        order.code[:-1] + ("A" if order.code[-1] != "A" else "B"),
        f"{pack.id}-999-{order.code[-19:]}",
        f"{pack.id}-1-{order.code[-19:]}",
        order.code.replace(pack.id, _opened(built, _made(built, office)).id),
        f"{pack.id}-{order.number}-ABCDEFGH",
        "'; drop table",
    ):
        with pytest.raises(SenderError) as refused:
            packs.paper_form(who, code)
        assert "form" in refused.value.message
    with pytest.raises(NotFoundError):
        packs.paper_form(who, f"FFFFFFFF-1-{order.code[-19:]}")


def test_a_result_of_an_order_that_is_assigned_to_another_says_whose_it_was(built: Built, office: str) -> None:
    packs, who = built.house.partners.packs, officer("supervisor")
    line = next(one for one in built.house.queries.records.queue(who, QueueFilter(state="open")).lines if one.order)
    assert line.order is not None
    built.house.governance.accounts.put_officer("anna", "anna", "officer", office, PASSWORD)
    built.house.control.officer_acts.assign(who, [line.order.id], "anna")
    pack = _opened(built, _made(built, office))
    order = next(one for one in pack.orders if one.order == line.order.id)
    [made] = packs.take_in(who, write_results(pack, [_result(order.order)], SERIES))
    assert made.outcome == "recorded"
    assert "assigned to anna" in made.words and who.id in made.words


def test_goods_that_an_agency_holds_are_held_on_paper_and_laptop_too(built: Built, office: str) -> None:
    packs, who = built.house.partners.packs, officer("supervisor")
    line = next(one for one in built.house.queries.records.queue(who, QueueFilter(state="open")).lines if one.order)
    assert line.order is not None
    word = Hold(agency="PLANT<b>", is_held=True, reason="live plants", law="Plant Health Act, s. 12")
    built.house.measures.permits.agency_hold(who, line.id, word)
    pack = _opened(built, packs.make_pack(officer("supervisor", office), office, 24, WORDS))
    carried = next(one for one in pack.orders if one.order == line.order.id)
    held = (("PLANT<b>", "Plant Health Act, s. 12"),)
    assert carried.held_by == held and sum(bool(one.held_by) for one in pack.orders) == 1
    page = pack_page(pack)
    assert "Held by PLANT&lt;b&gt; (Plant Health Act, s. 12). Do not let the goods go" in page
    assert packs.paper_form(who, carried.code).held_by == held
    [made] = packs.take_in(who, write_results(pack, [_result(carried.order)], SERIES))
    assert (made.outcome, made.held_by) == ("recorded", held), "a result releases nothing of theirs"
    released = msgspec.structs.replace(word, is_held=False, reason="clean")
    built.house.measures.permits.agency_hold(who, line.id, released)
    assert packs.paper_form(who, carried.code).held_by == ()
    assert packs.take_paper(who, carried.code, _result("")).held_by == ()


def test_the_page_gives_packs_out_and_takes_results_in(built: Built, office: str, tmp_path: Path) -> None:
    accounts = built.house.governance.accounts
    accounts.put_officer("near", "near", "supervisor", office, PASSWORD)
    accounts.put_officer("omar", "omar", "officer", office, PASSWORD)
    with served(build_app(built.house)) as address:

        @contextlib.contextmanager
        def signed(name: str) -> Iterator[httpx.Client]:
            with httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client:
                client.post("/sign-in", data={"name": name, "password": PASSWORD})
                yield client

        with signed("omar") as omar:
            page = omar.get("/continuity")
            assert "Download the pack" not in text_of(page.text)
            token = {"csrf": fields(page)["csrf"]}
            wanted = {**token, "office": office, "hours": "8", "passphrase": WORDS}
            assert omar.post("/continuity/packs", data=wanted).status_code == 403
        with signed("near") as near:
            token = {"csrf": fields(near.get("/continuity"))["csrf"]}
            short = near.post(
                "/continuity/packs", data={**token, "office": office, "hours": "8", "passphrase": "short"}
            )
            assert (short.status_code, "at least 12" in text_of(short.text)) == (422, True)
            given = near.post("/continuity/packs", data={**token, "office": office, "hours": "8", "passphrase": WORDS})
            assert "attachment" in given.headers["content-disposition"]
            pack = _opened(built, given.content)
            first, second = pack.orders[:2]
            results = write_results(pack, [_result(first.order)], SERIES)
            for outcome in ("Recorded", "Known already"):
                taken = near.post("/continuity/results", data=token, files={"file": ("done.json", results)})
                assert taken.status_code == 200 and outcome in text_of(taken.text)
            assert near.post("/continuity/results", data=token, files={"file": ("x", b"{}")}).status_code == 422
            form = near.post("/continuity/paper", data={**token, "code": second.code})
            assert second.title in text_of(form.text) and "Record the result" in text_of(form.text)
            entered = {
                **token,
                "code": second.code,
                "depth": "full",
                "found": "no",
                "made": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            }
            assert "Recorded" in text_of(near.post("/continuity/paper", data=entered).text)
            again = near.post("/continuity/paper", data={**token, "code": second.code})
            assert "was entered by near" in text_of(again.text), "a second entry is visible before it is made"
            assert near.post("/continuity/paper", data={**entered, "counted": "many"}).status_code == 422
            open_form = near.post(
                "/continuity/paper", data={**token, "code": second.code, "entered": "1", "words": "typed"}
            )
            assert open_form.status_code == 422 and 'value="typed"' in open_form.text, (
                "nothing is chosen for an officer"
            )
            photo = {"file": ("form.jpg", _photo(f"COCKET:{second.code}", f"COCKET:{pack.orders[2].code}", "other"))}
            shown = text_of(near.post("/continuity/results", data=token, files=photo).text)
            assert pack.orders[2].title in shown and "has a result already, entered by near" in shown
            assert "1 other code in the photo is of no form" in shown
            forged = _photo(f"COCKET:{second.code[:-4]}AAAA")
            told = near.post("/continuity/results", data=token, files={"file": ("form.jpg", forged)}).text
            assert "Not accepted" in text_of(told) and "altered or forged" in text_of(told)
            none = near.post("/continuity/results", data=token, files={"file": ("form.jpg", _photo())})
            assert (none.status_code, "No code is seen" in text_of(none.text)) == (422, True)
            standing = text_of(near.get(f"/continuity/packs/{pack.id}").text)
            assert "From the file of a laptop" in standing and "From a paper form" in standing
            assert near.get("/continuity/packs/FFFFFFFF").status_code == 404
            listed = text_of(near.get("/continuity").text)
            assert f"2 of {len(pack.orders)} results are recorded" in listed
            assert "1 kept beside what stands" in listed
            assert "1 with another result to compare" in listed
            third = pack.orders[3]
            early = {**entered, "code": third.code, "made": f"{pack.made - timedelta(days=1):%Y-%m-%dT%H:%M}"}
            assert "before or after the time" in text_of(near.post("/continuity/paper", data=early).text)
            assert "1 not recorded" in text_of(near.get("/continuity").text)
            standing = text_of(near.get(f"/continuity/packs/{pack.id}").text)
            page = near.get(f"/continuity/packs/{pack.id}").text
            [dossier] = re.findall(rf'<a href="(/consignments/[^"]+)"><bdi>{re.escape(third.title)}</bdi>', page)
            assert third.title in text_of(near.get(dossier).text), "what is compared is a click away"
            assert "From a paper form: Not recorded" in standing and "before or after the time" in standing


# The laptop's page ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _laptop(
    pack: OfficePack, file: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[httpx.Client]:
    """The laptop's page, and a browser to which its address was given."""
    desk = PackDesk(pack, ResultFile(file, pack), "the-token", now)
    with open_door(desk) as port:
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=address, headers={"origin": address}, trust_env=False) as browser:
            assert browser.get("/open/the-token").status_code == 303
            assert browser.get("/open/the-token").status_code == 303, "the first browser comes back by the same address"
            with httpx.Client(base_url=address) as second:
                shut = second.get("/open/the-token")
                assert (shut.status_code, "serves once" in shut.text, shut.cookies) == (403, True, {})
                assert second.get("/", headers={"cookie": "pack=the-token"}).status_code == 403
            yield browser


def test_the_laptops_page_writes_results_down_signed_and_numbered(
    built: Built, office: str, content: bytes, tmp_path: Path
) -> None:
    packs, who, pack = built.house.partners.packs, officer("supervisor"), _opened(built, content)
    first, second = pack.orders[0], pack.orders[1]
    entry = {"depth": "full", "found": "no", "offence": "", "counted": "", "made": "", "note": "as declared"}
    with _laptop(pack, tmp_path / "usb" / "done.json") as browser:
        page = text_of(browser.get("/").text)
        assert first.title in page and f"0 of {len(pack.orders)} orders have a result" in page
        assert "Nothing is written down yet" in text_of(browser.get("/results").text)
        assert browser.get("/results.json").status_code == 404
        at = f"/orders/{first.number}"
        assert "entry 1" in text_of(browser.post(at, data=entry).text)
        assert "entry 1" in text_of(browser.post(at, data=entry).text), "sent twice, written down once"
        wrong = {**entry, "found": "yes"}
        for bad, words in (
            (wrong, "needs the class"),
            ({**entry, "found": ""}, "Choose"),
            ({**entry, "depth": ""}, "Choose"),
            ({**wrong, "offence": "made-up"}, "Choose"),
            ({**entry, "offence": "other"}, "no irregularity"),
            ({**entry, "found": "pending"}, "laboratory"),
            ({**entry, "depth": "not-examined"}, "Not known yet"),
            ({**entry, "counted": "many"}, "as a number"),
            ({**entry, "counted": "9" * 8}, "too long"),
            ({**entry, "made": "2019-01-01T00:00"}, "before or after"),
            ({**entry, "made": "yesterday"}, "cannot be read"),
            ({**entry, "note": "a\u202eb"}, "cannot be seen"),
            ({**entry, "note": "x" * 2001}, "too long"),
        ):
            refused = browser.post(at, data=bad)
            assert (refused.status_code, words in text_of(refused.text)) == (422, True), (bad, text_of(refused.text))
        corrected = browser.post(at, data={**wrong, "offence": "quantity", "note": "<b>two short</b>"})
        assert "entry 2" in text_of(corrected.text) and "<b>two" not in corrected.text
        assert "entry 3" in text_of(browser.post(f"/orders/{second.number}", data=entry).text)
        assert "corrected by entry 2" in text_of(browser.get("/results").text)
        for path in ("/rules", "/forms", f"/forms/{first.number}", f"/orders/{first.number}/slip"):
            assert browser.get(path).status_code == 200, path
        assert first.code in browser.get("/forms").text
        assert browser.get("/orders/999").status_code == 404
        assert browser.get("/language/ar").status_code == 303
        assert 'dir="rtl"' in browser.get("/").text
        taken = packs.take_in(who, browser.get("/results.json").content)
    assert [(one.title, one.outcome) for one in taken] == [(first.title, "recorded"), (second.title, "recorded")]
    standing = packs.pack(who, pack.id)
    back = standing.lines[0].taken
    assert back is not None and (back.result.number, back.result.offence, back.came) == (2, "quantity", "laptop")
    ways = {one.gateway for one in standing.lines if one.declaration}
    assert "" in ways and len(ways) == 2, (
        "declarations that a gateway brought are told from those that came over the line"
    )


def test_the_laptops_page_is_for_the_browser_it_was_opened_in(built: Built, content: bytes, tmp_path: Path) -> None:
    pack = _opened(built, content)
    file = tmp_path / "done.json"
    entry = {"depth": "full", "found": "no"}
    with _laptop(pack, file) as browser:
        at = str(browser.base_url)
        with httpx.Client(base_url=at, trust_env=False) as other:
            assert {other.get(path).status_code for path in ("/", "/results.json", "/open/guessed", "/forms")} == {403}
            assert other.post("/orders/1", data=entry, headers={"origin": at}).status_code == 403
        assert browser.get("/", headers={"host": "evil.example:80"}).status_code == 403
        for origin in ("http://evil.example", "null", ""):
            assert browser.post("/orders/1", data=entry, headers={"origin": origin}).status_code == 403
        assert browser.post("/orders/1", content=b"\xff=%ff").status_code == 422
        assert browser.post("/orders/1", content=b"a=" + b"x" * 70_000).status_code == 413
        assert browser.post("/forms/1", data=entry).status_code == 404
        assert browser.delete("/orders/1").status_code == 405
        assert not file.exists()
        file.write_bytes(b"{}")
        assert browser.get("/results").status_code == 422, "a file that is another's is not written over"
        assert browser.post("/orders/1", data=entry).status_code == 422
        assert file.read_bytes() == b"{}"
    with _laptop(pack, tmp_path / "late.json", lambda: pack.until + timedelta(minutes=1)) as browser:
        assert "Nothing more is written down" in text_of(browser.get("/").text)
        assert browser.post("/orders/1", data=entry).status_code == 422


# Photos ---------------------------------------------------------------------------------------------------------------


def _photo(*codes: str, turned: float = 0.0, blurred: float = 0.0) -> bytes:
    """A photo of sheets that bear these codes, one under the other."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")
    sheet = image.new("L", (1240, 420 * max(1, len(codes)) + 200), 255)
    for at, code in enumerate(codes):
        drawn = io.BytesIO()
        segno.make(code, error="m", micro=False, encoding="utf-8", eci=False).save(drawn, kind="png", scale=5, border=4)
        sheet.paste(image.open(drawn).convert("L").resize((360, 360)), (100, 100 + 420 * at))
    if blurred:
        sheet = sheet.filter(importlib.import_module("PIL.ImageFilter").GaussianBlur(blurred))
    if turned:
        sheet = sheet.rotate(turned, expand=True, fillcolor=128)
    written = io.BytesIO()
    sheet.save(written, "JPEG", quality=70)
    return written.getvalue()


def test_a_photo_of_paper_is_taken_in_however_it_lies(built: Built, office: str, content: bytes) -> None:
    packs, who, pack = built.house.partners.packs, officer("supervisor"), _opened(built, content)
    first, second, third = pack.orders[:3]
    other = f"COCKET:{pack.id}-{third.number}-{'A' * 16}"
    found = packs.take_photo(who, _photo(f"COCKET:{first.code}", f"COCKET:{second.code}", turned=13, blurred=1.5))
    assert [one.title for one in sorted(found.forms, key=lambda one: one.code)] == [first.title, second.title]
    assert (found.results, found.foreign, found.unreadable) == ((), 0, 0)
    mixed = packs.take_photo(who, _photo(f"COCKET:{first.code}", other, "https://example.org"))
    assert mixed.foreign == 1
    assert ["altered or forged" in one.words for one in sorted(mixed.forms, key=lambda one: one.title)] == [True, False]
    for bad, code in (
        (_photo(), "photo-no-code"),
        (_photo("https://example.org"), "photo-foreign"),
        (_photo(f"COCKET:{first.code}")[:3000], "photo-damaged"),
        (b"GIF89a", "photo-type"),
        (b"\x89PNG\r\n\x1a\n", "photo-damaged"),
    ):
        with pytest.raises(SenderError) as refused:
            packs.take_photo(who, bad)
        assert refused.value.code == code


def test_a_printed_result_is_recorded_from_its_photo_once(built: Built, content: bytes, tmp_path: Path) -> None:
    packs, who, pack = built.house.partners.packs, officer("supervisor"), _opened(built, content)
    order = pack.orders[-1]
    file = ResultFile(tmp_path / "done.json", pack)
    made = file.add(_result(order.order, note="كما صُرّح به"))
    slip = write_slip(pack, made, SERIES).decode()
    photo = _photo(slip, turned=7)
    [taken] = packs.take_photo(who, photo).results
    assert (taken.title, taken.outcome) == (order.title, "recorded")
    [again] = packs.take_photo(who, photo).results
    assert again.outcome == "same"
    [on_file] = packs.take_in(who, file.content())
    assert on_file.outcome == "same" and "from a printed result" in on_file.words
    assert packs.take_paper(who, order.code, _result("")).outcome == "same"
    line = packs.pack(who, pack.id).lines[-1]
    assert line.taken is not None and line.taken.came == "slip"
    assert [(one.came, one.outcome) for one in line.again] == [("laptop", "same"), ("paper", "same")]
    forged = slip.replace('"found":false', '"found":true')
    assert forged != slip
    [refused] = packs.take_photo(who, _photo(forged)).results
    assert refused.outcome == "refused" and "changed" in refused.words
    with pytest.raises(SenderError, match="too long for a code"):
        write_slip(pack, _result(order.order, note="x" * 1500, number=1), SERIES)


def test_systems_of_offices_do_the_same_over_http(built: Built, office: str, content: bytes) -> None:
    accounts = built.house.governance.accounts
    pack = _opened(built, content)
    sent = write_results(pack, [_result(pack.orders[0].order)], SERIES)
    with open_door(build_api(built.house)) as port:

        def ask(key: str, method: str, path: str, **given: Any) -> httpx.Response:
            headers = {"Authorization": f"Bearer {key}"}
            at = f"http://127.0.0.1:{port}/v1/office-packs{path}"
            return httpx.request(method, at, headers=headers, trust_env=False, timeout=60, **given)

        keys = {}
        for name, role, where in (
            ("head", "supervisor", office),
            ("far", "officer", "XBPRT002"),
            ("acme", "trader", None),
        ):
            keys[name] = make_key(f"packs-{name}")
            accounts.add_key(keys[name], name, [role], ["ACME"], office=where)
        wanted = {"office": office, "hours": 4, "passphrase": WORDS}
        made = ask(keys["head"], "POST", "", json=wanted)
        assert made.status_code == 200 and _opened(built, made.content).office == office
        assert ask(keys["head"], "POST", "", json={**wanted, "passphrase": "short"}).status_code == 422
        assert ask(keys["head"], "POST", "", json={**wanted, "more": 1}).status_code == 422
        listed = ask(keys["head"], "GET", "").json()["packs"]
        assert {pack.id, _opened(built, made.content).id} <= {one["id"] for one in listed}
        assert ask(keys["head"], "POST", "/results", content=b"{}").status_code == 422
        first = ask(keys["head"], "POST", "/results", content=sent).json()["results"][0]["outcome"]
        assert first in ("recorded", "beside")
        assert ask(keys["head"], "POST", "/results", content=sent).json()["results"][0]["outcome"] == "same"
        photo = ask(keys["head"], "POST", "/photos", content=_photo(f"COCKET:{pack.orders[0].code}"))
        assert photo.json()["forms"][0]["before"]["came"] == "laptop"
        paper = {
            "code": pack.orders[0].code,
            "made": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "depth": "full",
            "found": False,
        }
        assert ask(keys["head"], "POST", "/paper-results", json=paper).json()["outcome"] == "same"
        for bad in ({"code": "x"}, {"made": "2026-11-25T06:10"}, {"counted": -1}, {"found": "no"}):
            assert ask(keys["head"], "POST", "/paper-results", json={**paper, **bad}).status_code == 422, bad
        lines = ask(keys["head"], "GET", f"/{pack.id}").json()["lines"]
        assert lines[0]["taken"]["series"] == SERIES and lines[0]["again"][0]["came"] == "paper"
        for name in ("far", "acme"):
            assert ask(keys[name], "POST", "", json=wanted).status_code == 403
            assert ask(keys[name], "GET", f"/{pack.id}").status_code in (403, 404)
            assert ask(keys[name], "POST", "/results", content=sent).status_code in (403, 404)
            assert ask(keys[name], "POST", "/paper-results", json=paper).status_code in (403, 404)
