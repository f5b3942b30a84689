# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest

from cocket.errors import UnreadableError
from cocket.governance.agreements import EXCHANGES, ServiceLevel, read_agreement, standing_on
from cocket.governance.disclosure import EXCHANGED, exchanged
from cocket.governance.partner_notices import NOTICE_KINDS, Notice
from cocket.mirror import TradeLine, TradeRecord
from cocket.settings import AGREEMENT_FOR
from tests.governance.agreements.given import TEXT, text

#: Exchanges that always ask for an agreement, so that no setting does.
ALWAYS_AGREED = (
    "guest", "efti", "events", "joint", "mirror", "private-join", "sources", "track-and-trace", *NOTICE_KINDS,
)  # fmt: skip


def test_an_agreement_is_read_with_the_fields_it_cannot_do_without() -> None:
    read = read_agreement(text())
    assert (read.name, read.other, read.senders, read.begins) == (
        "betania-2026",
        "Betania Customs",
        ("BETANIA",),
        date(2020, 1, 1),
    )
    assert read.service_levels[0] == ServiceLevel(measure="correction", hours=48.0, share=0.9)
    assert [one.by for one in read.service_levels] == ["them", "us", "them"]
    fields = read.exchanges["journey-hand-over"]
    assert {"journey", "seals", "operator"} <= set(fields)
    assert not {"note", "guarantee", "alerts"} & set(fields)


@pytest.mark.parametrize(
    ("what", "instead", "says"),
    [
        ('name = "betania-2026"', 'name = "Betania 2026"', "small letters"),
        ("begins = 2020-01-01", 'begins = "2020-01-01"', "written as 2026-12-25 without quotes"),
        ("begins = 2020-01-01", "begins = 2020-01-01T00:00:00Z", "written as 2026-12-25 without quotes"),
        ("ends = 2999-12-31", "ends = 2019-12-31", "ends before it begins"),
        ('purposes = ["control"]', "purposes = []", "purposes are some of control"),
        ('purposes = ["control"]', 'purposes = ["curiosity"]', "purposes are some of control"),
        ('"did:web:customs.betania.example"', '"customs.betania.example"', "partner is a DID"),
        ('partner = "did:web:customs.betania.example"\n', "", "take-over is measured"),
        ('senders = ["BETANIA"]\n', "", "needs senders"),
        ('journey-hand-over = ["operator"]', 'journeys = ["operator"]', "exchange 'journeys' is none of"),
        ('journey-hand-over = ["operator"]', 'journey-hand-over = ["track"]', "has no field track"),
        ("hours = 48", "hours = 0", "hours is a number above 0"),
        ("hours = 48", "hours = true", "hours is a number above 0"),
        ("share = 0.9", "share = 90", "share is a number above 0, at most 1"),
        ('measure = "correction"', 'measure = "advice"', "in one service level at most"),
        ('measure = "correction"', 'measure = "speed"', "measure 'speed' is none of"),
        ('source = "Treaty Series 2026/12"', 'source = ""', "source must be words in quotes"),
        ('source = "Treaty Series 2026/12"', 'source = "x"\nsecret = 1', "secret is not known"),
        ('source = "Treaty Series 2026/12"', 'source = "x"\nleast_cell = 4', "from 5 to 1000"),
        ('source = "Treaty Series 2026/12"', 'source = "x"\nleast_cell = true', "from 5 to 1000"),
        ('source = "Treaty Series 2026/12"', 'source = "x"\nleast_cell = "9"', "from 5 to 1000"),
    ],
)
def test_what_is_not_an_agreement_is_refused_in_words(what: str, instead: str, says: str) -> None:
    assert what in TEXT
    with pytest.raises(UnreadableError) as refused:
        read_agreement(TEXT.replace(what, instead, 1).encode())
    assert says in refused.value.message


@pytest.mark.parametrize("content", [b"\xff", b"name =", b"", b"[[name]]", b"exchanges = 3"])
def test_damaged_files_are_refused(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_agreement(content)


def test_it_holds_from_its_first_day_through_its_last() -> None:
    read = read_agreement(text(begins="2026-03-01", ends="2026-03-31"))
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
    assert [standing_on(read, day) for day in days] == ["not-begun", "in-force", "in-force", "expired"]
    ended = msgspec.structs.replace(read, ended=datetime(2026, 3, 9, tzinfo=UTC))
    assert standing_on(ended, date(2026, 3, 10)) == "ended"
    endless = msgspec.structs.replace(read, ends=None)
    assert standing_on(endless, date(9000, 1, 1)) == "in-force"


def test_exchanges_are_those_that_can_be_asked_for_by_setting() -> None:
    assert set(EXCHANGES) == {*AGREEMENT_FOR, *ALWAYS_AGREED}


def test_every_field_of_what_is_given_stands_in_the_table_and_what_is_not_given_says_nothing() -> None:
    from cocket.control import ReportRow
    from cocket.pipeline.partners.agencies import GuestConsignment
    from cocket.pipeline.tracking.hand_overs import HandedJourney

    kinds: dict[str, type[msgspec.Struct]] = {
        "guest": GuestConsignment,
        "journey-hand-over": HandedJourney,
        "seizure-report": ReportRow,
        "mirror": TradeRecord,
    }
    assert {
        *kinds,
        "efti",
        "events",
        "joint",
        "private-join",
        "sources",
        "track-and-trace",
        *NOTICE_KINDS,
    } == EXCHANGED.keys()  # names of what may be asked or told; of names in private nothing is given
    for exchange, kind in kinds.items():
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        if exchange == "mirror":
            fields |= {field.name: field for field in msgspec.structs.fields(TradeLine)}
        assert fields.keys() == EXCHANGED[exchange].keys()
        for name, is_needed in EXCHANGED[exchange].items():
            assert is_needed or not fields[name].required, f"{exchange}.{name} has no default to stand for nothing"
    fields = {field.name: field for field in msgspec.structs.fields(Notice)}
    for kind in NOTICE_KINDS:  # one form for all of them, with fields by kind
        assert EXCHANGED[kind].keys() <= fields.keys()
        assert all(is_needed or not fields[name].required for name, is_needed in EXCHANGED[kind].items())
    row = ReportRow(
        reference="1/1", kind="seizure", date=date(2026, 3, 1), office="XA1", offence="narcotics", goods="tea", depth="full",
        officer="anna", note="words",
    )  # type: ignore[arg-type]  # fmt: skip
    given = exchanged("seizure-report", ("goods",), row)
    assert (given.goods, given.officer, given.note, given.office) == ("tea", None, None, "XA1")
