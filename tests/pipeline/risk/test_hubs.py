# SPDX-License-Identifier: Apache-2.0
"""Lists of hubs in the house: imported, withdrawn, sealed; gone by from the next declaration on, however often the log is gone through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError, UnreadableError
from cocket.pipeline import AssessmentWorker
from cocket.pipeline.assessment import preview
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.risk.hubs import HUB_LIST, HubList, hubs_in_use
from cocket.risk import Case, Facts, ItemFacts
from cocket.risk.hubs import Hubs
from cocket.risk.threats import Log
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.risk.test_keyed import told_of

ACME = trader("ACME")
ANALYST, OFFICER, AUDITOR = officer("analyst"), officer("officer"), officer("auditor")
CENTRE = "12 Meridian Tower"
LIST = f"identity,value,kind\naddress,{CENTRE},business-centre\naddress,,\n".encode()
_PLAIN = b"<Importer>\n        <ID>XA990000000042</ID>"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    yield made
    made.house.close()


def lodge(built: Built, reference: str, importer: str, address: str = CENTRE) -> None:
    content = declaration(reference)
    assert _PLAIN in content
    party = f"<Importer>\n <Name>{importer}</Name><ID>{importer}</ID><Address><Line>{address}</Line></Address>"
    built.house.intake.messages.take_many([envelope(content.replace(_PLAIN, party.encode()))], principal=ACME)


def turn(desk: AssessmentWorker) -> None:
    while desk.turn():
        pass


def seen_at(desk: AssessmentWorker, address: str) -> float:
    """Importers that the desk has seen at an address (count)."""
    history = desk._analysts.history
    asked = Facts(
        id="probe",
        day=history.day + 1.0,
        importer="P",
        importer_address=address,
        items=(ItemFacts(number=1, hs="610910"),),
    )
    (look,) = history.look(asked).looks
    return float(look.figures["address_importers"])


def test_a_list_is_replaced_and_withdrawn_with_a_reason_and_each_act_is_sealed(built: Built) -> None:
    hubs = built.house.risk.hubs
    first = hubs.import_hubs(ANALYST, " centres ", LIST)
    assert (first.name, [one.value for one in first.hubs], first.left_out_lines) == ("centres", [CENTRE], 1)
    hubs.import_hubs(ANALYST, "centres", b"identity,value\nphone,+44 20 7946 0100\n")
    with built.stores.database.transaction() as connection:
        known = hubs_in_use(built.stores, connection)
    assert known.has("phone", "020 7946 0100") and not known.has("address", CENTRE)
    with pytest.raises(SenderError, match="reason"):
        hubs.withdraw_hubs(ANALYST, "centres", " ")
    assert hubs.withdraw_hubs(ANALYST, "centres", "outdated").is_withdrawn
    with pytest.raises(NotFoundError):
        hubs.withdraw_hubs(ANALYST, "centres", "again")
    with built.stores.database.transaction() as connection:
        assert len(hubs_in_use(built.stores, connection)) == 0
    sealed = [msgspec.json.decode(body, type=HubList) for body in built.bodies(HUB_LIST)]
    assert [(one.name, len(one.hubs), one.is_withdrawn) for one in sealed] == [
        ("centres", 1, False), ("centres", 1, False), ("centres", 1, True),
    ]  # fmt: skip
    assert [one.name for one in hubs.hub_lists(AUDITOR)] == ["centres"]


def test_who_may_not_keep_lists_imports_none_and_what_is_no_list_is_refused(built: Built) -> None:
    with pytest.raises(PolicyError):
        built.house.risk.hubs.import_hubs(OFFICER, "centres", LIST)
    with pytest.raises(UnreadableError):
        built.house.risk.hubs.import_hubs(ANALYST, "centres", b"name\nx\n")
    with pytest.raises(SenderError, match="name"):
        built.house.risk.hubs.import_hubs(ANALYST, "a/b", LIST)
    assert built.bodies(HUB_LIST) == []


def test_the_desk_counts_nobody_at_a_hub_from_the_import_on_and_again_after_its_withdrawal(built: Built) -> None:
    desk = built.desk()
    lodge(built, "H1", "A1")
    lodge(built, "H2", "A2")
    turn(desk)
    assert seen_at(desk, CENTRE) == 2
    built.house.risk.hubs.import_hubs(ANALYST, "centres", LIST)
    lodge(built, "H3", "A3")
    lodge(built, "H4", "A4", "7 High Street")
    turn(desk)
    assert (seen_at(desk, CENTRE), seen_at(desk, "7 High Street")) == (2, 1)
    built.house.risk.hubs.withdraw_hubs(ANALYST, "centres", "demolished")
    lodge(built, "H5", "A5")
    turn(desk)
    assert seen_at(desk, CENTRE) == 3


def test_a_desk_that_goes_through_the_log_again_knows_the_hubs_of_each_moment(built: Built) -> None:
    running = built.desk()
    lodge(built, "H1", "A1")
    built.house.risk.hubs.import_hubs(ANALYST, "centres", LIST)
    lodge(built, "H2", "A2")
    turn(running)
    known = told_of(running._analysts.history)
    assert seen_at(running, CENTRE) == 1
    with built.stores.database.transaction() as connection:
        connection.execute("delete from place where name like 'analysts%'")
    again = AssessmentWorker(built.stores)
    again.open()
    assert told_of(again._analysts.history) == known
    assert seen_at(again, CENTRE) == 1


def test_threats_of_the_house_go_by_the_lists_in_use(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Hubs] = []

    def find(log: Log, limits: object, hubs: Hubs) -> tuple[()]:
        asked.append(hubs)
        return ()

    monkeypatch.setattr("cocket.pipeline.risk.threats.find_threats", find)
    built.house.risk.threats.threats(AUDITOR)
    built.house.risk.hubs.import_hubs(ANALYST, "centres", LIST)
    built.house.risk.threats.threats(AUDITOR)
    assert [one.has("address", CENTRE) for one in asked] == [False, True]


def test_advice_asked_for_ahead_leaves_out_the_address_of_a_hub(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []
    true = preview.assess

    def assess(cases: list[Case], *more: object) -> object:
        asked.extend(case.facts.importer_address for case in cases)
        return true(cases, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(preview, "assess", assess)
    content = declaration("R1")
    party = f"<Importer>\n <Name>A</Name><ID>A</ID><Address><Line>{CENTRE}</Line></Address>"
    sent = envelope(content.replace(_PLAIN, party.encode()))
    ahead = built.house.assessment.preview
    ahead.assess_only(OFFICER, sent)
    built.house.risk.hubs.import_hubs(ANALYST, "centres", LIST)
    ahead.assess_only(OFFICER, sent)
    assert asked[0] is not None and CENTRE in asked[0] and asked[1:] == [None]
