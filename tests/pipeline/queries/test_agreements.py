# SPDX-License-Identifier: Apache-2.0
"""Agreements over a real house: two persons, versions, what leans on one, and figures from sealed times for both parties."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import PolicyError, ReasonMissingError, SenderError
from cocket.governance import Principal
from cocket.governance.agreements import Agreement
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.partner_agreements import AgreementOverError
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.queries.agreements import AgreementMeasure, Agreements
from tests.governance.agreements.given import text
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

SIONE = Principal(id="sione", kind="officer", roles=("supervisor",))
VEA = Principal(id="vea", kind="officer", roles=("supervisor",))
BETANIA = trader("BETANIA")
NAME = "betania-2026"


@pytest.fixture
def built(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0, **getattr(request, "param", {}))
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    yield made
    made.house.close()


def agreements_of(built: Built) -> Agreements:
    return built.house.governance.agreements


def confirmed(built: Built, given: Any) -> None:
    assert not given.is_done
    second = built.house.governance.second_person
    second.vote(VEA, given.proposal.id, given.proposal.digest, lambda name: name)


def agreed(built: Built, **instead: str) -> None:
    confirmed(built, agreements_of(built).propose_agreement(SIONE, "betania.toml", text(**instead)))


def lodged(built: Built, content: bytes, sender: str = "BETANIA") -> str:
    answer = built.house.intake.messages.take_many([envelope(content, sender=sender)], principal=trader(sender))[0]
    built.desk()
    return answer.id


def refused_one(reference: str) -> bytes:
    """A declaration that is read and refused, under this reference."""
    from tests.house.access_house import _refused

    return _refused(reference, "XAPRT001")


def measure_of(built: Built, who: Principal = SIONE) -> AgreementMeasure:
    return agreements_of(built).measure(who, NAME)


def level(measure: AgreementMeasure, name: str) -> Any:
    return next(one for one in measure.levels if one.level.measure == name)


def test_an_agreement_is_in_force_once_a_second_person_confirms_it(built: Built) -> None:
    given = agreements_of(built).propose_agreement(SIONE, "betania.toml", text())
    assert agreements_of(built).agreements(SIONE) == ()
    second = built.house.governance.second_person
    with pytest.raises(PolicyError):
        second.vote(SIONE, given.proposal.id, given.proposal.digest, lambda name: name)
    confirmed(built, given)
    [view] = agreements_of(built).agreements(SIONE)
    assert (view.standing, view.agreement.version, view.agreement.by) == ("in-force", 1, "sione, vea")


def test_versions_stay_sealed_and_an_end_is_one(built: Built) -> None:
    agreed(built)
    agreed(built, title='"Agreement, as amended"')
    with pytest.raises(ReasonMissingError):
        agreements_of(built).propose_end(SIONE, NAME, " ")
    confirmed(built, agreements_of(built).propose_end(SIONE, NAME, "note of 3 March"))
    versions = agreements_of(built).versions(SIONE, NAME)
    assert [(one.agreement.version, one.agreement.title) for one in versions] == [
        (1, "Agreement on transit"),
        (2, "Agreement, as amended"),
        (3, "Agreement, as amended"),
    ]
    assert agreements_of(built).agreement(SIONE, NAME).standing == "ended"
    with pytest.raises(SenderError, match="could be ended"):
        agreements_of(built).propose_end(SIONE, NAME, "again")
    sealed = [msgspec.json.decode(body, type=Agreement) for body in built.bodies("agreement")]
    assert [one.version for one in sealed] == [1, 2, 3]
    built.sign()
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    assert audit.differences() == []


def test_an_agreement_that_an_insider_lengthened_is_not_believed(built: Built) -> None:
    agreed(built, ends="2020-02-01")
    with built.stores.database.transaction() as connection:
        connection.execute(
            "update case_file set body = convert_to(replace(convert_from(body, 'UTF8'), '2020-02-01', '2999-02-01'), 'UTF8') "
            "where kind = 'agreement'"
        )
    assert agreements_of(built).agreement(SIONE, NAME).standing == "expired"
    today = datetime.now(UTC).date()
    with pytest.raises(AgreementOverError, match="expired on 2020-02-01"):
        built.house.control.officer_acts.report_seizures(SIONE, today, today, agreement=NAME)


def test_a_report_is_given_under_an_agreement_with_its_fields_and_not_after_it(built: Built) -> None:
    report = built.house.control.officer_acts.report_seizures
    today = datetime.now(UTC).date()
    assert report(SIONE, today, today) == ()
    agreed(built)
    assert report(SIONE, today, today, agreement=NAME) == ()
    look = msgspec.json.decode(built.bodies("look")[-1])
    assert look["what"] == f"seizure report under the agreement {NAME}"
    agreed(built, ends="2020-02-01")
    with pytest.raises(AgreementOverError, match="with Betania Customs expired on 2020-02-01"):
        report(SIONE, today, today, agreement=NAME)
    agreed(built, begins="2990-01-01")
    with pytest.raises(AgreementOverError, match="begins on 2990-01-01"):
        report(SIONE, today, today, agreement=NAME)
    with pytest.raises(SenderError, match="no agreement other"):
        report(SIONE, today, today, agreement="other")
    assert report(SIONE, today, today) == ()  # the control: what names no agreement leans on none


@pytest.mark.parametrize("built", [{"agreement_for": "seizure-report"}], indirect=True)
def test_where_the_house_asks_for_an_agreement_none_is_refused(built: Built) -> None:
    today = datetime.now(UTC).date()
    with pytest.raises(AgreementOverError, match="There is no agreement"):
        built.house.control.officer_acts.report_seizures(SIONE, today, today)
    agreed(built)
    assert built.house.control.officer_acts.report_seizures(SIONE, today, today, agreement=NAME) == ()


def test_both_sides_are_measured_from_sealed_times_and_see_the_same(built: Built) -> None:
    agreed(built)
    refused = lodged(built, refused_one("R9"))
    assert built.house.queries.records.message(BETANIA, refused).outcome == "refused"
    lodged(built, declaration("R1"))
    lodged(built, declaration("R2"), sender="ACME")  # another's: not counted
    measure = measure_of(built)
    assert (level(measure, "correction").cases, level(measure, "correction").running) == (1, 1)
    assert (level(measure, "advice").cases, level(measure, "advice").in_time) == (1, 1)
    assert level(measure, "advice").is_kept is True
    assert level(measure, "take-over").is_kept is None
    theirs = measure_of(built, BETANIA)
    assert [one.cases for one in theirs.levels] == [one.cases for one in measure.levels]
    assert [one.is_kept for one in theirs.levels] == [one.is_kept for one in measure.levels]
    assert agreements_of(built).agreements(BETANIA)[0].agreement.name == NAME
    before = agreements_of(built).measure(SIONE, NAME, date(2021, 1, 1), date(2021, 2, 1))
    assert [one.cases for one in before.levels] == [0, 0, 0]


def test_a_time_that_was_changed_in_the_database_is_left_out_and_counted(built: Built) -> None:
    agreed(built)
    message = lodged(built, declaration("R1"))
    assert measure_of(built).unsealed == 0
    with built.stores.database.transaction() as connection:
        connection.execute("update leaf set at = at - interval '1 hour' where record = %s", (message,))
    measure = measure_of(built)
    assert (measure.unsealed, level(measure, "advice").cases) == (1, 0)


@pytest.mark.parametrize(
    "who", [officer("analyst"), officer("officer"), officer("supervisor", "XA1"), trader("ACME"), trader()]
)
def test_others_learn_of_no_agreement(built: Built, who: Principal) -> None:
    agreed(built)
    for ask in (agreements_of(built).agreement, agreements_of(built).versions, agreements_of(built).odrl):
        with pytest.raises(NotFoundError):
            ask(who, NAME)
    with pytest.raises(NotFoundError):
        measure_of(built, who)
    with suppress(PolicyError):
        assert agreements_of(built).agreements(who) == ()
    with pytest.raises(PolicyError):
        agreements_of(built).propose_agreement(who, "x.toml", text())


def test_an_auditor_reads_and_keeps_nothing(built: Built) -> None:
    agreed(built)
    assert agreements_of(built).agreement(officer("auditor"), NAME).agreement.name == NAME
    with pytest.raises(PolicyError):
        agreements_of(built).propose_end(officer("auditor"), NAME, "because")
