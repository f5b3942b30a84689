# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from cocket.gate import Buckets, Flight, Rate, RequestError


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def takes(buckets: Buckets, name: str, count: int) -> int:
    """How many of `count` tokens are given."""
    given = 0
    for _ in range(count):
        try:
            buckets.take(name)
        except RequestError:
            continue
        given += 1
    return given


def test_a_burst_is_given_and_then_the_steady_rate() -> None:
    clock = Clock()
    buckets = Buckets(Rate(2.0, 5.0), clock)
    assert takes(buckets, "a", 10) == 5
    clock.now += 1.0
    assert takes(buckets, "a", 10) == 2
    clock.now += 100.0
    assert takes(buckets, "a", 10) == 5


def test_one_key_over_its_quota_takes_nothing_from_another() -> None:
    buckets = Buckets(Rate(1.0, 1.0), Clock())
    assert takes(buckets, "a", 5) == 1
    assert takes(buckets, "b", 5) == 1


def test_a_refusal_says_when_to_come_back() -> None:
    clock = Clock()
    buckets = Buckets(Rate(0.1, 1.0), clock)
    buckets.take("a")
    with pytest.raises(RequestError) as caught:
        buckets.take("a")
    assert (caught.value.status, dict(caught.value.headers)) == (429, {"Retry-After": "10"})
    clock.now += 10.0
    buckets.take("a")


def test_checking_takes_nothing() -> None:
    buckets = Buckets(Rate(1.0, 1.0), Clock())
    for _ in range(3):
        buckets.check("a")
    buckets.take("a")
    with pytest.raises(RequestError):
        buckets.check("a")


def test_no_more_names_are_remembered_than_allowed() -> None:
    buckets = Buckets(Rate(1.0, 1.0), Clock(), most=2)
    for name in ("a", "b", "c"):
        buckets.take(name)
    assert takes(buckets, "c", 1) == 0
    assert takes(buckets, "a", 1) == 1


def test_a_key_has_only_so_many_requests_in_flight() -> None:
    flight = Flight(2, 100)
    with flight.request("a"), flight.request("a"):
        with pytest.raises(RequestError) as caught, flight.request("a"):
            pass
        assert caught.value.status == 429
        with flight.request("b"):
            pass
    with flight.request("a"):
        pass


def test_bytes_in_flight_are_limited_over_all_keys_and_given_back() -> None:
    flight = Flight(10, 100)
    with flight.request("a") as one:
        one.add(60)
        with flight.request("b") as other:
            other.add(40)
            with pytest.raises(RequestError) as caught:
                other.add(1)
            assert caught.value.status == 503
    with flight.request("c") as third:
        third.add(100)


def test_bytes_are_given_back_when_a_request_fails() -> None:
    flight = Flight(1, 100)
    with pytest.raises(ZeroDivisionError), flight.request("a") as cargo:
        cargo.add(100)
        raise ZeroDivisionError
    with flight.request("a") as cargo:
        cargo.add(100)
