# SPDX-License-Identifier: Apache-2.0
"""The pack of an office: taken along, opened without a line, and its results taken in once, by laptop and on paper."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from cocket.errors import PolicyError, ProofError, SenderError
from cocket.exchange.office_packs import OfficePack, OfficeResult, PackFile, ResultsFile, open_pack, write_results
from cocket.gateway import pack_page
from cocket.ledger import Signer
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.office_pack_files import PACK
from cocket.pipeline.control.views import NewResult
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.queries.views import QueueFilter
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.workbench.base.test_real_instance import text_of
from tests.workbench.conftest import served
from tests.workbench.intake.test_own_lodge import fields

PASSWORD = "seal and cord and wax"
SERIES = "0A1B2C3D"
WORDS = "nine boats at the quay"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("house"), red_per_day=1000)
    made.house.intake.messages.take_many(
        [envelope(declaration(f"R{number}")) for number in range(10)], principal=trader("ACME")
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


def test_only_supervisors_of_the_office_have_one_made(built: Built, office: str) -> None:
    packs = built.house.partners.packs
    for who in (officer("supervisor", "XBPRT002"), officer("officer", office), officer("auditor"), trader("ACME")):
        with pytest.raises(PolicyError):
            packs.make_pack(who, office, 24, WORDS)
    for hours, words in ((0, WORDS), (73, WORDS), (24, "short")):
        with pytest.raises(SenderError):
            packs.make_pack(officer("supervisor", office), office, hours, words)
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


def test_paper_and_laptop_are_one_result(built: Built, office: str, content: bytes) -> None:
    packs, who = built.house.partners.packs, officer("supervisor")
    pack = _opened(built, content)
    order = pack.orders[-1]
    [made] = [packs.take_paper(who, f"cocket:{order.code.lower()}", _result(""))]
    assert made.outcome == "recorded"
    kept, _ = packs.paper_form(who, order.code)
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
