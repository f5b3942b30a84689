# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from cocket.model import Seal, TransportEquipment
from cocket.tracking import SealReading
from cocket.tracking.declared import judge_declared
from tests.tracking.making import changed, ride


def equipment(number: str = "MSKU 123456-5", *seals: str) -> TransportEquipment:
    return TransportEquipment(id=number, seals=tuple(Seal(id=each) for each in seals))


def test_papers_and_devices_that_agree_are_silent_however_numbers_are_written() -> None:
    assert judge_declared(ride(), "M1", [equipment("MSKU 123456-5", "s-1")]) == ()


def test_a_container_the_papers_do_not_name_is_told_once() -> None:
    (alert,) = judge_declared(ride(), "M1", [equipment("TCLU7654321")])
    assert (alert.kind, alert.journey, alert.measured["equipment"]) == ("equipment-undeclared", "M1", "MSKU1234565")


def test_a_seal_of_another_number_is_told() -> None:
    events = changed(ride(), range(30, 60), seal=SealReading(number="S2"))
    (alert,) = judge_declared(events, "M1", [equipment("MSKU1234565", "S1")])
    assert (alert.kind, alert.sequences, alert.measured["seal"]) == ("seal-undeclared", (30,), "S2")
    alone = changed(events, range(60), equipment=None)
    assert [each.kind for each in judge_declared(alone, "M1", [equipment("MSKU1234565", "S1")])] == ["seal-undeclared"]


def test_numbers_that_look_like_those_of_the_papers_are_these_with_a_remark() -> None:
    events = changed(ride(), range(60), equipment="MSKUI234565", seal=SealReading(number="KEO2"))
    (alert,) = judge_declared(events, "M1", [equipment("MSKU1234565", "KE02"), equipment("TCLU7654321", "KE03")])
    assert (alert.kind, alert.severity) == ("number-written-differently", "amber")
    assert alert.measured == {"seal": "KEO2", "equipment": "MSKUI234565"}
    of_the_other = judge_declared(events, "M1", [equipment("MSKU1234565", "KE02"), equipment("TCLU7654321", "KEO2")])
    assert [each.kind for each in of_the_other] == ["number-written-differently", "seal-undeclared"]


def test_papers_that_say_nothing_are_not_contradicted() -> None:
    assert judge_declared(ride(), "M1", []) == ()
    assert judge_declared(ride(), "M1", [equipment("MSKU1234565")]) == ()
    assert judge_declared(changed(ride(), range(60), equipment=None, seal=None), "M1", [equipment("X", "S9")]) == ()
