# SPDX-License-Identifier: Apache-2.0
"""Whatever is joined, parted and taken back: ids, orders and results stay with the goods they were made for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from uuid import UUID

import msgspec
import pytest

from cocket.errors import SenderError
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.sealed_advice import SealedAdvice
from tests.houses import Built, build, envelope
from tests.pipeline.consignment.test_link_corrections import (
    HEAD,
    HOST,
    correction,
    dossier_of,
    lodged,
    naming,
    of_the_log,
    of_the_rows,
    worked,
)
from tests.pipeline.consignment.test_numbers_end import differences, flight

BILLS = (b"KESTBET26000417", b"KESTBET26000528", b"KESTBET26000639")

#: Chance sends every dossier to examination, so that each has an order.
EVERY_ONE = (
    "red_per_day = 1000\nyellow_per_day = 0\nrandom_share = 1.0\nrandom_reserve = 1000\n"
    "red_share = 0.0\nyellow_share = 0.0\nblue_share = 0.0\n"
)


class Watched:
    """A house, with which goods (messages of declarations) its ids were first assessed and its orders made for.

    Args:
        built: The house.
    """

    def __init__(self, built: Built) -> None:
        self.built = built
        self.orders: dict[str, str] = {}

    def see(self) -> None:
        """Note new orders, and hold everything against where it belongs."""
        worked(self.built)
        firsts: dict[str, str] = {}
        about: dict[str, str] = {}
        for body in self.built.bodies("assessment"):
            told = msgspec.json.decode(body, type=SealedAdvice)
            firsts.setdefault(told.consignment, str(told.declaration))
            about[f"{told.consignment} {told.made}"] = str(told.declaration)
        with self.built.stores.database.transaction() as connection:
            rows = connection.execute("select id, consignment, record from control_order").fetchall()
            dossiers = [row[0] for row in connection.execute("select id from consignment").fetchall()]
            stands = self.built.stores.consignments.standing_of(connection, dossiers)
            sealed = self.built.stores.leaves.bodies(connection, [row[2] for row in rows])
        for order, _, record in rows:
            made_by = msgspec.json.decode(sealed[record][1], type=SealedAdvice)
            self.orders.setdefault(str(order), str(made_by.declaration))
        assert {str(order): str(stands[dossier]) for order, dossier, _ in rows} == {
            order: dossier_of(self.built, goods) for order, goods in self.orders.items()
        }
        assert {one: str(stands[UUID(one)]) for one in firsts} == {
            one: dossier_of(self.built, goods) for one, goods in firsts.items()
        }
        assert of_the_rows(self.built) == of_the_log(self.built)


def propose(built: Built, wanted: Proposal) -> None:
    """Do an act of correction, without having it worked off."""
    built.house.governance.second_person.propose(HEAD, wanted, lambda name: name)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    built = build(tmp_path)
    (tmp_path / "control.toml").write_text(EVERY_ONE)
    return Watched(built)


def consignments(watched: Watched, count: int) -> list[str]:
    """Consignments, each with a manifest and a declaration; their dossiers."""
    found = []
    for place, bill in enumerate(BILLS[:count]):
        lodged(watched.built, flight(b"2026-03-20", number=bill + b"H2", voyage=b"V%d" % place), "CARRIER")
        found.append(dossier_of(watched.built, lodged(watched.built, naming(f"D-{place}", bill))))
    watched.see()
    assert len(set(found)) == len(watched.orders) == count
    return found


@pytest.mark.parametrize("first", ["part", "join"])
@pytest.mark.parametrize("turns", ["one", "several"])
def test_a_wrong_paper_parted_and_joined_to_its_own_and_both_taken_back(
    watched: Watched, first: str, turns: str
) -> None:
    built, links = watched.built, watched.built.house.consignment.links
    mine, other = consignments(watched, 2)
    wrong = lodged(built, flight(b"2026-03-21", number=BILLS[0] + b"H2", voyage=b"W1"), "CARRIER")
    assert dossier_of(built, wrong) == mine
    (part,) = {part for group in of_the_rows(built) for message, part in group if message == wrong}
    propose(built, links.parting(HEAD, mine, wrong, part, "Mistyped."))
    watched.see()
    parted = correction(built, mine)
    propose(built, links.joining(HEAD, other, dossier_of(built, wrong), "Same seller."))
    watched.see()
    assert dossier_of(built, wrong) == other
    joined = correction(built, other)
    for one in (parted, joined) if first == "part" else (joined, parted):
        propose(built, links.undoing(HEAD, dossier_of(built, wrong), one, "Taken back."))
        if turns == "several":
            watched.see()
    watched.see()
    assert dossier_of(built, wrong) == mine
    assert {built.house.queries.records.dossier(HEAD, one).summary.id for one in (mine, other)} == {mine, other}
    assert differences(built) == []


def acts(watched: Watched, chance: Random) -> Callable[[], None]:
    """An act at random: a part, a join, an undoing, or a later paper."""
    built, links = watched.built, watched.built.house.consignment.links
    known: list[str] = []

    def act() -> None:
        groups = [sorted(one) for one in sorted(of_the_rows(built), key=sorted)]
        one, other = (chance.choice(groups) for _ in range(2))
        message, part = chance.choice(one)
        dossier = dossier_of(built, message)
        known.extend(c.id for c in built.house.queries.papers.papers(HEAD, dossier).corrections if c.id not in known)
        kind = chance.choice(["part", "join", "undo", "undo", "paper"])
        with suppress(SenderError, NotFoundError):
            if kind == "part":
                propose(built, links.parting(HEAD, dossier, message, part, "Does not belong."))
            elif kind == "join":
                propose(built, links.joining(HEAD, dossier, dossier_of(built, other[0][0]), "One consignment."))
            elif kind == "undo" and known:
                propose(built, links.undoing(HEAD, dossier, chance.choice(known), "Taken back."))
            else:
                bill, voyage = chance.choice(BILLS), b"L%d" % chance.randrange(10**6)
                content = flight(b"2026-03-22", number=bill + b"H2", voyage=voyage)
                built.house.intake.messages.take_many([envelope(content, sender="CARRIER")], principal=HOST)

    return act


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("turns", ["one", "several"])
def test_any_sequence_leaves_goods_and_orders_together(watched: Watched, seed: int, turns: str) -> None:
    consignments(watched, 3)
    act = acts(watched, Random(seed))
    for _ in range(10):
        act()
        if turns == "several":
            watched.see()
    watched.see()
    assert differences(watched.built) == []
