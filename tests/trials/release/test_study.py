# SPDX-License-Identifier: Apache-2.0
"""Release times of 10,000 consignments with planted dirt are the true ones, to the minute."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from statistics import mean

import pytest

from cocket.trials.release import Calendars, Collected, StampFile, Study, collect, published, read_stamps
from cocket.trials.release.stamps import KINDS, USUAL_ACTOR
from cocket.trials.release.study import BY_CODE, SEGMENTS
from cocket.trials.release.survival import SHARES
from tests.trials.release.world import AS_OF, BOOK, FAST, FIRST, LAST, ZONE, Truth, consignments, table, truth, worked

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def made() -> tuple[list[Truth], StampFile, dict[str, int]]:
    true = consignments(10_000)
    text, dirt = table(true)
    return true, read_stamps(text.encode(), ZONE), dirt


@pytest.fixture(scope="module")
def collected(made: tuple[list[Truth], StampFile, dict[str, int]]) -> Collected:
    return collect(made[1].cases, Collected((FIRST, LAST), AS_OF, Calendars(BOOK, ZONE)))


@pytest.fixture(scope="module")
def study(collected: Collected) -> Study:
    return collected.study("lane")


@pytest.mark.parametrize(
    "code",
    [
        "arrival-release",
        "lodgement-release",
        "arrival-gate-out",
        "arrival-lodgement",
        "lodgement-acceptance",
        "release-gate-out",
    ],
)
def test_times_are_the_true_ones_to_the_minute(
    made: tuple[list[Truth], StampFile, dict[str, int]], study: Study, code: str
) -> None:
    segment = BY_CODE[code]
    found = study.whole.of(code)
    assert found is not None
    for share, seconds in zip(SHARES, found.elapsed, strict=True):
        expected = truth(made[0], segment.start, segment.end, share)
        assert expected is not None and seconds is not None
        assert abs(timedelta(seconds=seconds) - expected) < MINUTE


def test_times_of_each_lane_are_the_true_ones_too(
    made: tuple[list[Truth], StampFile, dict[str, int]], study: Study
) -> None:
    assert {one.name for one in study.groups} == {"green", "yellow", "red"}
    for group in study.groups:
        own = [one for one in made[0] if one.lane == group.name]
        assert group.cases == len(own)
        found = group.of("lodgement-release")
        assert found is not None
        for share, seconds in zip(SHARES, found.elapsed, strict=True):
            expected = truth(own, "lodgement", "release", share)
            assert expected is not None and seconds is not None
            assert abs(timedelta(seconds=seconds) - expected) < MINUTE


def test_working_time_is_that_of_the_open_minutes(
    made: tuple[list[Truth], StampFile, dict[str, int]], collected: Collected
) -> None:
    few = [one for one in made[0] if one.office == "XAPRT" and {"lodgement", "release"} <= one.known.keys()][:300]
    ids = {one.id for one in few}
    cases = [one for one in made[1].cases if one.id in ids]
    own = collect(cases, Collected((FIRST, LAST), AS_OF, Calendars(BOOK, ZONE))).study()
    found = own.whole.of("lodgement-release")
    assert found is not None and found.open == 0 and found.timed == 300
    true = sorted(worked(one.office, one.known["lodgement"], one.known["release"]) for one in few)
    for share, seconds in zip(SHARES, found.working, strict=True):
        assert seconds is not None
        assert abs(timedelta(seconds=seconds) - true[-int(-share * 300 // 1) - 1]) < MINUTE


def test_what_is_counted_is_what_was_planted(made: tuple[list[Truth], StampFile, dict[str, int]], study: Study) -> None:
    true, file, dirt = made
    assert file.counts == {"hour-twice": dirt["hour-twice"], "moment": dirt["moment"]}
    assert dirt["hour-twice"] > 50
    assert len(file.problems) == dirt["hour-twice"] + dirt["moment"]
    assert study.cases == len(true)
    assert study.counts["stamp-repeated"] == dirt["repeated"]
    assert study.counts["reopened"] == sum(one.reopened is not None and one.reopened[1] <= AS_OF for one in true)
    found = study.whole.of("arrival-release")
    assert found is not None
    both = [one for one in true if {"arrival", "release"} <= one.known.keys()]
    assert found.timed == len(both)
    assert found.negative == sum(one.known["release"] < one.known["arrival"] for one in both) > 500
    assert found.missing_start == sum("arrival" not in one.known for one in true)
    assert found.timed + found.open + found.missing_start + found.missing_end == len(true)
    assert found.mean is not None
    assert abs(found.mean - mean((one.known["release"] - one.known["arrival"]).total_seconds() for one in both)) < 60


def test_a_clock_that_is_seven_minutes_fast_is_shown_and_corrected_only_on_demand(
    made: tuple[list[Truth], StampFile, dict[str, int]], study: Study
) -> None:
    pair = next(one for one in study.clocks if {one.first, one.second} == {"camera", "gate"})
    assert pair.is_clock and abs(pair.offset) == FAST.total_seconds() and pair.spread == 0
    assert study.corrected == {}
    # with the camera alone the arrival is seven minutes late; corrected, it is the true one
    alone = [
        type(one)(
            id=one.id, stamps=tuple(stamp for stamp in one.stamps if stamp.source != "gate" or stamp.kind != "arrival")
        )
        for one in made[1].cases
    ]
    plain = collect(alone, Collected((FIRST, LAST), AS_OF, Calendars(BOOK, ZONE))).study()
    mended = collect(alone, Collected((FIRST, LAST), AS_OF, Calendars(BOOK, ZONE), {"camera": FAST})).study()
    assert mended.corrected == {"camera": 420.0}
    for share, late, right in zip(
        SHARES,
        plain.whole.of("arrival-lodgement").elapsed,
        mended.whole.of("arrival-lodgement").elapsed,
        strict=True,  # type: ignore[union-attr]
    ):
        expected = truth(made[0], "arrival", "lodgement", share)
        assert expected is not None and right == expected.total_seconds() and late == right - 420


def test_open_consignments_are_not_left_out_of_the_slow_end(
    made: tuple[list[Truth], StampFile, dict[str, int]],
) -> None:
    """Cut a week after the first day, those that are through are the fast ones: their figures alone would be too small."""
    true, cases = made[0], made[1].cases
    cut = AS_OF.replace(month=10, day=12)
    early = {one.id for one in true if "lodgement" in one.known and one.known["lodgement"] < cut}
    study = collect(
        [one for one in cases if one.id in early], Collected((FIRST, LAST), cut, Calendars(BOOK, ZONE))
    ).study()
    found = study.whole.of("lodgement-release")
    assert found is not None and found.open > 50
    spans = sorted(
        (one.known["release"] - one.known["lodgement"]).total_seconds()
        for one in true
        if one.id in early and {"lodgement", "release"} <= one.known.keys()
    )
    through = sorted(
        (one.known["release"] - one.known["lodgement"]).total_seconds()
        for one in true
        if one.id in early and {"lodgement", "release"} <= one.known.keys() and one.known["release"] <= cut
    )
    real, naive = spans[int(0.9 * len(spans))], through[int(0.9 * len(through))]
    assert found.elapsed[2] is not None
    assert naive < found.elapsed[2]
    assert abs(found.elapsed[2] - real) < abs(naive - real)


def test_intervals_are_repeatable_and_hold_the_figure(study: Study, collected: Collected) -> None:
    again = collected.study("lane")
    assert again == study
    found = study.whole.of("lodgement-release")
    assert found is not None
    for figure, ends in zip(found.elapsed, found.within, strict=True):
        assert ends is not None and ends[0] is not None and ends[1] is not None and figure is not None
        assert ends[0] <= figure <= ends[1]
        assert ends[0] < ends[1]


def test_a_mix_that_moved_is_taken_out(made: tuple[list[Truth], StampFile, dict[str, int]], study: Study) -> None:
    """The same procedures with more red lanes are not slower at a fixed mix."""
    cases = [one for number, one in enumerate(made[1].cases) if one.lane == "red" or number % 4 == 0]
    other = collect(cases, Collected((FIRST, LAST), AS_OF, Calendars(BOOK, ZONE))).study(mix=study.mix)
    own, now = other.whole.of("lodgement-release"), study.whole.of("lodgement-release")
    assert own is not None and now is not None and own.fixed_mix is not None
    assert own.elapsed[1] > 1.3 * now.elapsed[1]  # type: ignore[operator]
    assert abs(own.fixed_mix[1] - now.elapsed[1]) < 0.06 * now.elapsed[1]  # type: ignore[operator]


def test_outliers_are_told_and_taken_out_beside(study: Study) -> None:
    found = study.whole.of("lodgement-release")
    assert found is not None and found.outliers > 0
    assert found.without_outliers[3] is not None and found.elapsed[3] is not None
    assert found.without_outliers[3] < found.elapsed[3]


def test_time_is_put_down_to_whoever_was_waited_for(
    made: tuple[list[Truth], StampFile, dict[str, int]], study: Study
) -> None:
    plain = {one.id for one in made[0] if one.reopened is None}
    own = collect(
        [one for one in made[1].cases if one.id in plain], Collected((FIRST, LAST), AS_OF, Calendars(BOOK, ZONE))
    ).study()
    waited: dict[str, float] = {}
    for one in made[0]:
        if one.id in plain:
            in_order = sorted(one.known.items(), key=lambda pair: (pair[1], KINDS.index(pair[0])))  # type: ignore[arg-type]
            for (_, before), (kind, after) in pairwise(in_order):
                actor = USUAL_ACTOR[kind]  # type: ignore[index]
                waited[actor] = waited.get(actor, 0.0) + (after - before).total_seconds()
    assert own.lost == pytest.approx(waited)
    assert sum(study.lost.values()) == pytest.approx(sum(one.total for one in study.steps))
    assert sum(study.waiting.values()) == sum(not {"release", "gate-out"} & one.known.keys() for one in made[0])


def test_small_groups_are_masked_where_figures_are_published(collected: Collected, study: Study) -> None:
    assert published(study).masked == ()
    by_office = collected.study("office", only={"lane": "red", "aeo": "yes"})
    few = published(by_office)
    assert few.study.slowest == {} and not few.is_masked
    tiny = published(collected.study("lane", only={"lane": "none"}))
    assert tiny.is_masked and tiny.study.whole.times == () and tiny.study.groups == ()


def test_every_segment_has_a_name_and_kinds_in_order() -> None:
    from cocket.trials.release.publish import SEGMENT_NAMES

    assert SEGMENT_NAMES.keys() == {one.code for one in SEGMENTS}
