# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from cocket.control.standing import read_register
from cocket.simulation.parameters import Parameters
from cocket.simulation.people import settle
from cocket.simulation.standings import register, standings


def test_the_same_country_has_the_same_register_and_another_seed_another() -> None:
    assert standings(Parameters()) == standings(Parameters())
    assert standings(Parameters()) != standings(Parameters(seed=2))


def test_the_register_as_a_file_is_read_back_as_it_was_made() -> None:
    assert read_register(register(Parameters()).encode()) == (standings(Parameters()), ())


def test_standings_are_of_traders_there_are_and_of_every_kind() -> None:
    made = standings(Parameters())
    holders = {importer.id for importer in settle(Parameters()).importers}
    assert len(made) == 48
    assert {one.trader for one in made} <= holders
    assert {one.standing_now for one in made} == {"valid", "suspended", "withdrawn"}
    assert any(one.valid_to and one.valid_to < Parameters().start for one in made)
