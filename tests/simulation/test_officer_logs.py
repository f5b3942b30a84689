# SPDX-License-Identifier: Apache-2.0
"""Logs of officers: what both generators make, and that the watchers name who was planted in them."""

from __future__ import annotations

import pytest

from cocket.oversight import RULES, explain, watch
from cocket.oversight.measured import DIGEST, MEASURED
from cocket.simulation.officer_logs import GENERATORS, WRONGS, figures_of
from tests.simulators.officer_rotas import make_rota_log

MAKERS = GENERATORS | {"rotas": make_rota_log}


@pytest.mark.parametrize("generator", MAKERS)
def test_a_log_follows_from_its_seed_and_is_in_the_order_of_time(generator: str) -> None:
    make = MAKERS[generator]
    one, again, other = make("pair", 5), make("pair", 5), make("pair", 6)
    assert one == again != other
    assert list(one.log.events) == sorted(one.log.events, key=lambda event: (event.at, event.id))
    assert len({event.id for event in one.log.events}) == len(one.log.events)
    (culprit,) = one.culprits
    assert one.log.officers[culprit].role == "officer"


@pytest.mark.parametrize("generator", MAKERS)
def test_ordinary_work_is_mostly_explained_and_names_hardly_anybody(generator: str) -> None:
    log = MAKERS[generator]("", 5).log
    looks = explain(log, RULES)
    assert sum(bool(one.by) for one in looks) > 0.9 * len(looks)
    run = watch(log)
    assert run.officer_days > 800
    assert len(run.cases) <= 1


@pytest.mark.parametrize("generator", MAKERS)
@pytest.mark.parametrize("wrong", ["honey", "bulk"])
def test_who_was_planted_is_named(generator: str, wrong: str) -> None:
    found = figures_of(MAKERS[generator], [5], [wrong])
    assert (found.planted[wrong], found.named[wrong]) == (1, 1)


def test_every_wrong_can_be_planted_by_all() -> None:
    for make in MAKERS.values():
        assert {make(wrong, 1).wrong for wrong in WRONGS[:2]} == set(WRONGS[:2])


def test_what_is_printed_with_a_list_was_measured_on_the_rules_in_force() -> None:
    assert RULES.digest == DIGEST, "measure again: cocket watchers measure"
    assert [one.generator for one in MEASURED] == ["desks", "shifts", "rotas"]
    assert MEASURED[0].recall >= 0.9
    assert all(one.false_per_day <= 0.001 for one in MEASURED)
