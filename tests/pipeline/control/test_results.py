# SPDX-License-Identifier: Apache-2.0
"""Results in a real house: recorded, amended, learnt from, counted, given out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket.control import ExaminedItem, Hits, Quantity, Sample, SeenGoods, Seizure
from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.governance.agreements import read_agreement
from cocket.measures.tariff import Line, write_tariff
from cocket.model import Amount, HostDecision, Reference
from cocket.pipeline import HostRow, NewResult, NotFoundError, QueueFilter, ResultView
from cocket.pipeline.base.access import AccessRecord
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.partner_agreements import AGREEMENT
from cocket.pipeline.consignment.outcomes import learnt_until, outcomes_between
from cocket.pipeline.control.officer_acts import EVIDENCE_BYTES, Acts
from cocket.pipeline.control.views import NewEvidence
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.risk import Facts, Outcome, day_number
from cocket.settings import Settings
from cocket.stores.operations.row_audits import RowDifference
from tests.governance.agreements.given import text
from tests.houses import Built, build, envelope, officer, trader
from tests.measures.making import measure, percent, tariff
from tests.messages import declaration

LONG_AGO, FAR_OFF = date(2000, 1, 1), date(2999, 1, 1)
FOUND = ExaminedItem(
    item=1,
    found=SeenGoods(value=Amount(Decimal(15000)), origin="XB", quantity=Quantity(Decimal(9400)), description="silk"),
)
SEIZED = Seizure(offence="narcotics", goods="resin", quantity=Quantity(Decimal(4), "KGM"), detection="dog", place="x")
IRREGULAR = NewResult(depth="full", found=True, offence="undervaluation", items=(FOUND,))
WAITING = NewResult(depth="partial", sample=Sample(number="L-7", laboratory="Central"), note="white powder")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.5)
    made.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    made.desk()
    yield made
    made.house.close()


def order_of(built: Built) -> str:
    order = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0].order
    assert order is not None
    return order.id


def record(built: Built, new: NewResult) -> ResultView:
    return built.house.control.officer_acts.record_result(officer(), order_of(built), new)


def shown(built: Built) -> tuple[ResultView, ...]:
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    return built.house.queries.records.dossier(officer(), line.id).results


def taught(built: Built) -> list[Outcome]:
    with built.stores.database.transaction() as connection:
        last = built.stores.leaves.size(connection) - 1
        outcomes = outcomes_between(built.stores, connection, 0, last)
        learnt = learnt_until(built.stores, connection, last)
    newest = {one.facts.id: one for one in outcomes}
    assert learnt == {name: msgspec.structs.replace(one, facts=Facts(id=name, day=0.0)) for name, one in newest.items()}
    return outcomes


def refused(built: Built, new: NewResult) -> list[str]:
    with pytest.raises(SenderError) as error:
        record(built, new)
    return [finding.code for finding in error.value.findings]


def test_the_form_is_given_what_was_declared(built: Built) -> None:
    items = built.house.control.officer_acts.declared_items(officer(), order_of(built))
    assert [item.declared.classification for item in items] == ["52082190", "52042000"]
    assert items[0].declared.quantity == Quantity(Decimal(9000), "MTK")
    with pytest.raises(PolicyError):
        built.house.control.officer_acts.declared_items(officer("auditor"), order_of(built))


def test_what_was_declared_comes_from_the_declaration_and_what_agrees_is_left_out(built: Built) -> None:
    item = record(built, IRREGULAR).items[0]
    assert item.declared.value == Amount(Decimal(12000), "EUR")
    assert item.found == SeenGoods(
        value=Amount(Decimal(15000), "EUR"), quantity=Quantity(Decimal(9400), "MTK"), description="silk"
    )


def test_an_item_that_was_not_declared_has_only_what_was_found(built: Built) -> None:
    extra = ExaminedItem(item=3, found=SeenGoods(description="watches", quantity=Quantity(Decimal(60), "NMB")))
    item = record(built, msgspec.structs.replace(IRREGULAR, offence="not-declared", items=(extra,))).items[0]
    assert (item.declared, item.differences) == (SeenGoods(), ("quantity", "description"))


def load_tariff(built: Built) -> None:
    """Ten percent on what the sample declares, and 25 on what else may be found."""
    codes = {"52082190": "10", "52042000": "10", "50072000": "25"}
    duties = tariff(
        *(measure("duty", percent(rate), code=code) for code, rate in codes.items()),
        lines={code: Line(code=code) for code in codes},
        currency="EUR",
    )
    built.settings.tariff_file.write_bytes(write_tariff(duties))


def test_duty_is_computed_where_a_tariff_is_at_hand_and_what_the_officer_gives_stands(built: Built) -> None:
    load_tariff(built)
    first = record(built, IRREGULAR)
    assert (first.duty_recovered, first.currency, first.duty_basis) == ("300.00", "EUR", "computed")
    given = record(built, msgspec.structs.replace(IRREGULAR, duty_recovered="12.50", currency="NZD", amends=first.id))
    assert (given.duty_recovered, given.currency, given.duty_basis) == ("12.50", "NZD", "given")


def test_duty_follows_the_code_found_and_an_undeclared_item_owes_the_whole(built: Built) -> None:
    load_tariff(built)
    recoded = ExaminedItem(item=1, found=SeenGoods(classification="50072000"))
    hidden = ExaminedItem(
        item=3, found=SeenGoods(classification="50072000", value=Amount(Decimal(1000), "EUR"), origin="CN")
    )
    first = record(built, msgspec.structs.replace(IRREGULAR, items=(recoded, hidden)))
    assert (first.duty_recovered, first.duty_basis) == ("2050.00", "computed")


def test_duty_that_cannot_be_computed_is_not_told(built: Built) -> None:
    load_tariff(built)
    unknown = ExaminedItem(item=1, found=SeenGoods(classification="99999999"))
    first = record(built, msgspec.structs.replace(IRREGULAR, items=(unknown,)))
    assert (first.duty_recovered, first.duty_basis) == (None, None)


def test_nothing_is_computed_without_a_tariff(built: Built) -> None:
    first = record(built, IRREGULAR)
    assert (first.duty_recovered, first.duty_basis) == (None, None)


def test_a_late_answer_amends_the_result_and_the_first_stays_on_file(built: Built) -> None:
    first = record(built, WAITING)
    assert (first.found, built.house.queries.records.queue(officer(), QueueFilter()).total) == (None, 0)
    answer = Sample(number="L-7", laboratory="Central", answer="cocaine", answered=date(2026, 11, 20))
    second = record(
        built,
        NewResult(depth="partial", found=True, offence="narcotics", sample=answer, seizures=(SEIZED,), amends=first.id),
    )
    assert [(one.id, one.is_amended) for one in shown(built)] == [(second.id, False), (first.id, True)]
    assert second.sample == answer


def test_the_label_counts_from_when_the_answer_returned(built: Built) -> None:
    first = record(built, WAITING)
    assert taught(built) == []
    second = record(built, NewResult(depth="partial", found=True, offence="narcotics", amends=first.id))
    assert [(one.found, one.returned) for one in taught(built)] == [(True, day_number(second.at))]


def test_an_amendment_with_the_same_conclusion_teaches_nothing_twice(built: Built) -> None:
    first = record(built, IRREGULAR)
    second = record(built, msgspec.structs.replace(IRREGULAR, note="weighed again", amends=first.id))
    assert [one.found for one in taught(built)] == [True]
    record(built, NewResult(depth="full", found=False, amends=second.id))
    assert [one.found for one in taught(built)] == [True, False]


def test_an_amendment_that_corrects_items_teaches_the_corrections_alone(built: Built) -> None:
    first = record(built, msgspec.structs.replace(IRREGULAR, items=()))
    recoded = ExaminedItem(item=1, found=SeenGoods(classification="50072000"))
    record(built, msgspec.structs.replace(IRREGULAR, items=(recoded,), amends=first.id))
    one, more = taught(built)
    assert (one.corrected, one.adds) == ({}, False)
    assert (more.corrected[1].hs, more.adds) == ("50072000", True)


def test_only_the_standing_result_of_this_consignment_can_be_amended(built: Built) -> None:
    first = record(built, IRREGULAR)
    record(built, msgspec.structs.replace(IRREGULAR, amends=first.id))
    assert refused(built, msgspec.structs.replace(IRREGULAR, amends=first.id)) == ["result-amends"]
    assert refused(built, msgspec.structs.replace(IRREGULAR, amends="nothing")) == ["result-amends"]


HOST = Principal(id="host-key", kind="key", roles=("host",), senders=("HOST",))
FEED = Principal(id="feed-key", kind="key", roles=("feed",), senders=(Settings().feed_sender,))


@pytest.mark.parametrize("who", [officer(), officer("supervisor"), HOST, FEED], ids=lambda who: who.id)
@pytest.mark.parametrize("first", [IRREGULAR, WAITING])
def test_a_second_result_of_an_order_amends_the_first_or_is_refused(
    built: Built, first: NewResult, who: Principal
) -> None:
    order, conform = order_of(built), NewResult(depth="full", found=False)
    standing = built.house.control.officer_acts.record_result(who, order, first)
    with pytest.raises(SenderError) as error:
        built.house.control.officer_acts.record_result(who, order, conform)
    (finding,) = error.value.findings
    assert (finding.code, finding.found) == ("result-stands", standing.id)
    assert len(shown(built)) == 1
    built.house.control.officer_acts.record_result(who, order, msgspec.structs.replace(conform, amends=standing.id))
    stats, counted = (
        built.house.queries.records.stats(officer("supervisor")),
        built.house.control.officer_acts.count_results(officer("supervisor")),
    )
    assert (counted.results, counted.conform, counted.irregular) == (1, 1, 0)
    assert (stats.examined, stats.found) == (1, 0)


def test_of_two_results_of_one_order_kept_by_an_earlier_version_the_newest_counts(built: Built) -> None:
    record(built, IRREGULAR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Acts, "_amended", lambda *_: None)
        record(built, NewResult(depth="full", found=False))
    stats, counted = (
        built.house.queries.records.stats(officer("supervisor")),
        built.house.control.officer_acts.count_results(officer("supervisor")),
    )
    assert (counted.results, counted.conform, counted.irregular) == (1, 1, 0)
    assert (stats.examined, stats.found) == (1, 0)


def test_when_the_host_found_something_stays_unknown_where_it_does_not_say(built: Built) -> None:
    reference = Reference("UCR", next(value for kind, value in _references(built) if kind == "UCR"))
    row = HostRow(reference=reference, decision=HostDecision(found=True, offence="narcotics"), is_examined=True)
    before = datetime.now(UTC)
    assert built.house.control.host_decisions.take_host_rows([row, row]) == 1
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    with built.stores.database.transaction() as connection:
        (kept,) = built.stores.orders.host_decisions(connection, [UUID(line.id)]).values()
    assert (kept.is_found, kept.returned) == (True, None)
    (entry,) = [one for one in built.house.queries.records.dossier(officer(), line.id).timeline if one.code == "result"]
    assert entry.message == "the host reports, without a day: {outcome}"
    assert entry.at >= before  # when it was said
    returned = datetime(2026, 3, 4, tzinfo=UTC)
    assert built.house.control.host_decisions.take_host_rows([msgspec.structs.replace(row, returned=returned)]) == 1
    (entry,) = [one for one in built.house.queries.records.dossier(officer(), line.id).timeline if one.code == "result"]
    assert (entry.message, entry.at) == ("the host reports: {outcome}", returned)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"is_examined": True, "depth": "full"}, "The host reports: {outcome} · {depth} · day not stated"),
        ({"is_examined": True}, "The host reports: {outcome} · depth and day not stated"),
        (
            {"is_examined": True, "returned": datetime(2026, 3, 4, tzinfo=UTC)},
            "The host reports: {outcome} · depth not stated · {reported_day}",
        ),
        ({"is_examined": False, "depth": "not-examined"}, "The host reports: {outcome} · day not stated"),
    ],
)
def test_a_result_of_the_host_says_what_it_does_not_tell(built: Built, told: dict[str, Any], message: str) -> None:
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    assert line.advice is not None and line.advice.host_result is None
    reference = Reference("UCR", next(value for kind, value in _references(built) if kind == "UCR"))
    row = HostRow(reference=reference, decision=HostDecision(found=False), **told)
    built.house.control.host_decisions.take_host_rows([row])
    advice = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0].advice
    assert advice is not None and advice.host_result is not None
    assert advice.host_result.message == message
    assert set(re.findall(r"{(\w+)}", message)) == set(advice.host_result.arguments)


def test_evidence_is_named_by_its_digest_and_its_bytes_are_sealed(built: Built) -> None:
    image = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    kept = NewEvidence(name="scan.png", content=image)
    elsewhere = NewEvidence(name="film.mp4", sha256="AB" * 32, kept="evidence store 4")
    result = record(built, msgspec.structs.replace(IRREGULAR, evidence=(kept, elsewhere)))
    first, second = result.evidence
    assert (first.sha256, first.kept) == (sha256(image).hexdigest(), None)
    assert (second.sha256, second.kept, second.record) == ("ab" * 32, "evidence store 4", None)
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    assert built.house.control.officer_acts.evidence(officer(), line.id, first.record or "").content == image
    for stranger, about, wanted in ((trader("ACME"), line.id, first.record), (officer(), line.id, line.id)):
        with pytest.raises(NotFoundError):
            built.house.control.officer_acts.evidence(stranger, about, wanted or "")


def test_evidence_goes_on_with_an_amendment(built: Built) -> None:
    elsewhere = NewEvidence(name="film.mp4", sha256="ab" * 32, kept="evidence store 4")
    first = record(built, msgspec.structs.replace(IRREGULAR, evidence=(elsewhere,)))
    second = record(built, msgspec.structs.replace(IRREGULAR, amends=first.id))
    assert second.evidence == first.evidence


@pytest.mark.parametrize(
    ("evidence", "code"),
    [
        (NewEvidence(name="a.jpg", sha256="ab" * 32), "evidence-kept"),
        (NewEvidence(name="a.jpg", kept="store"), "evidence-digest"),
        (NewEvidence(name="a.jpg", sha256="ab" * 32, content=b"other"), "evidence-digest"),
        (NewEvidence(name="a.jpg", content=bytes(EVIDENCE_BYTES + 1)), "evidence-size"),
    ],
)
def test_evidence_that_proves_nothing_is_refused(built: Built, evidence: NewEvidence, code: str) -> None:
    assert refused(built, msgspec.structs.replace(IRREGULAR, evidence=(evidence,))) == [code]


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (msgspec.structs.replace(IRREGULAR, offence="piracy"), "result-value"),
        (msgspec.structs.replace(IRREGULAR, items=(FOUND, FOUND)), "result-item"),
        (NewResult(depth="full", found=False, items=(FOUND,)), "result-traces"),
        (NewResult(depth="full"), "result-found"),
        (NewResult(depth="full", sample=Sample(number="L", answer="x")), "result-found"),
        (msgspec.structs.replace(WAITING, found=False), "result-sample"),
    ],
)
def test_a_result_that_says_two_things_is_refused(built: Built, new: NewResult, code: str) -> None:
    assert refused(built, new) == [code]


def test_what_was_seized_makes_its_offence_one_of_the_result(built: Built) -> None:
    result = record(built, msgspec.structs.replace(IRREGULAR, seizures=(SEIZED,)))
    assert (result.offence, result.other_offences) == ("undervaluation", ("narcotics",))


def test_results_are_counted_with_what_nobody_looked_at_apart(built: Built) -> None:
    nobody = record(built, NewResult(depth="not-examined", note="scanner broken"))
    counted = built.house.control.officer_acts.count_results(officer("supervisor"))
    assert (counted.results, counted.not_examined, counted.conform) == (1, 1, 0)
    waiting = record(built, msgspec.structs.replace(WAITING, amends=nobody.id))
    stats = built.house.queries.records.stats(officer("supervisor"))
    assert (stats.examined, stats.found) == (0, 0)
    record(built, msgspec.structs.replace(IRREGULAR, seizures=(SEIZED,), amends=waiting.id))
    counted = built.house.control.officer_acts.count_results(officer("supervisor"))
    assert (counted.results, counted.not_examined, counted.pending, counted.irregular) == (1, 0, 0, 1)
    assert counted.by_depth == {"full": Hits(1, 1)}
    assert counted.by_offence == {"undervaluation": 1, "narcotics": 1}
    assert built.house.control.officer_acts.count_results(officer("supervisor"), FAR_OFF).results == 0


def test_an_examination_follows_a_result_of_none_without_amending_it(built: Built) -> None:
    record(built, NewResult(depth="not-examined", note="scanner broken"))
    record(built, NewResult(depth="not-examined", note="still broken"))
    examined = record(built, IRREGULAR)
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    assert line.order is not None and line.order.status == "done" and line.order.result is not None
    assert line.order.result.id == examined.id
    counted = built.house.control.officer_acts.count_results(officer("supervisor"))
    assert (counted.results, counted.not_examined, counted.irregular) == (1, 0, 1)
    assert refused(built, IRREGULAR) == ["result-stands"]


def lodged_at(built: Built, reference: str, office: bytes, sample: str = "import") -> None:
    """A declaration on one bill of lading for all, worked off."""
    content = declaration(reference, sample=sample).replace(
        b"<DeclarationOfficeID>XAPRT001", b"<DeclarationOfficeID>" + office
    )
    sender = f"SENDER-{reference}"
    built.house.intake.messages.take_many(
        [envelope(re.sub(rb"KESTBET\d+", b"ONEBILL4711", content), sender=sender)], principal=trader(sender)
    )
    built.desk()


@pytest.fixture
def examining(tmp_path: Path) -> Iterator[Built]:
    """A house in which everything is advised red."""
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000)
    (tmp_path / "control.toml").write_text(
        "random_share = 1.0\nrandom_reserve = 1000\nred_share = 0.0\nyellow_share = 0.0\nblue_share = 0.0\n"
    )
    yield made
    made.house.close()


@pytest.mark.parametrize("ended", ["done", "released"])
@pytest.mark.parametrize("office", [b"XAPRT001", b"XBPRT002"])
def test_what_is_declared_after_an_order_ended_gets_an_order_of_its_own(
    examining: Built, ended: str, office: bytes
) -> None:
    acts, records = examining.house.control.officer_acts, examining.house.queries.records
    lodged_at(examining, "R1", b"XAPRT001")
    first = order_of(examining)
    note = NewResult(depth="full", found=True, offence="undervaluation", note="a word of the first")
    old = acts.record_result(officer(), first, note) if ended == "done" else acts.release(officer(), first, "small")
    examining.desk()
    assert order_of(examining) == first
    lodged_at(examining, "R2", office)
    (line,) = records.queue(officer(office=office.decode()), QueueFilter(state="open")).lines
    assert line.order is not None and line.order.id != first
    assert (line.order.status, line.order.lane, line.order.result) == ("open", "red", None)
    lodged_at(examining, "R2", office)  # the same message again
    assert order_of(examining) == line.order.id
    before = ended == "done"
    if isinstance(old, ResultView):  # its form, under the ended order
        assert acts.declared_items(officer(office="XAPRT001"), first, old.id)
    acts.record_result(officer(), line.order.id, NewResult(depth="full", found=False))
    lodged_at(examining, "R2", office)
    (again,) = records.queue(officer(), QueueFilter(state="all")).lines
    assert again.order is not None and (again.order.id, again.order.status) == (line.order.id, "done")
    counted = acts.count_results(officer("supervisor"))
    assert (counted.results, counted.irregular, counted.conform) == (1 + before, int(before), 1)
    assert audited(examining) == ()
    if isinstance(old, ResultView):
        assert [one.order for one in shown(examining)] == [line.order.id, first]
        late = msgspec.structs.replace(note, note="looked at again", amends=old.id)
        at_first = officer(office="XAPRT001")
        assert acts.record_result(at_first, first, late).order == first
        assert acts.count_results(officer("supervisor")).results == 2
        assert audited(examining) == ()


def audited(built: Built) -> tuple[RowDifference, ...]:
    """Rows that differ from what was sealed."""
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    return tuple(audit.differences())


def test_an_amendment_after_the_examination_is_examined_again(examining: Built) -> None:
    examining.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    examining.desk()
    first = order_of(examining)
    record(examining, NewResult(depth="full", found=False))
    amendment = declaration("R1", sample="amendment")
    examining.house.intake.messages.take_many([envelope(amendment)], principal=trader("ACME"))
    examining.desk()
    assert order_of(examining) != first


def test_what_an_order_found_stays_with_its_office_and_new_advice_with_the_new(examining: Built) -> None:
    acts, records = examining.house.control.officer_acts, examining.house.queries.records
    one, other = officer(office="XAPRT001"), officer(office="XBPRT002")
    lodged_at(examining, "R1", b"XAPRT001")
    old = order_of(examining)
    result = acts.record_result(one, old, NewResult(depth="full", found=True, offence="narcotics", note="XKNOTE"))
    lodged_at(examining, "R2", b"XBPRT002")
    (line,) = records.queue(other, QueueFilter(state="open")).lines
    theirs, mine = records.dossier(other, line.id), records.dossier(one, line.id)
    assert (theirs.results, [each.id for each in mine.results]) == ((), [result.id])
    assert (mine.summary.advice, mine.summary.order, mine.summary.is_for_another) == (None, None, True)
    told = {who: [entry.code for entry in view.timeline] for who, view in (("one", mine), ("other", theirs))}
    assert "result" in told["one"] and "result" not in told["other"]
    assert told["one"].count("lane") == told["other"].count("lane") == 1
    assert (acts.count_results(one).results, acts.count_results(other).results) == (1, 0)
    assert (records.stats(one).found, records.stats(other).found) == (0, 0)
    with pytest.raises(NotFoundError):
        acts.record_result(one, str(line.order and line.order.id), NewResult(depth="full", found=False))
    with pytest.raises(NotFoundError):
        acts.record_result(other, old, NewResult(depth="full", found=False, amends=result.id))


def test_hits_are_counted_by_why_the_consignment_was_chosen(built: Built) -> None:
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    assert line.advice is not None
    why = "random" if line.advice.is_random else "rule"
    first = record(built, IRREGULAR)
    assert built.house.control.officer_acts.count_results(officer("supervisor")).by_selection == {why: Hits(1, 1)}
    built.house.control.officer_acts.override(officer(), line.id, "red", "seen before")
    record(built, msgspec.structs.replace(IRREGULAR, amends=first.id))
    assert built.house.control.officer_acts.count_results(officer("supervisor")).by_selection == {
        "override": Hits(1, 1)
    }


def test_what_a_host_reports_is_counted_once_by_its_last_word(built: Built) -> None:
    reference = Reference("UCR", next(value for kind, value in _references(built) if kind == "UCR"))
    for found in (None, True):
        row = HostRow(
            reference=reference,
            decision=HostDecision(found=found, offence="narcotics" if found else None),
            returned=datetime.now(UTC) if found else None,
            is_examined=found,
        )
        built.house.control.host_decisions.take_host_rows([row])
    counted = built.house.control.officer_acts.count_results(officer("supervisor"))
    assert (counted.results, counted.irregular, counted.by_selection) == (1, 1, {"host": Hits(1, 1)})
    record(built, NewResult(depth="full", found=False))
    counted = built.house.control.officer_acts.count_results(officer("supervisor"))
    assert (counted.results, counted.irregular, counted.conform) == (1, 0, 1)


def _references(built: Built) -> tuple[tuple[str, str], ...]:
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    return built.house.queries.records.dossier(officer(), line.id).references


def test_seizures_are_given_out_without_persons_and_the_look_is_sealed(built: Built) -> None:
    result = record(built, msgspec.structs.replace(IRREGULAR, seizures=(SEIZED,), note="by A. Person"))
    rows = built.house.control.officer_acts.report_seizures(officer("analyst"), LONG_AGO, FAR_OFF)
    assert [(row.reference, row.kind, row.offence) for row in rows] == [
        (f"{result.id}/1", "seizure", "narcotics"),
        (f"{result.id}/2", "offence", "undervaluation"),
    ]
    assert {row.place for row in rows} | {row.note for row in rows} | {row.officer for row in rows} == {None}
    with built.stores.database.transaction() as connection:
        looks = built.stores.leaves.records_between(connection, 0, 10_000, ("look",))
    look = msgspec.json.decode(looks[-1][1])
    assert (look["what"], look["subjects"]) == ("seizure report", [result.id])


def test_seizures_are_given_out_by_day_and_only_to_whom_policy_allows(built: Built) -> None:
    record(built, msgspec.structs.replace(IRREGULAR, seizures=(SEIZED,)))
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    assert built.house.control.officer_acts.report_seizures(officer("auditor"), LONG_AGO, yesterday) == ()
    for who, identities in (("officer", False), ("analyst", True)):
        with pytest.raises(PolicyError):
            built.house.control.officer_acts.report_seizures(
                officer(who), LONG_AGO, FAR_OFF, with_identities=identities
            )
    rows = built.house.control.officer_acts.report_seizures(
        officer("supervisor"), LONG_AGO, FAR_OFF, with_identities=True
    )
    assert rows[0].officer == "test-officer"


def test_each_result_in_a_report_under_an_agreement_is_a_look_of_the_partner_at_its_dossier(built: Built) -> None:
    result = record(built, msgspec.structs.replace(IRREGULAR, seizures=(SEIZED,)))
    made = msgspec.structs.replace(read_agreement(text()), by="sione, vea", at=datetime.now(UTC))
    with built.stores.database.transaction() as connection:
        DocumentFiles(built.stores).keep(connection, AGREEMENT, made.name, (made, officer("supervisor")))
    report = built.house.control.officer_acts.report_seizures
    dossier = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0].id
    rows = report(officer("analyst"), LONG_AGO, FAR_OFF, agreement=made.name)
    assert (len(rows), {row.quantity for row in rows}) == (2, {None})
    looks = [msgspec.json.decode(one, type=AccessRecord) for one in built.bodies("look")]
    assert [(one.who, one.what, one.purpose, one.agreement, one.subjects) for one in looks if one.agreement] == [
        ("partner:betania-2026", "partner exchange", "control", "betania-2026", (dossier, result.id))
    ]
    with built.stores.database.transaction() as connection:
        about = built.stores.leaves.records_about(connection, UUID(dossier), ("look",))
    assert b"betania-2026" in about[-1][1]


def test_the_timeline_tells_a_result_that_waits_from_one_that_nobody_made(built: Built) -> None:
    record(built, WAITING)
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    told = [e for e in built.house.queries.records.dossier(officer(), line.id).timeline if e.code == "result"]
    assert [entry.arguments["outcome"] for entry in told] == ["the laboratory result is pending"]


def test_an_order_says_what_to_look_for_and_a_drawn_one_does_not_explain_itself(built: Built) -> None:
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    assert line.order is not None and line.advice is not None
    assert line.advice.head is not None
    suspicion = line.advice.head.suspicion
    assert line.order.look_for
    assert {task.code for task in line.order.look_for} == {suspicion.kind if suspicion else "examine"}
    if line.advice.is_random and suspicion is None:
        assert line.order.look_for[-1].message == "examine fully: goods, quantity, value, origin and documents"
