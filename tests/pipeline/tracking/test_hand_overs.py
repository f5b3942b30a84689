# SPDX-License-Identifier: Apache-2.0
"""A journey handed over between two houses: a signed document with the custody of its seals, taken over once, and answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cocket.errors import PolicyError, ProofError, SenderError, UnreadableError
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.tracking.hand_overs import HANDED, TakeOver, _states_of
from cocket.pipeline.tracking.views import AlertFilter
from cocket.tracking.adapters.open_e_seal import SealPart
from tests.houses import officer
from tests.pipeline.tracking.tracked import SUPERVISOR, A, B, Tracked, neighbours

HERE = TakeOver(departure="FROM", destination="TO", corridor="EAST")


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[tuple[Tracked, Tracked]]:
    made = neighbours(tmp_path)
    yield made
    for one in made:
        one.close()


def test_a_journey_goes_on_in_the_other_house_with_the_custody_of_its_seals(houses: tuple[Tracked, Tracked]) -> None:
    a, b = houses
    line = a.activate(operator="Kestrel Haulage")
    a.hear(range(10))
    a.hear(range(10, 12), seal=SealPart(n="S1", lock=0))
    sent = a.house.tracking.hand_overs.hand_over(SUPERVISOR, line.id, B, "MALABA", "seal seen open")
    assert (sent.stage, sent.direction, sent.partner) == ("handed-over", "out", B)
    partner, content = b.house.tracking.hand_overs.read_hand_over(SUPERVISOR, sent.token)
    assert (partner, content.reference, content.place) == (A, line.reference, "MALABA")
    (held,) = content.held
    assert (held.device, held.seals, held.state, held.custody, held.holder) == (
        "dev-1",
        ("S1",),
        "breached",
        "issued",
        line.reference,
    )
    assert "seal-opened" in {one.kind for one in content.alerts}
    assert not {"fixes", "path", "lat", "lon", "authorities"} & set(
        json.dumps(json.loads(_claims(sent.token))).split('"')
    )
    taken = b.house.tracking.hand_overs.take_over(SUPERVISOR, sent.token, HERE)
    (there,) = b.house.tracking.journeys.journeys(SUPERVISOR).lines
    assert (there.reference, there.operator, there.time_limit) == (line.reference, "Kestrel Haulage", line.time_limit)
    assert taken.journey == there.id
    # The answer goes back: custody is with the other, and this house waits for no message any more.
    done = a.house.tracking.hand_overs.accept_answer(SUPERVISOR, taken.answer)
    assert done.stage == "taken-over"
    (device,) = (one for one in a.house.tracking.devices.devices(SUPERVISOR) if one.id == "dev-1")
    assert device.holder == B
    a.activate(reference="26XX000000000002T1", devices=("dev-2",))  # one that stays here
    a.work(a.at(12) + timedelta(days=9))
    late = a.house.tracking.alerts.alerts(SUPERVISOR, AlertFilter(kind="time-limit-exceeded")).alerts
    assert [one.reference for one in late] == ["26XX000000000002T1"]
    assert [json.loads(body)["what"] for body in a.built.bodies("journey")] == [
        "activated",
        "handed-over",
        "activated",
    ]
    # What becomes of it there is stated too.
    (alert,) = b.house.tracking.alerts.alerts(SUPERVISOR).alerts
    assert (alert.kind, alert.severity, alert.measured["handed_over"]) == ("taken-over-red", "red", "breached")
    assert str(alert.measured["open_alerts"]).startswith("seal-opened ")
    assert there.guarantee == "held"
    discharge = b.house.tracking.journeys.discharge_journey
    with pytest.raises(SenderError, match="guarantee is held"):
        discharge(SUPERVISOR, there.id, "counted", is_irregular=True)
    b.work(b.at(13))
    assert [one.id for one in b.house.tracking.alerts.alerts(SUPERVISOR, AlertFilter(kind=alert.kind)).alerts] == [
        alert.id
    ]
    b.house.tracking.alerts.close_alert(SUPERVISOR, alert.id, "explained", "Opened by the customs of A.")
    with pytest.raises(SenderError, match="seal is not whole"):
        discharge(SUPERVISOR, there.id, "counted")
    discharge(SUPERVISOR, there.id, "counted", is_irregular=True)
    last = b.house.tracking.hand_overs.answer_hand_over(SUPERVISOR, taken.id)
    assert a.house.tracking.hand_overs.accept_answer(SUPERVISOR, last.answer).stage == "discharged"
    with pytest.raises(SenderError, match="later statement"):
        a.house.tracking.hand_overs.accept_answer(SUPERVISOR, taken.answer)
    assert len(a.built.bodies("journey-hand-over")) == 3 and len(b.built.bodies("journey-hand-over")) == 2


@pytest.mark.parametrize(
    ("part", "state"), [(SealPart(n="S1", lock=0), "breached"), (SealPart(n="S1", lock=1, strap=0), "tampered")]
)
def test_a_seal_that_was_broken_stays_so_through_hand_overs_until_an_officer_affixes_it(
    houses: tuple[Tracked, Tracked], part: SealPart, state: str
) -> None:
    a, b = houses
    line = a.activate()
    a.hear(range(10))
    a.hear(range(10, 12), seal=part)
    sent = a.house.tracking.hand_overs.hand_over(SUPERVISOR, line.id, B, "MALABA")
    b.house.tracking.hand_overs.take_over(SUPERVISOR, sent.token, HERE)
    (there,) = b.house.tracking.journeys.journeys(SUPERVISOR).lines
    assert there.seal == state
    b.hear(range(20, 24), seal=SealPart(n="S1", lock=1, strap=1))
    (there,) = b.house.tracking.journeys.journeys(SUPERVISOR).lines
    assert there.seal == state
    back = b.house.tracking.hand_overs.hand_over(SUPERVISOR, there.id, A, "MALABA")
    assert [one.state for one in back.content.held] == [state]
    # With a device of the other house on it, the goods are no more sealed than they were.
    other = b.house.tracking.hand_overs
    content = other.read_hand_over(SUPERVISOR, sent.token)[1]
    assert _states_of(content, ("dev-9",)) == {"dev-9": state}


def test_a_red_alert_that_was_open_holds_the_guarantee_until_it_is_closed_here(houses: tuple[Tracked, Tracked]) -> None:
    a, b = houses
    line = a.activate()
    a.hear(range(10))
    a.hear(range(10, 12), door=1)
    sent = a.house.tracking.hand_overs.hand_over(SUPERVISOR, line.id, B, "MALABA")
    b.house.tracking.hand_overs.take_over(SUPERVISOR, sent.token, HERE)
    (there,) = b.house.tracking.journeys.journeys(SUPERVISOR).lines
    (alert,) = b.house.tracking.alerts.alerts(SUPERVISOR).alerts
    assert (there.seal, there.guarantee, alert.kind) == ("sealed", "held", "taken-over-red")
    assert str(alert.measured["open_alerts"]).startswith("door-opened ")
    b.house.tracking.alerts.close_alert(SUPERVISOR, alert.id, "explained", "Inspected.")
    (there,) = b.house.tracking.journeys.journeys(SUPERVISOR).lines
    assert there.guarantee == "at-stake"


def _claims(token: str) -> bytes:
    from cocket.credentials.encoding import from_base64url

    return from_base64url(token.split(".")[1], "claims")


def test_what_is_not_sound_is_not_taken_over(houses: tuple[Tracked, Tracked]) -> None:
    a, b = houses
    line = a.activate()
    service = a.house.tracking.hand_overs
    with pytest.raises(SenderError, match="not recognised"):
        service.hand_over(SUPERVISOR, line.id, "did:web:nobody.example", "MALABA")
    with pytest.raises(SenderError, match="place"):
        service.hand_over(SUPERVISOR, line.id, B, " ")
    with pytest.raises(NotFoundError):
        service.hand_over(officer(office="ELSEWHERE"), line.id, B, "MALABA")
    with pytest.raises(PolicyError):
        service.hand_over(officer("analyst", office="FROM"), line.id, B, "MALABA")
    sent = service.hand_over(SUPERVISOR, line.id, B, "MALABA")
    with pytest.raises(SenderError, match="before"):
        service.hand_over(SUPERVISOR, line.id, B, "MALABA")
    there = b.house.tracking.hand_overs
    head, claims, signature = sent.token.split(".")
    forged = f"{head}.{claims[:-4]}AAAA.{signature}"
    for token, error in (
        (forged, (ProofError, UnreadableError)),
        ("no token", UnreadableError),
        (f"{head}.{claims}.{'A' * len(signature)}", ProofError),
    ):
        with pytest.raises(error):
            there.take_over(SUPERVISOR, token, HERE)
    with pytest.raises(ProofError):
        service.take_over(SUPERVISOR, sent.token, HERE)  # it is for the other
    with pytest.raises(SenderError) as refused:
        there.take_over(SUPERVISOR, sent.token, TakeOver(departure="NOWHERE", destination="TO"))
    assert refused.value.findings
    assert b.house.tracking.journeys.journeys(SUPERVISOR).lines == ()  # all or nothing
    taken = there.take_over(SUPERVISOR, sent.token, HERE)
    with pytest.raises(SenderError, match="before"):
        there.take_over(SUPERVISOR, sent.token, HERE)
    with pytest.raises(ProofError):
        there.accept_answer(SUPERVISOR, taken.answer)  # it is for the one that handed it over
    with pytest.raises(ProofError):
        service.accept_answer(SUPERVISOR, sent.token)  # it is no answer
    assert there.hand_overs(officer(office="ELSEWHERE")) == ()
    assert [one.id for one in there.hand_overs(officer(office="TO"))] == [sent.id]


def test_what_a_partner_signs_without_sense_is_not_taken_over(houses: tuple[Tracked, Tracked]) -> None:
    a, b = houses
    sent = a.house.tracking.hand_overs.hand_over(SUPERVISOR, a.activate().id, B, "MALABA")
    claims = json.loads(_claims(sent.token))
    for part in ({"time_limit": "2030-12-01T00:00:00"}, {"guarantee_amount": "NaN"}, {"mode": "sledge"}):
        token = a.house.tracking.hand_overs._signing.sign(HANDED, claims | {"journey": claims["journey"] | part})
        with pytest.raises(UnreadableError):
            b.house.tracking.hand_overs.take_over(SUPERVISOR, token, HERE)
