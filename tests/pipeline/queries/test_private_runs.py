# SPDX-License-Identifier: Apache-2.0
"""Two real houses find the consignments that both know, and neither keeps nor sends a name of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cocket.errors import PolicyError, SenderError, UnreadableError
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.partner_agreements import AgreementOverError
from cocket.pipeline.queries.private_runs import PrivateRuns, most_taken
from tests.houses import Built, build
from tests.messages import declaration
from tests.pipeline.queries.test_mirror import ANNA, PARTNER, SIONE, VEA, agreed, audited, lodged, mirror_text

DAYS = date(2026, 3, 1), date(2026, 3, 31)


def house(home: Path) -> Built:
    made = build(home, red_per_day=0, yellow_per_day=0, random_share=0.0)
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    agreed(made, mirror_text().replace(b"[exchanges]", b"[exchanges]\nprivate-join = []"))
    return made


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Built, Built]]:
    one, other = house(tmp_path_factory.mktemp("one")), house(tmp_path_factory.mktemp("other"))
    for name in ("R1", "R2", "R3"):
        lodged(one, declaration(name))
    for name in ("R2", "R3", "R4"):
        # Their exports of the same consignments, to the same partner as seen from here: the sample is an import from XB.
        lodged(other, declaration(name))
    yield one, other
    one.house.close()
    other.house.close()


def runs(built: Built) -> PrivateRuns:
    return built.house.queries.private_runs


def test_both_learn_what_both_have_and_nothing_else_went_between_them(two: tuple[Built, Built]) -> None:
    one, other = two
    with pytest.raises(SenderError, match="nothing to match"):  # and the run of the day is not used up
        runs(one).begin_run(SIONE, "XB", date(2001, 1, 1), date(2001, 1, 2))
    begun, opening = runs(one).begin_run(SIONE, "XB", *DAYS)
    answered, reply = runs(other).answer_run(PARTNER, opening)
    with pytest.raises(SenderError, match="one a day"):
        runs(other).answer_run(PARTNER, opening.replace(begun.session.encode(), b"0" * 32))
    with pytest.raises(SenderError, match="one a day"):
        runs(one).begin_run(SIONE, "XB", *DAYS)
    with pytest.raises(NotFoundError):
        runs(other).finish_run(SIONE, reply)
    done, closing = runs(one).finish_run(SIONE, reply)
    closed = runs(other).close_run(PARTNER, closing)
    assert done.common == closed.common
    assert (len(done.dossiers), len(closed.dossiers)) == (2, 2)
    told = opening + reply + closing
    for name in (b"6XA99", b"KESTBET", b"CSQU305", b"UCR "):
        assert name not in told
    assert (begun.sent, answered.sent, done.received) == (64, 64, 64)  # six names each, padded
    for built in two:
        assert not list((built.settings.keys_folder / "private").iterdir())
        assert audited(built) == []
    with pytest.raises(NotFoundError):
        runs(one).finish_run(SIONE, reply)
    assert [one.stage for one in runs(one).runs(ANNA)] == ["done"]


def test_only_supervisors_begin_and_only_under_an_agreement(two: tuple[Built, Built]) -> None:
    one, _ = two
    for who in (ANNA, PARTNER):
        with pytest.raises(PolicyError):
            runs(one).begin_run(who, "XB", *DAYS)
    with pytest.raises(AgreementOverError):
        runs(one).begin_run(SIONE, "XC", *DAYS)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"form":"x","session":"../../etc","first":"","last":"","points":[]}']
)
def test_what_is_no_message_of_the_step_is_refused(two: tuple[Built, Built], content: bytes) -> None:
    for step in (runs(two[0]).answer_run, runs(two[0]).finish_run, runs(two[0]).close_run):
        with pytest.raises(UnreadableError):
            step(SIONE, content)


def test_guessing_a_whole_range_hits_the_bound() -> None:
    assert most_taken(0) == most_taken(100) == 1024
    assert most_taken(1000) == 4096
    assert most_taken(1000) < 10**6  # the serials of one container owner
